"""Rounding: the precision at which metrics are ranked and published.

Every metric has the challenge's number of decimals. A metric without an upper limit, such as MSE,
also has at most four significant digits: one huge error could otherwise carry many digits, and each
digit reveals something about the references.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from xacle_eval.metrics import METRICS

__all__ = [
    "HUGE",
    "HUGE_DIGITS",
    "decimals_of",
    "format_metric",
    "round_metric",
    "round_metrics",
    "round_text",
    "round_value",
]

HUGE = 1e6
"""Values from here on are shown in scientific notation."""
HUGE_DIGITS = 4


def decimals_of(metric: str, value: float, decimals: int) -> int:
    """Return the number of decimals to which a value is rounded.

    Parameters
    ----------
    metric : str
        The name of the metric.
    value : float
        Its value.
    decimals : int
        The challenge's number of decimals.

    Returns
    -------
    int
        `decimals`, or fewer for a large value of a metric with few digits; negative if digits
        before the point are rounded.
    """
    return _decimals(value, decimals, METRICS[metric].digits if metric in METRICS else None)


def _decimals(value: float, decimals: int, digits: int | None) -> int:
    """Return the number of decimals that leaves at most so many significant digits."""
    if digits is None or not math.isfinite(value):
        return decimals
    # The exponent after rounding: 9.9996 becomes 10.00.
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])
    return min(decimals, digits - 1 - exponent)


def round_metric(metric: str, value: float, decimals: int) -> float:
    """Return a value as it is ranked and published; negative zero becomes zero."""
    return round(value, decimals_of(metric, value, decimals)) + 0.0


def round_value(value: float, decimals: int, digits: int | None) -> float:
    """Return a value as `round_metric` does, for a metric with a limit of significant digits."""
    return round(value, _decimals(value, decimals, digits)) + 0.0


def round_text(metric: str, text: str, decimals: int) -> float:
    """Return a written number as it is ranked, rounded in decimals, half to even.

    The binary number of "0.6375" is slightly smaller than it, and would be rounded down.
    """
    written = Decimal(text.strip())
    places = decimals_of(metric, float(written), decimals)
    return float(written.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)) + 0.0


def format_metric(metric: str, value: float, decimals: int) -> str:
    """Return the text of a value as it is ranked and published."""
    places = max(decimals_of(metric, value, decimals), 0)
    rounded = round_metric(metric, value, decimals)
    return f"{rounded:.{HUGE_DIGITS - 1}e}" if abs(rounded) >= HUGE else f"{rounded:.{places}f}"


def round_metrics(metrics: Mapping[str, float | None], decimals: int) -> dict[str, float | None]:
    """Round metrics to the precision at which the ranking compares and publishes them.

    An MSE also has at most four significant digits. No digit that is not published decides a
    rank, so the order of systems reveals nothing that their published values do not.

    Parameters
    ----------
    metrics : mapping of str to float or None
        Values by metric name.
    decimals : int
        Number of decimals, 0 or more.

    Returns
    -------
    dict of str to float or None
        The rounded values; negative zero becomes zero and None stays None.
    """
    return {
        name: None if value is None else round_metric(name, value, decimals)
        for name, value in metrics.items()
    }
