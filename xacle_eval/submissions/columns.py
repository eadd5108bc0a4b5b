"""Columns: the roles of a file's columns, its ids as manifest positions, its numbers.

Shared by submissions and references, which need different columns. Whole columns are processed at
once, and only invalid rows one by one, so a valid file of thousands of rows takes milliseconds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.manifest import LONGEST_ID, Manifest
from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.delimiters import (
    other_delimiter,
    with_delimiter_hint,
    wrong_delimiter,
)
from xacle_eval.submissions.findings import SHOWN_LINES, Finding
from xacle_eval.submissions.reading import Reading
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, nearest, quote, suggest, visible

__all__ = ["LONGEST_NAME_SHOWN", "Table", "find_positions", "layout", "parse_numbers", "whole_rows"]

# Not compiled here: only invalid files need them, and compiling slows down the start.
_NUMBER = r"(?a:[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?)"
_DECIMAL_COMMA = r"(?a:[+-]?\d*,\d+)"
_DECIMAL_COMMA_HINT = "Write a decimal point instead of a decimal comma: 7.5."
_NONE = frozenset({"", "na", "n/a", "null", "none", "-"})
# The squares of larger numbers could overflow in the mean squared error.
_LARGEST = 1e100
# The longest field that a message shows in full.
_LONGEST_SHOWN = 40
LONGEST_NAME_SHOWN = 60
"""The longest column name that a list of names shows in full."""
# A search for the nearest of more ids would take too long.
_SEARCHED_IDS = 20_000
# The same for the names in a row of a million commas.
_SEARCHED_NAMES = 1000


@dataclass(slots=True)
class Table:
    """A reading whose columns are known.

    ``columns`` gives the position of each role, ``rows`` the indices of the data rows with the
    right number of fields, ``findings`` the findings so far.
    """

    reading: Reading
    columns: dict[str, int]
    names: list[str]
    first: int
    width: int
    rows: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def texts(self, role: str) -> list[str]:
        """Return the fields of a column."""
        index, rows = self.columns[role], self.reading.rows
        return [rows[row][index] for row in self.rows]

    def lines(self, items: Iterable[int]) -> list[int]:
        """Return the lines in which data rows begin."""
        return [self.reading.lines[self.rows[item]] for item in items]

    def add_finding(
        self, name: str, items: Sequence[int], role: str, message: str, hint: str | None = None
    ) -> None:
        """Add a finding about a column's fields in some data rows."""
        places = [
            self.reading.place(self.rows[item], self.columns[role]) for item in items[:SHOWN_LINES]
        ]
        line, column = places[0]
        lines = [where for where, _ in places]
        finding = rule(name).finding(
            message, line=line, column=column, count=len(items), lines=lines, hint=hint
        )
        self.findings.append(finding)


def layout(reading: Reading, challenge: Challenge, roles: Mapping[str, Column]) -> Table | None:
    """Determine the role of each column.

    Parameters
    ----------
    reading : Reading
        A file with at least one row; findings are added to it.
    challenge : Challenge
        Its manifest distinguishes an id from a column name.
    roles : mapping of str to Column
        The required columns; ``id`` comes first.

    Returns
    -------
    Table or None
        None, with a finding, if the columns cannot be determined.
    """
    separator = reading.separator
    delimiter = other_delimiter(reading.rows[0], separator)
    if delimiter and reading.rows[0][0] not in challenge.manifest:
        message = wrong_delimiter(delimiter, separator)
        finding = rule("wrong-delimiter").finding(message, line=reading.lines[0])
        reading.findings.append(with_delimiter_hint(finding, separator))
        return None
    header = reading.rows[0]
    places = {role: [i for i, name in enumerate(header) if column.matches(name)]
              for role, column in roles.items()}  # fmt: skip
    if any(places.values()):
        return _with_header(reading, roles, places)
    if _is_data(header, challenge):
        return _without_header(reading, roles)
    reading.findings.append(_unknown_header(reading, roles))
    return None


def _with_header(
    reading: Reading, roles: Mapping[str, Column], places: Mapping[str, list[int]]
) -> Table | None:
    header, line = reading.rows[0], reading.lines[0]
    wrong = [_role_fault(header, line, roles[role], found) for role, found in places.items()]
    faults = [finding for finding in wrong if finding is not None]
    if faults:
        reading.findings.extend(faults)
        return None
    columns = {role: found[0] for role, found in places.items()}
    return Table(reading, columns, [name.strip() for name in header], first=1, width=len(header))


