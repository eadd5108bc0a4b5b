"""Annotations: only those of classes stay, because dataclasses and models read them."""

from __future__ import annotations

import ast

from xacle_eval.hosting.downgrade.place import Place

__all__ = ["Annotations"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Annotations(ast.NodeTransformer):
    """Removes what only type checkers read: annotations, casts, ``if TYPE_CHECKING``.

    Parameters
    ----------
    place : Place
        The module.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._in_class = False

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Keep the annotations in the body of a class."""
        self._docstring(node)
        outer, self._in_class = self._in_class, True
        self.generic_visit(node)
        self._in_class = outer
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Remove the annotations of a function and those in it."""
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Remove the annotations of a function and those in it."""
        return self._function(node)

    def _function(self, node: _Function) -> ast.AST:
        if any("singledispatch" in ast.unparse(each) for each in node.decorator_list):
            self._place.refuse(node, "a function whose annotations choose what runs")
        self._docstring(node)
        outer, self._in_class = self._in_class, False
        self.generic_visit(node)
        self._in_class = outer
        node.returns = None
        return node

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """Rewrite a module."""
        self._docstring(node)
        self.generic_visit(node)
        return node

    def _docstring(self, node: ast.Module | ast.ClassDef | _Function) -> None:
        """Remove a docstring, if they are not kept."""
        if not self._place.docstrings and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        """Turn positional-only parameters into ordinary ones."""
        self.generic_visit(node)
        if node.posonlyargs and node.kwarg is not None:
            self._place.refuse(
                node.posonlyargs[0], "a positional-only parameter beside keyword arguments"
            )
        node.args = [*node.posonlyargs, *node.args]
        node.posonlyargs = []
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Remove the annotation of a parameter."""
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """Turn an annotated variable into a plain one, but not in a class."""
        self.generic_visit(node)
        if self._in_class:
            return node
        if node.value is None:
            # In an `if` or a class the statement may be the only one.
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        """Remove what only type checkers or later Pythons run."""
        self.generic_visit(node)
        if ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            return node.orelse or ast.copy_location(ast.Pass(), node)
        newer = _for_newer(node.test)
        if newer is None:
            return node
        # What is written for older Pythons is for all of them.
        return (node.orelse if newer else node.body) or ast.copy_location(ast.Pass(), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace a cast by its value."""
        self.generic_visit(node)
        if ast.unparse(node.func) in ("cast", "typing.cast") and len(node.args) == 2:
            return node.args[1]
        return node


def _for_newer(test: ast.expr) -> bool | None:
    """Return whether a condition is for later Pythons than 3.7 (true) or for 3.7 (false).

    It is None for any other condition.
    """
    if not isinstance(test, ast.Compare) or ast.unparse(test.left) != "sys.version_info":
        return None
    try:
        version = ast.literal_eval(test.comparators[0])
    except ValueError:
        return None
    if not isinstance(version, tuple) or version <= (3, 7):
        return None
    return {ast.GtE: True, ast.Lt: False}.get(type(test.ops[0]))
