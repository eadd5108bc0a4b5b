"""Blob plots, matrices and rank lines: what they draw is counted here by other means."""

import itertools
import math

import pytest

from tests.reports.site.boards import make_board, make_entry
from xacle_eval.reports.site.charts.blob import blob_of
from xacle_eval.reports.site.charts.labels import chart_label
from xacle_eval.reports.site.charts.lines import Alternative, key_alternatives, lines_of
from xacle_eval.reports.site.charts.matrix import matrix_of, p_text
from xacle_eval.reports.site.ranking import ranking_of


def _board(number=4, p=None, clusters=None, **known):
    entries = [
        make_entry(
            rank,
            f"s{rank}",
            {"SRCC": 1.0 - rank / 1000},
            cluster=(clusters or [1] * number)[rank - 1],
            **{name: values[rank - 1] for name, values in known.items()},
        )
        for rank in range(1, number + 1)
    ]
    return make_board(entries, difference_p=p or ())


def test_areas_are_proportional_to_counts():
    """The area of a circle, divided by the count, is the same for all circles."""
    counts = [(700, 250, 50), (300, 600, 100), (0, 150, 850)]
    chart = blob_of(ranking_of(_board(3, rank_counts=counts)))
    assert chart is not None
    ratios = []
    for row, numbers in zip(chart.rows, counts, strict=True):
        areas = [math.pi * each.radius**2 for each in row.blobs]
        drawn = [number for number in numbers if number]
        ratios += [area / number for area, number in zip(areas, drawn, strict=True)]
    assert max(ratios) == pytest.approx(min(ratios), rel=0.02)


def test_circles_stand_below_their_rank():
    """A circle is below the number of its rank, and the square below that of the board."""
    chart = blob_of(ranking_of(_board(3, rank_counts=[(9, 1), (1, 8, 1), (0, 1, 9)])))
    assert chart is not None
    places = {label: x for x, label in chart.ticks}
    assert [[each.x for each in row.blobs] for row in chart.rows] == [
        [places["1"], places["2"]],
        [places["1"], places["2"], places["3"]],
        [places["2"], places["3"]],
    ]
    assert [row.official for row in chart.rows] == [places["1"], places["2"], places["3"]]


@pytest.mark.parametrize("number", [2, 12, 37, 100])
def test_charts_keep_inside_their_borders(number):
    """No circle, label or cell is outside the picture, and no two circles of a row touch."""
    counts = [tuple([10] * number)] * number
    p = [[0.01 if column % 2 else 0.5 for column in range(row)] for row in range(number)]
    board = _board(number, p=p, rank_counts=counts)
    blob = blob_of(ranking_of(board))
    assert blob is not None
    for row in blob.rows:
        xs = [each.x for each in row.blobs]
        radius = max(each.radius for each in row.blobs)
        assert blob.left < xs[0] - radius
        assert xs[-1] + radius < blob.width
        assert 2 * radius < min(b - a for a, b in itertools.pairwise(xs))
        assert row.y + blob.half < blob.height
    matrix = matrix_of(ranking_of(board))
    assert matrix is not None
    assert max(x + width for x, _, width in matrix.different or [(0, 0, 0)]) < matrix.width
    assert matrix.rows[-1].y + matrix.cell[1] / 2 < matrix.height


@pytest.mark.parametrize("number", [5, 30])
def test_the_matrix_fills_the_significant_cells(number):
    """The filled width is that of all cells with p at most alpha; the others have a circle."""
    p = [[0.05 if (row * column) % 3 else 0.0501 for column in range(row)] for row in range(number)]
    chart = matrix_of(ranking_of(_board(number, p=p)))
    assert chart is not None
    significant = sum(value <= 0.05 for row in p for value in row)
    others = sum(map(len, p)) - significant
    assert sum(width for _, _, width in chart.different) == pytest.approx(
        significant * chart.cell[0]
    )
    hollow = (
        [text for *_, text, differs in chart.texts if not differs] if number == 5 else chart.dots
    )
    assert len(hollow) == others


