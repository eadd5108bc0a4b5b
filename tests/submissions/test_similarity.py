"""Predictions that are the same or linearly related are found; others are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xacle_eval.submissions.similarity import (
    Subject,
    alike_in_team,
    alike_systems,
    line_between,
    sketch,
)

RNG = np.random.default_rng(7)
TRUTH = np.clip(RNG.normal(6.5, 2.5, 3000), 0, 10)
SYSTEM = TRUTH + RNG.normal(0, 1.5, 3000)


@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
def test_rounded_predictions_are_the_same(decimals):
    """Predictions rounded to any number of decimals are the same within rounding."""
    line = line_between(SYSTEM, np.round(SYSTEM, decimals))
    assert line is not None
    assert line.same


@pytest.mark.parametrize(("slope", "offset"), [(1.3, -2.0), (-1.0, 10.0), (0.1, 0.0), (1e6, 5.0)])
def test_a_straight_line_is_found_with_its_numbers(slope, offset):
    """Linearly related predictions are found, rounded or not, with slope and offset."""
    for other in (slope * SYSTEM + offset, np.round(slope * SYSTEM + offset, 2)):
        line = line_between(SYSTEM, other)
        assert line is not None
        assert not line.same
        assert line.slope == pytest.approx(slope, rel=1e-2)
        assert line.offset == pytest.approx(offset, abs=0.02 * max(1.0, abs(slope)))


def test_systems_that_differ_are_never_alike():
    """Similar systems (correlation 0.999), a monotone curve and coarse systems are not alike."""
    near = SYSTEM + RNG.normal(0, 0.04 * SYSTEM.std(), 3000)
    assert np.corrcoef(SYSTEM, near)[0, 1] > 0.999
    assert line_between(SYSTEM, near) is None
    assert line_between(SYSTEM, np.sign(SYSTEM - 5) * np.abs(SYSTEM - 5) ** 1.1) is None
    levels = np.where(SYSTEM > 6, 7.0, 3.0)
    others = np.where(near > 6.2, 7.0, 3.0)
    assert line_between(levels, others) is None
    assert line_between(SYSTEM, np.full(3000, 5.0)) is None


def test_one_changed_pair_is_enough_to_differ():
    """A line must hold for every pair: one prediction off the line is a difference."""
    other = SYSTEM.copy()
    other[17] += 0.5
    assert line_between(SYSTEM, other) is None


@given(st.integers(0, 2**32 - 1))
def test_sketches_keep_those_that_are_alike(seed):
    """The sketches of alike systems are near enough for the search."""
    rng = np.random.default_rng(seed)
    system = rng.normal(5, 2, 400)
    other = np.round(rng.choice([-1, 1]) * rng.uniform(0.5, 2) * system + rng.normal(), 1)
    if line_between(system, other) is None:
        return
    assert 1 - abs(float(sketch(system) @ sketch(other))) <= 0.02 * 2


def _subjects(rows):
    return [Subject(team, f"{team}_01", sha, sketch(row)) for team, sha, row in rows]


def test_groups_between_teams():
    """All teams with the same predictions are one finding; identical files have another rule."""
    rows = [
        ("A", "1", SYSTEM),
        ("B", "2", np.round(SYSTEM, 2)),
        ("C", "3", 2 * SYSTEM + 1),
        ("D", "4", TRUTH),
    ]
    found = alike_systems(_subjects(rows), lambda place: rows[place][2])
    assert [(finding.code, finding.count) for finding in found] == [("XAC065", 3)]
    assert "A_01 of A, B_01 of B, C_01 of C" in found[0].message
    assert "C_01 of C = 2 × " in found[0].message
    rows = [("A", "1", SYSTEM), ("B", "1", SYSTEM)]
    assert alike_systems(_subjects(rows), lambda place: rows[place][2]) == []


def test_within_a_team():
    """Systems of one team that are alike are reported, also identical files."""
    found = alike_in_team({"A_01": SYSTEM, "A_02": TRUTH, "A_03": SYSTEM})
    assert [(finding.code, finding.message) for finding in found] == [
        ("XAC066", "same predictions, within rounding: A_01, A_03")
    ]
    rows = [("A", "1", SYSTEM), ("A", "1", SYSTEM), ("B", "2", TRUTH)]
    found = alike_systems(_subjects(rows), lambda place: rows[place][2])
    assert [finding.code for finding in found] == ["XAC066"]


def test_predictions_that_cannot_be_read_again_are_left_out():
    """A file that is no longer available causes no finding and no error."""
    rows = [("A", "1", SYSTEM), ("B", "2", SYSTEM + 0.0)]
    assert alike_systems(_subjects(rows), lambda _: None) == []
