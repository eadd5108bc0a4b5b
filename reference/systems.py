"""The recipe's systems and their submissions.

A submission is a CSV file ``wav_file_name,pred_score``, sorted by id, with four decimals. Its label
is the file name without the extension, its team the label without the final ``_NN``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference.dataset import Split
from reference.files import write_bytes
from reference.metadata import SCORE_MAXIMUM
from reference.minimal.cache import clip_features
from reference.minimal.model import Config, Sides
from reference.minimal.training import PLAIN, Examples
from reference.progress import progress_bar

__all__ = [
    "CONTROLS",
    "TRAINED",
    "VARIANTS",
    "derived_systems",
    "examples",
    "variant",
    "write_submission",
]

DECIMALS = 4
"""Decimals of a prediction: rounding does not change the third decimal of any metric."""

Array = NDArray[np.float64]

OFFICIAL_DECIMALS = 2
"""Decimals of a prediction in the organisers' code."""

VARIANTS = {"full": Config(), "plain": PLAIN}
"""Settings by the name used in `train --variant`."""

TRAINED = {
    "Minimal_Reference_01": Config(),
    "Minimal_Reference_02": PLAIN,
    "AudioOnly_Reference_01": Config(sides="audio"),
    "TextOnly_Reference_01": Config(sides="text"),
}
"""The trained systems of the loop, by label; the first one is the baseline."""

CONTROLS = {
    "both sides": Config(),
    "audio only": Config(sides="audio"),
    "text only": Config(sides="text"),
}
"""The systems of the table of controls."""


def variant(name: str, sides: Sides) -> Config:
    """Return the settings of a variant that uses the given sides."""
    return replace(VARIANTS[name], sides=sides)


def examples(split: Split, *, cache: Path | None, jobs: int) -> Examples:
    """Return the pairs of a split with the features of their clips; show a progress bar."""
    with progress_bar(f"features of {split.name}") as progress:
        paths = [pair.audio for pair in split.pairs]
        statistics = clip_features(paths, cache=cache, jobs=jobs, progress=progress)
    return Examples(statistics, [pair.text for pair in split.pairs], split.scores())


def derived_systems(baseline: Array, training_scores: Array) -> dict[str, Array]:
    """Return the systems that are computed without training, by label.

    Parameters
    ----------
    baseline : ndarray, shape (pairs,)
        Predictions of the baseline, 0 to 10.
    training_scores : ndarray
        Scores of the training pairs; the constant system predicts their mean.

    Returns
    -------
    dict of str to ndarray, shape (pairs,)
        Predictions of each system, 0 to 10.
    """
    return {
        "Constant_Reference_01": np.full(len(baseline), training_scores.mean()),
        "MinimalRounded_Reference_01": np.rint(baseline),
        "MinimalStretched_Reference_01": _stretch(baseline),
    }


def _stretch(baseline: Array) -> Array:
    """Stretch predictions towards both ends by a strictly increasing curve, so the ranks stay.

    The curve is half the identity plus half the smooth step 3x² − 2x³; its slope is at least 0.5.
    """
    share = baseline / SCORE_MAXIMUM
    return SCORE_MAXIMUM * (0.5 * share + 0.5 * (3.0 - 2.0 * share) * share**2)


def write_submission(
    path: Path, ids: Sequence[str], predictions: Array, *, official: bool = False
) -> None:
    """Write a prediction file atomically, sorted by id.

    Parameters
    ----------
    path : Path
        The file.
    ids : sequence of str
        The ids of the pairs.
    predictions : ndarray, shape (pairs,)
        Their predictions.
    official : bool
        Whether to write the file as the organisers' ``inference.py`` does: values rounded to two
        decimals, without trailing zeros, and lines that end with CRLF; otherwise `DECIMALS`
        decimals and LF.

    Raises
    ------
    RecipeError
        If the file cannot be written.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n" if official else "\n")
    writer.writerow(("wav_file_name", "pred_score"))
    for pair, value in sorted(zip(ids, map(float, predictions), strict=True)):
        shown = repr(round(value, OFFICIAL_DECIMALS)) if official else f"{value:.{DECIMALS}f}"
        writer.writerow((pair, shown))
    write_bytes(path, buffer.getvalue().encode("utf-8"))
