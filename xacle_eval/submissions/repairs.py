"""Repairs of a file as text: its encoding, the lines above its header, its delimiter, its quotes.

The first step of `xacle_eval.submissions.fixing`. A repair changes how a value is written, never
which value it is.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.characters import DOUBLE_MARK, plain_text
from xacle_eval.submissions.delimiters import name_of, read_rows, split_inner, split_otherwise
from xacle_eval.submissions.headers import CONFLICT_MARKS, SEP_LINE, is_numbered
from xacle_eval.submissions.printed import NUMBER, read_printed
from xacle_eval.submissions.signatures import kind_of
from xacle_eval.submissions.values import is_missing

__all__ = ["NotFixableError", "Row", "Text", "find_id", "is_number", "names_columns", "read_text"]

# Where a title or notes can be, above the header.
_SEARCHED_LINES = 20
_LONGEST_LINE = 5_000
_CTRL_Z = "\x1a"


class NotFixableError(ValueError):
    """A file whose rows cannot be found without guessing; the message says why."""


@dataclass(slots=True)
class Row:
    """A row: the line in which it begins, its fields, its own text, and whether it was changed."""

    line: int
    fields: list[str]
    raw: str
    changed: bool = False


@dataclass(slots=True)
class Text:
    """The rows of a file, and the lines of each kind of change.

    ``before`` is the decoded text, ``newline`` its usual line end, ``header`` whether the first
    row names the columns.
    """

    before: str
    newline: str
    rows: list[Row]
    header: bool
    changes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def note(self, what: str, row: Row) -> None:
        """Record a change of a row."""
        row.changed = True
        self.changes[what].append(row.line)


def read_text(data: bytes, challenge: Challenge, roles: Mapping[str, Column]) -> Text:
    """Return the rows of a file, whatever its encoding and delimiter.

    Parameters
    ----------
    data : bytes
        The file.
    challenge : Challenge
        Its manifest and delimiter.
    roles : mapping of str to Column
        The required columns; ``id`` comes first.

    Raises
    ------
    NotFixableError
        If the file is not text, or no line of it is a header or a row.
    """
    text, notes = _decode(data)
    if all(re.search(rf"(?m)^{mark}", text) for mark in CONFLICT_MARKS):
        raise NotFixableError("the file has a merge conflict; keep one of the versions")
    lines = list(io.StringIO(text, newline=""))
    # The limit of the check, beyond which no file is valid.
    most = 2 * len(challenge.manifest) + 100
    place, char, header = _find_start(lines[:most], challenge, roles)
    newline = "\r\n" if text.count("\r\n") * 2 > len(lines) else "\n"
    found = Text(text, newline, [], header)
    for what in notes:
        odd = [n for n, line in enumerate(lines, start=1) if not line.isascii()]
        found.changes[what] = odd if "decoded" in what else [1]
    above = [n for n, line in enumerate(lines[:place], start=1) if line.strip()]
    if above:
        found.changes["removed lines above the header"] = above
    found.rows = list(islice(_rows(lines, place, char, challenge.separator, found), most + 1))
    if len(found.rows) > most:
        raise NotFixableError(f"the file has more than {most:,} rows")
    return found


def _decode(data: bytes) -> tuple[str, list[str]]:
    """Return the text of a file and what was changed in its encoding."""
    kind = kind_of(data)
    notes = []
    if kind in ("UTF-16 text", "UTF-32 text"):
        text, encoding = _decode_wide(data, kind)
        notes.append(f"decoded {encoding}")
    elif kind is not None:
        raise NotFixableError(f"the file is {kind}")
    else:
        text, encoding = _decode_narrow(data)
        if encoding != "UTF-8":
            notes.append(f"decoded {encoding}")
    if "\0" in text:
        text, encoding = _decode_bare(data)
        notes = [f"decoded {encoding}"]
    if "\0" in text:
        raise NotFixableError("the file is binary data (it contains NUL bytes)")
    plain = text
    while plain.startswith(("\ufeff", DOUBLE_MARK)):
        plain = plain.removeprefix("\ufeff").removeprefix(DOUBLE_MARK)
    if plain != text:
        notes.append("removed a second byte order mark")
    return plain, notes


def _decode_wide(data: bytes, kind: str) -> tuple[str, str]:
    encoding = "utf-32" if kind.startswith("UTF-32") else "utf-16"
    if encoding == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    try:
        return data.decode(encoding), encoding.upper()
    except UnicodeDecodeError as error:
        raise NotFixableError(f"the file is damaged {kind}") from error


def _decode_bare(data: bytes) -> tuple[str, str]:
    """Decode UTF-16 without a byte order mark."""
    for encoding in ("utf-16-le", "utf-16-be"):
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if "\0" not in text and "\n" in text:
                return text, encoding.upper()
    return "\0", ""


def _decode_narrow(data: bytes) -> tuple[str, str]:
    """Decode UTF-8, else the code pages of Japanese and Western Windows, else Latin-1."""
    for encoding, name in (("utf-8-sig", "UTF-8"), ("cp932", "cp932"), ("cp1252", "cp1252")):
        try:
            return data.decode(encoding), name
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "Latin-1"


def _find_start(
    lines: Sequence[str], challenge: Challenge, roles: Mapping[str, Column]
) -> tuple[int, str, bool]:
    """Return the index of the first row, the delimiter, and whether that row is a header."""
    tried = 0
    for place, line in enumerate(lines):
        if not line.strip() or len(line) > _LONGEST_LINE:
            continue
        for char, fields in _readings(line, challenge.separator):
            names = [plain_text(name) for name in fields]
            if names_columns(names, roles):
                start = place, char, True
            elif _is_row(fields, challenge):
                start = _start_without_header(lines, place, char, len(fields), challenge)
            else:
                continue
            _refuse_rows_above(lines[: start[0]], challenge)
            return start
        tried += 1
        if tried == _SEARCHED_LINES:
            break
    raise NotFixableError("neither a header nor a row with a known id was found")


def _start_without_header(
    lines: Sequence[str], place: int, char: str, width: int, challenge: Challenge
) -> tuple[int, str, bool]:
    """Return the first row, given the place of a valid one, and whether it is a header.

    The lines above it are rows too, whose id or value is invalid, or a header of unknown names.
    """
    start = place
    for above in reversed(range(place)):
        if not lines[above].strip() or re.fullmatch(SEP_LINE, lines[above].strip()):
            continue
        fields = next((each for other, each in _readings(lines[above], char) if other == char), [])
        if len(fields) != width:
            break
        if not _may_be_row(fields, challenge):
            return above, char, True
        start = above
    return start, char, False


def _may_be_row(fields: Sequence[str], challenge: Challenge) -> bool:
    """Return whether fields can be a row with an invalid id or value, and are not names."""
    if _has_id(fields, challenge) or (fields[0].strip() and not any(map(str.strip, fields[1:]))):
        return True
    if is_numbered([text for text in fields if text.strip()], challenge):
        return False
    return any(is_number(text) or is_missing(text) for text in fields)


def _has_id(fields: Sequence[str], challenge: Challenge) -> bool:
    """Return whether a field is an id of the challenge, or ends like one."""
    ending = challenge.ids.ending.casefold()
    return any(
        find_id(text, challenge) is not None
        or (ending and plain_text(text).casefold().endswith(ending))
        for text in fields
    )


def _refuse_rows_above(lines: Sequence[str], challenge: Challenge) -> None:
    """Raise an error if a line above the header is a row; such a line would be lost."""
    for number, line in enumerate(lines, start=1):
        for _, fields in _readings(line, challenge.separator):
            if len(fields) > 1 and _has_id(fields, challenge):
                raise NotFixableError(f"line {number:,}, above the header, is a row")


def _readings(line: str, separator: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the fields of a line with each delimiter, and of a row in quotation marks."""
    try:
        fields = next(iter(read_rows([line], separator)), [])
    except csv.Error:
        fields = []
    if len(fields) == 1 and separator in fields[0]:
        yield separator, split_inner(fields[0], separator)
    yield separator, fields
    yield from split_otherwise(line, separator)


