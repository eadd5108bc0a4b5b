"""The paired permutation test of two systems, PERM-BOTH.

Conventions: both systems are first converted to one scale: **average ranks** for SRCC and KTAU,
z-scores for LCC, no change for errors and own metrics. In each draw the two values of every pair
are swapped with probability 1/2. The statistic is the difference of the metric, first minus second.
The swaps are drawn in blocks from the seed and are the same for all system pairs.

Ranks are the default because a rank metric must not depend on a monotone transform of the
predictions. ``standardise="zscore"`` uses z-scores for SRCC and KTAU as well, as the WMT metrics
task does.

Differences are compared with a tolerance of 1e-12 (for errors, 1e-12 of the sum of both values), so
that rounding does not separate equal systems. A draw in which the metric is undefined is counted as
extreme, which can only raise p.

References
----------
Deutsch, D., Dror, R., & Roth, D. (2021). A statistical analysis of summarization evaluation metrics
using resampling methods. TACL 9, 1132-1146 (arXiv:2104.00054), for PERM-BOTH; Phipson, B., & Smyth,
G. K. (2010). Permutation p-values should never be zero. Stat. Appl. Genet. Mol. Biol. 9(1), for the
+ 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Literal

import numpy as np
import numpy.typing as npt

from xacle_eval.errors import UsageError, WorkersError
from xacle_eval.metrics import DEFAULT_METRICS, METRICS, PreparedReferences, find_metrics
from xacle_eval.metrics.arrays import check_array
from xacle_eval.metrics.invariance import zscores as plain_zscores
from xacle_eval.metrics.metric import Metric
from xacle_eval.metrics.ranks import run_begins, run_bounds
from xacle_eval.statistics.bootstrap import observed_metrics, prediction_rows
from xacle_eval.statistics.kernels import (
    check_kernels,
    cosines,
    doubled_ranks,
    kernels_of,
)
from xacle_eval.statistics.kernels_numpy import Floats, Ints, Levels
from xacle_eval.statistics.resampling import Swaps
from xacle_eval.statistics.workers import Progress, Workers, run_all

__all__ = [
    "PermutationCounts",
    "PermutationTask",
    "Standardise",
    "SystemPair",
    "permutation_tests",
    "run_system_pairs",
    "zscores",
]

Standardise = Literal["ranks", "zscore"]

TOLERANCE = 1e-12
"""Correlations closer than this are equal: sums of n terms are accurate to about 1e-14."""

_CELLS_PER_TASK = 2**25
"""Swaps that a task holds at one time, 32 MiB: 10,000 draws of 3,000 pairs."""

_SYSTEM_PAIRS_PER_TASK = 8

_Item = tuple[tuple[tuple[int, int], ...], range]
"""A piece of work: some system pairs, and a run of blocks."""


@dataclass(frozen=True, slots=True, eq=False)
class PermutationCounts:
    """Counts of the permutation tests, one row per system pair and one column per metric.

    Attributes
    ----------
    system_pairs : tuple of (int, int)
        Row numbers of the first and the second system.
    metrics : tuple of str
    draws, seed : int
    observed : numpy.ndarray of float64, shape (C, M)
        Difference of the metric, first minus second; nan if either is undefined.
    at_least, at_most, as_extreme, undefined : numpy.ndarray of int64, shape (C, M)
        Draws whose difference is at least the observed one, at most the observed one, at least the
        observed one in magnitude, and undefined. An undefined draw counts in all four.
    null_variance : numpy.ndarray of float64, shape (C, M)
        Mean square of the differences under the null hypothesis; inf if too large for a float.
    """

    system_pairs: tuple[tuple[int, int], ...]
    metrics: tuple[str, ...]
    draws: int
    seed: int
    observed: Floats
    at_least: Ints
    at_most: Ints
    as_extreme: Ints
    undefined: Ints
    null_variance: Floats

    def p_values(self) -> dict[str, Floats]:
        """Return p by alternative, each of shape (C, M): (1 + count) / (1 + draws).

        "first": the first system is better in the metric's direction (one-sided, as in WMT);
        "second": the second is better; "two_sided". If the observed difference is nan, p is nan.
        """
        higher = np.array([METRICS[name].higher_is_better for name in self.metrics])
        counts = {
            "first": np.where(higher, self.at_least, self.at_most),
            "second": np.where(higher, self.at_most, self.at_least),
            "two_sided": self.as_extreme,
        }
        missing = np.isnan(self.observed)
        return {
            key: np.where(missing, np.nan, (1 + count) / (1 + self.draws))
            for key, count in counts.items()
        }

    def matrices(self, metric: str) -> tuple[Floats, Floats]:
        """Return p of every system pair for clusters and letters, shapes (S, S).

        The first is one-sided, at [i, j] that system i is better than j; the second is two-sided
        and symmetrical. System pairs without a test are nan, diagonals are 1. S is one more than
        the highest row number tested.
        """
        size = 1 + max(max(system_pair) for system_pair in self.system_pairs)
        column, p = self.metrics.index(metric), self.p_values()
        better, two_sided = np.full((2, size, size), np.nan)
        for row, (a, b) in enumerate(self.system_pairs):
            better[a, b], better[b, a] = p["first"][row, column], p["second"][row, column]
            two_sided[a, b] = two_sided[b, a] = p["two_sided"][row, column]
        np.fill_diagonal(better, 1.0)
        np.fill_diagonal(two_sided, 1.0)
        return better, two_sided


@dataclass(frozen=True, eq=False)
class PermutationTask:
    """The picklable input that all pieces of work share; see :func:`run_system_pairs`.

    Attributes
    ----------
    predictions : shape (S, n)
    references : shape (n,)
    observed : shape (S, M)
    metrics : tuple of Metric
    plan : Swaps
    standardise : {"ranks", "zscore"}
    kernels : str or None
    """

    predictions: Floats
    references: Floats
    observed: Floats
    metrics: tuple[Metric, ...]
    plan: Swaps
    standardise: Standardise
    kernels: str | None

    @cached_property
    def prepared_references(self) -> PreparedReferences:
        """The references, sorted once per process."""
        return PreparedReferences.of(self.references)

    @cached_property
    def ranks(self) -> npt.NDArray[np.signedinteger]:
        """The references' doubled centred ranks, in int32 if a sum of n of them fits."""
        ranks = self.prepared_references.ranked.centred_double_ranks()
        return ranks.astype(np.int32) if ranks.size**2 < 2**31 else ranks

    @cached_property
    def common_scale(self) -> Floats:
        """The values that are swapped for SRCC and KTAU, shape (S, n)."""
        if self.standardise == "ranks":
            return np.stack([doubled_ranks(row).astype(np.float64) for row in self.predictions])
        return np.stack([zscores(row) for row in self.predictions])

    def chunks(self) -> list[range]:
        """Return the runs of blocks whose swaps are in memory together."""
        cells = self.plan.n * (self.plan.draws_of(0).stop or 1)
        step = max(1, _CELLS_PER_TASK // cells)
        count = self.plan.block_count
        return [range(at, min(at + step, count)) for at in range(0, count, step)]


def zscores(values: npt.ArrayLike) -> Floats:
    """Return values minus their mean, divided by their population standard deviation.

    Constant values give zeros.
    """
    return plain_zscores(check_array(values, "values"))


def permutation_tests(
    predictions: npt.ArrayLike,
    references: npt.ArrayLike,
    *,
    system_pairs: Sequence[tuple[int, int]] | None = None,
    metrics: Sequence[str | Metric] = DEFAULT_METRICS,
    draws: int = 10_000,
    seed: int = 0,
    standardise: Standardise = "ranks",
    kernels: str | None = None,
    jobs: int = 1,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> PermutationCounts:
    """Test system pairs by paired permutation.

    Parameters
    ----------
    predictions : array_like, shape (S, n)
    references : array_like, shape (n,)
    system_pairs : sequence of (int, int), optional
        Row numbers to compare; every system pair by default.
    metrics : sequence of str or Metric
    draws, seed : int
        Equal values give equal bytes, for any workers and kernels.
    standardise : {"ranks", "zscore"}
        The common scale for SRCC and KTAU.
    kernels, jobs, workers, progress
        As in :func:`~xacle_eval.statistics.bootstrap.bootstrap_metrics`.

    Raises
    ------
    MetricInputError
        If lengths differ or values are not finite.
    UsageError
        If a metric, `standardise`, the kernels or the number of jobs is invalid.
    ValueError
        If `draws` or `seed` is out of range.
    """
    task = permutation_task(predictions, references, metrics, draws, seed, standardise, kernels)
    systems = task.predictions.shape[0]
    chosen = tuple(system_pairs or ((a, b) for a in range(systems) for b in range(a + 1, systems)))
    items = [
        (chosen[at : at + _SYSTEM_PAIRS_PER_TASK], chunk)
        for chunk in task.chunks()
        for at in range(0, len(chosen), _SYSTEM_PAIRS_PER_TASK)
    ]
    tallies = {system_pair: np.zeros((5, len(task.metrics))) for system_pair in chosen}

    def collect(item: _Item, result: list[Floats]) -> None:
        shape = (5, len(task.metrics))
        if len(result) != len(item[0]) or not all(
            isinstance(tally, np.ndarray)
            and tally.shape == shape
            and (tally >= 0).all()
            and (tally[:4] <= draws).all()
            for tally in result
        ):
            raise WorkersError(
                "a worker returned tallies of the wrong shape or with impossible values; install "
                "the same versions of xacle-eval and numpy on every machine"
            )
        for system_pair, tally in zip(item[0], result, strict=True):
            tallies[system_pair] += tally

    run_all(run_system_pairs, task, items, collect, jobs=jobs, workers=workers, progress=progress)
    totals = np.stack([tallies[system_pair] for system_pair in chosen], axis=1)
    at_least, at_most, extreme, undefined = totals[:4].astype(np.int64)
    variance = totals[4] / np.maximum(draws - undefined, 1)
    differences = np.array([task.observed[a] - task.observed[b] for a, b in chosen])
    return PermutationCounts(
        chosen,
        tuple(metric.name for metric in task.metrics),
        draws,
        seed,
        differences,
        at_least,
        at_most,
        extreme,
        undefined,
        variance,
    )


def permutation_task(
    predictions: npt.ArrayLike,
    references: npt.ArrayLike,
    metrics: Sequence[str | Metric],
    draws: int,
    seed: int,
    standardise: Standardise,
    kernels: str | None,
) -> PermutationTask:
    """Check the arguments of :func:`permutation_tests` and return its task."""
    if standardise not in ("ranks", "zscore"):
        raise UsageError(f"standardise must be ranks or zscore; got {standardise!r}")
    found = find_metrics(metrics)
    check_kernels(kernels)
    prepared = PreparedReferences.of(references)
    rows = prediction_rows(predictions, prepared.values)
    observed = observed_metrics(rows, prepared, found)
    plan = Swaps(prepared.values.size, draws, seed)
    return PermutationTask(rows, prepared.values, observed, found, plan, standardise, kernels)


def run_system_pairs(task: PermutationTask, item: _Item) -> list[Floats]:
    """Return, for each system pair, the tallies of the draws in a run of blocks, shape (5, M)."""
    system_pairs, blocks = item
    kernels = kernels_of(task.kernels)
    swaps = [(np.ascontiguousarray(task.plan.block(b).T), task.plan.draws_of(b)) for b in blocks]
    tallies = []
    for system_pair in system_pairs:
        prepared = SystemPair(task, system_pair)
        tally = np.zeros((5, len(task.metrics)))
        for lanes, drawn in swaps:
            tally += prepared.tally(prepared.differences(lanes, kernels, drawn.stop - drawn.start))
        tallies.append(tally)
    return tallies


class SystemPair:
    """Two systems on one scale, whose values are sorted together once for all draws."""

    def __init__(self, task: PermutationTask, system_pair: tuple[int, int]) -> None:
        self.task = task
        self.first, self.second = system_pair
        with np.errstate(invalid="ignore", over="ignore"):
            self.observed = task.observed[self.first] - task.observed[self.second]

    @cached_property
    def union(self) -> tuple[Levels, Levels, Ints]:
        """Owners, systems and bounds, in the form that the kernels need."""
        values = np.concatenate(
            [self.task.common_scale[self.first], self.task.common_scale[self.second]]
        )
        order = np.argsort(values, kind="stable")
        n = self.task.plan.n
        bounds = run_bounds(run_begins(values[order]))
        return (order % n).astype(np.int32), (order // n).astype(np.int32), bounds

    def differences(
        self, swaps: npt.NDArray[np.uint8], kernels: ModuleType, draws: int | None = None
    ) -> Floats:
        """Return the differences under the first draws of swaps of shape (n, R), shape (R, M)."""
        used = swaps.shape[1] if draws is None else draws
        return np.stack(
            [self._difference(metric, swaps, kernels, used) for metric in self.task.metrics], axis=1
        )

    def _difference(
        self, metric: Metric, swaps: npt.NDArray[np.uint8], kernels: ModuleType, used: int
    ) -> Floats:
        if metric.fast.swapped is not None and self.task.plan.n >= metric.minimum_pairs:
            return np.asarray(metric.fast.swapped(self, swaps, kernels), dtype=np.float64)[:used]
        y = self.task.references
        first, second = self._on_scale(metric)
        found = np.empty(used)
        for draw in range(used):
            swap = swaps[:, draw].astype(bool)
            a, b = np.where(swap, second, first), np.where(swap, first, second)
            found[draw] = metric.of_arrays(a, y) - metric.of_arrays(b, y)
        return found

    @property
    def values(self) -> tuple[Floats, Floats]:
        """The predictions of both systems, shape (n,)."""
        return self.task.predictions[self.first], self.task.predictions[self.second]

    def _on_scale(self, metric: Metric) -> tuple[Floats, Floats]:
        """Return both systems on the scale that the invariance of a metric allows."""
        if metric.invariance == "monotone":
            return self.task.common_scale[self.first], self.task.common_scale[self.second]
        if metric.invariance == "linear":
            return zscores(self.values[0]), zscores(self.values[1])
        return self.values

    def constant(self, swaps: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        """Return whether the references or a system after swaps are constant, shape (R,)."""
        first, second = (column[:, np.newaxis] for column in self.values)
        swap = swaps != 0
        found = np.full(swaps.shape[1], self.task.prepared_references.ranked.level_count == 1)
        for a, b in ((first, second), (second, first)):
            drawn = np.where(swap, b, a)
            found |= drawn.min(axis=0) == drawn.max(axis=0)
        return found

    def comparisons(
        self, swaps: npt.NDArray[np.uint8], kernels: ModuleType
    ) -> tuple[Ints, Ints, int, Ints]:
        """Return concordant minus discordant comparisons of both systems after swaps, and those
        tied in the predictions, in the references, and in both; of shape (2, R) but for the third.
        """
        n, ranked = self.task.plan.n, self.task.prepared_references.ranked
        net, squares = kernels.swapped_concordance(
            *self.union, ranked.levels, ranked.level_count, swaps
        )
        return net, (squares - n) // 2, ranked.tied_pairs(), self._tied_in_both(swaps)

    def _tied_in_both(self, swaps: npt.NDArray[np.uint8]) -> Ints:
        owners, systems, bounds = self.union
        ranked = self.task.prepared_references.ranked
        values = np.repeat(np.arange(bounds.size - 1), np.diff(bounds))
        joint = values * ranked.level_count + ranked.levels[owners]
        order = np.argsort(joint, kind="stable")
        groups = run_bounds(run_begins(joint[order]))
        member = (swaps[owners[order]] ^ systems[order][:, np.newaxis]) == 0
        first = np.add.reduceat(member, groups[:-1], axis=0, dtype=np.int64)
        second = np.diff(groups)[:, np.newaxis] - first
        squares = np.stack([(count * count).sum(axis=0) for count in (first, second)])
        return np.asarray((squares - self.task.plan.n) // 2, dtype=np.int64)

    def srcc(self, swaps: npt.NDArray[np.uint8], kernels: ModuleType) -> Floats:
        """Return the differences of SRCC, shape (R,)."""
        n = self.task.plan.n
        ranks = self.task.ranks
        crossed, cubes = kernels.swapped_rank_sums(*self.union, ranks, swaps)
        squares = int((ranks.astype(np.int64) ** 2).sum())
        both = cosines(crossed, (n**3 - cubes) // 3, squares)
        return np.asarray(both[0] - both[1], dtype=np.float64)

    def ktau(self, swaps: npt.NDArray[np.uint8], kernels: ModuleType) -> Floats:
        """Return the differences of KTAU, shape (R,)."""
        n, ranked = self.task.plan.n, self.task.prepared_references.ranked
        net, squares = kernels.swapped_concordance(
            *self.union, ranked.levels, ranked.level_count, swaps
        )
        untied = n * (n - 1) // 2 - ranked.tied_pairs()
        both = cosines(net, (n * n - squares) // 2, untied)
        return np.asarray(both[0] - both[1], dtype=np.float64)

    def lcc(self, swaps: npt.NDArray[np.uint8], kernels: ModuleType) -> Floats:
        """Return the differences of LCC, shape (R,).

        Z-scores are swapped: a = m + d and b = m - d become m - d and m + d, so all sums are
        linear.
        """
        a, b = (zscores(self.task.predictions[s]) for s in (self.first, self.second))
        m, d = (a + b) / 2.0, (a - b) / 2.0
        reference = self.task.prepared_references.centred
        y, n = reference.deviations, self.task.plan.n
        sums = kernels.signed_sums(swaps, d)
        crossed = kernels.signed_sums(swaps, d * y)
        mixed = 2.0 * kernels.signed_sums(swaps, m * d)
        squares = (m * m + d * d).sum()
        both = []
        for sign in (1.0, -1.0):
            spread = squares + sign * mixed - (m.sum() + sign * sums) ** 2 / n
            spread = np.where(spread > TOLERANCE * squares, spread, 0.0)
            both.append(cosines((m * y).sum() + sign * crossed, spread, reference.square_sum))
        return np.asarray(both[0] - both[1], dtype=np.float64)

    def mse(self, swaps: npt.NDArray[np.uint8], kernels: ModuleType) -> Floats:
        """Return the differences of MSE, shape (R,)."""
        y = self.task.references
        first, second = (self.task.predictions[s] - y for s in (self.first, self.second))
        sums: Floats = kernels.signed_sums(swaps, first * first - second * second)
        return sums / self.task.plan.n

    def mean_losses(
        self,
        loss: Callable[[Floats, Floats], Floats],
        swaps: npt.NDArray[np.uint8],
        kernels: ModuleType,
    ) -> tuple[Floats, Floats]:
        """Return the means of a loss of single pairs for both systems after swaps, shape (R,)."""
        y, n = self.task.references, self.task.plan.n
        first, second = (loss(self.task.predictions[s], y) for s in (self.first, self.second))
        middle = float(((first + second) / 2.0).sum())
        moved: Floats = kernels.signed_sums(swaps, (first - second) / 2.0)
        return (middle + moved) / n, (middle - moved) / n

    def tally(self, differences: Floats) -> Floats:
        """Count the draws that reach the observed difference; see :class:`PermutationCounts`."""
        tolerance = np.array([self._tolerance(place) for place in range(len(self.task.metrics))])
        undefined = np.isnan(differences)
        with np.errstate(invalid="ignore"):
            at_least = (differences >= self.observed - tolerance) | undefined
            at_most = (differences <= self.observed + tolerance) | undefined
            extreme = (np.abs(differences) >= np.abs(self.observed) - tolerance) | undefined
        with np.errstate(over="ignore"):
            squares = np.where(undefined, 0.0, differences) ** 2
        return np.stack(
            [
                part.sum(axis=0).astype(np.float64)
                for part in (at_least, at_most, extreme, undefined, squares)
            ]
        )

    def _tolerance(self, place: int) -> float:
        values = self.task.observed[[self.first, self.second], place]
        return self.task.metrics[place].tolerance(TOLERANCE, *values.tolist())
