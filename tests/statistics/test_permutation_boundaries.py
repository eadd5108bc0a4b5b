"""Permutation tests at the limits of memory."""

import numpy as np
import pytest

from xacle_eval.statistics.permutation import permutation_task, permutation_tests


@pytest.mark.parametrize(
    ("n", "draws", "chunks"),
    [(3_000, 10_000, [40]), (2**17, 1_000, [8, 8, 8, 8]), (2**17 + 1, 1_000, [8, 8, 8, 8, 1])],
)
def test_swaps_of_32_mebibytes_are_in_memory(n, draws, chunks):
    """Runs of blocks have at most 2**25 swaps: all 10,000 draws of 3,000 pairs are one run."""
    references = np.arange(n, dtype=float)
    task = permutation_task(references[np.newaxis], references, ("MSE",), draws, 0, "ranks", None)
    assert [len(chunk) for chunk in task.chunks()] == chunks
    assert n * task.plan.draws_of(0).stop * max(chunks) <= 2**25


@pytest.mark.parametrize("draws", [1, 2, 3])
def test_the_variance_of_few_draws_is_their_mean_square(draws):
    """With one pair, each draw has the difference 1 - 9 or 9 - 1: the mean square is 64."""
    found = permutation_tests([[1.0], [3.0]], [0.0], metrics=("MSE", "SRCC"), draws=draws)
    assert found.null_variance.tolist() == [[64.0, 0.0]]
    assert found.undefined.tolist() == [[0, draws]]
