"""SRCC: Spearman's rank correlation coefficient."""

from xacle_eval.metrics.correlation import srcc, srcc_of_ranked
from xacle_eval.metrics.invariance import same_ranks
from xacle_eval.metrics.metric import FastForms, Metric

METRIC = Metric(
    "SRCC",
    srcc,
    title="Spearman's rank correlation coefficient",
    range=(-1.0, 1.0),
    needs_variance=True,
    invariance="monotone",
    fast=FastForms(
        prepared=lambda x, y: srcc_of_ranked(x.ranked, y.ranked),
        resampled=lambda resampled: resampled.srcc,
        left_out=lambda rest: rest.srcc,
        swapped=lambda pair, swaps, kernels: pair.srcc(swaps, kernels),
        same=same_ranks,
        linear=True,
        ceiling=lambda noise: noise.correlation("SRCC"),
    ),
)
