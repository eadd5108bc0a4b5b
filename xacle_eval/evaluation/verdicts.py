"""What a comparison asks for, and its verdicts: the conclusions of the tests in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.parts import ALL
from xacle_eval.errors import UsageError, check_choice
from xacle_eval.evaluation.numbers import none_if_undefined
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.units import listener_parts
from xacle_eval.metrics import METRICS, Metric
from xacle_eval.results.comparison import ComparedPair, SystemComparison, TestResult
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.uncertainty import MOST_RAISED, Bootstrap, Unit
from xacle_eval.text import (
    TwoForms,
    count,
    count_units,
    did_you_mean,
    listing,
    plural_of,
    quote,
    same_name,
    typed,
)

if TYPE_CHECKING:
    from xacle_eval.statistics import Comparison, ComparisonTable
    from xacle_eval.statistics.comparison import Correction
    from xacle_eval.statistics.swapping import Standardise

__all__ = ["MOST_PAIRS", "Asked", "to_result"]

MOST_PAIRS = 3
"""With more system pairs, the permutation test runs only if it is asked for."""

_SCALED = ("monotone", "linear")
_TESTS = {
    "bootstrap-studentised": "studentised paired bootstrap",
    "permutation": "permutation",
    "bootstrap": "paired bootstrap",
}
_CORRECTIONS = ("max-t", "holm")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller of a comparison asks for; see `xacle_eval.compare`."""

    standardise: Standardise = "auto"
    metric: tuple[str, ...] = ()
    against: str | None = None
    margin: float | None = None
    pairs: bool = False
    correction: Correction = "max-t"

    def __post_init__(self) -> None:
        check_choice("correction", self.correction, _CORRECTIONS)
        if self.margin is not None and not (math.isfinite(self.margin) and self.margin > 0.0):
            raise UsageError(f"the margin must be above 0 and finite; got {self.margin:g}")

        if self.margin is not None and len(set(self.metric)) > 1:
            raise UsageError(
                "a margin is in the units of one metric; got the margin "
                f"{self.margin:g} for {listing(map(quote, self.metric))}: choose one --metric"
            )

    def of_scorer(self, scorer: Scorer) -> Asked:
        """Return the same with the metrics as the scorer spells them; case does not matter."""
        names = [metric.name for metric in scorer.metrics]
        return replace(self, metric=tuple(same_name(name, names) for name in self.metric))

    def metrics_of(self, scorer: Scorer) -> tuple[Metric, ...]:
        """Return the metrics to compare by."""
        names = [metric.name for metric in scorer.metrics]
        unknown = [name for name in self.metric if name not in names]
        if unknown:
            known = f"the metrics are {', '.join(names)}"
            raise UsageError(
                f"{listing(map(quote, unknown))}: no such metric is computed; "
                f"{did_you_mean(unknown[0].upper(), names, known)}"
            )
        return tuple(each for each in scorer.metrics if each.name in (self.metric or names))

    def system_pairs(self, names: Sequence[str], paths: Sequence[str]) -> list[tuple[int, int]]:
        """Return the system pairs to compare: all, or one system with each of the others."""
        if self.against is None:
            return list(combinations(range(len(names)), 2))
        found = [
            place
            for place, known in enumerate(zip(names, paths, strict=True))
            if self.against in known
        ]
        if len(found) != 1:
            known = f"the systems are {listing(map(quote, names), 20)}"
            raise UsageError(
                f"{quote(self.against)}: no such system is compared; "
                f"{did_you_mean(self.against, names, known)}"
            )
        # The other system comes first: a positive difference is one above the system.
        return [(place, found[0]) for place in range(len(names)) if place != found[0]]

    def margins(self, scorer: Scorer) -> dict[str, float]:
        """Return the margin of equivalence of each metric that has one."""
        if self.margin is None:
            return {}
        names = self.metric or (scorer.challenge.ranking.order[0],)
        return dict.fromkeys(names, self.margin)

    def enough(
        self,
        plan: Bootstrap,
        rows: NDArray[np.float64],
        pairs: Sequence[tuple[int, int]],
        metrics: int,
    ) -> Bootstrap:
        """Return settings with so many draws that a p can reach alpha, if that is affordable.

        Raises
        ------
        UsageError
            If Holm's method needs too many.
        """
        from xacle_eval.statistics.max_t import fewest_draws
        from xacle_eval.statistics.swapping import swapped_scale

        if self.correction == "max-t":
            return plan.raised(fewest_draws(plan.alpha))
        family = len(pairs) * metrics
        bootstrapped = self.standardise == "auto" and any(
            swapped_scale(rows[a], rows[b]) == "none" for a, b in pairs
        )
        needed = fewest_draws(plan.alpha / (family * (2 if bootstrapped else 1)))
        raised = plan.raised(needed)
        if raised.resamples < needed:
            raise UsageError(
                f"Holm's method over {count(family, 'comparison')} needs {needed:,} draws to reach "
                f"alpha {plan.alpha:g}, and at most {MOST_RAISED:,} are added: ask for them with "
                "--bootstrap, choose one --metric, or use --correction max-t"
            )
        return raised


