"""The database: append-only, complete transactions, and clear errors."""

import multiprocessing
import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

import xacle_eval as xe
from tests.records.ledger.helpers import (
    assert_unusable,
    change,
    give_up_rights,
    in_a_process,
    make_ledger,
    make_upload,
    send,
)
from xacle_eval.records.ledger import schema
from xacle_eval.records.ledger.chain import COLUMNS, body_text
from xacle_eval.records.ledger.database import Database

NOON = "2026-11-16T12:00:00+09:00"


@pytest.fixture
def ledger(tmp_path):
    """A ledger with one upload."""
    made = make_ledger(tmp_path)
    send(made, tmp_path, "Kumo_01", NOON, seed=1)
    return made


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET team = 'Suzume'",
        "DELETE FROM entries WHERE sequence = 2",
        "INSERT OR REPLACE INTO entries (COLUMNS) SELECT 2, kind, time, 'Suzume', phase, sha256, "
        "body, previous, hash FROM entries WHERE sequence = 2",
        "INSERT INTO entries (COLUMNS) SELECT 9, kind, time, team, phase, sha256, body, hash, 'x' "
        "FROM entries WHERE sequence = 2",
        "INSERT INTO entries (COLUMNS) SELECT 3, kind, time, team, phase, sha256, body, 'x', 'x' "
        "FROM entries WHERE sequence = 2",
        "INSERT INTO entries (COLUMNS) SELECT 3, kind, time, team, phase, sha256, x'00', hash, 'x' "
        "FROM entries WHERE sequence = 2",
    ],
)
def test_the_table_only_takes_the_next_entry(ledger, statement):
    """Changing, removing, replacing and inserting elsewhere, or another type, is refused."""
    before = ledger.lines()
    connection = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement.replace("COLUMNS", ", ".join(COLUMNS)))
    connection.close()
    assert ledger.lines() == before


