"""Bytes that are sent again: when they are a new upload, and when they are one that is known."""

import shutil

import pytest

import xacle_eval as xe
from tests.records.ledger.helpers import make_ledger, make_upload, send, statuses
from tests.records.ledger.test_replies import dated, pack

MONDAY, TUESDAY, WEDNESDAY = (f"2026-11-{day}T10:00:00+09:00" for day in (16, 17, 18))
THURSDAY = "2026-11-19T10:00:00+09:00"


@pytest.fixture
def replaced(tmp_path):
    """A ledger in which the second version of a system has taken the place of the first one."""
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", MONDAY, seed=1)
    send(ledger, tmp_path, "Kumo_01", WEDNESDAY, seed=2)
    assert statuses(ledger) == {2: "replaced", 3: "counts"}
    return ledger


def test_an_older_version_that_is_sent_again_counts(tmp_path, replaced):
    """A team that goes back to its first version has it on the board; the same call again, and one
    with a time before the second version, change nothing.
    """
    again = send(replaced, tmp_path, "Kumo_01", THURSDAY, seed=1)
    assert (again.entry, again.new) == (4, True)
    assert statuses(replaced) == {2: "replaced", 3: "replaced", 4: "counts"}
    for time in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY):
        assert not send(replaced, tmp_path, "Kumo_01", time, seed=1).new
    (entry,) = replaced.leaderboard(phase="final").entries
    assert entry.path == "Kumo/Kumo_01.csv"


def test_an_older_version_with_the_time_of_the_newer_one_is_known(tmp_path, replaced):
    """Only what comes after the newer version takes its place."""
    for time in (MONDAY, TUESDAY, WEDNESDAY):
        again = send(replaced, tmp_path, "Kumo_01", time, seed=1)
        assert (again.entry, again.new, again.status) == (2, False, "replaced")


def test_a_system_that_a_package_replaced_can_be_sent_again(tmp_path):
    """A newer upload with another file name can take the place of a system, too."""
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", MONDAY, seed=1)
    file = make_upload(tmp_path / "new/Kumo_01.csv", 2)
    package = pack(tmp_path / "Kumo.zip", file)
    assert ledger.add(package, phase="final", time=WEDNESDAY).uploads[0].status == "counts"
    assert not send(ledger, tmp_path, "Kumo_01", TUESDAY, seed=1).new
    assert send(ledger, tmp_path, "Kumo_01", THURSDAY, seed=1).new
    assert statuses(ledger) == {2: "replaced", 3: "replaced", 4: "counts"}


def test_a_withdrawn_upload_that_is_sent_again_counts(tmp_path):
    """With another time it is a new upload; with its own, as in an inbox, it stays withdrawn."""
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", MONDAY, seed=1)
    ledger.withdraw(2, time=TUESDAY)
    assert send(ledger, tmp_path, "Kumo_01", MONDAY, seed=1).status == "withdrawn"
    assert send(ledger, tmp_path, "Kumo_01", WEDNESDAY, seed=1).new
    assert statuses(ledger) == {2: "withdrawn", 4: "counts"}
    assert not send(ledger, tmp_path, "Kumo_01", THURSDAY, seed=1).new


def test_a_wrong_time_is_corrected_by_a_withdrawal(tmp_path):
    """The same bytes with the right, earlier time count after the wrong one was withdrawn."""
    ledger = make_ledger(tmp_path)
    wrong, right = "2026-11-23T10:00:00+09:00", TUESDAY
    assert send(ledger, tmp_path, "Kumo_01", wrong, seed=1).status == "late"
    assert not send(ledger, tmp_path, "Kumo_01", right, seed=1).new
    ledger.withdraw(2, time=wrong, reason="wrong time")
    corrected = send(ledger, tmp_path, "Kumo_01", right, seed=1)
    assert (corrected.new, corrected.status) == (True, "counts")
    before = ledger.lines()
    for time in (wrong, right):
        send(ledger, tmp_path, "Kumo_01", time, seed=1)
    assert ledger.lines() == before
    assert [one.team for one in ledger.leaderboard(phase="final", as_of=TUESDAY).entries] == [
        "Kumo"
    ]


