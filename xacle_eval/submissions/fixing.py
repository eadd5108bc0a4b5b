"""Fixing: write a prediction file again in the form that the challenge asks for.

Only the form changes: encoding, delimiter, header, ids, the way a number is written, row order.
Values are never made up: a row that is missing, repeated, unknown or without a number stays as it
is, and the check of the result reports it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from xacle_eval.challenge.columns import Column, ScoreRange
from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.characters import plain_text
from xacle_eval.submissions.delimiters import has_decimal_comma
from xacle_eval.submissions.findings import SHOWN_LINES
from xacle_eval.submissions.headers import describe_surplus, is_numbered
from xacle_eval.submissions.printed import NUMBER, read_printed
from xacle_eval.submissions.repairs import (
    NotFixableError,
    Row,
    Text,
    find_id,
    is_number,
    names_columns,
    read_text,
)
from xacle_eval.text import count, listing

# A number with a comma, and one whose comma can separate thousands.
_WITH_COMMA = r"(?a:[+-]?\d*,\d+)"
_GROUPED = r"(?a:[+-]?[1-9]\d?\d?,\d{3})"

__all__ = ["Change", "Fixed", "NotFixableError", "fix_predictions"]


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change: what was done, and in which lines of the input."""

    what: str
    lines: tuple[int, ...]

    def __str__(self) -> str:
        if not self.lines:
            return self.what
        if len(self.lines) == 1:
            return f"{self.what}: line {self.lines[0]:,}"
        return f"{self.what}: {count(len(self.lines), 'line')} ({listing(self.lines, SHOWN_LINES)})"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A fixed file: its text before and after, and the changes.

    ``in_place`` has the corrected rows in the lines of the input, for messages about what is left;
    ``changed`` are the lines of the input that were changed.
    """

    before: str
    text: str
    changes: tuple[Change, ...]
    in_place: str
    changed: frozenset[int] = frozenset()


def fix_predictions(data: bytes, challenge: Challenge) -> Fixed:
    """Correct the format of a prediction file.

    Parameters
    ----------
    data : bytes
        The file, decompressed.
    challenge : Challenge
        Its columns (one for each target), manifest and delimiter.

    Returns
    -------
    Fixed
        Without changes, the text is the same. The result can still be invalid.

    Raises
    ------
    NotFixableError
        If the rows or the columns cannot be found without guessing.
    """
    wanted = _wanted(challenge)
    text = read_text(data, challenge, wanted)
    columns = _name_columns(text, challenge, wanted)
    body = text.rows[1:] if text.header else text.rows
    _drop_last_delimiters(text, body)
    for row in body:
        _fix_count(text, row, columns, challenge)
    body = _without_headers(text, body, wanted)
    drop = _surplus_columns(text, body, columns)
    each = challenge.each_target()
    for row in body:
        _fix_id(text, row, columns["id"], challenge)
    for role, place in columns.items():
        if role != "id":
            _fix_values(text, body, place, each[role.removeprefix("prediction ")].scores)
    head = text.rows[:1] if text.header else []
    for row in [*head, *body] if drop else ():
        row.changed = True
        row.fields = [value for place, value in enumerate(row.fields) if place not in drop]
    columns = {
        role: place - sum(n in drop for n in range(place)) for role, place in columns.items()
    }
    in_place = _write_in_place([*head, *body], challenge.separator, list(columns.values()))
    body = _in_order(text, body, columns["id"], challenge)
    if not text.changes:
        return Fixed(text.before, text.before, (), text.before)
    changes = tuple(
        Change(what, tuple(dict.fromkeys(lines))) for what, lines in text.changes.items()
    )
    changed = frozenset(row.line for row in body if row.changed)
    written = _write([*head, *body], challenge.separator, text.newline)
    return Fixed(text.before, written, changes, in_place, changed)


def _wanted(challenge: Challenge) -> dict[str, Column]:
    """Return the columns by role; ``id`` comes first."""
    each = challenge.each_target()
    return {"id": challenge.ids, **{f"prediction {n}": one.predictions for n, one in each.items()}}


def _name_columns(text: Text, challenge: Challenge, roles: Mapping[str, Column]) -> dict[str, int]:
    """Return the column of each role; write the header again if a name is wrong."""
    body = text.rows[1:] if text.header else text.rows
    width = len(text.rows[0].fields)
    names = text.rows[0].fields if text.header else [""] * width
    columns = _by_name(names, roles, {f"prediction {n}" for n in _optional(challenge)})
    if columns is None and width == len(roles) and not text.header:
        columns = {role: place for place, role in enumerate(roles)}
    if columns is None:
        columns = _by_content(names, body, challenge, roles)
    elif _exchanged(body, columns, challenge):
        id_, value = columns["id"], _value_of(columns)
        if text.header:
            columns = {**columns, "id": value, _value_role(columns): id_}
        _exchange_names(text, id_, value)
    if text.header:
        _fix_names(text, columns, roles)
    elif [columns[role] for role in roles] != list(range(width)):
        _add_header(text, columns, roles, width)
    return columns


def _optional(challenge: Challenge) -> list[str]:
    return [name for name, target in challenge.targets.items() if target.optional]


def _by_name(
    names: Sequence[str], roles: Mapping[str, Column], optional: Container[str]
) -> dict[str, int] | None:
    """Return the columns if the header names each of them once, apart from odd characters."""
    columns = {}
    for role, column in roles.items():
        plain = [plain_text(name) for name in names]
        places = [
            place
            for place, name in enumerate(plain)
            if column.matches(name) or column.matches(name.replace(" ", "_"))
        ]
        proper = [place for place in places if plain[place].casefold() == column.column.casefold()]
        if len(places) > 1 and len(proper) == 1:
            places = proper  # as in the check of a file, which warns about the others
        if len(places) > 1:
            raise NotFixableError(f"several columns are named as {column.column}")
        if places:
            columns[role] = places[0]
        elif role not in optional:
            return None
    return columns if len(columns) > 1 else None


def _by_content(
    names: Sequence[str], body: Sequence[Row], challenge: Challenge, roles: Mapping[str, Column]
) -> dict[str, int]:
    """Return the columns that only their content shows: one of ids, and one of numbers."""
    whole = [row.fields for row in body if len(row.fields) == len(names)]
    ids = _columns_where(whole, len(names), lambda text: find_id(text, challenge) is not None)
    counted = {
        place
        for place in range(len(names))
        if _counts([fields[place] for fields in whole]) and len(whole) > 1
    }
    numbers = _columns_where(whole, len(names), is_number)
    if len(names) > 2:
        ids = [place for place in ids if place not in counted] or ids
    numbers = [place for place in numbers if place not in counted and place not in ids]
    known = [name for name in names if name and not any(c.matches(name) for c in roles.values())]
    _refuse_other_kinds(known, challenge)
    if len(roles) != 2 or len(ids) != 1 or len(numbers) != 1:
        raise NotFixableError("the columns of the ids and the predictions cannot be determined")
    if ids[0] in counted and not names[ids[0]]:
        raise NotFixableError("a column without a name has the ids or an index")
    if known and not is_numbered(names, challenge) and len(names) > len(roles) + len(counted):
        raise NotFixableError(f"no column is named {challenge.predictions.column}")
    _, role = roles
    return {"id": ids[0], role: numbers[0]}


def _refuse_other_kinds(names: Sequence[str], challenge: Challenge) -> None:
    """Raise an error if a name is that of a column of references or ratings."""
    for one in challenge.each_target().values():
        for column in (one.references, one.ratings, one.ratings.listener):
            name = next((name for name in names if column.matches(name)), None)
            if name is not None:
                raise NotFixableError(f"the column {name} is not one of predictions")


def _columns_where(
    rows: Sequence[Sequence[str]], width: int, test: Callable[[str], bool]
) -> list[int]:
    """Return the columns in which nine of ten fields pass a test."""
    if not rows:
        return []
    return [
        place
        for place in range(width)
        if sum(test(fields[place]) for fields in rows) >= 0.9 * len(rows)
    ]


def _counts(texts: Sequence[str]) -> bool:
    """Return whether texts count the rows, from 0 or 1, in any order."""
    plain = {text.strip() for text in texts}
    return len(plain) == len(texts) and any(
        plain == {str(n + start) for n in range(len(texts))} for start in (0, 1)
    )


def _value_role(columns: Mapping[str, int]) -> str:
    return next(role for role in columns if role != "id")


def _value_of(columns: Mapping[str, int]) -> int:
    return columns[_value_role(columns)]


def _exchanged(body: Sequence[Row], columns: Mapping[str, int], challenge: Challenge) -> bool:
    """Return whether the column of ids has no id, and that of values only ids."""
    id_, value = columns["id"], _value_of(columns)
    whole = [row.fields for row in body if len(row.fields) > max(id_, value)]
    return bool(whole) and all(
        find_id(fields[value], challenge) is not None and find_id(fields[id_], challenge) is None
        for fields in whole
    )


def _exchange_names(text: Text, one: int, other: int) -> None:
    if text.header:
        header = text.rows[0]
        header.fields[one], header.fields[other] = header.fields[other], header.fields[one]
        text.note("swapped two names in the header", header)
        return
    for row in text.rows:
        row.fields[one], row.fields[other] = row.fields[other], row.fields[one]
        text.note("swapped two columns", row)


def _fix_names(text: Text, columns: Mapping[str, int], roles: Mapping[str, Column]) -> None:
    header = text.rows[0]
    for role, place in columns.items():
        if not roles[role].matches(header.fields[place]):
            header.fields[place] = roles[role].column
            text.note("wrote the header", header)


def _add_header(
    text: Text, columns: Mapping[str, int], roles: Mapping[str, Column], width: int
) -> None:
    fields = [""] * width
    for role, place in columns.items():
        fields[place] = roles[role].column
    header = Row(text.rows[0].line, fields, "", changed=True)
    text.rows.insert(0, header)
    text.header = True
    text.note("wrote the header", header)


def _drop_last_delimiters(text: Text, body: Sequence[Row]) -> None:
    """Remove a delimiter at the end of every line if other rows have too many fields then.

    The fields of a decimal comma are too many only without it.
    """
    rows = [*text.rows[:1], *body] if text.header else []
    ends = all(len(row.fields) > 1 and not row.fields[-1].strip() for row in rows)
    if rows and ends and any(len(row.fields) > len(rows[0].fields) for row in body):
        for row in rows:
            row.fields = row.fields[:-1]
            text.note("removed a delimiter at the end of the row", row)


def _fix_count(text: Text, row: Row, columns: Mapping[str, int], challenge: Challenge) -> None:
    """Correct the number of fields of a row: a last delimiter, a decimal comma, a printed value."""
    width, fields = len(text.rows[0].fields), row.fields
    if len(fields) == width + 1 and not fields[-1].strip():
        row.fields = fields[:-1]
        text.note("removed a delimiter at the end of the row", row)
    elif len(fields) == width - 1 and text.header and not text.rows[0].fields[-1].strip():
        row.fields = [*fields, ""]
    elif len(fields) > width:
        last = challenge.separator.join(fields[width - 1 :])
        printed = read_printed(last.strip())
        if printed is not None and printed.is_wrapped:
            row.fields = [*fields[: width - 1], last]
        elif (
            len(fields) == width + 1
            and has_decimal_comma(fields, challenge.separator)
            # With a column between them, it is unclear which of the fields has the comma.
            and columns["id"] == width - 2
            and max(columns.values()) == width - 1
            and find_id(fields[width - 2], challenge) is not None
        ):
            row.fields = [*fields[:-2], ",".join(part.strip() for part in fields[-2:])]


def _without_headers(text: Text, body: list[Row], roles: Mapping[str, Column]) -> list[Row]:
    """Remove rows that repeat the header, or hold one between rows."""
    header = text.rows[0].fields if text.header else None
    kept = []
    for row in body:
        if row.fields == header or names_columns(row.fields, roles):
            text.note("removed a repeated header", row)
        else:
            kept.append(row)
    return kept


def _surplus_columns(text: Text, body: Sequence[Row], columns: Mapping[str, int]) -> set[int]:
    """Return the columns to remove: an index, and an empty column at the end."""
    if not text.header:
        return set()
    header = text.rows[0]
    drop = set()
    for place, name in enumerate(header.fields):
        if place in columns.values() or describe_surplus(name, place, header.fields) is None:
            continue
        texts = [row.fields[place] for row in body if place < len(row.fields)]
        if place == 0 and _counts(texts):
            drop.add(place)
            text.note("removed the index column", header)
        elif not any(written.strip() for written in texts):
            drop.add(place)
            text.note("removed an empty column", header)
    return drop


def _fix_id(text: Text, row: Row, place: int, challenge: Challenge) -> None:
    if place >= len(row.fields):
        return
    written = row.fields[place]
    if written in challenge.manifest.positions:
        return
    position = find_id(written, challenge)
    if position is None:
        return
    row.fields[place] = challenge.manifest.ids[position]
    text.note("wrote the id as in the manifest", row)


def _fix_values(text: Text, body: Sequence[Row], place: int, scores: ScoreRange) -> None:
    rows = [row for row in body if place < len(row.fields)]
    unclear = _has_unclear_commas([row.fields[place].strip() for row in rows], scores)
    for row in rows:
        if not unclear or "," not in row.fields[place]:
            _fix_value(text, row, place)


def _has_unclear_commas(texts: Sequence[str], scores: ScoreRange) -> bool:
    """Return whether the commas or points of numbers can separate thousands.

    ``1,234`` is a number below 2, or one above 1,000 if the scale has such numbers.
    """
    decimal = [text for text in texts if re.fullmatch(_WITH_COMMA, text)]
    grouped = [text for text in decimal if re.fullmatch(_GROUPED, text)]
    if len(grouped) < len(decimal):  # some commas are decimal, so points may separate thousands
        grouped = [text for text in texts if re.fullmatch(_GROUPED.replace(",", r"\."), text)]
    least, most = scores.allowed
    return bool(grouped) and all(
        least <= float(text.replace(",", "").replace(".", "")) <= most for text in grouped
    )


def _fix_value(text: Text, row: Row, place: int) -> None:
    written = row.fields[place].strip()
    if re.fullmatch(NUMBER, written):
        return
    printed = read_printed(written)
    if printed is None:
        return
    row.fields[place] = printed.number
    kinds = {"comma": "wrote a decimal point", "characters": "wrote a number in ASCII"}
    text.note(kinds.get(printed.kind, "wrote only the number of a printed value"), row)


def _in_order(text: Text, body: list[Row], place: int, challenge: Challenge) -> list[Row]:
    """Sort rows as in the manifest; rows with an unknown id come last, in their order."""
    positions = challenge.manifest.positions
    last = len(positions)

    def position(row: Row) -> int:
        return positions.get(row.fields[place], last) if place < len(row.fields) else last

    ordered = sorted(body, key=position)
    moved = [row.line for row, other in zip(body, ordered, strict=True) if row is not other]
    if moved:
        text.changes["sorted the rows as in the manifest"] = moved
    return ordered


def _write_in_place(rows: list[Row], separator: str, order: Sequence[int]) -> str:
    """Return rows in the lines in which they are in the input.

    ``order`` has the columns of the roles, in which rows are written whose header was added.
    """
    if len(rows) > 1 and rows[0].line == rows[1].line:
        width = len(rows[0].fields)
        whole = [row for row in rows[1:] if len(row.fields) == width]
        others = [row for row in rows[1:] if len(row.fields) != width]
        rows = [Row(row.line, [row.fields[k] for k in order], "", changed=True) for row in whole]
        rows = sorted([*rows, *others], key=lambda row: row.line)
    parts, line = [], 1
    for row in rows:
        written = _write([row], separator, "\n")
        parts += ["\n" * (row.line - line), written]
        line = max(line, row.line) + written.count("\n")
    return "".join(parts)


def _write(rows: Iterable[Row], separator: str, newline: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator=newline)
    for row in rows:
        if row.changed:
            writer.writerow(row.fields)
        else:
            out.write(row.raw.rstrip("\r\n") + newline)
    return out.getvalue()
