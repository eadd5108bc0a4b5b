"""Tables as they are published: notation, missing values, exchanged columns."""

import json

import pandas as pd
import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from xacle_eval.submissions.notation import plain_name, plain_value

HEADER = "system,SRCC,LCC,KTAU,MSE\n"


def ranked(tmp_path, *rows, header=HEADER):
    """Rank the rows of a table."""
    file = tmp_path / "results.csv"
    file.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return xe.rank(file)


def order(board):
    """Return the rank and the name of each system."""
    return [(entry.rank, entry.system) for entry in board.entries]


@pytest.mark.parametrize(
    "text",
    [
        "0.638", ".638", "**0.638**", "*0.638*", "__0.638__", "0.638*", "0.638 **", "0.638†",
        "0.638 ± 0.012", "0.638±0.01", "0.638 +/- 0.012", "**0.638** ± 0.012", "**0.638 ± 0.012**",
        "0.638 (0.012)", "0.638 [0.61, 0.66]", "0.638 [0.61–0.66]", "<b>0.638</b>", "`0.638`",
        r"\textbf{0.638}", r"\underline{\textbf{0.638}}", r"{\bf 0.638}", "$0.638$",
        r"$\mathbf{0.638}$", r"0.638$^{*}$", r"0.638$^\dagger$", r"0.638 $\pm$ 0.012",
        r"$0.638_{\pm 0.012}$", r"\textbf{0.638} $\pm$ 0.01", r"0.638\textsuperscript{a}",
        "0.638<sup>1</sup>", "0.638¹", "63.8%", "63.8 %", r"63.8\%", "63.8 ± 1.2%",
    ],
)  # fmt: skip
def test_values_are_read_as_tables_write_them(text):
    """The number is that of the value, without bold, marks, errors and percent."""
    assert float(plain_value(text, percent=True)) == 0.638


@pytest.mark.parametrize("text", ["$-0.638$", "−0.638", "–0.638", r"\textbf{-0.638}", "-0.638*"])
def test_a_minus_is_kept(text):
    """A hyphen, a minus sign and a dash before a number are its sign."""
    assert float(plain_value(text, percent=True)) == -0.638


@pytest.mark.parametrize(
    "text", ["", "-", "–", "—", "--", "---", "n/a", "N/A", "NA", "n.a.", r"\textbf{--}", "**–**"]
)
def test_missing_values(text):
    """A dash and the words for a missing value are no number."""
    assert plain_value(text, percent=True) is None


@pytest.mark.parametrize(
    "text",
    ["nan", "inf", "0,638", "0.6 0.7", "0.6/0.7", "abc", "1.2.3", "(0.638)", "10³", "10^3", "1 234",
     "0.638x", "x" * 10_000, "*" * 10_000, "{" * 150],
)  # fmt: skip
def test_other_fields_stay_as_they_are(text):
    """What could be another number is left to the error that names it."""
    assert plain_value(text, percent=True) == text
    assert plain_value("3.2%", percent=False) == "3.2%"


def test_names_lose_their_markup():
    """Bold and arrows are removed from names; underscores and stars of a name stay."""
    names = ["**Kumo_01**", r"\textbf{Kumo\_01}", "<b>Kumo_01</b>", "Kumo_01"]
    assert {plain_name(name) for name in names} == {"Kumo_01"}
    assert [plain_name(name) for name in ("__x__", "Kumo*", "A ↑")] == ["__x__", "Kumo*", "A ↑"]
    headers = ["**SRCC**", "SRCC ↑", "SRCC (↑)", r"SRCC $\uparrow$", r"\textbf{SRCC} ↑"]
    assert {plain_name(name, header=True) for name in headers} == {"SRCC"}


def test_a_published_table_is_ranked_and_what_was_read_is_noted(tmp_path):
    """Values are rounded in decimals after the notation is removed; a note lists the fields."""
    board = ranked(
        tmp_path,
        "**Kumo_01**,**0.6375**,0.687 ± 0.012,0.461*,3.011",
        r"\textbf{Ame\_01},63.75%,0.690,\underline{0.46},3.2",
        header="System,SRCC ↑,**LCC** ↑,KTAU (↑),MSE ↓\n",
    )
    assert order(board) == [(1, "Ame_01"), (2, "Kumo_01")]
    assert [entry.rounded["SRCC"] for entry in board.entries] == [0.638, 0.638]
    (note,) = board.findings
    assert (note.code, note.severity, note.count, note.lines) == ("XAC181", "info", 7, (2, 3))
    assert "'**0.6375**' as 0.6375, '0.687 ± 0.012' as 0.687, '0.461*' as 0.461" in note.message
    assert ranked(tmp_path, "Kumo_01,0.6,0.6,0.4,3").findings == ()


def test_percent_of_an_error_is_no_number(tmp_path):
    """MSE has no upper limit, so that percent of it is an error."""
    with pytest.raises(xe.TableError) as error:
        ranked(tmp_path, "Kumo_01,0.6,0.6,0.4,3.1%")
    assert [finding.code for finding in error.value.findings] == ["XAC031"]


