"""Reliability of ratings and of averages of ratings: ICC and Krippendorff's alpha.

Goal: estimate the share of the variance of the ratings that comes from the pairs.

Model: x_ij = mean + pair_i + noise_ij, one-way random effects (Shrout & Fleiss 1979, case 1),
because different pairs have different listeners: a listener's bias is part of the noise.

Conventions: pairs with a single rating are counted and otherwise ignored. ICC(1,k) is the
reliability of an average of k0 ratings, k0 = (N − Σk²/N)/(n − 1), which is k in a balanced design.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xacle_eval.listeners.moments import (
    TOO_CLOSE,
    OneWay,
    interval_of,
    one_way,
    pair_table,
    resample_totals,
    too_close,
    totals,
)
from xacle_eval.listeners.parts import Parts
from xacle_eval.listeners.results import Result
from xacle_eval.references.ratings import Ratings, RatingsError

__all__ = ["Reliability", "reliability", "spearman_brown"]


@dataclass(frozen=True, slots=True)
class Reliability(Result):
    """Reliability of ratings, with percentile intervals from resampled pairs.

    Attributes
    ----------
    icc1, icc1_low, icc1_high : float
        ICC(1,1), the reliability of one rating.
    icck, icck_low, icck_high : float
        ICC(1,k), the reliability of an average of ``k0`` ratings.
    alpha, alpha_low, alpha_high : float
        Krippendorff's alpha with the interval metric.
    ms_between, ms_within, k0 : float
        Mean squares and effective number of ratings per pair.
    between, within : float
        Variance of the true scores, and of one rating around its pair's true score.
    n_pairs, n_pairs_used, n_single : int
        Number of pairs, of pairs with at least two ratings, and of pairs with one rating.
    n_ratings, n_ratings_used : int
        Number of ratings, and of ratings of the pairs used.
    k_min, k_median, k_max : float
        Ratings per pair, over all pairs.
    level, resamples, undefined, seed
        Settings of the intervals; ``undefined`` is the number of resamples without a value.
    note : str
        The reason for missing or unusual values; empty if none applies.
    """

    icc1: float
    icc1_low: float
    icc1_high: float
    icck: float
    icck_low: float
    icck_high: float
    alpha: float
    alpha_low: float
    alpha_high: float
    ms_between: float
    ms_within: float
    k0: float
    between: float
    within: float
    n_pairs: int
    n_pairs_used: int
    n_single: int
    n_ratings: int
    n_ratings_used: int
    k_min: int
    k_median: float
    k_max: int
    level: float
    resamples: int
    undefined: int
    seed: int
    note: str


def spearman_brown(
    reliability_of_one: np.float64 | NDArray[np.float64], factor: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the reliability of a test lengthened by ``factor``: m·r / (1 + (m − 1)·r).

    Parameters
    ----------
    reliability_of_one : float or array
        Reliability r of the original test.
    factor : float or array
        Ratio m > 0 of the new to the original length; not necessarily an integer.

    Source: Spearman 1910, Brown 1910.
    """
    r, m = np.asarray(reliability_of_one, dtype=np.float64), np.asarray(factor, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(m * r / (1 + (m - 1) * r), dtype=np.float64)


def reliability(
    ratings: Ratings, *, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> Reliability:
    """Return ICC(1,1), ICC(1,k) and Krippendorff's alpha, in time linear in the ratings.

    Parameters
    ----------
    ratings : Ratings
        Any design. Repeated ratings of a pair by one listener count as separate ratings.
    resamples : int
        Number of resamples for the intervals, at least 1; see `xacle_eval.listeners.parts`.
    seed : int
        Seed of the resampling.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Reliability
        Values are ``nan``, with a note, if fewer than two pairs have two ratings or all ratings
        are equal.

    Raises
    ------
    RatingsError
        If ``resamples`` is below 1 or ``level`` is outside (0, 1).

    Source: Shrout & Fleiss 1979, Psychol. Bull. 86:420; Krippendorff 2011, interval metric.
    """
    if resamples < 1:
        raise RatingsError(f"resamples is {resamples}; expected 1 or more")
    table = pair_table(ratings)
    found = one_way(totals(table))
    parts = Parts.of(ratings)
    draws = one_way(resample_totals(table, parts, resamples, seed))
    k = ratings.counts()
    many = k > 1
    icc1, icck, alpha = (
        interval_of(float(value), drawn, level, parts.unit_codes()[1])
        for value, drawn in (
            (found.single, draws.single),
            (_of_average(found), _of_average(draws)),
            (found.alpha, draws.alpha),
        )
    )
    return Reliability(
        float(found.single), *icc1, float(_of_average(found)), *icck, float(found.alpha), *alpha,
        ms_between=float(found.ms_between), ms_within=float(found.ms_within), k0=float(found.k0),
        between=float(found.between), within=float(found.within),
        n_pairs=ratings.n_pairs, n_pairs_used=int(many.sum()), n_single=int((~many).sum()),
        n_ratings=ratings.n_ratings, n_ratings_used=int(k[many].sum()),
        k_min=int(k.min()), k_median=float(np.median(k)), k_max=int(k.max()),
        level=level, resamples=resamples, seed=seed,
        undefined=int((~np.isfinite(draws.single)).sum()),
        note=_note(found, int(many.sum()), ratings),
    )  # fmt: skip


def _of_average(found: OneWay) -> NDArray[np.float64]:
    return spearman_brown(found.single, found.k0)


def _note(found: OneWay, used: int, ratings: Ratings) -> str:
    if used < 2:
        return f"reliability needs at least two pairs with two ratings; found {used}"
    if not np.isfinite(found.single):
        if too_close(ratings):
            return f"reliability is undefined because {TOO_CLOSE}"
        return "reliability is undefined because all ratings are equal"
    if found.single < 0:
        return (
            "the reliability is below zero: ratings differ more within pairs than between the "
            "averages of different pairs"
        )
    return ""
