"""The density of predictions against references: cells in steps of the classes of their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xacle_eval.reports.site.charts.plane import Plane, plane_of
from xacle_eval.results.details import Density

__all__ = ["CellStep", "DensityChart", "density_chart"]

_STEPS = 5
_OUTSIDE = {
    (False, False): "",
    (True, False): "bottom row: all predictions below the scale",
    (False, True): "top row: all predictions above the scale",
    (True, True): "bottom and top row: all predictions below and above the scale",
}


@dataclass(frozen=True, slots=True)
class CellStep:
    """The cells whose number of pairs is in one step of the legend; ``path`` draws them all.

    ``shade`` counts from 1, the lightest. A cell that is not shown is not drawn.
    """

    shade: int
    label: str
    path: str


@dataclass(frozen=True, slots=True)
class DensityChart:
    """The cells of a density picture.

    ``ends`` are the places of the ends of the scale that have a row of predictions beyond them,
    which ``outside`` explains.
    """

    plane: Plane
    steps: tuple[CellStep, ...]
    ends: tuple[float, ...]
    outside: str


def density_chart(density: Density, min_pairs: int) -> DensityChart:
    """Return the geometry of a density picture.

    Parameters
    ----------
    density : Density
    min_pairs : int
        The smallest number of pairs of a cell that is shown, where the classes begin.
    """
    edges = density.reference_edges
    plane = plane_of(edges[0], edges[-1], density.prediction_edges)
    shown = [number for row in density.counts for number in row if number]
    bounds = _bounds(min_pairs, max(shown, default=0))
    paths: dict[int, list[str]] = {}
    for shade, x, y, width, height in _cells(density, plane, bounds):
        paths.setdefault(shade, []).append(f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z")
    labels = {place: _label(low, high) for place, (low, high) in enumerate(bounds, start=1)}
    ends = [plane.y(edges[0])] if density.open_low else []
    ends += [plane.y(edges[-1])] if density.open_high else []
    return DensityChart(
        plane=plane,
        steps=tuple(
            CellStep(shade, labels[shade], "".join(paths[shade])) for shade in sorted(paths)
        ),
        ends=tuple(ends),
        outside=_OUTSIDE[density.open_low, density.open_high],
    )


def _cells(
    density: Density, plane: Plane, bounds: list[tuple[int, int]]
) -> Iterator[tuple[int, float, float, float, float]]:
    """Yield shade, place and size of every cell that is shown."""
    columns = [plane.x(edge) for edge in density.reference_edges]
    rows = [plane.y(edge) for edge in density.prediction_edges]
    for place, counts in enumerate(density.counts):
        for column, number in enumerate(counts):
            if not number:
                continue
            left, right = columns[column], columns[column + 1]
            top, bottom = rows[place + 1], rows[place]
            size = round(right - left, 2), round(bottom - top, 2)
            yield _shade(number, bounds), left, top, *size


def _bounds(first: int, most: int) -> list[tuple[int, int]]:
    """Return the first and the last number of at most five steps of equally many classes.

    The class of the largest number is in the last step; the first step can have fewer classes.
    """
    classes = [first]
    while classes[-1] * 2 <= most:
        classes.append(classes[-1] * 2)
    if most < first:
        return []
    each = -(-len(classes) // _STEPS)
    starts = sorted({first, *classes[::-1][each - 1 :: each]})
    return list(zip(starts, [start - 1 for start in [*starts[1:], classes[-1] * 2]], strict=True))


def _shade(number: int, bounds: list[tuple[int, int]]) -> int:
    return next(place for place, (_, high) in enumerate(bounds, start=1) if number <= high)


def _label(low: int, high: int) -> str:
    return f"{low:,} to {high:,}"
