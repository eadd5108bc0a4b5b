"""A plot of a plan as SVG: pairs and cost by the number of listeners per pair.

The text is made of numbers and of the names of metrics only, and the bytes depend on the plan only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from xacle_eval.results.planning import PlanReport

__all__ = ["plan_svg"]

_WIDTH, _HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 40, 50
_PAIRS, _COST = "#0072b2", "#d55e00"


def plan_svg(report: PlanReport) -> str:
    """Return the plot; both curves have one logarithmic axis."""
    sizes = [design.listeners for design in report.designs]
    curves = {
        ("pairs", _PAIRS): [float(design.pairs) for design in report.designs],
        ("cost" if report.pair_cost else "ratings", _COST): [
            design.cost for design in report.designs
        ],
    }
    values = [value for curve in curves.values() for value in curve]
    low = 10.0 ** math.floor(math.log10(min(values)))
    high = 10.0 ** math.ceil(math.log10(max(values) * 1.0001))
    x = _scale(sizes[0], sizes[-1], _LEFT + 20, _WIDTH - _RIGHT - 20)
    y = _scale(low, high, _HEIGHT - _BOTTOM, _TOP)
    title = (
        f"{report.metric}: pairs and {next(reversed(curves))[0]} that find a difference of "
        f"{report.difference:g} with power {100 * report.power:g} %"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_WIDTH / 2, 20, title, "middle"),
        *_axes(sizes, low, high, x, y),
    ]
    for place, ((name, colour), curve) in enumerate(curves.items()):
        points = [(x(size), y(value)) for size, value in zip(sizes, curve, strict=True)]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for design, (a, b) in zip(report.designs, points, strict=True):
            filled = colour if design.listeners == report.cheapest else "white"
            parts.append(
                f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{filled}" stroke="{colour}"/>'
            )
        parts.append(_text(_WIDTH - _RIGHT - 8, _TOP + 16 * (place + 1), name, "end", colour))
    return "\n".join([*parts, "</svg>", ""])


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Return the place of a value on a logarithmic axis."""
    span = math.log(high / low) if high > low else 1.0

    def place(value: float) -> float:
        return start + (end - start) * math.log(value / low) / span

    return place


def _axes(
    sizes: Sequence[int],
    low: float,
    high: float,
    x: Callable[[float], float],
    y: Callable[[float], float],
) -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
        level = y(10.0**power)
        parts.append(
            f'<line x1="{_LEFT}" y1="{level:.1f}" x2="{right}" y2="{level:.1f}" stroke="#ddd"/>'
        )
        parts.append(_text(_LEFT - 8, level + 4, f"{10**power:,}", "end"))
    parts.append(f'<path d="M{_LEFT},{_TOP}V{bottom}H{right}" fill="none" stroke="black"/>')
    parts += [_text(x(size), bottom + 18, str(size), "middle") for size in sizes]
    parts.append(_text((_LEFT + right) / 2, _HEIGHT - 12, "listeners per pair", "middle"))
    return parts


def _text(x: float, y: float, text: str, anchor: str, fill: str = "black") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'
    )
