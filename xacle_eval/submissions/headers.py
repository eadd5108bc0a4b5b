"""Headers: why the columns of a file cannot be determined.

Each function looks for one cause and returns its findings, or None. They are called only if a file
has no usable header, and read only its first lines.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.characters import name_characters, odd_characters, plain_text
from xacle_eval.submissions.delimiters import (
    read_rows,
    split_inner,
    split_otherwise,
    with_delimiter_hint,
    wrong_delimiter,
)
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.printed import NUMBER
from xacle_eval.submissions.reading import Reading
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.signatures import kind_of_text, text_hint
from xacle_eval.text import count, listing, quote

__all__ = [
    "CONFLICT_MARKS",
    "SEP_LINE",
    "conflict",
    "describe_surplus",
    "explain_header",
    "is_numbered",
    "ratings_in_place",
]

CONFLICT_MARKS = ("<<<<<<<", "=======", ">>>>>>>")
"""The beginnings of the lines with which Git marks a merge conflict."""
SEP_LINE = re.compile(r"(?i)\"?sep=(.)\"?")
"""The line with which Excel names the delimiter."""
# A title and notes have fewer lines.
_SEARCHED_LINES = 20
_LONGEST_LINE = 5_000
_LONGEST_SHOWN = 60
# A column of a listener: rater1, listener_2, score 3.
_NUMBERED = re.compile(r"(.*?[A-Za-z]?)[ _-]?[0-9]{1,4}")
_RATERS = re.compile(r"(?i)rater|listener|annotator|worker|subject|judge|rating|score|evaluator|r$")
_PANDAS_INDEX = re.compile(r"Unnamed: [0-9]+")


@dataclass(frozen=True, slots=True)
class _Case:
    reading: Reading
    challenge: Challenge
    roles: Mapping[str, Column]

    @property
    def header(self) -> list[str]:
        return self.reading.rows[0]

    @property
    def line(self) -> int:
        return self.reading.lines[0]

    def names_all(self, fields: Sequence[str]) -> bool:
        """Return whether fields name every column, once."""
        return all(
            sum(column.matches(name) for name in fields) == 1 for column in self.roles.values()
        )

    def is_data(self, fields: Sequence[str]) -> bool:
        """Return whether fields are those of a row without a header: an id and numbers."""
        if len(fields) != len(self.roles):
            return False
        known = self.challenge.manifest.find(fields[0].strip()) is not None
        return known and all(re.fullmatch(NUMBER, text.strip()) for text in fields[1:])

    def is_readable(self, fields: Sequence[str]) -> bool:
        return self.names_all(fields) or self.is_data(fields)

    @property
    def correct(self) -> str:
        """The header that the file should have."""
        return self.reading.separator.join(column.column for column in self.roles.values())


def explain_header(
    reading: Reading, challenge: Challenge, roles: Mapping[str, Column], faults: list[Finding]
) -> list[Finding]:
    """Return findings that name the cause for which the columns cannot be determined.

    Parameters
    ----------
    reading : Reading
        A file with at least one row.
    challenge : Challenge
        Its columns show whether the file is of another kind.
    roles : mapping of str to Column
        The required columns.
    faults : list of Finding
        What was found; it is returned if no cause is known.
    """
    case = _Case(reading, challenge, roles)
    for cause in _CAUSES:
        found = cause(case)
        if found is not None:
            return found
    return faults


def _foreign_text(case: _Case) -> list[Finding] | None:
    kind = kind_of_text(case.reading.raw)
    if kind is None:
        return None
    message = f"the file is {kind}, expected CSV text"
    return [rule("not-text").finding(message, hint=text_hint(kind))]


def _conflict(case: _Case) -> list[Finding] | None:
    found = conflict(case.reading)
    return None if found is None else [found]


def conflict(reading: Reading) -> Finding | None:
    """Return the finding for the marks of a merge conflict, or None."""
    lines = [
        number
        for number, text in enumerate(reading.raw, start=1)
        if text.startswith(CONFLICT_MARKS)
    ]
    texts = [reading.raw[line - 1] for line in lines]
    if not all(any(text.startswith(mark) for text in texts) for mark in CONFLICT_MARKS):
        return None
    where = listing(lines, 6)
    message = f"lines {where} are marks of a merge conflict, such as {quote(texts[0].rstrip(), 60)}"
    return rule("merge-conflict").finding(message, count=len(lines), lines=lines)


def _lines(case: _Case) -> Iterator[tuple[int, str]]:
    """Yield the first lines that are not blank, with their numbers."""
    for number, text in enumerate(case.reading.raw[:_SEARCHED_LINES], start=1):
        if text.strip() and len(text) <= _LONGEST_LINE:
            yield number, text


def _lines_above(case: _Case) -> list[Finding] | None:
    """Return the findings for a title, a comment or Excel's sep= line above the header."""
    found = next(
        (
            (number, char, fields)
            for number, text in _lines(case)
            if number > case.line
            for char, fields in _readings(text, case)
            if case.names_all(fields) or (case.is_data(fields) and _is_title(case, len(fields)))
        ),
        None,
    )
    if found is None or _is_own_row(case):
        return None
    number, char, fields = found
    what = "header is" if case.names_all(fields) else "data begin"
    first = case.reading.raw[case.line - 1].rstrip("\r\n")
    kind = "the delimiter of Excel" if SEP_LINE.fullmatch(first) else "not a header"
    message = (
        f"line {case.line} is {kind}: {quote(first, _LONGEST_SHOWN)}; the {what} in line {number}"
    )
    lines = f"line {case.line}" if number == case.line + 1 else f"lines {case.line} to {number - 1}"
    findings = [rule("header-unknown").finding(message, line=case.line, hint=f"Delete {lines}.")]
    if char is not None:
        findings.append(_wrong_delimiter(case, char, number))
    return findings


