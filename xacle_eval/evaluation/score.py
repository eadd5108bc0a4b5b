"""Evaluation of one submission: a file, a system of a package, or predictions in memory, to a
ScoreCard.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import InvalidSubmissionError, UsageError
from xacle_eval.evaluation.claims import Claims
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.references.loading import load_references
from xacle_eval.references.model import References
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.checking import CheckedSubmission, check, check_file
from xacle_eval.submissions.discovery import is_package
from xacle_eval.submissions.reading import Source
from xacle_eval.text import listing, nearest, quote, visible

__all__ = ["check_systems", "score", "score_checked"]


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
    loaded = load_challenge(challenge, split)
    scorer = Scorer(loaded, load_references(references, loaded))
    claims = Claims(loaded, references_of, scorer)
    return score_checked(_one(submission, loaded, system), scorer, bootstrap, profile, claims)


def score_checked(
    checked: CheckedSubmission,
    scorer: Scorer,
    bootstrap: Bootstrap | None = None,
    profile: bool = False,
    claims: Claims | None = None,
) -> ScoreCard:
    """Score a checked submission, with intervals and the error profile if they are asked for.

    Raises
    ------
    InvalidSubmissionError
        If the check found an error.
    """
    card = scorer.card(checked)
    if checked.predictions is None:
        return card
    if claims is not None and (found := claims.findings(checked)):
        card = card.model_copy(update={"findings": (*card.findings, *found)})
    if bootstrap is not None:
        from xacle_eval.evaluation.uncertainty import with_intervals

        card = with_intervals(card, scorer, checked.predictions, bootstrap)
    if profile:
        from xacle_eval.evaluation.profile import profile_against

        profiled = profile_against(
            checked.predictions, scorer.references, scorer.challenge.manifest.ids
        )
        card = card.model_copy(update={"profile": profiled})
    return card


def _one(
    submission: str | os.PathLike[str] | Mapping[str, float],
    challenge: Challenge,
    system: str | None,
) -> CheckedSubmission:
    """Check a file, the one system of a package, or a mapping, by the same rules."""
    if isinstance(submission, str | os.PathLike):
        systems = check_systems(submission, challenge, system)
        if len(systems) > 1:
            labels = listing((visible(one.report.system) for one in systems), 10)
            path = visible(systems[0].report.package or "")
            raise UsageError(f"{path} holds {len(systems)} systems: name one of {labels}")
        return systems[0]
    label = system or "predictions"
    source = Source.of_mapping(submission, (challenge.ids.column, challenge.predictions.column))
    return check(source, challenge, label, challenge.submissions.team_of(label))


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
