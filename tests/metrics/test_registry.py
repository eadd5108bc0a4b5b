"""The metrics as named values, and all of them in one call."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xacle_eval import metrics
from xacle_eval.metrics import DEFAULT_METRICS, METRICS, PreparedReferences, all_metrics

SMALL_CASES = settings(deadline=None, database=None, max_examples=150)
ANY_FLOAT = st.floats(allow_nan=False, allow_infinity=False)
GRID = st.integers(0, 8).map(lambda eighths: eighths / 8)


def bits(values):
    """Return the bytes of the floats, which differ for 0.0 and -0.0 and are equal for nan."""
    return np.array(list(values), dtype=np.float64).tobytes()


@SMALL_CASES
@given(st.lists(st.tuples(ANY_FLOAT | GRID, GRID), min_size=1, max_size=30))
def test_all_metrics_equals_each_function(pairs):
    """One call, with references prepared or not, gives the bits of each function, in order."""
    predictions, references = [list(side) for side in zip(*pairs, strict=True)]
    together = all_metrics(predictions, references)
    assert list(together) == list(DEFAULT_METRICS)
    assert bits(together.values()) == bits(
        m.function(predictions, references) for m in map(METRICS.get, DEFAULT_METRICS)
    )
    prepared = all_metrics(predictions, PreparedReferences.of(references))
    assert bits(prepared.values()) == bits(together.values())


def test_prepared_references_are_a_copy():
    """Changing the caller's array after preparing changes no later score."""
    references = np.array([1.0, 2.0, 3.0])
    prepared = PreparedReferences.of(references)
    references[:] = 0.0
    assert all_metrics([1.0, 2.0, 3.0], prepared)["SRCC"] == 1.0


def test_order_and_directions():
    """The four are in the organisers' order; only for MSE lower is better."""
    assert list(DEFAULT_METRICS) == ["SRCC", "LCC", "KTAU", "MSE"]
    four = [METRICS[name] for name in DEFAULT_METRICS]
    assert [metric.name for metric in four] == list(METRICS)[:4] == list(DEFAULT_METRICS)
    assert [metric.arrow for metric in four] == ["↑", "↑", "↑", "↓"]
    assert [metric.higher_is_better for metric in four] == [True, True, True, False]
    assert METRICS["SRCC"].range == (-1.0, 1.0)
    assert METRICS["MSE"].range == (0.0, math.inf)


@pytest.mark.parametrize("name", list(DEFAULT_METRICS))
def test_needs_variance_says_when_a_value_is_nan(name):
    """A metric is nan on a constant side if and only if its needs_variance is true."""
    metric = METRICS[name]
    assert math.isnan(metric.function([1.0, 1.0], [1.0, 2.0])) is metric.needs_variance
    assert math.isnan(metric.function([1.0, 2.0], [1.0, 1.0])) is metric.needs_variance


def test_registry_is_frozen():
    """Neither the registry nor a metric in it can be changed."""
    with pytest.raises(TypeError):
        METRICS["SRCC"] = METRICS["MSE"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        METRICS["SRCC"].name = "rho"


def test_public_names_exist():
    """Every exported name exists."""
    assert all(hasattr(metrics, name) for name in metrics.__all__)