def _is_title(case: _Case, width: int) -> bool:
    """Return whether the first line is no header of unknown names above data of `width` fields."""
    first = case.reading.raw[case.line - 1].strip()
    return len(case.header) != width or SEP_LINE.fullmatch(first) is not None


def _readings(text: str, case: _Case) -> Iterator[tuple[str | None, list[str]]]:
    """Yield the fields of a line with the file's delimiter (None), then with every other one."""
    separator = case.reading.separator
    with contextlib.suppress(csv.Error):
        yield None, next(iter(read_rows([text], separator)), [])
    yield from split_otherwise(text, separator)


def _is_own_row(case: _Case) -> bool:
    """Return whether the first row is a header or data with another delimiter."""
    text = case.reading.raw[case.line - 1]
    if len(text) > _LONGEST_LINE:
        return False
    return any(case.is_readable(fields) for _, fields in _readings(text, case))


def _wrong_delimiter(case: _Case, char: str, line: int) -> Finding:
    separator = case.reading.separator
    finding = rule("wrong-delimiter").finding(wrong_delimiter(char, separator), line=line)
    return with_delimiter_hint(finding, separator)


def _rows_in_quotes(case: _Case) -> list[Finding] | None:
    rows, separator = case.reading.rows, case.reading.separator
    if len(case.header) != 1 or separator not in case.header[0]:
        return None
    inner = split_inner(case.header[0], separator)
    if not case.is_readable(inner):
        return None
    lines = [
        line
        for line, row in zip(case.reading.lines, rows, strict=True)
        if len(row) == 1 and separator in row[0]
    ]
    shown = quote(case.reading.raw[lines[0] - 1].rstrip("\r\n"), _LONGEST_SHOWN)
    message = f"{count(len(lines), 'row')} in one pair of quotation marks: {shown}"
    return [rule("rows-in-quotes").finding(message, count=len(lines), lines=lines)]


def _odd_names(case: _Case) -> list[Finding] | None:
    """Return a finding for each name that is right apart from unusual characters."""
    plain = [plain_text(name) for name in case.header]
    if plain == [name.strip() for name in case.header]:
        return None
    findings = []
    for role, column in case.roles.items():
        if any(column.matches(name) for name in case.header):
            continue
        place = next((i for i, name in enumerate(plain) if _matches(column, name)), None)
        if place is None:
            return None
        written = case.header[place]
        named = name_characters(written)
        if not odd_characters(written) and not named:
            return None
        right = column.column if not column.matches(plain[place]) else plain[place]
        message = f"the column name {quote(written, _LONGEST_SHOWN)} contains {named}"
        begin = case.reading.place(0, place) if role else (case.line, 1)
        hint = f"Write {right}: type the name again."
        findings.append(
            rule("odd-characters").finding(message, line=begin[0], column=begin[1], hint=hint)
        )
    return findings or None


