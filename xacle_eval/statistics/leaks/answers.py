"""What a prober sees of a score: the rounded value, or what a Ladder shows.

All values are those of a metric of which higher is better; errors come with the other sign.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Answers"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass
class Answers:
    """The answers to the tries of one team.

    Each answer is a number: that of the cell of values which look the same. With a Ladder, all
    values that are not better than ``best`` by more than the step look the same.

    Attributes
    ----------
    width : float
        The unit of the last decimal, or the step of the Ladder.
    ladder : bool
        Whether the team sees its best score, which must grow by the step.
    best : float
        What a Ladder shows so far.
    """

    width: float
    ladder: bool = False
    best: float = -math.inf

    @property
    def _threshold(self) -> float:
        return self.best + self.width if self.ladder else -math.inf

    def cells(self, values: Floats) -> Integers:
        """Return the cell of each value."""
        found = np.floor(values / self.width + 0.5).astype(np.int64)
        if math.isinf(self._threshold):
            return found
        hidden = math.floor(self._threshold / self.width + 0.5) - 1
        return np.where(values > self._threshold, np.maximum(found, hidden + 1), hidden)

    def bounds(self, cells: Integers) -> tuple[Floats, Floats]:
        """Return the lowest and the highest value of each cell."""
        low = np.asarray((cells - 0.5) * self.width, dtype=np.float64)
        high = np.asarray((cells + 0.5) * self.width, dtype=np.float64)
        if math.isinf(self._threshold):
            return low, high
        hidden = math.floor(self._threshold / self.width + 0.5) - 1
        return (
            np.where(cells <= hidden, -np.inf, np.maximum(low, self._threshold)),
            np.where(cells <= hidden, self._threshold, high),
        )

    def see(self, value: float) -> int:
        """Return the cell of a value that is submitted; a Ladder remembers it."""
        cell = int(self.cells(np.array([value]))[0])
        if self.ladder and value > self._threshold:
            self.best = math.floor(value / self.width + 0.5) * self.width
        return cell
