"""The files of a ledger: their names, who may write to them, and how they are read by others.

SQLite keeps ``ledger.db-wal`` and ``ledger.db-shm`` beside the file while it is open. Whoever opens
the file creates them, and they stay if that process may not remove them; then the owner of the
ledger could no longer write. So a reader without the right to write creates no file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from xacle_eval.errors import OutputError, UsageError
from xacle_eval.io.outputs import CREATE
from xacle_eval.text import visible_path

__all__ = [
    "has_log",
    "is_full",
    "is_writable",
    "ledger_place",
    "publish",
    "read_whole",
    "remove_leftovers",
    "require_one_name",
    "require_rights",
    "require_short_name",
    "sync_folder",
]

_LOGS = ("-wal", "-journal")
_BESIDE = ("-wal", "-shm", "-journal")
_LONGEST_ENDING = ".replies"
_LEFTOVER = re.compile(r"\.(xacle-eval-)?[0-9a-f]{16}\.part(-wal|-shm|-journal)?")
_DAY = 86_400.0
_ROOM = 1 << 16
"""Bytes that SQLite needs for the log of a ledger that nobody else has open, and a little more."""


def ledger_place(path: str | os.PathLike[str]) -> Path:
    """Return the file of a ledger; behind a link, since its other files are beside the target."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)  # noqa: PTH114


def is_writable(path: Path) -> bool:
    """Return whether this process may write to a ledger and to all files beside it."""
    return _may_write(path.parent) and all(map(_may_write, _existing(path)))


def require_rights(path: Path, shown: str) -> None:
    """Refuse to write if one of the files may not be written.

    Raises
    ------
    OutputError
        If so; it names the file.
    """
    for each in _existing(path):
        if not _may_write(each):
            remedy = "ask its owner to change that"
            if each != path and not has_log(path):
                remedy += ", or remove it while no program has the ledger open"
            raise OutputError(
                f"{shown} cannot be written: you have no right to write to "
                f"{visible_path(os.fspath(each))}; {remedy}; nothing was recorded"
            )


def _existing(path: Path) -> Iterator[Path]:
    yield path
    for ending in _BESIDE:
        if os.path.lexists(f"{path}{ending}"):
            yield Path(f"{path}{ending}")


def _may_write(path: Path) -> bool:
    """Return whether a file may be written, or is not there: other processes create the files of
    the log, and remove them, at any time.
    """
    for _ in range(5):
        if os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            return True
        if not os.path.lexists(path):
            return True
    return False


def has_log(path: Path) -> bool:
    """Return whether there are entries that are not in the file yet, but in the log beside it."""
    return any(_size(f"{path}{ending}") for ending in _LOGS)


def _size(path: str) -> int:
    """Return the size of a file; 0 if it is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def read_whole(path: Path) -> bytes | None:
    """Return the bytes of a ledger without a log; None if somebody wrote to it meanwhile.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as stream:
        before = os.fstat(stream.fileno())
        data = stream.read()
        after = os.fstat(stream.fileno())
    changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    return None if changed or len(data) != after.st_size or has_log(path) else data


def require_one_name(path: Path, shown: str) -> None:
    """Refuse a ledger with further hard links: each name would have a log and files of its own.

    Raises
    ------
    UsageError
        If the file has another name.
    """
    for _ in range(2):  # a process that creates the ledger may just remove its first name
        found = path.stat()
        with contextlib.suppress(OSError), os.scandir(path.parent) as beside:
            if found.st_nlink > 1:
                unfinished = [each for each in beside if _LEFTOVER.fullmatch(each.name)]
                same = [each for each in unfinished if each.inode() == found.st_ino]
                if found.st_nlink == 1 + len(same):
                    return
        if found.st_nlink <= 1:
            return
    raise UsageError(
        f"{shown} has {found.st_nlink} names (hard links), and entries that are added under one of "
        "them can be missing under the others; make copies instead, and remove the other names"
    )


def require_short_name(path: str | os.PathLike[str]) -> None:
    """Refuse a name of a new ledger to which the endings of its folders cannot be added.

    Raises
    ------
    OutputError
        If it is too long.
    """
    try:
        os.lstat(f"{os.fspath(path)}{_LONGEST_ENDING}")
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise OutputError(
                f"{visible_path(os.fspath(path))} cannot be written: its name is too long, since "
                f"the folder of the replies has the same name with {_LONGEST_ENDING} added; choose "
                "a shorter name"
            ) from error


def remove_leftovers(path: Path, folder: Path) -> None:
    """Remove what killed processes have left beside a ledger and in the folder of its files.

    An unfinished file is a leftover if it is a day older than the last entry. The file system
    tells both times, so no clock is read.
    """
    with contextlib.suppress(OSError):
        before = path.stat().st_mtime - _DAY
        for place in (path.parent, folder):
            for each in _leftovers(place, before):
                with contextlib.suppress(OSError):  # such as that of another user
                    each.unlink()


def _leftovers(folder: Path, before: float) -> Iterator[Path]:
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for each in found:
            if not _LEFTOVER.fullmatch(each.name) or not each.is_file(follow_symlinks=False):
                continue
            if each.stat(follow_symlinks=False).st_mtime < before:
                yield Path(each.path)


def publish(unfinished: Path, path: Path) -> None:
    """Give a finished ledger its name, unless another file has it.

    Raises
    ------
    OutputError
        If another file has the name.
    OSError
        If the folder cannot be written.
    """
    try:
        os.link(unfinished, path)
    except OSError as error:
        if os.path.lexists(path):
            raise _exists(path) from error
        _take_name(unfinished, path)
    sync_folder(path.parent)


def _take_name(unfinished: Path, path: Path) -> None:
    """Give the file its name on a file system without hard links: of two processes, only one can
    create an empty file of that name, which it then replaces.
    """
    try:
        os.close(os.open(path, CREATE, 0o666))
    except FileExistsError as error:
        raise _exists(path) from error
    try:
        unfinished.replace(path)
    except BaseException:
        path.unlink()
        raise


def _exists(path: Path) -> OutputError:
    shown = visible_path(os.fspath(path))
    return OutputError(
        f"{shown} exists already, and a ledger is never replaced; name another file with --ledger"
    )


def is_full(folder: Path) -> bool:
    """Return whether the disk of a folder has no room for the log of a ledger."""
    try:
        return shutil.disk_usage(folder).free < _ROOM
    except OSError:
        return False


def sync_folder(folder: str | os.PathLike[str]) -> None:
    """Make the names of new files in a folder survive a power cut, where the system can."""
    with contextlib.suppress(OSError):  # Windows cannot open folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
