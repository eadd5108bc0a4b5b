"""Axes: round tick values and positions between two values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from xacle_eval.reports.site.numbers import minus

__all__ = ["Axis", "Tick", "axis_of"]

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
# A hundred-millionth of a step: rounding errors do not add or remove a tick.
_SLACK = 1e-8


@dataclass(frozen=True, slots=True)
class Tick:
    """A round value of an axis: its place in percent, and its text."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from ``low`` to ``high``; ``margin`` is kept free at both ends, in percent."""

    low: float
    high: float
    ticks: tuple[Tick, ...]
    margin: float

    def place(self, value: float) -> float:
        """Return the place of a value in percent; that of the nearest end if it is outside."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.margin + share * (100.0 - 2.0 * self.margin), 2)

    def covers(self, value: float) -> bool:
        """Return whether a value is on the axis."""
        return self.low <= value <= self.high


def axis_of(values: Iterable[float], most: int = 5, margin: float = 4.0) -> Axis:
    """Return an axis that covers `values`, with at most `most` ticks.

    Values that are not finite do not count. Without values, the axis is from 0 to 1.
    """
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if high == low:
        spare = abs(low) * 0.1 or 0.5
        low, high = low - spare, high + spare
    step = _step(high - low, most)
    bare = Axis(low, high, (), margin)
    first, last = math.ceil(low / step - _SLACK), math.floor(high / step + _SLACK)
    ticks = tuple(
        Tick(bare.place(number * step), _label(number * step, step))
        for number in range(first, last + 1)
    )
    return Axis(low, high, ticks, margin)


def _step(span: float, most: int) -> float:
    """Return the smallest round distance that gives at most `most` ticks."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(step * power for step in (*_STEPS, 20.0, 50.0) if span / (step * power) < most)


def _label(value: float, step: float) -> str:
    """Return the text of a tick, with the decimals that its distance to the next one needs."""
    if step >= 1e6 or (value and abs(value) >= 1e7) or step < 1e-6:
        return minus(f"{value:.3g}")
    decimals = max(0, -math.floor(math.log10(step) + _SLACK))
    # A step of 2.5, 0.25 and so on needs one digit more.
    whole = step * 10**decimals
    decimals += abs(whole - round(whole)) > _SLACK * max(whole, 1.0)
    return minus(f"{value + 0.0:.{decimals}f}")
