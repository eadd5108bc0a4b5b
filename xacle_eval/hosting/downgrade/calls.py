"""Calls with arguments newer than Python 3.7, new methods of text, and formatted strings."""

from __future__ import annotations

import ast

from xacle_eval.hosting.downgrade.bindings import Bindings
from xacle_eval.hosting.downgrade.place import NEWER, Place, attribute_of, called_name

__all__ = ["Calls", "Formatted"]

_REPLACED_METHODS = {"removeprefix", "removesuffix"}
# Methods that Python 3.7 does not have; the type of their object is unknown here.
_NEW_METHODS = {
    "bit_count",
    "is_relative_to",
    "with_stem",
    "hardlink_to",
    "add_note",
    "is_normalized",
    "as_integer_ratio_of",
}
_NEW_ARGUMENTS = {"missing_ok", "usedforsecurity", "dirs_exist_ok", "kw_only", "filter"}
_NO_EFFECT = {"slots", "match_args", "weakref_slot"}


class Calls(ast.NodeTransformer):
    """Rewrites calls.

    Parameters
    ----------
    place : Place
        The module.
    bindings : Bindings
        What its names stand for.
    """

    def __init__(self, place: Place, bindings: Bindings) -> None:
        self._place = place
        self._bindings = bindings

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Rewrite a call."""
        self.generic_visit(node)
        if self._bindings.origin(node.func) == ("dataclasses", "dataclass"):
            node.keywords = [each for each in node.keywords if each.arg not in _NO_EFFECT]
        if called_name(node) == "zip" and self._bindings.built_in("zip") and node.keywords:
            node.func = attribute_of(NEWER, "zip")
        new = {each.arg or "" for each in node.keywords} & _NEW_ARGUMENTS
        if new:
            self._place.refuse(node, f"the argument {min(new)}=")
        return self._method(node) if isinstance(node.func, ast.Attribute) else node

    def _method(self, node: ast.Call) -> ast.AST:
        method = node.func
        assert isinstance(method, ast.Attribute)  # noqa: S101
        if method.attr in _NEW_METHODS:
            self._place.refuse(node, f"the method {method.attr}")
        if method.attr in _REPLACED_METHODS:
            node.args = [method.value, *node.args]
            node.func = attribute_of(NEWER, method.attr)
        return node


class Formatted(ast.NodeTransformer):
    """Turns formatted strings into calls of ``format``, whose syntax is the same everywhere."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Rewrite a formatted string."""
        template, values = self._template(node)
        if not values:
            return ast.copy_location(ast.Constant(template.format()), node)
        format_ = ast.Attribute(ast.Constant(template), "format", ast.Load())
        return ast.copy_location(ast.Call(format_, values, []), node)

    def _template(self, node: ast.JoinedStr) -> tuple[str, list[ast.expr]]:
        """Return the template of a formatted string, and the values in it."""
        template, values = "", []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                field, inside = self._field(part)
                template += field
                values += inside
            else:
                assert isinstance(part, ast.Constant)  # noqa: S101
                template += str(part.value).replace("{", "{{").replace("}", "}}")
        return template, values

    def _field(self, part: ast.FormattedValue) -> tuple[str, list[ast.expr]]:
        value = self.visit(part.value)
        conversion = f"!{chr(part.conversion)}" if part.conversion != -1 else ""
        if part.format_spec is None:
            return f"{{{conversion}}}", [value]
        assert isinstance(part.format_spec, ast.JoinedStr)  # noqa: S101
        spec, values = self._template(part.format_spec)
        return f"{{{conversion}:{spec}}}", [value, *values]
