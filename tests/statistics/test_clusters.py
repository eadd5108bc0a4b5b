"""Clusters and the letter display."""

import itertools

import numpy as np
import pytest

from xacle_eval.errors import UsageError
from xacle_eval.statistics import assign_clusters, letter_display


def test_a_system_starts_a_cluster_when_any_member_beats_it() -> None:
    """A system beaten by the first member of a cluster, but not the second, starts a new one."""
    p = np.ones((4, 4))
    p[0, 2] = 0.05
    p[1, 3] = 0.01
    assert assign_clusters(4, p) == (1, 1, 2, 2)
    p[2, 3] = 0.01
    assert assign_clusters(4, p) == (1, 1, 2, 3)
    assert assign_clusters(4, p, alpha=0.001) == (1, 1, 1, 1)
    assert assign_clusters(0, np.empty((0, 0))) == ()


def test_a_callable_is_asked_only_for_the_current_cluster() -> None:
    """Members of an earlier cluster are not compared again; nan is not significant."""
    asked = []

    def p_better(i: int, j: int) -> float:
        asked.append((i, j))
        return 0.001 if (i, j) == (0, 1) else float("nan")

    assert assign_clusters(4, p_better) == (1, 2, 2, 2)
    assert asked == [(0, 1), (1, 2), (1, 3), (2, 3)]


def test_letters_of_a_chain() -> None:
    """If neighbours are alike and the ends differ, the letters are a, ab, b."""
    p = np.ones((3, 3))
    p[0, 2] = p[2, 0] = 0.01
    assert letter_display(p) == ("a", "ab", "b")
    assert letter_display(np.ones((3, 3))) == ("a", "a", "a")
    assert letter_display(np.zeros((3, 3))) == ("a", "b", "c")


@pytest.mark.parametrize("seed", range(12))
def test_systems_share_a_letter_exactly_when_they_do_not_differ(seed: int) -> None:
    """For random p, systems share a letter if and only if p > alpha; no letter is redundant."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 12))
    p = np.where(rng.random((size, size)) < rng.random(), 0.01, 0.5)
    p = np.triu(p, 1) + np.triu(p, 1).T
    letters = [set(text) for text in letter_display(p)]
    for i, j in itertools.combinations(range(size), 2):
        assert bool(letters[i] & letters[j]) == (p[i, j] > 0.05)
    for letter in set().union(*letters):
        fewer = [own - {letter} for own in letters]
        kept = [
            bool(fewer[i] & fewer[j]) == (p[i, j] > 0.05)
            for i, j in itertools.combinations(range(size), 2)
        ]
        assert not (all(kept) and all(fewer))


def test_letters_after_z() -> None:
    """Thirty systems that all differ get different letters; after z come aa and ab."""
    letters = letter_display(np.zeros((30, 30)))
    assert letters[25:28] == ("z", "aa", "ab")


def test_an_impossible_alpha_is_refused() -> None:
    """An alpha of 5 is an error with an example."""
    with pytest.raises(UsageError, match=r"0\.05"):
        assign_clusters(2, np.ones((2, 2)), alpha=5)
