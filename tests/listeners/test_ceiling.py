"""Noise ceiling, MSE floor and one human against hand-computed values and simulation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr, spearmanr
from xacle_eval.listeners.attenuation import (
    Panels,
    expected_correlation,
    reliability_from_halves,
    tied_share,
)

from tests.listeners.designs import complete, crossed_design, one_way_design
from xacle_eval.listeners import (
    NoiseCeiling,
    Ratings,
    RatingsError,
    mse_floor,
    noise_ceiling,
    one_human,
    reliability,
    spearman_brown,
)
from xacle_eval.metrics import ktau, lcc, srcc

METRICS = {"LCC": lcc, "SRCC": srcc, "KTAU": ktau}


def _bias(sizes: np.ndarray | None, repetitions: int = 6) -> dict[str, tuple[float, float]]:
    """Return the bias of both estimates over repetitions of 1,000 pairs with noise sd 1.2."""
    rng = np.random.default_rng(21)
    errors: dict[str, list[tuple[float, float]]] = {name: [] for name in METRICS}
    for _ in range(repetitions):
        k = rng.integers(1, 8, 1000) if sizes is None else sizes
        ratings, truth = one_way_design(rng, k, noise_sd=1.2)
        found = noise_ceiling(ratings, resamples=1)
        for name, metric in METRICS.items():
            value, one = metric(truth, ratings.means()), found.of(name)
            errors[name].append((one.components - value, one.halves - value))
    return {name: tuple(np.mean(pairs, axis=0)) for name, pairs in errors.items()}


@pytest.mark.parametrize(
    "sizes", [np.full(1000, 4), np.full(1000, 5), None], ids=["4", "5", "1 to 7"]
)
def test_ceiling_equals_the_score_of_the_truth(sizes: np.ndarray | None) -> None:
    """Both estimates equal the metric of the true scores against the averages."""
    for name, (components, halves) in _bias(sizes).items():
        assert abs(components) < 0.012, name
        assert abs(halves) < 0.012, name


def test_spearman_brown_on_tau_is_too_high() -> None:
    """Plain Spearman–Brown overestimates the ceiling of KTAU by about 0.1; the default does not."""
    rng = np.random.default_rng(22)
    ratings, truth = one_way_design(rng, np.full(1500, 4), noise_sd=1.2)
    value = ktau(truth, ratings.means())
    plain = noise_ceiling(ratings, resamples=1, conversion="spearman-brown").of("KTAU")
    assert plain.halves - value > 0.08
    assert abs(noise_ceiling(ratings, resamples=1).of("KTAU").halves - value) < 0.03


def test_ties_of_whole_ratings_are_accounted_for() -> None:
    """With ratings rounded to few levels, the ceiling of KTAU is still that of the truth."""
    rng = np.random.default_rng(23)
    errors = []
    for _ in range(6):
        ratings, truth = one_way_design(rng, np.full(1200, 4), noise_sd=1.2)
        coarse = Ratings.from_arrays(ratings.pair, ratings.listener, np.round(ratings.values))
        errors.append(
            noise_ceiling(coarse, resamples=1).of("KTAU").value - ktau(truth, coarse.means())
        )
    assert abs(np.mean(errors)) < 0.012


def test_lcc_is_the_root_of_the_reliability() -> None:
    """With equal panels LCC's ceiling is √ICC(1,k) exactly, and panel against panel is ICC(1,k)."""
    ratings, _ = one_way_design(np.random.default_rng(24), np.full(400, 4))
    icck = reliability(ratings).icck
    found = noise_ceiling(ratings)
    assert found.of("LCC").value == pytest.approx(np.sqrt(icck), abs=1e-12)
    assert found.of("LCC").panel == pytest.approx(icck, abs=1e-12)
    assert found.reliability == pytest.approx(icck, abs=1e-12)


def test_value_follows_the_design() -> None:
    """LCC uses components; SRCC and KTAU use halves with equal panels, else components."""
    rng = np.random.default_rng(25)
    equal = noise_ceiling(one_way_design(rng, np.full(200, 4))[0])
    unequal = noise_ceiling(one_way_design(rng, rng.integers(2, 6, 200))[0])
    assert [c.method for c in equal.ceilings] == [
        "variance components",
        "split halves",
        "split halves",
    ]
    assert [c.method for c in unequal.ceilings] == ["variance components"] * 3
    for ceiling in (*equal.ceilings, *unequal.ceilings):
        expected = ceiling.halves if ceiling.method == "split halves" else ceiling.components
        assert ceiling.value == expected
        assert ceiling.low < ceiling.value < ceiling.high
        assert ceiling.halves_low < ceiling.halves < ceiling.halves_high
        assert ceiling.panel < ceiling.value
    assert (unequal.k_min, unequal.k_max, unequal.splits) == (2, 5, 200)


