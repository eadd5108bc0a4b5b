"""MAE: the mean absolute error, in points of the scale."""

import math

import numpy as np
from numpy.typing import ArrayLike

from xacle_eval.metrics.arrays import FloatVector, check_paired_arrays
from xacle_eval.metrics.invariance import same_errors
from xacle_eval.metrics.metric import FastForms, Metric

__all__ = ["METRIC", "mae"]


def mae(predictions: ArrayLike, references: ArrayLike) -> float:
    """Return the mean absolute error: 0 or more; inf if it is too large for a float."""
    return _mean_of_errors(*check_paired_arrays(predictions, references))


def _mean_of_errors(predictions: FloatVector, references: FloatVector) -> float:
    with np.errstate(over="ignore"):
        return float(_errors(predictions, references).mean())


def _errors(predictions: FloatVector, references: FloatVector) -> FloatVector:
    with np.errstate(over="ignore"):
        return np.asarray(np.abs(predictions - references), dtype=np.float64)


METRIC = Metric(
    "MAE",
    mae,
    higher_is_better=False,
    title="Mean absolute error",
    range=(0.0, math.inf),
    fast=FastForms(
        prepared=lambda x, y: _mean_of_errors(x.values, y.values),
        resampled=lambda resampled: resampled.mean_of(_errors),
        left_out=lambda rest: rest.mean_of(_errors(rest.x, rest.y)),
        swapped=lambda pair, swaps, kernels: np.subtract(
            *pair.mean_losses(_errors, swaps, kernels)
        ),
        same=same_errors,
        bound=lambda largest: largest,
    ),
)
