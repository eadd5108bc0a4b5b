"""MSE: the mean squared error."""

import math

from xacle_eval.metrics.error import mse, mse_of_arrays
from xacle_eval.metrics.invariance import same_errors
from xacle_eval.metrics.metric import FastForms, Metric

METRIC = Metric(
    "MSE",
    mse,
    higher_is_better=False,
    title="Mean squared error",
    range=(0.0, math.inf),
    fast=FastForms(
        prepared=lambda x, y: mse_of_arrays(x.values, y.values),
        resampled=lambda resampled: resampled.mse,
        left_out=lambda rest: rest.mse,
        swapped=lambda pair, swaps, kernels: pair.mse(swaps, kernels),
        same=same_errors,
        ceiling=lambda noise: noise.floor(),
        bound=lambda largest: largest * largest,
    ),
)