def names_columns(names: Sequence[str], roles: Mapping[str, Column]) -> bool:
    """Return whether fields name the id, another column, and no column twice.

    A blank can be in the place of ``_``.
    """
    found = [
        sum(column.matches(name) or column.matches(name.replace(" ", "_")) for name in names)
        for column in roles.values()
    ]
    return found[0] == 1 and max(found) == 1 and sum(found) > 1


def _is_row(fields: Sequence[str], challenge: Challenge) -> bool:
    """Return whether a row has a known id and a number."""
    ids = [place for place, text in enumerate(fields) if find_id(text, challenge) is not None]
    return bool(ids) and any(
        is_number(text) for place, text in enumerate(fields) if place != ids[-1]
    )


def find_id(text: str, challenge: Challenge) -> int | None:
    """Return the position of the id that a text can only be, however it is written."""
    manifest, typed, plain = challenge.manifest, text.strip(), plain_text(text)
    # A blank that was typed as such belongs to the id; others come with an odd character.
    forms = (typed,) if plain == typed else (typed, plain, plain.replace(" ", ""))
    for written in dict.fromkeys(forms):
        for find in (manifest.find, manifest.find_by_stem, manifest.find_by_number):
            position = find(written) if written else None
            if position is not None:
                return position
    return None


def is_number(text: str) -> bool:
    """Return whether a field is a number, or a printed form of one."""
    plain = text.strip()
    return bool(re.fullmatch(NUMBER, plain)) or read_printed(plain) is not None