def _role_fault(header: list[str], line: int, column: Column, found: list[int]) -> Finding | None:
    if len(found) == 1:
        return None
    if found:
        names = listing(quote(header[i].strip(), LONGEST_NAME_SHOWN) for i in found)
        message = f"duplicate column {column.column}: {names}"
        return rule("column-twice").finding(message, line=line)
    others = [name.strip() for name in header if name.strip()]
    has = listing((quote(name, LONGEST_NAME_SHOWN) for name in others), 8)
    message = f"missing column {column.column}; the header has {has}"
    guess = nearest(column.column, others[:_SEARCHED_NAMES])
    rename = f"Rename {quote(guess)} if it is that column. " if guess else ""
    hint = f"{rename}Accepted names: {listing(column.names, 8)}."
    return rule("column-missing").finding(message, line=line, hint=hint)


def _without_header(reading: Reading, roles: Mapping[str, Column]) -> Table | None:
    width = len(reading.rows[0])
    if width == len(roles) == 2:
        columns = {role: index for index, role in enumerate(roles)}
        return Table(reading, columns, [""] * width, first=0, width=width)
    message = f"a file with {count(width, 'field')} per row needs a header"
    hint = (
        _DECIMAL_COMMA_HINT if width == len(roles) + 1 and _has_decimal_comma(reading, 0) else None
    )
    reading.findings.append(
        rule("header-unknown").finding(
            message, line=reading.lines[0], hint=hint or _header_hint(roles, reading)
        )
    )
    return None


def _is_data(row: list[str], challenge: Challenge) -> bool:
    """Return whether a first row without a known column name is data, with a number or an id."""
    first = row[0].strip()
    manifest, ending = challenge.manifest, challenge.ids.ending
    if manifest.find(first) is not None or (
        ending and first.casefold().endswith(ending.casefold())
    ):
        return True
    return any(re.fullmatch(_NUMBER, text.strip()) for text in row)


def _unknown_header(reading: Reading, roles: Mapping[str, Column]) -> Finding:
    shown = listing((quote(name.strip(), LONGEST_NAME_SHOWN) for name in reading.rows[0]), 8)
    message = f"the first row is neither a header nor data: {shown}"
    return rule("header-unknown").finding(
        message, line=reading.lines[0], hint=_header_hint(roles, reading)
    )


def _header_hint(roles: Mapping[str, Column], reading: Reading) -> str:
    names = [column.column for column in roles.values()]
    if reading.delimiter == "tab":
        return f"Start the file with a header, separated by tabs: {', '.join(names)}."
    return f"Start the file with the header {reading.separator.join(names)}."


def whole_rows(table: Table) -> None:
    """Keep the rows with as many fields as the first one; report the others."""
    rows = table.reading.rows
    indices = range(table.first, len(rows))
    table.rows = [row for row in indices if len(rows[row]) == table.width]
    wrong = [row for row in indices if len(rows[row]) != table.width]
    if not wrong:
        return
    lines = [table.reading.lines[row] for row in wrong]
    has = len(rows[wrong[0]])
    expected = count(table.width, "field")
    if len(wrong) == 1:
        message = f"the row has {count(has, 'field')}, expected {table.width}"
    else:
        message = f"{len(wrong):,} rows do not have {expected}; the first of them has {has}"
    comma = all(
        len(rows[row]) == table.width + 1 and _has_decimal_comma(table.reading, row)
        for row in wrong
    )
    hint = _DECIMAL_COMMA_HINT if comma else _field_count_hint(table.reading)
    finding = rule("wrong-field-count").finding(message, count=len(wrong), lines=lines, hint=hint)
    table.findings.append(finding)


def _field_count_hint(reading: Reading) -> str | None:
    if reading.delimiter == "comma":
        return None
    return f"Separate the fields with one {reading.delimiter} each."


def _has_decimal_comma(reading: Reading, row: int) -> bool:
    """Return whether a row ends with a number that a decimal comma splits in two."""
    ends = (text.strip().lstrip("+-") for text in reading.rows[row][-2:])
    return reading.separator == "," and all(text.isdecimal() for text in ends)


