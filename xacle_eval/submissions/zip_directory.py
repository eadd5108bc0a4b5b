"""The directory of a ZIP archive, read before any of its files is unpacked.

The layout of the records is that of PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16. The
directory is read here and not by a library, so that what is accepted does not change between
releases of Python.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

from xacle_eval.submissions.reading import kind_of
from xacle_eval.text import count, visible

__all__ = [
    "DEFLATED",
    "ENCRYPTED",
    "HEADER_BYTES",
    "PATCHED",
    "STORED",
    "DamagedError",
    "Directory",
    "Entry",
]

STORED, DEFLATED = 0, 8
ENCRYPTED, PATCHED = 0x1 | 0x40 | 0x2000, 0x20
HEADER_BYTES = 30

# The end of central directory record, and the locator before it in archives of the 64-bit form.
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_SIGN, _END64_SIGN = b"PK\x05\x06", b"PK\x06\x07"
_CENTRAL_SIGN, _LOCAL_SIGN = b"PK\x01\x02", b"PK\x03\x04"
_LONGEST_COMMENT = 65_535
_LOCATOR_BYTES = 20
_HEAD = 1 << 16
_UTF8_NAME = 0x800
_ZIP64_EXTRA, _IN_EXTRA = 1, 0xFFFFFFFF


class DamagedError(Exception):
    """The archive, or one of its files, cannot be read; the message states the reason."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder as the directory describes it."""

    raw_name: bytes
    name: str
    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    mode: int
    offset: int

    @property
    def is_folder(self) -> bool:
        """Whether the name ends in a slash."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class Directory:
    """The directory of an archive: the number of entries that it claims, and where it lies."""

    data: bytes
    entries: int
    offset: int
    size: int
    end: int

    @classmethod
    def find(cls, data: bytes) -> Directory:
        """Return the directory of an archive, by the record at the archive's end.

        Raises
        ------
        DamagedError
            If the record is missing or contradicts the archive.
        """
        place = data.rfind(_END_SIGN, max(0, len(data) - _END.size - _LONGEST_COMMENT))
        fault = _end_fault(data, place)
        if fault is not None:
            raise DamagedError(fault)
        _, _, _, _, entries, size, offset, _ = _END.unpack_from(data, place)
        return cls(data, entries, offset, size, place)

    def read(self) -> list[Entry]:
        """Return the entries in their order.

        Raises
        ------
        DamagedError
            If the directory is not where the archive's end states, or is not a list of entries.
        """
        found, place = [], self.offset
        if self.offset + self.size != self.end:
            raise DamagedError("the directory is not where the archive's end states")
        while place < self.end:
            entry, place = self._entry(place)
            found.append(entry)
        if len(found) != self.entries:
            noun = count(len(found), "entry", "entries")
            message = f"the directory has {noun}; the archive's end states {self.entries:,}"
            raise DamagedError(message)
        return found

    def _entry(self, place: int) -> tuple[Entry, int]:
        """Return the entry at a place, and the place of the next one."""
        if place + _CENTRAL.size > self.end or not self.data.startswith(_CENTRAL_SIGN, place):
            raise DamagedError("the directory cannot be read")
        (_, _, _, flags, method, _, _, crc, packed, size, name_size, extra_size, comment_size,
         _, _, attributes, offset) = _CENTRAL.unpack_from(self.data, place)  # fmt: skip
        begin = place + _CENTRAL.size
        following = begin + name_size + extra_size + comment_size
        if following > self.end:
            raise DamagedError("the directory cannot be read")
        raw_name = self.data[begin : begin + name_size]
        name = _decode_name(raw_name, flags)
        extra = self.data[begin + name_size : begin + name_size + extra_size]
        size, packed, offset = _large_numbers(extra, (size, packed, offset))
        mode = attributes >> 16
        return Entry(raw_name, name, flags, method, crc, packed, size, mode, offset), following

    def header_fault(self, entry: Entry) -> str | None:
        """Return how the header before an entry's bytes contradicts the directory, or None.

        Programs that read one of them would see another archive than programs that read the
        other.
        """
        if not 0 <= entry.offset <= len(self.data) - HEADER_BYTES:
            return "lies outside the archive"
        sign, _, flags, method, _, _, _, _, _, name_size, _ = self._header(entry)
        if sign != _LOCAL_SIGN:
            return "has no header"
        begin = entry.offset + HEADER_BYTES
        same_name = self.data[begin : begin + name_size] == entry.raw_name
        same = same_name and method == entry.method and not (flags ^ entry.flags) & ENCRYPTED
        return None if same else "has two different headers"

    def _header(self, entry: Entry) -> tuple[Any, ...]:
        return _LOCAL.unpack_from(self.data, entry.offset)

    def unpack(self, entry: Entry) -> bytes:
        """Return the bytes of a file that `header_fault` found nothing wrong with.

        Raises
        ------
        DamagedError
            If they are not what the directory states.
        """
        *_, name_size, extra_size = self._header(entry)
        begin = entry.offset + HEADER_BYTES + name_size + extra_size
        packed = self.data[begin : begin + entry.packed_size]
        data = _inflate(packed, entry.size) if entry.method == DEFLATED else packed
        if len(data) != entry.size:
            raise DamagedError(f"does not have the {entry.size:,} bytes that the directory states")
        if zlib.crc32(data) != entry.crc:
            raise DamagedError("has a wrong checksum")
        return data


def _inflate(packed: bytes, size: int) -> bytes:
    """Return deflated bytes as they were before, and at most one more than `size`."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflater.decompress(packed, size + 1)
    except zlib.error:
        raise DamagedError("cannot be unpacked") from None
    if len(data) == size and not inflater.eof:
        raise DamagedError("cannot be unpacked")
    return data


def _decode_name(name: bytes, flags: int) -> str:
    """Return the name of an entry: UTF-8 by its flag, otherwise code page 437."""
    if not name:
        raise DamagedError("an entry has no name")
    try:
        return name.decode("utf-8" if flags & _UTF8_NAME else "cp437")
    except UnicodeDecodeError:
        shown = visible(name.decode("latin-1"), 100)
        raise DamagedError(f"a name is not UTF-8 although it is marked so: {shown}") from None


def _large_numbers(extra: bytes, numbers: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return size, packed size and offset; the extra field holds those that exceed 32 bits."""
    place, values = 0, list(numbers)
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if place + 4 + length > len(extra):
            raise DamagedError("the directory cannot be read")
        body = extra[place + 4 : place + 4 + length]
        if kind == _ZIP64_EXTRA:
            for index, value in enumerate(values):
                if value == _IN_EXTRA and len(body) >= 8:
                    values[index], body = int.from_bytes(body[:8], "little"), body[8:]
        place += 4 + length
    return values[0], values[1], values[2]


def _end_fault(data: bytes, place: int) -> str | None:
    if not data.startswith((_LOCAL_SIGN, _END_SIGN)):
        kind = kind_of(data[:_HEAD]) if data else "empty"
        return f"the file is {kind or 'not a ZIP archive'}"
    if place < 0 or len(data) < place + _END.size:
        return "the end of the archive is missing: the file is truncated"
    _, disk, first_disk, here, entries, _, _, comment = _END.unpack_from(data, place)
    if place + _END.size + comment != len(data):
        return "unexpected bytes after the end of the archive"
    locator = data[max(0, place - _LOCATOR_BYTES) : place]
    if locator.startswith(_END64_SIGN) or 0xFFFF in (entries, disk):
        return "64-bit ZIP archives are not supported (more than 65,534 files or 4 GB)"
    if disk or first_disk or here != entries:
        return "the archive is one part of a split archive"
    return None
