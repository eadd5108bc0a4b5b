"""What a page of Markdown has below the tables of a board: unranked systems, findings, remarks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xacle_eval.reports.formats.grouping import MOST_SHOWN_FINDINGS, select
from xacle_eval.reports.views.table import View, ViewColumn
from xacle_eval.submissions.budget import limit_findings
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import count

if TYPE_CHECKING:
    from xacle_eval.results.leaderboard import Leaderboard
    from xacle_eval.results.targets import OverallBoard, TargetBoards

__all__ = ["omission_views", "with_remarks"]

_UNRANKED = (
    ViewColumn("submission", "Submission"),
    ViewColumn("reason", "Reason", prose=True),
    ViewColumn("hint", "How to fix it", prose=True),
)
_FINDINGS = (
    ViewColumn("severity", "Severity"),
    ViewColumn("finding", "Finding", prose=True),
    ViewColumn("hint", "What to do", prose=True),
)


def omission_views(board: Leaderboard | TargetBoards | OverallBoard, where: str = "") -> list[View]:
    """Return the tables of unranked submissions and of findings between submissions, if any.

    Parameters
    ----------
    board : Leaderboard, TargetBoards or OverallBoard
    where : str
        Words for the titles that name the board, such as `` for the target MI``.
    """
    views = []
    if board.unranked:
        title = f"Unranked{where}: {count(len(board.unranked), 'submission')}"
        listed, others = select(
            board.unranked,
            lambda one: one.findings,
            lambda _: "unranked",
            lambda one: one.path,
        )
        rows = [row for one in listed for row in _reasons(one.path, one.findings)]
        rows += [(group.title, group.names, "") for group in others]
        views.append(View(title, _UNRANKED, tuple(rows), 0))
    findings: tuple[Finding, ...] = getattr(board, "findings", ())
    if findings:
        shown = limit_findings(findings, MOST_SHOWN_FINDINGS)
        rows = [(found.severity, f"{found.code} {found.message}", found.hint) for found in shown]
        title = f"Findings between submissions{where}"
        views.append(View(title, _FINDINGS, tuple(rows), 0))
    return views


def _reasons(path: str, findings: Iterable[Finding]) -> list[tuple[str, str, str]]:
    """Return a row for each error of a submission."""
    rows = []
    for found in findings:
        if found.severity == "error":
            line = f" line {found.line}:" if found.line is not None else ""
            rows.append((path, f"{found.code}{line} {found.message}", found.hint))
    return rows or [(path, "", "")]


def with_remarks(views: Sequence[View], remarks: Iterable[str]) -> list[View]:
    """Return tables with further notes below the last one."""
    *others, last = views
    return [*others, replace(last, notes=(*last.notes, *remarks))]
