"""rank: the challenge's order on published results."""

import csv

import pytest

from tests.cli.helpers import EXAMPLE, in_process, xacle_eval

# Published test results of the first challenge (winner, baseline) and of the second one's baseline.
PUBLISHED = (
    "system,SRCC,LCC,KTAU,MSE\n"
    "Baseline_2026,0.3345,0.3420,0.2290,4.8110\n"
    "Winner_2026,0.6402,0.6873,0.4612,3.0111\n"
    "Baseline_2027,0.5648,0.6142,0.3997,3.1847\n"
)


def write(folder, text):
    """Write a table."""
    file = folder / "results.csv"
    file.write_text(text)
    return file


def test_published_results(tmp_path):
    """The published results are ranked in the published order."""
    lines = xacle_eval("rank", write(tmp_path, PUBLISHED)).out.splitlines()
    assert [line.split() for line in lines[4:7]] == [
        ["1", "Winner_2026", "0.640", "0.687", "0.461", "3.011"],
        ["2", "Baseline_2027", "0.565", "0.614", "0.400", "3.185"],
        ["3", "Baseline_2026", "0.334", "0.342", "0.229", "4.811"],
    ]


def test_ties_are_broken_at_three_decimals(tmp_path):
    """Values that are equal at three decimals tie: then LCC, KTAU and the lower MSE decide."""
    table = write(
        tmp_path,
        (
            "system,SRCC,LCC,KTAU,MSE\n"
            "by_mse_A,0.5004,0.6,0.4,2.1\nby_lcc_A,0.5001,0.7,0.1,9\nby_mse_B,0.4996,0.6,0.4,2.0\n"
            "by_ktau_A,0.5,0.6,0.5,9\nequal_A,0.4,0.3,0.2,1.0001\nequal_B,0.4,0.3,0.2,1.0004\nlast_A,0.1,0.9,0.9,0.1\n"
        ),
    )
    rows = [line.split()[:2] for line in xacle_eval("rank", table).out.splitlines()[4:11]]
    assert rows == [
        ["1", "by_lcc_A"],
        ["2", "by_ktau_A"],
        ["3", "by_mse_B"],
        ["4", "by_mse_A"],
        ["5=", "equal_A"],
        ["5=", "equal_B"],
        ["7", "last_A"],
    ]


def test_a_leaderboard_can_be_ranked_again(tmp_path):
    """The CSV of a leaderboard is a valid table of results and gives the same table again."""
    arguments = (*EXAMPLE, "--by", "team", "--format", "csv")
    first = xacle_eval("leaderboard", "example/submissions", *arguments).out
    again = xacle_eval("rank", write(tmp_path, first), *arguments).out
    # The last two columns, references and signature, say that the results are published.
    rows, expected = (list(csv.DictReader(text.splitlines())) for text in (again, first))
    source = {"references", "signature"}
    for row, other in zip(rows, expected, strict=True):
        assert {name for name in row if row[name] != other[name]} == source
    assert "|published|" in again


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("A_01,0.5,0.4,nan,2", ":3:14 XAC032"),
        ("A_01,1.5,0.4,0.3,2", ":3:6"),
        ("A_01,0.5,0.4,0.3", ":3"),
        (",0.5,0.4,0.3,2", ":3:1"),
    ],
)
def test_errors_are_located(row, said, tmp_path):
    """An invalid table exits with 2 and reports the line and the column."""
    table = write(tmp_path, f"system,SRCC,LCC,KTAU,MSE\nB_01,0.5,0.4,0.3,2\n{row}\n")
    result = in_process("rank", table)
    assert (result.code, result.out) == (2, "")
    assert f"results.csv{said}" in result.err
