"""The sentences of a system's page say what its numbers say."""

import pytest

from tests.reports.site.test_detail_charts import density, level, profile
from xacle_eval.reports.site.detail_sentences import (
    band_sentence,
    calibration_sentence,
    density_sentence,
    group_sentence,
    points_text,
    profile_sentence,
    residual_sentence,
)
from xacle_eval.reports.site.names import Name, plain
from xacle_eval.results.breakdown import Breakdown, Slice
from xacle_eval.results.details import Histogram
from xacle_eval.results.profile import Band


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (2.1, -1.3, ("low-rated pairs 2.1 points too high", "1.3 points too low", "less of")),
        (-1.0, 1.0, ("low-rated pairs 1.0 point too low", "1.0 point too high", "more of")),
        (0.01, -0.02, ("low-rated pairs about right on average and high-rated pairs about",)),
        (0.5, 0.7, ("0.5 points too high and high-rated pairs 0.7 points too high",)),
    ],
)
def test_calibration_in_words(low, high, words):
    """The sentence has the mean errors of the lowest and the highest quarter of the pairs."""
    levels = [level(float(r), r + (low if r < 5 else high)) for r in range(1, 9)]
    text = plain(calibration_sentence(levels, 10.0))
    assert all(each in text for each in words), text
    assert ("of the scale than" in text) == (abs(low) > 0.1 and low * high < 0)


def test_a_quarter_of_the_pairs_counts_pairs_not_levels():
    """Levels with many pairs weigh more: the mean error is that over their pairs."""
    levels = [level(1.0, 3.0, n=10), level(2.0, 3.0, n=30), level(8.0, 7.0, n=40)]
    text = plain(calibration_sentence(levels, 10.0))
    # (10 * 2 + 30 * 1) / 40: one level alone has fewer than 20 of the 80 pairs.
    assert "low-rated pairs 1.2 points too high" in text


def test_few_levels():
    """Without levels, or with one, the sentence says so."""
    assert "too few pairs" in plain(calibration_sentence((), 10.0))
    assert "one level only" in plain(calibration_sentence((level(2.0, 3.0),), 10.0))


def test_density_in_words():
    """The sentence names the cells with the most pairs, and the class of their numbers."""
    text = plain(density_sentence(density(((5, None), (None, 80))), 100, 5))
    assert "The cell with the most pairs has 80 to 159 pairs: references 5 to 10, pred" in text
    assert "The cells that are shown have predictions from 0 to 10." in text
    several = density(((None, 40, None), (None, None, 40), (5, None, None)), high=9.0)
    text = plain(density_sentence(several, 100, 5))
    assert "2 cells have the most pairs, 40 to 79 pairs each: references 3 to 9." in text
    nothing = plain(density_sentence(density(((None, None),)), 3, 5))
    assert nothing == "No cell is shown: none has 5 pairs or more of the 3 pairs."


def test_the_cell_with_the_most_pairs_can_be_outside_the_scale():
    """A cell below or above the scale is named as such, without an edge that does not exist."""
    below = density(((90, None), (7, 7), (7, 7)), open_low=True)
    text = plain(density_sentence(below, 118, 5))
    assert "predictions below 0." in text
    assert "predictions from below 0 to 10." in text
    above = density(((7, 7), (7, 7), (None, 90)), open_high=True)
    text = plain(density_sentence(above, 118, 5))
    assert "predictions above 10." in text
    assert "predictions from 0 to above 10." in text


def test_residuals_in_words():
    """Shares are at least those of the counts; the distance is a tenth of the scale."""
    found = Histogram(edges=(-2, -1, 0, 1, 2), counts=(10, 20, 50, 20))
    text = plain(residual_sentence(found, 10.0, 100))
    assert "At least 70.0 % of the predictions are above the reference" in text.replace("\xa0", " ")
    assert "at least 30.0 % are below it" in text.replace("\xa0", " ")
    assert "At least 70.0 % are within 1 point of the reference" in text.replace("\xa0", " ")
    hidden = Histogram(edges=(-2, -1, 0, 1, 2), counts=(10, None, 50, 20))
    assert plain(residual_sentence(hidden, 10.0, 100)).startswith("At least 70.0")
    assert "too few pairs" in plain(residual_sentence(Histogram(edges=(), counts=()), 10.0, 3))


