"""The kernels compiled by numba: sums over several resamples at a time.

Conventions: as in :mod:`xacle_eval.statistics.kernels_numpy`, which has the same functions; both
return the same bits. Each function loops over the pairs once for a tile of resamples whose weights
are adjacent in memory, so that the compiler vectorises the innermost loop over the tile. Functions
here are long because calls inside the loop would prevent that.
"""
# ruff: noqa: C901, PLR0912, PLR0915  (one loop over the data is one function, see above)

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import numpy as np
from numba import config, njit

from xacle_eval.statistics.kernels_numpy import Floats, Ints, Levels, Weights

_Lanes = tuple[int, ...]

_TILES = ((65_536, (0,) * 64), (262_144, (0,) * 16), (2_000_000, (0,) * 4))
"""(largest number of pairs, a tuple as long as the tile of resamples), at most a block of
resamples.

The length of a tuple is part of its type, so the compiler knows it and unrolls the innermost loops.
A Fenwick tree over 81 levels of 64 int32 sums (20 KiB) fits in the first-level cache.
"""

_LARGEST_INT32_CUBE = 1290
"""The largest number whose cube fits in int32; products of int32 are several times faster."""

COMPILED = not getattr(config, "DISABLE_JIT", False)
"""Whether numba compiles; if not, these loops are many times slower than the numpy kernels."""

_Function = TypeVar("_Function", bound=Callable[..., object])


def _compile(function: _Function) -> _Function:
    """Compile without the interpreter lock; cache the machine code on disk if possible."""
    try:
        compiled: Any = njit(nogil=True, cache=True)(function)
    except (OSError, RuntimeError):  # numba found no writable folder for its cache
        compiled = njit(nogil=True)(function)
    if COMPILED and hasattr(compiled, "_cache"):
        compiled._cache = _OptionalCache(compiled._cache)
    return cast(_Function, compiled)


