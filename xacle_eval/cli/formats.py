"""``--format``: write a result in the chosen format, to stdout or to a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from xacle_eval.cli.output import emit, note, note_default_challenge, print_result
from xacle_eval.errors import OutputError
from xacle_eval.io.outputs import append_bytes
from xacle_eval.reports.formats.registry import (
    BOARD_FORMATS,
    BUNDLE_FORMATS,
    EXPORT_FORMATS,
    REPORT_FORMATS,
    TRIAL_FORMATS,
    VERIFICATION_FORMATS,
    Format,
    load_function,
)

if TYPE_CHECKING:
    from rich.console import Console

    from xacle_eval.challenge.model import Challenge
    from xacle_eval.hosting.exported import ExportedBundle
    from xacle_eval.hosting.lint.model import BundleReport
    from xacle_eval.hosting.trial.model import Trial
    from xacle_eval.records.receipts import Verification
    from xacle_eval.reports.contained import Contents
    from xacle_eval.submissions.findings import IgnoredUpload, SubmissionReport

__all__ = [
    "write_bundle",
    "write_export",
    "write_reports",
    "write_tables",
    "write_trial",
    "write_verification",
]

# For each kind of content, a function that makes the arguments of the format's function.
_Contents = Mapping[str, Callable[[], tuple[Any, ...]]]


def write_tables(format_: str, output: str | None, shown: Contents) -> None:
    """Write what a result shows, in a format of `BOARD_FORMATS`, to a file or to stdout."""
    contents: _Contents = {
        "document": shown.document,
        "views": lambda: (shown.views(),),
        "page": lambda: ((shown.page or shown.views)(),),
        "values": lambda: (shown.values(),),
        "board": lambda: (cast(Any, shown.board)(),),
    }
    _write(BOARD_FORMATS[format_], output, contents, shown.below)


def write_reports(
    format_: str,
    output: str | None,
    reports: Sequence[SubmissionReport],
    challenge: Challenge,
    ignored: Sequence[IgnoredUpload] = (),
    *,
    strict: bool,
    quiet: bool,
) -> None:
    """Write the reports of ``validate`` in a format of `REPORT_FORMATS`.

    The uploads that were ignored are in each format but ``text``.
    """
    found = {
        "challenge": challenge.name,
        "split": challenge.split,
        "submissions": reports,
        "ignored": ignored,
    }
    contents: _Contents = {
        "document": lambda: ("validate", found),
        "reports": lambda: (reports, strict),
        "uploads": lambda: (reports, strict, ignored),
    }
    chosen = REPORT_FORMATS[format_]
    _write(chosen, output, contents)
    note_default_challenge(((one.findings, one.pairs) for one in reports), quiet)
    if chosen.summary is not None:
        _append_summary(load_function(chosen.summary)(*contents[chosen.content]()), quiet)


def write_verification(format_: str, output: str | None, verification: Verification) -> None:
    """Write the result of ``verify`` in a format of `VERIFICATION_FORMATS`."""
    from xacle_eval.reports.views.verification import verification_values, verification_view

    contents: _Contents = {
        "document": lambda: ("verify", verification),
        "verification": lambda: (verification,),
        "views": lambda: ([verification_view(verification)],),
        "page": lambda: ([verification_view(verification)],),
        "values": lambda: (verification_values(verification),),
    }
    _write(VERIFICATION_FORMATS[format_], output, contents)


def write_bundle(format_: str, output: str | None, report: BundleReport, *, strict: bool) -> None:
    """Write the report of a check of a bundle in a format of `BUNDLE_FORMATS`."""
    from xacle_eval.reports.views.bundle_check import bundle_values, bundle_view

    contents: _Contents = {
        "document": lambda: ("export", report),
        "bundle": lambda: (report, strict),
        "page": lambda: ([bundle_view(report)],),
        "values": lambda: (bundle_values(report),),
    }
    _write(BUNDLE_FORMATS[format_], output, contents)


def write_trial(format_: str, output: str | None, trial: Trial) -> None:
    """Write a trial of a submission in a format of `TRIAL_FORMATS`."""
    from xacle_eval.reports.views.trial import trial_values, trial_view

    contents: _Contents = {
        "document": lambda: ("trial", trial),
        "trial": lambda: (trial,),
        "page": lambda: ([trial_view(trial)],),
        "values": lambda: (trial_values(trial),),
    }
    _write(TRIAL_FORMATS[format_], output, contents)


def write_export(format_: str, found: ExportedBundle) -> None:
    """Write what the bundle of a challenge has, in a format of `EXPORT_FORMATS`."""
    contents: _Contents = {
        "document": lambda: ("export-bundle", found),
        "export": lambda: (found,),
    }
    _write(EXPORT_FORMATS[format_], None, contents)


def _write(
    chosen: Format,
    output: str | None,
    contents: _Contents,
    below: Callable[[Console], None] | None = None,
) -> None:
    function, arguments = load_function(chosen.function), contents[chosen.content]()
    if not chosen.prints:
        emit(function(*arguments), output)
        return

    def print_all(out: Console) -> None:
        function(out, *arguments)
        if below is not None:
            below(out)

    print_result(print_all, output)


def _append_summary(text: str, quiet: bool) -> None:
    """Append the summary of a step to the file that GitHub Actions names, if it names one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        # Other commands of the step write to the file too, so it must not be replaced.
        append_bytes(path, text.encode("utf-8", "backslashreplace"))
    except OutputError as error:
        note(f"the step summary: {error}", quiet)
