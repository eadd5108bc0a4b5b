"""Reading: bytes to rows, with the line numbers that a text editor shows.

The file is streamed, and reading stops at a limit, so a hostile file costs bounded time and
memory. Only what prevents reading comma-separated rows is reported here; the content is checked
in `xacle_eval.submissions.checking`.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import os
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from math import isnan
from pathlib import Path
from typing import Any, BinaryIO

from xacle_eval.challenge.fields import SEPARATORS
from xacle_eval.errors import is_memory_error
from xacle_eval.io.compressed import GzipReader
from xacle_eval.io.files import (
    SpecialFileError,
    display_path,
    open_input,
    open_inside,
    similar_file,
)
from xacle_eval.submissions.delimiters import (
    FIELDS,
    read_rows,
    with_delimiter_hint,
    wrong_delimiter,
)
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.signatures import kind_of
from xacle_eval.text import both_forms, count, shorten, suggest

__all__ = [
    "Reading",
    "Source",
    "format_text",
    "format_value",
    "read",
    "unreadable",
]

_CHUNK = 1 << 16
# No id and no number is as long as this; the csv module has the same limit by default.
_LONGEST_ROW = 131_072
# The bytes of longer rows that are read until the first one is reported.
_MOST_EXCESS = 10_000_000
# Rows of quoted text may span lines; reading stops at more lines per row than this.
_LINES_PER_ROW = 10

# A quoted first field, and the delimiter that follows it.
_QUOTED_FIRST = r'"[^"]*"([,;\t|])'
# Why a row could not be read: the rule and the message.
_BROKEN = {
    "row": ("field-too-long", f"a row has more than {count(_LONGEST_ROW, 'character')}"),
    "open": ("broken-quotes", "a quotation mark is opened and never closed"),
    "text": ("broken-quotes", "text after a closing quotation mark"),
    "backslash": ("broken-quotes", "a backslash before a quotation mark inside a field"),
}
_BACKSLASH_HINT = 'Write the quotation mark twice, without a backslash: "a ""dog"" barks".'


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read: the path that messages show, how to open it, and the file, if any.

    ``delimiter`` replaces that of the challenge, for rows that the toolkit itself writes. With
    ``as_sent``, the hash of a compressed file is that of its own bytes, not of its content.
    ``memory`` is the kind of object that the rows are from, if they are from no file.
    """

    path: str
    open: Callable[[], BinaryIO]
    file: Path | None = None
    delimiter: str | None = None
    as_sent: bool = False
    memory: str = ""

    @classmethod
    def of(
        cls,
        path: str | os.PathLike[str],
        shown: str | None = None,
        inside: tuple[str, str] | None = None,
    ) -> Source:
        """Return the source for a file; see `open_inside` for `inside`, a folder and a name."""
        file = Path(path)
        opener = partial(open_input, file) if inside is None else partial(open_inside, *inside)
        return cls(shown or display_path(file), opener, file)

    @classmethod
    def of_bytes(cls, data: bytes, shown: str) -> Source:
        """Return the source for bytes in memory."""
        return cls(shown, lambda: io.BytesIO(data))

    @classmethod
    def of_columns(
        cls, columns: Mapping[str, Sequence[tuple[str, object]]], id_column: str
    ) -> Source:
        """Return the source for ids with their values, by the names of the columns of the values.

        If all columns have the same ids, repeated ids stay repeated rows. Otherwise an id that is
        not in all columns has an empty field.
        """
        listed = [[pair for pair, _ in values] for values in columns.values()]
        if all(ids == listed[0] for ids in listed):
            values = [[format_value(value) for _, value in each] for each in columns.values()]
            rows = [[pair, *row] for pair, *row in zip(listed[0], *values, strict=True)]
        else:
            found = [dict(each) for each in columns.values()]
            pairs = dict.fromkeys(pair for ids in listed for pair in ids)
            rows = [[pair, *(format_value(each.get(pair, "")) for each in found)] for pair in pairs]
        return cls.of_rows([[id_column, *columns], *rows])

    @classmethod
    def of_rows(
        cls, rows: Iterable[Sequence[str]], shown: str = "<mapping>", memory: str = ""
    ) -> Source:
        """Return the source for a header and rows; see `Source` for `memory`."""
        text = "".join(f"{','.join(map(_quote_field, row))}\n" for row in rows)
        data = text.encode("utf-8", "backslashreplace")
        return replace(cls.of_bytes(data, shown), delimiter="comma", memory=memory)


