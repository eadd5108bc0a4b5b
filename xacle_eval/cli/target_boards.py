"""Writing the boards of several targets, and what they do not show."""

from __future__ import annotations

from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.output import demo_banner, note, print_note, say
from xacle_eval.cli.samples import repeats_banner
from xacle_eval.results.targets import TargetBoards
from xacle_eval.submissions.labels import LABEL_CODES
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.validation import has_bug
from xacle_eval.text import count, visible_path

__all__ = ["finish_boards"]


def finish_boards(
    document: str,
    boards: TargetBoards,
    format_: str,
    output: str | None,
    quiet: bool,
    exit_zero: bool = False,
    remark: str = "",
) -> int:
    """Write the boards of several targets, and return the exit code.

    A submission without an optional target is not a failure; see `leaderboard` for the others.
    """
    from xacle_eval.reports.contents import boards_contents

    contents = boards_contents(document, boards, format_, remark)
    write_tables(format_, output, contents)
    _note_omissions(boards, format_, output, quiet)
    scored = (
        (board.references, entry.sha256)
        for board in boards.targets.values()
        for entry in board.entries
    )
    if not quiet and repeats_banner(scored):
        demo_banner()
    if has_bug(boards.findings) or any(has_bug(one.findings) for one in boards.all_unranked):
        say("internal error (XAC120); please report it with the output of --debug")
        return 3
    absent = rule("target-absent").code
    failed = any(any(found.code != absent for found in one.findings) for one in boards.all_unranked)
    return 1 if failed and not exit_zero else 0


def _note_omissions(boards: TargetBoards, format_: str, output: str | None, quiet: bool) -> None:
    """Report on stderr what the result does not show; see `note_omissions` for one board."""
    from xacle_eval.reports.contents import print_omissions

    unranked = boards.all_unranked
    if format_ not in ("text", "json"):
        found = boards.findings or any(board.findings for board in boards.targets.values())
        if unranked or (found and not quiet):
            print_note(lambda out: print_omissions(out, boards))
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
