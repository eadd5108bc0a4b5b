"""The numpy kernels, which define what a kernel returns.

Conventions: R draws of n pairs; arrays over both have shape (n, R), C-contiguous, so that the draws
of a pair are adjacent in memory. *Weights* are unsigned integers: how often a pair was drawn; each
column sums to n unless parts of pairs are drawn. A system is given by its *order* (pair numbers by
ascending prediction) and the *bounds* of the runs of equal predictions in that order. *Levels*
number the distinct references from 0. A *doubled centred rank* is twice the average rank minus
twice the mean rank. It is an integer within +-(n - 1), so all rank sums are exact in int64 for n up
to 2,000,000.

Float sums add the pairs one by one in their order. :mod:`xacle_eval.statistics.kernels_numba` uses
the same order, so both return the same bits. The Python loops over pairs work on all draws at
once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.unsignedinteger]
Levels = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def rank_sums(
    order: Levels, bounds: Ints, weights: Weights, products: Ints
) -> tuple[Ints, Ints, Ints]:
    """Return the sums of a system for SRCC in each draw.

    Parameters
    ----------
    order, bounds
        The system.
    weights : shape (n, R)
    products : numpy.ndarray of int32 or int64, shape (n, R)
        Sum, over the copies of a pair, of their references' doubled centred ranks.

    Returns
    -------
    crossed, squares, cubes : numpy.ndarray of int64, shape (R,)
        Sum over copies of the product of both doubled centred ranks; sums over the distinct
        predictions of the squared and the cubed number of copies.
    """
    n = order.size
    starts = bounds[:-1]
    counts = np.add.reduceat(weights[order], starts, axis=0, dtype=np.int64)
    product = np.add.reduceat(products[order], starts, axis=0, dtype=np.int64)
    ranks = 2 * np.cumsum(counts, axis=0)
    ranks -= counts
    ranks -= n
    product *= ranks
    squares = counts * counts
    return product.sum(axis=0), squares.sum(axis=0), (squares * counts).sum(axis=0)


def concordance(
    order: Levels, bounds: Ints, levels: Levels, level_count: int, weights: Weights
) -> Ints:
    """Return concordant minus discordant comparisons of copies in each draw, shape (R,).

    Notes
    -----
    The loop goes over the pairs by ascending prediction. For every draw, a Fenwick tree counts the
    copies so far by reference level. A copy is concordant with those at lower levels and discordant
    with those at higher levels: 2 lower + equal - seen.
    """
    draws = weights.shape[1]
    wide = weights.astype(np.int64)
    tree = np.zeros((level_count + 1, draws), np.int64)
    at_level = np.zeros((level_count, draws), np.int64)
    seen = np.zeros(draws, np.int64)
    total = np.zeros(draws, np.int64)
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        members = order[start:end].tolist()
        for i in members:
            level = int(levels[i])
            net = at_level[level] - seen
            for node in _below(level):
                net += tree[node]
                net += tree[node]
            net *= wide[i]
            total += net
        for i in members:
            level = int(levels[i])
            at_level[level] += wide[i]
            seen += wide[i]
            for node in _above(level, level_count):
                tree[node] += wide[i]
    return total


def _below(level: int) -> list[int]:
    """Return the nodes of a Fenwick tree whose sum counts the levels below `level`."""
    nodes = []
    while level > 0:
        nodes.append(level)
        level &= level - 1
    return nodes


def _above(level: int, level_count: int) -> list[int]:
    """Return the nodes that count `level`."""
    nodes = []
    node = level + 1
    while node <= level_count:
        nodes.append(node)
        node += node & -node
    return nodes


def _column_sums(matrix: Floats) -> Floats:
    """Add the pairs one by one; for a single column numpy's sum uses another order."""
    sums: Floats = np.cumsum(matrix, axis=0)[-1] if matrix.shape[1] == 1 else matrix.sum(axis=0)
    return sums


def weighted_sums(weights: Weights, values: Floats) -> Floats:
    """Return the sum of `values`, shape (n,), over the copies in each draw, shape (R,)."""
    return _column_sums(weights * values[:, np.newaxis])


def centred_sums(
    weights: Weights, values: Floats, means: Floats, deviations: Floats
) -> tuple[Floats, Floats]:
    """Return sums of squared and of crossed deviations in each draw, for LCC.

    Parameters
    ----------
    weights : shape (n, R)
    values : shape (n,)
        Predictions.
    means : shape (R,)
        Their mean in each draw.
    deviations : shape (n, R)
        Sum, over the copies of a pair, of the reference's deviation from its mean in the draw.
    """
    centred = values[:, np.newaxis] - means
    crossed = centred * deviations
    centred *= centred
    centred *= weights
    return _column_sums(centred), _column_sums(crossed)


def net_concordance(groups: Ints, levels: Levels) -> Ints:
    """Return, for each item, the number of concordant minus that of discordant other items.

    Parameters
    ----------
    groups : shape (n,)
        Dense numbers of the distinct predictions, ascending.
    levels : shape (n,)
        Levels of the references.
    """
    # Comparisons within a group of equal predictions must count 0. Sorted by descending level
    # inside the group they count as discordant, by ascending level as concordant; both cancel in
    # the sum.
    descending = _net_by_position(groups, levels, -1)
    ascending = _net_by_position(groups, levels, 1)
    net: Ints = (descending + ascending) // 2
    return net


