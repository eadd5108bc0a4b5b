"""Tests and intervals with very few pairs: what they must not claim."""

import math

import numpy as np
import pytest

from xacle_eval.statistics import bootstrap_metrics, compare_systems, permutation_tests
from xacle_eval.statistics.max_t import fewest_for_equivalence, fewest_pairs


def equivalence(n: int, seed: int, noise: float, margin: float, resamples: int = 199):
    """Return the p of equivalence of a perfect and a noisy system, with n pairs."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=n)
    data = np.stack([truth, truth + noise * rng.normal(size=n)])
    sample = bootstrap_metrics(data, truth, metrics=["SRCC"], resamples=resamples, seed=seed)
    return compare_systems(data, truth, sample, margins={"SRCC": margin}).comparisons[0]


def test_equivalence_needs_ten_pairs() -> None:
    """Below ten pairs there is no p of equivalence; from ten it is at least 2/2^n."""
    assert math.isnan(equivalence(9, 1, 0.25, 0.5).p_equivalent)
    assert equivalence(10, 1, 0.01, 1.9, 1_999).p_equivalent == 2 / 2**10
    assert [fewest_pairs(alpha) for alpha in (0.5, 0.25, 0.05, 1 / 512)] == [2, 3, 6, 10]
    assert [fewest_for_equivalence(alpha) for alpha in (0.5, 0.05, 1e-6)] == [10, 10, 21]


def test_equal_resamples_of_other_predictions_are_no_certainty() -> None:
    """Two systems with SRCC 1 in every resample are not identical, and not proven equivalent."""
    truth = np.arange(12.0)
    data = np.stack([truth, truth**3, truth])
    sample = bootstrap_metrics(data, truth, metrics=["LCC"], resamples=99)
    sample.values[...] = 1.0
    sample.observed[...] = 1.0
    table = compare_systems(data, truth, sample, margins={"LCC": 0.1})
    assert [each.p_equivalent for each in table.comparisons] == [1.0, 0.01, 1.0]


@pytest.mark.long
@pytest.mark.parametrize("n", [10, 15, 30])
def test_equivalence_keeps_its_level(n: int) -> None:
    """Systems that differ by the margin are called equivalent in at most 6.5 %."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=10**6)
    other = truth + 0.25 * rng.normal(size=truth.size)
    ranks = [np.argsort(np.argsort(values)) for values in (truth, other)]
    margin = 1.0 - float(np.corrcoef(*ranks)[0, 1])
    hits = [equivalence(n, seed, 0.25, margin).p_equivalent <= 0.05 for seed in range(600)]
    assert np.mean(hits) <= 0.065


def test_the_bound_of_holm_is_that_of_the_smallest_raw_p() -> None:
    """With 8 pairs, Holm's method over 12 comparisons cannot go below 12 times 2/2^8."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=8)
    data = truth + 0.5 * rng.normal(size=(3, 8))
    sample = bootstrap_metrics(data, truth, resamples=500)
    tests = permutation_tests(data, truth, draws=500)
    table = compare_systems(data, truth, sample, tests, correction="holm")
    assert [each.least for each in table.comparisons] == [12 * 2 / 2**8] * 12
    assert all(each.adjusted >= each.least for each in table.comparisons)
