"""One form of all boards, for tables, sentences and charts: of a target, and over all targets."""

from __future__ import annotations

from dataclasses import dataclass

from xacle_eval.challenge.rules import Kind
from xacle_eval.metrics import METRICS
from xacle_eval.reports.site.names import Name
from xacle_eval.reports.site.numbers import metric_text, minus
from xacle_eval.results.leaderboard import Entry, Leaderboard
from xacle_eval.results.targets import OverallBoard, OverallEntry, OverallUncertainty, TargetBoards
from xacle_eval.results.uncertainty import (
    Bounds,
    EntryUncertainty,
    ResamplingSummary,
)

__all__ = ["Board", "Names", "RankedSystem", "Ranking", "board_metrics", "is_demo", "ranking_of"]

Board = Leaderboard | OverallBoard
Names = tuple[str, ...]
_RANK_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class RankedSystem:
    """A system with the value it is ranked by; ``low`` and ``high`` are None without interval.

    ``undefined`` is whether the value stands for one that does not exist.
    """

    rank: int | None
    kind: Kind
    team: str
    system: str
    value: float | None
    low: float | None = None
    high: float | None = None
    uncertainty: EntryUncertainty | OverallUncertainty | None = None
    undefined: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """The systems of a board in its order, by the value that decides first.

    ``metric`` is its metric, empty for a mean of ranks; ``title`` names the value in texts.
    ``ceiling`` is the noise ceiling of the value, or its floor if lower is better.
    ``by`` is what the board ranks.
    """

    systems: tuple[RankedSystem, ...]
    metric: str
    title: str
    higher_is_better: bool
    decimals: int
    by: str
    summary: ResamplingSummary | None = None
    ceiling: float | None = None
    ceiling_bounds: Bounds | None = None

    @property
    def arrow(self) -> str:
        """An arrow in the better direction."""
        return "↑" if self.higher_is_better else "↓"

    @property
    def competing(self) -> tuple[RankedSystem, ...]:
        """The systems that compete for a rank."""
        return tuple(each for each in self.systems if each.kind == "competing")

    @property
    def limit(self) -> str:
        """The name of the best possible value: noise ceiling, or noise floor."""
        return "noise ceiling" if self.higher_is_better else "noise floor"

    def name_of(self, system: RankedSystem) -> Name:
        """Return the name of a system in texts; with its team if others have the same label."""
        if self.by == "team":
            return Name(system.team)
        same = sum(each.system == system.system for each in self.systems)
        return Name(system.system if same == 1 else f"{system.team}/{system.system}")

    def text(self, value: float | None) -> str:
        """Return a value as it is published."""
        if not self.metric:
            return "undefined" if value is None else minus(f"{value:.{_RANK_DECIMALS}f}")
        return metric_text(self.metric, value, self.decimals)

    def interval(self, low: float | None, high: float | None) -> str:
        """Return an interval as text; empty if there is none."""
        if low is None or high is None:
            return ""
        return f"{self.text(low)} to {self.text(high)}"


def board_metrics(board: Leaderboard, published: Names | None = None) -> Names:
    """Return the metrics that a board shows, in the order in which they are published."""
    entry = board.entries[0] if board.entries else None
    known = tuple(entry.rounded) if entry else board.order
    return known if published is None else tuple(name for name in published if name in known)


def is_demo(board: Board | TargetBoards) -> bool:
    """Return whether any reference is a bundled demo rating."""
    if isinstance(board, TargetBoards):
        return any(is_demo(each) for each in board.targets.values())
    if isinstance(board, OverallBoard):
        return "demo" in board.reference_kinds
    return board.references is not None and board.references.kind == "demo"


def ranking_of(board: Board, decimals: int | None = None) -> Ranking:
    """Return a board of a target, or the one over all targets, in the common form.

    Parameters
    ----------
    board : Leaderboard or OverallBoard
    decimals : int, optional
        Of published values; by default those of the board.
    """
    if isinstance(board, OverallBoard):
        return _overall(board, board.shown_decimals if decimals is None else decimals)
    first, summary = board.order[0], board.resampling
    ceilings = summary.ceilings if summary else None
    higher = METRICS[first].higher_is_better
    ceiling, bounds = None, None
    if ceilings is not None:
        floor = first == "MSE"
        ceiling = ceilings.floor if floor else ceilings.ceiling.get(first)
        bounds = ceilings.floor_interval if floor else ceilings.ceiling_intervals.get(first)
    return Ranking(
        systems=tuple(_system(entry, board) for entry in board.entries),
        metric=first,
        title=first,
        higher_is_better=higher,
        decimals=board.shown_decimals if decimals is None else decimals,
        by=board.by,
        summary=summary,
        ceiling=ceiling,
        ceiling_bounds=bounds,
    )


def _value(entry: Entry, board: Leaderboard) -> float | None:
    """Return the first metric at the ranking's level; a published table has it as compared."""
    first = board.order[0]
    if board.references is None:
        return entry.rounded.get(first)
    scores = entry.metrics if board.level == "pair" else entry.levels[board.level].metrics
    return scores.get(first)


def _system(entry: Entry, board: Leaderboard) -> RankedSystem:
    first, found = board.order[0], entry.uncertainty
    scores = entry.levels.get(board.level, entry)
    bounds = found.intervals.get(first) if found else None
    low, high = (bounds["low"], bounds["high"]) if bounds else (None, None)
    return RankedSystem(
        rank=entry.rank,
        kind=entry.kind,
        team=entry.team,
        system=entry.system,
        value=_value(entry, board),
        low=low,
        high=high,
        uncertainty=found,
        undefined=first in scores.undefined,
    )


def _overall(board: OverallBoard, decimals: int) -> Ranking:
    metric = board.metric or ""
    return Ranking(
        systems=tuple(_overall_system(entry) for entry in board.entries),
        metric=metric,
        title=f"mean {metric}" if metric else "mean rank",
        higher_is_better=METRICS[metric].higher_is_better if metric else False,
        decimals=decimals,
        by=board.by,
        summary=board.resampling,
    )


def _overall_system(entry: OverallEntry) -> RankedSystem:
    found = entry.uncertainty
    low, high = (found.interval["low"], found.interval["high"]) if found else (None, None)
    return RankedSystem(
        entry.rank, entry.kind, entry.team, entry.system, entry.value, low, high, found
    )
