"""Views of breakdowns: the metrics of systems for each value of a column."""

from __future__ import annotations

from collections.abc import Sequence

from xacle_eval.challenge.rounding import format_metric
from xacle_eval.metrics import METRICS
from xacle_eval.reports.views.table import (
    Cell,
    View,
    ViewColumn,
    interval_text,
    metric_columns,
    no_interval_notes,
)
from xacle_eval.results.breakdown import FEW_PAIRS, Breakdown, Slice
from xacle_eval.text import count, listing, quote, visible

__all__ = ["breakdown_columns", "breakdown_rows", "breakdown_view", "few_pairs_note"]

_SHOWN = 5
_EMPTY = "(empty)"

# A system's name, as a table shows it, and its breakdown.
Named = tuple[str, Breakdown]


def breakdown_view(
    found: Sequence[Named], decimals: int, level: float | None, *, published: bool = False
) -> View | None:
    """Return the breakdowns of systems as one table; None if there are none.

    Parameters
    ----------
    found : sequence of (str, Breakdown)
        The systems in the order of their rank, with breakdowns by the same column.
    decimals : int
        Decimals of the metrics.
    level : float or None
        Coverage of the intervals; None without intervals.
    published : bool
        Show no more digits than a leaderboard publishes.
    """
    if not found:
        return None
    column = visible(found[0][1].column, 60)
    first = found[0][1].slices
    names = tuple(first[0].metrics)
    several = len(found) > 1
    columns = [ViewColumn("value", column), ViewColumn("n", "Pairs", numeric=True, of_row=True)]
    columns += [ViewColumn("system", "System")] if several else []
    if level is None:
        columns += metric_columns(names)
    else:
        columns += [
            ViewColumn("metric", "Metric"),
            ViewColumn("metric_value", "Value", numeric=True),
            ViewColumn("interval", f"{100 * level:.10g} % interval", numeric=True),
        ]
    rows: list[tuple[Cell, ...]] = []
    for place, each in enumerate(first):
        for system, breakdown in found:
            head: tuple[Cell, ...] = (each.value or _EMPTY, each.n)
            head += (system,) if several else ()
            shown = breakdown.slices[place]
            rows += [(*head, *row) for row in _rows(shown, decimals, level is not None, published)]
    return View(f"By {column}", tuple(columns), tuple(rows), decimals, _notes(found, level))


def _rows(each: Slice, decimals: int, intervals: bool, published: bool) -> list[tuple[Cell, ...]]:
    """Return the metrics in one row, or one row for each metric with its interval."""
    cells = {
        name: format_metric(name, value, decimals) if published and value is not None else value
        for name, value in each.metrics.items()
    }
    if not intervals:
        return [tuple(cells.values())]
    bounds = each.intervals or {}
    return [
        (
            f"{name} {METRICS[name].arrow}",
            cell,
            interval_text(bounds.get(name), decimals, name if published else ""),
        )
        for name, cell in cells.items()
    ]


def _notes(found: Sequence[Named], coverage: float | None) -> tuple[str, ...]:
    notes = [few_pairs_note(found[0][1])]
    slices = [each for _, breakdown in found for each in breakdown.slices]
    if any(value is None for each in slices for value in each.metrics.values()):
        notes.append(
            "–: undefined for these pairs, because predictions or references are constant or "
            "there are too few pairs."
        )
    again = {each.value: 0 for each in slices}
    for each in slices:
        again[each.value] = max(again[each.value], *each.undefined_resamples.values(), 0)
    redrawn = [f"{_quoted(value)} ({number:,})" for value, number in again.items() if number]
    if redrawn:
        notes.append(
            "A metric is undefined in some resamples, which its interval ignores: "
            f"{listing(redrawn, _SHOWN)}."
        )
    if coverage is not None:
        missing = [(_quoted(each.value), each.no_interval) for each in slices]
        notes += no_interval_notes(missing, coverage)
    return tuple(filter(None, notes))


def _quoted(value: str) -> str:
    return quote(value, 40) if value else _EMPTY


def few_pairs_note(found: Breakdown) -> str:
    """Return a note on the values with few pairs; empty if there are none."""
    few = [f"{_quoted(each.value)} ({each.n})" for each in found.slices if each.n < FEW_PAIRS]
    if not few:
        return ""
    values = "1 value has" if len(few) == 1 else f"{count(len(few), 'value')} have"
    return (
        f"{values} fewer than {FEW_PAIRS} pairs, so the metrics are imprecise: "
        f"{listing(few, _SHOWN)}."
    )


def breakdown_columns(found: Breakdown | None) -> tuple[ViewColumn, ...]:
    """Return the columns that a breakdown adds to a table for programs."""
    names = ("column", "value") if found is not None else ()
    return tuple(ViewColumn(name, name) for name in names)


def breakdown_rows(found: Breakdown | None, ends: bool) -> list[tuple[Slice, tuple[Cell, ...]]]:
    """Return each value with its number of pairs, metrics and, if `ends`, ends of intervals."""
    rows: list[tuple[Slice, tuple[Cell, ...]]] = []
    for each in found.slices if found is not None else ():
        bounds = each.intervals or {}
        cells: tuple[Cell, ...] = (each.n, *each.metrics.values())
        if ends:
            cells += tuple(
                bounds[name][end] if name in bounds else None
                for name in each.metrics
                for end in ("low", "high")
            )
        rows.append((each, cells))
    return rows
