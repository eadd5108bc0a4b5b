"""The database file: how it is created, opened, read and written.

One process writes at a time, under the lock that ``BEGIN IMMEDIATE`` takes; the others wait. The
write-ahead log makes a transaction visible all at once, so a process that is killed at any moment
leaves the entries of finished transactions and nothing else. Readers never wait.

Whoever may write to the ledger reads it through the log, too. Others read a copy of the whole file
in memory, or through the log of the process that writes, and create no file; see `files`.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time as clock
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from xacle_eval.errors import MissingFileError, OutputError, UsageError, XacleEvalError
from xacle_eval.io.outputs import output_errors, require_writable
from xacle_eval.records.ledger import schema
from xacle_eval.records.ledger.bodies import entry_fault
from xacle_eval.records.ledger.chain import COLUMNS, FIRST, Entry, Head, hash_of
from xacle_eval.records.ledger.files import (
    has_log,
    is_full,
    is_writable,
    ledger_place,
    publish,
    read_whole,
    require_one_name,
    require_rights,
    require_short_name,
)
from xacle_eval.records.ledger.schema import (
    APPLICATION,
    how_to_create,
    require_sqlite,
    require_version,
)
from xacle_eval.text import visible, visible_path

__all__ = ["Database", "chained", "create_database"]

_WAIT = 60.0
"""Seconds that a process waits for the one that writes."""
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM entries"  # noqa: S608 -- names of columns
_INSERT = (
    f"INSERT INTO entries ({', '.join(COLUMNS)}) VALUES "  # noqa: S608
    f"({', '.join('?' * len(COLUMNS))})"
)
_MOST_VALUES = 500
# Of a damaged file, the first contradictions are enough to know that it is one.
_MOST_DAMAGES = 20
_READ_ONLY = "it is read-only, or its folder is"
_FULL = "the disk is full"
_TRIES = 10
_PAUSE = 0.05
_WAL = slice(18, 20)
_HEADER = b"SQLite format 3\0"
_REASONS = {
    "SQLITE_FULL": _FULL,
    "SQLITE_BUSY": f"another process has been writing to it for {_WAIT:.0f} seconds",
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_IOERR": "reading or writing the disk failed",
    "SQLITE_CANTOPEN": "it cannot be opened",
    "SQLITE_PERM": "it cannot be opened",
}
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_REFUSED = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR", "SQLITE_FULL")
"""Errors of a reader that creates a log; without one, the file may be readable."""
_NO_TEXT = "Could not decode to UTF-8"


def create_database(path: str | os.PathLike[str], entries: Sequence[Entry]) -> None:
    """Create a ledger with its first entries; the file appears complete, or not at all.

    Raises
    ------
    OutputError
        If the file exists, its name is too long, or it cannot be written.
    """
    require_sqlite()
    require_writable(path)
    require_short_name(path)
    shown = visible_path(os.fspath(path))
    unfinished = Path(path).with_name(f".xacle-eval-{os.urandom(8).hex()}.part")
    try:
        with output_errors(path):
            _fill(unfinished, entries)
            publish(unfinished, Path(path))
    except sqlite3.DatabaseError as error:
        raise OutputError(f"{shown} cannot be written: {_reason(error, Path(path))}") from error
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                Path(f"{unfinished}{ending}").unlink()


def _fill(unfinished: Path, entries: Sequence[Entry]) -> None:
    connection = sqlite3.connect(unfinished, isolation_level=None)
    try:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("BEGIN")
        schema.migrate(connection, 0)
        connection.executemany(_INSERT, entries)
        connection.execute("COMMIT")
        # The log is merged into the file when the connection is closed.
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


class Database:
    """An open ledger; a context manager.

    Parameters
    ----------
    path : path
        The file, which exists.
    write : bool
        Whether entries will be added.

    Raises
    ------
    UsageError
        If the file is missing, is no ledger, has a second name, or is from a newer version of the
        toolkit.
    OutputError
        If it cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], *, write: bool = False) -> None:
        require_sqlite()
        self.shown = visible_path(os.fspath(path))
        if write and os.path.lexists(path):
            require_writable(path)
        self.path = ledger_place(path)
        self._require_file()
        if write:
            require_rights(self.path, self.shown)
        self._connection = self._open(write)

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _require_file(self) -> None:
        try:
            mode = self.path.stat().st_mode
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            message = f"cannot open the ledger {self.shown}: {reason}"
            if isinstance(error, FileNotFoundError):
                message += f"; {how_to_create(self.shown)}"
                raise MissingFileError(os.fspath(self.path), message) from error
            raise UsageError(message) from error
        if not stat.S_ISREG(mode):
            raise UsageError(f"{self.shown} is not a ledger: it is not a regular file")
        require_one_name(self.path, self.shown)

    def _open(self, write: bool) -> sqlite3.Connection:
        try:
            if not write:
                return self._open_to_read()
            connection = self._connect("mode=rw", write)
        except sqlite3.DatabaseError as error:
            raise self._translate(error, write) from error
        for fault in schema.schema_faults(connection):
            connection.close()
            raise OutputError(
                f"{self.shown} cannot be written: {fault}; xacle-eval ledger verify lists all such "
                "changes; export and import make a new ledger; nothing was recorded"
            )
        return connection

    def _open_to_read(self) -> sqlite3.Connection:
        """Open the file; also on a medium or in a folder that is read-only, or full."""
        if is_writable(self.path):
            try:
                return self._connect("mode=rw", write=False)
            except sqlite3.OperationalError as error:
                if not getattr(error, "sqlite_errorname", "").startswith(_REFUSED):
                    raise
        return self._open_without_rights()

    def _open_without_rights(self) -> sqlite3.Connection:
        """Open the file without creating another one."""
        last: sqlite3.OperationalError | None = None
        for _ in range(_TRIES):
            try:
                if has_log(self.path):
                    return self._connect("mode=ro&readonly_shm=1", write=False)
                data = self._read_whole()
            except sqlite3.OperationalError as error:
                last = error  # the process that writes may just have removed its log
            else:
                if data is not None:
                    return self._load(data)
            clock.sleep(_PAUSE)
        if last is None:
            raise UsageError(f"{self.shown} changes too often to be read; try again later")
        if os.path.lexists(f"{self.path}-shm"):
            raise last
        log = visible_path(f"{self.path}-wal")
        raise UsageError(
            f"cannot read the ledger {self.shown}: its last entries are in {log}, which a killed "
            "process has left; somebody who may write to the ledger and its folder must run this "
            "once: xacle-eval ledger verify"
        ) from last

    def _read_whole(self) -> bytes | None:
        try:
            return read_whole(self.path)
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(f"cannot read the ledger {self.shown}: {reason}") from error

    def _load(self, data: bytes) -> sqlite3.Connection:
        """Return the ledger in memory, where it cannot have a log."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        try:
            if data.startswith(_HEADER):
                changed = bytearray(data)
                changed[_WAL] = b"\x01\x01"  # the versions of a file without a log
                connection.deserialize(bytes(changed))
            return self._prepare(connection, write=False)
        except BaseException:
            connection.close()
            raise

    def _connect(self, mode: str, write: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{mode}", uri=True, timeout=_WAIT, isolation_level=None
        )
        try:
            return self._prepare(connection, write)
        except BaseException:
            connection.close()
            raise

    def _prepare(self, connection: sqlite3.Connection, write: bool) -> sqlite3.Connection:
        if require_version(connection, self.shown) < len(schema.MIGRATIONS):
            self._migrate(connection)
        connection.execute(f"PRAGMA {'synchronous = FULL' if write else 'query_only = ON'}")
        # Opens the write-ahead log: a file that cannot be read is an error here, not later.
        connection.execute("SELECT max(sequence) FROM entries").fetchone()
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have migrated it while this one waited.
        schema.migrate(connection, require_version(connection, self.shown))
        connection.execute("COMMIT")

    def head(self) -> Head:
        """Return the number and the hash of the last entry."""
        row = self.query("SELECT sequence, hash FROM entries ORDER BY sequence DESC LIMIT 1")
        return Head(*row[0]) if row else Head(0, FIRST)

    def entries(self, where: str = "1", *values: Any) -> list[Entry]:
        """Return the entries that fulfil a condition, in their order."""
        rows = self.query(f"{_SELECT} WHERE {where} ORDER BY sequence", *values)
        return list(map(Entry._make, rows))

    def every_entry(self) -> list[Entry]:
        """Return all entries, also with text that is not UTF-8, for the check of the ledger."""
        self._connection.text_factory = _any_text
        try:
            return self.entries()
        finally:
            self._connection.text_factory = str

    def schema_faults(self) -> list[str]:
        """Return how somebody has changed the table or the rules by which it is only added to.

        Raises
        ------
        UsageError
            If the file is damaged or cannot be read.
        """
        try:
            return list(schema.schema_faults(self._connection))
        except sqlite3.DatabaseError as error:
            raise self._translate(error, write=False) from error

    def damage(self) -> list[str]:
        """Return how the pages of the file contradict each other, such as an index that has other
        values than the table: boards and limits are read from the indexes.

        Raises
        ------
        UsageError
            If the file cannot be read.
        """
        rows = self.query(f"PRAGMA integrity_check({_MOST_DAMAGES})")
        return [f"the file is damaged: {text}" for (text,) in rows if text != "ok"]

    def numbered(self, sequences: Sequence[int]) -> list[Entry]:
        """Return the entries with some numbers, in the order of the numbers."""
        found: list[Entry] = []
        for begin in range(0, len(sequences), _MOST_VALUES):
            part = sequences[begin : begin + _MOST_VALUES]
            found += self.entries(f"sequence IN ({', '.join('?' * len(part))})", *part)
        return sorted(found)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows that a statement selects.

        Raises
        ------
        UsageError
            If the file is damaged or cannot be read.
        """
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._translate(error, write=False) from error

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock of the one process that writes; all entries are added, or none.

        Raises
        ------
        OutputError
            If the file cannot be written; nothing was recorded.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                # An error of the disk may have ended the transaction already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            raise self._translate(error, write=True) from error

    def append(
        self,
        kind: str,
        time: str,
        body: str,
        *,
        team: str = "",
        phase: str = "",
        sha256: str = "",
    ) -> Entry:
        """Add an entry at the end of the chain, in a `transaction`.

        Raises
        ------
        UsageError
            If the entry could not be used, such as one of a team without a name.
        """
        last = self.head()
        entry = chained(last, kind, time, body, team=team, phase=phase, sha256=sha256)
        if fault := entry_fault(entry):
            raise UsageError(f"it cannot be recorded: {fault}")
        self._connection.execute(_INSERT, entry)
        return entry

    def insert(self, entries: Sequence[Entry]) -> None:
        """Add entries that are chained already, in a `transaction`."""
        self._connection.executemany(_INSERT, entries)

    def _translate(self, error: Exception, write: bool) -> XacleEvalError:
        """Return the error that a user sees."""
        name = getattr(error, "sqlite_errorname", "")
        text = visible(str(error), 200)
        if name.startswith(_DAMAGED):
            return UsageError(f"{self.shown} is damaged, or is not a ledger: {text}")
        if text.startswith(_NO_TEXT):
            return UsageError(
                f"{self.shown} has an entry whose text is not UTF-8; xacle-eval ledger verify "
                "lists all such entries"
            )
        reason = _reason(error, self.path)
        if write:
            return OutputError(f"{self.shown} cannot be written: {reason}; nothing was recorded")
        return UsageError(f"cannot read the ledger {self.shown}: {reason}")


def chained(
    last: Head,
    kind: str,
    time: str,
    body: str,
    *,
    team: str = "",
    phase: str = "",
    sha256: str = "",
) -> Entry:
    """Return the entry that follows the last one."""
    entry = Entry(last.sequence + 1, kind, time, team, phase, sha256, body, last.hash, "")
    return entry._replace(hash=hash_of(entry))


def _any_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _reason(error: Exception, path: Path) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and is_full(path.parent):
        return _FULL
    known = (text for key, text in _REASONS.items() if name.startswith(key))
    return next(known, visible(str(error), 200))
