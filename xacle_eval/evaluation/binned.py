"""Binned pictures of one system: counts in intervals, so that no value of a single pair is shown.

A cell, a level or an interval with fewer than the smallest number of pairs is not shown. Nothing
tells such a cell of the density from an empty one: otherwise a team, which knows its predictions,
could read off single references. A total could reveal a single hidden count: that of a histogram,
or the number of pairs of a level, which the calibration has. So the hidden counts of each are
together at least the smallest number, too: if needed, the smallest shown count is hidden with
them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from xacle_eval.results.details import CalibrationLevel, Density, Histogram, Near

__all__ = ["calibration", "density", "hide_small", "histogram", "reference_edges"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

# Intervals of the scale: how many are best, and the least and the most, by the number of pairs.
_INTERVALS = ((2_000, (20, 10, 20)), (200, (10, 10, 20)), (0, (5, 4, 10)))
_MOST_STEPS = 60  # intervals of the residuals on each side of their median
_SHOWN_STEPS = 40  # intervals of the middle 98 % of the residuals
_TOLERANCE = 1e-9  # of an interval: an average of 2/3 lies on the edge 2/3 in spite of rounding
_QUARTILE_STEPS = 100  # of the scale
# Sums of larger numbers could be too large for a float; they look the same in a picture.
_LIMIT = 1e300
_NEAR = 0.1  # of the scale: errors that are called small


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
    """Return the numbers of pairs in cells; see `Density`.

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
    shown = counts >= min_pairs
    for first, last in _levels(counts.sum(axis=0), min_pairs):
        shown[:, first:last] &= hide_small(counts[:, first:last], min_pairs)
    return Density(
        reference_edges=_rounded(edges),
        prediction_edges=_rounded(outer),
        counts=tuple(_visible_counts(*both) for both in zip(counts, shown, strict=True)),
        hidden=int(counts[~shown].sum()),
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
    step = (ends[-1] - ends[0]) / _QUARTILE_STEPS
    levels = []
    for first, last in _levels(np.bincount(column, minlength=size), min_pairs):
        inside = (column >= first) & (column < last)
        chosen = limited[inside]
        # A quartile of few predictions is one of them.
        q1, median, q3 = (_to_step(q, step) for q in np.quantile(chosen, (0.25, 0.5, 0.75)))
        levels.append(
            CalibrationLevel(
                low=ends[first],
                high=ends[last],
                n=chosen.size,
                reference=float(references[inside].mean()),
                mean=float(chosen.mean()),
                q1=q1,
                median=median,
                q3=q3,
            )
        )
    return tuple(levels)


def histogram(values: Floats, min_pairs: int) -> Histogram:
    """Return the numbers of values in intervals of a width of 1, 2 or 5 times a power of ten.

    Zero is an edge. The first and the last shown interval have at least `min_pairs` values, with
    all that are beyond them. There are no intervals if all values are fewer.
    """
    if values.size < min_pairs:
        return Histogram(edges=(), counts=())
    limited = np.clip(values, -_LIMIT, _LIMIT)
    width, start = _steps(limited)
    place = _step_of(limited, width) - start
    beyond = (place < -_MOST_STEPS) | (place >= _MOST_STEPS)
    place = np.clip(place, -_MOST_STEPS, _MOST_STEPS - 1).astype(np.int64)
    counts = np.bincount(place + _MOST_STEPS, minlength=2 * _MOST_STEPS)
    first, last = _ends(counts, min_pairs)
    outside = place + _MOST_STEPS
    merged = np.array(counts[first : last + 1], dtype=np.int64)
    merged[0] += counts[:first].sum()
    merged[-1] += counts[last + 1 :].sum()
    shown = hide_small(merged, min_pairs)
    middle = float(np.median(limited))
    return Histogram(
        edges=_rounded((start + np.arange(first, last + 2) - _MOST_STEPS) * width),
        counts=_visible_counts(merged, shown),
        open_low=bool((outside < first).any() or (beyond & (limited < middle)).any()),
        open_high=bool((outside > last).any() or (beyond & (limited > middle)).any()),
    )


def near_zero(errors: Floats, width: float, bars: Histogram, min_pairs: int) -> Near | None:
    """Return the number of errors that are smaller than a tenth of the scale.

    Parameters
    ----------
    errors : array, shape (n,)
        Prediction minus reference.
    width : float
        The width of the scale, in points.
    bars : Histogram
        That of the errors, as it is shown.
    min_pairs : int
        None is returned if the number, together with the bars, reveals fewer errors than this.
    """
    limit = float(f"{width * _NEAR:.12g}")
    inside = np.isin(_step_of(np.clip(errors, -_LIMIT, _LIMIT), limit), (-1, 0))
    if _reveals(inside, errors, bars, min_pairs):
        return None
    return Near(limit=limit, n=int(inside.sum()))


def _reveals(inside: NDArray[np.bool_], errors: Floats, bars: Histogram, min_pairs: int) -> bool:
    """Return whether the number of errors inside tells that of a few, by a difference to bars.

    A difference can be of the bars that the limits divide, of the hidden ones, or of both.
    """
    if not bars.counts:
        return True
    edges, size = np.array(bars.edges), len(bars.counts)
    slack = (edges[1] - edges[0]) * _TOLERANCE
    bar = np.clip(np.searchsorted(edges, errors + slack, side="right") - 1, 0, size - 1)
    sums = np.array([np.bincount(bar[part], minlength=size) for part in (inside, ~inside)])
    divided = (sums > 0).all(axis=0)
    hidden = np.array([number is None for number in bars.counts])
    parts = [sums[:, chosen].sum(axis=1) for chosen in (divided, hidden, divided | hidden)]
    return any(0 < number < min_pairs for part in (*parts, sums.sum(axis=1)) for number in part)


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


def _step_of(values: Floats, width: float) -> Floats:
    """Return the number of the step of a width from zero in which each value is."""
    return np.asarray(np.floor(values / width + _TOLERANCE))


def _steps(values: Floats) -> tuple[float, float]:
    """Return the width of the intervals, and the number of the one with the median."""
    q1, median, q3 = np.quantile(values, (0.25, 0.5, 0.75))
    low, high = np.quantile(values, (0.01, 0.99))
    # Freedman and Diaconis 1981, but not so narrow that a picture has too many bars.
    wanted = max(2 * (q3 - q1) / np.cbrt(values.size), (high - low) / _SHOWN_STEPS)
    smallest = max(abs(float(median)) * 1e-9, 1e-6)
    width = _round_number(max(float(wanted), smallest))
    return width, float(np.floor(median / width + _TOLERANCE))


def _round_number(value: float) -> float:
    """Return the smallest 1, 2 or 5 times a power of ten that is at least the value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(f * power for f in (1, 2, 5, 10) if f * power >= value * (1 - _TOLERANCE))


def _ends(counts: Counts, min_pairs: int) -> tuple[int, int]:
    """Return the first and the last interval that has enough values with all beyond it."""
    total = np.cumsum(counts)
    if total[-1] < 2 * min_pairs:  # one interval, the one with the median
        return _MOST_STEPS, _MOST_STEPS
    first = int(np.argmax(total >= min_pairs))
    last = counts.size - 1 - int(np.argmax(np.cumsum(counts[::-1]) >= min_pairs))
    # A tail takes the small intervals beside it: otherwise they would be hidden.
    while first < last and 0 < counts[first + 1] < min_pairs:
        first += 1
    while first < last and 0 < counts[last - 1] < min_pairs:
        last -= 1
    return first, last


def _to_step(value: float, step: float) -> float:
    return float(f"{round(value / step) * step:.12g}")


def _rounded(edges: Iterable[float]) -> tuple[float, ...]:
    """Return edges without the last bits of a sum: 0.3, not 0.30000000000000004."""
    return tuple(float(f"{edge:.12g}") + 0.0 for edge in edges)


def _visible_counts(counts: Counts, shown: NDArray[np.bool_]) -> tuple[int | None, ...]:
    return tuple(int(number) if keep else None for number, keep in zip(counts, shown, strict=True))
