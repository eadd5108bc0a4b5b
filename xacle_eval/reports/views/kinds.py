"""Ranks and marks of systems: baselines and systems out of competition have no rank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from xacle_eval.reports.views.table import Cell
from xacle_eval.results.leaderboard import Entry
from xacle_eval.results.targets import OverallEntry

__all__ = ["kind_notes", "marked_system", "rank_cells"]

_MARKS = {"baseline": "†", "out of competition": "‡"}


def marked_system(entry: Entry | OverallEntry) -> str:
    """Return the label of a system, with a mark if it does not compete."""
    mark = _MARKS.get(entry.kind)
    return f"{entry.system} {mark}" if mark else entry.system


def rank_cells(entries: Sequence[Entry] | Sequence[OverallEntry]) -> list[Cell]:
    """Return the ranks in order; a shared rank has an equals sign, None is no rank."""
    number = Counter(entry.rank for entry in entries)
    return [
        f"{entry.rank}=" if entry.rank is not None and number[entry.rank] > 1 else entry.rank
        for entry in entries
    ]


def kind_notes(entries: Sequence[Entry] | Sequence[OverallEntry]) -> list[str]:
    """Explain the marks that occur; empty if all systems compete."""
    kinds = {entry.kind for entry in entries}
    shown = [f"{mark} {kind}" for kind, mark in _MARKS.items() if kind in kinds]
    if not shown:
        return []
    return [f"{', '.join(shown)}: no rank, and not part of the other systems' statistics."]
