"""Approved resources: the data sets and models that systems of a challenge may use.

The list is a CSV file in the folder of the challenge file, with the columns of the
organisers' table: name, type, added, link. A resource is identified by its name or its link.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xacle_eval.challenge.inputs import ListError, read_list
from xacle_eval.text import count, nearest, visible

__all__ = ["ApprovedError", "ApprovedResources"]

COLUMNS = ("name", "type", "added", "link")
_REQUIRED = ("name", "link")
# csv refuses fields over 131,072 characters, a limit that a program can change; this is lower.
_MAX_LINE = 10_000
_MOST_PROBLEMS = 50


class ApprovedError(Exception):
    """An invalid list; ``problems`` has one sentence per problem, with its line."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problems))


@dataclass(frozen=True, slots=True)
class ApprovedResources:
    """Approved data sets and models.

    ``names`` maps the normalised name of each resource to the name in the list; ``links`` holds
    the normalised links.
    """

    names: Mapping[str, str]
    links: frozenset[str]

    @classmethod
    def load(cls, file: Path) -> ApprovedResources:
        """Read a list of approved resources.

        Raises
        ------
        ApprovedError
            If the list is invalid; every problem is listed.
        """
        shown = visible(file.name, 300)
        try:
            text = read_list(file, file.name)
        except ListError as error:
            raise ApprovedError([str(error)]) from error
        return cls._from_rows(_read_rows(text, shown), shown)

    @classmethod
    def _from_rows(cls, rows: list[tuple[int, list[str]]], file: str) -> ApprovedResources:
        header = [field.strip().casefold() for field in rows[0][1]] if rows else []
        missing = [column for column in _REQUIRED if column not in header]
        if missing:
            place = f"{file}:{rows[0][0] if rows else 1}"
            expected = f"expected {','.join(COLUMNS)}"
            raise ApprovedError([f"{place}: column {missing[0]} not found; {expected}"])
        names: dict[str, str] = {}
        links: set[str] = set()
        problems = []
        for line, row in rows[1:]:
            if len(row) != len(header):
                found = count(len(row), "field")
                problems.append(f"{file}:{line}: {found}, expected {len(header)} as in the header")
            else:
                name, link = (row[header.index(column)].strip() for column in _REQUIRED)
                if not _normalise_name(name):
                    problems.append(f"{file}:{line}: the name has no letter or digit")
                names[_normalise_name(name)] = name
                if link:
                    links.add(_normalise_link(link))
            if len(problems) == _MOST_PROBLEMS:
                break
        if problems:
            raise ApprovedError(problems)
        return cls(names, frozenset(links))

    def has(self, name: str, link: str | None) -> bool:
        """Return whether a resource is approved by its name or its link."""
        return _normalise_name(name) in self.names or (
            link is not None and _normalise_link(link) in self.links
        )

    def nearest(self, name: str) -> str | None:
        """Return the approved name that is closest to another name, if any is close."""
        guess = nearest(_normalise_name(name), self.names)
        return self.names[guess] if guess is not None else None


def _read_rows(text: str, file: str) -> list[tuple[int, list[str]]]:
    """Return the rows that are not empty, each with the number of its first line."""
    for line, written in enumerate(io.StringIO(text, newline=""), start=1):
        if len(written) > _MAX_LINE:
            raise ApprovedError([f"{file}:{line}: the line has more than {_MAX_LINE:,} characters"])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    line = 1
    try:
        for row in reader:
            if row:
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"{file}:{line}: invalid CSV; check the quotation marks ({error})"
        raise ApprovedError([problem]) from error
    return rows


def _normalise_name(name: str) -> str:
    """Return the letters and digits of a name in lower case."""
    return "".join(char for char in name.casefold() if char.isalnum())


def _normalise_link(link: str) -> str:
    """Return a link in lower case without its scheme, ``www.`` and a final slash."""
    return re.sub(r"^https?://(www\.)?", "", link.strip().casefold()).rstrip("/")
