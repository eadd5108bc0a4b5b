"""Invariances: whether two systems are identical to a metric although their predictions differ."""

from __future__ import annotations

import numpy as np

from xacle_eval.metrics.arrays import FloatVector
from xacle_eval.metrics.ranks import average_ranks

__all__ = ["same_after_scaling", "same_errors", "same_ranks", "zscores"]

_TOLERANCE = 1e-12


def same_ranks(first: FloatVector, second: FloatVector, _references: FloatVector) -> bool:
    """Return whether two vectors have the same ranks."""
    return bool(np.array_equal(average_ranks(first), average_ranks(second)))


def same_after_scaling(first: FloatVector, second: FloatVector, _references: FloatVector) -> bool:
    """Return whether two vectors differ only by scale and offset, within rounding."""
    return bool(np.abs(zscores(first) - zscores(second)).max() <= _TOLERANCE)


def same_errors(first: FloatVector, second: FloatVector, references: FloatVector) -> bool:
    """Return whether two vectors have the same absolute errors."""
    return bool(np.array_equal(np.abs(first - references), np.abs(second - references)))


def zscores(values: FloatVector) -> FloatVector:
    """Return values minus their mean, divided by their population standard deviation.

    Constant values give zeros.
    """
    if values.min() == values.max():
        return np.zeros_like(values)
    centred = values - values.mean()
    # Squares of very large or very small values would overflow or underflow.
    centred /= np.abs(centred).max()
    return np.asarray(centred / np.sqrt((centred * centred).mean()), dtype=np.float64)
