"""Loads modules from texts: the first part of a generated program, where `SOURCES` is filled."""

from __future__ import annotations
import __future__

import importlib.abc
import importlib.machinery
import sys
from types import CodeType, ModuleType
from typing import Any

SOURCES: dict[str, str] = {}
"""The source of each module by its name."""
PACKAGES: set[str] = set()
"""The names of the modules that contain others."""


class SourceLoader(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds modules in `SOURCES`, and nothing else.

    Parameters
    ----------
    root : str
        The name of the package of all modules, which keeps them apart from other modules of the
        process; without it, they are found before any installed module of the same name.
    """

    def __init__(self, root: str = "") -> None:
        self.root = root

    def name_of(self, fullname: str) -> str:
        """Return the name in `SOURCES` of a module; an empty text for other modules."""
        start = f"{self.root}." if self.root else ""
        return fullname[len(start) :] if fullname.startswith(start) else ""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        """Return the specification of a module; None if its source is not here."""
        if self.name_of(fullname) not in SOURCES:
            return None
        return importlib.machinery.ModuleSpec(
            fullname, self, origin=self.file_of(fullname), is_package=self.is_package(fullname)
        )

    def file_of(self, fullname: str) -> str:
        """Return the file name of a module, for tracebacks."""
        ending = "/__init__.py" if self.is_package(fullname) else ".py"
        return "/standalone/" + self.name_of(fullname).replace(".", "/") + ending

    def is_package(self, fullname: str) -> bool:
        """Return whether a module contains others."""
        return self.name_of(fullname) in PACKAGES

    def get_source(self, fullname: str) -> str:
        """Return the source of a module."""
        return SOURCES[self.name_of(fullname)]

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of a module."""
        # Annotations stay texts: the stand-ins do not have all types that are in them.
        later = __future__.annotations.compiler_flag
        file = self.file_of(fullname)
        code: CodeType = compile(self.get_source(fullname), file, "exec", later, dont_inherit=True)
        return code

    def exec_module(self, module: ModuleType) -> None:
        """Run the code of a module."""
        module.__file__ = self.file_of(module.__name__)
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102 -- modules of this file


def install(root: str = "") -> None:
    """Let ``import`` find the modules of `SOURCES`, all inside one package if it has a name."""
    if not root:
        sys.meta_path.insert(0, SourceLoader())
    elif root not in sys.modules:
        package = ModuleType(root, "The modules of one generated program.")
        package.__path__ = []
        package.MODULES = frozenset(SOURCES)  # type: ignore[attr-defined]
        sys.modules[root] = package
        sys.meta_path.append(SourceLoader(root))
