"""Scoring: score a prediction file, the systems of a package, or predictions in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.errors import InvalidSubmissionError, UsageError, check_arguments
from xacle_eval.evaluation.breakdown import break_down, check_column
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.metrics import Metric
from xacle_eval.references.demo import warn_of_demo
from xacle_eval.references.model import GivenReferences, OneReferences, References
from xacle_eval.references.targets import load_all
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.checking import CheckedSubmission, check, check_file
from xacle_eval.submissions.discovery import is_package
from xacle_eval.submissions.findings import SubmissionReport
from xacle_eval.submissions.labels import LABEL_CODES
from xacle_eval.submissions.objects import (
    GivenPredictions,
    InOrder,
    Order,
    has_systems,
    is_in_memory,
    require_arrays,
    source_of,
)
from xacle_eval.submissions.severities import adjust
from xacle_eval.text import did_you_mean, listing, quote, visible, visible_path

if TYPE_CHECKING:
    from xacle_eval.evaluation.claims import Claims
    from xacle_eval.results.targets import TargetScores

__all__ = ["check_submission", "check_systems", "score", "score_checked", "score_systems"]


def score(
    submission: GivenPredictions,
    references: GivenReferences = None,
    *,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    part: str | None = None,
    system: str | None = None,
    bootstrap: Bootstrap | int | None = None,
    profile: bool = False,
    by_column: str | None = None,
    references_of: Mapping[str, OneReferences] | None = None,
    metrics: Sequence[str | Metric] | None = None,
    allow_code: bool = False,
    ids: Iterable[str] | None = None,
    order: Order | None = None,
) -> ScoreCard | Any:
    """Score one submission.

    Parameters
    ----------
    submission : path, or predictions in memory
        A prediction file or a package; a dict or a Series by id; a data frame with the columns of
        a prediction file, or with the ids as its index; or an array, list or tensor with `ids` or
        `order`. It has exactly one finite prediction for every pair of the split, on the
        challenge's scale. For several targets, a dict has such predictions by target.
    references : path, References or references in memory, optional
        Averages or per-listener ratings, as for `xacle_eval.load_references`; by default the
        challenge's bundled references. For several targets: a file or a data frame with a column
        for each, or a mapping of target to references.
    challenge : str, path or Challenge
        The name of a bundled challenge, a challenge file, or a loaded challenge.
    split : str, optional
        The split to score; by default that of the challenge file.
    part : str, optional
        The part of the split to score; by default all of it. The submission covers all of it.
    system : str, optional
        The label of the system; by default the file's name. For a package with several systems,
        the system to score.
    bootstrap : Bootstrap or int, optional
        Add an interval for every metric. A number means so many resamples.
    profile : bool
        Add the error profile as ``ScoreCard.profile``.
    by_column : str, optional
        Add the metrics for each value of this column of the pairs file, as
        ``ScoreCard.breakdown``; with `bootstrap`, also their intervals.
    references_of : mapping of split to references, optional
        References of other splits. Results that a package's description claims are checked
        against the scores of its predictions for those splits.
    metrics : sequence of str or Metric, optional
        The metrics to compute, by name or as own ones, beside those of the ranking's order; by
        default those of the challenge file.
    allow_code : bool
        Import the own metrics that the challenge file names.
    ids : iterable of str, optional
        The id of each value of an array, of predictions and of references.
    order : "manifest", optional
        The values of arrays are in the order of the challenge's manifest. It must be asked for,
        because no check can find a wrong order.

    Returns
    -------
    ScoreCard
        SRCC, LCC and KTAU in [-1, 1] and MSE in squared points of the scale. Ties are handled as
        in `xacle_eval.metrics`. For a challenge with several targets, a `TargetScores` with a
        score card for each.

    Raises
    ------
    InvalidSubmissionError
        If the submission has errors; it is not scored.
    ReferencesError, ChallengeError
        If the references or the challenge file have errors.
    UsageError
        If a package has several systems and `system` is missing or unknown, if the references
        are of another split, or if listeners cannot be resampled.

    Notes
    -----
    Source: XACLE paper, equations (1) to (5).
    """
    cards = score_systems(
        submission,
        references,
        challenge=challenge,
        split=split,
        part=part,
        system=system,
        bootstrap=bootstrap,
        profile=profile,
        by_column=by_column,
        references_of=references_of,
        metrics=metrics,
        allow_code=allow_code,
        ids=ids,
        order=order,
        single=True,
    )
    card = next(cards)
    found = [card] if isinstance(card, ScoreCard) else card.targets.values()
    warn_of_demo(one.references for one in found)
    return card


def score_systems(
    submission: GivenPredictions,
    references: GivenReferences = None,
    *,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    part: str | None = None,
    system: str | None = None,
    bootstrap: Bootstrap | int | None = None,
    profile: bool = False,
    by_column: str | None = None,
    references_of: Mapping[str, OneReferences] | None = None,
    metrics: Sequence[str | Metric] | None = None,
    allow_code: bool = False,
    ids: Iterable[str] | None = None,
    order: Order | None = None,
    single: bool = False,
) -> Iterator[ScoreCard | TargetScores]:
    """Score the systems of a submission one at a time.

    Parameters
    ----------
    submission, references, challenge, split, part, system, bootstrap, profile, by_column, \
    references_of, metrics, allow_code, ids, order
        As for `score`.
    single : bool
        Raise UsageError for a package with several systems, unless `system` names one.

    Yields
    ------
    ScoreCard or TargetScores
        One for a prediction file or a mapping; one per system for a package.

    Raises
    ------
    InvalidSubmissionError, ReferencesError, ChallengeError, UsageError
        As for `score`.
    """
    optional = ("system", "by_column", "references_of", "metrics")
    check_arguments(
        system=system, profile=profile, by_column=by_column, references_of=references_of,
        metrics=metrics, optional=optional,
    )  # fmt: skip
    plan = Bootstrap.of(bootstrap)
    loaded = load_challenge(challenge, split, part=part, allow_code=allow_code)
    loaded = loaded.with_metrics(metrics)
    if loaded.targets and isinstance(references, References):
        raise UsageError(f"{loaded.name} has several targets: pass references by target")
    in_order = InOrder(ids, order)
    require_arrays(in_order, loaded, submission, references)
    truths = load_all(references, loaded, [submission], in_order)
    one_target = loaded.each_target()
    scorers = {name: Scorer(one_target[name], truth) for name, truth in truths.items()}
    claims = {
        name: _open_claims(submission, scorer, references_of) for name, scorer in scorers.items()
    }
    check_column(loaded, by_column)
    systems = check_submission(submission, loaded, system, in_order)
    if single and len(systems) > 1:
        labels = listing((visible(one.report.system) for one in systems), 10)
        path = visible(systems[0].report.package or "")
        raise UsageError(f"{path} has {len(systems)} systems; select one by its label: {labels}")
    for checked in systems:
        if not loaded.targets:
            yield _score_one(checked, scorers[""], plan, profile, claims[""], by_column)
            continue
        if not checked.report.valid:
            raise InvalidSubmissionError(checked.report)
        cards = {
            name: _score_one(checked.targets[name], scorer, plan, profile, claims[name], by_column)
            for name, scorer in scorers.items()
            if name in checked.targets
        }
        yield _join_cards(checked.report, cards, loaded)


def _join_cards(
    report: SubmissionReport, cards: dict[str, ScoreCard], challenge: Challenge
) -> TargetScores:
    """Return the cards of a system for all targets, with every finding once."""
    from xacle_eval.results.targets import TargetScores

    findings = (*report.findings, *(found for card in cards.values() for found in card.findings))
    return TargetScores(
        challenge=challenge.name,
        split=challenge.split,
        path=report.path,
        sha256=report.sha256,
        system=report.system,
        team=report.team,
        targets=cards,
        absent=tuple(name for name in challenge.targets if name not in cards),
        findings=tuple(dict.fromkeys(findings)),
        presentation=Presentation.of(challenge),
    )


def _open_claims(
    submission: object,
    scorer: Scorer,
    references_of: Mapping[str, OneReferences] | None,
) -> Claims | None:
    """Return a checker of claimed results; None if no description is expected."""
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
    by_column: str | None,
) -> ScoreCard:
    """Score a checked submission, with intervals, error profile and breakdown on request."""
    card = score_checked(checked, scorer, claims)
    if checked.predictions is None:
        return card
    if bootstrap is not None:
        from xacle_eval.evaluation.uncertainty import with_intervals

        card = with_intervals(card, scorer, checked.predictions, bootstrap)
    if profile:
        from xacle_eval.evaluation.profile import profile_against

        scored, ids = scorer.cut(checked.predictions), scorer.challenge.scored.ids
        errors = profile_against(scored, scorer.references, ids, scorer.metrics)
        card = card.model_copy(update={"profile": errors})
    if by_column is not None:
        rows, names = [checked.predictions], [card.system]
        (breakdown,) = break_down(scorer, by_column, rows, names, bootstrap)
        card = card.model_copy(update={"breakdown": breakdown})
    return card


def score_checked(
    checked: CheckedSubmission, scorer: Scorer, claims: Claims | None = None
) -> ScoreCard:
    """Score a checked submission and check the results that its description claims.

    Parameters
    ----------
    checked : CheckedSubmission
        A submission without errors.
    scorer : Scorer
        The challenge and its references.
    claims : Claims, optional
        Adds a finding for each split whose claimed results differ from the computed ones.

    Raises
    ------
    InvalidSubmissionError
        If the submission has errors.
    ReferencesError
        If references needed for a claim have errors.
    """
    card = scorer.card(checked)
    if claims is not None and (findings := adjust(claims.findings(checked), scorer.challenge)):
        card = card.model_copy(update={"findings": (*card.findings, *findings)})
    return card


def check_submission(
    submission: GivenPredictions,
    challenge: Challenge,
    system: str | None,
    in_order: InOrder,
) -> tuple[CheckedSubmission, ...]:
    """Check a file, a package or an object in memory by the same rules."""
    if not is_in_memory(submission):
        return check_systems(cast(Any, submission), challenge, system)
    label = system or "predictions"
    if has_systems(submission, challenge):
        label, submission = _select(cast(Any, submission), system)
    team = challenge.submissions.team_of(label)
    return (check(source_of(submission, challenge, in_order), challenge, label, team),)


def _select(systems: Mapping[str, Any], label: str | None) -> tuple[str, Any]:
    """Return the only system of a dict, or the one that is named."""
    if label is None and len(systems) == 1:
        label = next(iter(systems))
    if label is not None and label in systems:
        return label, systems[label]
    labels = [str(name) for name in systems]
    known = listing(map(visible, labels), 10)
    if label is None:
        raise UsageError(
            f"score takes one system, and the dict has {len(labels)} ({known}): select one with "
            "system=…, or use leaderboard or compare"
        )
    hint = did_you_mean(label, labels, f"its systems are {known}")
    raise UsageError(f"the dict has no system {quote(label)}; {hint}")


def check_systems(
    path: str | os.PathLike[str], challenge: Challenge, system: str | None = None
) -> tuple[CheckedSubmission, ...]:
    """Check a prediction file, or the systems of a package.

    Parameters
    ----------
    path : path
        A prediction file or a package.
    challenge : Challenge
        The challenge, with the split in use.
    system : str, optional
        For a prediction file, its label (by default the file's name); for a package, the label
        of the only system to return.

    Returns
    -------
    tuple of CheckedSubmission
        One for a file; one per system for a package. Systems can have errors.

    Raises
    ------
    InvalidSubmissionError
        If a package itself has errors.
    UsageError
        If a package has no system with that label.
    """
    if not is_package(path):
        checked = check_file(path, challenge)
        return (checked if system is None else _relabel(checked, system, challenge),)
    from xacle_eval.submissions.package import check_submission

    package, *systems = check_submission(path, challenge)
    if not package.report.valid:
        raise InvalidSubmissionError(package.report)
    chosen = tuple(one for one in systems if system in (None, one.report.system))
    if not chosen:
        labels = [one.report.system for one in systems]
        known = f"its systems are {listing(map(visible, labels), 10)}"
        hint = did_you_mean(system or "", labels, known)
        path = visible_path(package.report.path)
        raise UsageError(f"{path} has no system {quote(system or '')}; {hint}")
    return chosen


def _relabel(checked: CheckedSubmission, system: str, challenge: Challenge) -> CheckedSubmission:
    names = {"system": system, "team": challenge.submissions.team_of(system)}
    found = tuple(found for found in checked.report.findings if found.code not in LABEL_CODES)
    return replace(checked, report=checked.report.model_copy(update={**names, "findings": found}))
