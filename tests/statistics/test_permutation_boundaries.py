"""Permutation tests at the limits of memory."""

import numpy as np
import pytest

from xacle_eval.statistics.permutation import permutation_task


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
