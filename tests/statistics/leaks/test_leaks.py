"""The simulated attacks: formulas against full metrics, and claims against the true labels."""

import itertools
import math

import numpy as np
import pytest

from xacle_eval.metrics import all_metrics
from xacle_eval.statistics.leaks.answers import Answers
from xacle_eval.statistics.leaks.constant import CORRELATIONS, constant_scores
from xacle_eval.statistics.leaks.few_pairs import FewPairs, read_few_pairs
from xacle_eval.statistics.leaks.found import Found
from xacle_eval.statistics.leaks.labels import KnownLabels, synthetic_labels
from xacle_eval.statistics.leaks.one_pair import error_moves, linear_moves, read_one_pair
from xacle_eval.statistics.leaks.several_pairs import error_pairs, labels_per_probe, linear_pairs

LABELS = synthetic_labels(np.random.default_rng(0), 3000, 0.0, 10.0, 0.25)
KNOWN = KnownLabels.of(LABELS)
VARIANCE = float(LABELS.var())


@pytest.mark.parametrize("metric", CORRELATIONS)
def test_nearly_constant_predictions(metric):
    """The scores of all places of three pairs are those of the full metrics."""
    rng = np.random.default_rng(1)
    labels = synthetic_labels(rng, 200, 1.0, 5.0, 0.5)
    known = KnownLabels.of(labels)
    for places in itertools.product((-1, 0, 1), repeat=3):
        if any(places):
            pairs = rng.choice(labels.size, 3, replace=False)
            predictions = np.full(labels.size, 3.0)
            predictions[pairs] += places
            found = constant_scores(metric, known, known.true[pairs][None], places)
            assert found[0] == pytest.approx(all_metrics(predictions, labels)[metric], abs=1e-12)


def test_one_moved_prediction():
    """The effects of a moved prediction are the changes of the full MSE and LCC."""
    moves = error_moves(KNOWN, 0.0, 10.0)
    predictions = np.unique(np.r_[np.linspace(0.0, 10.0, 41), KNOWN.values[[0, -1]]])
    for pair, probe in ((0, 3), (17, 40), (2999, 21)):
        changed = np.full(LABELS.size, KNOWN.mean)
        changed[pair] = predictions[probe]
        mse = all_metrics(changed, LABELS)["MSE"]
        assert VARIANCE - moves.effects[probe, KNOWN.true[pair]] == pytest.approx(mse, abs=1e-12)
    linear, others = linear_moves(KNOWN), np.random.default_rng(2).normal(size=LABELS.size)
    others[5] = 0.0
    others -= others.mean() * (others != 0.0) * LABELS.size / (LABELS.size - 1)
    others /= others.std()
    base = all_metrics(others, LABELS)["LCC"]
    sizes = np.geomspace(1.0, 60.0 * math.sqrt(LABELS.size), 60)
    for probe, size in ((0, -sizes[-1]), (70, sizes[10])):
        changed = others.copy()
        changed[5] = size
        found = (base + linear.effects[probe, KNOWN.true[5]]) / linear.scales[probe]
        assert found == pytest.approx(all_metrics(changed, LABELS)["LCC"], abs=1e-9)


def test_answers_without_a_ladder():
    """Values look the same if and only if they round to the same number."""
    answers = Answers(0.01)
    values = np.array([-0.126, 0.0, 0.004, 0.006, 0.514])
    assert answers.cells(values).tolist() == [-13, 0, 0, 1, 51]
    low, high = answers.bounds(answers.cells(values))
    assert ((low <= values) & (values < high)).all()


def test_answers_of_a_ladder():
    """All values up to the best one and a step look the same; a better one is remembered."""
    answers = Answers(0.1, ladder=True)
    assert answers.see(-0.52) == -5
    assert answers.best == pytest.approx(-0.5)
    cells = answers.cells(np.array([-9.0, -0.41, -0.39, -0.31, 0.52]))
    assert cells[0] == cells[1] < cells[2] < cells[3] < cells[4] == 5
    low, high = answers.bounds(cells)
    assert (low[0], high[0]) == (-math.inf, pytest.approx(-0.4))
    assert (low[2], high[2]) == (pytest.approx(-0.4), pytest.approx(-0.35))
    assert answers.see(-0.41) == cells[0]
    assert answers.best == pytest.approx(-0.5)


