"""Causes of invalid YAML: the line that a writer must change, with the text to write.

A parser reports where it stopped, which is often the line below. These functions look at the line
and the one above for what people write: a value with a colon or with a first character that has a
meaning in YAML, a full-width colon, a colon without a space.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from xacle_eval.text import visible

__all__ = ["YamlCause", "find_cause"]

_FULL_WIDTH = "："
# A key and its value, or an entry of a list; at most as long as a line of the template.
_ENTRY = re.compile(
    r"(?P<before>[ ]*(?:-[ ]+)*(?:[A-Za-z_][\w .-]*:[ \t]+|(?<=[ ])))(?P<value>\S.*)"
)
_TIGHT = re.compile(r"(?P<before>[ ]*(?:-[ ]+)*[A-Za-z_]\w*):(?P<value>[^\s:/].*)")
_WIDE = re.compile(rf"(?P<before>[ ]*(?:-[ ]+)*[A-Za-z_]\w*)[ ]*{_FULL_WIDTH}[ ]*(?P<value>.*)")
# Characters with which a plain value cannot begin, and what each means.
_FIRST = {
    "@": "is reserved",
    "`": "is reserved",
    "%": "begins a directive",
    "*": "begins an alias",
    "&": "begins an anchor",
    "!": "begins a tag",
    "[": "begins a list",
    "{": "begins a mapping",
    "-": "begins a list",
    "?": "begins a key",
    ">": "begins a folded text",
    "|": "begins a text of several lines",
}
_LONGEST = 1_000
_SHOWN = 160


@dataclass(frozen=True, slots=True)
class YamlCause:
    """Why a text is not valid YAML: the message, the place from 1, and the hint."""

    message: str
    line: int
    column: int
    hint: str


def find_cause(lines: list[str], line: int) -> YamlCause | None:
    """Return the cause of an error that a parser reported in a line, if it is known.

    Parameters
    ----------
    lines : list of str
        The lines of the file.
    line : int
        The index of the line in which the parser stopped.
    """
    above = next((n for n in range(min(line, len(lines)) - 1, -1, -1) if lines[n].strip()), None)
    for number in (line, above):
        if number is None or number >= len(lines) or len(lines[number]) > _LONGEST:
            continue
        cause = _wide_colon(lines[number], number) or _tight_colon(lines[number], number)
        if cause is None and number == line:
            cause = _unquoted(lines[number], number)
        if cause is not None:
            return cause
    return None


def _wide_colon(text: str, number: int) -> YamlCause | None:
    found = _WIDE.match(text)
    if found is None:
        return None
    right = f"{found['before'].strip()}: {found['value']}".rstrip()
    return YamlCause(
        "the colon after the key is full-width (U+FF1A)",
        number + 1,
        text.index(_FULL_WIDTH) + 1,
        f"Write the colon of ASCII and a space: {visible(right, _SHOWN)}",
    )


def _tight_colon(text: str, number: int) -> YamlCause | None:
    found = _TIGHT.fullmatch(text)
    if found is None:
        return None
    right = f"{found['before'].strip()}: {found['value']}"
    return YamlCause(
        "there is no space after the colon",
        number + 1,
        found.end("before") + 1,
        f"Write a space after the colon: {visible(right, _SHOWN)}",
    )


def _unquoted(text: str, number: int) -> YamlCause | None:
    """Return the cause for a value that must be in quotation marks."""
    found = _ENTRY.match(text)
    if found is None:
        return None
    value, first = found["value"].rstrip(), found["value"][0]
    if first in _FIRST:
        message = f"the value begins with {first}, which {_FIRST[first]} in YAML"
        place = found.start("value")
    elif first in "\"'":
        message = "there is text after the closing quotation mark"
        place = found.start("value") + value.find(first, 1) + 1
    elif ": " in value or value.endswith(":"):
        message = "a colon is not allowed here; quote a text that has a colon and a space"
        place = found.start("value") + re.search(r":(?: |$)", value).start()  # type: ignore[union-attr]
    else:
        return None
    quoted = "'" + value.replace("'", "''") + "'"
    right = f"{found['before'].strip()} {quoted}"
    hint = f"Put the value in quotation marks: {visible(right, _SHOWN)}"
    return YamlCause(message, number + 1, place + 1, hint)
