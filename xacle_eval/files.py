"""Atomic writes, and paths as results show them.

A result is written to a temporary file in the target's folder, flushed to disk and then
renamed. A full disk, a crash or Ctrl-C therefore never leaves a partial file under the
target's name.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from xacle_eval.errors import OutputError
from xacle_eval.text import encodable, nearest

__all__ = ["display_path", "similar_file", "write_bytes", "write_folder", "write_text"]


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
    # Follow a symbolic link, so that its target is replaced and the link is kept.
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
        Relative names, which may contain folders; the caller checks that they are safe.

    Raises
    ------
    OutputError
        If the folder is not empty or cannot be written.
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
            file = temporary / name
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as stream:
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

    Parameters
    ----------
    path : path
        The path of the missing file.
    suffix : str
        Consider only names that end with this text.
    """
    missing = Path(path)
    try:
        names = [entry.name for entry in missing.parent.iterdir() if entry.name.endswith(suffix)]
    except OSError:
        return None
    guess = nearest(missing.name, names)
    # A common ending such as .csv must not make two names similar.
    if guess is None or nearest(missing.stem, [Path(guess).stem]) is None:
        return None
    return display_path(missing.parent / guess)
