"""The table of a board as pages show it: columns, cells with their sort values, and its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from xacle_eval.challenge.rules import Kind
from xacle_eval.metrics import METRICS
from xacle_eval.reports.site.charts.forest import Forest, ForestMark, forest_of
from xacle_eval.reports.site.numbers import NO_BREAK, interval_text, metric_text, percent, span_text
from xacle_eval.reports.site.pages import SiteFrame
from xacle_eval.reports.site.ranking import (
    Board,
    Names,
    RankedSystem,
    Ranking,
    board_metrics,
    ranking_of,
)
from xacle_eval.reports.views.kinds import rank_cells
from xacle_eval.results.leaderboard import Entry, Leaderboard
from xacle_eval.results.targets import OverallBoard
from xacle_eval.results.uncertainty import Bounds, Ceilings
from xacle_eval.text import LONGEST_LABEL, visible

__all__ = ["MARKS", "BoardCell", "BoardColumn", "BoardRow", "BoardTable", "board_table"]

MARKS: dict[Kind, str] = {"baseline": "△", "out of competition": "◇"}
# Pixels that a column needs on a screen; a table that fits needs no box that scrolls.
_WIDTHS = {"rank": 70, "name": 157, "forest": 176, "metric": 102, "num": 88, "letters": 82}
_WIDEST = 1_340
_WIDEST_NAME = 288
# Pixels of a letter in a heading, with what is beside the title.
_LETTER = 11
# Pixels of a letter of a name, which breaks only after these characters.
_NAME_LETTER = 9
_BREAKS = re.compile("(?<=[_-])")


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A column: ``kind`` is how it is drawn, ``hint`` explains its title.

    ``descending`` is the direction of the first click on its heading: the best values first.
    """

    kind: str
    title: str
    hint: str = ""
    descending: bool = False

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.kind in {"rank", "forest", "metric", "num"}


