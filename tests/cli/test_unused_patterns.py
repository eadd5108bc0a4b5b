"""Patterns of baselines that no submission matches are a note on the leaderboard."""

import pytest

from tests.cli.helpers import xacle_eval
from tests.submissions.cases import AVERAGES, CHALLENGE, GOOD, lines

RULES = '\n[submissions]\nbaselines = ["baseline_*", "Base_01"]\nout_of_competition = ["org/*"]\n'


@pytest.fixture
def folder(tmp_path):
    """A challenge with three patterns, of which one matches."""
    (tmp_path / "challenge.toml").write_text(CHALLENGE + RULES)
    (tmp_path / "averages.csv").write_text(AVERAGES)
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "Base_01.csv").write_text(GOOD)
    (tmp_path / "uploads" / "Baseline_01.csv").write_text(GOOD.replace("2.11", "2.2"))
    return tmp_path


def board(folder):
    """Return what the leaderboard prints, with exit code 0."""
    done = xacle_eval(
        *("leaderboard", "uploads", "--references", "averages.csv"),
        *("--challenge", "challenge.toml"),
        cwd=folder,
    )
    assert done.code == 0
    return done.out


def test_a_pattern_without_a_submission_is_a_note(folder):
    """The letter case of one pattern is wrong, and a team is absent: each key has its note."""
    text = board(folder)
    note = "info XAC178 pattern of submissions.{} that matches no submission: '{}'"
    assert note.format("baselines", "baseline_*") in text
    assert note.format("out_of_competition", "org/*") in text
    assert "letter case matters" in text


def test_an_invalid_submission_matches_too(folder):
    """A pattern is used if its submission is there, even if it is unranked; then no note."""
    (folder / "uploads" / "org").mkdir()
    (folder / "uploads" / "org" / "x.csv").write_text(lines([]))
    (folder / "uploads" / "baseline_1.csv").write_text(GOOD.replace("2.11", "2.3"))
    done = xacle_eval(
        *("leaderboard", "uploads", "--references", "averages.csv", "--exit-zero"),
        *("--challenge", "challenge.toml"),
        cwd=folder,
    )
    assert "unranked  uploads/org/x.csv" in done.out
    assert "XAC178" not in done.out
