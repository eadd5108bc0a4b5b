"""Rounding: the precision at which metrics are ranked and published.

Every metric has the challenge's number of decimals. A metric without an upper limit, such as MSE,
also has at most four significant digits: one huge error could otherwise carry many digits, and each
digit reveals something about the references.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal

from xacle_eval.metrics import METRICS

__all__ = ["LARGEST_PLAIN", "decimals_of", "format_metric", "round_metric", "round_published"]

LARGEST_PLAIN = 1e6
"""A larger value is printed with an exponent."""
_DIGITS = 4


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
    digits = METRICS[metric].digits if metric in METRICS else None
    if digits is None or not math.isfinite(value):
        return decimals
    # The exponent after rounding: 9.9996 becomes 10.00.
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])
    return min(decimals, digits - 1 - exponent)


def round_metric(metric: str, value: float, decimals: int) -> float:
    """Return a value as it is ranked and published; negative zero becomes zero."""
    return round(value, decimals_of(metric, value, decimals)) + 0.0


def round_published(metric: str, text: str, decimals: int) -> float:
    """Return a published number as it is ranked; it is rounded as the decimal that is written.

    The number 0.6375 has no exact binary form: as a float it is a little smaller and would become
    0.637. A half is rounded to the even digit, as Python's `round` does.

    Parameters
    ----------
    metric : str
        The name of the metric.
    text : str
        A finite decimal number, such as ``0.6375`` or ``1e-3``.
    decimals : int
        The challenge's number of decimals.
    """
    places = decimals_of(metric, float(text), decimals)
    # More digits than any field that is read as a number needs; the default has 28.
    context = Context(prec=500, rounding=ROUND_HALF_EVEN)
    return float(Decimal(text).quantize(Decimal(1).scaleb(-places), context=context)) + 0.0


def format_metric(metric: str, value: float, decimals: int) -> str:
    """Return the text of a value as it is ranked and published; above 1e6 with an exponent."""
    rounded = round_metric(metric, value, decimals)
    if abs(rounded) > LARGEST_PLAIN:
        return f"{rounded:.{_DIGITS - 1}e}"
    places = max(decimals_of(metric, value, decimals), 0)
    return f"{rounded:.{places}f}"
