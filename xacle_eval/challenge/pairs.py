"""Pairs files: any columns about the pairs of a split, such as their language or their system.

A pairs file is a CSV file with a header (tab-separated if its name ends in ``.tsv``): the id of
the pair, and other columns. Every id of the split has exactly one row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xacle_eval.challenge.columns import Ids
from xacle_eval.challenge.inputs import ListError, read_list
from xacle_eval.challenge.manifest import Manifest
from xacle_eval.challenge.ranking import Group
from xacle_eval.text import count, did_you_mean, listing, quote, visible

__all__ = ["LONGEST_VALUE", "MOST_COLUMNS", "PairTable", "PairsError", "group_names"]

MOST_COLUMNS = 100
"""The maximum number of columns of a pairs file."""
LONGEST_VALUE = 10_000
"""The maximum number of characters of a value in a pairs file."""
_LONGEST_NAME = 100
_MOST_PROBLEMS = 10


class PairsError(ValueError):
    """An invalid pairs file; every problem names the file and, if there is one, the line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class PairTable:
    """The columns of a pairs file, with one value per pair, in manifest order.

    Attributes
    ----------
    name : str
        The file, for messages.
    columns : dict of str to tuple of str, length n each
        The values of each column but the id; surrounding blanks are removed.
    lines : tuple of int, length n
        The line of each pair in the file.
    """

    name: str
    columns: dict[str, tuple[str, ...]]
    lines: tuple[int, ...]

    def column(self, name: str) -> tuple[str, ...]:
        """Return the values of a column, in manifest order.

        Raises
        ------
        PairsError
            If the file has no such column.
        """
        if name not in self.columns:
            known = listing((quote(each, 60) for each in self.columns), 12)
            expected = f"its columns are {known}" if self.columns else "it has only ids"
            hint = did_you_mean(name, list(self.columns), expected)
            raise PairsError([f"{visible(self.name, 300)} has no column {quote(name, 60)}; {hint}"])
        return self.columns[name]

    @classmethod
    def load(
        cls,
        path: Path,
        name: str,
        ids: Ids,
        manifest: Manifest,
        elsewhere: Callable[[str], bool] = lambda _: False,
    ) -> PairTable:
        """Read a pairs file.

        Parameters
        ----------
        path : Path
            The file.
        name : str
            Its name for messages; a name that ends in ``.tsv`` is tab-separated.
        ids : Ids
            The names of the column with the ids.
        manifest : Manifest
            The ids of the split.
        elsewhere : callable
            Return whether an id belongs to another split; such rows are ignored.

        Raises
        ------
        PairsError
            If the file cannot be read, a row has another number of fields than the header, or the
            ids are not those of the split.
        """
        shown = visible(name, 300)
        try:
            text = read_list(path, name)
        except ListError as error:
            raise PairsError([str(error)]) from error
        rows = _rows(text, shown, "\t" if name.casefold().endswith(".tsv") else ",")
        first = next(rows, None)
        if first is None:
            raise PairsError([f"{shown}: the file is empty; expected a header and a row per pair"])
        header = [field.strip() for field in first[1]]
        place = _check_header(header, f"{shown}:{first[0]}", ids)
        return cls._of_rows(rows, name, header, place, manifest, elsewhere)

    @classmethod
    def _of_rows(
        cls,
        rows: Iterator[tuple[int, list[str]]],
        name: str,
        header: list[str],
        place: int,
        manifest: Manifest,
        elsewhere: Callable[[str], bool],
    ) -> PairTable:
        shown, problems = visible(name, 300), []
        found: list[list[str] | None] = [None] * len(manifest)
        lines = [0] * len(manifest)
        for line, row in rows:
            if len(row) != len(header):
                expected = count(len(header), "field")
                problems.append(f"{shown}:{line}: expected {expected}, got {len(row):,}")
                continue
            pair = row[place].strip()
            position = manifest.positions.get(pair)
            if position is None:
                if not elsewhere(pair):
                    problems.append(f"{shown}:{line}: {quote(pair, 60)} is not an id of the split")
            elif lines[position]:
                problems.append(
                    f"{shown}:{line}: duplicate id {quote(pair, 60)}, see line {lines[position]}"
                )
            else:
                long = any(len(value) > LONGEST_VALUE for value in row)
                if long:
                    most = f"{LONGEST_VALUE:,} characters"
                    problems.append(f"{shown}:{line}: a value has more than {most}")
                found[position], lines[position] = row, line
        problems += _missing(lines, manifest, shown)
        if problems:
            more = len(problems) - _MOST_PROBLEMS
            rest = [f"{shown}: {count(more, 'more error')} not shown"] if more > 0 else []
            raise PairsError([*problems[:_MOST_PROBLEMS], *rest])
        whole = [row for row in found if row is not None]
        columns = {
            column: tuple(row[index].strip() for row in whole)
            for index, column in enumerate(header)
            if index != place
        }
        return cls(name, columns, tuple(lines))


def group_names(group: Group, pairs: PairTable) -> tuple[str, ...]:
    """Return the name of each pair's group from the column of a pairs file, in manifest order.

    Raises
    ------
    PairsError
        If the file does not have the column, or a value is empty.
    """
    names = pairs.column(group.column or "")
    empty = [line for name, line in zip(names, pairs.lines, strict=True) if not name]
    if empty:
        more = f" and {len(empty) - 1:,} more lines" if len(empty) > 1 else ""
        raise PairsError(
            [
                f"{visible(pairs.name, 300)}:{min(empty)}: empty value in the column "
                f"{quote(group.column or '', 60)}{more}; every pair needs a group"
            ]
        )
    return names


def _missing(lines: Sequence[int], manifest: Manifest, shown: str) -> list[str]:
    missing = [pair for pair, line in zip(manifest.ids, lines, strict=True) if not line]
    if not missing:
        return []
    ids = listing((quote(pair, 60) for pair in missing), 3)
    noun = "id of the split has" if len(missing) == 1 else "ids of the split have"
    return [f"{shown}: {len(missing):,} {noun} no row: {ids}"]


def _rows(text: str, shown: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not empty, with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise PairsError([f"{shown}:{line}: invalid CSV ({visible(str(error))})"]) from error
        if any(field.strip() for field in row):
            yield line, row
        line = reader.line_num + 1


def _check_header(header: Sequence[str], shown: str, ids: Ids) -> int:
    """Return the place of the id column."""
    if len(header) > MOST_COLUMNS:
        raise PairsError([f"{shown}: expected at most {MOST_COLUMNS} columns, got {len(header):,}"])
    for name in header:
        if not name or len(name) > _LONGEST_NAME:
            raise PairsError([f"{shown}: expected column names of 1 to {_LONGEST_NAME} characters"])
        if header.count(name) > 1:
            raise PairsError([f"{shown}: duplicate column {quote(name, 60)}"])
    places = [place for place, name in enumerate(header) if ids.matches(name)]
    if len(places) != 1:
        found = "several" if places else "none"
        expected = f"expected one column with the id, named {quote(ids.column, 60)}"
        raise PairsError([f"{shown}: {expected}; got {found}"])
    return places[0]
