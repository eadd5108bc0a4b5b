"""Faults of public bug reports: references, remarks on scores, rounding and tests of few pairs."""

import json
import math

import numpy as np
import pytest
from scipy import stats

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.helpers import codes
from xacle_eval.statistics import williams_test

IDS = [f"{number:05d}.wav" for number in range(7500, 7512)]
TRUTH = [0.5, 1.0, 2.25, 3.0, 4.5, 5.0, 5.75, 6.5, 7.25, 8.0, 9.0, 10.0]


@pytest.fixture
def challenge(tmp_path):
    """Return a challenge of twelve pairs on a scale from 0 to 10."""
    file = tmp_path / "small.toml"
    file.write_text(
        'extends = "xacle2026"\nname = "small"\ndefault_split = "small"\n'
        'remove = ["splits"]\n'
        '[splits.small]\npattern = "{:05d}.wav"\nfirst = 7500\nlast = 7511\n'
    )
    return file


def write(path, header, *columns):
    """Write a CSV with a header and columns."""
    rows = [header, *(",".join(map(str, row)) for row in zip(*columns, strict=True))]
    path.write_text("\n".join(rows) + "\n")
    return path


def averages(tmp_path, values=TRUTH):
    """Write a file of averages."""
    return write(tmp_path / "truth.csv", "wav_file_name,average_score", IDS, values)


def predictions(tmp_path, values, name="T_01.csv"):
    """Write a prediction file."""
    return write(tmp_path / name, "wav_file_name,pred_score", IDS, values)


def ratings_with_averages(tmp_path, change=0.0):
    """Write ratings of two listeners, with the averages printed to two decimals."""
    rows = ["wav_file_name,listener_id,score,average_score"]
    for pair, value in zip(IDS, range(12), strict=True):
        low, high = value % 10, value % 10 + 0.25
        mean = (low + high) / 2 + (change if pair == IDS[3] else 0.0)
        rows += [f"{pair},a,{low},{mean:.2f}", f"{pair},b,{high},{mean:.2f}"]
    file = tmp_path / "ratings.csv"
    file.write_text("\n".join(rows) + "\n")
    return file


def test_averages_that_agree_with_the_ratings_are_noted(tmp_path, challenge):
    """A column of averages that equals the means of the ratings to two decimals is not used."""
    truth = xe.load_references(ratings_with_averages(tmp_path), xe.load_challenge(challenge))
    found = [each for each in truth.findings if each.code == "XAC160"]
    assert [each.severity for each in found] == ["info"]
    assert truth.values[0] == 0.125


def test_averages_that_disagree_with_the_ratings_are_refused(tmp_path, challenge):
    """A difference of 0.35 in one average is an error with its line, and nothing is scored."""
    result = xacle_eval(
        "score",
        predictions(tmp_path, TRUTH),
        "--challenge",
        challenge,
        "--references",
        ratings_with_averages(tmp_path, 0.35),
    )
    assert result.code == 2
    assert "XAC160" in result.err
    assert "the largest difference is 0.35" in result.err.replace("\n", " ")
    assert result.out == ""


@pytest.mark.parametrize(
    ("written", "message"),
    [
        # The mean is 6.125; 6.1 agrees with it in one decimal, but the other averages have two.
        ("6.1", "1 average in the column 'average_score' disagrees with the ratings; the largest "
         "difference is 0.025: 6.1 in line 14, and the ratings of this pair average 6.125"),
        ("6", "the largest difference is 0.125: 6 in line 14"),
        ("n.a.", "'n.a.' in line 14 is not a number, and the ratings of this pair average 6.125"),
        ("nan", "'nan' in line 14 is not a number"),
        ("6.12", None),
        ("6.125e0", None),
    ],
)  # fmt: skip
def test_averages_have_the_precision_of_their_column(tmp_path, challenge, written, message):
    """An average with fewer digits than the others lost zeros only, so it must be that exact."""
    file = ratings_with_averages(tmp_path)
    lines = file.read_text().splitlines()
    lines[13] = lines[13].rpartition(",")[0] + "," + written
    file.write_text("\n".join(lines) + "\n")
    loaded = xe.load_challenge(challenge)
    if message is None:
        assert xe.load_references(file, loaded).findings[0].severity == "info"
        return
    with pytest.raises(xe.ReferencesError) as refused:
        xe.load_references(file, loaded)
    assert message in refused.value.findings[0].message


