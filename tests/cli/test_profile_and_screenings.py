"""``score --profile`` and ``leaderboard --screenings`` as commands."""

import json

import jsonschema
import pytest

from tests.cli.helpers import EXAMPLE, HIBARI, REFERENCES, SMALL, in_terminal, plain, xacle_eval
from tests.cli.test_startup import HEAVY, loaded

SYSTEMS = "example/submissions"
PROFILE = ("score", HIBARI, *EXAMPLE, "--profile")
SCREENINGS = ("leaderboard", SYSTEMS, *EXAMPLE, "--screenings", "all")


def test_the_profile_is_below_the_score():
    """--profile adds three tables below the score and changes nothing above them."""
    without = xacle_eval("score", HIBARI, *EXAMPLE)
    done = xacle_eval(*PROFILE)
    assert done.code == 0
    assert done.out.startswith(without.out)
    titles = (
        "Where the error comes from",
        "Within quantile bands of the reference",
        "Pairs with the largest error",
    )
    places = [done.out.index(title) for title in titles]
    assert places == sorted(places)
    assert "RMSE*" in done.out
    assert "Pairs within the tolerance" in done.out


@pytest.mark.parametrize("arguments", [PROFILE, SCREENINGS])
def test_on_a_terminal_the_tables_fit(arguments):
    """In a terminal of 80 columns no line is longer."""
    done = in_terminal(*arguments)
    assert done.code == 0
    assert max(map(len, plain(done.out).split("\n"))) <= 80


@pytest.mark.long
@pytest.mark.parametrize(("arguments", "key"), [(PROFILE, "profile"), (SCREENINGS, "screenings")])
def test_the_json_has_the_key_only_when_asked(arguments, key):
    """The JSON has the key only if it is requested, and is valid by its schema."""
    name = arguments[0]
    asked = json.loads(xacle_eval(*arguments, "--format", "json").out)
    unasked = json.loads(xacle_eval(*arguments[:4], "--format", "json").out)
    jsonschema.validate(asked, json.loads(xacle_eval("schema", name).out))
    assert key not in unasked
    found = asked.pop(key)
    assert asked == unasked
    if key == "profile":
        parts = (found["bias_part"], found["slope_part"], found["residual_part"])
        assert sum(parts) == pytest.approx(asked["metrics"]["MSE"], abs=1e-12)
    else:
        assert [p["rank"] for p in found[1]["places"]] == [1, 2, 3]


@pytest.mark.parametrize("arguments", [PROFILE, SCREENINGS])
def test_the_csv_has_none(arguments, tmp_path):
    """In CSV, however it is chosen, the options would have no effect, which is an error."""
    for choice in (("--format", "csv"), ("-o", tmp_path / "a.csv")):
        done = xacle_eval(*arguments, *choice)
        assert (done.code, done.out) == (2, "")
        assert "has no effect in CSV; pass another --format" in done.err


@pytest.mark.long
@pytest.mark.parametrize("format_", ["markdown", "latex"])
def test_tables_for_documents_have_them_too(format_):
    """Markdown and LaTeX have the profile and the ranking after screening as tables."""
    assert "Pairs with the largest error" in xacle_eval(*PROFILE, "--format", format_).out
    assert "Ranking after screening" in xacle_eval(*SCREENINGS, "--format", format_).out


def test_screenings_are_side_by_side():
    """The ranks of each method are beside the official ones; notes explain each method."""
    done = xacle_eval(*SCREENINGS)
    assert done.code == 0
    table = done.out[done.out.index("Ranking after screening") :]
    assert "SRCC   agreement   no-variation" in table
    assert "1   Hibari_01   0.869    1  0.869       1  0.869" in table
    assert "agreement (tolerance 5): removes 0 of 96 ratings" in table
    assert "anchors: not applied; requires limit" in table
    assert "rest-correlation: not applied" in table


def test_a_pair_without_ratings_is_named(tmp_path):
    """If a pair would keep no rating, the method has no column and the note names the pair."""
    file = tmp_path / "ratings.csv"
    pairs = [f"{n:03d}.wav" for n in range(1, 25)]
    rows = [
        f"{pair},{score},{who}"
        for pair in pairs[1:]
        for score, who in ((n_of(pair), "a"), (n_of(pair), "b"))
    ]
    rows += [f"{pairs[0]},0,a", f"{pairs[0]},10,b"]
    file.write_text("wav_file_name,score,listener_id\n" + "\n".join(rows) + "\n")
    done = xacle_eval(
        "leaderboard",
        SYSTEMS,
        *EXAMPLE,
        "--references",
        file,
        "--screenings",
        "agreement,no-variation",
    )
    assert done.code == 0
    assert "removes 2 of 48 ratings" in done.out
    assert "not ranked, because it would leave 1 pair without ratings: 001.wav." in done.out
    assert "SRCC   no-variation" in done.out


def n_of(pair):
    """Return a rating that varies with the pair."""
    return int(pair[:3]) % 7 + 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("leaderboard", SYSTEMS, *EXAMPLE, "--screenings", "agrement"), "did you mean agreement?"),
        (
            ("leaderboard", "invalid/submissions", *SMALL, *REFERENCES, "--screenings", "all"),
            "references are averages",
        ),
    ],
)
def test_invalid_screenings(arguments, said):
    """A mistyped method, or references without ratings, exit with 2 and no result."""
    done = xacle_eval(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_the_profile_needs_neither_pandas_nor_numba():
    """The profile imports scipy for the t quantile, and no other large library."""
    assert loaded(*PROFILE) & HEAVY <= {"scipy", "numpy.ma", "numpy.random"}
