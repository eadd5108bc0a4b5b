"""A system and its neighbours in the ranking: differences as published, and their test."""

from __future__ import annotations

from dataclasses import dataclass

from xacle_eval.challenge.rounding import round_metric
from xacle_eval.metrics import METRICS
from xacle_eval.reports.site.names import Name, Sentence, distinct_names
from xacle_eval.reports.site.numbers import metric_text
from xacle_eval.reports.views.kinds import rank_cells
from xacle_eval.results.leaderboard import Entry, Leaderboard

__all__ = ["Difference", "Neighbour", "neighbour_sentence", "neighbours_of", "untested_reason"]

_EACH_SIDE = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of a metric, this system minus the neighbour, with a word for it."""

    text: str
    word: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A neighbour; no other system on the board has its ``name``.

    ``p`` is empty and ``significant`` None without a test of the first metric.
    """

    rank: str
    team: str
    system: str
    name: Name
    differences: tuple[Difference, ...]
    p: str = ""
    significant: bool | None = None

    @property
    def verdict(self) -> str:
        """What the test says, in words."""
        if self.significant is None:
            return "not tested"
        return "significant" if self.significant else "not significant"


def neighbours_of(
    board: Leaderboard, entry: Entry, metrics: tuple[str, ...], decimals: int
) -> tuple[Neighbour, ...]:
    """Return the two systems above and the two below on a board, in its order.

    Parameters
    ----------
    board : Leaderboard
    entry : Entry
        One of its entries.
    metrics : tuple of str
        The metrics that are shown.
    decimals : int
        Of the differences, which are those of the published values.
    """
    entries = board.entries
    place = entries.index(entry)
    ranks = rank_cells(entries)
    names = distinct_names((each.team, each.system) for each in entries)
    first = max(0, place - _EACH_SIDE)
    near = range(first, min(len(entries), place + _EACH_SIDE + 1))
    found = []
    for at in near:
        if at == place:
            continue
        other, p = entries[at], _p_value(board, place, at)
        alpha = board.resampling.alpha if board.resampling else 0.0
        found.append(
            Neighbour(
                rank="–" if ranks[at] is None else str(ranks[at]),
                team=other.team,
                system=other.system,
                name=names[other.team, other.system],
                differences=tuple(
                    _difference(name, entry, other, board.level, decimals) for name in metrics
                ),
                p="" if p is None else _p_text(p),
                significant=None if p is None else p <= alpha,
            )
        )
    return tuple(found)


def _difference(metric: str, entry: Entry, other: Entry, level: str, decimals: int) -> Difference:
    ours, theirs = (_value(each, metric, level) for each in (entry, other))
    if ours is None or theirs is None:
        return Difference("–", "")
    published = round_metric(metric, ours, decimals) - round_metric(metric, theirs, decimals)
    difference = round(published, 12) + 0.0  # 0.606 - 0.598 is 0.008, not 0.00800…01
    text = metric_text(metric, difference, decimals)
    if not any(digit in text for digit in "123456789"):
        return Difference(text, "equal")
    better = (difference > 0) == METRICS[metric].higher_is_better
    sign = "+" if difference > 0 else ""
    return Difference(f"{sign}{text}", "better" if better else "worse")


def _value(entry: Entry, metric: str, level: str) -> float | None:
    if metric in entry.rounded:
        return entry.rounded[metric]
    scores = entry.levels.get(level)
    return entry.metrics.get(metric) if scores is None else scores.metrics.get(metric)


def _p_value(board: Leaderboard, place: int, other: int) -> float | None:
    """Return the p-value of a difference in the first metric; None if it was not tested."""
    if board.resampling is None:
        return None
    competing = [at for at, entry in enumerate(board.entries) if entry.kind == "competing"]
    rows = board.resampling.difference_p
    if place not in competing or other not in competing:
        return None
    low, high = sorted((competing.index(place), competing.index(other)))
    if high >= len(rows) or low >= len(rows[high]):
        return None
    return rows[high][low]


def _p_text(p: float) -> str:
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def untested_reason(board: Leaderboard, entry: Entry) -> str:
    """Return why no difference of a system from a neighbour has a p-value."""
    if board.resampling is None or not board.resampling.difference_p:
        return "the results have no tests"
    if entry.kind == "competing":
        return "its neighbours do not compete"
    return "it is a baseline" if entry.kind == "baseline" else f"it is {entry.kind}"


def neighbour_sentence(
    neighbours: tuple[Neighbour, ...], metric: str, alpha: float, reason: str
) -> Sentence:
    """Return from which neighbours the system differs significantly in the first metric.

    Parameters
    ----------
    neighbours : tuple of Neighbour
    metric : str
        The first metric of the ranking.
    alpha : float
        The level of the tests.
    reason : str
        Why no difference is tested, if none is; see `untested_reason`.
    """
    tested = [each for each in neighbours if each.significant is not None]
    if not neighbours:
        return ("There is no other system on the board.",)
    if not tested:
        rule = "" if reason.startswith("the results") else "; only competing systems are tested"
        return (f"The differences from its neighbours are not tested, because {reason}{rule}.",)
    different = [each for each in tested if each.significant]
    others = [each for each in tested if not each.significant]
    begin = f"In {metric}, the system"
    end = f" (α = {alpha:g}, adjusted for all pairs of systems)."
    if len(tested) < len(neighbours):
        end += " Systems that do not compete, such as baselines, are not tested."
    if not others:
        return (f"{begin} differs significantly from ", *_names(different), end)
    if not different:
        return (f"{begin} does not differ significantly from ", *_names(others), end)
    return (
        f"{begin} differs significantly from ",
        *_names(different),
        ", but not from ",
        *_names(others),
        end,
    )


def _names(systems: list[Neighbour]) -> Sentence:
    pieces: list[str] = []
    for place, each in enumerate(systems):
        if place:
            pieces.append(" and " if place == len(systems) - 1 else ", ")
        pieces.append(each.name)
    return tuple(pieces)
