"""Counting inversions: in one piece, and split into parts that fit the cache."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import naive_inversions
from xacle_eval.metrics import discordance

SMALL_CASES = settings(deadline=None, database=None, max_examples=200)


@SMALL_CASES
@given(
    st.integers(1, 40).flatmap(
        lambda count: st.tuples(st.lists(st.integers(0, count - 1), max_size=40), st.just(count))
    )
)
def test_inversions_equal_the_double_loop(case):
    """For any levels, also an empty sequence or absent levels, the count equals a double loop's."""
    levels, level_count = case
    counted = discordance.count_inversions(np.array(levels, dtype=np.int32), level_count)
    assert counted == naive_inversions(levels)


@pytest.mark.parametrize("cached_size", [0, 1, 2, 7, 64])
@pytest.mark.parametrize("level_count", [1, 2, 3, 81, 300])
def test_splitting_changes_nothing(monkeypatch, cached_size, level_count):
    """The count does not depend on where the recursion stops."""
    monkeypatch.setattr(discordance, "_CACHED_SIZE", cached_size)
    levels = np.random.default_rng(level_count).integers(0, level_count, 300).astype(np.int32)
    assert discordance.count_inversions(levels, level_count) == naive_inversions(levels.tolist())


def test_long_reversed_sequence_is_counted_exactly():
    """In a long reversed sequence all pairs of positions are inversions, more than int32 holds."""
    n = 200_000
    reversed_levels = np.arange(n, dtype=np.int32)[::-1]
    assert discordance.count_inversions(reversed_levels, n) == n * (n - 1) // 2
