"""Numbers as pages and figures show them: rounded as published, with real minus signs."""

from __future__ import annotations

from xacle_eval.challenge.rounding import format_metric
from xacle_eval.results.uncertainty import Bounds

__all__ = ["NO_BREAK", "interval_text", "is_rough", "metric_text", "minus", "percent", "span_text"]

NO_BREAK = "\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"


def minus(text: str) -> str:
    """Return the text of a number with minus signs instead of hyphens."""
    return text.replace("-", _MINUS)


def metric_text(metric: str, value: float | None, decimals: int) -> str:
    """Return the value of a metric as it is published; ``undefined`` if it has none."""
    return "undefined" if value is None else minus(format_metric(metric, value, decimals))


def interval_text(metric: str, bounds: Bounds | None, decimals: int) -> str:
    """Return an interval such as ``0.582 to 0.630``; empty if there is none."""
    if not bounds or bounds["low"] is None or bounds["high"] is None:
        return ""
    low, high = (metric_text(metric, bounds[end], decimals) for end in ("low", "high"))
    return f"{low} to {high}"


def percent(share: float, decimals: int = 1) -> str:
    """Return a share from 0 to 1 as a percentage; a small one is never shown as zero."""
    smallest = 0.1**decimals
    if 0.0 < 100.0 * share < smallest / 2:
        return f"<{NO_BREAK}{smallest:.{decimals}f}{NO_BREAK}%"
    return f"{100.0 * share:.{decimals}f}{NO_BREAK}%"


def is_rough(total: float, decimals: int, share: float = 0.01) -> bool:
    """Return whether rounding a part of a total to the decimals can change its share so much."""
    return 0.5 * 0.1**decimals > share * total


def span_text(low: int | None, high: int | None) -> str:
    """Return ranks such as ``1 to 3``, or ``2`` if both are equal; empty without ranks."""
    if low is None or high is None:
        return ""
    return str(low) if low == high else f"{low} to {high}"
