"""How far a rating, and the average of a pair's ratings, repeats itself: ICC and Krippendorff's
alpha.

Goal: the share of the variance of ratings that comes from the pairs.

Model: x_ij = mean + pair_i + noise_ij, one-way random effects (Shrout & Fleiss 1979, case 1), since
the listeners differ from pair to pair: a listener's habit of rating high is part of the noise.

Conventions: pairs with a single rating are counted and take no further part. ICC(1,k) is the
reliability of an average of k0 ratings, k0 = (N − Σk²/N)/(n − 1), which is k in a balanced design.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xacle_eval.listeners.moments import OneWay, interval, one_way, pair_table, resampled, totals
from xacle_eval.listeners.results import Result
from xacle_eval.references.ratings import Ratings, RatingsError

__all__ = ["Reliability", "reliability", "spearman_brown"]


@dataclass(frozen=True, slots=True)
class Reliability(Result):
    """Reliability of ratings, with percentile intervals from resampled pairs.

    Attributes
    ----------
    icc1, icc1_low, icc1_high : float
        ICC(1,1), of one rating.
    icck, icck_low, icck_high : float
        ICC(1,k), of an average of ``k0`` ratings.
    alpha, alpha_low, alpha_high : float
        Krippendorff's alpha with the interval metric.
    ms_between, ms_within, k0 : float
        Mean squares and effective number of ratings a pair.
    between, within : float
        Variance components: of true scores, and of one rating around its pair's true score.
    n_pairs, n_pairs_used, n_single : int
        All pairs; those with two ratings or more; those with one.
    n_ratings, n_ratings_used : int
        All ratings, and those of the pairs used.
    k_min, k_median, k_max : float
        Ratings a pair over all pairs.
    level, resamples, undefined, seed
        Of the intervals; ``undefined`` resamples gave no value.
    note : str
        Why values are missing or odd; empty where all is well.
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

    def of_average(self, k: float) -> float:
        """Reliability of an average of ``k`` ratings (Spearman–Brown)."""
        return float(spearman_brown(np.float64(self.icc1), k))


def spearman_brown(
    reliability_of_one: np.float64 | NDArray[np.float64], factor: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Reliability of a measurement lengthened by ``factor``: m·r / (1 + (m − 1)·r).

    Parameters
    ----------
    reliability_of_one : float or array
        Reliability r of the short measurement.
    factor : float or array
        How many times longer, m > 0; it need not be whole.

    Source: Spearman 1910, Brown 1910.
    """
    r, m = np.asarray(reliability_of_one, dtype=np.float64), np.asarray(factor, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(m * r / (1 + (m - 1) * r), dtype=np.float64)


def reliability(
    ratings: Ratings, *, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> Reliability:
    """ICC(1,1), ICC(1,k) and Krippendorff's alpha, in time linear in the number of ratings.

    Parameters
    ----------
    ratings : Ratings
        Any design. Repeated ratings of a pair by one listener count as ratings.
    resamples : int
        Resamples of pairs for the intervals, at least 1.
    seed : int
        Seed of the resampling.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Reliability
        With ``nan`` and a note where no pair, or only one, has two ratings, or nothing varies.

    Raises
    ------
    RatingsError
        For fewer than one resample or a level outside (0, 1).

    Source: Shrout & Fleiss 1979, Psychol. Bull. 86:420; Krippendorff 2011, interval metric.
    """
    if resamples < 1:
        raise RatingsError(f"resamples is {resamples}; expected 1 or more")
    table = pair_table(ratings)
    found = one_way(totals(table))
    draws = one_way(resampled(table, resamples, seed))
    k = ratings.counts()
    many = k > 1
    icc1, icck, alpha = (
        interval(x, level) for x in (draws.single, _of_average(draws), draws.alpha)
    )
    return Reliability(
        float(found.single), *icc1, float(_of_average(found)), *icck, float(found.alpha), *alpha,
        ms_between=float(found.ms_between), ms_within=float(found.ms_within), k0=float(found.k0),
        between=float(found.between), within=float(found.within),
        n_pairs=ratings.n_pairs, n_pairs_used=int(many.sum()), n_single=int((~many).sum()),
        n_ratings=ratings.n_ratings, n_ratings_used=int(k[many].sum()),
        k_min=int(k.min()), k_median=float(np.median(k)), k_max=int(k.max()),
        level=level, resamples=resamples, undefined=int((~np.isfinite(draws.single)).sum()), seed=seed,
        note=_note(found, int(many.sum())),
    )  # fmt: skip


def _of_average(found: OneWay) -> NDArray[np.float64]:
    return spearman_brown(found.single, found.k0)


def _note(found: OneWay, used: int) -> str:
    if used < 2:
        return f"{used} pairs have two ratings or more; reliability needs at least two such pairs"
    if not np.isfinite(found.single):
        return "all ratings are equal; without variance there is no reliability"
    if found.single < 0:
        return "ratings of one pair differ more than averages of different pairs; the reliability is below zero"
    return ""
