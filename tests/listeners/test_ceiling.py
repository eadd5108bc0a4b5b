"""Noise ceiling, MSE floor and one human against hand-computed values and simulation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr, spearmanr

from tests.listeners.designs import complete, crossed_design, one_way_design
from xacle_eval.listeners import (
    NoiseCeiling,
    Ratings,
    RatingsError,
    mse_floor,
    noise_ceiling,
    one_human,
    reliability,
)
from xacle_eval.metrics import ktau, lcc, srcc

METRICS = {"LCC": lcc, "SRCC": srcc, "KTAU": ktau}


@pytest.mark.parametrize(
    ("sizes", "noise_sd"),
    [
        ((4, 4), 1.2),
        pytest.param((8, 8), 1.2, marks=pytest.mark.long),
        pytest.param((1, 7), 1.2, marks=pytest.mark.long),
    ],
    ids=["4", "8", "1 to 7"],
)
def test_ceiling_equals_the_score_of_the_truth(sizes: tuple[int, int], noise_sd: float) -> None:
    """The estimates equal the metric of the true scores against the averages."""
    rng = np.random.default_rng(21)
    errors: dict[str, list[float]] = {name: [] for name in METRICS}
    for _ in range(3):
        k = rng.integers(sizes[0], sizes[1] + 1, 1000)
        ratings, truth = one_way_design(rng, k, noise_sd=noise_sd)
        found = noise_ceiling(ratings, resamples=1)
        for name, metric in METRICS.items():
            errors[name].append(found.of(name).value - metric(truth, ratings.means()))
    for name, values in errors.items():
        assert abs(np.mean(values)) < 0.012, name


def test_two_tight_heaps_have_the_ceiling_of_the_truth() -> None:
    """Scores in two heaps lower the ceilings of ranks; maps of normal scores miss that by 0.06."""
    rng = np.random.default_rng(22)
    quality = np.where(rng.random(1000) < 0.45, 1.5, 8.5) + rng.normal(0, 0.7, 1000)
    pair = np.repeat(np.arange(1000), 4)
    values = np.clip(np.rint(quality[pair] + rng.normal(0, 2.0, 4000)), 0, 10)
    ratings = Ratings.from_arrays(pair, np.arange(4000), values)
    found = noise_ceiling(ratings, resamples=1)
    srcc_of_truth = spearmanr(quality, ratings.means()).statistic
    ktau_of_truth = kendalltau(quality, ratings.means()).statistic
    assert found.of("SRCC").value == pytest.approx(srcc_of_truth, abs=0.025)
    assert found.of("KTAU").value == pytest.approx(ktau_of_truth, abs=0.035)
    normal = 6 / np.pi * np.arcsin(found.of("LCC").value / 2)
    assert normal - srcc_of_truth > 0.05


def test_one_rating_less_changes_little() -> None:
    """Unequal panels use the same estimator as equal ones, so one rating less moves it little."""
    rng = np.random.default_rng(23)
    ratings, _ = one_way_design(rng, np.full(600, 4), noise_sd=1.2)
    whole = Ratings.from_arrays(ratings.pair, ratings.listener, np.round(2 * ratings.values))
    keep = np.arange(2400) != 1000
    less = Ratings.from_arrays(whole.pair[keep], whole.listener[keep], whole.values[keep])
    one, other = (noise_ceiling(each, resamples=1) for each in (whole, less))
    for name in METRICS:
        assert abs(one.of(name).value - other.of(name).value) < 0.002, name


def test_lcc_is_the_root_of_the_reliability() -> None:
    """With equal panels LCC's ceiling is √ICC(1,k) exactly, and panel against panel is ICC(1,k)."""
    ratings, _ = one_way_design(np.random.default_rng(24), np.full(400, 4))
    icck = reliability(ratings).icck
    found = noise_ceiling(ratings)
    assert found.of("LCC").value == pytest.approx(np.sqrt(icck), abs=1e-12)
    assert found.of("LCC").panel == pytest.approx(icck, abs=1e-12)
    assert found.reliability == pytest.approx(icck, abs=1e-12)


def test_lcc_allows_panels_that_depend_on_the_pair() -> None:
    """Where noisier pairs have fewer ratings, LCC is still that of the truth."""
    rng = np.random.default_rng(25)
    truth = rng.normal(size=4000)
    k = np.where(truth < 0, 2, 10)
    pair = np.repeat(np.arange(4000), k)
    noise = np.where(truth < 0, 1.5, 0.5)
    values = truth[pair] + noise[pair] * rng.normal(size=pair.size)
    ratings = Ratings.from_arrays(pair, np.arange(pair.size), values)
    share = 1 - mse_floor(ratings, resamples=1).value / ratings.means().var(ddof=1)
    assert np.sqrt(share) == pytest.approx(lcc(truth, ratings.means()), abs=0.01)


def test_few_pairs_use_normal_scores() -> None:
    """Nineteen pairs with two ratings have the values of normal scores, and a note; twenty have a
    fitted model.
    """
    rng = np.random.default_rng(26)
    for pairs, method in ((19, "normal scores"), (20, "ordinal deconvolution")):
        ratings, _ = one_way_design(rng, np.append(np.full(pairs, 3), 1), noise_sd=0.7)
        found = noise_ceiling(ratings, resamples=20)
        assert [each.method for each in found.ceilings] == ["variances", method, method]
        assert ("those of normal scores" in found.note) is (pairs == 19)
        assert bool(found.model) is (pairs == 20)
        root = found.of("LCC")
        if pairs == 19:
            assert found.of("SRCC").value == pytest.approx(6 / np.pi * np.arcsin(root.value / 2))
            assert found.of("KTAU").low == pytest.approx(2 / np.pi * np.arcsin(root.low), abs=0.01)
        for each in found.ceilings:
            assert each.low <= each.value <= each.high


def test_unreliable_ratings_have_no_ceiling() -> None:
    """Ratings that cancel within pairs give ceilings of 0; equal ratings give nan, with notes."""
    pairs = np.repeat(np.arange(20), 2)
    opposed = noise_ceiling(Ratings.from_arrays(pairs, range(40), np.tile([0, 10], 20)))
    assert [each.value for each in opposed.ceilings] == [0, 0, 0]
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
    assert zero.of("SRCC").split_halves != noise_ceiling(ratings, seed=1).of("SRCC").split_halves


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


@pytest.mark.parametrize("setting", [{"splits": 199}, {"resamples": 0}, {"level": 1.0}])
def test_bad_settings_are_refused(setting: dict[str, object]) -> None:
    """Too few splits, zero resamples and an invalid level are errors."""
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
