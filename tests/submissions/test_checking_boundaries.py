"""Checking at its limits: the ends of the score range, scales, ties, and numbers of rows and
columns.
"""

import re

import numpy as np
import pytest

import xacle_eval as xe
from tests.helpers import DATA, codes
from xacle_eval.challenge.columns import ScoreRange
from xacle_eval.submissions.checking import check, check_file, check_predictions
from xacle_eval.submissions.reading import Source
from xacle_eval.submissions.sources import label_of

SMALL = xe.load_challenge(DATA / "invalid" / "challenge.toml")
LONG = SMALL.with_split("long")
IDS = SMALL.manifest.ids
ZERO_TO_TEN = ScoreRange(minimum=0, maximum=10)


def checked(rows, challenge=SMALL, header=("wav_file_name", "pred_score")):
    """Check rows of fields."""
    lines = [",".join(map(str, row)) for row in ([header] if header else []) + list(rows)]
    data = ("\n".join(lines) + "\n").encode()
    return check(Source.of_bytes(data, "x.csv"), challenge, "A_01", "A")


def report_of(values, **more):
    """Check one value for each pair of the small challenge."""
    return checked(zip(IDS, values, strict=True), **more).report


def found(report):
    """Return the code, line and count of every finding."""
    return [(one.code, one.line, one.count) for one in report.findings]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0", 0), ("-0.0", 0), ("10", 0), ("-1e-9", 1), ("10.000000001", 1), ("5", 0)],
)
def test_the_ends_of_the_score_range_are_in_it(value, expected):
    """A prediction of exactly 0 or 10 is in the range, the next number outside is not."""
    report = report_of([value, 5, 4, 3, 2, 1.5])
    assert found(report) == [("XAC035", 2, 1)] * expected
    assert report.valid
    assert report.pairs == 6


def test_every_prediction_outside_the_range_is_counted():
    """Predictions below and above are one finding with all their lines."""
    report = report_of([-1, 5, 11, 3, 2, 12])
    (finding,) = report.findings
    assert (finding.code, finding.count, finding.lines) == ("XAC035", 3, (2, 4, 7))


@pytest.mark.parametrize(
    ("low", "high", "scores", "other"),
    [
        (0.0, 1.0, (0, 10), True),
        (0.0, 1.0001, (0, 10), False),
        (-0.0001, 1.0, (0, 10), True),
        (-1.0, 1.0, (0, 10), True),
        (-1.0001, 1.0, (0, 10), False),
        (-1.0, 1.0001, (0, 10), False),
        (-1.0, 1.0, (-1, 1), False),
        (-1.0, 1.0, (-1, 1.5), True),
        (-0.5, 1.0, (0.1, 1), False),
        (0.0, 1.0, (0, 1), False),
        (0.0, 1.0, (0, 1.5), True),
        (0.0, 1.0, (0.1, 1), True),
        (0.0, 1.0, (-2, 1), False),
        (0.5, 1.0, (0, 10), True),
    ],
)
def test_another_scale_is_one_that_all_predictions_fit_exactly(low, high, scores, other):
    """Predictions on 0 to 1 or -1 to 1, ends included, are on another scale unless it is the
    challenge's.
    """
    scale = ScoreRange(minimum=scores[0], maximum=scores[1])
    values = np.array([low, (low + high) / 2, high])
    assert codes(check_predictions(values, scale)) == (["XAC037"] if other else [])


@pytest.mark.parametrize(
    ("values", "maximum", "other"),
    [
        ([5, 50, 100], 10, True),
        ([0, 50, 100], 10, True),
        ([5, 50, 100.5], 10, False),
        ([-0.5, 50, 100], 10, False),
        ([5, 10, 50, 60], 10, False),
        ([5, 20, 50, 60], 10, True),
        ([5, 10, 60], 10, False),
        ([5, 99.5, 100], 99, True),
        ([5, 100, 100], 100, False),
        ([5, 99.5, 100], 100, False),
    ],
)
def test_more_than_half_above_the_scale_are_per_cent(values, maximum, other):
    """More than half of the predictions above the scale, and none above 100 or below 0, are
    another scale.
    """
    scale = ScoreRange(minimum=0, maximum=maximum)
    assert codes(check_predictions(np.array(values, float), scale)) == (["XAC037"] if other else [])


@pytest.mark.parametrize(
    ("size", "distinct", "expected"),
    [
        (99, 2, []),
        (100, 4, ["XAC038"]),
        (100, 5, []),
        (101, 5, ["XAC038"]),
        (120, 6, []),
        (120, 5, ["XAC038"]),
    ],
)
def test_few_values_begin_below_one_in_twenty_of_a_hundred(size, distinct, expected):
    """From 100 predictions on, fewer distinct values than one in twenty are heavy ties."""
    values = 2.0 + np.arange(size) % distinct
    assert codes(check_predictions(values, ZERO_TO_TEN)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [([5.0], []), ([5.0, 5.0], ["XAC036"]), ([5.0, 5.0000001], []), ([0.5, 0.5], ["XAC036"])],
)
def test_constant_predictions_are_two_or_more_that_are_equal(values, expected):
    """Two equal predictions are constant; a single one, or two that differ, are not."""
    assert codes(check_predictions(np.array(values), ZERO_TO_TEN)) == expected


