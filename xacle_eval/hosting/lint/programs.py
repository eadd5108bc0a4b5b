"""The programs of a bundle: their Python files are parsed, never executed."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from typing import NamedTuple

from xacle_eval.hosting.lint.codes import finding
from xacle_eval.hosting.lint.files import Bundle
from xacle_eval.submissions.findings import Finding

__all__ = ["ROUNDS", "Program", "SyntaxCodes", "read_program", "wrapper_of"]

MOST_SOURCE_BYTES = 4_000_000
"""The largest file of a program that is read; larger ones are data."""
MOST_PROGRAM_BYTES = 16_000_000
MOST_CODE_BYTES = 400_000
"""The most code of a program that is parsed, without texts and comments, which cost little."""
_NEWEST = 11
"""The newest version whose syntax every Python that runs this check can tell from older ones."""
ROUNDS = re.compile(rb"\b(?:round|around|quantize|rint)\(")
# Comments and texts; one that is not closed ends with its line or the file.
_TEXTS = re.compile(
    rb"""\#[^\n]*
    | (?<![\w])([rRbBuUfF]{0,2})(?:
        \"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z)
      | '{3}(?:\\.|[^\\])*?(?:'{3}|\Z)
      | "(?:\\.|[^"\\\n])*+"?
      | '(?:\\.|[^'\\\n])*+'?
    )""",
    re.VERBOSE | re.DOTALL,
)
_BREAKS = re.compile(r"[^A-Za-z0-9]+")
_TREE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)


class SyntaxCodes(NamedTuple):
    """The names of the codes for a file that is not valid Python, and for syntax too new."""

    invalid: str
    too_new: str


@dataclass(slots=True)
class Program:
    """A folder or a ZIP with a program, and the trees of the Python files that can be parsed."""

    bundle: Bundle
    sources: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, ast.Module] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def names(self, key: str) -> bool:
        """Return whether the words of a key occur in the program, which can join them.

        A key such as ``QUALITY_SRCC`` can be written as a whole or made from parts.
        """
        words = (re.escape(word.encode()) for word in _BREAKS.split(key) if word)
        return all(
            self.matches(re.compile(rb"(?<![A-Za-z0-9])" + word + rb"(?![A-Za-z0-9])"))
            for word in words
        )

    def matches(self, pattern: re.Pattern[bytes]) -> bool:
        """Return whether a file of the program has a text.

        A program can hold its modules as texts, so the bytes are searched, not the tree.
        """
        return any(pattern.search(data) for data in self.sources.values())


def read_program(bundle: Bundle, minor: int, codes: SyntaxCodes) -> Program:
    """Read the files of a program and parse those of Python.

    Parameters
    ----------
    bundle : Bundle
        The folder or the ZIP.
    minor : int
        The version of Python that runs it, 3.`minor`.
    codes : SyntaxCodes
        The names of the codes for a file that this version cannot run.
    """
    program = Program(bundle)
    left, code = MOST_PROGRAM_BYTES, MOST_CODE_BYTES
    for name in sorted(bundle.files):
        size = bundle.size(name)
        if size > min(left, MOST_SOURCE_BYTES):
            continue
        left -= size
        data = bundle.read(name)
        if data is None:
            continue
        program.sources[name] = data
        if name.endswith(".py"):
            code -= _code_bytes(data)
            if code >= 0:
                _add_tree(program, name, minor, codes)
    if code < 0:
        message = f"over {MOST_CODE_BYTES:,} bytes of Python; the rest is not parsed"
        program.findings.append(finding("file-not-checked", message, file=bundle.inside or None))
    return program


def _code_bytes(data: bytes) -> int:
    """Return the number of bytes outside of comments and texts; f-strings have code in them."""
    texts = (each for each in _TEXTS.finditer(data) if b"f" not in (each[1] or b"").lower())
    return len(data) - sum(each.end() - each.start() for each in texts)


def _add_tree(program: Program, name: str, minor: int, codes: SyntaxCodes) -> None:
    """Parse a file as the platform's Python does, and add its tree or a finding."""
    data = program.sources[name]
    found = _tree(data, min(minor, _NEWEST))
    if isinstance(found, ast.Module):
        program.trees[name] = found
        return
    newer = (n for n in range(minor + 1, _NEWEST + 1) if isinstance(_tree(data, n), ast.Module))
    needed = next(newer, None)
    message = "the file is not valid Python"
    if needed is not None:
        message = f"syntax of Python 3.{needed}; the platform runs 3.{minor}"
    line = found.lineno if isinstance(found, SyntaxError) else None
    which = codes.invalid if needed is None else codes.too_new
    program.findings.append(
        finding(which, message, file=program.bundle.place(name), line=line or None)
    )


def _tree(data: bytes, minor: int) -> ast.Module | BaseException:
    """Return the tree of a file, or why Python 3.`minor` cannot parse it."""
    try:
        with warnings.catch_warnings():
            # Such as an invalid escape sequence, which is no error in any version.
            warnings.simplefilter("ignore")
            return ast.parse(data, feature_version=(3, minor))
    except _TREE_ERRORS as error:
        return error


def wrapper_of(bundle: Bundle) -> str | None:
    """Return the folder around all files, or None if there is none."""
    roots = {name.partition("/")[0] if "/" in name else "" for name in bundle.files}
    return next(iter(roots)) if len(roots) == 1 and "" not in roots else None
