"""The database file: how it is created, opened, read and written.

One process writes at a time, under the lock that ``BEGIN IMMEDIATE`` takes; the others wait. The
write-ahead log makes a transaction visible all at once, so a process that is killed at any moment
leaves the entries of finished transactions and nothing else. Readers never wait.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from xacle_eval.errors import MissingFileError, OutputError, UsageError, XacleEvalError
from xacle_eval.io.outputs import output_errors, require_writable
from xacle_eval.records.ledger import schema
from xacle_eval.records.ledger.chain import COLUMNS, FIRST, Entry, Head, hash_of
from xacle_eval.records.ledger.schema import APPLICATION, require_sqlite, require_version
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
_READ_ONLY = "it is read-only, or its folder is"
_REASONS = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_BUSY": f"another process has been writing to it for {_WAIT:.0f} seconds",
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_IOERR": "reading or writing the disk failed",
    "SQLITE_CANTOPEN": "it cannot be opened",
    "SQLITE_PERM": "it cannot be opened",
}
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def create_database(path: str | os.PathLike[str], entries: Sequence[Entry]) -> None:
    """Create a ledger with its first entries; the file appears complete, or not at all.

    Raises
    ------
    OutputError
        If the file exists or cannot be written.
    """
    require_sqlite()
    require_writable(path)
    shown = visible_path(os.fspath(path))
    unfinished = Path(path).with_name(f".xacle-eval-{os.urandom(8).hex()}.part")
    try:
        with output_errors(path):
            _fill(unfinished, entries)
            _publish(unfinished, Path(path))
    except sqlite3.DatabaseError as error:
        raise OutputError(f"{shown} cannot be written: {_reason(error)}") from error
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


def _publish(unfinished: Path, path: Path) -> None:
    """Give the finished file its name, unless another file has it."""
    try:
        os.link(unfinished, path)
    except OSError as error:
        if os.path.lexists(path):
            shown = visible_path(os.fspath(path))
            raise OutputError(
                f"{shown} exists already, and a ledger is never replaced; choose another name"
            ) from error
        unfinished.rename(path)  # on a file system without hard links


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
        If the file is missing, is no ledger, or is from a newer version of the toolkit.
    OutputError
        If it cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], *, write: bool = False) -> None:
        require_sqlite()
        self.path = Path(path)
        self.shown = visible_path(os.fspath(path))
        self._require_file()
        if write:
            require_writable(path)
        self._connection = self._open(write)

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _require_file(self) -> None:
        try:
            mode = self.path.stat().st_mode
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            message = f"cannot open the ledger {self.shown}: {reason}"
            if isinstance(error, FileNotFoundError):
                message += "; create one with: xacle-eval ledger init"
                raise MissingFileError(os.fspath(self.path), message) from error
            raise UsageError(message) from error
        if not stat.S_ISREG(mode):
            raise UsageError(f"{self.shown} is not a ledger: it is not a regular file")

    def _open(self, write: bool) -> sqlite3.Connection:
        """Open the file; a reader also opens it on a medium or in a folder that is read-only."""
        tries = ["mode=rw"] if write else ["mode=rw", "mode=ro", "mode=ro&immutable=1"]
        if not write and Path(f"{self.path}-wal").exists():
            tries.remove("mode=ro&immutable=1")  # which would not read the write-ahead log
        for mode in tries:
            try:
                return self._connect(mode, write)
            except sqlite3.OperationalError as error:
                name = getattr(error, "sqlite_errorname", "")
                if mode == tries[-1] or not name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
                    raise self._translate(error, write) from error
            except sqlite3.DatabaseError as error:
                raise self._translate(error, write) from error
        raise AssertionError("the last way to open a ledger raises its own error")

    def _connect(self, mode: str, write: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{mode}", uri=True, timeout=_WAIT, isolation_level=None
        )
        try:
            if require_version(connection, self.shown) < len(schema.MIGRATIONS):
                self._migrate(connection)
            connection.execute(f"PRAGMA {'synchronous = FULL' if write else 'query_only = ON'}")
            # Opens the write-ahead log: a file that cannot be read is an error here, not later.
            connection.execute("SELECT max(sequence) FROM entries").fetchone()
        except BaseException:
            connection.close()
            raise
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
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
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
        """Add an entry at the end of the chain, in a `transaction`."""
        last = self.head()
        entry = chained(last, kind, time, body, team=team, phase=phase, sha256=sha256)
        self._connection.execute(_INSERT, entry)
        return entry

    def insert(self, entries: Sequence[Entry]) -> None:
        """Add entries that are chained already, in a `transaction`."""
        self._connection.executemany(_INSERT, entries)

    def _translate(self, error: Exception, write: bool) -> XacleEvalError:
        """Return the error that a user sees."""
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(_DAMAGED) or isinstance(error, UnicodeDecodeError):
            text = visible(str(error), 200)
            return UsageError(f"{self.shown} is damaged, or is not a ledger: {text}")
        reason = _reason(error)
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


def _reason(error: Exception) -> str:
    name = getattr(error, "sqlite_errorname", "")
    known = (text for key, text in _REASONS.items() if name.startswith(key))
    return next(known, visible(str(error), 200))
