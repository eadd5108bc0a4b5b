"""A written bundle as text; a check of one as text, as lines, for GitHub and as SARIF.

The formats for CI are those of ``validate``: each file of a folder, or the ZIP as a whole, takes
the place of a submission.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from xacle_eval.hosting.exported import ExportedBundle
from xacle_eval.hosting.lint.codes import CODES
from xacle_eval.hosting.lint.model import PLATFORMS, BundleReport
from xacle_eval.io.files import join_path
from xacle_eval.reports.formats.concise import concise_lines
from xacle_eval.reports.formats.github import annotation_lines, stop_commands
from xacle_eval.reports.formats.sarif import sarif_log
from xacle_eval.submissions.findings import Finding, SubmissionReport
from xacle_eval.text import count, visible_path

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "bundle_annotations",
    "bundle_lines",
    "bundle_sarif",
    "print_bundle",
    "print_export",
    "verdict_line",
]


def verdict_line(report: BundleReport, strict: bool = False) -> str:
    """Return the verdict in one line, such as ``clean: bundle.zip (Codabench, 12 files)``."""
    numbers = report.counts()
    found = [count(number, kind) for kind, number in numbers.items() if number and kind != "info"]
    if numbers["info"]:
        found.append(f"{numbers['info']} info")
    word = "clean" if not report.findings else "accepted" if report.passes(strict) else "rejected"
    platform = [PLATFORMS[report.platform]] if report.platform else []
    facts = ", ".join([*platform, count(report.files, "file"), *found])
    return f"{word}: {visible_path(report.path)} ({facts})"


def print_bundle(out: Console, report: BundleReport, strict: bool = False) -> None:
    """Print the verdict and the findings, each with its place and how to fix it."""
    from rich.text import Text

    from xacle_eval.reports.formats.console import print_findings, print_line

    style = "green" if report.passes(strict) else "bold red"
    print_line(out, Text(verdict_line(report, strict), style=style))
    print_findings(out, "", report.findings)


def print_export(out: Console, found: ExportedBundle) -> None:
    """Print the phases and the scores of the bundle of a challenge, with notes."""
    from xacle_eval.reports.formats.console import print_views
    from xacle_eval.reports.views.export import export_view, phases_view

    print_views(out, [phases_view(found), export_view(found)])


def bundle_lines(report: BundleReport, strict: bool = False) -> Iterator[str]:
    """Yield a line for each finding, or one that the bundle is clean."""
    if not report.findings:
        yield f"{verdict_line(report, strict)}\n"
    yield from concise_lines(_as_reports(report))


def bundle_annotations(report: BundleReport, strict: bool = False) -> str:
    """Return at most ten annotations of GitHub, and the whole text with commands stopped."""
    from xacle_eval.reports.formats.console import render

    text = render(lambda out: print_bundle(out, report, strict), terminal=False)
    lines = [*annotation_lines(_as_reports(report), strict), *stop_commands(text)]
    return "\n".join([*lines, f"xacle-eval: {verdict_line(report, strict)}"]) + "\n"


def bundle_sarif(report: BundleReport, strict: bool = False) -> str:
    """Return the findings as a SARIF log with one run; `strict` makes warnings errors."""
    return sarif_log(_as_reports(report), CODES, strict)


def _as_reports(report: BundleReport) -> list[SubmissionReport]:
    """Return the findings by file, in the form of the reports of ``validate``."""
    if report.kind == "zip" or not report.findings:
        placed = [
            each.model_copy(update={"file": each.file and join_path(report.path, each.file)})
            for each in report.findings
        ]
        return [_as_report(report, report.path, placed, "package")]
    files = dict.fromkeys(each.file for each in report.findings)
    return [
        _as_report(
            report,
            join_path(report.path, file) if file else report.path,
            [e.model_copy(update={"file": None}) for e in report.findings if e.file == file],
            "predictions",
        )
        for file in files
    ]


def _as_report(
    report: BundleReport,
    path: str,
    findings: Sequence[Finding],
    kind: Literal["predictions", "package"],
) -> SubmissionReport:
    return SubmissionReport(
        path=path,
        kind=kind,
        system="",
        team="",
        valid=report.valid,
        pairs=0,
        sha256=None,
        findings=tuple(findings),
    )
