"""A standalone validator: the toolkit's own check of submissions as one file of Python.

The file has the sources of the modules that the check imports, word for word, so it has the same
rules, messages and limits. Stand-ins take the place of numpy, pydantic and regex. The sources of
PyYAML and pypdf, which are Python too, come from the installed packages. A loader finds the modules
by their names. The challenge is data, without references.
"""

from __future__ import annotations

import ast
import json
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.abc import InspectLoader
from importlib.machinery import FileFinder, ModuleSpec
from importlib.metadata import distribution
from importlib.util import find_spec
from typing import cast

from xacle_eval._version import __version__
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError
from xacle_eval.hosting.challenge_data import challenge_data
from xacle_eval.io.files import read_input

__all__ = [
    "CHECK",
    "LIBRARIES",
    "LOADER",
    "library_notices",
    "literal",
    "module_lines",
    "source_of",
    "standalone_modules",
    "standalone_validator",
]

_NAME = __name__.partition(".")[0]
CHECK = f"{_NAME}.hosting.standalone"
"""The module that checks files, which a standalone validator runs."""
LOADER = f"{_NAME}.hosting.loader"
"""The module whose source begins every generated program."""
_STAND_INS = f"{_NAME}.hosting.stand_ins"
# What takes the place of modules that a standalone validator cannot have.
_REPLACED = {
    "numpy": f"{_STAND_INS}.arrays",
    "numpy.typing": f"{_STAND_INS}.arrays",
    "pydantic": f"{_STAND_INS}.models",
    "regex": f"{_STAND_INS}.expressions",
    f"{_NAME}.challenge.loading": f"{_STAND_INS}.loading",
    f"{_NAME}.submissions.pdf_pages": f"{_STAND_INS}.pdf_pages",
}
_MOST_LICENCE_BYTES = 100_000
LIBRARIES = {"yaml": "PyYAML", "pypdf": "pypdf"}
"""The included libraries: the names of their modules and of their distributions."""


def standalone_validator(challenge: Challenge, *, libraries: bool = True) -> str:
    """Return a program of one file that checks submissions with the standard library alone.

    ``python validator.py FILE...`` prints the document of ``xacle-eval validate --format json`` and
    has its exit code.

    Parameters
    ----------
    challenge : Challenge
        The challenge, with the split in use.
    libraries : bool
        Include PyYAML and pypdf, which descriptions and reports in packages need.

    Returns
    -------
    str
        The program, for Python 3.11 and later.

    Raises
    ------
    ChallengeError
        If a list of the challenge cannot be read.
    UsageError
        If a library is not installed as Python source.
    """
    data = json.dumps(challenge_data(challenge), separators=(",", ":"))
    parts = [
        f'"""Check submissions to {challenge.name}; written by xacle-eval {__version__}.',
        "",
        "Usage: python validator.py FILE...",
        '"""',
        "",
        source_of(LOADER).replace("from __future__ import annotations\n", "", 1),
        *module_lines(standalone_modules(libraries=libraries)),
        f"CHALLENGE = {literal(data)}",
        "install()",
        'if __name__ == "__main__":',
        "    import json",
        f"    from {CHECK} import main",
        "",
        "    sys.exit(main(json.loads(CHALLENGE)))",
        "",
    ]
    return "\n".join(parts)


def module_lines(modules: Mapping[str, tuple[str, bool]]) -> Iterator[str]:
    """Yield the statements that give the loader its modules."""
    for name, (source, is_package) in sorted(modules.items()):
        yield f"SOURCES[{name!r}] = {literal(source)}"
        if is_package:
            yield f"PACKAGES.add({name!r})"


def literal(text: str) -> str:
    """Return a text as a Python literal, readable if it can be."""
    readable = "'''" not in text and not text.endswith(("\\", "'")) and "\r" not in text
    return f"r'''{text}'''" if readable else repr(text)


@cache
def standalone_modules(
    entries: tuple[str, ...] = (CHECK,), *, libraries: bool = True
) -> dict[str, tuple[str, bool]]:
    """Return the source of each module of a program, and whether it is a package.

    Parameters
    ----------
    entries : tuple of str
        The modules that the program calls; by default, the check of submissions.
    libraries : bool
        Include PyYAML and pypdf.
    """
    found: dict[str, tuple[str, bool]] = {}
    waiting = [*entries, *_bundled_metrics()]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        source = source_of(_REPLACED.get(name, name))
        found[name] = source, _is_package(name)
        waiting += [each for each in _imports(source) if each in _REPLACED or _is_own(each)]
        waiting += [name.rpartition(".")[0]] if "." in name else []
    for library in LIBRARIES if libraries else ():
        found.update(_library(library))
    return found


def library_notices() -> list[tuple[str, str, str]]:
    """Return the name, version and licence text of each included library."""
    notices = []
    for name in LIBRARIES.values():
        installed = distribution(name)
        texts = [
            read_input(str(installed.locate_file(file)), _MOST_LICENCE_BYTES).decode("utf-8")
            for file in installed.files or ()
            if file.name.upper().startswith(("LICENSE", "LICENCE"))
        ]
        notices.append((name, installed.version, "\n".join(texts).strip()))
    return notices


def _bundled_metrics() -> list[str]:
    """Return the metrics, which are imported by computed names."""
    name = f"{_NAME}.metrics.bundled"
    return [each for each, _ in _modules_in(find_spec(name)) if each != name]


def _imports(source: str) -> Iterator[str]:
    """Yield the names of the modules that a source imports, also inside functions."""
    tree = ast.parse(source)
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_own(name: str) -> bool:
    return name.partition(".")[0] == _NAME and _spec(name) is not None


def _is_package(name: str) -> bool:
    if name in _REPLACED:
        return name == "numpy"
    spec = _spec(name)
    return spec is not None and spec.submodule_search_locations is not None


def _spec(name: str) -> ModuleSpec | None:
    """Return the specification of an installed module; None if there is none."""
    try:
        return find_spec(name)
    except ModuleNotFoundError:  # the name of a function or class in a module
        return None


def source_of(name: str) -> str:
    """Return the source of a module of the toolkit.

    Raises
    ------
    ModuleNotFoundError
        If there is none.
    """
    source = _text_of(_spec(name))
    if source is None:
        raise ModuleNotFoundError(name)
    return source


def _text_of(spec: ModuleSpec | None) -> str | None:
    """Return the source of a module; None if it has none, such as a compiled one."""
    loader = spec.loader if spec is not None else None
    return loader.get_source(spec.name) if spec and isinstance(loader, InspectLoader) else None


def _library(name: str) -> dict[str, tuple[str, bool]]:
    """Return the modules of an installed library with their sources."""
    found = dict(_modules_in(find_spec(name)))
    if name not in found:
        raise UsageError(f"{LIBRARIES[name]} is not installed as Python source; reinstall it")
    return found


def _modules_in(spec: ModuleSpec | None) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Yield a module and those in it, without an import of them."""
    source = _text_of(spec)
    if spec is None or source is None:
        return
    folders = spec.submodule_search_locations
    yield spec.name, (source, folders is not None)
    for inner in pkgutil.iter_modules(folders or [], f"{spec.name}."):
        yield from _modules_in(cast("FileFinder", inner.module_finder).find_spec(inner.name))
