"""The result of a trial: what a platform would do with a submission, and who would see what."""

from __future__ import annotations

from typing import Literal

from xacle_eval.models.model import Model, Result
from xacle_eval.text import PathText

__all__ = ["Status", "Trial", "TrialFile", "TrialRun", "TrialScore", "TrialView"]

Status = Literal["finished", "failed", "stuck", "not run"]
"""What a platform shows in the end.

``stuck`` is a submission whose worker ended or never starts: it stays in the state before.
``not run`` is one that the trial refuses to run.
"""


class TrialScore(Model):
    """A score on a leaderboard.

    ``name`` is the title of the column or the label, ``board`` the split of EvalAI. ``stored`` is
    what the platform stores, ``shown`` what its table shows; None if nothing is stored or shown.
    ``problem`` is why a value of the scorer is not a score.
    """

    name: str
    board: str = ""
    stored: str | None = None
    shown: str | None = None
    hidden: bool = False
    problem: str = ""


class TrialFile(Model):
    """A file that the platform keeps of a run."""

    name: str
    bytes: int


class TrialView(Model):
    """What one side sees of a run; an output that is None is not shown to it.

    A temporary folder is written as the path that it has on the platform.
    """

    stdout: str | None = None
    stderr: str | None = None
    files: tuple[TrialFile, ...] = ()
    notes: tuple[str, ...] = ()


class TrialRun(Model):
    """A submission in one phase, and on Codabench on one task.

    ``state`` is the platform's own word for the status. ``reason`` is what decided it.
    ``exit_code`` is that of the command, or None. ``accepted`` is whether every column or label of
    the leaderboard has a score.
    """

    phase: str
    task: str = ""
    status: Status
    state: str
    reason: str = ""
    exit_code: int | None = None
    accepted: bool = False
    scores: tuple[TrialScore, ...] = ()
    participant: TrialView = TrialView()
    organiser: TrialView = TrialView()


class Trial(Result):
    """A submission on all phases of a bundle, or on one.

    ``python`` is the version of the interpreter that ran the scorer; ``not_imitated`` is what can
    be different on the platform.
    """

    path: PathText
    submission: PathText
    platform: Literal["codabench", "evalai"]
    python: str
    runs: tuple[TrialRun, ...]
    notes: tuple[str, ...] = ()
    not_imitated: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether every run finished with all scores."""
        return all(run.accepted for run in self.runs)
