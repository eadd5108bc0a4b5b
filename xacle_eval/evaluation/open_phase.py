"""The results pages of a phase that has not ended: no more than ``[publish.phase.NAME]`` shows.

The board is computed as the phase ranks: by the shown metrics alone, at the shown decimals, so that
not even the order of two equal values says more. There are no intervals, no details of a system,
no findings that depend on references, and nothing about listeners.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.phases import Release, release_of
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.challenge.ranking import Ranking
from xacle_eval.challenge.targets import TargetRanking
from xacle_eval.errors import UsageError
from xacle_eval.evaluation.boards import BoardSettings, Collection
from xacle_eval.evaluation.history import board_history, scored, unranked_systems
from xacle_eval.evaluation.leaderboard import leaderboard
from xacle_eval.evaluation.ranking import order_tag, rank_entries
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.targets import boards_of
from xacle_eval.metrics import METRICS
from xacle_eval.records.ledger.sent import Sent
from xacle_eval.references.model import GivenReferences, OneReferences, References
from xacle_eval.references.targets import load_all
from xacle_eval.results.history import BoardHistory, HistoryStep
from xacle_eval.results.leaderboard import By, Entry, Leaderboard
from xacle_eval.results.policy import publish_report
from xacle_eval.results.report import ChallengeReport, ReportPhase
from xacle_eval.results.score import Metrics
from xacle_eval.results.targets import TargetBoards
from xacle_eval.submissions.discovery import Located
from xacle_eval.submissions.frames import NO_ORDER
from xacle_eval.submissions.rules import rule

__all__ = ["PageOptions", "open_report", "released", "shown_scores"]

Boards = Leaderboard | TargetBoards

# Whether these findings appear depends on the labels: a claimed result would be a question.
_OF_LABELS = tuple(
    rule(name).code for name in ("results-differ", "same-as-references", "negative-correlation")
)


def released(challenge: Challenge, phase: str) -> Challenge:
    """Return a challenge that ranks by what a phase shows, and publishes nothing else."""
    common: dict[str, Any] = {
        "publish": Publishing(min_pairs=challenge.publish.min_pairs),
        "rules": {**challenge.rules, **dict.fromkeys(_OF_LABELS, "ignore")},
    }
    releases = {name: release_of(each, phase) for name, each in challenge.each_target().items()}
    if not challenge.targets:
        (release,) = releases.values()
        order = tuple(release.decimals)
        ranking = challenge.ranking.model_copy(
            update={"order": order, "decimals": _decimals(release)}
        )
        return challenge.model_copy(update={**common, "ranking": ranking, "metrics": order})
    targets = {}
    for name, release in releases.items():
        own = challenge.for_target(name).ranking
        order = tuple(release.decimals)
        ranks = TargetRanking(
            order=order, decimals=_decimals(release), undefined=own.undefined, level=own.level
        )
        targets[name] = challenge.targets[name].model_copy(
            update={"ranking": ranks, "metrics": order}
        )
    least = min(map(_decimals, releases.values()))
    ranking = challenge.ranking.model_copy(update={"decimals": least})
    return challenge.model_copy(update={**common, "ranking": ranking, "targets": targets})


def _decimals(release: Release) -> int:
    """Return the decimals of a board: the fewest of all shown metrics."""
    return min(release.decimals.values())


def shown_scores(challenge: Challenge, phase: str) -> dict[str, Any]:
    """Return what the pages of an open phase show, as fields of `ReportPhase`."""
    each = released(challenge, phase).each_target().values()
    decimals = {one.ranking.decimals for one in each}
    (ladder,) = {release_of(one, phase).ladder for one in challenge.each_target().values()}
    return {
        "metrics": tuple(dict.fromkeys(name for one in each for name in one.ranking.order)),
        "decimals": decimals.pop() if len(decimals) == 1 else None,
        "ladder": ladder,
    }


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What the organisers ask for; see `xacle_eval.leaderboard`."""

    references_of: Mapping[str, OneReferences] | None = None
    follow_links: bool = False


