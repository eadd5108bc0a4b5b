"""Views of a comparison of systems: values, tests, and everything in one table.

More than three system pairs are shown as a matrix for each metric, or as a table against one
system.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.metrics import METRICS
from xacle_eval.reports.views.comparison_matrix import against_view, matrix_view, p_text
from xacle_eval.reports.views.score import constant_text, without_variance
from xacle_eval.reports.views.table import (
    Cell,
    View,
    ViewColumn,
    format_value,
    join_words,
    mark_demo,
    parts_text,
    reference_notes,
    with_source,
)
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
_MOST_PAIRS = 3
_FEW_PAIRS = 100
_VALUES = (
    ViewColumn("metric", "Metric"),
    ViewColumn("first_value", "A", numeric=True),
    ViewColumn("second_value", "B", numeric=True),
    ViewColumn("difference", "A − B", numeric=True),
    ViewColumn("interval", "Interval of A − B", numeric=True),
    ViewColumn("smallest", "Detectable difference", numeric=True),
)


def comparison_views(
    comparison: SystemComparison, challenge: Challenge | Presentation, pairs: bool = False
) -> list[View]:
    """Return the tables of a comparison; the last has the notes.

    Up to three system pairs have a table of values and one of tests each. More are shown as one
    matrix for each metric, and with `pairs` also one by one. Comparisons against a system are one
    table for each metric, however many there are.
    """
    shown = Presentation.of(challenge)
    return mark_demo(_views(comparison, shown, pairs), comparison.references)


def _views(comparison: SystemComparison, shown: Presentation, pairs: bool) -> list[View]:
    number = len({(each.first, each.second) for each in comparison.comparisons})
    if number <= _MOST_PAIRS and comparison.against is None:
        return _pair_views(comparison, shown)
    make = matrix_view if comparison.against is None else against_view
    metrics = list(dict.fromkeys(each.metric for each in comparison.comparisons))
    notes = () if pairs else _notes(comparison, shown, shows_tests=False)
    decimals = shown.decimals
    views = [
        make(comparison, metric, decimals, notes if metric == metrics[-1] else ())
        for metric in metrics
    ]
    return [*views, *(_pair_views(comparison, shown) if pairs else ())]


def _pair_views(comparison: SystemComparison, shown: Presentation) -> list[View]:
    """Return a table of values and one of tests for each two systems; the last has the notes."""
    pairings = list(dict.fromkeys((each.first, each.second) for each in comparison.comparisons))
    decimals = shown.decimals
    views = []
    for pairing in pairings:
        found = [each for each in comparison.comparisons if (each.first, each.second) == pairing]
        rows = tuple(_values(each, decimals) for each in found)
        part = f", part {comparison.part}" if comparison.part else ""
        views.append(View(_title(*pairing, part), _VALUES, rows, decimals))
        notes = tuple(each.verdict for each in found)
        if pairing == pairings[-1]:
            notes += _notes(comparison, shown)
        columns = _test_columns(found)
        rows = tuple(_tests(each, columns) for each in found)
        views.append(View("p-values", columns, rows, decimals, notes))
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
    view = View("", columns, tuple(tuple(row.values()) for row in rows), decimals=0)
    return with_source(view, comparison.references.kind, comparison.signature)


def _test_columns(found: list[ComparedPair]) -> tuple[ViewColumn, ...]:
    columns = [ViewColumn("metric", "Metric")]
    columns += [ViewColumn(name, name.capitalize(), numeric=True) for name in TESTS]
    columns.append(ViewColumn("adjusted_p", "Adjusted", numeric=True))
    if any(each.equivalent_p is not None for each in found):
        columns.append(ViewColumn("equivalent_p", "Equivalent", numeric=True))
    if any(each.swapped for each in found):
        columns.append(ViewColumn("swapped", "Swapped", numeric=True))
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


def _tests(each: ComparedPair, columns: tuple[ViewColumn, ...]) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for column in columns:
        found: TestResult | str | float | None = getattr(each, column.name)
        if isinstance(found, TestResult):
            found = found.p
        cells.append(found if isinstance(found, str) else p_text(found))
    return tuple(cells)


def _notes(
    comparison: SystemComparison, shown: Presentation, shows_tests: bool = True
) -> tuple[str, ...]:
    drawn = _units(comparison)
    if comparison.n_parts not in (None, comparison.n):
        drawn = f"{comparison.resample} ({parts_text(comparison.n, comparison.n_parts or 0)})"
    number = comparison.permutations if _permuted(comparison) else 0
    permuted = f"{count(number, 'permutation')}; " if number else ""
    return (
        *reference_notes(comparison.references),
        *_constant_notes(comparison, shown),
        *_undefined_notes(comparison),
        *(_williams_notes(comparison) if shows_tests else ()),
        *_test_notes(comparison, shows_tests),
        f"Intervals: {100 * comparison.coverage:.10g} %, "
        f"{count(comparison.resamples, 'resample')} of {drawn}; {permuted}seed {comparison.seed}.",
        *_raised_notes(comparison),
        f"Signature: {comparison.signature}",
    )


def _adjusted_text(comparison: SystemComparison) -> str:
    """Describe the test whose p is adjusted, and how."""
    number, several = _family_texts(comparison)[0], _largest_family(comparison) > 1
    if comparison.correction != "holm":
        if several:
            return (
                "that of the studentised bootstrap by step-down max-T (Romano & Wolf) over the "
                f"{number} of each metric"
            )
        return (
            "that of the studentised bootstrap; with one comparison of each metric there is "
            "nothing to adjust"
        )
    test, rest = "the permutation test", ""
    if not _permuted(comparison):
        test = "the bootstrap, because nothing can be swapped"
    elif any(each.swapped == "none" for each in _tested(comparison)):
        rest = ", of the bootstrap where nothing can be swapped"
    if not several:
        return f"that of {test}; with one comparison there is nothing to adjust"
    end = "," if test.endswith("swapped") else ""
    return f"that of {test}{end} by Holm's method over {number}{rest}"


def _test_notes(comparison: SystemComparison, shows_tests: bool) -> list[str]:
    """Describe the tests, and how p-values are adjusted."""
    alpha, adjusted = comparison.alpha, _adjusted_text(comparison)
    used = f"The verdicts use it at alpha {alpha:g}"
    if _largest_family(comparison) > 1:
        verdicts = _family_texts(comparison)[1]
        used += f", which bounds the chance of any false difference among {verdicts}"
    notes = [f"Adjusted p, two-sided: {adjusted}. {used}.", *_margin_notes(comparison, shows_tests)]
    if comparison.permutations and shows_tests:
        notes += [
            "Other p, of single tests: a paired permutation test, a paired bootstrap test and "
            "Williams' test of dependent correlations.",
            *_swapped_notes(comparison),
        ]
        if comparison.n < _FEW_PAIRS:
            notes.append(
                f"With fewer than {_FEW_PAIRS} {_units(comparison)}, the permutation test also "
                "finds errors of different shape in equally good systems."
            )
        notes.append(
            "Detectable difference: the smallest difference that a single test would find at alpha "
            f"{alpha:g}."
        )
    return notes


def _tested(comparison: SystemComparison) -> list[ComparedPair]:
    """Return the comparisons by a metric that is defined for both systems."""
    return [each for each in comparison.comparisons if each.adjusted_p is not None]


def _permuted(comparison: SystemComparison) -> bool:
    """Return whether a permutation test swapped anything."""
    return any(each.permutation.p is not None for each in comparison.comparisons)


def _family_sizes(comparison: SystemComparison) -> list[int]:
    """Return the number of tested comparisons of each metric, or that of all for Holm's method.

    A metric that is undefined for some systems has fewer comparisons than another.
    """
    by_metric = Counter(each.metric for each in _tested(comparison))
    return [by_metric.total()] if comparison.correction == "holm" else [*by_metric.values()]


def _largest_family(comparison: SystemComparison) -> int:
    return max(_family_sizes(comparison), default=0)


def _family_texts(comparison: SystemComparison) -> tuple[str, str]:
    """Return the size of the family as a number of comparisons and of verdicts."""
    low = min(_family_sizes(comparison), default=0)
    high = _largest_family(comparison)
    span = "" if low == high else f"{low:,} to "
    return f"{span}{count(high, 'comparison')}", f"{span}{count(high, 'verdict')}"


def _margin_notes(comparison: SystemComparison, shows_tests: bool) -> list[str]:
    """Describe the test of equivalence, by its column or by the mark of a matrix."""
    margins = [each.margin for each in comparison.comparisons if each.margin is not None]
    if not margins:
        return []
    if shows_tests or comparison.against is not None:
        return [
            "Equivalent: p of two one-sided tests that the difference is smaller than the margin, "
            "adjusted by max-T."
        ]
    return [
        f"=: equivalent within {margins[0]:g} by two one-sided tests, adjusted p at most "
        f"{comparison.alpha:g} (values in --format csv and --pairs)."
    ]


def _units(comparison: SystemComparison) -> str:
    return "pairs" if comparison.level == "pair" else plural_of(comparison.level)


def _swapped_notes(comparison: SystemComparison) -> list[str]:
    """Name the comparisons in which the permutation test swaps values, or nothing."""
    scaled = [
        each
        for each in _tested(comparison)
        if METRICS[each.metric].invariance in ("monotone", "linear")
    ]
    found: dict[str, list[str]] = {}
    for each in scaled:
        pairing = both_forms(lambda a, b: f"{a} and {b}", each.first, each.second)
        pairings = found.setdefault(each.swapped or "", [])
        if pairing not in pairings:
            pairings.append(pairing)
    notes = []
    if "values" in found:
        notes.append(
            _about(
                found["values"],
                lambda names: (
                    f"{names}: the permutation test swaps the predictions themselves, "
                    "because both systems use the same few values or agree in most pairs."
                ),
            )
        )
    if "none" in found:
        metrics = dict.fromkeys(each.metric for each in scaled if each.swapped == "none")
        notes.append(
            _about(
                found["none"],
                lambda names: (
                    f"{names}: no permutation test of {join_words(list(metrics), 'and')}, because "
                    "one system has few different values and the other does not have the same "
                    "ones; the bootstrap decides."
                ),
            )
        )
    return notes


def _raised_notes(comparison: SystemComparison) -> list[str]:
    """Report that more draws were made than asked for."""
    if comparison.resamples_requested is None:
        return []
    return [
        f"The number of draws was raised from {comparison.resamples_requested:,} to "
        f"{comparison.resamples:,}: with fewer, no p can reach alpha {comparison.alpha:g}."
    ]


def _williams_notes(comparison: SystemComparison) -> tuple[str, ...]:
    """Name the metrics without Williams' test because a correlation is 1 or -1."""
    exact = [
        _metric_of(each)
        for each in comparison.comparisons
        if each.metric in _TESTED_BY_WILLIAMS
        and each.williams.p is None
        and comparison.permutations
        and any(abs(value or 0.0) > _ALMOST_ONE for value in (each.first_value, each.second_value))
    ]
    if not exact:
        return ()
    end = "a correlation of 1 or −1 has no sampling error."
    return (_about(exact, lambda names: f"No Williams' test for {names}: {end}"),)