def test_no_message_has_a_negative_zero():
    """Of 0.0 and -0.0 either can be the smallest, so messages show both as 0."""
    (finding,) = check_predictions(np.array([0.0, -0.0]), ZERO_TO_TEN)
    assert finding.message == "all 2 predictions are 0; correlations are undefined"
    (finding,) = report_of([-0.0, 12, 11, 3, 2, 0.0]).findings
    assert finding.message == "2 predictions outside 0–10 (range 0 to 12)"


def test_a_pair_may_have_exactly_one_row():
    """A pair in two rows or three is an error on the further rows; each pair counts."""
    rows = [(pair, n) for n, pair in enumerate(IDS)]
    assert checked(rows).report.findings == ()
    twice = checked([*rows, (IDS[0], 9)])
    assert found(twice.report) == [("XAC023", 8, 1)]
    assert twice.predictions is None
    more = checked([*rows, (IDS[1], 9), (IDS[0], 9), (IDS[1], 8)]).report
    (finding,) = more.findings
    assert (finding.code, finding.line, finding.count) == ("XAC023", 8, 3)
    assert finding.lines == (8, 9, 10)


def named(message):
    """Return the ids of a message, and its other numbers."""
    ids = re.findall(r"[\w.]+\.wav", message)
    return ids, [int(number) for number in re.findall(r"\b\d+\b(?!\.wav)", message)]


@pytest.mark.parametrize("times", [2, 3, 20, 21, 23])
def test_a_repeated_id_has_its_first_twenty_lines(times):
    """The message has the id, up to twenty of its lines, and the number of the others."""
    rows = [(pair, n) for n, pair in enumerate(IDS)] + [(IDS[-1], 9)] * (times - 1)
    (finding,) = checked(rows).report.findings
    lines = list(range(7, 7 + times))
    assert named(finding.message) == ([IDS[-1]], lines[:20] + [times - 20] * (times > 20))


@pytest.mark.parametrize("number", [1, 2, 5, 6, 7, 20])
def test_the_first_five_repeated_ids_are_named(number):
    """The message has up to five ids with their lines, and the number of the others."""
    ids = LONG.manifest.ids
    rows = [(pair, n % 10) for n, pair in enumerate((*ids, *ids[:number]))]
    (finding,) = checked(rows, challenge=LONG).report.findings
    assert finding.count == number
    names, numbers = named(finding.message)
    assert names == list(ids[:number])[:5]
    lines = [line for n in range(min(number, 5)) for line in (n + 2, n + 2 + len(ids))]
    others = [number - 5] * (number > 5)
    assert numbers == [number] * (number > 1) + lines + others


@pytest.mark.parametrize("number", [1, 2, 5, 6, 7, 20])
def test_the_first_five_missing_ids_are_named(number):
    """The message has up to five ids, the number of missing ones, and that of the others."""
    ids = LONG.manifest.ids
    rows = [(pair, n % 10) for n, pair in enumerate(ids)][number:]
    (finding,) = checked(rows, challenge=LONG).report.findings
    others = [number - 5] * (number > 5)
    assert named(finding.message) == (list(ids[:number])[:5], [number, len(ids), *others])


def test_unknown_ids_are_no_pair():
    """A row with an unknown id gives no pair a prediction and repeats none."""
    rows = [(pair, n) for n, pair in enumerate(IDS)]
    unknown = [("998.wav", 1), ("999.wav", 2)]
    report = checked([*rows[:-1], unknown[0]]).report
    assert (report.pairs, found(report)[0]) == (5, ("XAC024", None, 1))
    report = checked([*rows, (IDS[0], 9), *unknown]).report
    assert ("XAC023", 8, 1) in found(report)
    assert report.pairs == 6


@pytest.mark.parametrize("missing", [1, 2, 5, 6])
def test_missing_pairs_are_counted(missing):
    """Every pair without a row is counted in one finding; a file without one known pair has six."""
    rows = [(pair, n) for n, pair in enumerate(IDS)][missing:]
    report = checked(rows).report
    expected = [("XAC024", None, missing)] if rows else [("XAC002", 1, 1)]
    assert found(report) == expected
    assert report.pairs == len(IDS) - missing
    assert not report.valid


