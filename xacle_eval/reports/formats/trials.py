"""A trial as text: for each run its status and scores, then what each side sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xacle_eval.hosting.lint.model import PLATFORMS
from xacle_eval.hosting.trial.model import Trial, TrialRun, TrialScore, TrialView
from xacle_eval.reports.views.trial import run_title
from xacle_eval.text import count, visible_path

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_trial"]

# The lines of an output that a terminal shows; JSON has more.
_SHOWN_LINES = 40


def print_trial(out: Console, trial: Trial) -> None:
    """Print what the platform would do with a submission, and who would see what."""
    platform = PLATFORMS[trial.platform]
    title = f"{visible_path(trial.submission)} on {visible_path(trial.path)}"
    _print(out, f"Trial of {title}: {platform}, Python {trial.python}", "bold")
    for note in trial.notes:
        _print(out, f"Note: {note}", "dim")
    for run in trial.runs:
        out.print()
        _print_run(out, run)
    out.print()
    _print(out, "Not imitated:", "dim")
    for each in trial.not_imitated:
        _print(out, f"- {each}", "dim")


def _print_run(out: Console, run: TrialRun) -> None:
    style = "green" if run.accepted else "bold red"
    state = run.state or run.status
    code = "" if run.exit_code is None else f" (exit status {run.exit_code})"
    title = run_title(run)
    _print(out, f"{title[0].upper()}{title[1:]}: {state}{code}", style)
    if run.reason:
        _print(out, f"  {run.reason}")
    for score in run.scores:
        _print(out, f"  {_score_line(score)}")
    _print_side(out, "The participant sees", run.participant)
    # What both sides see is printed once.
    same = run.organiser.stdout == run.participant.stdout
    rest = run.organiser.model_copy(
        update={
            "stdout": None if same else run.organiser.stdout,
            "stderr": None
            if run.organiser.stderr == run.participant.stderr
            else run.organiser.stderr,
            "files": tuple(f for f in run.organiser.files if f not in run.participant.files),
        }
    )
    if rest != TrialView():
        _print_side(out, "The organiser sees in addition", rest)


def _score_line(score: TrialScore) -> str:
    name = f"{score.board} {score.name}".strip()
    shown = "hidden" if score.hidden else score.shown
    stored = f" (stored {score.stored})" if score.stored not in (None, score.shown) else ""
    problem = f" – {score.problem}" if score.problem else ""
    return f"{name}: {shown}{stored}{problem}"


def _print_side(out: Console, title: str, view: TrialView) -> None:
    _print(out, f"  {title}:")
    for note in view.notes:
        _print(out, f"    {note}")
    for name, text in (("stdout", view.stdout), ("stderr", view.stderr)):
        if text:
            _print(out, f"    {name}:")
            _print_output(out, text)
    if view.files:
        files = ", ".join(f"{each.name} ({count(each.bytes, 'byte')})" for each in view.files)
        _print(out, f"    files: {files}")
    if view == TrialView():
        _print(out, "    the status only")


def _print_output(out: Console, text: str) -> None:
    lines = text.rstrip("\n").split("\n")
    for line in lines[:_SHOWN_LINES]:
        _print(out, f"      | {line}")
    if len(lines) > _SHOWN_LINES:
        _print(out, f"      … {count(len(lines) - _SHOWN_LINES, 'line')} more; JSON has all")


def _print(out: Console, text: str, style: str = "") -> None:
    from rich.text import Text

    out.print(Text(text, style=style))
