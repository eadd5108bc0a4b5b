"""`xacle_eval.fix`: a prediction file whose format is corrected, and the check of the result."""

from __future__ import annotations

import os
import zlib
from collections.abc import Container
from dataclasses import dataclass

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, check_arguments
from xacle_eval.io.outputs import write_text
from xacle_eval.io.overwriting import refuse_existing, refuse_overwriting
from xacle_eval.submissions.checking import check
from xacle_eval.submissions.discovery import is_package
from xacle_eval.submissions.findings import SubmissionReport
from xacle_eval.submissions.fixing import Change, NotFixableError, fix_predictions
from xacle_eval.submissions.reading import Source, unreadable
from xacle_eval.submissions.reports import SubmissionReports
from xacle_eval.submissions.sources import label_of, prediction_source
from xacle_eval.text import visible, visible_lines, visible_path

__all__ = ["FixedFile", "fix", "fix_file"]


@dataclass(frozen=True, slots=True, repr=False)
class FixedFile:
    """The result of `xacle_eval.fix`.

    Attributes
    ----------
    path : str
        The prediction file.
    before, text : str or None
        The file before and after the changes; None if it cannot be read or corrected.
    changes : tuple of Change
        What was changed; each has ``what`` and ``lines``.
    problem : str
        Why the rows cannot be corrected, or empty.
    reports : SubmissionReports
        The check of the result, which is one report.
    output : str or None
        The file that was written.
    """

    path: str
    before: str | None
    text: str | None
    changes: tuple[Change, ...]
    problem: str
    reports: SubmissionReports
    output: str | None = None

    @property
    def report(self) -> SubmissionReport:
        """The check of the result: of the corrected file if that is valid."""
        return self.reports[0]

    @property
    def valid(self) -> bool:
        """Whether the result is a valid prediction file."""
        return self.report.valid

    def __str__(self) -> str:
        lines = [str(change) for change in self.changes]
        if self.text is None:
            why = self.problem or "the file cannot be read, or is too large"
            lines = [f"nothing can be fixed: {visible(why, 500)}"]
        elif not lines:
            lines = ["no change: the file has no fault that fix corrects"]
        if self.output is not None:
            lines.append(f"wrote {visible_path(self.output)}")
        return "\n".join([*map(visible_lines, lines), str(self.reports)])

    def __repr__(self) -> str:
        changes = len(self.changes)
        return f"<FixedFile: {visible(self.path)}, changes {changes}, valid {self.valid}>"


def fix(
    file: str | os.PathLike[str],
    *,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
) -> FixedFile:
    """Correct the format of a prediction file, as ``xacle-eval fix`` does.

    The encoding, the delimiter, decimal commas, the header, an index column, the form of the ids
    and the order of the rows are corrected. No value is made up.

    Parameters
    ----------
    file : path
        The prediction file.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one.
    split : str, optional
        The split, if not the challenge's default.
    output : path, optional
        Write the result to this file, atomically, if it is valid. By default nothing is written.
    force : bool
        Overwrite the output if it exists. The prediction file itself is never overwritten.

    Returns
    -------
    FixedFile
        The text, the changes and the check of the result. If it is not ``valid``, nothing was
        written.

    Raises
    ------
    ChallengeError, UsageError
        If the challenge or an argument is invalid, or the file is a package.
    OutputError
        If the output exists or cannot be written.

    Examples
    --------
    >>> import xacle_eval as xe
    >>> found = xe.fix("sample_submissions/TextOnly_Reference_01.csv")
    >>> found.valid, found.changes
    (True, ())
    """
    check_arguments(
        file=file, challenge=challenge, output=output, force=force, optional=("output",)
    )
    named = None if isinstance(challenge, Challenge) else os.fspath(challenge)
    loaded = load_challenge(challenge, split)
    target = None if output is None else os.fspath(output)
    refuse_overwriting({"output": target}, {os.fspath(file): "the submission"}, named)
    refuse_existing([target], force)
    found = fix_file(os.fspath(file), loaded, target)
    if target is None or found.text is None or not found.valid:
        return found
    write_text(target, found.text)
    return FixedFile(
        found.path, found.before, found.text, found.changes, "", found.reports, output=target
    )


def fix_file(file: str, challenge: Challenge, shown: str | None = None) -> FixedFile:
    """Correct the format of a prediction file; write nothing.

    Parameters
    ----------
    file : str
        The prediction file.
    challenge : Challenge
        The challenge with the split.
    shown : str, optional
        The path of the result in its report, if not that of the file.

    Raises
    ------
    UsageError
        If the file is a package, or cannot be read for a reason that is not its own.
    """
    if is_package(file):
        raise UsageError(
            f"{visible(file, 300)} is a package, and fix takes one prediction file; unpack it with "
            "xacle-eval split, and fix each prediction file"
        )
    source = prediction_source(file, challenge.limits.max_bytes)
    label = label_of(file, challenge.submissions.endings)
    data = _read(source, challenge.limits.max_bytes)
    problem = ""
    if data is not None:
        try:
            fixed = fix_predictions(data, challenge)
        except NotFixableError as error:
            problem = str(error)
        else:
            report = _check(fixed.text, shown or source.path, challenge, label)
            if not report.passes():
                left = _check(fixed.in_place, source.path, challenge, label)
                report = _without_columns(left, fixed.changed)
            reports = SubmissionReports([report], challenge.name, challenge.split)
            return FixedFile(source.path, fixed.before, fixed.text, fixed.changes, "", reports)
    team = challenge.submissions.team_of(label)
    reports = SubmissionReports(
        [check(source, challenge, label, team).report], challenge.name, challenge.split
    )
    return FixedFile(source.path, None, None, (), problem, reports)


def _read(source: Source, most: int) -> bytes | None:
    """Return the decompressed file; None if it cannot be read, or is too large."""
    try:
        with source.open() as stream:
            data = stream.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        unreadable(source, error)  # raises an error that is not the file's fault
        return None
    return data if len(data) <= most else None


def _check(text: str, shown: str, challenge: Challenge, label: str) -> SubmissionReport:
    source = Source.of_bytes(text.encode("utf-8", "surrogateescape"), shown)
    return check(source, challenge, label, challenge.submissions.team_of(label)).report


def _without_columns(report: SubmissionReport, changed: Container[int]) -> SubmissionReport:
    """Return a report without places in the lines that are written otherwise in the input."""
    findings = [
        found.model_copy(update={"column": None}) if found.line in changed else found
        for found in report.findings
    ]
    return report.model_copy(update={"findings": findings})
