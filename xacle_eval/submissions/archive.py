"""Archives: an untrusted ZIP, read in memory within limits and never unpacked to disk.

The directory and the headers are checked against the limits and rules before a file is unpacked.
An archive that breaks one is refused with all these errors, so a ZIP bomb is never unpacked. Data
are checked while they are unpacked. No name in an archive is ever used as a path.
"""

from __future__ import annotations

import hashlib
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from xacle_eval.challenge.rules import Limits
from xacle_eval.submissions.findings import Finding, Member
from xacle_eval.submissions.names import LONGEST_NAME, comparable, hidden_fault, name_fault
from xacle_eval.submissions.reading import Source, unreadable
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.signatures import kind_of
from xacle_eval.submissions.zip_directory import (
    DEFLATED,
    ENCRYPTED,
    PATCHED,
    STORED,
    DamagedError,
    Directory,
    Entry,
)
from xacle_eval.submissions.zip_headers import header_fault, layout_fault, unpack
from xacle_eval.submissions.zip_names import encoding_findings
from xacle_eval.text import count, listing, visible

__all__ = ["MOST_FOLDERS", "Archive", "is_litter", "read_archive"]

_SHOWN = 5
MOST_FOLDERS = 4
"""The maximum number of folders that a file in an archive is in."""
_CHUNK = 1 << 16
# An entry of the directory has 46 bytes, a name and a few timestamps.
_ENTRY_BYTES = 1024
# A smaller file is not a bomb: constant predictions for 3,000 pairs compress well too.
_SMALL = 500_000

# Files that desktop systems create; ignored. macOS stores metadata of a file x in "._x".
_LITTER = (".ds_store", "thumbs.db", "desktop.ini")
_LITTER_START = "._"
_ARCHIVES = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst", ".jar", ".whl")
_RESERVED = ("metadata", "metadata.yaml")


