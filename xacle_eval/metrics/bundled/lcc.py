"""LCC: the linear (Pearson) correlation coefficient."""

from xacle_eval.metrics.correlation import lcc, lcc_of_centred
from xacle_eval.metrics.invariance import same_after_scaling
from xacle_eval.metrics.metric import FastForms, Metric

METRIC = Metric(
    "LCC",
    lcc,
    title="Linear (Pearson) correlation coefficient",
    range=(-1.0, 1.0),
    needs_variance=True,
    invariance="linear",
    fast=FastForms(
        prepared=lambda x, y: lcc_of_centred(x.centred, y.centred),
        resampled=lambda resampled: resampled.lcc,
        left_out=lambda rest: rest.lcc,
        swapped=lambda pair, swaps, kernels: pair.lcc(swaps, kernels),
        same=same_after_scaling,
        linear=True,
        ceiling=lambda noise: noise.correlation("LCC"),
    ),
)
