"""Views: a result as columns and rows, once, for every table format.

A view holds values, not text: CSV prints them in full, the formats for people at the
challenge's decimals. ``notes`` are what a reader of the table must know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from xacle_eval.challenge import Challenge
from xacle_eval.metrics import METRICS
from xacle_eval.references import ReferenceSummary
from xacle_eval.scoring import LevelScores, ScoreCard
from xacle_eval.text import count
from xacle_eval.uncertainty import Bounds, ResamplingSummary

__all__ = [
    "DEMO_NOTE",
    "Cell",
    "View",
    "ViewColumn",
    "interval_text",
    "metric_columns",
    "one_below_other",
    "reference_notes",
    "references_text",
    "resampling_notes",
    "score_values",
    "score_view",
    "undefined_note",
]

Cell = str | int | float | None

DEMO_NOTE = (
    "The references are the bundled demo ratings: synthetic, made to try the tool. "
    "These numbers say nothing about real systems."
)


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column: its machine name, what people read above it, and whether it holds numbers."""

    name: str
    title: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A table; ``best`` holds the places (row, column) of the best values."""

    title: str
    columns: tuple[ViewColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    decimals: int
    notes: tuple[str, ...] = ()
    best: frozenset[tuple[int, int]] = frozenset()

    def shown(self, row: int, column: int) -> str:
        """Return a cell as people read it, at the view's decimals."""
        value = self.rows[row][column]
        if value is None:
            return "–"
        if isinstance(value, float):
            return fixed(value, self.decimals)
        return str(value)


