"""Causes: findings without those that only follow from another finding of the same file."""

from __future__ import annotations

from collections.abc import Iterable

from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.headers import conflict, ratings_in_place
from xacle_eval.submissions.reading import Reading
from xacle_eval.submissions.rules import rule

__all__ = ["CUT_OFF", "explains_missing", "root_findings", "without_consequences"]

CUT_OFF = "the last line is cut off"
"""The beginning of the message about a file that ends too early."""
# What follows from a finding: a row that cannot be read is neither empty nor missing, and with
# another delimiter every rule about fields is broken.
_CONSEQUENCES = {
    "wrong-delimiter": ("broken-quotes", "file-empty"),
    "broken-quotes": ("file-empty",),
    "field-too-long": ("file-empty",),
    "too-many-rows": ("file-empty",),
    "not-text": ("file-empty", "not-utf8"),
}
# What follows from another delimiter in the same rows: "07500.wav;2,11" has no value 11.
_OF_ROWS = ("out-of-range", "far-out-of-range", "wrong-field-count")
# Findings about ids; if no pair has a row, the pairs are missing because of them.
_ABOUT_IDS = (
    "id-empty",
    "id-unknown",
    "id-of-other-split",
    "id-too-long",
)
# Rows with these findings could not be read, so their pairs are not missing.
_UNREAD = ("too-many-rows", "broken-quotes", "field-too-long")


def without_consequences(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in their order, without those that follow from another one."""
    given = list(findings)
    codes = {finding.code for finding in given}
    dropped = {
        rule(name).code
        for root, names in _CONSEQUENCES.items()
        if rule(root).code in codes
        for name in names
    }
    kept: dict[str, Finding] = {}  # the first finding about each wrong delimiter
    for finding in given:
        if finding.code == rule("wrong-delimiter").code:
            words = finding.message.partition(" (")[0]
            if words not in kept or (finding.line or 0) < (kept[words].line or 0):
                kept[words] = finding
    given = [finding for finding in given if not _is_of_rows(finding, kept.values())]
    again = [finding for finding in given if finding.code == rule("wrong-delimiter").code]
    again = [finding for finding in again if finding not in kept.values()]
    return [one for one in given if one.code not in dropped and one not in again]


def _is_of_rows(finding: Finding, delimiters: Iterable[Finding]) -> bool:
    """Return whether a finding is about a row that has another delimiter."""
    if finding.code not in {rule(name).code for name in _OF_ROWS}:
        return False
    return any(
        finding.line in found.lines or found.count > len(found.lines) for found in delimiters
    )


def root_findings(
    reading: Reading, findings: Iterable[Finding], challenge: Challenge
) -> list[Finding]:
    """Return the findings of a file that name causes, also one that only its lines show.

    Parameters
    ----------
    reading : Reading
        The file.
    findings : iterable of Finding
        All findings so far.
    challenge : Challenge
        Its columns show whether the file has ratings.
    """
    given = list(findings)
    if not any(finding.severity == "error" for finding in given):
        return given
    marks = conflict(reading)
    if marks is not None:
        return [marks]
    if any(finding.code == rule("id-duplicate").code for finding in given):
        ratings = ratings_in_place(reading, challenge)
        if ratings is not None:
            return [ratings]
    return without_consequences(given)


def explains_missing(findings: Iterable[Finding], present: int) -> bool:
    """Return whether findings explain why pairs have no row.

    Parameters
    ----------
    findings : iterable of Finding
        The findings about the rows.
    present : int
        The number of pairs that have a row.
    """
    given = list(findings)
    codes = {finding.code for finding in given}
    if any(rule(name).code in codes for name in _UNREAD):
        return True
    cut = rule("wrong-field-count").code
    if any(finding.code == cut and finding.message.startswith(CUT_OFF) for finding in given):
        return True
    return present == 0 and any(rule(name).code in codes for name in _ABOUT_IDS)
