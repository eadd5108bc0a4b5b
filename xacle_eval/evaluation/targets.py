"""Several targets: a board for each, from one reading of every submission."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.evaluation.boards import BoardSettings, Collection
from xacle_eval.evaluation.overall import overall_board, with_overall_uncertainty
from xacle_eval.evaluation.scorer import Scorer, signature_of_challenge
from xacle_eval.references.model import GivenReferences
from xacle_eval.references.targets import load_all
from xacle_eval.results.leaderboard import By, Leaderboard
from xacle_eval.results.targets import OverallBoard, TargetBoards
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.checking import CheckedSubmission
from xacle_eval.submissions.discovery import Located
from xacle_eval.submissions.frames import NO_ORDER, InOrder
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.validation import check_located

__all__ = ["add_all", "boards_of", "join_boards", "rank_targets"]


def rank_targets(
    located: Iterable[Located],
    references: GivenReferences,
    challenge: Challenge,
    settings: BoardSettings,
    paths: Iterable[Any] = (),
    in_order: InOrder = NO_ORDER,
) -> TargetBoards:
    """Score and rank submissions for every target.

    Parameters
    ----------
    located : iterable of Located
        The submissions; each is read once.
    references : path, mapping of target to references, or None
        As for `load_target_references`. An optional target without references has no board.
    challenge : Challenge
        A challenge with several targets.
    settings : BoardSettings
        What the caller asks for.
    paths : iterable of path or of predictions in memory
        The submissions; see `load_references`.
    in_order : InOrder
        The pairs of references in an array.

    Returns
    -------
    TargetBoards
        A board for each target, and the overall board if the challenge file asks for one.
    """
    truths = load_all(references, challenge, paths, in_order)
    collections = {
        name: Collection(challenge, Scorer(challenge.for_target(name), truth), settings)
        for name, truth in truths.items()
    }
    add_all(located, challenge, collections)
    return boards_of(challenge, collections, settings.by, settings.bootstrap)


def add_all(
    located: Iterable[Located], challenge: Challenge, collections: Mapping[str, Collection]
) -> None:
    """Score submissions for every target; each is read once."""
    for one in located:
        for checked in check_located(one, challenge):
            for name, collection in collections.items():
                collection.add(one, _of_target(checked, name) if name else checked)


def boards_of(
    challenge: Challenge, collections: Mapping[str, Collection], by: By, plan: Bootstrap | None
) -> TargetBoards:
    """Return a board for each target, and the overall board if the challenge file asks for one."""
    boards = {name: collection.board(by) for name, collection in collections.items()}
    ranked = {name: collection.ranked for name, collection in collections.items()}
    overall = overall_board(challenge, ranked, by, signature_of_challenge(challenge))
    if overall is not None and plan is not None:
        overall = with_overall_uncertainty(overall, collections, plan)
    return join_boards(boards, challenge, overall)


def _of_target(checked: CheckedSubmission, name: str) -> CheckedSubmission:
    """Return the submission of one target; without predictions, and why, if it lacks the target."""
    report = checked.report
    if name in checked.targets or not report.valid or report.kind == "package":
        return checked.targets.get(name, checked)
    message = f"the target {name} is not predicted"
    finding = rule("target-absent").finding(message, severity="error")
    return replace(checked, report=report.model_copy(update={"findings": (finding,)}))


def join_boards(
    boards: Mapping[str, Leaderboard], challenge: Challenge, overall: OverallBoard | None
) -> TargetBoards:
    """Return the boards of all targets, without what they repeat; at least one."""
    first, *others = boards.values()
    presentation = Presentation.of(challenge)
    if overall is not None:
        kinds = (board.references.kind for board in boards.values() if board.references)
        place = {"split": first.split, "part": first.part, "presentation": presentation}
        overall = overall.model_copy(
            update={**place, "reference_kinds": tuple(dict.fromkeys(kinds))}
        )
    findings = [f for f in first.findings if all(f in other.findings for other in others)]
    unranked = [one for one in first.unranked if all(one in other.unranked for other in others)]
    own = {
        name: board.model_copy(
            update={
                "findings": tuple(f for f in board.findings if f not in findings),
                "unranked": tuple(one for one in board.unranked if one not in unranked),
                "ignored": (),
            }
        )
        for name, board in boards.items()
    }
    return TargetBoards(
        challenge=first.challenge,
        split=first.split,
        by=first.by,
        targets=own,
        unranked=tuple(unranked),
        findings=tuple(findings),
        ignored=first.ignored,
        overall=overall,
        presentation=presentation,
    )
