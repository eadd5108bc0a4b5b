"""Manifests: the ids of the pairs of a split, in order, and the lookup of ids.

A manifest is a numbered pattern (``"{:05d}.wav"`` from 10500 to 13499) or a list file
(one id per line). The position of an id in the manifest is the position of its prediction
in every array of the toolkit.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, model_validator

from xacle_eval.challenge.inputs import FileName, ListError, locate, read_list
from xacle_eval.text import quote, visible

__all__ = ["LONGEST_ID", "MAX_PAIRS", "Manifest", "ManifestError", "ManifestSource"]

MAX_PAIRS = 200_000
"""The number of pairs of a challenge, all splits together; more is a typo, not a test set."""
LONGEST_ID = 4_096
"""The number of characters of the longest written id, with its folders; PATH_MAX of Linux."""
# A whole number of limited width, without {:c}, {:f} and other forms that are not for numbers.
_NUMBER_FORM = re.compile(r"0?[0-9]{0,2}[bdoxX]?")
_LEADING = re.compile(r"\A(?:\.?/)*+")
_ZEROS = re.compile(r"(?<![0-9])0++(?=[0-9])")
_WHOLE_FLOAT = re.compile(r"([0-9]+)\.0")


class ManifestError(ValueError):
    """An invalid list of ids; the message starts with the file and line."""


class ManifestSource(BaseModel):
    """The source of the ids of a split: ``list``, or ``pattern`` with ``first`` and ``last``."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    list: FileName | None = None
    pattern: str | None = Field(default=None, max_length=200)
    first: int | None = None
    last: int | None = None

    @model_validator(mode="after")
    def _check_source(self) -> ManifestSource:
        if (self.list is None) == (self.pattern is None):
            raise ValueError('expected either list = "FILE", or pattern with first and last')
        numbers = (self.first, self.last)
        if self.list is not None:
            if numbers != (None, None):
                raise ValueError("first and last are only valid with pattern, not with list")
            return self
        if self.first is None or self.last is None:
            raise ValueError(
                "pattern requires first and last, the numbers of the first and last pair"
            )
        if not 0 <= self.first <= self.last:
            raise ValueError(
                f"expected 0 <= first <= last, got first = {self.first} and last = {self.last}"
            )
        if self.last - self.first >= MAX_PAIRS:
            raise ValueError(
                f"expected at most {MAX_PAIRS:,} pairs, got {self.last - self.first + 1:,}"
            )
        self._check_pattern()
        return self

    def _check_pattern(self) -> None:
        pattern = self.pattern or ""
        try:
            parts = list(string.Formatter().parse(pattern))
        except ValueError as error:
            raise ValueError(
                f"pattern {quote(pattern)} is not a valid number format ({visible(str(error))})"
            ) from error
        fields = [part[1:] for part in parts if part[1] is not None]
        valid = (
            len(fields) == 1
            and fields[0][0] in ("", "0")
            and _NUMBER_FORM.fullmatch(fields[0][1] or "")
            and fields[0][2] is None
        )
        if not valid:
            raise ValueError(
                f"pattern {quote(pattern)} must contain exactly one number, at most 99 "
                "characters wide, such as {:05d}.wav"
            )

    def ids(self, folder: str) -> Iterator[str]:
        """Yield the ids in order; list files are relative to `folder`.

        Raises
        ------
        ManifestError
            If a list file is missing, not UTF-8 text, empty or a table, or has a duplicate id.
        """
        if self.list is not None:
            yield from _read_list(folder, self.list)
        else:
            pattern, first, last = self.pattern or "", self.first or 0, self.last or 0
            yield from map(pattern.format, range(first, last + 1))


def _read_list(folder: str, name: str) -> list[str]:
    shown = visible(name, 300)
    try:
        text = read_list(locate(folder, name), name)
    except ListError as error:
        raise ManifestError(str(error)) from error
    ids: dict[str, int] = {}
    for line, raw in enumerate(text.split("\n"), start=1):
        pair = raw.strip()
        if not pair or pair.startswith("#"):
            continue
        if len(pair) > LONGEST_ID:
            raise ManifestError(f"{shown}:{line}: the line has more than {LONGEST_ID:,} characters")
        if pair in ids:
            raise ManifestError(f"{shown}:{line}: duplicate id, see line {ids[pair]}")
        ids[pair] = line
    if not ids:
        raise ManifestError(f"{shown}: no ids found; write one id per line")
    if len(ids) > MAX_PAIRS:
        raise ManifestError(f"{shown}: expected at most {MAX_PAIRS:,} ids, got {len(ids):,}")
    _refuse_table(ids, shown)
    return list(ids)


def _refuse_table(ids: Iterable[str], shown: str) -> None:
    """Refuse a file with several columns: messages show ids, and it can be a file of labels."""
    for char, noun in ((",", "comma"), (";", "semicolon"), ("\t", "tab")):
        if all(char in pair for pair in ids):
            raise ManifestError(
                f"{shown}: every line contains a {noun}; a list has one id per line and no "
                "other columns"
            )


