"""Numbers in results: undefined values are None, because JSON has no NaN and no infinity."""

from __future__ import annotations

import math

__all__ = ["none_if_undefined"]


def none_if_undefined(value: float) -> float | None:
    """Return a value as a Python float, or None if it is NaN or too large for a float."""
    return float(value) if math.isfinite(value) else None
