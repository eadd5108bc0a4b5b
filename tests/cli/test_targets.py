"""Commands on a challenge with several targets, as users run them."""

import json

import pytest

from tests.cli.helpers import DATA, xacle_eval
from tests.data.make_examples import description, write_zip
from tests.helpers import json_of

MUSIC = "challenges/audiomos2025_track1"
CHALLENGE = ("--challenge", f"{MUSIC}/challenge.toml")
T01 = f"{MUSIC}/submissions/T01.txt"
SPEECH = "challenges/voicemos2024_track3"


def test_score_shows_a_block_for_each_target():
    """The text has one table for each target; its title names it."""
    result = xacle_eval("score", T01, *CHALLENGE)
    assert result.code == 0
    lines = result.out.splitlines()
    titles = [line for line in lines if line.endswith("split test")]
    assert [title.split(", ")[-2] for title in titles] == [
        "musical impression",
        "textual alignment",
    ]
    assert sum(line.lstrip().startswith("System") for line in lines) == 2


def test_csv_has_a_column_for_the_target():
    """CSV is one table, with the rows of the overall board last."""
    rows = xacle_eval(
        "leaderboard", f"{MUSIC}/submissions", *CHALLENGE, "--format", "csv"
    ).out.splitlines()
    assert rows[0].split(",")[:4] == ["target", "rank", "team", "system"]
    assert [row.split(",")[0] for row in rows[1:]] == ["MI"] * 4 + ["TA"] * 4 + ["overall"] * 4


@pytest.mark.parametrize("form", ["markdown", "latex"])
def test_leaderboard_ends_with_the_overall_board(form):
    """Every format for people has a table for each target, then the overall board."""
    result = xacle_eval("leaderboard", f"{MUSIC}/submissions", *CHALLENGE, "--format", form)
    places = [result.out.index(text) for text in ("musical", "textual", "all targets")]
    assert places == sorted(places)
    assert result.code == 0


def test_a_table_of_several_targets_can_be_ranked_again(tmp_path):
    """The CSV of a leaderboard is a table that `rank` reads, with the same ranks per target."""
    table = tmp_path / "board.csv"
    xacle_eval(
        "leaderboard", f"{SPEECH}/submissions", "--challenge", SPEECH,
        "--format", "csv", "-o", table,
    )  # fmt: skip
    board = json_of(
        xacle_eval(
            "leaderboard", f"{SPEECH}/submissions", "--challenge", SPEECH, "--format", "json"
        ).out
    )
    ranked = json_of(xacle_eval("rank", table, "--challenge", SPEECH, "--format", "json").out)
    for name, found in board["targets"].items():
        places = [(e["rank"], e["system"]) for e in found["entries"]]
        assert [(e["rank"], e["system"]) for e in ranked["targets"][name]["entries"]] == places
    assert [e["value"] for e in ranked["overall"]["entries"]] == [
        e["value"] for e in board["overall"]["entries"]
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["MX=references.csv"], "unknown target 'MX'"),
        (["MI=a.csv", "MI=b.csv", "MI=c.csv"], "target MI is given too often"),
        (["MI=a.csv", "b.csv"], "expected TARGET=FILE"),
        (["MI=references.csv"], "no references for the target TA"),
    ],
)
def test_wrong_references(given, says):
    """A value of --references that does not fit the targets is explained; exit code 2."""
    options = [text for value in given for text in ("--references", value)]
    result = xacle_eval(
        "score", "submissions/T01.txt", "--challenge", "challenge.toml", *options,
        cwd=DATA / MUSIC,
    )  # fmt: skip
    assert result.code == 2
    assert says in result.err
    assert "Traceback" not in result.err


def test_three_files_of_references_need_targets():
    """With one target, --references is given once, or twice for ratings and averages."""
    result = xacle_eval(
        "score", "example/submissions/Hibari_01.csv", "--challenge", "example",
        *("--references", "a.csv") * 3,
    )  # fmt: skip
    assert result.code == 2
    assert "--references is given 3 times" in result.err


def test_the_official_file_of_each_target(tmp_path):
    """--official-csv writes a file for each target, in a folder with its name."""
    assert xacle_eval("score", T01, *CHALLENGE, "--official-csv", tmp_path).code == 0
    lines = {
        name: (tmp_path / name / "evaluation_result.csv").read_text().splitlines()
        for name in ("MI", "TA")
    }
    assert all(each[0] == "metric,value" and each[-1] == "N,30" for each in lines.values())
    assert lines["MI"][1] != lines["TA"][1]


@pytest.mark.long
def test_the_ratings_of_one_target_are_analysed():
    """`listeners` asks for the target, and analyses its column."""
    ratings = (f"{SPEECH}/ratings.csv", "--challenge", SPEECH)
    result = xacle_eval("listeners", *ratings)
    assert result.code == 2
    assert "choose one with --target" in result.err
    reports = [
        json_of(
            xacle_eval(
                "listeners", *ratings, "--target", name, "--format", "json", "--resamples", "20"
            ).out
        )
        for name in ("SIG", "BAK")
    ]
    assert [each["target"] for each in reports] == ["SIG", "BAK"]
    assert reports[0]["before"]["description"] != reports[1]["before"]["description"]
    shown = xacle_eval("listeners", *ratings, "--target", "SIG", "--resamples", "20").out
    assert shown.startswith("Ratings, SIG\n")


def test_claimed_results_by_target(tmp_path):
    """A description claims results for each target; a wrong one is named with its target."""
    found = json_of(xacle_eval("score", T01, *CHALLENGE, "--format", "json").out)
    card = found["systems"][0]["targets"]
    right = round(card["MI"]["metrics"]["SRCC"], 3)
    claims = (
        f"results:\n  test:\n    targets:\n      MI: {{SRCC: {right}}}\n      TA: {{SRCC: 0.1}}\n"
    )
    text = description("Aki_01") + claims
    package = tmp_path / "Aki.zip"
    predictions = (DATA / T01).read_text()
    write_zip(package, {"Aki_01.txt": predictions, "Aki_01.yaml": text})
    result = xacle_eval("score", package, *CHALLENGE)
    assert result.code == 0
    assert result.err.count("XAC116") == 1
    assert "split test, target TA differ: SRCC 0.1" in result.err


def test_an_invalid_file_has_one_report():
    """`validate` reports a file once; its findings name the column."""
    result = xacle_eval(
        "validate", "invalid/submissions/target_columns.csv", "--challenge",
        "invalid/targets.toml", "--format", "json",
    )  # fmt: skip
    (report,) = json.loads(result.out)["submissions"]
    assert result.code == 1
    messages = [finding["message"] for finding in report["findings"]]
    assert sum("duplicate id" in message for message in messages) == 1
    assert sum(message.startswith("column 3 (match): ") for message in messages) == 3


def test_a_file_without_a_header_is_repaired(tmp_path):
    """`fix` keeps the order of the targets in a file without a header."""
    lines = (DATA / T01).read_text().splitlines()
    broken = lines.copy()
    pair, first, second = broken[1].split(",")
    broken[1] = f"{pair},tensor({first}),{second}"
    (tmp_path / "T01.txt").write_text("\n".join(broken) + "\n")
    out = tmp_path / "fixed.txt"
    assert xacle_eval("fix", tmp_path / "T01.txt", *CHALLENGE, "-o", out).code == 0
    assert out.read_text().splitlines() == lines
