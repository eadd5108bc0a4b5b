"""Scores that a program writes as something else than a number, as far as its text tells.

Only expressions whose kind is certain are found: constants, texts that are built, lists. The
program is parsed, never executed.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

__all__ = ["LARGE", "Kind", "WrittenValue", "json_scores", "result_scores"]

Kind = Literal["none", "boolean", "word", "text", "list", "large", "not finite"]
LARGE = 1e10
"""Codabench refuses scores from here on."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_DUMPS = ("dump", "dumps")
_TEXTS = ("str", "repr", "format")
_NUMBERS = ("round", "float", "int", "abs", "float64", "float32")
_KINDS: tuple[tuple[tuple[type[ast.expr], ...], Kind], ...] = (
    ((ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.SetComp, ast.GeneratorExp), "list"),
    ((ast.JoinedStr,), "text"),
    ((ast.Compare,), "boolean"),
)
# Limits that no program reaches whose scores can be read: a bundle can be made to take long.
_MOST_ROOTS, _MOST_STEPS, _MOST_DEPTH = 50, 20, 10


class WrittenValue(NamedTuple):
    """A score that is not a usual number: its key, where it stands, and what it is.

    `key` is None if the program does not spell it, such as in a loop.
    """

    key: str | None
    line: int
    kind: Kind


