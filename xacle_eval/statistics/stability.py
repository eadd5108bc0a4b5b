"""Stability of the ranking: the whole ranking rule, with rounding and ties, in every resample.

Conventions: ranks count from 1; systems that are equal in every rounded metric share a rank, and
the next rank is skipped (1, 2, 2, 4). Medians and intervals of ranks are observed ranks (quantiles
without interpolation).

The analysis follows Wiesenfarth, M., et al. (2021). Methods and open-source toolkit for analyzing
and visualizing challenge results. Sci. Rep. 11, 2369.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xacle_eval.challenge.rounding import round_metric
from xacle_eval.errors import UsageError
from xacle_eval.metrics import DEFAULT_METRICS, METRICS
from xacle_eval.metrics.correlation import ktau_of_ranked
from xacle_eval.metrics.ranks import rank_values
from xacle_eval.statistics.bootstrap import BootstrapSample
from xacle_eval.statistics.kernels import cosines
from xacle_eval.statistics.kernels_numpy import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FirstKey",
    "RankStability",
    "rank_by_first_keys",
    "rank_by_rule",
    "rank_stability",
    "rank_with_ties",
    "round_like_python",
    "round_values",
]

_PODIUM = 3

_EXACT_POWER = 22
"""Largest exponent d for which 10**d is exact in float64; m / 10**d is then correctly rounded."""

_DRAWS_AT_A_TIME = 1024


def round_like_python(values: npt.ArrayLike, decimals: int) -> Floats:
    """Return ``round(value, decimals)`` for every value, with the same bits as Python.

    ``numpy.round`` multiplies, rounds and divides. It is wrong if the rounded product is exactly
    halfway and the number itself is not. This function does the same, but lets Python round the
    values whose product is within 1e-6 of halfway, or too large to have a fraction.

    Parameters
    ----------
    values : array_like
        Any shape; nan and infinities are unchanged.
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
        # Up to 2**32 the error of the product is less than 2**-21, about 5e-7.
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
        The value that nan counts as; None ranks nan behind every number.

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
            f"the ranking needs metrics that are missing: {', '.join(missing)}"
            if missing
            else "the ranking needs at least one metric in its order"
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
        ranks[:, start : start + _DRAWS_AT_A_TIME] = rank_with_ties(np.stack(keys))
    return ranks[:, 0] if single else ranks


def _key(column: Floats, metric: str, decimals: int, undefined: float | None) -> Floats:
    """Return keys that sort ascending from best to worst."""
    filled = column if undefined is None else np.where(np.isnan(column), undefined, column)
    rounded = round_values(filled, metric, decimals)
    key = -rounded if METRICS[metric].higher_is_better else rounded
    return np.where(np.isnan(key), math.inf, key)


def round_values(values: Floats, metric: str, decimals: int) -> Floats:
    """Return values as `xacle_eval.challenge.rounding.round_metric` rounds them."""
    rounded = round_like_python(values, decimals)
    digits = METRICS[metric].digits
    if digits is not None:
        # Smaller values have at most so many significant digits already.
        large = np.isfinite(values) & (np.abs(rounded) >= 10.0 ** (digits - decimals))
        rounded[large] = [round_metric(metric, value, decimals) for value in values[large].tolist()]
    return rounded


def rank_with_ties(keys: Floats) -> Ints:
    """Rank by keys of shape (K, S, R), first key first; return ranks of shape (S, R).

    Systems that are equal in all keys share a rank.
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
        Ranks on the observed data.
    ranks : numpy.ndarray of int64, shape (S, R)
        Ranks in each resample.
    level : float
        Of the intervals of ranks.
    agreement : numpy.ndarray of float64, shape (R,)
        Kendall's tau-b between `full` and each resample's ranking; nan if all systems are tied.
    """

    systems: tuple[str, ...]
    order: tuple[str, ...]
    full: Ints
    ranks: Ints
    level: float
    agreement: Floats

    @cached_property
    def counts(self) -> Ints:
        """Number of resamples in which system s had rank k + 1, at [s, k]; shape (S, S)."""
        size = len(self.systems)
        return np.stack([np.bincount(row - 1, minlength=size) for row in self.ranks])

    @property
    def median(self) -> Ints:
        """Median rank of each system; the lower of the two middle ranks."""
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
        """Share of resamples in which each system is first, alone or tied."""
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
        """Mean tau between the full and the resampled rankings; nan if always undefined."""
        defined = self.agreement[~np.isnan(self.agreement)]
        return float(defined.mean()) if defined.size else math.nan

    @property
    def agreement_low(self) -> float:
        """The 2.5 % quantile of that tau."""
        defined = self.agreement[~np.isnan(self.agreement)]
        return float(np.quantile(defined, 0.025)) if defined.size else math.nan

    def to_frame(self) -> pd.DataFrame:
        """Return one row per system: rank, median, interval, and the shares of ranks 1 to 3."""
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
    order: Sequence[str] = DEFAULT_METRICS,
    decimals: int = 3,
    undefined: float | None = 0.0,
    level: float = 0.95,
) -> RankStability:
    """Apply the whole ranking rule in every resample of a bootstrap.

    Parameters
    ----------
    sample : BootstrapSample
        Its values are ranked.
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
        raise UsageError(
            f"the level of an interval must be between 0 and 1, such as 0.95; got {level}"
        )
    full = rank_by_rule(sample.observed, sample.metrics, order, decimals, undefined)
    ranks = rank_by_rule(sample.values, sample.metrics, order, decimals, undefined)
    return RankStability(sample.systems, tuple(order), full, ranks, level, _agreement(full, ranks))


def _agreement(full: Ints, ranks: Ints) -> Floats:
    """Return tau-b between a ranking and the ranking of each resample, from all system pairs."""
    small = ranks.astype(np.int16 if ranks.shape[0] < 2**15 else np.int32)
    net, untied = np.zeros((2, ranks.shape[1]), dtype=np.int64)
    untied_full = 0
    for system in range(1, full.size):
        signs = np.sign(full[:system] - full[system])
        apart = np.sign(small[:system] - small[system]).astype(np.int8)
        untied += np.count_nonzero(apart, axis=0)
        untied_full += int(np.count_nonzero(signs))
        net += apart[signs > 0].sum(axis=0, dtype=np.int64)
        net -= apart[signs < 0].sum(axis=0, dtype=np.int64)
    return np.asarray(cosines(net, untied, untied_full), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class FirstKey:
    """The ranking that results when another metric is compared first.

    Attributes
    ----------
    metric : str
    ranks : numpy.ndarray of int64, shape (S,)
    agreement : float
        Kendall's tau-b with the official ranking; nan if either has one rank for all.
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
    """Rank with each metric of `order` as the first key in turn; the others keep their order.

    Parameters
    ----------
    values : array_like, shape (S, M)
    metrics, order, decimals, undefined
        As in :func:`rank_by_rule`.

    Returns
    -------
    tuple of FirstKey
        In the order of `order`; the first is the official ranking.
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