def _quote_field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


# The values of libraries that stand for a missing one; converting them gives a number or an error.
_MISSING = frozenset({"NoneType", "NAType", "NaTType", "MaskedConstant"})


def format_text(value: Any) -> str:
    """Return a text, empty for a missing one, as libraries write it to a file."""
    missing = type(value).__name__ in _MISSING or (isinstance(value, float) and isnan(value))
    return "" if missing else str(value)


def format_value(value: Any) -> str:
    """Return a number with all its digits, and anything else as text, for the check to report.

    A text stays as it is: a file must not hold 1_000, which Python reads as a number.
    """
    if isinstance(value, list | tuple) and len(value) == 1:
        (value,) = value
    if type(value).__name__ in _MISSING:
        return ""
    if isinstance(value, str) or type(value).__name__ in ("bool", "bool_"):
        return str(value)
    try:
        # A tensor or an array of one number.
        return repr(float(value.item() if hasattr(value, "item") else value))
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return str(value)


@dataclass(slots=True)
class Reading:
    """The rows of a file: ``rows[i]`` begins in line ``lines[i]``; blank lines are omitted.

    ``memory`` is the kind of object that they are from, if they are from no file.
    """

    path: str
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    sha256: str | None = None
    findings: list[Finding] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    delimiter: str = "comma"
    memory: str = ""

    @property
    def separator(self) -> str:
        """The character between fields."""
        return SEPARATORS[self.delimiter]

    def place(self, row: int, index: int) -> tuple[int, int]:
        """Return the line and the character column at which field `index` of a row begins."""
        line = self.lines[row]
        end = self.lines[row + 1] - 1 if row + 1 < len(self.lines) else len(self.raw)
        text, start = "".join(self.raw[line - 1 : end]), 0
        field_ = re.compile(FIELDS[self.separator])
        for _ in range(index):
            match = field_.match(text, start)
            start = min(len(text), match.end() + 1 if match else len(text))
        while line < end and start >= len(self.raw[line - 1]):
            start -= len(self.raw[line - 1])
            line += 1
        return line, start + 1


class _TooLargeError(Exception):
    """The file is larger than its limit."""


class _RowsTooLongError(Exception):
    """Rows that are too long have too many bytes in total."""


