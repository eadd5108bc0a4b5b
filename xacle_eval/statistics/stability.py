"""How stable the ranking is: the whole ranking rule, rounding and tie-breaks included, in every
resample.

Conventions: ranks count from 1; systems equal in every rounded metric share a rank, and the next is
skipped (1, 2, 2, 4). Medians and intervals of ranks are ranks that occurred (quantiles without
interpolation).

Wiesenfarth, M., et al. (2021). Methods and open-source toolkit for analyzing and visualizing
challenge results. Sci. Rep. 11, 2369, for the analysis of ranking stability.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xacle_eval.errors import UsageError
from xacle_eval.metrics import METRICS
from xacle_eval.metrics.correlation import ktau_of_ranked
from xacle_eval.metrics.ranks import rank_values
from xacle_eval.statistics.bootstrap import BootstrapSample
from xacle_eval.statistics.kernels_numpy import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FirstKey",
    "RankStability",
    "rank_by_first_keys",
    "rank_by_rule",
    "rank_stability",
    "round_like_python",
]

_PODIUM = 3

_EXACT_POWER = 22
"""Largest power of ten that float64 holds exactly; up to it, m / 10**d is the double nearest the decimal."""

_DRAWS_AT_A_TIME = 1024


def round_like_python(values: npt.ArrayLike, decimals: int) -> Floats:
    """Return ``round(value, decimals)`` for every value, equal to Python's to the last bit.

    ``numpy.round`` multiplies, rounds and divides, and goes wrong where the product falls on a half
    that the number itself does not. So does this, except where the product is within 1e-6 of a
    half, or too large for its fraction to be seen; Python itself rounds those.

    Parameters
    ----------
    values : array_like
        Any shape; nan and infinities stay as they are.
    decimals : int
    """
    array = np.asarray(values, dtype=np.float64)
    if not 0 <= decimals <= _EXACT_POWER:
        return _round_one_by_one(array, np.ones(array.shape, np.bool_), array.copy(), decimals)
    scale = 10.0**decimals
    with np.errstate(over="ignore", invalid="ignore"):
        product = array * scale
        rounded = np.rint(product) / scale
        distance = np.abs(np.abs(product - np.trunc(product)) - 0.5)
        # Up to 2**32 the product is off by less than 2**-21, about 5e-7.
        doubtful = (distance < 1e-6) | (np.abs(product) > 2.0**32)
    return _round_one_by_one(array, doubtful, rounded, decimals)


def _round_one_by_one(
    array: Floats, where: npt.NDArray[np.bool_], rounded: Floats, decimals: int
) -> Floats:
    result = np.where(np.isfinite(array), rounded, array)
    chosen = where & np.isfinite(array)
    result[chosen] = [round(value, decimals) for value in array[chosen].tolist()]
    return result


def rank_by_rule(
    values: npt.ArrayLike,
    metrics: Sequence[str],
    order: Sequence[str],
    decimals: int = 3,
    undefined: float | None = 0.0,
) -> Ints:
    """Rank systems by the challenge's rule, in one or in many resamples.

    Parameters
    ----------
    values : array_like, shape (S, M) or (S, R, M)
    metrics : sequence of str
        The names along the last axis.
    order : sequence of str
        Metrics in the order in which they are compared, each in its own direction.
    decimals : int
        Values are rounded with Python's ``round`` before they are compared.
    undefined : float or None
        What nan counts as; None puts it behind every number.

    Returns
    -------
    numpy.ndarray of int64, shape (S,) or (S, R)

    Raises
    ------
    UsageError
        If a metric of `order` is not among `metrics`, or `order` is empty.
    """
    missing = [name for name in order if name not in metrics]
    if missing or not order:
        raise UsageError(
            f"the ranking needs the metrics {', '.join(missing or ['of its order'])}, which are missing"
        )
    array = np.asarray(values, dtype=np.float64)
    single = array.ndim == 2
    draws = array[:, np.newaxis, :] if single else array
    ranks = np.empty(draws.shape[:2], np.int64)
    for start in range(0, draws.shape[1], _DRAWS_AT_A_TIME):
        part = draws[:, start : start + _DRAWS_AT_A_TIME]
        keys = [
            _key(part[:, :, list(metrics).index(name)], name, decimals, undefined) for name in order
        ]
        ranks[:, start : start + _DRAWS_AT_A_TIME] = _rank_with_ties(np.stack(keys))
    return ranks[:, 0] if single else ranks


def _key(column: Floats, metric: str, decimals: int, undefined: float | None) -> Floats:
    """Return what sorts ascending from best to worst."""
    filled = column if undefined is None else np.where(np.isnan(column), undefined, column)
    rounded = round_like_python(filled, decimals)
    key = -rounded if METRICS[metric].higher_is_better else rounded
    return np.where(np.isnan(key), math.inf, key)


def _rank_with_ties(keys: Floats) -> Ints:
    """Rank by keys of shape (K, S, R), first key first; equal in all keys share a rank. Shape (S,
    R).
    """
    order = np.lexsort(keys[::-1], axis=0)
    ascending = np.take_along_axis(keys, order[np.newaxis], axis=1)
    differs = (ascending[:, 1:] != ascending[:, :-1]).any(axis=0)
    places = np.ones(order.shape, np.int64)
    places[1:] = np.where(differs, np.arange(2, order.shape[0] + 1)[:, np.newaxis], 0)
    ranks = np.empty_like(places)
    np.put_along_axis(ranks, order, np.maximum.accumulate(places, axis=0), axis=0)
    return ranks


@dataclass(frozen=True, eq=False)
class RankStability:
    """The ranking in every resample.

    Attributes
    ----------
    systems : tuple of str, length S
    order : tuple of str
    full : numpy.ndarray of int64, shape (S,)
        Ranks on the data as they are.
    ranks : numpy.ndarray of int64, shape (S, R)
        Ranks in each resample.
    level : float
        Of the intervals of ranks.
    agreement : numpy.ndarray of float64, shape (R,)
        Kendall's tau-b between `full` and each resample's ranking; nan where all systems tie.
    """

    systems: tuple[str, ...]
    order: tuple[str, ...]
    full: Ints
    ranks: Ints
    level: float
    agreement: Floats

    @cached_property
    def counts(self) -> Ints:
        """In how many resamples system s had rank k + 1, at [s, k]; shape (S, S): the blob plot's
        matrix.
        """
        size = len(self.systems)
        return np.stack([np.bincount(row - 1, minlength=size) for row in self.ranks])

    @property
    def median(self) -> Ints:
        """Median rank of each system, the lower one of two."""
        return self._quantile(0.5)

    @property
    def low(self) -> Ints:
        """Best end of each system's rank interval."""
        return self._quantile((1.0 - self.level) / 2.0)

    @property
    def high(self) -> Ints:
        """Worst end of each system's rank interval."""
        return self._quantile((1.0 + self.level) / 2.0)

    def _quantile(self, q: float) -> Ints:
        return np.asarray(np.quantile(self.ranks, q, axis=1, method="inverted_cdf"), dtype=np.int64)

    @property
    def probability_first(self) -> Floats:
        """Share of resamples in which each system is first, alone or with others."""
        return self.podium[:, 0]

    @property
    def podium(self) -> Floats:
        """Share of resamples in which each system has rank 1, 2, 3; shape (S, 3)."""
        shares = np.zeros((len(self.systems), _PODIUM))
        places = min(_PODIUM, len(self.systems))
        shares[:, :places] = self.counts[:, :places] / self.ranks.shape[1]
        return shares

    @property
    def agreement_mean(self) -> float:
        """Mean Kendall's tau between the full ranking and a resample's; nan if undefined in all."""
        defined = self.agreement[~np.isnan(self.agreement)]
        return float(defined.mean()) if defined.size else math.nan

    @property
    def agreement_low(self) -> float:
        """The 2.5 % quantile of that tau."""
        defined = self.agreement[~np.isnan(self.agreement)]
        return float(np.quantile(defined, 0.025)) if defined.size else math.nan

    def to_frame(self) -> pd.DataFrame:
        """One row a system: rank, median, interval, and the share of each place on the podium."""
        import pandas as pd

        frame = pd.DataFrame(
            {
                "system": self.systems,
                "rank": self.full,
                "median": self.median,
                "low": self.low,
                "high": self.high,
            }
        )
        for place in range(_PODIUM):
            frame[f"p_rank_{place + 1}"] = self.podium[:, place]
        return frame


