# pathlib cannot work relative to an open folder, and it changes some paths.
# ruff: noqa: PTH102, PTH106, PTH109, PTH112, PTH115, PTH117, PTH118, PTH119, PTH120
# ruff: noqa: PTH206, PTH208

"""Outputs: written atomically, and never through a link that somebody else may have created.

A result is written to a temporary file in the target's folder, flushed to disk and then
renamed. A full disk, a crash or Ctrl-C therefore never leaves a partial file under the
target's name.

A target that is a symbolic link is refused. A link among its parent folders is followed if

- it belongs to the user or to root, and
- it is not in a Git checkout, or does not lead out of it, and
- it is not in a folder that the command reads (checked by the command line).

So ``/tmp -> /private/tmp`` and ``~/data -> /mnt/disk`` work, but nobody can redirect a result
with a link in a submission, an archive or a pull request. Every step after this check is
relative to an open folder, so a link that is planted later leads nowhere.

``/dev/stdout``, ``/dev/stderr`` and ``/dev/fd/N`` are written through their descriptor. Pipes
and character devices that are named directly, such as ``/dev/null``, are written to.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from types import TracebackType

from xacle_eval.errors import OutputError
from xacle_eval.text import LONGEST_PATH, quote, visible_path

__all__ = [
    "CREATE",
    "STEP",
    "Place",
    "append_bytes",
    "is_within",
    "links_above",
    "make_folders",
    "output_errors",
    "real_path",
    "require_writable",
    "write_all",
    "write_bytes",
    "write_text",
]

_Path = str | os.PathLike[str]

CREATE = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
# Windows cannot open folders; there, creating a link is a privilege.
_HAS_HANDLES = os.open in os.supports_dir_fd
STEP = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_MOST_LINKS = 40
_DESCRIPTOR = re.compile(r"/dev/(stdout|stderr)|(?:/dev|/proc/self)/fd/([0-9]{1,6})")


def write_text(path: _Path, text: str | Iterable[str]) -> None:
    """Write `text` as UTF-8 to `path` atomically; see `write_bytes`.

    A name that ends in ``.gz`` is refused: readers would decompress the text.
    """
    if os.fspath(path).casefold().endswith(".gz"):
        shown = visible_path(os.fspath(path))
        raise OutputError(
            f"{shown} cannot be written: text is not compressed; use a name without .gz"
        )
    pieces = [text] if isinstance(text, str) else text
    write_bytes(path, (piece.encode("utf-8") for piece in pieces))


def write_bytes(path: _Path, data: bytes | Iterable[bytes]) -> None:
    """Write `data`, which may be in pieces, to `path` atomically.

    Raises
    ------
    OutputError
        If the file cannot be written, or if it is, or is reached through, a link that is refused;
        an existing file is unchanged.
    """
    with output_errors(path):
        match = _DESCRIPTOR.fullmatch(os.fspath(path))
        if match is not None:
            number = {"stdout": 1, "stderr": 2}.get(match[1]) or int(match[2] or 0)
            write_all(os.dup(number), data)
            return
        with Place(path) as place:
            if place.is_stream():
                write_all(place.open_stream(), data)
            else:
                _replace(place, data)


def require_writable(path: _Path) -> None:
    """Refuse a path that `write_bytes` would refuse, before anything is written.

    Raises
    ------
    OutputError
        If the folder is missing or not writable, or if the file is, or is reached through, a link
        that is refused.
    """
    if _DESCRIPTOR.fullmatch(os.fspath(path)):
        return
    with output_errors(path), Place(path) as place:
        stream = place.is_stream()
        if not stream and not os.access(os.path.dirname(_absolute(path)), os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def append_bytes(path: _Path, data: bytes) -> None:
    """Append `data` to a file, a pipe or a character device, not atomically.

    Raises
    ------
    OutputError
        If it cannot be written, or if it is, or is reached through, a link that is refused.
    """
    with output_errors(path), Place(path) as place:
        place.require(stat.S_IFREG, stat.S_IFIFO, stat.S_IFCHR)
        flags = (CREATE & ~os.O_EXCL) | os.O_APPEND
        write_all(os.open(place.name, flags, 0o666, dir_fd=place.handle), data)


def make_folders(path: _Path) -> None:
    """Create a folder and its missing parents, without following a link that is refused.

    Raises
    ------
    OSError
        If a folder cannot be created.
    OutputError
        If the path follows a link that is refused.
    """
    for link in links_above(os.path.join(path, "file")):
        _require_own(link, path)
    # A path that is too long is an error before its first folder is created.
    with contextlib.suppress(FileNotFoundError):
        os.stat(path)  # noqa: PTH116
    missing, folder = [], os.fspath(path)
    while folder and not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder.rstrip(os.sep))
    for step in reversed(missing):
        try:
            os.mkdir(step)
        except FileExistsError:
            if not os.path.isdir(step):
                raise


def links_above(path: _Path) -> Iterator[str]:
    """Yield each symbolic link on the way to the folder of a path, as a path that has no other
    link.

    A folder that does not exist ends the search.

    Raises
    ------
    OSError
        If the links form a cycle, or the current folder was deleted.
    """
    drive, tail = os.path.splitdrive(os.path.dirname(_absolute(path)))
    here, rest, number = drive + os.sep, tail.split(os.sep)[::-1], 0
    while rest:
        part = rest.pop()
        if part in ("", os.curdir):
            continue
        if part == os.pardir:
            here = os.path.dirname(here)
            continue
        step = os.path.join(here, part)
        try:
            linked = stat.S_ISLNK(os.lstat(step).st_mode)
        except FileNotFoundError:
            return
        if not linked:
            here = step
            continue
        yield step
        number += 1
        if number > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(path))
        target = os.readlink(step)
        if os.path.isabs(target):
            here = drive + os.sep
        rest += target.split(os.sep)[::-1]


def real_path(path: _Path) -> str:
    """Return the path with all links resolved, or as given if the current folder was deleted."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):  # ValueError: a NUL character in the path
        return os.fspath(path)


