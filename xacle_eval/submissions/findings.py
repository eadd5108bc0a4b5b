"""Findings: what was found in a file, where, and how to mend it; and the report on one submission."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SHOWN_LINES",
    "Finding",
    "Member",
    "Severity",
    "SubmissionReport",
    "count_passed",
    "in_order",
]

Severity = Literal["error", "warning", "info"]

SHOWN_LINES = 5
"""How many lines a grouped finding names."""


class Finding(BaseModel):
    """One thing found in a file; the same fault in many lines is one finding with a count.

    ``line`` and ``column`` are those a text editor shows, counted from 1; ``line`` is that of
    the first occurrence and ``lines`` holds the first ones. They are None for the whole file.
    ``file`` is the file that the finding is about, where that is not the submission's own: the
    description that goes with the predictions, for one.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    code: str
    severity: Severity
    title: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    count: int = 1
    lines: tuple[int, ...] = ()
    hint: str = ""

    def located(self, path: str) -> str:
        """Return ``path:line:column`` as far as it is known; the finding's own file stands before
        `path`.
        """
        parts = [
            self.file or path,
            *(str(part) for part in (self.line, self.column) if part is not None),
        ]
        return ":".join(parts)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings errors first, then by file and line: what a person must mend stands on top."""
    severities = ("error", "warning", "info")
    return tuple(
        sorted(
            findings,
            key=lambda f: (severities.index(f.severity), f.file or "", f.line or 0, f.code),
        )
    )


class Member(BaseModel):
    """A file inside a package: its name as the archive gives it, its size unpacked, and its hash."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    name: str
    bytes: int
    sha256: str


class SubmissionReport(BaseModel):
    """What the check of one submission says.

    ``valid`` is whether it can be scored, ``pairs`` how many predictions were read for known
    pairs, ``sha256`` the hash of the file's bytes (None if it could not be read to its end).
    A ZIP has a report of its own, of the kind ``package``, whose ``members`` are its files and
    whose ``valid`` is about what concerns it as a whole; each system in it has one too, whose
    ``path`` leads through the ZIP that ``package`` names.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    path: str
    kind: Literal["predictions", "package"] = "predictions"
    package: str | None = None
    system: str
    team: str
    valid: bool
    pairs: int
    sha256: str | None
    members: tuple[Member, ...] = ()
    findings: tuple[Finding, ...] = ()

    def counts(self) -> dict[Severity, int]:
        """Return the number of findings of each severity."""
        severities: tuple[Severity, ...] = ("error", "warning", "info")
        return {kind: sum(f.severity == kind for f in self.findings) for kind in severities}

    def passes(self, strict: bool = False) -> bool:
        """Return whether the submission is fit to be sent; `strict` lets warnings fail it too."""
        return self.valid and not (strict and self.counts()["warning"])

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each finding."""
        import pandas as pd

        columns = ["path", "system", "team", *Finding.model_fields]
        rows = [
            {"path": self.path, "system": self.system, "team": self.team, **finding.model_dump()}
            for finding in self.findings
        ]
        return pd.DataFrame(rows, columns=columns)


def count_passed(reports: Sequence[SubmissionReport], strict: bool = False) -> tuple[int, int]:
    """Return how many submissions passed, and how many there are.

    Systems are count_passed, and packages in which none could be read; a system fails with its package.
    """
    with_systems = {report.package for report in reports if report.package is not None}
    failed = {
        report.path for report in reports if report.kind == "package" and not report.passes(strict)
    }
    one_by_one = [report for report in reports if report.path not in with_systems]
    passed = sum(report.passes(strict) and report.package not in failed for report in one_by_one)
    return passed, len(one_by_one)
