"""Announce metrics without fast forms: their functions are called for every resample."""

from __future__ import annotations

import time
import warnings

import numpy as np
from numpy.typing import NDArray

from xacle_eval.errors import XacleEvalWarning
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.text import count

__all__ = ["announce_slow_metrics"]

_MINUTE, _HOUR = 60.0, 3600.0
_LONG = 10.0
_ADVICE = "; to wait less, use fewer resamples or more jobs"


def announce_slow_metrics(
    scorer: Scorer,
    predictions: NDArray[np.float64],
    level: str,
    plan: Bootstrap,
    *,
    systems: int,
    system_pairs: int = 0,
) -> None:
    """Warn once about metrics without fast forms, with the expected time.

    Parameters
    ----------
    scorer : Scorer
    predictions : array, shape (n,)
        Those of any system, to measure one call of each function.
    level : str
        The level that is resampled.
    plan : Bootstrap
    systems : int
        The number of systems that are resampled.
    system_pairs : int
        The number of system pairs that are tested by permutation.
    """
    x, y = scorer.values_at(level, predictions), scorer.references_at(level)
    names, seconds = [], 0.0
    for metric in scorer.metrics:
        calls = 0
        if metric.fast.resampled is None:
            calls += systems * plan.resamples
        if metric.fast.left_out is None and plan.method == "bca":
            calls += systems * x.size
        if metric.fast.swapped is None:
            calls += 2 * system_pairs * plan.resamples
        if not calls:
            continue
        begin = time.perf_counter()
        metric.of_arrays(x, y)
        names.append(metric.name)
        seconds += calls * (time.perf_counter() - begin) / max(plan.jobs, 1)
    if names:
        one = len(names) == 1
        subject = f"the metric {names[0]} has" if one else f"the metrics {', '.join(names)} have"
        functions = "its function is" if one else "their functions are"
        warnings.warn(
            f"{subject} no fast form: {functions} called for each resample, which takes "
            f"{_duration(seconds)}{_ADVICE if seconds > _LONG else ''}",
            XacleEvalWarning,
            stacklevel=2,
        )


def _duration(seconds: float) -> str:
    if seconds < 1.0:
        return "less than a second"
    if seconds < 2 * _MINUTE:
        return f"about {count(round(seconds), 'second')}"
    if seconds < 2 * _HOUR:
        return f"about {count(round(seconds / _MINUTE), 'minute')}"
    return f"about {count(round(seconds / _HOUR), 'hour')}"
