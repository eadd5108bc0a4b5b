"""One decimal of SRCC, 100 tries and real files: labels are read next to a rounding boundary.

The prober has a usual system, knows the labels of some pairs and how all labels are distributed,
and sees only the rounded score of each file.
"""

import numpy as np
import pytest
from scipy.stats import rankdata

from xacle_eval.metrics import srcc

PAIRS, TRIES = 3000, 100
KNOWN = np.arange(40)
VALUES = np.arange(41) / 4


class Board:
    """What the prober sees: the SRCC of each file, with one decimal."""

    def __init__(self, labels):
        self._labels, self.tries = labels, 0

    def show(self, predictions):
        """Return the rounded score, and count the try."""
        self.tries += 1
        return round(srcc(predictions, self._labels), 1)


def edge_files(board, system):
    """Return two files that differ in two predictions and have different rounded scores."""
    order = np.random.default_rng(1).permutation(np.arange(KNOWN.size, PAIRS))

    def file(exchanges):
        changed = system.copy()
        firsts, seconds = order[0 : 2 * exchanges : 2], order[1 : 2 * exchanges : 2]
        changed[firsts], changed[seconds] = system[seconds], system[firsts]
        return changed

    shown, low, high = board.show(system), 0, order.size // 2
    assert board.show(file(high)) != shown
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if board.show(file(middle)) == shown else (low, middle)
    return file(low), shown


def uncertainty(joint, above):
    """Return what is expected to stay unknown of a label; half of what is learned counts less."""
    chances = np.array([joint.sum(axis=0, where=side) for side in (above, ~above)]) / joint.sum()
    answer = chances.sum(axis=1)
    return -plogp(chances) + 1.5 * plogp(answer)


def plogp(chances):
    """Return the sum of p log p."""
    chances = chances[chances > 0]
    return float(chances @ np.log2(chances))


@pytest.mark.long
def test_real_files_read_labels_of_one_decimal():
    """At least eight labels are read in 100 tries, and at most two are wrong."""
    rng = np.random.default_rng(0)
    labels = np.rint(np.clip(rng.normal(5, 2, PAIRS), 0, 10) * 4) / 4
    board = Board(labels)
    system = rankdata(labels + rng.normal(0, 2.5, PAIRS))
    ranks = rankdata(labels)
    # What the prober knows: the average rank of each possible label, and those of some pairs.
    rank_of = np.array([ranks[labels == value].mean() for value in VALUES])
    share = np.array([(labels == value).mean() for value in VALUES])
    known = ranks[KNOWN]
    base, shown = edge_files(board, system)

    # The known pairs take each other's places, which shifts the score by known amounts.
    orders = np.array([rng.permutation(KNOWN.size) for _ in range(5000)])
    places = base[KNOWN[orders]]
    shifts = places @ known - base[KNOWN] @ known
    # The base is at most as far from the boundary as the last exchange moves it.
    start = np.linspace(-1.0, 1.0, 4001) * PAIRS**2
    weights = np.ones_like(start)
    found = wrong = 0
    for pair in rng.permutation(np.arange(KNOWN.size, PAIRS)):
        joint = share * weights[:, None]
        while board.tries < TRIES and joint.sum(axis=0).max() < 0.95 * joint.sum():
            probes = []
            for _ in range(24):
                # The pair and a known one exchange their places, so that the score comes to the
                # boundary for a guess of what is unknown.
                guess = rng.choice(joint.size, p=joint.ravel() / joint.sum())
                distance, value = start[guess // VALUES.size], guess % VALUES.size
                partner = rng.choice(KNOWN)
                gaps = places[:, partner] - base[pair]
                sums = distance + shifts + gaps * (rank_of[value] - known[partner])
                order = int(np.abs(sums).argmin())
                added = shifts[order] + gaps[order] * (rank_of - known[partner])
                above = start[:, None] + added > 0
                probes.append((uncertainty(joint, above), order, partner, above))
            _, order, partner, above = min(probes, key=lambda each: each[0])
            probe = base.copy()
            probe[KNOWN] = places[order]
            probe[[pair, partner]] = probe[[partner, pair]]
            joint = joint * (above if board.show(probe) >= shown else ~above)
        best = joint.sum(axis=0).argmax()
        if board.tries == TRIES:
            break
        found += 1
        wrong += VALUES[best] != labels[pair]
        weights = joint[:, best] / joint[:, best].max()
    # Each is claimed with a probability of 0.95 or more.
    assert found - wrong >= 8, (found, wrong)
    assert wrong <= 2
