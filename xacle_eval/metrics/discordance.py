"""Concordant and discordant comparisons for KTAU, counted in O(n log n) with numpy.

Conventions: a *comparison* is an unordered pair of the n positions. It is tied in a variable if
both values are equal, concordant if both variables order the positions in the same way, and
discordant if they order them differently. Counts are exact Python integers.

Method: sort the positions by the variable with more levels, and ties by the other one. Each
inversion in the resulting sequence of the other variable's levels is a discordant comparison.
Listeners' averages lie on a grid and have few levels (81 for eighths from 0 to 10), so inversions
are counted for one bit of the level at a time: the sequence is read ceil(log2(levels)) times for
any n.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xacle_eval.metrics.ranks import (
    IntVector,
    LevelVector,
    RankedValues,
    count_tied_pairs,
    run_begins,
    run_bounds,
)

_CACHED_SIZE = 2**15
"""Sequences up to this size are counted in one piece: their arrays (24 bytes per position) fit in
cache.
"""


@dataclass(frozen=True, slots=True)
class ConcordanceCounts:
    """Counts of the comparisons of two variables; `untied_x`: those that are not tied in x."""

    concordant: int
    discordant: int
    untied_x: int
    untied_y: int


def count_concordance(x: RankedValues, y: RankedValues) -> ConcordanceCounts:
    """Count concordant, discordant and untied comparisons of two ranked variables of the same n."""
    many, few = (x, y) if x.level_count >= y.level_count else (y, x)
    few_in_order, tied_in_both = _order_by_both(many, few)
    discordant = count_inversions(few_in_order, few.level_count)
    total = x.size * (x.size - 1) // 2
    untied_x, untied_y = total - x.tied_pairs(), total - y.tied_pairs()
    untied_in_both = untied_x + untied_y - (total - tied_in_both)
    return ConcordanceCounts(untied_in_both - discordant, discordant, untied_x, untied_y)


def count_inversions(levels: LevelVector, level_count: int) -> int:
    """Count the inversions: pairs of positions whose earlier one has the higher level.

    Parameters
    ----------
    levels : numpy.ndarray of int32, shape (n,)
        Integers from 0 to level_count - 1.
    level_count : int
        Number of levels, at least 1.

    Notes
    -----
    Take the highest bit in which levels differ, and split the positions into zeros and ones, each
    in their order. An inversion is a one before a zero, or is within the zeros or within the
    ones.
    """
    return _count_inversions(levels, (level_count - 1).bit_length())


def _count_inversions(levels: LevelVector, bits: int) -> int:
    """Count the inversions of levels that differ only in their lowest `bits` bits."""
    if levels.size <= _CACHED_SIZE:
        return _count_cached_inversions(levels, bits)
    if bits == 0:
        return 0
    zeros, ones = _split_by_bit(levels, bits - 1)
    between = _ones_before_zeros(zeros, np.array([0, zeros.size]), np.array([0, ones.size]))
    below = _count_inversions(levels[zeros], bits - 1)
    del zeros
    return between + below + _count_inversions(levels[ones], bits - 1)


def _count_cached_inversions(levels: LevelVector, bits: int) -> int:
    """Count inversions with one pass per bit, instead of one call for each of many small parts.

    The sequence is held in *nodes*, runs of those positions that agree in all higher bits, each in
    its original order. A stable partition of the whole sequence by a bit splits every node in two
    and keeps each half in one run. The order of the runs does not matter, so only the bounds of
    the nodes are kept.
    """
    inversions = 0
    node_bounds = np.array([0, levels.size])
    for bit in reversed(range(bits)):
        zeros, ones = _split_by_bit(levels, bit)
        zeros_before = np.searchsorted(zeros, node_bounds)
        ones_before = node_bounds - zeros_before
        inversions += _ones_before_zeros(zeros, zeros_before, ones_before)
        levels = np.concatenate((levels[zeros], levels[ones]))
        node_bounds = np.concatenate((zeros_before[:-1], zeros.size + ones_before))
    return inversions


def _split_by_bit(levels: LevelVector, bit: int) -> tuple[IntVector, IntVector]:
    """Return the positions of the levels whose bit is zero, and of those whose bit is one."""
    is_one = (levels & (1 << bit)) != 0
    return np.flatnonzero(~is_one), np.flatnonzero(is_one)


def _ones_before_zeros(zeros: IntVector, zeros_before: IntVector, ones_before: IntVector) -> int:
    """Return the number of ones before each zero within its node, summed over all zeros.

    The k-th zero, at position p, has p - k ones before it in the whole sequence; those before its
    node are subtracted.
    """
    everywhere = int(zeros.sum()) - zeros.size * (zeros.size - 1) // 2
    of_earlier_nodes = int(np.vdot(np.diff(zeros_before), ones_before[:-1]))
    return everywhere - of_earlier_nodes


def _order_by_both(first: RankedValues, second: RankedValues) -> tuple[LevelVector, int]:
    """Return the levels of `second` sorted by (first, second), and the number tied in both.

    Both levels share one int64, the levels of `first` in the higher bits, so one plain sort orders
    by both.
    """
    bits = (second.level_count - 1).bit_length()
    keys: npt.NDArray[np.int64] = first.levels.astype(np.int64)
    keys <<= bits
    keys |= second.levels
    keys.sort()
    tied_in_both = 0
    if first.level_count < first.size:
        tied_in_both = count_tied_pairs(run_bounds(run_begins(keys)))
    keys &= (1 << bits) - 1
    return keys.astype(np.int32), tied_in_both
