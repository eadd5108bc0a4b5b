"""Terminal output: tables aligned at 80 columns, colour only in a terminal, nothing truncated."""

import re

import pytest
from rich.cells import cell_len

from tests.cli.helpers import (
    EXAMPLE,
    HIBARI,
    REFERENCES,
    SMALL,
    VOICEMOS,
    in_terminal,
    plain,
    xacle_eval,
)
from tests.helpers import DATA, REPOSITORY

SLOW = "import xacle_eval.cli.progress as p\np._PATIENCE_SECONDS = -1"


def test_a_leaderboard_at_80_columns():
    """Every line fits, the rule is as wide as the table, and shared ranks keep digits aligned."""
    result = in_terminal("leaderboard", "invalid/submissions", *SMALL, *REFERENCES)
    lines = plain(result.out).splitlines()
    assert result.code == 1
    assert max(map(cell_len, lines)) <= 80
    assert lines[0] == "Small Challenge, split test"
    assert lines[2] == "Rank   System                  SRCC ↑    LCC ↑   KTAU ↑   MSE ↓"
    assert lines[3] == "─" * len(lines[2])
    assert lines[4] == "  1=   id_with_blanks           0.943    0.989    0.867   0.409"
    assert lines[9].startswith("   6   out_of_range ")
    start = next(place for place, line in enumerate(lines) if line.startswith("Signature: "))
    parts = lines[start : start + 3]
    assert [part[:11] for part in parts] == ["Signature: ", " " * 11, " " * 11]
    assert (
        "".join(part[11:] for part in parts)
        in xacle_eval("leaderboard", "invalid/submissions", *SMALL, *REFERENCES).out
    )
    place = lines.index("  unranked  invalid/submissions/id_of_other_split.csv")
    assert lines[place + 4 : place + 8] == [
        "    error XAC022 invalid/submissions/id_of_other_split.csv:6:1",
        "        2 ids of the split validation, not of test; the first is '201.wav'",
        "        lines 6, 7",
        "        Replace these rows: every row must be of the split test.",
    ]


def test_colour_only_where_it_is_wanted():
    """A terminal gets colours, not with NO_COLOR; a dumb terminal gets no escape codes."""
    arguments = ("leaderboard", "example/submissions", *EXAMPLE)
    coloured = in_terminal(*arguments).out
    without = in_terminal(*arguments, NO_COLOR="1").out
    dumb = in_terminal(*arguments, TERM="dumb").out
    assert "\x1b[1;32m" in coloured
    assert "\x1b[1;32m" not in without
    assert "\x1b" not in dumb
    assert plain(coloured) == plain(without) == dumb


def test_a_terminal_that_cannot_show_arrows():
    """Signs that a terminal's encoding lacks are replaced by plain ones."""
    lines = plain(in_terminal("score", HIBARI, *EXAMPLE, PYTHONIOENCODING="ascii").out).splitlines()
    assert lines[2] == "System       n   SRCC ^   LCC ^   KTAU ^   MSE v"
    assert lines[3] == "-" * len(lines[2])


def test_a_narrow_terminal_keeps_the_names():
    """At 40 columns names are broken behind their marks, and columns are in two tables."""
    text = plain(
        in_terminal("leaderboard", "invalid/submissions", *SMALL, *REFERENCES, columns=40).out
    )
    assert "   7   other_scale_       0.543    0.683\n       symmetric\n" in text
    assert re.search(r"   7   other_scale_ +0.467   31.23\n       symmetric\n", text)
    assert "   3436\n" in text


@pytest.mark.long
def test_the_uncertainty_in_a_terminal():
    """A table wider than the terminal is split between columns, and names are not broken."""
    folder, more = REPOSITORY / "sample_submissions", ("--bootstrap", "20", "-q")
    text = plain(in_terminal("leaderboard", folder, *more).out)
    _, *lines = text[text.index("Uncertainty of the ranking") :].splitlines()
    assert max(map(cell_len, lines)) <= 80
    rows = [line.split()[1] for line in lines if line.startswith("   1")]
    assert rows == ["MinimalStretched_Reference_01"] * 3
    titles = [line.split()[2:] for line in lines if line.startswith("Rank ")]
    assert titles == [
        ["SRCC", "95", "%", "Ranks", "Jointly"],
        ["Cluster", "Letters", "Ceiling"],
        ["Median", "95", "%", "1st", "2nd", "3rd"],
    ]


def test_a_long_name(tmp_path):
    """A very long name is folded in a terminal and complete on one line in a pipe."""
    name = "Very" * 30 + "_01"
    (tmp_path / f"{name}.csv").write_bytes((DATA / HIBARI).read_bytes())
    arguments = ("leaderboard", tmp_path, *EXAMPLE)
    lines = plain(in_terminal(*arguments).out).splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert "".join(line.split()[0] for line in lines[5:8]) in name
    assert "0.869" in lines[4]
    piped = xacle_eval("score", tmp_path / f"{name}.csv", *EXAMPLE, "--format", "csv")
    assert name in piped.out