@dataclass(frozen=True, slots=True)
class BoardCell:
    """A cell: its text, a second line, the value it is sorted by (empty: last), and more.

    ``note`` is a remark below them, which may take several lines.
    """

    text: str = ""
    sub: str = ""
    value: str = ""
    href: str = ""
    mark: ForestMark | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A row; ``chip`` marks a system that does not compete, by a shape and words."""

    cells: tuple[BoardCell, ...]
    kind: str = "competing"
    chip: str = ""


@dataclass(frozen=True, slots=True)
class BoardTable:
    """A table with its rows in the official order, and the noise ceiling and floor below them."""

    columns: tuple[BoardColumn, ...]
    rows: tuple[BoardRow, ...]
    limits: tuple[BoardRow, ...] = ()
    forest: Forest | None = None
    order_note: str = ""

    @property
    def fits(self) -> bool:
        """Whether the table fits on a wide screen, so that its headings can stay in view."""
        return sum(self._width(place) for place in range(len(self.columns))) <= _WIDEST

    def _width(self, place: int) -> int:
        column = self.columns[place]
        width = max(_WIDTHS[column.kind], _LETTER * len(column.title))
        if column.kind != "name":
            return width
        names = (visible(row.cells[place].text, LONGEST_LABEL) for row in self.rows)
        pieces = (len(piece) for name in names for piece in _BREAKS.split(name))
        return max(width, min(_NAME_LETTER * max(pieces, default=0), _WIDEST_NAME))

    @property
    def caption(self) -> str:
        """What the columns mean, as far as there are any."""
        titles = {column.title for column in self.columns}
        parts = []
        if any(title.startswith("Rank, ") for title in titles):
            parts.append(
                "Rank, with a percentage: the ranks that a system could truly have, by itself and "
                "for all systems together."
            )
        if "P(first)" in titles:
            parts.append(
                "P(first): the share of the resamples in which a system is first; a shared first "
                "rank counts for each."
            )
        if self.order_note:
            parts.append(self.order_note)
        if "Letters" in titles:
            parts.append("Systems that share a letter do not differ significantly.")
        if "Cluster" in titles:
            parts.append("Systems of different clusters do; colours repeat the cluster.")
        return " ".join(parts)


Column = tuple[BoardColumn, tuple[BoardCell, ...], dict[str, BoardCell]]
"""A column, its cells, and its cells in the rows of the noise ceiling and floor."""


def board_table(
    board: Board,
    frame: SiteFrame,
    decimals: int | None = None,
    published: Names | None = None,
) -> BoardTable:
    """Return the table of a board.

    Columns for which no system has a value are left out.

    Parameters
    ----------
    board : Leaderboard or OverallBoard
    frame : SiteFrame
        Has the ways to the pages of systems.
    decimals : int, optional
        Of published values; by default those of the board.
    published : tuple of str, optional
        The metrics that are shown; by default all.
    """
    ranking = ranking_of(board, decimals)
    columns = [*_name_columns(board, ranking, frame)]
    forest = None
    if not ranking.metric or published is None or ranking.metric in published:
        forest = forest_of(ranking)
        columns.append(_forest_column(ranking, forest))
    if isinstance(board, OverallBoard):
        columns += _overall_columns(board, ranking)
    else:
        names = board_metrics(board, published)
        columns += [_metric_column(board, name, ranking.decimals) for name in names]
    columns += _uncertainty_columns(ranking)
    if isinstance(board, Leaderboard):
        columns += _level_columns(board, board_metrics(board, published), ranking.decimals)
    columns = [one for place, one in enumerate(columns) if place < 3 or _has_values(one)]
    return BoardTable(
        columns=tuple(column for column, _, _ in columns),
        rows=tuple(
            BoardRow(tuple(cells[place] for _, cells, _ in columns), each.kind, _chip(each))
            for place, each in enumerate(ranking.systems)
        ),
        limits=_limit_rows(columns),
        forest=forest,
        order_note=_order_note(board, ranking),
    )


def _order_note(board: Board, ranking: Ranking) -> str:
    """Explain it if a system is first in more resamples than one of a better rank."""
    systems = [
        (each, each.uncertainty.p_first)
        for each in ranking.competing
        if each.uncertainty is not None and each.uncertainty.p_first is not None
    ]
    found = [
        (better, other)
        for (better, less), (other, more) in pairwise(systems)
        if more > less and better.rank != other.rank
    ]
    if not found:
        return ""
    text = (
        "P(first) does not follow the rank everywhere: a system that is much like a better one is "
        "seldom above it in a resample; one that differs more from it can be first more often."
    )
    same = [one for one, two in found if ranking.text(one.value) == ranking.text(two.value)]
    if same and isinstance(board, Leaderboard) and len(board.order) > 1:
        text += (
            f" Where the {ranking.title} is equal, {board.order[1]} decides the rank on the board."
        )
    return text


def _has_values(column: Column) -> bool:
    return any(cell.value or cell.mark for cell in column[1])


def _chip(each: RankedSystem) -> str:
    return f"{MARKS[each.kind]} {each.kind}" if each.kind in MARKS else ""


def _limit_rows(columns: list[Column]) -> tuple[BoardRow, ...]:
    """Return the rows of the noise ceiling and floor, as far as any column has them."""
    rows = []
    for name in ("Noise ceiling", "Noise floor"):
        if any(name in limits for _, _, limits in columns):
            cells = tuple(limits.get(name, BoardCell()) for _, _, limits in columns)
            rows.append(BoardRow((BoardCell(), BoardCell(name), *cells[2:])))
    return tuple(rows)


def _name_columns(board: Board, ranking: Ranking, frame: SiteFrame) -> list[Column]:
    """Return rank, system and team; the team comes first if it is what is ranked."""
    ranks = tuple(
        BoardCell(
            "–" if text is None else str(text), value="" if each.rank is None else f"{each.rank}"
        )
        for each, text in zip(ranking.systems, rank_cells(board.entries), strict=True)
    )
    systems = tuple(
        BoardCell(each.system, value=each.system, href=frame.page_of(each.team, each.system))
        for each in ranking.systems
    )
    teams = tuple(BoardCell(each.team, value=each.team) for each in ranking.systems)
    named: list[Column] = [
        (BoardColumn("name", "System"), systems, {}),
        (BoardColumn("name", "Team"), teams, {}),
    ]
    if ranking.by == "team":
        named.reverse()
    return [(BoardColumn("rank", "Rank"), ranks, {}), *named]


def _forest_column(ranking: Ranking, forest: Forest) -> Column:
    level = f"{100 * ranking.summary.level:.10g} %" if ranking.summary else ""
    cells = tuple(
        BoardCell(value="" if each.value is None else repr(each.value), mark=mark)
        for each, mark in zip(ranking.systems, forest.marks, strict=True)
    )
    title = f"{ranking.title[0].upper()}{ranking.title[1:]}{level and f', {level}'}"
    column = BoardColumn("forest", title, descending=ranking.higher_is_better)
    limits = {}
    if forest.limit_mark is not None:
        limits[f"{ranking.limit[0].upper()}{ranking.limit[1:]}"] = BoardCell(mark=forest.limit_mark)
    return column, cells, limits


def _metric_column(board: Leaderboard, metric: str, decimals: int) -> Column:
    """Return a metric at the ranking's level, with its intervals, ceiling or floor."""
    cells = []
    for entry in board.entries:
        value, bounds = _value(entry, board, metric), None
        if entry.uncertainty is not None:
            bounds = entry.uncertainty.intervals.get(metric)
        cell = _metric_cell(metric, value, bounds, decimals)
        cells.append(replace(cell, note=_undefined_note(entry, board, board.level, metric)))
    limits = {}
    ceilings = board.resampling.ceilings if board.resampling else None
    if ceilings is not None:
        found = _limit_cell(ceilings, metric, decimals)
        if found is not None:
            higher = METRICS[metric].higher_is_better
            limits["Noise ceiling" if higher else "Noise floor"] = found
    return _metric_heading(metric), tuple(cells), limits


