"""Files of a trial in a temporary folder: unpacked with limits, and listed."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

from xacle_eval.errors import UsageError
from xacle_eval.hosting.trial.model import TrialFile
from xacle_eval.submissions.yaml_loader import safe_loader
from xacle_eval.text import count, listing, quote, visible

__all__ = [
    "BadZipError",
    "ExtractError",
    "UnpackLimitError",
    "find_inside",
    "list_files",
    "load_yaml",
    "place_folder",
    "read_yaml_file",
    "unpack_zip",
]

MOST_FILES = 10_000
MOST_BYTES = 2_000_000_000
_MOST_YAML = 1_000_000


class ExtractError(Exception):
    """A ZIP that a worker cannot unpack: the message is that of its error."""


class BadZipError(ExtractError):
    """A file that is no ZIP, or a damaged one."""


class UnpackLimitError(Exception):
    """A ZIP or folder that is not unpacked or copied here: it would need too much space."""


def unpack_zip(archive: Path, target: Path, *, strict: bool = False) -> None:
    """Unpack a ZIP as ``ZipFile.extractall`` does: names never lead out of the folder.

    Links in an archive become files with the name of their target as text. With `strict`, names
    that would lead out are an error, as in EvalAI's worker.

    Raises
    ------
    BadZipError, ExtractError
        If a worker could not unpack it.
    UnpackLimitError
        If it has more files or bytes than a trial unpacks.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            total = sum(member.file_size for member in members)
            _require_small(len(members), total)
            root = target.resolve()
            if strict and not all(
                (root / m.filename).resolve().is_relative_to(root) for m in members
            ):
                raise BadZipError("Zip archive contains unsafe file paths.")
            for member in members:
                opened.extract(member, target)
    except (BadZipError, UnpackLimitError):
        raise
    except zipfile.BadZipFile as error:
        raise BadZipError(str(error)) from error
    # A damaged ZIP raises nearly anything in zipfile and the decompressors, and a worker has no
    # more of an answer to the rest than to these.
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ExtractError(visible(f"{type(error).__name__}: {reason}", 300)) from error


def place_folder(source: Path, target: Path) -> None:
    """Copy a folder, or unpack a ZIP, as a part of a bundle; links are not followed.

    Raises
    ------
    BadZipError, ExtractError, UnpackLimitError
        As `unpack_zip`; also for a folder with files that cannot be copied, such as pipes.
    """
    if not source.is_dir():
        unpack_zip(source, target)
        return
    found = list_files(source)
    _require_small(len(found), sum(each.bytes for each in found))
    try:
        shutil.copytree(source, target, symlinks=True)
    except shutil.Error as error:
        reasons = [str(reason) for _, _, reason in error.args[0]]
        raise ExtractError(visible(listing(reasons, 2), 300)) from error


def _require_small(files: int, total: int) -> None:
    """Raise UnpackLimitError for too many files or bytes."""
    if files > MOST_FILES or total > MOST_BYTES:
        raise UnpackLimitError(
            f"{count(files, 'file')} with {total:,} bytes; a trial unpacks at most "
            f"{MOST_FILES:,} files with {MOST_BYTES:,} bytes"
        )


def find_inside(folder: Path, name: object, what: str) -> Path:
    """Return a file or folder of a bundle by its name in the configuration.

    Raises
    ------
    UsageError
        If the name is no text, leads out of the bundle, or nothing is there.
    """
    if not isinstance(name, str) or not name.strip():
        raise UsageError(f"{what} is not the name of a file in the bundle: {quote(str(name), 60)}")
    try:
        path = (folder / name).resolve()
        inside, exists = path.is_relative_to(folder.resolve()), path.exists()
    except (OSError, ValueError, RuntimeError) as error:  # too long, with NUL, a loop of links
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{what} cannot be used: {quote(name, 60)}: {reason}") from error
    if not inside:
        raise UsageError(f"{what} leads out of the bundle: {quote(name, 60)}")
    if not exists:
        raise UsageError(f"{what}: the bundle has no {quote(name, 60)}")
    return path


def read_yaml_file(file: Path, shown: str) -> dict[Any, Any]:
    """Return the mapping in a YAML file of a bundle.

    Raises
    ------
    UsageError
        If the file cannot be read or is no mapping.
    """
    try:
        value = load_yaml(file)
    except ValueError as error:
        raise UsageError(f"{shown} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise UsageError(f"{shown} is not a mapping of keys")
    return value


def load_yaml(file: Path) -> Any:
    """Return the value of a YAML file; ValueError with one line if it cannot be read."""
    import yaml

    try:
        if file.stat().st_size > _MOST_YAML:
            raise ValueError(f"it has more than {_MOST_YAML:,} bytes")
        return yaml.load(file.read_text(encoding="utf-8"), Loader=safe_loader())  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark is not None else ""
        raise ValueError(f"{place}{getattr(error, 'problem', None) or 'no YAML'}") from error
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8 text") from error
    except (OSError, RecursionError) as error:
        raise ValueError(getattr(error, "strerror", None) or "it is nested too deep") from error


def list_files(folder: Path) -> tuple[TrialFile, ...]:
    """Return the files below a folder by their names with forward slashes, in order."""
    found = []
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in names:
            path = Path(where, name)
            inside = path.relative_to(folder).as_posix()
            size = path.lstat().st_size
            found.append(TrialFile(name=visible(inside, 200), bytes=size))
    return tuple(sorted(found, key=lambda each: each.name))
