"""The jackknife: each metric without each pair in turn, all n values in O(n log n).

Conventions: n pairs, n values per metric. SRCC and KTAU are computed in exact integers up to the
last division.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from xacle_eval.metrics import DEFAULT_METRICS, PreparedReferences, find_metrics
from xacle_eval.metrics.arrays import check_paired_arrays
from xacle_eval.metrics.correlation import centre
from xacle_eval.metrics.metric import Metric
from xacle_eval.metrics.ranks import RankedValues, rank_values
from xacle_eval.statistics.kernels import PreparedSystem, ReferenceBlock, cosines, kernels_of
from xacle_eval.statistics.kernels_numpy import Floats, Ints, net_concordance
from xacle_eval.statistics.resampled import block_metrics
from xacle_eval.statistics.resampling import Parts

__all__ = ["LeftOut", "jackknife_metrics"]


def jackknife_metrics(
    predictions: npt.ArrayLike,
    references: npt.ArrayLike,
    metrics: Sequence[str | Metric] = DEFAULT_METRICS,
    parts: Parts | None = None,
) -> Floats:
    """Return each metric without each pair, or each part, in turn.

    Parameters
    ----------
    predictions, references : array_like, shape (n,)
        Finite numbers, n >= 2.
    metrics : sequence of str or Metric
        Names of `xacle_eval.metrics.METRICS`, or own metrics.
    parts : array of int, shape (n,), optional
        The part of each pair, numbered from 0 without gaps; at least two parts.

    Returns
    -------
    numpy.ndarray of float64, shape (n, M), or (parts, M)
        nan if the other pairs have no variance.

    Raises
    ------
    MetricInputError
        If lengths differ or values are not finite.
    UsageError
        If a metric is unknown.
    """
    x, y = check_paired_arrays(predictions, references)
    if parts is not None:
        return _without_parts(x, y, find_metrics(metrics), parts)
    rest = LeftOut(x, y)
    return np.stack([rest.of(metric) for metric in find_metrics(metrics)], axis=1)


def _without_parts(x: Floats, y: Floats, metrics: Sequence[Metric], parts: Parts) -> Floats:
    prepared, kernels = PreparedReferences.of(y), kernels_of()
    system, rows = PreparedSystem.of(x, prepared.values), []
    for left_out in np.array_split(np.arange(parts.max() + 1), -(-(parts.max() + 1) // 256)):
        weights = (parts != left_out[:, np.newaxis]).astype(np.uint8)
        block = ReferenceBlock.plain(prepared, weights, kernels)
        rows.append(block_metrics(system, block, metrics, kernels))
    return np.concatenate(rows)


class LeftOut:
    """The data without each pair in turn; sums that several metrics need are computed once.

    Parameters
    ----------
    x, y : shape (n,)
        Predictions and references.
    """

    def __init__(self, x: Floats, y: Floats) -> None:
        self.x = x
        self.y = y

    @cached_property
    def _ranked(self) -> tuple[RankedValues, RankedValues]:
        return rank_values(self.x), rank_values(self.y)

    @cached_property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Whether a side of the other pairs is constant, shape (n,)."""
        return _constant_without(self._ranked[0]) | _constant_without(self._ranked[1])

    @cached_property
    def _net(self) -> Ints:
        return _net_of_each(*self._ranked)

    @cached_property
    def _rank_correlations(self) -> tuple[Floats, Floats]:
        return _rank_correlations(*self._ranked, self._net)

    @property
    def comparisons(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Concordant minus discordant comparisons of the other pairs, and those tied in the
        predictions, in the references, and in both; each of shape (n,).
        """
        x, y = self._ranked
        both = rank_values(x.levels.astype(np.float64) * y.level_count + y.levels)
        ties = (_tied_without(x), _tied_without(y), _tied_without(both))
        return np.asarray(int(self._net.sum()) // 2 - self._net), *ties

    @property
    def srcc(self) -> Floats:
        """Spearman's coefficient without each pair, shape (n,)."""
        return np.where(self.constant, np.nan, self._rank_correlations[0])

    @property
    def ktau(self) -> Floats:
        """Kendall's tau-b without each pair, shape (n,)."""
        return np.where(self.constant, np.nan, self._rank_correlations[1])

    @property
    def lcc(self) -> Floats:
        """Pearson's coefficient without each pair, shape (n,)."""
        return np.where(self.constant, np.nan, _linear(self.x, self.y))

    @property
    def mse(self) -> Floats:
        """The mean squared error without each pair, shape (n,)."""
        return self.mean_of((self.x - self.y) ** 2)

    def mean_of(self, losses: Floats) -> Floats:
        """Return the mean of the losses of the other pairs, shape (n,)."""
        return np.asarray((losses.sum() - losses) / max(self.x.size - 1, 1))

    def of(self, metric: Metric) -> Floats:
        """Return a metric without each pair, shape (n,)."""
        if metric.fast.left_out is not None:
            if self.x.size - 1 < metric.minimum_pairs:
                return np.full(self.x.size, np.nan)
            return np.asarray(metric.fast.left_out(self), dtype=np.float64)
        everyone = np.arange(self.x.size)
        return np.array(
            [
                metric.of_arrays(self.x[everyone != i], self.y[everyone != i])
                if self.x.size > 1
                else np.nan
                for i in everyone
            ]
        )


def _constant_without(ranked: RankedValues) -> npt.NDArray[np.bool_]:
    """Return where the other pairs have a single level."""
    sizes = np.diff(ranked.bounds)[ranked.levels]
    alone = (ranked.level_count == 2) & (sizes == 1)
    constant: npt.NDArray[np.bool_] = alone | np.full(
        ranked.size, ranked.level_count == 1 or ranked.size <= 2
    )
    return constant


def _net_of_each(x: RankedValues, y: RankedValues) -> Ints:
    """Return concordant minus discordant comparisons of each pair with all others."""
    order = np.argsort(x.levels, kind="stable")
    net = np.empty(x.size, np.int64)
    net[order] = net_concordance(x.levels[order].astype(np.int64), y.levels[order].astype(np.int64))
    return net


def _rank_correlations(x: RankedValues, y: RankedValues, net: Ints) -> tuple[Floats, Floats]:
    """Return SRCC and KTAU without each pair.

    Notes
    -----
    The doubled centred rank of j is the sum over k of sign(x_j - x_k); without i, sign(x_j - x_i)
    is subtracted. With s and t these signs for both variables, the sum of products over j changes
    by the sums of ranks above minus below x_i, and by the sum of s t, which is the net concordance
    of i.
    """
    ranks_x, ranks_y = x.centred_double_ranks(), y.centred_double_ranks()
    crossed = int(np.dot(ranks_x, ranks_y)) - ranks_x * ranks_y
    crossed = crossed - _above_less_below(x, ranks_y) - _above_less_below(y, ranks_x) + net
    squares = [_squares_without(side, ranks) for side, ranks in ((x, ranks_x), (y, ranks_y))]
    untied = [_untied_without(side) for side in (x, y)]
    return cosines(crossed, *squares), cosines(int(net.sum()) // 2 - net, *untied)


def _above_less_below(ranked: RankedValues, values: Ints) -> Ints:
    """Return, for each pair, the sum of `values` over pairs above it minus over those below."""
    by_level = np.bincount(ranked.levels, weights=values, minlength=ranked.level_count)
    # Integers below 2**53 in float64 are exact: n * n for n up to 94 million.
    sums = np.rint(by_level).astype(np.int64)
    through = np.cumsum(sums)
    result: Ints = (through[-1] - through - (through - sums))[ranked.levels]
    return result


def _squares_without(ranked: RankedValues, ranks: Ints) -> Ints:
    sizes = np.diff(ranked.bounds)[ranked.levels]
    total = int(np.dot(ranks, ranks))
    result: Ints = (
        total - ranks * ranks - 2 * _above_less_below(ranked, ranks) + (ranked.size - sizes)
    )
    return result


def _untied_without(ranked: RankedValues) -> Ints:
    """Return the number of untied comparisons without each pair in turn."""
    rest = ranked.size - 1
    result: Ints = rest * (rest - 1) // 2 - _tied_without(ranked)
    return result


def _tied_without(ranked: RankedValues) -> Ints:
    """Return the number of tied comparisons without each pair in turn."""
    sizes = np.diff(ranked.bounds)
    result: Ints = int((sizes * (sizes - 1) // 2).sum()) - (sizes - 1)[ranked.levels]
    return result


def _linear(x: Floats, y: Floats) -> Floats:
    """Return LCC without each pair: n / (n - 1) of the product of its deviations is subtracted."""
    a, b = centre(x).deviations, centre(y).deviations
    n = x.size
    share = n / max(n - 1, 1)
    sums = [(p * q).sum() - share * (p * q) for p, q in ((a, b), (a, a), (b, b))]
    return cosines(*sums)
