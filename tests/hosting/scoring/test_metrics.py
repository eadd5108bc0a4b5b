"""The metrics without numpy have the values of the toolkit's own."""

import math
import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xacle_eval.hosting.scoring.metrics import (
    FUNCTIONS,
    Pairing,
    acc_eq_at,
    all_metrics,
    best_tie_width,
)
from xacle_eval.metrics import METRICS
from xacle_eval.metrics import all_metrics as toolkit

GRID = st.integers(0, 8).map(lambda k: k / 4)
TINY = 5e-324
NUMBERS = st.one_of(
    GRID,
    st.floats(-10, 10),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, TINY, -3 * TINY, 1e300, -1.7e308, 1e-200]),
    GRID.map(lambda value: value + 1e9),
    st.integers(0, 3).map(lambda k: 1.0 + k * 2.0**-52),
)


@st.composite
def pairs(draw):
    """Two lists of numbers of one kind, or of mixed kinds, from one pair on."""
    size = draw(st.integers(1, 12))
    kinds = [draw(st.sampled_from([GRID, NUMBERS, st.floats(-10, 10), st.just(2.5)])) for _ in "xy"]
    return tuple(draw(st.lists(kind, min_size=size, max_size=size)) for kind in kinds)


def assert_same(x, y, names=tuple(FUNCTIONS)):
    """Assert that all metrics are those of the toolkit to 1e-12, nan and infinity included."""
    found, expected = all_metrics(x, y, names), toolkit(x, y, names)
    assert list(found) == list(expected)
    for name in names:
        assert found[name] == pytest.approx(expected[name], rel=1e-12, abs=1e-12, nan_ok=True), name
        if METRICS[name].invariance == "monotone":
            assert found[name] == expected[name] or math.isnan(expected[name]), name


def test_every_bundled_metric_is_there():
    """No metric that a challenge file can name is missing."""
    assert set(FUNCTIONS) == {name for name in METRICS if METRICS.is_bundled(METRICS[name])}


@settings(max_examples=150, deadline=None)
@given(both=pairs())
@example(both=([1.0], [2.0]))
@example(both=([1.0, 2.0], [2.0, 2.0]))
@example(both=([1e308, -1e308], [-1e308, 1e308]))
@example(both=([1e308, 1e308], [0.0, 0.0]))
@example(both=([TINY, 0.0, 3 * TINY], [1e9, 1e9 + 1, 1e9 + 2]))
def test_the_same_values(both):
    """Ties, constants, offsets, subnormal and huge numbers, one and two pairs."""
    assert_same(*both)


@pytest.mark.parametrize("size", [600, 3_000])
def test_long_vectors(size):
    """So are the values of long vectors, whose inversions are counted in parts."""
    rng = np.random.default_rng(size)
    names = [name for name in FUNCTIONS if name != "ACC_EQ_TIES"]
    truth = np.round(rng.normal(5, 2, size) * 8) / 8
    for x in (truth + rng.normal(0, 2, size), np.round(truth), rng.permutation(size), -truth):
        assert_same(x.tolist(), truth.tolist(), names)
        assert_same((x * 1e-3 + 1e9).tolist(), truth.tolist(), names)


def test_ties_of_a_medium_vector():
    """Tie calibration has the toolkit's value also where many widths are candidates."""
    rng = np.random.default_rng(1)
    y = np.round(rng.normal(5, 2, 250) * 2) / 2
    assert_same((y + rng.normal(0, 1, 250)).tolist(), y.tolist(), ["ACC_EQ_TIES"])


@settings(max_examples=60, deadline=None)
@given(both=pairs(), width=st.floats(0, 3))
def test_a_given_width(both, width):
    """With a width, every comparison counts as the definition says; the best width is as good."""
    x, y = both
    if len(x) < 2:
        return
    right = 0
    for i in range(len(x)):
        for j in range(i):
            tied = abs(x[i] - x[j]) <= width
            same = (x[i] > x[j]) == (y[i] > y[j]) and y[i] != y[j]
            right += tied if y[i] == y[j] else (same and not tied)
    every = len(x) * (len(x) - 1) / 2
    assert acc_eq_at(Pairing(x, y), width) == right / every
    best, at = best_tie_width(Pairing(x, y))
    assert best >= right / every
    assert acc_eq_at(Pairing(x, y), at) == best


def test_large_inputs_stay_fast():
    """The time grows like n log n: 16 times the pairs take far less than 256 times as long."""
    import time

    def seconds(size):
        rng = random.Random(size)  # noqa: S311 -- not for secrets
        x = [rng.random() for _ in range(size)]
        y = [round(value + rng.random(), 2) for value in x]
        begin = time.process_time()
        all_metrics(x, y, ["SRCC", "LCC", "KTAU", "MSE"])
        return time.process_time() - begin

    assert seconds(64_000) < 60 * min(seconds(4_000) for _ in range(3))