@dataclass(slots=True)
class Archive:
    """The files of an archive, name to bytes in the archive's order; empty if it was refused.

    ``findings`` are why it was refused, ``notes`` how the names in it were read.

    ``sha256`` is the hash of the archive (None if it could not be read to its end). ``names`` maps
    each name inside the wrapper folder, if the archive has one, to the full name.
    """

    path: str
    sha256: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    @property
    def members(self) -> tuple[Member, ...]:
        """The files with their sizes and hashes."""
        return tuple(
            Member(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
            for name, data in self.files.items()
        )


def read_archive(source: Source, limits: Limits) -> Archive:
    """Read all files of a ZIP, or refuse it.

    Parameters
    ----------
    source : Source
        What to read.
    limits : Limits
        The limits of the archive's size, packed and unpacked, of the number of its entries, and of
        the compression ratio.

    Returns
    -------
    Archive
        Its files, or findings (XAC001, XAC080 to XAC089) and no files.
    """
    archive = Archive(source.path)
    data = _read_bytes(source, limits.max_package_bytes, archive)
    if data is not None:
        try:
            archive.files = _read_files(data, limits, archive)
        except DamagedError as error:
            archive.findings.append(_damage_finding(str(error)))
    if archive.findings:
        archive.files = {}
    archive.names = _names_inside(archive.files)
    return archive


def _read_files(data: bytes, limits: Limits, archive: Archive) -> dict[str, bytes]:
    findings = archive.findings
    directory = Directory.find(data)
    most = limits.max_members
    if directory.entries > most or directory.size > most * _ENTRY_BYTES:
        message = f"the archive has {_count_entries(directory.entries)}; the limit is {most:,}"
        if directory.entries <= most:
            message = f"the directory has {directory.size:,} bytes, too many for {most:,} entries"
        findings.append(rule("zip-members").finding(message))
        return {}
    entries = directory.read()
    findings += _faults(entries, directory, limits)
    archive.notes += encoding_findings([(entry.name, entry.encoding) for entry in entries])
    return {} if findings else _unpack(data, entries, findings)


def _count_entries(number: int) -> str:
    return count(number, "entry", "entries")


def _read_bytes(source: Source, most: int, archive: Archive) -> bytes | None:
    try:
        with source.open() as stream:
            data = stream.read(most + 1)
    except OSError as error:
        archive.findings.append(unreadable(source, error))
        return None
    if len(data) > most:
        message = f"the archive has more than {most:,} bytes; reading stopped there"
        archive.findings.append(rule("zip-size").finding(message))
        return None
    archive.sha256 = hashlib.sha256(data).hexdigest()
    return data


def _damage_finding(message: str) -> Finding:
    return rule("zip-damaged").finding(message)


def _faults(entries: list[Entry], directory: Directory, limits: Limits) -> list[Finding]:
    """Return all errors that the directory and the headers of an archive show."""
    data = directory.data
    wrong = _entry_findings("zip-damaged", entries, lambda entry: header_fault(data, entry))
    findings = [
        *_entry_findings("zip-name", entries, _name_fault),
        *_entry_findings("zip-link", entries, _special_kind),
        *_entry_findings(
            "zip-encrypted", entries, lambda e: "is encrypted" if e.flags & ENCRYPTED else None
        ),
        *_entry_findings("zip-nested", entries, _nesting_fault),
        *_entry_findings("zip-reserved", entries, _reserved_name_fault(entries)),
        *_entry_findings("zip-ratio", entries, lambda entry: _ratio_fault(entry, limits.max_ratio)),
        *_entry_findings("zip-damaged", entries, _storage_fault),
        *wrong,
        *_same_names([entry for entry in entries if len(entry.name) <= LONGEST_NAME]),
    ]
    unpacked = sum(entry.size for entry in entries)
    if unpacked > limits.max_package_bytes:
        most = f"{limits.max_package_bytes:,}"
        message = f"the unpacked files have {unpacked:,} bytes; the limit is {most}"
        findings.append(rule("zip-size").finding(message))
    fault = None if wrong else layout_fault(data, entries, directory.offset)
    return findings if fault is None else [*findings, _damage_finding(fault)]


def _entry_findings(
    name: str, entries: list[Entry], fault: Callable[[Entry], str | None]
) -> list[Finding]:
    """Return one finding that names the entries with an error."""
    found = [(entry.name, reason) for entry in entries if (reason := fault(entry)) is not None]
    if not found:
        return []
    message = listing(
        (f"{visible(entry, 100) or 'an entry'} {reason}" for entry, reason in found), _SHOWN
    )
    return [rule(name).finding(message, count=len(found))]


def _name_fault(entry: Entry) -> str | None:
    return name_fault(entry.name) or (None if is_litter(entry.name) else hidden_fault(entry.name))


def _special_kind(entry: Entry) -> str | None:
    """Return what an entry is if it is neither a file nor a folder, by its Unix mode."""
    kinds = {
        stat.S_IFLNK: "is a symbolic link",
        stat.S_IFCHR: "is a device",
        stat.S_IFBLK: "is a device",
        stat.S_IFIFO: "is a pipe",
        stat.S_IFSOCK: "is a socket",
    }
    return kinds.get(stat.S_IFMT(entry.mode))


def _nesting_fault(entry: Entry) -> str | None:
    folders = entry.name.rstrip("/").count("/")
    if folders > MOST_FOLDERS:
        return f"is {folders} folders deep; the limit is {MOST_FOLDERS}"
    if entry.name.casefold().endswith(_ARCHIVES):
        return "is an archive"
    return None


def _reserved_name_fault(entries: list[Entry]) -> Callable[[Entry], str | None]:
    wrapper = _wrapper([entry.name for entry in entries if not _is_ignored(entry)])

    def fault(entry: Entry) -> str | None:
        name = entry.name.removeprefix(wrapper).rstrip("/").casefold()
        return "has a name that hosting platforms execute" if name in _RESERVED else None

    return fault


def _ratio_fault(entry: Entry, most: float) -> str | None:
    if entry.size <= _SMALL or entry.size <= most * entry.packed_size:
        return None
    return (
        f"expands from {entry.packed_size:,} to {entry.size:,} bytes; the limit is {most:g} times"
    )


def _storage_fault(entry: Entry) -> str | None:
    if entry.flags & PATCHED:
        return "is stored as a patch"
    if entry.is_folder and entry.size:
        return "is a folder with contents"
    if entry.method in (STORED, DEFLATED):
        return None
    return f"uses compression method {entry.method}; use stored or deflated"


def _same_names(entries: list[Entry]) -> list[Finding]:
    """Report names that are the same, here or on another system, or both a file and a folder."""
    places: dict[str, list[str]] = defaultdict(list)
    folders: set[str] = set()
    for entry in entries:
        name = entry.name.rstrip("/")
        places[comparable(name)].append(name)
        parts = comparable(name).split("/")
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    folders_only = {comparable(entry.name.rstrip("/")) for entry in entries if entry.is_folder}
    same = [names for names in places.values() if len(names) > 1]
    both = [places[name] for name in sorted(folders & set(places) - folders_only)]
    if not same and not both:
        return []
    shown = [
        f"{visible(names[0], 100)} occurs {len(names)} times"
        for names in same
        if len(set(names)) == 1
    ]
    shown += [
        f"{_join_names(names)} are the same name on some systems"
        for names in same
        if len(set(names)) > 1
    ]
    shown += [f"{visible(names[0], 100)} is both a file and a folder" for names in both]
    return [rule("zip-twice").finding(listing(shown, _SHOWN), count=len(shown))]


def _join_names(names: Iterable[str]) -> str:
    return " and ".join(visible(name, 100) for name in names)


def _unpack(data: bytes, entries: Iterable[Entry], findings: list[Finding]) -> dict[str, bytes]:
    """Unpack every file; a damaged file, or an archive under another name, is a finding.

    Ignored files are unpacked too, because the end of their data must be valid as well.
    """
    files: dict[str, bytes] = {}
    for entry in entries:
        shown = visible(entry.name, 100)
        try:
            content = unpack(data, entry)
        except DamagedError as error:
            findings.append(_damage_finding(f"{shown} {error}"))
            continue
        if _is_ignored(entry):
            continue
        kind = kind_of(content[:_CHUNK]) or ""
        if "archive" in kind:
            findings.append(rule("zip-nested").finding(f"{shown} is {kind}"))
        files[entry.name] = content
    return files


def _is_ignored(entry: Entry) -> bool:
    return entry.is_folder or is_litter(entry.name)


def is_litter(name: str) -> bool:
    """Return whether a file or folder is one that desktop systems create, such as ``.DS_Store``."""
    parts = name.casefold().rstrip("/").split("/")
    litter = parts[-1] in _LITTER or parts[-1].startswith(_LITTER_START)
    return litter or "__macosx" in parts[:-1] or parts[0] == "__macosx"


def _wrapper(names: Iterable[str]) -> str:
    """Return the folder that holds all files, with its slash, or an empty string."""
    firsts = {name.partition("/")[0] if "/" in name else "" for name in names}
    return f"{next(iter(firsts))}/" if len(firsts) == 1 and "" not in firsts else ""


def _names_inside(files: Iterable[str]) -> dict[str, str]:
    names = list(files)
    wrapper = _wrapper(names)
    return {name.removeprefix(wrapper): name for name in names}