def test_one_file_with_a_write_ahead_log(ledger):
    """The table is strict, the log is that of WAL, and a closed ledger is one file."""
    connection = sqlite3.connect(ledger.path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
    (table,) = connection.execute("SELECT strict FROM pragma_table_list('entries')").fetchone()
    connection.close()
    assert table == 1
    beside = {path.name for path in ledger.path.parent.glob("ledger.db*")}
    assert beside == {"ledger.db", "ledger.db.files"}


def test_a_newer_ledger_is_refused_with_the_reason(ledger):
    """A later version of the format, and a database that is no ledger, are named."""
    connection = sqlite3.connect(ledger.path)
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(xe.UsageError, match=r"version 7 .*install a newer xacle-eval"):
        xe.Ledger(ledger.path, ledger.challenge)
    connection = sqlite3.connect(ledger.path)
    connection.execute("PRAGMA user_version = 0")
    connection.close()
    with pytest.raises(xe.UsageError, match="is damaged: it has version 0"):
        xe.Ledger(ledger.path, ledger.challenge)
    connection = sqlite3.connect(ledger.path)
    connection.execute("PRAGMA application_id = 1")
    connection.close()
    with pytest.raises(xe.UsageError, match="is not a ledger"):
        xe.Ledger(ledger.path, ledger.challenge)


def test_an_older_ledger_is_migrated(ledger, monkeypatch):
    """The next version's statements run once, and the entries stay as they were."""
    before = ledger.lines()
    step = "CREATE TABLE later (x TEXT) STRICT;\nCREATE INDEX later_x ON later (x);\n"
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    assert xe.Ledger(ledger.path, ledger.challenge).lines() == before
    with Database(ledger.path) as database:
        assert database.query("PRAGMA user_version") == [(2,)]
        assert database.query("SELECT count(*) FROM later") == [(0,)]


def test_an_old_library_is_refused(tmp_path, monkeypatch):
    """Without STRICT tables the error names the versions."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    with pytest.raises(xe.UsageError, match=r"SQLite 3\.38 or later"):
        make_ledger(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"not a database" * 100, "is not a ledger"), (b"", "is not a ledger"), (None, "ledger init")],
)
def test_other_files_are_no_ledgers(tmp_path, content, message):
    """A text, an empty file and a missing one are refused; no file is created."""
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(xe.UsageError, match=message):
        xe.Ledger(path)
    assert path.exists() == (content is not None)


def test_damaged_pages_are_an_error(ledger):
    """A file whose pages were overwritten is reported as damaged, without a traceback."""
    data = bytearray(ledger.path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    ledger.path.write_bytes(data)
    with pytest.raises(xe.UsageError, match="damaged"):
        xe.Ledger(ledger.path, ledger.challenge).verify()


def test_an_existing_file_is_never_replaced(ledger):
    """A second init is refused, and the ledger is as before."""
    before = ledger.path.read_bytes()
    with pytest.raises(xe.OutputError, match="never replaced"):
        xe.Ledger.init(ledger.path, ledger.challenge)
    assert ledger.path.read_bytes() == before
    assert not list(ledger.path.parent.glob(".xacle-eval-*"))


def test_a_full_disk_changes_nothing(ledger, tmp_path, monkeypatch):
    """Without room for another page, the error names it, and no entry or file is left."""
    before, kept = [], []
    connect = Database._connect

    def without_room(self, mode, write):
        connection = connect(self, mode, write)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(Database, "_connect", without_room)
    message = ""
    for seed in range(2, 100):
        before, kept = ledger.lines(), ledger.store.names()
        try:
            send(ledger, tmp_path, f"Kumo_{seed:02d}", NOON, seed=seed)
        except xe.OutputError as error:
            message = str(error)
            break
    monkeypatch.undo()
    assert message.endswith("the disk is full; nothing was recorded")
    assert ledger.lines() == before
    assert ledger.store.names() == kept
    assert ledger.verify().valid


def test_a_log_that_cannot_grow(ledger, tmp_path):
    """If the system refuses to write, the command ends with 2 and the reason; the uploads before
    that are recorded, and no other entry or file is there.
    """
    for seed in range(40):
        make_upload(tmp_path / f"inbox/Suzume_{seed:02d}.csv", 100 + seed)
    limit = 80_000

    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    words = ["--ledger", ledger.path, "--phase", "final", "--time", NOON]
    words += ["--challenge", tmp_path / "task/challenge.toml"]
    done = subprocess.run(
        [sys.executable, "-m", "xacle_eval", "ledger", "add", tmp_path / "inbox", *words],
        preexec_fn=no_room,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert done.stderr.rstrip().endswith("; nothing was recorded")
    found = ledger.verify()
    assert 2 < found.entries < 42
    assert (found.valid, found.files, found.unused) == (True, found.entries - 1, 0)


def test_a_read_only_ledger(tmp_path):
    """Somebody who cannot write can read and check; adding is an error that changes nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = make_ledger(folder)
        send(ledger, folder, "Kumo_01", NOON, seed=1)
        file = make_upload(folder / "Suzume_01.csv", 2)
        before = ledger.path.read_bytes()
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            text = in_a_process(lambda: as_reader(ledger, file))
        finally:
            for path in (folder, *folder.rglob("*")):
                path.chmod(path.stat().st_mode | stat.S_IWUSR)
        assert text.startswith("2 True ")
        assert "cannot be written" in text
        assert ledger.path.read_bytes() == before


def as_reader(ledger, file):
    """Read and then try to add, as a user without rights; return what happened."""
    give_up_rights()
    found = ledger.verify()
    try:
        ledger.add(file, phase="final", time=NOON)
    except xe.OutputError as error:
        return f"{found.entries} {found.valid} {error}"
    return "added"


def add_all(path, challenge, files, start):
    """Add files one by one, in another order in each process."""
    ledger = xe.Ledger(path, challenge)
    for file in files[start:] + files[:start]:
        ledger.add(file, phase="final", time=NOON)


def test_ten_processes_add_at_the_same_time(tmp_path):
    """Each of twelve uploads that ten processes add is one entry, and the chain is intact."""
    ledger = make_ledger(tmp_path)
    files = [make_upload(tmp_path / f"Kumo_{seed:02d}.csv", seed) for seed in range(12)]
    context = multiprocessing.get_context("fork")
    works = [
        context.Process(target=add_all, args=(ledger.path, ledger.challenge, files, start))
        for start in range(10)
    ]
    for work in works:
        work.start()
    for work in works:
        work.join()
    assert [work.exitcode for work in works] == [0] * 10
    uploads = [each for each in ledger.log().entries if each.kind == "valid"]
    assert sorted(each.body["file"] for each in uploads) == sorted(file.name for file in files)
    found = ledger.verify()
    assert (found.valid, found.entries, found.files, found.unused) == (True, 13, 12, 0)


def test_a_process_that_is_killed_leaves_a_valid_chain(tmp_path):
    """Whenever kill -9 arrives, the entries of finished transactions are there and no others."""
    ledger = make_ledger(tmp_path)
    for round_ in range(6):
        files = [
            make_upload(tmp_path / f"Kumo_{round_}{number:02d}.csv", 100 * round_ + number)
            for number in range(40)
        ]
        before = ledger.verify().entries
        context = multiprocessing.get_context("fork")
        work = context.Process(target=add_all, args=(ledger.path, ledger.challenge, files, 0))
        work.start()
        time.sleep(0.02 + 0.013 * round_)
        work.kill()
        work.join()
        found = ledger.verify()
        assert found.valid
        assert before <= found.entries <= before + 40
        ledger.add(files[0], phase="final", time=NOON)  # the lock of the dead process is gone
    names = [each.body["file"] for each in ledger.log().entries if each.kind == "valid"]
    assert len(set(names)) == len(names)


def test_a_new_ledger_without_a_time(tmp_path):
    """It has no attempts and no board, which is no error of the ledger."""
    ledger = make_ledger(tmp_path)
    assert ledger.attempts().teams == ()
    assert [each.next_free for each in ledger.attempts("Kumo").teams] == [
        "2026-10-31T15:00:00Z", "2026-11-14T15:00:00Z",
    ]  # fmt: skip
    with pytest.raises(xe.UsageError, match="phase final counts: no upload was added yet"):
        ledger.leaderboard(phase="final")


def test_changed_files_are_named_and_restored(ledger):
    """A kept file that was changed or removed is the fault of its entry, and no board is made with
    it; adding the same upload again restores it.
    """
    kept = ledger.store.folder / ledger.log().entries[1].sha256
    data = kept.read_bytes()
    for changed, fault, message in (
        (data.replace(b"5", b"6"), "its file was changed", "Kumo/Kumo_01.csv was changed after"),
        (b"", "its file was changed", "Kumo/Kumo_01.csv was changed after"),
        (None, "its file is missing", "entries 2 are missing"),
    ):
        kept.unlink() if changed is None else kept.write_bytes(changed)
        (found,) = ledger.verify().faults
        assert (found.entry, found.fault) == (
            2, f"{fault}; add the same upload again to restore it"
        )  # fmt: skip
        for read in (ledger.leaderboard, ledger.history):
            with pytest.raises(xe.UsageError, match=message):
                read(phase="final")
        again = ledger.add(ledger.path.parent / "Kumo_01.csv", phase="final", time=NOON)
        assert not again.uploads[0].new
        assert kept.read_bytes() == data
        assert ledger.verify().valid


def test_a_package_that_was_changed_is_not_scored(tmp_path):
    """The bytes of the whole ZIP count, also where its systems are the same."""
    ledger = make_ledger(tmp_path)
    make_upload(tmp_path / "Kumo_01.csv", 1)
    package = tmp_path / "Kumo.zip"
    with zipfile.ZipFile(package, "w") as file:
        file.write(tmp_path / "Kumo_01.csv", "Kumo_01.csv")
    (added,) = ledger.add(package, phase="final", time=NOON).uploads
    assert [one.system for one in ledger.leaderboard(phase="final").entries] == ["Kumo_01"]
    with zipfile.ZipFile(ledger.store.folder / added.sha256, "a") as file:
        file.writestr("README.txt", "")
    with pytest.raises(xe.UsageError, match=r"Kumo/Kumo\.zip was changed after"):
        ledger.leaderboard(phase="final")


def test_a_changed_row_that_cannot_be_used_is_an_error(ledger):
    """Reading a body that somebody replaced names the entry and the command that lists them."""
    change(ledger.path, "UPDATE entries SET body = '{}' WHERE sequence = 2")
    with pytest.raises(xe.UsageError, match=r"entry 2 .*ledger verify"):
        ledger.log()


def test_a_link_or_folder_in_the_place_of_a_kept_file(ledger):
    """Both are faults; adding the upload again replaces the link, and names the folder."""
    upload = ledger.path.parent / "Kumo_01.csv"
    kept = ledger.store.folder / ledger.log().entries[1].sha256
    kept.unlink()
    kept.symlink_to(upload)
    (found,) = ledger.verify().faults
    assert found.fault.startswith("a link is in the place of its file; add the same upload again")
    ledger.add(upload, phase="final", time=NOON)
    assert not kept.is_symlink()
    assert ledger.verify().valid
    kept.unlink()
    kept.mkdir()
    (found,) = ledger.verify().faults
    assert found.fault.startswith("a folder is in the place of its file; remove it")
    with pytest.raises(xe.OutputError, match="remove the folder, and add the upload again"):
        ledger.add(upload, phase="final", time=NOON)
    with pytest.raises(xe.UsageError, match="entries 2 are missing"):
        ledger.submissions(phase="final")


def test_a_changed_time_is_an_error(ledger):
    """A time that somebody replaced is named with the command that lists such entries."""
    change(ledger.path, "UPDATE entries SET time = 'soon, or later' WHERE sequence = 2")
    for read in (ledger.attempts, ledger.log, lambda: ledger.submissions(phase="final")):
        with pytest.raises(xe.UsageError, match="ledger verify"):
            read()


def test_a_file_has_its_name_before_its_entry_is_recorded(ledger, tmp_path, monkeypatch):
    """The folder of the files is flushed to disk while the entry is not visible yet."""
    seen = []
    real = os.fsync

    def fsync(handle):
        if os.path.samestat(os.fstat(handle), ledger.store.folder.stat()):
            seen.append((len(ledger.store.names()), ledger.head()[0]))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    send(ledger, tmp_path, "Kumo_02", NOON, seed=2)
    assert seen == [(2, 2)]
    assert ledger.head()[0] == 3


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "CREATE TRIGGER later BEFORE INSERT ON entries BEGIN SELECT RAISE(IGNORE); END",
            "the trigger 'later' is not one of a ledger",
        ),
        (
            "DROP TRIGGER entries_are_not_removed",
            "the trigger entries_are_not_removed was changed or removed",
        ),
        ("ALTER TABLE entries ADD COLUMN extra TEXT", "the table entries was changed or removed"),
    ],
)
def test_changed_rules_of_the_table(ledger, statement, fault):
    """They are named, and no entry is added; the export makes a ledger with the rules."""
    connection = sqlite3.connect(ledger.path)
    connection.execute(statement)
    connection.close()
    assert [(one.entry, one.fault) for one in ledger.verify().faults] == [(None, fault)]
    before = ledger.lines()
    with pytest.raises(xe.OutputError, match=f"cannot be written: {fault}"):
        ledger.select("Kumo_01", team="Kumo", phase="final", time=NOON)
    assert ledger.lines() == before
    ledger.export(ledger.path.with_name("lines.jsonl"))
    path = ledger.path.with_name("new.db")
    assert xe.Ledger.import_(ledger.path.with_name("lines.jsonl"), path, ledger.challenge).select(
        "Kumo_01", team="Kumo", phase="final", time=NOON
    )


