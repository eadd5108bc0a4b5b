"""Local file headers of a ZIP: compare them with the directory, and unpack the files.

Some programs read the directory at the end of an archive, others read the local headers.
Both must get the same files: headers must match the directory, without other bytes between files.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from xacle_eval.submissions.zip_directory import (
    DEFLATED,
    ENCRYPTED,
    LOCAL_SIGN,
    PATCHED,
    UTF8_NAME,
    DamagedError,
    Entry,
)
from xacle_eval.submissions.zip_extra import extra_fault, large_numbers
from xacle_eval.text import count, visible

__all__ = ["header_fault", "layout_fault", "unpack"]

_LOCAL = struct.Struct("<4s5H3L2H")
# The flag of a data descriptor: checksum and sizes after the data, in archives written to a pipe.
_DESCRIPTOR = 0x8
_DESCRIPTOR_SIGN = b"PK\x07\x08"
_LONGEST_DESCRIPTOR = 24
_SHARED = "several files share the same bytes of the archive"


@dataclass(frozen=True, slots=True)
class _Header:
    flags: int
    method: int
    numbers: tuple[int, int, int]
    name: bytes
    extra: bytes
    end: int


def _header(data: bytes, entry: Entry) -> _Header | None:
    """Return the local header of a file; None if there is none."""
    begin = entry.offset + _LOCAL.size
    if not 0 <= entry.offset <= len(data) - _LOCAL.size:
        return None
    (sign, _, flags, method, _, _, crc, packed, size, name_size, extra_size) = _LOCAL.unpack_from(
        data, entry.offset
    )
    if sign != LOCAL_SIGN:
        return None
    middle, end = begin + name_size, begin + name_size + extra_size
    name, extra = data[begin:middle], data[middle:end]
    return _Header(flags, method, (crc, size, packed), name, extra, end)


def header_fault(data: bytes, entry: Entry) -> str | None:
    """Return how the local header of a file differs from the directory, or None."""
    header = _header(data, entry)
    if header is None:
        return "has no header in the archive"
    flags = ENCRYPTED | PATCHED | _DESCRIPTOR | (0 if entry.raw_name.isascii() else UTF8_NAME)
    different = {
        "name": header.name != entry.raw_name,
        "method": header.method != entry.method,
        "flags": bool((header.flags ^ entry.flags) & flags),
    }
    crc, *written = header.numbers
    sizes = large_numbers(header.extra, written)
    pairs = zip((crc, *sizes), (entry.crc, entry.size, entry.packed_size), strict=True)
    # In an archive that is written to a pipe, numbers that are not known yet are 0.
    unknown = bool(entry.flags & _DESCRIPTOR)
    different["sizes"] = any(there != here and (there or not unknown) for there, here in pairs)
    names = [name for name, differs in different.items() if differs]
    if names:
        return f"has two different headers ({', '.join(names)})"
    return entry.extra_fault or extra_fault(header.extra, entry.name, written, sizes)


def layout_fault(data: bytes, entries: Iterable[Entry], end: int) -> str | None:
    """Return an error if bytes before the directory belong to no file or to several, or None.

    Parameters
    ----------
    data : bytes
        The archive.
    entries : iterable of Entry
        Entries without an error of `header_fault`.
    end : int
        The offset of the directory.
    """
    ordered = sorted(entries, key=lambda entry: entry.offset)
    first = ordered[0].offset if ordered else end
    if first:
        return f"{count(first, 'byte')} before the first file, which the directory does not list"
    following = [*(entry.offset for entry in ordered), end][1:]
    faults = (
        _end_fault(data, entry, place) for entry, place in zip(ordered, following, strict=True)
    )
    return next((fault for fault in faults if fault), None)


def _end_fault(data: bytes, entry: Entry, following: int) -> str | None:
    """Return an error if the bytes up to the next file are not those of the entry, or None."""
    header = _header(data, entry)
    begin = (header.end if header else entry.offset) + entry.packed_size
    rest = data[begin:following]
    if begin > following:
        return _SHARED
    streamed = bool(entry.flags & _DESCRIPTOR)
    if rest in (_descriptors(entry) if streamed else (b"",)):
        return None
    if streamed and len(rest) <= _LONGEST_DESCRIPTOR:
        return f"{visible(entry.name, 100)} has other sizes after its bytes"
    shown = visible(entry.name, 100)
    return f"{count(len(rest), 'byte')} after {shown}, which the directory does not list"


def _descriptors(entry: Entry) -> tuple[bytes, ...]:
    """Return the forms of a data descriptor: 32 or 64 bits, with or without a signature."""
    numbers = (entry.crc, entry.packed_size, entry.size)
    forms = [struct.pack("<LQQ", *numbers)]
    if max(numbers) <= 0xFFFFFFFF:
        forms.append(struct.pack("<3L", *numbers))
    return *forms, *(_DESCRIPTOR_SIGN + form for form in forms)


def unpack(data: bytes, entry: Entry) -> bytes:
    """Return the unpacked bytes of a file without an error of `header_fault`.

    Raises
    ------
    DamagedError
        If they cannot be unpacked, or their size or checksum differs from the directory.
    """
    header = _header(data, entry)
    begin = header.end if header else 0
    packed = data[begin : begin + entry.packed_size]
    content = _inflate(packed, entry.size) if entry.method == DEFLATED else packed
    if len(content) != entry.size:
        raise DamagedError(f"does not have the {entry.size:,} bytes that the directory states")
    if zlib.crc32(content) != entry.crc:
        raise DamagedError("has a wrong checksum")
    return content


def _inflate(packed: bytes, size: int) -> bytes:
    """Return inflated bytes, at most `size` + 1 of them."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(packed, size + 1)
    except zlib.error as error:
        if str(error).startswith("Error -4 "):  # Z_MEM_ERROR
            raise MemoryError from error
        raise DamagedError("cannot be unpacked") from None
    if len(content) == size and not inflater.eof:
        raise DamagedError("cannot be unpacked")
    # A program that reads the archive from its beginning would look for a header there.
    if inflater.unused_data:
        raise DamagedError("has bytes after the end of its compressed data")
    return content
