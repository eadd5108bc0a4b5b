"""Views of the bundle of a challenge: its phases, their scores, and notes."""

from __future__ import annotations

from collections.abc import Iterator

from xacle_eval.hosting.exported import EXPORT_PLATFORMS, ExportedBundle
from xacle_eval.reports.views.table import DEMO_NOTE, Cell, View, ViewColumn
from xacle_eval.text import count

__all__ = ["export_values", "export_view", "phases_view"]


def phases_view(found: ExportedBundle) -> View:
    """Return the phases for people."""
    columns = (
        ViewColumn("phase", "Phase"),
        ViewColumn("opens", "Opens (UTC)"),
        ViewColumn("closes", "Closes (UTC)"),
        ViewColumn("part", "Scored"),
        ViewColumn("pairs", "Pairs", numeric=True),
        ViewColumn("per_day", "A day", numeric=True),
        ViewColumn("total", "In all", numeric=True),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            phase.name,
            _time(phase.opens),
            None if phase.closes is None else _time(phase.closes),
            phase.split if phase.part == "all" else f"{phase.split}, {phase.part}",
            phase.pairs,
            phase.per_day,
            phase.total,
        )
        for phase in found.phases
    ]
    title = f"Bundle for {EXPORT_PLATFORMS[found.platform]}: {found.title}"
    return View(title, columns, tuple(rows), 0, demo=found.demo)


def _time(moment: str) -> str:
    """Return a time in UTC with a space, at which a narrow table can break it."""
    return moment.replace("T", " ").removesuffix("Z")


def export_view(found: ExportedBundle) -> View:
    """Return the scores of the phases for people, with the notes."""
    columns = (
        ViewColumn("phase", "Phase"),
        ViewColumn("score", "Score"),
        ViewColumn("better", "Better"),
        ViewColumn("shown", "Shown"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            phase.name,
            score.key,
            "higher" if score.higher_is_better else "lower",
            count(score.decimals, "decimal") if score.step is None else f"steps of {score.step:g}",
        )
        for phase in found.phases
        for score in phase.scores
    ]
    notes = tuple(_notes(found))
    return View("Scores in ranking order", columns, tuple(rows), 0, notes, demo=found.demo)


def _notes(found: ExportedBundle) -> Iterator[str]:
    if found.demo:
        yield DEMO_NOTE
    for note in found.notes:
        yield f"{note.kind}: {note.message}"


def export_values(found: ExportedBundle) -> View:
    """Return the scores for programs, one row for each phase and score."""
    names = (
        "platform", "phase", "opens", "closes", "split", "part", "pairs", "per_day", "total",
        "score", "metric", "target", "level", "higher_is_better", "decimals", "step",
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            found.platform, phase.name, phase.opens, phase.closes, phase.split, phase.part,
            phase.pairs, phase.per_day, phase.total, score.key, score.metric, score.target,
            score.level, score.higher_is_better, score.decimals, score.step,
        )
        for phase in found.phases
        for score in phase.scores
    ]  # fmt: skip
    return View("", tuple(ViewColumn(name, name) for name in names), tuple(rows), 0)