def rank_stability(
    sample: BootstrapSample,
    *,
    order: Sequence[str] = tuple(METRICS),
    decimals: int = 3,
    undefined: float | None = 0.0,
    level: float = 0.95,
) -> RankStability:
    """Apply the whole ranking rule in every resample of a bootstrap.

    Parameters
    ----------
    sample : BootstrapSample
        Its recentred values are ranked.
    order, decimals, undefined
        The rule, as in :func:`rank_by_rule`.
    level : float
        Of the intervals of ranks.

    Raises
    ------
    UsageError
        If a metric of `order` is not in the sample, or `level` is not between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise UsageError(f"the level of an interval must lie between 0 and 1, as 0.95; got {level}")
    full = rank_by_rule(sample.observed, sample.metrics, order, decimals, undefined)
    ranks = rank_by_rule(sample.recentred().values, sample.metrics, order, decimals, undefined)
    return RankStability(sample.systems, tuple(order), full, ranks, level, _agreement(full, ranks))


def _agreement(full: Ints, ranks: Ints) -> Floats:
    reference = rank_values(full.astype(np.float64))
    columns = np.ascontiguousarray(ranks.T).astype(np.float64)
    # The same few rankings come up again and again where systems are far apart.
    distinct, inverse = np.unique(columns, axis=0, return_inverse=True)
    taus = np.array([ktau_of_ranked(reference, rank_values(row)) for row in distinct])
    return taus[inverse.ravel()]


@dataclass(frozen=True, eq=False)
class FirstKey:
    """The ranking that results when another metric is compared first.

    Attributes
    ----------
    metric : str
    ranks : numpy.ndarray of int64, shape (S,)
    agreement : float
        Kendall's tau-b with the official ranking; nan where either has one rank for all.
    changed : int
        Systems whose rank differs from the official one.
    """

    metric: str
    ranks: Ints
    agreement: float
    changed: int


def rank_by_first_keys(
    values: npt.ArrayLike,
    metrics: Sequence[str],
    order: Sequence[str],
    decimals: int = 3,
    undefined: float | None = 0.0,
) -> tuple[FirstKey, ...]:
    """Rank with each metric of `order` as the first key in turn, the others behind it in their
    order.

    Parameters
    ----------
    values : array_like, shape (S, M)
    metrics, order, decimals, undefined
        As in :func:`rank_by_rule`.

    Returns
    -------
    tuple of FirstKey
        In the order of `order`; the first is the official ranking itself.
    """
    official = rank_by_rule(values, metrics, order, decimals, undefined)
    reference = rank_values(official.astype(np.float64))
    keys = []
    for first in order:
        ranks = rank_by_rule(
            values,
            metrics,
            [first, *(name for name in order if name != first)],
            decimals,
            undefined,
        )
        tau = ktau_of_ranked(reference, rank_values(ranks.astype(np.float64)))
        keys.append(FirstKey(first, ranks, tau, int(np.count_nonzero(ranks != official))))
    return tuple(keys)
