"""The keys of a challenge file that name files, found in the model of challenge files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from xacle_eval.challenge.inputs import FILE_NAME, bundled_folder
from xacle_eval.challenge.model import Challenge

__all__ = ["named_files", "rebase"]


def named_files(table: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of files in a challenge file's table, without duplicates."""
    return tuple(dict.fromkeys(holder[key] for holder, key in _places(Challenge, table)))


def rebase(table: dict[str, Any], file: str) -> None:
    """Make the file names in a table relative to another file's folder.

    Parameters
    ----------
    table : dict
        The table of a challenge file; it is changed.
    file : str
        The name of a bundled challenge, or the file's path relative to the other file's folder.
    """
    bundled = bundled_folder(file) is not None
    folder = posixpath.dirname(file)
    for holder, key in list(_places(Challenge, table)):
        name = holder[key]
        if bundled_folder(name.partition(":")[0]) is None:
            holder[key] = f"{file}:{name}" if bundled else posixpath.join(folder, name)


def _places(model: type[BaseModel], table: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield each table or list, and the key or position in it, that holds a file name."""
    for key, value in table.items():
        info = model.model_fields.get(key)
        if info is None:
            continue
        if FILE_NAME in info.metadata:
            if isinstance(value, str):
                yield table, key
        else:
            yield from _within(info.annotation, table, key)


def _within(annotation: Any, holder: Any, key: Any) -> Iterator[tuple[Any, Any]]:
    value = holder[key]
    arguments = get_args(annotation)
    if FILE_NAME in getattr(annotation, "__metadata__", ()):
        if isinstance(value, str):
            yield holder, key
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if isinstance(value, dict):
            yield from _places(annotation, value)
    elif get_origin(annotation) is dict:
        for each in value if isinstance(value, dict) else ():
            yield from _within(arguments[1], value, each)
    elif get_origin(annotation) is tuple:
        for place in range(len(value)) if isinstance(value, list) else ():
            yield from _within(arguments[0], value, place)
    else:
        for argument in arguments:
            yield from _within(argument, holder, key)