def test_clusters_are_squares_on_the_diagonal():
    """Each cluster has a frame with the size of its number of systems; one cluster has none."""
    p = [[0.01] * row for row in range(4)]
    chart = matrix_of(ranking_of(_board(4, p=p, clusters=[1, 2, 2, 3])))
    assert chart is not None
    wide, high = chart.cell
    assert [(w / wide, h / high) for _, _, w, h in chart.clusters] == [(1, 1), (2, 2), (1, 1)]
    single = matrix_of(ranking_of(_board(4, p=p)))
    assert single is not None
    assert single.clusters == ()


def test_without_numbers_there_is_no_chart():
    """A board without resamples has neither plot."""
    ranking = ranking_of(make_board([make_entry(1, "a", {"SRCC": 0.5})]))
    assert blob_of(ranking) is None
    assert matrix_of(ranking) is None


@pytest.mark.parametrize(("p", "text"), [(0.00099, "<0.001"), (0.001, "0.001"), (1.0, "1.000")])
def test_p_values_are_never_zero(p, text):
    """A small p is written as a bound."""
    assert p_text(p) == text


@pytest.mark.parametrize(
    ("p", "smallest", "text"),
    [
        (1 / 201, 1 / 201, "≤ 0.005"),
        (0.004976, 1 / 201, "≤ 0.005"),
        (0.0012, 0.0012, "≤ 0.002"),
        (0.001, 1 / 1_001, "≤ 0.001"),
        (0.01, 1 / 201, "0.010"),
        (1.0, 1.0, "1.000"),
    ],
)
def test_the_smallest_possible_p_is_a_bound(p, smallest, text):
    """A p that could not be smaller is marked, also after it was rounded up to be published."""
    assert p_text(p, smallest).replace("\N{NO-BREAK SPACE}", " ") == text


def test_the_matrix_marks_the_smallest_possible_p():
    """The board's smallest possible p is that of the cells; the rank is apart from the name."""
    board = _board(3, p=[[], [1 / 201], [0.02, 0.4]])
    summary = board.resampling.model_copy(update={"smallest_p": 1 / 201})
    chart = matrix_of(ranking_of(board.model_copy(update={"resampling": summary})))
    assert chart is not None
    assert [text for *_, text, _ in chart.texts] == ["≤\N{NO-BREAK SPACE}0.005", "0.020", "0.400"]
    assert [row.label.split("\N{EM SPACE}") for row in chart.rows] == [
        ["s1", "1"],
        ["s2", "2"],
        ["s3", "3"],
    ]


def test_lines_lead_from_rank_to_rank():
    """Each line is at its rank in each column; equal ranks take the following places."""
    ranking = ranking_of(_board(3))
    chart = lines_of(
        ranking,
        [Alternative("a", (1, 2, 3)), Alternative("b", (2, 2, 1)), Alternative("c", (1, None, 2))],
    )
    assert chart is not None
    rows = [line.left for line in chart.lines]
    step = rows[1] - rows[0]
    places = [
        [[(y - rows[0]) / step + 1 for _, y in part] for part in line.parts] for line in chart.lines
    ]
    assert places == [[[1, 2, 1]], [[2, 3]], [[3, 1, 2]]]
    assert [line.moved for line in chart.lines] == [True, True, True]
    assert chart.lines[1].right is None


def test_lines_that_stay_are_not_marked():
    """A system with the same rank everywhere has no marked line."""
    ranking = ranking_of(_board(2))
    chart = lines_of(ranking, [Alternative("a", (1, 2)), Alternative("b", (1, 2))])
    assert chart is not None
    assert not any(line.moved for line in chart.lines)


def test_another_metric_first_is_a_column():
    """The official metric comes first; boards without such ranks have no columns."""
    board = _board(2, first_key_ranks=[{"SRCC": 1, "MSE": 2}, {"SRCC": 2, "MSE": 1}])
    assert key_alternatives(board) == (Alternative("SRCC", (1, 2)), Alternative("MSE", (2, 1)))
    assert key_alternatives(_board(2)) == ()


@pytest.mark.parametrize("name", ["x" * 300, "\u202e" * 30, "a\x00b"])
def test_labels_are_short_and_visible(name):
    """A label has at most 28 characters, none of which is hidden."""
    label = chart_label(name)
    assert len(label) <= 28
    assert label.isprintable()
