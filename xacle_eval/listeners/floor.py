"""MSE floor: the mean squared error of a perfect predictor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xacle_eval.listeners.moments import interval_of, one_way, pair_table, resample_totals, totals
from xacle_eval.listeners.parts import Parts
from xacle_eval.listeners.results import Result
from xacle_eval.references.ratings import Ratings, RatingsError

__all__ = ["MseFloor", "mse_floor"]


@dataclass(frozen=True, slots=True)
class MseFloor(Result):
    """The MSE of the true scores against the averages.

    Attributes
    ----------
    value, low, high : float
        Mean of s²/k over the pairs, with a percentile interval over resampled parts or pairs.
    pooled_variance : float
        Pooled variance s² within pairs; used for pairs with one rating.
    n_pairs, n_single : int
        Number of pairs, and of pairs with one rating.
    level, resamples, seed
        Settings of the interval.
    note : str
        The reason for a missing value; empty if the value is defined.
    """

    value: float
    low: float
    high: float
    pooled_variance: float
    n_pairs: int
    n_single: int
    level: float
    resamples: int
    seed: int
    note: str


def mse_floor(
    ratings: Ratings, *, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> MseFloor:
    """Return the MSE of the true scores against the averages: the mean of s²/k over the pairs.

    Parameters
    ----------
    ratings : Ratings
        Any design. A pair with one rating uses the pooled s².
    resamples, seed, level
        Settings of the interval; see `xacle_eval.listeners.parts` for what is resampled.

    Raises
    ------
    RatingsError
        If ``resamples`` is below 1 or ``level`` is outside (0, 1).
    """
    if resamples < 1:
        raise RatingsError(f"resamples is {resamples}; expected 1 or more")
    table = pair_table(ratings)
    found = one_way(totals(table))
    value = float(found.floor)
    parts = Parts.of(ratings)
    draws = one_way(resample_totals(table, parts, resamples, seed)).floor
    low, high = interval_of(value, draws, level, parts.unit_codes()[1])
    note = (
        ""
        if np.isfinite(value)
        else "the MSE floor cannot be estimated: it needs at least two pairs with two ratings"
    )
    single = int((ratings.counts() == 1).sum())
    return MseFloor(
        value, low, high, float(found.within), ratings.n_pairs, single, level, resamples, seed, note
    )
