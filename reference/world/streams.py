"""Streams of chance: every pair, listener and sound draws from its own.

Goal: the plan of a world (captions, clips, ratings) is the same to the last bit on any
machine, in any process and in any order of work.

Conventions: a stream is named by the world's seed and a key of whole numbers, for
example (split, index, purpose); streams of different keys are independent
(`numpy.random.SeedSequence` with a spawn key). The plan draws only raw doubles of
PCG64 and combines them by the four basic operations, which IEEE 754 rounds in one way
only. Normal deviates are sums of uniform ones, because logarithms and cosines differ in
the last bit from one mathematics library to the next. Sounds are not held to that: they draw
from an ordinary `numpy.random.Generator`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np

__all__ = ["PURPOSES", "Stream", "generator"]

T = TypeVar("T")

PURPOSES: Final = {"content": 0, "caption": 1, "sound": 2, "ratings": 3, "listener": 4}
"""Last number of a stream's key: what its draws are used for."""

BLOCK: Final = 64
"""Uniform deviates fetched from numpy at a time; the values drawn do not depend on it."""

IRWIN_HALL_TERMS: Final = 12
"""Twelve uniform deviates have variance 1, so their sum less 6 is near to normal."""


def generator(seed: int, *key: int) -> np.random.Generator:
    """Return the generator of `seed` and `key`; different keys give independent streams.

    Parameters
    ----------
    seed : int
        Seed of the world, 0 or more.
    *key : int
        Whole numbers of 0 or more that name the stream.
    """
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=key)
    return np.random.Generator(np.random.PCG64(sequence))


class Stream:
    """Draws that are the same bits everywhere.

    Parameters
    ----------
    seed : int
        Seed of the world, 0 or more.
    *key : int
        Whole numbers of 0 or more that name the stream.
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
        """Return `count` different ones of `items`, in random order."""
        left = list(items)
        return tuple(left.pop(self.below(len(left))) for _ in range(count))

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """Return one of `items`, with probabilities `weights` that sum to 1."""
        rest = self.unit()
        for item, weight in zip(items, weights, strict=True):
            rest -= weight
            if rest < 0.0:
                return item
        return items[-1]

    def normal(self) -> float:
        """Return a deviate of mean 0 and variance 1, nearly normal and within 6 of 0."""
        total = 0.0
        for _ in range(IRWIN_HALL_TERMS):
            total += self.unit()
        return total - IRWIN_HALL_TERMS / 2