def test_a_row_with_an_error_is_not_missing_too():
    """A pair whose row has too many fields, or too few, or no number, is reported once."""
    rows = [(pair, n) for n, pair in enumerate(IDS)]
    rows[2] = (IDS[2], 2, 3)
    assert found(checked(rows).report) == [("XAC014", 4, 1)]
    rows[3] = (IDS[3],)
    report = checked(rows).report
    assert "XAC024" not in codes(report.findings)
    assert report.pairs == 4
    rows[4] = (IDS[4], "x")
    assert "XAC024" not in codes(checked(rows).report.findings)
    del rows[5]
    assert found(checked(rows).report)[0] == ("XAC024", None, 1)


def test_the_id_of_a_short_row_is_in_its_own_column():
    """Where the id is the second column, a row that ends before it has none, and its pair is
    missing.
    """
    header = ("pred_score", "wav_file_name")
    rows = [(n, pair) for n, pair in enumerate(IDS)]
    rows[0] = (0,)
    report = checked(rows, header=header).report
    assert ("XAC024", None, 1) in found(report)
    rows[0] = (0, IDS[0], 1)
    assert "XAC024" not in codes(checked(rows, header=header).report.findings)
    rows[0] = (0, f" {IDS[0]} ", 1)
    assert "XAC024" not in codes(checked(rows, header=header).report.findings)


def test_an_unknown_id_in_a_broken_row_is_no_pair():
    """A row with an error and an id that is not known leaves its pair missing."""
    rows = [(pair, n) for n, pair in enumerate(IDS)]
    rows[0] = ("999.wav", 0, 0)
    assert ("XAC024", None, 1) in found(checked(rows).report)


@pytest.mark.parametrize("header", [None, ("wav_file_name", "pred_score")])
def test_a_file_without_rows(header):
    """A header alone, and nothing at all, hold no predictions."""
    report = checked([], header=header).report
    assert codes(report.findings) == ["XAC002"]
    assert (report.valid, report.pairs) == (False, 0)


@pytest.mark.parametrize("surplus", [0, 1, 2])
def test_surplus_columns_are_one_warning(surplus):
    """Columns beyond the two are one warning on the header's line; the file stays valid."""
    header = ("wav_file_name", "pred_score", *(f"x{n}" for n in range(surplus)))
    rows = [(pair, n, *range(surplus)) for n, pair in enumerate(IDS)]
    result = checked(rows, header=header)
    assert found(result.report) == ([("XAC013", 1, 1)] if surplus else [])
    assert result.predictions.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("surplus", [100, 101])
def test_rows_are_read_up_to_twice_the_pairs_and_a_hundred(surplus):
    """With a header, 2 · 6 + 100 rows are read; one more is not, and missing pairs are then not
    reported.
    """
    rows = [(IDS[0], 1), *((f"x{n}.wav", 1) for n in range(2 * len(IDS) + surplus - 2))]
    report = checked(rows).report
    assert ("XAC024" in codes(report.findings)) is (surplus == 100)


def test_missing_pairs_are_reported_for_the_whole_split():
    """Of a hundred pairs, all but one are missing from a file with one of them."""
    rows = [(pair, 5) for pair in (*IDS, "301.wav")]
    assert ("XAC024", None, 99) in found(checked(rows, challenge=LONG).report)


def test_pairs_of_another_split_explain_why_all_are_missing():
    """If every row is of another split, nobody is told to add a row for each pair."""
    assert found(checked([(pair, 5) for pair in IDS], challenge=LONG).report) == [("XAC022", 2, 6)]


def test_a_valid_file_has_predictions_and_an_invalid_one_none():
    """Predictions come only with a valid report, which keeps its findings about the whole file."""
    constant = checked([(pair, 5) for pair in IDS])
    assert codes(constant.report.findings) == ["XAC036"]
    assert constant.report.valid
    assert constant.predictions.tolist() == [5.0] * 6
    short = checked([(pair, 5) for pair in IDS[1:]])
    assert codes(short.report.findings) == ["XAC024"]
    assert short.predictions is None


def test_the_report_names_its_submission(tmp_path):
    """Path, system, team, and hash are those of the file; a team that is given stands first."""
    path = tmp_path / "Ame_01.csv"
    path.write_text("\n".join(f"{pair},{n}" for n, pair in enumerate(IDS)) + "\n")
    one = check_file(path, SMALL, shown="shown.csv").report
    assert (one.path, one.system, one.team) == ("shown.csv", "Ame_01", "Ame")
    assert check_file(path, SMALL, team="").report.team == "Ame"
    assert len(one.sha256) == 64
    missing = check_file(tmp_path / "none.csv", SMALL).report
    assert (codes(missing.findings), missing.pairs, missing.sha256) == (["XAC001"], 0, None)


def test_the_ending_of_a_challenge_stands_before_others():
    """The first ending that fits is taken off; a name that is an ending stays."""
    assert label_of("a.pred.csv", (".pred.csv",)) == "a"
    assert label_of("a.pred.csv") == "a.pred"
    assert label_of(".txt") == ".txt"
