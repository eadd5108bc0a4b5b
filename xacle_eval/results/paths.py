"""The paths of a report: those in the folder of submissions, not those on a machine."""

from __future__ import annotations

from itertools import takewhile
from typing import TypeVar

from xacle_eval.results.leaderboard import Entry, Leaderboard, Unranked
from xacle_eval.results.report import ChallengeReport
from xacle_eval.results.targets import OverallEntry, TargetBoards

__all__ = ["in_their_folder"]

Placed = TypeVar("Placed", Entry, Unranked, OverallEntry)


def in_their_folder(report: ChallengeReport) -> ChallengeReport:
    """Return a report whose paths start in the folder that has all submissions.

    So a report says nothing about where the files are on the organisers' machine, and is the same
    wherever they are.
    """
    paths = [each.path for each in report.unranked]
    for by in report.boards:
        for board in report.boards_of(by).values():
            paths += [entry.path for entry in board.entries]
    folders = [path.split("/")[:-1] for path in paths]
    common = takewhile(lambda parts: len(set(parts)) == 1, zip(*folders, strict=False))
    skip = sum(len(parts[0]) + 1 for parts in common)

    def shorter(found: Placed) -> Placed:
        return found.model_copy(update={"path": found.path[skip:]})

    def short_board(board: Leaderboard) -> Leaderboard:
        entries, unranked = map(shorter, board.entries), map(shorter, board.unranked)
        return board.model_copy(update={"entries": tuple(entries), "unranked": tuple(unranked)})

    def short_boards(found: Leaderboard | TargetBoards) -> Leaderboard | TargetBoards:
        if isinstance(found, Leaderboard):
            return short_board(found)
        overall = found.overall
        if overall is not None:
            overall = overall.model_copy(
                update={
                    "entries": tuple(map(shorter, overall.entries)),
                    "unranked": tuple(map(shorter, overall.unranked)),
                }
            )
        targets = {name: short_board(board) for name, board in found.targets.items()}
        unranked = tuple(map(shorter, found.unranked))
        update = {"targets": targets, "overall": overall, "unranked": unranked}
        return found.model_copy(update=update)

    return report.model_copy(
        update={"boards": {by: short_boards(board) for by, board in report.boards.items()}}
    )
