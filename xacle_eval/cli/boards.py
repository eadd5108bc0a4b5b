"""Writing boards, of one target or of several, and what they do not show."""

from __future__ import annotations

from collections.abc import Iterator

from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.output import (
    demo_banner,
    note,
    note_default_challenge,
    print_note,
    say,
)
from xacle_eval.cli.samples import repeats_banner
from xacle_eval.results.leaderboard import Leaderboard, Unranked
from xacle_eval.results.targets import TargetBoards
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.validation import has_bug
from xacle_eval.text import count, visible_path

__all__ = ["note_omissions", "repeat_banner", "status_of", "write_board"]

Boards = Leaderboard | TargetBoards


def write_board(
    document: str, board: Boards, format_: str, output: str | None, remark: str = ""
) -> None:
    """Write a leaderboard, or the boards of several targets, in a table format.

    `document` is the name of its JSON document; `remark` is a note of a page on ignored files.
    """
    from xacle_eval.reports.contents import board_contents, boards_contents

    if isinstance(board, TargetBoards):
        contents = boards_contents(document, board, format_, remark)
    else:
        contents = board_contents(document, board, format_, remark)
    write_tables(format_, output, contents)


def note_omissions(board: Boards, format_: str, output: str | None, quiet: bool) -> None:
    """Report on stderr what the result does not show: unranked submissions and warnings.

    `format_` is a table format, or ``html``, whose pages nobody reads on a terminal.
    """
    unranked = _unranked(board)
    if format_ not in ("text", "json") and (unranked or (_has_findings(board) and not quiet)):
        from xacle_eval.reports.contents import print_omissions

        print_note(lambda out: print_omissions(out, board))
    elif output is not None and unranked:
        number = len({one.path for one in unranked})
        note(f"{count(number, 'submission')} unranked: see {visible_path(output)}", quiet)
    if isinstance(board, Leaderboard) and not board.entries:
        note_default_challenge(((one.findings, 0) for one in unranked), quiet)
    from xacle_eval.reports.contents import warned_line

    if line := warned_line(board):
        note(f"{line}; xacle-eval validate shows them", quiet)


def repeat_banner(board: Boards, quiet: bool) -> None:
    """Show the banner of the demo ratings again, if a file that is no sample was scored."""
    scored = ((one.references, entry.sha256) for one in _boards(board) for entry in one.entries)
    if not quiet and repeats_banner(scored):
        demo_banner()


def status_of(board: Boards, exit_zero: bool) -> int:
    """Return the exit code: 3 after an internal error, 1 if a submission is unranked.

    A submission without an optional target is not a failure.
    """
    unranked = _unranked(board)
    if has_bug(board.findings) or any(has_bug(one.findings) for one in unranked):
        say("internal error (XAC120); please report it with the output of --debug")
        return 3
    failed = bool(unranked)
    if isinstance(board, TargetBoards):
        absent = rule("target-absent").code
        failed = any(any(found.code != absent for found in one.findings) for one in unranked)
    return 1 if failed and not exit_zero else 0


def _boards(board: Boards) -> Iterator[Leaderboard]:
    yield from board.targets.values() if isinstance(board, TargetBoards) else [board]


def _unranked(board: Boards) -> tuple[Unranked, ...]:
    return board.all_unranked if isinstance(board, TargetBoards) else board.unranked


def _has_findings(board: Boards) -> bool:
    return bool(board.findings) or any(one.findings for one in _boards(board))
