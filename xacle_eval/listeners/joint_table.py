"""The joint distribution of true scores and averages, and the correlations of such a table.

The distribution of the average of k independent ratings is computed exactly by convolution; nothing
is drawn at random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from xacle_eval.references.ratings import Floats

__all__ = ["average_distribution", "mix_columns", "table_correlations"]

_MOST_STEPS = 400
"""Levels that are multiples of a step are placed exactly on a lattice of at most so many steps."""
_LATTICE = 96
"""Steps for other levels; each is divided between the two nearest points, which keeps its mean."""
_MOST_AVERAGES = 1_000
"""More possible averages than this are put on a common grid, which keeps a table small."""
_GRID = 480
_DECIMALS = 9


def average_distribution(levels: Floats, probabilities: Floats, k: int) -> tuple[Floats, Floats]:
    """Return the distribution of the average of k independent ratings.

    Parameters
    ----------
    levels : shape (L,)
        The possible ratings, ascending, at least two.
    probabilities : shape (Q, L)
        The probability of each rating in each of Q states.
    k : int
        The number of ratings.

    Returns
    -------
    values : shape (m,)
        The possible averages, ascending; a grid if there are more than 1,000 of them.
    distribution : shape (Q, m)
        Rows sum to 1.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    base, step, steps = _lattice(levels)
    spread = np.zeros((probabilities.shape[0], steps + 1))
    position = (levels - base) / step
    lower = np.minimum(np.floor(position + 1e-9).astype(int), steps)
    share = np.clip(position - lower, 0.0, 1.0)
    share[share < 1e-6] = 0.0
    for level in range(levels.size):
        spread[:, lower[level]] += probabilities[:, level] * (1.0 - share[level])
        if share[level] > 0.0:
            spread[:, min(lower[level] + 1, steps)] += probabilities[:, level] * share[level]
    size = k * steps + 1
    fast = next_fast_len(size, real=True)
    waves = rfft(spread, fast, axis=1) ** k
    sums = np.maximum(irfft(waves, fast, axis=1)[:, :size], 0.0)
    sums /= sums.sum(axis=1, keepdims=True)
    values = base + step * np.arange(size) / k
    exact = not share.any()
    few = size <= (_MOST_AVERAGES if exact else _GRID + 1)
    return (values, sums) if few else _on_grid(values, sums)


def _on_grid(values: Floats, table: Floats) -> tuple[Floats, Floats]:
    """Move the mass of each value to the two nearest points of a grid; the mean stays the same."""
    low, high = float(values[0]), float(values[-1])
    position = (values - low) * (_GRID / (high - low))
    lower = np.minimum(position.astype(int), _GRID - 1)
    share = position - lower
    found = np.zeros((table.shape[0], _GRID + 1))
    for weight, place in ((1.0 - share, lower), (share, lower + 1)):
        begins = np.searchsorted(place, np.arange(_GRID + 1))
        used = np.flatnonzero(np.diff(np.append(begins, place.size)))
        found[:, used] += np.add.reduceat(table * weight, begins[used], axis=1)
    return np.linspace(low, high, _GRID + 1), found


def _lattice(levels: Floats) -> tuple[float, float, int]:
    """Return the first point, the step and the number of steps of a lattice for the levels."""
    base, gaps = float(levels[0]), np.diff(levels)
    step = float(gaps.min())
    for divisor in (1, 2, 3, 4):
        places = (levels - base) / (step / divisor)
        steps = round(float(places[-1]))
        if steps <= _MOST_STEPS and np.abs(places - np.rint(places)).max() < 1e-6:
            return base, step / divisor, steps
    return base, float(levels[-1] - base) / _LATTICE, _LATTICE


def mix_columns(parts: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Add tables with different columns; columns with equal values become one.

    Parameters
    ----------
    parts : sequence of (values, table)
        Values of shape (m,) and a table of shape (Q, m) with the mass of each cell.

    Returns
    -------
    values : shape (c,)
        Ascending.
    table : shape (Q, c)
    """
    values = np.round(np.concatenate([each for each, _ in parts]), _DECIMALS)
    cells = np.concatenate([table for _, table in parts], axis=1)
    columns, place = np.unique(values, return_inverse=True)
    order = np.argsort(place.reshape(-1), kind="stable")
    begins = np.searchsorted(place.reshape(-1)[order], np.arange(columns.size))
    return columns, np.add.reduceat(cells[:, order], begins, axis=1)


def table_correlations(
    table: Floats, rows: Floats, columns: Floats, *, continuous_rows: bool
) -> Mapping[str, float]:
    """Return SRCC, KTAU (tau-b) and LCC of a joint distribution.

    Parameters
    ----------
    table : shape (Q, c)
        The mass of each cell, 0 or more.
    rows, columns : shape (Q,) and (c,)
        The values, ascending.
    continuous_rows : bool
        The rows are a grid of a variable without ties.

    Returns
    -------
    mapping of str to float
        Values in [-1, 1]; nan if a side has no variance.
    """
    mass = table / table.sum()
    row, column = mass.sum(axis=1), mass.sum(axis=0)
    first, second = np.cumsum(row) - row / 2 - 0.5, np.cumsum(column) - column / 2 - 0.5
    spread = 1 / 12 if continuous_rows else float(row @ first**2)
    ranks = float(first @ mass @ second)
    srcc = _ratio(ranks, spread, float(column @ second**2))
    below = np.zeros((row.size + 1, column.size + 1))
    below[1:, 1:] = mass.cumsum(axis=0).cumsum(axis=1)
    concordant = float((mass * below[:-1, :-1]).sum())
    discordant = float((mass * (below[:-1, -1:] - below[:-1, 1:])).sum())
    untied = 1.0 if continuous_rows else 1.0 - float(row @ row)
    ktau = _ratio(2 * (concordant - discordant), untied, 1.0 - float(column @ column))
    x, y = rows - row @ rows, columns - column @ columns
    lcc = _ratio(float(x @ mass @ y), float(row @ x**2), float(column @ y**2))
    return {"SRCC": srcc, "KTAU": ktau, "LCC": lcc}


def _ratio(product: float, first: float, second: float) -> float:
    scale = float(np.sqrt(max(first, 0.0) * max(second, 0.0)))
    return float(np.clip(product / scale, -1.0, 1.0)) if scale > 1e-300 else float("nan")
