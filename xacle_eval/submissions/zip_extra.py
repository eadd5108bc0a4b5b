"""Extra fields of a ZIP: find the fields that give a file another name, size or kind.

Programs use different extra fields, so a field may only repeat the values of the directory.
The fields are defined in PKWARE's APPNOTE.TXT 6.3.10, sections 4.5 and 4.6, and in Info-ZIP's
extrafld.txt.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

__all__ = ["extra_fault", "large_numbers"]

_LARGE_NUMBERS, _UNICODE_PATH, _UNIX = 0x0001, 0x7075, 0x000D
_IN_EXTRA = 0xFFFFFFFF
# The bytes of a PKWARE Unix field before the target of a link: two times and two ids.
_UNIX_BYTES = 12
# Names in another encoding (PFS), names of Macintosh files (ZipIt, two forms), links and devices
# (ASi Unix), and encryption (strong, WinZip).
_REFUSED = frozenset({0x0008, 0x2605, 0x2705, 0x756E, 0x0017, 0x9901})


def large_numbers(extra: bytes, numbers: Sequence[int]) -> tuple[int, ...]:
    """Return numbers of a header; the extra field holds those that exceed 32 bits."""
    values = list(numbers)
    for kind, body in _fields(extra) or ():
        if kind == _LARGE_NUMBERS:
            left = body
            for index, value in enumerate(values):
                if value == _IN_EXTRA and len(left) >= 8:
                    values[index], left = int.from_bytes(left[:8], "little"), left[8:]
    return tuple(values)


def extra_fault(
    extra: bytes, name: str, written: Sequence[int], numbers: Sequence[int]
) -> str | None:
    """Return how the extra fields of a header contradict it, or None.

    Parameters
    ----------
    extra : bytes
        The extra fields.
    name : str
        The name in the header.
    written : sequence of int
        The numbers in the header: size, packed size, and in the directory the offset.
    numbers : sequence of int
        The same after `large_numbers`.
    """
    fields = _fields(extra)
    if fields is None:
        return "has a damaged extra field"
    checked = [kind for kind, _ in fields if kind in (_LARGE_NUMBERS, _UNICODE_PATH)]
    if len(set(checked)) < len(checked):
        return "has two extra fields of the same kind"
    for kind, body in fields:
        if kind == _UNICODE_PATH and body[5:] != name.encode():
            return "has another name in an extra field"
        if kind in _REFUSED or (kind == _UNIX and len(body) > _UNIX_BYTES):
            return "has an extra field that changes its name or kind"
        if kind == _LARGE_NUMBERS and not _repeats(body, written, numbers):
            return "has other sizes in an extra field"
    return None


def _fields(extra: bytes) -> list[tuple[int, bytes]] | None:
    """Return the kind and content of each field; None if the bytes are not a list of fields."""
    place, found = 0, []
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        place += 4
        if place + length > len(extra):
            return None
        found.append((kind, extra[place : place + length]))
        place += length
    # Android pads with up to three zeros.
    return None if extra[place:].strip(b"\0") else found


def _repeats(body: bytes, written: Sequence[int], numbers: Sequence[int]) -> bool:
    """Return whether all 64-bit numbers of a field are needed or repeated by the header."""
    whole = len(body) - len(body) % 8
    found = [int.from_bytes(body[at : at + 8], "little") for at in range(0, whole, 8)]
    # The number of the disk may follow.
    if body[whole:] not in (b"", bytes(4)):
        return False
    needed = [new for old, new in zip(written, numbers, strict=True) if old == _IN_EXTRA]
    return found in (needed, list(numbers[: len(found)]))