class Manifest:
    """The ids of a split in their order.

    Parameters
    ----------
    ids : iterable of str
        The ids in the order of every array.
    ending : str
        The common ending of all ids (``.wav``), if any.
    optional : bool
        Accept ids with and without the ending.

    Attributes
    ----------
    positions : dict of str to int
        The position of each id; with an optional ending, also of the id's other form.

    Raises
    ------
    ManifestError
        If an id is in the list with and without an optional ending.
    """

    def __init__(self, ids: Iterable[str], ending: str = "", *, optional: bool = False) -> None:
        self.ids: tuple[str, ...] = tuple(ids)
        self.ending = ending
        self.positions: dict[str, int] = {pair: position for position, pair in enumerate(self.ids)}
        if optional and ending:
            self._add_other_forms()

    def _add_other_forms(self) -> None:
        ending = self.ending
        for position, pair in enumerate(self.ids):
            other = pair[: -len(ending)] if pair.endswith(ending) else pair + ending
            if self.positions.setdefault(other, position) != position:
                shown = " and ".join(quote(each) for each in sorted((pair, other)))
                raise ManifestError(f"{shown} are the same id, because ids.ending_optional is true")

    @classmethod
    def load(
        cls, source: ManifestSource, folder: str, ending: str = "", optional: bool = False
    ) -> Manifest:
        """Read the manifest that a challenge file names."""
        return cls(source.ids(folder), ending, optional=optional)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, pair: object) -> bool:
        return pair in self.positions

    def find(self, written: str) -> int | None:
        """Return the position of an id, which can have extra folders, ``/`` or ``./``.

        The exact id is looked up first, then the id without a leading ``/``. If the ids of the
        manifest have no folders, the last part of the path is looked up too. A text of more than
        `LONGEST_ID` characters is found only if it is the exact id.
        """
        if written in self.positions:
            return self.positions[written]
        if len(written) > LONGEST_ID:
            return None
        path = _plain_path(written)
        if path in self._plain:
            return self._plain[path]
        return None if self._has_folders else self.positions.get(path.rpartition("/")[2])

    def find_by_stem(self, written: str) -> int | None:
        """Return the position of the id that differs only in its ending or in letter case."""
        if len(written) > LONGEST_ID:
            return None
        path = _plain_path(written).casefold()
        if not self._has_folders:
            path = path.rpartition("/")[2]
        return self._stems.get(_stem(path, self.ending))

    def find_by_number(self, written: str) -> int | None:
        """Return the position of the id that differs only in the leading zeros of its numbers.

        Spreadsheets write ``07500`` as ``7500``, and pandas writes it as ``7500.0`` if another id
        of the column is missing.
        """
        if len(written) > LONGEST_ID:
            return None
        path = _plain_path(written).casefold()
        if not self._has_folders:
            path = path.rpartition("/")[2]
        return self._numbers.get(_without_zeros(path, self.ending))

    @cached_property
    def _has_folders(self) -> bool:
        return any("/" in pair or "\\" in pair for pair in self.ids)

    @cached_property
    def _plain(self) -> dict[str, int]:
        # Ids that differ only in a leading "/" are ambiguous, so they are left out.
        plain: dict[str, int] = {}
        for pair, position in self.positions.items():
            key = _plain_path(pair)
            plain[key] = -1 if key in plain and plain[key] != position else position
        return {key: position for key, position in plain.items() if position >= 0}

    @cached_property
    def _stems(self) -> dict[str, int]:
        stems: dict[str, int] = {}
        for position, pair in enumerate(self.ids):
            key = _stem(_plain_path(pair).casefold(), self.ending)
            stems[key] = -1 if key in stems else position
        return {key: position for key, position in stems.items() if position >= 0}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        numbers: dict[str, int] = {}
        for position, pair in enumerate(self.ids):
            key = _without_zeros(_plain_path(pair).casefold(), self.ending)
            numbers[key] = -1 if key in numbers else position
        return {key: position for key, position in numbers.items() if position >= 0}


def _plain_path(written: str) -> str:
    """Return a path with slashes, without its leading ``/`` and ``./``, in linear time."""
    path = written.strip().replace("\\", "/")
    return _LEADING.sub("", path, count=1)


def _without_zeros(path: str, ending: str) -> str:
    """Return a path without its ending and the leading zeros of its numbers."""
    whole = _WHOLE_FLOAT.fullmatch(path)
    return _ZEROS.sub("", whole[1] if whole else _stem(path, ending))


def _stem(path: str, ending: str) -> str:
    ending = ending.casefold()
    if ending and path.endswith(ending):
        return path[: -len(ending)]
    head, _, last = path.rpartition("/")
    name, dot, kind = last.rpartition(".")
    # Remove only what can be a file extension: "10500.mp3", not "system.1".
    if dot and name and kind.isalnum() and not kind.isdigit() and len(kind) <= 4:
        last = name
    return f"{head}/{last}" if head else last
