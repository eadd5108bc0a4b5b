"""A label fix that makes another system the best one of its team."""

import numpy as np
import pandas as pd
import pytest

import xacle_eval as xe
from tests.helpers import make_submission
from tests.records.ledger.helpers import PAIRS, PHASES, make_ledger

TIME = "2026-11-16T10:00:00+09:00"


@pytest.fixture(scope="module")
def fixed(tmp_path_factory):
    """A ledger whose systems follow the old ratings or the new ones, and both ratings."""
    folder = tmp_path_factory.mktemp("rescoring")
    ledger = make_ledger(folder, PHASES)
    file = folder / "task/challenge.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("[submissions]", '[submissions]\nbaselines = ["*_base*"]')
    file.write_text(text, encoding="utf-8")
    ledger = xe.Ledger(ledger.path, file)
    old = pd.read_csv(folder / "task/ratings.csv")
    new = old.assign(score=old.score.where(old.score < 8, 10 - old.score))
    new.to_csv(folder / "fixed.csv", index=False)
    average = {
        name: table.groupby("wav_file_name").score.mean().loc[PAIRS].to_numpy()
        for name, table in (("old", old), ("new", new))
    }
    noise = np.random.default_rng(4).normal(0, 1, len(PAIRS))
    for label, values in {
        "Kumo_01": average["old"],
        "Kumo_02": average["new"],
        "Suzume_01": (average["old"] + average["new"]) / 2,
        "Mozu_base1": average["old"] + noise,
        "Mozu_base2": average["new"] + 2 * noise,
        "Hibari_01": average["new"] + noise,
    }.items():
        rows = dict(zip(PAIRS, np.clip(values, 0, 10).round(3).tolist(), strict=True))
        upload = make_submission(folder / f"{label}.csv", rows)
        ledger.add(upload, team=label.partition("_")[0], phase="final", time=TIME)
    return ledger, folder / "task/ratings.csv", folder / "fixed.csv"


def test_a_team_has_one_row_with_both_of_its_best_systems(fixed):
    """By team, ranks and values are those of the two boards by team, side by side."""
    ledger, before, after = fixed
    found = ledger.rescore(after, before, phase="final", by="team")
    boards = {
        "before": ledger.leaderboard(before, phase="final", by="team"),
        "after": ledger.leaderboard(after, phase="final", by="team"),
    }
    rows = {each.team: each for each in found.systems if each.rank_after is not None}
    assert sorted(rows) == ["Hibari", "Kumo", "Suzume"]
    for side, board in boards.items():
        for entry in board.entries:
            if entry.kind == "competing":
                row = rows[entry.team]
                assert (getattr(row, f"rank_{side}"), getattr(row, side)) == (
                    entry.rank,
                    entry.rounded,
                )
    assert (rows["Kumo"].system_before, rows["Kumo"].system) == ("Kumo_01", "Kumo_02")
    assert (rows["Suzume"].system_before, rows["Suzume"].system) == ("Suzume_01", "Suzume_01")
    assert len(found.systems) == 5  # with two baselines, which are no team's best
    assert found.by == "team"


def test_teams_are_counted_and_both_systems_are_shown(fixed):
    """The table names the old and the new best system, and counts teams; baselines have no rank."""
    ledger, before, after = fixed
    found = ledger.rescore(after, before, phase="final", by="team")
    text = found.to_text()
    assert "Kumo_01 → Kumo_02" in text
    moved = len({each.team for each in found.systems if each.rank_before != each.rank_after})
    assert moved == 2
    assert "2 of 3 teams changed rank; 1 has another best system." in text
    row = found.to_frame().set_index("system").loc["Kumo_02"]
    assert (row.team, row.system_before) == ("Kumo", "Kumo_01")
    same = ledger.rescore(before, before, phase="final", by="team").to_text()
    assert "0 of 3 teams changed rank." in same
    systems = ledger.rescore(after, before, phase="final")
    assert {each.system_before == each.system for each in systems.systems} == {True}
    assert "of 6 systems changed rank." in systems.to_text()
