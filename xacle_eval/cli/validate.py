"""``xacle-eval validate``: check submissions without reading references."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from xacle_eval.challenge.model import Challenge
from xacle_eval.cli.fixable import note_fixable
from xacle_eval.cli.formats import write_reports
from xacle_eval.cli.options import (
    any_path,
    argument_path,
    challenge_options,
    common_options,
    follow_links_option,
    format_option,
    open_challenge,
    option,
    refuse_overwriting,
)
from xacle_eval.cli.output import note, print_note, print_result, say
from xacle_eval.cli.progress import progress
from xacle_eval.cli.usage import Command
from xacle_eval.reports.formats.registry import REPORT_FORMATS
from xacle_eval.submissions.discovery import Passed
from xacle_eval.submissions.findings import SubmissionReport, count_passed
from xacle_eval.submissions.ignored import ignored_findings, ignored_line, ignored_uploads
from xacle_eval.submissions.reports import SubmissionReports
from xacle_eval.submissions.severities import adjust
from xacle_eval.submissions.unchecked import merge_unchecked
from xacle_eval.submissions.validation import has_bug, validate_all
from xacle_eval.text import count, visible_path

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["command"]


@click.command("validate", cls=Command)
@argument_path("paths", many=True, metavar="PATH...")
@option("--strict", group="Execution", is_flag=True, help="Treat warnings as errors.")
@option(
    "--receipt",
    group="Output",
    type=any_path,
    metavar="OUT.json",
    help="Write a receipt: the checked files with hashes and verdicts.",
)
@option(
    "--statistics",
    group="Output",
    is_flag=True,
    help="Also show how often each code occurs, and the verdict on each team.",
)
@option(
    "--exit-zero",
    group="Execution",
    rare=True,
    is_flag=True,
    help="Exit with 0 even if a submission is invalid.",
)
@follow_links_option
@format_option(REPORT_FORMATS)
@challenge_options
@common_options
def command(
    paths: tuple[str, ...],
    strict: bool,
    receipt: str | None,
    statistics: bool,
    exit_zero: bool,
    follow_links: bool,
    format_: str,
    output: str | None,
    challenge: str,
    split: str | None,
    quiet: bool,
) -> int:
    """Check submissions against the challenge's rules.

    PATH is a prediction file (also compressed: .csv.gz), a package (ZIP), a folder of these, or -
    for a prediction file on standard input. No references are read. Every finding is shown with
    its line, its column and how to fix it. The exit code is 1 if a submission is invalid, 3 after
    an internal error.

    \b
    Examples:
      xacle-eval validate submission.csv
      xacle-eval validate TEAM.zip --receipt receipt.json
      xacle-eval validate submissions/ -o report.xml
      xacle-eval validate submissions/ --format concise --statistics
      xacle-eval validate answer.csv --split validation --strict
    """
    loaded = open_challenge(challenge, split)
    refuse_overwriting(
        {"--output": output, "--receipt": receipt}, dict.fromkeys(paths, "a submission")
    )
    reports, ignored = validate_all(
        paths,
        loaded,
        follow_links=follow_links,
        progress=lambda files: progress(files, "checking"),
    )
    uploads = ignored_uploads(ignored, loaded)
    write_reports(format_, output, reports, loaded, uploads, strict=strict, quiet=quiet)
    if format_ == "text" and len(reports) == len(paths) == 1:
        note_fixable(reports[0], paths[0], loaded, quiet)
    if format_ != "concise":  # which has a line for each of them
        _print_ignored(ignored, loaded, quiet)
    if line := ignored_line(uploads):
        note(line, quiet)
    if statistics:
        _print_statistics(
            reports, strict, as_result=output is None and format_ in ("text", "concise")
        )
    if receipt is not None:
        from xacle_eval.records.receipts import receipt as make_receipt

        checked = SubmissionReports(reports, loaded.name, loaded.split)
        make_receipt(checked, challenge=loaded, strict=strict, output=receipt)
    passed, number = count_passed(reports, strict)
    if output is not None:
        total = count(number, "submission")
        note(
            f"{passed:,} of {total} {'passed' if strict else 'valid'}: see {visible_path(output)}",
            quiet,
        )
    bugs = [report for report in reports if has_bug(report.findings)]
    if bugs:
        where = count(len(bugs), "submission")
        say(f"internal error in {where} (XAC120); please report it with the output of --debug")
        return 3
    return 0 if exit_zero or all(report.passes(strict) for report in reports) else 1


def _print_statistics(reports: Sequence[SubmissionReport], strict: bool, as_result: bool) -> None:
    """Print the tables of codes and teams below a report on stdout, otherwise on stderr."""
    from xacle_eval.reports.formats.console import print_views
    from xacle_eval.reports.views.findings import codes_view, teams_view

    reports = merge_unchecked(reports)
    views = [codes_view(reports)]
    if len(reports) > 1:
        views.append(teams_view(reports, strict))

    def show(out: Console) -> None:
        out.print()
        print_views(out, views)

    if as_result:
        print_result(show, None)
    else:
        print_note(show)


def _print_ignored(ignored: list[Passed], challenge: Challenge, quiet: bool) -> None:
    """Report the ignored files of the folders on stderr, in groups."""
    if not ignored or quiet:
        return
    from xacle_eval.reports.formats.console import print_findings

    findings = adjust(ignored_findings(ignored), challenge)
    print_note(lambda out: print_findings(out, "", findings, indent=""))
