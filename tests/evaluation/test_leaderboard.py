"""Leaderboards from files and from tables of published results."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import xacle_eval as xe
from tests.helpers import DATA, codes, make_submission, slow_ranks

EXAMPLE = DATA / "example"
METRICS = ("SRCC", "LCC", "KTAU", "MSE")
PUBLISHED = """Team,SRCC,LCC,KTAU,MSE ↓,system,paper
Takano_UTokyo,0.6402,0.6873,0.4612,3.0111,Takano_UTokyo_03,yes
XACLE,0.3345,0.3420,0.2290,4.8110,baseline,yes
Takano_UTokyo,0.6402,0.6873,0.4609,3.2,Takano_UTokyo_01,no
Other,0.6398,0.6873,0.4612,3.0111,Other_01,no
"""


@pytest.fixture
def teams(tmp_path, small):
    """Write predictions of the small challenge: truth plus noise of growing size."""
    truth = np.array([6.5, 4, 8.25, 1, 5.5, 7])

    def make(*names):
        rng = np.random.default_rng(3)
        for n, name in enumerate(names):
            values = truth + rng.normal(0, 0.5 + n, 6)
            make_submission(
                tmp_path / "sent" / f"{name}.csv", zip(small.manifest.ids, values, strict=True)
            )
        return tmp_path / "sent"

    return make


def board_of(path, **more):
    """Rank submissions of the small challenge."""
    challenge = DATA / "invalid" / "challenge.toml"
    return xe.leaderboard(
        path, references=DATA / "invalid" / "references.csv", challenge=challenge, **more
    )


def test_the_example_is_ranked():
    """The example's systems stand in the order of their noise, with the scores they have one by
    one.
    """
    board = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE)
    assert [(e.rank, e.team, e.system) for e in board.entries] == [
        (1, "Hibari", "Hibari_01"),
        (2, "Hibari", "Hibari_02"),
        (3, "Suzume", "Suzume_01"),
    ]
    assert board.unranked == board.findings == ()
    for entry in board.entries:
        card = xe.score(EXAMPLE / "submissions" / f"{entry.system}.csv", challenge=EXAMPLE)
        assert entry.metrics == card.metrics
        assert entry.rounded == {name: round(value, 3) for name, value in card.metrics.items()}
        assert board.signature.startswith(card.signature)
    assert board.signature.endswith("|order:SRCC>LCC>KTAU>MSE|decimals:3|by:system")
    frame = board.to_frame()
    assert frame["rank"].tolist() == [1, 2, 3]
    assert list(frame.columns) == ["rank", "team", "system", *METRICS]


def test_the_best_system_of_each_team():
    """By team each team stands once, with its best system, and ranks have no hole."""
    board = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE, by="team")
    assert [(e.rank, e.system) for e in board.entries] == [(1, "Hibari_01"), (2, "Suzume_01")]
    assert board.signature.endswith("|by:team")


def test_an_invalid_submission_is_listed(teams):
    """A submission at fault is unranked with its findings; the others are ranked as if it were not
    there.
    """
    folder = teams("Ame_01", "Kaze_01")
    before = board_of(folder)
    (folder / "Yuki_01.csv").write_text("wav_file_name,pred_score\n101.wav,nan\n")
    after = board_of(folder)
    assert after.entries == before.entries
    (one,) = after.unranked
    assert (one.system, one.team, codes(one.findings)) == ("Yuki_01", "Yuki", ["XAC024", "XAC032"])


def test_folders_are_teams(teams):
    """In DIR/team/file the folder is the team, whatever the label says; equal labels of two teams
    are two systems.
    """
    board = board_of(teams("Ame/final_01", "Kaze/final_01", "Yuki_01"))
    assert sorted((e.team, e.system) for e in board.entries) == [
        ("Ame", "final_01"),
        ("Kaze", "final_01"),
        ("Yuki", "Yuki_01"),
    ]


def test_files_and_their_order_change_nothing(teams, monkeypatch):
    """Files given one by one, in any order and some twice, give the same bytes as their folder."""
    monkeypatch.chdir(teams("Ame_01", "Ame_02", "Kaze_01").parent)
    files = sorted(Path("sent").iterdir())
    whole = board_of("sent")
    challenge, references = DATA / "invalid" / "challenge.toml", DATA / "invalid" / "references.csv"
    for order in (files, files[::-1], [*files, files[0]]):
        board = xe.leaderboard(*order, references=references, challenge=challenge)
        assert board.model_dump_json() == whole.model_dump_json()


def test_a_team_with_a_file_once_beside_and_once_inside_its_folder(teams):
    """Copies of a team's own file are not those of different teams; sharing a label keeps both from
    being ranked.
    """
    folder = teams("Ame_01", "Kaze_01")
    (folder / "Ame").mkdir()
    (folder / "Ame" / "Ame_02.csv").write_bytes((folder / "Ame_01.csv").read_bytes())
    assert codes(board_of(folder).findings) == ["XAC066"]
    (folder / "Ame" / "Ame_01.csv").write_bytes((folder / "Ame_01.csv").read_bytes())
    assert {one.path.split("sent/")[1] for one in board_of(folder).unranked} == {
        "Ame_01.csv",
        "Ame/Ame_01.csv",
    }


def test_progress_sees_every_file(teams):
    """The progress wrapper gets all files at once, so that it can count them, and decides nothing."""
    seen = []

    def progress(files):
        seen.append(len(files))
        return iter(files)

    folder = teams("Ame_01", "Kaze_01")
    assert board_of(folder, progress=progress) == board_of(folder)
    assert xe.validate(folder, challenge=DATA / "invalid", progress=progress)
    assert seen == [2, 2]


def test_published_results(tmp_path):
    """A table with other column names and orders is ranked by the challenge's rule."""
    path = tmp_path / "table.csv"
    path.write_text(PUBLISHED, encoding="utf-8")
    board = xe.rank(path)
    assert [(e.rank, e.system) for e in board.entries] == [
        (1, "Other_01"),
        (1, "Takano_UTokyo_03"),
        (3, "Takano_UTokyo_01"),
        (4, "baseline"),
    ]
    assert [e.system for e in xe.rank(path, by="team").entries] == [
        "Other_01",
        "Takano_UTokyo_03",
        "baseline",
    ]
    assert (board.references, board.split) == (None, None)
    frame = pd.read_csv(path).rename(columns={"Team": "team", "MSE ↓": "MSE"})
    assert xe.rank(frame).entries == board.entries


