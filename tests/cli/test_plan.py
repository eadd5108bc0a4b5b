"""``xacle-eval plan``: the table, its formats and the plot."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest

import xacle_eval as xe
from tests.cli.helpers import in_process, in_terminal, plain, xacle_eval
from tests.helpers import DATA

EXAMPLE = ("--challenge", DATA / "example")
RATINGS = DATA / "example/ratings.csv"
PLAN = ("plan", RATINGS, *EXAMPLE, "--difference", "0.05", "--listeners", "2,4")


@pytest.mark.long
def test_the_formats_have_the_same_numbers():
    """JSON and CSV have the designs of the Python function, the text their pairs and the cheapest
    design.
    """
    report = xe.plan_test_set(RATINGS, 0.05, challenge=DATA / "example", listeners=(2, 4))
    document = json.loads(xacle_eval(*PLAN, "--format", "json").out)
    assert document["schema"] == "xacle-eval/plan/1"
    assert [each["pairs"] for each in document["designs"]] == [d.pairs for d in report.designs]
    rows = list(csv.DictReader(io.StringIO(xacle_eval(*PLAN, "--format", "csv").out)))
    assert [int(row["ratings"]) for row in rows] == [d.ratings for d in report.designs]
    text = " ".join(xacle_eval(*PLAN).out.split())
    best = next(each for each in report.designs if each.listeners == report.cheapest)
    assert f"Cheapest: {best.pairs:,} pairs with {best.listeners} listeners each" in text
    more = "For the same number of ratings, more pairs help more than more listeners per pair."
    assert more in text
    assert len(report.to_frame()) == 2
    assert report.metric == "SRCC"


def test_expensive_pairs_favour_listeners():
    """If a pair costs much, more listeners per pair are cheaper; the table shows the cost."""
    done = xacle_eval(*PLAN, "--pair-cost", "1000")
    text = " ".join(done.out.split())
    assert "with 4 listeners each, at a cost of 1 for a rating and 1000 for a pair" in text
    assert "Cost" in done.out


@pytest.mark.long
def test_the_plot_is_well_formed_and_not_overwritten(tmp_path):
    """The SVG has a curve for pairs and one for ratings; a second run needs --force."""
    path = tmp_path / "plan.svg"
    done = xacle_eval(*PLAN, "--plot", path)
    assert (done.code, f"wrote a plot to {path}" in done.err) == (0, True)
    space = "{http://www.w3.org/2000/svg}"
    tree = ET.fromstring(path.read_text())  # noqa: S314
    assert len(tree.findall(f"{space}polyline")) == 2
    assert len(tree.findall(f"{space}circle")) == 4
    assert "difference of 0.05 with power 80 %" in tree.find(f"{space}title").text
    texts = [each.text for each in tree.iter(f"{space}text")]
    assert "two-sided test at alpha 0.05; better system: LCC 0.6; correlation between" in texts[1]
    report = xe.plan_test_set(RATINGS, 0.05, challenge=DATA / "example", listeners=(2, 4))
    best = report.designs[0]
    assert f"● cheapest: {best.pairs:,} pairs with 2 listeners each" in texts
    assert {"number, log scale", "listeners per pair", "pairs", "ratings"} <= set(texts)
    ticks = [float(text.replace(",", "")) for text in texts if text[0].isdigit()][:-2]
    assert len(ticks) >= 3
    values = [each.pairs for each in report.designs] + [each.ratings for each in report.designs]
    assert ticks[0] <= min(values) <= max(values) <= ticks[-1]
    first = path.read_bytes()
    assert xacle_eval(*PLAN, "--plot", path).code == 2
    assert xacle_eval(*PLAN, "--plot", path, "--force").code == 0
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--listeners", "2;4"), "expected whole numbers with commas"),
        (("--listeners", "0"), "each from 1 to 1,000"),
        (("--power", "1"), "error: --power is 1; expected a number between 0.5 and 1"),
        (("--metric", "spearman"), "error: metric must be SRCC, LCC, KTAU"),
        (("--pair-cost", "1e308"), "error: --pair-cost is 1e+308; expected a number from 0 to"),
        (("--score", "0.05"), "error: --score is 0.05; expected a correlation above 0.05"),
        (("--between", "0.9999"), "error: --between is 0.9999; predictions of two systems"),
        (("--difference", "0.9"), "error: --difference is 0.9"),
        (("--plot", "-"), "--plot '-': the plot is written as SVG"),
        (("--plot", "plan.png"), "expected a file name that ends in .svg"),
        (("--score", "0.999"), "below the noise ceiling of the pilot"),
    ],
)
def test_wrong_settings_exit_with_2(options, message):
    """The error names the setting and what is expected."""
    done = in_process(*PLAN, *options)
    assert (done.code, done.out) == (2, "")
    assert message in " ".join(done.err.split())


def test_a_plot_that_cannot_be_written_stops_the_command_first(tmp_path):
    """Nothing is written if one of the two files has no folder."""
    table = tmp_path / "plan.txt"
    done = xacle_eval(*PLAN, "--plot", tmp_path / "missing/plan.svg", "-o", table)
    assert (done.code, "create its folder first" in done.err) == (2, True)
    assert not table.exists()


@pytest.mark.long
def test_one_listener_per_pair_is_qualified():
    """The cheapest set has no reliability of its own; the set with two listeners is named."""
    done = xacle_eval(*PLAN[:-1], "1,2")
    text = " ".join(done.out.split())
    two = xe.plan_test_set(RATINGS, 0.05, challenge=DATA / "example", listeners=(1, 2)).designs[1]
    assert "A set with 1 listener per pair has no noise ceiling and no reliability" in text
    assert f"With 2 listeners each: {two.pairs:,} pairs, {two.ratings:,} ratings." in text
    assert "for a single two-sided test at alpha 0.05; among several systems more" in text


@pytest.mark.long
def test_the_table_fits_a_terminal_of_80_columns():
    """No line is longer than the terminal."""
    done = in_terminal(*PLAN, "--pair-cost", "2")
    assert done.code == 0
    assert max(map(len, plain(done.out).splitlines())) <= 80
