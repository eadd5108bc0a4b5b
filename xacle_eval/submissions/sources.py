"""Prediction files: plain, compressed with gzip, or read from standard input.

A name that ends in ``.gz`` is decompressed, within the limits of a plain file and of
`xacle_eval.io.compressed`. The hash of a compressed file is that of the file itself, as sent,
so that a receipt describes the file that a team has. ``-`` is standard input.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import PurePath
from typing import BinaryIO, cast

from xacle_eval.errors import UsageError
from xacle_eval.io.compressed import GzipReader
from xacle_eval.io.files import read_stdin
from xacle_eval.submissions.reading import Source
from xacle_eval.text import encodable

__all__ = [
    "STDIN_LABEL",
    "STDIN_PATH",
    "has_ending",
    "is_stdin",
    "label_of",
    "prediction_source",
    "refuse_two_stdins",
]

STDIN_LABEL = "stdin"
"""The label of a system that is read from standard input."""
STDIN_PATH = "<stdin>"
"""The path that results show for standard input."""
_GZIP = b"\x1f\x8b"


def is_stdin(path: str | os.PathLike[str]) -> bool:
    """Return whether a path stands for standard input."""
    return os.fspath(path) == "-"


def refuse_two_stdins(paths: Iterable[str | os.PathLike[str]]) -> None:
    """Raise UsageError if more than one path is ``-``."""
    if sum(map(is_stdin, paths)) > 1:
        raise UsageError("standard input (-) is given twice; write one of the files to disk first")


def has_ending(name: str, endings: Iterable[str]) -> bool:
    """Return whether a file is a prediction file by its name, compressed or not."""
    folded = name.casefold()
    return PurePath(folded).suffix in (known := tuple(endings)) or (
        folded.endswith(".gz") and PurePath(folded.removesuffix(".gz")).suffix in known
    )


def label_of(path: str | os.PathLike[str], endings: Iterable[str] = ()) -> str:
    """Return a system's label: the file's name without its extension, and without ``.gz``."""
    if is_stdin(path):
        return STDIN_LABEL
    name = encodable(PurePath(path).name)
    known = (*endings, ".csv", ".txt", ".zip")
    if name.casefold().endswith(".gz"):
        name = name[:-3] or name
        known = (*known, ".tsv")
    ending = next((ending for ending in known if name.casefold().endswith(ending)), "")
    return name[: len(name) - len(ending)] or name


def prediction_source(
    path: str | os.PathLike[str],
    most_bytes: int,
    shown: str | None = None,
    inside: tuple[str, str] | None = None,
) -> Source:
    """Return the source for a prediction file.

    Parameters
    ----------
    path : path
        A file, or ``-`` for standard input, which may be compressed too. It is read once and kept.
    most_bytes : int
        The limit of the challenge; not more of standard input is kept.
    shown, inside
        See `Source.of`.

    Raises
    ------
    UsageError
        If standard input is a terminal, or cannot be read.
    """
    if is_stdin(path):
        data = read_stdin(most_bytes)
        opener: Callable[[], BinaryIO] = partial(io.BytesIO, data)
        source, compressed = Source(shown or STDIN_PATH, opener), data.startswith(_GZIP)
    else:
        source = Source.of(path, shown, inside)
        compressed = os.fspath(path).casefold().endswith(".gz")
    if not compressed:
        return source
    plain = source.open
    return Source(
        source.path, lambda: cast(BinaryIO, GzipReader(plain())), source.file, as_sent=True
    )
