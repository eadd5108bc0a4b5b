"""Delimiters: how a row is split into fields, and the messages about a wrong delimiter.

Comma- and semicolon-separated text follows RFC 4180: a field in quotation marks may contain the
delimiter, line breaks and doubled quotation marks. Tab-separated text has one row per line, and a
quotation mark is an ordinary character, because the texts in such files often contain single ones.
Programs such as R and pandas still quote whole fields, so marks that enclose a field are removed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from xacle_eval.submissions.findings import Finding

__all__ = [
    "DECIMAL_COMMA_HINT",
    "FIELDS",
    "has_decimal_comma",
    "name_of",
    "other_delimiter",
    "read_rows",
    "split_inner",
    "split_otherwise",
    "with_delimiter_hint",
    "wrong_delimiter",
]

FIELDS = {char: rf'(?:"[^"]*+(?:""[^"]*+)*+"?)?+[^{char}]*+' for char in ",;"} | {"\t": r"[^\t]*+"}
"""The regular expression of a field, by the character between fields."""
# A comma can be that of a number or of a text, so it is tried late.
_NAMES = {";": "a semicolon", "\t": "a tab", "|": "a vertical bar", ",": "a comma", " ": "a space"}
# Found only in rows that cannot be read otherwise.
_OTHER_NAMES = {
    "，": "a full-width comma (U+FF0C)",
    "、": "an ideographic comma (U+3001)",
    "；": "a full-width semicolon (U+FF1B)",
    "،": "an Arabic comma (U+060C)",
    ":": "a colon",
}
DECIMAL_COMMA_HINT = "Write a decimal point instead of a decimal comma: 7.5."


def read_rows(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    """Return a reader of rows, which can continue after a csv.Error.

    Parameters
    ----------
    lines : iterable of str
        The lines with their line ends.
    separator : {",", ";", tab}
        The character between fields.
    """
    if separator != "\t":
        return csv.reader(lines, delimiter=separator, strict=True)
    return _TabRows(lines)


class _TabRows:
    def __init__(self, lines: Iterable[str]) -> None:
        self._rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)

    def __iter__(self) -> _TabRows:
        return self

    def __next__(self) -> list[str]:
        return [_unquote(text) if text[:1] == '"' else text for text in next(self._rows)]


def _unquote(text: str) -> str:
    """Return a field without the quotation marks that enclose all of it."""
    inner = text[1:-1]
    if len(text) > 1 and text.endswith('"') and '"' not in inner.replace('""', ""):
        return inner.replace('""', '"')
    return text


def other_delimiter(fields: Sequence[str], separator: str) -> str | None:
    """Return the name of the delimiter that a row uses instead of its own, or None."""
    head = fields[0].strip()
    for char, name in _NAMES.items():
        # The comma of "10500.wav;7,5" is a decimal comma: the first field has the delimiter.
        if char != separator and char in head and (len(fields) == 1 or char in ";\t|"):
            return name
    return None


def wrong_delimiter(found: str, separator: str) -> str:
    """Return the message for another delimiter, given by its name or its character."""
    return f"the delimiter is {name_of(found)}, expected {_NAMES[separator]}"


def name_of(delimiter: str) -> str:
    """Return the name of a delimiter, such as ``a semicolon``, or another text as it is."""
    return _NAMES.get(delimiter) or _OTHER_NAMES.get(delimiter, delimiter)


def split_otherwise(line: str, separator: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the fields of a line with each other delimiter that it contains.

    Yields
    ------
    tuple of (str, list of str)
        The delimiter and the fields, without quotation marks around them.
    """
    text = line.strip("\r\n")
    for char in (*_NAMES, *_OTHER_NAMES):
        if char == separator or char not in text:
            continue
        if char == " ":
            yield char, text.split()
        elif char in FIELDS or char == "|":
            try:
                yield char, next(csv.reader([text], delimiter=char, strict=True), [])
            except csv.Error:
                yield char, [field.strip('" ') for field in text.split(char)]
        else:
            yield char, [field.strip('" ') for field in text.split(char)]


def split_inner(text: str, separator: str) -> list[str]:
    """Return the fields of a row that is one field; empty if it is not a row."""
    try:
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:  # a line break inside the field, or broken quotation marks
        return []


def has_decimal_comma(row: Sequence[str], separator: str) -> bool:
    """Return whether a row ends with a number that a decimal comma splits in two."""
    whole, rest = row[-2:] if len(row) > 1 else ("", "")
    # "rain, 3" is a text with a comma.
    return (
        separator == ","
        and re.fullmatch(r"\s*[+-]?[0-9]+", whole) is not None
        and re.fullmatch(r"[0-9]+\s*", rest) is not None
    )


def with_delimiter_hint(finding: Finding, separator: str) -> Finding:
    """Return a finding whose hint names the delimiter, if it is not a comma."""
    if separator == ",":
        return finding
    name = _NAMES[separator].partition(" ")[2]
    return finding.model_copy(update={"hint": f"Separate the fields with {name}s."})
