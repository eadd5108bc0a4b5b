"""Packing: the files of a team's systems to a valid, reproducible ZIP."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError
from xacle_eval.files import display_path
from xacle_eval.submissions.checking import CheckedSubmission
from xacle_eval.submissions.discovery import is_package
from xacle_eval.submissions.package import check_package
from xacle_eval.submissions.reading import Source
from xacle_eval.text import visible

__all__ = ["Packed", "pack"]

# The earliest time that a ZIP can store. The times of the files would change the archive's bytes.
_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX, _FILE_MODE = 3, 0o100644 << 16


class Packed(NamedTuple):
    """A package's bytes and its check: the package first, then its systems."""

    data: bytes
    checked: tuple[CheckedSubmission, ...]

    @property
    def valid(self) -> bool:
        """Whether the package and all its systems are valid."""
        return all(one.report.valid for one in self.checked)


def pack(paths: Iterable[str | os.PathLike[str]], shown: str, challenge: Challenge) -> Packed:
    """Pack files into a package, and check it like a submission.

    Parameters
    ----------
    paths : iterable of path
        Files, and folders whose files are packed.
    shown : str
        The path of the package that reports show.
    challenge : Challenge
        The challenge.

    Returns
    -------
    Packed
        The same files always give the same bytes.

    Raises
    ------
    UsageError
        If a file cannot be read or is a package, or two files have the same name.
    """
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    files = _collect(paths, challenge.limits.max_package_bytes)
    memory = BytesIO()
    with ZipFile(memory, "w") as archive:
        for name in sorted(files):
            entry = ZipInfo(name, _TIME)
            entry.create_system, entry.external_attr = _UNIX, _FILE_MODE
            archive.writestr(entry, files[name], ZIP_DEFLATED, compresslevel=9)
    data = memory.getvalue()
    return Packed(data, tuple(check_package(Source.of_bytes(data, shown), challenge)))


def _collect(paths: Iterable[str | os.PathLike[str]], most: int) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    origins: dict[str, Path] = {}
    left = most
    for path in _files(paths):
        shown = visible(display_path(path), 300)
        if path.name in files:
            other = visible(display_path(origins[path.name]), 300)
            raise UsageError(f"{other} and {shown} have the same name; rename one of them")
        if is_package(path):
            raise UsageError(f"{shown} is a package already; unpack it with `xacle-eval split`")
        try:
            with path.open("rb") as stream:
                data = stream.read(left + 1)
        except OSError as error:
            raise UsageError(f"cannot read {shown}: {error.strerror or error}") from error
        left -= len(data)
        if left < 0:
            raise UsageError(
                f"the files are too large at {shown}: the limit is {most:,} bytes in total"
            )
        files[path.name], origins[path.name] = data, path
    return files


def _files(paths: Iterable[str | os.PathLike[str]]) -> Iterator[Path]:
    """Yield the given files, and the files in given folders that are not hidden."""
    for given in paths:
        path = Path(given)
        if not path.is_dir():
            yield path
            continue
        try:
            entries = sorted(path.iterdir())
        except OSError as error:
            raise UsageError(
                f"cannot read {visible(display_path(path), 300)}: {error.strerror}"
            ) from error
        yield from (
            entry for entry in entries if entry.is_file() and not entry.name.startswith(".")
        )
