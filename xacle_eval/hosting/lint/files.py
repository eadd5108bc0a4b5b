"""The files of a bundle, from a folder or a ZIP, with limits; nothing is unpacked to disk.

A bundle is untrusted. Links are never followed, names in an archive are never used as paths, and
a file is read or unpacked only when a check needs it, up to a limit.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar

from xacle_eval.hosting.exported import input_error
from xacle_eval.hosting.lint.codes import finding
from xacle_eval.hosting.lint.model import CONFIGS
from xacle_eval.io.files import TooLargeError, display_path, open_inside, read_input
from xacle_eval.submissions.findings import Finding
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
from xacle_eval.text import count, listing, visible

__all__ = ["Bundle", "open_archive", "open_bundle"]

MOST_ARCHIVE_BYTES = 200_000_000
MOST_UNPACKED_BYTES = 2_000_000_000
MOST_FILES = 5_000
MOST_FILE_BYTES = 100_000_000
"""The largest file that a check reads: configurations, programs, images, inner ZIPs."""
MOST_RATIO = 200.0
_SMALL = 1_000_000
_MOST_DEPTH = 20
_SHOWN = 5
_T = TypeVar("_T")
_ZIP_SIGNS = (b"PK\x03\x04", b"PK\x05\x06")
_LITTER = (".ds_store", "thumbs.db", "desktop.ini")
_CONFIGS = [name for names in CONFIGS.values() for name in names]


@dataclass(frozen=True, slots=True)
class _File:
    size: int
    read: Callable[[], bytes]


@dataclass(slots=True)
class Bundle:
    """The files of a bundle by their path inside it, with forward slashes.

    ``prefix`` is the wrapper folder that was removed from the names, with its slash. ``inside`` is
    where a folder or ZIP of the bundle stands in it. ``findings`` are about the archive or the
    folder itself. ``damaged`` is whether an inner ZIP has an error, so that files may be missing.
    """

    path: str
    kind: Literal["folder", "zip"]
    files: dict[str, _File] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    prefix: str = ""
    inside: str = ""
    damaged: bool = False

    def place(self, name: str) -> str:
        """Return the path of a file of this folder or ZIP in the whole bundle."""
        return f"{self.inside}/{name}" if self.inside else name

    @property
    def is_broken(self) -> bool:
        """Whether the archive or the folder has an error, so that files may be missing."""
        return any(each.severity == "error" for each in self.findings)

    def is_file(self, name: str) -> bool:
        """Return whether the bundle has a file of this name."""
        return name in self.files

    def is_folder(self, name: str) -> bool:
        """Return whether the bundle has a folder of this name; ``.`` is the whole bundle."""
        return name == "." or name in self.folders

    def size(self, name: str) -> int:
        """Return the size of a file in bytes."""
        return self.files[name].size

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a file; None, and a finding, if it cannot be read."""
        found = self.files[name]
        shown = f"{self.prefix}{self.place(name)}"
        if found.size > MOST_FILE_BYTES:
            message = f"{count(found.size, 'byte')}; files of up to {MOST_FILE_BYTES:,} are read"
            self._add("file-not-checked", message, shown)
            return None
        try:
            return found.read()
        except TooLargeError:
            self._add("file-not-checked", "the file grew while it was read", shown)
        except OSError as error:
            self._add("file-unreadable", f"the file cannot be read: {error.strerror}", shown)
        except DamagedError as error:
            self._add("bundle-damaged", f"the file {error}", shown)
        return None

    def inner(self, name: str) -> Bundle | None:
        """Return a folder of the bundle, or a ZIP in it, as a bundle; None if it is neither."""
        if name == ".":
            return replace(self, kind="folder")
        where = self.place(name)
        if self.is_folder(name):
            start = f"{name}/"
            return replace(
                self,
                kind="folder",
                files=_below(self.files, start),
                folders=set(_below(dict.fromkeys(self.folders), start)),
                inside=where,
            )
        data = self.read(name) if self.is_file(name) else None
        if data is None or not data.startswith(_ZIP_SIGNS):
            return None
        inner = _with_litter(_read_zip(data, self.path))
        self.findings += [
            each.model_copy(update={"file": f"{self.prefix}{where}"}) for each in inner.findings
        ]
        return replace(
            inner,
            inside=where,
            prefix=self.prefix,
            findings=self.findings,
            damaged=inner.is_broken,
        )

    def unwrapped(self) -> Bundle:
        """Return the folder with the configuration as the bundle; itself if it is at the root."""
        if any(name in self.files for name in _CONFIGS):
            return self
        roots = {name.partition("/")[0] for name in self.files if "/" in name}
        root = next(
            (root for root in sorted(roots) if any(f"{root}/{c}" in self.files for c in _CONFIGS)),
            None,
        )
        if root is None:
            return self
        start = f"{root}/"
        return replace(
            self,
            files=_below(self.files, start),
            folders=set(_below(dict.fromkeys(self.folders), start)),
            prefix=start,
        )

    def _add(self, name: str, message: str, file: str | None = None) -> None:
        self.findings.append(finding(name, message, file=file))


