"""The history of a phase: each upload that counted is scored once, in the order of time."""

from __future__ import annotations

from collections.abc import Collection as Group
from collections.abc import Iterable, Iterator, Mapping

from xacle_eval.challenge.model import Challenge
from xacle_eval.evaluation.boards import BoardSettings, Collection
from xacle_eval.evaluation.ranking import sort_key
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.targets import add_all
from xacle_eval.records.ledger.sent import Sent
from xacle_eval.references.model import References
from xacle_eval.results.history import BoardHistory, HistoryStep
from xacle_eval.results.leaderboard import Entry, Leaderboard
from xacle_eval.results.targets import TargetBoards
from xacle_eval.submissions.discovery import Located

__all__ = ["board_history", "scored", "unranked_systems"]

Ranking = tuple[str, str, str]
"""The team and the label of a system, and the target by which it is ranked."""


def board_history(
    uploads: Iterable[Sent],
    challenge: Challenge,
    truths: Mapping[str, References],
    phase: str,
    as_of: str,
    left_out: Group[Ranking] = (),
    *,
    rank_suspicious: bool = False,
) -> BoardHistory:
    """Return how the best system of each team improved, and who was first when.

    Parameters
    ----------
    uploads : iterable of Sent
        The uploads that counted when they were sent, in the order of time.
    challenge : Challenge
        The challenge, with the split and part of the phase.
    truths : mapping of str to References
        The references of each target.
    phase, as_of : str
        What the history is about.
    left_out : collection of (str, str, str)
        What the board of the phase does not rank; see `unranked_systems`.
    rank_suspicious : bool
        As for `xacle_eval.leaderboard`.
    """
    scorers = {name: Scorer(challenge.for_target(name), truth) for name, truth in truths.items()}
    settings = BoardSettings(rank_suspicious=rank_suspicious)
    best: dict[tuple[str, str], tuple[float, ...]] = {}
    first: dict[str, tuple[float, ...]] = {}
    bests: list[HistoryStep] = []
    leaders: list[HistoryStep] = []
    for sent in uploads:
        if sent.withdrawn:
            continue
        for target, entry in scored(sent.upload, challenge, scorers, settings):
            if entry.kind != "competing" or (entry.team, entry.system, target) in left_out:
                continue
            key = sort_key(scorers[target].challenge.ranking.order)(entry)
            if (entry.team, target) in best and key >= best[entry.team, target]:
                continue
            best[entry.team, target] = key
            step = HistoryStep(
                time=sent.time,
                team=entry.team,
                system=entry.system,
                target=target,
                metrics=entry.rounded,
            )
            bests.append(step)
            if target not in first or key < first[target]:
                first[target] = key
                leaders.append(step)
    return BoardHistory(
        phase=phase,
        as_of=as_of,
        decimals=challenge.ranking.decimals,
        bests=tuple(bests),
        leaders=tuple(leaders),
    )


def scored(
    one: Located,
    challenge: Challenge,
    scorers: Mapping[str, Scorer],
    settings: BoardSettings | None = None,
) -> Iterator[tuple[str, Entry]]:
    """Yield the systems of an upload that a board of it alone shows, of every kind, by target."""
    asked = settings or BoardSettings()
    collections = {name: Collection(challenge, scorer, asked) for name, scorer in scorers.items()}
    add_all([one], challenge, collections)
    for name, collection in collections.items():
        for entry in collection.board().entries:
            yield name, entry


def unranked_systems(board: Leaderboard | TargetBoards) -> frozenset[Ranking]:
    """Return the teams, labels and targets of the systems that a board does not rank."""
    everywhere = board.unranked if isinstance(board, TargetBoards) else ()
    boards = board.targets if isinstance(board, TargetBoards) else {"": board}
    found, ranked = set(), set()
    for target, each in boards.items():
        found |= {(one.team, one.system, target) for one in (*everywhere, *each.unranked)}
        ranked |= {(entry.team, entry.system, target) for entry in each.entries}
    return frozenset(found - ranked)