class _OptionalCache:
    """The cache of a function, ignored if its files are damaged or the disk is full."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def load_overload(self, *arguments: Any) -> Any:
        """Return compiled code, or None to compile again."""
        try:
            return self._cache.load_overload(*arguments)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001  (unpickling damaged files can raise anything)
            return None

    def save_overload(self, *arguments: Any) -> None:
        """Save compiled code; later runs compile again if that fails."""
        with suppress(OSError, EOFError, ValueError, pickle.PickleError):
            self._cache.save_overload(*arguments)


@_compile
def _rank_sums(
    order: Levels, bounds: Ints, weights: Weights, products: Ints, lanes: _Lanes
) -> tuple[Ints, Ints, Ints]:
    tile = len(lanes)
    n, draws = weights.shape
    sums = np.zeros((3, draws), np.int64)
    weight = np.zeros((n, tile), np.int32)
    crossed_weight = np.zeros((n, tile), products.dtype)
    for start in range(0, draws, tile):
        used = min(tile, draws - start)
        for position in range(n):
            i = order[position]
            for r in range(used):
                weight[position, r] = weights[i, start + r]
            for r in range(used):
                crossed_weight[position, r] = products[i, start + r]
        before = np.zeros(tile, np.int32)
        count = np.zeros(tile, np.int32)
        product = np.zeros(tile, np.int64)
        crossed = np.zeros(tile, np.int64)
        squares = np.zeros(tile, np.int64)
        cubes = np.zeros(tile, np.int64)
        for group in range(bounds.size - 1):
            for r in range(tile):
                count[r] = 0
            for r in range(tile):
                product[r] = 0
            for position in range(bounds[group], bounds[group + 1]):
                for r in range(tile):
                    count[r] += weight[position, r]
                for r in range(tile):
                    product[r] += crossed_weight[position, r]
            for r in range(tile):
                crossed[r] += np.int64(2 * before[r] + count[r] - n) * product[r]
            for r in range(tile):
                square = np.int64(count[r]) * np.int64(count[r])
                squares[r] += square
                cubes[r] += square * count[r]
            for r in range(tile):
                before[r] += count[r]
        for r in range(used):
            sums[0, start + r] = crossed[r]
            sums[1, start + r] = squares[r]
            sums[2, start + r] = cubes[r]
    return sums[0], sums[1], sums[2]


@_compile
def _concordance(
    order: Levels, bounds: Ints, levels: Levels, level_count: int, weights: Weights, lanes: _Lanes
) -> Ints:
    tile = len(lanes)
    n, draws = weights.shape
    result = np.zeros(draws, np.int64)
    weight = np.zeros((n, tile), np.int32)
    for start in range(0, draws, tile):
        used = min(tile, draws - start)
        for position in range(n):
            for r in range(used):
                weight[position, r] = weights[order[position], start + r]
        # int32 holds every entry: a tree counts at most n <= 2,000,000 weights.
        tree = np.zeros((level_count + 1, tile), np.int32)
        at_level = np.zeros((level_count, tile), np.int32)
        seen = np.zeros(tile, np.int32)
        net = np.zeros(tile, np.int32)
        total = np.zeros(tile, np.int64)
        for group in range(bounds.size - 1):
            for position in range(bounds[group], bounds[group + 1]):
                level = levels[order[position]]
                for r in range(tile):
                    net[r] = at_level[level, r] - seen[r]
                node = level
                while node > 0:
                    for r in range(tile):
                        net[r] += 2 * tree[node, r]
                    node -= node & -node
                for r in range(tile):
                    total[r] += np.int64(net[r]) * np.int64(weight[position, r])
            for position in range(bounds[group], bounds[group + 1]):
                level = levels[order[position]]
                for r in range(tile):
                    at_level[level, r] += weight[position, r]
                for r in range(tile):
                    seen[r] += weight[position, r]
                node = level + 1
                while node <= level_count:
                    for r in range(tile):
                        tree[node, r] += weight[position, r]
                    node += node & -node
        for r in range(used):
            result[start + r] = total[r]
    return result


@_compile
def weighted_sums(weights: Weights, values: Floats) -> Floats:
    """See :func:`xacle_eval.statistics.kernels_numpy.weighted_sums`."""
    n, draws = weights.shape
    sums = np.zeros(draws)
    for i in range(n):
        value = values[i]
        for r in range(draws):
            sums[r] += weights[i, r] * value
    return sums


@_compile
def centred_sums(
    weights: Weights, values: Floats, means: Floats, deviations: Floats
) -> tuple[Floats, Floats]:
    """See :func:`xacle_eval.statistics.kernels_numpy.centred_sums`."""
    n, draws = weights.shape
    squares = np.zeros(draws)
    crossed = np.zeros(draws)
    for i in range(n):
        value = values[i]
        for r in range(draws):
            centred = value - means[r]
            squares[r] += weights[i, r] * (centred * centred)
            crossed[r] += centred * deviations[i, r]
    return squares, crossed


@_compile
def _swapped_rank_sums(
    owners: Levels, systems: Levels, bounds: Ints, ranks: Ints, swaps: Weights, lanes: _Lanes
) -> tuple[Ints, Ints]:
    tile = len(lanes)
    n, draws = swaps.shape
    crossed = np.zeros((2, draws), np.int64)
    cubes = np.zeros((2, draws), np.int64)
    swap = np.zeros((n, tile), np.int32)
    for start in range(0, draws, tile):
        used = min(tile, draws - start)
        for i in range(n):
            for r in range(used):
                swap[i, r] = swaps[i, start + r]
        before = np.zeros(tile, np.int32)
        count = np.zeros(tile, np.int32)
        member = np.zeros(tile, np.int32)
        product = np.zeros(tile, ranks.dtype)
        sums = np.zeros((2, tile), np.int64)
        tied = np.zeros((2, tile), np.int64)
        for group in range(bounds.size - 1):
            size = bounds[group + 1] - bounds[group]
            rank_sum = 0
            for r in range(tile):
                count[r] = 0
            for r in range(tile):
                product[r] = 0
            for position in range(bounds[group], bounds[group + 1]):
                i = owners[position]
                rank = ranks[i]
                rank_sum += rank
                # 1 if the value is in the first sample: 1 - (swap xor system), without a branch.
                stays = 1 - systems[position]
                sign = 2 * systems[position] - 1
                for r in range(tile):
                    member[r] = stays + sign * swap[i, r]
                for r in range(tile):
                    count[r] += member[r]
                for r in range(tile):
                    product[r] += rank * member[r]
            # The second sample has the values that the first has not: one loop computes both.
            for r in range(tile):
                sums[0, r] += np.int64(np.int32(2 * before[r] + count[r] - n)) * np.int64(
                    product[r]
                )
            for r in range(tile):
                doubled = np.int32(2 * (bounds[group] - before[r]) + size - count[r] - n)
                sums[1, r] += np.int64(doubled) * np.int64(rank_sum - product[r])
            if size <= _LARGEST_INT32_CUBE:
                for r in range(tile):
                    tied[0, r] += np.int32(count[r] * count[r] * count[r])
                for r in range(tile):
                    other = np.int32(size - count[r])
                    tied[1, r] += np.int32(other * other * other)
            else:
                for r in range(tile):
                    whole = np.int64(count[r])
                    tied[0, r] += whole * whole * whole
                for r in range(tile):
                    whole = size - np.int64(count[r])
                    tied[1, r] += whole * whole * whole
            for r in range(tile):
                before[r] += count[r]
        for k in range(2):
            for r in range(used):
                crossed[k, start + r] = sums[k, r]
                cubes[k, start + r] = tied[k, r]
    return crossed, cubes


@_compile
def _swapped_concordance(
    owners: Levels,
    systems: Levels,
    bounds: Ints,
    levels: Levels,
    level_count: int,
    swaps: Weights,
    lanes: _Lanes,
) -> tuple[Ints, Ints]:
    tile = len(lanes)
    n, draws = swaps.shape
    net_count = np.zeros((2, draws), np.int64)
    squares = np.zeros((2, draws), np.int64)
    swap = np.zeros((n, tile), np.int32)
    for start in range(0, draws, tile):
        used = min(tile, draws - start)
        for i in range(n):
            for r in range(used):
                swap[i, r] = swaps[i, start + r]
        tree = np.zeros((level_count + 1, tile), np.int32)
        whole_tree = np.zeros(level_count + 1, np.int32)
        at_level = np.zeros((level_count, tile), np.int32)
        whole_at_level = np.zeros(level_count, np.int32)
        seen = np.zeros(tile, np.int32)
        net = np.zeros(tile, np.int32)
        member = np.zeros(tile, np.int32)
        count = np.zeros(tile, np.int32)
        sums = np.zeros((2, tile), np.int64)
        tied = np.zeros((2, tile), np.int64)
        for group in range(bounds.size - 1):
            for r in range(tile):
                count[r] = 0
            for position in range(bounds[group], bounds[group + 1]):
                i = owners[position]
                level = levels[i]
                # 1 if the value is in the first sample: 1 - (swap xor system), without a branch.
                stays = 1 - systems[position]
                sign = 2 * systems[position] - 1
                whole = np.int32(whole_at_level[level] - bounds[group])
                for r in range(tile):
                    net[r] = at_level[level, r] - seen[r]
                node = level
                while node > 0:
                    whole += np.int32(2 * whole_tree[node])
                    for r in range(tile):
                        net[r] += 2 * tree[node, r]
                    node -= node & -node
                for r in range(tile):
                    member[r] = stays + sign * swap[i, r]
                for r in range(tile):
                    sums[0, r] += np.int32(member[r] * net[r])
                for r in range(tile):
                    sums[1, r] += np.int32((1 - member[r]) * (whole - net[r]))
                for r in range(tile):
                    count[r] += member[r]
            size = bounds[group + 1] - bounds[group]
            for r in range(tile):
                tied[0, r] += np.int64(count[r]) * np.int64(count[r])
            for r in range(tile):
                tied[1, r] += (size - np.int64(count[r])) * (size - np.int64(count[r]))
            for r in range(tile):
                seen[r] += count[r]
            for position in range(bounds[group], bounds[group + 1]):
                i = owners[position]
                level = levels[i]
                stays = 1 - systems[position]
                sign = 2 * systems[position] - 1
                for r in range(tile):
                    member[r] = stays + sign * swap[i, r]
                whole_at_level[level] += 1
                for r in range(tile):
                    at_level[level, r] += member[r]
                node = level + 1
                while node <= level_count:
                    whole_tree[node] += 1
                    for r in range(tile):
                        tree[node, r] += member[r]
                    node += node & -node
        for k in range(2):
            for r in range(used):
                net_count[k, start + r] = sums[k, r]
                squares[k, start + r] = tied[k, r]
    return net_count, squares


@_compile
def signed_sums(swaps: Weights, values: Floats) -> Floats:
    """See :func:`xacle_eval.statistics.kernels_numpy.signed_sums`."""
    n, draws = swaps.shape
    sums = np.zeros(draws)
    for i in range(n):
        value = values[i]
        for r in range(draws):
            sums[r] += value - 2.0 * value * swaps[i, r]
    return sums


def _lanes(weights: Weights) -> _Lanes:
    n = weights.shape[0]
    return next(lanes for largest, lanes in _TILES if n <= largest)


def rank_sums(
    order: Levels, bounds: Ints, weights: Weights, products: Ints
) -> tuple[Ints, Ints, Ints]:
    """See :func:`xacle_eval.statistics.kernels_numpy.rank_sums`."""
    result: tuple[Ints, Ints, Ints] = _rank_sums(order, bounds, weights, products, _lanes(weights))
    return result


def concordance(
    order: Levels, bounds: Ints, levels: Levels, level_count: int, weights: Weights
) -> Ints:
    """See :func:`xacle_eval.statistics.kernels_numpy.concordance`."""
    result: Ints = _concordance(order, bounds, levels, level_count, weights, _lanes(weights))
    return result


def swapped_rank_sums(
    owners: Levels, systems: Levels, bounds: Ints, ranks: Ints, swaps: Weights
) -> tuple[Ints, Ints]:
    """See :func:`xacle_eval.statistics.kernels_numpy.swapped_rank_sums`."""
    result: tuple[Ints, Ints] = _swapped_rank_sums(
        owners, systems, bounds, ranks, swaps, _lanes(swaps)
    )
    return result


def swapped_concordance(
    owners: Levels, systems: Levels, bounds: Ints, levels: Levels, level_count: int, swaps: Weights
) -> tuple[Ints, Ints]:
    """See :func:`xacle_eval.statistics.kernels_numpy.swapped_concordance`."""
    result: tuple[Ints, Ints] = _swapped_concordance(
        owners, systems, bounds, levels, level_count, swaps, _lanes(swaps)
    )
    return result