def open_report(
    paths: Sequence[Any],
    submissions: Sequence[Located],
    versions: Sequence[Sent],
    references: GivenReferences,
    challenge: Challenge,
    phase: ReportPhase,
    options: PageOptions,
) -> ChallengeReport:
    """Return the report of an open phase.

    Parameters
    ----------
    paths : sequence
        Further submissions on the board, such as baselines.
    submissions : sequence of Located
        The uploads that count.
    versions : sequence of Sent
        All uploads that counted when they were sent, in the order of time.
    references : path, References or references in memory
        The references.
    challenge : Challenge
        The challenge with the split and part of the phase.
    phase : ReportPhase
        The phase, and the time of the report.
    options : PageOptions
        What the organisers ask for.

    Raises
    ------
    UsageError
        If the phase has a ladder and the challenge several targets.
    """
    shown = released(challenge, phase.phase)
    truths = load_all(references, shown, (), NO_ORDER)
    release = release_of(next(iter(challenge.each_target().values())), phase.phase)
    climbed = None
    if release.ladder is not None:
        climbed = _climb(versions, shown, truths, release)
        submissions = climbed.board(submissions)
    given = cast(GivenReferences, truths if shown.targets else truths[""])

    def board(by: By) -> Boards:
        if not paths and not submissions:
            return _empty(shown, truths, by)
        found: Boards = leaderboard(
            *paths,
            *submissions,
            references=given,
            challenge=shown,
            by=by,
            references_of=options.references_of,
            follow_links=options.follow_links,
        )
        return found

    boards: dict[By, Boards] = {"system": board("system")}
    if _has_several(boards["system"]):
        boards["team"] = board("team")
    left_out = unranked_systems(boards["system"])
    if climbed is None:
        history = board_history(versions, shown, truths, phase.phase, phase.as_of, left_out)
    else:
        history = climbed.history(shown, release, phase, left_out)
        boards = _to_steps(boards, shown.ranking, release)
    return publish_report(
        ChallengeReport(
            challenge=shown.name,
            split=shown.split,
            part=None if shown.part == "all" else shown.part,
            boards={by: _only_scores(board) for by, board in boards.items()},
            phase=phase,
            history=history,
            publishing=shown.publish,
            presentation=Presentation.of(shown),
        )
    )


def _empty(challenge: Challenge, truths: Mapping[str, References], by: By) -> Boards:
    """Return the boards of no submission."""
    scorers = {name: Scorer(challenge.for_target(name), truth) for name, truth in truths.items()}
    empty = {name: Collection(challenge, each, BoardSettings(by)) for name, each in scorers.items()}
    return boards_of(challenge, empty, by, None) if challenge.targets else empty[""].board()


def _has_several(board: Boards) -> bool:
    """Return whether a team has several competing systems, so that a board by team says more."""
    boards = board.targets.values() if isinstance(board, TargetBoards) else [board]
    teams = [[one.team for one in each.entries if one.kind == "competing"] for each in boards]
    return any(len(set(each)) < len(each) for each in teams)


_Ladder = tuple[str, str]
"""The team and the kind of the systems that climb together, such as ``competing``."""

_Identity = tuple[str, str | None]


def _identity(upload: Located) -> _Identity:
    """Return what tells the files of uploads apart, whichever of their systems count."""
    return upload.shown, upload.sha256


@dataclass(frozen=True, slots=True)
class _Climbed:
    """What a ladder shows: its steps in the order of time, and the last one on each ladder.

    A team has a ladder for each kind of its systems, so that a baseline does not hide a competing
    system of the same team. ``best`` is the best shown score on each ladder, also of an upload that
    was withdrawn. ``steps`` are those of competing systems. ``last`` has the upload and its system
    that each ladder shows. ``hidden`` has the hash and the system of a withdrawn upload with the
    best score. ``scoreless`` are the uploads without any score.
    """

    best: dict[_Ladder, float] = field(default_factory=dict)
    steps: list[HistoryStep] = field(default_factory=list)
    last: dict[_Ladder, tuple[Located, str]] = field(default_factory=dict)
    hidden: dict[_Ladder, tuple[str, str]] = field(default_factory=dict)
    scoreless: set[_Identity] = field(default_factory=set)

    def board(self, submissions: Sequence[Located]) -> tuple[Located, ...]:
        """Return the uploads of the board, with those without any score of teams without any."""
        shown: dict[Located, set[str]] = {}
        for upload, system in self.last.values():
            shown.setdefault(upload, set()).add(system)
        last = (replace(one, systems=frozenset(systems)) for one, systems in shown.items())
        teams = {team for team, _ in self.best}
        others = (one for one in submissions if _identity(one) in self.scoreless)
        return (*last, *(one for one in others if one.team not in teams))

    def history(
        self,
        challenge: Challenge,
        release: Release,
        phase: ReportPhase,
        left_out: Container[tuple[str, str, str]],
    ) -> BoardHistory:
        """Return the history without the systems that are not ranked."""
        bests = [one for one in self.steps if (one.team, one.system, "") not in left_out]
        leaders: list[HistoryStep] = []
        metric = challenge.ranking.order[0]
        for one in bests:
            if not leaders or _is_better(metric, one.metrics, leaders[-1].metrics):
                leaders.append(one)
        return BoardHistory(
            phase=phase.phase,
            as_of=phase.as_of,
            decimals=challenge.ranking.decimals,
            step=release.ladder,
            bests=tuple(bests),
            leaders=tuple(leaders),
        )


