"""Validation of submissions against the rules of a challenge; no reference is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.checking import CheckedSubmission, check_file
from xacle_eval.submissions.discovery import Located, find_submissions, is_package, require_some
from xacle_eval.submissions.findings import SubmissionReport

__all__ = ["PathLike", "Progress", "check_located", "validate"]


def validate(
    *paths: PathLike,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    progress: Progress = iter,
) -> tuple[SubmissionReport, ...]:
    """Check submissions against the challenge's rules; no reference is read.

    Parameters
    ----------
    *paths : path
        Prediction files and packages, and folders to search for them.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one.
    split : str, optional
        The split, if not the challenge's default.
    progress : callable, optional
        Wraps the list of files during the check.

    Returns
    -------
    tuple of SubmissionReport
        In the order of the paths. A package (ZIP) has its own report, of the kind ``package``,
        before the reports of its systems.

    Raises
    ------
    ChallengeError, UsageError
        If the challenge is invalid, or folders contain no submission.
    """
    loaded = load_challenge(challenge, split)
    located, passed = find_submissions(paths, loaded)
    require_some(located, passed, paths)
    checked = (check_located(one, loaded) for one in progress(located))
    return tuple(each.report for each in chain.from_iterable(checked))


def check_located(one: Located, challenge: Challenge) -> Iterable[CheckedSubmission]:
    """Check a submission: a prediction file, or a package and its systems."""
    if not is_package(one.path):
        return (check_file(one.path, challenge, shown=one.shown, team=one.team),)
    from xacle_eval.submissions.package import check_submission

    return check_submission(one.path, challenge, shown=one.shown, team=one.team)


Progress = Callable[[Sequence[Located]], Iterable[Located]]


PathLike = str | os.PathLike[str]
