"""Clusters and letters: which gains are differences, and every set of letters by a slow check."""

from itertools import combinations

import numpy as np
import pytest

from xacle_eval.statistics import letter_display
from xacle_eval.statistics.clusters import group_systems


def clusters_of(*rows):
    """Return the clusters of systems with these values in each resample, the higher the better."""
    return group_systems(np.stack(rows), higher_is_better=True)[0]


@pytest.mark.parametrize("scale", [0.01, 0.5, 1.0])
def test_the_tolerance_of_small_values_is_that_of_one(scale):
    """For values of up to 1 a gain of 0.8e-12 is no difference, and one of 1.5e-12 is."""
    row = np.full(99, scale)
    assert clusters_of(row, row - 0.8e-12) == (1, 1)
    assert clusters_of(row, row - 1.5e-12) == (1, 2)


@pytest.mark.parametrize("place", [2, 5, 39])
def test_one_large_value_in_any_resample_counts(place):
    """A value of 1000 in any resample gives its system a tolerance of 1e-9, and only this one."""
    first, second, third = np.full(40, 1.0 + 4e-10), np.full(40, 1.0), np.full(40, 1.0 - 4e-10)
    assert clusters_of(first, second, third) == (1, 2, 3)
    first[place] = 1000.0
    assert clusters_of(first, second, third) == (1, 1, 2)
    second[place] = 1000.0
    assert clusters_of(first, second, third) == (1, 1, 1)


@pytest.mark.parametrize("seed", range(12))
def test_letters_are_exact_and_none_is_redundant(seed):
    """Systems share a letter if and only if they do not differ, and without any one letter some
    two systems that do not differ would share none.
    """
    rng = np.random.default_rng(seed)
    systems = 3 + seed % 5
    p = rng.random((systems, systems))
    p = np.minimum(p, p.T)
    letters = letter_display(p, 0.3)
    assert len(letters) == systems

    def alike(names):
        return {(i, j) for i, j in combinations(range(systems), 2) if set(names[i]) & set(names[j])}

    expected = {(i, j) for i, j in combinations(range(systems), 2) if p[i, j] > 0.3}
    assert alike(letters) == expected
    assert all(letters)
    for letter in sorted(set("".join(letters))):
        without = [name.replace(letter, "") for name in letters]
        assert alike(without) != expected or not all(without)
