"""Evaluation of two arrays: several metrics at once, without a challenge, files or pandas.

This is for training loops and notebooks. Ids, rules and signatures are the business of
`xacle_eval.score`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from numpy.typing import ArrayLike

from xacle_eval.metrics.metric import Metric, PreparedReferences
from xacle_eval.metrics.registry import DEFAULT_METRICS, all_metrics
from xacle_eval.models.display import Displayed, own_names

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation(Displayed, Mapping[str, float]):
    """The metrics of one evaluation; also a mapping of names to values, for loggers.

    Attributes
    ----------
    metrics : mapping of str to float
        By name, in the order that was asked for. Undefined metrics are nan, so that a logger of
        a training loop, which expects floats, does not fail.
    n : int
        The number of pairs.
    undefined : tuple of str
        The metrics that have no value for these data, such as a correlation of constant
        predictions.
    """

    metrics: Mapping[str, float]
    n: int
    undefined: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> float:
        return self.metrics[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.metrics)

    def __len__(self) -> int:
        return len(self.metrics)

    def __dir__(self) -> list[str]:
        return own_names(self, ("get", "items", "keys", "values"))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (dict(self.metrics), self.n, self.undefined)


def _rebuild(metrics: dict[str, float], n: int, undefined: tuple[str, ...]) -> Evaluation:
    return Evaluation(MappingProxyType(metrics), n, undefined)


def evaluate(
    predictions: ArrayLike,
    references: ArrayLike | PreparedReferences,
    metrics: Sequence[str | Metric] = DEFAULT_METRICS,
) -> Evaluation:
    """Compute metrics of predictions against references, both given as arrays.

    Parameters
    ----------
    predictions : array_like, shape (n,)
        Finite numbers, n >= 1, on the scale of the references: a list, an array, a Series (its
        index is ignored) or a tensor on any device.
    references : array_like, shape (n,), or PreparedReferences
        The mean ratings; position i belongs to the same pair as position i of the predictions.
        Prepare them once with ``PreparedReferences.of`` to evaluate often.
    metrics : sequence of str or Metric
        Names of ``xacle_eval.metrics.METRICS``, or own metrics.

    Returns
    -------
    Evaluation
        The values, not rounded. Each has the same bits as in `xacle_eval.score`.

    Raises
    ------
    MetricInputError
        If a side is not a non-empty vector of finite numbers, or the lengths differ.
    UsageError
        If a metric is unknown, or the function of an own metric fails.

    Examples
    --------
    >>> import xacle_eval as xe
    >>> found = xe.evaluate([6.0, 2.5, 7.5, 4.0], [5.2, 3.0, 8.1, 4.4])
    >>> found["SRCC"], found.n
    (1.0, 4)
    """
    prepared = (
        references
        if isinstance(references, PreparedReferences)
        else PreparedReferences.of(references)
    )
    values = all_metrics(predictions, prepared, metrics)
    undefined = tuple(name for name, value in values.items() if math.isnan(value))
    return Evaluation(MappingProxyType(values), prepared.values.size, undefined)
