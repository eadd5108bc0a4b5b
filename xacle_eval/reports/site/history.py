"""The page of the history: who was first when, and how the best of each team improved."""

from __future__ import annotations

from collections.abc import Sequence

from xacle_eval.reports.site.environment import render
from xacle_eval.reports.site.numbers import metric_text
from xacle_eval.reports.site.pages import SiteFrame
from xacle_eval.reports.site.phase import phase_time
from xacle_eval.reports.views.table import View, ViewColumn
from xacle_eval.results.history import BoardHistory, HistoryStep
from xacle_eval.results.report import ChallengeReport, ReportPhase

__all__ = ["history_page"]

_LEFT_OUT = "Withdrawn uploads and systems that are not ranked are left out."
_ALL = (
    "Both tables have every upload that counted when it was sent, also those that a newer upload "
    "replaced or that the team did not select. So a system here can be missing in the results, and "
    f"the first here is not always first there. {_LEFT_OUT}"
)
_STEPS = (
    "Both tables have the uploads that counted when they were sent and that were better than the "
    f"best shown score of their team by more than the step. {_LEFT_OUT}"
)


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
        shown=_STEPS if history.step is not None else _ALL,
        leaders=_table(history.leaders, decimals, report.phase),
        bests=_table(by_team, decimals, report.phase),
    )


def _table(steps: Sequence[HistoryStep], decimals: int, phase: ReportPhase | None) -> View:
    several = any(step.target for step in steps)
    names = tuple(steps[0].metrics) if steps else ()
    columns = (
        *((ViewColumn("target", "Target"),) if several else ()),
        ViewColumn("time", f"Time ({'UTC' if phase is None else phase.utc_offset})"),
        ViewColumn("team", "Team"),
        ViewColumn("system", "System"),
        *(ViewColumn(name, name, numeric=True) for name in names),
    )
    rows = tuple(
        (
            *((step.target,) if several else ()),
            step.time if phase is None else phase_time(phase, step.time),
            step.team,
            step.system,
            *(metric_text(name, step.metrics.get(name), decimals) for name in names),
        )
        for step in steps
    )
    return View("", columns, rows, decimals)
