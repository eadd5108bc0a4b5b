"""The metadata files of a dataset folder, read with line numbers.

``meta_data/{split}.csv`` has one row a rating (``wav_file_name,text,score,listener_id``) or,
for a test split whose labels are held back, only ``wav_file_name,text``;
``meta_data/{split}_average.csv`` has one row a pair (``wav_file_name,text,average_score``).
The dataset pages spell some names otherwise; both spellings are accepted, and letter case
does not count. A file name may carry a leading ``/`` or folders: the id is its last part.

Everything wrong with a file is collected as `Fault`; nothing is dropped in silence.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = ["SCORE_MAXIMUM", "SCORE_MINIMUM", "Fault", "Row", "Table", "pair_id", "read_table"]

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
class Fault:
    """One thing wrong with a dataset.

    Attributes
    ----------
    severity : {"error", "warning"}
        An error makes the dataset unfit; a warning is worth knowing.
    group : str
        The kind of fault; equal faults are listed together.
    where : str
        File (relative to the dataset folder), with ``:line`` where there is one.
    message : str
        What was found, and what was expected.
    """

    severity: Literal["error", "warning"]
    group: str
    where: str
    message: str


@dataclass(frozen=True)
class Row:
    """One line of a metadata file; `value` is a rating or an average, or None where it is unusable."""

    line: int
    pair: str
    text: str
    value: float | None = None
    raw: str = ""
    listener: str = ""


@dataclass
class Table:
    """One metadata file: what kind it is, its usable rows, and its faults."""

    name: str
    kind: Kind
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, group: str, line: int, message: str) -> None:
        """Add an error at a line."""
        self.faults.append(Fault("error", group, f"{self.name}:{line}", message))


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
        How messages call it.
    expected : {"ratings", "averages", "pairs"}
        What the file should hold; ``"ratings"`` also where labels may be held back. The kind
        that its columns show is in the result.
    """
    table = Table(name, expected)
    lines = _lines(path, table)
    header = next(lines, None)
    if header is None:
        if not table.faults:
            table.fault("metadata", 1, "the file is empty; expected a header line and rows")
        return table
    columns = _columns(header[1], table)
    if columns is None:
        return table
    for number, cells in lines:
        _add_row(table, number, cells, columns, len(header[1]))
    if not table.rows and not table.faults:
        table.fault("metadata", 1, "a header and no rows; expected one row or more")
    return table


def _lines(path: Path, table: Table) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        table.fault(
            "metadata",
            line,
            f"byte 0x{error.object[error.start]:02x} is not UTF-8; save it as UTF-8",
        )
        return
    except OSError as error:
        table.fault("metadata", 1, f"cannot be read: {error.strerror or error}")
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    first = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield first, cells
            first = (
                reader.line_num + 1
            )  # a quoted field may span lines: a row is named by its first
    except csv.Error as error:
        table.fault("metadata", first, f"not readable as CSV from here on ({error})")


def _columns(header: list[str], table: Table) -> dict[str, int] | None:
    written = [cell.strip().lower() for cell in header]
    columns = {}
    for meaning, names in _NAMES.items():
        places = [place for place, name in enumerate(written) if name in names]
        if len(places) > 1:
            table.fault(
                "columns",
                1,
                f"{len(places)} columns for the {meaning}; expected one of {', '.join(names)}",
            )
            return None
        if places:
            columns[meaning] = places[0]
    missing = [meaning for meaning in _required(columns, table) if meaning not in columns]
    for meaning in missing:
        table.fault(
            "columns", 1, f"no column {_NAMES[meaning][0]}; the first line is {','.join(header)!r}"
        )
    return None if missing else columns


def _required(columns: dict[str, int], table: Table) -> tuple[str, ...]:
    """Settle the table's kind from its columns and return the columns that this kind needs."""
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
        table.fault(
            "metadata",
            line,
            f"{len(cells)} cells, the header has {width}; quote a text that holds commas",
        )
        return
    pair, text = pair_id(cells[columns["pair"]]), cells[columns["text"]].strip()
    if not pair.lower().endswith(".wav"):
        table.fault(
            "file names", line, f"{cells[columns['pair']]!r} is not the name of a .wav file"
        )
        return
    if not text:
        table.fault("texts", line, f"{pair} has no text")
    if table.kind == "pairs":
        table.rows.append(Row(line, pair, text))
        return
    raw = cells[columns["rating" if table.kind == "ratings" else "average"]].strip()
    listener = cells[columns["listener"]].strip() if table.kind == "ratings" else ""
    if table.kind == "ratings" and not listener:
        table.fault("listeners", line, f"{pair} has no listener_id")
    table.rows.append(Row(line, pair, text, _value(table, line, pair, raw), raw, listener))


def _value(table: Table, line: int, pair: str, raw: str) -> float | None:
    what = "rating" if table.kind == "ratings" else "average"
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        table.fault(f"{what} values", line, f"{pair}: {raw!r} is not a number; expected {_scale()}")
        return None
    if not SCORE_MINIMUM <= value <= SCORE_MAXIMUM:
        table.fault(
            f"{what} values", line, f"{pair}: {raw} is outside the scale; expected {_scale()}"
        )
        return None
    if what == "rating" and value != int(value):
        table.fault("rating values", line, f"{pair}: {raw} is not an integer; expected {_scale()}")
        return None
    return value


def _scale() -> str:
    return f"{SCORE_MINIMUM} to {SCORE_MAXIMUM}"