def test_missing_values_decide_nothing(tmp_path):
    """A missing metric counts only in a tie: then its system is behind those that have it."""
    board = ranked(
        tmp_path,
        "behind_01,0.600,–,0.9,1.0",
        "worst_01,0.600,0.1,0.1,9.0",
        "same_01,0.600,—,0.1,9.0",
        "first_01,0.700,,,",
        "last_01,0.500,0.9,0.9,0.1",
        "mse_01,0.400,0.5,0.4,–",
        "mse_02,0.400,0.5,0.4,3",
    )
    assert order(board) == [
        (1, "first_01"),
        (2, "worst_01"),
        (3, "behind_01"),
        (3, "same_01"),
        (5, "last_01"),
        (6, "mse_02"),
        (7, "mse_01"),
    ]
    assert board.entries[0].metrics == {"SRCC": 0.7, "LCC": None, "KTAU": None, "MSE": None}
    assert board.unranked == ()


def test_without_the_first_metric_a_system_is_unranked(tmp_path):
    """Nothing can rank it, so it is listed below the table with the reason."""
    board = ranked(tmp_path, "A_01,–,0.6,0.4,3", "B_01,0.5,0.6,0.4,3")
    assert order(board) == [(1, "B_01")]
    (one,) = board.unranked
    assert (one.system, one.team, one.findings[0].code) == ("A_01", "A", "XAC180")


@pytest.mark.long
def test_the_table_marks_missing_values(tmp_path):
    """A dash is in the cell, and a note names the systems; JSON has null."""
    file = tmp_path / "results.csv"
    file.write_text(HEADER + "A_01,0.6,–,0.4,3\nB_01,0.6,0.5,0.4,3\nC_01,–,0.5,0.4,3\n")
    text = xacle_eval("rank", file)
    assert text.code == 0
    assert "2   A_01      0.600       –    0.400   3.000" in text.out
    assert "Without a value: A_01 (LCC). Such a system is ranked by" in text.out
    assert "unranked  C_01" in text.out
    assert "error XAC180 C_01" in text.out
    page = xacle_eval("rank", file, "--format", "markdown")
    assert "Without a value: A_01 (LCC)" in page.out.replace("\\", "")
    data = json.loads(xacle_eval("rank", file, "--format", "json").out)
    assert data["entries"][1]["metrics"]["LCC"] is None
    again = tmp_path / "again.csv"
    again.write_text(xacle_eval("rank", file, "--format", "csv").out)
    assert xacle_eval("rank", again, "--format", "csv").out == again.read_text()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["A_01,0.384,0.264,0.396,4.8"], "are LCC and KTAU swapped?"),
        (["A_01,0.38,0.26,0.39,4.8", "B_01,0.6,0.4,0.68,3"], "in all 2 rows (A_01: SRCC 0.38, "),
        (["A_01,-0.38,-0.26,-0.39,4.8"], "are LCC and KTAU swapped?"),
        (["A_01,0.264,0.396,0.384,4.8"], "are SRCC and KTAU swapped?"),
        (["A_01,0.384,–,0.396,4.8"], "are SRCC and KTAU swapped?"),
        (["A_01,0.384,0.396,0.264,4.8"], ""),
        (["A_01,0.38,0.26,0.39,4.8", "B_01,0.6,0.6,0.4,3"], ""),
        (["A_01,0.38,0.26,–,4.8"], ""),
        (["A_01,0,0,0,4.8"], ""),
    ],
)
def test_exchanged_columns_are_suspected(rows, said, tmp_path):
    """KTAU above SRCC in every row is a warning with the values, and only then."""
    found = [one for one in ranked(tmp_path, *rows).findings if one.code == "XAC179"]
    assert bool(found) is bool(said)
    assert all(said in one.message and one.severity == "warning" for one in found)


def test_table_1_of_the_paper(tmp_path):
    """Table 1 of the XACLE paper has LCC and KTAU exchanged, and is reported so."""
    file = tmp_path / "table1.csv"
    file.write_text("system,SRCC ↑,KTAU ↑,LCC ↑,MSE ↓\nBaseline,0.384,0.396,0.264,4.836\n")
    (found,) = xe.rank(file).findings
    assert found.message == (
        "KTAU is larger than SRCC (Baseline: SRCC 0.384, KTAU 0.396, LCC 0.264): "
        "are LCC and KTAU swapped?"
    )


def test_text_in_a_frame_is_rounded_in_decimals():
    """A column of texts is rounded like a file, a column of floats as it is."""
    row = {"system": ["A_01"], "LCC": [0.6], "KTAU": [0.4], "MSE": [3.0]}
    written = xe.rank(pd.DataFrame({**row, "SRCC": ["**0.6375**"]}))
    computed = xe.rank(pd.DataFrame({**row, "SRCC": [0.6375]}))
    assert written.entries[0].rounded["SRCC"] == 0.638
    assert computed.entries[0].rounded["SRCC"] == 0.637
    missing = xe.rank(pd.DataFrame({**row, "SRCC": [0.6375], "LCC": [None]}))
    assert missing.entries[0].metrics["LCC"] is None
