"""Concise reports: one line for each finding, which editors and terminals can open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xacle_eval.submissions.findings import SubmissionReport
from xacle_eval.submissions.unchecked import merge_unchecked
from xacle_eval.text import split_commands, visible

__all__ = ["concise_lines"]

_LONGEST_PATH = 1_000


def concise_lines(reports: Sequence[SubmissionReport], _strict: bool = False) -> Iterator[str]:
    """Yield a line for each finding: ``path:line:column: error XAC024 message``."""
    for report in merge_unchecked(reports):
        for finding in report.findings:
            place = visible(finding.located(report.path), _LONGEST_PATH)
            line = f"{place}: {finding.severity} {finding.code} {finding.message}"
            # A log of GitHub Actions may show the line, and executes commands in it.
            yield f"{split_commands(line)}\n"
