"""Calibration: the predictions of pairs with similar references, beside the diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xacle_eval.reports.site.charts.plane import Plane, plane_of
from xacle_eval.results.details import CalibrationLevel

__all__ = ["CalibrationChart", "LevelMark", "calibration_chart"]


@dataclass(frozen=True, slots=True)
class LevelMark:
    """A level: the place of its mean, and of the quartiles of its predictions.

    ``outside`` says that any of them is beyond the axis and drawn at its end.
    """

    x: float
    mean: float
    low: float
    middle: float
    high: float
    outside: bool


@dataclass(frozen=True, slots=True)
class CalibrationChart:
    """The marks of a calibration chart, lowest references first; ``line`` joins their means."""

    plane: Plane
    marks: tuple[LevelMark, ...]
    line: str

    @property
    def outside(self) -> bool:
        """Whether a value is beyond the axis."""
        return any(mark.outside for mark in self.marks)


def calibration_chart(
    levels: Sequence[CalibrationLevel], low: float, high: float
) -> CalibrationChart:
    """Return the geometry of a calibration chart on a scale from `low` to `high`."""
    values = [value for each in levels for value in (each.mean, each.q1, each.q3)]
    plane = plane_of(low, high, values)
    marks = tuple(_mark(each, plane) for each in levels)
    return CalibrationChart(plane, marks, " ".join(f"{m.x:g},{m.mean:g}" for m in marks))


def _mark(level: CalibrationLevel, plane: Plane) -> LevelMark:
    shown = (level.mean, level.q1, level.median, level.q3)
    mean, low, middle, high = map(plane.y, shown)
    outside = not all(map(plane.y_axis.covers, shown))
    return LevelMark(plane.x(level.reference), mean, low, middle, high, outside)
