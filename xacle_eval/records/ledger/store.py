"""The files of valid uploads, beside the database, each under its SHA-256.

``ledger.db.files/<sha256>`` has the bytes as they were sent. With them, every board can be computed
again without the original uploads, by the same code as from a folder. Invalid uploads are recorded
with their hash, but not kept: nothing of them can be scored.

An upload is copied once and then checked from the copy, so what is recorded is what was checked,
even if the sender changes the file meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from xacle_eval.errors import OutputError, UsageError
from xacle_eval.io.digests import file_digests
from xacle_eval.io.outputs import make_folders, output_errors, write_bytes
from xacle_eval.records.ledger.chain import is_digest
from xacle_eval.records.ledger.files import ledger_place, sync_folder
from xacle_eval.text import visible_path

__all__ = ["LARGEST", "Copy", "Store"]

LARGEST = 1_000_000_000
"""The largest upload that is recorded, in bytes; also the largest that a challenge can allow."""
_CHUNK = 1 << 20


class Copy(NamedTuple):
    """The copy of an upload under a temporary name: its hash and its size."""

    name: str
    sha256: str
    bytes: int


class Store:
    """The folder of the files of a ledger."""

    def __init__(self, ledger: str | os.PathLike[str]) -> None:
        self._folder = f"{ledger_place(ledger)}.files"
        self.folder = Path(self._folder)

    @contextlib.contextmanager
    def copy(self, source: BinaryIO) -> Iterator[Copy]:
        """Copy an upload; without `keep`, the copy is removed again.

        Raises
        ------
        UsageError
            If the upload is too large.
        OutputError
            If the copy cannot be written.
        """
        with output_errors(self.folder):
            make_folders(self.folder)
        name = f".{os.urandom(8).hex()}.part"
        try:
            yield self._copy(source, name)
        finally:
            with contextlib.suppress(OSError):
                (self.folder / name).unlink()

    def _copy(self, source: BinaryIO, name: str) -> Copy:
        digest, size = hashlib.sha256(), 0

        def pieces() -> Iterator[bytes]:
            nonlocal size
            while chunk := _read(source):
                size += len(chunk)
                if size > LARGEST:
                    raise UsageError(f"an upload has more than {LARGEST:,} bytes")
                digest.update(chunk)
                yield chunk

        write_bytes(self.folder / name, pieces())
        return Copy(name, digest.hexdigest(), size)

    def has(self, sha256: str) -> bool:
        """Return whether a file is there; a link to one is not."""
        try:
            # A Path takes longer than the call, and a board asks for each of its files.
            found = os.lstat(f"{self._folder}{os.sep}{sha256}")
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode)

    def missing(self, hashes: Iterable[str]) -> int:
        """Return how many of these files are not there."""
        return sum(not self.has(sha256) for sha256 in set(hashes))

    def has_unchanged(self, sha256: str) -> bool:
        """Return whether a file is there with the bytes that were recorded."""
        return self.has(sha256) and not self.faults([sha256])

    def keep(self, copy: Copy) -> bool:
        """Give a copy its final name, also in place of a changed file; return whether it did so.

        The caller holds the lock of the database, so that no other process removes the file.
        """
        target = self.folder / copy.sha256
        if self.has_unchanged(copy.sha256):
            return False
        if target.is_dir() and not target.is_symlink():
            shown = visible_path(os.fspath(target))
            raise OutputError(
                f"{shown} cannot be written: it is a folder in the place of a kept file; remove "
                "the folder, and add the upload again"
            )
        with output_errors(target):
            (self.folder / copy.name).replace(target)
        # The entry that follows must not survive a power cut without its file.
        sync_folder(self.folder)
        return True

    def remove(self, sha256: str) -> None:
        """Remove a file whose entry could not be recorded; the caller holds the lock."""
        with contextlib.suppress(OSError):
            (self.folder / sha256).unlink()

    def inside(self, name: str) -> tuple[str, str]:
        """Return the place of a file for `open_inside`, which follows no link."""
        return self._folder, name

    def faults(self, names: Sequence[str]) -> dict[str, str]:
        """Return what is wrong with files whose bytes do not have their hash, by their hash."""
        found: dict[str, str] = {}
        for name, (digest, error) in zip(names, file_digests(self.folder, names), strict=True):
            if error is None and digest == name:
                continue
            if isinstance(error, FileNotFoundError):
                found[name] = "its file is missing; add the same upload again to restore it"
            elif (self.folder / name).is_symlink():
                found[name] = "a link is in the place of its file; add the same upload again"
            elif (self.folder / name).is_dir():
                found[name] = (
                    "a folder is in the place of its file; remove it, and add the same upload again"
                )
            elif error is not None:
                found[name] = f"its file cannot be read: {error.strerror or error}"
            else:
                found[name] = "its file was changed; add the same upload again to restore it"
        return found

    def names(self) -> list[str]:
        """Return the hashes of the kept files.

        Raises
        ------
        UsageError
            If the folder cannot be read.
        """
        try:
            with os.scandir(self.folder) as found:
                return sorted(entry.name for entry in found if is_digest(entry.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            shown = visible_path(os.fspath(self.folder))
            raise UsageError(f"cannot read {shown}: {error.strerror or error}") from error


def _read(source: BinaryIO) -> bytes:
    try:
        return source.read(_CHUNK)
    except OSError as error:  # which is not one of the copy
        raise UsageError(f"an upload cannot be read: {error.strerror or error}") from error
