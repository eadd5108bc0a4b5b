"""Numbers in results: undefined values are None, because JSON has no NaN."""

from __future__ import annotations

import math

__all__ = ["none_if_nan"]


def none_if_nan(value: float) -> float | None:
    """Return a value as a Python float, or None if it is NaN."""
    return None if math.isnan(value) else float(value)
