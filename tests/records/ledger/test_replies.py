"""Replies to uploads: what they say about limits, the phase, final systems and the receipt."""

import json
import os
import shutil
import zipfile
from datetime import datetime

import pytest

import xacle_eval as xe
from tests.records.ledger.helpers import PHASES, make_ledger, make_upload


def put(path, time, seed=0, valid=True):
    """Put an upload into the inbox with a time; return its path."""
    return dated(make_upload(path, seed, valid), time)


def dated(path, time):
    """Give a file the time of the day in Tokyo; return its path."""
    seconds = datetime.fromisoformat(f"{time}+09:00").timestamp()
    os.utime(path, (seconds, seconds))
    return path


def pack(path, *files):
    """Write a package of files; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as package:
        for file in files:
            package.write(file, file.name)
    return path


def replies(ledger, folder, phase):
    """Take in a folder; return the replies by the names of the uploads."""
    found = ledger.intake(folder, phase=phase)
    place = ledger.path.with_name("ledger.db.replies")
    return {
        one.path.rpartition("/")[2]: (
            place / f"{one.entry:06d}-{one.team}" / "reply.txt"
        ).read_text(encoding="utf-8")
        for one in found.uploads
    }


def test_a_reply_names_the_limit(tmp_path):
    """An upload over a limit is told which one, and from when on it counts if it is sent again."""
    ledger, inbox = make_ledger(tmp_path), tmp_path / "inbox"
    days = ("02T10", "02T11", "02T12", "03T10", "03T11", "04T10", "05T10")
    for number, day in enumerate(days):
        put(inbox / f"Kumo/Kumo_{number:02d}.csv", f"2026-11-{day}:00:00", number)
    for number in range(5):
        put(inbox / f"Mozu/Mozu_{number:02d}.csv", f"2026-11-02T1{number}:00:00", number, False)
    found = replies(ledger, inbox, "validation")
    assert "Result: valid. It counts." in found["Kumo_01.csv"]
    text = found["Kumo_02.csv"]
    assert "It is over the limit of 2 valid uploads on one day, so it does not count." in text
    again = "2026-11-03 00:00:00 +09:00 on; this one counts if you send it again then."
    assert "Used: 2 of 2 valid uploads on this day.\nUsed: 2 of 5" in text
    assert f"The next upload counts from {again}" in text
    text = found["Kumo_06.csv"]
    assert "It is over the limit of 5 valid uploads in this phase" in text
    assert "No further upload counts in this phase." in text
    assert "Result: invalid. It is not scored." in found["Mozu_03.csv"]
    text = found["Mozu_04.csv"]
    assert "It is over the limit of 4 uploads on one day, with invalid ones" in text
    assert "send it again then" not in text  # it has to be fixed first
    assert "xacle-eval validate FILE" in text
    assert "xacle-eval fix can correct it" in text
    assert "xacle-eval fix" not in found["Kumo_01.csv"]


def test_a_reply_says_when_the_phase_opens_or_has_closed(tmp_path):
    """Early uploads are told when they count, and for late ones the phase closed, in the past."""
    ledger, inbox = make_ledger(tmp_path), tmp_path / "inbox"
    put(inbox / "Kumo/Kumo_01.csv", "2026-10-31T23:59:59", 1)
    put(inbox / "Kumo/Kumo_02.csv", "2026-11-14T23:59:59", 2)
    put(inbox / "Kumo/Kumo_03.csv", "2026-11-15T00:00:00", 3)
    found = replies(ledger, inbox, "validation")
    assert "before the phase opened, so it does not count." in found["Kumo_01.csv"]
    assert (
        "The next upload counts from 2026-11-01 00:00:00 +09:00 on; this one counts if you send "
        "it again then.\nThe phase closes at 2026-11-15 00:00:00 +09:00."
    ) in found["Kumo_01.csv"]
    assert "The phase closes at 2026-11-15 00:00:00 +09:00." in found["Kumo_02.csv"]
    assert "after the phase closed" in found["Kumo_03.csv"]
    assert "The phase closed at 2026-11-15 00:00:00 +09:00." in found["Kumo_03.csv"]
    assert "It does not know your score." in found["Kumo_03.csv"]


def test_a_reply_names_the_final_systems(tmp_path):
    """With final_systems, the reply says which systems are ranked now, and which others can be; an
    invalid system takes no other one's place.
    """
    phases = PHASES.replace("final_systems = 2", "final_systems = 1")
    ledger, inbox = make_ledger(tmp_path, phases), tmp_path / "inbox"
    files = [make_upload(tmp_path / f"Kumo_0{n}.csv", n, valid=n > 0) for n in (0, 1, 2)]
    dated(pack(inbox / "Kumo/Kumo.zip", *files), "2026-11-16T10:00:00")
    put(inbox / "Mozu/Mozu_01.csv", "2026-11-16T10:00:00", 3)
    found = replies(ledger, inbox, "final")
    ranked = [entry.system for entry in ledger.leaderboard(phase="final").entries]
    assert sorted(ranked) == ["Kumo_01", "Mozu_01"]
    assert (
        "At most 1 system of your team is ranked: now Kumo_01. Tell the organisers if you want "
        "another one: Kumo_02."
    ) in found["Kumo.zip"]
    assert "At most 1 system of your team is ranked: now Mozu_01.\n" in found["Mozu_01.csv"]
    ledger.select("Kumo_01", team="Kumo", phase="final", time="2026-11-17T10:00:00+09:00")
    put(inbox / "Kumo/Kumo_03.csv", "2026-11-18T10:00:00", 5)
    text = replies(ledger, inbox, "final")["Kumo_03.csv"]
    assert "It can be ranked, but it is not among your final systems." in text
    assert "now Kumo_01. Tell the organisers if you want another one: Kumo_02, Kumo_03." in text


def test_a_partly_valid_package_agrees_with_its_receipt(tmp_path):
    """The reply says that the valid systems count, and why the receipt calls the file invalid."""
    ledger, inbox = make_ledger(tmp_path), tmp_path / "inbox"
    good, bad = make_upload(tmp_path / "Kumo_01.csv", 1), make_upload(tmp_path / "Kumo_02.csv", 2)
    make_upload(bad, 2, valid=False)
    dated(pack(inbox / "Kumo/Kumo.zip", good, bad), "2026-11-02T10:00:00")
    text = replies(ledger, inbox, "validation")["Kumo.zip"]
    assert "Result: partly valid. Its valid systems count." in text
    assert "- Kumo_01: valid\n- Kumo_02: invalid, and not scored\n" in text
    assert "In it, the file as a whole is invalid, since not all of its systems are valid" in text
    receipt = json.loads((tmp_path / "ledger.db.replies/000002-Kumo/receipt.json").read_text())
    (file,) = receipt["files"]
    assert file["verdict"] == "invalid"
    assert [one["verdict"] for one in file["systems"]] == ["valid", "invalid"]
    assert ledger.log().entries[-1].status == "counts"


def test_a_reply_asks_for_nothing_that_cannot_count(tmp_path):
    """Once no further upload can count, an invalid one is told what is wrong, but not to send it
    again.
    """
    phases = PHASES.replace("valid_per_day = 2\nvalid_total = 5", "valid_total = 1")
    ledger, inbox = make_ledger(tmp_path, phases), tmp_path / "inbox"
    put(inbox / "Kumo/Kumo_01.csv", "2026-11-02T10:00:00", 1, valid=False)
    put(inbox / "Kumo/Kumo_02.csv", "2026-11-02T11:00:00", 2)
    put(inbox / "Kumo/Kumo_03.csv", "2026-11-02T12:00:00", 3, valid=False)
    put(inbox / "Kumo/Kumo_04.csv", "2026-11-16T12:00:00", 4, valid=False)
    found = replies(ledger, inbox, "validation")
    first = found.pop("Kumo_01.csv")
    assert "Result: invalid. It is not scored. Please fix it and send it again." in first
    assert "What to fix:" in first
    assert "Result: invalid. It is not scored.\n" in found["Kumo_03.csv"]
    assert "What is wrong:\n- Kumo_03.csv: missing id" in found["Kumo_03.csv"]
    assert "after the phase closed" in found["Kumo_04.csv"]
    for text in found.values():
        assert "No further upload counts in this phase." in text
        assert not any(word in text for word in ("send it again", "rename", "xacle-eval fix"))


def test_a_reply_warns_of_too_many_systems(tmp_path):
    """A team with more systems than the challenge allows is told to choose, and with so many that
    the board ranks none of them, that it ranks none.
    """
    ledger, inbox = make_ledger(tmp_path), tmp_path / "inbox"
    task = tmp_path / "task/challenge.toml"
    text = task.read_text(encoding="utf-8")
    baseline = 'systems_per_team = 1\nbaselines = ["Kumo_00"]'
    task.write_text(text.replace("systems_per_team = 20", baseline), encoding="utf-8")
    ledger = xe.Ledger(ledger.path, task)
    for number, day in enumerate((2, 3, 4)):
        put(inbox / f"Kumo/Kumo_{number:02d}.csv", f"2026-11-0{day}T10:00:00", number)
    for number in (1, 2):
        put(inbox / f"Mozu/Mozu_{number:02d}.csv", f"2026-11-02T1{number}:00:00", 10 + number)
    found = replies(ledger, inbox, "validation")
    for name in ("Kumo_00.csv", "Kumo_01.csv", "Mozu_01.csv"):
        assert "Result: valid. It counts.\n\nUsed" in found[name]
    assert (
        "It counts.\n\nYour team has 2 systems on the board: Mozu_01, Mozu_02. The challenge "
        "allows 1.\nTell the organisers which of them to withdraw."
    ) in found["Mozu_02.csv"]
    assert (
        "It counts, but no system of your team is ranked now.\n\nYour team has 3 systems on the "
        "board: Kumo_00, Kumo_01, Kumo_02. The challenge allows 1, and ranks none of them while "
        "there are more than 2."
    ) in found["Kumo_02.csv"]
    board = ledger.leaderboard(phase="validation")
    assert {entry.team for entry in board.entries} == {"Mozu"}
    assert "use ledger withdraw or ledger select" in board.unranked[0].findings[0].hint


@pytest.mark.parametrize(
    ("severity", "told"),
    [("error", "ranks none of them while there are more than 1"), ("ignore", "")],
)
def test_a_reply_about_many_systems_follows_the_severity(tmp_path, severity, told):
    """If too many systems are an error, none of them is ranked; if they are ignored, no word."""
    phases = PHASES.replace("[phases.final]", "[phases.final]\nvalid_total = 9")
    ledger, inbox = make_ledger(tmp_path, phases), tmp_path / "inbox"
    task = tmp_path / "task/challenge.toml"
    text = task.read_text(encoding="utf-8").replace("systems_per_team = 20", "systems_per_team = 1")
    task.write_text(f'{text}\n[rules]\nXAC061 = "{severity}"\n', encoding="utf-8")
    ledger = xe.Ledger(ledger.path, task)
    for number in (1, 2):
        put(inbox / f"Kumo/Kumo_{number:02d}.csv", f"2026-11-16T1{number}:00:00", number)
    text = replies(ledger, inbox, "final")["Kumo_02.csv"]
    assert ("on the board" in text, told in text) == (bool(told), True)
    assert ("Tell the organisers which of them are your final systems." in text) is bool(told)
    assert len(ledger.leaderboard(phase="final").entries) == (0 if told else 2)


def test_a_reply_of_another_ledger_hides_none(tmp_path):
    """After a rehearsal, an upload with the number of an old reply has a folder with its hash."""
    inbox = tmp_path / "inbox"
    put(inbox / "Kumo/Kumo_01.csv", "2026-11-02T10:00:00", 1)
    make_ledger(tmp_path).intake(inbox)
    old = tmp_path / "ledger.db.replies/000002-Kumo"
    kept = {path.name: path.read_bytes() for path in old.iterdir()}
    (tmp_path / "ledger.db").unlink()
    put(inbox / "Kumo/Kumo_01.csv", "2026-11-03T10:00:00", 2)
    ledger = make_ledger(tmp_path)
    (one,) = ledger.intake(inbox).uploads
    new = tmp_path / f"ledger.db.replies/000002-Kumo-{one.sha256[:8]}"
    assert str(new / "reply.txt").endswith(one.reply)
    assert one.sha256 in (new / "reply.txt").read_text(encoding="utf-8")
    assert one.sha256 in (new / "receipt.json").read_text(encoding="utf-8")
    assert {path.name: path.read_bytes() for path in old.iterdir()} == kept
    assert ledger.intake(inbox).uploads[0].reply == one.reply
    assert len(list(tmp_path.glob("ledger.db.replies/*"))) == 2
    # Of the same bytes, the reply is there.
    (new / "receipt.json").unlink()
    shutil.rmtree(old)
    new.rename(old)
    assert ledger.intake(inbox).uploads[0].reply.endswith("000002-Kumo/reply.txt")
