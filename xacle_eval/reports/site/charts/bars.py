"""Bars in tables and bars of parts: shares of a width in percent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xacle_eval.results.profile import ErrorProfile

__all__ = ["ErrorPart", "Meter", "error_parts", "meters"]

_PARTS = (
    ("Bias", "the mean of all errors: the same number of points on every pair"),
    ("Slope", "a wrong use of the scale: too wide or too narrow"),
    ("Residual", "what no linear map of the predictions removes"),
)


@dataclass(frozen=True, slots=True)
class Meter:
    """A bar in a table: where it begins and how long it is, in percent of the cell."""

    start: float
    length: float


@dataclass(frozen=True, slots=True)
class ErrorPart:
    """A part of the mean squared error; ``start`` and ``share`` are percentages of it."""

    name: str
    meaning: str
    value: float
    start: float
    share: float


def meters(values: Sequence[float | None]) -> tuple[Meter | None, ...]:
    """Return a bar from zero for each value, on one axis for all; None without a value."""
    known = [value for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    width = (high - low) or 1.0

    def meter(value: float) -> Meter:
        first, last = sorted((0.0, value))
        start = 100 * (first - low) / width
        return Meter(round(start, 2), round(100 * (last - first) / width, 2))

    return tuple(None if value is None else meter(value) for value in values)


def error_parts(profile: ErrorProfile) -> tuple[ErrorPart, ...]:
    """Return the parts of the mean squared error; empty if there is no error."""
    values = (profile.bias_part, profile.slope_part, profile.residual_part)
    total = sum(values)
    if total <= 0:
        return ()
    parts, start = [], 0.0
    for (name, meaning), value in zip(_PARTS, values, strict=True):
        share = 100 * value / total
        parts.append(ErrorPart(name, meaning, value, round(start, 2), round(share, 2)))
        start += share
    return tuple(parts)
