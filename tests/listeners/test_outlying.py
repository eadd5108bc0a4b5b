"""Ratings that are far from all others, and what depends on them."""

import numpy as np
import pytest

from xacle_eval.listeners import Ratings, noise_ceiling


def sliders(outlying=()):
    """Return 80 pairs with four continuous ratings near 5; some are replaced."""
    rng = np.random.default_rng(2)
    pair = np.repeat(np.arange(80), 4)
    values = 5 + 0.01 * rng.normal(size=80)[pair] + 0.01 * rng.normal(size=pair.size)
    for place, value in outlying:
        values[place] = value
    return Ratings.from_arrays(pair, np.arange(pair.size), values)


@pytest.mark.parametrize("outlying", [[(319, 1e9)], [(319, 1e9), (318, 0.0)], [(5, -1e6)]])
def test_rank_ceilings_do_without_outlying_ratings(outlying):
    """A huge rating hardly changes the ceilings of ranks, and the note names it and its pair."""
    expected = noise_ceiling(sliders(), resamples=1)
    found = noise_ceiling(sliders(outlying), resamples=1)
    for name in ("SRCC", "KTAU"):
        assert found.of(name).value == pytest.approx(expected.of(name).value, abs=0.03)
        assert found.of(name).method == "ordinal deconvolution"
    place, value = outlying[0]
    assert f"the rating {value:g} of pair '{place // 4}'" in found.note
    assert "do not distinguish" not in found.note
    assert expected.note == ""


def test_usual_scales_have_no_outlying_rating():
    """The ends of a scale of 11 levels are no outliers, however rare they are."""
    values = np.full(400, 5.0)
    values[::7], values[3] = 6.0, 0.0
    ratings = Ratings.from_arrays(np.repeat(np.arange(100), 4), np.arange(400), values)
    assert "far from all others" not in noise_ceiling(ratings, resamples=1).note
