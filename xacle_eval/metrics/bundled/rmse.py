"""RMSE: the root of the mean squared error, in points of the scale."""

import math

import numpy as np
from numpy.typing import ArrayLike

from xacle_eval.metrics.arrays import FloatVector
from xacle_eval.metrics.error import mse, mse_of_arrays
from xacle_eval.metrics.invariance import same_errors
from xacle_eval.metrics.metric import FastForms, Metric

__all__ = ["METRIC", "rmse"]


def rmse(predictions: ArrayLike, references: ArrayLike) -> float:
    """Return the root of the mean squared error: 0 or more; inf if MSE is too large for a float."""
    return math.sqrt(mse(predictions, references))


def _squared(predictions: FloatVector, references: FloatVector) -> FloatVector:
    with np.errstate(over="ignore"):
        return (predictions - references) ** 2


METRIC = Metric(
    "RMSE",
    rmse,
    higher_is_better=False,
    title="Root mean squared error",
    range=(0.0, math.inf),
    fast=FastForms(
        prepared=lambda x, y: math.sqrt(mse_of_arrays(x.values, y.values)),
        resampled=lambda resampled: np.sqrt(resampled.mse),
        # The sum of the other errors can be below 0 by rounding if one error is very large.
        left_out=lambda rest: np.sqrt(np.maximum(rest.mse, 0.0)),
        swapped=lambda pair, swaps, kernels: np.subtract(
            *(np.sqrt(np.maximum(part, 0.0)) for part in pair.mean_losses(_squared, swaps, kernels))
        ),
        same=same_errors,
        ceiling=lambda noise: noise.floor().map(math.sqrt),
        bound=lambda largest: largest,
    ),
)
