"""The history of a phase: each upload that counted is scored once, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from xacle_eval.challenge.model import Challenge
from xacle_eval.evaluation.boards import BoardSettings, Collection
from xacle_eval.evaluation.ranking import sort_key
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.targets import add_all
from xacle_eval.references.model import References
from xacle_eval.results.history import BoardHistory, HistoryStep
from xacle_eval.results.leaderboard import Entry
from xacle_eval.submissions.discovery import Located

__all__ = ["board_history", "scored"]


def board_history(
    uploads: Iterable[tuple[str, Located]],
    challenge: Challenge,
    truths: Mapping[str, References],
    phase: str,
    as_of: str,
) -> BoardHistory:
    """Return how the best system of each team improved, and who was first when.

    Parameters
    ----------
    uploads : iterable of (str, Located)
        The uploads that counted, with their times, in the order of time.
    challenge : Challenge
        The challenge, with the split and part of the phase.
    truths : mapping of str to References
        The references of each target.
    phase, as_of : str
        What the history is about.
    """
    scorers = {name: Scorer(challenge.for_target(name), truth) for name, truth in truths.items()}
    best: dict[tuple[str, str], tuple[float, ...]] = {}
    first: dict[str, tuple[float, ...]] = {}
    bests: list[HistoryStep] = []
    leaders: list[HistoryStep] = []
    for time, one in uploads:
        for target, entry in scored(one, challenge, scorers):
            key = sort_key(scorers[target].challenge.ranking.order)(entry)
            if (entry.team, target) in best and key >= best[entry.team, target]:
                continue
            best[entry.team, target] = key
            step = HistoryStep(
                time=time,
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
    one: Located, challenge: Challenge, scorers: Mapping[str, Scorer]
) -> Iterator[tuple[str, Entry]]:
    """Yield the competing systems of an upload that a board of it alone ranks, by target."""
    collections = {
        name: Collection(challenge, scorer, BoardSettings()) for name, scorer in scorers.items()
    }
    add_all([one], challenge, collections)
    for name, collection in collections.items():
        for entry in collection.board().entries:
            if entry.kind == "competing":
                yield name, entry
