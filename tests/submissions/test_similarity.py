"""Predictions that are the same or linearly related are found; others are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xacle_eval.submissions.similarity import (
    Subject,
    _candidates,
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
    one, two = sketch(system), sketch(other)
    assert next(iter(_candidates([one, two])))[1].size == 1
    assert 1 - abs(float(one.vector @ two.vector)) <= 0.02 * 2


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


def slow_groups(rows):
    """Return the groups by comparing every pair, as pairs of a code and names."""
    groups = []
    for code, same_team in (("XAC065", False), ("XAC066", True)):
        group_of = {place: {place} for place in range(len(rows))}
        for i, (team, sha, row) in enumerate(rows):
            for j, (other_team, other_sha, other) in enumerate(rows[:i]):
                wanted = (
                    team == other_team if same_team else team != other_team and sha != other_sha
                )
                if wanted and line_between(other, row):
                    joined = group_of[i] | group_of[j]
                    group_of.update(dict.fromkeys(joined, joined))
        groups += [(code, tuple(sorted(g))) for g in group_of.values() if len(g) > 1]
    return sorted(set(groups))


@given(st.integers(0, 2**32 - 1))
def test_the_groups_are_those_of_every_pair(seed):
    """Few comparisons find the same groups as a comparison of every pair."""
    rng = np.random.default_rng(seed)
    bases = [TRUTH + rng.normal(0, 1.5, 3000) for _ in range(3)]
    rows = []
    for _ in range(8):
        row = bases[rng.integers(3)] * rng.choice([1.0, -1.0, 2.5]) + rng.choice([0, 0, 1])
        row = np.round(row, int(rng.integers(0, 4)))
        rows.append((str(rng.choice(["A", "B", "C"])), str(hash(row.tobytes())), row))
    subjects = [Subject(team, f"{n}", sha, sketch(row)) for n, (team, sha, row) in enumerate(rows)]
    found = alike_systems(subjects, lambda place: rows[place][2])
    shown = [
        (one.code, tuple(sorted(int(name.split()[0]) for name in names.split(", "))))
        for one in found
        for names in [one.message.partition(": ")[2].partition(" (")[0]]
    ]
    assert sorted(shown) == slow_groups(rows)


@pytest.mark.parametrize(
    ("scale", "other"),
    [(1e-90, 2e-90), (1e-170, 3e-170), (5e-324, 1e-323), (4e98, 2e98), (1.0, 1e-200), (1e98, 1.0)],
)
def test_very_small_and_very_large_predictions(scale, other):
    """Lines between predictions of any size are found, without a warning of numpy."""
    steps = np.arange(1.0, 25.0)
    line = line_between(steps * scale, steps * other)
    assert line is not None
    assert not line.same
    assert line.slope == pytest.approx(other / scale, rel=0.02)
    assert [f.code for f in alike_in_team({"1": steps * scale, "2": steps * other})] == ["XAC066"]


def test_a_slope_that_is_no_float_is_not_shown():
    """Predictions that are related by a slope beyond the floats are still reported."""
    steps = np.arange(1.0, 25.0)
    for rows in ([1e-300, 1e90], [1e90, 1e-300]):
        found = alike_in_team({str(n): steps * scale for n, scale in enumerate(rows)})
        assert [f.message for f in found] == ["linearly related predictions: 0, 1"]


@pytest.mark.parametrize("teams", [1, 10, 200])
def test_each_of_many_alike_systems_is_compared_a_few_times(teams):
    """Of 200 alike systems, every one is compared only with one of its group."""
    loads = []

    def load(place):
        loads.append(place)
        return SYSTEM * (1 + place)

    subjects = [
        Subject(f"T{n % teams}", f"{n}", None, sketch(SYSTEM * (1 + n))) for n in range(200)
    ]
    found = alike_systems(subjects, load)
    assert [one.count for one in found if one.code == "XAC065"] == [200] * (teams > 1)
    assert sum(one.count for one in found if one.code == "XAC066") == 200 * (teams < 200)
    assert len(loads) < 3 * 200


def test_the_comparisons_of_similar_systems_are_limited():
    """Of 200 coarse systems that are similar but not alike, a part is compared, with a note."""
    loads = []
    rng = np.random.default_rng(4)
    rows = [np.round((SYSTEM + rng.normal(0, 0.2, 3000)) * 2) / 2 for _ in range(200)]

    def load(place):
        loads.append(place)
        return rows[place]

    subjects = [Subject(f"T{n}", "1", None, sketch(row)) for n, row in enumerate(rows)]
    found = alike_systems(subjects, load)
    assert [one.code for one in found] == ["XAC121"]
    assert "pairs of similar systems not compared" in found[0].message
    assert len(loads) <= 200 * 65
