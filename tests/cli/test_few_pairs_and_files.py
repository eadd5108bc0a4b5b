"""Comparisons of very few pairs, huge values, and files that a person may have edited."""

import numpy as np
import pytest
from scipy.special import stdtr

from tests.cli.helpers import xacle_eval
from tests.references.test_plausibility import CHALLENGE, TRUTH
from xacle_eval.statistics import williams_test


def write(folder, name, values, column="pred_score"):
    """Write a value for each of the first pairs."""
    rows = "".join(f"{7500 + n:05d}.wav,{value}\n" for n, value in enumerate(values))
    (folder / name).write_text(f"wav_file_name,{column}\n{rows}")


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a challenge of twelve pairs and its references."""
    (tmp_path / "c.toml").write_text(CHALLENGE)
    (tmp_path / "c1.toml").write_text(CHALLENGE.replace("07511", "").replace("7511", "7500"))
    (tmp_path / "c3.toml").write_text(CHALLENGE.replace("7511", "7502"))
    write(tmp_path, "ref.csv", TRUTH, "average_score")
    write(tmp_path, "ref3.csv", TRUTH[:3], "average_score")
    return tmp_path


def test_three_pairs_can_show_nothing(folder):
    """With three pairs, no interval is shown, and the smallest possible p-value is named."""
    write(folder, "a.csv", [0, 7, 4])
    write(folder, "b.csv", [1, 3, 2])
    done = xacle_eval(
        "compare", "a.csv", "b.csv", "--references", "ref3.csv", "--challenge", "c3.toml",
        cwd=folder,
    )  # fmt: skip
    assert done.code == 0
    assert "3 pairs can show no difference: the smallest possible p-value is 0.25" in done.out
    assert all(
        line.split()[-2:] == ["–", "–"] for line in done.out.splitlines() if " 7.292 " in line
    )
    assert "detectable difference is about" not in done.out


def test_one_prediction_has_no_scale(folder):
    """A single prediction of 1 is not taken for one on a scale from 0 to 1."""
    write(folder, "one.csv", [1])
    done = xacle_eval("validate", "one.csv", "--challenge", "c1.toml", cwd=folder)
    assert done.code == 0
    assert "XAC037" not in done.out


def test_a_huge_error_has_an_exponent(folder):
    """An MSE above 1e6 is printed with an exponent, in a score and in a leaderboard."""
    text = CHALLENGE.replace("maximum = 10", "maximum = 10\nmax_widths_beyond = 1e99")
    (folder / "free.toml").write_text(text)
    write(folder, "a.csv", [*range(11), "2e98"])
    rest = ("a.csv", "--references", "ref.csv", "--challenge", "free.toml")
    assert "3.333e+195" in xacle_eval("score", *rest, cwd=folder).out
    ranked = xacle_eval("leaderboard", *rest, "--rank-suspicious", cwd=folder)
    assert "3.333e+195" in ranked.out, ranked.err


def test_a_reversed_system_has_the_limit_of_williams_test(folder):
    """At r23 = -1, Williams' t is r sqrt((n - 3) / (1 - r^2)); nearby values approach it."""
    r, n = 0.6, 12
    found = williams_test(r, -r, -1.0, n)
    expected = r * np.sqrt((n - 3) / (1 - r**2))
    assert found.t == pytest.approx(expected, rel=1e-12)
    assert found.p == pytest.approx(2 * stdtr(n - 3, -expected), rel=1e-12)
    assert williams_test(r, -r, -1.0 + 1e-7, n).t == pytest.approx(expected, rel=1e-6)


def test_a_perfect_system_has_no_williams_test(folder):
    """A correlation of 1 has no sampling error: a dash, with the reason in a note."""
    write(folder, "a.csv", TRUTH)
    write(folder, "b.csv", [TRUTH[-1], *TRUTH[:-1]])
    done = xacle_eval(
        "compare", "a.csv", "b.csv", "--references", "ref.csv", "--challenge", "c.toml", cwd=folder
    )
    assert "No Williams' test for SRCC of a and b, LCC of a and b" in " ".join(done.out.split())
    assert "a correlation of 1 or −1 has no sampling error" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("package", "--template", "-o", "out"),
        ("listeners", "ratings.csv", "--challenge", "c.toml", "--averages", "out"),
        ("challenge", "init", "out"),
    ],
)
def test_an_edited_file_is_not_overwritten(folder, arguments):
    """A file that a person may have edited is only overwritten with --force."""
    rows = "".join(
        f"{7500 + n:05d}.wav,{value + offset},{name}\n"
        for n, value in enumerate(TRUTH)
        for name, offset in (("a", -1), ("b", 0), ("c", 0.5))
    )
    (folder / "ratings.csv").write_text(f"wav_file_name,score,listener_id\n{rows}")
    (folder / "out").write_text("mine")
    done = xacle_eval(*arguments, cwd=folder)
    assert (done.code, (folder / "out").read_text()) == (2, "mine")
    assert "error: out already exists; pass --force to overwrite it" in done.err
    done = xacle_eval(*arguments, "--force", cwd=folder)
    assert done.code == 0, done.err
    assert (folder / "out").read_text() != "mine"
