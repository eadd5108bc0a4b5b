"""The bootstrap: all metrics of all systems in shared resamples of pairs, or of parts of pairs.

Conventions: S systems, n pairs, R resamples, M metrics. The same resamples serve all systems, so
differences between systems are paired. With ``parts``, whole parts of the pairs are drawn:
:class:`~xacle_eval.statistics.resampling.PairWeights` has the exact definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from xacle_eval.errors import WorkersError
from xacle_eval.metrics import (
    DEFAULT_METRICS,
    MetricInputError,
    PreparedReferences,
    all_metrics,
    find_metrics,
)
from xacle_eval.metrics.arrays import check_array, check_same_length
from xacle_eval.metrics.metric import Metric
from xacle_eval.statistics.kernels import (
    PreparedSystem,
    ReferenceBlock,
    check_kernels,
    kernels_of,
)
from xacle_eval.statistics.kernels_numpy import Floats, Ints
from xacle_eval.statistics.resampled import block_metrics
from xacle_eval.statistics.resampling import PairWeights, Parts
from xacle_eval.statistics.workers import Progress, Workers, run_all

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BootstrapSample", "BootstrapTask", "bootstrap_metrics", "run_block"]

_SYSTEMS_PER_TASK = 64
"""Systems per task that share drawn weights: more save draws, fewer balance the workers."""


@dataclass(frozen=True, eq=False)
class BootstrapTask:
    """The picklable input that all blocks of a bootstrap share; see :func:`run_block`.

    Attributes
    ----------
    predictions : shape (S, n)
    references : shape (n,)
    metrics : tuple of Metric
    plan : PairWeights
    kernels : str or None
        The caller's choice. With None each worker uses the fastest it has; the bits are the same.
    """

    predictions: Floats
    references: Floats
    metrics: tuple[Metric, ...]
    plan: PairWeights
    kernels: str | None = None

    @cached_property
    def systems(self) -> list[PreparedSystem]:
        """Each system's predictions, sorted once per process."""
        return [PreparedSystem.of(row, self.references) for row in self.predictions]

    @cached_property
    def prepared_references(self) -> PreparedReferences:
        """The references, sorted once per process."""
        return PreparedReferences.of(self.references)

    def items(self) -> list[tuple[int, int]]:
        """Return the pieces of work: (block, first system of a group)."""
        firsts = range(0, self.predictions.shape[0], _SYSTEMS_PER_TASK)
        return [(block, first) for block in range(self.plan.block_count) for first in firsts]


def run_block(task: BootstrapTask, item: tuple[int, int]) -> Floats:
    """Return the metrics of a group of systems in one block, shape (systems, draws, M)."""
    block, first = item
    kernels = kernels_of(task.kernels)
    weights = task.plan.block(block)
    references = ReferenceBlock.plain(task.prepared_references, weights, kernels)
    drawn = task.plan.draws_of(block)
    group = task.systems[first : first + _SYSTEMS_PER_TASK]
    return np.stack(
        [
            block_metrics(system, references, task.metrics, kernels, drawn.stop - drawn.start)
            for system in group
        ]
    )


