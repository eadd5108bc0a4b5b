"""Forest plots below each other in one figure, each with an axis of its own, in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xacle_eval.reports.site.charts.axis import Tick
from xacle_eval.reports.site.charts.forest import Forest, ForestMark
from xacle_eval.reports.site.charts.labels import chart_label, full_name, labels_width

__all__ = ["ForestPart", "ForestRow", "ForestStack", "StackedForest", "stack_forests"]

_ROW, _PLOT, _HEAD, _FOOT, _GAP = 20.0, 360.0, 44.0, 14.0, 12.0


@dataclass(frozen=True, slots=True)
class ForestPart:
    """A forest plot to be drawn: its heading, and the name and text of each mark."""

    head: str
    names: tuple[str, ...]
    texts: tuple[str, ...]
    forest: Forest


@dataclass(frozen=True, slots=True)
class ForestRow:
    """A row: its label, the text at the right, and its mark with places in pixels."""

    label: str
    title: str
    text: str
    y: float
    mark: ForestMark | None


@dataclass(frozen=True, slots=True)
class StackedForest:
    """One forest plot of a figure; all places are in pixels."""

    head: str
    top: float
    bottom: float
    ticks: tuple[Tick, ...]
    rows: tuple[ForestRow, ...]
    limit: float | None
    limit_low: float | None
    limit_high: float | None
    limit_name: str


@dataclass(frozen=True, slots=True)
class ForestStack:
    """The figure: labels left of ``left``, texts right of ``right``."""

    width: float
    height: float
    left: float
    right: float
    parts: tuple[StackedForest, ...]


def stack_forests(parts: Sequence[ForestPart]) -> ForestStack:
    """Return forest plots one below the other, with their labels in one column."""
    labels = [chart_label(name) for part in parts for name in part.names]
    texts = [text for part in parts for text in part.texts]
    left = labels_width(labels) + 2 * _GAP
    right = left + _PLOT
    found, top = [], 0.0
    for part in parts:
        stacked = _stacked(part, left, top)
        found.append(stacked)
        top = stacked.bottom + (_FOOT + 10.0 if part.forest.limit_name else _FOOT)
    return ForestStack(
        width=round(right + labels_width(texts) + 2 * _GAP, 1),
        height=top,
        left=left,
        right=right,
        parts=tuple(found),
    )


def _stacked(part: ForestPart, left: float, top: float) -> StackedForest:
    forest, begin = part.forest, top + _HEAD
    rows = tuple(
        ForestRow(
            chart_label(name), f"{full_name(name)}: {text}", text, begin + (n + 0.5) * _ROW, mark
        )
        for n, (name, text, mark) in enumerate(
            zip(part.names, part.texts, _in_pixels(forest.marks, left), strict=True)
        )
    )
    return StackedForest(
        head=part.head,
        top=begin,
        bottom=begin + len(rows) * _ROW,
        ticks=tuple(Tick(_pixels(each.place, left), each.label) for each in forest.axis.ticks),
        rows=rows,
        limit=None if forest.limit is None else _pixels(forest.limit, left),
        limit_low=None if forest.limit_low is None else _pixels(forest.limit_low, left),
        limit_high=None if forest.limit_high is None else _pixels(forest.limit_high, left),
        limit_name=forest.limit_name,
    )


def _pixels(place: float, left: float) -> float:
    return round(left + place / 100.0 * _PLOT, 2)


def _in_pixels(marks: Sequence[ForestMark | None], left: float) -> list[ForestMark | None]:
    return [
        None
        if each is None
        else ForestMark(
            _pixels(each.middle, left),
            None if each.low is None else _pixels(each.low, left),
            None if each.high is None else _pixels(each.high, left),
            each.shape,
            each.colour,
            each.outside,
            each.label,
        )
        for each in marks
    ]
