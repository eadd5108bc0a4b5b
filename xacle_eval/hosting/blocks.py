"""Pages of a platform as blocks of text, written as Markdown for Codabench and HTML for EvalAI.

A text is a str, a `Term`, or a tuple of these; every str is plain text, and is escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xacle_eval.text import visible, visible_lines

__all__ = ["Block", "Code", "Heading", "Items", "Rows", "Term", "Text", "to_html", "to_markdown"]


@dataclass(frozen=True, slots=True)
class Term:
    """A word of code, such as the name of a column."""

    text: str


Text = str | Term | tuple[str | Term, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the title of the page."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Items:
    """A list of items."""

    items: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table with a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of a file or a command."""

    text: str


Block = Text | Heading | Items | Rows | Code

# Backslashes make these characters plain text in Markdown; Codabench takes $ for mathematics.
_ESCAPES = str.maketrans(
    {char: f"\\{char}" for char in "\\`*_{}[]#+!|~$"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)
# What would begin a list at the start of a line: "- ", "1. " or "1) ".
_MARKER = re.compile(r"^([0-9]*)([-.)])")
_BACKTICKS = re.compile(r"`+")
_LONGEST = 1_000


def to_markdown(blocks: Iterable[Block]) -> str:
    """Return blocks as Markdown."""
    return "\n\n".join(map(_markdown_block, blocks)) + "\n"


def to_html(blocks: Iterable[Block]) -> str:
    """Return blocks as HTML, without a page around them."""
    return "\n".join(map(_html_block, blocks)) + "\n"


def _parts(text: Text) -> Sequence[str | Term]:
    return text if isinstance(text, tuple) else (text,)


def _markdown(text: Text) -> str:
    return "".join(
        _code_span(part.text) if isinstance(part, Term) else _plain(part) for part in _parts(text)
    )


def _line(text: Text) -> str:
    """Return a text that begins a line, where spaces and markers have a meaning."""
    return _MARKER.sub(r"\1\\\2", _markdown(text).lstrip(" "))


def _plain(text: str) -> str:
    return visible(text, _LONGEST).translate(_ESCAPES)


def _code_span(text: str) -> str:
    text = visible(text, _LONGEST)
    longest = max((len(found) for found in _BACKTICKS.findall(text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _markdown_block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_plain(block.text)}"
    if isinstance(block, Items):
        return "\n".join(f"- {_line(item)}" for item in block.items)
    if isinstance(block, Code):
        # Indented code ends nowhere in its text, unlike a fence.
        return "\n".join(f"    {line}" for line in _lines(block))
    if isinstance(block, Rows):
        rows = [tuple(map(_plain, block.header)), ("---",) * len(block.header)]
        rows += [tuple(_cell(_markdown(each)) for each in row) for row in block.rows]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return _line(block)


def _cell(text: str) -> str:
    # A bar ends a cell even in a code span; those of plain text have a backslash already.
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def _lines(block: Code) -> list[str]:
    return visible_lines(block.text, keep="\n\t").rstrip("\n").split("\n")


def _html(text: Text) -> str:
    parts = []
    for part in _parts(text):
        if isinstance(part, Term):
            parts.append(f"<code>{html.escape(visible(part.text, _LONGEST))}</code>")
        else:
            parts.append(html.escape(visible(part, _LONGEST)))
    return "".join(parts)


def _html_block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{_html(block.text)}</h{block.level}>"
    if isinstance(block, Items):
        items = "\n".join(f"<li>{_html(item)}</li>" for item in block.items)
        return f"<ul>\n{items}\n</ul>"
    if isinstance(block, Code):
        return f"<pre>{html.escape(chr(10).join(_lines(block)))}</pre>"
    if isinstance(block, Rows):
        header = "".join(f"<th>{_html(each)}</th>" for each in block.header)
        rows = "\n".join(
            f"<tr>{''.join(f'<td>{_html(each)}</td>' for each in row)}</tr>" for row in block.rows
        )
        return f"<table>\n<tr>{header}</tr>\n{rows}\n</table>"
    return f"<p>{_html(block)}</p>"
