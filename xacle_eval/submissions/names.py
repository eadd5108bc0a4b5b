"""Names of files that others send: what is safe as one on every system, and which are the same on
some.
"""

from __future__ import annotations

import unicodedata

from xacle_eval.text import visible

__all__ = ["comparable", "name_fault"]

_LONGEST_PART = 120
_LONGEST_NAME = 240  # Windows allows 259 characters for a whole path
_FORBIDDEN = '<>:"|?*'
# Names of devices on Windows, with or without an ending (Microsoft, "Naming Files, Paths, and
# Namespaces").
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)


def comparable(name: str) -> str:
    """Return what two names have in common that are one file on some machine: case and encoding do
    not count.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def name_fault(name: str) -> str | None:
    """Say what makes the name of an archive's entry unsafe; None if it is a plain relative path."""
    if not name.rstrip("/"):
        return "has no name"
    if visible(name, len(name)) != name:
        return "has a name with characters that do not show"
    if "\\" in name:
        return "has a name with a backslash"
    if name.startswith("/"):
        return "has a name that begins at the root of the disk"
    if len(name) > _LONGEST_NAME:
        return f"has a name of {len(name):,} characters"
    faults = (_part_fault(part) for part in name.rstrip("/").split("/"))
    return next((fault for fault in faults if fault), None)


def _part_fault(part: str) -> str | None:
    faults = (
        (part == "..", "has a name that leads out of its folder"),
        (part in ("", "."), "has an empty part in its name"),
        (any(char in _FORBIDDEN for char in part), f"has a name with one of {_FORBIDDEN}"),
        (
            part != part.strip() or part.endswith("."),
            "has a name that begins or ends in a blank, or ends in a dot",
        ),
        (part.startswith("-"), "has a name that begins with a hyphen, as options of commands do"),
        (len(part) > _LONGEST_PART, f"has a name of {len(part):,} characters"),
        (
            part.partition(".")[0].casefold() in _DEVICES,
            "has a name that Windows keeps for a device",
        ),
    )
    return next((fault for found, fault in faults if found), None)
