"""The forest plot: the value of each system with its interval, beside the noise ceiling."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xacle_eval.challenge.rules import Kind
from xacle_eval.reports.site.charts.axis import Axis, axis_of
from xacle_eval.reports.site.ranking import RankedSystem, Ranking

__all__ = ["SHAPES", "Forest", "ForestMark", "forest_of"]

SHAPES: dict[Kind, str] = {"competing": "dot", "baseline": "triangle", "out of competition": "gem"}
_COLOURS = 4
# Values further from the middle half than so many times its width do not stretch the axis.
_FAR = 6.0
_FEWEST = 4
# Systems outside the competition lengthen the axis by at most this share of it, to each side.
_ASIDE = 0.5


@dataclass(frozen=True, slots=True)
class ForestMark:
    """A value with its interval, in percent of the axis.

    ``low`` and ``high`` are None without an interval. ``colour`` is one of four, by cluster; -1 is
    none. ``outside`` is the side of the axis beyond which the value is: ``low``, ``high`` or empty.
    """

    middle: float
    low: float | None
    high: float | None
    shape: str = "dot"
    colour: int = -1
    outside: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Forest:
    """The marks of a forest plot, one for each system; None is a system without a value.

    ``limit`` is the place of the noise ceiling or floor, ``limit_low`` to ``limit_high`` its
    interval; None if unknown. ``limit_mark`` is its mark in a row of its own.
    """

    axis: Axis
    marks: tuple[ForestMark | None, ...]
    limit: float | None = None
    limit_low: float | None = None
    limit_high: float | None = None
    limit_name: str = ""
    limit_mark: ForestMark | None = None


def forest_of(ranking: Ranking, most_ticks: int = 5) -> Forest:
    """Return the forest plot of a ranking, by its first value."""
    bounds = ranking.ceiling_bounds or {"low": None, "high": None}
    axis = axis_of(_axis_ends(ranking), most_ticks)
    low, high = bounds["low"], bounds["high"]
    return Forest(
        axis=axis,
        marks=tuple(_mark(each, ranking, axis) for each in ranking.systems),
        limit=None if ranking.ceiling is None else axis.place(ranking.ceiling),
        limit_low=None if low is None else axis.place(low),
        limit_high=None if high is None else axis.place(high),
        limit_name=ranking.limit if ranking.ceiling is not None else "",
        limit_mark=_limit_mark(ranking, axis, low, high),
    )


def _axis_ends(ranking: Ranking) -> list[float]:
    """Return the values that the axis covers.

    Those are the intervals of the systems that compete, and the noise ceiling. The others, and
    systems whose value stands for an undefined one, count only if they are not far away.
    """
    own = [each for each in ranking.systems if each.kind == "competing" and not each.undefined]
    bounds = ranking.ceiling_bounds or {"low": None, "high": None}
    limits = [end for end in (ranking.ceiling, *bounds.values()) if end is not None]
    core = [*_near(_ends(own or ranking.systems)), *limits]
    if not core:
        return []
    reach = _ASIDE * (max(core) - min(core))
    low, high = min(core) - reach, max(core) + reach
    aside = [each for each in ranking.systems if each not in own]
    return [*core, *(end for end in _ends(aside) if low <= end <= high)]


def _ends(systems: Iterable[RankedSystem]) -> list[float]:
    return [end for each in systems for end in (each.value, each.low, each.high) if end is not None]


def _limit_mark(
    ranking: Ranking, axis: Axis, low: float | None, high: float | None
) -> ForestMark | None:
    if ranking.ceiling is None:
        return None
    text, interval = ranking.text(ranking.ceiling), ranking.interval(low, high)
    whole = low is not None and high is not None
    return ForestMark(
        middle=axis.place(ranking.ceiling),
        low=axis.place(low) if whole and low is not None else None,
        high=axis.place(high) if whole and high is not None else None,
        shape="bar",
        label=f"{ranking.limit}: {ranking.title} {text}" + (f", {interval}" if interval else ""),
    )


def _near(values: Sequence[float]) -> list[float]:
    """Return the values without those that are very far from most: they would hide the others."""
    if len(values) < _FEWEST:
        return list(values)
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    reach = _FAR * (third - first)
    return [value for value in values if first - reach <= value <= third + reach] or list(values)


def _mark(each: RankedSystem, ranking: Ranking, axis: Axis) -> ForestMark | None:
    if each.value is None:
        return None
    text, interval = ranking.text(each.value), ranking.interval(each.low, each.high)
    cluster = each.uncertainty.cluster if each.uncertainty else None
    outside = "" if axis.covers(each.value) else "low" if each.value < axis.low else "high"
    return ForestMark(
        middle=axis.place(each.value),
        low=None if each.low is None or each.high is None else axis.place(each.low),
        high=None if each.low is None or each.high is None else axis.place(each.high),
        shape=SHAPES[each.kind],
        colour=-1 if cluster is None else (cluster - 1) % _COLOURS,
        outside=outside,
        label=f"{ranking.title} {text}" + (f", {interval}" if interval else ""),
    )
