"""The logo of a bundle: a plain picture, for organisers who have none yet."""

from __future__ import annotations

import struct
import zlib

__all__ = ["logo_png"]

_SIZE = 256
_BACKGROUND, _BAR = b"\x1f\x3a\x5f", b"\xf2\xf2\xf2"
# The bars of a chart: left edge, width and height in pixels; they stand on the same line.
_BARS = ((40, 36, 64), (88, 36, 112), (136, 36, 88), (184, 36, 160))
_GROUND = 216


def logo_png() -> bytes:
    """Return the picture of a bar chart, 256 by 256 pixels, as PNG."""
    rows = b"".join(b"\0" + _row(y) for y in range(_SIZE))
    header = struct.pack(">2I5B", _SIZE, _SIZE, 8, 2, 0, 0, 0)  # 8 bits each of red, green, blue
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def _row(y: int) -> bytes:
    row = [_BACKGROUND] * _SIZE
    for left, width, height in _BARS:
        if _GROUND - height <= y < _GROUND:
            row[left : left + width] = [_BAR] * width
    return b"".join(row)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