def _undefined_note(entry: Entry, board: Leaderboard, level: str, metric: str) -> str:
    """Say that a metric is undefined and what it counts as; empty if its value is its own."""
    scores = entry if level == "pair" or level not in entry.levels else entry.levels[level]
    if metric not in scores.undefined:
        return ""
    counted = board.presentation.undefined if board.presentation else "unranked"
    return "" if counted == "unranked" else f"undefined, counted as {counted:g}"


def _metric_heading(metric: str, level: str = "") -> BoardColumn:
    found = METRICS[metric]
    better = "higher" if found.higher_is_better else "lower"
    title = f"{metric} {found.arrow}" + (f" ({level})" if level else "")
    return BoardColumn(
        "metric", title, f"{found.title}; {better} is better", found.higher_is_better
    )


def _value(entry: Entry, board: Leaderboard, metric: str) -> float | None:
    if board.references is None:
        return entry.rounded.get(metric)
    scores = entry.metrics if board.level == "pair" else entry.levels[board.level].metrics
    return scores.get(metric)


def _metric_cell(
    metric: str, value: float | None, bounds: Bounds | None, decimals: int
) -> BoardCell:
    return BoardCell(
        metric_text(metric, value, decimals),
        interval_text(metric, bounds, decimals),
        "" if value is None else repr(value),
    )


def _limit_cell(ceilings: Ceilings, metric: str, decimals: int) -> BoardCell | None:
    value = ceilings.floor if metric == "MSE" else ceilings.ceiling.get(metric)
    bounds = ceilings.ceiling_intervals.get(metric)
    if value is None:
        return None
    bounds = ceilings.floor_interval if metric == "MSE" else bounds
    return _metric_cell(metric, value, bounds, decimals)


def _level_columns(board: Leaderboard, names: Names, decimals: int) -> list[Column]:
    """Return the metrics at the levels by which the board is not ranked."""
    levels = dict.fromkeys(level for entry in board.entries for level in entry.levels)
    found: list[Column] = []
    for level in ("pair", *levels):
        if level == board.level or (level == "pair" and not levels):
            continue
        for name in names:
            cells = tuple(
                replace(
                    _level_cell(entry, level, name, decimals),
                    note=_undefined_note(entry, board, level, name),
                )
                for entry in board.entries
            )
            found.append((_metric_heading(name, level), cells, {}))
    return found