def _matches(column: Column, plain: str) -> bool:
    """Return whether a plain name is that of a column, also with a blank in the place of ``_``."""
    return column.matches(plain) or column.matches(plain.replace(" ", "_"))


def _other_delimiter(case: _Case) -> list[Finding] | None:
    """Return the finding for a delimiter that gives a header or data."""
    text = case.reading.raw[case.line - 1]
    if len(text) > _LONGEST_LINE:
        return None
    found = next(
        (
            char
            for char, fields in split_otherwise(text, case.reading.separator)
            if case.is_readable(fields)
        ),
        None,
    )
    return None if found is None else [_wrong_delimiter(case, found, case.line)]


def _other_kind(case: _Case) -> list[Finding] | None:
    """Return the finding for a file of another kind: predictions, averages or ratings."""
    challenge, header = case.challenge, case.header
    ratings = challenge.ratings
    wanted = _KINDS.get(frozenset(case.roles), _kind_of(case))
    if wanted is None:
        return None

    def first(column: Column) -> str | None:
        return next((name.strip() for name in header if column.matches(name)), None)

    listener, rating = first(ratings.listener), first(ratings)
    reference, prediction = first(challenge.references), first(challenge.predictions)
    own = {column.casefold() for column in challenge.predictions.names[:1]}
    if (
        wanted != "predictions"
        and rating
        and not listener
        and not reference
        and (rating.casefold() not in own)
    ):
        names = ", ".join(ratings.listener.names[:4])
        message = f"{quote(rating)} is the rating column; the listener column ({names}) is missing"
        hint = "Add the column of listeners."
        if wanted == "averages":
            average = challenge.references.column
            hint = f"Add the column of listeners; if the file has averages, write {average}."
        return [rule("column-missing").finding(message, line=case.line, hint=hint)]
    found: tuple[str, str] | None = None
    if wanted != "ratings" and listener and rating:
        found = "ratings of listeners", listener
    elif wanted != "averages" and reference:
        found = "averages", reference
    elif wanted != "predictions" and prediction:
        found = "predictions", prediction
    wide = [] if wanted == "predictions" else _raters(case)
    if wide:
        shown = f"{quote(wide[0])} to {quote(wide[-1])}"
        message = f"one column for each listener ({shown}); expected one row for each rating"
        columns = (challenge.ids.column, ratings.column, ratings.listener.column)
        hint = f"Write one row for each rating, with the columns {', '.join(columns)}."
        return [rule("other-kind").finding(message, line=case.line, hint=hint)]
    if found is None or found[0].startswith(wanted):
        return None
    kind, name = found
    message = (
        f"the file has {kind} (column {quote(name, _LONGEST_SHOWN)}), expected {_EXPECTED[wanted]}"
    )
    return [rule("other-kind").finding(message, line=case.line, hint=_KIND_HINTS[wanted])]


def _results(case: _Case) -> list[Finding] | None:
    """Return the finding for the result of an evaluation in the place of its input."""
    wanted = _KINDS.get(frozenset(case.roles), _kind_of(case))
    names = [name.strip() for name in case.header]
    metrics = {name.casefold() for name in case.challenge.metrics}
    found = [name for name in names if name.casefold() in metrics]
    if [name.casefold() for name in names] == ["metric", "value"]:
        found = names
    if wanted is None or len(found) < 2:
        return None
    shown = listing((quote(name, _LONGEST_SHOWN) for name in found), 4)
    message = f"the file has the results of an evaluation ({shown}), expected {_EXPECTED[wanted]}"
    hint = _KIND_HINTS[wanted]
    if wanted == "predictions":
        hint = "Pass the prediction file that was evaluated."
    return [rule("other-kind").finding(message, line=case.line, hint=hint)]


