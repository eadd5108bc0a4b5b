"""Mean squared error."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import exact_mse
from xacle_eval.metrics import mse

SMALL_CASES = settings(deadline=None, database=None, max_examples=200)
ANY_FLOAT = st.floats(allow_nan=False, allow_infinity=False)


@SMALL_CASES
@given(st.lists(st.tuples(ANY_FLOAT, ANY_FLOAT), min_size=1, max_size=12))
def test_mse_equals_fractions(pairs):
    """Over the whole range of floats the MSE is the rounded exact value, and inf only beyond it."""
    x, y = [list(side) for side in zip(*pairs, strict=True)]
    smallest = 5e-324  # near the end of the range a last bit is all there is
    assert mse(x, y) == pytest.approx(exact_mse(x, y), rel=1e-12, abs=2 * smallest)


def test_mse_equals_the_plain_formula_bit_for_bit():
    """For scores of ordinary size the scaling changes no bit of the plain formula."""
    rng = np.random.default_rng(2)
    predictions, references = rng.normal(5, 3, 3_000), rng.integers(0, 81, 3_000) / 8
    assert mse(predictions, references) == float(((predictions - references) ** 2).mean())


def test_mse_of_constants_and_single_pairs():
    """MSE needs no variance and no second pair."""
    assert mse([2.0], [5.0]) == 9.0
    assert mse([2.0, 2.0], [3.0, 3.0]) == 1.0
    assert mse([7.0], [7.0]) == 0.0


def test_mse_out_of_range_is_inf():
    """A value beyond the floats is inf without a warning; intermediate values do not overflow."""
    assert mse([1e308], [-1e308]) == math.inf
    assert mse([1e308, 1e200], [-1e308, 0.0]) == math.inf
    assert mse([1e200, 0.0], [0.0, 0.0]) == math.inf
    assert mse([1.3e154, 1.3e154], [0.0, 0.0]) == pytest.approx(1.69e308, rel=1e-12)
    assert mse([1e-160], [0.0]) == pytest.approx(1e-320, rel=1e-3)
