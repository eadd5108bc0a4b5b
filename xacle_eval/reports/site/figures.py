"""Figures for papers and notebooks: charts as SVG documents that stand alone.

They have light colours on white, text as text, and their style inside; no page around them is
needed. The forest plot is also that of the metrics of one system, and of the differences of a
comparison.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from functools import cache

from xacle_eval.errors import UsageError, check_choice
from xacle_eval.metrics import METRICS
from xacle_eval.reports.site.chart_sentences import blob_sentence, matrix_sentence
from xacle_eval.reports.site.charts.blob import BlobChart, blob_of
from xacle_eval.reports.site.charts.forest import forest_of
from xacle_eval.reports.site.charts.labels import labels_width
from xacle_eval.reports.site.charts.matrix import MatrixChart, matrix_of
from xacle_eval.reports.site.charts.parts import (
    differences_part,
    metrics_by_range,
    scores_part,
    value_text,
)
from xacle_eval.reports.site.charts.stack import ForestPart, ForestStack, stack_forests
from xacle_eval.reports.site.environment import asset, render
from xacle_eval.reports.site.names import plain
from xacle_eval.reports.site.numbers import interval_text, metric_text
from xacle_eval.reports.site.panels import panels_of
from xacle_eval.reports.site.ranking import Board, Ranking, is_demo, ranking_of
from xacle_eval.reports.site.sentences import board_sentence
from xacle_eval.results.comparison import SystemComparison
from xacle_eval.results.figure import Figure
from xacle_eval.results.leaderboard import By, Leaderboard
from xacle_eval.results.publishing import publish_board, publish_overall
from xacle_eval.results.report import ChallengeReport
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.targets import OverallBoard, TargetBoards
from xacle_eval.text import count, visible, visible_lines

__all__ = [
    "FIGURES",
    "blob_svg",
    "board_figure",
    "comparison_figure",
    "comparison_svg",
    "forest_svg",
    "matrix_svg",
    "report_figures",
    "scores_figure",
    "scores_svg",
]

Chart = ForestStack | BlobChart | MatrixChart
_MOST_ROWS = 400
_SETTING = re.compile(r"--([a-z0-9-]+):([^;}]+)")
_RULE = re.compile(r"([^{}]+)(\{[^}]*\})")
_CLASS = "xacle-figure"
_ID_DIGITS = 8
_VARIABLE = re.compile(r"var\(--([a-z0-9-]+)\)")


def forest_svg(board: Board, decimals: int | None = None) -> str:
    """Return the forest plot of a board by its first metric.

    Parameters
    ----------
    board : Leaderboard or OverallBoard
        Its numbers are shown as they are published.
    decimals : int, optional
        Of published values; by default those of the board.

    Raises
    ------
    UsageError
        If no system of the board has a value, or Jinja2 is not installed.
    """
    ranking = ranking_of(board, decimals)
    forest = forest_of(ranking, most_ticks=7)
    if not any(forest.marks):
        raise UsageError("this board has no value to draw: no system is ranked by one")
    level = f", {100 * ranking.summary.level:.10g} % intervals" if ranking.summary else ""
    title = f"{ranking.title[0].upper()}{ranking.title[1:]} {ranking.arrow}{level}"
    texts = [
        value_text(ranking.text(each.value), ranking.interval(each.low, each.high))
        for each in ranking.systems
    ]
    names = tuple(map(ranking.name_of, ranking.systems))
    chart = stack_forests([ForestPart(title, names, tuple(texts), forest)])
    return _document("forest", chart, title, plain(board_sentence(ranking)), is_demo(board))


def blob_svg(board: Board, decimals: int | None = None) -> str:
    """Return the plot of the ranks over the resamples; parameters as for `forest_svg`.

    Raises
    ------
    UsageError
        If the board was made without a bootstrap, or Jinja2 is not installed.
    """
    ranking = ranking_of(board, decimals)
    chart = blob_of(ranking)
    if chart is None:
        raise _missing("ranks over resamples")
    sentence = plain(blob_sentence(ranking))
    return _document("blob", chart, "Ranks over the resamples", sentence, is_demo(board))


def matrix_svg(board: Board, decimals: int | None = None) -> str:
    """Return the matrix of significant differences; parameters as for `forest_svg`.

    Raises
    ------
    UsageError
        If the board has no tested differences, or Jinja2 is not installed.
    """
    ranking = ranking_of(board, decimals)
    chart = matrix_of(ranking)
    if chart is None:
        raise _missing("tested differences between two systems or more")
    what = f"differences in {ranking.title}"
    title, mark = (f"p-values of {what}", "○") if chart.texts else (f"Significant {what}", "●")
    heads = (title, f"Filled: significant at α = {_alpha(ranking)}; {mark}: not significant")
    sentence = plain(matrix_sentence(ranking))
    return _document("matrix", chart, title, sentence, is_demo(board), heads)


def _alpha(ranking: Ranking) -> str:
    return f"{ranking.summary.alpha:g}" if ranking.summary else ""


FIGURES = {"forest": forest_svg, "blob": blob_svg, "matrix": matrix_svg}
"""The figures of a board by name."""


def _missing(what: str) -> UsageError:
    return UsageError(
        f"this board has no {what}: make it with --bootstrap (bootstrap=1000 in Python); the mean "
        "of ranks, and boards of published results, have none"
    )


def scores_svg(card: ScoreCard, decimals: int | None = None) -> str:
    """Return the metrics of one system with their intervals and noise ceilings.

    Correlations have one axis; every metric with another range has its own.

    Parameters
    ----------
    card : ScoreCard
    decimals : int, optional
        Of the values; by default those of the challenge, or 3.

    Raises
    ------
    UsageError
        If no metric has a value, or Jinja2 is not installed.
    """
    digits = _decimals(card, decimals)
    level = f", {100 * card.resampling.level:.10g} % intervals" if card.resampling else ""
    parts: list[ForestPart] = []
    for place in ("pair", *card.levels):
        where = "" if place == "pair" else f" at the {place} level"
        ceilings = None
        if card.resampling is not None:
            found = card.resampling
            ceilings = found.ceilings if place == "pair" else found.level_ceilings.get(place)
        for names in metrics_by_range(card.metrics):
            head = f"{', '.join(f'{name} {METRICS[name].arrow}' for name in names)}{where}{level}"
            part = scores_part(head, names, card.at(place), ceilings, digits)
            if any(part.forest.marks):
                parts.append(part)
    if not parts:
        raise UsageError("this system has no value to draw: every metric is undefined")
    title = f"Scores of {card.system}"
    shown = ", ".join(_named_value(card, name, digits) for name in card.metrics)
    demo = card.references.kind == "demo"
    return _document("forest", stack_forests(parts), title, f"{title}: {shown}.", demo)


def _named_value(card: ScoreCard, metric: str, decimals: int) -> str:
    """Return the name and value of a metric, with its interval if it has one."""
    interval = interval_text(metric, (card.intervals or {}).get(metric), decimals)
    return f"{metric} {value_text(metric_text(metric, card.metrics[metric], decimals), interval)}"


def comparison_svg(
    comparison: SystemComparison,
    metrics: str | Sequence[str] | None = None,
    decimals: int | None = None,
) -> str:
    """Return the differences of a comparison with their intervals, each metric on its own axis.

    Parameters
    ----------
    comparison : SystemComparison
    metrics : str or sequence of str, optional
        The metrics that are drawn; by default all.
    decimals : int, optional
        Of the differences; by default those of the challenge, or 3.

    Raises
    ------
    UsageError
        If a metric was not compared, there is nothing to draw or too much, or Jinja2 is not
        installed.
    """
    known = tuple(dict.fromkeys(each.metric for each in comparison.comparisons))
    names = _named(metrics, known)
    for name in names:
        check_choice("metric", name, known)
    chosen = [each for each in comparison.comparisons if each.metric in names]
    if not any(each.difference is not None for each in chosen):
        raise UsageError("this comparison has no difference to draw")
    if len(chosen) > _MOST_ROWS:
        raise UsageError(
            f"{count(len(chosen), 'difference')} are too many for a figure, which has at most "
            f"{_MOST_ROWS}: compare with one system (against=...), or choose metrics"
        )
    digits = _decimals(comparison, decimals)
    level = f"{100 * comparison.coverage:.10g} % intervals"
    parts = [
        differences_part(
            f"Difference in {name}, {level}",
            [each for each in chosen if each.metric == name],
            digits,
        )
        for name in names
    ]
    different = sum(each.significant for each in chosen)
    sentence = (
        f"{different:,} of {count(len(chosen), 'difference')} are significant at alpha "
        f"{comparison.alpha:g}. Filled circles are significant differences."
    )
    demo = comparison.references.kind == "demo"
    title = f"Differences in {', '.join(names)}"
    return _document("forest", stack_forests(parts), title, sentence, demo)


def _named(metrics: str | Sequence[str] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    if metrics is None:
        return known
    return (metrics,) if isinstance(metrics, str) else tuple(metrics)


def _decimals(result: ScoreCard | SystemComparison, given: int | None) -> int:
    if given is not None:
        return given
    return result.presentation.decimals if result.presentation else 3


def board_figure(board: Board, kind: str) -> Figure:
    """Return a figure of a board whose numbers are rounded as they are published."""
    check_choice("kind", kind, tuple(FIGURES))
    titles = {"forest": "Forest plot", "blob": "Ranks over the resamples"}
    shown: Board = board
    if isinstance(board, OverallBoard):
        shown = publish_overall(board)
    elif board.references is not None:
        shown = publish_board(board)
    return Figure(titles.get(kind, "Significant differences"), FIGURES[kind](shown))


def scores_figure(card: ScoreCard) -> Figure:
    """Return the figure of `scores_svg`."""
    return Figure(f"Scores of {visible(card.system)}", scores_svg(card))


def comparison_figure(
    comparison: SystemComparison, metrics: str | Sequence[str] | None = None
) -> Figure:
    """Return the figure of `comparison_svg`."""
    return Figure("Differences between systems", comparison_svg(comparison, metrics))


def report_figures(report: ChallengeReport) -> dict[str, Figure]:
    """Return every figure of a report for which it has numbers, by the name of its file.

    Names are such as ``forest-system`` and, for the second target of several, ``blob-team-2``; 0 is
    the board over all targets.
    """
    boards: dict[By, Leaderboard | TargetBoards | OverallBoard] = dict(report.boards)
    panels = panels_of(boards)
    several = len({panel.place.number for panel in panels}) > 1
    found = {}
    for panel in panels:
        for kind, draw in FIGURES.items():
            if not _has_numbers(panel.board, kind):
                continue
            name = f"{kind}-{panel.id}" if several else f"{kind}-{panel.place.by}"
            svg = draw(panel.board, report.publishing.decimals)
            found[name] = Figure(f"{kind} plot: {visible(panel.heading)}", svg)
    return found


def _has_numbers(board: Board, kind: str) -> bool:
    ranking = ranking_of(board)
    if kind == "forest":
        return any(each.value is not None for each in ranking.systems)
    return (blob_of(ranking) if kind == "blob" else matrix_of(ranking)) is not None


def _document(
    kind: str,
    chart: Chart,
    title: str,
    sentence: str,
    demo: bool,
    heads: tuple[str, ...] = (),
) -> str:
    """Return a figure; its `heads` are lines of text above the chart."""
    title, sentence = visible_lines(title, keep=""), visible_lines(sentence, keep="")
    text = render(
        "figure.svg.j2",
        kind=kind,
        chart=chart,
        heads=heads,
        least=math.ceil(labels_width(heads)) + 24,
        title=title,
        sentence=sentence,
        demo=demo,
        id=hashlib.sha256(f"{kind}{title}{sentence}".encode()).hexdigest()[:_ID_DIGITS],
        style=_style(),
    )
    return "\n".join(line for line in text.split("\n") if line.strip()) + "\n"


@cache
def _style() -> str:
    """Return the style of charts with the light colours of the pages, on white.

    Its rules are for figures only: it does not reach the page of a notebook around them.
    """
    light = asset("site.css").partition("}")[0]
    values = dict(_SETTING.findall(light)) | {"bg": "#fff"}
    rules = _VARIABLE.sub(lambda found: values[found[1]], asset("charts.css"))
    rules = rules.replace("system-ui,sans-serif", "sans-serif").replace("svg ", "")
    return _RULE.sub(lambda found: _scoped(found[1]) + found[2], rules)


def _scoped(selectors: str) -> str:
    return ",".join(f".{_CLASS} {each.strip()}" for each in selectors.split(","))
