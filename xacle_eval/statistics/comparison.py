"""Paired tests of systems: permutation, bootstrap and Williams' test, adjusted for their number.

The p that verdicts use is adjusted by step-down max-T on the shared resamples, in one family for
each metric, or by Holm's method from the permutation tests, over all metrics. It is never below the
smallest p that the data allow (:func:`~xacle_eval.statistics.max_t.smallest_p`).

Conventions: differences are first minus second, in the metric's units; "better" is in the metric's
direction. All tests use the same pairs. Systems that are identical to a metric have p = 1 in every
test: equal ranks for SRCC and KTAU, equal up to a positive linear map for LCC, equal squared errors
for MSE. If a metric is undefined for either system, differences and p are nan and are not part of
the correction.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from xacle_eval.metrics import METRICS
from xacle_eval.models.frames import frame_of
from xacle_eval.statistics.bootstrap import BootstrapSample, prediction_rows
from xacle_eval.statistics.intervals import percentile_interval
from xacle_eval.statistics.kernels_numpy import Floats
from xacle_eval.statistics.max_t import (
    adjusted_p,
    equivalence_p,
    every_pair,
    fewest_for_equivalence,
    smallest_p,
)
from xacle_eval.statistics.paired_bootstrap import bootstrap_p
from xacle_eval.statistics.permutation import PermutationCounts
from xacle_eval.statistics.scaling import standard_deviation
from xacle_eval.statistics.swapping import TOLERANCE

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Comparison",
    "ComparisonTable",
    "Correction",
    "Williams",
    "compare_systems",
    "holm",
    "same_to_metric",
    "smallest_significant",
    "williams_test",
]

Correction = Literal["max-t", "holm"]


@dataclass(frozen=True, slots=True)
class Williams:
    """Williams' test of two dependent correlations.

    Attributes
    ----------
    t : float
        Positive if the first correlation is higher; nan if undefined.
    p : float
        Two-sided.
    p_first : float
        One-sided, that the first is higher.
    standard_error : float
        Of the difference of the two correlations, according to the test.
    """

    t: float
    p: float
    p_first: float
    standard_error: float


def williams_test(r12: float, r13: float, r23: float, n: int) -> Williams:
    """Test whether two correlations that share a variable differ.

    Parameters
    ----------
    r12, r13 : float
        Correlation of the first and of the second system with the references.
    r23 : float
        Correlation of the two systems with each other.
    n : int
        Number of pairs; the test is undefined below 4, and for different correlations of which one
        is 1 or -1.

    Notes
    -----
    A cross-check in closed form. It is exact for Pearson's coefficient of normal variables. On
    ranks its standard error is slightly too small: it rejects about 7 % at a nominal 5 % if SRCC is
    0.7 (``benchmarks/simulation.py``). If the tests disagree, trust the permutation test.

    References
    ----------
    Steiger, J. H. (1980). Tests for comparing elements of a correlation matrix. Psychological
    Bulletin 87(2), 245-251, equation (7); Williams, E. J. (1959). The comparison of regression
    variables. JRSS B 21, 396-399.
    """
    undefined = Williams(math.nan, math.nan, math.nan, math.nan)
    if n < 4 or any(math.isnan(r) for r in (r12, r13, r23)):
        return undefined
    if abs(r12 - r13) > TOLERANCE and max(abs(r12), abs(r13)) >= 1.0 - TOLERANCE:
        # A correlation of 1 has no sampling error: the p would only describe the formula.
        return undefined
    if abs(r12 - r13) <= TOLERANCE:
        # Equal correlations, also of identical systems, where r23 is 1 and the variance is 0.
        return Williams(
            0.0, 1.0, 1.0 if r23 >= 1.0 - TOLERANCE else 0.5, _williams_error(r12, r13, r23, n)
        )
    from scipy.special import stdtr

    error = _williams_error(r12, r13, r23, n)
    t = (r12 - r13) / error if error > 0.0 else math.copysign(math.inf, r12 - r13)
    return Williams(t, float(2.0 * stdtr(n - 3, -abs(t))), float(stdtr(n - 3, -t)), error)


def _williams_error(r12: float, r13: float, r23: float, n: int) -> float:
    if r23 <= -1.0 + TOLERANCE:
        # The limit for r13 = -r12, where both parts of the quotient below are 0.
        return 2.0 * math.sqrt(max(1.0 - r12**2, 0.0) / (n - 3))
    determinant = 1.0 - r12**2 - r13**2 - r23**2 + 2.0 * r12 * r13 * r23
    mean = (r12 + r13) / 2.0
    top = 2.0 * (n - 1) / (n - 3) * max(determinant, 0.0) + mean**2 * max(1.0 - r23, 0.0) ** 3
    bottom = (n - 1) * (1.0 + r23)
    return math.sqrt(top / bottom) if bottom > 0.0 else math.inf


def holm(p_values: npt.ArrayLike) -> Floats:
    """Return Holm's adjusted p over a family; nan entries stay nan and are not members.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scand. J. Stat. 6,
    65-70.
    """
    raw = np.asarray(p_values, dtype=np.float64)
    flat = raw.ravel()
    members = np.flatnonzero(~np.isnan(flat))
    ascending = members[np.argsort(flat[members], kind="stable")]
    adjusted = np.full(flat.size, np.nan)
    steps = np.arange(members.size, 0, -1)
    adjusted[ascending] = np.minimum(np.maximum.accumulate(steps * flat[ascending]), 1.0)
    return adjusted.reshape(raw.shape)


def same_to_metric(metric: str, first: Floats, second: Floats, references: Floats) -> bool:
    """Return whether two systems are identical to a metric, given its invariances."""
    if np.array_equal(first, second):
        return True
    return METRICS[metric].same(first, second, references)


def smallest_significant(standard_error: float, alpha: float = 0.05) -> float:
    """Return the smallest significant difference (two-sided) for a standard error."""
    from scipy.special import ndtri

    return float(ndtri(1.0 - alpha / 2.0)) * standard_error


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two systems compared by one metric.

    Attributes
    ----------
    first, second, metric : str
    first_value, second_value, difference : float
        The metric on the observed data, and first minus second.
    low, high : float
        Interval of the difference, by the bootstrap.
    standard_error : float
        Of the difference: its standard deviation over resamples.
    smallest_significant : float
        The smallest difference that would be significant, two-sided, at `alpha`.
    p_permutation, p_first, p_second : float
        PERM-BOTH: two-sided; one-sided that the first is better; one-sided that the second is
        better. nan without permutation tests.
    p_bootstrap : float
    williams_t, p_williams : float
        For SRCC (on ranks) and LCC; nan for the others.
    adjusted_permutation, adjusted_bootstrap, adjusted_williams : float
        By Holm, over all comparisons of the table.
    adjusted : float
        The p of verdicts, adjusted by the correction of the table.
    least : float
        The smallest p that this comparison could have: of the pairs in which the systems differ,
        and of the number of draws, adjusted by the correction of the table.
    p_equivalent : float
        That the difference is within the margin, adjusted by max-T; nan without a margin, or with
        too few pairs for it.
    swapped : str
        What the permutation test swapped; "" without one.
    identical : bool
        Whether the systems are identical to this metric.
    undefined : int
        Resamples in which the difference is undefined.
    """

    first: str
    second: str
    metric: str
    first_value: float
    second_value: float
    difference: float
    low: float
    high: float
    standard_error: float
    smallest_significant: float
    p_permutation: float
    p_first: float
    p_second: float
    p_bootstrap: float
    williams_t: float
    p_williams: float
    adjusted_permutation: float
    adjusted_bootstrap: float
    adjusted_williams: float
    adjusted: float
    least: float
    p_equivalent: float
    swapped: str
    identical: bool
    undefined: int


