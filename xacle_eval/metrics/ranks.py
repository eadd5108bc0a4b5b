"""Ranks with ties, for SRCC and KTAU.

Conventions: values compare exactly, as float64 numbers (no tolerance; 0.0 and -0.0 are equal). A
*level* is a distinct value; levels are numbered from 0 in ascending order. Ranks count from 1, and
tied values share the average of the ranks they cover, as the XACLE Challenge 2026 paper prescribes
below its equation (2).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from xacle_eval.metrics.arrays import FloatVector, check_array

IntVector = npt.NDArray[np.int64]
LevelVector = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class RankedValues:
    """The order of n values, which is all that a rank correlation uses.

    Attributes
    ----------
    levels : numpy.ndarray of int32, shape (n,)
        Level of each value, in the values' own order.
    bounds : numpy.ndarray of int64, shape (level_count + 1,)
        Among the sorted values, level k covers positions ``bounds[k]`` to ``bounds[k + 1] - 1``.
    """

    levels: LevelVector
    bounds: IntVector

    @property
    def size(self) -> int:
        """Number of values, n."""
        return self.levels.size

    @property
    def level_count(self) -> int:
        """Number of distinct values."""
        return self.bounds.size - 1

    def tied_pairs(self) -> int:
        """Return how many of the n(n-1)/2 unordered pairs of values are equal."""
        return count_tied_pairs(self.bounds)

    def centred_double_ranks(self) -> IntVector:
        """Return twice each average rank minus twice the mean rank: integers within +-(n - 1).

        An average rank is a multiple of one half and the mean rank is (n + 1)/2. Doubled, they are
        integers, and sums over them are exact.
        """
        of_level: IntVector = self.bounds[:-1] + self.bounds[1:] - self.size
        return of_level[self.levels]


def rank_values(vector: FloatVector) -> RankedValues:
    """Sort a checked vector once and return its levels, in O(n log n); `vector` is unchanged."""
    order = np.argsort(vector)
    ascending = vector[order]
    begins = run_begins(ascending)
    level_of_position = np.cumsum(begins, dtype=np.int32)
    level_of_position -= 1
    levels = np.empty(vector.size, dtype=np.int32)
    levels[order] = level_of_position
    return RankedValues(levels, run_bounds(begins))


def run_begins(ascending: npt.NDArray[np.float64] | IntVector) -> npt.NDArray[np.bool_]:
    """Return where a sorted, non-empty vector differs from the value before."""
    begins = np.empty(ascending.size, dtype=np.bool_)
    begins[0] = True
    np.not_equal(ascending[1:], ascending[:-1], out=begins[1:])
    return begins


def run_bounds(begins: npt.NDArray[np.bool_]) -> IntVector:
    """Return the positions at which runs begin, followed by the total size."""
    bounds = np.empty(np.count_nonzero(begins) + 1, dtype=np.int64)
    bounds[:-1] = np.flatnonzero(begins)
    bounds[-1] = begins.size
    return bounds


def count_tied_pairs(bounds: IntVector) -> int:
    """Count the unordered pairs of positions in the same run, from the bounds of the runs."""
    if bounds.size == bounds[-1] + 1:
        return 0  # every run has one member
    counts = np.diff(bounds)
    return int(np.vdot(counts, counts - 1)) // 2


def dense_ranks(values: ArrayLike) -> IntVector:
    """Return the dense rank of each value: 1 for the smallest, then one more per distinct value.

    Parameters
    ----------
    values : array_like, shape (n,)
        Finite numbers, n >= 1.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)

    Raises
    ------
    MetricInputError
        If `values` is not a non-empty vector of finite numbers.
    """
    return rank_values(check_array(values, "values")).levels.astype(np.int64) + 1


def average_ranks(values: ArrayLike) -> FloatVector:
    """Return the rank of each value, from 1 to n; tied values share the average of their ranks.

    Parameters
    ----------
    values : array_like, shape (n,)
        Finite numbers, n >= 1.

    Returns
    -------
    numpy.ndarray of float64, shape (n,)
        Multiples of one half, exact.

    Raises
    ------
    MetricInputError
        If `values` is not a non-empty vector of finite numbers.

    Notes
    -----
    XACLE Challenge 2026, the sentence below equation (2): "If there are ties, the average rank is
    assigned to each of the tied values."

    Examples
    --------
    >>> average_ranks([2.5, 9.0, 2.5, 1.0]).tolist()
    [2.5, 4.0, 2.5, 1.0]
    """
    ranked = rank_values(check_array(values, "values"))
    return (ranked.centred_double_ranks() + (ranked.size + 1)) / 2.0
