"""Inheritance: a challenge file that extends another one and overrides some of its keys.

``extends`` is the name of a bundled challenge, or a file in the folder of the challenge file.
Tables are merged key by key; any other value, lists included, replaces the inherited one.
``remove`` lists inherited keys to leave out. A file that is extended names files in its own
folder; these names are rewritten, so that all names in the result are relative to the first file.
"""

from __future__ import annotations

import posixpath
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xacle_eval.challenge.filenames import rebase
from xacle_eval.challenge.inputs import bundled_folder, bundled_names, check_name, locate
from xacle_eval.challenge.problems import INHERITANCE_KEYS, TomlError, read_toml
from xacle_eval.text import did_you_mean, quote, visible

__all__ = ["MOST_FILES", "InheritanceError", "Resolved", "resolve"]

MOST_FILES = 5
"""The maximum number of files in a chain of inheritance."""
_IDS = ("list", "pattern", "first", "last")
_OF_PART = ("list", "fraction", "seed", "rest")
# Demo ratings belong to the columns and the scale of the file that names them.
_OF_DEMO = ("ids", "ratings", "scores", "targets")
_LONGEST_KEY = 1_000
_MISSING = "required key is missing"


class InheritanceError(ValueError):
    """An ``extends`` or ``remove`` that cannot be used; the message starts with the key."""


@dataclass(frozen=True)
class Resolved:
    """The keys of a challenge file, with those that it inherits.

    ``files`` are the bytes of the file and of those that it extends, in this order; ``names`` are
    the names of the latter. ``origins`` maps each inherited key, as messages write it, to the file
    that gives it.
    """

    table: dict[str, Any]
    files: tuple[bytes, ...]
    names: tuple[str, ...] = ()
    origins: dict[str, str] = field(default_factory=dict)

    def annotate(self, problem: str) -> str:
        """Return a problem with the file that its key is inherited from, if it is."""
        key, _, sentence = problem.partition(": ")
        while key and sentence != _MISSING:
            if key in self.origins:
                return f"{problem} (inherited from {self.origins[key]})"
            key = key.rpartition(".")[0]
        return problem


@dataclass(frozen=True)
class _File:
    """A file of a chain: its name (relative to the first file, or a bundled name) and contents."""

    name: str
    data: bytes
    table: dict[str, Any]

    @property
    def shown(self) -> str:
        return visible(self.name, 300)


def resolve(path: Path, read: Callable[[Path], bytes]) -> Resolved:
    """Return the keys of a challenge file, with those that it inherits.

    Parameters
    ----------
    path : Path
        The challenge file.
    read : callable
        Returns the bytes of a file; raises OSError.

    Raises
    ------
    OSError, TomlError
        If the challenge file cannot be read or is not valid TOML.
    InheritanceError
        If a file that is extended cannot be used, or ``remove`` names a key that is not inherited.
    """
    data = read(path)
    chain = [_File(path.name, data, read_toml(data))]
    while "extends" in chain[-1].table:
        chain.append(_parent(chain, path.parent, read))
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for place in reversed(range(len(chain))):
        file = chain[place]
        own = {key: value for key, value in file.table.items() if key not in INHERITANCE_KEYS}
        if place > 0:
            rebase(own, file.name)
        _remove(merged, file, "" if place == 0 else f" in {file.shown}")
        _drop_replaced(merged, own)
        _merge(merged, own)
        for key in _leaves(own):
            origins.pop(key, None)
            if place > 0:
                origins[key] = file.shown
    names = tuple(file.shown for file in chain[1:])
    return Resolved(merged, tuple(file.data for file in chain), names, origins)


def _parent(chain: list[_File], folder: Path, read: Callable[[Path], bytes]) -> _File:
    """Return the file that the last file of a chain extends."""
    last = chain[-1]
    where = "extends" if len(chain) == 1 else f"extends in {last.shown}"
    try:
        name, path = _find(last.table["extends"], last.name, folder)
    except ValueError as error:
        raise InheritanceError(f"{where}: {error}") from error
    names = [file.name for file in chain]
    shown = visible(name, 300)
    if name in names:
        circle = " extends ".join(
            visible(each, 300) for each in [*names[names.index(name) :], name]
        )
        raise InheritanceError(f"{where}: the files extend each other in a circle: {circle}")
    if len(chain) == MOST_FILES:
        raise InheritanceError(f"{where}: a chain has at most {MOST_FILES} files")
    try:
        data = read(path)
        return _File(name, data, read_toml(data))
    except FileNotFoundError as error:
        raise InheritanceError(f"{where}: file not found: {shown}") from error
    except OSError as error:
        reason = error.strerror or error
        raise InheritanceError(f"{where}: {shown} cannot be read ({reason})") from error
    except TomlError as error:
        raise InheritanceError(f"{where}: {shown}: {error}") from error