@dataclass(frozen=True, slots=True)
class ComparisonTable:
    """All comparisons: by system pair, then by metric.

    Attributes
    ----------
    comparisons : tuple of Comparison
    alpha : float
    n, resamples, draws, seed : int
        `draws` is 0 without a permutation test.
    correction : {"max-t", "holm"}
    """

    comparisons: tuple[Comparison, ...]
    alpha: float
    n: int
    resamples: int
    draws: int
    seed: int
    correction: Correction = "max-t"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per comparison, one column per attribute of :class:`Comparison`."""
        names = [field.name for field in fields(Comparison)]
        return frame_of({name: [getattr(c, name) for c in self.comparisons] for name in names})


def compare_systems(
    predictions: npt.ArrayLike,
    references: npt.ArrayLike,
    sample: BootstrapSample,
    permutations: PermutationCounts | None = None,
    *,
    system_pairs: Sequence[tuple[int, int]] | None = None,
    alpha: float = 0.05,
    correction: Correction = "max-t",
    margins: Mapping[str, float] | None = None,
) -> ComparisonTable:
    """Compare system pairs by every metric of a bootstrap.

    Parameters
    ----------
    predictions, references : array_like, shapes (S, n) and (n,)
        The data of `sample` and `permutations`.
    sample : BootstrapSample
        Its values give the differences.
    permutations : PermutationCounts, optional
        The permutation tests of the same system pairs and metrics; without them their p are nan.
    system_pairs : sequence of (int, int), optional
        By default those of `permutations`, else every system pair.
    alpha : float
        For `smallest_significant`, and 1 - alpha is the level of the intervals.
    correction : {"max-t", "holm"}
        ``holm`` uses the permutation tests, and the bootstrap where nothing can be swapped.
    margins : mapping of metric to float, optional
        Test whether differences are within a margin, in the metric's units.

    Raises
    ------
    MetricInputError
        If lengths differ or values are not finite.
    ValueError
        If a system pair or metric is missing from `permutations`.
    """
    reference = np.asarray(references, dtype=np.float64)
    rows = prediction_rows(predictions, reference)
    count = rows.shape[0]
    default = permutations.system_pairs if permutations else every_pair(count)
    chosen = list(system_pairs or default)
    tested = _permutation_lookup(permutations)
    raw = [
        _compare(rows, reference, sample, tested(system_pair, metric), system_pair, metric, alpha)
        for system_pair in chosen
        for metric in sample.metrics
    ]
    _adjust_by_holm(raw)
    least = np.repeat(smallest_p(rows, chosen), len(sample.metrics))
    if correction == "holm":
        draws = permutations.draws if permutations else sample.resamples
        _decide_by_holm(raw, least, draws)
    else:
        _bound(raw, np.maximum(least, 1.0 / (sample.resamples + 1)))
    _adjust_by_max_t(raw, sample, chosen, correction)
    _test_equivalence(raw, sample, chosen, margins or {}, alpha)
    return ComparisonTable(
        tuple(Comparison(**row) for row in raw),  # type: ignore[arg-type]
        alpha,
        sample.n,
        sample.resamples,
        permutations.draws if permutations else 0,
        sample.seed,
        correction,
    )


_Row = dict[str, float | str | bool | int]


def _adjust_by_holm(raw: list[_Row]) -> None:
    for test in ("permutation", "bootstrap", "williams"):
        adjusted = holm([float(row[f"p_{test}"]) for row in raw])
        for row, value in zip(raw, adjusted, strict=True):
            row[f"adjusted_{test}"] = float(value)


def _decide_by_holm(raw: list[_Row], least: Floats, draws: int) -> None:
    """Adjust the p of the permutation tests, and of the bootstrap where there is none."""
    decisive, bounds = [], []
    for row, of_pairs in zip(raw, least.tolist(), strict=True):
        p = float(row["p_permutation"])
        swapped = not math.isnan(p)
        # The bootstrap counts both sides.
        bound = min(1.0, max((1.0 if swapped else 2.0) / (draws + 1), of_pairs))
        undefined = math.isnan(float(row["difference"]))
        bounds.append(math.nan if undefined else bound)
        decisive.append(float(np.maximum(p if swapped else float(row["p_bootstrap"]), bound)))
    for row, value in zip(raw, holm(decisive), strict=True):
        row["adjusted"] = float(value)
    _bound(raw, np.nan_to_num(holm(bounds), nan=1.0))


def _bound(raw: list[_Row], least: Floats) -> None:
    """Add the smallest p that each comparison could have."""
    for row, bound in zip(raw, least.tolist(), strict=True):
        row["least"] = min(1.0, bound)


def _adjust_by_max_t(
    raw: list[_Row],
    drawn: BootstrapSample,
    system_pairs: list[tuple[int, int]],
    correction: Correction,
) -> None:
    """Add the p that are adjusted by max-T, in one family for each metric."""
    for place, metric in enumerate(drawn.metrics if correction == "max-t" else ()):
        rows = raw[place :: len(drawn.metrics)]
        values, observed = drawn.of(metric), drawn.observed[:, place]
        for row, p in zip(rows, adjusted_p(values, observed, system_pairs), strict=True):
            same = row["identical"] and not math.isnan(p)
            row["adjusted"] = 1.0 if same else float(np.maximum(p, row["least"]))


def _test_equivalence(
    raw: list[_Row],
    drawn: BootstrapSample,
    system_pairs: list[tuple[int, int]],
    margins: Mapping[str, float],
    alpha: float,
) -> None:
    """Add the p that two systems are equivalent; nan without a margin or with too few pairs."""
    for row in raw:
        row["p_equivalent"] = math.nan
    if drawn.n < fewest_for_equivalence(alpha):
        return
    for place, metric in enumerate(drawn.metrics):
        if metric not in margins:
            continue
        rows = raw[place :: len(drawn.metrics)]
        same = [bool(row["identical"]) for row in rows]
        values, observed = drawn.of(metric), drawn.observed[:, place]
        found = equivalence_p(values, observed, system_pairs, margins[metric], same)
        # As for differences: n pairs can be swapped in 2^n ways.
        found = np.maximum(found, 2.0 * 0.5 ** min(drawn.n, 1000))
        for row, p in zip(rows, found.tolist(), strict=True):
            row["p_equivalent"] = p


def _compare(
    rows: Floats,
    references: Floats,
    drawn: BootstrapSample,
    permutation: _Row,
    system_pair: tuple[int, int],
    metric: str,
    alpha: float,
) -> _Row:
    a, b = system_pair
    column = drawn.metrics.index(metric)
    first_value, second_value = (float(drawn.observed[s, column]) for s in system_pair)
    values = drawn.of(metric)
    differences = values[a] - values[b]
    interval = percentile_interval(differences, 1.0 - alpha)
    defined = differences[~np.isnan(differences)]
    error = standard_deviation(defined) if defined.size > 1 else math.nan
    identical = same_to_metric(metric, rows[a], rows[b], references)
    missing = math.isnan(first_value - second_value)
    tests: _Row = {**permutation}
    tests |= _tests(metric, rows[a], rows[b], references, differences, (first_value, second_value))
    p_names = ("p_permutation", "p_first", "p_second", "p_bootstrap", "p_williams")
    if identical and not missing:
        tests |= {name: 1.0 for name in p_names if not math.isnan(float(tests[name]))}
    if missing:
        tests |= dict.fromkeys((*p_names, "williams_t"), math.nan)
    return {
        "first": drawn.systems[a],
        "second": drawn.systems[b],
        "metric": metric,
        "first_value": first_value,
        "second_value": second_value,
        "difference": first_value - second_value,
        "low": interval.low,
        "high": interval.high,
        "standard_error": error,
        "smallest_significant": smallest_significant(error, alpha),
        **tests,
        "identical": identical,
        "undefined": interval.undefined,
    }


def _tests(
    metric: str,
    first: Floats,
    second: Floats,
    references: Floats,
    differences: Floats,
    values: tuple[float, float],
) -> dict[str, float]:
    found = METRICS[metric]
    tests = {
        "p_bootstrap": bootstrap_p(differences, found.tolerance(TOLERANCE, *values)),
        "williams_t": math.nan,
        "p_williams": math.nan,
    }
    if found.fast.linear:
        between = found.of_arrays(first, second)
        williams = williams_test(*values, between, references.size)
        tests |= {"williams_t": williams.t, "p_williams": williams.p}
    return tests


def _permutation_lookup(
    permutations: PermutationCounts | None,
) -> Callable[[tuple[int, int], str], _Row]:
    """Return a function of system pair and metric that returns the permutation p, or nan."""
    names = {"p_permutation": "two_sided", "p_first": "first", "p_second": "second"}
    if permutations is None:
        return lambda _system_pair, _metric: {**dict.fromkeys(names, math.nan), "swapped": ""}
    p = permutations.p_values()
    rows = {system_pair: row for row, system_pair in enumerate(permutations.system_pairs)}
    columns = {metric: column for column, metric in enumerate(permutations.metrics)}

    def lookup(system_pair: tuple[int, int], metric: str) -> _Row:
        if system_pair not in rows or metric not in columns:
            raise ValueError(
                f"the permutation tests lack {metric} of the system pair {system_pair}"
            )
        row, column = rows[system_pair], columns[metric]
        found: _Row = {name: float(p[key][row, column]) for name, key in names.items()}
        return found | {"swapped": permutations.swapped_for(row, metric)}

    return lookup
