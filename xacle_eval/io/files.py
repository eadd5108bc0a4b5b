"""Inputs, and paths as results show them; outputs are in `xacle_eval.io.outputs`.

Every file that the package reads is opened here, and everything except regular files is
refused, so reading cannot wait for a device or for the writer of a pipe.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from xacle_eval.errors import UsageError
from xacle_eval.text import TwoForms, encodable, nearest, typed

__all__ = [
    "SpecialFileError",
    "TooLargeError",
    "display_path",
    "join_path",
    "open_folder",
    "open_input",
    "open_inside",
    "read_input",
    "read_stdin",
    "similar_file",
]

_MOST_ENTRIES = 1_000
_CHUNK = 1 << 16


def _flags(*names: str) -> int:
    """Return those flags of opening a file that the system has."""
    return sum(getattr(os, name, 0) for name in names)


_READING = os.O_RDONLY | _flags("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
_ACCESS = getattr(os, "O_PATH", os.O_RDONLY) | _flags("O_DIRECTORY", "O_CLOEXEC")
# What was read from standard input, which can be read only once.
_STDIN = bytearray()

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
    stat.S_IFLNK: "a symbolic link",
}


class SpecialFileError(OSError):
    """An input that is not a regular file, such as a pipe or a device."""

    def __init__(self, kind: str, path: str) -> None:
        super().__init__(errno.EINVAL, f"it is {kind}, expected a regular file", path)
        self.kind = kind


class TooLargeError(OSError):
    """An input that is larger than its limit."""

    def __init__(self, most_bytes: int, path: str) -> None:
        super().__init__(errno.EFBIG, f"it has more than {most_bytes:,} bytes", path)


def open_input(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file for reading, without ever waiting.

    Raises
    ------
    SpecialFileError
        If it is a pipe, a socket or a device, or a file of the kernel that would make the reader
        wait.
    OSError
        If it cannot be opened, such as a folder or a missing file. Its `strerror` explains why,
        even for a path that no file can have.
    """
    file = os.fsdecode(path)
    try:
        # Opening some devices has an effect, so the kind is checked before and after.
        _require_regular(os.stat(file), file)  # noqa: PTH116 -- a Path cannot hold every name
        return _stream(_open_handle(file), file)
    except ValueError as error:
        reason = "the path contains a NUL character" if "\0" in file else "the path is not text"
        raise OSError(errno.EINVAL, reason, file) from error


def open_inside(folder: str | os.PathLike[str], name: str) -> BinaryIO:
    """Open a regular file inside a folder, like `open_input`, but follow no link below the folder.

    Parameters
    ----------
    folder : path
        The folder.
    name : str
        The relative path of the file, without ``..``.
    """
    file = os.path.join(folder, name)  # noqa: PTH118 -- the path must not change
    if os.open not in os.supports_dir_fd:  # Windows, where creating a link is a privilege
        for step in (Path(file), *Path(file).parents[: name.count(os.sep)]):
            if step.is_symlink():
                raise SpecialFileError(_KINDS[stat.S_IFLNK], str(step))
        return open_input(file)
    *folders, last = name.split(os.sep)  # noqa: PTH206 -- the path must not change
    here = os.open(folder, _ACCESS)
    try:
        for part in folders:
            outer, here = here, os.open(part, _ACCESS | os.O_NOFOLLOW, dir_fd=here)
            os.close(outer)
        return _stream(_handle_in(here, last, file), file)
    finally:
        os.close(here)


@contextlib.contextmanager
def open_folder(folder: str | os.PathLike[str]) -> Iterator[Callable[[str], int]]:
    """Open a folder; yield a function like `open_inside` for many files right in it.

    It returns a descriptor, because a stream takes longer to make than a small file to read.
    """

    def duplicate(name: str) -> int:
        with open_inside(folder, name) as stream:
            return os.dup(stream.fileno())

    if os.open not in os.supports_dir_fd:
        yield duplicate
        return
    here = os.open(folder, _ACCESS)
    try:
        # The path must not change.
        yield lambda name: _handle_in(here, name, os.path.join(folder, name))  # noqa: PTH118
    finally:
        os.close(here)


def _handle_in(folder: int, name: str, file: str) -> int:
    """Open a file in an open folder; the kind is checked before and after, as in `open_input`."""
    _require_regular(os.stat(name, dir_fd=folder, follow_symlinks=False), file)
    return _open_handle(file, os.O_NOFOLLOW, name, folder)


def read_input(path: str | os.PathLike[str], most_bytes: int) -> bytes:
    """Return the contents of a regular file of limited size.

    Raises
    ------
    TooLargeError
        If the file has more than `most_bytes` bytes.
    OSError
        If it cannot be read; see `open_input`.
    """
    with open_input(path) as stream:
        data = stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise TooLargeError(most_bytes, os.fsdecode(path))
    return data


