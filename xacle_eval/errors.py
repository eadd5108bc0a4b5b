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

A missing submission, reference file, challenge or other input is the subclass Missing…Error,
which is also a FileNotFoundError.

Exit code 0 is success, 3 an internal error and 130 an interrupt; they have no class.
Messages state what was found, where, what was expected and how to fix it.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

from xacle_eval.text import LONGEST_MESSAGE, alternatives, nearest, quote, typed, visible

if TYPE_CHECKING:
    from xacle_eval.submissions.findings import Finding, SubmissionReport

__all__ = [
    "ChallengeError",
    "DemoReferencesWarning",
    "InvalidSubmissionError",
    "MissingChallengeError",
    "MissingFileError",
    "MissingReferencesError",
    "MissingSubmissionError",
    "OutputError",
    "ReferencesError",
    "TableError",
    "UsageError",
    "WorkersError",
    "XacleEvalError",
    "XacleEvalWarning",
    "causes_of",
    "check_arguments",
    "check_choice",
    "is_interrupt",
    "is_memory_error",
    "value_text",
]


MOST_SHOWN = 10
"""The findings that the text of an error shows; the error has all of them."""


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
        text = "\n".join(visible(line, LONGEST_MESSAGE) for line in lines)
        super().__init__(text)
        self.args = (text,)  # an OSError keeps what it was created with

    def __reduce__(self) -> tuple[Any, ...]:
        # The arguments of the subclasses are not the lines of the message.
        state = dict(self.__dict__)
        if isinstance(self, OSError):
            state |= {"errno": self.errno, "strerror": self.strerror, "filename": self.filename}
        return _restore, (type(self), self.args, state)


def _restore(
    kind: type[XacleEvalError], args: tuple[str, ...], state: dict[str, Any]
) -> XacleEvalError:
    """Return a pickled error."""
    error = kind.__new__(kind)
    error.args = args
    for name, value in state.items():
        setattr(error, name, value)
    return error


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
    """An invalid file or object; its problems are findings, in a file with lines and columns.

    Parameters
    ----------
    path : str
        The file, or the kind of an object in memory as ``<DataFrame>``.
    findings : sequence of Finding
        The problems, each with how to fix it.
    what : str
        What cannot be used, such as ``table FILE``.
    """

    def __init__(self, path: str, findings: Sequence[Finding], what: str) -> None:
        self.path = path
        self.findings = tuple(findings)
        super().__init__(f"the {what} cannot be used:", *_listed(path, findings))


class ReferencesError(FindingsError):
    """Invalid references, with findings like those of a submission.

    If the file is missing, the error is also a FileNotFoundError.
    """

    def __new__(cls, path: str = "", findings: Sequence[Finding] = ()) -> ReferencesError:
        if cls is ReferencesError and _is_missing(path, findings):
            return MissingReferencesError.__new__(MissingReferencesError)
        return super().__new__(cls)

    def __init__(self, path: str, findings: Sequence[Finding]) -> None:
        if _in_memory(path):
            kind = path[1:-1]
            what = f"references in {'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
        else:
            what = f"reference file {typed(path)}"
        super().__init__(path, findings, what)


class TableError(FindingsError):
    """Invalid table of published results."""

    def __init__(self, path: str, findings: Sequence[Finding]) -> None:
        super().__init__(path, findings, f"table {typed(path)}")


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

    If its file is missing, the error is also a FileNotFoundError.

    Parameters
    ----------
    report : SubmissionReport
        All findings in the file. ``findings`` are those that are errors.
    """

    exit_code: ClassVar[int] = 1

    def __new__(cls, report: SubmissionReport | None = None) -> InvalidSubmissionError:
        unknown = cls is InvalidSubmissionError and report is not None
        if unknown and report is not None and _is_missing(report.path, report.findings):
            return MissingSubmissionError.__new__(MissingSubmissionError)
        return super().__new__(cls)

    def __init__(self, report: SubmissionReport) -> None:
        self.report = report
        self.findings = tuple(each for each in report.findings if each.severity == "error")
        shown = typed(report.path)
        if _in_memory(report.path):
            shown = f"{report.system} {shown}"
        super().__init__(f"{shown} is not scored:", *_listed(report.path, self.findings))


class _MissingInputError(FileNotFoundError):
    """The part of an error about a missing file that is the one of the operating system."""

    def __str__(self) -> str:
        return str(self.args[0])

    def _set_file(self, path: str) -> None:
        self.errno, self.strerror = errno.ENOENT, os.strerror(errno.ENOENT)
        self.filename = typed(path)


class MissingSubmissionError(InvalidSubmissionError, _MissingInputError):
    """A submission that does not exist."""

    def __init__(self, report: SubmissionReport) -> None:
        InvalidSubmissionError.__init__(self, report)
        self._set_file(report.path)


class MissingReferencesError(ReferencesError, _MissingInputError):
    """A reference file that does not exist."""

    def __init__(self, path: str, findings: Sequence[Finding]) -> None:
        ReferencesError.__init__(self, path, findings)
        self._set_file(path)


class MissingChallengeError(ChallengeError, _MissingInputError):
    """A challenge file that does not exist, or an unknown name of a challenge."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        ChallengeError.__init__(self, source, problems)
        self._set_file(source)


class MissingFileError(UsageError, _MissingInputError):
    """Another input that does not exist, such as a receipt.

    Parameters
    ----------
    path : str
        The file.
    message : str
        The text of the error.
    """

    def __init__(self, path: str, message: str) -> None:
        UsageError.__init__(self, message)
        self._set_file(path)


_FILE_MISSING = "XAC001"


def _in_memory(path: str) -> bool:
    """Return whether a path stands for an object, such as ``<DataFrame>``."""
    return path.startswith("<") and path.endswith(">") and path != "<stdin>"


