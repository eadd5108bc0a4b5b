"""Resampling plans: weights of pairs and of parts, and swaps."""

import numpy as np
import pytest

from xacle_eval.metrics import MetricInputError
from xacle_eval.statistics import PairWeights, Swaps
from xacle_eval.statistics.resampling import LARGEST_N, block_size


def test_weights_are_multinomial() -> None:
    """Every row sums to n; mean, variance and covariance are those of n draws from n pairs."""
    n = 10
    weights = np.concatenate([PairWeights(n, 10_000, 0).block(b) for b in range(40)]).astype(
        np.float64
    )
    assert (weights.sum(axis=1) == n).all()
    covariance = np.cov(weights.T)
    np.testing.assert_allclose(weights.mean(axis=0), 1.0, atol=0.05)
    np.testing.assert_allclose(np.diag(covariance), 1 - 1 / n, atol=0.06)
    np.testing.assert_allclose(covariance[~np.eye(n, dtype=bool)], -1 / n, atol=0.06)


def test_swaps_are_fair_and_independent() -> None:
    """A pair is swapped in half of the draws, and two pairs together in a quarter."""
    swaps = np.concatenate([Swaps(7, 10_000, 0).block(b) for b in range(40)]).astype(np.float64)
    assert set(np.unique(swaps)) == {0.0, 1.0}
    np.testing.assert_allclose(
        swaps.T @ swaps / len(swaps), np.full((7, 7), 0.25) + np.eye(7) / 4, atol=0.025
    )


@pytest.mark.parametrize("plan", [PairWeights, Swaps])
def test_a_block_needs_no_other_block_and_each_seed_is_its_own(
    plan: type[PairWeights] | type[Swaps],
) -> None:
    """A block is the same alone or after others; blocks differ, and so do seeds 0 and 1."""
    first = plan(50, 10_000, 0)
    later = first.block(3).tobytes()
    assert plan(50, 700, 0).block(3).tobytes() == later
    assert len({later, first.block(2).tobytes(), plan(50, 700, 1).block(3).tobytes()}) == 3


def test_blocks_are_small_enough_for_memory_and_cover_all_draws() -> None:
    """A block has at most 2**22 weights, and the blocks cover every draw once."""
    for n in (1, 3000, 16_385, 10**6, LARGEST_N):
        assert block_size(n) * n <= max(2**22, n)
        plan = PairWeights(n, 1000, 0)
        covered = [
            i for b in range(plan.block_count) for i in range(*plan.draws_of(b).indices(1000))
        ]
        assert covered == list(range(1000))


@pytest.mark.parametrize(
    ("n", "draws", "seed"), [(0, 1, 0), (LARGEST_N + 1, 1, 0), (5, 0, 0), (5, 1, -1)]
)
def test_impossible_plans_are_refused(n: int, draws: int, seed: int) -> None:
    """Zero pairs, too many pairs, zero draws and a negative seed are errors."""
    with pytest.raises(ValueError, match=r"resampl|seed"):
        PairWeights(n, draws, seed)


def test_pairs_of_a_part_are_drawn_together() -> None:
    """All pairs of a part have one weight; parts are drawn as often as there are parts."""
    parts = np.array([0, 1, 1, 2, 0, 2, 2, 3])
    plan = PairWeights(8, 600, 5, parts)
    weights = np.concatenate([plan.block(b) for b in range(plan.block_count)])
    by_part = weights[:, [0, 1, 3, 7]].astype(np.int64)
    np.testing.assert_array_equal(by_part[:, parts], weights)
    assert (by_part.sum(axis=1) == 4).all()
    assert np.unique(weights.sum(axis=1)).size > 1
    np.testing.assert_allclose(by_part.mean(axis=0), 1.0, atol=0.15)
    np.testing.assert_allclose(by_part.var(axis=0), 3 / 4, atol=0.15)
    assert plan.block(1).tobytes() == PairWeights(8, 900, 5, parts).block(1).tobytes()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([0, 1, 1], "expected one integer for each of 4 pairs"),
        ([0.0, 1.0, 1.0, 2.0], "expected one integer for each of 4 pairs"),
        ([0, 2, 2, 3], "without gaps"),
        ([-1, 0, 1, 2], "without gaps"),
    ],
)
def test_impossible_parts_are_refused(parts: list[float], message: str) -> None:
    """Parts must be one integer for each pair, from 0 without gaps."""
    with pytest.raises(MetricInputError, match=message):
        PairWeights(4, 1, 0, np.array(parts))


def test_a_resample_of_parts_is_limited() -> None:
    """A resample of the largest part alone must not have more than 2,000,000 pairs."""
    parts = np.zeros(1_100_000, dtype=np.int64)
    parts[-1] = 1
    with pytest.raises(MetricInputError, match="at most 2000000 pairs in a resample"):
        PairWeights(parts.size, 1, 0, parts)
