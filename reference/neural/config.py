"""Settings of the neural recipe: official values by default, other values from a TOML file.

Unknown keys are errors; all errors of a file are reported at once, each with its key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reference.errors import RecipeError

__all__ = ["Config", "load_config"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Audio(_Section):
    """Length of the clips and normalisation.

    Clips are cut or padded to ``seconds``; ``pool`` frames are averaged into one (officially 1).
    ``normalisation`` selects the source of the mean and standard deviation of the log-mel values:
    ``official`` uses the front end of the official statistics, which differs from the model's, on
    each split; ``own`` uses the model's front end on the train split for all splits.
    """

    seconds: float = Field(default=10.0, gt=0.1, le=60)
    pool: int = Field(default=1, ge=1)
    normalisation: Literal["official", "own"] = "official"


class Encoders(_Section):
    """The two encoders.

    ``text`` is a RoBERTa, as a hub name or a folder; ``audio`` is a file with the weights of
    BYOL-A, local or on a hub (OWNER/REPOSITORY/FILE). ``random`` selects random weights. ``frozen``
    encoders are not trained, and their outputs are computed once. The other keys define the random
    RoBERTa.
    """

    text: str = "roberta-large"
    audio: str = "random"
    frozen: Literal["none", "audio", "both"] = "none"
    tokens: int = Field(default=2000, ge=10)
    size: int = Field(default=64, ge=2)
    layers: int = Field(default=2, ge=1)
    heads: int = Field(default=4, ge=1)


class Model(_Section):
    """Units of the LSTM per direction, units of the projection, and its dropout."""

    hidden: int = Field(default=512, ge=1)
    projection: int = Field(default=2048, ge=1)
    dropout: float = Field(default=0.3, ge=0, lt=1)


class Loss(_Section):
    """See `reference.neural.losses`; ``form`` selects the clipped mean squared error.

    ``validation`` selects the loss on the validation split, which the schedule watches:
    ``official`` is the mean clipped error, ``batches`` is the training loss over batches.
    """

    form: Literal["official", "balanced"] = "official"
    validation: Literal["official", "batches"] = "official"
    tau: float = Field(default=0.25, ge=0)
    margin: float = Field(default=0.1, ge=0)
    beta: float = Field(default=0.99, ge=0, lt=1)
    clipped: float = Field(default=1.0, ge=0)
    contrastive: float = Field(default=0.5, ge=0)


class Training(_Section):
    """Adam, a plateau schedule on the validation loss, early stopping by validation SRCC.

    ``precision`` applies to the forward and backward pass; ``auto`` uses bf16 on a GPU that
    supports it; fp16 requires a GPU. ``save_every`` is a number of steps; a stopped run resumes
    from the last saved one.
    """

    learning_rate: float = Field(default=2e-5, gt=0)
    weight_decay: float = Field(default=1e-5, ge=0)
    batch: int = Field(default=12, ge=2)
    epochs: int = Field(default=20, ge=1)
    plateau_factor: float = Field(default=0.5, gt=0, lt=1)
    plateau_patience: int = Field(default=5, ge=0)
    early_stop: int = Field(default=10, ge=1)
    seed: int = Field(default=0, ge=0)
    precision: Literal["auto", "float32", "bf16", "fp16"] = "auto"
    workers: int = Field(default=2, ge=0)
    save_every: int = Field(default=200, ge=1)


class Config(_Section):
    """All settings; the defaults are those of the official baseline."""

    audio: Audio = Audio()
    encoders: Encoders = Encoders()
    model: Model = Model()
    loss: Loss = Loss()
    training: Training = Training()

    @property
    def samples(self) -> int:
        """Number of samples of a clip at 16 kHz."""
        return round(16_000 * self.audio.seconds)


def load_config(
    path: Path | None, changes: Mapping[str, Mapping[str, Any]] | None = None
) -> Config:
    """Read settings from a TOML file.

    Parameters
    ----------
    path : Path or None
        The file; None for the official values.
    changes : mapping of section to keys and values, optional
        Values that override the file.

    Returns
    -------
    Config
        The settings.

    Raises
    ------
    RecipeError
        If the file cannot be read or has errors; the message lists all of them with their keys.
    """
    table: dict[str, Any] = {}
    if path is not None:
        try:
            table = tomllib.loads(path.read_bytes().decode("utf-8"))
        except OSError as error:
            raise RecipeError(f"{path} cannot be read: {error.strerror or error}") from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise RecipeError(f"{path} is not valid TOML: {error}") from error
    for section, keys in (changes or {}).items():
        inside = table.setdefault(section, {})
        if isinstance(inside, dict):
            inside.update(keys)
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        lines = [f"invalid settings in {path or 'the options'}:"]
        for each in error.errors(include_url=False):
            key = ".".join(map(str, each["loc"]))
            lines.append(f"  - {key}: {each['msg'].replace('Input should be', 'must be')}")
        raise RecipeError("\n".join(lines)) from error
