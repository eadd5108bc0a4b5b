"""Resampling plans: weights, swaps and panels."""

import numpy as np
import pytest

from xacle_eval.metrics import MetricInputError
from xacle_eval.statistics import ListenerPanels, PairWeights, Swaps
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


def test_each_copy_gets_a_panel_of_its_own_pair() -> None:
    """Copies' references are means of k ratings of their pair, and copies of one pair differ."""
    ratings = [[0.0, 1.0, 2.0], [10.0, 10.0], [20.0, 24.0]]
    panels = ListenerPanels.of(ratings)
    np.testing.assert_array_equal(panels.means(), [1.0, 10.0, 22.0])
    weights = np.array([[1, 1, 1], [3, 0, 0], [0, 0, 3], [0, 2, 1]] * 50, dtype=np.uint8)
    block = panels.redraw(weights, seed=0, block=0)
    possible = [{0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3, 2}, {10}, {20, 22, 24}]
    for row, means in zip(weights, block.means, strict=True):
        for pair, mean in zip(np.repeat(np.arange(3), row), means, strict=True):
            assert min(abs(mean - value) for value in possible[pair]) < 1e-8
    assert any(len(set(means)) > 1 for means in block.means[1::4])


def test_redrawn_means_have_the_variance_of_the_panel() -> None:
    """A redrawn mean of k ratings has the pair's mean, and the pair's variance divided by k."""
    ratings = [[0.0, 2.0, 7.0, 9.0], [5.0, 6.0]]
    weights = np.ones((4000, 2), dtype=np.uint8)
    means = ListenerPanels.of(ratings).redraw(weights, 1, 0).means
    for column, panel in enumerate(ratings):
        np.testing.assert_allclose(means[:, column].mean(), np.mean(panel), atol=0.12)
        np.testing.assert_allclose(means[:, column].var(), np.var(panel) / len(panel), rtol=0.08)


@pytest.mark.parametrize("ratings", [[], [[1.0], []], [[1.0], [np.nan]]])
def test_panels_without_ratings_are_refused(ratings: list[list[float]]) -> None:
    """Zero pairs, a pair without a rating, and a rating that is not finite are errors."""
    with pytest.raises(MetricInputError):
        ListenerPanels.of(ratings)
