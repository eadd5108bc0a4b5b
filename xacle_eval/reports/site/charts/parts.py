"""Forest plots of scores and of differences, as parts of a figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xacle_eval.challenge.rounding import format_metric, round_metric
from xacle_eval.metrics import METRICS
from xacle_eval.reports.site.charts.axis import Axis, axis_of
from xacle_eval.reports.site.charts.forest import Forest, ForestMark
from xacle_eval.reports.site.charts.stack import ForestPart
from xacle_eval.reports.site.numbers import interval_text, metric_text, minus
from xacle_eval.results.comparison import ComparedPair
from xacle_eval.results.score import LevelScores
from xacle_eval.results.uncertainty import Bounds, Ceilings

__all__ = ["differences_part", "metrics_by_range", "scores_part", "value_text"]

_TICKS = 7
_NO_BOUNDS: Bounds = {"low": None, "high": None}


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of a metric with its interval, and the name and shape of its row."""

    name: str
    metric: str
    value: float | None
    bounds: Bounds
    shape: str


def metrics_by_range(metrics: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the metrics whose range is finite together, and every other one by itself."""
    names = list(metrics)
    bounded = tuple(name for name in names if not METRICS[name].relative)
    return [*([bounded] if bounded else []), *((n,) for n in names if n not in bounded)]


def value_text(value: str, interval: str) -> str:
    """Return a value with its interval in brackets, if there is one."""
    return f"{value} ({interval})" if interval else value


def scores_part(
    head: str,
    names: Sequence[str],
    scores: LevelScores,
    ceilings: Ceilings | None,
    decimals: int,
) -> ForestPart:
    """Return metrics as circles, and below each its noise ceiling or floor as a diamond."""
    rows: list[_Value] = []
    for name in names:
        bounds = (scores.intervals or {}).get(name) or _NO_BOUNDS
        rows.append(_Value(name, name, scores.metrics[name], bounds, "dot"))
        limit = None if ceilings is None else _limit(name, ceilings)
        rows += [] if limit is None else [limit]
    axis = _axis((row.value, row.bounds["low"], row.bounds["high"]) for row in rows)
    texts = (
        value_text(
            metric_text(row.metric, row.value, decimals),
            interval_text(row.metric, row.bounds, decimals),
        )
        for row in rows
    )
    marks = (
        _mark(axis, row.value, row.bounds, row.shape, 0 if row.shape == "dot" else -1)
        for row in rows
    )
    shown = tuple(row.name for row in rows)
    return ForestPart(head, shown, tuple(texts), Forest(axis, tuple(marks)))


def _limit(metric: str, ceilings: Ceilings) -> _Value | None:
    """Return the noise ceiling of a metric, or its floor; None if it is not known."""
    is_floor = metric == "MSE"
    value = ceilings.floor if is_floor else ceilings.ceiling.get(metric)
    bounds = ceilings.floor_interval if is_floor else ceilings.ceiling_intervals.get(metric)
    if value is None:
        return None
    name = f"{metric} {'ceiling' if METRICS[metric].higher_is_better else 'floor'}"
    return _Value(name, metric, value, bounds or _NO_BOUNDS, "gem")


def differences_part(head: str, pairs: Sequence[ComparedPair], decimals: int) -> ForestPart:
    """Return differences as circles, filled if significant, beside the line of no difference."""
    axis = _axis([*((each.difference, each.low, each.high) for each in pairs), (0.0,)])
    marks = tuple(
        _mark(
            axis,
            each.difference,
            {"low": each.low, "high": each.high},
            "dot" if each.significant else "ring",
            0,
        )
        for each in pairs
    )
    names = tuple(f"{each.first} minus {each.second}" for each in pairs)
    texts = tuple(_difference_text(each, decimals) for each in pairs)
    forest = Forest(axis, marks, limit=axis.place(0.0), limit_name="no difference")
    return ForestPart(head, names, texts, forest)


def _difference_text(each: ComparedPair, decimals: int) -> str:
    if each.difference is None:
        return "undefined"
    interval = ""
    if each.low is not None and each.high is not None:
        ends = (_signed(each.metric, end, decimals) for end in (each.low, each.high))
        interval = " to ".join(ends)
    return value_text(_signed(each.metric, each.difference, decimals), interval)


def _signed(metric: str, value: float, decimals: int) -> str:
    rounded = round_metric(metric, value, decimals)
    text = format_metric(metric, rounded, decimals)
    return minus(f"+{text}" if rounded > 0 else text)


def _axis(rows: Iterable[tuple[float | None, ...]]) -> Axis:
    return axis_of((end for row in rows for end in row if end is not None), most=_TICKS)


def _mark(
    axis: Axis, value: float | None, bounds: Bounds, shape: str, colour: int
) -> ForestMark | None:
    if value is None:
        return None
    low, high = bounds["low"], bounds["high"]
    known = low is not None and high is not None
    return ForestMark(
        middle=axis.place(value),
        low=axis.place(low) if known and low is not None else None,
        high=axis.place(high) if known and high is not None else None,
        shape=shape,
        colour=colour,
    )
