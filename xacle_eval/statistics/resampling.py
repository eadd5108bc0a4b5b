"""Resampling plans: the pairs or parts of pairs that are drawn, and the pairs that are swapped.

Conventions: draws come in *blocks*. The number of draws in a block depends only on the number of
pairs. Block b has its own random stream, spawned from the seed by its number, so any worker can
draw block b without the blocks before it. The same seed gives the same bytes for any number and
order of workers. The draws of a smaller number of resamples are the first draws of a larger one.
Seed 0 is valid.

Drawn arrays have one row per draw and one column per pair. In memory the draws of a pair are
adjacent (the transpose is C-contiguous), in the order in which the kernels read them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from xacle_eval.metrics import MetricInputError

__all__ = ["LARGEST_N", "PairWeights", "Parts", "Swaps", "block_size", "check_parts"]

Parts = npt.NDArray[np.intp]
"""The part of each pair, numbered from 0 without gaps, shape (n,)."""

LARGEST_N = 2_000_000
"""Largest number of pairs: sums over products of three counts up to n stay below 2**63."""

_LARGEST_BLOCK = 256
_BLOCK_CELLS = 2**22
"""Maximum weights in a block (below n = 2**22); its float64 arrays then take 32 MiB each."""

# One stream per purpose: weights and swaps of the same seed are independent. The numbers
# are part of the results: changing one changes every interval.
_WEIGHTS_STREAM, _SWAPS_STREAM, _PARTS_STREAM = 0, 1, 3


def block_size(n: int) -> int:
    """Return the number of draws in a block for `n` pairs: 256, fewer for n above 16,384."""
    return max(1, min(_LARGEST_BLOCK, _BLOCK_CELLS // n))


def _generator(seed: int, stream: int, block: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(stream, block)))


@dataclass(frozen=True, slots=True)
class _Plan:
    """The common part of all plans: n pairs, a number of draws, a seed, and blocks of draws."""

    n: int
    draws: int
    seed: int

    def __post_init__(self) -> None:
        if not 1 <= self.n <= LARGEST_N:
            raise MetricInputError(f"resampling needs 1 to {LARGEST_N} pairs; got {self.n}")
        if self.draws < 1:
            raise ValueError(f"the number of resamples must be at least 1; got {self.draws}")
        if self.seed < 0:
            raise ValueError(f"a seed must be 0 or more; got {self.seed}")

    @property
    def block_count(self) -> int:
        """Number of blocks; the last may have unused draws."""
        return -(-self.draws // block_size(self.n))

    def draws_of(self, block: int) -> slice:
        """Return the positions of the draws of `block` among all draws."""
        size = block_size(self.n)
        return slice(block * size, min((block + 1) * size, self.draws))


@dataclass(frozen=True, slots=True)
class PairWeights(_Plan):
    """How often each pair is drawn in each resample: multinomial weights.

    n pairs are drawn from n pairs. With parts, m parts are drawn from m parts, each with all its
    pairs, so that the number of drawn pairs varies if parts differ in size.

    Parameters
    ----------
    n : int
        Number of pairs, 1 to 2,000,000.
    draws : int
        Number of resamples, at least 1.
    seed : int
        0 or more.
    parts : array of int, shape (n,), optional
        The part of each pair, numbered from 0 without gaps.

    Raises
    ------
    MetricInputError
        If `n` is out of range, or the parts are invalid.
    ValueError
        If `draws` or `seed` is out of range.
    """

    parts: Parts | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        _Plan.__post_init__(self)
        if self.parts is not None:
            check_parts(self.parts, self.n)

    def block(self, block: int) -> npt.NDArray[np.unsignedinteger]:
        """Return the weights of a whole block, shape (block_size(n), n)."""
        if self.parts is not None:
            return self._block_of_parts(block, self.parts)
        generator = _generator(self.seed, _WEIGHTS_STREAM, block)
        return _count_draws(
            generator.integers(0, self.n, size=(block_size(self.n), self.n)), self.n
        )

    def _block_of_parts(self, block: int, parts: Parts) -> npt.NDArray[np.unsignedinteger]:
        units = int(parts.max()) + 1
        generator = _generator(self.seed, _PARTS_STREAM, block)
        drawn = generator.integers(0, units, size=(block_size(self.n), units))
        counts = np.stack([np.bincount(row, minlength=units) for row in drawn])
        return np.ascontiguousarray(narrow_counts(counts).T[parts]).T


def check_parts(parts: Parts, n: int) -> None:
    """Refuse parts that are not one number for each pair, from 0 without gaps.

    Raises
    ------
    MetricInputError
        Also if a resample could have more than 2,000,000 pairs.
    """
    if parts.shape != (n,) or parts.dtype.kind not in "iu":
        raise MetricInputError(
            f"got parts of shape {parts.shape} and type {parts.dtype}; expected one integer for "
            f"each of {n} pairs"
        )
    sizes = np.bincount(parts) if parts.min() >= 0 else np.zeros(1, dtype=np.intp)
    if not sizes.all():
        raise MetricInputError("parts must be numbered from 0 without gaps")
    if sizes.size * int(sizes.max()) > LARGEST_N:
        raise MetricInputError(
            f"{sizes.size} parts of up to {sizes.max()} pairs are too many; expected at most "
            f"{LARGEST_N} pairs in a resample"
        )


@dataclass(frozen=True, slots=True)
class Swaps(_Plan):
    """Which pairs a permutation swaps between two systems: each with probability 1/2.

    Parameters and errors as for :class:`PairWeights`.
    """

    def block(self, block: int) -> npt.NDArray[np.uint8]:
        """Return 1 if an item is swapped, else 0, for a whole block; shape (block_size(n), n)."""
        generator = _generator(self.seed, _SWAPS_STREAM, block)
        cells = self.n * block_size(self.n)
        packed = np.frombuffer(generator.bytes(-(-cells // 8)), dtype=np.uint8)
        return np.unpackbits(packed, count=cells).reshape(self.n, -1).T


def _count_draws(drawn: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.unsignedinteger]:
    """Count, for each row of drawn pair numbers, how often each of the n pairs occurs."""
    counts = narrow_counts(np.stack([np.bincount(row, minlength=n) for row in drawn]))
    return np.ascontiguousarray(counts.T).T


def narrow_counts(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.unsignedinteger]:
    """Return non-negative counts in the smallest sufficient type of uint8, uint16 and uint32."""
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
