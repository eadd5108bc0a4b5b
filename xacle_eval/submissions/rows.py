"""Rows: keep those with the right number of fields, and name what is wrong with the others.

A row whose fault is known is read as it was meant, so that its id does not also count as missing.
The file stays invalid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.causes import CUT_OFF
from xacle_eval.submissions.columns import Table
from xacle_eval.submissions.delimiters import (
    DECIMAL_COMMA_HINT,
    has_decimal_comma,
    split_inner,
    split_otherwise,
    with_delimiter_hint,
    wrong_delimiter,
)
from xacle_eval.submissions.headers import CONFLICT_MARKS
from xacle_eval.submissions.printed import read_printed
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, quote, visible

__all__ = ["exchange_columns", "whole_rows"]

_LONGEST_SHOWN = 80
# A cause is looked for in this many rows; rows of a hostile file can have 131,072 characters.
_MOST_SEARCHED = 20_000
_LONGEST_SEARCHED = 2_000
_CTRL_Z = "\x1a"


@dataclass(frozen=True, slots=True)
class _Cause:
    """Why a row has the wrong number of fields, and the fields it was meant to have, if known."""

    name: str
    fields: list[str] | None = None


def whole_rows(table: Table) -> None:
    """Keep the rows with as many fields as the first one; report the others.

    A header that is repeated further down is reported and removed too.
    """
    reading = table.reading
    rows = reading.rows
    indices = range(table.first, len(rows))
    table.rows = [row for row in indices if len(rows[row]) == table.width]
    _drop_headers(table)
    _report_unnamed_halves(table)
    wrong = [row for row in indices if len(rows[row]) != table.width]
    if not wrong:
        return
    causes: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(wrong):
        cause = _cause(table, row) if number < _MOST_SEARCHED else _Cause("count")
        causes[cause.name].append(row)
        if cause.fields is not None:
            rows[row] = cause.fields
            table.rows.append(row)
    table.rows.sort()
    for name, found in causes.items():
        _report(table, name, found)


def _drop_headers(table: Table) -> None:
    """Remove and report rows that repeat the header."""
    reading = table.reading
    # Counting lines takes less time than comparing rows.
    if not table.first or reading.raw.count(reading.raw[reading.lines[0] - 1]) < 2:
        return
    header = reading.rows[0]
    repeated = [row for row in table.rows if reading.rows[row] == header]
    if not repeated or len(repeated) == len(table.rows):
        return
    table.rows = [row for row in table.rows if reading.rows[row] != header]
    lines = [reading.lines[row] for row in repeated]
    where = "the header" if len(repeated) == 1 else f"{len(repeated):,} lines repeat the header"
    message = f"line {lines[0]} repeats {where}" if len(repeated) == 1 else where
    table.findings.append(rule("header-repeated").finding(message, count=len(lines), lines=lines))


def _report_unnamed_halves(table: Table) -> None:
    """Report decimal commas whose second half is in a last column without a name."""
    reading, place = table.reading, table.width - 1
    if not table.first or table.names[-1] or place - 1 not in table.columns.values():
        return
    if table.columns["id"] == place - 1 or not table.rows:
        return
    rows = [reading.rows[row] for row in table.rows]
    if all(has_decimal_comma(row, reading.separator) for row in rows):
        _report(table, "decimal", list(table.rows))


def _cause(table: Table, row: int) -> _Cause:
    """Return why a row has the wrong number of fields; the name ``count`` is for no known cause."""
    reading, width = table.reading, table.width
    fields, separator = reading.rows[row], reading.separator
    line = reading.raw[reading.lines[row] - 1]
    if line.strip() == _CTRL_Z:
        return _Cause("ctrl-z")
    if line.startswith(CONFLICT_MARKS):
        return _Cause("conflict")
    if len(line) > _LONGEST_SEARCHED:
        return _Cause("count")
    if len(fields) == 1:
        return _one_field(table, line, row)
    if len(fields) < width and _is_cut(table, row, line):
        return _Cause("cut")
    return _other_count(fields, reading.rows[0] if table.first else [], width, separator)


def _other_count(fields: list[str], header: list[str], width: int, separator: str) -> _Cause:
    """Return the cause for a row with a field too many or too few."""
    if len(fields) == width + 1 and not fields[-1].strip():
        return _Cause("trailing", fields[:-1])
    if len(fields) == width - 1 and header and not header[-1].strip():
        return _Cause("header", [*fields, ""])
    if len(fields) > width:
        last = separator.join(fields[width - 1 :])
        printed = read_printed(last.strip())
        if printed is not None and printed.is_wrapped:
            return _Cause("printed", [*fields[: width - 1], last])
    if len(fields) == width + 1 and has_decimal_comma(fields, separator):
        return _Cause("decimal")
    return _Cause("count")


def _one_field(table: Table, line: str, row: int) -> _Cause:
    """Return the cause for a row that is one field."""
    reading, width = table.reading, table.width
    text = reading.rows[row][0]
    if reading.separator in text:
        inner = split_inner(text, reading.separator)
        if len(inner) == width:
            return _Cause("quoted", inner)
    for char, fields in split_otherwise(line, reading.separator):
        if len(fields) == width and char not in " :":
            return _Cause(f"delimiter {char}", fields)
    return _Cause("cut") if _is_cut(table, row, line) else _Cause("count")


def _is_cut(table: Table, row: int, line: str) -> bool:
    """Return whether a row is the last one of the file, and its line has no end."""
    return row == len(table.reading.rows) - 1 and not line.endswith(("\n", "\r"))


def _report(table: Table, name: str, found: list[int]) -> None:
    reading = table.reading
    lines = [reading.lines[row] for row in found]
    first = reading.raw[lines[0] - 1].rstrip("\r\n")
    shown = quote(first, _LONGEST_SHOWN)
    if name == "conflict":
        return  # reported from the lines
    if name.startswith("delimiter"):
        message = wrong_delimiter(name[-1], reading.separator)
        message = f"{message} ({len(found):,} rows)" if len(found) > 1 else f"{message}: {shown}"
        finding = rule("wrong-delimiter").finding(message, count=len(found), lines=lines)
        table.findings.append(with_delimiter_hint(finding, reading.separator))
        return
    if name == "quoted":
        rows = "the row is" if len(found) == 1 else f"{len(found):,} rows are"
        message = f"{rows} in one pair of quotation marks: {shown}"
        finding = rule("rows-in-quotes").finding(message, count=len(found), lines=lines)
        table.findings.append(finding)
        return
    if name == "printed":
        return  # reported with the values
    message, hint = _SENTENCES.get(name, _count)(table, found, shown)
    if name == "header":
        lines, found = [reading.lines[0]], found[:1]
    finding = rule("wrong-field-count").finding(message, count=len(found), lines=lines, hint=hint)
    table.findings.append(finding)


def _count(table: Table, found: Sequence[int], shown: str) -> tuple[str, str | None]:
    reading = table.reading
    has = len(reading.rows[found[0]])
    message = f"the row has {count(has, 'field')}, expected {table.width}: {shown}"
    if len(found) > 1:
        expected = count(table.width, "field")
        message = (
            f"{len(found):,} rows do not have {expected}; the first of them has {has}: {shown}"
        )
    hint = None
    if has < table.width:
        hint = f"Write {count(table.width, 'field')}, as in the first row."
    elif reading.delimiter != "comma":
        hint = f"Separate the fields with one {reading.delimiter} each."
    return message, hint


def _decimal(table: Table, found: Sequence[int], shown: str) -> tuple[str, str]:
    has = len(table.reading.rows[found[0]])
    message = f"the row has {count(has, 'field')}, expected {has - 1}: {shown}"
    if len(found) > 1:
        expected = count(has - 1, "field")
        message = (
            f"{len(found):,} rows do not have {expected}; the first of them has {has}: {shown}"
        )
    return message, DECIMAL_COMMA_HINT


def _trailing(table: Table, found: Sequence[int], shown: str) -> tuple[str, str]:
    mark = table.reading.delimiter
    rows = "the row ends" if len(found) == 1 else f"{len(found):,} rows end"
    return f"{rows} with a {mark}: {shown}", f"Remove the {mark} at the end of the line."


def _header(table: Table, _found: Sequence[int], _shown: str) -> tuple[str, str]:
    mark, reading = table.reading.delimiter, table.reading
    header = quote(reading.raw[reading.lines[0] - 1].rstrip("\r\n"), _LONGEST_SHOWN)
    message = f"the header ends with a {mark}, and the rows do not: {header}"
    return message, f"Remove the {mark} at the end of the header."


def _ctrl_z(_table: Table, _found: Sequence[int], _shown: str) -> tuple[str, str]:
    message = "the line has only the character Ctrl-Z (U+001A), an old mark for the end of a file"
    return message, "Delete the line."


def _cut(_table: Table, _found: Sequence[int], shown: str) -> tuple[str, str]:
    message = f"{CUT_OFF}: {shown}; the file was not copied or uploaded completely"
    return message, "Write or copy the file again, and compare its size."


_SENTENCES = {
    "decimal": _decimal,
    "trailing": _trailing,
    "header": _header,
    "ctrl-z": _ctrl_z,
    "cut": _cut,
}


def exchange_columns(table: Table, challenge: Challenge, role: str) -> None:
    """Exchange the columns of the ids and of a role if each holds what the other should.

    The exchange is reported. Only the first row is read if its id is known.

    Parameters
    ----------
    table : Table
        The table, after `whole_rows`.
    challenge : Challenge
        Its manifest has the ids.
    role : str
        The role of the column of numbers.
    """
    if not table.rows:
        return
    manifest, rows = challenge.manifest, table.reading.rows
    id_, value = table.columns["id"], table.columns[role]

    def exchanged(row: int) -> bool:
        return manifest.find(rows[row][id_].strip()) is None and (
            manifest.find(rows[row][value].strip()) is not None
        )

    if not all(exchanged(row) for row in table.rows):
        return
    table.columns = {**table.columns, "id": value, role: id_}
    first = visible(rows[table.rows[0]][id_].strip(), 40)
    if table.first:
        one, other = (quote(table.names[place], 60) for place in (id_, value))
        message = f"the columns are swapped: {one} has the values, {other} the ids"
        hint = "Swap the two names in the header."
    else:
        message = f"the columns are swapped: the rows begin with a value ({first}), not with an id"
        hint = "Write the id first, then the value."
    line = table.reading.lines[0]
    table.findings.append(rule("columns-exchanged").finding(message, line=line, hint=hint))
