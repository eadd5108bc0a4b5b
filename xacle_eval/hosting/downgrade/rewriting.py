"""A module of the toolkit or of a library, rewritten for Python 3.7."""

from __future__ import annotations

import ast

from xacle_eval.hosting.downgrade.annotations import Annotations
from xacle_eval.hosting.downgrade.bindings import bindings_of
from xacle_eval.hosting.downgrade.calls import Calls, Formatted
from xacle_eval.hosting.downgrade.imports import Imports
from xacle_eval.hosting.downgrade.place import Place
from xacle_eval.hosting.downgrade.unions import Unions
from xacle_eval.hosting.downgrade.walrus import Walrus

__all__ = ["for_python37"]

_REFUSED = {
    "Match": "match",
    "TryStar": "except*",
    "TypeAlias": "a type statement",
    "NamedExpr": "an assignment in an expression outside a function",
    "TemplateStr": "a template string",
}


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
    tree = Annotations(place).visit(tree)
    tree = Walrus(place).visit(tree)
    bindings = bindings_of(tree)
    tree = Unions(place, bindings).visit(tree)
    tree = Calls(place, bindings).visit(tree)
    tree = Formatted().visit(tree)
    imports = Imports(place, bindings)
    tree = imports.visit(tree)
    imports.add_helpers(tree)
    for node in ast.walk(tree):
        _check(node, place)
    # The characters in texts become escapes: in long lines, Python 3.7 reads some others wrongly.
    unparsed = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    written = unparsed.encode("ascii", "backslashreplace").decode("ascii")
    try:
        ast.parse(written, feature_version=(3, 7))
    except SyntaxError as error:
        line = written.splitlines()[(error.lineno or 1) - 1].strip()
        place.refuse(tree, f"{error.msg} ({line})")
    return written


def _check(node: ast.AST, place: Place) -> None:
    """Refuse what no step rewrites."""
    kind = type(node).__name__
    if kind in _REFUSED:
        place.refuse(node, _REFUSED[kind])
    if any(not str(getattr(node, name, "")).isascii() for name in ("id", "attr", "arg", "name")):
        place.refuse(node, "a name with other letters than those of English")
    if getattr(node, "type_params", None):
        place.refuse(node, "a parameter of types")
    if isinstance(node, ast.Try):
        for statement in node.finalbody:
            _check_end(statement, place)


def _check_end(node: ast.AST, place: Place) -> None:
    """Refuse ``continue`` in ``finally``, which Python 3.7 does not compile."""
    if isinstance(node, ast.Continue):
        place.refuse(node, "continue in finally")
    if not isinstance(node, ast.For | ast.While | ast.FunctionDef | ast.AsyncFunctionDef):
        for child in ast.iter_child_nodes(node):
            _check_end(child, place)
