"""The paired permutation test of two systems, PERM-BOTH.

Conventions: in each draw the two values of every pair are swapped with probability 1/2. The
statistic is the difference of the metric, first minus second. The swaps are drawn in blocks from
the seed and are the same for all system pairs. Errors and own metrics swap the predictions.

For the other metrics, systems of many levels are first converted to one scale: **average ranks**
for SRCC and KTAU, because a rank metric must not depend on a monotone transform of the predictions,
and z-scores for LCC. Coarse predictions on one grid are swapped as they are, and systems of which
only one is coarse cannot be exchanged, so they have no p; see
:func:`~xacle_eval.statistics.swapping.swapped_scale`. ``standardise`` can choose one scale for all:
``zscore`` is that of the WMT metrics task.

A p is never below 2/2^d (one-sided 1/2^d) for systems that differ in d pairs.

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

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from xacle_eval.errors import UsageError, WorkersError
from xacle_eval.metrics import DEFAULT_METRICS, METRICS, PreparedReferences, find_metrics
from xacle_eval.metrics.metric import Metric
from xacle_eval.statistics.bootstrap import observed_metrics, prediction_rows
from xacle_eval.statistics.kernels import (
    check_kernels,
    kernels_of,
)
from xacle_eval.statistics.kernels_numpy import Floats, Ints
from xacle_eval.statistics.max_t import smallest_p
from xacle_eval.statistics.resampling import Swaps
from xacle_eval.statistics.swapping import (
    SCALED,
    PermutationTask,
    Standardise,
    Swapped,
    SystemPair,
    zscores,
)
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
    swapped : tuple of str, length C
        What was swapped for metrics that do not depend on the scale of the predictions; with
        ``none`` these have no p.
    least : numpy.ndarray of float64, shape (C,)
        The smallest possible two-sided p, 2/2^d for systems that differ in d pairs.
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
    swapped: tuple[Swapped, ...]
    least: Floats

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
        least = np.stack([self.least / 2.0, self.least / 2.0, self.least])[:, :, np.newaxis]
        missing = np.isnan(self.observed) | self._not_swapped()
        return {
            key: np.where(missing, np.nan, np.maximum((1 + count) / (1 + self.draws), bound))
            for (key, count), bound in zip(counts.items(), least, strict=True)
        }

    def swapped_for(self, row: int, metric: str) -> Swapped:
        """Return what was swapped for one metric of a system pair."""
        invariance = METRICS[metric].invariance
        if invariance not in SCALED:
            return "values"
        chosen = self.swapped[row]
        return "z-scores" if invariance == "linear" and chosen == "ranks" else chosen

    def _not_swapped(self) -> npt.NDArray[np.bool_]:
        """Return where nothing could be swapped, shape (C, M)."""
        scaled = np.array([METRICS[name].invariance in SCALED for name in self.metrics])
        nothing = np.array([each == "none" for each in self.swapped])
        return np.asarray(nothing[:, np.newaxis] & scaled)

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


def permutation_tests(
    predictions: npt.ArrayLike,
    references: npt.ArrayLike,
    *,
    system_pairs: Sequence[tuple[int, int]] | None = None,
    metrics: Sequence[str | Metric] = DEFAULT_METRICS,
    draws: int = 10_000,
    seed: int = 0,
    standardise: Standardise = "auto",
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
    standardise : {"auto", "values", "ranks", "zscore"}
        What is swapped for SRCC and KTAU: by rule, the predictions, their ranks or their z-scores.
        For LCC it is the predictions with ``values``, otherwise the z-scores.
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
        tuple(map(task.swapped, chosen)),
        smallest_p(task.predictions, chosen),
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
    if standardise not in get_args(Standardise):
        known = " or ".join(get_args(Standardise))
        raise UsageError(f"standardise must be {known}; got {standardise!r}")
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
