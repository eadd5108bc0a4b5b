"""What a prober knows before the first try: how the labels are distributed, but not which is whose.

A challenge publishes its scale and its training labels, so this is a fair assumption; a prober who
knows the distribution only approximately reads fewer labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["KnownLabels", "synthetic_labels"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Labels that are averages of different numbers of ratings have more values; they are rounded.
_MOST_VALUES = 128


@dataclass(frozen=True)
class KnownLabels:
    """The distribution of the labels of n pairs.

    Attributes
    ----------
    values : array, shape (V,)
        The different labels, ascending.
    counts : array, shape (V,)
        How many pairs have each of them.
    true : array, shape (n,)
        The place of each pair's label in `values`, which the prober does not know.
    """

    values: Floats
    counts: Integers
    true: Integers

    @classmethod
    def of(cls, labels: Floats) -> KnownLabels:
        """Return the distribution of labels; with very many values they are rounded first."""
        if np.unique(labels).size > _MOST_VALUES:
            step = float(np.ptp(labels)) / (_MOST_VALUES - 1)
            labels = labels.min() + np.rint((labels - labels.min()) / step) * step
        values, true, counts = np.unique(labels, return_inverse=True, return_counts=True)
        return cls(values, counts.astype(np.int64), true.astype(np.int64))

    @cached_property
    def size(self) -> int:
        """The number of pairs."""
        return int(self.counts.sum())

    @cached_property
    def shares(self) -> Floats:
        """The share of pairs with each value."""
        return np.asarray(self.counts / self.size)

    @cached_property
    def step(self) -> float:
        """The smallest difference of two values; 0 for equal labels."""
        return float(np.diff(self.values).min()) if self.values.size > 1 else 0.0

    @cached_property
    def mean(self) -> float:
        """The mean label."""
        return float(self.shares @ self.values)

    @cached_property
    def z_scores(self) -> Floats:
        """The values minus the mean, in standard deviations."""
        centred = self.values - self.mean
        return np.asarray(centred / np.sqrt(self.shares @ centred**2))

    @cached_property
    def z_ranks(self) -> Floats:
        """The average ranks of the values minus their mean, in standard deviations."""
        ranks = np.cumsum(self.counts) - (self.counts - 1) / 2
        centred = ranks - (self.size + 1) / 2
        return np.asarray(centred / np.sqrt(self.shares @ centred**2))

    @cached_property
    def balance(self) -> Floats:
        """For each value, the number of pairs with lower labels minus that with higher ones."""
        below = np.cumsum(self.counts) - self.counts
        return np.asarray(2.0 * below + self.counts - self.size)

    @cached_property
    def untied(self) -> float:
        """The number of pairs of pairs with different labels."""
        ties = float((self.counts * (self.counts - 1.0)).sum()) / 2
        return self.size * (self.size - 1.0) / 2 - ties

    @cached_property
    def entropy(self) -> float:
        """The bits of one label."""
        return float(-(self.shares * np.log2(self.shares)).sum())


def synthetic_labels(
    rng: np.random.Generator, size: int, minimum: float, maximum: float, step: float
) -> Floats:
    """Draw labels on a grid: qualities over the scale, each with an error of a tenth of it."""
    width = maximum - minimum
    quality = rng.uniform(0.1, 0.9, size) + rng.normal(0.0, 0.1, size)
    most = max(1, round(width / step))
    return np.asarray(minimum + width / most * np.rint(np.clip(quality, 0.0, 1.0) * most))
