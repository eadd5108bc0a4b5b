"""Where a construct stands, for the error about one that cannot be rewritten."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import NoReturn

from xacle_eval.errors import UsageError

__all__ = ["NEWER", "TYPING", "Place", "attribute_of", "called_name"]

NEWER = "_newer"
"""What a rewritten module calls the stand-in for functions newer than Python 3.7."""
TYPING = "_typing"
"""What a rewritten module calls `typing`."""


@dataclass(frozen=True)
class Place:
    """A module among those of a single file.

    Parameters
    ----------
    name : str
        Its name.
    is_package : bool
        Whether it contains other modules.
    embedded : frozenset of str
        The names of all packages and single modules in the file.
    docstrings : bool
        Keep the docstrings.
    """

    name: str
    is_package: bool
    embedded: frozenset[str]
    docstrings: bool = True

    def refuse(self, node: ast.AST, problem: str) -> NoReturn:
        """Raise the error about a construct that cannot be rewritten.

        Raises
        ------
        UsageError
            Always.
        """
        line = getattr(node, "lineno", 1)
        raise UsageError(
            f"{self.name}, line {line}: {problem} cannot be written for Python 3.7; "
            "install a release of this library that xacle-eval was tested with, or write the "
            "construct in another way"
        )


def attribute_of(name: str, attribute: str) -> ast.Attribute:
    """Return the expression ``name.attribute``."""
    return ast.Attribute(ast.Name(name, ast.Load()), attribute, ast.Load())


def called_name(node: ast.AST) -> str:
    """Return the plain name that a call has; an empty string for anything else."""
    found = node.func if isinstance(node, ast.Call) else None
    return found.id if isinstance(found, ast.Name) else ""
