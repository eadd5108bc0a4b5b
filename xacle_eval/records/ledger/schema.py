"""The table of the ledger, its migrations, and what this version can open."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections.abc import Iterator

from xacle_eval.errors import UsageError
from xacle_eval.text import quote

__all__ = [
    "APPLICATION",
    "MIGRATIONS",
    "how_to_create",
    "migrate",
    "require_sqlite",
    "require_version",
    "schema_faults",
]

APPLICATION = 0x58414C31
"""The number by which a database is known as a ledger."""
# STRICT tables are there since 3.37, functions of JSON in every build since 3.38.
_SINCE = (3, 38, 0)

# The name of an upload's file is not stored twice: it is computed from the body, and kept in the
# index, from which limits and versions are counted without reading a row.
# A row with an existing number would replace it without the trigger for DELETE being called, so
# the third trigger refuses every number but the next one.
_TABLE = """
CREATE TABLE entries (
    sequence INTEGER PRIMARY KEY,
    kind     TEXT NOT NULL,
    time     TEXT NOT NULL,
    team     TEXT NOT NULL,
    phase    TEXT NOT NULL,
    sha256   TEXT NOT NULL,
    body     TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL,
    file     TEXT GENERATED ALWAYS AS (json_extract(body, '$.file')) VIRTUAL
) STRICT;
CREATE INDEX entries_by_upload ON entries (phase, team, file, time, sequence, kind, sha256);
CREATE INDEX entries_by_time ON entries (time);
CREATE INDEX corrections ON entries (phase, team) WHERE kind IN ('withdrawal', 'selection');
CREATE TRIGGER entries_are_not_changed BEFORE UPDATE ON entries BEGIN
    SELECT RAISE(ABORT, 'entries of the ledger are never changed; add an entry that corrects it');
END;
CREATE TRIGGER entries_are_not_removed BEFORE DELETE ON entries BEGIN
    SELECT RAISE(ABORT, 'entries of the ledger are never removed; add an entry that corrects it');
END;
CREATE TRIGGER entries_are_added_at_the_end BEFORE INSERT ON entries
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM entries)
  OR NEW.previous IS NOT coalesce(
         (SELECT hash FROM entries ORDER BY sequence DESC LIMIT 1), '')
BEGIN
    SELECT RAISE(ABORT, 'an entry of the ledger follows the last one and names its hash');
END;
"""
MIGRATIONS = (_TABLE,)
"""The statements that lead from each version to the next; the first creates the table."""


def require_sqlite() -> None:
    """Refuse a library that is too old for ``STRICT`` tables and JSON.

    Raises
    ------
    UsageError
        If SQLite is older than 3.38.
    """
    if sqlite3.sqlite_version_info < _SINCE:
        raise UsageError(
            f"the ledger needs SQLite 3.38 or later, and this Python has {sqlite3.sqlite_version}; "
            "use a newer Python or a newer system"
        )


def how_to_create(shown: str) -> str:
    """Return how a ledger of this name is created."""
    return f"create one with: xacle-eval ledger init --challenge FILE --ledger {shown}"


def require_version(connection: sqlite3.Connection, shown: str) -> int:
    """Return the version of a ledger.

    Raises
    ------
    UsageError
        If the database is no ledger, or from a newer version of the toolkit.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise UsageError(f"{shown} is not a ledger; {how_to_create(shown)}")
    if version < 1:
        raise UsageError(f"{shown} is damaged: it has version {version} of the ledger's format")
    if version > len(MIGRATIONS):
        raise UsageError(
            f"{shown} has version {version} of the ledger's format, and this version of xacle-eval "
            f"knows versions up to {len(MIGRATIONS)}: install a newer xacle-eval"
        )
    return int(version)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring the table to the newest version, inside the caller's transaction."""
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        for statement in _split(statements):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")


def schema_faults(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield how the table, its indexes or its triggers differ from those of a new ledger.

    Further tables and indexes do no harm; a further trigger can change what is recorded.
    """
    found, expected = _objects(connection), _expected(MIGRATIONS)
    for (kind, name), statement in expected.items():
        if found.get((kind, name)) != statement:
            yield f"the {kind} {name} was changed or removed"
    for kind, name in sorted(found.keys() - expected.keys()):
        if kind == "trigger":
            yield f"the trigger {quote(name, 60)} is not one of a ledger"


@functools.lru_cache(maxsize=4)
def _expected(migrations: tuple[str, ...]) -> dict[tuple[str, str], str]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statements in migrations:
            for statement in _split(statements):
                connection.execute(statement)
        return _objects(connection)


def _objects(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {(kind, name): statement for kind, name, statement in rows}


def _split(statements: str) -> list[str]:
    """Return the single statements: `executescript` would end the caller's transaction."""
    found, rest = [], ""
    for line in statements.splitlines():
        rest += f"{line}\n"
        if sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found
