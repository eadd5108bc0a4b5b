"""Assignments in expressions (``name := value``).

A variable that is assigned in an expression becomes an attribute of an object of its function:
``names("count", value)`` sets ``names.count`` and returns the value. That has the meaning of the
original in every place that an expression can have, also in comprehensions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from xacle_eval.hosting.downgrade.place import NEWER, Place, attribute_of

__all__ = ["Walrus"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Walrus(ast.NodeTransformer):
    """Rewrites the functions that assign in expressions.

    Parameters
    ----------
    place : Place
        The module.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._count = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Rewrite a function."""
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Rewrite a function."""
        return self._function(node)

    def _function(self, node: _Function) -> ast.AST:
        self.generic_visit(node)  # the functions in it first
        targets = {
            each.target.id for each in _in_scope(node.body) if isinstance(each, ast.NamedExpr)
        }
        if not targets:
            return node
        self._count += 1
        holder = f"_names{self._count}"
        self._check(node, targets)
        rename = _Rename(holder, targets)
        body = [rename.visit(each) for each in node.body]
        start = 1 if ast.get_docstring(node, clean=False) is not None else 0
        made = ast.Assign(
            [ast.Name(holder, ast.Store())], ast.Call(attribute_of(NEWER, "Names"), [], [])
        )
        copied = [
            ast.Assign(
                [ast.Attribute(ast.Name(holder, ast.Load()), name, ast.Store())],
                ast.Name(name, ast.Load()),
            )
            for name in _parameters(node.args)
            if name in targets
        ]
        added = [ast.copy_location(each, node) for each in (made, *copied)]
        node.body = [*body[:start], *added, *body[start:]]
        return node

    def _check(self, node: _Function, targets: set[str]) -> None:
        """Refuse a name that another kind of statement binds too, or that a class body has."""
        for each in _in_scope(node.body):
            if set(_bound_otherwise(each)) & targets:
                self._place.refuse(each, "another binding of a name that an expression assigns")
            if isinstance(each, ast.ClassDef | ast.Nonlocal | ast.Global):
                self._place.refuse(each, "a class or declaration beside an assignment in it")
            for inner in ast.walk(each) if isinstance(each, _SCOPES) else ():
                if isinstance(inner, ast.Nonlocal) and set(inner.names) & targets:
                    self._place.refuse(inner, "nonlocal of a name that an expression assigns")


class _Rename(ast.NodeTransformer):
    """Replaces names by attributes, but not where an inner scope has a name of its own."""

    def __init__(self, holder: str, targets: set[str]) -> None:
        self._holder = holder
        self._targets = targets

    def visit(self, node: ast.AST) -> Any:
        """Rewrite a node; an inner scope may have fewer of the names."""
        own = set(_bound_in(node)) & self._targets
        if not own:
            return super().visit(node)
        inner = _Rename(self._holder, self._targets - own)
        for part in ast.iter_child_nodes(node):
            # Only the first iterable of a comprehension belongs to the scope around it.
            if isinstance(part, ast.comprehension):
                part.iter = self.visit(part.iter)
                break
        return inner.visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self._targets:
            return node
        held = ast.Attribute(ast.Name(self._holder, ast.Load()), node.id, node.ctx)
        return ast.copy_location(held, node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        value = self.visit(node.value)
        call = ast.Call(
            ast.Name(self._holder, ast.Load()), [ast.Constant(node.target.id), value], []
        )
        return ast.copy_location(call, node)


def _in_scope(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the nodes of a function, with the functions in it but not what is in those."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _SCOPES):
            waiting += ast.iter_child_nodes(node)


def _parameters(arguments: ast.arguments) -> list[str]:
    more = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return [each.arg for each in (*arguments.args, *arguments.kwonlyargs, *more)]


def _bound_otherwise(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node binds without a name node."""
    if isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ExceptHandler | _Function | ast.ClassDef):
        yield from filter(None, [node.name])


def _bound_in(scope: ast.AST) -> Iterator[str]:
    """Yield the names of an inner function or comprehension; none for any other node."""
    if isinstance(scope, ast.Lambda):
        yield from _parameters(scope.args)
    elif isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _parameters(scope.args)
        for node in _in_scope(scope.body):
            yield from _bound_otherwise(node)
            yield from _stored(node)
    elif isinstance(scope, _COMPREHENSIONS):
        for part in scope.generators:
            for node in ast.walk(part.target):
                yield from _stored(node)


def _stored(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
