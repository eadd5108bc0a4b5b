"""The examples in tests/data: three challenges that differ in their files, not in code."""

import re
import runpy

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import xacle_eval as xe
from tests.helpers import DATA, codes

RELATE, VOICEMOS, EXAMPLE = (
    DATA / "challenges" / "relate",
    DATA / "challenges" / "voicemos",
    DATA / "example",
)


def scipy_metrics(predictions, truth):
    """The four metrics computed with scipy and numpy."""
    return {
        "SRCC": stats.spearmanr(predictions, truth).statistic,
        "LCC": stats.pearsonr(predictions, truth).statistic,
        "KTAU": stats.kendalltau(predictions, truth).statistic,
        "MSE": np.mean((np.asarray(predictions) - np.asarray(truth)) ** 2),
    }


@pytest.mark.parametrize("name", ["Kiri_01", "Kiri_02", "Nami_01"])
def test_relate(name):
    """With folders in ids and excluded ratings, the metrics equal those of scipy and pandas."""
    ratings = pd.read_csv(RELATE / "ratings.csv")
    truth = ratings[ratings["in RELATE dataset"] != "excluded"].groupby("wavname")["score"].mean()
    file = RELATE / "submissions" / f"{name}.csv"
    frame = pd.read_csv(
        file, header=None, skiprows=int(file.read_text().startswith("wavname")), names=["id", "p"]
    )
    frame["id"] = "/" + frame["id"].str.lstrip("/")
    predictions = frame.set_index("id")["p"].loc[truth.index]
    card = xe.score(file, RELATE / "ratings.csv", challenge=RELATE)
    for metric, value in scipy_metrics(predictions, truth).items():
        assert card.metrics[metric] == pytest.approx(value, rel=0, abs=1e-12)
    assert (card.n, card.references.kind, card.references.excluded) == (12, "ratings", 11)
    assert codes(card.findings) == (["XAC025"] if name == "Kiri_02" else [])


def test_relate_is_validated_and_ranked():
    """The systems are valid without references, and ranked with them; MSE breaks the tie."""
    reports = xe.validate(RELATE / "submissions", challenge=RELATE)
    assert [(report.system, report.valid, report.pairs) for report in reports] == [
        ("Kiri_01", True, 12),
        ("Kiri_02", True, 12),
        ("Nami_01", True, 12),
    ]
    board = xe.leaderboard(
        RELATE / "submissions", references=RELATE / "ratings.csv", challenge=RELATE
    )
    assert [(e.rank, e.system) for e in board.entries] == [
        (1, "Kiri_02"),
        (2, "Kiri_01"),
        (3, "Nami_01"),
    ]
    assert board.entries[0].rounded["SRCC"] == board.entries[1].rounded["SRCC"]
    assert board.references.listeners.minimum == 1


@pytest.mark.parametrize("team", ["B01", "T01", "T02"])
def test_voicemos(team):
    """answer.txt without a header is scored on utterances and on averages over systems."""
    truth = pd.read_csv(VOICEMOS / "references.csv", index_col="utterance")["mos"]
    file = VOICEMOS / "submissions" / team / "answer.txt"
    predictions = pd.read_csv(file, header=None, names=["utterance", "p"], index_col="utterance")[
        "p"
    ].loc[truth.index]
    card = xe.score(file, challenge=VOICEMOS)
    for metric, value in scipy_metrics(predictions, truth).items():
        assert card.metrics[metric] == pytest.approx(value, rel=0, abs=1e-12)
    system = [pair.split("-")[0] for pair in truth.index]
    level = card.at("system")
    assert (card.n, level.n) == (30, 6)
    for metric, value in scipy_metrics(
        predictions.groupby(system).mean(), truth.groupby(system).mean()
    ).items():
        assert level.metrics[metric] == pytest.approx(value, rel=0, abs=1e-12)
    assert card.to_frame()["level"].tolist() == ["pair", "system"]


def test_voicemos_is_ranked_by_systems():
    """Folders are teams, and the challenge's level determines the ranking values."""
    board = xe.leaderboard(VOICEMOS / "submissions", challenge=VOICEMOS)
    assert [(e.rank, e.team, e.system) for e in board.entries] == [
        (1, "T01", "answer"),
        (2, "T02", "answer"),
        (3, "B01", "answer"),
    ]
    for entry in board.entries:
        assert entry.rounded == {
            name: round(v, 4) for name, v in entry.levels["system"].metrics.items()
        }
    assert "order:SRCC>MSE@system" in board.signature
    assert {"SRCC_system", "MSE_system"} <= set(board.to_frame().columns)


def test_voicemos_ids_have_no_ending(tmp_path):
    """An ending is an error if the challenge's ids have none."""
    text = (VOICEMOS / "submissions" / "T01" / "answer.txt").read_text()
    (tmp_path / "answer.txt").write_text(re.sub(r"(?m)^([^,]+),", r"\1.wav,", text))
    (report,) = xe.validate(tmp_path / "answer.txt", challenge=VOICEMOS)
    assert [(f.code, f.count) for f in report.findings if f.severity == "error"] == [("XAC026", 30)]


def test_the_example_is_complete():
    """The example needs only its folder: four ratings per pair and three systems of two teams."""
    assert xe.load_references(None, xe.load_challenge(EXAMPLE)).summary.listeners.model_dump() == {
        "minimum": 4,
        "median": 4.0,
        "maximum": 4,
        "total": 96,
    }
    truth = pd.read_csv(EXAMPLE / "ratings.csv").groupby("wav_file_name")["score"].mean()
    for file in (EXAMPLE / "submissions").iterdir():
        predictions = pd.read_csv(file, index_col="wav_file_name")["pred_score"].loc[truth.index]
        card = xe.score(file, challenge=EXAMPLE)
        assert card.findings == ()
        for metric, value in scipy_metrics(predictions, truth).items():
            assert card.metrics[metric] == pytest.approx(value, rel=0, abs=1e-12)


def test_the_script_writes_the_examples(tmp_path):
    """The script that documents the examples writes exactly these files."""
    script = runpy.run_path(str(DATA / "make_examples.py"))
    makers = [script[name] for name in ("example", "relate", "voicemos", "wmt")]
    seeds = np.random.SeedSequence(script["SEED"]).spawn(4)
    for make, seed in zip(makers, seeds, strict=True):
        make.__globals__["HERE"] = tmp_path
        make(np.random.default_rng(seed))
    script["packages"]()
    written = [file.relative_to(tmp_path) for file in tmp_path.rglob("*") if file.is_file()]
    assert len(written) == 4 + 5 + 5 + 6 + 2
    for file in written:
        assert (DATA / file).read_bytes() == (tmp_path / file).read_bytes(), file
