"""The page of uncertainty: how stable the ranks are, and under which rules they would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xacle_eval.reports.site.chart_sentences import (
    blob_sentence,
    lines_sentence,
    matrix_sentence,
    screening_sentence,
)
from xacle_eval.reports.site.charts.blob import BlobChart, blob_of
from xacle_eval.reports.site.charts.lines import (
    Alternative,
    LinesChart,
    key_alternatives,
    lines_of,
    screening_alternatives,
)
from xacle_eval.reports.site.charts.matrix import MatrixChart, matrix_of
from xacle_eval.reports.site.environment import render
from xacle_eval.reports.site.names import Sentence
from xacle_eval.reports.site.pages import SiteFrame
from xacle_eval.reports.site.panels import Panel, choices_of, panels_of
from xacle_eval.reports.site.ranking import Ranking, ranking_of
from xacle_eval.reports.site.sentences import board_sentence
from xacle_eval.reports.views.table import View
from xacle_eval.reports.views.uncertainty import resampled_ranks_view
from xacle_eval.results.leaderboard import By, Leaderboard
from xacle_eval.results.report import ChallengeReport
from xacle_eval.results.targets import OverallBoard, TargetBoards

__all__ = ["uncertainty_page"]

Chart = BlobChart | MatrixChart | LinesChart


@dataclass(frozen=True, slots=True)
class ShownChart:
    """A chart of the page: what draws it (``kind``), its sentence, and how it is read."""

    kind: str
    id: str
    title: str
    chart: Chart
    sentence: Sentence
    how: str
    table: View | None = None


@dataclass(frozen=True, slots=True)
class ShownPanel:
    """A board of the page; without resamples it has no charts."""

    panel: Panel
    sentence: Sentence
    charts: tuple[ShownChart, ...]


def uncertainty_page(report: ChallengeReport, frame: SiteFrame) -> str:
    """Return the page of uncertainty of a report's site.

    Parameters
    ----------
    report : ChallengeReport
    frame : SiteFrame
        The frame of this page; see `SiteFrame.at`.

    Raises
    ------
    UsageError
        If Jinja2 is not installed.
    """
    boards: dict[By, Leaderboard | TargetBoards | OverallBoard] = dict(report.boards)
    panels = panels_of(boards)
    decimals = report.publishing.decimals
    return render(
        "uncertainty.html.j2",
        site=frame,
        choices=choices_of(panels),
        panels=[_shown(each, frame, decimals) for each in panels],
    )


def _shown(panel: Panel, frame: SiteFrame, decimals: int | None) -> ShownPanel:
    ranking = ranking_of(panel.board, decimals)
    charts = tuple(_charts(panel, ranking))
    return ShownPanel(panel, board_sentence(ranking, frame.demo), charts)


def _charts(panel: Panel, ranking: Ranking) -> Iterator[ShownChart]:
    board = panel.board
    level = f"{100 * ranking.summary.level:.10g} %" if ranking.summary else ""
    blob = blob_of(ranking)
    if blob is not None:
        yield ShownChart(
            "blob",
            f"blob-{panel.id}",
            "Ranks over the resamples",
            blob,
            blob_sentence(ranking),
            "The area of a circle is the share of the resamples in which the system has that rank; "
            f"the line spans the middle {level}; the square is the rank on the board. Colours "
            "repeat the cluster.",
            resampled_ranks_view(board) if isinstance(board, Leaderboard) else None,
        )
    matrix = matrix_of(ranking)
    if matrix is not None:
        yield ShownChart(
            "matrix",
            f"matrix-{panel.id}",
            "Significant differences",
            matrix,
            matrix_sentence(ranking),
            "Each system is compared with those above it, whose places are the numbers on top. A "
            "filled cell is a significant difference, a circle is none. Frames are clusters.",
        )
    if isinstance(board, Leaderboard):
        yield from _lines(panel, ranking, board)


def _lines(panel: Panel, ranking: Ranking, board: Leaderboard) -> Iterator[ShownChart]:
    """Yield the rank lines with another metric first, and under screening."""
    keys = key_alternatives(board)
    chart = lines_of(ranking, keys)
    if chart is not None:
        yield ShownChart(
            "lines",
            f"keys-{panel.id}",
            "Ranks with another metric first",
            chart,
            lines_sentence(ranking, [_with(each, " first") for each in keys]),
            "Each column ranks by its metric first and by the others in their usual order. "
            "Coloured lines change their rank.",
        )
    screened = screening_alternatives(board)
    chart = lines_of(ranking, screened)
    if chart is not None:
        yield ShownChart(
            "lines",
            f"screenings-{panel.id}",
            "Ranks after screening the listeners",
            chart,
            screening_sentence(ranking, screened, board.screenings),
            "Each column ranks by the ratings that a screening keeps. Coloured lines change their "
            "rank. The official ranking uses all ratings.",
        )


def _with(each: Alternative, words: str) -> Alternative:
    return Alternative(f"{each.title}{words}", each.ranks)
