"""The scale of scores: the smallest usual scale that contains all values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Scale", "find_scale"]

# From narrow to wide: absolute category ratings, comparison ratings and sliders.
_SCALES = ((0, 1), (-1, 1), (1, 5), (0, 5), (-3, 3), (1, 7), (0, 10), (0, 100), (-100, 100))
# A seven-point scale is only assumed if both of its ends were used: averages on a scale from 0 to
# 10 often lie between 1 and 7 too.
_BOTH_ENDS = ((1, 7),)


@dataclass(frozen=True)
class Scale:
    """A scale, the values that suggest it, and other scales that contain the values.

    ``usual`` is False if no usual scale contains the values; the scale then ends at whole numbers.
    """

    minimum: int
    maximum: int
    evidence: str
    others: tuple[tuple[int, int], ...]
    usual: bool = True


def find_scale(values: Sequence[float], lines: Sequence[int]) -> Scale:
    """Return the scale of finite values, of which there is at least one.

    Parameters
    ----------
    values : sequence of float
        Ratings or averages.
    lines : sequence of int
        The line of each value.
    """
    lowest = min(range(len(values)), key=values.__getitem__)
    highest = max(range(len(values)), key=values.__getitem__)
    low, high = values[lowest], values[highest]
    evidence = f"{low:g} in line {lines[lowest]} to {high:g} in line {lines[highest]}"
    fitting = [scale for scale in _SCALES if scale[0] <= low and high <= scale[1]]
    likely = [scale for scale in fitting if scale not in _BOTH_ENDS or scale == (low, high)]
    if not likely:
        minimum, maximum = math.floor(low), math.ceil(high)
        return Scale(minimum, max(maximum, minimum + 1), evidence, (), usual=False)
    # Almost every positive value fits a scale with a negative end.
    others = tuple(scale for scale in fitting if scale != likely[0] and (low < 0 or scale[0] >= 0))
    return Scale(*likely[0], evidence, others[:3])
