"""Random streams: each pair, listener and sound has its own.

Goal: the plan of a world (captions, clips, ratings) is bit for bit the same on any machine, in any
process and in any order of work.

Conventions: a stream is identified by the seed of the world and a key of whole numbers, for example
(split, index, purpose); streams with different keys are independent (`numpy.random.SeedSequence`
with a spawn key). The plan only uses raw doubles of PCG64 and the four basic operations, whose
rounding is defined by IEEE 754. Normal deviates are sums of uniform ones, because logarithms and
cosines differ in the last bit between mathematics libraries. Sounds do not have this requirement:
they use an ordinary `numpy.random.Generator`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np

__all__ = ["PURPOSES", "Stream", "generator"]

T = TypeVar("T")

PURPOSES: Final = {"content": 0, "caption": 1, "sound": 2, "ratings": 3, "listener": 4}
"""Last number of a stream's key: the purpose of its values."""

BLOCK: Final = 64
"""Number of uniform deviates drawn from numpy at a time; it does not affect the values."""

IRWIN_HALL_TERMS: Final = 12
"""The sum of twelve uniform deviates has variance 1; minus 6, it is nearly normal."""


def generator(seed: int, *key: int) -> np.random.Generator:
    """Return the generator for `seed` and `key`; different keys give independent streams.

    Parameters
    ----------
    seed : int
        Seed of the world, 0 or more.
    *key : int
        Whole numbers, 0 or more, that identify the stream.
    """
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=key)
    return np.random.Generator(np.random.PCG64(sequence))


class Stream:
    """A random stream with bit-for-bit the same values on any machine.

    Parameters
    ----------
    seed : int
        Seed of the world, 0 or more.
    *key : int
        Whole numbers, 0 or more, that identify the stream.
    """

    def __init__(self, seed: int, *key: int) -> None:
        self._generator = generator(seed, *key)
        self._block: list[float] = []
        self._used = 0

    def unit(self) -> float:
        """Return a uniform deviate in [0, 1)."""
        if self._used == len(self._block):
            self._block = self._generator.random(BLOCK).tolist()
            self._used = 0
        self._used += 1
        return self._block[self._used - 1]

    def uniform(self, low: float, high: float) -> float:
        """Return a uniform deviate between `low` and `high`."""
        return low + (high - low) * self.unit()

    def chance(self, probability: float) -> bool:
        """Return True with the given probability."""
        return self.unit() < probability

    def below(self, n: int) -> int:
        """Return a whole number from 0 to `n` - 1, each equally likely."""
        return int(self.unit() * n)

    def pick(self, items: Sequence[T]) -> T:
        """Return one of `items`, each equally likely."""
        return items[self.below(len(items))]

    def sample(self, items: Sequence[T], count: int) -> tuple[T, ...]:
        """Return `count` different elements of `items`, in random order."""
        left = list(items)
        return tuple(left.pop(self.below(len(left))) for _ in range(count))

    def pick_weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """Return one of `items` with the probabilities `weights`, which sum to 1."""
        rest = self.unit()
        for item, weight in zip(items, weights, strict=True):
            rest -= weight
            if rest < 0.0:
                return item
        return items[-1]

    def normal(self) -> float:
        """Return a nearly normal deviate with mean 0 and variance 1, between -6 and 6."""
        total = 0.0
        for _ in range(IRWIN_HALL_TERMS):
            total += self.unit()
        return total - IRWIN_HALL_TERMS / 2
