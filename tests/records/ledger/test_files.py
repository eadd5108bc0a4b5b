"""The files beside a ledger: rights, links, names, leftovers of killed processes, a full disk."""

import contextlib
import os
import resource
import shutil
import signal
import tempfile
import threading
from pathlib import Path

import pytest

import xacle_eval as xe
from tests.records.ledger.helpers import (
    give_up_rights,
    in_a_process,
    make_challenge,
    make_ledger,
    make_upload,
    send,
)
from xacle_eval.records.ledger import database
from xacle_eval.records.ledger.database import Database

NOON = "2026-11-16T12:00:00+09:00"


@pytest.fixture
def shared():
    """A ledger with one upload in a folder in which everybody may create files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = make_ledger(folder)
        send(ledger, folder, "Kumo_01", NOON, seed=1)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o444)
        yield ledger


def names(ledger):
    """Return the names of the files of a ledger."""
    return sorted(path.name for path in ledger.path.parent.glob("ledger.db*"))


def read_as_nobody(ledger, path=None):
    """Return what somebody reads who may not write to the ledger: entries, or the error."""

    def read():
        give_up_rights()
        try:
            found = xe.Ledger(path or ledger.path, ledger.challenge).verify()
        except xe.UsageError as error:
            return str(error)
        return f"{found.entries} {found.valid}"

    return in_a_process(read)


def select(ledger):
    """Add an entry."""
    ledger.select("Kumo_01", team="Kumo", phase="final", time=NOON)


def test_a_reader_without_rights_leaves_no_file(shared):
    """Files of another user beside the ledger would keep its owner from writing."""
    assert read_as_nobody(shared) == "2 True"
    assert names(shared) == ["ledger.db", "ledger.db.files"]
    (shared.path.parent / "ledger.db-wal").touch(0o444)  # left by an earlier version
    assert read_as_nobody(shared) == "2 True"
    (shared.path.parent / "ledger.db-wal").unlink()
    shared.path.chmod(0o644)
    select(shared)
    shared.path.chmod(0o444)
    assert read_as_nobody(shared) == "3 True"


def test_a_reader_without_rights_sees_what_a_writer_has_recorded(shared):
    """While another process has the ledger open, its last entries are in the log."""
    shared.path.chmod(0o644)
    with Database(shared.path, write=True):
        select(shared)
        shared.path.chmod(0o444)
        assert (shared.path.parent / "ledger.db-wal").stat().st_size > 0
        before = names(shared)
        assert read_as_nobody(shared) == "3 True"
        assert names(shared) == before


@pytest.fixture
def interrupted(shared):
    """The same ledger as a killed process leaves it: the last entry is only in the log."""
    shared.path.chmod(0o644)
    log = shared.path.with_name("ledger.db-wal")
    with Database(shared.path, write=True):
        select(shared)
        files = {path: path.read_bytes() for path in (shared.path, log)}
    for path, data in files.items():
        path.write_bytes(data)
        path.chmod(0o444)
    return shared


def test_the_last_entries_of_a_killed_process_are_never_left_out(interrupted, monkeypatch):
    """Somebody without rights gets an error, also through a link, until the log is merged."""
    monkeypatch.setattr(database, "_PAUSE", 0)
    folder = interrupted.path.parent
    link = folder / "task" / "link.db"
    link.symlink_to("../ledger.db")
    for path in (None, link):
        text = read_as_nobody(interrupted, path)
        assert "-wal, which a killed process has left" in text
        assert names(interrupted) == ["ledger.db", "ledger.db-wal", "ledger.db.files"]
    for name in ("ledger.db", "ledger.db-wal"):
        (folder / name).chmod(0o644)
    assert interrupted.verify().entries == 3
    interrupted.path.chmod(0o444)
    assert names(interrupted) == ["ledger.db", "ledger.db.files"]
    assert read_as_nobody(interrupted, link) == "3 True"


def test_the_file_without_rights_is_named(shared):
    """If only the log cannot be written, the error names it, and not the ledger."""
    for path in shared.path.parent.rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    log = shared.path.with_name("ledger.db-wal")
    log.touch()
    log.chmod(0o444)

    def write():
        give_up_rights()
        try:
            select(shared)
        except xe.OutputError as error:
            return str(error)
        return "added"

    text = in_a_process(write)
    assert "you have no right to write to " in text
    assert "ledger.db-wal; ask its owner to change that, or remove it while no" in text
    assert text.endswith("nothing was recorded")
    log.unlink()
    assert in_a_process(write) == "added"
    shared.path.chmod(0o444)
    assert "ledger.db; ask its owner to change that; nothing was recorded" in in_a_process(write)


def test_a_reader_without_rights_waits_until_the_file_is_complete(tmp_path, monkeypatch):
    """What is read while another process writes to the file is not used."""
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", NOON, seed=1)
    monkeypatch.setattr(database, "_PAUSE", 0)
    monkeypatch.setattr(database, "is_writable", lambda _: False)
    real, calls = os.fstat, []

    def fstat(handle):
        calls.append(handle)
        if len(calls) in changes:
            with ledger.path.open("ab") as stream:
                stream.write(b"\0")
        return real(handle)

    changes = {2, 4}
    monkeypatch.setattr(os, "fstat", fstat)
    assert ledger.head()[0] == 2
    assert len(calls) == 6
    changes = range(1_000)
    with pytest.raises(xe.UsageError, match="changes too often to be read; try again later"):
        ledger.head()


def test_a_link_to_a_ledger_is_read_with_its_files(tmp_path):
    """The files are beside the ledger, not beside the link; nobody writes through a link."""
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", NOON, seed=1)
    link = tmp_path / "task" / "link.db"
    link.symlink_to("../ledger.db")
    found = xe.Ledger(link, ledger.challenge)
    assert found.verify() == ledger.verify()
    assert [one.system for one in found.leaderboard(phase="final").entries] == ["Kumo_01"]
    with pytest.raises(xe.OutputError, match="it is a symbolic link"):
        select(found)


def test_a_second_name_of_a_ledger_is_refused(tmp_path):
    """Each name would have a log and files of its own; only a name of `init` is no second one."""
    ledger = make_ledger(tmp_path)
    unfinished = tmp_path / ".xacle-eval-0123456789abcdef.part"
    unfinished.hardlink_to(ledger.path)  # left by an `init` that was killed
    assert ledger.verify().valid
    other = tmp_path / "other.db"
    other.hardlink_to(ledger.path)
    for path in (ledger.path, other):
        with pytest.raises(xe.UsageError, match=r"names \(hard links\).* remove the other names"):
            xe.Ledger(path, ledger.challenge)
    other.unlink()
    unfinished.unlink()
    assert ledger.verify().valid


def test_leftovers_of_killed_processes_are_removed(tmp_path):
    """Unfinished files that are a day older than the ledger go when it is opened for writing."""
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", NOON, seed=1)
    ledger = xe.Ledger(ledger.path, ledger.challenge)
    files = ledger.store.folder
    last = ledger.path.stat().st_mtime
    left = [
        tmp_path / ".xacle-eval-0123456789abcdef.part",
        tmp_path / ".xacle-eval-0123456789abcdef.part-journal",
        files / ".0123456789abcdef.part",
        files / ".xacle-eval-0123456789abcdef.part",
    ]
    others = [
        tmp_path / ".xacle-eval-0123456789abcdeg.part",
        tmp_path / "xacle-eval-0123456789abcdef.part",
        files / "0123456789abcdef.part",
        files / ".1123456789abcdef.part",
    ]
    for path in left + others:
        path.write_bytes(b"x")
        os.utime(path, (last, last - 86_500))
    os.utime(others[-1], (last, last - 86_300))
    folder = tmp_path / ".xacle-eval-2123456789abcdef.part"
    folder.mkdir()
    os.utime(folder, (last, last - 86_500))
    ledger.verify()
    assert all(path.exists() for path in left)
    select(ledger)
    assert [path.exists() for path in left] == [False] * 4
    assert all(path.exists() for path in (*others, folder))
    assert ledger.verify().valid


def test_of_two_new_ledgers_with_one_name_one_is_created(tmp_path, monkeypatch):
    """Also on a file system without hard links, where both see that the name is free."""
    challenge = make_challenge(tmp_path / "task")
    barrier, real = threading.Barrier(2), os.path.lexists

    def no_link(*_):
        raise PermissionError(1, "no hard links")

    def lexists(path):
        found = real(path)
        if os.fspath(path).endswith("race.db"):
            with contextlib.suppress(threading.BrokenBarrierError):
                barrier.wait(5)
        return found

    results = {}

    def create(time):
        try:
            xe.Ledger.init(tmp_path / "race.db", challenge, time=time)
            results[time] = ""
        except xe.OutputError as error:
            results[time] = str(error)

    times = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"]
    monkeypatch.setattr(os, "link", no_link)
    monkeypatch.setattr(os.path, "lexists", lexists)
    threads = [threading.Thread(target=create, args=(time,)) for time in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.undo()
    (created,) = [time for time in times if not results[time]]
    (refused,) = [text for text in results.values() if text]
    assert "a ledger is never replaced" in refused
    assert [one.time for one in xe.Ledger(tmp_path / "race.db", challenge).log().entries] == [
        created
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"race.db", "task"}


@pytest.mark.parametrize("length", [248, 255])
def test_a_name_without_room_for_its_endings(tmp_path, length):
    """The name is refused before the file is created, not when the first reply is written."""
    challenge = make_challenge(tmp_path / "task")
    with pytest.raises(xe.OutputError, match=r"its name is too long.*choose a shorter name"):
        xe.Ledger.init(tmp_path / ("n" * length), challenge)
    assert [path.name for path in tmp_path.iterdir()] == ["task"]
    assert xe.Ledger.init(tmp_path / ("n" * 247), challenge).verify().valid


def test_a_full_disk_is_no_error_of_a_reader(tmp_path, monkeypatch):
    """Without room for the log, the ledger is still read; a writer is told the reason."""
    ledger = make_ledger(tmp_path)
    send(ledger, tmp_path, "Kumo_01", NOON, seed=1)
    make_upload(tmp_path / "Suzume_01.csv", 2)

    def work():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        usage = shutil.disk_usage(tmp_path)._replace(free=0)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
        read = ledger.verify()
        try:
            ledger.add(tmp_path / "Suzume_01.csv", phase="final", time=NOON)
        except xe.OutputError as error:
            return f"{read.entries} {read.valid} {error}"
        return "added"

    text = in_a_process(work)
    assert text.startswith("2 True ")
    assert text.endswith("cannot be written: the disk is full; nothing was recorded")
    assert ledger.verify().entries == 2
