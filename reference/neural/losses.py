"""The loss of the official baseline: class-weighted clipped squared error and contrastive term.

With p the outputs, g the targets, B pairs in the batch, and w the weights of their classes
(class-balanced, Cui et al., CVPR 2019), whose sum over the batch is 1::

    clipped      mean_i [|p_i - g_i| > 0.25] (p_i - g_i)^2 w_i
    contrastive  1/2 mean_ij max(0, |(p_i - p_j) - (g_i - g_j)| - 0.1) sqrt(w_i w_j)
    loss         1.0 clipped + 0.5 contrastive
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

__all__ = ["BINS", "Form", "class_weights", "clipped_mse", "contrastive", "rating_bins"]

BINS = 10
Form = Literal["official", "balanced"]


def rating_bins(scores: Tensor) -> Tensor:
    """Return the bins, 0 to 9, of scores from 0 to 10: [0, 1], (1, 2], …, (9, 10]."""
    return (torch.ceil(scores) - 1).clamp(0, BINS - 1).long()


def class_weights(scores: Tensor, counts: Tensor, beta: float = 0.99) -> Tensor:
    """Return the weights of the pairs of a batch.

    Parameters
    ----------
    scores : Tensor, shape (B,)
        Ratings from 0 to 10.
    counts : Tensor, shape (10,)
        Number of training pairs per bin; an empty bin counts as 1.
    beta : float
        With 0 all classes have the same weight; near 1 the weight is the inverse of their size.

    Returns
    -------
    Tensor, shape (B,)
        (1 - beta) / (1 - beta^c) of each pair's bin, divided by their sum.
    """
    sizes = counts.clamp(min=1)[rating_bins(scores)]
    weights = (1.0 - beta) / (
        1.0 - torch.pow(torch.as_tensor(beta, dtype=torch.float64), sizes.double())
    )
    weights = weights.to(scores)
    return weights / weights.sum()


def clipped_mse(
    outputs: Tensor, targets: Tensor, weights: Tensor, *, form: Form = "official", tau: float = 0.25
) -> Tensor:
    """Return the mean squared error, ignoring errors up to `tau`.

    Parameters
    ----------
    outputs, targets, weights : Tensor, shape (B,)
        p, g and w.
    form : {"official", "balanced"}
        In the official code the weights have the shape (B, 1), so their product with the errors,
        (B,), has the shape (B, B): each error is multiplied by every weight, the balancing has no
        effect, and the value is the mean of the errors divided by B. ``balanced`` is the intended
        form: each error is multiplied by its own weight.
    tau : float
        Absolute errors up to this value are ignored.
    """
    errors = (outputs - targets) ** 2 * ((outputs - targets).abs() > tau)
    return (errors * weights[:, None]).mean() if form == "official" else (errors * weights).mean()


def contrastive(
    outputs: Tensor, targets: Tensor, weights: Tensor, *, margin: float = 0.1
) -> Tensor:
    """Return how much differences between outputs deviate from differences between targets.

    Parameters
    ----------
    outputs, targets, weights : Tensor, shape (B,)
        p, g and w.
    margin : float
        Deviations up to this value are ignored.
    """
    between = (outputs[:, None] - outputs) - (targets[:, None] - targets)
    return (
        0.5
        * ((between.abs() - margin).clamp(min=0) * torch.sqrt(weights[:, None] * weights)).mean()
    )