@pytest.mark.parametrize(("decimals", "labels"), [(2, 0), (3, 1), (4, 1), (5, 2), (6, 2), (10, 5)])
def test_labels_of_one_mse(decimals, labels):
    """The table of measured numbers: 3,000 labels on a quarter grid, predictions from 0 to 10."""
    change = 2 * 10.0 * 0.25 / 3000
    assert labels_per_probe(change, 10.0**-decimals, 41) == labels


def test_several_labels_in_one_score():
    """With ten decimals, one score tells five labels, all of them true; with two, none."""
    rng = np.random.default_rng(3)
    assert error_pairs(KNOWN, VARIANCE, 5.0, 1e-10, 4, rng) == Found(15, 15, 0)
    assert linear_pairs(KNOWN, 1e-10, 4, rng) == Found(20, 20, 0)
    assert error_pairs(KNOWN, VARIANCE, 5.0, 0.01, 4, rng) == Found()
    assert linear_pairs(KNOWN, 0.01, 4, rng) == Found()
    found = Found()
    found.claim(3, 4, certain=False)
    assert found == Found(0, 1, 1)


def attack(name, width, tries, ladder=False):
    """Return the labels that ten runs of an attack read."""
    found = []
    for seed in range(10):
        rng, answers = np.random.default_rng(seed), Answers(width, ladder)
        if name == "few pairs":
            pairs = FewPairs(KNOWN, ["SRCC"], together=2)
            found.append(read_few_pairs(pairs, {"SRCC": answers}, tries, rng))
        else:
            linear = name == "LCC"
            moves = linear_moves(KNOWN) if linear else error_moves(KNOWN, -95.0, 105.0)
            base = rng.uniform(0.0, 0.6) if linear else -VARIANCE - rng.uniform(0, 0.01)
            shift = not linear
            found.append(
                read_one_pair(KNOWN, base, moves, answers, tries, rng, can_shift=shift)
            )  # fmt: skip
    return found


@pytest.mark.parametrize("name", ["few pairs", "LCC", "MSE"])
def test_claims_are_true(name):
    """A certain label is never wrong, a likely one rarely; more decimals give more labels."""
    coarse, fine = attack(name, 0.1, 8), attack(name, 0.001, 8)
    for each in (*coarse, *fine):
        assert each.certain <= each.likely <= 8
        assert each.wrong <= each.likely - each.certain
    assert sum(each.likely for each in fine) > 10 * 5
    assert sum(each.likely for each in fine) > 3 * sum(each.likely for each in coarse)
    wrong = sum(each.wrong for each in (*coarse, *fine))
    assert wrong <= 0.1 * sum(each.likely for each in (*coarse, *fine))


def test_a_ladder_hides_ranks():
    """Nearly constant predictions read labels from two decimals, and none through a Ladder."""
    assert sum(each.likely for each in attack("few pairs", 0.01, 40, ladder=True)) == 0
    assert sum(each.likely for each in attack("few pairs", 0.001, 8)) > 0


def test_the_distribution_of_labels():
    """Ranks, z-scores and ties are those of the labels; very many values are rounded."""
    labels = np.array([1.0, 1.0, 2.0, 4.0])
    known = KnownLabels.of(labels)
    assert known.z_ranks[known.true] == pytest.approx(
        (np.array([1.5, 1.5, 3, 4]) - 2.5) / np.array([1.5, 1.5, 3, 4]).std()
    )
    assert known.z_scores[known.true] == pytest.approx((labels - 2) / labels.std())
    assert (known.untied, known.step, known.entropy) == (5.0, 1.0, 1.5)
    assert KnownLabels.of(np.random.default_rng(0).normal(size=1000)).values.size <= 128
