"""Histograms: bars of equal width, with a mark for those that are not shown."""

from __future__ import annotations

from dataclasses import dataclass

from xacle_eval.reports.site.charts.axis import Axis, Tick, axis_of
from xacle_eval.reports.site.charts.plane import LEFT, PLOT, TOP
from xacle_eval.results.details import Histogram

__all__ = ["Bar", "HistogramChart", "histogram_chart"]

_PLOT_HEIGHT = 150.0
_TICKS = 7
_COUNT_TICKS = 5
_BEYOND = {
    (False, False): "",
    (True, False): "the first bar includes all values below it",
    (False, True): "the last bar includes all values above it",
    (True, True): "the outer bars include all values beyond them",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar; ``hidden`` says that its number is not shown. ``side`` is -1 below zero, 1 above."""

    x: float
    width: float
    y: float
    height: float
    side: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class HistogramChart:
    """The bars of a histogram with its axes; ``zero`` is the place of zero if it is inside.

    ``height`` is that of the drawing, ``bottom`` the place of the axis. ``beyond`` names the bars
    that have all values beyond them, too.
    """

    bars: tuple[Bar, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    zero: float | None
    bottom: float
    height: float
    beyond: str = ""

    @property
    def hidden(self) -> bool:
        """Whether the number of any bar is not shown."""
        return any(bar.hidden for bar in self.bars)


def histogram_chart(histogram: Histogram) -> HistogramChart | None:
    """Return the geometry of a histogram; None if it has no intervals."""
    edges, counts = histogram.edges, histogram.counts
    if not counts:
        return None
    most = max((number for number in counts if number), default=0)
    across, up = axis_of(edges, _TICKS, margin=0.0), _counts_axis(most)
    bottom = TOP + _PLOT_HEIGHT

    def x(percent: float) -> float:
        return round(LEFT + percent / 100 * PLOT, 2)

    def y(percent: float) -> float:
        return round(bottom - percent / 100 * _PLOT_HEIGHT, 2)

    bars = []
    for low, high, number in zip(edges, edges[1:], counts, strict=False):
        left, right, top = x(across.place(low)), x(across.place(high)), y(up.place(number or 0))
        side = -1 if high <= 0 else 1 if low >= 0 else 0
        bars.append(
            Bar(left, round(right - left, 2), top, round(bottom - top, 2), side, number is None)
        )
    return HistogramChart(
        bars=tuple(bar for bar in bars if bar.hidden or bar.height > 0),
        x_ticks=tuple(Tick(x(tick.place), tick.label) for tick in across.ticks),
        y_ticks=tuple(Tick(y(tick.place), tick.label) for tick in up.ticks),
        zero=x(across.place(0.0)) if across.covers(0.0) else None,
        bottom=bottom,
        height=bottom + 40.0,
        beyond=_BEYOND[histogram.open_low, histogram.open_high],
    )


def _counts_axis(most: int) -> Axis:
    """Return an axis of numbers whose ticks are whole numbers."""
    axes = (axis_of((0, max(most, 1)), ticks, margin=0.0) for ticks in range(_COUNT_TICKS, 0, -1))
    return next(axis for axis in axes if not any("." in tick.label for tick in axis.ticks))
