"""Resampling plans: the pairs that are drawn or swapped, and the listeners that are redrawn.

Conventions: draws come in *blocks*. The number of draws in a block depends only on the number of
pairs. Block b has its own random stream, spawned from the seed by its number, so any worker can
draw block b without the blocks before it. The same seed gives the same bytes for any number and
order of workers. The draws of a smaller number of resamples are the first draws of a larger one.
Seed 0 is valid.

Drawn arrays have one row per draw and one column per pair. In memory the draws of a pair are
adjacent (the transpose is C-contiguous), in the order in which the kernels read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xacle_eval.metrics import MetricInputError
from xacle_eval.statistics.kernels import PanelBlock

__all__ = ["LARGEST_N", "ListenerPanels", "PairWeights", "Swaps", "block_size"]

LARGEST_N = 2_000_000
"""Largest number of pairs: sums over products of three counts up to n stay below 2**63."""

_LARGEST_BLOCK = 256
_BLOCK_CELLS = 2**22
"""Maximum weights in a block (below n = 2**22); its float64 arrays then take 32 MiB each."""

# One stream per purpose: weights and swaps of the same seed are independent. The numbers
# are part of the results: changing one changes every interval.
_WEIGHTS_STREAM, _SWAPS_STREAM, _LISTENERS_STREAM = 0, 1, 2

_MEAN_DECIMALS = 9
"""Decimals of redrawn panel means; without rounding, the order of summation could break ties."""


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
    """How often each pair is drawn in each resample: multinomial weights, n draws from n pairs.

    Parameters
    ----------
    n : int
        Number of pairs, 1 to 2,000,000.
    draws : int
        Number of resamples, at least 1.
    seed : int
        0 or more.

    Raises
    ------
    MetricInputError
        If `n` is out of range.
    ValueError
        If `draws` or `seed` is out of range.
    """

    def block(self, block: int) -> npt.NDArray[np.unsignedinteger]:
        """Return the weights of a whole block, shape (block_size(n), n); every row sums to n."""
        generator = _generator(self.seed, _WEIGHTS_STREAM, block)
        return _count_draws(
            generator.integers(0, self.n, size=(block_size(self.n), self.n)), self.n
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


@dataclass(frozen=True, slots=True, eq=False)
class ListenerPanels:
    """The ratings of each pair, for resampling on two levels.

    In a resample, n pairs are drawn with replacement, by the weights of :class:`PairWeights`. Then
    each drawn *copy* of a pair i with k_i ratings gets its own panel: k_i ratings drawn with
    replacement from the k_i ratings of the pair. The copy's reference is the mean of that panel,
    rounded to 9 decimals. Two copies of one pair therefore usually have different references and
    are not tied.

    Attributes
    ----------
    ratings : numpy.ndarray of float64, shape (N,)
        All ratings in the order of the pairs; ratings of a pair are adjacent.
    starts : numpy.ndarray of int64, shape (n + 1,)
        Pair i has the ratings ``starts[i]`` to ``starts[i + 1] - 1``; at least one.

    Notes
    -----
    If each pair was rated by its own panel, resampling only the pairs already includes the noise of
    the panels. Redrawing the listeners adds to it, so the intervals are slightly too wide: they
    cover about 97 % at a nominal 95 % (``benchmarks/simulation.py``).

    A redrawn panel contains the listeners' noise twice, once from the real panel and once from the
    redrawing. In the resamples, correlations are therefore lower than the observed ones and MSE is
    higher. Take intervals from :meth:`~xacle_eval.statistics.BootstrapSample.recentred` values.
    """

    ratings: npt.NDArray[np.float64]
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, ratings: Sequence[npt.ArrayLike]) -> ListenerPanels:
        """Build the panels from one vector of finite ratings per pair.

        Raises
        ------
        MetricInputError
            If `ratings` is empty, a pair has no rating, or a rating is not finite.
        """
        panels = [np.asarray(panel, dtype=np.float64).ravel() for panel in ratings]
        sizes = np.array([panel.size for panel in panels], dtype=np.int64)
        if sizes.size == 0 or not sizes.all():
            where = (
                f"pair {int(np.argmin(sizes))} (counted from 0) has none"
                if sizes.size
                else "got no pairs"
            )
            raise MetricInputError(f"every pair needs at least one rating; {where}")
        joined = np.concatenate(panels)
        if not np.isfinite(joined).all():
            raise MetricInputError("every rating must be a finite number")
        return cls(joined, np.concatenate([[0], np.cumsum(sizes)]))

    @property
    def n(self) -> int:
        """Number of pairs."""
        return self.starts.size - 1

    def means(self) -> npt.NDArray[np.float64]:
        """Return the mean rating of each pair, shape (n,), which are the observed references."""
        sums = np.add.reduceat(self.ratings, self.starts[:-1])
        means: npt.NDArray[np.float64] = np.round(sums / np.diff(self.starts), _MEAN_DECIMALS)
        return means

    def redraw(self, weights: npt.NDArray[np.unsignedinteger], seed: int, block: int) -> PanelBlock:
        """Redraw the listeners of every copy in a block of resamples.

        Parameters
        ----------
        weights : numpy.ndarray of unsigned int, shape (R, n)
            How often each pair was drawn; every row sums to n.
        seed, block : int
            As for the weights; the listeners have their own stream.
        """
        generator = _generator(seed, _LISTENERS_STREAM, block)
        sizes = np.diff(self.starts)
        means = np.empty(weights.shape, dtype=np.float64)
        for row, counts in enumerate(weights):
            copies = np.repeat(np.arange(self.n), counts)
            panel = sizes[copies]
            ends = np.cumsum(panel)
            owner = np.repeat(copies, panel)
            chosen = self.starts[owner] + generator.integers(0, sizes[owner])
            sums = np.add.reduceat(self.ratings[chosen], ends - panel)
            means[row] = np.round(sums / panel, _MEAN_DECIMALS)
        return PanelBlock(weights, means)