def _is_missing(path: str, findings: Sequence[Finding]) -> bool:
    """Return whether a file could not be read because it does not exist."""
    if not any(each.code == _FILE_MISSING and each.file is None for each in findings):
        return False
    try:
        return not os.path.lexists(typed(path))
    except ValueError:  # a path that no file can have
        return False


def _listed(path: str, findings: Sequence[Finding]) -> list[str]:
    """Return the lines about findings: each with its place, and below it how to fix it."""
    lines = []
    for finding in findings[:MOST_SHOWN]:
        place = finding.located(path, typed)
        lines.append(f"  - {place} {finding.code} {typed(finding.message)}")
        if finding.hint:
            lines.append(f"    {typed(finding.hint)}")
    more = len(findings) - MOST_SHOWN
    if more > 0:
        lines.append(f"  - and {more:,} more: see the findings of the error")
    return lines


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


# The types of the arguments of public functions. The same name means the same in every function.

_LONGEST = 60


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, os.PathLike) and isinstance(os.fspath(value), str)
    )


def _is_flag(value: Any) -> bool:
    return type(value).__name__ in ("bool", "bool_")


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0


def _is_number(value: Any) -> bool:
    with contextlib.suppress(OverflowError):  # a whole number that no float can hold
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    return False


def _list_of(inner: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, Sequence)
        and not isinstance(value, str | bytes | Mapping)
        and all(map(inner, value))
    )


def _is_challenge(value: Any) -> bool:
    return _is_path(value) or hasattr(value, "manifest_of")


def _is_bootstrap(value: Any) -> bool:
    return _is_whole(value) or (hasattr(value, "resamples") and not isinstance(value, type))


def _is_metric(value: Any) -> bool:
    return isinstance(value, str) or hasattr(value, "higher_is_better")


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "text": (_is_text, "text"),
    "path": (_is_path, "a path"),
    "flag": (_is_flag, "True or False"),
    "whole": (_is_whole, "a whole number of 0 or more"),
    "number": (_is_number, "a finite number"),
    "texts": (
        lambda value: _is_text(value) or _list_of(_is_text)(value),
        "text, or a list of text",
    ),
    "wholes": (_list_of(_is_whole), "a list of whole numbers"),
    "mapping": (
        lambda value: isinstance(value, Mapping) and all(map(_is_text, value)),
        "a dict with names as keys",
    ),
    "names": (
        lambda value: (
            isinstance(value, Mapping)
            and all(map(_is_text, value))
            and all(map(_is_text, value.values()))
        ),
        "a dict of text to text",
    ),
    "challenge": (_is_challenge, "the name of a challenge, the path of its file, or a Challenge"),
    "bootstrap": (
        _is_bootstrap,
        "a Bootstrap or a number of resamples, such as bootstrap=1000",
    ),
    "metrics": (
        lambda value: _is_metric(value) or _list_of(_is_metric)(value),
        "a list of names of metrics, or of Metric objects",
    ),
    "function": (callable, "a function"),
}
# The kind of each argument that has the same meaning in every function.
_KIND_OF = {
    "split part system target by by_column against screen order duplicates standardise "
    "correction resample method fallback kernels scheduler label kind platform "
    "phase contact team reason": "text",
    "output path file package receipt pyodide bundle submission python folder replies "
    "lines": "path",
    "profile pairs keep_excluded allow_code follow_links rank_suspicious strict force "
    "share undo history": "flag",
    "seed splits resamples jobs": "whole",
    "margin difference power alpha score between pair_cost level scheduler_timeout "
    "time_limit": "number",
    "metric screenings": "texts",
    "listeners": "wholes",
    "references_of settings texts": "mapping",
    "flags": "names",
    "challenge": "challenge",
    "bootstrap": "bootstrap",
    "metrics": "metrics",
    "progress": "function",
}
_BY_NAME = {name: kind for names, kind in _KIND_OF.items() for name in names.split()}


def check_arguments(*, optional: Iterable[str] = (), **given: Any) -> None:
    """Check the types of arguments.

    Parameters
    ----------
    optional : iterable of str
        The arguments that can be None.
    **given : object
        The arguments by name.

    Raises
    ------
    UsageError
        If one has another type than its name says.
    """
    absent = frozenset(optional)
    for name, value in given.items():
        if value is None and name in absent:
            continue
        accepts, expected = _KINDS[_BY_NAME[name]]
        if not accepts(value):
            none = " (or None)" if name in absent else ""
            raise UsageError(f"{name} must be {expected}{none}; got {value_text(value)}")


def value_text(value: Any) -> str:
    """Return a value for a message, with its type unless it is a plain one."""
    kind = visible(type(value).__name__, _LONGEST)
    if value is None:
        return kind.removesuffix("Type")
    with contextlib.suppress(ValueError):  # a number of more digits than Python writes
        if isinstance(value, str | Real):
            return visible(repr(value), _LONGEST)
    return f"a value of the type {kind}"


def check_choice(name: str, value: object, known: Iterable[str]) -> None:
    """Raise UsageError unless a value is one of the known names; suggest the nearest.

    Parameters
    ----------
    name : str
        The argument.
    value : object
        What was given.
    known : iterable of str
        The accepted names.
    """
    names = list(known)
    if isinstance(value, str) and value in names:
        return
    message = f"{name} must be {alternatives(names)}; got "
    if not isinstance(value, str):
        raise UsageError(message + value_text(value))
    guess = nearest(value, names)
    suggestion = f"; did you mean {quote(guess)}?" if guess else ""
    raise UsageError(f"{message}{quote(value, _LONGEST)}{suggestion}")
