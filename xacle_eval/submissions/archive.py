"""Archives: a ZIP somebody sent, read in memory under bounds and never unpacked to disk.

Before a byte is unpacked the archive's own directory is held against every bound and rule;
an archive that breaks one is refused unread, with everything that is wrong with it. So a
bomb costs no more than its packed size, and no name in it is ever used as a path.

The layout of the records is that of PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16.
"""

from __future__ import annotations

import hashlib
import stat
import struct
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from xacle_eval.challenge.model import Limits
from xacle_eval.submissions.findings import Finding, Member
from xacle_eval.submissions.names import comparable, name_fault
from xacle_eval.submissions.reading import Source, kind_of, unreadable
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, visible

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

__all__ = ["Archive", "read_archive"]

_SHOWN = 5
_MOST_FOLDERS = 4
_CHUNK = 1 << 16

# The end of central directory record, and the locator that stands before it in archives of the
# 64-bit form.
_END = struct.Struct("<4s4H2LH")
_END_SIGN, _END64_SIGN, _FILE_SIGN = b"PK\x05\x06", b"PK\x06\x07", b"PK\x03\x04"
_LONGEST_COMMENT = 65_535
_LOCAL_HEADER = 30
# A directory entry has 46 bytes, a name and a few stamps; this much each leaves room for the
# longest name.
_ENTRY_BYTES = 1024

_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x1 | 0x40 | 0x2000
# Below this a file is no bomb, however well it packs: a constant prediction for 3,000 pairs packs
# well.
_SMALL = 500_000

# What unpacking a forged archive can raise in zipfile and zlib; an unknown method of packing is a
# kind of RuntimeError.
_DAMAGE = (zlib.error, struct.error, ValueError, EOFError, RuntimeError, OSError, LookupError)

# Left behind by desktops; never read. "._x" is what macOS keeps about a file x.
_LITTER = (".ds_store", "thumbs.db", "desktop.ini")
_LITTER_START = "._"
_ARCHIVES = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst", ".jar", ".whl")
_RESERVED = ("metadata", "metadata.yaml")


