"""The SHA-256 of many files of a folder, in threads where that saves time."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from xacle_eval.io.files import open_folder

__all__ = ["file_digests"]

_CHUNK = 1 << 17
_FILES = 200
"""The number of files of one task."""
_LARGE = 1 << 15
"""The mean size from which threads save time. Smaller files are mostly opened, one at a time."""


def file_digests(
    folder: str | os.PathLike[str], names: Sequence[str]
) -> list[tuple[str, OSError | None]]:
    """Return the SHA-256 of files right in a folder, or the error of reading one.

    No link is followed.
    """
    from concurrent.futures import ThreadPoolExecutor

    parts = [names[begin : begin + _FILES] for begin in range(0, len(names), _FILES)]
    try:
        with open_folder(folder) as opened:
            work = functools.partial(_digests, opened)
            if len(parts) < 2 or _mean_size(folder, parts[0]) < _LARGE:
                return [each for part in map(work, parts) for each in part]
            with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
                return [each for part in pool.map(work, parts) for each in part]
    except OSError as error:
        return [("", error)] * len(names)


def _mean_size(folder: str | os.PathLike[str], names: Sequence[str]) -> float:
    """Return the mean size of the files that are there, in bytes."""
    sizes = []
    for name in names:
        with contextlib.suppress(OSError):
            sizes.append(Path(folder, name).lstat().st_size)
    return sum(sizes) / max(1, len(sizes))


def _digests(
    opened: Callable[[str], int], names: Sequence[str]
) -> list[tuple[str, OSError | None]]:
    return [_digest(opened, name) for name in names]


def _digest(opened: Callable[[str], int], name: str) -> tuple[str, OSError | None]:
    digest = hashlib.sha256()
    try:
        handle = opened(name)
        try:
            while chunk := os.read(handle, _CHUNK):
                digest.update(chunk)
        finally:
            os.close(handle)
    except OSError as error:
        return "", error
    return digest.hexdigest(), None