def _level_cell(entry: Entry, level: str, metric: str, decimals: int) -> BoardCell:
    if level == "pair":
        return _metric_cell(metric, entry.metrics.get(metric), None, decimals)
    scores = entry.levels.get(level)
    if scores is None:
        return BoardCell("–")
    bounds = (scores.intervals or {}).get(metric)
    return _metric_cell(metric, scores.metrics.get(metric), bounds, decimals)


def _overall_columns(board: OverallBoard, ranking: Ranking) -> list[Column]:
    """Return the value that ranks, with its interval, and those of the targets."""
    title = f"{ranking.title[0].upper()}{ranking.title[1:]} {ranking.arrow}"
    better = "higher" if ranking.higher_is_better else "lower"
    cells = tuple(
        BoardCell(ranking.text(each.value), ranking.interval(each.low, each.high), repr(each.value))
        for each in ranking.systems
    )
    columns: list[Column] = [
        (
            BoardColumn("metric", title, f"{better} is better", ranking.higher_is_better),
            cells,
            {},
        )
    ]
    for target in board.entries[0].by_target if board.entries else ():
        values = [entry.by_target[target] for entry in board.entries]
        what = f"{ranking.metric} for {target}" if ranking.metric else f"Rank for {target}"
        shown = tuple(
            BoardCell(ranking.text(value) if ranking.metric else f"{value:g}", value=repr(value))
            for value in values
        )
        columns.append((BoardColumn("num", what, descending=ranking.higher_is_better), shown, {}))
    return columns


def _uncertainty_columns(ranking: Ranking) -> list[Column]:
    """Return the confidence set of the rank, the share of first ranks, cluster and letters."""
    sets, shares, clusters, letters = [], [], [], []
    for each in ranking.systems:
        found = each.uncertainty
        sets.append(_set_cell(each))
        share = found.p_first if found else None
        shares.append(BoardCell("–" if share is None else percent(share), value=_number(share)))
        cluster = found.cluster if found else None
        clusters.append(BoardCell("–" if cluster is None else f"{cluster}", value=_number(cluster)))
        text = found.letters if found else ""
        letters.append(BoardCell(text or "–", value=text))
    level = f"{100 * ranking.summary.level:.10g} %" if ranking.summary else ""
    return [
        (BoardColumn("num", f"Rank, {level}", "confidence set of the true rank"), tuple(sets), {}),
        (
            BoardColumn(
                "num",
                "P(first)",
                "share of the resamples with rank 1, also if it is shared",
                descending=True,
            ),
            tuple(shares),
            {},
        ),
        (
            BoardColumn("num", "Cluster", "different clusters differ significantly"),
            tuple(clusters),
            {},
        ),
        (
            BoardColumn("letters", "Letters", "a shared letter: no significant difference"),
            tuple(letters),
            {},
        ),
    ]


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _set_cell(each: RankedSystem) -> BoardCell:
    """Return the set for the system alone, and below it the one for all systems together."""
    found = each.uncertainty
    if found is None:
        return BoardCell("–")
    alone = span_text(found.rank_marginal_low, found.rank_marginal_high)
    together = span_text(found.rank_simultaneous_low, found.rank_simultaneous_high)
    if not alone and not together:
        return BoardCell("–")
    note = ""
    if alone and together:
        words = f"together: {together}".replace(" ", NO_BREAK)
        note = f"all systems {words}"
    low = found.rank_marginal_low if alone else found.rank_simultaneous_low
    high = found.rank_marginal_high if alone else found.rank_simultaneous_high
    # The middle of the set, and its lower end to order sets with the same middle.
    value = (low or 0) + (high or 0) + (low or 0) / 1e6
    return BoardCell(alone or together, value=repr(value), note=note)
