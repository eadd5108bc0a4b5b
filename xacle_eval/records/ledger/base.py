"""The file of a ledger: how it is created and opened, for one challenge."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, check_arguments
from xacle_eval.records.ledger.attempts import EVERY, read_standing
from xacle_eval.records.ledger.bodies import body_of
from xacle_eval.records.ledger.chain import FIRST, Entry, Head, body_text, hash_of
from xacle_eval.records.ledger.checking import entries_faults
from xacle_eval.records.ledger.database import Database, chained, create_database
from xacle_eval.records.ledger.files import remove_leftovers
from xacle_eval.records.ledger.phases import rules_of
from xacle_eval.records.ledger.standing import Standing
from xacle_eval.records.ledger.store import Store
from xacle_eval.records.ledger.times import parse_time
from xacle_eval.text import quote, visible

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["LedgerFile", "require_challenge"]

_Path = str | os.PathLike[str]
_MOST_ENTRIES = 10**12 - 1
"""No ledger reaches this number; boards sort entries by numbers of twelve digits."""


class LedgerFile:
    """A ledger that exists; see `Ledger`."""

    def __init__(
        self, path: _Path, challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE
    ) -> None:
        check_arguments(path=path)
        self.path = Path(path)
        self.challenge = load_challenge(challenge)
        self.store = Store(path)
        self._is_tidy = False
        with self._open(checked=False) as database:
            try:
                self._require_own(database)
            except UsageError:
                # A ledger that somebody has changed is opened: `verify` names what was changed,
                # and every other verb raises this error.
                if not any(entries_faults(database.every_entry())):
                    raise

    def __repr__(self) -> str:
        with self._open(checked=False) as database:
            number = database.head().sequence
        return f"<Ledger {visible(self.challenge.name, 60)}: {number:,} entries>"

    @classmethod
    def init(
        cls,
        path: _Path,
        challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
        *,
        time: str | datetime | None = None,
    ) -> Self:
        """Create a ledger; an existing file is never replaced.

        Parameters
        ----------
        path : path
            The file.
        challenge : str, path or Challenge
            The challenge.
        time : str or datetime, optional
            When it was created, for the log.

        Raises
        ------
        OutputError
            If the file exists or cannot be written.
        """
        check_arguments(path=path)
        loaded = load_challenge(challenge)
        body = body_text({"challenge": loaded.name, "sha256": loaded.sha256})
        moment = "" if time is None else parse_time(time)
        create_database(path, [chained(Head(0, FIRST), "created", moment, body)])
        return cls(path, loaded)

    def _open(self, *, write: bool = False, checked: bool = True) -> Database:
        """Open the database; with `checked`, it must be that of the challenge."""
        database = Database(self.path, write=write)
        try:
            if checked:
                self._require_own(database)
        except BaseException:
            database.close()
            raise
        if write and not self._is_tidy:
            remove_leftovers(database.path, self.store.folder)
            self._is_tidy = True
        return database

    def _require_own(self, database: Database) -> None:
        """Refuse a ledger without its first entry, or of another challenge."""
        found = database.entries("sequence = (SELECT min(sequence) FROM entries)")
        first, changed = (found[0] if found else None), ""
        if first is None or first.kind != "created" or hash_of(first) != first.hash:
            changed = "first"
        elif database.head().sequence > _MOST_ENTRIES:
            changed = "last"
        if first is None or changed:
            raise UsageError(
                f"the {changed} entry of {database.shown} was changed or removed; xacle-eval "
                "ledger verify lists all such entries"
            )
        require_challenge(first, self.challenge, database.shown)

    def _standing(
        self,
        database: Database,
        phase: str,
        *,
        team: str,
        select: bool = True,
        condition: tuple[str, str | int] = EVERY,
    ) -> Standing:
        rules = rules_of(self.challenge, phase)
        return read_standing(database, phase, rules, condition, team, select=select)


def require_challenge(first: Entry, challenge: Challenge, shown: str) -> None:
    """Refuse the entries of another challenge.

    Raises
    ------
    UsageError
        If the first entry names another challenge.
    """
    if first.kind != "created":
        raise UsageError(f"the first entry of {shown} is not that of a new ledger")
    name = body_of(first)["challenge"]
    if name != challenge.name:
        raise UsageError(
            f"{shown} is the ledger of the challenge {quote(name, 60)}, not of "
            f"{quote(challenge.name, 60)}; pass that challenge or its file"
        )
