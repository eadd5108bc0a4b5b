"""Files are written whole or not at all.

A result goes to a temporary file beside its target, is flushed to the disk and then
renamed, so that a full disk, a crash or Ctrl-C never leaves half a file under the
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
    """Write `text` as UTF-8 to `path`, whole or not at all; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path`, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written; a file that was there before is untouched.
    """
    import tempfile

    if _is_device(Path(path)):
        _write_device(Path(path), data)
        return
    # A link is followed, so that what it points to is renewed and the link stays.
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
        # mkstemp makes private files; a result is as readable as any new file of the user's.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {_reason(error)}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_folder(folder: str | os.PathLike[str], files: Mapping[str, bytes]) -> None:
    """Write files into a new folder, all of them or none.

    Parameters
    ----------
    folder : path
        A folder that is not there yet, or is empty.
    files : mapping of name to bytes
        Names are relative and may hold folders; that they are safe is for the caller to know.

    Raises
    ------
    OutputError
        If the folder holds something, or cannot be written.
    """
    import shutil
    import tempfile

    target = Path(os.path.realpath(folder))
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"{folder} is there already and not an empty folder; name another one")
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
    """Say whether this is /dev/null, a pipe or the like: to be written into, never to be replaced
    by a file.
    """
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

    Results must be the same bytes wherever a file lies, so a path outside the
    current folder is cut to its last two parts.
    """
    given = Path(path)
    if given.is_absolute():
        try:
            given = given.relative_to(Path.cwd())
        except ValueError:
            given = Path(*given.parts[-2:]) if len(given.parts) > 2 else Path(given.name)
    return encodable(given.as_posix())


def similar_file(path: str | os.PathLike[str]) -> str | None:
    """Return the entry beside a missing file whose name is most like it, as results show it."""
    missing = Path(path)
    try:
        names = [entry.name for entry in missing.parent.iterdir()]
    except OSError:
        return None
    guess = nearest(missing.name, names)
    return display_path(missing.parent / guess) if guess else None