def _find(extends: object, current: str, folder: Path) -> tuple[str, Path]:
    """Return the name and path of a file that is extended.

    Raises
    ------
    ValueError
        If it is neither a bundled challenge nor the name of a TOML file in the folder.
    """
    names = bundled_names()
    expected = f"expected a bundled challenge ({', '.join(names)}) or a file such as base.toml"
    if not isinstance(extends, str):
        raise ValueError(f"{expected}, got {visible(str(extends), 60)}")
    bundled = bundled_folder(extends)
    if bundled is not None:
        return extends, bundled / "challenge.toml"
    # Messages can show parts of a TOML file, so no other file is read as one.
    if not extends.endswith(".toml"):
        raise ValueError(f"unknown challenge {quote(extends, 60)}; "
                         f"{did_you_mean(extends, names, expected)}")  # fmt: skip
    name = posixpath.join(posixpath.dirname(current), check_name(extends))
    return posixpath.normpath(name), locate(str(folder), name)


def _remove(merged: dict[str, Any], file: _File, where: str) -> None:
    """Remove the inherited keys that a file lists under ``remove``."""
    keys = file.table.get("remove", [])
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise InheritanceError(f'remove{where}: expected a list such as ["splits.test.demo"]')
    if keys and "extends" not in file.table:
        raise InheritanceError(f"remove{where}: only a file with the key extends can remove keys")
    for key in keys:
        table: Any = merged
        *parents, last = _parts(key, where)
        for part in parents:
            table = table.get(part) if isinstance(table, dict) else None
        if not isinstance(table, dict) or last not in table:
            known = table if isinstance(table, dict) else {}
            hint = did_you_mean(last, known, "expected a key such as splits.test.demo")
            raise InheritanceError(f"remove{where}: {quote(key, 60)} is not inherited; {hint}")
        del table[last]


def _parts(key: str, where: str) -> list[str]:
    """Return the parts of a key as TOML reads it: a part with dots can be in quotation marks."""
    parts: list[str] = []
    try:
        # A short key on one line: the time for a key is quadratic in the number of its parts.
        plain = len(key) <= _LONGEST_KEY and not set(key) & set("=\r\n")
        found: Any = tomllib.loads(f"{key} = 0") if plain else None
    except tomllib.TOMLDecodeError:
        found = None
    while isinstance(found, dict) and len(found) == 1:
        ((part, found),) = found.items()
        parts.append(part)
    if not parts or found != 0:
        raise InheritanceError(
            f"remove{where}: {quote(key, 60)} is not a key; expected one such as splits.test.demo"
        )
    return parts


def _drop_replaced(merged: dict[str, Any], own: dict[str, Any]) -> None:
    """Remove inherited keys that have no meaning beside a file's own keys.

    A split has either a list or a pattern. Demo ratings must not take the place of missing
    references of a file that has other pairs, another scale or other columns. Parts and a pairs
    file belong to the pairs of their split.
    """
    _drop_tables(merged, own)
    splits, own_splits = merged.get("splits"), own.get("splits", {})
    if not isinstance(splits, dict) or not isinstance(own_splits, dict):
        return
    for name, split in splits.items():
        if not isinstance(split, dict):
            continue
        given = own_splits.get(name)
        keys = set(given) if isinstance(given, dict) else set()
        if keys & {*_IDS, "references"} or not own.keys().isdisjoint(_OF_DEMO):
            split.pop("demo", None)
        for key in _IDS[1:] if "list" in keys else _IDS[:1] if keys & set(_IDS) else ():
            split.pop(key, None)
        for key in ("pairs", "parts") if keys & set(_IDS) else ():
            split.pop(key, None)
        _drop_sources(split.get("parts"), given)


def _drop_tables(merged: dict[str, Any], own: dict[str, Any]) -> None:
    """Remove inherited tables and keys that other tables replace: groups, and columns."""
    for key, other in (("group", "groups"), ("groups", "group")):
        if key in own:
            merged.pop(other, None)
    if "targets" in own:
        # Each target has its own columns.
        for key in ("predictions", "references"):
            merged.pop(key, None)
        ratings = merged.get("ratings")
        if isinstance(ratings, dict):
            for key in ("column", "aliases"):
                ratings.pop(key, None)


def _drop_sources(parts: Any, given: Any) -> None:
    """Remove how an inherited part is chosen, if the file's own keys choose it."""
    own = given.get("parts") if isinstance(given, dict) else None
    for name, part in own.items() if isinstance(own, dict) and isinstance(parts, dict) else ():
        inherited = parts.get(name)
        if isinstance(part, dict) and isinstance(inherited, dict) and set(part) & set(_OF_PART):
            for key in _OF_PART:
                inherited.pop(key, None)


def _merge(base: dict[str, Any], own: dict[str, Any]) -> None:
    for key, value in own.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value


def _leaves(table: dict[str, Any], head: str = "") -> Iterator[str]:
    """Yield the keys of values that are no tables, as messages write them."""
    for key, value in table.items():
        name = head + visible(key, 60)
        if isinstance(value, dict):
            yield from _leaves(value, f"{name}.")
        else:
            yield name