class _Scope:
    """What the names of a function, or of the module outside of functions, are bound to."""

    def __init__(self, owner: ast.AST, outer: _Scope | None) -> None:
        self.outer = outer
        self.values: dict[str, list[ast.expr]] = {}
        self.stored: dict[str, list[tuple[ast.expr, ast.expr]]] = {}
        self.functions: dict[str, _Scope] = {}
        self.returned: list[ast.expr] = []
        self.nodes = list(_own_nodes(owner))
        for node in self.nodes:
            self._bind(node)

    def _bind(self, node: ast.AST) -> None:
        if isinstance(node, ast.Return) and node.value is not None:
            self.returned.append(node.value)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            self._assign(node.target, node.value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.values.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            self.stored.setdefault(target.value.id, []).append((target.slice, value))

    def find(self, name: str) -> _Scope | None:
        """Return the scope that has a name."""
        has_it = name in self.values or name in self.stored or name in self.functions
        return self if has_it else self.outer.find(name) if self.outer is not None else None


class _Placed(NamedTuple):
    """An expression and the scope of its names."""

    value: ast.expr
    scope: _Scope


def _own_nodes(owner: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function or a module, without those of the functions in it."""
    waiting = list(ast.iter_child_nodes(owner))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _Function | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _scopes(tree: ast.Module) -> list[_Scope]:
    """Return the scopes of a module and of all functions in it."""
    found = [_Scope(tree, None)]
    for scope in found:  # which grows
        for node in scope.nodes:
            if isinstance(node, _Function):
                scope.functions[node.name] = _Scope(node, scope)
                found.append(scope.functions[node.name])
    return found


def json_scores(tree: ast.Module, keys: Collection[str]) -> Iterator[WrittenValue]:
    """Yield unusual scores among what a module writes as JSON, by the keys of some columns.

    Keys that the module does not spell count if it writes one JSON document only.
    """
    roots = [
        _Placed(node.args[0], scope)
        for scope in _scopes(tree)
        for node in scope.nodes
        if isinstance(node, ast.Call) and _name(node.func) in _DUMPS and node.args
    ]
    for root in roots[:_MOST_ROOTS]:
        for key, found in _items(root):
            if key in keys or (key is None and len(roots) == 1):
                yield from _unusual(key, found)


def result_scores(tree: ast.Module, labels: Collection[str]) -> Iterator[WrittenValue]:
    """Yield unusual scores in ``{"result": [{split: {label: score}}]}``, which EvalAI reads."""
    roots = [root for scope in _scopes(tree) for root in _results(scope)]
    splits = [split for root in roots[:_MOST_ROOTS] for split in _elements(root)]
    boards = [board for split in splits[:_MOST_ROOTS] for _, board in _items(split)]
    for board in boards[:_MOST_ROOTS]:
        for key, found in _items(board):
            if key is None or key in labels:
                yield from _unusual(key, found)


def _results(scope: _Scope) -> Iterator[_Placed]:
    """Yield what a scope binds to the key ``result``."""
    for node in scope.nodes:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if _text(key) == "result":
                    yield _Placed(value, scope)
    for stored in scope.stored.values():
        yield from (_Placed(value, scope) for key, value in stored if _text(key) == "result")


def _elements(placed: _Placed) -> Iterator[_Placed]:
    for found in _followed(placed):
        if isinstance(found.value, ast.List | ast.Tuple):
            yield from (_Placed(each, found.scope) for each in found.value.elts)


def _items(placed: _Placed) -> Iterator[tuple[str | None, _Placed]]:
    """Yield the keys and the values of a dict, also those that are stored later."""
    # With `**another`, dicts can be in each other.
    waiting, seen = [placed], 0
    while waiting and seen < _MOST_STEPS:
        seen += 1
        value, scope = waiting.pop()
        owner = scope.find(value.id) if isinstance(value, ast.Name) else None
        stored = owner.stored.get(value.id, []) if isinstance(value, ast.Name) and owner else []
        for key, later in stored:
            yield _text(key), _Placed(later, owner or scope)
        # A value that is stored later replaces the first one.
        replaced = {_text(key) for key, _ in stored} - {None}
        for each in _followed(_Placed(value, scope)):
            waiting += [_Placed(other, each.scope) for other in _others(each.value)]
            for name, found in _pairs(each.value):
                if name is None or name not in replaced:
                    yield name, _Placed(found, each.scope)


def _others(value: ast.expr) -> list[ast.expr]:
    """Return the dicts whose items a dict takes over: ``{**another}``."""
    if not isinstance(value, ast.Dict):
        return []
    pairs = zip(value.keys, value.values, strict=True)
    return [each for key, each in pairs if key is None][:_MOST_STEPS]


def _pairs(value: ast.expr) -> Iterator[tuple[str | None, ast.expr]]:
    """Yield the keys and the values that an expression for a dict spells."""
    if isinstance(value, ast.Dict):
        pairs = zip(value.keys, value.values, strict=True)
        yield from ((_text(key), each) for key, each in pairs if key is not None)
    elif isinstance(value, ast.DictComp):
        yield None, value.value
    elif isinstance(value, ast.Call) and _name(value.func) == "dict":
        yield from ((each.arg, each.value) for each in value.keywords if each.arg is not None)


def _followed(placed: _Placed) -> Iterator[_Placed]:
    """Yield what an expression can be: itself, or what its name or its function stands for."""
    waiting, seen = [placed], set[int]()
    while waiting and len(seen) < _MOST_STEPS:
        value, scope = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        called = value.func if isinstance(value, ast.Call) else None
        name = called if called is not None else value
        owner = scope.find(name.id) if isinstance(name, ast.Name) else None
        if owner is None or not isinstance(name, ast.Name):
            yield _Placed(value, scope)
        elif called is None:
            waiting += [_Placed(each, owner) for each in owner.values.get(name.id, [])]
        elif name.id in owner.functions:
            inner = owner.functions[name.id]
            waiting += [_Placed(each, inner) for each in inner.returned]


def _unusual(key: str | None, placed: _Placed) -> Iterator[WrittenValue]:
    value, scope = placed
    if isinstance(value, ast.Name):
        owner = scope.find(value.id)
        bound = owner.values.get(value.id, []) if owner is not None else []
        # Of several values, another one may be the last.
        if owner is None or len(bound) != 1:
            return
        value, scope = bound[0], owner
    for each in _alternatives(value):
        kind = _kind(each)
        if kind is not None:
            yield WrittenValue(key, each.lineno, kind)


def _alternatives(value: ast.expr) -> Iterator[ast.expr]:
    """Yield what an expression with a condition can be."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.IfExp):
            waiting += [each.body, each.orelse]
        elif isinstance(each, ast.BoolOp):
            # `x or None` can be None; of `x and y`, the first one can be anything false.
            waiting += each.values if isinstance(each.op, ast.Or) else each.values[-1:]
            first = each.values[0]
            if isinstance(each.op, ast.And) and isinstance(first, ast.Constant):
                waiting.append(first)
        else:
            yield each


def _kind(value: ast.expr, depth: int = 0) -> Kind | None:
    """Return what a score is if it is certainly no usual number."""
    if isinstance(value, ast.Constant):
        return _constant_kind(value.value)
    if isinstance(value, ast.Attribute):
        return "not finite" if value.attr in ("nan", "inf", "NaN", "NAN") else None
    if isinstance(value, ast.Call) and depth < _MOST_DEPTH:
        return _call_kind(value, depth)
    if isinstance(value, ast.UnaryOp | ast.BinOp) and depth < _MOST_DEPTH:
        return _operator_kind(value, depth)
    return next((kind for types, kind in _KINDS if isinstance(value, types)), None)


def _operator_kind(value: ast.UnaryOp | ast.BinOp, depth: int) -> Kind | None:
    if isinstance(value, ast.UnaryOp):
        is_sign = isinstance(value.op, ast.USub | ast.UAdd)
        is_not = isinstance(value.op, ast.Not)
        return _kind(value.operand, depth + 1) if is_sign else "boolean" if is_not else None
    parts = [value.left, value.right] if isinstance(value.op, ast.Add) else [value.left]
    has_text = any(_kind(part, depth + 1) in ("text", "word") for part in parts)
    return "text" if has_text else None


def _call_kind(call: ast.Call, depth: int) -> Kind | None:
    name = _name(call.func)
    is_method = isinstance(call.func, ast.Attribute)
    if name in _TEXTS and (not is_method or name == "format"):
        return "text"
    if name in _NUMBERS and call.args:
        first = call.args[0]
        if name == "float" and isinstance(first, ast.Constant) and isinstance(first.value, str):
            return _number_kind(first.value)
        kind = _kind(first, depth + 1)
        return kind if kind in ("large", "not finite") else None
    return "list" if name in ("list", "tuple", "sorted") and not is_method else None


def _constant_kind(value: object) -> Kind | None:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "word" if _number(value) is None else "text"
    if isinstance(value, int | float):
        return _size_kind(value)
    return None


def _number_kind(text: str) -> Kind | None:
    number = _number(text)
    return None if number is None else _size_kind(number)


def _size_kind(number: float) -> Kind | None:
    # A whole number can be too large for a float.
    is_large = abs(number) >= LARGE
    if isinstance(number, float) and not math.isfinite(number):
        return "not finite"
    return "large" if is_large else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _name(function: ast.expr) -> str:
    """Return the last part of the name of a function: ``dump`` of ``json.dump``."""
    found = getattr(function, "attr", getattr(function, "id", ""))
    return found if isinstance(found, str) else ""


def _text(value: ast.expr | None) -> str | None:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    return None
