"""Types as values: ``X | Y``, ``list[int]``, and the union of dictionaries."""

from __future__ import annotations

import ast

from xacle_eval.hosting.downgrade.bindings import Step
from xacle_eval.hosting.downgrade.place import NEWER, TYPING, attribute_of, called_name

__all__ = ["Unions"]

# What is certainly neither a type nor a dictionary, so `|` is the operator of Python 3.7.
_PLAIN = (ast.Compare, ast.Set, ast.SetComp, ast.JoinedStr, ast.UnaryOp, ast.BinOp)
_PLAIN_CALLS = ("set", "frozenset", "getattr", "int", "bool")
_FLAG_MODULES = ("os", "re", "stat", "zlib", "errno")


class Unions(Step):
    """Rewrites types in expressions, and ``|`` where Python 3.7 does not have it."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Rewrite the type of an attribute of a class, where each ``|`` is a union."""
        node.annotation = self._in_annotation(node.annotation)
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def _in_annotation(self, node: ast.expr) -> ast.expr:
        if _is_union(node):
            return self._union([self._in_annotation(each) for each in _leaves(node)])
        if isinstance(node, ast.Subscript):
            inner = node.slice
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            form = self._bindings.origin(node.value)[1]
            if form == "Literal":  # of values, not of types
                node.value = attribute_of(NEWER, form)
                return node
            first = 1 if form == "Annotated" else len(parts)
            made = [self._in_annotation(each) for each in parts[:first]]
            made += [self.visit(each) for each in parts[first:]]
            return self._subscript(node, made if isinstance(inner, ast.Tuple) else made[0])
        if isinstance(node, ast.List):  # the parameters of a Callable
            node.elts = [self._in_annotation(each) for each in node.elts]
            return node
        found: ast.expr = self.visit(node)
        return found

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Rewrite a type with parameters."""
        if self._bindings.generic(node.value) is not None:
            return self._in_annotation(node)
        self.generic_visit(node)
        if isinstance(node.slice, ast.Tuple) and any(map(_is_starred, node.slice.elts)):
            # Without parentheses, and so in all Pythons: items[tuple([*first, last])].
            values = ast.List(node.slice.elts, ast.Load())
            node.slice = ast.Call(ast.Name("tuple", ast.Load()), [values], [])
        return node

    def _subscript(self, node: ast.Subscript, inner: ast.expr | list[ast.expr]) -> ast.expr:
        generic = self._bindings.generic(node.value)
        if generic == "":
            return node.value
        node.slice = ast.Tuple(inner, ast.Load()) if isinstance(inner, list) else inner
        node.value = self.visit(node.value) if generic is None else attribute_of(TYPING, generic)
        return node

    def _union(self, members: list[ast.expr]) -> ast.expr:
        return ast.Subscript(
            attribute_of(TYPING, "Union"), ast.Tuple(members, ast.Load()), ast.Load()
        )

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Rewrite a check of types, and a call of a class with parameters."""
        if called_name(node) in ("isinstance", "issubclass") and len(node.args) == 2:
            node.args[1] = self._choices(node.args[1])
        called = node.func
        if isinstance(called, ast.Subscript) and self._bindings.generic(called.value) is not None:
            node.func = called.value
        self.generic_visit(node)
        return node

    def _choices(self, node: ast.expr) -> ast.expr:
        """Return the types of ``isinstance`` as a tuple."""
        if isinstance(node, ast.Tuple):
            node.elts = [self._choices(each) for each in node.elts]
        if not _is_union(node):
            return node
        nothing = ast.Call(ast.Name("type", ast.Load()), [ast.Constant(None)], [])
        kinds = [nothing if isinstance(each, ast.Constant) else each for each in _leaves(node)]
        return ast.Tuple([self._choices(each) for each in kinds], ast.Load())

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Rewrite ``|`` of types and dictionaries."""
        if not _is_union(node):
            self.generic_visit(node)
            return node
        leaves = _leaves(node)
        if any(self._bindings.is_type(each) for each in leaves):
            return self._union([self._in_annotation(each) for each in leaves])
        if any(self._is_plain(each) for each in leaves):
            self.generic_visit(node)
            return node
        made: list[ast.expr] = [self.visit(each) for each in leaves]
        found = made[0]
        for each in made[1:]:
            found = ast.Call(attribute_of(NEWER, "either"), [found, each], [])
        return found

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Rewrite ``|=``, which may be that of dictionaries."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.BitOr) or self._is_plain(node.value):
            return node
        if any(isinstance(each, ast.Call) for each in ast.walk(node.target)):
            self._place.refuse(node, "|= on the result of a call")
        read = ast.parse(ast.unparse(node.target), mode="eval").body
        value = ast.Call(attribute_of(NEWER, "either_in_place"), [read, node.value], [])
        return ast.copy_location(ast.Assign([node.target], value), node)

    def _is_plain(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return isinstance(node.value, int)
        if isinstance(node, ast.Call):
            return called_name(node) in _PLAIN_CALLS
        return isinstance(node, _PLAIN) or self._bindings.origin(node)[0] in _FLAG_MODULES


def _is_union(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)


def _leaves(node: ast.expr) -> list[ast.expr]:
    """Return the operands of a chain of ``|``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_leaves(node.left), *_leaves(node.right)]
    return [node]


def _is_starred(node: ast.AST) -> bool:
    return isinstance(node, ast.Starred)
