"""Finding words that this project does not use, in the texts that people read.

The texts of a Python file are its docstrings, comments and string literals; identifiers are not
texts. The words themselves are in ``tests/test_language.py``.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# `name` in prose is an identifier, a file or an option, unless it has several words.
_INLINE_CODE = re.compile(r"``?[^`\s]+``?")


@dataclass(frozen=True)
class Text:
    """A text and the lines of the file that it is in."""

    content: str
    first: int
    last: int


def python_texts(source: str) -> Iterator[Text]:
    """Yield docstrings, comments and string literals of a Python file.

    Consecutive comment lines, adjacent literals and the parts of an f-string are one text each.
    A literal without a blank is a key or a test input and is left out.
    """
    yield from _comments(source)
    tree = ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
              for part in ast.walk(node) if part is not node}  # fmt: skip
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        content = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            content = node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            content = "".join(map(str, parts))
        if " " in content.strip():
            yield Text(content, node.lineno, node.end_lineno or node.lineno)


def _comments(source: str) -> Iterator[Text]:
    block: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line = token.start[0]
        if block and line != last + 1:
            yield Text("\n".join(block), last - len(block) + 1, last)
            block = []
        block.append(token.string.lstrip("# "))
        last = line
    if block:
        yield Text("\n".join(block), last - len(block) + 1, last)


def texts_of(file: Path) -> Iterator[Text]:
    """Yield the texts of a file: parts of a Python file, or everything in a file of prose."""
    content = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        yield from python_texts(content)
    else:
        yield Text(content, 1, content.count("\n") + 1)


def find_words(text: Text, words: dict[str, str], lines: list[str]) -> Iterator[str]:
    """Yield one sentence per unwanted word in a text: the line, the word, the replacement."""
    prose = _INLINE_CODE.sub("`code`", text.content)
    for pattern, replacement in words.items():
        for match in re.finditer(pattern.replace(" ", r"\s+"), prose, re.IGNORECASE):
            words_found = match[0].split()
            line = text.first + prose.count("\n", 0, match.start())
            line = _line_of(words_found[0], line, text, lines)
            yield f"{line}: '{' '.join(words_found)}', write: {replacement}"


def _line_of(word: str, expected: int, text: Text, lines: list[str]) -> int:
    """Return the expected line if it has the word, or else the first line of the text with it.

    Line breaks of joined literals and escapes such as ``\\n`` are not those of the file.
    """
    for line in (expected, *range(text.first, text.last + 1)):
        if line <= text.last and re.search(rf"\b{re.escape(word)}\b", lines[line - 1]):
            return line
    return text.first
