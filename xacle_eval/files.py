"""Inputs, atomic writes, and paths as results show them.

Every file that the package reads is opened by `open_input`, which refuses everything except
regular files, so reading cannot wait for a device or the writer of a pipe.

A result is written to a temporary file in the target's folder, flushed to disk and then
renamed. A full disk, a crash or Ctrl-C therefore never leaves a partial file under the
target's name.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from xacle_eval.errors import OutputError
from xacle_eval.text import encodable, nearest, quote

__all__ = [
    "SpecialFileError",
    "TooLargeError",
    "display_path",
    "open_input",
    "read_input",
    "similar_file",
    "write_bytes",
    "write_folder",
    "write_text",
]

_MOST_ENTRIES = 1_000

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
    """Open a regular file for reading; never wait.

    Raises
    ------
    SpecialFileError
        If it is a pipe, a socket or a device, or a file of the kernel that would have to wait.
    OSError
        If it cannot be opened, such as a folder or a missing file. Its `strerror` explains why,
        also for a path that no file can have.
    """
    file = os.fsdecode(path)
    try:
        # Opening some devices has an effect, so the kind is checked before and after.
        _require_regular(os.stat(file), file)  # noqa: PTH116 -- a Path cannot hold every name
        return _open_regular(file)
    except ValueError as error:
        reason = "the path contains a NUL character" if "\0" in file else "the path is not text"
        raise OSError(errno.EINVAL, reason, file) from error


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


def _open_regular(file: str, **where: Any) -> BinaryIO:
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    handle = os.open(file, flags | where.pop("flags", 0), **where)
    try:
        _require_regular(os.fstat(handle), file)
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
            raise SpecialFileError("a file of the kernel that would have to wait", self.path)
        return result


def _require_regular(found: os.stat_result, file: str) -> None:
    kind = stat.S_IFMT(found.st_mode)
    if kind == stat.S_IFDIR:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), file)
    if kind != stat.S_IFREG:
        raise SpecialFileError(_KINDS.get(kind, "a special file"), file)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8 to `path` atomically; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path` atomically.

    Raises
    ------
    OutputError
        If the file cannot be written; an existing file is unchanged.
    """
    import tempfile

    if _is_device(Path(path)):
        _write_device(Path(path), data)
        return
    # Follow a symbolic link: its target is replaced and the link is kept.
    target = Path(os.path.realpath(path))
    try:
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}.", suffix=".part"
        )
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {_reason(error)}") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp creates private files; a result gets the permissions of any new file.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {_reason(error)}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_folder(folder: str | os.PathLike[str], files: Mapping[str, bytes]) -> None:
    """Write files into a new folder atomically.

    Parameters
    ----------
    folder : path
        A folder that does not exist or is empty.
    files : mapping of name to bytes
        Relative names, which may contain folders. Each part is checked when it is written: hidden
        and empty parts are refused, and links are never followed.

    Raises
    ------
    OutputError
        If the folder is not empty or cannot be written, or a name is refused.
    """
    import shutil
    import tempfile

    target = Path(os.path.realpath(folder))
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"{folder} exists and is not an empty folder; choose another name")
    try:
        temporary = Path(
            tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        )
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {_reason(error)}") from error
    try:
        for name, data in files.items():
            with os.fdopen(_create_inside(temporary, name), "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        temporary.chmod(0o777 & ~_umask())
        if target.exists():
            target.rmdir()
        temporary.replace(target)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {_reason(error)}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _create_inside(folder: Path, name: str) -> int:
    """Create a file and its folders inside a folder; return the descriptor of the file."""
    *folders, last = parts = name.split("/")
    if any(not part or part.startswith(".") or set(part) & {"\\", "\0", ":"} for part in parts):
        raise OutputError(f"{quote(name)} cannot be written: the name is not safe")
    create = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    if os.open not in os.supports_dir_fd:  # Windows, where creating a link is a privilege
        folder.joinpath(*folders).mkdir(parents=True, exist_ok=True)
        return os.open(folder.joinpath(*parts), create, 0o666)
    # Every step starts at an open folder, so no link can lead outside.
    step = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    here = os.open(folder, step)
    try:
        for part in folders:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, dir_fd=here)
            outer, here = here, os.open(part, step, dir_fd=here)
            os.close(outer)
        return os.open(last, create | os.O_NOFOLLOW, 0o666, dir_fd=here)
    finally:
        os.close(here)


def _is_device(target: Path) -> bool:
    """Return whether the target is a device or pipe, such as /dev/null, to write into directly."""
    return target.exists() and not target.is_file() and not target.is_dir()


def _write_device(target: Path, data: bytes) -> None:
    try:
        with target.open("wb") as device:
            device.write(data)
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {_reason(error)}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def display_path(path: str | os.PathLike[str]) -> str:
    """Return a path as results show it: as given, but never absolute.

    The bytes of a result must not depend on where a file is stored, so a path outside
    the current folder is reduced to its last two parts.
    """
    given = Path(path)
    if given.is_absolute():
        try:
            given = given.relative_to(Path.cwd())
        except ValueError:
            given = Path(*given.parts[-2:]) if len(given.parts) > 2 else Path(given.name)
    return encodable(given.as_posix())


def similar_file(path: str | os.PathLike[str], suffix: str = "") -> str | None:
    """Return the path with the most similar name in a missing file's folder, if any.

    A broken link has no mistyped name, and folders of more than 1,000 entries are not searched.

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
