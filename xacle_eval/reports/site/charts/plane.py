"""The plane of references and predictions: two axes in the units of a drawing, and the diagonal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xacle_eval.reports.site.charts.axis import Axis, Tick, axis_of

__all__ = ["HEIGHT", "LEFT", "PLOT", "TOP", "WIDTH", "Plane", "plane_of"]

# A drawing is as wide as the narrowest screen leaves, so that its text is readable there.
WIDTH, LEFT, TOP = 328.0, 40.0, 8.0
PLOT = WIDTH - LEFT - 8.0
HEIGHT = TOP + PLOT + 40.0
_TICKS = 7


@dataclass(frozen=True, slots=True)
class Plane:
    """A square plot of the scale; places are in the units of the drawing.

    ``x_ticks`` and ``y_ticks`` have their places; ``diagonal`` is x1, y1, x2, y2 of the line where
    prediction and reference are equal. ``height`` is that of the drawing.
    """

    x_axis: Axis
    y_axis: Axis
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    diagonal: tuple[float, float, float, float]
    height: float = HEIGHT

    def x(self, value: float) -> float:
        """Return the place of a reference."""
        return _right(self.x_axis, value)

    def y(self, value: float) -> float:
        """Return the place of a prediction; the lowest is at the bottom."""
        return _down(self.y_axis, value)


def plane_of(low: float, high: float, predictions: Iterable[float] = ()) -> Plane:
    """Return the plane of a scale.

    Parameters
    ----------
    low, high : float
        The ends of the scale, the references' axis.
    predictions : iterable of float
        Values that the axis of predictions must show; at most half the scale beyond it.
    """
    reach = (high - low) / 2
    wanted = [min(max(value, low - reach), high + reach) for value in predictions]
    x_axis = axis_of((low, high), _TICKS, margin=0.0)
    y_axis = axis_of((low, high, *wanted), _TICKS, margin=0.0)
    return Plane(
        x_axis,
        y_axis,
        tuple(Tick(_on_x(tick.place), tick.label) for tick in x_axis.ticks),
        tuple(Tick(_on_y(tick.place), tick.label) for tick in y_axis.ticks),
        (_right(x_axis, low), _down(y_axis, low), _right(x_axis, high), _down(y_axis, high)),
    )


def _right(axis: Axis, value: float) -> float:
    return _on_x(axis.place(value))


def _down(axis: Axis, value: float) -> float:
    return _on_y(axis.place(value))


def _on_x(percent: float) -> float:
    return round(LEFT + percent / 100 * PLOT, 2)


def _on_y(percent: float) -> float:
    return round(TOP + (100 - percent) / 100 * PLOT, 2)