def find_positions(table: Table, challenge: Challenge) -> NDArray[np.int64]:
    """Return the position of each data row in the manifest, -1 for unknown ids.

    Ids with folders, spaces, or another extension or letter case are found too, with a finding.
    """
    manifest = challenge.manifest
    written = table.texts("id")
    found = [manifest.positions.get(text, -1) for text in written]
    odd: dict[str, list[int]] = defaultdict(list)
    others = _OtherSplits(challenge)
    for item, position in enumerate(found):
        if position < 0:
            kind, found[item] = _identify(written[item], manifest, others)
            for name in kind.split():
                odd[name].append(item)
    for name, items in odd.items():
        _REPORTS[name.partition(":")[0]](table, _OddIds(name, items, written, found, challenge))
    return np.array(found, dtype=np.int64)


def _identify(text: str, manifest: Manifest, others: _OtherSplits) -> tuple[str, int]:
    """Return the names of the rules that an unusual id breaks, and its position."""
    plain = text.strip()
    if not plain:
        return "id-empty", -1
    blanks = "id-with-blanks " if plain != text else ""
    if plain in manifest.positions:
        return blanks, manifest.positions[plain]
    position = manifest.find(plain)
    if position is not None:
        return f"{blanks}id-with-folders", position
    position = manifest.find_by_stem(plain)
    if position is not None:
        return "id-ending", position
    return _unknown_kind(plain, others), -1


class _OtherSplits:
    """The manifests of the other splits; they are loaded when the first unknown id is found."""

    def __init__(self, challenge: Challenge) -> None:
        self._challenge = challenge

    @cached_property
    def manifests(self) -> list[tuple[str, Manifest]]:
        """The name and the manifest of each of them."""
        challenge = self._challenge
        names = [split for split in challenge.splits if split != challenge.split]
        return [(split, challenge.manifest_of(split)) for split in names]


def _unknown_kind(text: str, others: _OtherSplits) -> str:
    """Return the name of the rule that an id breaks that is not in the manifest."""
    if len(text) > LONGEST_ID:
        return "id-too-long"
    for split, manifest in others.manifests:
        if _is_pair(manifest, text):
            return f"id-of-other-split:{split}"
    return "id-unknown"


def _is_pair(manifest: Manifest, written: str) -> bool:
    return manifest.find(written) is not None or manifest.find_by_stem(written) is not None


@dataclass(frozen=True, slots=True)
class _OddIds:
    """Ids that break one rule: their items in the columns `written` and `found`."""

    name: str
    items: list[int]
    written: list[str]
    found: list[int]
    challenge: Challenge


def _report_empty(table: Table, odd: _OddIds) -> None:
    number = len(odd.items)
    message = f"empty id in {number:,} rows" if number > 1 else "empty id"
    table.add_finding("id-empty", odd.items, "id", message)


def _report_too_long(table: Table, odd: _OddIds) -> None:
    first = odd.written[odd.items[0]].strip()
    message = f"an id has {len(first):,} characters; the limit is {LONGEST_ID:,}: {quote(first)}"
    if len(odd.items) > 1:
        limit = f"{LONGEST_ID:,} characters"
        message = f"{len(odd.items):,} ids have more than {limit}; the first is {quote(first)}"
    table.add_finding("id-too-long", odd.items, "id", message)


def _report_unknown(table: Table, odd: _OddIds) -> None:
    challenge, items = odd.challenge, odd.items
    manifest, first = challenge.manifest, odd.written[items[0]].strip()
    shown = quote(first)
    where = f"not in the split {challenge.split} of {challenge.name}"
    if len(items) == 1:
        message = f"unknown id: {shown} ({where})"
    else:
        message = f"{len(items):,} unknown ids ({where}); the first is {shown}"
    guess = nearest(first, manifest.ids, 0.75) if len(manifest) <= _SEARCHED_IDS else None
    example = f"Ids look like {visible(manifest.ids[0])}."
    known = suggest(guess, example, sentence=True)
    table.add_finding("id-unknown", items, "id", message, f"{known} {rule('id-unknown').hint}")


def _report_other_split(table: Table, odd: _OddIds) -> None:
    (name, _, split), items = odd.name.partition(":"), odd.items
    ours = odd.challenge.split
    shown = quote(odd.written[items[0]].strip())
    if len(items) == 1:
        message = f"id of the split {split}, not of {ours}: {shown}"
    else:
        message = f"{len(items):,} ids of the split {split}, not of {ours}; the first is {shown}"
    hint = f"Submit predictions for the split {ours}, or use --split {split}."
    table.add_finding(name, items, "id", message, hint)


