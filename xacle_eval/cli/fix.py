"""``xacle-eval fix``: correct the format of a prediction file."""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterator

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
from xacle_eval.submissions.checking import check
from xacle_eval.submissions.discovery import is_package
from xacle_eval.submissions.findings import SubmissionReport
from xacle_eval.submissions.fixing import Fixed, NotFixableError, fix_predictions
from xacle_eval.submissions.reading import Source, unreadable
from xacle_eval.submissions.sources import label_of, prediction_source
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
    if is_package(file):
        raise UsageError(
            f"{visible(file, 300)} is a package, and fix takes one prediction file; unpack it with "
            "xacle-eval split, and fix each prediction file"
        )
    source = prediction_source(file, loaded.limits.max_bytes)
    label = label_of(file, loaded.submissions.endings)
    data = _read(source, loaded.limits.max_bytes)
    if data is None:
        return _show(source, loaded, label, quiet)
    try:
        fixed = fix_predictions(data, loaded)
    except NotFixableError as error:
        say(f"nothing can be fixed: {visible(str(error), 500)}")
        return _show(source, loaded, label, quiet)
    _list_changes(fixed, quiet)
    if diff:
        print_lines("".join(_difference(fixed, typed(source.path), output or "fixed")))
    result = _check(fixed.text, output or source.path, loaded, label)
    if not result.passes():
        if output is not None:
            say("nothing was written: correct the remaining errors first")
        left = _check(fixed.in_place, source.path, loaded, label)
        return _print(_without_columns(left, fixed.changed), loaded, quiet)
    if output is not None:
        write_text(output, fixed.text)
        note(f"wrote {visible_path(output)}", quiet)
    return _print(result, loaded, quiet)


def _read(source: Source, most: int) -> bytes | None:
    """Return the decompressed file; None if it cannot be read, or is too large."""
    try:
        with source.open() as stream:
            data = stream.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        unreadable(source, error)  # raises an error that is not the file's fault
        return None
    return data if len(data) <= most else None


def _list_changes(fixed: Fixed, quiet: bool) -> None:
    if not fixed.changes:
        note("no change: the file has no fault that fix corrects", quiet)
    for change in fixed.changes:
        note(str(change), quiet)


def _difference(fixed: Fixed, before: str, after: str) -> Iterator[str]:
    """Yield the lines of a unified difference, up to a limit."""
    from difflib import unified_diff

    one, other = fixed.before.splitlines(), fixed.text.splitlines()
    if len(one) * len(other) > 10**9:
        raise UsageError("the file is too long for --diff; write the result with -o OUT")
    lines = list(unified_diff(one, other, before, after, n=1, lineterm=""))
    for line in lines[:_MOST_LINES]:
        yield f"{visible_lines(shorten(line, _LONGEST_LINE))}\n"
    if len(lines) > _MOST_LINES:
        yield f"... and {count(len(lines) - _MOST_LINES, 'more line')}\n"


def _show(source: Source, challenge: Challenge, label: str, quiet: bool) -> int:
    """Check predictions and show the findings; return the exit code."""
    report = check(source, challenge, label, challenge.submissions.team_of(label)).report
    return _print(report, challenge, quiet)


def _check(text: str, shown: str, challenge: Challenge, label: str) -> SubmissionReport:
    source = Source.of_bytes(text.encode("utf-8", "surrogateescape"), shown)
    return check(source, challenge, label, challenge.submissions.team_of(label)).report


def _without_columns(report: SubmissionReport, changed: Container[int]) -> SubmissionReport:
    """Return a report without places in the lines that are written otherwise in the input."""
    findings = [
        found.model_copy(update={"column": None}) if found.line in changed else found
        for found in report.findings
    ]
    return report.model_copy(update={"findings": findings})


def _print(report: SubmissionReport, challenge: Challenge, quiet: bool) -> int:
    """Show the findings; return the exit code."""
    write_reports("text", None, [report], challenge, strict=False, quiet=quiet)
    return 0 if report.passes() else 1