_KINDS = {
    frozenset({"id", "prediction"}): "predictions",
    frozenset({"id", "reference"}): "averages",
    frozenset({"id", "rating", "listener"}): "ratings",
}
_EXPECTED = {
    "predictions": "predictions",
    "averages": "averages or ratings",
    "ratings": "ratings of listeners",
}
_KIND_HINTS = {
    "predictions": "Pass the prediction file here, and the references with --references.",
    "averages": "Pass the file of averages or ratings with --references; predictions are the "
    "argument FILE.",
    "ratings": "Pass a file with one row for each rating: the id, the rating and the listener.",
}


def _kind_of(case: _Case) -> str | None:
    """Return the kind of file that roles of several targets belong to."""
    return "predictions" if any(role.startswith("prediction") for role in case.roles) else None


def _raters(case: _Case) -> list[str]:
    """Return the columns of single listeners, if a file has two or more."""
    stems: dict[str, list[str]] = defaultdict(list)
    for name in case.header[:1000]:
        match = _NUMBERED.fullmatch(name.strip()[:100])
        if match and _RATERS.search(match[1].rstrip(" _-")):
            stems[match[1].casefold()].append(name.strip())
    longest = max(stems.values(), key=len, default=[])
    return longest if len(longest) > 1 else []


def is_numbered(names: Sequence[str], challenge: Challenge) -> bool:
    """Return whether names are the column numbers that pandas writes: 0, 1 and so on."""
    numbers = [str(number) for number in range(len(names))]
    plain = [name.strip() for name in names]
    return len(names) > 1 and plain == numbers and "0" not in challenge.manifest


def ratings_in_place(reading: Reading, challenge: Challenge) -> Finding | None:
    """Return the finding for a file of ratings whose ratings were read as predictions, or None."""
    header, ratings = reading.rows[0], challenge.ratings
    listener = next((name for name in header if ratings.listener.matches(name)), None)
    if listener is None or not any(ratings.matches(name) for name in header):
        return None
    shown = quote(listener.strip(), _LONGEST_SHOWN)
    message = f"the file has ratings of listeners (column {shown}), expected predictions"
    line, hint = reading.lines[0], _KIND_HINTS["predictions"]
    return rule("other-kind").finding(message, line=line, hint=hint)


def _column_numbers(case: _Case) -> list[Finding] | None:
    """Return the finding for a header of numbers, and for a pandas index without a name."""
    numbers = [name.strip() for name in case.header if name.strip()]
    if is_numbered(numbers, case.challenge):
        names = [column.column for column in case.roles.values()]
        message = f"the header has column numbers, not names: {listing(map(quote, numbers), 6)}"
        in_pandas = f"in pandas, write with header={names} and index=False"
        if len(numbers) == len(case.header) == len(names):
            hint = f"Write the header {case.correct}; {in_pandas}."
        else:
            hint = f"I{in_pandas[1:]}."
        return [rule("header-unknown").finding(message, line=case.line, hint=hint)]
    first = [row[0].strip() for row in case.reading.rows[:_SEARCHED_LINES] if row]
    counted = [str(number) for number in range(len(first))]
    rest = case.header[1:]
    if len(first) > 1 and first == counted and case.is_data(rest):
        message = f"a file with {count(len(case.header), 'field')} per row needs a header"
        hint = "The first column is a pandas index? Write the file with index=False."
        return [rule("header-unknown").finding(message, line=case.line, hint=hint)]
    return None


def describe_surplus(name: str, place: int, names: Sequence[str]) -> tuple[str, str] | None:
    """Return a message and a hint for a column that nobody named, or None.

    Parameters
    ----------
    name : str
        The name of an unused column.
    place : int
        Its place in the header.
    names : sequence of str
        All names.
    """
    if place == 0 and (not name or _PANDAS_INDEX.fullmatch(name)):
        return (
            f"unused column {quote(name)}: a pandas index?",
            "Write the file with index=False to silence this warning.",
        )
    if place == len(names) - 1 and not name:
        return (
            "unused column '': every line ends with a delimiter",
            "Remove the delimiter at the end of the lines to silence this warning.",
        )
    return None


_CAUSES: tuple[Callable[[_Case], list[Finding] | None], ...] = (
    _foreign_text,
    _conflict,
    _odd_names,
    _lines_above,
    _rows_in_quotes,
    _other_delimiter,
    _other_kind,
    _results,
    _column_numbers,
)
