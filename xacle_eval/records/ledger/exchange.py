"""JSON Lines: the entries as text, one a line, for other programs, diffs and Git.

The lines are those that the chain hashes. A file of them is therefore checked without the database,
and read back into one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from xacle_eval.errors import MissingFileError, UsageError
from xacle_eval.io.files import TooLargeError, display_path, read_input
from xacle_eval.io.json_reading import JsonError, parse_json
from xacle_eval.records.ledger.bodies import KINDS, entry_fault
from xacle_eval.records.ledger.chain import (
    COLUMNS,
    Entry,
    body_text,
    hash_of,
    line_of,
)
from xacle_eval.records.ledger.checking import entries_faults
from xacle_eval.text import visible_path

__all__ = ["new_entries", "read_lines", "to_lines"]

# About a million uploads.
_MOST_BYTES = 1_000_000_000
_KEYS = [name for name in COLUMNS if name != "hash"]
_TEXTS = ("kind", "time", "team", "phase", "sha256", "previous")


def to_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the line of each entry."""
    for entry in entries:
        yield line_of(entry) + "\n"


def read_lines(path: str | os.PathLike[str]) -> list[Entry]:
    """Read exported entries and check their chain.

    Raises
    ------
    UsageError
        If the file cannot be read, a line is no entry, or the chain is broken.
    """
    shown = visible_path(display_path(path))
    try:
        data = read_input(path, _MOST_BYTES)
    except TooLargeError as error:
        raise UsageError(f"{shown}: it has more than {_MOST_BYTES:,} bytes") from error
    except OSError as error:
        message = f"cannot read {shown}: {error.strerror or error}"
        if isinstance(error, FileNotFoundError):
            raise MissingFileError(os.fspath(path), message) from error
        raise UsageError(message) from error
    entries = [
        _read_line(line, f"{shown}, line {number:,}")
        for number, line in enumerate(data.splitlines(), 1)
    ]
    if not entries:
        raise UsageError(f"{shown} has no entries; it is written by: xacle-eval ledger export")
    for number, fault in entries_faults(entries):
        raise UsageError(f"{shown}, entry {number:,}: {fault}; nothing was imported")
    return entries


def _read_line(line: bytes, place: str) -> Entry:
    """Read one entry; its line must be written as the export writes it, since its bytes count."""
    try:
        values = parse_json(line)
    except JsonError as error:
        raise UsageError(f"{place}: {error}") from error
    problem = _problem(values)
    if problem:
        raise UsageError(f"{place} is not an entry of a ledger: {problem}")
    entry = Entry(**{**values, "body": body_text(values["body"])}, hash="")
    if line_of(entry).encode("ascii") != line:
        raise UsageError(f"{place} is not written as `xacle-eval ledger export` writes it")
    if fault := entry_fault(entry):
        raise UsageError(f"{place}: {fault}")
    return entry._replace(hash=hash_of(entry))


def _problem(values: Any) -> str:
    if not isinstance(values, dict) or list(values) != _KEYS:
        return f"expected an object with the keys {', '.join(_KEYS)}"
    number = values["sequence"]
    if type(number) is not int or not 0 < number < 2**63:
        return "sequence is not a number of an entry"
    for name in _TEXTS:
        if not isinstance(values[name], str):
            return f"{name} is not text"
    if not isinstance(values["body"], dict):
        return "body is not an object"
    if values["kind"] not in KINDS:
        return "its kind is unknown; it may be from a newer version of xacle-eval"
    return ""


def new_entries(known: Sequence[Entry], given: Sequence[Entry], shown: str) -> Sequence[Entry]:
    """Return the entries that a ledger does not have; it must be the beginning of the others.

    Raises
    ------
    UsageError
        If both have different entries with the same number.
    """
    for old, new in zip(known, given, strict=False):
        if old.hash != new.hash:
            raise UsageError(
                f"{shown} and the imported lines differ from entry {old.sequence:,} on; a ledger "
                "only takes entries that follow its own. Import into a new ledger to compare them"
            )
    return given[len(known) :]
