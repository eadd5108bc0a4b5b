"""The matrix of significance: which two systems differ, and the clusters of those that do not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from xacle_eval.reports.site.charts.labels import chart_label, full_name, labels_width
from xacle_eval.reports.site.ranking import RankedSystem, Ranking

__all__ = ["MatrixChart", "MatrixRow", "matrix_of", "p_text"]

_TOP, _BOTTOM, _RIGHT, _GAP = 28.0, 12.0, 16.0, 12.0
# With more systems, cells are too small for the text of p.
_MOST_TEXTS = 12
_TEXT_CELL = (58.0, 26.0)
_CELL = 15.0
_SMALL = 12.0
_MOST_LARGE = 40
_SMALLEST_P = 0.001  # a smaller p-value is shown as a bound
# Published p-values are rounded up by less.
_P_STEP = 2e-6


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A system: its label, and the title with its numbers."""

    label: str
    title: str
    y: float


@dataclass(frozen=True, slots=True)
class MatrixChart:
    """The matrix in pixels; each system is compared with those above it.

    ``different`` and ``same`` are runs of cells in a row as (x, y, width): filled, and hollow with
    a dot in every cell of ``dots``. ``texts`` are (x, y, p). ``clusters`` are squares on the
    diagonal as (x, y, width, height).
    """

    width: float
    height: float
    left: float
    top: float
    cell: tuple[float, float]
    rows: tuple[MatrixRow, ...]
    heads: tuple[tuple[float, str], ...]
    different: tuple[tuple[float, float, float], ...]
    dots: tuple[tuple[float, float], ...]
    texts: tuple[tuple[float, float, str, bool], ...]
    clusters: tuple[tuple[float, float, float, float], ...]
    radius: float


def matrix_of(ranking: Ranking) -> MatrixChart | None:
    """Return the matrix of the competing systems; None if no differences were tested."""
    summary, systems = ranking.summary, ranking.competing
    if summary is None or len(summary.difference_p) != len(systems) or len(systems) < 2:
        return None
    alpha, number = summary.alpha, len(systems)
    few = number <= _MOST_TEXTS
    size = _CELL if number <= _MOST_LARGE else _SMALL
    wide, high = _TEXT_CELL if few else (size, size)
    labels = [chart_label(ranking.name_of(each)) for each in systems]
    # Pictures show one of several usual spaces.
    shown = [f"{label}\N{EM SPACE}{place}" for place, label in enumerate(labels, 1)]
    left = labels_width(shown) + _GAP

    def corner(row: int, column: int) -> tuple[float, float]:
        return round(left + column * wide, 2), round(_TOP + row * high, 2)

    different, dots, texts = [], [], []
    for row, values in enumerate(summary.difference_p):
        for start, end in _runs([p <= alpha for p in values]):
            different.append((*corner(row, start), round((end - start) * wide, 2)))
        for column, p in enumerate(values):
            x, y = corner(row, column)
            middle = (round(x + wide / 2, 2), round(y + high / 2, 2))
            if few:
                texts.append((*middle, p_text(p, summary.smallest_p), p <= alpha))
            elif p > alpha:
                dots.append(middle)
    every = 1 if few or number <= 20 else 5
    return MatrixChart(
        width=round(left + number * wide + _RIGHT, 1),
        height=_TOP + number * high + _BOTTOM,
        left=left,
        top=_TOP,
        cell=(wide, high),
        rows=tuple(
            MatrixRow(label, _title(ranking, systems, row), _TOP + (row + 0.5) * high)
            for row, label in enumerate(shown)
        ),
        heads=tuple(
            (round(left + (column - 0.5) * wide, 2), f"{column}")
            for column in range(1, number + 1)
            if column == 1 or column % every == 0
        ),
        different=tuple(different),
        dots=tuple(dots),
        texts=tuple(texts),
        clusters=tuple(
            (*corner(start, start), round((end - start) * wide, 2), round((end - start) * high, 2))
            for start, end in _cluster_runs(systems)
        ),
        radius=round(min(wide, high) / 6, 2),
    )


def p_text(p: float, smallest: float | None = None) -> str:
    """Return a p-value with three decimals; a smaller one as ``<0.001``.

    A value that is the `smallest` possible one is a bound, such as ``≤ 0.005``.
    """
    if p < _SMALLEST_P:
        return f"<{_SMALLEST_P:g}"
    if smallest is not None and p <= smallest + _P_STEP and p < 1.0:
        return f"≤\N{NO-BREAK SPACE}{math.ceil(1000.0 * smallest - 1e-6) / 1000.0:.3f}"
    return f"{p:.3f}"


def _runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the start and end of every run of true values."""
    found: list[tuple[int, int]] = []
    for place, flag in enumerate(flags):
        if not flag:
            continue
        if found and found[-1][1] == place:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def _cluster_runs(systems: Sequence[RankedSystem]) -> list[tuple[int, int]]:
    """Return the start and end of every cluster; none if there is one, or they are not known."""
    numbers = [each.uncertainty.cluster if each.uncertainty else None for each in systems]
    if None in numbers or len(set(numbers)) < 2:
        return []
    found: list[tuple[int, int]] = []
    for place, number in enumerate(numbers):
        if place and numbers[place - 1] == number:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def _title(ranking: Ranking, systems: Sequence[RankedSystem], row: int) -> str:
    """Return how many of the others a system differs from."""
    summary = ranking.summary
    if summary is None:
        return ""
    table, alpha = summary.difference_p, summary.alpha
    above = [table[row][column] <= alpha for column in range(row)]
    below = [table[other][row] <= alpha for other in range(row + 1, len(systems))]
    name = full_name(ranking.name_of(systems[row]))
    return f"{name}: differs significantly from {sum(above + below):,} of {len(systems) - 1:,}"