def _is_better(metric: str, new: Metrics, old: Metrics) -> bool:
    gain = cast(float, new[metric]) - cast(float, old[metric])
    return gain > 0 if METRICS[metric].higher_is_better else gain < 0


def _climb(
    versions: Sequence[Sent],
    challenge: Challenge,
    truths: Mapping[str, References],
    release: Release,
) -> _Climbed:
    """Return what the ladder shows of the uploads.

    A withdrawn upload is not shown, but its score stays the best of the team: otherwise a team
    could withdraw it to see the scores that the ladder has hidden. If the same bytes are sent
    again, they are shown with that score, which tells nothing new.
    """
    if challenge.targets:
        raise UsageError(
            f"the phase {release.phase} has a ladder, and the challenge has several targets: an "
            "upload that is shown for one target would show its scores for the others. Remove "
            "ladder, or make the pages when the phase has ended"
        )
    scorers = {name: Scorer(challenge.for_target(name), truth) for name, truth in truths.items()}
    metric, level = challenge.ranking.order[0], challenge.ranking.level
    climbed = _Climbed()
    best = climbed.best
    for sent in versions:
        has_score = False
        for _, entry in scored(sent.upload, challenge, scorers):
            value = _values(entry, level)[metric]
            if value is None:
                continue
            has_score = True
            ladder = (entry.team, entry.kind)
            found = release.shown(metric, best.get(ladder), value)
            same = (sent.entry.sha256, entry.system)
            if not found.is_new and climbed.hidden.get(ladder) != same:
                continue
            best[ladder] = found.value
            climbed.hidden.pop(ladder, None)
            if sent.withdrawn:
                climbed.hidden[ladder] = same
                continue
            climbed.last[ladder] = sent.upload, entry.system
            if entry.kind != "competing":
                continue
            climbed.steps.append(
                HistoryStep(
                    time=sent.time,
                    team=entry.team,
                    system=entry.system,
                    metrics={metric: found.value},
                )
            )
        if not has_score:
            climbed.scoreless.add(_identity(sent.upload))
    return climbed


def _values(entry: Entry, level: str) -> Metrics:
    return entry.metrics if level == "pair" else entry.levels[level].metrics


def _to_steps(boards: Mapping[By, Boards], ranking: Ranking, release: Release) -> dict[By, Boards]:
    """Return boards that are ranked by values rounded to the ladder's step, and show no others."""
    every = cast(Leaderboard, boards["system"])
    entries = [_to_step(entry, every.level, release) for entry in every.entries]
    found: dict[By, Boards] = {}
    for by, given in boards.items():
        board = cast(Leaderboard, given)
        start = board.signature.removesuffix(order_tag(ranking, by))
        found[by] = board.model_copy(
            update={
                "step": release.ladder,
                "entries": rank_entries(entries, ranking, by),
                "signature": f"{start}{order_tag(ranking, by, release.ladder)}",
            }
        )
    return found


def _to_step(entry: Entry, level: str, release: Release) -> Entry:
    values = {
        name: None if value is None else release.rounded(name, value)
        for name, value in _values(entry, level).items()
    }
    if level == "pair":
        return entry.model_copy(update={"metrics": values, "rounded": values})
    # The ladder answers at the level of the ranking alone.
    at_level = entry.levels[level].model_copy(update={"metrics": values})
    return entry.model_copy(update={"metrics": {}, "rounded": values, "levels": {level: at_level}})


def _only_scores(board: Boards) -> Boards:
    """Return a board without all that is computed from more than its scores."""
    if isinstance(board, TargetBoards):
        targets = {name: _of_scores(each) for name, each in board.targets.items()}
        overall = board.overall and board.overall.model_copy(update={"resampling": None})
        return board.model_copy(update={"targets": targets, "overall": overall})
    return _of_scores(board)


def _of_scores(board: Leaderboard) -> Leaderboard:
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
