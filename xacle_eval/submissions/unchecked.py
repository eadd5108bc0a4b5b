"""Resources that are not checked: what a report says about them once, not for each system.

A challenge file without a list of approved resources concerns its organisers, who check many
uploads. A participant, who checks one, can do nothing about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xacle_eval.submissions.findings import Finding, SubmissionReport, in_order
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count

__all__ = ["drop_unchecked", "merge_unchecked", "split_unchecked"]

_CODE = rule("resources-unchecked").code


def split_unchecked(
    reports: Sequence[SubmissionReport],
) -> tuple[list[SubmissionReport], Finding | None]:
    """Return the reports without the notes XAC112, and one finding for all of them.

    The finding is None if there are no such notes, or only one upload. A challenge file can make
    the note a warning or an error; those stay in their reports.
    """
    left = []
    for report in reports:
        findings = drop_unchecked(report.findings)
        same = len(findings) == len(report.findings)
        left.append(report if same else report.model_copy(update={"findings": findings}))
    number = sum(any(map(_is_note, report.findings)) for report in reports)
    if not number or len({one.package or one.path for one in reports}) == 1:
        return left, None
    where = count(number, "system")
    message = f"resources of {where} not checked: the challenge has no list of approved resources"
    return left, rule("resources-unchecked").finding(message, count=number)


def drop_unchecked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings without the note XAC112, for a report on one upload."""
    return tuple(finding for finding in findings if not _is_note(finding))


def merge_unchecked(reports: Sequence[SubmissionReport]) -> list[SubmissionReport]:
    """Return the reports with one note XAC112 for all, in the first upload that it concerns.

    For formats in which every finding belongs to a file.
    """
    left, finding = split_unchecked(reports)
    if finding is None:
        return left
    first = next(one for one in reports if any(map(_is_note, one.findings)))
    place = next(n for n, one in enumerate(left) if one.path == (first.package or first.path))
    findings = in_order([*left[place].findings, finding])
    left[place] = left[place].model_copy(update={"findings": findings})
    return left


def _is_note(finding: Finding) -> bool:
    return finding.code == _CODE and finding.severity == "info"
