"""Label files of an unknown layout: the delimiter, the header and the numbers of a table.

Nothing is known about the columns yet, so the layout is found from the rows: a delimiter that
splits every line alike, and a first row that has words where the other rows have numbers.
"""

from __future__ import annotations

import csv
import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xacle_eval.challenge.fields import SEPARATORS
from xacle_eval.errors import ReferencesError, UsageError
from xacle_eval.references.loading import MAX_BYTES, MAX_ROWS
from xacle_eval.references.objects import file_source
from xacle_eval.submissions.delimiters import read_rows
from xacle_eval.submissions.reading import Reading, Source, read, unreadable
from xacle_eval.text import count, quote, visible_path

__all__ = ["ID_NAMES", "Labels", "fold", "number", "read_labels", "words"]


def words(text: str) -> frozenset[str]:
    """Return the words in a text."""
    return frozenset(text.split())


ID_NAMES = words(
    """
    id wavfilename wavefilename filename filepath file wav wave wavname wavpath wavfile path
    audio audiopath audiofile clip clipid utt utterance uttid utteranceid segment segmentid
    segid seg sample sampleid sampleidx pair pairid stimulus stimulusid item itemid name key
    """
)
"""Usual names of the column with the id, without letter case, blanks and signs."""
_SAMPLE_BYTES = 1 << 17
_SAMPLE_LINES = 50
_SAMPLE_ROWS = 200
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-"})
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")


@dataclass(frozen=True)
class Labels:
    """The rows of a label file; ``lines[i]`` is the line in which row ``i`` begins.

    ``names`` are the names in the header, or empty texts if it has none.
    """

    path: str
    delimiter: str
    names: tuple[str, ...]
    header: int | None
    rows: list[list[str]]
    lines: list[int]
    values: dict[int, list[float]] = field(default_factory=dict)

    def texts(self, column: int) -> list[str]:
        """Return the fields of a column."""
        return [row[column] for row in self.rows]

    def numbers(self, column: int) -> list[float]:
        """Return the fields of a column as numbers; NaN for a field that is none."""
        if column not in self.values:
            self.values[column] = [number(text) for text in self.texts(column)]
        return self.values[column]

    def refuse(self, problem: str, row: int | None = None) -> UsageError:
        """Return the error for a file that cannot be used, with the line of a row."""
        line = "" if row is None else f":{self.lines[row]}"
        return UsageError(f"{visible_path(self.path)}{line}: {problem}")


def fold(name: str) -> str:
    """Return the letters and digits of a column name in lower case."""
    return "".join(char for char in name.casefold() if char.isalnum())


def number(text: str) -> float:
    """Return the number in a field, or NaN; a decimal comma is not a number."""
    if not text.isascii() or "_" in text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def read_labels(path: Path) -> Labels:
    """Read a label file.

    Parameters
    ----------
    path : Path
        Averages or ratings, with any of the known delimiters; ``.gz`` is decompressed.

    Raises
    ------
    ReferencesError
        If the file cannot be read as a table; each finding has its line.
    UsageError
        If the delimiter is not known, or the rows have different numbers of fields.
    """
    source = file_source(path)
    delimiter = _sniff(source)
    reading = read(source, MAX_BYTES, MAX_ROWS, delimiter or "comma")
    errors = [finding for finding in reading.findings if finding.severity == "error"]
    if errors:
        raise ReferencesError(source.path, errors)
    if not reading.rows:
        raise UsageError(f"{visible_path(source.path)}: the file has no rows")
    if delimiter is None:
        raise UsageError(_no_delimiter(reading))
    _require_width(reading)
    header = _has_header(reading.rows)
    names = tuple(name.strip() for name in reading.rows[0]) if header else ()
    labels = Labels(
        path=source.path,
        delimiter=delimiter,
        names=names or ("",) * len(reading.rows[0]),
        header=reading.lines[0] if header else None,
        rows=reading.rows[1:] if header else reading.rows,
        lines=reading.lines[1:] if header else reading.lines,
    )
    if not labels.rows:
        raise UsageError(f"{visible_path(source.path)}: the file has a header and no rows")
    return labels


def _sniff(source: Source) -> str | None:
    """Return the delimiter that gives each of the first lines the same number of fields."""
    try:
        with source.open() as stream:
            head = stream.read(_SAMPLE_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise ReferencesError(source.path, [unreadable(source, error)]) from error
    text = head.decode("utf-8-sig", "replace")
    lines = [line for line in text.splitlines() if line.strip()]
    # The last line of a long file may be cut.
    lines = (lines[:-1] if len(head) == _SAMPLE_BYTES and len(lines) > 1 else lines)[:_SAMPLE_LINES]
    every = []
    for name in ("tab", "semicolon", "comma"):
        separator = SEPARATORS[name]
        try:
            widths = [len(row) for row in read_rows(lines, separator)]
        except csv.Error:
            continue
        usual = max(set(widths), key=widths.count, default=1)
        if min(widths, default=1) > 1:
            every.append(name)
        if usual > 1 and widths[0] > 1 and widths.count(usual) >= 0.8 * len(widths):
            return name
    # Rows of different widths are reported with their lines.
    return every[0] if every else None


def _no_delimiter(reading: Reading) -> str:
    shown, row = visible_path(reading.path), reading.rows[0]
    place = f"{shown}:{reading.lines[0]}"
    fields = row[0].split()
    if len(fields) > 1 and not math.isnan(number(fields[-1])):
        return (
            f"{place}: the delimiter is a space, as in lists of Kaldi; separate the fields with "
            f"commas or tabs: {quote(','.join(fields), 60)}"
        )
    if "|" in row[0]:
        return f"{place}: the delimiter is a vertical bar; separate the fields with commas or tabs"
    return (
        f"{place}: the row has one field; expected a table with an id and a score, separated by "
        "commas, tabs or semicolons"
    )


def _require_width(reading: Reading) -> None:
    rows, width = reading.rows, len(reading.rows[0])
    wrong = next((place for place, row in enumerate(rows) if len(row) != width), None)
    if wrong is None:
        return
    found = count(len(rows[wrong]), "field")
    hint = ""
    if reading.delimiter == "comma" and all(part.strip().isdecimal() for part in rows[wrong][-2:]):
        hint = "; write a decimal point instead of a decimal comma"
    raise UsageError(
        f"{visible_path(reading.path)}:{reading.lines[wrong]}: the row has {found}, expected "
        f"{width} as in line {reading.lines[0]}{hint}"
    )


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row has words where the others have numbers."""
    first, others = rows[0], rows[1 : 1 + _SAMPLE_ROWS]
    if fold(first[0]) in ID_NAMES:
        return True
    if not others:
        return not any(map(_is_like_number, first))
    for column, text in enumerate(first):
        if _is_like_number(text) or text.strip().casefold() in _MISSING:
            continue
        if 2 * sum(_is_like_number(row[column]) for row in others) > len(others):
            return True
    return any(fold(text) in ID_NAMES for text in first)


def _is_like_number(text: str) -> bool:
    return not math.isnan(number(text)) or _DECIMAL_COMMA.fullmatch(text.strip()) is not None
