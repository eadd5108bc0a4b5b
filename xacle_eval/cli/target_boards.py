"""Writing the boards of several targets, and what they do not show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xacle_eval.challenge.model import Challenge
from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.output import note, print_note, say
from xacle_eval.results.targets import TargetBoards
from xacle_eval.submissions.labels import LABEL_CODES
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.validation import has_bug
from xacle_eval.text import count, visible_path

if TYPE_CHECKING:
    from rich.console import Console

    from xacle_eval.reports.views.table import View
    from xacle_eval.results.leaderboard import Leaderboard
    from xacle_eval.results.targets import OverallBoard

__all__ = ["finish_boards"]


def finish_boards(
    document: str,
    boards: TargetBoards,
    challenge: Challenge,
    format_: str,
    output: str | None,
    quiet: bool,
    exit_zero: bool = False,
    remark: str = "",
) -> int:
    """Write the boards of several targets, and return the exit code.

    A submission without an optional target is not a failure; see `leaderboard` for the others.
    """
    from xacle_eval.reports.views.leaderboard import with_ignored
    from xacle_eval.reports.views.targets import target_board_values, target_board_views

    write_tables(
        format_,
        output,
        document=lambda: (f"{document}-targets", boards),
        views=lambda: with_ignored(target_board_views(boards, challenge), boards.ignored, format_),
        values=lambda: target_board_values(boards, challenge),
        below=lambda out: _print_below(out, boards),
        page=lambda: _page(boards, challenge, remark),
    )
    _note_omissions(boards, format_, output, quiet)
    if has_bug(boards.findings) or any(has_bug(one.findings) for one in boards.all_unranked):
        say("internal error (XAC120); please report it with the output of --debug")
        return 3
    absent = rule("target-absent").code
    failed = any(any(found.code != absent for found in one.findings) for one in boards.all_unranked)
    return 1 if failed and not exit_zero else 0


def _each_board(
    boards: TargetBoards,
) -> Iterator[tuple[TargetBoards | Leaderboard | OverallBoard, str]]:
    """Yield what has submissions without a rank, each with words that name it."""
    yield boards, ""
    for name, board in boards.targets.items():
        yield board, f" for the target {name}"
    if boards.overall is not None:
        yield boards.overall, " over all targets"


def _print_below(out: Console, boards: TargetBoards) -> None:
    from xacle_eval.reports.formats.console import print_unranked

    for board, where in _each_board(boards):
        print_unranked(out, board, where)


def _page(boards: TargetBoards, challenge: Challenge, remark: str) -> list[View]:
    """Return the tables of a page: the boards, and below them what they leave out."""
    from xacle_eval.reports.formats.page import omission_views, with_remarks
    from xacle_eval.reports.views.targets import target_board_views

    views = target_board_views(boards, challenge)
    for board, where in _each_board(boards):
        views += omission_views(board, where)
    return with_remarks(views, [remark] if remark else [])


def _note_omissions(boards: TargetBoards, format_: str, output: str | None, quiet: bool) -> None:
    """Report on stderr what the result does not show; see `note_omissions` for one board."""
    unranked = boards.all_unranked
    if format_ not in ("text", "json"):
        found = boards.findings or any(board.findings for board in boards.targets.values())
        if unranked or (found and not quiet):
            print_note(lambda out: _print_below(out, boards))
    elif output is not None and unranked:
        paths = len({one.path for one in unranked})
        note(f"{count(paths, 'submission')} unranked: see {visible_path(output)}", quiet)
    told = {rule("probe-like").code, *LABEL_CODES}
    warned = {
        entry.path
        for board in boards.targets.values()
        for entry in board.entries
        if any(found.severity == "warning" and found.code not in told for found in entry.findings)
    }
    if warned:
        number = count(len(warned), "ranked submission")
        note(f"{number} with warnings; xacle-eval validate shows them", quiet)