@pytest.mark.parametrize(
    ("edges", "counts", "words"),
    [
        ((-3, -2.5, -2, -1.5), (20, 50, 30), "0.0 % are within 1 point"),  # not shown around 0
        ((-0.5, 0, 0.5), (50, 50), "100.0 % are within 1 point"),  # the bars end before the limit
        ((-2, -1, 0, 1), (30, 40, 20), "60.0 % are within 1 point"),
        ((-4, -2, 0, 2), (30, 40, 30), "70.0 % are within 2 points"),  # wide bars of few pairs
    ],
)
def test_the_same_limit_for_every_system(edges, counts, words):
    """The limit follows from the width of the bars, never from which of them a system shows."""
    text = plain(residual_sentence(Histogram(edges=edges, counts=counts), 10.0, 100))
    assert f"At least {words} of the reference." in text.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((1.0, 2.0, 5.0), "62 % of the squared error is the residual"),
        ((5.0, 2.0, 1.0), "62 % of the squared error is the bias"),
        ((1.0, 5.0, 2.0), "62 % of the squared error is the slope"),
        ((0.0, 0.0, 0.0), "there is no error"),
    ],
)
def test_the_largest_part_of_the_error(parts, words):
    """The sentence names the largest part with its share."""
    text = plain(profile_sentence(profile(*parts), 10.0, 3)).replace("\xa0", " ")
    assert words in text


def test_the_linear_map_in_words():
    """The map has the sign of its intercept, and the MSE before and after it."""
    found = profile(4.0, 0.0, 1.0).model_copy(update={"slope": 0.5, "intercept": -2.0})
    text = plain(profile_sentence(found, 10.0, 3))
    assert "0.5 × prediction − 2, would lower the MSE from 5.000 to 1.000" in text
    assert "2.0 points above the references" in text
    assert "constant" in plain(profile_sentence(found.model_copy(update={"slope": 0.0}), 10.0, 3))
    falling = found.model_copy(update={"slope": -0.5})
    assert "predictions fall" in plain(profile_sentence(falling, 10.0, 3))
    assert "Not shown" in plain(profile_sentence(None, 10.0, 3))


def slices(**values):
    """Make a breakdown with an SRCC for each group."""
    return Breakdown(
        column="kind",
        slices=tuple(Slice(value=k, n=9, metrics={"SRCC": v, "MSE": v}) for k, v in values.items()),
    )


def test_groups_in_words():
    """The best and the worst group are named as names, in the direction of the metric."""
    found = slices(a=0.5, b=0.7, c=0.1)
    sentence = group_sentence(found, "SRCC", 3, 50)
    assert [piece for piece in sentence if isinstance(piece, Name)] == ["b", "c"]
    assert "Groups with fewer than 50 pairs are not shown" in plain(sentence)
    errors = group_sentence(found, "MSE", 3, 50)
    assert [piece for piece in errors if isinstance(piece, Name)] == ["c", "b"]
    one = plain(group_sentence(slices(a=0.5, b=None), "SRCC", 3, 50))
    assert one.startswith("SRCC is defined in one group only, so the groups cannot be compared.")


def test_bands_in_words():
    """The best and the worst band are named by their ends."""
    bands = [
        Band(low=0, high=2, n=9, bias=0.0, metrics={"SRCC": 0.2}),
        Band(low=2.25, high=9, n=9, bias=0.0, metrics={"SRCC": 0.6}),
    ]
    text = plain(band_sentence(bands, "SRCC", 3))
    assert "best from 2.25 to 9 (0.600) and worst from 0 to 2 (0.200)" in text


def test_bands_without_a_metric():
    """The reason is given if a metric is undefined in every band, and one band is no comparison."""
    bands = [
        Band(low=low, high=low + 1, n=9, bias=0.0, metrics={"SRCC": None}) for low in (0.0, 2.0)
    ]
    assert (
        plain(band_sentence(bands, "SRCC", 3, "all predictions are equal"))
        == "SRCC is undefined in every band, because all predictions are equal."
    )
    assert plain(band_sentence(bands, "SRCC", 3)).endswith(
        "because predictions or references are equal there."
    )
    assert plain(band_sentence(bands[:1], "SRCC", 3)) == "There is one band only."


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [(1.234, 10, "1.2"), (1.234, 4, "1.23"), (-0.04, 10, "0.0"), (-12.6, 100, "−13"),
     (1e9, 10, "1.00e+09")],
)  # fmt: skip
def test_points_have_the_decimals_of_the_scale(value, width, text):
    """A number of points has fewer decimals on a wider scale, and never a negative zero."""
    assert points_text(value, width) == text
