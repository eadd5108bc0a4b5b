"""A team that knows its predictions cannot read single references from the details of its systems.

Most attacks are tried for many pairs: the reference of one pair is exchanged with that of another,
and the published numbers should be the same. Numbers that are rounded down change for a few pairs.
"""

from dataclasses import replace

import numpy as np
import pytest

from tests.evaluation.test_details import ENTRY, scorer_of
from tests.helpers import make_submission
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.evaluation.binned import calibration, density, enclosing, histogram, reference_edges
from xacle_eval.evaluation.details import system_details
from xacle_eval.evaluation.scorer import Scorer

RNG = np.random.default_rng(1)
N = 900
REFERENCES = np.clip(np.round(RNG.normal(5, 2, N) * 4) / 4, 0, 10)
CHALLENGE = """
name = "groups"
title = "Groups"
default_split = "test"
[ids]
column = "id"
[predictions]
column = "p"
[references]
column = "r"
[ratings]
column = "s"
listener = { column = "l" }
[scores]
minimum = 0
maximum = 10
[splits.test]
list = "ids.txt"
references = "r.csv"
pairs = "pairs.csv"
"""
EDGES = reference_edges(REFERENCES, 0, 10)
NOISE = np.round(RNG.uniform(5.0, 5.99, N), 3)  # predictions of one row, all different
ROWS = RNG.integers(3, 7, N) + NOISE - 5
TARGETS = range(0, N, 15)


def moved(predictions, target, by):
    """Return predictions of which one is changed."""
    return np.where(np.arange(N) == target, predictions + by, predictions)


def told_apart(picture, system):
    """Return the share of targets whose reference changes what a system of the attacker shows.

    Each target has the references 2.5 and 7.5 in turn; another pair has the other one.
    """
    different = 0
    for target in TARGETS:
        other = (target + 7) % N
        low, high = REFERENCES.copy(), REFERENCES.copy()
        low[[target, other]] = 2.5, 7.5
        high[[target, other]] = 7.5, 2.5
        predictions = system(target)
        different += picture(predictions, low) != picture(predictions, high)
    return different / len(TARGETS)


def cells(predictions, references):
    return density(predictions, references, EDGES, 5)


def bars(predictions, references):
    return histogram(predictions - references, 10.0, 5)


def levels(predictions, references):
    return calibration(predictions, references, EDGES, 5)


def test_the_search_finds_what_exact_numbers_would_reveal():
    """With a smallest number of 1 and counts up to 1, the attack reads every reference."""
    alone = np.full(N, -1e9)  # all others are in the row below the scale
    one = lambda predictions, references: density(predictions, references, EDGES, 1)  # noqa: E731
    assert told_apart(one, lambda target: moved(alone, target, 1e9 + 5.0)) == 1


@pytest.mark.parametrize(("picture", "most"), [(cells, 0.0), (bars, 0.0)])
def test_one_prediction_apart_from_the_others(picture, most):
    """All predictions are in one row but that of the target: its level is not shown."""
    assert told_apart(picture, lambda target: moved(NOISE, target, 1.0)) <= most


@pytest.mark.parametrize(("picture", "most"), [(cells, 0.15), (bars, 0.1)])
def test_two_systems_that_differ_in_one_pair(picture, most):
    """The difference of two systems rarely shows from where a pair was moved; exact numbers do."""
    before = picture(ROWS, REFERENCES)
    targets = range(0, N, 3)
    changed = [picture(moved(ROWS, target, 1.0), REFERENCES) != before for target in targets]
    assert sum(changed) <= most * len(targets)


@pytest.mark.parametrize("spike", [0.5, 3.0, 1e6])
def test_a_mean_just_below_a_step_of_the_rounding(spike):
    """One larger prediction does not lift the mean of its level over a step of the rounding."""
    near = np.full(N, 5.0499)
    assert told_apart(levels, lambda target: moved(near, target, spike)) == 0
    assert {level.mean for level in levels(moved(near, 0, spike), REFERENCES)} == {5.0}


def test_means_have_the_digits_of_quartiles():
    """No mean of predictions or references has more digits than 1/100 of the scale."""
    found = levels(ROWS, REFERENCES)
    assert len(found) == 10
    for level in found:
        assert round(level.mean, 1) == level.mean
        assert round(level.reference, 1) == level.reference


def test_numbers_of_levels_are_rounded_down():
    """The number of pairs of a level does not tell how near it is to a class of the density."""
    assert all(level.n % 5 == 0 for level in levels(ROWS, REFERENCES))


