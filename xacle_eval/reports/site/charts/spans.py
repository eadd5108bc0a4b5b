"""Spans: values with their intervals on one line, such as a ceiling beside the best system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xacle_eval.reports.site.charts.axis import Axis, Tick, axis_of
from xacle_eval.reports.site.charts.plane import LEFT, PLOT, TOP

__all__ = ["Span", "SpanChart", "SpanMark", "span_chart"]

_ROW = 26.0
_TICKS = 6


@dataclass(frozen=True, slots=True)
class Span:
    """A value to draw, with its interval; ``kind`` is the kind of its mark."""

    kind: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class SpanMark:
    """The place of a value and of the ends of its interval, which are None without one."""

    kind: str
    x: float
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SpanChart:
    """Marks in lines above the axis at ``bottom``; ``height`` is that of the drawing."""

    marks: tuple[SpanMark, ...]
    ticks: tuple[Tick, ...]
    bottom: float
    height: float


def span_chart(spans: Sequence[Span]) -> SpanChart | None:
    """Return the geometry of some values on one axis, each in its own line; None without values."""
    known = [each for each in spans if each.value is not None]
    ends = [end for each in known for end in (each.value, each.low, each.high) if end is not None]
    if not ends:
        return None
    axis = axis_of(ends, _TICKS, margin=3.0)
    bottom = TOP + _ROW * len(known)
    return SpanChart(
        marks=tuple(_mark(each, axis, place) for place, each in enumerate(known)),
        ticks=tuple(Tick(_x(tick.place), tick.label) for tick in axis.ticks),
        bottom=bottom,
        height=bottom + 22.0,
    )


def _x(percent: float) -> float:
    return round(LEFT / 4 + percent / 100 * (PLOT + LEFT * 3 / 4), 2)


def _mark(span: Span, axis: Axis, place: int) -> SpanMark:
    value = span.value if span.value is not None else axis.low
    whole = span.low is not None and span.high is not None
    return SpanMark(
        span.kind,
        _x(axis.place(value)),
        TOP + _ROW * (place + 0.5),
        _x(axis.place(span.low)) if whole and span.low is not None else None,
        _x(axis.place(span.high)) if whole and span.high is not None else None,
    )
