"""The bodies of entries: which values each kind has, checked before they are used."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from xacle_eval.errors import UsageError
from xacle_eval.records.ledger.chain import UPLOADS, Entry, is_digest
from xacle_eval.records.ledger.times import is_time
from xacle_eval.text import quote, visible

__all__ = ["KINDS", "body_fault", "body_of", "entry_fault", "team_fault"]

_LONGEST_TEAM = 200
_OF_TEAMS = (*UPLOADS, "withdrawal", "selection")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_file_name(value: Any) -> bool:
    """Return whether a value is the name of a file in a folder, and no path."""
    return isinstance(value, str) and value not in ("", ".", "..") and not set(value) & {"/", "\0"}


def _is_number(value: Any) -> bool:
    return type(value) is int


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_systems(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    for each in value:
        if not isinstance(each, dict) or not isinstance(each.get("system"), str):
            return False
        if type(each.get("valid")) is not bool:
            return False
    return True


def _is_flag(value: Any) -> bool:
    return type(value) is bool


_UPLOAD: Mapping[str, Callable[[Any], bool]] = {"file": _is_file_name, "systems": _are_systems}
_VALUES: dict[str, Mapping[str, Callable[[Any], bool]]] = {
    "created": {"challenge": _is_text},
    "valid": _UPLOAD,
    "invalid": _UPLOAD,
    "withdrawal": {"entry": _is_number, "withdrawn": _is_flag, "reason": _is_text},
    "selection": {"systems": _are_texts},
    "rescoring": {"before": _is_text, "after": _is_text},
}
KINDS = tuple(_VALUES)
"""The kinds of entries."""


def body_fault(kind: str, body: Any) -> str:
    """Return what is wrong with the values of a body; empty if they can be used."""
    if not isinstance(body, dict):
        return "its body is not an object"
    for name, is_valid in _VALUES[kind].items():
        if not is_valid(body.get(name)):
            return f"its body has no valid {name}"
    return ""


@functools.lru_cache(maxsize=1_000)
def team_fault(team: str) -> str:
    """Return what is wrong with the name of a team, which could not be told from another one in a
    table; empty if it can be used.
    """
    if team.strip() and team == team.strip() and visible(team, _LONGEST_TEAM) == team:
        return ""
    return (
        f"the team {quote(team, 60)}: expected 1 to {_LONGEST_TEAM} visible characters, without "
        "blanks at the ends"
    )


def entry_fault(entry: Entry) -> str:
    """Return what is wrong with the values of an entry; empty if they can be used."""
    return _read(entry)[0]


def body_of(entry: Entry) -> dict[str, Any]:
    """Return the values of the body of an entry.

    Raises
    ------
    UsageError
        If somebody has changed the entry so that it cannot be used.
    """
    fault, body = _read(entry)
    if fault:
        raise UsageError(
            f"entry {entry.sequence:,} of the ledger cannot be used: {fault}; "
            "xacle-eval ledger verify lists all such entries"
        )
    return body


def _read(entry: Entry) -> tuple[str, dict[str, Any]]:
    """Return what is wrong with an entry, and the values of its body."""
    if fault := _column_fault(entry):
        return fault, {}
    try:
        body = json.loads(entry.body)
    except (ValueError, RecursionError):
        return "its body is not JSON", {}
    return body_fault(entry.kind, body), body


def _column_fault(entry: Entry) -> str:
    """Return what is wrong with an entry beside its body."""
    if entry.kind not in KINDS:
        return "its kind is unknown"
    if (entry.kind == "created") is not (entry.sequence == 1):
        first = "it is the first entry, and not that of a new ledger"
        return first if entry.sequence == 1 else "only the first entry is that of a new ledger"
    if not is_time(entry.time) and not (entry.kind == "created" and not entry.time):
        return "its time is invalid"
    if entry.kind in UPLOADS and not is_digest(entry.sha256):
        return "its sha256 is invalid"
    return team_fault(entry.team) if entry.kind in _OF_TEAMS else ""
