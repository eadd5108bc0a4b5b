"""Average ranks and dense ranks."""

import numpy as np
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import naive_average_ranks
from xacle_eval.metrics import average_ranks, dense_ranks

SMALL_CASES = settings(deadline=None, database=None, max_examples=200)


@SMALL_CASES
@given(
    st.lists(
        st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False),
        min_size=1,
        max_size=12,
    )
)
def test_average_ranks_equal_counting(values):
    """Average ranks are exactly what counting smaller and equal values gives."""
    assert average_ranks(values).tolist() == naive_average_ranks(values)


def test_average_ranks_equal_scipy_on_the_grid():
    """On thousands of values on the 1/8 grid the average and dense ranks equal scipy's rankdata."""
    values = np.random.default_rng(1).integers(0, 81, 5_000) / 8
    np.testing.assert_array_equal(average_ranks(values), scipy.stats.rankdata(values))
    np.testing.assert_array_equal(dense_ranks(values), scipy.stats.rankdata(values, method="dense"))


def test_values_compare_exactly():
    """Neighbouring floats, also subnormal ones, differ in rank; the two zeros do not."""
    assert average_ranks([1e9, np.nextafter(1e9, 2e9)]).tolist() == [1.0, 2.0]
    assert average_ranks([5e-324, 0.0, -5e-324, 1e-323]).tolist() == [3.0, 2.0, 1.0, 4.0]
    assert average_ranks([0.0, -0.0]).tolist() == [1.5, 1.5]
    assert dense_ranks([0.0, -0.0, 1.0]).tolist() == [1, 1, 2]
