"""Noise ceiling, MSE floor and one human against values computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.listeners.designs import complete
from xacle_eval.listeners import (
    Ratings,
    RatingsError,
    mse_floor,
    noise_ceiling,
    one_human,
    reliability,
)
from xacle_eval.listeners.halves import half_correlations, random_halves

#: Two pairs with two ratings each: mean squares 16 and 2, so ICC(1,1) = 14/18, ICC(1,k) = 7/8.
TWO_PAIRS = Ratings.from_arrays([*"aabb"], range(4), [1, 3, 5, 7])


def test_two_pairs() -> None:
    """LCC is the root of 1 − 1/8: the floor is 1, the variance of the averages 8."""
    found = noise_ceiling(TWO_PAIRS)
    lcc = found.of("LCC")
    assert (lcc.metric, lcc.method) == ("LCC", "variances")
    assert lcc.value == pytest.approx(np.sqrt(7 / 8), abs=1e-12)
    assert lcc.panel == pytest.approx(7 / 8, abs=1e-12)
    assert found.reliability == pytest.approx(7 / 8, abs=1e-12)
    # Every half of the upper pair is above every half of the lower one.
    assert [one.split_halves for one in found.ceilings] == pytest.approx([1, 1, 1])
    root = np.sqrt(7 / 8)
    assert found.of("SRCC").value == pytest.approx(6 / np.pi * np.arcsin(root / 2))
    assert found.of("KTAU").value == pytest.approx(2 / np.pi * np.arcsin(root))
    assert found.of("SRCC").panel == pytest.approx(6 / np.pi * np.arcsin(7 / 16))
    assert found.of("KTAU").panel == pytest.approx(2 / np.pi * np.arcsin(7 / 8))
    assert [one.method for one in found.ceilings[1:]] == ["normal scores"] * 2
    # Mean squares 16 and 2: the reliability of the averages is 7/8 here too.
    values = [one.value for one in found.ceilings]
    assert [one.components for one in found.ceilings] == pytest.approx(values, abs=1e-12)
    assert [one.halves for one in found.ceilings] == pytest.approx([1, 1, 1])
    assert found.to_frame().index.tolist() == [0, 1, 2]


@pytest.mark.parametrize("seed", [0, 1])
def test_older_estimates_assume_normal_scores(seed: int) -> None:
    """Components are maps of the root of ICC(1,k), halves those of Spearman–Brown."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(12, 1)) * 2 + rng.normal(size=(12, 4))
    found = noise_ceiling(complete(table))
    root = np.sqrt(reliability(complete(table)).icck)
    maps = {
        "LCC": lambda r: r,
        "SRCC": lambda r: 6 / np.pi * np.arcsin(r / 2),
        "KTAU": lambda r: 2 / np.pi * np.arcsin(r),
    }
    latent = {
        "LCC": lambda h: h,
        "SRCC": lambda h: 2 * np.sin(np.pi * h / 6),
        "KTAU": lambda h: np.sin(np.pi * h / 2),
    }
    for name, map_of in maps.items():
        one = found.of(name)
        assert one.components == pytest.approx(map_of(root))
        rho = latent[name](one.split_halves)
        assert one.halves == pytest.approx(map_of(np.sqrt(2 * rho / (1 + rho))))
        assert one.halves_low < one.halves < one.halves_high


def test_interval_of_two_pairs() -> None:
    """Half of the resamples contain one pair twice: their reliability is negative, so 0."""
    lcc = noise_ceiling(TWO_PAIRS).of("LCC")
    assert (lcc.low, lcc.high) == (0.0, pytest.approx(np.sqrt(7 / 8), abs=1e-12))
    narrow = noise_ceiling(TWO_PAIRS, level=0.01, resamples=1).of("LCC")
    assert narrow.low == narrow.high


def test_reliability_above_one_is_impossible() -> None:
    """Ratings without noise have a reliability of exactly 1, and every ceiling is 1."""
    found = noise_ceiling(complete(np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])))
    assert found.reliability == 1
    assert [(one.value, one.panel) for one in found.ceilings] == [(1, 1)] * 3