def is_within(path: str, folder: str) -> bool:
    """Return whether a real path is below the real path of a folder."""
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _absolute(path: _Path) -> str:
    # Unlike os.path.abspath, keep "..": behind a link it means the parent of the link's target.
    given = os.fspath(path)
    return given if os.path.isabs(given) else os.path.join(os.getcwd(), given)


def _require_own(link: str, path: _Path) -> None:
    """Refuse a link of another user, and one that leads out of a Git checkout."""
    reason = None
    if hasattr(os, "geteuid") and os.lstat(link).st_uid not in (0, os.geteuid()):
        reason = "belongs to another user"
    checkout = _checkout(os.path.dirname(link))
    target = os.path.realpath(link)
    if checkout not in (None, target) and not is_within(target, checkout):
        reason = "leads out of the Git checkout that it is in"
    if reason is not None:
        raise OutputError(
            f"{visible_path(os.fspath(path))} cannot be written: the symbolic link "
            f"{quote(link, LONGEST_PATH)} {reason}; name the folder that it leads to"
        )


def _checkout(folder: str) -> str | None:
    """Return the Git checkout that a folder is in, if any."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        outer = os.path.dirname(folder)
        if outer == folder:
            return None
        folder = outer
    return folder


class Place:
    """The open folder of an output, and the output's name in it.

    ``handle`` is the descriptor of the folder; on Windows, it is None and ``name`` is a full path.
    ``path`` is the target's path without links.
    """

    def __init__(self, path: _Path, *, of_folder: bool = False) -> None:
        self.shown = visible_path(os.fspath(path))
        given = _absolute(path)
        if of_folder:
            given = given.rstrip(os.sep)
            if os.path.basename(given) in (os.curdir, os.pardir):
                given = os.path.realpath(given)
        elif os.path.basename(given) in ("", os.curdir, os.pardir):
            raise OutputError(f"{self.shown} cannot be written: it is a folder, expected a file")
        for link in links_above(given):
            _require_own(link, path)
        folder = os.path.realpath(os.path.dirname(given))
        self.handle = _open_folder(folder) if _HAS_HANDLES else None
        self._folder = "" if _HAS_HANDLES else folder
        self.name = os.path.join(self._folder, os.path.basename(given))
        self.path = os.path.join(folder, os.path.basename(given))

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.handle is not None:
            os.close(self.handle)

    def mode(self) -> int | None:
        """Return the kind of the target, a constant of `stat`; None if it does not exist."""
        try:
            found = os.stat(self.name, dir_fd=self.handle, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return stat.S_IFMT(found.st_mode)

    def refuse_link(self) -> None:
        """Raise OutputError if the target is a symbolic link."""
        if self.mode() == stat.S_IFLNK:
            target = quote(os.readlink(self.name, dir_fd=self.handle), 300)
            raise OutputError(
                f"{self.shown} cannot be written: it is a symbolic link to {target}; "
                "remove the link, or name its target"
            )

    def require(self, *kinds: int) -> None:
        """Raise OutputError unless the target has one of the kinds or does not exist."""
        self.refuse_link()
        mode = self.mode()
        if mode == stat.S_IFDIR:
            raise OutputError(f"{self.shown} cannot be written: it is a folder, expected a file")
        if mode is not None and mode not in kinds:
            raise OutputError(
                f"{self.shown} cannot be written: it is a block device or a socket, expected a file"
            )

    def is_stream(self) -> bool:
        """Return whether the target is a pipe or a character device; refuse other special files."""
        self.require(stat.S_IFREG, stat.S_IFIFO, stat.S_IFCHR)
        return self.mode() in (stat.S_IFIFO, stat.S_IFCHR)

    def open_stream(self) -> int:
        """Open a pipe or a character device for writing."""
        flags = os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NOCTTY", 0)
        handle = os.open(self.name, flags, dir_fd=self.handle)
        if stat.S_IFMT(os.fstat(handle).st_mode) not in (stat.S_IFIFO, stat.S_IFCHR):
            os.close(handle)
            raise OSError(errno.EINVAL, "it was replaced while it was being opened")
        return handle

    def is_free(self) -> bool:
        """Return whether the target does not exist or is an empty folder."""
        mode = self.mode()
        if mode != stat.S_IFDIR:
            return mode is None
        if self.handle is None:
            return not os.listdir(self.name)
        handle = os.open(self.name, os.O_RDONLY | STEP, dir_fd=self.handle)
        try:
            return not os.listdir(handle)
        finally:
            os.close(handle)

    def temporary(self) -> str:
        """Return a new name for the unfinished target; it is hidden and short."""
        return os.path.join(self._folder, f".xacle-eval-{os.urandom(8).hex()}.part")

    def rename(self, unfinished: str, *, folder: bool = False) -> None:
        """Replace the target with the finished file or folder; a link would be replaced too."""
        if folder and self.handle is None and self.mode() is not None:
            os.rmdir(self.name)
        os.replace(unfinished, self.name, src_dir_fd=self.handle, dst_dir_fd=self.handle)


def _open_folder(folder: str) -> int:
    """Open a folder whose path has no links, step by step, so that none can be added."""
    # A search permission is enough to pass through a folder, but only Linux can open a folder with
    # nothing more.
    access = getattr(os, "O_PATH", os.O_RDONLY)
    here = os.open(os.sep, access | STEP)
    for part in filter(None, folder.split(os.sep)):
        outer = here
        try:
            here = os.open(part, access | STEP, dir_fd=outer)
        finally:
            os.close(outer)
    return here


def _replace(place: Place, data: bytes | Iterable[bytes]) -> None:
    unfinished = place.temporary()
    # The mode is that of any new file; the umask of the process applies.
    handle = os.open(unfinished, CREATE, 0o666, dir_fd=place.handle)
    try:
        write_all(handle, data, sync=True)
        place.rename(unfinished)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(unfinished, dir_fd=place.handle)
        raise


def write_all(handle: int, data: bytes | Iterable[bytes], *, sync: bool = False) -> None:
    with os.fdopen(handle, "wb") as stream:
        stream.writelines([data] if isinstance(data, bytes) else data)
        stream.flush()
        if sync:
            os.fsync(stream.fileno())


def _has_folder(path: _Path) -> bool:
    return os.path.isdir(os.path.dirname(_absolute(path)))


@contextlib.contextmanager
def output_errors(path: _Path) -> Iterator[None]:
    """Turn errors of the operating system into OutputError."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        reason = getattr(error, "strerror", None) or str(error)
        if isinstance(error, FileNotFoundError) and error.filename is None:
            reason = "the current folder was deleted"
        elif isinstance(error, FileNotFoundError) and not _has_folder(path):
            reason = f"{reason}; create its folder first"
        shown = visible_path(os.fspath(path))
        raise OutputError(f"{shown} cannot be written: {reason}") from error