def _below(names: Mapping[str, _T], start: str) -> dict[str, _T]:
    """Return what is in a folder, by the names inside it."""
    return {name[len(start) :]: each for name, each in names.items() if name.startswith(start)}


def open_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Return the files of a folder or a ZIP.

    Raises
    ------
    UsageError
        If the path does not exist, cannot be read, or is neither a folder nor a file.
    """
    shown = display_path(Path(path))
    try:
        if Path(path).is_dir():
            return _with_litter(_read_folder(os.fsdecode(path), shown))
        data = read_input(path, MOST_ARCHIVE_BYTES)
    except TooLargeError:
        bundle = Bundle(shown, "zip")
        bundle._add("bundle-too-large", f"the archive has more than {MOST_ARCHIVE_BYTES:,} bytes")
        return bundle
    except (OSError, ValueError) as error:
        raise input_error("bundle", path, error) from error
    return open_archive(data, shown)


def open_archive(data: bytes, shown: str) -> Bundle:
    """Return the files of a ZIP in memory, which findings call `shown`."""
    return _with_litter(_read_zip(data, shown))


def _read_folder(root: str, shown: str) -> Bundle:
    """Return the files of a folder; links and special files are findings."""
    bundle = Bundle(shown, "folder")
    unreadable: list[str] = []
    special: list[str] = []
    for folder, folders, names in os.walk(root, onerror=lambda e: _note(e, root, unreadable)):
        folders.sort()
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        start = "" if inside == "." else f"{inside}/"
        for name in list(folders):
            path = Path(folder, name)
            if path.is_symlink():
                folders.remove(name)
                special.append(f"{start}{name}")
            else:
                bundle.folders.add(f"{start}{name}")
        if start.count("/") > _MOST_DEPTH or len(bundle.files) + len(names) > MOST_FILES:
            limit = f"{MOST_FILES:,} files and {_MOST_DEPTH} folders inside each other"
            bundle._add(
                "bundle-too-large", f"the folder has more than {limit}; the rest is not read"
            )
            break
        for name in sorted(names):
            _add_file(bundle, root, f"{start}{name}", special)
    for names, which, what in (
        (unreadable, "file-unreadable", "the folder cannot be read"),
        (special, "bundle-link", "a link or a special file, which is not read"),
    ):
        bundle.findings += [finding(which, what, file=visible(name)) for name in names[:_SHOWN]]
    return bundle


def _note(error: OSError, root: str, names: list[str]) -> None:
    names.append(os.path.relpath(error.filename, root).replace(os.sep, "/"))


def _add_file(bundle: Bundle, root: str, name: str, special: list[str]) -> None:
    try:
        found = Path(root, name).lstat()
    except OSError:
        special.append(name)
        return
    if not stat.S_ISREG(found.st_mode):
        special.append(name)
        return

    def read() -> bytes:
        with open_inside(root, name.replace("/", os.sep)) as stream:
            data = stream.read(MOST_FILE_BYTES + 1)
        if len(data) > MOST_FILE_BYTES:
            raise TooLargeError(MOST_FILE_BYTES, name)
        return data

    bundle.files[name] = _File(found.st_size, read)


def _read_zip(data: bytes, shown: str) -> Bundle:
    """Return the files of a ZIP; nothing is unpacked if the archive is damaged or a bomb."""
    bundle = Bundle(shown, "zip")
    try:
        directory = Directory.find(data)
        if directory.entries > MOST_FILES:
            message = f"the archive has {directory.entries:,} entries; the limit is {MOST_FILES:,}"
            bundle._add("bundle-too-large", message)
            return bundle
        entries = directory.read()
    except DamagedError as error:
        bundle._add("bundle-damaged", str(error))
        return bundle
    bundle.findings += _archive_findings(data, entries, directory.offset)
    for entry in entries:
        _add_entry(bundle, data, entry)
    return bundle


def _add_entry(bundle: Bundle, data: bytes, entry: Entry) -> None:
    parts = entry.name.rstrip("/").split("/")
    if _is_unsafe(entry.name) or _is_special(entry):
        return
    bundle.folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    if entry.is_folder:
        bundle.folders.add("/".join(parts))
    elif _fault(data, entry) is None:
        bundle.files[entry.name] = _File(entry.size, lambda: unpack(data, entry))


def _archive_findings(data: bytes, entries: list[Entry], offset: int) -> Iterator[Finding]:
    """Yield what is wrong with the entries of an archive, one finding for each kind."""
    kinds: dict[str, Callable[[Entry], bool]] = {
        "unsafe-name": lambda entry: _is_unsafe(entry.name),
        "bundle-encrypted": lambda entry: bool(entry.flags & ENCRYPTED),
        "bundle-link": _is_special,
    }
    for which, is_bad in kinds.items():
        bad = [visible(entry.name, 100) for entry in entries if is_bad(entry)]
        if bad:
            yield finding(which, listing(bad, _SHOWN), count=len(bad))
    faults = [(entry, _fault(data, entry)) for entry in entries if not entry.flags & ENCRYPTED]
    bad = [f"{visible(e.name, 100)} {fault}" for e, fault in faults if fault]
    if bad:
        yield finding("bundle-damaged", listing(bad, _SHOWN), count=len(bad))
    bombs = [entry for entry in entries if entry.size > max(_SMALL, MOST_RATIO * entry.packed_size)]
    if bombs:
        shown = listing((f"{visible(e.name, 100)} ({e.size:,} bytes)" for e in bombs), _SHOWN)
        yield finding("bundle-too-large", f"files that expand very far: {shown}")
    total = sum(entry.size for entry in entries)
    if total > MOST_UNPACKED_BYTES:
        message = f"{total:,} bytes unpacked; the limit is {MOST_UNPACKED_BYTES:,}"
        yield finding("bundle-too-large", message)
    if not bad and (fault := layout_fault(data, entries, offset)):
        yield finding("bundle-damaged", fault)
    names = Counter(entry.name.rstrip("/") for entry in entries)
    twice = sorted(visible(name, 100) for name, number in names.items() if number > 1)
    if twice:
        yield finding("same-name", f"{listing(twice, _SHOWN)}: the last one is used")


def _fault(data: bytes, entry: Entry) -> str | None:
    """Return why a file of an archive cannot be unpacked here, or None."""
    if entry.flags & ENCRYPTED:
        return None if entry.is_folder else "is encrypted"
    if entry.flags & PATCHED:
        return "is stored as a patch"
    if entry.method not in (STORED, DEFLATED):
        return f"uses compression method {entry.method}"
    return header_fault(data, entry)


def _is_special(entry: Entry) -> bool:
    return stat.S_IFMT(entry.mode) not in (0, stat.S_IFREG, stat.S_IFDIR)


def _is_unsafe(name: str) -> bool:
    parts = name.rstrip("/").split("/")
    return name.startswith("/") or "\\" in name or ".." in parts or ":" in parts[0] or "" in parts


def _is_litter(name: str) -> bool:
    parts = name.casefold().split("/")
    return "__macosx" in parts or parts[-1] in _LITTER or parts[-1].startswith("._")


def _with_litter(bundle: Bundle) -> Bundle:
    """Add the finding about files of the operating system, and leave them out."""
    litter = [name for name in bundle.files if _is_litter(name)]
    if litter:
        bundle._add("litter", listing(map(visible, sorted(litter)), _SHOWN))
        bundle.files = {name: f for name, f in bundle.files.items() if not _is_litter(name)}
    bundle.folders = {name for name in bundle.folders if not _is_litter(f"{name}/x")}
    return bundle
