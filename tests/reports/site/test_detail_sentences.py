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
    """Shares are those of the counts, at least, if some are not counted."""
    found = Histogram(edges=(-2, -1, 0, 1, 2), counts=(10, 20, 50, 20))
    text = plain(residual_sentence(found, 10.0, 100))
    assert text.replace("\xa0", " ") == (
        "70.0 % of the predictions are above the reference or equal to it, and 30.0 % are below "
        "it. 70.0 % are within 1 point of the reference."
    )
    hidden = Histogram(edges=(-2, -1, 0, 1, 2), counts=(10, None, 50, 20))
    assert plain(residual_sentence(hidden, 10.0, 100)).startswith("At least 70.0")
    assert "too few pairs" in plain(residual_sentence(Histogram(edges=(), counts=()), 10.0, 3))


def test_the_outer_edges_are_no_distance():
    """The outer bars have all values beyond them, so no share is claimed within their edges."""
    found = Histogram(edges=(-1, 0, 1), counts=(50, 50), open_low=True)
    assert "within" not in plain(residual_sentence(found, 10.0, 100))


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
    assert f"{words} of the reference." in text.replace("\xa0", " ")


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


def _words(sentence):
    return plain(sentence).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("edges", "counts", "options", "words"),
    [
        ((0, 1), (20,), {"open_low": True, "open_high": True}, "The bars do not tell"),
        ((-1, 0), (20,), {"open_low": True, "open_high": True}, "The bars do not tell"),
        ((0, 1), (20,), {"open_high": True}, "100.0 % of the predictions are above the reference"),
        ((0, 1, 2), (8, 12), {"open_low": True}, "At least 60.0 % of the predictions are above"),
        ((-2, -1, 0), (8, 12), {"open_high": True}, "At least 40.0 % of the predictions are below"),
    ],
)  # fmt: skip
def test_a_bar_with_all_errors_beyond_it_tells_no_sign(edges, counts, options, words):
    """An outer bar with a tail of the other sign is not counted on either side."""
    text = _words(residual_sentence(Histogram(edges=edges, counts=counts, **options), 10.0, 20))
    assert text.startswith(words)
    assert " 0.0 %" not in text or "above the reference or equal to it, and 0.0 %" in text
    assert ("and 0.0 % are below it" in text) == (options == {"open_high": True} and edges[0] == 0)


def test_the_ends_of_the_references_are_named():
    """The sentence names the levels whose pairs it averages; they never overlap."""
    levels = [level(1.0, 3.0, n=10), level(2.0, 3.0, n=30), level(8.0, 7.0, n=40)]
    text = _words(calibration_sentence(levels, 10.0))
    assert "low-rated: references below 2.5; high-rated: references of 7.5 or more" in text
    two = _words(calibration_sentence([level(1.0, 3.0, n=10), level(8.0, 7.0, n=90)], 10.0))
    assert "low-rated pairs 2.0 points too high" in two
    assert "references below 1.5; high-rated: references of 7.5 or more" in two


def test_predictions_that_fall_use_no_scale():
    """Predictions of 10 minus the reference are no narrow use of the scale."""
    text = _words(calibration_sentence([level(float(r), 10.0 - r) for r in range(1, 10)], 10.0))
    assert "its predictions fall as the references rise" in text
    assert "of the scale than" not in text
    found = profile(0.0, 5.0, 1.0).model_copy(update={"slope": -1.0, "intercept": 10.0})
    words = _words(profile_sentence(found, 10.0, 3))
    assert "wrong use of the scale" not in words
    assert "the slope, which is negative" in words


@pytest.mark.parametrize(
    ("metric", "values", "overall", "said"),
    [
        ("SRCC", (0.2, 0.6), 0.7, True),
        ("SRCC", (0.2, 0.7), 0.7, False),
        ("SRCC", (0.2, 0.6), None, False),
        ("SRCC", (0.2, None, 0.3), 0.7, False),
        ("MSE", (0.2, 0.6), 0.7, False),
    ],
)
def test_bands_are_compared_with_all_pairs_if_it_is_true(metric, values, overall, said):
    """Only a correlation that is lower in every band is called lower."""
    bands = [
        Band(low=place, high=place + 1, n=9, bias=0.0, metrics={metric: value})
        for place, value in enumerate(values)
    ]
    assert (
        "lower than over all pairs" in _words(band_sentence(bands, metric, 3, overall=overall))
    ) is said


def test_equal_values_have_no_best():
    """Bands and groups with one value are called equal; further ones with the best are counted."""
    bands = [
        Band(low=place, high=place + 1, n=9, bias=0.0, metrics={"SRCC": value})
        for place, value in enumerate((1.0, 1.0, 0.5))
    ]
    same = _words(band_sentence(bands[:2], "SRCC", 3))
    assert same == "SRCC is equal in all bands in which it is defined (1.000)."
    shared = _words(band_sentence(bands, "SRCC", 3))
    assert "best from 0 to 1 and 1 other band (1.000) and worst from 2 to 3 (0.500)" in shared
    groups = _words(group_sentence(slices(a=1.0, b=1.0), "SRCC", 1, 2))
    assert groups.startswith("SRCC is equal in all groups in which it is defined (1.0). Groups")


@pytest.mark.parametrize(
    ("changes", "decimals", "left_out"),
    [
        (
            {"slope": 1.0, "intercept": 0.0, "mse_mapped": 1.0, "mse": 1.0},
            0,
            ("best linear map", "from 1 to"),
        ),
        ({"slope": 0.0, "mse_mapped": 1.0}, 0, ("constant",)),
        ({"slope": 1.0, "intercept": 0.0}, 3, ("× prediction",)),
        ({"slope": 0.8, "intercept": 0.5}, 1, ("× prediction", "near 1")),
    ],
)
def test_few_digits_make_no_verdict(changes, decimals, left_out):
    """A map that changes nothing at the published digits, or is too rough, is not shown."""
    found = profile(0.0, 0.0, 1.0).model_copy(update={"mse": 2.0, **changes})
    text = _words(profile_sentence(found, 10.0, decimals))
    assert not any(words in text for words in left_out), text


def test_shares_of_rounded_parts():
    """A share is left out if rounding could change it by a percent, and so is a shared maximum."""
    assert _words(profile_sentence(profile(1.0, 0.0, 2.0), 10.0, 0)).startswith(
        "The largest part of the squared error is the residual"
    )
    assert "squared error" not in _words(profile_sentence(profile(1.0, 0.0, 1.0), 10.0, 0))


def test_one_rule_for_one_point():
    """A number that is shown as one has a singular noun, with the published decimals."""
    found = profile(1.0, 0.0, 1.5)
    assert "predictions are 1.0 point above" in _words(profile_sentence(found, 10.0, 3))
    assert "predictions are 1 point above" in _words(profile_sentence(found, 10.0, 0))
    levels = [level(2.0, 3.04), level(8.0, 9.2)]
    assert "1.0 point too high and high-rated pairs 1.2 points" in _words(
        calibration_sentence(levels, 10.0)
    )
    assert "pairs 1 point too high and high-rated pairs 1 point" in _words(
        calibration_sentence(levels, 10.0, 0)
    )


def test_one_row_outside_the_scale_has_no_range():
    """If only the row above the scale is shown, predictions are above its end, not from it."""
    found = density(((None, None), (None, None), (None, 90)), open_high=True)
    text = _words(density_sentence(found, 118, 5))
    assert "All cells that are shown have predictions above 10." in text
    assert "from 10 to above 10" not in text
