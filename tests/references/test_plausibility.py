"""References on another scale, and averages beside ratings, through the real command."""

import pytest

from tests.cli.helpers import xacle_eval

CHALLENGE = """
name = "twelve"
title = "Twelve Pairs"
default_split = "validation"
[ids]
column = "wav_file_name"
[predictions]
column = "pred_score"
[references]
column = "average_score"
[ratings]
column = "score"
listener = { column = "listener_id" }
[scores]
minimum = 0
maximum = 10
[splits.validation]
pattern = "{:05d}.wav"
first = 7500
last = 7511
"""
TRUTH = [1.25, 2.5, 3.75, 4.5, 5.25, 6.0, 6.75, 7.5, 8.25, 9.0, 9.5, 2.0]


@pytest.fixture
def score(tmp_path):
    """Return a function that scores a file with references of the given rows."""
    (tmp_path / "c.toml").write_text(CHALLENGE)
    rows = "".join(f"{7500 + n:05d}.wav,{(n * 7) % 10}\n" for n in range(12))
    (tmp_path / "pred.csv").write_text("wav_file_name,pred_score\n" + rows)

    def run(header, rows, command=("score", "pred.csv", "--references")):
        text = "".join(f"{7500 + n:05d}.wav,{row}\n" for n, row in rows)
        (tmp_path / "ref.csv").write_text(f"wav_file_name,{header}\n{text}")
        return xacle_eval(*command, "ref.csv", "--challenge", "c.toml", cwd=tmp_path)

    return run


def rate(averages):
    """Return two ratings for each pair of TRUTH, with the given averages in a third column."""
    return [
        (n, f"{truth + offset},{name},{averages[n]}")
        for n, truth in enumerate(TRUTH)
        for name, offset in (("a", -0.25), ("b", 0.25))
    ]


def test_averages_that_agree_with_the_ratings_are_a_warning(score):
    """Averages rounded or cut to one decimal agree with the ratings; the ratings are used."""
    cut = [int(truth * 10) / 10 for truth in TRUTH]
    rounded = [f"{truth:.1f}" for truth in TRUTH]
    for averages in (TRUTH, cut, rounded):
        done = score("score,listener_id,average_score", rate(averages))
        assert done.code == 0
        assert "XAC160" in done.err
        assert "they agree, and the ratings are used" in done.err


@pytest.mark.parametrize("command", [("score", "pred.csv", "--references"), ("listeners",)])
def test_averages_that_differ_from_the_ratings_are_refused(score, command):
    """An average that is off by more than its last digit is an error with its place."""
    done = score("score,listener_id,average_score", rate([*TRUTH[:3], 4.85, *TRUTH[4:]]), command)
    assert done.code == 2
    assert "XAC161" in done.err
    assert "07503.wav has the average 4.85, but its ratings have the mean 4.5" in done.err


@pytest.mark.parametrize(
    ("scale", "severity", "divide", "add"),
    [("0–1", "warning", 10, 0), ("1–5", "info", 2.5, 1)],
)
def test_references_on_another_scale_are_reported(score, scale, severity, divide, add):
    """References on 0 to 1 are a warning, and on 1 to 5 a note, on a scale from 0 to 10."""
    rows = [(n, f"{truth / divide + add:.3f}") for n, truth in enumerate(TRUTH)]
    done = score("average_score", rows)
    assert done.code == 0
    assert f"{severity} XAC037" in done.err
    assert f"as on a {scale} scale" in done.err


def test_ratings_on_another_scale_are_reported(score):
    """Ratings on 0 to 1 are a warning in `score` and in `listeners`."""
    rows = [(n, f"{truth / 10:.3f},a") for n, truth in enumerate(TRUTH)]
    rows += [(n, f"{1 - truth / 10:.3f},b") for n, truth in enumerate(TRUTH)]
    for command in (("score", "pred.csv", "--references"), ("listeners",)):
        assert "the ratings range from" in score("score,listener_id", rows, command).err


def test_references_on_the_scale_of_the_challenge_are_not_reported(score):
    """Nothing is said of references that use the scale."""
    done = score("average_score", list(enumerate(TRUTH)))
    assert done.code == 0
    assert "XAC037" not in done.err
