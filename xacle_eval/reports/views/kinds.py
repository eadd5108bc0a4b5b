"""Marks of systems without a rank: baselines, and systems out of competition."""

from __future__ import annotations

from collections.abc import Sequence

from xacle_eval.results.leaderboard import Entry
from xacle_eval.results.targets import OverallEntry

__all__ = ["kind_notes", "marked_system"]

_MARKS = {"baseline": "†", "out of competition": "‡"}


def marked_system(entry: Entry | OverallEntry) -> str:
    """Return the label of a system, with a mark if it does not compete."""
    mark = _MARKS.get(entry.kind)
    return f"{entry.system} {mark}" if mark else entry.system


def kind_notes(entries: Sequence[Entry] | Sequence[OverallEntry]) -> list[str]:
    """Explain the marks that occur; empty if all systems compete."""
    kinds = {entry.kind for entry in entries}
    shown = [f"{mark} {kind}" for kind, mark in _MARKS.items() if kind in kinds]
    if not shown:
        return []
    return [f"{', '.join(shown)}: no rank, and not part of the other systems' statistics."]
