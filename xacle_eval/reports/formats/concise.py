"""Concise reports: one line for each finding, which editors and terminals can open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xacle_eval.submissions.findings import Finding, IgnoredUpload, SubmissionReport
from xacle_eval.submissions.unchecked import merge_unchecked
from xacle_eval.text import split_commands, typed, visible_path

__all__ = ["concise_lines"]


def concise_lines(
    reports: Sequence[SubmissionReport],
    _strict: bool = False,
    ignored: Sequence[IgnoredUpload] = (),
) -> Iterator[str]:
    """Yield a line for each finding: ``path:line:column: error XAC024 message``.

    Paths are as the user typed them, so that a terminal can open them. The ignored uploads follow
    the submissions.
    """
    for report in merge_unchecked(reports):
        yield from (_line(report.path, finding) for finding in report.findings)
    yield from (_line("", upload) for upload in ignored)


def _line(path: str, finding: Finding) -> str:
    place = visible_path(finding.located(path, typed))
    line = f"{place}: " if place else ""
    line += f"{finding.severity} {finding.code} {typed(finding.message)}"
    # A log of GitHub Actions may show the line, and executes commands in it.
    return f"{split_commands(line)}\n"
