"""File names in untrusted archives: which are safe on every system, and which are the same."""

from __future__ import annotations

import unicodedata

from xacle_eval.text import visible

__all__ = ["LONGEST_NAME", "comparable", "hidden_fault", "name_fault"]

_LONGEST_PART = 120
LONGEST_NAME = 240  # Windows allows 259 characters for a whole path
_FORBIDDEN = '<>:"|?*'
# Names of devices on Windows, with or without an extension (Microsoft, "Naming Files, Paths, and
# Namespaces").
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)


def comparable(name: str) -> str:
    """Return a key that is equal for names that are the same file on some systems.

    Letter case and the encoding of letters do not matter.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def name_fault(name: str) -> str | None:
    """Return what makes a name in an archive unsafe; None for a plain relative path."""
    if not name.rstrip("/"):
        return "has no name"
    if len(name) > LONGEST_NAME:
        return f"has a name of {len(name):,} characters; the limit is {LONGEST_NAME}"
    if visible(name, len(name)) != name:
        return "has a name with invisible characters"
    if "\\" in name:
        return "has a name with a backslash"
    if name.startswith("/"):
        return "has an absolute path as its name"
    faults = (_part_fault(part) for part in name.rstrip("/").split("/"))
    return next((fault for fault in faults if fault), None)


def hidden_fault(name: str) -> str | None:
    """Return why programs may treat a file specially by its name; None for a plain name.

    Shells, editors, Git and hosting platforms read hidden files. Git can also treat a folder with
    a file HEAD as a repository, whose settings can run commands. On Windows, ``.git`` can have
    the short name ``GIT~1``.
    """
    parts = [comparable(part) for part in name.rstrip("/").split("/")]
    if any(part.startswith(".") for part in parts):
        return "has a hidden name, which begins with a dot"
    if any(part == "head" or part.startswith("git~") for part in parts):
        return "has a name that Git reads"
    return None


def _part_fault(part: str) -> str | None:
    faults = (
        (part == "..", "has a name that leads outside its folder"),
        (part in ("", "."), "has an empty part in its name"),
        (
            any(char in _FORBIDDEN for char in part),
            f"has a name with one of the characters {_FORBIDDEN}",
        ),
        (
            part != part.strip() or part.endswith("."),
            "has a name that begins or ends with a space, or ends with a dot",
        ),
        (part.startswith("-"), "has a name that begins with a hyphen, like a command-line option"),
        (
            len(part) > _LONGEST_PART,
            f"has a name with a part of {len(part):,} characters; the limit is {_LONGEST_PART}",
        ),
        (
            part.partition(".")[0].casefold() in _DEVICES,
            "has a name that Windows reserves for a device",
        ),
    )
    return next((fault for found, fault in faults if found), None)
