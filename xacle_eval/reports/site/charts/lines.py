"""Rank lines: how the ranks of the systems change from one ranking to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xacle_eval.reports.site.charts.labels import chart_label, full_name, labels_width
from xacle_eval.reports.site.ranking import Ranking
from xacle_eval.results.leaderboard import Leaderboard

__all__ = [
    "Alternative",
    "LinesChart",
    "RankLine",
    "key_alternatives",
    "lines_of",
    "screening_alternatives",
]

_TOP, _BOTTOM, _GAP = 34.0, 12.0, 12.0
_ROW, _STEP = 18.0, 130.0
_FEW_STEP = 200.0
_COLOURS = 4
# Letters of a heading above a column.
_HEAD = 20


@dataclass(frozen=True, slots=True)
class Alternative:
    """A ranking of the same systems by another rule; ``ranks`` are in the order of the board.

    None is a system without a rank there.
    """

    title: str
    ranks: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class RankLine:
    """The line of a system; ``moved`` is whether it changes its rank anywhere.

    ``points`` are (x, y) of each part of the line: a system without a rank has a gap.
    """

    label: str
    title: str
    left: float
    right: float | None
    parts: tuple[tuple[tuple[float, float], ...], ...]
    moved: bool
    colour: int


@dataclass(frozen=True, slots=True)
class LinesChart:
    """The lines in pixels, with a heading over each column at ``heads``."""

    width: float
    height: float
    first: float
    last: float
    heads: tuple[tuple[float, str], ...]
    lines: tuple[RankLine, ...]


def key_alternatives(board: Leaderboard) -> tuple[Alternative, ...]:
    """Return the official ranking and those with another metric first; empty without them."""
    found: list[Mapping[str, int]] = [
        entry.uncertainty.first_key_ranks
        for entry in board.entries
        if entry.kind == "competing" and entry.uncertainty
    ]
    keys = list(found[0]) if found else []
    if len(keys) < 2 or len(found) != sum(e.kind == "competing" for e in board.entries):
        return ()
    return tuple(Alternative(key, tuple(ranks.get(key) for ranks in found)) for key in keys)


def screening_alternatives(board: Leaderboard) -> tuple[Alternative, ...]:
    """Return the official ranking and those under screening; empty if no method gives one."""
    competing = [row for row, entry in enumerate(board.entries) if entry.kind == "competing"]
    ranked = [each for each in board.screenings if each.places]
    if not ranked:
        return ()
    official = Alternative("all ratings", tuple(board.entries[row].rank for row in competing))
    return (
        official,
        *(
            Alternative(each.method, tuple(each.places[row].rank for row in competing))
            for each in ranked
        ),
    )


def lines_of(ranking: Ranking, alternatives: Sequence[Alternative]) -> LinesChart | None:
    """Return the lines of the competing systems; None if there are fewer than two rankings."""
    systems = ranking.competing
    if len(alternatives) < 2 or len(systems) < 2:
        return None
    labels = [chart_label(ranking.name_of(each)) for each in systems]
    first = labels_width(labels) + _GAP
    step = _FEW_STEP if len(alternatives) == 2 else _STEP
    xs = [round(first + number * step, 1) for number in range(len(alternatives))]
    places = [_places(each.ranks) for each in alternatives]
    lines = []
    for row, (each, label) in enumerate(zip(systems, labels, strict=True)):
        ranks = [one.ranks[row] for one in alternatives]
        ys = [None if place[row] is None else _y(place[row]) for place in places]
        texts = ", ".join(
            f"{one.title}: {'no rank' if rank is None else rank}"
            for one, rank in zip(alternatives, ranks, strict=True)
        )
        cluster = each.uncertainty.cluster if each.uncertainty else None
        lines.append(
            RankLine(
                label=label,
                title=f"{full_name(ranking.name_of(each))}: {texts}",
                left=_y(row + 1),
                right=ys[-1],
                parts=_parts(list(zip(xs, ys, strict=True))),
                moved=len(set(ranks)) > 1,
                colour=-1 if cluster is None else (cluster - 1) % _COLOURS,
            )
        )
    return LinesChart(
        width=round(xs[-1] + labels_width(labels) + 2 * _GAP, 1),
        height=_y(len(systems)) + _ROW / 2 + _BOTTOM,
        first=xs[0],
        last=xs[-1],
        heads=tuple(
            (x, chart_label(each.title)[:_HEAD]) for x, each in zip(xs, alternatives, strict=True)
        ),
        lines=tuple(lines),
    )


def _y(place: int | None) -> float:
    return _TOP + ((place or 0) - 0.5) * _ROW


def _places(ranks: Sequence[int | None]) -> list[int | None]:
    """Return a place of its own for each rank: equal ranks take the following places in order."""
    taken: dict[int, int] = {}
    found: list[int | None] = []
    for rank in ranks:
        if rank is None:
            found.append(None)
            continue
        found.append(rank + taken.get(rank, 0))
        taken[rank] = taken.get(rank, 0) + 1
    return found


def _parts(
    points: Sequence[tuple[float, float | None]],
) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return the runs of points that exist."""
    found: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None:
            found.append([])
        else:
            found[-1].append((x, y))
    return tuple(tuple(part) for part in found if part)
