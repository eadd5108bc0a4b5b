"""The results pages of a phase that has not ended: no more than ``[publish.phase.NAME]`` shows.

The board is computed as the phase ranks: by the shown metrics alone, at the shown decimals, so that
not even the order of two equal values says more. There are no intervals, no details of a system and
nothing about listeners.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

from xacle_eval.challenge.ladder import ladder
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.phases import Release, release_of
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.challenge.targets import TargetRanking
from xacle_eval.errors import UsageError
from xacle_eval.evaluation.history import board_history, scored
from xacle_eval.evaluation.leaderboard import leaderboard
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.metrics import METRICS
from xacle_eval.references.model import GivenReferences, References
from xacle_eval.references.targets import load_all
from xacle_eval.results.history import BoardHistory, HistoryStep
from xacle_eval.results.leaderboard import Leaderboard
from xacle_eval.results.policy import publish_report
from xacle_eval.results.report import ChallengeReport
from xacle_eval.results.targets import TargetBoards
from xacle_eval.submissions.discovery import Located
from xacle_eval.submissions.frames import NO_ORDER

__all__ = ["open_report", "released"]

B = TypeVar("B", Leaderboard, TargetBoards)
Versions = Sequence[tuple[str, Located]]


def released(challenge: Challenge, phase: str) -> Challenge:
    """Return a challenge that ranks by what a phase shows, and publishes nothing else."""
    common: dict[str, Any] = {"publish": Publishing(min_pairs=challenge.publish.min_pairs)}
    rules = {name: release_of(each, phase) for name, each in challenge.each_target().items()}
    if not challenge.targets:
        (rule,) = rules.values()
        order = tuple(rule.decimals)
        ranking = challenge.ranking.model_copy(update={"order": order, "decimals": _decimals(rule)})
        return challenge.model_copy(update={**common, "ranking": ranking, "metrics": order})
    targets = {}
    for name, rule in rules.items():
        own = challenge.for_target(name).ranking
        order = tuple(rule.decimals)
        ranks = TargetRanking(
            order=order, decimals=_decimals(rule), undefined=own.undefined, level=own.level
        )
        targets[name] = challenge.targets[name].model_copy(
            update={"ranking": ranks, "metrics": order}
        )
    least = min(map(_decimals, rules.values()))
    ranking = challenge.ranking.model_copy(update={"decimals": least})
    return challenge.model_copy(update={**common, "ranking": ranking, "targets": targets})


def _decimals(rule: Release) -> int:
    """Return the decimals of a board: the fewest of all shown metrics, and of the ladder's step."""
    found = min(rule.decimals.values())
    if rule.ladder is not None:
        # A step such as 0.05 is no power of ten; the next larger one shows less.
        found = min(found, max(0, math.floor(-math.log10(rule.ladder) + 1e-9)))
    return found


def open_report(
    paths: Sequence[Any],
    submissions: Sequence[Located],
    versions: Versions,
    references: GivenReferences,
    challenge: Challenge,
    phase: str,
    as_of: str,
) -> ChallengeReport:
    """Return the report of an open phase.

    Parameters
    ----------
    paths : sequence
        Further submissions on the board, such as baselines.
    submissions : sequence of Located
        The uploads that count.
    versions : sequence of (str, Located)
        All uploads that counted when they were sent, with their times, in the order of time.
    references : path, References or references in memory
        The references.
    challenge : Challenge
        The challenge with the split and part of the phase.
    phase, as_of : str
        The phase, and the time of the report.

    Raises
    ------
    UsageError
        If the phase has a ladder and the challenge several targets.
    """
    shown = released(challenge, phase)
    truths = load_all(references, shown, (), NO_ORDER)
    step = release_of(next(iter(challenge.each_target().values())), phase).ladder
    if step is None:
        history = board_history(versions, shown, truths, phase, as_of)
    else:
        history, submissions = _ladder(versions, shown, truths, step, phase, as_of)
    given = cast(GivenReferences, truths if shown.targets else truths[""])
    boards: dict[str, Any] = {}
    for by in ("system", "team"):
        board = leaderboard(*paths, *submissions, references=given, challenge=shown, by=by)
        boards[by] = _only_scores(board)
    return publish_report(
        ChallengeReport(
            challenge=shown.name,
            split=shown.split,
            part=None if shown.part == "all" else shown.part,
            boards=boards,
            history=history,
            publishing=shown.publish,
            presentation=Presentation.of(shown),
        )
    )


def _ladder(
    versions: Versions,
    challenge: Challenge,
    truths: Mapping[str, References],
    step: float,
    phase: str,
    as_of: str,
) -> tuple[BoardHistory, tuple[Located, ...]]:
    """Return the history that the Ladder shows, and each team's last upload that it shows."""
    if challenge.targets:
        raise UsageError(
            f"the phase {phase} has a ladder, and the challenge has several targets: an upload "
            "that is shown for one target would show its scores for the others. Remove ladder, "
            "or make the pages when the phase has ended"
        )
    scorers = {name: Scorer(challenge.for_target(name), truth) for name, truth in truths.items()}
    metric, level = challenge.ranking.order[0], challenge.ranking.level
    higher = METRICS[metric].higher_is_better
    best: dict[str, float] = {}
    kept: dict[str, Located] = {}
    bests: list[HistoryStep] = []
    leaders: list[HistoryStep] = []
    for time, one in versions:
        for _, entry in scored(one, challenge, scorers):
            values = entry.metrics if level == "pair" else entry.levels[level].metrics
            value = values[metric]
            if value is None:
                continue
            found = ladder(best.get(entry.team), value, step, higher)
            if not found.is_new:
                continue
            is_first = all(
                found.value > each if higher else found.value < each for each in best.values()
            )
            best[entry.team] = found.value
            kept[entry.team] = replace(one, systems=frozenset({entry.system}))
            made = HistoryStep(
                time=time, team=entry.team, system=entry.system, metrics={metric: found.value}
            )
            bests.append(made)
            if is_first:
                leaders.append(made)
    history = BoardHistory(
        phase=phase,
        as_of=as_of,
        decimals=challenge.ranking.decimals,
        bests=tuple(bests),
        leaders=tuple(leaders),
    )
    return history, tuple(kept.values())


def _only_scores(board: B) -> B:
    """Return a board without all that is computed from more than its scores."""
    if isinstance(board, TargetBoards):
        targets = {name: _only_scores(each) for name, each in board.targets.items()}
        overall = board.overall and board.overall.model_copy(update={"resampling": None})
        return board.model_copy(update={"targets": targets, "overall": overall})
    level = board.level
    entries = tuple(
        each.model_copy(
            update={
                "levels": {name: one for name, one in each.levels.items() if name == level},
                "uncertainty": None,
                "breakdown": None,
            }
        )
        for each in board.entries
    )
    return board.model_copy(update={"entries": entries, "resampling": None, "screenings": ()})