@dataclass(slots=True)
class Archive:
    """The files of an archive: name to bytes, in the order of the archive; empty if it was refused.

    ``sha256`` is that of the archive (None if it could not be read to its end). ``names`` are
    those inside the wrapper folder, if there is one, and lead to the full names.
    """

    path: str
    sha256: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def members(self) -> tuple[Member, ...]:
        """The files with their sizes and hashes."""
        return tuple(
            Member(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
            for name, data in self.files.items()
        )


def read_archive(source: Source, limits: Limits) -> Archive:
    """Read a ZIP whole, or refuse it.

    Parameters
    ----------
    source : Source
        What to read.
    limits : Limits
        Bounds of the archive's size, packed and unpacked, the number of its entries, and the
        ratio at which a file may be packed.

    Returns
    -------
    Archive
        Its files, or findings (XAC001, XAC080 to XAC089) and no file.
    """
    archive = Archive(source.path)
    data = _bytes(source, limits.max_package_bytes, archive)
    said = None if data is None else _entries(data, limits.max_members, archive.findings)
    if data is None or said is None:
        return archive
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(BytesIO(data)) as opened:
            entries = opened.infolist()
            archive.findings += _faults(entries, data, limits)
            if len(entries) != said:
                archive.findings.append(
                    _damaged(f"the directory has {len(entries)} entries, its end says {said}")
                )
            if not archive.findings:
                archive.files = _unpacked(opened, entries, archive.findings)
    except (BadZipFile, *_DAMAGE) as error:
        reason = f" ({visible(str(error), 100)})" if isinstance(error, BadZipFile) else ""
        archive.findings.append(_damaged(f"its directory cannot be read{reason}"))
    if archive.findings:
        archive.files = {}
    archive.names = _unwrapped(archive.files)
    return archive


def _bytes(source: Source, most: int, archive: Archive) -> bytes | None:
    try:
        with source.open() as stream:
            data = stream.read(most + 1)
    except OSError as error:
        archive.findings.append(unreadable(source, error))
        return None
    if len(data) > most:
        message = f"the archive is larger than {most:,} bytes; it was not read to its end"
        archive.findings.append(rule("zip-size").finding(message))
        return None
    archive.sha256 = hashlib.sha256(data).hexdigest()
    return data


def _damaged(message: str) -> Finding:
    return rule("zip-damaged").finding(message)


def _entries(data: bytes, most: int, findings: list[Finding]) -> int | None:
    """Return the number of entries that the end of an archive speaks of, if it is sound and within
    the bounds.

    This comes before a library reads the directory that the end points at.
    """
    place = data.rfind(_END_SIGN, max(0, len(data) - _END.size - _LONGEST_COMMENT))
    fault = _end_fault(data, place)
    if fault is not None:
        findings.append(_damaged(fault))
        return None
    _, _, _, _, entries, directory, _, _ = _END.unpack_from(data, place)
    if entries > most or directory > most * _ENTRY_BYTES:
        message = f"the archive has {count(entries, 'entry', 'entries')}; the limit is {most:,}"
        if entries <= most:
            message = (
                f"the archive's directory has {directory:,} bytes, too many for {most:,} entries"
            )
        findings.append(rule("zip-members").finding(message))
        return None
    return int(entries)


def _end_fault(data: bytes, place: int) -> str | None:
    if not data.startswith((_FILE_SIGN, _END_SIGN)):
        kind = kind_of(data[:_CHUNK]) if data else "empty"
        return f"the file is {kind or 'no ZIP archive by its first bytes'}"
    if place < 0 or len(data) < place + _END.size:
        return "the end of the archive is missing: it was cut off, perhaps while it was sent"
    _, disk, first_disk, here, entries, _, _, comment = _END.unpack_from(data, place)
    if place + _END.size + comment != len(data):
        return "there are bytes behind the end of the archive"
    if data[max(0, place - 20) : place].startswith(_END64_SIGN) or 0xFFFF in (entries, disk):
        return "the archive is of the 64-bit form, which is for more than 65,534 files or 4 GB"
    if disk or first_disk or here != entries:
        return "the archive is a part of a divided one"
    return None


def _faults(entries: list[ZipInfo], data: bytes, limits: Limits) -> list[Finding]:
    """Return everything that is wrong with an archive by its directory."""
    if len(entries) > limits.max_members:
        message = f"the archive has {len(entries):,} entries; the limit is {limits.max_members:,}"
        return [rule("zip-members").finding(message)]
    findings = [
        *_each("zip-name", entries, lambda entry: name_fault(entry.orig_filename)),
        *_each("zip-link", entries, _special),
        *_each(
            "zip-encrypted", entries, lambda e: "is encrypted" if e.flag_bits & _ENCRYPTED else None
        ),
        *_each("zip-nested", entries, _nested),
        *_each("zip-reserved", entries, _reserved(entries)),
        *_each("zip-ratio", entries, lambda entry: _ratio(entry, limits.max_ratio)),
        *_each("zip-damaged", entries, _unknown_method),
        *_each("zip-damaged", entries, lambda entry: _two_headers(entry, data)),
        *_twice(entries),
    ]
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.max_package_bytes:
        message = f"unpacked the archive would have {unpacked:,} bytes; the limit is {limits.max_package_bytes:,}"
        findings.append(rule("zip-size").finding(message))
    if _overlap(entries, len(data)):
        findings.append(_damaged("files of the archive share the same bytes"))
    return findings


def _each(
    name: str, entries: list[ZipInfo], fault: Callable[[ZipInfo], str | None]
) -> list[Finding]:
    """Return one finding that names the entries with a fault."""
    found = [
        (entry.orig_filename, reason) for entry in entries if (reason := fault(entry)) is not None
    ]
    if not found:
        return []
    message = listing(
        (f"{visible(entry, 100) or 'an entry'} {reason}" for entry, reason in found), _SHOWN
    )
    return [rule(name).finding(message, count=len(found))]


def _special(entry: ZipInfo) -> str | None:
    """Say what an entry is that is neither a file nor a folder, by its Unix mode."""
    mode = entry.external_attr >> 16
    kinds = {
        stat.S_IFLNK: "is a symbolic link",
        stat.S_IFCHR: "is a device",
        stat.S_IFBLK: "is a device",
        stat.S_IFIFO: "is a pipe",
        stat.S_IFSOCK: "is a socket",
    }
    return kinds.get(stat.S_IFMT(mode))


def _nested(entry: ZipInfo) -> str | None:
    folders = entry.filename.rstrip("/").count("/")
    if folders > _MOST_FOLDERS:
        return f"lies {folders} folders deep"
    if entry.filename.casefold().endswith(_ARCHIVES):
        return "is an archive"
    return None


def _reserved(entries: list[ZipInfo]) -> Callable[[ZipInfo], str | None]:
    wrapper = _wrapper([entry.filename for entry in entries if not _ignored(entry)])

    def fault(entry: ZipInfo) -> str | None:
        name = entry.filename.removeprefix(wrapper).rstrip("/").casefold()
        return "is a name that hosting platforms run" if name in _RESERVED else None

    return fault


def _ratio(entry: ZipInfo, most: float) -> str | None:
    if entry.file_size <= _SMALL or entry.file_size <= most * entry.compress_size:
        return None
    return f"grows from {entry.compress_size:,} to {entry.file_size:,} bytes"


def _unknown_method(entry: ZipInfo) -> str | None:
    known = entry.compress_type in (_STORED, _DEFLATED)
    return None if known else f"is packed by method {entry.compress_type}, not stored or deflated"


def _two_headers(entry: ZipInfo, data: bytes) -> str | None:
    """Say whether the header beside an entry's bytes says something else than the directory does.

    Programs that read the one see another archive than those that read the other.
    """
    start = entry.header_offset
    if not 0 <= start <= len(data) - _LOCAL_HEADER:
        return "lies outside the archive"
    flags, method = struct.unpack_from("<2H", data, start + 6)
    differs = (flags ^ entry.flag_bits) & _ENCRYPTED or method != entry.compress_type
    return "has two headers that differ" if differs else None


def _twice(entries: list[ZipInfo]) -> list[Finding]:
    """Report names that are the same, would be on some machine, or are a file here and a folder
    there.
    """
    places: dict[str, list[str]] = defaultdict(list)
    folders: set[str] = set()
    for entry in entries:
        name = entry.filename.rstrip("/")
        places[comparable(name)].append(name)
        parts = comparable(name).split("/")
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    folders_only = {comparable(entry.filename.rstrip("/")) for entry in entries if entry.is_dir()}
    same = [names for names in places.values() if len(names) > 1]
    both = [places[name] for name in sorted(folders & set(places) - folders_only)]
    if not same and not both:
        return []
    shown = [
        f"{visible(names[0], 100)} stands {len(names)} times"
        for names in same
        if len(set(names)) == 1
    ]
    shown += [
        f"{_joined(names)} are one name on some machines" for names in same if len(set(names)) > 1
    ]
    shown += [f"{visible(names[0], 100)} is a file and a folder" for names in both]
    return [rule("zip-twice").finding(listing(shown, _SHOWN), count=len(shown))]


def _joined(names: Iterable[str]) -> str:
    return " and ".join(visible(name, 100) for name in names)


def _overlap(entries: list[ZipInfo], size: int) -> bool:
    """Say whether entries share packed bytes, which is how small archives unpack to enormous ones."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            return True
        end = entry.header_offset + _LOCAL_HEADER + entry.compress_size
    return end > size


def _unpacked(
    opened: ZipFile, entries: Iterable[ZipInfo], findings: list[Finding]
) -> dict[str, bytes]:
    """Unpack every file; what is damaged or an archive under another name is a finding."""
    from zipfile import BadZipFile

    files: dict[str, bytes] = {}
    for entry in entries:
        if _ignored(entry):
            continue
        shown = visible(entry.filename, 100)
        try:
            with opened.open(entry) as stream:
                data = stream.read(entry.file_size + 1)
        except (BadZipFile, *_DAMAGE) as error:
            reason = (
                f" ({visible(str(error), 100)})"
                if isinstance(error, BadZipFile | zlib.error)
                else ""
            )
            findings.append(_damaged(f"{shown} cannot be unpacked{reason}"))
            continue
        if len(data) != entry.file_size:
            findings.append(
                _damaged(f"{shown} has {len(data):,} bytes, its entry says {entry.file_size:,}")
            )
        kind = kind_of(data[:_CHUNK]) or ""
        if "archive" in kind:
            findings.append(rule("zip-nested").finding(f"{shown} is {kind}"))
        files[entry.filename] = data
    return files


def _ignored(entry: ZipInfo) -> bool:
    parts = entry.filename.casefold().rstrip("/").split("/")
    litter = parts[-1] in _LITTER or parts[-1].startswith(_LITTER_START)
    return entry.is_dir() or litter or "__macosx" in parts[:-1] or parts[0] == "__macosx"


def _wrapper(names: Iterable[str]) -> str:
    """Return the one folder that all files lie in, with its slash; empty if there is none."""
    firsts = {name.partition("/")[0] if "/" in name else "" for name in names}
    return f"{next(iter(firsts))}/" if len(firsts) == 1 and "" not in firsts else ""


def _unwrapped(files: Iterable[str]) -> dict[str, str]:
    names = list(files)
    wrapper = _wrapper(names)
    return {name.removeprefix(wrapper): name for name in names}