def _net_by_position(groups: Ints, levels: Levels, direction: int) -> Ints:
    """Return, for each item, the net concordance with all others if ties are sorted by level."""
    layout = np.lexsort((direction * levels, groups))
    laid = levels[layout]
    n = laid.size
    _, sorted_levels, counts = np.unique(laid, return_inverse=True, return_counts=True)
    lower_before, equal_before = _count_earlier(sorted_levels)
    below = (np.cumsum(counts) - counts)[sorted_levels]
    equal = counts[sorted_levels]
    seen = np.arange(n)
    higher_before = seen - lower_before - equal_before
    lower_after = below - lower_before
    higher_after = (n - below - equal) - higher_before
    net = np.empty(n, np.int64)
    net[layout] = lower_before - higher_before + higher_after - lower_after
    return net


def _count_earlier(levels: Ints) -> tuple[Ints, Ints]:
    """Count, for each position, the earlier positions with a lower and with an equal level.

    Notes
    -----
    Bits are processed from the highest. Positions that agree in all higher bits are adjacent, in
    their order; each one-bit among them is above the zero-bits before it. O(n log levels).
    """
    n = levels.size
    lower = np.zeros(n, np.int64)
    order = np.arange(n)
    for bit in range(int(levels.max()).bit_length() - 1, -1, -1):
        prefix = levels[order] >> (bit + 1)
        ones = (levels[order] >> bit) & 1
        zeros_before = np.cumsum(1 - ones) - (1 - ones)
        starts = np.flatnonzero(np.r_[True, prefix[1:] != prefix[:-1]])
        in_run = np.repeat(zeros_before[starts], np.diff(np.r_[starts, n]))
        lower[order] += ones * (zeros_before - in_run)
        order = order[np.lexsort((ones, prefix))]
    final = levels[order]
    starts = np.flatnonzero(np.r_[True, final[1:] != final[:-1]])
    equal = np.empty(n, np.int64)
    equal[order] = np.arange(n) - np.repeat(starts, np.diff(np.r_[starts, n]))
    return lower, equal


def swapped_rank_sums(
    owners: Levels, systems: Levels, bounds: Ints, ranks: Ints, swaps: Weights
) -> tuple[Ints, Ints]:
    """Return the sums of both samples of a paired permutation for SRCC in each draw.

    Parameters
    ----------
    owners, systems : shape (2n,)
        The pair and the system (0 or 1) of each value, over both systems' values together,
        ascending.
    bounds : runs of equal values among them.
    ranks : shape (n,)
        Doubled centred ranks of the references.
    swaps : shape (n, R)
        1 if the two values of a pair are swapped.

    Returns
    -------
    crossed, cubes : numpy.ndarray of int64, shape (2, R)
        As for :func:`rank_sums`, for the sample in the first system's place and for the other.
    """
    n = ranks.size
    in_first = (1 - (swaps[owners] ^ systems[:, np.newaxis])).astype(np.int64)
    rank_of_entry = ranks[owners]
    starts = bounds[:-1]
    counts = np.add.reduceat(in_first, starts, axis=0)
    in_first *= rank_of_entry[:, np.newaxis]
    product = np.add.reduceat(in_first, starts, axis=0)
    group_product = np.add.reduceat(rank_of_entry, starts)[:, np.newaxis]
    sizes = np.diff(bounds)[:, np.newaxis]
    through = 2 * np.cumsum(counts, axis=0)
    first = ((through - counts - n) * product).sum(axis=0)
    others = sizes - counts
    second = ((2 * bounds[1:, np.newaxis] - through - others - n) * (group_product - product)).sum(
        axis=0
    )
    return np.stack([first, second]), np.stack([(counts**3).sum(axis=0), (others**3).sum(axis=0)])


def swapped_concordance(
    owners: Levels, systems: Levels, bounds: Ints, levels: Levels, level_count: int, swaps: Weights
) -> tuple[Ints, Ints]:
    """Return the counts of both samples of a paired permutation for KTAU in each draw.

    Returns
    -------
    net, squares : numpy.ndarray of int64, shape (2, R)
        Concordant minus discordant comparisons; sums over the distinct values of the squared number
        of copies.

    Notes
    -----
    As :func:`concordance`, on the values of both systems together. Only the first sample has a tree
    for every draw. The second has the values that the first has not, and both together are the same
    in all draws.
    """
    draws = swaps.shape[1]
    member = (1 - (swaps[owners] ^ systems[:, np.newaxis])).astype(np.int64)
    sizes = np.diff(bounds)[:, np.newaxis]
    counts = np.add.reduceat(member, bounds[:-1], axis=0)
    squares = np.stack([(counts * counts).sum(axis=0), ((sizes - counts) ** 2).sum(axis=0)])
    # The last column is both samples together, with every value.
    member = np.concatenate([member, np.ones((owners.size, 1), np.int64)], axis=1)
    tree = np.zeros((level_count + 1, draws + 1), np.int64)
    at_level = np.zeros((level_count, draws + 1), np.int64)
    seen = np.zeros(draws + 1, np.int64)
    net_count = np.zeros((2, draws), np.int64)
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        for position in range(start, end):
            level = int(levels[owners[position]])
            net = at_level[level] - seen
            for node in _below(level):
                net += 2 * tree[node]
            net_count[0] += member[position, :-1] * net[:-1]
            net_count[1] += (1 - member[position, :-1]) * (net[-1] - net[:-1])
        for position in range(start, end):
            level = int(levels[owners[position]])
            at_level[level] += member[position]
            seen += member[position]
            for node in _above(level, level_count):
                tree[node] += member[position]
    return net_count, squares


def signed_sums(swaps: Weights, values: Floats) -> Floats:
    """Return, for each draw, the sum of `values`, shape (n,), negative if a pair is swapped."""
    return _column_sums(np.where(swaps != 0, -values[:, np.newaxis], values[:, np.newaxis]))
