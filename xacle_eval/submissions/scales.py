"""Scales: whether numbers seem to be on another usual scale than the challenge's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.columns import ScoreRange

__all__ = ["fits_one_to_five", "other_scale"]

# One prediction of 1 is not on a scale from 0 to 1.
_ENOUGH = 2
_ENOUGH_FOR_ENDS = 20
_NEAR = 0.5


def other_scale(values: NDArray[np.float64], scores: ScoreRange) -> str | None:
    """Return the usual scale that values seem to use, if it is not the challenge's.

    Parameters
    ----------
    values : (n,) array of finite floats
    scores : ScoreRange
        The scale of the challenge.
    """
    if values.size < _ENOUGH:
        return None
    low, high = float(values.min()), float(values.max())
    unit = scores.minimum <= 0 and scores.maximum <= 1
    if 0 <= low and high <= 1 and not unit:
        return "0–1"
    if -1 <= low < 0 and high <= 1 and scores.maximum > 1:
        return "−1–1"
    # A few outliers are not another scale; most values above the scale are.
    above = 2 * int(np.count_nonzero(values > scores.maximum)) > values.size
    if 0 <= low and high <= 100 and above and scores.maximum < 100:
        return "0–100"
    return None


def fits_one_to_five(values: NDArray[np.float64], scores: ScoreRange) -> bool:
    """Return whether values fill the scale from 1 to 5 and the challenge's scale is wider.

    Ratings on a wide scale seldom end near 1 and near 5, but they can.
    """
    if values.size < _ENOUGH_FOR_ENDS or not (scores.minimum < 1 and scores.maximum >= 10):
        return False
    low, high = float(values.min()), float(values.max())
    return 1 <= low <= 1 + _NEAR and 5 - _NEAR <= high <= 5
