"""Findings: problems in a file, their places and how to fix them; and a submission's report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from xacle_eval.models.frames import frame_of_rows
from xacle_eval.models.model import Model, Result
from xacle_eval.text import PathText

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SHOWN_LINES",
    "Finding",
    "IgnoredUpload",
    "Member",
    "Severity",
    "SubmissionReport",
    "count_passed",
    "in_order",
]

Severity = Literal["error", "warning", "info"]

SHOWN_LINES = 5
"""The number of lines that a grouped finding lists."""


class Finding(Model):
    """One problem in a file; the same problem in many lines is one finding with a count.

    ``line`` and ``column`` are the ones that a text editor shows, from 1, or None for the whole
    file. ``line`` is the first line with the problem, ``lines`` the first few. ``file`` is the file
    that the finding is about if it is not the submission itself, such as a description.
    """

    code: str
    severity: Severity
    title: str
    message: PathText
    file: PathText | None = None
    line: int | None = None
    column: int | None = None
    count: int = 1
    lines: tuple[int, ...] = ()
    hint: PathText = ""

    def located(self, path: str, show: Callable[[str], str] = str) -> str:
        """Return ``path:line:column`` as far as it is known; the finding's own file replaces
        `path`.

        `show` returns the form of the path that is shown, such as `xacle_eval.text.typed`.
        """
        parts = [
            show(self.file or path),
            *(str(part) for part in (self.line, self.column) if part is not None),
        ]
        return ":".join(parts)


class IgnoredUpload(Finding):
    """A warning about an ignored upload, ``file``, of a team; folders end in ``/`` (XAC063).

    The note about files that no submission needs, such as ``Thumbs.db``, names them in its message;
    its ``team`` is empty.
    """

    team: str


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings with errors first, then by file and line."""
    severities = ("error", "warning", "info")
    return tuple(
        sorted(
            findings,
            key=lambda f: (severities.index(f.severity), f.file or "", f.line or 0, f.code),
        )
    )


class Member(Model):
    """A file inside a package: its name in the archive, its unpacked size and its hash."""

    name: str
    bytes: int
    sha256: str


class SubmissionReport(Result):
    """The result of checking one submission.

    ``valid`` is whether it can be scored, ``pairs`` the number of predictions for known pairs,
    ``sha256`` the hash of the file (None if it could not be read to its end). A ZIP has its own
    report, of the kind ``package``: ``members`` are its files, and ``valid`` is about the package
    as a whole. Each system in it has a report too; its ``package`` names the ZIP, and its ``path``
    begins with it.
    """

    path: PathText
    kind: Literal["predictions", "package"] = "predictions"
    package: PathText | None = None
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
        """Return whether the submission is valid; with `strict`, warnings make it invalid too."""
        return self.valid and not (strict and self.counts()["warning"])

    def to_frame(self) -> pd.DataFrame:
        """Return a table with one row per finding."""
        columns = ["path", "system", "team", *Finding.model_fields]
        rows = [
            {"path": self.path, "system": self.system, "team": self.team, **finding.model_dump()}
            for finding in self.findings
        ]
        return frame_of_rows(rows, columns)


def count_passed(reports: Sequence[SubmissionReport], strict: bool = False) -> tuple[int, int]:
    """Return the number of submissions that passed, and the total.

    Systems count, and packages without a readable system; a system fails with its package.
    """
    with_systems = {report.package for report in reports if report.package is not None}
    failed = {
        report.path for report in reports if report.kind == "package" and not report.passes(strict)
    }
    one_by_one = [report for report in reports if report.path not in with_systems]
    passed = sum(report.passes(strict) and report.package not in failed for report in one_by_one)
    return passed, len(one_by_one)
