"""The metrics by name: those of `bundled`, one module each, and the user's own.

A module of `bundled` is imported when its metric is first used. To add a metric, add a module with
the name of the metric in lower case and a constant ``METRIC``; nothing else needs a change.
"""

from __future__ import annotations

import copyreg
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from importlib import import_module
from typing import Any

from numpy.typing import ArrayLike

from xacle_eval.errors import UsageError, check_arguments
from xacle_eval.metrics.arrays import check_same_length
from xacle_eval.metrics.metric import Metric, PreparedReferences, PreparedValues
from xacle_eval.text import did_you_mean, quote

__all__ = ["DEFAULT_METRICS", "METRICS", "all_metrics", "find_metrics"]

DEFAULT_METRICS = ("SRCC", "LCC", "KTAU", "MSE")
"""The metrics of the XACLE Challenge, in the organisers' order."""

_BUNDLED = "xacle_eval.metrics.bundled"


class UnknownMetricError(UsageError, KeyError):
    """A metric that this process does not know, such as an own one in a saved result."""

    def __init__(self, name: object) -> None:
        super().__init__(
            f"the metric {quote(str(name), 60)} is not defined in this process; define it again, "
            "and pass it to xacle_eval.metrics.METRICS.register"
        )

    __str__ = Exception.__str__


class _Registry(Mapping[str, Metric]):
    """The metrics by name: the default ones first, then the other bundled ones, then own ones."""

    def __init__(self) -> None:
        self._found: dict[str, Metric] = {}
        self._own: dict[str, Metric] = {}

    def __getitem__(self, name: str) -> Metric:
        if name in self._found:
            return self._found[name]
        if name in self._own:
            return self._own[name]
        if name not in DEFAULT_METRICS and name not in _bundled_names():
            raise UnknownMetricError(name)
        metric: Metric = import_module(f"{_BUNDLED}.{name.lower()}").METRIC
        self._found[name] = metric
        return metric

    def __iter__(self) -> Iterator[str]:
        return iter((*_bundled_names(), *self._own))

    def __len__(self) -> int:
        return len(_bundled_names()) + len(self._own)

    def __contains__(self, name: object) -> bool:
        return (
            name in DEFAULT_METRICS
            or name in self._found
            or name in self._own
            or name in _bundled_names()
        )

    def is_bundled(self, metric: Metric) -> bool:
        """Return whether a metric is one of this package."""
        return self._found.get(metric.name) is metric

    def register(self, metric: Metric) -> None:
        """Make an own metric known by its name, in place of an earlier one of that name.

        Raises
        ------
        UsageError
            If a bundled metric has this name, in any letter case.
        """
        if self.is_bundled(metric):
            return
        if metric.name.upper() in _bundled_names():
            raise UsageError(
                f"the name {metric.name} is that of a bundled metric; give your metric another name"
            )
        self._own[metric.name] = metric


METRICS = _Registry()
"""The metrics by name; a mapping."""


def _reduce(metric: Metric) -> tuple[Any, ...]:
    """Pickle a bundled metric by its name, and any other by its fields."""
    if METRICS.is_bundled(metric):
        return bundled_metric, (metric.name,)
    return Metric, tuple(getattr(metric, each.name) for each in fields(Metric))


copyreg.pickle(Metric, _reduce)


def bundled_metric(name: str) -> Metric:
    """Return a bundled metric; pickled metrics are found by it."""
    return METRICS[name]


@cache
def _bundled_names() -> tuple[str, ...]:
    package = import_module(_BUNDLED)
    names = {module.name.upper() for module in pkgutil.iter_modules(package.__path__)}
    return (*DEFAULT_METRICS, *sorted(names.difference(DEFAULT_METRICS)))


def find_metrics(metrics: Sequence[str | Metric]) -> tuple[Metric, ...]:
    """Return metrics by name or as objects; own ones become known by their names.

    Parameters
    ----------
    metrics : sequence of str or Metric
        At least one, each once.

    Raises
    ------
    UsageError
        If the sequence is empty or has a name twice, a name is unknown, or an own metric has the
        name of a bundled one.
    """
    if isinstance(metrics, str | Metric):
        metrics = [metrics]
    check_arguments(metrics=metrics)
    found: dict[str, Metric] = {}
    for each in metrics:
        if isinstance(each, Metric):
            METRICS.register(each)
            metric = each
        elif isinstance(each, str) and each in METRICS:
            metric = METRICS[each]
        else:
            raise UsageError(unknown_metric(each))
        if metric.name in found:
            raise UsageError(f"duplicate metric {metric.name}; name each metric once")
        found[metric.name] = metric
    for name, metric in found.items():
        if not METRICS.is_bundled(metric):
            _refuse_column_name(name, found)
    if not found:
        raise UsageError(f"expected at least one metric of {', '.join(METRICS)}")
    return tuple(found.values())


def _refuse_column_name(name: str, others: Iterable[str]) -> None:
    """Refuse the name of an own metric that looks like a column of another, such as SRCC_low."""
    for other in others:
        if name.casefold().startswith(f"{other.casefold()}_"):
            raise UsageError(
                f"the name {name} of a metric looks like a column of {other}, such as {other}_low; "
                "give your metric another name"
            )


def unknown_metric(name: object) -> str:
    """Return the message for a metric that does not exist."""
    known = list(METRICS)
    hint = did_you_mean(str(name), known, f"expected one of {', '.join(known)}")
    return f"unknown metric {quote(str(name), 60)}; {hint}"


def all_metrics(
    predictions: ArrayLike,
    references: ArrayLike | PreparedReferences,
    metrics: Sequence[str | Metric] = DEFAULT_METRICS,
) -> dict[str, float]:
    """Return several metrics; each side is checked and sorted once.

    Parameters
    ----------
    predictions : array_like, shape (n,)
        Finite numbers on the scale of the references, n >= 1.
    references : array_like, shape (n,), or PreparedReferences
        Finite numbers; position i belongs to the same pair as position i of the predictions.
    metrics : sequence of str or Metric
        Names of :data:`METRICS`, or own metrics.

    Returns
    -------
    dict of str to float
        By name, in the order of `metrics`. Each value has the same bits as the result of the
        metric's own function.

    Raises
    ------
    MetricInputError
        If a side is not a non-empty vector of finite numbers, or the lengths differ.
    UsageError
        If a metric is unknown, or the function of an own metric fails.
    """
    predicted = PreparedValues.of(predictions, "predictions")
    prepared = (
        references
        if isinstance(references, PreparedReferences)
        else PreparedReferences.of(references)
    )
    check_same_length(predicted.values, prepared.values)
    return {metric.name: metric.of(predicted, prepared) for metric in find_metrics(metrics)}
