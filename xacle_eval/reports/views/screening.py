"""The view of rankings after screening: rank and first metric of each method, side by side."""

from __future__ import annotations

from collections import Counter

from xacle_eval.challenge.rounding import format_metric
from xacle_eval.reports.views.kinds import marked_system
from xacle_eval.reports.views.table import RANK, Cell, View, ViewColumn
from xacle_eval.results.leaderboard import Entry, Leaderboard, ScreenedPlace, ScreenedRanking
from xacle_eval.text import count

__all__ = ["screenings_view"]


def screenings_view(board: Leaderboard) -> View | None:
    """Return the ranking after each screening next to the official one; None without screenings."""
    if not board.screenings or not board.entries:
        return None
    ranked = [each for each in board.screenings if each.places]
    columns = [
        RANK,
        ViewColumn("system", "System"),
        ViewColumn(board.order[0], board.order[0], numeric=True),
        *(ViewColumn(each.method, each.method, numeric=True) for each in ranked),
    ]
    shared = [Counter(place.rank for place in each.places) for each in ranked]
    official = Counter(entry.rank for entry in board.entries)
    rows = tuple(
        (
            _rank(entry.rank, official),
            marked_system(entry),
            _official(entry, board),
            *(
                _cell(each.places[row], entry, board, ties)
                for each, ties in zip(ranked, shared, strict=True)
            ),
        )
        for row, entry in enumerate(board.entries)
    )
    head = f"Each method: rank and {board.order[0]} with the ratings that the method keeps."
    notes = (head, *(_note(each, board) for each in board.screenings))
    return View(
        "Ranking after screening the listeners", tuple(columns), rows, board.shown_decimals, notes
    )


def _rank(rank: int | None, ranks: Counter[int | None]) -> Cell:
    return f"{rank}=" if rank is not None and ranks[rank] > 1 else rank


def _official(entry: Entry, board: Leaderboard) -> str | None:
    scores = entry.metrics if board.level == "pair" else entry.levels[board.level].metrics
    value = scores[board.order[0]]
    return None if value is None else format_metric(board.order[0], value, board.shown_decimals)


def _cell(
    place: ScreenedPlace, entry: Entry, board: Leaderboard, ties: Counter[int | None]
) -> str | None:
    value = place.metrics[board.order[0]]
    if value is None or (place.rank is None and entry.kind == "competing"):
        return None
    mark = "=" if ties[place.rank] > 1 and place.rank is not None else ""
    rank = "–" if place.rank is None else place.rank
    return f"{rank}{mark}  {format_metric(board.order[0], value, board.shown_decimals)}"


def _note(each: ScreenedRanking, board: Leaderboard) -> str:
    """Report what a method removes and how many ranks change, or why it gives no ranking."""
    settings = ", ".join(
        f"{name} {_setting(value)}" for name, value in each.parameters.items() if value is not None
    )
    name = f"{each.method} ({settings})" if settings else each.method
    if each.n_removed is None:
        return f"{name}: not applied; {each.note}."
    removes = f"{name}: removes {each.n_removed:,} of {count(each.n_ratings, 'rating')}"
    if each.n_listeners_removed:
        removes += f", including all ratings of {count(each.n_listeners_removed, 'listener')}"
    if each.untested:
        removes += f"; {each.untested:,} could not be tested and are kept"
    if not each.places:
        return f"{removes}; not ranked, because it {each.note}."
    moved = sum(
        place.rank != entry.rank for place, entry in zip(each.places, board.entries, strict=True)
    )
    competing = sum(entry.kind == "competing" for entry in board.entries)
    return f"{removes}; {moved:,} of {count(competing, 'system')} would change rank."


def _setting(value: float | str | bool | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
