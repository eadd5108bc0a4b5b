"""The programs of a bundle: their Python files are parsed, never executed."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from xacle_eval.hosting.lint.codes import finding
from xacle_eval.hosting.lint.files import Bundle
from xacle_eval.submissions.findings import Finding

__all__ = ["Program", "called_names", "read_program", "syntax_findings", "wrapper_of"]

MOST_SOURCE_BYTES = 4_000_000
_OLDEST = 7
# The newest version whose syntax every Python that runs this check can tell from older ones.
_NEWEST = 11
_TREE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(slots=True)
class Program:
    """A folder or a ZIP with a program, and the trees of the Python files that can be parsed."""

    bundle: Bundle
    sources: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, ast.Module] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def contains(self, word: bytes) -> bool:
        """Return whether a file of the program contains a word."""
        return any(word in data for data in self.sources.values())

    def nodes(self) -> Iterator[ast.AST]:
        """Yield every node of every Python file."""
        for tree in self.trees.values():
            yield from ast.walk(tree)


def read_program(bundle: Bundle, invalid: str) -> Program:
    """Read the files of a program and parse those of Python.

    Parameters
    ----------
    bundle : Bundle
        The folder or the ZIP.
    invalid : str
        The name of the code for a file that is not valid Python.
    """
    program = Program(bundle)
    for name in bundle.names():
        data = bundle.read(name) if bundle.size(name) <= MOST_SOURCE_BYTES else None
        if data is None:
            continue
        program.sources[name] = data
        if not name.endswith(".py"):
            continue
        try:
            program.trees[name] = _parse(data)
        except _TREE_ERRORS as error:
            line = error.lineno if isinstance(error, SyntaxError) else None
            message = "the file is not valid Python"
            found = finding(invalid, message, file=bundle.place(name), line=line or None)
            program.findings.append(found)
    return program


def syntax_findings(program: Program, minor: int, name: str) -> Iterator[Finding]:
    """Yield a finding for each Python file with syntax that is too new for Python 3.`minor`."""
    for file in program.trees if _OLDEST <= minor <= _NEWEST else ():
        error = _error(program.sources[file], minor)
        if error is None:
            continue
        newer = range(minor + 1, _NEWEST + 1)
        needed = next((n for n in newer if _error(program.sources[file], n) is None), _NEWEST)
        message = f"syntax of Python 3.{needed}; the platform runs 3.{minor}"
        line = error.lineno if isinstance(error, SyntaxError) else None
        yield finding(name, message, file=program.bundle.place(file), line=line)


def _error(data: bytes, minor: int) -> BaseException | None:
    try:
        _parse(data, minor)
    except _TREE_ERRORS as error:
        return error
    return None


def _parse(data: bytes, minor: int | None = None) -> ast.Module:
    version = None if minor is None else (3, minor)
    with warnings.catch_warnings():
        # Such as an invalid escape sequence, which is no error in any version.
        warnings.simplefilter("ignore")
        return ast.parse(data, feature_version=version)


def called_names(program: Program) -> set[str]:
    """Return the last part of the name of everything that is called: ``exit`` for ``sys.exit``."""
    calls = (node.func for node in program.nodes() if isinstance(node, ast.Call))
    return {str(getattr(func, "attr", getattr(func, "id", ""))) for func in calls}


def wrapper_of(bundle: Bundle) -> str | None:
    """Return the folder around all files, or None if there is none."""
    roots = {name.partition("/")[0] if "/" in name else "" for name in bundle.files}
    return next(iter(roots)) if len(roots) == 1 and "" not in roots else None