def read_stdin(most_bytes: int) -> bytes:
    """Return what is on standard input: at most `most_bytes` bytes and one more, kept for later.

    Raises
    ------
    UsageError
        If it is a terminal, which would wait for a person to type, or cannot be read.
    """
    stream = sys.stdin
    if stream is None or stream.closed:
        raise UsageError("standard input (-) is closed; name a file instead")
    if stream.isatty():
        raise UsageError(
            "standard input (-) is a terminal; send a file to it: "
            "xacle-eval COMMAND - < FILE, or PROGRAM | xacle-eval COMMAND -"
        )
    try:
        while len(_STDIN) <= most_bytes:
            data = stream.buffer.read(min(_CHUNK, most_bytes + 1 - len(_STDIN)))
            if not data:
                break
            _STDIN.extend(data)
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"standard input (-) cannot be read: {reason}") from error
    return bytes(_STDIN)


def _open_handle(
    file: str, flags: int = 0, name: str | None = None, folder: int | None = None
) -> int:
    """Open a regular file by its path, or by its name in an open folder."""
    handle = os.open(file if name is None else name, flags | _READING, dir_fd=folder)
    try:
        _require_regular(os.fstat(handle), file)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _stream(handle: int, file: str) -> BinaryIO:
    try:
        return io.BufferedReader(_Regular(handle, file))
    except BaseException:
        os.close(handle)
        raise


class _Regular(io.FileIO):
    """A regular file; some files of the kernel, such as /proc/kmsg, have nothing to read yet."""

    def __init__(self, handle: int, path: str) -> None:
        super().__init__(handle, "rb")
        self.path = path

    def readinto(self, buffer: Any) -> int:
        return cast(int, self._require(super().readinto(buffer)))

    def readall(self) -> bytes:
        return cast(bytes, self._require(super().readall()))

    def _require(self, result: object) -> object:
        if result is None:
            raise SpecialFileError("a file of the kernel", self.path)
        return result


def _require_regular(found: os.stat_result, file: str) -> None:
    kind = stat.S_IFMT(found.st_mode)
    if kind == stat.S_IFDIR:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), file)
    if kind != stat.S_IFREG:
        raise SpecialFileError(_KINDS.get(kind, "a special file"), file)
    if found.st_size == 0 and found.st_dev == _kernel_device():
        raise SpecialFileError("a file of the kernel", file)


@cache
def _kernel_device() -> int | None:
    """Return the device of /proc, whose files look regular although reading some of them never
    ends.
    """
    try:
        device = Path("/proc/self").stat().st_dev
    except OSError:
        return None
    return device if device != Path("/").stat().st_dev else None


def display_path(path: str | os.PathLike[str]) -> str:
    """Return a path as results show it, in the two forms of `xacle_eval.text.TwoForms`.

    The bytes of a result for programs must not depend on where a file is stored, so an absolute
    path becomes relative to the current folder, or is reduced to its last two parts outside it.
    The form for people is the path as given, without ``.`` parts and repeated separators.
    """
    given = Path(path)
    people = encodable(given.as_posix())
    if given.is_absolute():
        try:
            given = given.relative_to(Path.cwd())
        except (ValueError, OSError):  # OSError: the current folder was deleted
            given = Path(*given.parts[-2:]) if len(given.parts) > 2 else Path(given.name)
    return TwoForms(encodable(given.as_posix()), people)


def join_path(folder: str, name: str) -> str:
    """Return the path of a file in a folder or an archive, in the forms of `display_path`.

    Parameters
    ----------
    folder : str
        What `display_path` returned.
    name : str
        The relative path of the file.
    """
    place = typed(folder)
    # A folder that is typed as "." is left out, as `display_path` does in "./name".
    people = name if place == "." else f"{place.rstrip('/')}/{name}"
    return TwoForms(encodable(f"{folder}/{name}"), encodable(people))


def similar_file(path: str | os.PathLike[str], suffix: str = "") -> str | None:
    """Return the path with the most similar name in a missing file's folder, if any.

    Nothing is suggested for a broken link, because its name is not mistyped. Folders with more than
    1,000 entries are not searched.

    Parameters
    ----------
    path : path
        The path of the missing file.
    suffix : str
        Consider only names that end with this text.
    """
    missing = Path(path)
    if missing.is_symlink():
        return None
    try:
        with os.scandir(missing.parent) as entries:
            listed = [entry.name for entry in islice(entries, _MOST_ENTRIES + 1)]
    except (OSError, ValueError):  # ValueError: a NUL character in the path
        return None
    names = [name for name in listed if name.endswith(suffix) and len(listed) <= _MOST_ENTRIES]
    guess = nearest(missing.name, names)
    if guess is None:
        return None
    # A common ending such as .csv must not make two names similar.
    stem = Path(guess).stem
    similar = stem == missing.stem or nearest(missing.stem, [stem]) is not None
    return display_path(missing.parent / guess) if similar else None
