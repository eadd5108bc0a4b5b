"""The files that a challenge file names: they are in its folder and have a limited size.

``NAME:FILE``, such as ``xacle2026:manifest.txt``, names a file of a bundled challenge.

Errors name a file and a line and never repeat its text, because a wrong name can be that of a file
with labels.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from xacle_eval.io.files import read_input
from xacle_eval.io.outputs import is_within
from xacle_eval.text import count, visible

__all__ = [
    "FILE_NAME",
    "MOST_LIST_BYTES",
    "FileName",
    "ListError",
    "ReferencesName",
    "bundled_folder",
    "bundled_names",
    "check_name",
    "locate",
    "printable",
    "read_list",
]

MOST_LIST_BYTES = 20_000_000
"""The maximum number of bytes of all lists of a challenge file together.

100,000 ids need about 2,000,000 bytes.
"""
_LONGEST_NAME = 1_000
_BUNDLED = Path(__file__).parent / "bundled"


FILE_NAME = "the name of a file"
"""Marks the types of file names, so that they can be found in the model of a challenge file."""


class ListError(ValueError):
    """A list that cannot be read; the message starts with the file."""


def printable(text: str) -> str:
    """Return a text of a challenge file if it has only visible characters.

    Raises
    ------
    ValueError
        If it has a control, bidirectional or other invisible character.
    """
    if visible(text, len(text)) != text:
        raise ValueError(f"expected visible characters only, got '{visible(text, 60)}'")
    return text


def bundled_names() -> tuple[str, ...]:
    """Return the names of the bundled challenges."""
    return tuple(sorted(file.parent.name for file in _BUNDLED.glob("*/challenge.toml")))


def bundled_folder(name: str) -> Path | None:
    """Return the folder of a bundled challenge; None if there is none with this name."""
    return _BUNDLED / name if name in bundled_names() else None


def _split_name(name: str) -> tuple[Path | None, str]:
    """Return the folder of the bundled challenge in a name, if any, and the name of the file."""
    owner, colon, rest = name.partition(":")
    bundled = bundled_folder(owner) if colon else None
    return (None, name) if bundled is None else (bundled, rest)


def check_name(name: str) -> str:
    """Return the name of a file in the folder of the challenge file.

    Raises
    ------
    ValueError
        If it is too long, has invisible characters, or leads out of the folder.
    """
    printable(name)
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"expected at most {count(_LONGEST_NAME, 'character')}, got {len(name):,}")
    file = _split_name(name)[1]
    if not file or re.match(r"[/\\]|[A-Za-z]:", file) or ".." in re.split(r"[/\\]", file):
        raise ValueError(
            f"expected the name of a file in the folder of the challenge file, got "
            f"'{visible(name, 60)}'"
        )
    return name


def _check_references(name: str) -> str:
    try:
        return check_name(name)
    except ValueError as error:
        raise ValueError(
            f"{error}; for references elsewhere, remove this key and pass --references FILE"
        ) from error


FileName = Annotated[str, AfterValidator(check_name), FILE_NAME]
"""The name of a file in the folder of the challenge file."""

ReferencesName = Annotated[str, AfterValidator(_check_references), FILE_NAME]
"""The name of a file of references in the folder of the challenge file."""


def locate(folder: str, name: str) -> Path:
    """Return the path of a file that a challenge file names.

    Raises
    ------
    ListError
        If a link leads outside the folder of the challenge file.
    """
    bundled, file = _split_name(name)
    if bundled is not None:
        return bundled / file
    path = Path(folder) / name
    # A package manager may link each installed file to its store.
    if Path(folder).parent != _BUNDLED:
        inside = os.path.realpath(folder)
        found = os.path.realpath(path)
        if found != inside and not is_within(found, inside):
            shown = visible(name, 300)
            raise ListError(
                f"{shown}: the link leads outside the folder of the challenge file; replace it "
                "with a copy"
            )
    return path


def read_list(path: Path, shown: str, most: int = MOST_LIST_BYTES) -> str:
    """Return the text of a list.

    Parameters
    ----------
    path : Path
        The file.
    shown : str
        Its name for messages.
    most : int
        The maximum number of bytes.

    Raises
    ------
    ListError
        If the file is missing, too large or not a text file in UTF-8.
    """
    shown = visible(shown, 300)
    try:
        data = read_input(path, most)
    except FileNotFoundError as error:
        raise ListError(f"file not found: {shown}") from error
    except OSError as error:
        raise ListError(f"{shown} cannot be read ({error.strerror or error})") from error
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise ListError(f"{shown}:{line}: the line has a NUL character")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ListError(f"{shown}:{line}: not UTF-8 text; save the file as UTF-8") from error
