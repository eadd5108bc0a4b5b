"""Axes and forest plots: positions are those of the values, computed here by other means."""

import math
from itertools import pairwise

import pytest

from tests.reports.site.boards import make_board, make_entry
from xacle_eval.reports.site.charts.axis import axis_of
from xacle_eval.reports.site.charts.forest import forest_of
from xacle_eval.reports.site.ranking import ranking_of


@pytest.mark.parametrize(
    ("low", "high"), [(0.5, 0.95), (-0.03, 0.61), (0.0, 1e-4), (1.0, 3.0), (3e5, 9e6), (-1.0, 1.0)]
)
def test_ticks_stand_at_the_values_that_they_name(low, high):
    """The place of each tick is on the straight line between the ends of the axis."""
    axis = axis_of([low, high], margin=4.0)
    assert 2 <= len(axis.ticks) <= 5
    for tick in axis.ticks:
        value = float(tick.label.replace("\N{MINUS SIGN}", "-"))
        expected = 4.0 + 92.0 * (value - low) / (high - low)
        assert tick.place == pytest.approx(expected, abs=0.02)


def test_ticks_are_evenly_spaced():
    """The distances between ticks differ by rounding only."""
    places = [tick.place for tick in axis_of([0.137, 0.911]).ticks]
    steps = [b - a for a, b in pairwise(places)]
    assert max(steps) - min(steps) < 0.03


@pytest.mark.parametrize("values", [[], [0.7], [0.0], [math.nan, math.inf], [2.0, 2.0, 2.0]])
def test_an_axis_without_a_span_still_has_one(values):
    """Equal values, or none, are on an axis of some length, and in its range."""
    axis = axis_of(values)
    assert axis.high > axis.low
    assert all(axis.low < value < axis.high for value in values if math.isfinite(value))


def test_marks_stand_at_the_values():
    """A value half-way between two others is half-way between their marks, as are its ends."""
    entries = [
        make_entry(1, "a", {"SRCC": 0.9}, bounds={"SRCC": (0.8, 1.0)}),
        make_entry(2, "b", {"SRCC": 0.5}, bounds={"SRCC": (0.4, 0.6)}),
        make_entry(3, "c", {"SRCC": 0.1}, bounds={"SRCC": (0.0, 0.2)}),
    ]
    a, b, c = forest_of(ranking_of(make_board(entries))).marks
    assert a is not None
    assert b is not None
    assert c is not None
    assert b.middle == pytest.approx((a.middle + c.middle) / 2, abs=0.02)
    assert (c.low, a.high) == (4.0, 96.0)
    assert b.low is not None
    assert b.high is not None
    assert b.high - b.low == pytest.approx(0.2 / 1.0 * 92.0, abs=0.02)


def test_the_ceiling_is_on_the_axis():
    """The axis reaches to the upper end of the ceiling's interval, right of all systems."""
    entries = [make_entry(1, "a", {"SRCC": 0.6}, bounds={"SRCC": (0.5, 0.7)})]
    forest = forest_of(ranking_of(make_board(entries, ceiling=0.9)))
    mark = forest.marks[0]
    assert mark is not None
    assert forest.limit_name == "noise ceiling"
    assert forest.axis.high == pytest.approx(0.91)
    assert forest.limit is not None
    assert mark.high is not None
    assert forest.limit > mark.high


def test_kinds_have_shapes_and_clusters_have_colours():
    """A baseline is a triangle, an entry out of competition a diamond; four colours repeat."""
    entries = [
        make_entry(1, "a", {"SRCC": 0.9}, cluster=1),
        make_entry(None, "b", {"SRCC": 0.8}, kind="baseline"),
        make_entry(None, "c", {"SRCC": 0.7}, kind="out of competition"),
        make_entry(2, "d", {"SRCC": 0.6}, cluster=6),
    ]
    marks = forest_of(ranking_of(make_board(entries))).marks
    assert [mark and (mark.shape, mark.colour) for mark in marks] == [
        ("dot", 0),
        ("triangle", -1),
        ("gem", -1),
        ("dot", 1),
    ]


def test_a_far_value_does_not_squeeze_the_others():
    """One huge error is marked at the end of the axis; the others keep their space."""
    values = [1.0, 1.2, 1.3, 1.5, 1.7, 9e8]
    entries = [make_entry(n, f"s{n}", {"MSE": value}) for n, value in enumerate(values, 1)]
    marks = forest_of(ranking_of(make_board(entries, order=("MSE",)))).marks
    assert [mark and mark.outside for mark in marks] == ["", "", "", "", "", "high"]
    assert [mark and mark.middle for mark in marks][::4] == [4.0, 96.0]


def test_the_axis_is_that_of_the_intervals_and_the_ceiling():
    """Systems far outside the competition, and undefined values, are marked at its edge."""
    values = (0.94, 0.88, 0.82, 0.76)
    entries = [
        make_entry(rank, f"s{rank}", {"SRCC": each}, bounds={"SRCC": (each - 0.02, each + 0.01)})
        for rank, each in enumerate(values, 1)
    ]
    entries += [
        make_entry(None, "near", {"SRCC": 0.70}, kind="baseline"),
        make_entry(None, "far", {"SRCC": 0.1}, kind="baseline"),
        make_entry(5, "constant", {"SRCC": 0.0}).model_copy(update={"undefined": ("SRCC",)}),
    ]
    forest = forest_of(ranking_of(make_board(entries, ceiling=0.96)))
    assert (forest.axis.low, forest.axis.high) == (0.70, pytest.approx(0.97))
    assert [mark and mark.outside for mark in forest.marks] == ["", "", "", "", "", "low", "low"]


def test_the_ceiling_has_a_mark_of_its_own():
    """It stands at the line, with the interval of the ceiling."""
    entries = [make_entry(1, "a", {"SRCC": 0.6}, bounds={"SRCC": (0.5, 0.7)})]
    forest = forest_of(ranking_of(make_board(entries, ceiling=0.9)))
    mark = forest.limit_mark
    assert mark is not None
    assert (mark.middle, mark.low, mark.high) == (
        forest.limit,
        forest.limit_low,
        forest.limit_high,
    )
    assert mark.label == "noise ceiling: SRCC 0.900, 0.880 to 0.910"
    assert forest_of(ranking_of(make_board(entries))).limit_mark is None


def test_an_undefined_value_has_no_mark():
    """A system without a value has no mark, and does not count for the axis."""
    entries = [make_entry(1, "a", {"SRCC": 0.9}), make_entry(2, "b", {"SRCC": None})]
    forest = forest_of(ranking_of(make_board(entries)))
    assert forest.marks[1] is None
    assert forest.marks[0] is not None
