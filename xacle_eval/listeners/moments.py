"""Sums over pairs for reliability, noise ceiling and MSE floor, for the data and for resamples.

Goal: compute a thousand resamples in a fraction of a second. A one-way analysis of the ratings
needs only sums over pairs, so a resample of pairs is a sum of rows of one small table.

Conventions: k is the number of ratings of a pair. Pairs with one rating carry no information about
the variance within pairs. They contribute only to the number of pairs, the mean of 1/k and the
floor. Functions of sums take arrays whose last axis is the table's column and return ``nan`` for
undefined values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xacle_eval.listeners.parts import Parts
from xacle_eval.references.ratings import Ratings, RatingsError

__all__ = [
    "TOO_CLOSE",
    "OneWay",
    "interval",
    "interval_of",
    "one_way",
    "pair_table",
    "resample_totals",
    "too_close",
    "totals",
]

Floats = NDArray[np.float64]

#: Columns of the table; "many" restricts a sum to pairs with two ratings or more.
_MANY, _K, _K2, _SUM, _BETWEEN, _WITHIN, _ALPHA, _PAIRS, _INVERSE, _SINGLE, _FLOOR = range(11)
_MEAN, _MEAN2 = 11, 12


TOO_CLOSE = (
    "the ratings differ, but by so little that their variance is 0 in floating-point arithmetic; "
    "write them in a smaller unit"
)


@dataclass(frozen=True, slots=True)
class OneWay:
    """The one-way random model x_ij = mean + pair_i + noise_ij; one array entry per resample.

    Attributes
    ----------
    ms_between, ms_within : array
        Mean squares between and within pairs (points squared).
    k0 : array
        (N − Σk²/N) / (n − 1), the effective number of ratings per pair in an unbalanced design.
    between, within : array
        Variance of the true scores and of a single rating around its pair's true score.
    single : array
        ICC(1,1); may be negative.
    alpha : array
        Krippendorff's alpha, interval metric.
    inverse_k : array
        Mean of 1/k over all pairs.
    floor : array
        Mean of s²/k over all pairs; for a pair with one rating, s² is ``ms_within``.
    variance : array
        Variance of the averages over all pairs.
    """

    ms_between: Floats
    ms_within: Floats
    k0: Floats
    between: Floats
    within: Floats
    single: Floats
    alpha: Floats
    inverse_k: Floats
    floor: Floats
    variance: Floats


def pair_table(ratings: Ratings) -> Floats:
    """Return one row of summands per pair, shape (pairs, 13)."""
    k = ratings.counts().astype(np.float64)
    many = (k > 1).astype(np.float64)
    # Centre at the mean of all ratings, because a large offset would cost precision.
    mean = ratings.means() - float(ratings.values.mean())
    within = ratings.squares_within()
    spare = np.maximum(k - 1, 1)
    columns = [
        many,
        many * k,
        many * k * k,
        many * k * mean,
        many * k * mean * mean,
        within,
        2 * k * within / spare,
        np.ones_like(k),
        1 / k,
        1 - many,
        within / spare / k,
        mean,
        mean * mean,
    ]
    return np.column_stack(columns)


def too_close(ratings: Ratings) -> bool:
    """Return whether ratings differ, but the squares of their differences are zero."""
    spread = float(np.ptp(ratings.values))
    return spread > 0.0 and spread * spread == 0.0


def totals(table: Floats) -> Floats:
    """Return the sums over all pairs, shape (13,)."""
    return np.asarray(table.sum(axis=0), dtype=np.float64)


def resample_totals(table: Floats, parts: Parts, resamples: int, seed: int) -> Floats:
    """Return the sums over resampled parts or pairs, shape (resamples, 13)."""
    code, units = parts.unit_codes()
    by_unit = np.zeros((units, table.shape[1]))
    np.add.at(by_unit, code, table)
    generator = np.random.default_rng(seed)
    sums = np.empty((resamples, table.shape[1]))
    for b in range(resamples):
        weights = np.bincount(generator.integers(units, size=units), minlength=units)
        sums[b] = weights @ by_unit
    return sums


def one_way(sums: Floats) -> OneWay:
    """Return the analysis of variance from sums.

    Entries are ``nan`` if fewer than two pairs have two ratings.
    """
    c = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    n, total = c[_MANY], c[_K]
    with np.errstate(divide="ignore", invalid="ignore"):
        correction = c[_SUM] ** 2 / total
        # Rounding can make this slightly negative if all averages are equal.
        squares_between = np.maximum(c[_BETWEEN] - correction, 0.0)
        ms_between = np.where(n > 1, squares_between / (n - 1), np.nan)
        ms_within = np.where(n > 1, c[_WITHIN] / (total - n), np.nan)
        k0 = (total - c[_K2] / total) / (n - 1)
        between = (ms_between - ms_within) / k0
        single = (ms_between - ms_within) / (ms_between + (k0 - 1) * ms_within)
        observed = c[_ALPHA] / total
        expected = 2 * (c[_WITHIN] + squares_between) / (total - 1)
        alpha = np.where(n > 0, 1 - observed / expected, np.nan)
        floor = (c[_FLOOR] + np.where(c[_SINGLE] > 0, c[_SINGLE] * ms_within, 0.0)) / c[_PAIRS]
        inverse_k = c[_INVERSE] / c[_PAIRS]
        pairs = c[_PAIRS]
        variance = np.maximum(c[_MEAN2] - c[_MEAN] ** 2 / pairs, 0.0) / (pairs - 1)
    return OneWay(
        ms_between, ms_within, k0, between, ms_within, single, alpha, inverse_k, floor, variance
    )


def interval(draws: Floats, level: float) -> tuple[float, float]:
    """Return the percentile interval of the finite draws; ``nan`` if no draw is finite.

    Parameters
    ----------
    draws : array of float
        The statistic of each resample.
    level : float
        Coverage, between 0 and 1 (exclusive).

    Raises
    ------
    RatingsError
        If ``level`` is outside (0, 1).
    """
    if not 0 < level < 1:
        raise RatingsError(f"level is {level}; expected a number between 0 and 1, such as 0.95")
    defined = draws[np.isfinite(draws)]
    if not defined.size:
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def interval_of(value: float, draws: Floats, level: float, units: int) -> tuple[float, float]:
    """Return the percentile interval of a value; ``nan`` if it cannot have one.

    Parameters
    ----------
    value : float
        The statistic of the data; without it, an interval would describe something else.
    draws, level
        See :func:`interval`.
    units : int
        How many units were resampled: resamples of one unit are all equal.
    """
    found = interval(draws, level)
    return found if np.isfinite(value) and units > 1 else (float("nan"), float("nan"))
