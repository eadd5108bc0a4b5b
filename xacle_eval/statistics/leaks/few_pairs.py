"""The attack on correlations: a few pairs that differ from a constant, and all their labels.

With one such pair, the score is the z-score of its label, or that of its rank, times 1/√n. With
three, sums and differences of the labels tell what rounding hides of each. After each answer the
prober keeps the guesses of the labels that explain it, and then sends the predictions of which it
can predict the answer least.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from xacle_eval.statistics.leaks.answers import Answers
from xacle_eval.statistics.leaks.constant import constant_scores
from xacle_eval.statistics.leaks.found import LIKELY, Found
from xacle_eval.statistics.leaks.labels import KnownLabels

__all__ = ["FewPairs", "read_few_pairs"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_MOST_GUESSES = 120_000
# Pairs that tell less than this are left for others; where fresh pairs do, the attack ends.
_LEAST_BITS = 0.05


class FewPairs:
    """The scores of every probe of a few pairs, for every guess of their labels.

    Parameters
    ----------
    labels : KnownLabels
        The labels of the pairs.
    metrics : sequence of str
        Metrics of `CORRELATIONS` that are seen.
    together : int, optional
        The number of pairs, at most 3; by default as many as there is memory for.
    """

    def __init__(
        self, labels: KnownLabels, metrics: Sequence[str], together: int | None = None
    ) -> None:
        if together is None:
            together = 3 if labels.values.size**3 <= _MOST_GUESSES else 2
        self.labels, self.together = labels, together
        every = itertools.product(range(labels.values.size), repeat=together)
        self.guesses = np.array(list(every))
        self.chances = labels.shares[self.guesses].prod(axis=1)
        probes = _probes(together)
        self.scores = {
            metric: np.stack(
                [constant_scores(metric, labels, self.guesses, places) for places in probes], axis=1
            )
            for metric in metrics
        }


def read_few_pairs(
    pairs: FewPairs, answers: Mapping[str, Answers], tries: int, rng: np.random.Generator
) -> Found:
    """Read labels from the correlations of nearly constant predictions.

    Parameters
    ----------
    pairs : FewPairs
        The scores of all probes.
    answers : mapping of str to Answers
        What is seen of each metric; changed by a Ladder.
    tries : int
        The number of predictions that can be sent.
    rng : numpy.random.Generator
        Chooses the pairs.

    Returns
    -------
    Found
    """
    group, labels, together = _Group(pairs, answers), pairs.labels, pairs.together
    order, found = rng.permutation(labels.size), Found()
    for first in range(0, labels.size - together + 1, together):
        if tries <= 0:
            break
        used = group.read(labels.true[order[first : first + together]], tries, found)
        tries -= used
        if not used:
            break
    return found


def _probes(together: int) -> list[tuple[int, ...]]:
    """Return where the pairs are put; the reverse of a probe would tell the same."""
    every = itertools.product((1, 0, -1), repeat=together)
    return [places for places in every if next((each for each in places if each), 0) > 0]


class _Group:
    """The guesses of the labels of a few pairs, and what each probe would show for each guess."""

    def __init__(self, pairs: FewPairs, answers: Mapping[str, Answers]) -> None:
        self.guesses, self.chances = pairs.guesses, pairs.chances
        self.scores, self.answers = pairs.scores, answers
        self._state: tuple[float, ...] = ()
        self._fresh: tuple[Integers, Floats] | None = None

    def read(self, true: Integers, tries: int, found: Found) -> int:
        """Read the labels of a few pairs, and return how many tries this took."""
        actual = int(np.flatnonzero((self.guesses == true).all(axis=1))[0])
        left, used = np.arange(self.guesses.shape[0]), 0
        while used < tries and not self._is_read(left):
            code, bits = self._plan(left)
            probe = int(np.argmax(bits))
            if bits[probe] < _LEAST_BITS:
                break
            left = left[code[:, probe] == code[np.searchsorted(left, actual), probe]]
            for metric, each in self.answers.items():
                each.see(float(self.scores[metric][actual, probe]))
            used += 1
        for place, label in enumerate(true):
            weights = np.bincount(self.guesses[left, place], self.chances[left])
            best = int(np.argmax(weights))
            if weights[best] >= LIKELY * weights.sum():
                found.claim(best, int(label), certain=int((weights > 0).sum()) == 1)
        return used

    def _plan(self, left: Integers) -> tuple[Integers, Floats]:
        """Return the answers to every probe, and how many bits each tells."""
        state = tuple(each.best for each in self.answers.values())
        is_fresh = left.size == self.chances.size
        if is_fresh and self._fresh is not None and self._state == state:
            return self._fresh
        code = _joined([each.cells(self.scores[name][left]) for name, each in self.answers.items()])
        bits = np.array([_bits(one, self.chances[left]) for one in code.T])
        if is_fresh:
            self._state, self._fresh = state, (code, bits)
        return code, bits

    def _is_read(self, left: Integers) -> bool:
        chances = self.chances[left]
        most = [np.bincount(column, chances).max() for column in self.guesses[left].T]
        return bool(min(most) >= LIKELY * chances.sum())


def _joined(cells: Sequence[Integers]) -> Integers:
    """Return one number for the answers of all metrics together."""
    joined = np.zeros_like(cells[0])
    for each in cells:
        from_zero = each - each.min(axis=0)
        joined = joined * (from_zero.max(axis=0) + 1) + from_zero
        if joined.max() > 1_000_000:
            # As small numbers as possible, since they are counted in an array.
            joined = np.stack([np.unique(one, return_inverse=True)[1] for one in joined.T], axis=1)
    return joined


def _bits(code: Integers, chances: Floats) -> float:
    shares = np.bincount(code, chances)
    shares = shares[shares > 0] / chances.sum()
    return float(-(shares * np.log2(shares)).sum())
