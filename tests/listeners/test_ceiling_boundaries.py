"""The noise ceiling against a loop over splits and pairs, and at the limits of its settings."""

import json
import math

import numpy as np
import pytest

from tests.listeners.designs import complete
from xacle_eval.listeners import Ratings, RatingsError, mse_floor, noise_ceiling, one_human
from xacle_eval.metrics import ktau, lcc, srcc

METRICS = {"LCC": lcc, "SRCC": srcc, "KTAU": ktau}
SPLITS, RESAMPLES, SEED, LEVEL = 200, 30, 3, 0.8


def made(sizes, seed=0, spread=2.0):
    """Return whole ratings of pairs with given numbers of ratings, as lists for each pair."""
    rng = np.random.default_rng(seed)
    return [
        np.clip(np.rint(truth + rng.normal(0, 1.5, size)), 0, 10).tolist()
        for truth, size in zip(rng.normal(5, spread, len(sizes)), sizes, strict=True)
    ]


def ratings_of(lists):
    """Return ratings by strangers."""
    pair = [n for n, values in enumerate(lists) for _ in values]
    return Ratings.from_arrays(pair, range(len(pair)), [v for values in lists for v in values])


def slow_halves(lists):
    """Split each pair's ratings at random; return the correlations of each split."""
    lists = [values for values in lists if len(values) > 1]
    generator = np.random.default_rng([SEED, SPLITS])
    found = {name: [] for name in METRICS}
    for _ in range(SPLITS):
        order = iter(generator.random(sum(map(len, lists))).tolist())
        halves = [], []
        for values in lists:
            shuffled = [value for _, value in sorted((next(order), value) for value in values)]
            half = len(values) // 2
            halves[0].append(np.mean(shuffled[:half]))
            halves[1].append(np.mean(shuffled[half:]))
        for name, metric in METRICS.items():
            found[name].append(metric(*halves))
    return found


def ceiling_of(lists):
    """Return the ceilings with the settings of the slow loop."""
    return noise_ceiling(
        ratings_of(lists), splits=SPLITS, resamples=RESAMPLES, seed=SEED, level=LEVEL
    )


@pytest.mark.parametrize("sizes", [[4] * 18, [2] * 18, [1, 2, 3, 4, 6] * 3])
def test_split_halves_equal_a_slow_loop(sizes):
    """The mean and the interval of the halves are those of a loop over splits and pairs."""
    lists = made(sizes)
    found, halves = ceiling_of(lists), slow_halves(lists)
    for name, values in halves.items():
        own = found.of(name)
        assert own.split_halves == pytest.approx(np.mean(values), abs=1e-9)
        ends = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        assert (own.split_halves_low, own.split_halves_high) == pytest.approx(tuple(ends), abs=1e-9)


def slow_root(lists):
    """Return √(1 − mean of s²/k / variance of the averages), 0 if that is negative."""
    many = [values for values in lists if len(values) > 1]
    pooled = sum(((np.array(v) - np.mean(v)) ** 2).sum() for v in many) / sum(
        len(v) - 1 for v in many
    )
    noise = np.mean([(np.var(v, ddof=1) if len(v) > 1 else pooled) / len(v) for v in lists])
    return math.sqrt(max(1 - noise / np.var([np.mean(v) for v in lists], ddof=1), 0.0))


@pytest.mark.parametrize(
    ("sizes", "spread"), [([1, 2, 3, 4, 6] * 3, 2.0), ([4] * 18, 2.0), ([1, 2, 3, 4, 6] * 3, 0.7)]
)
def test_lcc_equals_a_slow_loop(sizes, spread):
    """LCC and its interval are those of a loop over pairs and redrawn pairs."""
    lists = made(sizes, 1, spread)
    found = ceiling_of(lists).of("LCC")
    generator = np.random.default_rng(SEED)
    drawn = []
    for _ in range(RESAMPLES):
        rows = generator.integers(len(lists), size=len(lists))
        drawn.append(slow_root([lists[row] for row in rows]))
    assert found.value == pytest.approx(slow_root(lists), abs=1e-9)
    assert found.panel == pytest.approx(slow_root(lists) ** 2, abs=1e-9)
    ends = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    assert (found.low, found.high) == pytest.approx(tuple(ends), abs=1e-9)


def test_the_counts_and_settings():
    """The result names its numbers of pairs, ratings and parts, and its settings."""
    found = ceiling_of(made([1, 2, 3, 4, 6] * 6, 1))
    assert (found.n_pairs, found.n_pairs_split, found.n_ratings) == (30, 24, 96)
    assert (found.k_min, found.k_median, found.k_max) == (1, 3.0, 6)
    assert (found.splits, found.resamples, found.seed, found.level) == (200, 30, 3, 0.8)
    assert (found.refits, found.n_parts, found.unit) == (30, 30, "pairs")
    assert found.reliability == found.of("LCC").value ** 2
    assert {found.model, found.other_model} <= {"plain", "noise per pair", "careless answers"}
    assert found.note == ""


def test_two_pairs_with_two_ratings_are_the_fewest():
    """Two pairs with two ratings have split halves; a single one has none and a note."""
    two = ceiling_of([[1, 2], [5, 7], [3]])
    assert math.isfinite(two.of("SRCC").split_halves)
    assert two.n_pairs_split == 2
    one = ceiling_of([[1, 2], [5], [3]])
    assert math.isnan(one.of("SRCC").split_halves)
    assert math.isnan(one.of("LCC").value)
    assert one.n_pairs_split == 1
    assert one.note
    assert ceiling_of([[1], [5], [3]]).n_pairs_split == 0
    alone = ceiling_of([[1, 2, 3]])
    assert (alone.n_pairs, alone.n_pairs_split, bool(alone.note)) == (1, 1, True)
    assert all(math.isnan(ceiling.value) for ceiling in alone.ceilings)


