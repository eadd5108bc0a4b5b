"""The metrics of one system in many resamples: shared sums, fast forms and the slow path.

A metric with a fast form takes the sums that it needs from a :class:`Resampled`, which computes
each of them once. For any other metric, the data of each resample are repeated and its function is
called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from types import ModuleType

import numpy as np
import numpy.typing as npt

from xacle_eval.metrics import DEFAULT_METRICS, MetricInputError, PreparedReferences, find_metrics
from xacle_eval.metrics.metric import Metric
from xacle_eval.metrics.ranks import rank_values, run_begins
from xacle_eval.statistics.kernels import PreparedSystem, ReferenceBlock, cosines, kernels_of
from xacle_eval.statistics.kernels_numpy import Floats, Ints

__all__ = ["Resampled", "block_metrics", "weighted_metrics"]


class Resampled:
    """One system in a block of R resamples.

    Parameters
    ----------
    system : PreparedSystem
    block : ReferenceBlock
        The weights, and the reference side of the resamples.
    kernels : module
    draws : int
        The number of resamples that are used; a block may hold more.
    """

    def __init__(
        self, system: PreparedSystem, block: ReferenceBlock, kernels: ModuleType, draws: int
    ) -> None:
        self.system = system
        self.block = block
        self.kernels = kernels
        self.draws = draws

    @property
    def n(self) -> Ints:
        """The number of pairs of each resample, shape (R,)."""
        return self.block.totals

    @cached_property
    def _rank_sums(self) -> tuple[Ints, Ints, Ints]:
        sums: tuple[Ints, Ints, Ints] = self.kernels.rank_sums(
            self.system.order, self.system.bounds, self.block.weights, self.block.products
        )
        return sums

    @cached_property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Whether the predictions or the references of a resample are constant, shape (R,)."""
        _, squares, _ = self._rank_sums
        constant: npt.NDArray[np.bool_] = (squares == self.n**2) | self.block.constant
        return constant

    @property
    def srcc(self) -> Floats:
        """Spearman's coefficient, shape (R,)."""
        crossed, _, cubes = self._rank_sums
        return self._unless_constant(
            cosines(crossed, (self.n**3 - cubes) // 3, self.block.rank_squares)
        )

    @property
    def ktau(self) -> Floats:
        """Kendall's tau-b, shape (R,)."""
        return self._unless_constant(cosines(self.net_concordance, *self.untied))

    @property
    def lcc(self) -> Floats:
        """Pearson's coefficient, shape (R,)."""
        own, both = self.centred_sums
        return self._unless_constant(cosines(both, own, self.block.deviation_squares))

    @property
    def mse(self) -> Floats:
        """The mean squared error, shape (R,)."""
        with np.errstate(over="ignore"):
            sums: Floats = self.kernels.weighted_sums(self.block.weights, self.system.errors)
            errors: Floats = np.ldexp(sums / self.n, 2 * self.system.exponent)
            return errors

    @cached_property
    def untied(self) -> tuple[Ints, Ints]:
        """The numbers of comparisons not tied in the predictions, and in the references."""
        n, (_, squares, _) = self.n, self._rank_sums
        return (n * n - squares) // 2, (n * n - self.block.squares) // 2

    @cached_property
    def net_concordance(self) -> Ints:
        """Concordant minus discordant comparisons, shape (R,)."""
        system, block = self.system, self.block
        counts: Ints = self.kernels.concordance(
            system.order, system.bounds, block.levels, block.level_count, block.weights
        )
        return counts

    @cached_property
    def comparisons(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Concordant minus discordant comparisons, and those tied in the predictions, in the
        references, and in both; each of shape (R,).
        """
        n, (_, squares, _) = self.n, self._rank_sums
        ties = (squares - n) // 2, (self.block.squares - n) // 2
        return self.net_concordance, *ties, self._tied_in_both()

    def _tied_in_both(self) -> Ints:
        levels = rank_values(self.system.values).levels.astype(np.int64) * self.block.level_count
        joint = levels + self.block.levels
        order = np.argsort(joint, kind="stable")
        starts = np.flatnonzero(run_begins(joint[order]))
        copies = np.add.reduceat(self.block.weights[order], starts, axis=0, dtype=np.int64)
        tied: Ints = ((copies * copies).sum(axis=0) - self.n) // 2
        return tied

    @cached_property
    def centred_sums(self) -> tuple[Floats, Floats]:
        """Sums of squared deviations of the predictions, and of crossed deviations, shape (R,).

        The predictions are in units of a power of two, ``2**scale_exponent``; so are the
        references, in their own.
        """
        deviations = self.system.deviations
        means = self.kernels.weighted_sums(self.block.weights, deviations) / self.n
        sums: tuple[Floats, Floats] = self.kernels.centred_sums(
            self.block.weights, deviations, means, self.block.deviations
        )
        return sums

    def mean_of(self, loss: Callable[[Floats, Floats], Floats]) -> Floats:
        """Return the mean of a loss of single pairs, shape (R,).

        Parameters
        ----------
        loss : callable
            ``loss(predictions, references)`` returns one number per pair.
        """
        values = loss(self.system.values, self.block.values)
        sums: Floats = self.kernels.weighted_sums(self.block.weights, values)
        return sums / self.n

    def samples(self) -> Iterator[tuple[Floats, Floats]]:
        """Yield the repeated predictions and references of each resample that is used."""
        for draw in range(self.draws):
            copies = np.repeat(np.arange(self.system.values.size), self.block.weights[:, draw])
            yield self.system.values[copies], self.block.values[copies]

    def of(self, metric: Metric) -> Floats:
        """Return a metric in every resample, shape (R,); nan where it is undefined or not used."""
        if metric.fast.resampled is not None:
            few = self.n < metric.minimum_pairs
            if few.all():
                return np.full(self.block.weights.shape[1], np.nan)
            return np.where(few, np.nan, metric.fast.resampled(self))
        found = np.full(self.block.weights.shape[1], np.nan)
        for draw, sample in enumerate(self.samples()):
            found[draw] = metric.of_arrays(*sample)
        return found

    def _unless_constant(self, column: Floats) -> Floats:
        column[self.constant] = np.nan
        return column


def block_metrics(
    system: PreparedSystem,
    references: ReferenceBlock,
    metrics: Sequence[Metric],
    kernels: ModuleType,
    draws: int | None = None,
) -> Floats:
    """Return the metrics of one system in every resample of a block, shape (draws, M)."""
    used = references.weights.shape[1] if draws is None else draws
    resampled = Resampled(system, references, kernels, used)
    return np.stack([resampled.of(metric)[:used] for metric in metrics], axis=1)


def weighted_metrics(
    predictions: npt.ArrayLike,
    references: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    metrics: Sequence[str | Metric] = DEFAULT_METRICS,
    kernels: str | None = None,
) -> Floats:
    """Return the metrics of one system under each row of weights.

    Parameters
    ----------
    predictions, references : array_like, shape (n,)
        Finite numbers.
    weights : array_like of int, shape (R, n)
        How often each pair counts; every row sums to n.
    metrics : sequence of str or Metric
        Names of `xacle_eval.metrics.METRICS`, or own metrics.
    kernels : {"numba", "numpy"}, optional
        See :func:`xacle_eval.statistics.backend`.

    Returns
    -------
    numpy.ndarray of float64, shape (R, M)
        Equal to the metrics of the data repeated by the weights; nan for a correlation without
        variance.

    Raises
    ------
    MetricInputError
        If lengths differ, values are not finite, or a row of weights does not sum to n.
    UsageError
        If a metric or the kernels are unknown.
    """
    prepared = PreparedReferences.of(references)
    system = PreparedSystem.of(predictions, prepared.values)
    counts = np.asarray(weights)
    n = prepared.values.size
    if counts.ndim != 2 or counts.shape[1] != n or counts.dtype.kind not in "iu":
        raise MetricInputError(
            f"weights must be integers of shape (R, {n}); got {counts.dtype}, {counts.shape}"
        )
    if (counts < 0).any() or (counts.sum(axis=1) != n).any():
        raise MetricInputError(
            f"every row of weights must be 0 or more and sum to the number of pairs, {n}"
        )
    module = kernels_of(kernels)
    narrow = counts.astype(np.min_scalar_type(int(counts.max())))
    return block_metrics(
        system, ReferenceBlock.plain(prepared, narrow, module), find_metrics(metrics), module
    )