def to_result(
    table: ComparisonTable,
    scorer: Scorer,
    cards: tuple[ScoreCard, ...],
    plan: Bootstrap,
    asked: Asked,
) -> SystemComparison:
    """Return the result of a comparison."""
    level, holm = scorer.challenge.ranking.level, asked.correction == "holm"
    pairs = len({(each.first, each.second) for each in table.comparisons})
    margins = asked.margins(scorer)
    parts = listener_parts(scorer) if level == "pair" else None
    unit: Unit = "pairs" if parts is None or plan.resample == "pairs" else parts.unit
    return SystemComparison(
        challenge=scorer.challenge.name,
        split=scorer.challenge.split,
        part=None if scorer.challenge.part == ALL else scorer.challenge.part,
        references=scorer.references.summary,
        level=level,
        n=table.n,
        systems=cards,
        comparisons=tuple(_to_pair(each, level, table, margins) for each in table.comparisons),
        alpha=plan.alpha,
        coverage=1 - plan.alpha,
        resamples=plan.resamples,
        permutations=table.draws,
        seed=plan.seed,
        resample=unit,
        n_parts=None if parts is None else parts.count,
        test=_TESTS[_test_of(table)],
        correction=table.correction,
        family=len(table.comparisons) if holm else pairs,
        against=asked.against,
        one_by_one=asked.pairs,
        presentation=scorer.presentation,
        signature=f"{scorer.signature}|{replace(plan, level=1 - plan.alpha).tag(level, unit=unit)}"
        f"|{_tag(table, plan, asked, margins)}",
    )


def _swapped(table: ComparisonTable) -> bool:
    """Return whether a permutation test swapped anything."""
    return any(not math.isnan(each.p_permutation) for each in table.comparisons)


def _test_of(table: ComparisonTable) -> str:
    """Return the test that decides, as the signature names it."""
    if table.correction != "holm":
        return "bootstrap-studentised"
    return "permutation" if _swapped(table) else "bootstrap"


def _tag(table: ComparisonTable, plan: Bootstrap, asked: Asked, margins: dict[str, float]) -> str:
    """Return the part of the signature that describes the tests."""
    holm = table.correction == "holm"
    parts = [
        f"alpha:{plan.alpha:g}",
        f"test:{_test_of(table)}",
        f"correction:{table.correction}",
        f"family:{'all' if holm else 'metric'}" + (",against-one" if asked.against else ""),
    ]
    if asked.metric:
        parts.append(f"compared:{','.join(asked.metric)}")
    if table.draws:
        scaled = [e for e in table.comparisons if METRICS[e.metric].invariance in _SCALED]
        swapped = sorted({each.swapped for each in scaled}) or ["values"]
        if _swapped(table):
            parts.append(f"permutations:{table.draws}")
        parts.append(f"permuted:{','.join(swapped)}")
    parts += [f"equivalence:{name}<{margin:g}" for name, margin in margins.items()]
    return "|".join(parts)


def _to_pair(
    compared: Comparison, level: str, table: ComparisonTable, margins: dict[str, float]
) -> ComparedPair:
    alpha, n = table.alpha, table.n
    if _smallest_p(n) > alpha:
        # So few pairs have no interval, and can show no difference of any size.
        nan = math.nan
        compared = replace(compared, low=nan, high=nan, smallest_significant=nan)
    numbers = (
        "first_value",
        "second_value",
        "difference",
        "low",
        "high",
        "standard_error",
        "smallest_significant",
        "p_first",
        "p_second",
    )
    margin = margins.get(compared.metric)
    return ComparedPair(
        first=compared.first,
        second=compared.second,
        metric=compared.metric,
        identical=compared.identical,
        undefined=compared.undefined,
        verdict=_verdict(compared, level, table, margin),
        adjusted_p=none_if_undefined(compared.adjusted),
        significant=bool(compared.adjusted <= alpha),
        smallest_p=none_if_undefined(compared.least),
        margin=margin,
        equivalent_p=none_if_undefined(compared.p_equivalent),
        equivalent=None
        if math.isnan(compared.p_equivalent)
        else bool(compared.p_equivalent <= alpha),
        swapped=compared.swapped or None,
        permutation=_test(compared.p_permutation, compared.adjusted_permutation),
        bootstrap=_test(compared.p_bootstrap, compared.adjusted_bootstrap),
        williams=_test(compared.p_williams, compared.adjusted_williams),
        **{name: none_if_undefined(getattr(compared, name)) for name in numbers},
    )


