"""The errors a user can meet, and the exit code each of them ends in.

::

    XacleEvalError                 2  (never raised itself)
    ├── ChallengeError             2  a challenge file or a name of one
    ├── ReferencesError            2  averages or ratings at fault; carries findings
    ├── RatingsError               2  ratings that cannot be studied as asked (in xacle_eval.listeners)
    ├── TableError                 2  a table of published results at fault
    ├── UsageError                 2  arguments that cannot be meant together
    ├── OutputError                2  a result that could not be written
    └── InvalidSubmissionError     1  a submission that is not scored; carries its report

Exit code 0 is success and 3 an error of this program; no class stands for them.
Messages say what was found, where, what was expected and how to mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from xacle_eval.submissions.findings import Finding, SubmissionReport

__all__ = [
    "ChallengeError",
    "InvalidSubmissionError",
    "OutputError",
    "ReferencesError",
    "TableError",
    "UsageError",
    "XacleEvalError",
]


class XacleEvalError(Exception):
    """Base of every error that is somebody's input, not a fault of this program."""

    exit_code: ClassVar[int] = 2


class ChallengeError(XacleEvalError):
    """A challenge that cannot be loaded.

    Parameters
    ----------
    source : str
        The file or name that was asked for.
    problems : sequence of str
        Every problem found, each beginning with its key.
    """

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.source = source
        self.problems = tuple(problems)
        if len(self.problems) == 1:
            text = f"challenge {source}: {self.problems[0]}"
        else:
            lines = "\n".join(f"  - {problem}" for problem in self.problems)
            text = f"challenge {source}: {len(self.problems)} errors\n{lines}"
        super().__init__(text)


class FindingsError(XacleEvalError):
    """An error about a file whose faults are findings with lines and columns."""

    def __init__(self, path: str, findings: Sequence[Finding], noun: str) -> None:
        self.path = path
        self.findings = tuple(findings)
        lines = [f"{noun} {path} cannot be used:"]
        for finding in self.findings:
            lines.append(f"  - {finding.located(path)} {finding.code} {finding.message}")
            if finding.hint:
                lines.append(f"    {finding.hint}")
        super().__init__("\n".join(lines))


class ReferencesError(FindingsError):
    """References that cannot be used; the caller's fault, located like a submission's."""

    def __init__(self, path: str, findings: Sequence[Finding]) -> None:
        super().__init__(path, findings, "the reference file")


class TableError(FindingsError):
    """A table of results that cannot be ranked."""

    def __init__(self, path: str, findings: Sequence[Finding]) -> None:
        super().__init__(path, findings, "the table")


class UsageError(XacleEvalError):
    """Arguments that do not go together, or a file that is not there."""


class OutputError(XacleEvalError):
    """A result that could not be written; the old file, if any, is untouched."""


class InvalidSubmissionError(XacleEvalError):
    """A submission that is at fault and therefore not scored.

    Parameters
    ----------
    report : SubmissionReport
        Everything that was found in the file.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, report: SubmissionReport) -> None:
        self.report = report
        errors = [finding for finding in report.findings if finding.severity == "error"]
        lines = "\n".join(f"  - {f.located(report.path)} {f.code} {f.message}" for f in errors)
        super().__init__(f"{report.path} is not scored:\n{lines}")
