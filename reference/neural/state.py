"""The state of a training run, its file and its history.

A state file holds the settings, the weights, the optimiser, the schedule, the states of the random
generators and the position in the epoch: everything needed to resume.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reference.errors import RecipeError
from reference.neural.config import Config
from reference.neural.weights import read_torch_file

__all__ = ["COLUMNS", "State", "fixed_settings", "history_csv", "read_state", "state_file"]

COLUMNS = (
    "epoch",
    "train_loss",
    "validation_loss",
    "validation_srcc",
    "validation_lcc",
    "validation_ktau",
    "validation_mse",
    "learning_rate",
)
# Settings that do not affect the weights: they may change when a run is resumed.
_FREE = {"epochs", "save_every", "workers"}
_KEYS = {"config", "model", "optimiser", "schedule", "scaler", "state", "generators"}


@dataclass
class State:
    """What changes during training, apart from the weights.

    Attributes
    ----------
    epoch, step : int
        Current epoch, from 1, and steps done in it.
    loss : float
        Sum of the training loss over these steps.
    best : float
        Best validation SRCC of the trained epochs so far.
    best_epoch : int
        The epoch with this value; 0 if no epoch has ended.
    stale : int
        Epochs since the best one.
    history : list of list of float
        One row per epoch, with the columns of `COLUMNS`.
    """

    epoch: int = 1
    step: int = 0
    loss: float = 0.0
    best: float = -math.inf
    best_epoch: int = 0
    stale: int = 0
    history: list[list[float]] = field(default_factory=list)


def state_file(output: Path) -> Path:
    """Return the path of the state file in the output folder of a run."""
    return output / "state.pt"


def read_state(
    output: Path, config: Config, processes: int, *, resume: bool
) -> dict[str, Any] | None:
    """Return the saved state of a run, or None if the folder has none.

    Parameters
    ----------
    output : Path
        The output folder of the run.
    config : Config
        The settings of this run.
    processes : int
        Number of processes of this run.
    resume : bool
        Whether the run is to be resumed.

    Raises
    ------
    RecipeError
        If a state exists without `resume`, cannot be read, or belongs to another run.
    """
    file = state_file(output)
    if not file.is_file():
        return None
    if not resume:
        raise RecipeError(
            f"{output} already contains a run: use --resume to continue it,"
            " or choose another folder"
        )
    saved = read_torch_file(file, "state")
    if not isinstance(saved, dict) or set(saved) != _KEYS:
        raise RecipeError(f"{file} is not the state of a run; start again in another folder")
    if saved["config"] != fixed_settings(config):
        free = ", ".join(f"training.{name}" for name in sorted(_FREE))
        raise RecipeError(
            f"the run in {output} has other settings; only {free} may change on --resume"
        )
    count = len(saved["generators"])
    if count != processes:
        raise RecipeError(
            f"the run used {count} processes, this one {processes}; resume it with the same number"
        )
    return saved


def fixed_settings(config: Config) -> str:
    """Return as JSON the settings that must not change when a run is resumed."""
    return config.model_dump_json(exclude={"training": _FREE})


def history_csv(rows: list[list[float]]) -> bytes:
    """Return the history as CSV, one row per epoch."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([int(row[0]), *(f"{value:.6g}" for value in row[1:])] for row in rows)
    return text.getvalue().encode()
