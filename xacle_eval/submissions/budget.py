"""Limits on what one submission costs and prints: its findings, and the contents of a package.

The limits of a file bound each member of a package; these bound all members together. A member that
is not read because of them is an error, so nothing unchecked is valid. They limit counts, never
time, so a verdict does not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.findings import Finding, SubmissionReport, in_order
from xacle_eval.submissions.rules import rule

__all__ = ["MOST_FINDINGS", "Budget", "limit_findings", "limit_reports", "rest_of"]

MOST_FINDINGS = 50
"""The findings of a submission, or of a package with its systems, that are listed one by one."""

# Every system of a package lists at least this many.
_LEAST_FINDINGS = 3

# The most that the prediction files of a package may have together. A valid file has two fields
# for each pair and 10 bytes for each field. Rows with findings are read one by one.
_SIZE, _SIZE_PER_PAIR = 2_000_000, 50
_BYTES_PER_FIELD = 8
_ODD_ROWS, _ODD_ROWS_PER_PAIR = 50_000, 4
# The same for the descriptions. A template that is filled in has 60 values and 2,500 bytes.
_DESCRIPTION_BYTES = 400_000
_DESCRIPTION_VALUES = 20_000
# A challenge that allows more files in a package than this allows more of everything.
_USUAL_MEMBERS = 100


@dataclass(slots=True)
class _Account:
    """A limit and how much of it is used."""

    limit: int
    what: str
    used: int = 0


@dataclass(slots=True)
class Budget:
    """What the files of a package may cost together.

    A file is read if the files before it did not use up a limit, so the first file is always read.
    """

    size: _Account
    odd_rows: _Account
    description_bytes: _Account
    values: _Account

    @classmethod
    def of(cls, challenge: Challenge) -> Budget:
        """Return the budget of a package of a challenge."""
        scale = max(1, -(-challenge.limits.max_members // _USUAL_MEMBERS))
        pairs = len(challenge.manifest)
        columns = max(1, len(challenge.targets))
        size = max(_SIZE, _SIZE_PER_PAIR * pairs * columns) * scale
        odd_rows = max(_ODD_ROWS, _ODD_ROWS_PER_PAIR * pairs) * scale
        return cls(
            _Account(size, "fields (every 8 bytes count as one more) in prediction files"),
            _Account(odd_rows, "rows with findings"),
            _Account(_DESCRIPTION_BYTES * scale, "bytes in descriptions"),
            _Account(_DESCRIPTION_VALUES * scale, "values in descriptions"),
        )

    def charge_predictions(
        self, data: bytes, findings: Iterable[Finding], separator: str = ","
    ) -> None:
        """Count the content of a prediction file that was read, and its rows with findings."""
        fields = data.count(separator.encode()) + data.count(b"\n")
        self.size.used += fields + len(data) // _BYTES_PER_FIELD
        # A pair without a row costs nothing.
        missing = rule("id-missing").code
        self.odd_rows.used += sum(found.count for found in findings if found.code != missing)

    def charge_description(self, size: int, values: int) -> None:
        """Count the content of a description that was read."""
        self.description_bytes.used += size
        self.values.used += values

    def refuse_predictions(self) -> Finding | None:
        """Return the finding for a prediction file that is not read, or None if it is read."""
        return _refusal(self.size, self.odd_rows)

    def refuse_description(self) -> Finding | None:
        """Return the finding for a description that is not read, or None if it is read."""
        return _refusal(self.description_bytes, self.values)


def _refusal(*accounts: _Account) -> Finding | None:
    spent = next((one for one in accounts if one.used > one.limit), None)
    if spent is None:
        return None
    message = f"not read: the files before it have more than {spent.limit:,} {spent.what}"
    return rule("package-too-costly").finding(message)


def rest_of(first: Finding, number: int, count: int) -> Finding:
    """Return one finding in place of others of the same rule as `first`.

    Parameters
    ----------
    first : Finding
        A finding of the rule.
    number : int
        The number of findings that are not listed.
    count : int
        The sum of their counts.
    """
    findings = "finding" if number == 1 else "findings"
    message = f"{number:,} more {findings} of this rule not listed"
    changes = {"message": message, "count": count, "line": None, "column": None, "lines": ()}
    return first.model_copy(update=changes)


def limit_findings(findings: Sequence[Finding], most: int = MOST_FINDINGS) -> tuple[Finding, ...]:
    """Return findings in order, with one finding per rule for those after the first `most`.

    Severities and the sum of the counts of each rule do not change. Every rule is listed before
    a rule is listed again.
    """
    if len(findings) <= most:
        return in_order(findings)
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in in_order(findings):
        groups.setdefault((finding.severity, finding.code), []).append(finding)
    left = max(0, most - len(groups))
    kept: list[Finding] = []
    rest: list[Finding] = []
    for group in groups.values():
        listed = 1 + min(left, len(group) - 1)
        left -= listed - 1
        kept += group[:listed]
        others = group[listed:]
        if others:
            total = sum(finding.count for finding in others)
            rest.append(rest_of(group[0], len(others), total))
    return (*in_order(kept), *rest)


def limit_reports(reports: Sequence[SubmissionReport]) -> list[SubmissionReport]:
    """Return the reports of a package and its systems with a limited number of findings."""
    numbers = [len(report.findings) for report in reports]
    most = MOST_FINDINGS
    while most > _LEAST_FINDINGS and sum(min(most, number) for number in numbers) > MOST_FINDINGS:
        most -= 1
    return [
        report
        if len(report.findings) <= most
        else report.model_copy(update={"findings": limit_findings(report.findings, most)})
        for report in reports
    ]
