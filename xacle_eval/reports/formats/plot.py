"""A plot of a plan as SVG: pairs and cost by the number of listeners per pair.

The text is made of numbers and of the names of metrics only, and the bytes depend on the plan only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from xacle_eval.results.planning import PlanReport
from xacle_eval.text import count

__all__ = ["plan_svg"]

_WIDTH, _HEIGHT = 720, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 110, 90, 84, 60
_PAIRS, _COST = "#0072b2", "#d55e00"
_MOST_TICKS = 10
_NEAR = 16.0
"""Labels of two line ends are at least this many units apart."""


def plan_svg(report: PlanReport) -> str:
    """Return the plot; both curves have one logarithmic axis, with a label at each line's end."""
    sizes = [design.listeners for design in report.designs]
    cost = "cost" if report.pair_cost else "ratings"
    # The larger numbers first, so that the line of pairs is seen where both coincide.
    curves = {
        (cost, _COST): [design.cost for design in report.designs],
        ("pairs", _PAIRS): [float(design.pairs) for design in report.designs],
    }
    values = [value for curve in curves.values() for value in curve]
    ticks = _ticks(min(values), max(values))
    x = _scale(sizes[0], sizes[-1], _LEFT + 24, _WIDTH - _RIGHT - 16)
    y = _scale(ticks[0], ticks[-1], _HEIGHT - _BOTTOM, _TOP)
    title = (
        f"{report.metric}: pairs and {cost} that find a difference of {report.difference:g} with "
        f"power {100 * report.power:g} %"
    )
    below = (
        f"two-sided test at alpha {report.alpha:g}; better system: LCC {report.score:g}; "
        f"correlation between the systems: {report.between:g}"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_WIDTH / 2, 22, title, "middle", size=14),
        _text(_WIDTH / 2, 42, below, "middle", "#555"),
        *_axes(sizes, ticks, x, y),
    ]
    heights = _apart([y(curve[-1]) for curve in curves.values()])
    for (key, curve), height in zip(curves.items(), heights, strict=True):
        name, colour = key
        points = [(x(size), y(value)) for size, value in zip(sizes, curve, strict=True)]
        # A ring around a dot shows both curves where they coincide.
        radius = 6.0 if name == cost else 3.5
        filled = sizes.index(report.cheapest) if name == cost else None
        parts += _curve(points, colour, radius, filled)
        parts.append(_text(points[-1][0] + 14, height + 4, name, "start", colour))
    best = next(each for each in report.designs if each.listeners == report.cheapest)
    text = f"● cheapest: {count(best.pairs, 'pair')} with {count(best.listeners, 'listener')} each"
    # Above the curves, where no line can cross it; the dot is as the filled one of the curve.
    parts.append(_text(_LEFT, _TOP - 14, text, "start", _COST))
    return "\n".join([*parts, "</svg>", ""])


def _curve(
    points: Sequence[tuple[float, float]], colour: str, radius: float, filled: int | None
) -> list[str]:
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    rings = [
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{radius:g}" '
        f'fill="{colour if place == filled else "white"}" stroke="{colour}" stroke-width="2"/>'
        for place, (a, b) in enumerate(points)
    ]
    return [
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *rings,
    ]


def _apart(heights: list[float]) -> list[float]:
    """Move the second of two labels below the first if they would overlap."""
    first, second = heights
    return [first, max(second, first + _NEAR)]


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers from one at or below `low` to one at or above `high`.

    Multiples 1, 2 and 5 of powers of ten, or fewer if that would be too many for the labels.
    """
    found: list[float] = []
    for steps in ((1, 2, 5), (1, 3), (1,)):
        powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
        marks = [step * 10.0**power for power in powers for step in steps]
        start = max(place for place, mark in enumerate(marks) if mark <= low)
        end = min(place for place, mark in enumerate(marks) if mark >= high)
        found = marks[start : max(end, start + 1) + 1]
        if len(found) <= _MOST_TICKS:
            break
    return found


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Return the place of a value on a logarithmic axis; the middle if there is one value only."""
    if not high > low:
        return lambda _: (start + end) / 2.0
    span = math.log(high / low)

    def place(value: float) -> float:
        return start + (end - start) * math.log(value / low) / span

    return place


def _axes(
    sizes: Sequence[int],
    ticks: Sequence[float],
    x: Callable[[float], float],
    y: Callable[[float], float],
) -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for tick in ticks:
        level = y(tick)
        parts.append(
            f'<line x1="{_LEFT}" y1="{level:.1f}" x2="{right}" y2="{level:.1f}" stroke="#ddd"/>'
        )
        parts.append(_text(_LEFT - 8, level + 4, f"{tick:,.0f}", "end"))
    parts.append(f'<path d="M{_LEFT},{_TOP}V{bottom}H{right}" fill="none" stroke="black"/>')
    last = -math.inf
    for size in sizes:
        place = x(size)
        parts.append(
            f'<line x1="{place:.1f}" y1="{bottom}" x2="{place:.1f}" y2="{bottom + 5}" '
            'stroke="black"/>'
        )
        if place - last > 8 * len(str(size)):
            parts.append(_text(place, bottom + 20, str(size), "middle"))
            last = place
    middle = (_TOP + bottom) / 2
    parts.append(_text((_LEFT + right) / 2, _HEIGHT - 16, "listeners per pair", "middle"))
    parts.append(
        f'<text transform="translate(20,{middle:.1f}) rotate(-90)" text-anchor="middle">'
        "number, log scale</text>"
    )
    return parts


def _text(x: float, y: float, text: str, anchor: str, fill: str = "black", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" font-size="{size}">'
        f"{escape(text)}</text>"
    )
