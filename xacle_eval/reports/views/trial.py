"""Views of a trial: the scores of each run as a table."""

from __future__ import annotations

from xacle_eval.hosting.trial.model import Trial, TrialRun
from xacle_eval.reports.views.table import Cell, View, ViewColumn

__all__ = ["run_title", "trial_values", "trial_view"]


def run_title(run: TrialRun) -> str:
    """Return the name of a run: its phase, and its task if it has one."""
    return f"phase {run.phase}, task {run.task}" if run.task else f"phase {run.phase}"


def trial_view(trial: Trial) -> View:
    """Return the status and the scores of each run for people."""
    columns = (
        ViewColumn("run", "Run"),
        ViewColumn("state", "Status"),
        ViewColumn("score", "Score"),
        ViewColumn("shown", "Shown", numeric=True),
        ViewColumn("stored", "Stored", numeric=True),
        ViewColumn("problem", "Problem", prose=True),
    )
    rows: list[tuple[Cell, ...]] = []
    for run in trial.runs:
        head = (run_title(run), run.state or run.status)
        rows += [
            (*head, each.name, "hidden" if each.hidden else each.shown, each.stored, each.problem)
            for each in run.scores
        ]
        if not run.scores or run.reason:
            rows.append((*head, None, None, None, run.reason))
    title = f"Trial of {trial.submission} on {trial.path}"
    notes = tuple(f"Not imitated: {each}." for each in trial.not_imitated)
    return View(title, columns, tuple(rows), 0, notes, empty="No run.")


def trial_values(trial: Trial) -> View:
    """Return one row for each score of each run for programs."""
    names = ("phase", "task", "status", "state", "accepted", "reason", "exit_code", "board")
    columns = tuple(ViewColumn(name, name) for name in (*names, "score", "stored", "shown"))
    rows: list[tuple[Cell, ...]] = []
    for run in trial.runs:
        head = (run.phase, run.task, run.status, run.state, run.accepted, run.reason, run.exit_code)
        rows += [(*head, each.board, each.name, each.stored, each.shown) for each in run.scores]
        if not run.scores:
            rows.append((*head, None, None, None, None))
    return View("", columns, tuple(rows), 0)
