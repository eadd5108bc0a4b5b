"""Answers: ratings as counts of levels, for the ordinal model of the noise ceiling.

A *level* is one of the L answers that listeners can give. A pair's *pattern* is how often each
level was given to it; pairs with equal patterns are counted once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xacle_eval.references.ratings import Codes, Floats, Ratings

__all__ = ["MOST_LEVELS", "Answers"]

MOST_LEVELS = 25
"""More distinct ratings than this, such as those of a slider, are put into bins of equal counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The ratings of n pairs as counts of L levels.

    Attributes
    ----------
    levels : shape (L,)
        The ratings by level, ascending; for bins, the mean rating of each bin.
    patterns : shape (U, L)
        The distinct rows of counts.
    pattern_of : array of int, shape (n,)
        The pattern of each pair.
    sizes : array of int, shape (U,)
        The number of ratings of each pattern.
    """

    levels: Floats
    patterns: Floats
    pattern_of: Codes
    sizes: Codes

    @classmethod
    def of(cls, ratings: Ratings, most: int = MOST_LEVELS) -> Answers:
        """Count the levels of each pair's ratings; use at most `most` levels."""
        levels, codes = _levels(ratings.values, most)
        counts = np.zeros((ratings.n_pairs, levels.size))
        np.add.at(counts, (ratings.pair, codes), 1.0)
        patterns, pattern_of = np.unique(counts, axis=0, return_inverse=True)
        sizes = patterns.sum(axis=1).astype(np.intp)
        return cls(levels, patterns, pattern_of.reshape(-1), sizes)

    @property
    def n_pairs(self) -> int:
        """The number of pairs."""
        return int(self.pattern_of.size)

    def weights(self, pairs: Floats | None = None) -> Floats:
        """Return how many pairs have each pattern; `pairs`, shape (n,), counts each pair."""
        return np.bincount(self.pattern_of, pairs, minlength=self.sizes.size).astype(np.float64)


def _levels(values: Floats, most: int) -> tuple[Floats, Codes]:
    """Return the levels and the level of each rating."""
    distinct, codes = np.unique(values, return_inverse=True)
    if distinct.size <= most:
        return distinct, codes.reshape(-1)
    edges = np.unique(np.quantile(values, np.linspace(0, 1, most + 1)[1:-1]))
    found = np.searchsorted(edges, values, side="right")
    used, codes = np.unique(found, return_inverse=True)
    means = np.bincount(codes.reshape(-1), values) / np.bincount(codes.reshape(-1))
    return means[: used.size], codes.reshape(-1)
