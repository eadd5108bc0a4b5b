"""Names of listeners that differ only in their writing, and the names of columns."""

import numpy as np
import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.submissions.cases import CHALLENGE, GOOD, IDS, MEANS, lines, small_challenge
from xacle_eval.submissions.checking import check_file

HEADER = "wav_file_name,score,listener_id\n"


def ratings(first, second, header=HEADER):
    """Return ratings of all pairs by one listener, whose name is written in two ways."""
    rows = [f"{pair},{int(mean)},{first if n % 3 else second}" for n, (pair, mean) in
            enumerate(zip(IDS, MEANS, strict=True))]  # fmt: skip
    return lines([*rows, *(f"{pair},5,other" for pair in IDS)], header)


def variants(tmp_path, text):
    """Return the findings XAC182 of a file of ratings, as a reference file."""
    (tmp_path / "ratings.csv").write_text(text, encoding="utf-8")
    found = xe.load_references(tmp_path / "ratings.csv", small_challenge()).findings
    return [finding for finding in found if finding.code == "XAC182"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("01", "1"),
        ("L01", "L1"),
        ("l1", "L1"),
        ("L 01", "L1"),
        ("rater  7", "Rater 7"),
        ("７", "7"),
        ("7.0", "7"),
        ("p1_s02", "p01_s2"),
    ],
)
def test_one_listener_under_two_names_is_reported(first, second, tmp_path):
    """The warning has both names, their ratings, and the line of the later one."""
    (found,) = variants(tmp_path, ratings(first, second))
    assert (found.severity, found.line) == ("warning", 3)
    assert f"'{second}' (4 ratings), '{first}' (8 ratings)" in found.message
    assert "count as different listeners" in found.message


@pytest.mark.parametrize(
    ("first", "second"),
    [("1", "2"), ("10", "1"), ("100", "1"), ("1 11", "11 1"), ("1-11", "11-1"), ("1.5", "1.05"),
     ("L1", "R1"), ("0", "00a")],
)  # fmt: skip
def test_different_listeners_are_not(first, second, tmp_path):
    """Names that differ in more than their writing are different listeners."""
    assert variants(tmp_path, ratings(first, second)) == []


def test_many_groups_are_one_finding(tmp_path):
    """Four listeners under two names each are one finding with three of them and the number."""
    rows = [f"{pair},5,{name:0{width}d}" for width in (1, 3) for name, pair in enumerate(IDS[:4])]
    rows += [f"{pair},5,x" for pair in IDS[4:]]
    (found,) = variants(tmp_path, lines(rows, HEADER))
    assert found.count == 4
    assert found.message.startswith("4 groups of listeners that are probably the same: '0' (1")
    assert "'2' (1 rating), '002' (1 rating); and 1 more" in found.message


@pytest.mark.long
def test_the_commands_show_it(tmp_path):
    """``listeners`` and ``score`` print the warning; the ratings are not merged."""
    (tmp_path / "challenge.toml").write_text(CHALLENGE)
    (tmp_path / "ratings.csv").write_text(ratings("01", "1"))
    (tmp_path / "Kumo_01.csv").write_text(GOOD)
    listed = xacle_eval("listeners", "ratings.csv", "--challenge", "challenge.toml", cwd=tmp_path)
    assert "warning XAC182" in listed.err
    assert "Listeners                       3" in listed.out
    scored = xacle_eval(
        *("score", "Kumo_01.csv", "--challenge", "challenge.toml"),
        *("--references", "ratings.csv"),
        cwd=tmp_path,
    )
    assert "'1' (4 ratings), '01' (8 ratings)" in scored.err


def test_the_published_name_of_the_rating_column(tmp_path):
    """The name on the pages of the data sets is that of the ratings, in any letter case."""
    challenge = xe.load_challenge("xacle2026", "validation")
    names = challenge.manifest.ids
    for name in ("11-point semantic-alignment score", "11-Point Semantic-Alignment Score"):
        rows = [f"{pair},{n % 11},{1 + k}" for n, pair in enumerate(names) for k in (0, 1)]
        file = tmp_path / "validation.csv"
        file.write_text(lines(rows, f"wave_file_name,{name},listener_id\n"))
        found = xe.load_references(file, challenge)
        assert found.summary.kind == "ratings"
        assert np.array_equal(found.values, [n % 11 for n in range(len(names))])


def check_columns(header, folder):
    """Return the checked predictions of a file with ids, the right values and a column of ones."""
    rows = [f"{pair},{mean},1" for pair, mean in zip(IDS, MEANS, strict=True)]
    (folder / "Kumo_01.csv").write_text(lines(rows, f"{header}\n"))
    return check_file(folder / "Kumo_01.csv", small_challenge())


@pytest.mark.parametrize(
    "header", ["wav_file_name,pred_score,score", "wav_file_name,PRED_SCORE,score"]
)
def test_the_proper_name_wins_over_an_alias(header, tmp_path):
    """With `pred_score` and `score`, the first is used, with one warning about the second."""
    checked = check_columns(header, tmp_path)
    (found,) = checked.report.findings
    assert (found.code, found.severity, found.line) == ("XAC183", "warning", 1)
    assert found.message.endswith("is used; the column 'score' could be meant too")
    assert checked.predictions.tolist() == MEANS


def test_the_proper_name_wins_in_references_too(tmp_path):
    """Averages and ids have the same rule; the order of the columns does not matter."""
    header = "average_semantic_alignement_score,filename,average_score,wav_file_name\n"
    rows = [f"1,x.wav,{mean},{pair}" for pair, mean in zip(IDS, MEANS, strict=True)]
    (tmp_path / "averages.csv").write_text(lines(rows, header))
    found = xe.load_references(tmp_path / "averages.csv", small_challenge())
    assert found.values.tolist() == MEANS
    assert [one.code for one in found.findings] == ["XAC183", "XAC183"]


@pytest.mark.parametrize(
    "header", ["wav_file_name,score,prediction", "wav_file_name,pred_score,pred_score"]
)
def test_without_one_proper_name_the_column_is_unknown(header, tmp_path):
    """Two aliases, and the proper name twice, stay an error: nothing says which is meant."""
    checked = check_columns(header, tmp_path)
    assert [one.code for one in checked.report.findings] == ["XAC012"]