def test_predictions_outside_the_scale_fill_no_bar():
    """A team cannot fill a bar with four known pairs, so that a fifth one makes it visible."""

    def system(target):
        predictions = np.full(N, 5.0)
        predictions[[1, 2, 3, 4]] = -20.0
        predictions[target] = -4.0  # the error is -6.5 or -11.5
        return predictions

    assert told_apart(lambda p, r: bars(p, r).counts[:1], system) <= 0.1
    assert bars(system(30), REFERENCES).edges[0] >= -10


def grouped(folder, **columns):
    """Return a scorer of 300 pairs with columns of groups, as lists of their values."""
    ids = [f"{place:04d}.wav" for place in range(300)]
    references = REFERENCES[:300].tolist()
    (folder / "challenge.toml").write_text(CHALLENGE)
    make_submission(folder / "r.csv", dict(zip(ids, references, strict=True)), ("id", "r"))
    (folder / "ids.txt").write_text("\n".join(ids) + "\n")
    rows = [",".join(row) for row in zip(ids, *columns.values(), strict=True)]
    (folder / "pairs.csv").write_text("\n".join([",".join(["id", *columns]), *rows]) + "\n")
    return scorer_of(folder / "challenge.toml")


def shown_groups(folder, **columns):
    """Return the numbers of pairs of the groups that are shown, by column and value."""
    scorer = grouped(folder, **columns)
    found = system_details(scorer, NOISE[:300], ENTRY, Publishing())
    return {each.column: {one.value: one.n for one in each.slices} for each in found.breakdowns}


def test_metrics_of_a_group_are_those_of_fifty_pairs_or_more(tmp_path):
    """Four systems determine the references of five pairs; groups below fifty are left out."""
    kinds = ["a"] * 5 + ["b"] * 49 + ["c"] * 50 + ["d"] * 196
    assert shown_groups(tmp_path, kind=kinds) == {"kind": {"c": 50, "d": 196}}


def test_a_small_group_cannot_be_computed_from_the_others(tmp_path):
    """If the groups that are left out have fewer than fifty pairs, another one is left out."""
    kinds = ["a"] * 5 + ["b"] * 60 + ["c"] * 80 + ["d"] * 155
    assert shown_groups(tmp_path, kind=kinds) == {"kind": {"c": 80, "d": 155}}


@pytest.mark.parametrize(("fewer", "is_shown"), [(0, True), (1, False), (49, False), (50, True)])
def test_groups_of_two_columns_that_differ_in_few_pairs(tmp_path, fewer, is_shown):
    """The difference of two nested groups would be the error of the pairs between them."""
    domain = ["x"] * 120 + ["y"] * 90 + ["z"] * 90
    source = ["p"] * (120 - fewer) + ["q"] * (fewer + 90) + ["r"] * 90
    found = shown_groups(tmp_path, domain=domain, source=source)
    assert found["domain"]["x"] == 120
    assert found["source"].get("p") == (120 - fewer if is_shown else None)
    assert found["source"]["r"] == 90


def test_a_group_of_nearly_all_pairs_is_not_shown(tmp_path):
    """The metrics over all pairs are shown, so the difference to a group would be a few pairs."""
    assert shown_groups(tmp_path, kind=["a"] * 251 + ["b"] * 49) == {}


def test_the_ends_of_a_band_are_edges_outside_it():
    """The smallest and the largest reference of a band are not shown, but the edges around them."""
    edges = np.linspace(0, 10, 11)
    assert enclosing(2.25, 4.5, edges) == (2.0, 5.0)
    assert enclosing(2.0, 4.0, edges) == (2.0, 4.0)
    assert enclosing(3.0, 3.0, edges) == (3.0, 3.0)
    assert enclosing(-1.0, 12.0, edges) == (0.0, 10.0)


@pytest.mark.parametrize("equal", [False, True])
def test_a_band_of_equal_references_is_not_shown(tmp_path, equal):
    """Bands of 75 pairs are shown; one with equal references, and the smallest other one, not."""
    scorer = grouped(tmp_path, kind=["a", "b"] * 150)
    references = np.concatenate([np.full(75, 1.0), RNG.uniform(2, 9, 225)])
    references[0] = 1.0 if equal else 0.5
    scorer = Scorer(scorer.challenge, replace(scorer.references, values=references))
    bands = system_details(scorer, NOISE[:300], ENTRY, Publishing()).profile.bands
    assert [band.n for band in bands] == ([75] * 2 if equal else [75] * 4)
    assert bands[0].low == 0 if not equal else bands[0].low > 1
