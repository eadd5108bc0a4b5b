"""Connected parts of the graph of pairs and listeners, against a plain search."""

import numpy as np
import pytest

from xacle_eval.listeners import Ratings
from xacle_eval.listeners.parts import Parts


def searched(links):
    """Return the set of pairs of each part, by a search from pair to pair."""
    of_pair, of_listener = {}, {}
    for pair, listener in links:
        of_pair.setdefault(pair, set()).add(listener)
        of_listener.setdefault(listener, set()).add(pair)
    found, seen = set(), set()
    for start in of_pair:
        part, waiting = set(), [start]
        while waiting:
            pair = waiting.pop()
            if pair not in part:
                part.add(pair)
                waiting += [other for who in of_pair[pair] for other in of_listener[who]]
        if start not in seen:
            found.add(frozenset(part))
            seen |= part
    return found


def sets_of(code):
    """Return the set of pairs of each part."""
    return {frozenset(np.flatnonzero(code == part).tolist()) for part in np.unique(code)}


@pytest.mark.parametrize("seed", range(4))
def test_parts_equal_a_search(seed):
    """Parts are the sets of pairs that a search along listeners reaches."""
    rng = np.random.default_rng(seed)
    pair = np.concatenate([np.arange(60), rng.integers(0, 60, 30)])
    listener = rng.integers(0, 80, 90)
    ratings = Ratings.from_arrays(pair, listener, rng.normal(size=90))
    parts = Parts.of(ratings)
    names = [int(name) for name in ratings.pair_ids]
    expected = {
        frozenset(names.index(pair) for pair in part)
        for part in searched(zip(pair.tolist(), listener.tolist(), strict=True))
    }
    assert sets_of(parts.code) == expected
    assert parts.count == len(expected)


def test_parts_of_several_targets_are_joined():
    """Pairs that are in one part for any target are in one part together."""
    joined = Parts.joined([np.array([0, 0, 1, 2, 3, 3]), np.array([0, 1, 1, 2, 3, 4])])
    assert sets_of(joined.code) == {frozenset({0, 1, 2}), frozenset({3}), frozenset({4, 5})}
    assert joined.count == 3


@pytest.mark.parametrize(
    ("pairs", "parts", "unit"),
    [(60, 30, "parts"), (60, 29, "pairs"), (60, 1, "pairs"), (60, 60, "pairs")],
)
def test_parts_are_drawn_where_there_are_thirty(pairs, parts, unit):
    """Thirty parts are enough; parts of single pairs are pairs."""
    code = np.arange(pairs) % parts
    found = Parts(code, parts)
    assert found.unit == unit
    for weights in found.draws(5, seed=1):
        if unit == "parts":
            assert (weights == weights[:parts][code]).all()
            assert weights[:parts].sum() == parts
        else:
            assert weights.sum() == pairs
