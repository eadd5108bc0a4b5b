"""Which way a label of a leaderboard is sorted, if it names a metric of the toolkit."""

from __future__ import annotations

import re

from xacle_eval.metrics.registry import METRICS

__all__ = ["higher_is_better"]

_BREAKS = re.compile(r"[^A-Za-z0-9]+")


def higher_is_better(label: object) -> bool | None:
    """Return whether a higher value of a metric is better; None if the label names no metric.

    A label such as ``QUALITY_MSE`` or ``SRCC (system)`` names the metric whose name is a part of
    it. A label with metrics of both directions names none.
    """
    if not isinstance(label, str):
        return None
    known = {name.upper(): name for name in METRICS}
    names = {known.get(word.upper()) for word in (label, *_BREAKS.split(label))} - {None}
    found = {METRICS[str(name)].higher_is_better for name in names}
    return found.pop() if len(found) == 1 else None