def _report_written_as(table: Table, odd: _OddIds) -> None:
    name, items, written, found = odd.name, odd.items, odd.written, odd.found
    verb = "must be" if name == "id-ending" else "is read as"
    first, ids = items[0], odd.challenge.manifest.ids
    example = f"{quote(written[first])} {verb} {quote(ids[found[first]])}"
    kinds = {
        "id-ending": "differ in their extension or letter case",
        "id-with-folders": "have folders or a leading /",
        "id-with-blanks": "have spaces around them",
    }
    message = (
        example if len(items) == 1 else f"{len(items):,} ids {kinds[name]}; the first: {example}"
    )
    plain = name != "id-with-folders" or "/" not in ids[found[first]]
    table.add_finding(
        name,
        items,
        "id",
        message,
        None if plain else "Write the ids as in the manifest to silence this warning.",
    )


_REPORTS = {
    "id-empty": _report_empty,
    "id-too-long": _report_too_long,
    "id-unknown": _report_unknown,
    "id-of-other-split": _report_other_split,
    "id-ending": _report_written_as,
    "id-with-folders": _report_written_as,
    "id-with-blanks": _report_written_as,
}


def parse_numbers(table: Table, role: str, noun: str) -> NDArray[np.float64]:
    """Return a column as floats, NaN for a field that is not a finite number, with findings.

    Parameters
    ----------
    table : Table
        The table, after `whole_rows`.
    role : str
        The role of the column.
    noun : str
        The name of a number in messages, such as ``prediction``.
    """
    texts = table.texts(role)
    values = _fast_numbers(texts)
    if values is not None:
        return values
    values = np.full(len(texts), np.nan)
    odd: dict[str, list[int]] = defaultdict(list)
    for item, text in enumerate(texts):
        name, values[item] = _number(text.strip())
        if name:
            odd[name].append(item)
    for name, items in odd.items():
        _report_number(table, name, items, texts, role, noun)
    return values


def _fast_numbers(texts: list[str]) -> NDArray[np.float64] | None:
    """Return the floats of a valid column, otherwise None.

    Python's float() also accepts 1_000 and digits of other scripts, which are refused here.
    """
    together = "".join(texts)
    if not together.isascii() or "_" in together:
        return None
    try:
        values = np.array([float(text) for text in texts], dtype=np.float64)
    except ValueError:
        return None
    return values if bool((np.abs(values) <= _LARGEST).all()) else None


def _number(text: str) -> tuple[str, float]:
    """Return the rule that a field breaks, or an empty string, and its value."""
    if re.fullmatch(_NUMBER, text):
        value = float(text)
        return ("number-too-large", np.nan) if abs(value) > _LARGEST else ("", value)
    word = text.casefold()
    if word in _NONE:
        return "prediction-missing", np.nan
    if word.lstrip("+-") in ("nan", "nan(ind)", "#n/a"):
        return "prediction-nan", np.nan
    if word.lstrip("+-") in ("inf", "infinity"):
        return "prediction-infinite", np.nan
    return "not-a-number", np.nan


def _report_number(
    table: Table, name: str, items: list[int], texts: list[str], role: str, noun: str
) -> None:
    first = texts[items[0]].strip()
    pair = visible(table.texts("id")[items[0]].strip())
    shown = quote(first, _LONGEST_SHOWN)
    one, many = {
        "prediction-missing": (f"missing {noun}: {pair}", f"have no {noun}"),
        "prediction-nan": (f"{noun} is NaN: {pair}", f"have a {noun} of NaN"),
        "prediction-infinite": (f"{noun} is infinite: {pair}", f"have an infinite {noun}"),
        "number-too-large": (
            f"{noun} too large: {shown} ({pair})",
            f"have a {noun} that is too large",
        ),
        "not-a-number": (
            f"{noun} is not a number: {shown} ({pair})",
            f"have a {noun} that is not a number",
        ),
    }[name]
    message = one if len(items) == 1 else f"{len(items):,} rows {many}; the first: {one}"
    # The rules' hints are about a model's output, not about a reference or a published result.
    hint = None if noun == "prediction" else "Correct the value in the file."
    if (
        name == "not-a-number"
        and len(first) < _LONGEST_SHOWN
        and re.fullmatch(_DECIMAL_COMMA, first)
    ):
        hint = f"Write a decimal point: {first.replace(',', '.')}."
    table.add_finding(name, items, role, message, hint)
