"""Approved resources: the data sets and models that a challenge lets its systems build on.

The list is a CSV file beside the challenge file, with the columns of the organisers' own
table: name, type, added, link. A resource is on it by its name or by its link.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xacle_eval.text import count, nearest, visible

__all__ = ["ApprovedError", "ApprovedResources"]

COLUMNS = ("name", "type", "added", "link")
_NEEDED = ("name", "link")


class ApprovedError(Exception):
    """A list that cannot be used; ``problems`` says why, each with its line."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problems))


@dataclass(frozen=True, slots=True)
class ApprovedResources:
    """Approved data sets and models: what counts of a name, and the name as it is listed; and their
    links.
    """

    names: Mapping[str, str]
    links: frozenset[str]

    @classmethod
    def load(cls, file: Path) -> ApprovedResources:
        """Read a list.

        Raises
        ------
        ApprovedError
            If it cannot be used; every problem is named.
        """
        try:
            text = file.read_bytes().decode("utf-8-sig")
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except OSError as error:
            raise ApprovedError(
                [f"{file.name} cannot be read: {error.strerror or error}"]
            ) from error
        except UnicodeDecodeError as error:
            raise ApprovedError([f"{file.name} is not UTF-8 text"]) from error
        except csv.Error as error:
            raise ApprovedError([f"{file.name} is not a CSV file: {error}"]) from error
        return cls._of(rows, file.name)

    @classmethod
    def _of(cls, rows: list[list[str]], shown: str) -> ApprovedResources:
        header = [field.strip().casefold() for field in rows[0]] if rows else []
        if not set(header) >= set(_NEEDED):
            raise ApprovedError(
                [f"{shown}:1: the header must name the columns {', '.join(COLUMNS)}"]
            )
        names: dict[str, str] = {}
        links: set[str] = set()
        problems = []
        for line, row in enumerate(rows[1:], start=2):
            if not row:
                continue
            if len(row) != len(header):
                problems.append(
                    f"{shown}:{line}: {count(len(row), 'field')}, the header has {len(header)}"
                )
                continue
            name, link = (row[header.index(column)].strip() for column in _NEEDED)
            if not _same_name(name):
                problems.append(f"{shown}:{line}: {visible(name, 60)!r} is no name")
            names[_same_name(name)] = name
            if link:
                links.add(_same_link(link))
        if problems:
            raise ApprovedError(problems)
        return cls(names, frozenset(links))

    def has(self, name: str, link: str | None) -> bool:
        """Say whether a resource is approved: by its name, or by its link."""
        return _same_name(name) in self.names or (
            link is not None and _same_link(link) in self.links
        )

    def nearest(self, name: str) -> str | None:
        """Return the approved name that is most like one that is not."""
        guess = nearest(_same_name(name), self.names)
        return self.names[guess] if guess is not None else None


def _same_name(name: str) -> str:
    """Return what counts of a name: letters and digits, in one case."""
    return "".join(char for char in name.casefold() if char.isalnum())


def _same_link(link: str) -> str:
    """Return what counts of a link: not the scheme, ``www.`` or a last slash."""
    return re.sub(r"^https?://(www\.)?", "", link.strip().casefold()).rstrip("/")
