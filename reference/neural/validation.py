"""The loss and the four metrics of a model on the validation split."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

import xacle_eval as xe
from reference.neural.config import Config, Loss
from reference.neural.losses import BINS, class_weights, clipped_mse, contrastive, rating_bins
from reference.neural.model import to_score, to_target

__all__ = ["Measures", "bin_counts", "loss_of", "measure", "validation_loss"]


@dataclass(frozen=True)
class Measures:
    """The results of a model on the validation split; an undefined correlation is NaN."""

    loss: float
    srcc: float
    lcc: float
    ktau: float
    mse: float

    @property
    def key(self) -> float:
        """SRCC, which selects the best model; -1 if it is undefined."""
        return -1.0 if math.isnan(self.srcc) else self.srcc

    def __str__(self) -> str:
        return (
            f"loss {self.loss:.4f}, SRCC {self.srcc:.4f}, LCC {self.lcc:.4f},"
            f" KTAU {self.ktau:.4f}, MSE {self.mse:.4f}"
        )


def bin_counts(scores: Tensor) -> Tensor:
    """Return the number of scores per rating bin, shape (10,)."""
    return torch.bincount(rating_bins(scores), minlength=BINS)


def loss_of(outputs: Tensor, scores: Tensor, counts: Tensor, settings: Loss) -> Tensor:
    """Return the loss of a batch.

    Parameters
    ----------
    outputs, scores : Tensor, shape (B,)
        Outputs y of the model, and scores from 0 to 10.
    counts : Tensor, shape (10,)
        Number of pairs of the split per rating bin.
    settings : Loss
        Form and parameters of the loss.
    """
    targets = to_target(scores)
    weights = class_weights(scores, counts.to(scores.device), settings.beta)
    clipped = clipped_mse(outputs, targets, weights, form=settings.form, tau=settings.tau)
    apart = contrastive(outputs, targets, weights, margin=settings.margin)
    return settings.clipped * clipped + settings.contrastive * apart


def validation_loss(outputs: Tensor, scores: Tensor, training: Tensor, config: Config) -> float:
    """Return the loss that the plateau schedule watches.

    Parameters
    ----------
    outputs, scores : Tensor, shape (pairs,)
        Outputs y of the model on the validation split, and its scores from 0 to 10.
    training : Tensor, shape (10,)
        Number of training pairs per rating bin, for ``batches``.
    config : Config
        ``loss.validation`` selects the form. ``official``, as in the official code: the mean over
        batches of one pair, with the class counts of the validation split. The weight of a single
        pair is 1 and its contrastive term is 0, so the value is the mean clipped error.
        ``batches``: the mean over batches of the training size, with the class counts of the train
        split, so that the value can be compared with the training loss.
    """
    if config.loss.validation == "official":
        size, counts = 1, bin_counts(scores)
    else:
        size, counts = config.training.batch, training
    parts = zip(outputs.float().split(size), scores.float().split(size), strict=True)
    losses = [float(loss_of(part, truth, counts, config.loss)) for part, truth in parts]
    return sum(losses) / len(losses)


def measure(outputs: Tensor, scores: Tensor, training: Tensor, config: Config) -> Measures:
    """Return the loss and the metrics of the outputs on the validation split.

    Parameters
    ----------
    outputs, scores, training, config
        As in `validation_loss`.
    """
    loss = validation_loss(outputs, scores, training, config)
    predicted, truth = to_score(outputs).numpy(), scores.numpy()
    metrics = (xe.metrics.srcc, xe.metrics.lcc, xe.metrics.ktau, xe.metrics.mse)
    return Measures(loss, *(float(metric(predicted, truth)) for metric in metrics))
