"""Packing: the files of a team's systems to a valid, reproducible ZIP."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError
from xacle_eval.io.files import display_path, open_input, open_inside
from xacle_eval.io.outputs import is_within, real_path
from xacle_eval.submissions.checking import CheckedSubmission
from xacle_eval.submissions.discovery import is_package
from xacle_eval.submissions.package import check_package
from xacle_eval.submissions.reading import Source
from xacle_eval.text import visible_path

__all__ = ["Packed", "pack"]


class Packed(NamedTuple):
    """A package's bytes and its check: the package first, then its systems."""

    data: bytes
    checked: tuple[CheckedSubmission, ...]

    @property
    def valid(self) -> bool:
        """Whether the package and all its systems are valid."""
        return all(one.report.valid for one in self.checked)


def pack(
    paths: Iterable[str | os.PathLike[str]],
    shown: str,
    challenge: Challenge,
    *,
    follow_links: bool = False,
) -> Packed:
    """Pack files into a package, and check it like a submission.

    Parameters
    ----------
    paths : iterable of path
        Files, and folders whose files are packed.
    shown : str
        The path of the package that reports show.
    challenge : Challenge
        The challenge.
    follow_links : bool
        Follow symbolic links in folders if they lead to a place in the same folder. Otherwise,
        a link is an error.

    Returns
    -------
    Packed
        The same files always give the same bytes.

    Raises
    ------
    UsageError
        If a file cannot be read, is a package or a link in a folder, or two files have the same
        name.
    """
    from xacle_eval.io.zips import zip_bytes

    sources = _sources(paths, follow_links)
    data = zip_bytes(_collect(sources, challenge.limits.max_package_bytes))
    return Packed(data, tuple(check_package(Source.of_bytes(data, shown), challenge)))


def _collect(sources: Iterable[tuple[Path, Callable[[], BinaryIO]]], most: int) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    origins: dict[str, Path] = {}
    left = most
    for path, opener in sources:
        shown = visible_path(display_path(path))
        if path.name in files:
            other = visible_path(display_path(origins[path.name]))
            raise UsageError(f"{other} and {shown} have the same name; rename one of them")
        if is_package(path):
            raise UsageError(f"{shown} is a package already; unpack it with `xacle-eval split`")
        try:
            with opener() as stream:
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


def _sources(
    paths: Iterable[str | os.PathLike[str]], follow_links: bool
) -> Iterator[tuple[Path, Callable[[], BinaryIO]]]:
    """Yield the given files, and the files in given folders that are not hidden."""
    for given in paths:
        path = Path(given)
        if not os.path.isdir(path):  # noqa: PTH112 -- Path.is_dir raises for too long names
            yield path, partial(open_input, path)
            continue
        root = real_path(path)
        try:
            entries = sorted(path.iterdir())
        except OSError as error:
            raise UsageError(
                f"cannot read {visible_path(display_path(path))}: {error.strerror}"
            ) from error
        for entry in entries:
            if not entry.name.startswith(".") and not os.path.isdir(entry):  # noqa: PTH112
                yield entry, partial(open_inside, root, _place(entry, root, follow_links))


def _place(entry: Path, root: str, follow_links: bool) -> str:
    """Return the path of a file relative to the folder in which it was found."""
    if not entry.is_symlink():
        return entry.name
    place = real_path(entry)
    if follow_links and is_within(place, root):
        return os.path.relpath(place, root)
    shown = visible_path(display_path(entry))
    reason = "leads out of the folder" if follow_links else "is not followed"
    raise UsageError(
        f"{shown} is a symbolic link that {reason}; replace it with the file, or name the file"
    )
