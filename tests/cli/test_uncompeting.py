"""Baselines and systems out of competition in the formats of leaderboard and rank."""

import csv
import io
import json
import shutil

import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import spearmanr

from tests.cli.helpers import in_terminal, plain, xacle_eval
from tests.helpers import DATA
from xacle_eval.cli.main import main

NOTE = "† baseline, ‡ out of competition: no rank, and not part of the other systems' statistics."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The example with two baselines and one system out of competition."""
    folder = tmp_path_factory.mktemp("uncompeting")
    shutil.copytree(DATA / "example/submissions", folder / "submissions")
    shutil.copy(DATA / "example/ratings.csv", folder)
    text = (DATA / "example/challenge.toml").read_text(encoding="utf-8")
    kinds = '\nbaselines = ["Baseline_*"]\nout_of_competition = ["Kumo_05"]\n'
    (folder / "challenge.toml").write_text(text + kinds, encoding="utf-8")
    for label, source, change in (
        ("Baseline_Mean", "Hibari_01", lambda value, line: value / 2 + line % 3),
        ("Baseline_Text", "Hibari_02", lambda value, line: 9 - value / 2 + line % 5 / 2),
        ("Kumo_05", "Suzume_01", lambda value, line: value / 2 + 2 + line % 4 / 2),
    ):
        lines = (folder / f"submissions/{source}.csv").read_text(encoding="utf-8").splitlines()
        rows = [line.split(",") for line in lines[1:]]
        made = [f"{row[0]},{change(float(row[-1]), at):.3f}" for at, row in enumerate(rows)]
        text = "\n".join([lines[0], *made]) + "\n"
        (folder / f"submissions/{label}.csv").write_text(text, encoding="utf-8")
    return folder


def board(folder, format_, *more):
    """Return what the command prints in a format; without a new process, which takes longer."""
    # Quiet: click before 8.2 adds stderr to the output of a test.
    words = [
        "leaderboard",
        folder / "submissions",
        "--challenge",
        folder,
        "-q",
        "--format",
        format_,
    ]
    result = CliRunner().invoke(main, [*map(str, words), *more], standalone_mode=False, obj={})
    assert (result.exception, result.return_value) == (None, 0)
    return result.stdout


def test_json(folder):
    """JSON has the kind of every entry, and null as the rank of those that do not compete."""
    document = json.loads(board(folder, "json", "--bootstrap", "50"))
    found = {entry["system"]: (entry["kind"], entry["rank"]) for entry in document["entries"]}
    assert found == {
        "Hibari_01": ("competing", 1), "Hibari_02": ("competing", 2), "Suzume_01": ("competing", 3),
        "Baseline_Mean": ("baseline", None), "Baseline_Text": ("baseline", None),
        "Kumo_05": ("out of competition", None),
    }  # fmt: skip
    for entry in document["entries"]:
        uncertainty = entry["uncertainty"]
        assert uncertainty["intervals"]["SRCC"]["low"] is not None
        ranked = entry["kind"] == "competing"
        for key in ("rank_low", "rank_median", "rank_high", "p_first", "cluster"):
            assert (uncertainty[key] is not None) is ranked
        assert bool(uncertainty["podium"]) is ranked


def test_csv_can_be_ranked_again(folder):
    """CSV has a column kind and no rank for the others; `rank` on it gives the same ranks."""
    text = board(folder, "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    ranks = {row["system"]: row["rank"] for row in rows}
    assert [row["kind"] for row in rows if not row["rank"]].count("baseline") == 2
    (folder / "results.csv").write_text(text, encoding="utf-8")
    again = xacle_eval("rank", "results.csv", "--challenge", ".", "--format", "csv", cwd=folder)
    assert {r["system"]: r["rank"] for r in csv.DictReader(io.StringIO(again.out))} == ranks
    shown = xacle_eval("rank", "results.csv", "--challenge", ".", cwd=folder).out
    assert "–   Kumo_05 ‡" in shown
    assert NOTE in shown


def test_tables_mark_them_and_explain_the_marks(folder):
    """Text, Markdown and LaTeX show a dash and a sign; only a competing system's value is bold."""
    text = board(folder, "text")
    assert "–   Baseline_Mean †" in text
    assert "–   Kumo_05 ‡" in text
    assert NOTE in text
    markdown = board(folder, "markdown")
    assert "| – | Baseline\\_Text † |" in markdown
    bold = [line for line in markdown.splitlines() if "**0." in line]
    assert all(line.startswith("| 1 |") for line in bold)
    latex = board(folder, "latex")
    assert "-- & Baseline\\_Mean $\\dagger$ &" in latex
    assert "-- & Kumo\\_05 $\\ddagger$ &" in latex
    assert "lualatex" not in latex


def test_a_terminal_of_80_columns(folder):
    """The tables with intervals and screenings fit, with the marks."""
    result = in_terminal(
        "leaderboard", folder / "submissions", "--challenge", folder, "--bootstrap", "50",
        "--screenings", "no-variation",
    )  # fmt: skip
    lines = plain(result.out).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("Baseline_Mean †" in line for line in lines) >= 3
    assert "would change rank" in " ".join(lines)


@pytest.mark.long
def test_a_public_part_with_baselines(folder):
    """A part is scored with the baselines in their places by the values of the part, and fits into
    a terminal; the values are those of a challenge whose split is that part.
    """
    text = (folder / "challenge.toml").read_text(encoding="utf-8")
    parts = folder / "parts.toml"
    listed = "\n".join(f"{number:03d}.wav" for number in range(1, 25, 2))
    (folder / "public.txt").write_text(listed + "\n", encoding="utf-8")
    public = '[splits.test.parts.public]\nlist = "public.txt"\n'
    parts.write_text(f"{text}\n{public}", encoding="utf-8")
    arguments = ["leaderboard", folder / "submissions", "--challenge", parts, "--part", "public"]
    arguments += ["--bootstrap", "50"]
    lines = plain(in_terminal(*arguments).out).splitlines()
    assert max(map(len, lines)) <= 80
    assert "Example Challenge, split test, part public" in lines
    assert sum("Baseline_Mean †" in line for line in lines) >= 2
    document = json.loads(xacle_eval(*arguments, "--format", "json").out)
    truth = pd.read_csv(folder / "ratings.csv").groupby("wav_file_name")["score"].mean()[::2]
    assert len(truth) == 12
    for entry in document["entries"]:
        found = pd.read_csv(folder / f"submissions/{entry['system']}.csv", index_col=0)
        expected = spearmanr(found.iloc[:, 0].loc[truth.index], truth).statistic
        assert entry["metrics"]["SRCC"] == round(expected, 3)
    values = [entry["rounded"]["SRCC"] for entry in document["entries"]]
    assert values == sorted(values, reverse=True)
    ranks = [entry["rank"] for entry in document["entries"] if entry["kind"] == "competing"]
    assert ranks == [1, 2, 3]