@pytest.mark.parametrize("withdrawn", [False, True])
def test_bytes_whose_kept_file_is_lost_only_restore_it(tmp_path, replaced, withdrawn):
    """Who adds a file again to restore it does not bring an old version back, whatever its time."""
    if withdrawn:
        replaced.withdraw(2, time=THURSDAY)
    first = replaced.log().entries[1]
    (replaced.store.folder / first.sha256).unlink()
    assert not replaced.verify().valid
    before = replaced.lines()
    again = send(replaced, tmp_path, "Kumo_01", THURSDAY, seed=1)
    assert (again.entry, again.new) == (2, False)
    assert replaced.lines() == before
    assert replaced.verify().valid


def test_an_inbox_brings_an_older_version_back(tmp_path):
    """A team that overwrites its file with another one, and with the first one again, has a reply
    to each of them.
    """
    ledger, inbox = make_ledger(tmp_path), tmp_path / "inbox"
    file = inbox / "Kumo/Kumo_01.csv"
    for number, day in ((1, 16), (2, 17), (1, 18)):
        dated(make_upload(file, number), f"2026-11-{day}T10:00:00")
        for new in (True, False):
            (one,) = ledger.intake(inbox).uploads
            assert (one.new, one.status) == (new, "counts")
    assert statuses(ledger) == {2: "replaced", 3: "replaced", 4: "counts"}
    assert len(list(tmp_path.glob("ledger.db.replies/*/reply.txt"))) == 3


def test_the_same_bytes_under_another_name_are_answered(tmp_path):
    """The team is told once that its second file is no second system; an invalid one is invalid
    under each name.
    """
    ledger, inbox = make_ledger(tmp_path), tmp_path / "inbox"
    for team, valid in (("Kumo", True), ("Mozu", False)):
        file = make_upload(inbox / f"{team}/{team}_01.csv", 1, valid)
        dated(file, "2026-11-16T10:00:00")
        other = file.with_name(f"{team}_02.csv")
        shutil.copyfile(file, other)
        dated(other, "2026-11-16T11:00:00")
    found = ledger.intake(inbox)
    assert [(one.team, one.valid) for one in found.uploads] == [("Kumo", True), ("Mozu", False)]
    kumo, mozu = ((tmp_path / one.reply).read_text(encoding="utf-8") for one in found.skipped)
    same = "it has the same bytes as the upload Kumo_01.csv of 2026-11-16 10:00:00 +09:00"
    assert "Your upload Kumo_02.csv has arrived, but it was not recorded." in kumo
    assert f"Reason: {same}, which has the number 2.\nIf it is meant to be another system" in kumo
    assert "That upload is invalid, and so is this one; send a corrected file." in mozu
    assert [one.new for one in ledger.intake(inbox).skipped] == [False, False]


def test_an_invalid_upload_with_a_better_name_is_checked_again(tmp_path):
    """A ZIP that was sent as .csv is invalid; the same bytes with the right ending count."""
    ledger = make_ledger(tmp_path)
    package = pack(tmp_path / "Kumo.zip", make_upload(tmp_path / "Kumo_01.csv", 1))
    wrong = tmp_path / "Kumo.csv"
    shutil.copyfile(package, wrong)
    assert not ledger.add(wrong, team="Kumo", phase="final", time=MONDAY).uploads[0].valid
    (one,) = ledger.add(package, phase="final", time=MONDAY).uploads
    assert (one.new, one.status) == (True, "counts")


def test_the_files_of_a_ledger_are_no_uploads(tmp_path):
    """A folder with the ledger can be added, also if uploads may end like its replies; one of its
    files that is named is refused.
    """
    ledger = make_ledger(tmp_path)
    task = tmp_path / "task/challenge.toml"
    text = task.read_text(encoding="utf-8").replace(
        "systems_per_team", 'endings = [".csv", ".txt"]\nsystems_per_team', 1
    )
    task.write_text(text, encoding="utf-8")
    ledger = xe.Ledger(ledger.path, task)
    make_upload(tmp_path / "inbox/Kumo/Kumo_01.csv", 1)
    dated(tmp_path / "inbox/Kumo/Kumo_01.csv", "2026-11-16T10:00:00")
    reply = tmp_path / ledger.intake(tmp_path / "inbox").uploads[0].reply
    found = ledger.add(tmp_path / "ledger.db.replies", tmp_path, phase="final", time=MONDAY)
    assert not any("ledger.db" in one.path for one in (*found.uploads, *found.skipped))
    with pytest.raises(xe.UsageError, match="is a file of the ledger itself, and no upload"):
        ledger.add(reply, team="Kumo", phase="final", time=MONDAY)