def test_plain_spearman_brown_uses_halves() -> None:
    """With plain Spearman–Brown, SRCC and KTAU have only split halves, for any panel sizes."""
    ratings, _ = one_way_design(np.random.default_rng(33), np.tile([2, 4], 100))
    found = noise_ceiling(ratings, conversion="spearman-brown")
    assert [c.method for c in found.ceilings] == [
        "variance components",
        "split halves",
        "split halves",
    ]
    assert np.isnan(found.of("KTAU").components)
    assert found.of("LCC").value == noise_ceiling(ratings).of("LCC").value
    halves = found.of("KTAU")
    assert halves.low < halves.value == halves.halves < halves.high


def test_maps_equal_simulation() -> None:
    """The three maps equal the correlations of large normal samples with unequal panels."""
    rng = np.random.default_rng(26)
    k = rng.choice([2, 3, 8], size=60_000)
    truth = rng.normal(size=k.size) * np.sqrt(0.3)
    first = truth + rng.normal(size=k.size) * np.sqrt(0.7 / (k // 2))
    second = truth + rng.normal(size=k.size) * np.sqrt(0.7 / (k - k // 2))
    expected = {
        "LCC": pearsonr(first, second).statistic,
        "SRCC": spearmanr(first, second).statistic,
        "KTAU": kendalltau(first, second).statistic,
    }
    for name, value in expected.items():
        halves = Panels.halves(k)
        assert expected_correlation(name, 0.3, halves)[0] == pytest.approx(value, abs=0.01)
        assert reliability_from_halves(name, value, halves)[0] == pytest.approx(0.3, abs=0.015)


@pytest.mark.parametrize("metric", ["LCC", "SRCC", "KTAU"])
def test_maps_invert(metric: str) -> None:
    """Going from reliability to half correlation and back returns the reliability, from 0 to 1."""
    halves = Panels.halves(np.array([2, 3, 3, 5, 18]))
    reliabilities = np.linspace(0, 1, 21)
    back = reliability_from_halves(
        metric, expected_correlation(metric, reliabilities, halves), halves
    )
    np.testing.assert_allclose(back, reliabilities, atol=1e-4)


def test_equal_halves_are_spearman_brown() -> None:
    """For LCC with an even panel, the step is Spearman–Brown with factor two and the root."""
    k = np.full(10, 4)
    single = reliability_from_halves("LCC", 0.5, Panels.halves(k))
    stepped = expected_correlation("LCC", single, Panels.truth_and_panel(k))[0]
    assert stepped == pytest.approx(np.sqrt(spearman_brown(np.float64(0.5), 2)), abs=1e-4)


def test_many_panel_sizes_are_merged() -> None:
    """Merging 60 different panel sizes keeps the mean inverse size."""
    k = np.arange(2, 62)
    panels = Panels.truth_and_panel(k)
    assert panels.weight.size <= 20
    assert panels.weight.sum() == pytest.approx(1)
    assert panels.second @ panels.weight == pytest.approx(np.mean(1 / k))


def test_unreliable_ratings_have_no_ceiling() -> None:
    """Ratings that cancel within pairs give ceilings of 0; equal ratings give nan, with notes."""
    pairs = np.repeat(np.arange(20), 2)
    opposed = noise_ceiling(Ratings.from_arrays(pairs, range(40), np.tile([0, 10], 20)))
    assert opposed.of("LCC").value == 0
    assert "do not distinguish the pairs" in opposed.note
    flat = noise_ceiling(Ratings.from_arrays(pairs, range(40), np.full(40, 5)))
    assert np.isnan(flat.of("SRCC").value)
    assert "cannot be estimated" in flat.note


def test_single_ratings_only() -> None:
    """With one rating per pair, ceiling, floor and one human are undefined, without an error."""
    ratings = Ratings.from_arrays(range(5), range(5), range(5))
    found = noise_ceiling(ratings)
    assert np.isnan(found.of("KTAU").value)
    assert found.n_pairs_split == 0
    assert "cannot be estimated" in mse_floor(ratings).note
    assert one_human(ratings).n_ratings == 0
    json.dumps(
        [found.to_dict(), mse_floor(ratings).to_dict(), one_human(ratings).to_dict()],
        allow_nan=False,
    )


def test_perfect_listeners() -> None:
    """Listeners who agree exactly give ceilings of 1 and a floor of 0."""
    ratings = complete(np.repeat(np.arange(12.0)[:, None], 4, axis=1))
    found = noise_ceiling(ratings)
    assert [ceiling.value for ceiling in found.ceilings] == pytest.approx([1.0, 1.0, 1.0])
    assert mse_floor(ratings).value == 0


def test_complete_crossing_is_noted() -> None:
    """If every listener rated every pair, the note states that the ceilings are too low."""
    rng = np.random.default_rng(27)
    whole = complete(rng.normal(size=(30, 1)) * 3 + rng.normal(size=(30, 4)))
    assert "every listener rated every pair" in noise_ceiling(whole).note
    assert noise_ceiling(crossed_design(rng, 40, 10, 12, (3.0, 1.0, 1.0))).note == ""


def test_seeds() -> None:
    """Seed 0 gives the same result twice; seed 1 gives another one."""
    ratings, _ = one_way_design(np.random.default_rng(28), np.full(100, 4))
    zero: NoiseCeiling = noise_ceiling(ratings, seed=0)
    assert zero == noise_ceiling(ratings, seed=0)
    assert zero.of("SRCC").halves != noise_ceiling(ratings, seed=1).of("SRCC").halves


def test_result_forms() -> None:
    """The result converts to a table and strict JSON; an unknown metric is an error."""
    ratings, _ = one_way_design(np.random.default_rng(29), np.full(60, 4))
    found = noise_ceiling(ratings)
    assert found.to_frame()["metric"].tolist() == ["LCC", "SRCC", "KTAU"]
    assert (
        json.loads(json.dumps(found.to_dict(), allow_nan=False))["ceilings"][1]["metric"] == "SRCC"
    )
    with pytest.raises(RatingsError, match="no ceiling of 'MSE'"):
        found.of("MSE")


@pytest.mark.parametrize(
    "setting", [{"splits": 199}, {"resamples": 0}, {"conversion": "none"}, {"level": 1.0}]
)
def test_bad_settings_are_refused(setting: dict[str, object]) -> None:
    """Too few splits, zero resamples, an unknown conversion and an invalid level are errors."""
    ratings, _ = one_way_design(np.random.default_rng(30), np.full(20, 4))
    with pytest.raises(RatingsError, match="expected"):
        noise_ceiling(ratings, **setting)  # type: ignore[arg-type]


def test_floor_by_hand() -> None:
    """The floor is the mean of s²/k, with the pooled s² for a pair that has one rating."""
    ratings = Ratings.from_arrays(["a", "a", "b", "b", "b", "c"], range(6), [1, 3, 2, 5, 8, 9])
    pooled = (2 + 18) / 3
    found = mse_floor(ratings)
    assert found.value == pytest.approx((2 / 2 + 9 / 3 + pooled) / 3)
    assert found.pooled_variance == pytest.approx(pooled)
    assert found.n_single == 1


def test_floor_is_the_error_of_the_truth() -> None:
    """With one to seven ratings per pair, the floor is the MSE of the simulated true scores."""
    rng = np.random.default_rng(31)
    errors, widths = [], []
    for _ in range(20):
        ratings, truth = one_way_design(rng, rng.integers(1, 8, 1000), noise_sd=2.0)
        found = mse_floor(ratings, resamples=50)
        errors.append(found.value - float(((truth - ratings.means()) ** 2).mean()))
        widths.append(found.high - found.low)
    assert abs(np.mean(errors)) < 0.05
    assert 0 < np.mean(widths) < 0.5


def test_one_human_by_loop() -> None:
    """One human equals scipy on each rating against the mean of the pair's other ratings."""
    rng = np.random.default_rng(32)
    ratings, _ = one_way_design(rng, rng.integers(1, 5, 50))
    given, rest = [], []
    for row in range(ratings.n_ratings):
        same = (ratings.pair == ratings.pair[row]) & (np.arange(ratings.n_ratings) != row)
        if same.any():
            given.append(ratings.values[row])
            rest.append(ratings.values[same].mean())
    found = one_human(ratings)
    assert found.n_ratings == len(given)
    assert found.metrics["SRCC"] == pytest.approx(spearmanr(given, rest).statistic, abs=1e-12)
    assert found.metrics["KTAU"] == pytest.approx(kendalltau(given, rest).statistic, abs=1e-12)
    assert found.metrics["LCC"] == pytest.approx(pearsonr(given, rest).statistic, abs=1e-12)
    assert found.metrics["MSE"] == pytest.approx(np.mean((np.array(given) - rest) ** 2), abs=1e-12)


def test_tied_share() -> None:
    """Of the six pairs of 1, 1, 1, 2 three are tied."""
    assert tied_share(np.array([1.0, 1.0, 1.0, 2.0])) == 0.5
    assert np.isnan(tied_share(np.array([1.0])))
