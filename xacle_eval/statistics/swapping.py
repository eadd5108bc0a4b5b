"""Two systems whose values are swapped: on which scale, and the metrics after each swap.

Each system is ranked by itself. If predictions are coarse, one answer of both systems gets two
ranks, swaps break ties at random, and the test is wrong in both directions: too few rejections, or
a p far below the smallest possible one. If both systems lie on one grid, their values can be
swapped as they are. If only one is coarse, nothing can be exchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Literal

import numpy as np
import numpy.typing as npt

from xacle_eval.metrics import PreparedReferences
from xacle_eval.metrics.arrays import check_array
from xacle_eval.metrics.invariance import zscores as plain_zscores
from xacle_eval.metrics.metric import Metric
from xacle_eval.metrics.ranks import run_begins, run_bounds
from xacle_eval.statistics.kernels import cosines, doubled_ranks
from xacle_eval.statistics.kernels_numpy import Floats, Ints, Levels
from xacle_eval.statistics.resampling import Swaps

__all__ = [
    "SCALED",
    "TOLERANCE",
    "PermutationTask",
    "Standardise",
    "Swapped",
    "SystemPair",
    "level_count",
    "swapped_scale",
    "zscores",
]

Standardise = Literal["auto", "values", "ranks", "zscore"]

Swapped = Literal["values", "ranks", "z-scores", "none"]

TOLERANCE = 1e-12
"""Correlations closer than this are equal: sums of n terms are accurate to about 1e-14."""

_CELLS_PER_TASK = 2**25
"""Swaps that a task holds at one time, 32 MiB: 10,000 draws of 3,000 pairs."""

SCALED = ("monotone", "linear")
"""Invariances of the metrics for which predictions are first converted to one scale."""

_FINE = 10.0
"""Fewer effective levels than this, and than half the pairs, are coarse."""

_COMMON = 0.9
"""Share of each system's predictions whose value the other system uses too, on one grid."""


def level_count(predictions: Floats) -> float:
    """Return the effective number of levels, 1/sum(p^2) for the shares p of the values.

    It is the number of distinct values if all are equally frequent, and less otherwise.
    """
    counts = np.unique(predictions, return_counts=True)[1].astype(np.float64)
    return float(counts.sum() ** 2 / (counts**2).sum())


def swapped_scale(first: Floats, second: Floats) -> Literal["values", "ranks", "none"]:
    """Return what to swap for a metric that does not depend on the scale of the predictions.

    Returns
    -------
    {"values", "ranks", "none"}
        ``values`` if the systems are equal in at least half of the pairs, or if both are coarse
        (fewer effective levels than 10 and than half the pairs) and on one grid (at least 90 % of
        the predictions of each have a value that the other uses too); ``ranks`` if neither is
        coarse; ``none`` otherwise.
    """
    if 2 * np.count_nonzero(first == second) >= first.size:
        return "values"
    coarse = [level_count(each) < min(_FINE, first.size / 2) for each in (first, second)]
    if not any(coarse):
        return "ranks"
    common = [float(np.isin(a, b).mean()) for a, b in ((first, second), (second, first))]
    return "values" if all(coarse) and min(common) >= _COMMON else "none"


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
    standardise : {"auto", "values", "ranks", "zscore"}
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
    def doubled_ranks(self) -> Floats:
        """The doubled average ranks of each system, shape (S, n)."""
        return np.stack([doubled_ranks(row).astype(np.float64) for row in self.predictions])

    def swapped(self, system_pair: tuple[int, int]) -> Swapped:
        """Return what is swapped for metrics that do not depend on the scale."""
        first, second = (self.predictions[system] for system in system_pair)
        chosen: dict[str, Swapped] = {"values": "values", "ranks": "ranks", "zscore": "z-scores"}
        if self.standardise == "auto":
            return swapped_scale(first, second)
        return chosen[self.standardise]

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
        values = np.concatenate(self.common)
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
        if self.swapped == "none" and metric.invariance in SCALED:
            return np.full(used, np.nan)
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

    @cached_property
    def swapped(self) -> Swapped:
        """What is swapped for metrics that do not depend on the scale."""
        return self.task.swapped((self.first, self.second))

    @cached_property
    def common(self) -> tuple[Floats, Floats]:
        """The values that are swapped for SRCC and KTAU, shape (n,)."""
        if self.swapped == "ranks":
            return self.task.doubled_ranks[self.first], self.task.doubled_ranks[self.second]
        return self.values if self.swapped == "values" else self.scores

    @cached_property
    def linear(self) -> tuple[Floats, Floats]:
        """The values that are swapped for LCC, shape (n,)."""
        if self.swapped != "values":
            return self.scores
        # One linear map for both, so that large values have no large sums.
        first, second = np.split(zscores(np.concatenate(self.values)), 2)
        return first, second

    @property
    def scores(self) -> tuple[Floats, Floats]:
        """The z-scores of both systems, shape (n,)."""
        return zscores(self.values[0]), zscores(self.values[1])

    def _on_scale(self, metric: Metric) -> tuple[Floats, Floats]:
        """Return both systems on the scale that the invariance of a metric allows."""
        if metric.invariance == "monotone":
            return self.common
        return self.linear if metric.invariance == "linear" else self.values

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

        What is swapped is linear: a = m + d and b = m - d become m - d and m + d, so all sums are
        linear.
        """
        a, b = self.linear
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