def _constant_notes(comparison: SystemComparison, shown: Presentation) -> tuple[str, ...]:
    """Name the systems that are not tested, because they are constant."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name, card in zip(comparison.names, comparison.systems, strict=False):
        compared = {each.metric for each in comparison.comparisons}
        missing = without_variance(card.at(comparison.level).undefined)
        if metrics := tuple(metric for metric in missing if metric in compared):
            found.setdefault(metrics, []).append(name)
    value = shown.undefined
    constant = constant_text(sum(map(len, found.values())) < len(comparison.systems))

    def text(names: str, metrics: tuple[str, ...], single: bool) -> str:
        has, its = ("has", "its") if single else ("have", "their")
        be, they = ("is", "it") if len(metrics) == 1 and single else ("are", "them")
        policy = f"does not rank {they}" if value == "unranked" else f"counts {they} as {value:g}"
        return (
            f"Not tested: {names} {has} {constant}, so {its} "
            f"{join_words(metrics, 'and')} {be} undefined (a leaderboard {policy})."
        )

    return tuple(
        _about(
            [both_forms(str, name) for name in names],
            lambda shown, metrics=metrics, names=names: text(  # type: ignore[misc]
                shown, metrics, len(names) == 1
            ),
        )
        for metrics, names in found.items()
    )


def _undefined_notes(comparison: SystemComparison) -> tuple[str, ...]:
    """Name the differences that are undefined in some resamples, and how these are counted."""
    found: dict[tuple[str, str, int], list[str]] = {}
    for each in _tested(comparison):
        if each.undefined:
            place = (each.first, each.second, each.undefined)
            found.setdefault(place, []).append(each.metric)
    if not found:
        return ()
    total = f"{comparison.resamples:,}"
    items = [
        both_forms(
            lambda a, b, metrics=metrics, number=number: (
                f"{join_words(metrics, 'and')} of {a} and {b} in {number:,} of {total}"
            ),
            first,
            second,
        )
        for (first, second, number), metrics in found.items()
    ]
    end = "Intervals ignore these resamples; the bootstrap test counts each as no difference."
    return (_about(items, lambda names: f"Undefined in some resamples: {names}. {end}"),)


def _metric_of(each: ComparedPair) -> str:
    return both_forms(
        lambda first, second: f"{each.metric} of {first} and {second}",
        each.first,
        each.second,
    )


def _about(items: Sequence[str], make: Callable[[str], str]) -> str:
    """Return a note that lists items, in both forms."""
    return TwoForms(make(listing(items)), make(listing(items, show=typed)))
