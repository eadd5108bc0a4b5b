"""Read the metadata files of a dataset folder, with line numbers.

``meta_data/{split}.csv`` has one row per rating (``wav_file_name,text,score,listener_id``) or, for
a test split with withheld labels, only ``wav_file_name,text``; ``meta_data/{split}_average.csv``
has one row per pair (``wav_file_name,text,average_score``). The dataset pages use other spellings
of some names; both are accepted, in upper or lower case. A file name may start with ``/`` or
contain folders: the id is its last part.

Every invalid row or value is reported as a `Problem`; nothing is dropped silently.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = ["SCORE_MAXIMUM", "SCORE_MINIMUM", "Problem", "Row", "Table", "pair_id", "read_table"]

SCORE_MINIMUM, SCORE_MAXIMUM = 0, 10
"""The rating scale: 0 "does not match at all" to 10 "matched exactly"."""

_NAMES = {
    "pair": ("wav_file_name", "wave_file_name", "wavname"),
    "text": ("text",),
    "rating": ("score", "semantic_alignement_score", "semantic_alignment_score"),
    "listener": ("listener_id",),
    "average": (
        "average_score",
        "average_semantic_alignement_score",
        "average_semantic_alignment_score",
    ),
}

Kind = Literal["ratings", "averages", "pairs"]


@dataclass(frozen=True)
class Problem:
    """One problem of a dataset.

    Attributes
    ----------
    severity : {"error", "warning"}
        Errors make the dataset invalid, warnings do not.
    group : str
        The kind of problem; the report lists problems by group.
    where : str
        File (relative to the dataset folder), with ``:line`` if it concerns a line.
    message : str
        What was found, and what was expected.
    """

    severity: Literal["error", "warning"]
    group: str
    where: str
    message: str


@dataclass(frozen=True)
class Row:
    """One row of a metadata file; `value` is a rating or an average, None if invalid."""

    line: int
    pair: str
    text: str
    value: float | None = None
    raw: str = ""
    listener: str = ""


@dataclass
class Table:
    """One metadata file: its kind, its valid rows and its problems."""

    name: str
    kind: Kind
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add_problem(self, group: str, line: int, message: str) -> None:
        """Add an error in a line."""
        self.problems.append(Problem("error", group, f"{self.name}:{line}", message))


def pair_id(written: str) -> str:
    """Return the id of a pair: the last part of a file name, without folders or a leading slash."""
    return written.strip().replace("\\", "/").rsplit("/", 1)[-1]


def read_table(path: Path, name: str, *, expected: Kind) -> Table:
    """Read a metadata file.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        The file's name in messages.
    expected : {"ratings", "averages", "pairs"}
        The expected content; ``"ratings"`` also if labels may be withheld.

    Returns
    -------
    Table
        The valid rows and all problems; its kind is detected from the columns.
    """
    table = Table(name, expected)
    lines = _lines(path, table)
    header = next(lines, None)
    if header is None:
        if not table.problems:
            table.add_problem("metadata", 1, "the file is empty; expected a header line and rows")
        return table
    columns = _columns(header[1], table)
    if columns is None:
        return table
    for number, cells in lines:
        _add_row(table, number, cells, columns, len(header[1]))
    if not table.rows and not table.problems:
        table.add_problem(
            "metadata", 1, "the file has no rows after the header; expected at least one"
        )
    return table


def _lines(path: Path, table: Table) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        table.add_problem(
            "metadata",
            line,
            f"byte 0x{error.object[error.start]:02x} is not UTF-8; save the file as UTF-8",
        )
        return
    except OSError as error:
        table.add_problem("metadata", 1, f"cannot be read: {error.strerror or error}")
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    first = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield first, cells
            # A quoted field may span several lines: report the first line of a row.
            first = reader.line_num + 1
    except csv.Error as error:
        table.add_problem("metadata", first, f"invalid CSV from this line on ({error})")


def _columns(header: list[str], table: Table) -> dict[str, int] | None:
    written = [cell.strip().lower() for cell in header]
    columns = {}
    for meaning, names in _NAMES.items():
        places = [place for place, name in enumerate(written) if name in names]
        if len(places) > 1:
            table.add_problem(
                "columns",
                1,
                f"{len(places)} columns for the {meaning}; expected one of {', '.join(names)}",
            )
            return None
        if places:
            columns[meaning] = places[0]
    missing = [meaning for meaning in _required_columns(columns, table) if meaning not in columns]
    for meaning in missing:
        table.add_problem(
            "columns", 1, f"missing column {_NAMES[meaning][0]}; the header is {','.join(header)!r}"
        )
    return None if missing else columns


def _required_columns(columns: dict[str, int], table: Table) -> tuple[str, ...]:
    """Detect the kind of table from its columns and return the columns that it requires."""
    if table.kind == "averages":
        return ("pair", "text", "average")
    if "rating" in columns or "listener" in columns:
        return ("pair", "text", "rating", "listener")
    table.kind = "averages" if "average" in columns else "pairs"
    return ("pair", "text")


def _add_row(
    table: Table, line: int, cells: list[str], columns: dict[str, int], width: int
) -> None:
    if len(cells) != width:
        table.add_problem(
            "metadata",
            line,
            f"{len(cells)} cells; the header has {width} (quote texts that contain commas)",
        )
        return
    pair, text = pair_id(cells[columns["pair"]]), cells[columns["text"]].strip()
    if not pair.lower().endswith(".wav"):
        table.add_problem(
            "file names", line, f"{cells[columns['pair']]!r} is not the name of a .wav file"
        )
        return
    if not text:
        table.add_problem("texts", line, f"{pair} has no text")
    if table.kind == "pairs":
        table.rows.append(Row(line, pair, text))
        return
    raw = cells[columns["rating" if table.kind == "ratings" else "average"]].strip()
    listener = cells[columns["listener"]].strip() if table.kind == "ratings" else ""
    if table.kind == "ratings" and not listener:
        table.add_problem("listeners", line, f"{pair} has no listener_id")
    table.rows.append(Row(line, pair, text, _value(table, line, pair, raw), raw, listener))


def _value(table: Table, line: int, pair: str, raw: str) -> float | None:
    what = "rating" if table.kind == "ratings" else "average"
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        table.add_problem(
            f"{what} values", line, f"{pair}: {raw!r} is not a number; expected {_scale()}"
        )
        return None
    if not SCORE_MINIMUM <= value <= SCORE_MAXIMUM:
        table.add_problem(
            f"{what} values", line, f"{pair}: {raw} is outside the scale; expected {_scale()}"
        )
        return None
    if what == "rating" and value != int(value):
        table.add_problem(
            "rating values", line, f"{pair}: {raw} is not an integer; expected {_scale()}"
        )
        return None
    return value


def _scale() -> str:
    return f"{SCORE_MINIMUM} to {SCORE_MAXIMUM}"
