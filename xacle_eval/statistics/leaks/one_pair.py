"""The attack on one pair: its prediction is moved until a rounded score changes.

All other predictions stay as they are, so that the score of a submission is
``(base + effect of the label) / scale``: the base is one unknown number, and the answer to each
probe says between which values it lies for each possible label. The prober keeps these intervals,
and sends the prediction of which the answer is expected to tell most about the label. Once the
base is known, each further pair costs fewer tries.

A move hardly changes a coarsely rounded correlation of a real system. But the prober can find the
rounding boundary first: of two files with different rounded scores, one is changed into the other
pair by pair, and half of the changes are tried until two files remain that differ in a few pairs
(`read_at_edge`). Next to the boundary, every answer is a bit about a label.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xacle_eval.statistics.leaks.answers import Answers
from xacle_eval.statistics.leaks.found import LIKELY, Found
from xacle_eval.statistics.leaks.labels import KnownLabels

__all__ = ["Moves", "error_moves", "linear_moves", "rank_moves", "read_at_edge", "read_one_pair"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_PROBES = 48
_MOST_CELLS = 64
# An attempt on one pair ends after so many tries.
_PATIENCE = 30
# Predicted ranks, from the lowest to the highest; in standard deviations of a uniform distribution.
_WIDEST_MOVE = math.sqrt(12)
# The score of a system that is published or easily made, near which a boundary is looked for.
_USUAL = 0.5


@dataclass(frozen=True)
class Moves:
    """Predictions of one pair, and what they do to a score of which higher is better.

    Attributes
    ----------
    effects : array, shape (P, V)
        What P predictions of the pair add to the base, for each possible label.
    scales : array, shape (P,)
        By what the sum is divided.
    """

    effects: Floats
    scales: Floats


def error_moves(labels: KnownLabels, lowest: float, highest: float) -> Moves:
    """Return the moves of a prediction from the mean label, for the MSE.

    With :math:`n` pairs, base prediction :math:`c`, new one :math:`p` and label :math:`y`, the MSE
    grows by :math:`((p - y)^2 - (c - y)^2) / n`.
    """
    base = labels.mean
    predictions = np.unique(np.r_[np.linspace(lowest, highest, 41), labels.values[[0, -1]]])
    new, old = predictions[:, None] - labels.values, base - labels.values
    return Moves((old**2 - new**2) / labels.size, np.ones(predictions.size))


def linear_moves(labels: KnownLabels) -> Moves:
    """Return the moves of a prediction by a standard deviations of the others, for LCC.

    With :math:`n` pairs, correlation :math:`r` of the other predictions and z-score :math:`z` of
    the label, LCC becomes :math:`(r + a z / n) / \\sqrt{1 + a^2 / n - a^2 / n^2}`.
    """
    size = labels.size
    sizes = np.geomspace(1.0, 60.0 * math.sqrt(size), 60)
    moves = np.r_[-sizes[::-1], sizes]
    effects = moves[:, None] * labels.z_scores / size
    return Moves(effects, np.sqrt(1 + moves**2 / size - (moves / size) ** 2))


def rank_moves(metric: str, labels: KnownLabels) -> Moves:
    """Return the moves of the rank of a prediction, for SRCC or KTAU.

    A move by :math:`a` standard deviations of the ranks adds :math:`a z / n` to SRCC, where
    :math:`z` is the z-score of the label's rank; ties of predictions keep the other ranks as they
    are. A move past a share :math:`f` of the pairs adds :math:`2 f b / d` to KTAU, where :math:`b`
    is the balance of the label and :math:`d` the denominator, as if the labels of the passed pairs
    were distributed like all.
    """
    size = labels.size
    shares = np.linspace(-1.0, 1.0, 81)[:, None]
    if metric == "SRCC":
        effects = shares * _WIDEST_MOVE * labels.z_ranks / size
    else:
        effects = 2 * shares * labels.balance / math.sqrt(size * (size - 1) / 2 * labels.untied)
    return Moves(effects, np.ones(shares.size))


def read_at_edge(
    labels: KnownLabels, moves: Moves, answers: Answers, tries: int, rng: np.random.Generator
) -> Found:
    """Read labels from a score that is held next to a rounding boundary.

    The prober has a system with a usual score and spends tries on the boundary, until the base is
    known up to the largest move of one pair. Two pairs with known labels then shift it by known
    amounts: they exchange their predictions, which are as different as the shift must be large.

    Parameters
    ----------
    labels, moves, tries, rng
        As for `read_one_pair`.
    answers : Answers
        What is seen; not of a Ladder, of which a better score moves the boundary.

    Returns
    -------
    Found
    """
    reach = float(np.abs(moves.effects).max())
    edge = (math.floor(_USUAL / answers.width) + 0.5) * answers.width
    # Two files on both sides of the boundary; each further try halves what is between them.
    spent = 2 + max(0, math.ceil(math.log2(answers.width / reach)))
    reach = min(reach, answers.width)
    base = float(rng.uniform(edge - reach, edge + reach))
    attack = _Attack(labels, base, moves, answers, rng, True, (edge - reach, edge + reach))
    return _read_all(attack, tries - spent, None)


def read_one_pair(
    labels: KnownLabels,
    base: float,
    moves: Moves,
    answers: Answers,
    tries: int,
    rng: np.random.Generator,
    *,
    cells: Integers | None = None,
    can_shift: bool = True,
) -> Found:
    """Read one label after the other.

    Parameters
    ----------
    labels : KnownLabels
        The labels of the pairs.
    base : float
        The score without a move, which the prober does not know; higher is better.
    moves : Moves
        What the prober can do to it.
    answers : Answers
        What is seen; changed by a Ladder.
    tries : int
        The number of predictions that can be sent; the first one is the base.
    rng : numpy.random.Generator
        Chooses the pairs and the probes.
    cells : array, shape (V,), optional
        What other metrics show for each possible label of a single moved pair.
    can_shift : bool
        Whether the prober can also move the base by a known amount, to the edge of a cell.

    Returns
    -------
    Found
    """
    low, high = answers.bounds(answers.cells(np.array([base])))
    answers.see(base)
    attack = _Attack(labels, base, moves, answers, rng, can_shift, (float(low[0]), float(high[0])))
    return _read_all(attack, tries - 1, cells)


def _read_all(attack: _Attack, left: int, cells: Integers | None) -> Found:
    """Read one label after the other with the tries that are left."""
    found, labels = Found(), attack.labels
    for pair in attack.rng.permutation(labels.size):
        if left <= 0:
            break
        left -= attack.read(int(labels.true[pair]), min(left, _PATIENCE), cells, found)
    return found


@dataclass
class _Attack:
    labels: KnownLabels
    base: float
    moves: Moves
    answers: Answers
    rng: np.random.Generator
    can_shift: bool
    known: tuple[float, float]
    """Between which values the base lies."""

    def __post_init__(self) -> None:
        self.start = self.known

    def read(self, true: int, tries: int, cells: Integers | None, found: Found) -> int:
        """Read the label of one pair, and return how many tries this took."""
        size = self.labels.values.size
        low, high = np.full(size, self.known[0]), np.full(size, self.known[1])
        for used in range(tries + 1):
            chances = self.labels.shares * np.maximum(high - low, 0.0)
            if chances.sum() <= 0.0:
                # An earlier label was wrong, so what is known of the base is wrong, too.
                self.known = self.start
                return used
            best = int(np.argmax(chances))
            if chances[best] >= LIKELY * chances.sum():
                certain = int((chances > 0).sum()) == 1
                found.claim(best, true, certain=certain)
                self.known = (float(low[best]), float(high[best]))
                return used
            if used == tries:
                break
            self._try(true, low, high, chances)
            if cells is not None:
                high[cells != cells[true]] = -np.inf
        return tries

    def _try(self, true: int, low: Floats, high: Floats, chances: Floats) -> None:
        """Send one prediction, and narrow what the base can be for each label."""
        alive = np.flatnonzero(chances > 0)
        chosen, shifts = self._probes(alive, low, high, chances)
        added = self.moves.effects[chosen] + shifts[:, None]
        scale = self.moves.scales[chosen]
        first = self.answers.cells((low[alive] + added[:, alive]) / scale[:, None])
        last = self.answers.cells((high[alive] + added[:, alive]) / scale[:, None])
        best = self._choose(alive, low, high, added, scale, first, last)
        seen = self.answers.bounds
        value = (self.base + added[best, true]) / scale[best]
        cell = self.answers.cells(np.array([value]))
        below, above = seen(cell)
        self.answers.see(float(value))
        np.maximum(low, below * scale[best] - added[best], out=low)
        np.minimum(high, above * scale[best] - added[best], out=high)

    def _probes(
        self, alive: Integers, low: Floats, high: Floats, chances: Floats
    ) -> tuple[Integers, Floats]:
        """Return predictions of the pair, and by what the base is shifted for each."""
        chosen = self.rng.integers(self.moves.scales.size, size=_PROBES)
        if not self.can_shift:
            return chosen, np.zeros(_PROBES)
        # The edge of a cell is put where the score lies for a guess of the label and the base.
        guess = self.rng.choice(alive, size=_PROBES, p=chances[alive] / chances[alive].sum())
        inside = self.rng.uniform(low[guess], high[guess])
        sums = inside + self.moves.effects[chosen, guess]
        if self.answers.ladder:
            edge = np.full(_PROBES, self.answers.best + self.answers.width)
        else:
            cells = self.answers.cells(sums / self.moves.scales[chosen])
            edge = (cells + 0.5) * self.answers.width
        shifts = edge * self.moves.scales[chosen] - sums
        return chosen, np.where(np.arange(_PROBES) % 2 == 0, shifts, 0.0)

    def _choose(
        self,
        alive: Integers,
        low: Floats,
        high: Floats,
        added: Floats,
        scale: Floats,
        first: Integers,
        last: Integers,
    ) -> int:
        """Return the probe after which the label is expected to be least uncertain."""
        spans = last.max(axis=1) - first.min(axis=1) + 1
        fitting = np.flatnonzero(spans <= _MOST_CELLS)
        if fitting.size < spans.size:
            # So many different answers tell more than any choice among the others.
            return int(np.argmax(spans))
        cells = first[fitting].min(axis=1)[:, None] + np.arange(spans[fitting].max())
        below, above = self.answers.bounds(cells)
        factor = scale[fitting, None, None]
        start = below[:, :, None] * factor - added[fitting][:, None, alive]
        end = above[:, :, None] * factor - added[fitting][:, None, alive]
        overlap = np.minimum(end, high[alive]) - np.maximum(start, low[alive])
        joint = np.maximum(overlap, 0.0) * self.labels.shares[alive]
        joint /= joint.sum(axis=(1, 2), keepdims=True)
        answer = joint.sum(axis=2)
        bits = -_plogp(answer).sum(axis=1)
        unknown = -_plogp(joint).sum(axis=(1, 2)) - bits
        # Half a bit for what is learned about the base: it helps with the next answers.
        return int(fitting[np.argmin(unknown - 0.5 * bits)])


def _plogp(chances: Floats) -> Floats:
    return np.asarray(chances * np.log2(np.where(chances > 0, chances, 1.0)))