def test_teams():
    """--by team shows the best system of each team; folders name teams if labels do not."""
    by_team = xacle_eval(
        "leaderboard", "example/submissions", *EXAMPLE, "--by", "team"
    ).out.splitlines()
    assert by_team[0] == "Example Challenge, split test, best system of each team"
    assert by_team[2].split()[:3] == ["Rank", "Team", "System"]
    assert [line.split()[:3] for line in by_team[4:6]] == [
        ["1", "Hibari", "Hibari_01"],
        ["2", "Suzume", "Suzume_01"],
    ]
    folders = xacle_eval(
        "leaderboard", "challenges/voicemos/submissions", *VOICEMOS
    ).out.splitlines()
    assert folders[0].endswith("split test, system level")
    assert folders[4].split() == ["1", "T01", "answer", "1.0000", "0.0074", "0.9975", "1.0000"]


def test_levels():
    """A challenge with groups shows the pair level above the group level."""
    result = xacle_eval("score", "challenges/voicemos/submissions/T01/answer.txt", *VOICEMOS)
    rows = [line.split() for line in result.out.splitlines()]
    assert rows[4][:4] == ["answer", "pair", "30", "0.9644"]
    assert rows[5][:4] == ["answer", "system", "6", "1.0000"]


def test_nothing_to_rank():
    """If no submission can be ranked, a sentence replaces the table."""
    result = xacle_eval("leaderboard", "nowhere.csv", *EXAMPLE)
    assert "\nNo submission is ranked.\n" in result.out
    assert "SRCC ↑" not in result.out


NARROW = {
    "lists": ("leaderboard", REPOSITORY / "sample_submissions", "--by", "team"),
    "rule": ("explain", "XAC022"),
    "error": ("score", HIBARI, *EXAMPLE, "--references", "invalid/references.csv"),
    "usage": ("compare", "--formats", "csv"),
    "arguments": ("score", HIBARI, HIBARI, HIBARI, *EXAMPLE),
    "challenges": ("challenge", "list"),
    "challenge": ("challenge", "check", "invalid/references.csv"),
    "help": ("explain", "--help"),
}


@pytest.mark.long
@pytest.mark.parametrize("arguments", NARROW.values(), ids=NARROW)
def test_a_terminal_of_40_columns(arguments):
    """Tables, errors, usage and hints fit; only examples of commands are kept as one line."""
    text = plain(in_terminal(*arguments, columns=40).out)
    lines = [line for line in text.splitlines() if not line.startswith("    xacle-eval")]
    assert max(map(cell_len, lines)) <= 40
    words = text.replace("\n", " ").split()
    piped = xacle_eval(*arguments)
    assert all(word in words for word in ("error:",) if word in piped.err)


def test_a_pipe_is_not_wrapped():
    """In a pipe an error is one line, however long it is and whatever COLUMNS says."""
    error = xacle_eval("score", HIBARI, "--challenge", "a b " * 30, COLUMNS="40").err
    assert error.count("\n") == 1
    assert "a b " * 30 in error


@pytest.mark.long
@pytest.mark.parametrize("name", ["validate", "leaderboard"])
def test_progress(name):
    """A long run shows a progress bar in a terminal, but not in a pipe or with --quiet."""
    arguments = (name, "example/submissions", *EXAMPLE)
    word = {"validate": "checking", "leaderboard": "scoring"}[name]
    assert word in in_terminal(*arguments, before=SLOW).out
    assert word not in in_terminal(*arguments, "--quiet", before=SLOW).out
    assert word not in in_terminal(*arguments).out
    assert xacle_eval(*arguments, before=SLOW).err == ""


SLEEP = """
import time
import xacle_eval.cli.score as score
import xacle_eval.cli.progress as progress
progress._PATIENCE_SECONDS = 0.05
load = score.open_references
score.open_references = lambda *given: (time.sleep(0.4), load(*given))[1]
"""


@pytest.mark.long
def test_a_bar_for_work_that_reports_nothing():
    """A timer shows the bar while references are read; it is gone before the result."""
    shown = in_terminal("score", HIBARI, *EXAMPLE, before=SLEEP).out
    assert shown.index("working") < shown.index("Example Challenge")
    assert "working" not in plain(shown.rpartition("\x1b[?25h")[2])
    assert "working" not in in_terminal("score", HIBARI, *EXAMPLE, "-q", before=SLEEP).out
    assert "working" not in xacle_eval("score", HIBARI, *EXAMPLE, before=SLEEP).err


def test_work_goes_on_without_a_thread():
    """If the system gives no thread for the timer, there is no bar and no error."""
    before = SLEEP + (
        "import threading\n"
        "def refuse(self): raise RuntimeError('no thread')\n"
        "threading.Thread.start = refuse\n"
    )
    result = in_terminal("score", HIBARI, *EXAMPLE, before=before)
    assert result.code == 0
    assert "Hibari_01" in result.out
    assert "working" not in result.out
