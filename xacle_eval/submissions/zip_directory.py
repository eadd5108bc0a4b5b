"""The directory of a ZIP archive, read before any of its files is unpacked.

The layout of the records is that of PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16. The
directory is read here, not by a library. Therefore the accepted archives are the same in all
releases of Python.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from xacle_eval.submissions.signatures import kind_of
from xacle_eval.submissions.zip_extra import extra_fault, large_numbers
from xacle_eval.submissions.zip_names import decode_name
from xacle_eval.text import count, visible

__all__ = [
    "DEFLATED",
    "ENCRYPTED",
    "LOCAL_SIGN",
    "PATCHED",
    "STORED",
    "UTF8_NAME",
    "DamagedError",
    "Directory",
    "Entry",
]

STORED, DEFLATED = 0, 8
# Other programs refuse, or skip, an entry that needs a later version of the format.
_NEWEST_VERSION = 63
ENCRYPTED, PATCHED, UTF8_NAME = 0x1 | 0x40 | 0x2000, 0x20, 0x800
LOCAL_SIGN = b"PK\x03\x04"

# The end of central directory record, and the locator before it in archives of the 64-bit form.
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END_SIGN, _END64_SIGN = b"PK\x05\x06", b"PK\x06\x07"
_CENTRAL_SIGN = b"PK\x01\x02"
_LONGEST_COMMENT = 65_535
_LOCATOR_BYTES = 20
_HEAD = 1 << 16


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
    extra_fault: str | None = None
    encoding: str = "ascii"

    @property
    def is_folder(self) -> bool:
        """Whether the name ends in a slash."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class Directory:
    """The directory of an archive: its offset, its size and its stated number of entries."""

    data: bytes
    entries: int
    offset: int
    size: int
    end: int

    @classmethod
    def find(cls, data: bytes) -> Directory:
        """Return the directory of an archive, found from its end-of-directory record.

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
            If the end record has a wrong offset or number of entries, or an entry cannot be read.
        """
        found, place = [], self.offset
        if self.offset + self.size != self.end:
            raise DamagedError("the end record has a wrong offset or size of the directory")
        while place < self.end:
            entry, place = self._entry(place)
            found.append(entry)
        if len(found) != self.entries:
            noun = count(len(found), "entry", "entries")
            message = f"the directory has {noun}; the end record states {self.entries:,}"
            raise DamagedError(message)
        return found

    def _entry(self, place: int) -> tuple[Entry, int]:
        """Return the entry at an offset, and the offset of the next entry."""
        if place + _CENTRAL.size > self.end or not self.data.startswith(_CENTRAL_SIGN, place):
            raise DamagedError("the directory cannot be read")
        (_, _, needed, flags, method, _, _, crc, packed, size, name_size, extra_size, comment_size,
         disk, _, attributes, offset) = _CENTRAL.unpack_from(self.data, place)  # fmt: skip
        begin = place + _CENTRAL.size
        following = begin + name_size + extra_size + comment_size
        if following > self.end:
            raise DamagedError("the directory cannot be read")
        if disk:
            raise DamagedError("the archive is one part of a split archive")
        if needed & 0xFF > _NEWEST_VERSION:
            version = f"{(needed & 0xFF) / 10:.1f}"
            raise DamagedError(f"an entry needs version {version} of the ZIP format, at most 6.3")
        raw_name = self.data[begin : begin + name_size]
        name, encoding = _decode(raw_name, flags)
        extra = self.data[begin + name_size : begin + name_size + extra_size]
        written = (size, packed, offset)
        size, packed, offset = numbers = large_numbers(extra, written)
        fault = extra_fault(extra, name, written, numbers)
        mode = attributes >> 16
        entry = Entry(
            raw_name, name, flags, method, crc, packed, size, mode, offset, fault, encoding
        )
        return entry, following


def _decode(name: bytes, flags: int) -> tuple[str, str]:
    """Return the name of an entry and its encoding."""
    if not name:
        raise DamagedError("an entry has no name")
    try:
        return decode_name(name, bool(flags & UTF8_NAME))
    except UnicodeDecodeError:
        shown = visible(name.decode("latin-1"), 100)
        raise DamagedError(f"a name is marked as UTF-8 but is not valid UTF-8: {shown}") from None


def _end_fault(data: bytes, place: int) -> str | None:
    if not data.startswith((LOCAL_SIGN, _END_SIGN)):
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
