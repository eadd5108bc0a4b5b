"""The part of a challenge file on which scores depend: not what is published, and not when."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xacle_eval.challenge.problems import TomlError, read_toml

__all__ = ["without_publishing"]

_KEYS = ("publish", "phases")
_HEADER = re.compile(rb"\[")
_OWN_HEADER = re.compile(rb"\[[ \t]*(?:publish|phases)[ \t]*[].]")
_OWN_KEY = re.compile(rb"(?:publish|phases)[ \t]*[.=]")


def without_publishing(data: bytes) -> bytes:
    """Return a challenge file without ``[publish]`` and ``[phases]``, for the hash in signatures.

    Parameters
    ----------
    data : bytes
        A valid TOML file.

    Returns
    -------
    bytes
        The bytes that the file would have without the tables. If one is written in an unusual way,
        such as with its name in quotation marks, the whole file.
    """
    table = read_toml(data)
    if not any(key in table for key in _KEYS):
        return data
    rest = b"".join(_other_lines(data.splitlines(keepends=True)))
    for key in _KEYS:
        table.pop(key, None)
    try:
        return rest if read_toml(rest) == table else data
    except TomlError:
        return data


def _other_lines(lines: list[bytes]) -> Iterator[bytes]:
    """Yield the lines that belong to neither table, as far as they are written as usual."""
    kept: list[bytes] = []
    after: list[bytes] = []  # comments below the last key of the table belong to what follows
    at_root, inside = True, False
    for line in lines:
        text = line.strip()
        if _HEADER.match(text):
            at_root, inside = False, _OWN_HEADER.match(text) is not None
            kept += after
            after = []
        if inside:
            if text.startswith(b"#") or (after and not text):
                after.append(line)
            elif text:
                after = []
        elif not (at_root and _OWN_KEY.match(text)):
            kept.append(line)
    kept += after
    while inside and len(kept) > 1 and not kept[-1].strip():
        kept.pop()
    yield from kept
