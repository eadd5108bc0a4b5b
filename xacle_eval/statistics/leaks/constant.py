"""Scores of nearly constant predictions: a few pairs above all others, a few below.

Every correlation of such predictions depends on the labels of the few pairs alone, and on the
distribution of all labels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xacle_eval.statistics.leaks.labels import KnownLabels

__all__ = ["CORRELATIONS", "constant_scores"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CORRELATIONS = ("SRCC", "LCC", "KTAU")
"""The metrics whose scores are known."""


def constant_scores(
    metric: str, labels: KnownLabels, guesses: Integers, places: Sequence[int]
) -> Floats:
    """Return the score of nearly constant predictions for guesses of the labels of a few pairs.

    Parameters
    ----------
    metric : {"SRCC", "LCC", "KTAU"}
        The score that is computed.
    labels : KnownLabels
        The distribution of all labels, of which `guesses` are places.
    guesses : array, shape (G, k)
        G guesses of the labels of k pairs.
    places : sequence of int, length k
        1 for a pair that is predicted above all others, -1 below them, 0 like the others.

    Returns
    -------
    array, shape (G,)
        The score for each guess.
    """
    moved = np.array(places, dtype=np.float64)
    if metric == "KTAU":
        return _kendall(labels, guesses, moved)
    size, up, down = labels.size, int((moved > 0).sum()), int((moved < 0).sum())
    if metric == "SRCC":
        # Average ranks of the three groups of predictions, from that of the constant.
        constant = down + (size - up - down + 1) / 2
        above, below = size - (up - 1) / 2 - constant, (down + 1) / 2 - constant
        moved = np.where(moved > 0, above, np.where(moved < 0, below, 0.0))
        scores = labels.z_ranks
    else:
        scores = labels.z_scores
    spread = math.sqrt(float((moved**2).sum()) / size - (float(moved.sum()) / size) ** 2)
    return np.asarray(scores[guesses] @ moved / (size * spread))


def _kendall(labels: KnownLabels, guesses: Integers, moved: Floats) -> Floats:
    pairs = labels.size
    total = labels.balance[guesses] @ moved
    for first in range(moved.size):
        for second in range(first):
            # Counted from both sides above; one pair of pairs counts once.
            sides = moved[first] - moved[second]
            signs = np.sign(guesses[:, first] - guesses[:, second])
            total = total - (sides - np.sign(sides)) * signs
    sizes = [int((moved == place).sum()) for place in (1, -1)]
    sizes.append(pairs - sum(sizes))
    untied = pairs * (pairs - 1) / 2 - sum(each * (each - 1) / 2 for each in sizes)
    return np.asarray(total / math.sqrt(untied * labels.untied))
