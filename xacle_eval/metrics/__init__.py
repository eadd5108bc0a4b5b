"""Metrics: float arrays in, float out; no files, no models, no printing.

The four metrics of the XACLE Challenge, :func:`srcc`, :func:`lcc`, :func:`ktau` and :func:`mse`,
are functions ``metric(predictions, references) -> float`` on vectors with one number per pair. They
need only numpy, take O(n log n), and are symmetrical. A correlation without variance is nan. Arrays
that cannot be scored raise :class:`MetricInputError`.
"""

from xacle_eval.metrics.arrays import MetricInputError
from xacle_eval.metrics.correlation import ktau, lcc, srcc
from xacle_eval.metrics.error import mse
from xacle_eval.metrics.ranks import average_ranks, dense_ranks
from xacle_eval.metrics.registry import METRICS, Metric, PreparedReferences, all_metrics

__all__ = [
    "METRICS",
    "Metric",
    "MetricInputError",
    "PreparedReferences",
    "all_metrics",
    "average_ranks",
    "dense_ranks",
    "ktau",
    "lcc",
    "mse",
    "srcc",
]
