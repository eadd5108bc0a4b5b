"""Binned pictures of one system: numbers of pairs in intervals, so that no single pair is shown.

A team knows its predictions. An exact number of pairs, a total, or the difference between the
numbers of two of its systems would tell it where the reference of a single pair is. So numbers are
rounded down: those of the density to classes that double, those of the residuals to multiples of
about 1 % of the pairs. A cell or bar with fewer pairs than the smallest number looks like an empty
one, and there are no totals. The edges of all intervals are the same for every system.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from xacle_eval.results.details import CalibrationLevel, Density, Histogram

__all__ = ["calibration", "density", "enclosing", "hide_small", "histogram", "reference_edges"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

# Intervals of the scale: how many are best, and the least and the most, by the number of pairs.
_INTERVALS = ((2_000, (20, 10, 20)), (200, (10, 10, 20)), (0, (5, 4, 10)))
# Intervals of the residuals from 0 to the width of the scale, by the number of pairs.
_BARS = ((200, 20), (50, 10), (0, 5))
_SHARES = 100  # numbers of residuals are rounded to this part of the pairs
_TOLERANCE = 1e-9  # of an interval: an average of 2/3 lies on the edge 2/3 in spite of rounding
_STEPS_OF_SCALE = 100  # means and quartiles are rounded to this part of the scale
_FENCE = 1.5  # interquartile ranges beyond the quartiles, Tukey 1977
# Sums of larger numbers could be too large for a float; they look the same in a picture.
_LIMIT = 1e300


def reference_edges(references: Floats, low: float, high: float) -> Floats:
    """Return the edges of 10 to 20 equal intervals of the scale; 4 to 10 for fewer than 200 pairs.

    Parameters
    ----------
    references : array, shape (n,)
        The references. Averages of few ratings lie on a grid; the number of intervals is chosen
        so that they have the same number of values of it, otherwise stripes would appear.
    low, high : float
        The ends of the scale, low < high.
    """
    best, least, most = next(found for n, found in _INTERVALS if references.size >= n)
    values = np.unique(references)
    if values.size > references.size / 2:  # not on a grid
        return _edges(low, high, best)
    numbers = sorted(range(least, most + 1), key=lambda number: (abs(number - best), number))
    uneven = [_unevenness(values, _edges(low, high, number)) for number in numbers]
    return _edges(low, high, numbers[int(np.argmin(uneven))])


def density(predictions: Floats, references: Floats, edges: Floats, min_pairs: int) -> Density:
    """Return the classes of the numbers of pairs in cells; see `Density`.

    Parameters
    ----------
    predictions, references : array, shape (n,)
        Finite numbers, in points of the scale.
    edges : array
        The edges of the intervals of the references, from `reference_edges`. The intervals of the
        predictions are the same, with one below and one above the scale if there are any there.
    min_pairs : int
        The smallest number of pairs of a cell that is shown.
    """
    size = edges.size - 1
    column = np.clip(_places(references, edges), 0, size - 1)
    row = _places(predictions, edges)
    # The last interval has both edges; only what lies beyond them is outside the scale.
    row[(row == size) & (predictions <= edges[-1])] = size - 1
    below, above = bool((row < 0).any()), bool((row == size).any())
    counts = np.zeros((size + 2, size), dtype=np.int64)
    np.add.at(counts, (row + 1, column), 1)
    counts = counts[0 if below else 1 : size + 2 if above else size + 1]
    step = (edges[-1] - edges[0]) / size
    outer = [*([edges[0] - step] if below else []), *edges, *([edges[-1] + step] if above else [])]
    return Density(
        reference_edges=_rounded(edges),
        prediction_edges=_rounded(outer),
        counts=tuple(_known(row) for row in _class_starts(counts, min_pairs)),
        open_low=below,
        open_high=above,
    )


def calibration(
    predictions: Floats, references: Floats, edges: Floats, min_pairs: int
) -> tuple[CalibrationLevel, ...]:
    """Return the predictions by level of the references; see `CalibrationLevel`.

    Levels are the intervals of `edges`, merged until each has `min_pairs` pairs; there are none if
    all pairs are fewer.
    """
    size = edges.size - 1
    column = np.clip(_places(references, edges), 0, size - 1)
    ends = _rounded(edges)
    limited = np.clip(predictions, -_LIMIT, _LIMIT)
    step = (ends[-1] - ends[0]) / _STEPS_OF_SCALE
    levels = []
    for first, last in _levels(np.bincount(column, minlength=size), min_pairs):
        inside = (column >= first) & (column < last)
        chosen = limited[inside]
        quartiles = np.quantile(chosen, (0.25, 0.5, 0.75))
        # A quartile of few predictions is one of them.
        q1, median, q3 = (_to_step(q, step) for q in quartiles)
        levels.append(
            CalibrationLevel(
                low=ends[first],
                high=ends[last],
                n=chosen.size // min_pairs * min_pairs,
                reference=_to_step(references[inside].mean(), step),
                mean=_to_step(_fenced_mean(chosen, *quartiles[::2]), step),
                q1=q1,
                median=median,
                q3=q3,
            )
        )
    return tuple(levels)


def _fenced_mean(values: Floats, q1: float, q3: float) -> float:
    """Return the mean after values beyond the fences of Tukey are moved to them.

    Otherwise a team could send equal predictions just below a step of the rounding and one larger
    one: only the level with the reference of that pair would be rounded up.
    """
    reach = _FENCE * (q3 - q1)
    return float(np.clip(values, q1 - reach, q3 + reach).mean())


def histogram(errors: Floats, width: float, min_pairs: int) -> Histogram:
    """Return the numbers of errors in equal intervals; see `Histogram`.

    The intervals are 1/20 of the scale wide, or 1/10 for fewer than 200 pairs and 1/5 for fewer
    than 50. Errors beyond the width of the scale are not counted: a team could send a known number
    of them to learn whether a further pair is with them.

    Parameters
    ----------
    errors : array, shape (n,)
        Prediction minus reference.
    width : float
        The width of the scale, in points.
    min_pairs : int
        Numbers are rounded down to multiples of it, of about 1 % of the pairs. Intervals at the
        ends with fewer are left out.
    """
    half = next(found for n, found in _BARS if errors.size >= n)
    inside = errors[np.abs(errors) <= width]
    place = np.floor(inside / width * half + _TOLERANCE).astype(np.int64)
    counts = np.bincount(np.minimum(place, half - 1) + half, minlength=2 * half)
    step = min_pairs * max(1, math.ceil(errors.size / _SHARES / min_pairs))
    known = _known(counts // step * step)
    shown = [at for at, number in enumerate(known) if number is not None]
    if not shown:
        return Histogram(edges=(), counts=())
    first, last = shown[0], shown[-1]
    edges = _rounded(np.linspace(-width, width, 2 * half + 1))
    return Histogram(edges=edges[first : last + 2], counts=known[first : last + 1])


def enclosing(low: float, high: float, edges: Floats) -> tuple[float, float]:
    """Return the nearest edges outside a range; the ends of the scale where there are none."""
    slack = (edges[1] - edges[0]) * _TOLERANCE
    first = int(np.searchsorted(edges, low + slack, side="right")) - 1
    last = int(np.searchsorted(edges, high - slack, side="left"))
    ends = _rounded(edges)
    return ends[max(first, 0)], ends[min(last, edges.size - 1)]


def hide_small(counts: Counts, min_pairs: int) -> NDArray[np.bool_]:
    """Return which counts are shown, as an array of the shape of the counts.

    Counts from 1 to ``min_pairs - 1`` are hidden. If they are together fewer than `min_pairs`,
    the smallest other count is hidden, too: a total does not reveal them.
    """
    hidden = (counts > 0) & (counts < min_pairs)
    total = int(counts[hidden].sum())
    if total == 0 or total >= min_pairs:
        return np.asarray(~hidden)
    flat, others = counts.ravel(), np.flatnonzero(counts >= min_pairs)
    if others.size:
        hidden.ravel()[others[np.argmin(flat[others])]] = True
    return np.asarray(~hidden)


def _edges(low: float, high: float, number: int) -> Floats:
    return np.linspace(low, high, number + 1)


def _unevenness(values: Floats, edges: Floats) -> float:
    """Return how much the numbers of distinct values differ between the inner intervals."""
    size = edges.size - 1
    numbers = np.bincount(np.clip(_places(values, edges), 0, size - 1), minlength=size)[1:-1]
    mean = float(numbers.mean())
    return float(np.ptp(numbers)) / mean if mean else math.inf


def _places(values: Floats, edges: Floats) -> Counts:
    """Return the interval of each value: -1 below the scale, the number of intervals above it."""
    size = edges.size - 1
    width = edges[-1] - edges[0]
    near = np.clip(values, edges[0] - width, edges[-1] + width)
    where = np.floor((near - edges[0]) / width * size + _TOLERANCE)
    return np.asarray(np.clip(where, -1, size), dtype=np.int64)


def _levels(counts: Counts, min_pairs: int) -> Iterator[tuple[int, int]]:
    """Yield the first interval of each level and the one after its last."""
    starts, total = [0], 0
    for place, number in enumerate(counts.tolist(), start=1):
        total += number
        if total >= min_pairs:
            starts.append(place)
            total = 0
    if len(starts) > 1:
        starts[-1] = counts.size  # too few pairs after the last level belong to it
    yield from pairwise(starts)


def _to_step(value: float, step: float) -> float:
    return float(f"{round(value / step) * step:.12g}")


def _rounded(edges: Iterable[float]) -> tuple[float, ...]:
    """Return edges without the last bits of a sum: 0.3, not 0.30000000000000004."""
    return tuple(float(f"{edge:.12g}") + 0.0 for edge in edges)


def _class_starts(counts: Counts, min_pairs: int) -> Counts:
    """Return the smallest number of the class of each count, 0 below the first class.

    The classes begin at `min_pairs` and double: 5, 10, 20, 40.
    """
    power = np.frexp(counts / min_pairs)[1] - 1
    starts = min_pairs * 2.0 ** np.maximum(power, 0)
    return np.where(power < 0, 0, starts).astype(np.int64)


def _known(counts: Sequence[int] | Counts) -> tuple[int | None, ...]:
    return tuple(int(number) or None for number in counts)