def test_settings_at_their_limits():
    """Two hundred splits and one resample are the fewest, and the defaults are more."""
    ratings = ratings_of(made([2, 3] * 4))
    found = noise_ceiling(ratings, splits=200, resamples=1)
    assert (found.splits, found.resamples, found.seed, found.level) == (200, 1, 0, 0.95)
    assert found.of("LCC").low == found.of("LCC").high
    for setting in ({"splits": 199}, {"resamples": 0}, {"level": 0.0}):
        with pytest.raises(RatingsError):
            noise_ceiling(ratings, **{"resamples": 1, **setting})
    assert mse_floor(ratings, resamples=1).resamples == 1
    with pytest.raises(RatingsError):
        mse_floor(ratings, resamples=0)
    assert noise_ceiling(ratings).resamples == 1000
    floor = mse_floor(ratings)
    assert (floor.resamples, floor.seed, floor.level) == (1000, 0, 0.95)


def test_notes_are_about_what_is_odd():
    """A reliability of 0 or below, a complete design and a single listener each have a note."""
    below = noise_ceiling(ratings_of([[0, 10], [10, 0]]), resamples=1)
    assert below.of("LCC").value == 0.0
    assert below.note
    good = made([3] * 20)
    assert ceiling_of(good).note == ""
    for listeners in (2, 3):
        table = np.array(good)[:, :listeners]
        assert noise_ceiling(complete(table), resamples=1).note
    alone = Ratings.from_arrays(range(4), [0] * 4, [1.0, 2, 3, 4])
    assert noise_ceiling(alone, resamples=1).note


def test_a_complete_design_lacking_one_rating_has_no_note():
    """The note on habits of listeners is for designs in which nobody missed a pair, and each rated
    it once.
    """
    table = np.array(made([4] * 20, 5))
    pair, who = np.repeat(np.arange(20), 4), np.tile(np.arange(4), 20)
    whole = Ratings.from_arrays(pair, who, table.ravel())
    less = Ratings.from_arrays(pair[1:], who[1:], table.ravel()[1:])
    assert noise_ceiling(whole, resamples=1).note
    assert noise_ceiling(less, resamples=1).note == ""


def test_the_floor_is_that_of_redrawn_pairs():
    """The floor's interval is that of the mean of s²/k over redrawn pairs, with the pooled s² for
    single ratings.
    """
    lists = made([1, 2, 3, 4, 6] * 6, 2)

    def floor(rows):
        many = [values for values in rows if len(values) > 1]
        pooled = sum(((np.array(v) - np.mean(v)) ** 2).sum() for v in many) / sum(
            len(v) - 1 for v in many
        )
        parts = [np.var(v, ddof=1) / len(v) if len(v) > 1 else pooled for v in rows]
        return np.mean(parts)

    generator = np.random.default_rng(4)
    drawn = [
        floor([lists[row] for row in generator.integers(len(lists), size=len(lists))])
        for _ in range(50)
    ]
    found = mse_floor(ratings_of(lists), resamples=50, seed=4, level=0.9)
    assert found.value == pytest.approx(floor(lists))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, [0.05, 0.95])))
    assert (found.n_pairs, found.n_single, found.seed, found.level) == (30, 6, 4, 0.9)
    assert found.note == ""
    none = mse_floor(ratings_of([[1], [2, 3]]), resamples=5)
    assert math.isnan(none.value)
    assert (none.n_single, bool(none.note)) == (1, True)


def test_one_human_needs_two_ratings_with_another_beside_them():
    """A single pair with two ratings has metrics of two values; ratings alone take no part."""
    found = one_human(ratings_of([[1, 3], [9], [8]]))
    assert (found.n_ratings, found.n_pairs) == (2, 1)
    assert found.metrics["MSE"] == 4.0
    assert found.metrics["SRCC"] == -1.0
    both = one_human(ratings_of([[1, 3], [2, 6, 7], [8]]))
    assert (both.n_ratings, both.n_pairs) == (5, 2)
    none = one_human(ratings_of([[1], [2]]))
    assert (none.n_ratings, none.n_pairs) == (0, 0)
    assert all(math.isnan(value) for value in none.metrics.values())
    frame = both.to_frame()
    assert frame.shape == (1, 6)
    assert frame["MSE"][0] == both.metrics["MSE"]


def test_the_table_has_one_row_for_each_metric():
    """The table's rows are the ceilings in their order; an unknown metric is refused."""
    found = ceiling_of(made([3] * 10))
    frame = found.to_frame()
    assert frame["metric"].tolist() == ["LCC", "SRCC", "KTAU"]
    assert frame["value"].tolist() == [ceiling.value for ceiling in found.ceilings]
    assert frame.index.tolist() == [0, 1, 2]
    for name in METRICS:
        assert found.of(name).metric == name
    with pytest.raises(RatingsError):
        found.of("MSE")
    assert json.loads(json.dumps(found.to_dict()))["splits"] == 200


def test_a_ceiling_is_never_above_one():
    """Listeners who agree in coarse whole ratings have ceilings of 1, however ties are accounted
    for.
    """
    lists = [[float(n % 4)] * 4 for n in range(16)]
    for ceiling in ceiling_of(lists).ceilings:
        assert ceiling.value == pytest.approx(1.0)
        assert max(ceiling.value, ceiling.high, ceiling.panel, ceiling.split_halves_high) <= 1.0
