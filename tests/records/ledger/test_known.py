"""Bytes that are sent again: when they are a new upload, and when they are one that is known."""

import shutil

import pytest

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


def test_an_invalid_upload_with_a_better_name_is_checked_again(tmp_path):
    """A ZIP that was sent as .csv is invalid; the same bytes with the right ending count."""
    ledger = make_ledger(tmp_path)
    package = pack(tmp_path / "Kumo.zip", make_upload(tmp_path / "Kumo_01.csv", 1))
    wrong = tmp_path / "Kumo.csv"
    shutil.copyfile(package, wrong)
    assert not ledger.add(wrong, team="Kumo", phase="final", time=MONDAY).uploads[0].valid
    (one,) = ledger.add(package, phase="final", time=MONDAY).uploads
    assert (one.new, one.status) == (True, "counts")
