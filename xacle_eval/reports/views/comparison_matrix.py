"""Views of many comparisons: a matrix for each metric, or one system against the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from xacle_eval.metrics import METRICS
from xacle_eval.reports.views.table import Cell, View, ViewColumn, format_value
from xacle_eval.results.comparison import ComparedPair, SystemComparison
from xacle_eval.text import (
    LONGEST_LABEL,
    abbreviate,
    count,
    count_units,
    plural_of,
    visible,
)

__all__ = ["against_view", "difference_text", "matrix_view", "p_text"]

_WIDTH = 80
_SMALL_P = 0.001
_NUMBER = ViewColumn("number", "#", numeric=True, of_row=True)


def p_text(value: float | None, decimals: int = 4) -> str | None:
    """Return a p-value as text; CSV and JSON have the digits of one below 0.001."""
    if value is None:
        return None
    return f"{value:.{decimals}f}" if value >= _SMALL_P else f"<{_SMALL_P:g}"


def difference_text(each: ComparedPair, decimals: int, sign: float = 1.0) -> str | None:
    """Return a difference, with * if it is significant and = if it is within the margin."""
    if each.difference is None:
        return None
    marks = ("*" if each.significant else "") + ("=" if each.equivalent else "")
    return f"{format_value(sign * each.difference, decimals)}{marks}"


def matrix_view(
    comparison: SystemComparison, metric: str, decimals: int, notes: Sequence[str]
) -> View:
    """Return the differences of all system pairs above the diagonal and their p below it."""
    names = _in_order(comparison, metric)
    found = {
        (each.first, each.second): each for each in comparison.comparisons if each.metric == metric
    }
    values = _values(comparison, metric)
    columns = (
        _NUMBER,
        ViewColumn("system", "System"),
        ViewColumn("value", f"{metric} {METRICS[metric].arrow}", numeric=True),
        *(ViewColumn(name, str(place), numeric=True) for place, name in enumerate(names, 1)),
    )
    rows: list[tuple[Cell, ...]] = []
    marked = set()
    for row, name in enumerate(names):
        cells: list[Cell] = []
        for column, other in enumerate(names):
            turned = (name, other) not in found
            each = found.get((other, name) if turned else (name, other))
            if each is None:
                cells.append("")
            elif row < column:
                cells.append(difference_text(each, decimals, -1.0 if turned else 1.0))
            else:
                cells.append(p_text(each.adjusted_p, 3))
            if each is not None and each.significant:
                marked.add((row, column + 3))
        rows.append((row + 1, _label(name), values[name], *cells))
    sign = _better_sign(metric)
    title = f"{metric}: row minus column ({sign}: row is better); adjusted p below the diagonal"
    return View(
        title,
        columns,
        tuple(rows),
        decimals,
        (*_summary(list(found.values()), comparison, metric), *notes),
        best=frozenset(marked),
        width=_WIDTH,
    )


def against_view(
    comparison: SystemComparison, metric: str, decimals: int, notes: Sequence[str]
) -> View:
    """Return the comparisons of every other system with one system, best first."""
    found = {each.first: each for each in comparison.comparisons if each.metric == metric}
    one = next(iter(found.values())).second
    values = _values(comparison, metric)
    tested = any(each.equivalent_p is not None for each in found.values())
    columns = (
        ViewColumn("system", "System"),
        ViewColumn("value", f"{metric} {METRICS[metric].arrow}", numeric=True),
        ViewColumn("difference", "Difference", numeric=True),
        ViewColumn("interval", "Interval", numeric=True),
        ViewColumn("adjusted_p", "Adjusted p", numeric=True),
        *((ViewColumn("equivalent_p", "Equivalent p", numeric=True),) if tested else ()),
    )
    rows: list[tuple[Cell, ...]] = []
    marked = set()
    for name in _in_order(comparison, metric):
        each = found.get(name)
        if each is None:
            continue
        interval = None
        if each.low is not None and each.high is not None:
            low, high = (format_value(end, decimals) for end in (each.low, each.high))
            interval = f"{low} to {high}"
        more = (p_text(each.equivalent_p),) if tested else ()
        if each.significant:
            marked.add((len(rows), 2))
        rows.append(
            (
                _label(name),
                values[name],
                difference_text(each, decimals),
                interval,
                p_text(each.adjusted_p),
                *more,
            )
        )
    shown = "–" if values[one] is None else format_value(values[one] or 0.0, decimals)
    sign = _better_sign(metric)
    title = f"{metric}: each system minus {_label(one)} ({shown}); {sign} is better"
    summary = _summary(list(found.values()), comparison, metric)
    return View(title, columns, tuple(rows), decimals, (*summary, *notes), best=frozenset(marked))


def _label(name: str) -> str:
    return visible(abbreviate(name), LONGEST_LABEL)


def _values(comparison: SystemComparison, metric: str) -> dict[str, float | None]:
    """Return the value of every system, as it was compared."""
    values: dict[str, float | None] = {}
    for each in comparison.comparisons:
        if each.metric == metric:
            values[each.first], values[each.second] = each.first_value, each.second_value
    return values


def _in_order(comparison: SystemComparison, metric: str) -> list[str]:
    """Return the systems from best to worst; those without a value are last."""
    values = _values(comparison, metric)
    sign = -1.0 if METRICS[metric].higher_is_better else 1.0

    def key(name: str) -> tuple[bool, float]:
        value = values[name]
        return value is None, 0.0 if value is None else sign * value

    return sorted(values, key=key)


def _better_sign(metric: str) -> str:
    """Return the sign of a difference whose first system is better."""
    return "positive" if METRICS[metric].higher_is_better else "negative"


def _summary(
    found: Sequence[ComparedPair], comparison: SystemComparison, metric: str
) -> tuple[str, ...]:
    """Count the conclusions in words, and say why others could not be drawn."""
    tested = sum(each.adjusted_p is not None for each in found)
    total = f"{count(tested, 'difference')} in {metric}"
    if tested < len(found):
        total = f"the {count(tested, 'tested difference')} in {metric}"
    significant = sum(each.significant for each in found)
    text = f"{significant:,} of {total} {'is' if significant == 1 else 'are'} significant"
    text += f" (*, adjusted p at most {comparison.alpha:g})"
    margins = [each.margin for each in found if each.margin is not None]
    if margins:
        equivalent = sum(bool(each.equivalent) for each in found)
        text += f"; {equivalent:,} {'is' if equivalent == 1 else 'are'} smaller than {margins[0]:g}"
        text += f" (=, adjusted p at most {comparison.alpha:g})"
    if tested < len(found):
        missing = len(found) - tested
        text += f"; {missing:,} {'was' if missing == 1 else 'were'} not tested"
    notes = [f"{text}."]
    blocked = [
        each
        for each in found
        if not each.significant
        and not each.identical
        and each.smallest_p is not None
        and each.adjusted_p is not None
        and each.smallest_p > comparison.alpha
    ]
    reasons = Counter(_reason(each, comparison) for each in blocked)
    notes += [
        f"{number:,} could not be significant: {reason}." for reason, number in reasons.items()
    ]
    return tuple(notes)


def _reason(each: ComparedPair, comparison: SystemComparison) -> str:
    """Say why no p can reach alpha: too few pairs, too few resamples, or too few that differ."""
    above, least = f"above alpha {comparison.alpha:g}", each.smallest_p or 0.0
    few = 2.0 / 2.0 ** min(comparison.n, 1000)
    if few > comparison.alpha:
        units = count_units(comparison.n, comparison.level)
        return f"{units} are too few, because the smallest possible p is {few:.2g}, {above}"
    if comparison.correction == "max-t" and least <= 1.0 / (1.0 + comparison.resamples):
        drawn = count(comparison.resamples, "resample")
        return f"{drawn} are too few, because the smallest possible p is {least:.2g}, {above}"
    units = "pairs" if comparison.level == "pair" else plural_of(comparison.level)
    return f"the systems differ in too few {units}, so no p can be below {least:.2g}, {above}"
