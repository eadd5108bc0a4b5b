"""Metrics: float arrays in, float out; no files, no models, no printing.

The four metrics of the XACLE Challenge, :func:`srcc`, :func:`lcc`, :func:`ktau` and :func:`mse`,
and others of :data:`METRICS` are functions ``metric(predictions, references) -> float`` on vectors
with one number per pair. They need only numpy. A correlation without variance is nan. Arrays that
cannot be scored raise :class:`MetricInputError`.
"""

from xacle_eval.metrics.arrays import MetricInputError
from xacle_eval.metrics.correlation import ktau, lcc, srcc
from xacle_eval.metrics.error import mse
from xacle_eval.metrics.metric import FastForms, Metric, PreparedReferences
from xacle_eval.metrics.ranks import average_ranks, dense_ranks
from xacle_eval.metrics.registry import DEFAULT_METRICS, METRICS, all_metrics, find_metrics

__all__ = [
    "DEFAULT_METRICS",
    "METRICS",
    "FastForms",
    "Metric",
    "MetricInputError",
    "PreparedReferences",
    "all_metrics",
    "average_ranks",
    "dense_ranks",
    "find_metrics",
    "ktau",
    "lcc",
    "mse",
    "srcc",
]
