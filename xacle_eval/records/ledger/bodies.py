"""The bodies of entries: which values each kind has, checked before they are used."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from xacle_eval.errors import UsageError
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.times import is_time

__all__ = ["KINDS", "body_fault", "body_of", "entry_fault"]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


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


_UPLOAD: Mapping[str, Callable[[Any], bool]] = {"file": _is_text, "systems": _are_systems}
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
    if entry.kind not in KINDS:
        return "its kind is unknown", {}
    if not is_time(entry.time) and not (entry.kind == "created" and not entry.time):
        return "its time is invalid", {}
    try:
        body = json.loads(entry.body)
    except (ValueError, RecursionError):
        return "its body is not JSON", {}
    return body_fault(entry.kind, body), body
