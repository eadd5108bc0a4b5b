"""The kind and the size of an image, from the first bytes of its file."""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["Picture", "read_picture"]

# Markers of JPEG (ITU T.81, table B.1): frame headers with a size, and markers without a length.
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))


class Picture(NamedTuple):
    """An image: its kind (``png``, ``jpeg`` or ``gif``) and its size in pixels."""

    kind: str
    width: int
    height: int


def read_picture(data: bytes) -> Picture | None:
    """Return the kind and the size of an image; None for another file, or a damaged header."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and len(data) >= 24:
        return Picture("png", *struct.unpack_from(">2L", data, 16))
    if data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        return Picture("gif", *struct.unpack_from("<2H", data, 6))
    if data.startswith(b"\xff\xd8\xff"):
        return _read_jpeg(data)
    return None


def _read_jpeg(data: bytes) -> Picture | None:
    """Return the size in the first frame header of a JPEG."""
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker in _SIZES:
            height, width = struct.unpack_from(">2H", data, place + 5)
            return Picture("jpeg", width, height)
        if marker == 0xFF:  # a fill byte
            place += 1
        elif marker in _ALONE:
            place += 2
        else:
            place += 2 + max(2, int.from_bytes(data[place + 2 : place + 4], "big"))
    return None
