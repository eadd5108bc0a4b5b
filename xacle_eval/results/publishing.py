"""Publishing: a leaderboard as the command prints it, in every format.

A number with many digits reveals the references: the MSE, or one of its intervals, at full
precision gives the labels of single pairs to anyone who can choose predictions. Therefore the
command `leaderboard` prints every number that depends on the references at the precision of the
ranking: correlations to the challenge's number of decimals, and an MSE also to at most four
significant digits. The ranking compares the same rounded values, so hidden digits decide nothing.

Rounding alone is not enough: each published score still reveals something about the labels. The
number of systems per team must be limited; see docs/formats.md.

The texts and files of a `Leaderboard` in Python are rounded like this, too; its attributes and
``to_frame`` have full precision, as have `score` and `compare`. They are for those who have the
references; do not publish them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from xacle_eval.challenge.rounding import round_metric, round_metrics
from xacle_eval.results.breakdown import Breakdown
from xacle_eval.results.leaderboard import Entry, Leaderboard, ScreenedRanking
from xacle_eval.results.score import LevelScores
from xacle_eval.results.targets import OverallBoard, OverallEntry, TargetBoards
from xacle_eval.results.uncertainty import Bounds, Ceilings, EntryUncertainty, ResamplingSummary

__all__ = ["publish_board", "publish_boards", "publish_overall"]

# Decimals of shares and of the agreement of rankings.
_DECIMALS = 3
# Steps of p-values, which are rounded up: a comparison with alpha gives the same answer as before.
_P_STEPS = 1_000_000


def publish_board(board: Leaderboard) -> Leaderboard:
    """Return a leaderboard whose numbers are rounded to the precision of the ranking.

    Parameters
    ----------
    board : Leaderboard
        A leaderboard at full precision; its ranks do not change.

    Returns
    -------
    Leaderboard
        The same leaderboard, as it can be published.
    """
    decimals = board.decimals
    return board.model_copy(
        update={
            "entries": tuple(_entry(entry, decimals) for entry in board.entries),
            "screenings": tuple(_screening(each, decimals) for each in board.screenings),
            "resampling": _summary(board.resampling, decimals),
        }
    )


def publish_boards(boards: TargetBoards) -> TargetBoards:
    """Return the boards of several targets with rounded numbers, as `publish_board` for one."""
    overall = None if boards.overall is None else publish_overall(boards.overall)
    targets = {name: publish_board(board) for name, board in boards.targets.items()}
    return boards.model_copy(update={"targets": targets, "overall": overall})


def publish_overall(board: OverallBoard) -> OverallBoard:
    """Return an overall board with rounded numbers."""
    entries = tuple(_overall_entry(entry, board) for entry in board.entries)
    summary = _summary(board.resampling, board.decimals)
    return board.model_copy(update={"entries": entries, "resampling": summary})


def _overall_entry(entry: OverallEntry, board: OverallBoard) -> OverallEntry:
    """Round the numbers of the overall board; its values are made of rounded ones already."""
    found = entry.uncertainty
    decimals = board.decimals if board.metric is not None else _DECIMALS
    metric = board.metric or "mean-rank"
    if found is not None:
        found = found.model_copy(
            update={
                "interval": _bounds(metric, found.interval, decimals),
                "p_first": None if found.p_first is None else round(found.p_first, _DECIMALS),
                "podium": tuple(round(share, _DECIMALS) for share in found.podium),
            }
        )
    value = entry.value if board.metric is not None else round(entry.value, _DECIMALS)
    return entry.model_copy(update={"value": value, "uncertainty": found})


def _entry(entry: Entry, decimals: int) -> Entry:
    levels = {name: _level(scores, decimals) for name, scores in entry.levels.items()}
    return entry.model_copy(
        update={
            "metrics": round_metrics(entry.metrics, decimals),
            "levels": levels,
            "uncertainty": _uncertainty(entry.uncertainty, decimals),
            "breakdown": _breakdown(entry.breakdown, decimals),
        }
    )


def _level(scores: LevelScores, decimals: int) -> LevelScores:
    bounds = None if scores.intervals is None else _intervals(scores.intervals, decimals)
    return scores.model_copy(
        update={"metrics": round_metrics(scores.metrics, decimals), "intervals": bounds}
    )


def _breakdown(found: Breakdown | None, decimals: int) -> Breakdown | None:
    if found is None:
        return None
    slices = tuple(
        each.model_copy(
            update={
                "metrics": round_metrics(each.metrics, decimals),
                "intervals": None
                if each.intervals is None
                else _intervals(each.intervals, decimals),
            }
        )
        for each in found.slices
    )
    return found.model_copy(update={"slices": slices})


def _intervals(intervals: Mapping[str, Bounds], decimals: int) -> dict[str, Bounds]:
    return {name: _bounds(name, bounds, decimals) for name, bounds in intervals.items()}


def _bounds(metric: str, bounds: Bounds, decimals: int) -> Bounds:
    return {
        end: None if value is None else round_metric(metric, value, decimals)
        for end, value in bounds.items()
    }


def _uncertainty(found: EntryUncertainty | None, decimals: int) -> EntryUncertainty | None:
    if found is None:
        return None
    return found.model_copy(
        update={
            "intervals": _intervals(found.intervals, decimals),
            "ceiling_share": round_metrics(found.ceiling_share, _DECIMALS),
            "p_first": None if found.p_first is None else round(found.p_first, _DECIMALS),
            "podium": tuple(round(share, _DECIMALS) for share in found.podium),
        }
    )


def _summary(summary: ResamplingSummary | None, decimals: int) -> ResamplingSummary | None:
    if summary is None:
        return None
    smallest = summary.smallest_difference
    return summary.model_copy(
        update={
            "rank_agreement": round_metrics(summary.rank_agreement, _DECIMALS),
            "smallest_difference": None if smallest is None else float(f"{smallest:.2g}"),
            "difference_p": tuple(tuple(map(_round_up, row)) for row in summary.difference_p),
            "ceilings": _ceilings(summary.ceilings, decimals),
        }
    )


def _round_up(p: float) -> float:
    return math.ceil(round(p * _P_STEPS, 6)) / _P_STEPS


def _ceilings(ceilings: Ceilings | None, decimals: int) -> Ceilings | None:
    if ceilings is None:
        return None
    return ceilings.model_copy(
        update={
            "ceiling": round_metrics(ceilings.ceiling, decimals),
            "other": round_metrics(ceilings.other, decimals),
            "ceiling_intervals": _intervals(ceilings.ceiling_intervals, decimals),
            "floor": round_metrics({"MSE": ceilings.floor}, decimals)["MSE"],
            "floor_interval": _bounds("MSE", ceilings.floor_interval, decimals),
        }
    )


def _screening(each: ScreenedRanking, decimals: int) -> ScreenedRanking:
    places = tuple(
        place.model_copy(update={"metrics": round_metrics(place.metrics, decimals)})
        for place in each.places
    )
    return each.model_copy(update={"places": places})
