"""Run a model over the pairs of a split."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from reference.dataset import Split
from reference.neural.config import Config
from reference.neural.data import Clips, batches
from reference.neural.devices import Place
from reference.neural.model import BaselineModel
from reference.neural.weights import Tokenize

__all__ = ["Prepared", "predict_outputs"]


@dataclass
class Prepared:
    """A split ready for the model.

    Attributes
    ----------
    split : Split
        The pairs.
    clips : Clips
        Their clips, or the frames of a frozen audio encoder.
    texts : Tensor, shape (pairs, size), or None
        The vectors of a frozen text encoder.
    mean, std : float
        Normalisation of the log-mel values.
    """

    split: Split
    clips: Clips
    texts: Tensor | None
    mean: float
    std: float


@torch.no_grad()
def predict_outputs(
    model: BaselineModel,
    tokenize: Tokenize,
    data: Prepared,
    config: Config,
    place: Place,
    size: int | None = None,
) -> Tensor:
    """Return the outputs y of a split, shape (pairs,), float64 on the CPU; the score is 5y + 5.

    Parameters
    ----------
    model : BaselineModel
        The model; it is moved to the device and takes the normalisation of `data`.
    tokenize : Tokenize
        The tokenizer of its text encoder.
    data : Prepared
        The pairs.
    config : Config
        The settings of the model.
    place : Place
        Device and precision.
    size : int, optional
        Pairs per batch; by default the training batch size.
    """
    model.to(place.device).eval()
    model.audio_encoder.mean, model.audio_encoder.std = data.mean, data.std
    parts = []
    order = range(len(data.split.pairs))
    size = size or config.training.batch
    for batch in batches(
        data.split,
        data.clips,
        tokenize,
        data.texts,
        order,
        size,
        whole=False,
        workers=config.training.workers,
    ):
        moved = batch.to(place.device)
        with place.autocast():
            parts.append(model(moved.audio, moved.text, moved.mask).double().cpu())
    return torch.cat(parts)
