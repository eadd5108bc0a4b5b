"""Comparisons of very few pairs, and of systems with a correlation of 1."""

import pytest

from tests.cli.helpers import xacle_eval

CHALLENGE = """
name = "few"
title = "Few Pairs"
default_split = "test"
[ids]
column = "wav_file_name"
[predictions]
column = "pred_score"
[references]
column = "average_score"
[scores]
minimum = 0
maximum = 10
[splits.test]
pattern = "{:05d}.wav"
first = 7500
"""
TRUTH = [1.25, 2.5, 3.75, 4.5, 5.25, 6.0, 6.75, 7.5, 8.25, 9.0, 9.5, 2.0]


@pytest.fixture
def compare(tmp_path):
    """Return a function that compares two systems with references."""

    def run(truth, first, second):
        text = CHALLENGE + f"last = {7499 + len(truth)}\n" + "[ratings]\n"
        text += 'column = "score"\nlistener = { column = "listener_id" }\n'
        (tmp_path / "c.toml").write_text(text)
        for name, values in (("ref", truth), ("a", first), ("b", second)):
            column = "average_score" if name == "ref" else "pred_score"
            rows = "".join(f"{7500 + n:05d}.wav,{value}\n" for n, value in enumerate(values))
            (tmp_path / f"{name}.csv").write_text(f"wav_file_name,{column}\n{rows}")
        done = xacle_eval(
            "compare", "a.csv", "b.csv", "--references", "ref.csv", "--challenge", "c.toml",
            cwd=tmp_path,
        )  # fmt: skip
        assert done.code == 0, done.err
        return done.out

    return run


def test_three_pairs_have_no_interval(compare):
    """With three pairs, neither an interval nor a detectable difference is shown."""
    lines = compare(TRUTH[:3], [0, 7, 4], [1, 3, 2]).splitlines()
    rows = [line.split() for line in lines if line.startswith(("SRCC", "LCC", "KTAU", "MSE"))]
    assert [row[4:] for row in rows[:4]] == [["–", "–"]] * 4


def test_a_perfect_system_has_no_williams_test(compare):
    """A correlation of 1 has no sampling error: a dash, with the reason in a note."""
    out = compare(TRUTH, TRUTH, [TRUTH[-1], *TRUTH[:-1]])
    assert "No Williams' test for SRCC of a and b, LCC of a and b" in " ".join(out.split())
    assert "a correlation of 1 or −1 has no sampling error" in out
