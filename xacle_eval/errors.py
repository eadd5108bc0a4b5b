"""Errors that users can see, each with its exit code.

::

    XacleEvalError                 2  base class, never raised directly
    ├── ChallengeError             2  invalid challenge file or unknown challenge
    ├── ReferencesError            2  invalid averages or ratings; has findings
    ├── RatingsError               2  ratings unsuitable for an analysis (in xacle_eval.listeners)
    ├── TableError                 2  invalid table of published results; has findings
    ├── UsageError                 2  invalid or contradictory arguments
    ├── OutputError                2  result that cannot be written
    ├── WorkersError               2  worker processes or a cluster that stopped working
    └── InvalidSubmissionError     1  invalid submission, not scored; has its report

Exit code 0 is success, 3 an internal error and 130 an interrupt; they have no class.
Messages state what was found, where, what was expected and how to fix it.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from xacle_eval.text import LONGEST_MESSAGE, typed, visible

if TYPE_CHECKING:
    from xacle_eval.submissions.findings import Finding, SubmissionReport

__all__ = [
    "ChallengeError",
    "DemoReferencesWarning",
    "InvalidSubmissionError",
    "OutputError",
    "ReferencesError",
    "TableError",
    "UsageError",
    "WorkersError",
    "XacleEvalError",
    "XacleEvalWarning",
    "causes_of",
    "is_interrupt",
    "is_memory_error",
]


class XacleEvalError(Exception):
    """Base class of every error caused by input, not by a bug in this program.

    Parameters
    ----------
    *lines : str
        The lines of the message. Invisible characters and line breaks inside a line are written
        as escapes: a name can hold some, and must not look like another message.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(visible(line, LONGEST_MESSAGE) for line in lines))


class ChallengeError(XacleEvalError):
    """A challenge that cannot be loaded.

    Parameters
    ----------
    source : str
        The file or name that was given.
    problems : sequence of str
        Every problem found, each starting with its key.
    """

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.source = source
        self.problems = tuple(problems)
        if len(self.problems) == 1:
            super().__init__(f"challenge {source}: {self.problems[0]}")
        else:
            lines = (f"  - {problem}" for problem in self.problems)
            super().__init__(f"challenge {source}: {len(self.problems)} errors", *lines)


class FindingsError(XacleEvalError):
    """An invalid file; its problems are findings with lines and columns."""

    def __init__(self, path: str, findings: Sequence[Finding], noun: str) -> None:
        self.path = path
        self.findings = tuple(findings)
        lines = [f"{noun} {typed(path)} cannot be used:"]
        for finding in self.findings:
            place = finding.located(path, typed)
            lines.append(f"  - {place} {finding.code} {typed(finding.message)}")
            if finding.hint:
                lines.append(f"    {typed(finding.hint)}")
        super().__init__(*lines)


class ReferencesError(FindingsError):
    """Invalid references, with findings like those of a submission."""

    def __init__(self, path: str, findings: Sequence[Finding]) -> None:
        super().__init__(path, findings, "the reference file")


class TableError(FindingsError):
    """Invalid table of published results."""

    def __init__(self, path: str, findings: Sequence[Finding]) -> None:
        super().__init__(path, findings, "the table")


class UsageError(XacleEvalError):
    """Invalid or contradictory arguments, or a missing file."""


class OutputError(XacleEvalError):
    """A result that cannot be written; an existing file is unchanged."""


class WorkersError(XacleEvalError):
    """Worker processes that were killed, or a cluster that does not answer correctly."""


class XacleEvalWarning(RuntimeWarning):
    """Work that continues in another way, such as with slower kernels; the results are the same."""


class DemoReferencesWarning(UserWarning):
    """Scores against the bundled demo ratings, which are synthetic.

    `xacle_eval.score`, `leaderboard` and `compare` give it once per call if no references are
    passed and the challenge has demo ratings, or if these are passed.
    """


class InvalidSubmissionError(XacleEvalError):
    """An invalid submission, which is not scored.

    Parameters
    ----------
    report : SubmissionReport
        All findings in the file.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, report: SubmissionReport) -> None:
        self.report = report
        errors = [finding for finding in report.findings if finding.severity == "error"]
        lines = (
            f"  - {found.located(report.path, typed)} {found.code} {typed(found.message)}"
            for found in errors
        )
        super().__init__(f"{typed(report.path)} is not scored:", *lines)


def is_interrupt(error: BaseException | None) -> bool:
    """Return whether an exception is an interrupt, or was raised because of one."""
    return any(isinstance(each, KeyboardInterrupt) for each in causes_of(error))


# How libraries report too little memory by other types: the thread that cannot start, the shared
# library that cannot be loaded.
_MEMORY_TEXTS = ("can't start new thread", "cannot allocate memory", "failed to map segment")


def is_memory_error(error: BaseException | None) -> bool:
    """Return whether an exception is too little memory, or was raised because of it."""
    return any(
        isinstance(each, MemoryError)
        or (isinstance(each, OSError) and each.errno == errno.ENOMEM)
        or (
            isinstance(each, ImportError | OSError | RuntimeError)
            and any(text in str(each).lower() for text in _MEMORY_TEXTS)
        )
        for each in causes_of(error)
    )


def causes_of(error: BaseException | None) -> list[BaseException]:
    """Return an exception and the ones that caused it."""
    seen: list[BaseException] = []
    while error is not None and not any(error is each for each in seen):
        seen.append(error)
        error = error.__cause__ or error.__context__
    return seen
