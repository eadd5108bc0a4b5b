"""The chain: each entry is one line of JSON, and names the SHA-256 of the line before it.

The line is what ``ledger export`` writes, so anybody can check the chain with a program that
computes SHA-256: the hash of a line, without its line break, is ``previous`` in the next one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

__all__ = [
    "COLUMNS",
    "FIRST",
    "UPLOADS",
    "Entry",
    "Head",
    "body_text",
    "faults",
    "hash_of",
    "is_digest",
    "line_of",
]

# json.dumps does the same, in three times the time.
_ENCODE = json.JSONEncoder().encode

_DIGEST = re.compile(r"[0-9a-f]{64}")

FIRST = ""
"""What the first entry has in the place of the hash of the entry before it."""
UPLOADS = ("valid", "invalid")
"""The kinds of entries that are uploads."""


class Entry(NamedTuple):
    """A row of the table.

    ``kind`` is ``created``, ``valid`` or ``invalid`` (an upload), ``withdrawal``, ``selection`` or
    ``rescoring``. ``body`` is JSON text. ``hash`` is that of the row's own line.
    """

    sequence: int
    kind: str
    time: str
    team: str
    phase: str
    sha256: str
    body: str
    previous: str
    hash: str


COLUMNS = Entry._fields


class Head(NamedTuple):
    """The last entry of a chain: its number and its hash."""

    sequence: int
    hash: str


def is_digest(text: str) -> bool:
    """Return whether a text is a SHA-256 as the ledger writes it."""
    return _DIGEST.fullmatch(text) is not None


def body_text(values: dict[str, Any]) -> str:
    """Return the values of a body as JSON text; the same values give the same text."""
    return json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def line_of(entry: Entry) -> str:
    """Return the line of an entry, without its line break."""
    text = _ENCODE
    return (
        f'{{"sequence":{entry.sequence},"kind":{text(entry.kind)},"time":{text(entry.time)},'
        f'"team":{text(entry.team)},"phase":{text(entry.phase)},"sha256":{text(entry.sha256)},'
        f'"body":{entry.body},"previous":{text(entry.previous)}}}'
    )


def hash_of(entry: Entry) -> str:
    """Return the SHA-256 of the line of an entry."""
    return hashlib.sha256(line_of(entry).encode("utf-8", "surrogatepass")).hexdigest()


def faults(entries: Iterable[Entry]) -> Iterator[tuple[int, str]]:
    """Yield each entry that breaks the chain, with what is wrong.

    Parameters
    ----------
    entries : iterable of Entry
        All entries, in the order of their numbers.

    Yields
    ------
    tuple of (int, str)
        The number of the entry and the fault.
    """
    last = Head(0, FIRST)
    for entry in entries:
        if entry.sequence != last.sequence + 1:
            missing = f"entry {last.sequence + 1}"
            if entry.sequence > last.sequence + 2:
                missing = f"entries {last.sequence + 1} to {entry.sequence - 1}"
            yield entry.sequence, f"{missing} before it was removed"
        elif entry.previous != last.hash:
            yield entry.sequence, f"it does not name the hash of entry {last.sequence}"
        if hash_of(entry) != entry.hash:
            yield entry.sequence, "its content was changed after it was recorded"
        last = Head(entry.sequence, entry.hash)
