"""Decompressing gzip files within limits.

The module gzip has no limit for zeros after a file, for the number of members or for the ratio of
sizes.
"""

from __future__ import annotations

import errno
import hashlib
import io
import zlib
from typing import Any, BinaryIO

from xacle_eval.text import count

__all__ = ["GzipReader"]

_CHUNK = 1 << 16
_MOST_PACKED = 500_000_000
# Block-wise compressors write a member for each 64 KiB.
_MOST_MEMBERS = 10_000
# The same as for the files of a package; tables of ratings are below 30.
_MOST_RATIO = 200
_FREE_BYTES = 500_000


class GzipReader(io.RawIOBase):
    """A stream with the decompressed content of a gzip file.

    Reading raises OSError if the file exceeds a limit, EOFError if it is truncated and zlib.error
    if it is damaged or has other data after its end.

    Attributes
    ----------
    most_packed : int
        The largest accepted size of the file in bytes.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.most_packed = _MOST_PACKED
        self._stream = stream
        self._digest = hashlib.sha256()
        self._inflate: Any = None  # between members
        self._pending = b""
        self._packed = self._unpacked = self._members = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Close the file too."""
        self._stream.close()
        super().close()

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes of the file that were read so far."""
        return self._digest.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, fewer only at the end; other raw streams may stop earlier."""
        if size < 0:
            return self.readall()
        data = bytearray()
        while len(data) < size and (piece := super().read(size - len(data))):
            data += piece
        return bytes(data)

    def readinto(self, buffer: Any) -> int:
        """Read decompressed bytes into a buffer; return their number, 0 at the end."""
        while True:
            more = self._fill()
            if self._inflate is None and not self._start_member():
                if more:
                    continue
                return 0
            data = self._inflate.decompress(self._pending, len(buffer))
            self._pending = self._inflate.unconsumed_tail
            if self._inflate.eof:
                self._pending = self._inflate.unused_data
                self._inflate = None
            elif not data and not more:
                raise EOFError
            self._unpacked += len(data)
            self._check_limits()
            if data:
                buffer[: len(data)] = data
                return len(data)

    def _fill(self) -> bool:
        """Read a chunk if none is left; return whether bytes are left."""
        if not self._pending:
            self._pending = self._stream.read(_CHUNK)
            self._packed += len(self._pending)
            self._digest.update(self._pending)
        return bool(self._pending)

    def _start_member(self) -> bool:
        """Start the next member of the file; return whether one exists."""
        if self._members:
            self._pending = self._pending.lstrip(b"\0")  # padding
        if not self._pending:
            if not self._members:
                raise EOFError
            self._check_limits()
            return False
        self._members += 1
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        return True

    def _check_limits(self) -> None:
        if self._packed > self.most_packed:
            raise OSError(errno.EFBIG, f"the file has more than {self.most_packed:,} bytes")
        if self._members > _MOST_MEMBERS:
            parts = count(_MOST_MEMBERS, "compressed part")
            raise OSError(errno.EFBIG, f"the file has more than {parts}")
        read = self._packed - len(self._pending)
        if self._unpacked > _FREE_BYTES and self._unpacked > _MOST_RATIO * read:
            raise OSError(
                errno.EFBIG, f"its content has more than {_MOST_RATIO} times the size of the file"
            )
