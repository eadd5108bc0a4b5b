"""Clusters and letters: they never contradict each other, and every set of letters is exact."""

from itertools import combinations

import numpy as np
import pytest

from xacle_eval.errors import UsageError
from xacle_eval.statistics import assign_clusters, letter_display, separate_clusters


@pytest.mark.parametrize("seed", range(30))
def test_clusters_never_contradict_letters(seed):
    """Systems of different clusters differ and share no letter; a cluster has no clean cut."""
    rng = np.random.default_rng(seed)
    systems = 2 + seed % 9
    values = np.sort(rng.normal(size=systems))[::-1] + 0.1 * rng.normal(size=systems)
    gaps = values[:, None] - values[None, :]
    p = np.clip(np.exp(-2 * np.abs(gaps)) + 0.1 * rng.random(gaps.shape), 0.0, 1.0)
    p = np.minimum(p, p.T)
    clusters = separate_clusters(p, gaps > 0, 0.2)
    letters = letter_display(p, 0.2)
    beats = (p <= 0.2) & (gaps > 0)
    assert clusters[0] == 1
    for i, j in combinations(range(systems), 2):
        assert clusters[i] <= clusters[j]
        if clusters[i] < clusters[j]:
            assert beats[i, j]
            assert not set(letters[i]) & set(letters[j])
    for cut in range(1, systems):
        clean = beats[:cut, cut:].all()
        assert clean == (clusters[cut - 1] < clusters[cut])


def test_clusters_of_a_chain():
    """If only the ends of a chain differ there is one cluster, where WMT's rule has two."""
    p = np.ones((3, 3))
    p[0, 2] = p[2, 0] = 0.01
    better = np.triu(np.ones((3, 3), bool), 1)
    assert separate_clusters(p, better) == (1, 1, 1)
    assert assign_clusters(3, p) == (1, 1, 2)
    p[0, 1] = p[1, 0] = 0.05
    assert separate_clusters(p, better) == (1, 2, 2)
    p[0, 1] = np.nan
    assert separate_clusters(p, better) == (1, 1, 1)
    assert separate_clusters(np.zeros((3, 3)), better) == (1, 2, 3)
    assert separate_clusters(np.zeros((3, 3)), ~better) == (1, 1, 1)
    assert separate_clusters(np.empty((0, 0)), np.empty((0, 0))) == ()
    with pytest.raises(UsageError, match=r"0\.05"):
        separate_clusters(p, better, alpha=5)


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