def _test(p: float, adjusted: float) -> TestResult:
    return TestResult(p=none_if_undefined(p), adjusted=none_if_undefined(adjusted))


def _smallest_p(n: int) -> float:
    """Return 2/2ⁿ: with n pairs there are 2ⁿ ways to swap, so no two-sided p can be smaller."""
    return 2.0 / 2.0 ** min(n, 1000)


def _verdict(compared: Comparison, level: str, table: ComparisonTable, margin: float | None) -> str:
    """Return the conclusion from the adjusted p as a sentence."""
    metric, p, alpha = compared.metric, compared.adjusted, table.alpha
    if math.isnan(p):
        return f"{metric} is undefined for one of the two systems; no conclusion."
    if compared.identical:
        return f"Both systems are identical in {metric}."
    near = _equivalence(compared, margin, level, table)
    if margin is not None and p <= alpha and abs(compared.difference) >= margin:
        near = ""  # the difference itself says more
    if p > alpha and compared.least > alpha:
        return f"{_too_little(compared, level, table)}{near}."
    if p > alpha:
        result = f"No difference in {metric} was detected (adjusted p = {p:.2g})"
        detectable = compared.smallest_significant
        if math.isnan(detectable):
            return f"{result}{near}."
        # The adjusted threshold depends on the other comparisons, so this is for a single test.
        alone = f"; tested alone, the detectable difference is about {detectable:.2g}"
        return f"{result}{alone}{near}."
    first_better = (compared.difference > 0) == METRICS[metric].higher_is_better
    names = (compared.first, compared.second)
    better, worse = names if first_better else names[::-1]
    size = f"{abs(compared.difference):.2g} (adjusted p = {p:.2g})"
    return TwoForms(
        f"{better} is better than {worse} in {metric} by {size}{near}.",
        f"{typed(better)} is better than {typed(worse)} in {metric} by {size}{near}.",
    )


def _equivalence(
    compared: Comparison, margin: float | None, level: str, table: ComparisonTable
) -> str:
    from xacle_eval.statistics.max_t import fewest_for_equivalence

    if margin is None:
        return ""
    if math.isnan(compared.p_equivalent):
        needed = count_units(fewest_for_equivalence(table.alpha), level)
        return f"; equivalence needs at least {needed}"
    p = f"adjusted p = {compared.p_equivalent:.2g}"
    if compared.p_equivalent <= table.alpha:
        return f"; the two are equivalent: they differ by less than {margin:g} ({p})"
    return f"; it was not shown that they differ by less than {margin:g} ({p})"


def _too_little(compared: Comparison, level: str, table: ComparisonTable) -> str:
    """Say why no p can reach alpha: too few pairs, too few that differ, or too few draws."""
    from xacle_eval.statistics.max_t import fewest_draws

    metric, least = compared.metric, compared.least
    few = _smallest_p(table.n) > table.alpha
    smallest = _smallest_p(table.n) if few else least
    bound = f"the smallest possible p is {smallest:.2g}, above alpha {table.alpha:g}"
    if few:
        return f"{count_units(table.n, level)} cannot show a difference in {metric}: {bound}"
    if table.correction == "max-t" and least <= 1.0 / (1.0 + table.resamples):
        needed = fewest_draws(table.alpha)
        return (
            f"{count(table.resamples, 'resample')} cannot show a difference in {metric}: {bound}; "
            f"at least {needed:,} are needed"
        )
    units = "pairs" if level == "pair" else plural_of(level)
    begin = f"Systems that differ in so few {units} cannot show a difference in {metric}"
    if table.correction == "holm":
        begin += f" among {count(len(table.comparisons), 'comparison')} by Holm's method"
    return f"{begin}: {bound}"
