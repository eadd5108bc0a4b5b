"""The geometry of the charts of one system, compared with plain proportions."""

import re

import pytest

from xacle_eval.reports.site.charts.bars import error_parts, meters
from xacle_eval.reports.site.charts.calibration import calibration_chart
from xacle_eval.reports.site.charts.density import density_chart
from xacle_eval.reports.site.charts.histogram import histogram_chart
from xacle_eval.reports.site.charts.plane import LEFT, PLOT, TOP, plane_of
from xacle_eval.results.details import CalibrationLevel, Density, Histogram
from xacle_eval.results.profile import ErrorProfile

CELL = re.compile(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+z")


def density(counts, low=0.0, high=10.0, **options):
    """Make a density picture with equal intervals."""
    size = len(counts[0])
    step = (high - low) / size
    edges = tuple(low + step * place for place in range(size + 1))
    first = low - step if options.get("open_low") else low
    rows = tuple(first + step * place for place in range(len(counts) + 1))
    return Density(reference_edges=edges, prediction_edges=rows, counts=counts, **options)


def level(reference, mean, n=10, spread=0.5):
    """Make a level of one point around a mean reference."""
    return CalibrationLevel(
        low=reference - 0.5,
        high=reference + 0.5,
        n=n,
        reference=reference,
        mean=mean,
        q1=mean - spread,
        median=mean,
        q3=mean + spread,
    )


def profile(bias=0.0, slope=0.0, residual=0.0):
    """Make a profile from the parts of its error."""
    return ErrorProfile(
        n=9,
        mse=bias + slope + residual,
        bias=bias**0.5,
        bias_part=bias,
        slope_part=slope,
        residual_part=residual,
        slope=1.0,
        intercept=0.0,
        mse_mapped=residual,
        bands=(),
        largest=(),
    )


def test_the_plane_has_the_scale_on_both_axes():
    """The ends of the scale are the corners of the plot, and the diagonal joins them."""
    plane = plane_of(1.0, 5.0)
    assert (plane.x(1.0), plane.x(5.0)) == (LEFT, LEFT + PLOT)
    assert (plane.y(1.0), plane.y(5.0)) == (TOP + PLOT, TOP)
    assert plane.diagonal == (LEFT, TOP + PLOT, LEFT + PLOT, TOP)
    assert [tick.label for tick in plane.x_ticks] == ["1", "2", "3", "4", "5"]
    assert plane.x_ticks[2].place == pytest.approx(LEFT + PLOT / 2)


def test_far_predictions_extend_the_axis_by_half_the_scale():
    """A huge prediction is drawn at the end of an axis that is half a scale longer."""
    plane = plane_of(0.0, 10.0, (1e300, -1e300, 3.0))
    assert (plane.y_axis.low, plane.y_axis.high) == (-5.0, 15.0)
    assert (plane.y(1e300), plane.y(15.0)) == (TOP, TOP)
    assert plane.diagonal[1] == pytest.approx(TOP + PLOT * 0.75)


def test_each_shown_cell_is_drawn_once_at_its_place():
    """Cells lie at the proportions of their intervals; those that are not shown are not drawn."""
    chart = density_chart(density(((5, None), (None, 80))), 5)
    cells = {step.label: CELL.findall(step.path) for step in chart.steps}
    assert sum(map(len, cells.values())) == 2
    half = PLOT / 2
    (first,) = cells[chart.steps[0].label]
    assert tuple(map(float, first)) == pytest.approx((LEFT, TOP + half, half, half))
    (last,) = cells[chart.steps[-1].label]
    assert tuple(map(float, last)) == pytest.approx((LEFT + half, TOP, half, half))


@pytest.mark.parametrize("classes", [1, 2, 5, 6, 11, 14])
def test_every_count_is_in_one_step_of_the_legend(classes):
    """The steps of the legend are at most five, do not overlap and cover every class."""
    counts = tuple(5 * 2**power for power in range(classes))
    chart = density_chart(density((counts,)), 5)
    ranges = []
    for step in chart.steps:
        low, high = (int(end.replace(",", "")) for end in step.label.split(" to "))
        ranges.append((low, high))
    assert len(ranges) == min(classes, len(ranges)) <= 5
    assert classes > 5 or len(ranges) == classes
    assert [step.shade for step in chart.steps] == sorted({step.shade for step in chart.steps})
    for number in range(5, 10 * 2 ** (classes - 1), max(1, classes)):
        assert sum(low <= number <= high for low, high in ranges) == 1


def test_rows_outside_the_scale():
    """A line is at each end of the scale with a row beyond it, and the legend explains the rows."""
    counts = ((10, 5), (10, 10), (5, 5), (20, 20))
    chart = density_chart(density(counts, open_low=True, open_high=True), 5)
    assert chart.ends == pytest.approx((TOP + PLOT * 0.75, TOP + PLOT / 4))
    assert chart.outside == "bottom and top row: all predictions below and above the scale"
    above = density_chart(density(counts[1:], open_high=True), 5)
    assert above.ends == pytest.approx((TOP + PLOT / 3,), abs=0.02)
    assert above.outside == "top row: all predictions above the scale"
    assert density_chart(density(counts[1:3]), 5).ends == ()


def test_calibration_marks_lie_on_the_means():
    """A level on the diagonal is drawn on it, with its quartiles above and below."""
    chart = calibration_chart((level(2.0, 2.0), level(8.0, 6.0)), 0.0, 10.0)
    first, last = chart.marks
    assert first.x - LEFT == pytest.approx(TOP + PLOT - first.mean)
    assert last.x == pytest.approx(LEFT + 0.8 * PLOT)
    assert last.mean == pytest.approx(TOP + 0.4 * PLOT)
    assert first.low - first.high == pytest.approx(PLOT / 10)
    assert not chart.outside
    assert chart.line == f"{first.x:g},{first.mean:g} {last.x:g},{last.mean:g}"


def test_a_level_far_outside_is_drawn_at_the_end_of_the_axis():
    """A mean of 1e12 does not hide the others: it is at the end, and the chart says so."""
    chart = calibration_chart((level(2.0, 2.0), level(8.0, 1e12)), 0.0, 10.0)
    assert chart.outside
    assert chart.marks[1].mean == TOP
    assert chart.marks[0].mean > TOP + PLOT / 2


def test_bars_of_a_histogram():
    """The height of a bar is its share of the largest one, and its side is that of zero."""
    chart = histogram_chart(
        Histogram(edges=(-2.0, -1.0, 0.0, 1.0, 2.0), counts=(10, 40, 20, None), open_low=True)
    )
    low, high, after, hidden = chart.bars
    assert high.height / low.height == pytest.approx(4)
    assert high.height / after.height == pytest.approx(2)
    assert [bar.side for bar in chart.bars] == [-1, -1, 1, 1]
    assert hidden.hidden
    assert chart.hidden
    assert chart.zero == pytest.approx(LEFT + PLOT / 2)
    assert low.x == LEFT
    assert low.x + low.width == pytest.approx(high.x)
    assert chart.beyond == "the first bar includes all values below it"
    assert histogram_chart(Histogram(edges=(), counts=())) is None


@pytest.mark.parametrize("most", [1, 2, 3, 7, 12, 99, 12_345])
def test_ticks_of_counts_are_whole_numbers(most):
    """The axis of pairs has whole numbers only."""
    chart = histogram_chart(Histogram(edges=(0.0, 1.0), counts=(most,)))
    assert len(chart.y_ticks) >= 2
    assert not any("." in tick.label for tick in chart.y_ticks)


def test_meters_begin_at_zero():
    """Bars of positive and negative values begin at the common zero."""
    first, second, third = meters([0.6, -0.2, None])
    assert (first.start, first.length) == (25.0, 75.0)
    assert (second.start, second.length) == (0.0, 25.0)
    assert third is None
    assert meters([0.0])[0].length == 0.0


def test_parts_of_the_error_fill_the_bar():
    """The shares of the parts are theirs of the MSE, one after the other."""
    parts = error_parts(profile(1.0, 2.0, 5.0))
    assert [part.share for part in parts] == [12.5, 25.0, 62.5]
    assert [part.start for part in parts] == [0.0, 12.5, 37.5]
    assert error_parts(profile()) == ()