@dataclass(frozen=True, eq=False)
class BootstrapSample:
    """The metrics of every system in every resample.

    Attributes
    ----------
    systems : tuple of str, length S
    metrics : tuple of str, length M
    observed : numpy.ndarray of float64, shape (S, M)
        On the observed data.
    values : numpy.ndarray of float64, shape (S, R, M)
        In each resample; nan if undefined.
    level : {"pairs", "parts"}
        What was drawn.
    n, seed : int
    parts : array of int, shape (n,), or None
        The part of each pair, if parts were drawn.
    """

    systems: tuple[str, ...]
    metrics: tuple[str, ...]
    observed: Floats
    values: Floats
    level: Literal["pairs", "parts"]
    n: int
    seed: int
    parts: Parts | None = None

    @property
    def resamples(self) -> int:
        """Number of resamples, R."""
        return int(self.values.shape[1])

    @property
    def units(self) -> int:
        """Number of units that were drawn: of pairs, or of parts."""
        return self.n if self.parts is None else int(self.parts.max()) + 1

    @cached_property
    def undefined(self) -> Ints:
        """Number of resamples in which each metric is undefined, shape (S, M)."""
        counts: Ints = np.isnan(self.values).sum(axis=1)
        return counts

    def of(self, metric: str) -> Floats:
        """Return the values of one metric, shape (S, R)."""
        column: Floats = self.values[:, :, self.metrics.index(metric)]
        return column

    def select(self, places: Sequence[int]) -> BootstrapSample:
        """Return the sample of some systems, in the given order."""
        chosen = list(places)
        if chosen == list(range(len(self.systems))):
            return self
        return replace(
            self,
            systems=tuple(self.systems[place] for place in chosen),
            observed=self.observed[chosen],
            values=self.values[chosen],
        )

    def select_metrics(self, names: Sequence[str]) -> BootstrapSample:
        """Return the sample of some metrics, in the given order."""
        if tuple(names) == self.metrics:
            return self
        columns = [self.metrics.index(name) for name in names]
        return replace(
            self,
            metrics=tuple(names),
            observed=self.observed[:, columns],
            values=self.values[:, :, columns],
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per system and metric: observed, mean, standard deviation, undefined."""
        import pandas as pd

        rows = []
        for s, system in enumerate(self.systems):
            for m, metric in enumerate(self.metrics):
                column = self.values[s, :, m]
                column = column[~np.isnan(column)]
                rows.append(
                    {
                        "system": system,
                        "metric": metric,
                        "observed": self.observed[s, m],
                        "mean": column.mean() if column.size else np.nan,
                        "standard_deviation": column.std(ddof=1) if column.size > 1 else np.nan,
                        "undefined": int(self.undefined[s, m]),
                    }
                )
        return pd.DataFrame(rows)


def bootstrap_metrics(
    predictions: npt.ArrayLike,
    references: npt.ArrayLike,
    *,
    metrics: Sequence[str | Metric] = DEFAULT_METRICS,
    resamples: int = 10_000,
    seed: int = 0,
    systems: Sequence[str] | None = None,
    observed: npt.ArrayLike | None = None,
    parts: npt.ArrayLike | None = None,
    kernels: str | None = None,
    jobs: int = 1,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> BootstrapSample:
    """Score every system in every resample of the pairs, or of the parts if they are given.

    Parameters
    ----------
    predictions : array_like, shape (S, n)
        One row per system (a single vector is one system); finite numbers.
    references : array_like, shape (n,)
        Finite numbers.
    metrics : sequence of str or Metric
        Names of `xacle_eval.metrics.METRICS`, or own metrics.
    resamples, seed : int
        Equal values give equal bytes, for any workers and kernels.
    systems : sequence of str, optional
        Names; "1", "2", … by default.
    observed : array_like, shape (S, M), optional
        The metrics on the original data, where the caller has computed them already; nan where
        undefined.
    parts : array_like of int, shape (n,), optional
        The part of each pair, numbered from 0 without gaps. Pairs of one part depend on each
        other, such as pairs with the same listeners; parts are drawn with all their pairs.
    kernels : {"numba", "numpy"}, optional
    jobs : int
        Local processes; ignored if `workers` are given.
    workers : Workers, optional
        From :func:`~xacle_eval.statistics.workers.open_workers`.
    progress : callable, optional
        Called as ``progress(done, total)`` after each piece of work.

    Raises
    ------
    MetricInputError
        If lengths differ or values are not finite.
    UsageError
        If a metric, the kernels or the number of jobs is invalid.
    ValueError
        If `resamples` or `seed` is out of range, or the number of names is not that of systems.

    References
    ----------
    Efron, B., & Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall.
    """
    codes = None if parts is None else np.asarray(parts)
    plan = PairWeights(np.size(references), resamples, seed, codes)
    task = _task(predictions, references, metrics, plan, kernels)
    count = task.predictions.shape[0]
    found = (
        observed_metrics(task.predictions, task.prepared_references, task.metrics)
        if observed is None
        else np.asarray(observed, dtype=np.float64)
    )
    if found.shape != (count, len(task.metrics)):
        raise MetricInputError(
            f"observed has shape {found.shape}; expected {(count, len(task.metrics))}"
        )
    values = np.empty((count, resamples, len(task.metrics)))
    largest = _largest_error(task)

    def collect(item: tuple[int, int], result: Floats) -> None:
        block, first = item
        place = values[first : first + _SYSTEMS_PER_TASK, task.plan.draws_of(block)]
        _check_block(result, place.shape, task.metrics, largest)
        place[...] = result

    run_all(run_block, task, task.items(), collect, jobs=jobs, workers=workers, progress=progress)
    level: Literal["pairs", "parts"] = "pairs" if codes is None else "parts"
    names = names_of(systems, count)
    return BootstrapSample(
        names, _names(task.metrics), found, values, level, task.plan.n, seed, codes
    )


def _largest_error(task: BootstrapTask) -> float:
    """Return a bound of the error of a pair in any resample."""
    with np.errstate(over="ignore"):
        return float(np.abs(task.predictions).max() + np.abs(task.references).max())


def _check_block(
    result: Floats, shape: tuple[int, ...], metrics: tuple[Metric, ...], largest: float
) -> None:
    """Refuse a result that no worker with this code can return: it may come over a network.

    Raises
    ------
    WorkersError
        If the shape is wrong or a value is outside the range of its metric; nan is allowed.
    """
    valid = isinstance(result, np.ndarray) and result.dtype == np.float64 and result.shape == shape
    for m, metric in enumerate(metrics if valid else ()):
        low, high = metric.range
        if metric.fast.bound is not None:
            with np.errstate(over="ignore"):
                high = min(high, 1.01 * metric.fast.bound(largest))
        column = result[:, :, m]
        valid = valid and not ((column < low) | (column > high)).any()
    if not valid:
        raise WorkersError(
            "a worker returned a block of resamples of the wrong shape or with impossible values; "
            "install the same versions of xacle-eval and numpy on every machine"
        )


def _task(
    predictions: npt.ArrayLike,
    references: npt.ArrayLike,
    metrics: Sequence[str | Metric],
    plan: PairWeights,
    kernels: str | None,
) -> BootstrapTask:
    reference = check_array(references, "references").copy()
    check_kernels(kernels)
    return BootstrapTask(
        prediction_rows(predictions, reference),
        reference,
        find_metrics(metrics),
        plan,
        kernels,
    )


def prediction_rows(predictions: npt.ArrayLike, references: Floats) -> Floats:
    """Return predictions as finite float64 rows, shape (S, n), or raise MetricInputError."""
    rows = np.atleast_2d(np.asarray(predictions))
    if rows.ndim != 2 or rows.shape[0] == 0:
        raise MetricInputError(f"predictions must have shape (systems, pairs); got {rows.shape}")
    checked = [
        check_array(row, f"predictions of system {s} (counted from 0)")
        for s, row in enumerate(rows)
    ]
    for row in checked:
        check_same_length(row, references)
    return np.stack(checked)


def observed_metrics(
    predictions: Floats, references: PreparedReferences, metrics: Sequence[Metric]
) -> Floats:
    """Return the metrics of every system on the observed data, shape (S, M)."""
    rows = [all_metrics(row, references, metrics) for row in predictions]
    return np.array([list(row.values()) for row in rows])


def _names(metrics: Sequence[Metric]) -> tuple[str, ...]:
    return tuple(metric.name for metric in metrics)


def names_of(systems: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """Return one name per system, "1", "2", … by default; ValueError if the numbers differ."""
    names = tuple(systems) if systems is not None else tuple(str(s + 1) for s in range(count))
    if len(names) != count:
        raise ValueError(f"got {len(names)} names for {count} systems")
    return names
