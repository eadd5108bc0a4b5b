"""The attack with many decimals: several labels in one score.

The predictions of k pairs are moved by amounts that differ by a factor M, the number of values on
the rating grid. The change of the score is then a number with k digits in base M, and each digit is
a label.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from xacle_eval.statistics.leaks.found import Found
from xacle_eval.statistics.leaks.labels import KnownLabels

__all__ = ["error_pairs", "labels_per_probe", "linear_pairs"]

Floats = NDArray[np.float64]

_MOST_PAIRS = 8


def labels_per_probe(change: float, width: float, radix: int) -> int:
    """Return how many labels one score tells.

    Parameters
    ----------
    change : float
        The change of the score if the label of the pair that moves most is one step higher.
    width : float
        The unit of what is seen of the change.
    radix : int
        The number of values on the rating grid, 2 or more.

    Returns
    -------
    int
        The number of digits; 0 if the unit is not smaller than the change.
    """
    if change <= width:
        return 0
    # A hair less, since the change can be an exact power.
    return min(_MOST_PAIRS, 1 + math.floor(math.log(change / width) / math.log(radix) - 1e-9))


def error_pairs(
    labels: KnownLabels, base: float, move: float, width: float, tries: int,
    rng: np.random.Generator,
) -> Found:  # fmt: skip
    """Read labels from the MSE of predictions next to a constant.

    Parameters
    ----------
    labels : KnownLabels
        The labels.
    base : float
        The MSE of the constant, which is the mean label; the prober sees it rounded, in one try.
    move : float
        The largest move of a prediction.
    width : float
        The unit of the last decimal of the MSE.
    tries : int
        The number of predictions that can be sent.
    rng : numpy.random.Generator
        Chooses the pairs.
    """
    radix = _radix(labels)
    change = 2 * move * labels.step / labels.size
    # The base and the new score are both rounded.
    each = labels_per_probe(change, 2 * width, radix) if radix else 0
    if not each:
        return Found()
    moves = np.asarray(move / float(radix) ** np.arange(each), dtype=np.float64)
    chosen = _pairs(labels, each, tries - 1, rng)
    true = labels.values[labels.true[chosen]]
    growth = ((moves**2).sum() + 2 * (labels.mean - true) @ moves) / labels.size
    seen = _rounded(base + growth, width) - _rounded(np.array([base]), width)
    sums = ((moves**2).sum() + 2 * labels.mean * moves.sum() - seen * labels.size) / 2
    return _decoded(labels, sums, moves, chosen, radix)


def linear_pairs(labels: KnownLabels, width: float, tries: int, rng: np.random.Generator) -> Found:
    """Read labels from the LCC of predictions that are constant but for several pairs.

    The parameters are those of `error_pairs`; LCC does not depend on the size of the moves.
    """
    radix = _radix(labels)
    deviation = math.sqrt(float(labels.shares @ (labels.values - labels.mean) ** 2))
    # More pairs lower the change a little, and the last digit must survive it.
    change = labels.step / (deviation * math.sqrt(labels.size) * 1.01) if radix else 0.0
    each = labels_per_probe(change, width, radix) if radix else 0
    if not each:
        return Found()
    moves = np.asarray(1 / float(radix) ** np.arange(each), dtype=np.float64)
    chosen = _pairs(labels, each, tries, rng)
    size = labels.size
    spread = math.sqrt(float((moves**2).sum()) / size - (float(moves.sum()) / size) ** 2)
    factor = size * spread * deviation
    scores = (labels.values[labels.true[chosen]] - labels.mean) @ moves / factor
    sums = _rounded(scores, width) * factor + labels.mean * moves.sum()
    return _decoded(labels, sums, moves, chosen, radix)


def _radix(labels: KnownLabels) -> int:
    """Return the number of values on the grid of the labels; 0 if they are on none."""
    if labels.values.size < 2:
        return 0
    places = (labels.values - labels.values[0]) / labels.step
    if np.abs(places - np.rint(places)).max() > 1e-6:
        return 0
    return round(float(places[-1])) + 1


def _pairs(
    labels: KnownLabels, each: int, tries: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return different pairs for every try, as far as there are any."""
    probes = max(0, min(tries, labels.size // each))
    return np.asarray(rng.permutation(labels.size)[: probes * each].reshape(probes, each))


def _rounded(values: Floats, width: float) -> Floats:
    return np.asarray(np.rint(values / width) * width)


def _decoded(
    labels: KnownLabels, sums: Floats, moves: Floats, chosen: NDArray[np.int64], radix: int
) -> Found:
    """Read the digits of sums of labels, each times its move."""
    found, unit = Found(), float(moves[-1]) * labels.step
    left = np.rint((sums - labels.values[0] * moves.sum()) / unit).astype(np.int64)
    places = np.rint((labels.values - labels.values[0]) / labels.step).astype(np.int64)
    for pair in range(moves.size - 1, -1, -1):
        left, digits = np.divmod(left, radix)
        for digit, true in zip(digits, places[labels.true[chosen[:, pair]]], strict=True):
            found.claim(int(digit), int(true), certain=True)
    return found