def test_unequal_panels() -> None:
    """With two, two and four ratings, the floor is the mean of 1, 1 and 1/3."""
    values = [1, 3, 5, 7, 4, 4, 6, 6]
    ratings = Ratings.from_arrays([*"aabbcccc"], range(8), values)
    expected = 1 - (1 + 1 + (4 / 3) / 4) / 3 / np.var([2, 6, 5], ddof=1)
    found = noise_ceiling(ratings)
    assert found.reliability == pytest.approx(expected, abs=1e-12)
    assert found.of("LCC").panel == pytest.approx(expected, abs=1e-12)
    assert (found.k_min, found.k_median, found.k_max) == (2, 2.0, 4)
    assert (found.n_pairs, found.n_pairs_split, found.n_ratings) == (3, 3, 8)


def test_halves_partition_the_ratings_of_each_pair() -> None:
    """The first half has ⌊k/2⌋ ratings, the second the rest, and each rating is in either half."""
    sizes = np.array([2, 3, 4, 5])
    pair = np.repeat(np.arange(4), sizes)
    # Powers of two: the sum of a half shows which ratings it has.
    values = np.concatenate([2.0 ** np.arange(k) for k in sizes])
    ratings = Ratings.from_arrays(pair, range(pair.size), values)
    generator = np.random.default_rng(1)
    seen: list[set[int]] = [set() for _ in sizes]
    for _ in range(200):
        first, second = random_halves(ratings, generator)
        for code, k in enumerate(sizes):
            one, other = first[code] * (k // 2), second[code] * (k - k // 2)
            assert int(one).bit_count() == k // 2
            assert one + other == 2**k - 1
            seen[code].add(int(one))
    # Every subset of the right size occurs: 2, 3, 6 and 10 of them.
    assert [len(one) for one in seen] == [2, 3, 6, 10]


def test_splits_use_pairs_with_two_ratings() -> None:
    """A pair with one rating is not split; two pairs with two ratings are enough, one is not."""
    two = Ratings.from_arrays([*"aabbc"], range(5), [1, 3, 5, 7, 100])
    found = noise_ceiling(two)
    assert (found.n_pairs, found.n_pairs_split) == (3, 2)
    assert found.of("SRCC").split_halves == pytest.approx(1)
    one = noise_ceiling(Ratings.from_arrays([*"aabc"], range(4), [1, 3, 5, 7]))
    assert one.n_pairs_split == 1
    assert np.isnan(one.of("SRCC").split_halves)
    assert "at least two pairs" in one.note
    assert noise_ceiling(Ratings.from_arrays([*"abc"], range(3), [1, 3, 5])).n_pairs_split == 0


def test_halves_of_equal_ratings() -> None:
    """The halves of pairs without noise correlate perfectly in every split."""
    ratings = Ratings.from_arrays([*"aabbccdd"], range(8), [1, 1, 2, 2, 9, 9, 4, 4])
    halves = half_correlations(ratings, 200, seed=0)
    assert set(halves) == {"LCC", "SRCC", "KTAU"}
    assert halves["LCC"] == pytest.approx(np.ones(200))
    alone = half_correlations(Ratings.from_arrays([*"aab"], range(3), [1, 2, 3]), 5, seed=0)
    assert np.isnan(alone["SRCC"]).all()
    assert alone["SRCC"].shape == (5,)


def test_notes() -> None:
    """Zero reliability and a complete design have notes; repeated ratings are not complete."""
    # The floor is 1, and so is the variance of the averages.
    zero = noise_ceiling(Ratings.from_arrays([*"aabbcc"], range(6), [-1, 1, 0, 2, -2, 0]))
    assert zero.reliability == 0
    assert "do not distinguish the pairs" in zero.note
    # More variance within than between pairs: ICC(1,1) is negative and counts as 0.
    negative = noise_ceiling(Ratings.from_arrays([*"aabbcc"], range(6), [-3, 3, -2, 4, -1, 5]))
    assert [one.value for one in negative.ceilings] == [0, 0, 0]
    assert negative.of("LCC").panel == 0
    whole = Ratings.from_arrays([*"aabbcc"], [*"xyxyxy"], [1, 2, 5, 6, 8, 9])
    assert "every listener rated every pair" in noise_ceiling(whole).note
    repeated = Ratings.from_arrays([*"aabbcc"], [*"xyxyxx"], [1, 2, 5, 6, 8, 9])
    assert "every listener" not in noise_ceiling(repeated).note
    partial = Ratings.from_arrays([*"aabbcc"], [*"xyxzyz"], [1, 2, 5, 6, 8, 9])
    assert "every listener" not in noise_ceiling(partial).note


def test_smallest_settings_are_accepted() -> None:
    """200 splits and one resample are enough; the message names a setting below the minimum."""
    found = noise_ceiling(TWO_PAIRS, splits=200, resamples=1, seed=3, level=0.5)
    assert (found.splits, found.resamples, found.seed, found.level) == (200, 1, 3, 0.5)
    with pytest.raises(RatingsError, match=r"^splits is 199; expected 200 or more$"):
        noise_ceiling(TWO_PAIRS, splits=199)
    with pytest.raises(RatingsError, match=r"^resamples is 0; expected 1 or more$"):
        noise_ceiling(TWO_PAIRS, resamples=0)
    assert mse_floor(TWO_PAIRS, resamples=1).resamples == 1
    with pytest.raises(RatingsError, match=r"^resamples is 0; expected 1 or more$"):
        mse_floor(TWO_PAIRS, resamples=0)


def test_defaults() -> None:
    """The defaults are 200 splits, 1,000 resamples, seed 0 and 95 % intervals."""
    found, floor = noise_ceiling(TWO_PAIRS), mse_floor(TWO_PAIRS)
    assert (found.splits, found.resamples, found.seed, found.level) == (200, 1000, 0, 0.95)
    assert (floor.resamples, floor.seed, floor.level) == (1000, 0, 0.95)


def test_floor_of_two_pairs() -> None:
    """The floor is the mean of 1 and 4, its interval from one pair drawn twice to the other."""
    found = mse_floor(Ratings.from_arrays([*"aabb"], range(4), [1, 3, 5, 9]))
    assert (found.value, found.low, found.high) == (2.5, 1.0, 4.0)
    assert found.pooled_variance == 5.0
    assert (found.n_pairs, found.n_single, found.note) == (2, 0, "")


def test_floor_without_two_pairs_to_compare() -> None:
    """With one pair that has two ratings the floor is undefined, and the note gives the reason."""
    found = mse_floor(Ratings.from_arrays([*"aab"], range(3), [1, 3, 5]))
    assert np.isnan(found.value)
    assert "at least two pairs with two ratings" in found.note
    assert (found.n_pairs, found.n_single) == (2, 1)


def test_one_human_of_two_pairs() -> None:
    """Ratings 1, 3, 5, 9 meet the others' 3, 1, 9, 5; a pair with one listener is ignored."""
    ratings = Ratings.from_arrays([*"aabbcdd"], [*"xyxyxxx"], [1, 3, 5, 9, 4, 6, 7])
    found = one_human(ratings)
    assert (found.n_ratings, found.n_pairs) == (4, 2)
    # Deviations from the mean 4.5: -3.5, -1.5, 0.5, 4.5 and -1.5, -3.5, 4.5, 0.5.
    assert found.metrics["LCC"] == pytest.approx(15 / 35)
    assert found.metrics["SRCC"] == pytest.approx(0.6)
    assert found.metrics["KTAU"] == pytest.approx(2 / 6)
    assert found.metrics["MSE"] == (4 + 4 + 16 + 16) / 4
    frame = found.to_frame()
    assert list(frame) == ["SRCC", "LCC", "KTAU", "MSE", "n_ratings", "n_pairs"]
    assert frame.iloc[0].tolist() == [*found.metrics.values(), 4, 2]
    alone = one_human(Ratings.from_arrays([*"ab"], [*"xx"], [1, 2]))
    assert all(np.isnan(value) for value in alone.metrics.values())
