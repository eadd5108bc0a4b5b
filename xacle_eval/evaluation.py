"""Evaluation of one submission: a file, or predictions in memory, to a ScoreCard."""

from __future__ import annotations

import os
from collections.abc import Mapping

from xacle_eval.challenge import Challenge
from xacle_eval.challenge_files import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.references import References, load_references
from xacle_eval.scoring import ScoreCard, Scorer
from xacle_eval.submissions.checking import CheckedSubmission, check, check_file
from xacle_eval.submissions.reading import Source
from xacle_eval.uncertainty import Bootstrap

__all__ = ["checked_submission", "score", "score_checked"]


def score(
    submission: str | os.PathLike[str] | Mapping[str, float],
    references: str | os.PathLike[str] | Mapping[str, float] | References | None = None,
    *,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    system: str | None = None,
    bootstrap: Bootstrap | None = None,
    profile: bool = False,
) -> ScoreCard:
    """Score one submission.

    Parameters
    ----------
    submission : path, or mapping of id to prediction
        A prediction file, or predictions as a dict or a pandas Series indexed by id; exactly one
        finite prediction for every pair of the split, on the challenge's scale.
    references : path, mapping of id to mean rating, or References, optional
        Averages or per-listener ratings; by default what the challenge brings.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one.
    split : str, optional
        The split, if not the challenge's default.
    system : str, optional
        The system's label, if not the file's name.
    bootstrap : Bootstrap, optional
        Asks for the interval of every metric.
    profile : bool
        Asks for where the error comes from, as ``ScoreCard.profile``.

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
        If what it is held against is at fault.
    """
    loaded = load_challenge(challenge, split)
    scorer = Scorer(loaded, load_references(references, loaded))
    return score_checked(checked_submission(submission, loaded, system), scorer, bootstrap, profile)


def score_checked(
    checked: CheckedSubmission, scorer: Scorer, bootstrap: Bootstrap | None = None, profile: bool = False
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
    if bootstrap is not None:
        from xacle_eval.resampled import bounded_card

        card = bounded_card(card, scorer, checked.predictions, bootstrap)
    if profile:
        from xacle_eval.error_profiles import error_profile

        found = error_profile(checked.predictions, scorer.references, scorer.challenge.manifest.ids)
        card = card.model_copy(update={"profile": found})
    return card


def checked_submission(
    submission: str | os.PathLike[str] | Mapping[str, float], challenge: Challenge, system: str | None = None
) -> CheckedSubmission:
    """Check a file or a mapping by the same rules."""
    if isinstance(submission, str | os.PathLike):
        checked = check_file(submission, challenge)
        return checked if system is None else _relabelled(checked, system, challenge)
    label = system or "predictions"
    source = Source.of_mapping(submission, (challenge.ids.column, challenge.predictions.column))
    return check(source, challenge, label, challenge.submissions.team_of(label))


def _relabelled(checked: CheckedSubmission, system: str, challenge: Challenge) -> CheckedSubmission:
    names = {"system": system, "team": challenge.submissions.team_of(system)}
    return CheckedSubmission(checked.report.model_copy(update=names), checked.predictions)
