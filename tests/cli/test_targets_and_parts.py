"""A board with two targets, a public part, two baselines and an overall mean rank."""

import json
import shutil

import pytest

from tests.cli.helpers import DATA, in_terminal, plain, xacle_eval

MUSIC = DATA / "challenges/audiomos2025_track1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the challenge with a public part, ranked by pairs, and a second baseline."""
    folder = tmp_path_factory.mktemp("music") / "music"
    shutil.copytree(MUSIC, folder)
    shutil.copy(folder / "submissions/T03.txt", folder / "submissions/Baseline_2.txt")
    file = folder / "challenge.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace('["Baseline"]', '["Baseline*"]').replace('level = "system"', "")
    part = "[splits.test.parts.public]\nfraction = 0.3\nseed = 7\n\n[group]"
    file.write_text(text.replace("[group]", part), encoding="utf-8")
    return folder


def arguments(folder, *more):
    """Return the command line of the board."""
    challenge = folder / "challenge.toml"
    return (
        "leaderboard", folder / "submissions", "--challenge", challenge,
        "--part", "public", "--bootstrap", "50", "-q", *more,
    )  # fmt: skip


def test_the_board_fits_a_terminal(folder):
    """At 80 columns no line is wider; every title names the part, the baselines have no rank."""
    shown = plain(in_terminal(*arguments(folder), columns=80).out)
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    titles = " ".join(lines)
    for name in ("musical impression", "textual alignment", "all targets"):
        assert f"{name}, split test, part public" in " ".join(titles.split())
    marked = [line.split() for line in lines if line.lstrip().startswith("–")]
    assert {row[1] for row in marked} == {"Baseline", "Baseline_2"}
    assert "Ranked by the mean of the ranks on the boards of the targets." in titles


@pytest.mark.long
@pytest.mark.parametrize("format_", ["csv", "markdown", "latex", "json"])
def test_the_board_in_every_format(folder, format_):
    """Every format has both targets and the overall board, and names the part."""
    out = xacle_eval(*arguments(folder, "--format", format_)).out
    if format_ == "json":
        found = json.loads(out)
        assert list(found["targets"]) == ["MI", "TA"]
        kinds = {e["system"]: (e["rank"], e["kind"]) for e in found["overall"]["entries"]}
        assert kinds["Baseline"] == kinds["Baseline_2"] == (None, "baseline")
        assert "part:public" in found["overall"]["signature"]
    elif format_ == "csv":
        rows = [line.split(",") for line in out.splitlines()]
        assert [row[0] for row in rows[1:]] == ["MI"] * 5 + ["TA"] * 5 + ["overall"] * 5
    else:
        assert out.count("part public") >= 3
        assert "part:public" in out
