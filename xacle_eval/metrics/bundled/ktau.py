"""KTAU: Kendall's rank correlation coefficient tau-b."""

from xacle_eval.metrics.correlation import ktau, ktau_of_ranked
from xacle_eval.metrics.invariance import same_ranks
from xacle_eval.metrics.metric import FastForms, Metric

METRIC = Metric(
    "KTAU",
    ktau,
    title="Kendall's rank correlation coefficient (tau-b)",
    range=(-1.0, 1.0),
    needs_variance=True,
    invariance="monotone",
    fast=FastForms(
        prepared=lambda x, y: ktau_of_ranked(x.ranked, y.ranked),
        resampled=lambda resampled: resampled.ktau,
        left_out=lambda rest: rest.ktau,
        swapped=lambda pair, swaps, kernels: pair.ktau(swaps, kernels),
        same=same_ranks,
        ceiling=lambda noise: noise.correlation("KTAU"),
    ),
)
