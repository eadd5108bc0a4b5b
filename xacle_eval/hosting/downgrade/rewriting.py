"""A module of the toolkit or of a library, rewritten for Python 3.7."""

from __future__ import annotations

import ast
import re

from xacle_eval.hosting.downgrade.annotations import Annotations
from xacle_eval.hosting.downgrade.bindings import bindings_of
from xacle_eval.hosting.downgrade.calls import Calls
from xacle_eval.hosting.downgrade.formatted import Formatted
from xacle_eval.hosting.downgrade.imports import Imports
from xacle_eval.hosting.downgrade.place import Place
from xacle_eval.hosting.downgrade.walrus import Walrus

__all__ = ["for_python37"]

_REFUSED = {
    "Match": "match",
    "TryStar": "except*",
    "TypeAlias": "a type statement",
    "NamedExpr": "an assignment in an expression outside a function",
    "TemplateStr": "a template string",
}

_DECORATOR = re.compile(r"[\w.]+")


def for_python37(source: str, place: Place) -> str:
    """Return a module that Python 3.7 and all later ones can run.

    Comments and function annotations are lost; the meaning is the same.

    Parameters
    ----------
    source : str
        The module.
    place : Place
        What it is among the modules of a file.

    Raises
    ------
    UsageError
        If it has a construct that cannot be rewritten; the error has module and line.
    """
    tree = ast.parse(source)
    # Each step changes the module itself.
    Annotations(place).visit(tree)
    if ":=" in source:
        Walrus(place).visit(tree)
    rest = _Rest(place, bindings_of(tree))
    rest.visit(tree)
    rest.add_helpers(tree)
    unparsed = ast.unparse(tree) + "\n"
    # The characters in texts become escapes: in long lines, Python 3.7 reads some others wrongly.
    written = unparsed.encode("ascii", "backslashreplace").decode("ascii")
    try:
        ast.parse(written, feature_version=(3, 7))
    except SyntaxError as error:
        line = written.splitlines()[(error.lineno or 1) - 1].strip()
        place.refuse(tree, f"the syntax of {line!r}")
    return written


class _Rest(Imports, Calls, Formatted):
    """The steps that can be one, which takes a third of the time."""

    def visit(self, node: ast.AST) -> ast.AST:
        """Rewrite a node; refuse what no step rewrites."""
        kind = type(node).__name__
        if kind in _REFUSED:
            self._place.refuse(node, _REFUSED[kind])
        if getattr(node, "type_params", None):
            self._place.refuse(node, "a parameter of types")
        for decorator in getattr(node, "decorator_list", ()):
            if not _DECORATOR.fullmatch(ast.unparse(decorator).partition("(")[0]):
                self._place.refuse(decorator, "a decorator other than a name or call of one")
        found: ast.AST = super().visit(node)
        return found

    def visit_Try(self, node: ast.Try) -> ast.AST:
        """Refuse ``continue`` in ``finally``, which Python 3.7 does not compile."""
        for statement in node.finalbody:
            self._check_end(statement)
        self.generic_visit(node)
        return node

    def _check_end(self, node: ast.AST) -> None:
        if isinstance(node, ast.Continue):
            self._place.refuse(node, "continue in finally")
        if not isinstance(node, ast.For | ast.While | ast.FunctionDef | ast.AsyncFunctionDef):
            for child in ast.iter_child_nodes(node):
                self._check_end(child)
