"""Calls with arguments newer than Python 3.7, and new methods of text."""

from __future__ import annotations

import ast

from xacle_eval.hosting.downgrade.place import NEWER, attribute_of, called_name
from xacle_eval.hosting.downgrade.unions import Unions

__all__ = ["Calls"]

# Functions with arguments newer than Python 3.7: `strict`, and dictionaries in reversed order.
_REPLACED = {"zip", "reversed"}
_REPLACED_METHODS = {"removeprefix", "removesuffix"}
# Methods that Python 3.7 does not have; the type of their object is unknown here.
_NEW_METHODS = {"bit_count", "is_relative_to", "with_stem", "hardlink_to", "add_note"}
_NEW_ARGUMENTS = {"missing_ok", "usedforsecurity", "dirs_exist_ok", "kw_only"}
_NO_EFFECT = {"slots", "match_args", "weakref_slot"}


class Calls(Unions):
    """Rewrites calls."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Rewrite a call."""
        super().visit_Call(node)
        if self._bindings.origin(node.func) == ("dataclasses", "dataclass"):
            node.keywords = [each for each in node.keywords if each.arg not in _NO_EFFECT]
        name = called_name(node)
        if name in _REPLACED and self._bindings.built_in(name) and (node.keywords or name != "zip"):
            node.func = attribute_of(NEWER, name)
        new = {each.arg or "" for each in node.keywords} & _NEW_ARGUMENTS
        if new:
            self._place.refuse(node, f"the argument {min(new)}=")
        return self._method(node, node.func) if isinstance(node.func, ast.Attribute) else node

    def _method(self, node: ast.Call, method: ast.Attribute) -> ast.AST:
        if method.attr in _NEW_METHODS:
            self._place.refuse(node, f"the method {method.attr}")
        if method.attr in _REPLACED_METHODS:
            node.args = [method.value, *node.args]
            node.func = attribute_of(NEWER, method.attr)
        return node
