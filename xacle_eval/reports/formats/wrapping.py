"""Lines that fit a terminal: text is broken at blanks, long names behind a mark in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

__all__ = ["break_text", "cells", "line_spans", "name_parts", "wrap_lines"]

# Where a word that is longer than a line is broken, in this order: the parts of a signature, the
# folders of a path, a list without blanks, the words of a name, and what else joins two words.
_MARKS = ("|", "/", ",;>", r"_.\-", ":=@&?")
_PARTS = tuple(re.compile(rf"[^{marks}]*[{marks}]+|[^{marks}]+") for marks in _MARKS)
_NAME_PART = re.compile(r"[^|/_.\-\s]*[|/_.\-]+|[^|/_.\-\s]+")
_WORD = re.compile(r"\s*\S+")
_ITEM = re.compile(r" *(?:- |Usage: )?")


def cells(text: str) -> int:
    """Return the width of a text in a terminal's cells; East Asian letters have two."""
    return len(text) if text.isascii() else cell_len(text)


def name_parts(name: str) -> list[str]:
    """Return a name in the parts between which it may be broken."""
    return _NAME_PART.findall(name)


def _split(word: str, limit: int) -> list[str]:
    """Return the parts of a word; those that fit are not split at the lesser marks."""
    parts = [word]
    for pattern in _PARTS:
        parts = [
            piece
            for part in parts
            for piece in ([part] if cells(part) <= limit else pattern.findall(part))
        ]
    return parts


def _places(word: str, limit: int) -> Iterator[str]:
    """Yield the parts of a word that is longer than a line; one without marks, its letters."""
    for part in _split(word, limit):
        if cells(part) <= limit:
            yield part
        else:
            yield from part


def line_spans(text: str, width: int, hang: int = 0) -> list[tuple[int, int]]:
    """Return where each line of a text begins and ends.

    Parameters
    ----------
    text : str
        Text without line breaks; blanks at its beginning belong to the first line.
    width : int
        The width of the terminal in cells.
    hang : int
        The indent of all lines but the first, which the caller adds.
    """
    limit = max(width - hang, 1)
    spans, begin, end, used, room = [], 0, 0, 0, width
    for match in _WORD.finditer(text):
        word = match[0].lstrip()
        start = match.end() - len(word)
        blank = start - end
        if used + blank + cells(word) <= room:
            used, end = used + blank + cells(word), match.end()
            continue
        parts = [word] if cells(word) <= limit else _places(word, limit)
        for part in parts:
            if used + start - end + cells(part) > room and end > begin and text[begin:end].strip():
                spans.append((begin, end))
                begin, end, used, room = start, start, 0, limit
            used, end = used + start - end + cells(part), start + len(part)
            start = end
    return [*spans, (begin, end)]


def break_text(text: str, width: int) -> list[str]:
    """Return the lines of a text in a column; later lines are indented as the first."""
    if cells(text) <= width:
        return [text]
    hang = min(len(text) - len(text.lstrip()), width // 2)
    spans = line_spans(text, width, hang)
    return [
        (" " * hang if place else "") + text[begin:end] for place, (begin, end) in enumerate(spans)
    ]


def wrap_lines(text: str, width: int) -> str:
    """Return text whose lines are at most `width` cells wide; the items of a list hang."""
    lines: list[str] = []
    for line in text.split("\n"):
        found = _ITEM.match(line)
        hang = min(found.end() if found else 0, width // 2)
        spans = line_spans(line, width, hang)
        lines += [(" " * hang if place else "") + line[b:e] for place, (b, e) in enumerate(spans)]
    return "\n".join(lines)
