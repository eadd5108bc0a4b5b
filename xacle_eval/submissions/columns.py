"""Columns: the roles of a file's columns.

Shared by submissions and references, which need different columns. Whole columns are processed at
once, and only invalid rows one by one, so a valid file of thousands of rows takes milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.delimiters import (
    DECIMAL_COMMA_HINT,
    has_decimal_comma,
    other_delimiter,
    with_delimiter_hint,
    wrong_delimiter,
)
from xacle_eval.submissions.findings import SHOWN_LINES, Finding
from xacle_eval.submissions.headers import explain_header, is_numbered
from xacle_eval.submissions.printed import NUMBER
from xacle_eval.submissions.reading import Reading
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, nearest, quote, visible

__all__ = ["LONGEST_NAME_SHOWN", "Table", "about_column", "layout"]

LONGEST_NAME_SHOWN = 60
"""The longest column name that a list of names shows in full."""
# A search for the nearest name in a row of a million commas would take too long.
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

    def with_role(self, role: str, name: str) -> Table:
        """Return the same rows with the column of `role` as `name`, and without findings."""
        columns = {**self.columns, name: self.columns[role]}
        return replace(self, columns=columns, findings=[])

    def place_of(self, role: str, column: Column, target: str) -> str:
        """Return the beginning of a message about the column of one of several targets."""
        if self.first == 0:
            return f"column {self.columns[role] + 1} ({target}): "
        return f"column {visible(column.column)}: "

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


def about_column(place: str, findings: Iterable[Finding]) -> list[Finding]:
    """Return findings whose messages begin with a column; see `Table.place_of`."""
    return [
        found.model_copy(update={"message": f"{place}{found.message}"}) if place else found
        for found in findings
    ]


def layout(
    reading: Reading,
    challenge: Challenge,
    roles: Mapping[str, Column],
    *,
    optional: Collection[str] = (),
    in_order: bool = False,
) -> Table | None:
    """Determine the role of each column.

    Parameters
    ----------
    reading : Reading
        A file with at least one row; findings are added to it.
    challenge : Challenge
        Its manifest distinguishes an id from a column name.
    roles : mapping of str to Column
        The columns; ``id`` comes first.
    optional : collection of str
        The roles that a file with a header can leave out.
    in_order : bool
        A file without a header can have more than two columns: all columns in the order of `roles`.

    Returns
    -------
    Table or None
        None, with a finding, if the columns cannot be determined.
    """
    before = len(reading.findings)
    table = _layout(reading, challenge, roles, optional, in_order)
    if table is None:
        faults = reading.findings[before:]
        reading.findings[before:] = explain_header(reading, challenge, roles, faults)
    return table


def _layout(
    reading: Reading,
    challenge: Challenge,
    roles: Mapping[str, Column],
    optional: Collection[str],
    in_order: bool,
) -> Table | None:
    separator = reading.separator
    header = reading.rows[0]
    places = {role: [i for i, name in enumerate(header) if column.matches(name)]
              for role, column in roles.items()}  # fmt: skip
    delimiter = other_delimiter(header, separator)
    # Another delimiter in a header with every name belongs to the name of an unused column.
    if delimiter and header[0] not in challenge.manifest and not all(places.values()):
        message = wrong_delimiter(delimiter, separator)
        finding = rule("wrong-delimiter").finding(message, line=reading.lines[0])
        reading.findings.append(with_delimiter_hint(finding, separator))
        return None
    if any(places.values()):
        absent = [role for role in optional if not places.get(role)]
        if len(places) - len(absent) > 1:  # a file of ids only lacks all other columns
            places = {role: found for role, found in places.items() if role not in absent}
        return _with_header(reading, roles, places)
    if _is_data(header, challenge) and not is_numbered(header, challenge):
        return _without_header(reading, roles, in_order)
    reading.findings.append(_unknown_header(reading, challenge, roles))
    return None


def _with_header(
    reading: Reading, roles: Mapping[str, Column], places: Mapping[str, list[int]]
) -> Table | None:
    header, line = reading.rows[0], reading.lines[0]
    places = {role: _prefer_proper(reading, roles[role], found) for role, found in places.items()}
    columns_ = roles.values()
    others = [name for name in header if not any(column.matches(name) for column in columns_)]
    wrong = [
        _role_fault(header, line, roles[role], found, others) for role, found in places.items()
    ]
    faults = [finding for finding in wrong if finding is not None]
    if faults:
        reading.findings.extend(faults)
        return None
    columns = {role: found[0] for role, found in places.items()}
    return Table(reading, columns, [name.strip() for name in header], first=1, width=len(header))


def _prefer_proper(reading: Reading, column: Column, found: list[int]) -> list[int]:
    """Return only the column with the proper name if the others have aliases, with a warning."""
    header = [name.strip() for name in reading.rows[0]]
    proper = [place for place in found if header[place].casefold() == column.column.casefold()]
    if len(found) < 2 or len(proper) != 1:
        return found
    others = [place for place in found if place != proper[0]]
    names = listing((quote(header[place], LONGEST_NAME_SHOWN) for place in others), 8)
    noun, them = ("column", "it") if len(others) == 1 else ("columns", "them")
    message = f"{quote(header[proper[0]])} is used; the {noun} {names} could be meant too"
    hint = f"Remove {them}, or rename {them}, to silence this warning."
    reading.findings.append(
        rule("second-name").finding(message, line=reading.lines[0], count=len(others), hint=hint)
    )
    return proper


def _role_fault(
    header: list[str], line: int, column: Column, found: list[int], free: list[str]
) -> Finding | None:
    """Return the finding for a role with no column or several; `free` names have no role."""
    if len(found) == 1:
        return None
    if found:
        twice = listing(quote(header[i].strip(), LONGEST_NAME_SHOWN) for i in found)
        message = f"duplicate column {column.column}: {twice}"
        return rule("column-twice").finding(message, line=line)
    names = [name.strip() for name in header if name.strip()]
    has = listing((quote(name, LONGEST_NAME_SHOWN) for name in names), 8)
    message = f"missing column {column.column}; the header has {has}"
    guess = nearest(
        column.column, [name.strip() for name in free if name.strip()][:_SEARCHED_NAMES]
    )
    rename = f"Rename {quote(guess)} if it is that column. " if guess else ""
    hint = f"{rename}Accepted names: {listing(column.names, 8)}."
    return rule("column-missing").finding(message, line=line, hint=hint)


def _without_header(reading: Reading, roles: Mapping[str, Column], in_order: bool) -> Table | None:
    width = len(reading.rows[0])
    if width == len(roles) and (in_order or width == 2):
        columns = {role: index for index, role in enumerate(roles)}
        return Table(reading, columns, [""] * width, first=0, width=width)
    message = f"a file with {count(width, 'field')} per row needs a header"
    if in_order:
        names = ", ".join(column.column for column in roles.values())
        message = f"{message}, or {count(len(roles), 'field')} per row: {names}"
    hint = (
        DECIMAL_COMMA_HINT
        if width == len(roles) + 1 and has_decimal_comma(reading.rows[0], reading.separator)
        else None
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
    return any(re.fullmatch(NUMBER, text.strip()) for text in row)


def _unknown_header(reading: Reading, challenge: Challenge, roles: Mapping[str, Column]) -> Finding:
    header, line = reading.rows[0], reading.lines[0]
    shown = listing((quote(name.strip(), LONGEST_NAME_SHOWN) for name in header), 8)
    message = f"the first row is neither a header nor data: {shown}"
    names = [column.column for column in roles.values()]
    following = reading.rows[1] if len(reading.rows) > 1 else []
    if len(names) == 2 and len(following) == 2 and _is_id(following[1], challenge):
        names.reverse()
    hint = f"Replace line {line} with {_header_of(names, len(header), reading)}."
    return rule("header-unknown").finding(message, line=line, hint=hint)


def _is_id(text: str, challenge: Challenge) -> bool:
    return challenge.manifest.find(text.strip()) is not None


def _header_hint(roles: Mapping[str, Column], reading: Reading) -> str:
    names = [column.column for column in roles.values()]
    return f"Start the file with {_header_of(names, len(reading.rows[0]), reading)}."


def _header_of(names: Sequence[str], width: int, reading: Reading) -> str:
    """Describe the header that a file with a number of columns needs."""
    if width > len(names):
        return f"a header of {width:,} names, {listing(names)} among them"
    if reading.delimiter == "tab":
        return f"the header, separated by tabs: {', '.join(names)}"
    return f"the header {reading.separator.join(names)}"