def fixed(value: float, decimals: int) -> str:
    """Return a value as the ranking compares it: rounded by Python's round, no negative zero."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


def interval_text(bounds: Bounds | None, decimals: int) -> str | None:
    """Return an interval such as ``0.612–0.645``; None if there is none."""
    if bounds is None or bounds["low"] is None or bounds["high"] is None:
        return None
    low, high = fixed(bounds["low"], decimals), fixed(bounds["high"], decimals)
    return f"{low} to {high}" if low.startswith("-") else f"{low}–{high}"


def metric_columns(names: tuple[str, ...]) -> tuple[ViewColumn, ...]:
    """Return the columns of metrics, with an arrow in the better direction."""
    return tuple(ViewColumn(name, f"{name} {METRICS[name].arrow}", numeric=True) for name in names)


def references_text(references: ReferenceSummary) -> str:
    """Return a phrase such as ``24,000 ratings, 8 listeners a pair``."""
    listeners = references.listeners
    kind = "synthetic demo ratings" if references.kind == "demo" else references.kind
    if listeners is None:
        return f"{kind} of {count(references.pairs, 'pair')}"
    if listeners.minimum == listeners.maximum:
        each = count(listeners.minimum, "listener") + " a pair"
    else:
        each = f"{listeners.minimum} to {listeners.maximum} listeners a pair, median {listeners.median:g}"
    left = f", {count(references.excluded, 'row')} excluded" if references.excluded else ""
    return f"{listeners.total:,} {kind if kind != 'ratings' else 'ratings'}, {each}{left}"


def score_view(card: ScoreCard, challenge: Challenge) -> View:
    """Return a score card as a table: a row for each level, with intervals one for each metric of
    it.
    """
    decimals, several = challenge.ranking.decimals, bool(card.levels)
    columns = [ViewColumn("system", "System"), ViewColumn("n", "n", numeric=True)]
    if several:
        columns.insert(1, ViewColumn("level", "Level"))
    if card.resampling is None:
        columns += metric_columns(tuple(card.metrics))
    else:
        interval = f"{100 * card.resampling.level:g} % interval"
        columns += [ViewColumn("metric", "Metric"), ViewColumn("value", "Value", numeric=True)]
        columns.append(ViewColumn("interval", interval, numeric=True))
    rows: list[tuple[Cell, ...]] = []
    for level in ("pair", *card.levels):
        scores = card.at(level)
        head: tuple[Cell, ...] = (
            (card.system, level, scores.n) if several else (card.system, scores.n)
        )
        if card.resampling is None:
            rows.append((*head, *scores.metrics.values()))
        else:
            rows += [(*head, *row) for row in _metric_rows(scores, decimals)]
    notes = [*reference_notes(card.references)]
    for level in ("pair", *card.levels):
        if missing := card.at(level).undefined:
            place = f"{level} level: {', '.join(missing)}" if several else ", ".join(missing)
            notes.append(undefined_note(place, challenge))
    notes += resampling_notes(card.resampling)
    notes += [f"{name} is undefined in {count(number, 'resample')}, which its interval leaves out."
              for name, number in card.undefined_resamples.items()]  # fmt: skip
    title = f"{challenge.title}, split {card.split}"
    return View(
        title, tuple(columns), tuple(rows), decimals, (*notes, f"Signature: {card.signature}")
    )


def one_below_other(views: Sequence[View]) -> View:
    """Return tables of the same columns as one, each note once."""
    rows = tuple(row for view in views for row in view.rows)
    notes = tuple(dict.fromkeys(note for view in views for note in view.notes))
    return replace(views[0], rows=rows, notes=notes)


def _metric_rows(scores: LevelScores, decimals: int) -> Iterator[tuple[Cell, ...]]:
    """Yield each metric with its value and its interval: side by side they would not fit 80
    columns.
    """
    bounds = scores.intervals or {}
    for name, value in scores.metrics.items():
        yield f"{name} {METRICS[name].arrow}", value, interval_text(bounds.get(name), decimals)


def score_values(card: ScoreCard) -> View:
    """Return a score card for programs: a row for each level, with the ends of its intervals if
    any.
    """
    names, ends = tuple(card.metrics), ("low", "high") if card.resampling else ()
    titles = (
        "team",
        "system",
        "level",
        "n",
        *names,
        *(f"{name}_{end}" for name in names for end in ends),
    )
    rows: list[tuple[Cell, ...]] = []
    for level in ("pair", *card.levels):
        scores = card.at(level)
        bounds = scores.intervals or {}
        intervals = (
            bounds[name][end] if name in bounds else None for name in names for end in ends
        )
        rows.append((card.team, card.system, level, scores.n, *scores.metrics.values(), *intervals))
    return View("", tuple(ViewColumn(title, title) for title in titles), tuple(rows), decimals=0)


def resampling_notes(summary: ResamplingSummary | None) -> list[str]:
    """Say how intervals were made, and the noise ceiling if there is one."""
    if summary is None:
        return []
    what = "pairs" if summary.resample == "pairs" else "pairs and of the listeners of each"
    method = "BCa" if summary.method == "bca" else "percentile"
    notes = [f"Intervals: {method}, {100 * summary.level:g} %, {summary.resamples:,} resamples of {what}, "
             f"seed {summary.seed}."]  # fmt: skip
    if summary.ceilings is not None:
        shown = ", ".join(f"{name} {fixed(value, 3)}" for name, value in summary.ceilings.ceiling.items()
                          if value is not None)  # fmt: skip
        floor = summary.ceilings.floor
        bound = f"; floor of MSE {fixed(floor, 3)}" if floor is not None else ""
        notes.append(
            f"Noise ceiling (what the true scores could expect): {shown or 'none'}{bound}."
        )
        if summary.ceilings.note:
            notes.append(summary.ceilings.note)
    return notes


def undefined_note(what: str, challenge: Challenge) -> str:
    """Say what became of metrics that had no variance to work with."""
    value = challenge.ranking.undefined
    policy = "left out" if value == "unranked" else f"counted as {value:g}"
    return f"Undefined for want of variance: {what}; {policy} by the challenge's rule."


def reference_notes(references: ReferenceSummary | None) -> tuple[str, ...]:
    """Say what the references are; demo ratings first of all."""
    if references is None:
        return ()
    text = f"References: {references_text(references)}."
    return (f"{DEMO_NOTE}", text) if references.kind == "demo" else (text,)
