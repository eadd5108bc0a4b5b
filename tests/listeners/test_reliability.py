"""ICC and Krippendorff's alpha against published numbers and independent packages."""

from __future__ import annotations

import json
import warnings

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.listeners.designs import SHROUT_FLEISS, complete, one_way_design
from xacle_eval.listeners import (
    Ratings,
    RatingsError,
    mse_floor,
    reliability,
    spearman_brown,
)


def test_published_example() -> None:
    """ICC(1,1) and ICC(1,4) of Shrout and Fleiss's example are the published 0.17 and 0.44."""
    found = reliability(complete(SHROUT_FLEISS))
    assert round(found.icc1, 2) == 0.17
    assert round(found.icck, 2) == 0.44
    assert found.k0 == 4
    # Their table 3: mean squares between targets 11.24, within targets 6.26.
    assert found.ms_between == pytest.approx(11.24, abs=0.005)
    assert found.ms_within == pytest.approx(6.26, abs=0.005)


def test_balanced_design_equals_pingouin() -> None:
    """On a balanced design both coefficients equal pingouin's one-way ICCs."""
    pingouin = pytest.importorskip("pingouin", reason="pingouin is the independent ICC")
    rng = np.random.default_rng(3)
    ratings, _ = one_way_design(rng, np.full(30, 5))
    frame = pd.DataFrame({"t": ratings.pair, "r": np.tile(np.arange(5), 30), "y": ratings.values})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas warnings of pingouin itself
        table = pingouin.intraclass_corr(frame, targets="t", raters="r", ratings="y")
    # The first and fourth rows are the one-way models; their names differ between releases.
    one, average = table["ICC"].iloc[0], table["ICC"].iloc[3]
    found = reliability(ratings)
    assert found.icc1 == pytest.approx(one, abs=1e-12)
    assert found.icck == pytest.approx(average, abs=1e-12)


def _matrix(ratings: Ratings) -> np.ndarray:
    """Return listeners × pairs with nan for missing ratings, as krippendorff expects it."""
    table = np.full((int(ratings.counts().max()), ratings.n_pairs), np.nan)
    place = np.zeros(ratings.n_pairs, dtype=int)
    for code, value in zip(ratings.pair, ratings.values, strict=True):
        table[place[code], code] = value
        place[code] += 1
    return table


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 10), min_size=1, max_size=5), min_size=2, max_size=12))
def test_alpha_equals_krippendorff_package(groups: list[list[int]]) -> None:
    """Alpha equals the krippendorff package on unbalanced integer and single ratings."""
    pair = [code for code, group in enumerate(groups) for _ in group]
    values = [value for group in groups for value in group]
    shared = [value for group in groups if len(group) > 1 for value in group]
    many = sum(len(group) > 1 for group in groups)
    if len(set(shared)) < 2 or many < 2:
        return
    ratings = Ratings.from_arrays(pair, range(len(pair)), values)
    expected = krippendorff.alpha(_matrix(ratings), level_of_measurement="interval")
    assert reliability(ratings, resamples=1).alpha == pytest.approx(expected, abs=1e-10)


def test_unbalanced_design_recovers_the_truth() -> None:
    """With one to eight ratings per pair, ICC(1,1) and the variances match the simulation."""
    rng = np.random.default_rng(5)
    ratings, _ = one_way_design(rng, rng.integers(1, 9, 8000), pair_sd=2.0, noise_sd=3.0)
    found = reliability(ratings, resamples=200)
    assert found.between == pytest.approx(4.0, rel=0.06)
    assert found.within == pytest.approx(9.0, rel=0.03)
    assert found.icc1_low < 4 / 13 < found.icc1_high
    assert found.icc1_low < found.icc1 < found.icc1_high
    assert found.n_single == int((ratings.counts() == 1).sum()) > 0


def test_interval_covers() -> None:
    """The 95 % interval of ICC(1,1) contains the truth in 90 to 99 of 100 simulated data sets."""
    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(100):
        found = reliability(one_way_design(rng, rng.integers(1, 6, 300))[0], resamples=200)
        hits += found.icc1_low <= 0.5 <= found.icc1_high
    assert 90 <= hits <= 99


def test_single_ratings_change_nothing_but_the_counts() -> None:
    """Adding pairs with one rating does not change ICC and alpha."""
    base = complete(SHROUT_FLEISS)
    pairs = [*base.pair.tolist(), "lonely", "alone"]
    more = Ratings.from_arrays(pairs, range(len(pairs)), [*base.values.tolist(), 0.0, 10.0])
    one, two = reliability(base), reliability(more)
    assert (two.n_pairs, two.n_pairs_used, two.n_single) == (8, 6, 2)
    for name in ("icc1", "icck", "alpha", "ms_between", "ms_within", "k0"):
        assert getattr(one, name) == pytest.approx(getattr(two, name), abs=1e-12)


