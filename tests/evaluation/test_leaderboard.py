"""Leaderboards of submissions and of published results."""

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
    """Write predictions for the small challenge: truth plus noise that grows with each system."""
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


def test_the_example_leaderboard():
    """The example's systems are ranked by their noise, with the same scores as from score."""
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
    source = ["references", "signature"]
    assert list(frame.columns) == ["rank", "team", "system", *METRICS, *source]


def test_the_best_system_of_each_team():
    """By team, each team has one entry, its best system, and ranks are consecutive."""
    board = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE, by="team")
    assert [(e.rank, e.system) for e in board.entries] == [(1, "Hibari_01"), (2, "Suzume_01")]
    assert board.signature.endswith("|by:team")


def test_an_invalid_submission_is_unranked(teams):
    """An invalid submission is unranked with its findings; it does not change other entries."""
    folder = teams("Ame_01", "Kaze_01")
    before = board_of(folder)
    (folder / "Yuki_01.csv").write_text("wav_file_name,pred_score\n101.wav,nan\n")
    after = board_of(folder)
    assert after.entries == before.entries
    (one,) = after.unranked
    assert (one.system, one.team, codes(one.findings)) == ("Yuki_01", "Yuki", ["XAC024", "XAC032"])


def test_folders_are_teams(teams):
    """In DIR/team/file the folder is the team; two teams can use the same label."""
    board = board_of(teams("Ame/final_01", "Kaze/final_01", "Yuki_01"))
    assert sorted((e.team, e.system) for e in board.entries) == [
        ("Ame", "final_01"),
        ("Kaze", "final_01"),
        ("Yuki", "Yuki_01"),
    ]


def test_the_order_of_files_does_not_matter(teams, monkeypatch):
    """Single files, in any order and with repetitions, give the same JSON as their folder."""
    monkeypatch.chdir(teams("Ame_01", "Ame_02", "Kaze_01").parent)
    files = sorted(Path("sent").iterdir())
    whole = board_of("sent")
    challenge, references = DATA / "invalid" / "challenge.toml", DATA / "invalid" / "references.csv"
    for order in (files, files[::-1], [*files, files[0]]):
        board = xe.leaderboard(*order, references=references, challenge=challenge)
        assert board.model_dump_json() == whole.model_dump_json()


def test_files_of_one_team_inside_and_outside_its_folder(teams):
    """A renamed copy is reported for one team; two files with the same label are unranked."""
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
    """The progress wrapper gets the list of all files, and does not change the result."""
    seen = []

    def progress(files):
        seen.append(len(files))
        return iter(files)

    folder = teams("Ame_01", "Kaze_01")
    assert board_of(folder, progress=progress) == board_of(folder)
    assert xe.validate(folder, challenge=DATA / "invalid", progress=progress)
    assert seen == [2, 2]


def test_published_results(tmp_path):
    """A table with other column names and another order is ranked by the challenge's rule."""
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
    # Written numbers are rounded in decimals, computed ones in binary.
    frame = pd.read_csv(path, dtype=str).rename(columns={"Team": "team", "MSE ↓": "MSE"})
    ranked = xe.rank(frame).entries
    assert [(e.rank, e.system) for e in ranked] == [(e.rank, e.system) for e in board.entries]
    computed = xe.rank(frame.astype(dict.fromkeys(("SRCC", "LCC", "KTAU", "MSE"), float)))
    last = [board.entries[3], ranked[3], computed.entries[3]]
    assert [e.rounded["SRCC"] for e in last] == [0.334, 0.334, 0.335]


def test_a_table_without_teams(tmp_path):
    """Without a team column the team is taken from the label."""
    path = tmp_path / "table.csv"
    path.write_text(
        "Model,SRCC,LCC,KTAU,MSE\nA_01,0.5,0.5,0.5,1\nA_02,0.6,0.5,0.5,1\nB,0.1,0.5,0.5,1\n"
    )
    assert [(e.rank, e.team, e.system) for e in xe.rank(path, by="team").entries] == [
        (1, "A", "A_02"),
        (2, "B", "B"),
    ]


def test_ranking_a_leaderboard_as_published_results(tmp_path):
    """The table of a leaderboard, ranked as published results, gives the same ranks."""
    board = xe.leaderboard(EXAMPLE / "submissions", challenge=EXAMPLE)
    again = xe.rank(board.to_frame(), challenge=EXAMPLE)
    assert [(e.rank, e.system, e.metrics) for e in again.entries] == [
        (e.rank, e.system, e.metrics) for e in board.entries
    ]


def test_every_duplicate_system_is_reported(tmp_path):
    """A table with two duplicate systems has one finding with the lines of each of them."""
    path = tmp_path / "table.csv"

    def rows(*names):
        return "".join(f"{name},0.5,0.5,0.5,1\n" for name in names)

    path.write_text(
        "system,SRCC,LCC,KTAU,MSE\n" + rows("A_01", "B_01", "A_01", "C", "B_01", "A_01")
    )
    with pytest.raises(xe.TableError) as error:
        xe.rank(path)
    (finding,) = error.value.findings
    assert finding.message == "duplicate systems: A_01 (lines 2, 4 and 7); B_01 (lines 3 and 6)"
    assert (finding.count, finding.lines) == (3, (4, 6, 7))
    path.write_text("system,SRCC,LCC,KTAU,MSE\n" + "".join(rows(f"S_{n}") for n in range(7)) * 11)
    with pytest.raises(xe.TableError, match=r"S_0 \(lines 2, .* and 1 more\); S_1 .*; and 2 more"):
        xe.rank(path)


def test_ranks_of_many_published_systems(tmp_path):
    """Two hundred systems with many ties have the ranks of a slow pairwise comparison."""
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
        ("", "has no rows"),
        ("system,SRCC\n", "missing column LCC"),
        ("system;SRCC;LCC;KTAU;MSE\na;1;1;1;0\n", "the delimiter is a semicolon"),
        ("a,0.5,0.5,0.5,1\n", "needs a header"),
        ("system,SRCC,SRCC ↑,LCC,KTAU,MSE\na,1,1,1,1,1\n", "duplicate column SRCC"),
        ("system,SRCC,LCC,KTAU,MSE\na,0.5,0.5,1\n", "4 fields, expected 5"),
    ],
)
def test_invalid_tables_are_refused(text, problem, tmp_path):
    """A table that cannot be ranked raises TableError with the reason."""
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(xe.TableError, match=problem):
        xe.rank(path)


def test_an_unknown_way_to_rank():
    """A mistyped `by` is a usage error, before anything is read."""
    for call in (xe.leaderboard, xe.rank):
        with pytest.raises(xe.UsageError, match="by must be system or team; got 'teams'"):
            call("no.csv", by="teams")
