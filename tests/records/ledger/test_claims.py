"""Names and labels: which teams have a claim to a label, and corrections of names and times."""

import sqlite3

import pytest

import xacle_eval as xe
from tests.records.ledger.helpers import make_ledger, make_upload, send, statuses


def add(ledger, file, team, hour, seed, valid=True):
    """Add a file to the final phase for a team; return what was added."""
    made = make_upload(file, seed, valid)
    return ledger.add(made, team=team, phase="final", time=f"2026-11-16T{hour:02d}:00:00+09:00")


@pytest.mark.parametrize("valid", [True, False])
def test_only_a_valid_upload_claims_a_label(tmp_path, valid):
    """An invalid upload of a team takes no system off the board; its first valid one does."""
    ledger = make_ledger(tmp_path)
    add(ledger, tmp_path / "UK_01.csv", "University of Kumo", 10, 1)
    found = add(ledger, tmp_path / "x.csv", "UK", 11, 2, valid)
    expected = "another team's label" if valid else "counts"
    assert statuses(ledger)[2] == expected
    assert [each.entry for each in found.changes] == ([2] if valid else [])


def test_a_team_that_has_withdrawn_everything_claims_no_label(tmp_path):
    """An upload that was recorded for the wrong team is withdrawn and added for the right one."""
    ledger = make_ledger(tmp_path)
    file = tmp_path / "Kumo_01.csv"
    add(ledger, file, "Kumo", 10, 1)
    ledger.withdraw(2, time="2026-11-16T11:00:00+09:00", reason="wrong team")
    add(ledger, file, "Kumo Lab", 10, 1)
    assert statuses(ledger) == {2: "withdrawn", 4: "counts"}
    assert [one.team for one in ledger.leaderboard(phase="final").entries] == ["Kumo Lab"]
    ledger.withdraw(2, time="2026-11-16T12:00:00+09:00", undo=True)
    assert statuses(ledger) == {2: "counts", 4: "another team's label"}


def test_the_name_of_another_team_is_no_label(tmp_path):
    """A label that is the name of another team of the phase does not count either."""
    ledger = make_ledger(tmp_path)
    add(ledger, tmp_path / "Kumo_01.csv", "Kumo", 10, 1)
    add(ledger, tmp_path / "kumo.csv", "Hibari", 11, 2)
    add(ledger, tmp_path / "Hibari.csv", "Hibari", 12, 3)
    assert statuses(ledger) == {2: "counts", 3: "another team's label", 4: "counts"}


def test_a_typing_error_does_not_block_the_name_of_a_team(tmp_path):
    """A team whose uploads are all withdrawn is not compared with the name of a new team."""
    ledger = make_ledger(tmp_path)
    file = tmp_path / "run.csv"
    add(ledger, file, "kumo", 10, 1)
    with pytest.raises(xe.UsageError, match="withdraw its uploads first"):
        add(ledger, file, "Kumo", 10, 1)
    ledger.withdraw(2, time="2026-11-16T11:00:00+09:00")
    assert add(ledger, file, "Kumo", 10, 1).uploads[0].status == "counts"
    with pytest.raises(xe.UsageError, match="looks like the team 'Kumo'"):
        add(ledger, tmp_path / "other.csv", "kumo", 12, 2)
    with pytest.raises(xe.UsageError, match="looks like the team 'Kumo'"):
        ledger.withdraw(2, time="2026-11-16T12:00:00+09:00", undo=True)


def test_a_correction_changes_something_at_its_time(tmp_path):
    """A withdrawal with an earlier time than others is compared with the state at that time."""
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", "2026-11-16T10:00:00+09:00")
    ledger.withdraw(2, time="2026-11-18T10:00:00+09:00")
    with pytest.raises(xe.UsageError, match=r"not withdrawn at 2026-11-17 10:00"):
        ledger.withdraw(2, time="2026-11-17T10:00:00+09:00", undo=True)
    ledger.withdraw(2, time="2026-11-17T09:00:00+09:00")
    assert statuses(ledger, as_of="2026-11-17T09:30:00+09:00") == {2: "withdrawn"}
    with pytest.raises(xe.UsageError, match="withdrawn already at 2026-11-17 10:00"):
        ledger.withdraw(2, time="2026-11-17T10:00:00+09:00")


def test_a_changed_index_is_found(tmp_path):
    """Boards are read from the indexes, so `verify` compares them with the table."""
    ledger = make_ledger(tmp_path)
    for number in (1, 2):
        send(ledger, tmp_path, f"Team{number}_01", "2026-11-16T10:00:00+09:00", seed=number)
    assert ledger.verify().valid
    connection = sqlite3.connect(ledger.path)
    name = "SELECT rootpage FROM sqlite_master WHERE name = 'entries_by_upload'"
    ((page,),) = connection.execute(name).fetchall()
    ((size,),) = connection.execute("PRAGMA page_size").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(ledger.path.read_bytes())
    place = data.index(b"2026-11-16", (page - 1) * size, page * size)
    data[place + 8 : place + 10] = b"09"
    ledger.path.write_bytes(data)
    found = xe.Ledger(ledger.path, tmp_path / "task/challenge.toml").verify()
    assert not found.valid
    assert any("entries_by_upload" in each.fault for each in found.faults)
