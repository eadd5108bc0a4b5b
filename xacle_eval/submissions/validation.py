"""Validation of submissions against the rules of a challenge; no reference is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import (
    UsageError,
    XacleEvalError,
    check_arguments,
    is_interrupt,
    is_memory_error,
)
from xacle_eval.io.digests import file_digests
from xacle_eval.submissions.checking import CheckedSubmission, check, check_file
from xacle_eval.submissions.discovery import (
    Located,
    Passed,
    find_submissions,
    is_package,
    require_some,
)
from xacle_eval.submissions.findings import Finding, SubmissionReport
from xacle_eval.submissions.ignored import ignored_uploads
from xacle_eval.submissions.objects import (
    NO_ORDER,
    GivenSystems,
    InOrder,
    Order,
    paths_among,
    require_arrays,
)
from xacle_eval.submissions.reports import SubmissionReports
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.sources import label_of
from xacle_eval.text import typed, visible_path

__all__ = ["PathLike", "Progress", "check_located", "has_bug", "report_bug", "validate"]

Progress = Callable[[Sequence[Located]], Iterable[Located]]
PathLike = str | os.PathLike[str]


def validate(
    *paths: GivenSystems,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    ids: Iterable[str] | None = None,
    order: Order | None = None,
    follow_links: bool = False,
    progress: Progress = iter,
) -> SubmissionReports:
    """Check submissions against the challenge's rules; no reference is read.

    Parameters
    ----------
    *paths : path, predictions in memory, or dict of them
        Prediction files and packages, and folders to search for them. ``-`` is standard input.
        Predictions in memory as for `xacle_eval.score`; a dict of them names the systems.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one.
    split : str, optional
        The split, if not the challenge's default.
    ids : iterable of str, optional
        The id of each value of an array.
    order : "manifest", optional
        The values of an array are in the order of the challenge's manifest.
    follow_links : bool
        Follow symbolic links in folders if they lead to a place in the same folder. Otherwise,
        a link in the place of a submission is an error (XAC126).
    progress : callable, optional
        Wraps the list of files during the check.

    Returns
    -------
    SubmissionReports
        A tuple of `SubmissionReport` in the order of the paths. A package (ZIP) has its own
        report, of the kind ``package``, before the reports of its systems. If an unexpected
        error occurs while a submission is checked, its report has the finding XAC120, and the
        others are checked.

    Raises
    ------
    ChallengeError, UsageError
        If the challenge is invalid, or folders contain no submission.
    """
    check_arguments(follow_links=follow_links, progress=progress)
    loaded = load_challenge(challenge, split)
    reports, passed = validate_all(
        paths, loaded, in_order=InOrder(ids, order), follow_links=follow_links, progress=progress
    )
    return SubmissionReports(
        reports, loaded.name, loaded.split, ignored_uploads(passed, loaded) if passed else ()
    )


def validate_all(
    paths: Sequence[Any],
    challenge: Challenge,
    *,
    in_order: InOrder = NO_ORDER,
    follow_links: bool = False,
    progress: Progress = iter,
) -> tuple[tuple[SubmissionReport, ...], list[Passed]]:
    """Check submissions as `validate` does; also return the ignored files of the folders."""
    require_arrays(in_order, challenge, *paths)
    located, passed = find_submissions(
        paths, challenge, follow_links=follow_links, in_order=in_order
    )
    require_some(located, passed, paths_among(paths))
    reports = (each.report for one in progress(located) for each in check_located(one, challenge))
    return tuple(reports), passed


def check_located(one: Located, challenge: Challenge) -> tuple[CheckedSubmission, ...]:
    """Check a submission: a prediction file, or a package and its systems.

    An unexpected error is a finding about this submission; the others can still be checked.

    Raises
    ------
    XacleEvalError
        If the challenge cannot be used, or a recorded file was changed.
    """
    if one.problem is not None:
        return (_refuse(one, rule("link-not-followed").finding(one.problem), challenge),)
    try:
        found = _check(one, challenge)
        _require_unchanged(one, found)
        return tuple(each for each in found if _counts(one, each))
    except Exception as error:  # noqa: BLE001 -- a bug must not affect other submissions
        return (_refuse(one, report_bug(error, one.shown), challenge),)


def _require_unchanged(one: Located, found: Sequence[CheckedSubmission]) -> None:
    """Refuse a recorded file whose bytes are no longer those that were recorded: a score of other
    values under the name of the team would be wrong, whoever changed them.
    """
    if one.sha256 is None or one.inside is None:
        return
    # A package comes first, and then its systems, which have the hashes of their own files. A file
    # that is not read to its end, such as one that is too large, has no hash yet.
    digest = found[0].report.sha256
    kept = visible_path(str(Path(*one.inside)))
    if digest is None:
        folder, name = one.inside
        ((digest, error),) = file_digests(Path(folder), [name])
        if error is not None:
            raise UsageError(f"cannot read {kept}: {error.strerror or error}")
    if digest != one.sha256:
        raise UsageError(
            f"the kept file of {visible_path(typed(one.shown))} was changed after it was recorded: "
            f"its SHA-256 is {digest}. Add the same upload again to restore it, or copy {kept} "
            "from a backup"
        )


def _counts(one: Located, checked: CheckedSubmission) -> bool:
    """Return whether a system is one of those that count; the package itself always is."""
    report = checked.report
    return one.systems is None or report.kind == "package" or report.system in one.systems


def _refuse(one: Located, finding: Finding, challenge: Challenge) -> CheckedSubmission:
    """Return the report of a submission that was not checked."""
    package = is_package(one.path)
    label = label_of(one.path, challenge.submissions.endings)
    report = SubmissionReport(
        path=one.shown,
        kind="package" if package else "predictions",
        system=label,
        team=one.team or challenge.submissions.team_of(label),
        valid=False,
        pairs=0,
        sha256=None,
        findings=(finding,),
    )
    return CheckedSubmission(report, None)


def _check(one: Located, challenge: Challenge) -> tuple[CheckedSubmission, ...]:
    if one.source is not None:
        team = challenge.submissions.team_of(one.system)
        return (check(one.source, challenge, one.system, team),)
    if one.stdin:
        return (check_file("-", challenge),)
    if not is_package(one.path):
        checked = check_file(one.path, challenge, shown=one.shown, team=one.team, inside=one.inside)
        return (checked,)
    from xacle_eval.submissions.package import check_submission

    return tuple(
        check_submission(one.path, challenge, shown=one.shown, team=one.team, inside=one.inside)
    )


def report_bug(error: Exception, path: str) -> Finding:
    """Return the finding for an unexpected error while a submission is handled (XAC120).

    The traceback is logged at the level ``DEBUG``. The finding names only the kind of the error,
    because its text may contain anything.

    Raises
    ------
    Exception
        The error itself, if it is not a bug: an error of this package, too little memory, or
        an interrupt that other code turned into another error.
    """
    if isinstance(error, XacleEvalError) or is_memory_error(error) or is_interrupt(error):
        raise error
    import logging

    logging.getLogger("xacle_eval").debug("internal error: %r", path, exc_info=error)
    return rule("internal-error").finding(f"unexpected {type(error).__name__}")


def has_bug(findings: Iterable[Finding]) -> bool:
    """Return whether an unexpected error is among the findings (XAC120)."""
    return any(finding.code == rule("internal-error").code for finding in findings)
