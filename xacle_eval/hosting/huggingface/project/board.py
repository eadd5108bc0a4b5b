"""The leaderboard: published results, ranked by the challenge's rule.

Published values are compared key by key. Systems that are equal in all keys share a rank, and the
next rank is skipped. Baselines and systems out of competition are in their place without a rank.
A system that leaves out an optional target is neither on the board of this target nor on the
overall one.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xacle_eval.hosting.huggingface.project.settings import Board, Phase

__all__ = [
    "COMPETING",
    "Row",
    "as_shown",
    "cells",
    "datatypes",
    "format_score",
    "headers",
    "newest",
    "rank_results",
    "shown_keys",
    "sort_values",
]

COMPETING = "competing"
_MEAN_RANK = "Mean rank"
_NO_RANK = "–"
_Record = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """A row of a leaderboard; without a rank, it does not compete."""

    rank: int | None
    values: Mapping[str, float]
    record: _Record


def rank_results(
    records: Sequence[_Record], phase: Phase, board: Board, *, by_team: bool
) -> list[Row]:
    """Return the rows of a leaderboard in rank order.

    Parameters
    ----------
    records : sequence of mapping
        The published results; those of other phases are ignored.
    phase : Phase
        The phase.
    board : Board
        One of its leaderboards.
    by_team : bool
        Keep the best system of each team. Otherwise at most `Phase.final_systems` systems of a
        team are kept, its best ones.
    """
    of_phase = [each for each in records if each["phase"] == phase.name]
    values = [dict(each["scores"]) for each in of_phase]
    order: Sequence[str] = board.order
    if board.means:
        _add_mean_ranks(values, of_phase, phase, board)
        order = (_MEAN_RANK,)
    signs = {each.key: -1.0 if each.higher_is_better else 1.0 for each in phase.columns}
    keys = [_key(each, order, signs) for each in values]
    on_board = [place for place, each in enumerate(of_phase) if _is_on(each, board)]
    places = sorted(on_board, key=lambda place: (keys[place], *_names(of_phase[place])))
    most = 1 if by_team else phase.final_systems or len(places)
    rows: list[Row] = []
    kept: dict[str, int] = {}
    count, rank, last = 0, 0, None
    for place in places:
        record = of_phase[place]
        if record["kind"] != COMPETING:
            rows.append(Row(None, values[place], record))
            continue
        team = record["account"]
        kept[team] = kept.get(team, 0) + 1
        if kept[team] > most:
            continue
        count += 1
        rank, last = (rank if keys[place] == last else count), keys[place]
        rows.append(Row(rank, values[place], record))
    return rows


def _add_mean_ranks(
    values: Sequence[dict[str, float]], records: Sequence[_Record], phase: Phase, board: Board
) -> None:
    """Add the mean of the places on other boards, among all competing systems there.

    A system that is not on each of them has no use of its mean: it is not on the overall board.
    """
    signs = {each.key: -1.0 if each.higher_is_better else 1.0 for each in phase.columns}
    found: list[list[int]] = []
    for other_board in [each for each in phase.boards if each.name in board.means]:
        keys = [_key(each, other_board.order, signs) for each in values]
        competing = [
            key
            for key, record in zip(keys, records, strict=True)
            if record["kind"] == COMPETING and _is_on(record, other_board)
        ]
        found.append([1 + sum(other < key for other in competing) for key in keys])
    for place, each in enumerate(values):
        each[_MEAN_RANK] = sum(places[place] for places in found) / len(found)


def _is_on(record: _Record, board: Board) -> bool:
    """Return whether a system has every target that a leaderboard needs."""
    return not set(board.needs) & set(record.get("absent", ()))


def shown_keys(phase: Phase, absent: Collection[str]) -> frozenset[str]:
    """Return the scores that a system without some targets has: those of the boards it is on."""
    boards = [each for each in phase.boards if _is_on({"absent": absent}, each)]
    return frozenset(key for each in boards for key in each.columns)


def _key(
    values: Mapping[str, float], order: Sequence[str], signs: Mapping[str, float]
) -> tuple[float, ...]:
    """Return a sort key in which smaller values are better.

    Keys behind a missing one decide nothing, because it is unknown who would be better in it.
    """
    found: list[float] = []
    for name in order:
        value = values.get(name)
        if value is None:
            return (*found, *(math.inf for _ in range(len(order) - len(found))))
        found.append(signs.get(name, 1.0) * value)
    return tuple(found)


def _names(record: _Record) -> tuple[bool, str, str, str]:
    return record["kind"] != COMPETING, record["account"], record["system"], record["id"]


def headers(board: Board) -> list[str]:
    """Return the titles of the columns."""
    means = [_MEAN_RANK] if board.means else []
    return ["Rank", "Team", "System", *means, *board.columns, "Submitted (UTC)"]


def cells(row: Row, phase: Phase, board: Board) -> list[str]:
    """Return the cells of a row as texts, with the error bar of a value where it has one."""
    columns = {each.key: each for each in phase.columns}
    record = row.record
    kind = "" if record["kind"] == COMPETING else f" ({record['kind']})"
    found = [
        _NO_RANK if row.rank is None else str(row.rank),
        record["account"],
        record["system"] + kind,
    ]
    if board.means:
        found.append(f"{row.values[_MEAN_RANK]:.2f}")
    for key in board.columns:
        text = format_score(row.values.get(key), columns[key].decimals)
        error = record.get("errors", {}).get(key)
        found.append(text if error is None else f"{text} ± {error:.{columns[key].decimals}f}")
    return [*found, as_shown(record["submitted"])]


def sort_values(row: Row, board: Board, last: int) -> list[Any]:
    """Return what the cells of a row are sorted by; `last` is the place of rows without a rank."""
    means = [row.values[_MEAN_RANK]] if board.means else []
    values = [row.values.get(key) for key in board.columns]
    record = row.record
    rank = last if row.rank is None else row.rank
    return [rank, record["account"], record["system"], *means, *values, record["submitted"]]


def datatypes(board: Board) -> list[str]:
    """Return the type of the values of each column: ``number`` or ``str``."""
    numbers = len(board.columns) + (1 if board.means else 0)
    return ["number", "str", "str", *["number"] * numbers, "str"]


def format_score(value: float | None, decimals: int) -> str:
    """Return a score as text; without one, a dash."""
    return _NO_RANK if value is None else f"{value:.{decimals}f}"


def as_shown(time: str) -> str:
    """Return a time in UTC of a record for people."""
    return time.replace("T", " ").removesuffix("Z")


def newest(records: Sequence[_Record], phase: Phase) -> str:
    """Return the time of the newest submission of a phase that is on its leaderboard, or ``""``."""
    times = [each["submitted"] for each in records if each["phase"] == phase.name]
    return as_shown(max(times, default=""))