def test_an_own_index_is_no_fault(ledger):
    """What an organiser adds for queries of their own changes no entry."""
    connection = sqlite3.connect(ledger.path)
    connection.execute("CREATE INDEX own ON entries (kind)")
    connection.execute("ANALYZE")
    connection.close()
    assert ledger.verify().valid
    ledger.select("Kumo_01", team="Kumo", phase="final", time=NOON)


@pytest.mark.parametrize(
    ("number", "entry"),
    [(2**63 - 1, "last"), (-5, "first")],
)
def test_impossible_numbers_of_entries(ledger, number, entry):
    """The check names the entry; all other verbs refuse the ledger with that command."""
    change(ledger.path, f"UPDATE entries SET sequence = {number} WHERE sequence = 2")  # noqa: S608
    assert number in {one.entry for one in ledger.verify().faults}
    assert_unusable(ledger, entry)


def test_an_entry_that_could_not_be_used_is_not_recorded(ledger):
    """Whatever calls it, the database refuses such an entry; the ledger stays usable."""
    body = body_text({"file": "x.csv", "systems": []})
    for team, sha256 in (("Ku\u200bmo", "0" * 64), ("Kumo", "../secret.csv")):
        with (
            pytest.raises(xe.UsageError, match="it cannot be recorded: "),
            Database(ledger.path, write=True) as database,
            database.transaction(),
        ):
            database.append("valid", "2026-11-16T00:00:00Z", body, team=team, sha256=sha256)
    assert ledger.verify().entries == 2
