"""Where a program can end its own process, which a worker that imports it does not survive."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

__all__ = ["exits"]

# By their full names, however a program imports them.
_ENDS = frozenset(
    (
        "sys.exit",
        "os._exit",
        "os.abort",
        "os.kill",
        "os.killpg",
        "posix._exit",
        "posix.abort",
        "posix.kill",
        "signal.raise_signal",
        "signal.pthread_kill",
        "_thread.interrupt_main",
    )
)
# Calls of any object: a parser's exit ends the process, too.
_CALLED = ("exit", "quit", "_exit")
# argparse ends the process if the arguments, here those of the worker, are not the expected ones.
_PARSES = ("parse_args", "parse_known_args", "parse_intermixed_args")
_PARSER = "argparse"


def exits(trees: dict[str, ast.Module]) -> Iterator[tuple[str, int]]:
    """Yield the file and the line of each place at which a program can end its process.

    What runs only if a file is started as a program is left out.

    Parameters
    ----------
    trees : dict of str to ast.Module
        The files of the program.
    """
    used = Counter(name for tree in trees.values() for name in _used_names(tree))
    for file, tree in trees.items():
        names, started = _imports(tree), Counter(_started_names(tree))
        for node in tree.body:
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if _is_main(node) or (is_function and _only_started(node, used, started)):
                continue
            for each in ast.walk(node):
                if _ends(each, names):
                    yield file, each.lineno  # type: ignore[attr-defined]


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__main__" in ast.dump(node.test)


def _used_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)


def _started_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that are used where a file is started as a program."""
    for node in tree.body:
        if _is_main(node):
            yield from _used_names(node)


def _only_started(node: ast.stmt, used: Counter[str], started: Counter[str]) -> bool:
    """Return whether a function is used only where its file is started as a program."""
    name = getattr(node, "name", "")
    own = Counter(_used_names(node))[name]
    return 0 < started[name] == used[name] - own


def _imports(tree: ast.Module) -> dict[str, str]:
    """Return the full name of each name that a module imports."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                names[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _ends(node: ast.AST, names: dict[str, str]) -> bool:
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
        # Also one that is not called here: it can have another name then.
        return _full_name(node, names) in _ENDS
    if isinstance(node, ast.Call):
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if called in _CALLED:
            return _full_name(node.func, names) not in _ENDS  # otherwise its name is found
        roots = (name.partition(".")[0] for name in names.values())
        return called in _PARSES and _PARSER in roots
    if isinstance(node, ast.Raise):
        raised = getattr(node.exc, "func", node.exc)
        return getattr(raised, "id", getattr(raised, "attr", "")) == "SystemExit"
    return False


def _full_name(node: ast.expr, names: dict[str, str]) -> str:
    """Return the full name of a function of an imported module, which may have another name."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{names.get(node.value.id, '')}.{node.attr}"
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""