def test_same_seed_same_bytes_and_zero_is_a_seed() -> None:
    """The same seed gives the same result, seed 0 included, and another seed another interval."""
    ratings = complete(SHROUT_FLEISS)
    assert reliability(ratings, seed=0) == reliability(ratings, seed=0)
    assert reliability(ratings, seed=0).icc1_low != reliability(ratings, seed=1).icc1_low


@pytest.mark.parametrize(
    ("pairs", "values", "note"),
    [
        (["a", "b", "c"], [1, 2, 3], "two pairs with two ratings; found 0"),
        (["a", "a", "b"], [1, 2, 3], "two pairs with two ratings; found 1"),
        (["a", "a", "b", "b"], [5, 5, 5, 5], "all ratings are equal"),
    ],
)
def test_undefined_reliability_has_a_note(pairs: list[str], values: list[int], note: str) -> None:
    """Without two pairs of two ratings, or without variance, the value is nan with a reason."""
    found = reliability(Ratings.from_arrays(pairs, range(len(pairs)), values), resamples=10)
    assert np.isnan(found.icc1)
    assert note in found.note
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["icc1"] is None


def test_extremes() -> None:
    """Perfect agreement gives 1; ratings that cancel within pairs give a negative ICC."""
    pairs = ["a", "a", "b", "b", "c", "c"]
    agreed = reliability(Ratings.from_arrays(pairs, range(6), [1, 1, 5, 5, 9, 9]))
    assert (agreed.icc1, agreed.icck, agreed.alpha, agreed.note) == (1.0, 1.0, 1.0, "")
    opposed = reliability(Ratings.from_arrays(pairs, range(6), [0, 10, 0, 10, 0, 10]))
    assert opposed.icc1 == -1.0
    assert "below zero" in opposed.note


def test_spearman_brown() -> None:
    """Four ratings with reliability 0.4 give 8/11, and ICC(1,1) stepped up gives ICC(1,k)."""
    assert spearman_brown(np.float64(0.4), 4) == pytest.approx(8 / 11)
    found = reliability(complete(SHROUT_FLEISS))
    assert spearman_brown(np.float64(found.icc1), 4) == pytest.approx(found.icck)


def test_bad_settings_are_refused() -> None:
    """Zero resamples and a level of 95 instead of 0.95 are errors."""
    ratings = complete(SHROUT_FLEISS)
    with pytest.raises(RatingsError, match="expected 1 or more"):
        reliability(ratings, resamples=0)
    with pytest.raises(RatingsError, match=r"0\.95"):
        reliability(ratings, level=95)


def test_one_pair_has_no_intervals() -> None:
    """Resamples of one pair are all equal, so there is no interval of any value."""
    ratings = Ratings.from_arrays([0, 0, 0], [0, 1, 2], [3.0, 4.0, 5.0])
    floor, found = mse_floor(ratings), reliability(ratings)
    assert (floor.value, found.alpha) == (pytest.approx(1 / 3), 0.0)
    ends = (floor.low, floor.high, found.alpha_low, found.alpha_high, found.icc1_low)
    assert np.isnan(ends).all()


def test_values_that_are_undefined_have_no_intervals() -> None:
    """ICC(1,2) of two opposed ratings per pair is undefined, whatever the resamples give."""
    ratings = Ratings.from_arrays(np.repeat(np.arange(30), 2), np.arange(60), np.tile([0, 9], 30))
    found = reliability(ratings)
    assert found.icc1 == -1.0
    assert not np.isfinite([found.icck, found.icck_low, found.icck_high]).any()
    single = Ratings.from_arrays([*range(20), 0], [*range(20), 20], np.arange(21) % 7)
    floor = mse_floor(single)
    assert np.isnan([floor.value, floor.low, floor.high]).all()


def test_tiny_differences_are_not_called_equal() -> None:
    """Ratings near 1e-200 differ, although their variance cannot be represented."""
    rng = np.random.default_rng(1)
    ratings = Ratings.from_arrays(
        np.repeat(np.arange(30), 3), np.arange(90), rng.random(90) / 1e200
    )
    assert "write them in a smaller unit" in reliability(ratings).note
    equal = Ratings.from_arrays(np.repeat(np.arange(30), 3), np.arange(90), np.ones(90))
    assert "all ratings are equal" in reliability(equal).note
