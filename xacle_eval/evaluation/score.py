"""Evaluation of one submission: a file, a system of a package, or predictions in memory, to a
ScoreCard.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import InvalidSubmissionError, UsageError
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.references.loading import load_references
from xacle_eval.references.model import References
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.checking import CheckedSubmission, check, check_file
from xacle_eval.submissions.discovery import is_package
from xacle_eval.submissions.reading import Source
from xacle_eval.text import listing, nearest, quote, visible

if TYPE_CHECKING:
    from xacle_eval.evaluation.claims import Claims

__all__ = ["check_systems", "score", "score_checked", "score_systems"]


def score(
    submission: str | os.PathLike[str] | Mapping[str, float],
    references: str | os.PathLike[str] | Mapping[str, float] | References | None = None,
    *,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    system: str | None = None,
    bootstrap: Bootstrap | None = None,
    profile: bool = False,
    references_of: Mapping[str, str | os.PathLike[str] | References] | None = None,
) -> ScoreCard:
    """Score one submission.

    Parameters
    ----------
    submission : path, or mapping of id to prediction
        A prediction file, a package with one, or predictions as a dict or a pandas Series indexed
        by id; exactly one finite prediction for every pair of the split, on the challenge's scale.
    references : path, mapping of id to mean rating, or References, optional
        Averages or per-listener ratings; by default what the challenge brings.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one.
    split : str, optional
        The split, if not the challenge's default.
    system : str, optional
        The system's label, if not the file's name; of a package with several systems the one to
        score.
    bootstrap : Bootstrap, optional
        Asks for the interval of every metric.
    profile : bool
        Asks for where the error comes from, as ``ScoreCard.profile``.
    references_of : mapping of split to path or References, optional
        References of other splits, for which the package may hold predictions: results that its
        description claims are held against them.

    Returns
    -------
    ScoreCard
        SRCC, LCC and KTAU in [-1, 1] and MSE in squared units of the scale; equations (1) to
        (5) of the XACLE paper, tie-aware (see `xacle_eval.metrics`).

    Raises
    ------
    InvalidSubmissionError
        If the submission is at fault; it is not scored.
    ReferencesError, ChallengeError, UsageError
        If what it is held against is at fault, or a package has several systems and none is named.
    """
    cards = score_systems(
        submission,
        references,
        challenge=challenge,
        split=split,
        system=system,
        bootstrap=bootstrap,
        profile=profile,
        references_of=references_of,
        single=True,
    )
    return next(cards)


def score_systems(
    submission: str | os.PathLike[str] | Mapping[str, float],
    references: str | os.PathLike[str] | Mapping[str, float] | References | None = None,
    *,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    system: str | None = None,
    bootstrap: Bootstrap | None = None,
    profile: bool = False,
    references_of: Mapping[str, str | os.PathLike[str] | References] | None = None,
    single: bool = False,
) -> Iterator[ScoreCard]:
    """Score every system of a submission, one after the other.

    Parameters
    ----------
    submission, references, challenge, split, system, bootstrap, profile, references_of
        As for `score`.
    single : bool
        Refuse a package with several systems, unless `system` names one.

    Yields
    ------
    ScoreCard
        One for a prediction file or a mapping, one for each system of a package.

    Raises
    ------
    InvalidSubmissionError, ReferencesError, ChallengeError, UsageError
        As for `score`.
    """
    loaded = load_challenge(challenge, split)
    scorer = Scorer(loaded, load_references(references, loaded))
    claims = _claims(submission, scorer, references_of)
    systems = _check(submission, loaded, system)
    if single and len(systems) > 1:
        labels = listing((visible(one.report.system) for one in systems), 10)
        path = visible(systems[0].report.package or "")
        raise UsageError(f"{path} holds {len(systems)} systems; select one by its label: {labels}")
    for checked in systems:
        yield _score_one(checked, scorer, bootstrap, profile, claims)


def _claims(
    submission: object,
    scorer: Scorer,
    references_of: Mapping[str, str | os.PathLike[str] | References] | None,
) -> Claims | None:
    """Return what checks the results that descriptions claim; only packages hold descriptions."""
    package = isinstance(submission, str | os.PathLike) and is_package(submission)
    if not package and not references_of:
        return None
    from xacle_eval.evaluation.claims import Claims

    return Claims(scorer.challenge, references_of, scorer)


def _score_one(
    checked: CheckedSubmission,
    scorer: Scorer,
    bootstrap: Bootstrap | None,
    profile: bool,
    claims: Claims | None,
) -> ScoreCard:
    """Score a checked submission, with intervals and the error profile if they are requested."""
    card = score_checked(checked, scorer, claims)
    if checked.predictions is None:
        return card
    if bootstrap is not None:
        from xacle_eval.evaluation.uncertainty import with_intervals

        card = with_intervals(card, scorer, checked.predictions, bootstrap)
    if profile:
        from xacle_eval.evaluation.profile import profile_against

        ids = scorer.challenge.manifest.ids
        found = profile_against(checked.predictions, scorer.references, ids)
        card = card.model_copy(update={"profile": found})
    return card


def score_checked(
    checked: CheckedSubmission, scorer: Scorer, claims: Claims | None = None
) -> ScoreCard:
    """Score a checked submission, and check the results that its description claims.

    Raises
    ------
    InvalidSubmissionError
        If the check found an error.
    """
    card = scorer.card(checked)
    if claims is not None and (found := claims.findings(checked)):
        card = card.model_copy(update={"findings": (*card.findings, *found)})
    return card


def _check(
    submission: str | os.PathLike[str] | Mapping[str, float],
    challenge: Challenge,
    system: str | None,
) -> tuple[CheckedSubmission, ...]:
    """Check a file, the systems of a package, or a mapping, by the same rules."""
    if isinstance(submission, str | os.PathLike):
        return check_systems(submission, challenge, system)
    label = system or "predictions"
    columns = (challenge.ids.column, challenge.predictions.column)
    source = Source.of_mapping(submission, columns)
    return (check(source, challenge, label, challenge.submissions.team_of(label)),)


def check_systems(
    path: str | os.PathLike[str], challenge: Challenge, system: str | None = None
) -> tuple[CheckedSubmission, ...]:
    """Check a prediction file, or the systems of a package.

    Parameters
    ----------
    path : path
        The file.
    challenge : Challenge
        What is asked of it.
    system : str, optional
        For a prediction file its label, if not the file's name; of a package the system that is
        meant.

    Returns
    -------
    tuple of CheckedSubmission
        One for a file, one for each system of a package.

    Raises
    ------
    InvalidSubmissionError
        If a package as a whole is at fault.
    UsageError
        If a package has no system of that label.
    """
    if not is_package(path):
        checked = check_file(path, challenge)
        return (checked if system is None else _relabelled(checked, system, challenge),)
    from xacle_eval.submissions.package import check_submission

    package, *systems = check_submission(path, challenge)
    if not package.report.valid:
        raise InvalidSubmissionError(package.report)
    chosen = tuple(one for one in systems if system in (None, one.report.system))
    if not chosen:
        labels = [one.report.system for one in systems]
        guess = nearest(system or "", labels)
        known = (
            f"did you mean {visible(guess)}?"
            if guess
            else f"it has {listing(map(visible, labels), 10)}"
        )
        raise UsageError(
            f"{visible(package.report.path)} has no system {quote(system or '')}; {known}"
        )
    return chosen


def _relabelled(checked: CheckedSubmission, system: str, challenge: Challenge) -> CheckedSubmission:
    names = {"system": system, "team": challenge.submissions.team_of(system)}
    return replace(checked, report=checked.report.model_copy(update=names))
