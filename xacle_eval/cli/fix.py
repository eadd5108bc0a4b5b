"""``xacle-eval fix``: correct the format of a prediction file."""

from __future__ import annotations

from collections.abc import Iterator

import click

from xacle_eval.challenge.model import Challenge
from xacle_eval.cli.formats import write_reports
from xacle_eval.cli.options import (
    any_path,
    argument_path,
    challenge_options,
    common_options,
    force_option,
    open_challenge,
    option,
    refuse_existing,
    refuse_overwriting,
)
from xacle_eval.cli.output import note, print_lines, say
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.io.outputs import write_text
from xacle_eval.submissions.fixed_files import FixedFile, fix_file
from xacle_eval.text import count, shorten, typed, visible, visible_lines, visible_path

__all__ = ["command"]

# The lines of a difference that are shown; all of 3,000 rows can change.
_MOST_LINES = 60
_LONGEST_LINE = 300


@click.command("fix", cls=Command)
@argument_path("file", metavar="FILE")
@option(
    "-o",
    "--output",
    group="Output",
    type=any_path,
    metavar="OUT",
    help="Write the result to OUT, atomically.",
)
@option(
    "--diff",
    group="Output",
    is_flag=True,
    help="Show the difference; --output can then be left out.",
)
@force_option
@challenge_options
@common_options
def command(
    file: str,
    output: str | None,
    diff: bool,
    force: bool,
    challenge: str,
    split: str | None,
    quiet: bool,
) -> int:
    """Correct the format of a prediction file.

    The encoding, the delimiter, decimal commas, quotation marks, the header, an index column, the
    form of the ids and the order of the rows are corrected. Each kind of change is listed on
    stderr. No value is made up: a row that is missing, repeated, unknown or without a number is
    kept as it is. The result is checked as by validate, with the same exit codes; it is only
    written if it is valid.

    \b
    Examples:
      xacle-eval fix submission.csv -o fixed.csv
      xacle-eval fix submission.csv --diff
    """
    if output is None and not diff:
        raise UsageError("pass -o OUT, the file to write, or --diff, to see the difference only")
    loaded = open_challenge(challenge, split)
    refuse_overwriting({"--output": output}, {file: "the submission"})
    refuse_existing([output], force)
    found = fix_file(file, loaded, output)
    if found.problem:
        say(f"nothing can be fixed: {visible(found.problem, 500)}")
    if found.text is None or found.before is None:
        return _print(found, loaded, quiet)
    _list_changes(found, quiet)
    if diff:
        before, after = typed(found.path), output or "fixed"
        print_lines("".join(_difference(found.before, found.text, before, after)))
    if output is not None and not found.report.passes():
        say("nothing was written: correct the remaining errors first")
    elif output is not None:
        write_text(output, found.text)
        note(f"wrote {visible_path(output)}", quiet)
    return _print(found, loaded, quiet)


def _list_changes(found: FixedFile, quiet: bool) -> None:
    if not found.changes:
        note("no change: the file has no fault that fix corrects", quiet)
    for change in found.changes:
        note(str(change), quiet)


def _difference(old: str, new: str, before: str, after: str) -> Iterator[str]:
    """Yield the lines of a unified difference, up to a limit."""
    from difflib import unified_diff

    one, other = old.splitlines(), new.splitlines()
    if len(one) * len(other) > 10**9:
        raise UsageError("the file is too long for --diff; write the result with -o OUT")
    lines = list(unified_diff(one, other, before, after, n=1, lineterm=""))
    for line in lines[:_MOST_LINES]:
        yield f"{visible_lines(shorten(line, _LONGEST_LINE))}\n"
    if len(lines) > _MOST_LINES:
        yield f"... and {count(len(lines) - _MOST_LINES, 'more line')}\n"


def _print(found: FixedFile, challenge: Challenge, quiet: bool) -> int:
    """Show the findings; return the exit code."""
    write_reports("text", None, found.reports, challenge, strict=False, quiet=quiet)
    return 0 if found.report.passes() else 1
