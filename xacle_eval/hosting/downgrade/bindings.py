"""What the names of a module stand for: built-in types, imported classes, modules."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from xacle_eval.hosting.downgrade.place import Place

__all__ = ["Bindings", "Step", "bindings_of"]

_BUILT_IN = {
    "tuple": "Tuple",
    "list": "List",
    "dict": "Dict",
    "set": "Set",
    "frozenset": "FrozenSet",
    "type": "Type",
}
_OTHER_TYPES = {"str", "int", "float", "bool", "bytes", "complex", "object", "bytearray"}
_COLLECTIONS = {
    "defaultdict": "DefaultDict",
    "OrderedDict": "OrderedDict",
    "Counter": "Counter",
    "deque": "Deque",
    "ChainMap": "ChainMap",
}
_ABSTRACT = {"Set": "AbstractSet"}
_CONTEXTS = {
    "AbstractContextManager": "ContextManager",
    "AbstractAsyncContextManager": "AsyncContextManager",
}
# Classes whose parameters only type checkers read, and which have none in Python 3.7.
_WITHOUT = {
    "re": {"Pattern", "Match"},
    "os": {"PathLike", "DirEntry"},
    "contextvars": {"ContextVar", "Token"},
    "contextlib": {"nullcontext", "ExitStack"},
    "functools": {"partial", "cached_property"},
    "subprocess": {"Popen", "CompletedProcess"},
    "types": {"MappingProxyType"},
    "weakref": {"ref", "WeakKeyDictionary", "WeakValueDictionary"},
    "queue": {"Queue"},
    "itertools": {"chain"},
}


@dataclass
class Bindings:
    """What the names of a module stand for.

    Attributes
    ----------
    modules : dict of str to str
        The modules that names stand for, such as ``np`` for ``numpy``.
    imported : dict of str to (str, str)
        The module and the name there of what is imported from a module.
    others : set of str
        All other names that the module binds anywhere but in the body of a class.
    classes : set of str
        Classes and aliases of types of the module itself.
    """

    modules: dict[str, str] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)

    def built_in(self, name: str) -> bool:
        """Return whether a name stands for the built-in of that name."""
        return name not in self.others and name not in self.imported and name not in self.modules

    def origin(self, node: ast.AST) -> tuple[str, str]:
        """Return the module and the name of what an expression stands for; empty if unknown."""
        if isinstance(node, ast.Name) and node.id not in self.others:
            return self.imported.get(node.id, ("", ""))
        if isinstance(node, ast.Attribute):
            module = self.module_of(node.value)
            return (module, node.attr) if module else ("", "")
        return "", ""

    def module_of(self, node: ast.AST) -> str:
        """Return the module that an expression stands for; empty if it is none."""
        if isinstance(node, ast.Name) and node.id not in self.others:
            return self.modules.get(node.id, "") or ".".join(filter(None, self.origin(node)))
        if isinstance(node, ast.Attribute):
            outer = self.module_of(node.value)
            return f"{outer}.{node.attr}" if outer else ""
        return ""

    def generic(self, node: ast.AST) -> str | None:
        """Return the name in `typing` of a class with parameters.

        It is empty for a class that has no parameters in Python 3.7, and None for anything else.
        """
        if isinstance(node, ast.Name) and self.built_in(node.id):
            return _BUILT_IN.get(node.id)
        module, name = self.origin(node)
        if module == "collections.abc":
            return _ABSTRACT.get(name, name)
        known = _COLLECTIONS if module == "collections" else {}
        known = _CONTEXTS if module == "contextlib" and name in _CONTEXTS else known
        return "" if name in _WITHOUT.get(module, ()) else known.get(name)

    def is_type(self, node: ast.AST) -> bool:
        """Return whether an expression surely is a type."""
        if isinstance(node, ast.Constant):
            return node.value is None
        if isinstance(node, ast.Subscript):
            return self.generic(node.value) is not None or self.is_type(node.value)
        if isinstance(node, ast.Name) and self.built_in(node.id):
            return node.id in _BUILT_IN or node.id in _OTHER_TYPES
        if isinstance(node, ast.Name) and node.id in self.classes:
            return True
        return self.origin(node)[0] in ("typing", "typing_extensions", "collections.abc")


class Step(ast.NodeTransformer):
    """What rewrites some constructs of a module.

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


def bindings_of(tree: ast.Module) -> Bindings:
    """Return what the names of a module stand for."""
    found = Bindings()
    _collect(tree, found, in_class=False)
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            found.classes.add(statement.name)
    return found


def _collect(node: ast.AST, found: Bindings, *, in_class: bool) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            found.modules[alias.asname or top] = alias.name if alias.asname else top
    elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
        for alias in node.names:
            found.imported[alias.asname or alias.name] = node.module, alias.name
    elif not in_class:
        found.others.update(_names(node))
    inside = isinstance(node, ast.ClassDef)
    for child in ast.iter_child_nodes(node):
        _collect(child, found, in_class=inside or (in_class and not _is_scope(node)))


def _is_scope(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def _names(node: ast.AST) -> list[str]:
    """Return the names that a node binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    return [node.arg] if isinstance(node, ast.arg) else []
