"""The page of the history: who was first when, and how the best of each team improved."""

from __future__ import annotations

from collections.abc import Sequence

from xacle_eval.reports.site.environment import render
from xacle_eval.reports.site.numbers import metric_text
from xacle_eval.reports.site.pages import SiteFrame
from xacle_eval.reports.views.table import View, ViewColumn
from xacle_eval.results.history import BoardHistory, HistoryStep
from xacle_eval.results.report import ChallengeReport

__all__ = ["history_page"]


def history_page(report: ChallengeReport, history: BoardHistory, frame: SiteFrame) -> str:
    """Return the page of the history of a report's site.

    Parameters
    ----------
    report : ChallengeReport
    history : BoardHistory
        That of the report.
    frame : SiteFrame
        The frame of this page; see `SiteFrame.at`.

    Raises
    ------
    UsageError
        If Jinja2 is not installed.
    """
    decimals = report.publishing.decimals_for(history.decimals)
    by_team = sorted(history.bests, key=lambda step: (step.target, step.team, step.time))
    return render(
        "history.html.j2",
        site=frame,
        history=history,
        leaders=_table(history.leaders, decimals),
        bests=_table(by_team, decimals),
    )


def _table(steps: Sequence[HistoryStep], decimals: int) -> View:
    several = any(step.target for step in steps)
    names = tuple(steps[0].metrics) if steps else ()
    columns = (
        *((ViewColumn("target", "Target"),) if several else ()),
        ViewColumn("time", "Time (UTC)"),
        ViewColumn("team", "Team"),
        ViewColumn("system", "System"),
        *(ViewColumn(name, name, numeric=True) for name in names),
    )
    rows = tuple(
        (
            *((step.target,) if several else ()),
            step.time,
            step.team,
            step.system,
            *(metric_text(name, step.metrics.get(name), decimals) for name in names),
        )
        for step in steps
    )
    return View("", columns, rows, decimals)
