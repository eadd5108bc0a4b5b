"""The blob plot of ranks: how often each system had each rank over the resamples."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from xacle_eval.reports.site.charts.labels import chart_label, full_name, labels_width
from xacle_eval.reports.site.numbers import percent
from xacle_eval.reports.site.ranking import RankedSystem, Ranking

__all__ = ["Blob", "BlobChart", "BlobRow", "blob_of"]

_COLOURS = 4
_TOP, _BOTTOM, _RIGHT, _GAP = 34.0, 12.0, 16.0, 12.0
_ROW = 20.0
# The space of a rank, by the number of systems up to which it is used.
_STEPS = ((12, 34.0), (25, 24.0), (50, 18.0), (math.inf, 13.0))
# A circle that touches its neighbours where a system always has one rank.
_FILL = 0.48


@dataclass(frozen=True, slots=True)
class Blob:
    """A circle at a rank; its area is proportional to the share of the resamples."""

    x: float
    radius: float


@dataclass(frozen=True, slots=True)
class BlobRow:
    """A system: its circles, the middle of its ranks as a line, and the square of its own rank."""

    label: str
    title: str
    y: float
    blobs: tuple[Blob, ...]
    low: float | None
    high: float | None
    official: float | None
    colour: int


@dataclass(frozen=True, slots=True)
class BlobChart:
    """The plot in pixels: systems in rows, ranks from left to right."""

    width: float
    height: float
    left: float
    top: float
    bottom: float
    half: float
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[BlobRow, ...]


def blob_of(ranking: Ranking) -> BlobChart | None:
    """Return the blob plot of the competing systems; None without ranks over resamples."""
    systems = [each for each in ranking.competing if _counts(each)]
    if not systems:
        return None
    number = max(len(systems), *(len(_counts(each)) for each in systems))
    step = next(size for most, size in _STEPS if number <= most)
    labels = [chart_label(ranking.name_of(each)) for each in systems]
    left = labels_width(labels) + _GAP
    half = min(step, _ROW) * _FILL

    def place(rank: float) -> float:
        return round(left + (rank - 0.5) * step, 2)

    rows = tuple(
        _row(ranking, each, label, _TOP + (n + 0.5) * _ROW, place, half)
        for n, (each, label) in enumerate(zip(systems, labels, strict=True))
    )
    every = 1 if step > 20 else 5
    shown = [rank for rank in range(1, number + 1) if rank == 1 or rank % every == 0]
    bottom = _TOP + len(rows) * _ROW
    return BlobChart(
        width=round(left + number * step + _RIGHT, 1),
        height=bottom + _BOTTOM,
        left=left,
        top=_TOP,
        bottom=bottom,
        half=round(half, 2),
        ticks=tuple((place(rank), f"{rank}") for rank in shown),
        rows=rows,
    )


def _counts(each: RankedSystem) -> tuple[int, ...]:
    return each.uncertainty.rank_counts if each.uncertainty else ()


def _row(
    ranking: Ranking,
    each: RankedSystem,
    label: str,
    y: float,
    place: Callable[[float], float],
    half: float,
) -> BlobRow:
    found, counts = each.uncertainty, _counts(each)
    total = sum(counts)
    blobs = tuple(
        Blob(place(rank), round(half * math.sqrt(count / total), 2))
        for rank, count in enumerate(counts, 1)
        if count
    )
    cluster = found.cluster if found else None
    low, high = (found.rank_low, found.rank_high) if found else (None, None)
    shares = ", ".join(
        f"rank {rank} {percent(count / total)}" for rank, count in enumerate(counts, 1) if count
    )
    return BlobRow(
        label=label,
        title=f"{full_name(ranking.name_of(each))}: {shares}",
        y=y,
        blobs=blobs,
        low=None if low is None else place(low),
        high=None if high is None else place(high),
        official=None if each.rank is None else place(each.rank),
        colour=-1 if cluster is None else (cluster - 1) % _COLOURS,
    )
