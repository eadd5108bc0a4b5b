"""The tables of a system's page: its metrics, and metrics within bands and groups of pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xacle_eval.metrics import METRICS
from xacle_eval.reports.site.charts.bars import Meter, meters
from xacle_eval.reports.site.detail_sentences import points_text
from xacle_eval.reports.site.names import Name
from xacle_eval.reports.site.numbers import interval_text, metric_text, minus, percent
from xacle_eval.results.breakdown import Breakdown
from xacle_eval.results.leaderboard import Entry, Leaderboard
from xacle_eval.results.profile import Band
from xacle_eval.results.score import LevelScores
from xacle_eval.results.uncertainty import Bounds, Ceilings

__all__ = ["GroupRow", "GroupTable", "MetricRow", "band_table", "group_table", "metric_rows"]


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric of a system; ``limit`` is the noise ceiling or floor, ``share`` that of it.

    ``level`` is empty if there is one level only. ``note`` says that the metric is undefined, where
    the value is what the challenge counts it as. ``meter`` is the share as a bar, ``above``
    whether it is more than 1.
    """

    metric: str
    title: str
    level: str
    value: str
    interval: str
    limit: str = ""
    share: str = ""
    meter: Meter | None = None
    above: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The pairs of one band or group: its texts, one for each column, and the bar."""

    name: str
    texts: tuple[str, ...]
    meter: Meter | None


@dataclass(frozen=True, slots=True)
class GroupTable:
    """Metrics by band or group; ``heading`` names the rows, ``bar`` that of the bars, if any."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[GroupRow, ...]
    bar: str


def metric_rows(
    board: Leaderboard, entry: Entry, metrics: Sequence[str], decimals: int
) -> tuple[MetricRow, ...]:
    """Return the metrics of an entry: those at the ranking's level first, then the others."""
    return tuple(_metric_rows(board, entry, metrics, decimals))


def _metric_rows(
    board: Leaderboard, entry: Entry, metrics: Sequence[str], decimals: int
) -> Iterator[MetricRow]:
    levels = {"pair": None, **entry.levels}
    several = len(levels) > 1
    ceilings = board.resampling.ceilings if board.resampling else None
    for level in sorted(levels, key=lambda name: name != board.level):
        own = level == board.level
        values, intervals = _scores(entry, levels[level], own)
        undefined = (levels[level] or entry).undefined
        for name in metrics:
            if name in values:
                yield _metric_row(
                    name,
                    level if several else "",
                    values[name],
                    intervals.get(name),
                    ceilings if own else None,
                    decimals,
                    name in undefined,
                )


def _scores(
    entry: Entry, scores: LevelScores | None, own: bool
) -> tuple[dict[str, float | None], dict[str, Bounds]]:
    """Return the values at a level, and their intervals."""
    values = dict(entry.metrics if scores is None else scores.metrics)
    if own and entry.uncertainty is not None:
        return values, dict(entry.uncertainty.intervals)
    return values, dict((scores.intervals if scores else None) or {})


def _metric_row(
    metric: str,
    level: str,
    value: float | None,
    bounds: Bounds | None,
    ceilings: Ceilings | None,
    decimals: int,
    undefined: bool,
) -> MetricRow:
    limit, share = _limit(metric, ceilings), None
    if limit is not None and value is not None and limit > 0 and METRICS[metric].higher_is_better:
        share = value / limit
    found = METRICS[metric]
    better = "higher" if found.higher_is_better else "lower"
    name = "ceiling" if found.higher_is_better else "floor"
    return MetricRow(
        metric=f"{metric} {found.arrow}",
        title=f"{found.title}; {better} is better",
        level=level,
        value=metric_text(metric, value, decimals),
        interval=interval_text(metric, bounds, decimals),
        limit="" if limit is None else f"{name} {metric_text(metric, limit, decimals)}",
        share="" if share is None else minus(percent(share)),
        meter=None if share is None else Meter(0.0, round(100 * min(max(share, 0.0), 1.0), 2)),
        above=share is not None and share > 1,
        note=f"undefined, counts as {value:g}" if undefined and value is not None else "",
    )


def _limit(metric: str, ceilings: Ceilings | None) -> float | None:
    if ceilings is None:
        return None
    return ceilings.floor if metric == "MSE" else ceilings.ceiling.get(metric)


def band_table(
    bands: Sequence[Band], metrics: Sequence[str], decimals: int, width: float
) -> GroupTable | None:
    """Return the table of the bands of the references; None without bands."""
    if not bands:
        return None
    names = [name for name in metrics if name in bands[0].metrics]
    bars = meters([band.metrics.get(names[0]) for band in bands]) if names else [None] * len(bands)
    rows = tuple(
        GroupRow(
            f"{minus(f'{band.low:.4g}')} to {minus(f'{band.high:.4g}')}",
            (
                f"{band.n:,}",
                _signed(band.bias, width),
                *(metric_text(name, band.metrics[name], decimals) for name in names),
            ),
            bar,
        )
        for band, bar in zip(bands, bars, strict=True)
    )
    columns = ("Pairs", "Bias", *(f"{name} {METRICS[name].arrow}" for name in names))
    return GroupTable("References", columns, rows, names[0] if any(bars) else "")


def _signed(value: float, width: float) -> str:
    text = points_text(value, width)
    return f"+{text}" if value > 0 and any(digit in text for digit in "123456789") else text


def group_table(found: Breakdown, metrics: Sequence[str], decimals: int) -> GroupTable:
    """Return the table of the groups of a column, in their order."""
    first = found.slices[0]
    names = [name for name in metrics if name in first.metrics]
    bars = meters([each.metrics[names[0]] for each in found.slices]) if names else []
    rows = tuple(
        GroupRow(
            Name(each.value or "(empty)"),
            (
                f"{each.n:,}",
                *(metric_text(name, each.metrics[name], decimals) for name in names),
            ),
            bars[place] if names else None,
        )
        for place, each in enumerate(found.slices)
    )
    columns = ("Pairs", *(f"{name} {METRICS[name].arrow}" for name in names))
    return GroupTable(found.column, columns, rows, names[0] if any(bars) else "")