@pytest.mark.parametrize(
    ("values", "severity"),
    [([value / 10 for value in TRUTH], "warning"), (TRUTH, None)],
)
def test_references_on_another_scale_are_reported(tmp_path, challenge, values, severity):
    """References from 0 to 1 on a 0-10 scale are a warning."""
    truth = xe.load_references(averages(tmp_path, values), xe.load_challenge(challenge))
    assert [f.severity for f in truth.findings if f.code == "XAC037"] == [severity] * bool(severity)


def test_ratings_from_one_to_five_are_noted(tmp_path):
    """Ratings that fill 1 to 5 on a 0-10 scale deserve a note; a few values do not."""
    from xacle_eval.challenge.columns import ScoreRange
    from xacle_eval.submissions.scales import fits_one_to_five

    scale = ScoreRange(minimum=0, maximum=10)
    assert fits_one_to_five(np.linspace(1, 5, 40), scale)
    assert not fits_one_to_five(np.linspace(1, 5, 10), scale)
    assert not fits_one_to_five(np.linspace(2, 4, 40), scale)
    assert not fits_one_to_five(np.linspace(1, 5, 40), ScoreRange(minimum=1, maximum=5))


def test_a_single_prediction_is_on_no_scale():
    """One prediction of 1 does not get the warning of the 0-1 scale."""
    from xacle_eval.challenge.columns import ScoreRange
    from xacle_eval.submissions.checking import check_predictions

    scale = ScoreRange(minimum=0, maximum=10)
    assert check_predictions(np.array([1.0]), scale) == []
    assert codes(check_predictions(np.array([1.0, 0.5]), scale)) == ["XAC037"]


def test_predictions_that_equal_the_references_are_reported(tmp_path, challenge):
    """The references as predictions, or a linear map of them, are a warning on the score."""
    truth = averages(tmp_path)
    for values in (TRUTH, [value / 2 + 1 for value in TRUTH]):
        card = xe.score(predictions(tmp_path, values), truth, challenge=challenge)
        assert [f.code for f in card.findings if f.code > "XAC1"] == ["XAC161"]


def test_a_clearly_negative_correlation_asks_for_a_distance(tmp_path, challenge):
    """Reversed predictions get a warning; weakly negative ones do not."""
    truth = averages(tmp_path)
    reverse = [10 - value + 0.3 * (place % 2) for place, value in enumerate(TRUTH)]
    card = xe.score(predictions(tmp_path, reverse), truth, challenge=challenge)
    assert [f.code for f in card.findings if f.code > "XAC1"] == ["XAC162"]
    weak = [5, 4, 6, 5, 7, 3, 5, 4, 6, 4, 5, 4]
    card = xe.score(predictions(tmp_path, weak), truth, challenge=challenge)
    assert card.metrics["SRCC"] < 0
    assert [f.code for f in card.findings if f.code > "XAC1"] == []


def test_published_decimals_are_rounded_as_they_are_written(tmp_path, challenge):
    """0.6375 is 0.638 (half to even), so it wins against 0.637 with a better LCC."""
    table = tmp_path / "table.csv"
    table.write_text("system,SRCC,LCC,KTAU,MSE\nA,0.6375,0.6,0.4,3\nB,0.637,0.7,0.5,2\n")
    result = xacle_eval("rank", table, "--challenge", challenge, "--format", "json")
    board = json.loads(result.out)
    assert [(e["system"], e["rounded"]["SRCC"]) for e in board["entries"]] == [
        ("A", 0.638),
        ("B", 0.637),
    ]
    shown = xacle_eval("rank", table, "--challenge", challenge).out
    assert "0.638" in shown


def test_computed_numbers_keep_binary_rounding(challenge):
    """A DataFrame holds computed numbers: 0.6375 in binary is below the half."""
    import pandas as pd

    frame = pd.DataFrame({"system": ["A"], "SRCC": [0.6375], "LCC": 0.6, "KTAU": 0.4, "MSE": 3.0})
    board = xe.rank(frame, challenge=challenge)
    assert board.entries[0].rounded["SRCC"] == 0.637


