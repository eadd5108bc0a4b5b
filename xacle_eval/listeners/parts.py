"""Connected parts of the graph of pairs and listeners, the unit of resampling.

Pairs that share a listener are not independent. Pairs of different connected parts share none, so
whole parts are resampled where there are enough of them; otherwise single pairs are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from xacle_eval.references.ratings import Codes, Floats, Ratings

__all__ = ["MIN_PARTS", "Parts"]

MIN_PARTS = 30
"""Fewer parts than this say too little about their variation; then pairs are resampled."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The connected part of each pair.

    Attributes
    ----------
    code : array of int, shape (n,)
        The part of each pair, from 0.
    count : int
        The number of parts.
    """

    code: Codes
    count: int

    @classmethod
    def of(cls, ratings: Ratings) -> Parts:
        """Find the parts that no listener connects."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        size = ratings.n_pairs + ratings.n_listeners
        links = (np.ones(ratings.n_ratings), (ratings.pair, ratings.n_pairs + ratings.listener))
        graph = coo_array(links, shape=(size, size))
        count, code = connected_components(graph, directed=False)
        return cls(code[: ratings.n_pairs].astype(np.intp), int(count))

    @classmethod
    def joined(cls, codes: Sequence[Codes]) -> Parts:
        """Return the parts that are connected by any of several divisions of the same pairs."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        pairs = codes[0].size
        shifts = pairs + np.cumsum([0, *(int(code.max()) + 1 for code in codes)])
        ends = np.concatenate(
            [code + shift for code, shift in zip(codes, shifts[:-1], strict=True)]
        )
        starts = np.tile(np.arange(pairs), len(codes))
        size = int(shifts[-1])
        graph = coo_array((np.ones(ends.size), (starts, ends)), shape=(size, size))
        count, code = connected_components(graph, directed=False)
        return cls(code[:pairs].astype(np.intp), int(count))

    @property
    def unit(self) -> Literal["parts", "pairs"]:
        """What is resampled: parts if there are at least 30 and fewer than pairs, else pairs."""
        return "parts" if MIN_PARTS <= self.count < self.code.size else "pairs"

    def unit_codes(self) -> tuple[Codes, int]:
        """Return the resampled unit of each pair, and the number of units."""
        if self.unit == "parts":
            return self.code, self.count
        return np.arange(self.code.size), self.code.size

    def draws(self, resamples: int, seed: int) -> Iterator[Floats]:
        """Yield how often each pair is drawn in each resample, shape (n,)."""
        code, units = self.unit_codes()
        generator = np.random.default_rng(seed)
        for _ in range(resamples):
            drawn = np.bincount(generator.integers(units, size=units), minlength=units)
            yield drawn[code].astype(np.float64)
