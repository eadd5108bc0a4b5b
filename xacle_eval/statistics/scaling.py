"""Sums of powers of very large or very small values, without overflow or underflow.

Conventions: values are scaled by a power of two. This is exact, so the results of ordinary
values keep their bits.
"""

from __future__ import annotations

import math

import numpy as np

from xacle_eval.statistics.kernels_numpy import Floats

__all__ = ["scale_to_one", "standard_deviation"]


def scale_to_one(values: Floats) -> tuple[Floats, int]:
    """Return finite values times 2**-e, of at most 1 in magnitude, and e."""
    largest = float(np.abs(values).max(initial=0.0))
    if not 0.0 < largest < math.inf:
        return values, 0
    _, exponent = math.frexp(largest)
    scaled: Floats = np.ldexp(values, -exponent)
    return scaled, exponent


def standard_deviation(values: Floats) -> float:
    """Return the sample standard deviation of at least two finite values."""
    scaled, exponent = scale_to_one(values)
    return float(np.ldexp(scaled.std(ddof=1), exponent))
