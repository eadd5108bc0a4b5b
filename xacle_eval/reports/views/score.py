"""Views of score cards."""

from __future__ import annotations

import math
from collections.abc import Iterator

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.metrics import METRICS
from xacle_eval.metrics.evaluation import Evaluation
from xacle_eval.reports.views.breakdown import breakdown_columns, breakdown_rows
from xacle_eval.reports.views.table import (
    Cell,
    View,
    ViewColumn,
    interval_text,
    mark_demo,
    metric_columns,
    no_interval_notes,
    place_text,
    reference_notes,
    resampling_notes,
    with_source,
)
from xacle_eval.results.score import LevelScores, ScoreCard
from xacle_eval.text import count

__all__ = [
    "constant_text",
    "evaluation_values",
    "evaluation_view",
    "score_values",
    "score_view",
    "undefined_note",
    "without_variance",
]


def score_view(card: ScoreCard, challenge: Challenge | Presentation) -> View:
    """Return a score card as a table with one row per level, or per metric with intervals."""
    shown = Presentation.of(challenge)
    decimals, several = shown.decimals, bool(card.levels)
    intervals = card.resampling is not None  # then n is followed by the name of a metric
    columns = [ViewColumn("system", "System"), ViewColumn("n", "n", numeric=True, of_row=intervals)]
    if several:
        columns.insert(1, ViewColumn("level", "Level"))
    if card.resampling is None:
        columns += metric_columns(tuple(card.metrics))
    else:
        interval = f"{100 * card.resampling.level:.10g} % interval"
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
        place = f"{level} level: " if several else ""
        if missing := without_variance(card.at(level).undefined):
            notes.append(undefined_note(f"{place}{', '.join(missing)}", shown))
        if too_large := set(card.at(level).undefined).difference(missing):
            notes.append(f"Too large to be computed: {place}{', '.join(sorted(too_large))}.")
    notes += resampling_notes(card.resampling, decimals=decimals)
    notes += [
        f"{name} is undefined in {count(number, 'resample')}, which its interval ignores."
        for name, number in card.undefined_resamples.items()
    ]
    notes += _no_interval_notes(card)
    title = f"{shown.title}{place_text(card.split, card.part)}"
    notes.append(f"Signature: {card.signature}")
    view = View(title, tuple(columns), tuple(rows), decimals, tuple(notes))
    return mark_demo([view], card.references)[0]


def _no_interval_notes(card: ScoreCard) -> list[str]:
    if card.resampling is None:
        return []
    coverage = card.resampling.level
    return [
        note
        for level in ("pair", *card.levels)
        for note in no_interval_notes([(card.system, card.at(level).no_interval)], coverage, level)
    ]


def _metric_rows(scores: LevelScores, decimals: int) -> Iterator[tuple[Cell, ...]]:
    """Yield each metric with its value and interval; four intervals do not fit on one line."""
    bounds = scores.intervals or {}
    for name, value in scores.metrics.items():
        yield f"{name} {METRICS[name].arrow}", value, interval_text(bounds.get(name), decimals)


def score_values(card: ScoreCard) -> View:
    """Return a score card for programs: one row per level, with the ends of its intervals.

    A breakdown adds one row per value of its column.
    """
    names, ends = tuple(card.metrics), ("low", "high") if card.resampling else ()
    added = breakdown_columns(card.breakdown)
    titles = (
        "team",
        "system",
        "level",
        *(column.name for column in added),
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
        blank = (None,) * len(added)
        head = (card.team, card.system, level, *blank, scores.n)
        rows.append((*head, *scores.metrics.values(), *intervals))
    for each, cells in breakdown_rows(card.breakdown, bool(ends)):
        column = card.breakdown.column if card.breakdown else ""
        rows.append((card.team, card.system, "pair", column, each.value, *cells))
    view = View("", tuple(ViewColumn(title, title) for title in titles), tuple(rows), decimals=0)
    return with_source(view, card.references.kind, card.signature)


def evaluation_view(found: Evaluation) -> View:
    """Return the metrics of two arrays as a table of one row."""
    names = tuple(found)
    columns = (ViewColumn("n", "n", numeric=True), *metric_columns(names))
    cells: list[Cell] = [None if math.isnan(value) else value for value in found.values()]
    missing = f"Undefined for these data: {', '.join(found.undefined)}."
    notes = (missing,) if found.undefined else ()
    return View(f"Evaluation of {count(found.n, 'pair')}", columns, ((found.n, *cells),), 3, notes)


def evaluation_values(found: Evaluation) -> View:
    """Return the metrics of two arrays for programs."""
    names = ("n", *found)
    row = (found.n, *found.values())
    return View("", tuple(ViewColumn(name, name) for name in names), (row,), decimals=0)


def without_variance(undefined: tuple[str, ...]) -> tuple[str, ...]:
    """Return the metrics that are undefined because predictions or references are constant."""
    return tuple(name for name in undefined if METRICS[name].needs_variance)


def undefined_note(what: str, shown: Presentation, vary: bool = False) -> str:
    """Return a note on undefined metrics and how the challenge counts them.

    Parameters
    ----------
    what : str
        The metrics, or the systems with them.
    shown : Presentation
    vary : bool
        Whether the references are known to vary, because the metrics of another system are defined.
    """
    value = shown.undefined
    policy = "not ranked" if value == "unranked" else f"counted as {value:g}"
    return f"Undefined ({constant_text(vary)}): {what}; {policy} by the challenge's rule."


def constant_text(vary: bool) -> str:
    """Return what is constant; without a defined metric it can also be the references."""
    return "constant predictions" if vary else "constant predictions or references"