class _Tally(io.RawIOBase):
    """A raw stream that hashes the bytes read, and stops at a limit."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._left = limit
        self._line = self._excess = 0
        self.digest = hashlib.sha256()
        self.has_nul = False
        self.is_ascii = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self._stream.read(min(len(buffer), self._left + 1))
        self._left -= len(chunk)
        if self._left < 0:
            raise _TooLargeError
        self._count_excess(chunk)
        self.digest.update(chunk)
        self.has_nul = self.has_nul or b"\0" in chunk
        self.is_ascii = self.is_ascii and chunk.isascii()
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _count_excess(self, chunk: bytes) -> None:
        """Count the bytes in rows that are too long, which are kept until they are reported."""
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        self._line = self._line + len(chunk) if end < 0 else len(chunk) - end - 1
        if self._line > _LONGEST_ROW:
            self._excess += len(chunk)
            if self._excess > _MOST_EXCESS:
                raise _RowsTooLongError


def read(source: Source, max_bytes: int, max_rows: int, delimiter: str = "comma") -> Reading:
    """Read comma-separated text, or text with another delimiter.

    Commas and semicolons inside quotation marks belong to the field. In tab-separated text, each
    line is a row, and quotation marks are removed only if they enclose the whole field.

    Parameters
    ----------
    source : Source
        What to read.
    max_bytes : int
        Reading stops, with a finding, after this many bytes.
    max_rows : int
        Reading stops, with a finding, after this many rows.
    delimiter : {"comma", "tab", "semicolon"}
        What separates the fields.

    Returns
    -------
    Reading
        The rows, and findings if the file could not be read to its end.
    """
    reading = Reading(source.path, delimiter=source.delimiter or delimiter, memory=source.memory)
    try:
        with source.open() as stream:
            if isinstance(stream, GzipReader):
                stream.most_packed = min(stream.most_packed, max_bytes)
            tally = _Tally(stream, max_bytes)
            _read_stream(reading, tally, max_rows)
            # A format that was recognised by its first bytes is reported already.
            if tally.has_nul and reading.raw:
                _refuse(reading, "binary data (it contains NUL bytes)")
            reading.sha256 = tally.digest.hexdigest()
            if source.as_sent and isinstance(stream, GzipReader):
                reading.sha256 = stream.sha256
    except _TooLargeError:
        message = f"the file has more than {max_bytes:,} bytes; reading stopped there"
        reading.findings = [rule("file-too-large").finding(message)]
        reading.rows, reading.lines = [], []
    except _RowsTooLongError:
        reading.findings = [rule("field-too-long").finding(_BROKEN["row"][1])]
        reading.rows, reading.lines = [], []
    except (OSError, EOFError, zlib.error) as error:
        reading.findings = [unreadable(source, error)]
        reading.rows, reading.lines = [], []
    return reading


def unreadable(source: Source, error: Exception) -> Finding:
    """Return the finding for a file that is missing or cannot be read; suggest a similar name.

    Too little memory is not the file's fault: the error is raised again.
    """
    if is_memory_error(error):
        raise error
    missing = rule("file-missing")

    def message(begin: str, end: str = "") -> str:
        return both_forms(lambda path: f"{begin}{path}{end}", source.path)

    if isinstance(error, FileNotFoundError):
        guess = similar_file(source.file) if source.file else None
        hint = suggest(guess, sentence=True) or None
        return missing.finding(message("file not found: "), hint=hint)
    if isinstance(error, IsADirectoryError):
        hint = "Pass a file, not a folder."
        return missing.finding(message("", " is a folder, expected a file"), hint=hint)
    if isinstance(error, SpecialFileError):
        found = message("", f" is {error.kind}, expected a file")
        return rule("not-a-regular-file").finding(found)
    if isinstance(error, OSError) and error.errno is not None:
        compressed = error.errno == errno.EFBIG and source.path.endswith(".gz")
        hint = "Decompress the file, and pass the result." if compressed else None
        return missing.finding(message("cannot read ", f": {error.strerror}"), hint=hint)
    # gzip and zlib report damage in their own words and without an error number.
    damaged = message("the compressed file is damaged: ")
    return missing.finding(damaged, hint="Compress the file again.")


def _read_stream(reading: Reading, tally: _Tally, max_rows: int) -> None:
    buffered = io.BufferedReader(tally, _CHUNK)
    kind = kind_of(buffered.peek(_CHUNK))
    if kind is None:
        # Bytes that are not UTF-8 become lone surrogates; their line is reported later.
        text = io.TextIOWrapper(
            buffered, encoding="utf-8-sig", errors="surrogateescape", newline=""
        )
        _read_rows(reading, text, max_rows)
        if not tally.is_ascii:
            _note_bad_bytes(reading)
    else:
        _refuse(reading, kind)
    while buffered.read(_CHUNK):
        pass  # the hash is of the whole file


def _refuse(reading: Reading, kind: str) -> None:
    hint = None
    if "Excel" in kind:
        hint = "In Excel, choose Save As and the type CSV UTF-8 (comma delimited)."
    reading.findings = [
        rule("not-text").finding(f"the file is {kind}, expected CSV text", hint=hint)
    ]
    reading.rows, reading.lines = [], []


def _read_rows(reading: Reading, text: io.TextIOWrapper, max_rows: int) -> None:
    if csv.field_size_limit() < _LONGEST_ROW:  # another part of the program lowered it
        csv.field_size_limit(_LONGEST_ROW)
    head = list(islice(text, max_rows + 1))
    if len(head) > max_rows or not _read_plain(reading, head):
        _read_any(reading, chain(head, text), max_rows)


def _read_plain(reading: Reading, head: list[str]) -> bool:
    """Read a file of one row per line, the usual kind, at the speed of the csv module."""
    if max(map(len, head), default=0) > _LONGEST_ROW:
        return False
    try:
        rows = list(read_rows(head, reading.separator))
    except csv.Error:
        return False
    if len(rows) != len(head):
        return False
    reading.raw = head
    kept = [number for number, row in enumerate(rows) if len(row) > 1 or (row and row[0].strip())]
    reading.rows = rows if len(kept) == len(rows) else [rows[number] for number in kept]
    reading.lines = [number + 1 for number in kept]
    return True


def _read_any(reading: Reading, text: Iterable[str], max_rows: int) -> None:
    """Read rows one by one: they may span lines, be broken or be too many."""
    max_lines = max_rows * _LINES_PER_ROW
    kept = _Lines(text, reading.raw, max_lines)
    reader = read_rows(kept, reading.separator)
    broken: dict[str, list[int]] = defaultdict(list)
    start, tried, more = 1, 0, True
    while more:
        try:
            for row in reader:
                if len(row) > 1 or (row and row[0].strip()):
                    reading.rows.append(row)
                    reading.lines.append(start)
                    tried += 1
                start, kept.row_length = len(reading.raw) + 1, 0
                if tried > max_rows:
                    break
            more = False
        except csv.Error as error:  # the reader continues after the broken row
            broken[_broken_kind(reading.raw[start - 1], error, kept)].append(start)
            start, kept.row_length = len(reading.raw) + 1, 0
            tried += 1
            more = tried <= max_rows
    if tried > max_rows or len(reading.raw) > max_lines:
        over = f"{max_rows:,} rows" if tried > max_rows else f"{max_lines:,} lines"
        message = f"the file has more than {over}; reading stopped there"
        reading.findings.append(rule("too-many-rows").finding(message, line=start - 1))
    for name, places in broken.items():
        rule_name, message = _BROKEN.get(name) or (
            "wrong-delimiter",
            wrong_delimiter(name, reading.separator),
        )
        rest = f" ({len(places):,} rows)" if len(places) > 1 else ""
        finding = rule(rule_name).finding(f"{message}{rest}", count=len(places), lines=places)
        if rule_name == "wrong-delimiter":
            finding = with_delimiter_hint(finding, reading.separator)
        if name == "backslash":
            finding = finding.model_copy(update={"hint": _BACKSLASH_HINT})
        reading.findings.append(finding)


class _RowTooLongError(csv.Error):
    """A row has more characters than any id and number."""


class _Lines:
    """The lines of a text, which are recorded; a row that is too long raises an error."""

    def __init__(self, text: Iterable[str], raw: list[str], most: int) -> None:
        self._text = iter(text)
        self._raw = raw
        self._most = most
        self.row_length = 0
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._text, None) if len(self._raw) <= self._most else None
        if line is None:
            self.ended = True
            raise StopIteration
        self._raw.append(shorten(line, 200) if len(line) > _LONGEST_ROW else line)
        self.row_length += len(line)
        if self.row_length > _LONGEST_ROW:
            raise _RowTooLongError
        return line


def _broken_kind(line: str, error: csv.Error, lines: _Lines) -> str:
    """Return why the row that begins in a line could not be read; see `_BROKEN`.

    The reason is found here, not in the text of the error.
    """
    if isinstance(error, _RowTooLongError):
        return "row"
    if lines.ended:
        return "open"
    delimiter = re.match(_QUOTED_FIRST, line)
    if delimiter:
        return delimiter[1]
    return "backslash" if '\\"' in line else "text"


def _note_bad_bytes(reading: Reading) -> None:
    bad = [number for number, text in enumerate(reading.raw, start=1) if not _is_utf8(text)]
    if not bad:
        return
    first = reading.raw[bad[0] - 1]
    column = next(i for i, char in enumerate(first, start=1) if "\ud800" <= char <= "\udfff")
    byte = ord(first[column - 1]) & 0xFF
    message = f"invalid UTF-8: byte 0x{byte:02X}"
    if len(bad) > 1:
        message = f"{message} (first of {len(bad):,} lines)"
    reading.findings.append(
        rule("not-utf8").finding(message, column=column, count=len(bad), lines=bad)
    )


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