def _rows(
    lines: Sequence[str], place: int, char: str, separator: str, found: Text
) -> Iterator[Row]:
    """Yield the rows from a line on; record another delimiter, quotes and Ctrl-Z."""
    for line, fields, raw in _parse(lines, place, char):
        row = Row(line, fields, raw)
        if raw.strip() == _CTRL_Z:
            found.changes["removed Ctrl-Z"].append(line)
            continue
        if len(fields) < 2 and not "".join(fields).strip():
            continue
        if row.raw.count('\\"') and not char.isspace():
            _drop_backslashes(row, char, found)
        if char != separator:
            found.note(f"replaced the delimiter, {name_of(char)}", row)
        if len(row.fields) == 1:
            _split_row(row, separator, found)
        yield row


def _parse(lines: Sequence[str], place: int, char: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield the first line, the fields and the text of each row."""
    if char in ",;\t|":
        try:
            yield from list(_parse_strictly(lines, place, char))
            return
        except csv.Error:
            pass
    for number, line in enumerate(lines[place:], start=place + 1):
        yield number, _parse_line(line, char), line


def _parse_strictly(
    lines: Sequence[str], place: int, char: str
) -> Iterator[tuple[int, list[str], str]]:
    """Yield rows that can span lines."""
    used: list[str] = []

    def feed() -> Iterator[str]:
        for line in lines[place:]:
            used.append(line)
            yield line

    start, rows = place + 1, csv.reader(feed(), delimiter=char, strict=True)
    if char == "\t":
        rows = read_rows(feed(), char)  # type: ignore[assignment]
    for fields in rows:
        yield start, fields, "".join(used)
        start += len(used)
        used.clear()


def _parse_line(line: str, char: str) -> list[str]:
    text = line.strip("\r\n")
    if char == " ":
        return text.split()
    if char not in ",;\t|":
        return [part.strip('" ') for part in text.split(char)]
    for escape in (None, "\\"):
        try:
            return next(csv.reader([text], delimiter=char, strict=True, escapechar=escape), [])
        except csv.Error:
            continue
    # Without strict, the module would read "2"5 as 25.
    return text.split(char)


def _drop_backslashes(row: Row, char: str, found: Text) -> None:
    """Read a row again whose quotation marks are escaped by backslashes."""
    text = row.raw.strip("\r\n").replace('\\"', '""')
    try:
        fields = next(csv.reader([text], delimiter=char, strict=True), [])
    except csv.Error:
        return
    row.fields = fields
    found.note("doubled quotation marks that had a backslash", row)


def _split_row(row: Row, separator: str, found: Text) -> None:
    """Split a row that is one field: it is in quotation marks, or has another delimiter."""
    text = row.fields[0]
    inner = split_inner(text, separator) if separator in text else []
    if len(inner) > 1:
        row.fields = inner
        if row.raw.lstrip().startswith('"'):
            found.note("removed quotation marks around rows", row)
        return
    for char, fields in split_otherwise(row.raw, separator):
        if char not in " :" and len(fields) > 1:
            row.fields = fields
            found.note(f"replaced the delimiter, {name_of(char)}", row)
            return