def test_few_pairs_cannot_show_a_difference(tmp_path):
    """With three pairs the smallest possible p is 0.25, and the verdict says so."""
    file = tmp_path / "three.toml"
    file.write_text(
        'extends = "xacle2026"\nname = "three"\ndefault_split = "three"\nremove = ["splits"]\n'
        '[splits.three]\npattern = "{:05d}.wav"\nfirst = 7500\nlast = 7502\n'
    )
    names = IDS[:3]
    truth = write(tmp_path / "t.csv", "wav_file_name,average_score", names, [1, 5, 9])
    a = write(tmp_path / "A_01.csv", "wav_file_name,pred_score", names, [1, 5, 9])
    b = write(tmp_path / "B_01.csv", "wav_file_name,pred_score", names, [9, 5, 1])
    found = xe.compare(
        a, b, references=truth, challenge=file, bootstrap=xe.Bootstrap(resamples=200)
    )
    assert found.comparisons[0].verdict == (
        "3 pairs cannot show a difference in SRCC: the smallest possible p is 0.25, above alpha "
        "0.05."
    )


def test_williams_test_has_a_limit_at_opposite_systems():
    """Systems of opposite predictions: the limit of the statistic, close to values nearby."""
    n, r = 40, 0.4
    exact = williams_test(r, -r, -1.0, n)
    assert exact.t == pytest.approx(r * math.sqrt((n - 3) / (1 - r * r)), rel=1e-12)
    assert exact.p == pytest.approx(2 * stats.t.sf(exact.t, n - 3), rel=1e-9)
    near = williams_test(r, -r, -1.0 + 1e-7, n)
    assert near.t == pytest.approx(exact.t, rel=1e-5)


def test_williams_test_is_undefined_for_a_correlation_of_one():
    """A correlation of exactly 1 has no sampling error: no p is printed."""
    assert math.isnan(williams_test(1.0, 0.9, 0.9, 12).p)
    assert williams_test(1.0, 1.0, 1.0, 12).p == 1.0


def test_huge_values_are_in_scientific_notation(tmp_path):
    """An MSE of 4e196 is shown in ten characters, in text and in Markdown."""
    file = tmp_path / "wide.toml"
    file.write_text(
        'extends = "xacle2026"\nname = "wide"\ndefault_split = "small"\nremove = ["splits"]\n'
        "[scores]\nmax_widths_beyond = 1e99\n"
        '[splits.small]\npattern = "{:05d}.wav"\nfirst = 7500\nlast = 7511\n'
    )
    huge = predictions(tmp_path, [2e98 + 1e97 * place for place in range(12)])
    truth = averages(tmp_path)
    for extra in ((), ("--format", "markdown")):
        out = xacle_eval("score", huge, "--challenge", file, "--references", truth, *extra).out
        assert "e+196" in out
        assert max(map(len, out.splitlines())) < 300


@pytest.mark.parametrize(
    "arguments",
    [
        ("package", "--template", "--label", "T_01", "-o"),
        ("listeners", "RATINGS", "--averages"),
    ],
)
def test_files_that_a_person_may_have_edited_are_not_overwritten(tmp_path, challenge, arguments):
    """Templates and averages are written only once, unless --force is given."""
    target = tmp_path / "edited.yaml"
    target.write_text("edited")
    ratings = tmp_path / "r.csv"
    ratings.write_text(
        "wav_file_name,listener_id,score\n"
        + "".join(f"{pair},{who},{5 + i % 3}\n" for i, pair in enumerate(IDS) for who in "ab")
    )
    words = [ratings if word == "RATINGS" else word for word in arguments]
    common = () if "--template" in arguments else ("--challenge", challenge)
    result = xacle_eval(*words, target, *common)
    assert result.code == 2
    assert "already exists; pass --force to overwrite it" in result.err.replace("\n", " ")
    assert target.read_text() == "edited"
    assert xacle_eval(*words, target, *common, "--force").code == 0
    assert target.read_text() != "edited"


def test_a_text_is_not_written_under_the_name_of_a_compressed_file(tmp_path, challenge):
    """A result named .gz would be unreadable, so it is refused before anything is written."""
    output = tmp_path / "fixed.csv.gz"
    result = xacle_eval("fix", predictions(tmp_path, TRUTH), "-o", output, "--challenge", challenge)
    assert result.code == 2
    assert "text is not compressed; use a name without .gz" in result.err.replace("\n", " ")
    assert not output.exists()


def test_a_board_by_a_column_can_be_ranked_again(tmp_path):
    """`rank` leaves out the rows of the values of a column."""
    from tests.helpers import DATA

    wmt = DATA / "challenges/wmt"
    table = tmp_path / "board.csv"
    made = xacle_eval(
        "leaderboard", wmt / "submissions", "--challenge", wmt, "--by-column", "domain",
        "--format", "csv", "-o", table,
    )  # fmt: skip
    assert made.code in (0, 1), made.err
    ranked = xacle_eval("rank", table, "--challenge", wmt)
    assert ranked.code == 0, ranked.err
