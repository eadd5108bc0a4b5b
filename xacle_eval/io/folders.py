# pathlib cannot work relative to an open folder.
# ruff: noqa: PTH103, PTH109, PTH114, PTH118, PTH120, PTH123

"""Folders of results, written atomically: a new one, or a new version of an earlier one.

The files are written into a hidden folder beside the target, which then takes the target's name.
An earlier version is exchanged with the new one in one step where the system can do that (Linux,
macOS), so a reader, a crash or Ctrl-C never meets a part of either.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from xacle_eval.errors import OutputError
from xacle_eval.io.json_reading import parse_json
from xacle_eval.io.outputs import CREATE, STEP, Place, output_errors, write_all
from xacle_eval.text import count, listing, quote, visible_path

__all__ = ["FILE_LIST", "replace_folder", "require_replaceable", "write_folder"]

_Path = str | os.PathLike[str]

FILE_LIST = "xacle-eval-files.json"
"""The file that lists the other files of a folder, with their hashes."""
_MOST_BYTES = 50_000_000
# The functions that exchange two names, and their flag.
_EXCHANGES = {"linux": ("renameat2", 2), "darwin": ("renameatx_np", 2)}


def write_folder(folder: _Path, files: Mapping[str, bytes]) -> None:
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
    with output_errors(folder), Place(folder, of_folder=True) as place:
        place.refuse_link()
        if not place.is_free():
            raise OutputError(
                f"{place.shown} exists and is not an empty folder; choose another name"
            )
        _write_new(place, files)


def replace_folder(
    folder: _Path, files: Mapping[str, bytes], *, kind: str, force: bool = False
) -> None:
    """Write files into a folder atomically, also over an earlier version of it.

    The folder also gets the list of its files, with their hashes. With that list a later call
    knows what it may replace.

    Parameters
    ----------
    folder : path
        A folder that does not exist, is empty, or was written by this function.
    files : mapping of name to bytes
        Relative names, as for `write_folder`.
    kind : str
        What the folder has, such as ``site``. A folder of another kind is not replaced.
    force : bool
        Also replace files that were changed since they were written.

    Raises
    ------
    OutputError
        If the folder has other files, or changed ones without `force`, or cannot be written. An
        earlier version is unchanged.
    """
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    document = json.dumps({"schema": "xacle-eval/files/1", "kind": kind, "files": hashes}, indent=1)
    complete = {**files, FILE_LIST: f"{document}\n".encode()}
    with output_errors(folder), Place(folder, of_folder=True) as place:
        exchange = not _is_free(place, kind, force)
        _write_new(place, complete, exchange=exchange)


def require_replaceable(folder: _Path, *, kind: str, force: bool = False) -> None:
    """Refuse a folder that `replace_folder` would refuse, before anything is computed.

    Raises
    ------
    OutputError
        As for `replace_folder`.
    """
    with output_errors(folder), Place(folder, of_folder=True) as place:
        _is_free(place, kind, force)
        if not os.access(os.path.dirname(place.path), os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _is_free(place: Place, kind: str, force: bool) -> bool:
    """Return whether the target is new; refuse what is not an earlier version of it."""
    place.refuse_link()
    is_current = place.path == os.getcwd()
    # The root has no name, so that its path here is not that of a folder.
    is_root = os.path.ismount(place.path) or os.path.ismount(place.shown)
    if is_current or is_root:
        what = "the current folder" if is_current else "the root of a disk"
        inside = os.path.join(visible_path(place.shown), kind)
        raise OutputError(
            f"{place.shown} is {what}, which cannot be replaced in one step; name a folder in it, "
            f"such as {inside}"
        )
    if place.is_free():
        return True
    if place.mode() != stat.S_IFDIR:
        raise OutputError(f"{place.shown} is not a folder; choose another name")
    _refuse_foreign(place, kind, force)
    return False


def _write_new(place: Place, files: Mapping[str, bytes], *, exchange: bool = False) -> None:
    """Write a folder under a temporary name, and give it its own."""
    import shutil

    unfinished = place.temporary()
    os.mkdir(unfinished, dir_fd=place.handle)
    try:
        for name, data in files.items():
            write_all(_create_inside(place, unfinished, name), data, sync=not exchange)
        if exchange:
            mode = os.stat(place.name, dir_fd=place.handle, follow_symlinks=False).st_mode
            with contextlib.suppress(OSError):  # such as a group that is not the user's own
                os.chmod(unfinished, stat.S_IMODE(mode), dir_fd=place.handle)
            _exchange(place, unfinished)
        else:
            place.rename(unfinished, folder=True)
    finally:
        # After an exchange, this is the earlier version.
        shutil.rmtree(unfinished, ignore_errors=True, dir_fd=place.handle)


def _exchange(place: Place, unfinished: str) -> None:
    """Exchange the names of the finished folder and of the target."""
    if _exchange_at_once(place, unfinished):
        return
    earlier = place.temporary()
    os.rename(place.name, earlier, src_dir_fd=place.handle, dst_dir_fd=place.handle)
    try:
        place.rename(unfinished)
    except BaseException:
        os.rename(earlier, place.name, src_dir_fd=place.handle, dst_dir_fd=place.handle)
        raise
    os.rename(earlier, unfinished, src_dir_fd=place.handle, dst_dir_fd=place.handle)


def _exchange_at_once(place: Place, unfinished: str) -> bool:
    """Exchange two names in one step; return False if this system or this disk cannot."""
    import ctypes

    name, flag = _EXCHANGES.get(sys.platform, ("", 0))
    if not name or place.handle is None:
        return False
    with contextlib.suppress(AttributeError, OSError):
        function = getattr(ctypes.CDLL(None, use_errno=True), name)
        names = os.fsencode(unfinished), os.fsencode(place.name)
        status = function(place.handle, names[0], place.handle, names[1], flag)
        return bool(status == 0)
    return False


def _refuse_foreign(place: Place, kind: str, force: bool) -> None:
    """Refuse a folder that has files which `replace_folder` did not write, or changed ones."""
    found_kind, listed = _listed_files(place)
    if found_kind != kind:
        raise OutputError(
            f"{place.shown} has {quote(found_kind, 40)} of an earlier run, and {quote(kind)} would "
            "replace it; choose another folder"
        )
    found = dict(_files_in(place))
    others = sorted(found.keys() - listed.keys() - {FILE_LIST})
    if others:
        shown = listing(map(quote, others), 3)
        raise OutputError(
            f"{place.shown} has {count(len(others), 'file')} that an earlier run did not write "
            f"({shown}), and nothing of it was replaced; move them, or choose another folder"
        )
    changed = sorted(name for name, digest in listed.items() if found.get(name, digest) != digest)
    if changed and not force:
        shown = listing(map(quote, changed), 3)
        raise OutputError(
            f"{place.shown} has {count(len(changed), 'file')} that changed since an earlier run "
            f"wrote them ({shown}); pass --force (force=True in Python) to replace them"
        )


def _listed_files(place: Place) -> tuple[str, dict[str, str]]:
    """Return the kind of the folder, and the files that its list names, with their hashes."""
    path = os.path.join(place.path, FILE_LIST)
    try:
        with open(path, "rb") as stream:
            document: Any = parse_json(stream.read(_MOST_BYTES))
        files = {str(name): str(digest) for name, digest in document["files"].items()}
        return str(document["kind"]), files
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise OutputError(
            f"{place.shown} exists and was not written by this command (it has no valid "
            f"{FILE_LIST}); choose another folder, or an empty one"
        ) from error


def _files_in(place: Place) -> Iterator[tuple[str, str]]:
    """Yield the path of every file in the target, and its hash; empty if it is no regular file."""
    for folder, folders, names in os.walk(place.path):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in (*names, *links):
            path = os.path.join(folder, name)
            shown = os.path.relpath(path, place.path).replace(os.sep, "/")
            regular = stat.S_ISREG(os.lstat(path).st_mode)
            yield shown, _hash_of(path) if regular else ""


def _hash_of(path: str) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _create_inside(place: Place, folder: str, name: str) -> int:
    """Create a file and its folders inside a folder of `place`; return its descriptor."""
    *folders, last = parts = name.split("/")
    if any(not part or part.startswith(".") or set(part) & {"\\", "\0", ":"} for part in parts):
        raise OutputError(f"{quote(name)} cannot be written: the name is not safe")
    if place.handle is None:
        os.makedirs(os.path.join(folder, *folders), exist_ok=True)
        return os.open(os.path.join(folder, *parts), CREATE, 0o666)
    # Every step starts at an open folder, so no link can lead outside.
    here = os.open(folder, os.O_RDONLY | STEP, dir_fd=place.handle)
    try:
        for part in folders:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, dir_fd=here)
            outer, here = here, os.open(part, os.O_RDONLY | STEP, dir_fd=here)
            os.close(outer)
        return os.open(last, CREATE, 0o666, dir_fd=here)
    finally:
        os.close(here)