def test_a_table_without_teams(tmp_path):
    """Without a team column the label names the team."""
    path = tmp_path / "table.csv"
    path.write_text(
        "Model,SRCC,LCC,KTAU,MSE\nA_01,0.5,0.5,0.5,1\nA_02,0.6,0.5,0.5,1\nB,0.1,0.5,0.5,1\n"
    )
    assert [(e.rank, e.team, e.system) for e in xe.rank(path, by="team").entries] == [
        (1, "A", "A_02"),
        (2, "B", "B"),
    ]


def test_a_leaderboard_ranked_again_is_the_same(tmp_path):
    """What a leaderboard's table says, ranked as published results, gives the same ranks."""
    board = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE)
    again = xe.rank(board.to_frame(), challenge=EXAMPLE)
    assert [(e.rank, e.system, e.metrics) for e in again.entries] == [
        (e.rank, e.system, e.metrics) for e in board.entries
    ]


def test_ranks_of_many_published_systems(tmp_path):
    """Two hundred systems with values that often print alike have the ranks of counting who beats
    whom.
    """
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        rng.integers(0, 3, (200, 4)) / 1000 + rng.normal(0, 1e-5, (200, 4)), columns=list(METRICS)
    )
    frame["MSE"] = frame["MSE"].abs()
    frame.insert(0, "system", [f"s{n:03d}" for n in range(200)])
    got = {e.system: e.rank for e in xe.rank(frame).entries}
    expected = slow_ranks(frame[list(METRICS)].to_dict("records"), METRICS, 3)
    assert [got[name] for name in frame["system"]] == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "holds no rows"),
        ("system,SRCC\n", "missing column LCC"),
        ("system;SRCC;LCC;KTAU;MSE\na;1;1;1;0\n", "the delimiter is a semicolon"),
        ("a,0.5,0.5,0.5,1\n", "needs a header"),
        ("system,SRCC,SRCC ↑,LCC,KTAU,MSE\na,1,1,1,1,1\n", "duplicate column SRCC"),
        ("system,SRCC,LCC,KTAU,MSE\na,0.5,0.5,1\n", "4 fields, expected 5"),
    ],
)
def test_tables_at_fault(text, problem, tmp_path):
    """A table that cannot be ranked is the caller's error, with its rule."""
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(xe.TableError, match=problem):
        xe.rank(path)