def test_a_file_whose_time_changed_stays_withdrawn(tmp_path):
    """Cron does not undo a withdrawal: of an inbox, only what comes after it is sent again."""
    ledger, inbox = make_ledger(tmp_path), tmp_path / "inbox"
    file = make_upload(inbox / "Kumo/Kumo_01.csv", 1)
    other = file.with_name("Kumo_02.csv")
    shutil.copyfile(file, other)
    dated(file, "2026-11-16T10:00:00")
    dated(other, "2026-11-16T11:00:00")
    ledger.intake(inbox)
    ledger.withdraw(2, time=WEDNESDAY)
    for day in (17, 18):
        dated(file, f"2026-11-{day}T10:00:00")
        ledger.intake(inbox)
        assert statuses(ledger) == {2: "withdrawn"}
    dated(file, "2026-11-19T10:00:00")
    ledger.intake(inbox)
    assert statuses(ledger) == {2: "withdrawn", 4: "counts"}
    assert not ledger.intake(inbox).uploads[0].new


@pytest.mark.parametrize("day", [16, 17], ids=["moved", "sent later"])
def test_a_label_of_another_team_can_be_renamed(tmp_path, day):
    """A team that follows the advice to rename its file has a system, also if the file keeps its
    time.
    """
    ledger, inbox = make_ledger(tmp_path), tmp_path / "inbox"
    send(ledger, tmp_path, "Kumo_01", MONDAY, seed=1)
    file = dated(make_upload(inbox / "Hibari/Kumo_01.csv", 2), "2026-11-16T12:00:00")
    (refused,) = ledger.intake(inbox).uploads
    assert refused.status == "another team's label"
    dated(file.rename(file.with_name("Hibari_01.csv")), f"2026-11-{day}T12:00:00")
    for new in (True, False):
        found = ledger.intake(inbox)
        assert [(one.new, one.status) for one in found.uploads] == [(new, "counts")]
        assert found.skipped == ()


def test_a_package_that_is_sent_again_replaces_one_system(tmp_path):
    """A package counts again as a whole after a newer file took the place of one of its systems."""
    ledger = make_ledger(tmp_path)
    files = [make_upload(tmp_path / f"new/Kumo_0{number}.csv", number) for number in (1, 2)]
    package = pack(tmp_path / "Kumo.zip", *files)
    ledger.add(package, phase="final", time=MONDAY)
    assert not ledger.add(package, phase="final", time=TUESDAY).uploads[0].new
    send(ledger, tmp_path, "Kumo_01", TUESDAY, seed=3)
    assert statuses(ledger) == {2: "counts", 3: "counts"}
    assert not ledger.add(package, phase="final", time=TUESDAY).uploads[0].new
    assert ledger.add(package, phase="final", time=WEDNESDAY).uploads[0].new
    assert statuses(ledger) == {2: "replaced", 3: "replaced", 4: "counts"}


def test_a_file_is_shown_with_its_own_entry(tmp_path):
    """The bytes of an invalid upload, sent with a better name, make no second answer to it."""
    ledger, inbox = make_ledger(tmp_path), tmp_path / "inbox"
    package = pack(inbox / "Kumo/Kumo_01.zip", make_upload(tmp_path / "Kumo_01.csv", 1))
    wrong = package.with_name("Kumo_01.csv")
    shutil.copyfile(package, wrong)
    dated(wrong, "2026-11-16T10:00:00")
    dated(package, "2026-11-16T11:00:00")
    for _ in range(2):
        found = ledger.intake(inbox)
        assert [(one.entry, one.valid) for one in found.uploads] == [(2, False), (3, True)]
        assert found.skipped == ()
