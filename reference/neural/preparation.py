"""Checks before a run, so that nothing is found missing after an hour of preparation."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from reference.audio import inspect_wav
from reference.dataset import Split
from reference.errors import AudioError, DatasetError, RecipeError
from reference.neural.config import Config
from reference.neural.model import BaselineModel
from reference.neural.weights import Tokenize

__all__ = ["check_clips", "check_folder", "check_scores", "check_space", "try_model"]

GIGABYTE = 1e9
HALF = 2  # bytes per value of cached frames


def check_clips(directory: Path, splits: Iterable[Split]) -> None:
    """Read the header of every clip.

    Raises
    ------
    DatasetError
        If a clip is missing or has another format than the challenge's; it lists all of them.
    """
    problems = []
    for split in splits:
        for pair in split.pairs:
            try:
                inspect_wav(pair.audio)
            except AudioError as error:
                problems.append(str(error))
    if problems:
        raise DatasetError(str(directory), problems)


def check_scores(split: Split) -> None:
    """Check that the best model can be selected by the SRCC on a split.

    Raises
    ------
    RecipeError
        If the pairs have fewer than two different scores, so that the SRCC is undefined.
    """
    if len(np.unique(split.scores())) < 2:
        raise RecipeError(
            f"the {split.name} split needs pairs with at least two different scores:"
            " otherwise its SRCC is undefined and no best model can be selected"
        )


def check_folder(folder: Path) -> None:
    """Create a folder and check that files can be written to it.

    Raises
    ------
    RecipeError
        If they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise RecipeError(
            f"{folder}: files cannot be written to this folder: {error.strerror or error}"
        ) from error


@torch.no_grad()
def try_model(model: BaselineModel, tokenize: Tokenize, config: Config) -> tuple[int, int]:
    """Run a model on one silent clip and one short text, on the CPU.

    Parameters
    ----------
    model : BaselineModel
        The model; it is in evaluation mode afterwards.
    tokenize : Tokenize
        The tokenizer of its text encoder.
    config : Config
        The settings of the model.

    Returns
    -------
    tuple of (int, int)
        Frames per clip and values per frame.

    Raises
    ------
    RecipeError
        If the clips give no frames, or the text encoder does not fit its tokenizer.
    """
    model.eval()
    frames = model.encode_audio(torch.zeros(1, config.samples))
    if not frames.shape[1]:
        raise RecipeError(
            f"clips of {config.audio.seconds:g} s have fewer frames than audio.pool"
            f" ({config.audio.pool}): use longer clips or a smaller audio.pool"
        )
    ids, mask = tokenize(["a dog barks"])
    try:
        model.head(frames, model.encode_text(ids, mask))
    except (IndexError, RuntimeError) as error:
        raise RecipeError(
            f"the text encoder {config.encoders.text} does not fit its tokenizer: {error}"
        ) from error
    return frames.shape[1], frames.shape[2]


def check_space(
    model: BaselineModel, splits: Iterable[Split], shape: tuple[int, int], config: Config, out: Path
) -> None:
    """Check that the disk has space for the files of a run.

    Parameters
    ----------
    model : BaselineModel
        The model.
    splits : iterable of Split
        The train and validation splits.
    shape : tuple of (int, int)
        Frames per clip and values per frame.
    config : Config
        The settings.
    out : Path
        The output folder, which exists; files that it already contains are counted as space.

    Raises
    ------
    RecipeError
        If the disk has less free space than needed.
    """
    weights = sum(value.numel() * value.element_size() for value in model.state_dict().values())
    # The model, and the state with two averages per weight; each exists twice while it is replaced.
    needed = 2 * weights + 2 * 3 * weights
    if config.encoders.frozen != "none":
        needed += sum(len(split.pairs) for split in splits) * shape[0] * shape[1] * HALF
    kept = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    free = shutil.disk_usage(out).free
    if needed > free + kept:
        raise RecipeError(
            f"{out}: the run needs about {needed / GIGABYTE:.1f} GB of disk space,"
            f" {(free + kept) / GIGABYTE:.1f} GB are available: choose a folder on another disk"
        )
