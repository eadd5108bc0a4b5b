"""Views of a comparison of systems: values, tests, and everything in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xacle_eval.challenge.model import Challenge
from xacle_eval.reports.views.table import Cell, View, ViewColumn, format_value, reference_notes
from xacle_eval.results.comparison import TESTS, ComparedPair, SystemComparison, TestResult
from xacle_eval.text import (
    LONGEST_LABEL,
    TwoForms,
    abbreviate,
    both_forms,
    count,
    listing,
    plural_of,
    typed,
)

__all__ = ["comparison_values", "comparison_views"]

_TESTED_BY_WILLIAMS = ("SRCC", "LCC")
_ALMOST_ONE = 1 - 1e-9
_VALUES = (
    ViewColumn("metric", "Metric"),
    ViewColumn("first_value", "A", numeric=True),
    ViewColumn("second_value", "B", numeric=True),
    ViewColumn("difference", "A − B", numeric=True),
    ViewColumn("interval", "Interval of A − B", numeric=True),
    ViewColumn("smallest", "Detectable difference", numeric=True),
)


def comparison_views(comparison: SystemComparison, challenge: Challenge) -> list[View]:
    """Return a table of values and one of tests for each two systems; the last has the notes."""
    pairings = list(dict.fromkeys((each.first, each.second) for each in comparison.comparisons))
    decimals = challenge.ranking.decimals
    views = []
    for pairing in pairings:
        found = [each for each in comparison.comparisons if (each.first, each.second) == pairing]
        rows = tuple(_values(each, decimals) for each in found)
        part = f", part {comparison.part}" if comparison.part else ""
        views.append(View(_title(*pairing, part), _VALUES, rows, decimals))
        notes = tuple(each.verdict for each in found)
        if pairing == pairings[-1]:
            notes += _notes(comparison)
        views.append(View("p-values", _test_columns(), tuple(map(_tests, found)), decimals, notes))
    return views


def _title(first: str, second: str, part: str) -> str:
    names = [
        TwoForms(abbreviate(name), typed(name)) if isinstance(name, TwoForms) else abbreviate(name)
        for name in (first, second)
    ]
    return both_forms(lambda a, b: f"A = {a}, B = {b}{part}", *names, limit=LONGEST_LABEL)


def comparison_values(comparison: SystemComparison) -> View:
    """Return every value of a comparison in one table, for programs."""
    rows = [each.to_row() for each in comparison.comparisons]
    columns = tuple(ViewColumn(name, name) for name in rows[0])
    return View("", columns, tuple(tuple(row.values()) for row in rows), decimals=0)


def _test_columns() -> tuple[ViewColumn, ...]:
    columns = [ViewColumn("metric", "Metric")]
    for name in TESTS:
        columns += [
            ViewColumn(f"p_{name}", name.capitalize(), numeric=True),
            ViewColumn(f"adjusted_{name}", "adj.", numeric=True),
        ]
    return tuple(columns)


def _values(each: ComparedPair, decimals: int) -> tuple[Cell, ...]:
    interval = None
    if each.low is not None and each.high is not None:
        interval = f"{format_value(each.low, decimals)} to {format_value(each.high, decimals)}"
    return (
        each.metric,
        each.first_value,
        each.second_value,
        each.difference,
        interval,
        each.smallest_significant,
    )


def _tests(each: ComparedPair) -> tuple[Cell, ...]:
    tests: list[TestResult] = [getattr(each, name) for name in TESTS]
    return (each.metric, *(text for test in tests for text in (_p(test.p), _p(test.adjusted))))


def _p(value: float | None) -> str | None:
    if value is None:
        return None
    return f"{value:.4f}" if value >= 1e-4 else f"{value:.0e}" if value else "< 1e-300"


def _notes(comparison: SystemComparison) -> tuple[str, ...]:
    drawn = "pairs" if comparison.level == "pair" else plural_of(comparison.level)
    drawn += " and of the listeners of each pair" if comparison.resample == "listeners" else ""
    return (
        *reference_notes(comparison.references),
        *_undefined_notes(comparison),
        *_williams_notes(comparison),
        "Detectable difference: the smallest difference that a single test would find at alpha "
        f"{comparison.alpha:g}.",
        "p-values: two-sided, of a paired permutation test, a paired bootstrap test and Williams' "
        "test of dependent correlations; adj.: adjusted by Holm's method over the "
        f"{count(comparison.family, 'comparison')} shown, separately for each test. Verdicts use "
        f"the permutation test at alpha {comparison.alpha:g}.",
        f"Intervals: {100 * comparison.coverage:g} %, "
        f"{count(comparison.resamples, 'resample')} of {drawn}; "
        f"{count(comparison.permutations, 'permutation')}; seed {comparison.seed}.",
        f"Signature: {comparison.signature}",
    )


def _williams_notes(comparison: SystemComparison) -> tuple[str, ...]:
    """Name the metrics without Williams' test because a correlation is 1 or -1."""
    exact = [
        _metric_of(each)
        for each in comparison.comparisons
        if each.metric in _TESTED_BY_WILLIAMS
        and each.williams.p is None
        and any(abs(value or 0.0) > _ALMOST_ONE for value in (each.first_value, each.second_value))
    ]
    if not exact:
        return ()
    end = "a correlation of 1 or −1 has no sampling error."
    return (_about(exact, lambda names: f"No Williams' test for {names}: {end}"),)


def _undefined_notes(comparison: SystemComparison) -> tuple[str, ...]:
    """Name the differences that are undefined in some resamples, and how these are counted."""
    found = [
        _metric_of(each, f" ({each.undefined:,})")
        for each in comparison.comparisons
        if each.undefined
    ]
    if not found:
        return ()
    begin = f"Undefined in some of the {count(comparison.resamples, 'resample')}"
    end = "Intervals ignore these resamples; the bootstrap test counts each as no difference."
    return (_about(found, lambda names: f"{begin}: {names}. {end}"),)


def _metric_of(each: ComparedPair, end: str = "") -> str:
    return both_forms(
        lambda first, second: f"{each.metric} of {first} and {second}{end}",
        each.first,
        each.second,
    )


def _about(items: Sequence[str], make: Callable[[str], str]) -> str:
    """Return a note that lists items, in both forms."""
    return TwoForms(make(listing(items)), make(listing(items, show=typed)))
