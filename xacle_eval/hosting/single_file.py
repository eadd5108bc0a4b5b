"""The single file: the check of submissions, and a scorer, for any Python since 3.7.

It has the modules of a standalone validator, rewritten by `xacle_eval.hosting.downgrade`. Platforms
import such a file in a process that also runs other challenges. Therefore all modules are in one
package whose name has a digest of the content: they replace no installed module, and two such
files never mix.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from xacle_eval._version import __version__
from xacle_eval.challenge.model import Challenge
from xacle_eval.hosting.bundle import (
    CHECK,
    LOADER,
    challenge_json,
    literal,
    module_lines,
    source_of,
    standalone_modules,
)
from xacle_eval.hosting.downgrade.imports import NEWER_MODULE
from xacle_eval.hosting.downgrade.place import Place
from xacle_eval.hosting.downgrade.rewriting import for_python37

__all__ = ["Entry", "single_file", "single_file_modules"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A function that the file offers: it passes the challenge's data on to a module's function.

    Parameters
    ----------
    name : str
        Its name in the file.
    module, function : str
        The module of the toolkit, and the function there; its first argument is the data.
    """

    name: str
    module: str
    function: str


_VALIDATE = Entry("validate", CHECK, "main")
"""``python single_file.py validate FILE...``"""
_END = '''
def _call(module, function, *arguments, **settings):
    """Call a function of a module of this file."""
    found = importlib.import_module(ROOT + "." + module)
    return getattr(found, function)(json.loads(CHALLENGE), *arguments, **settings)

'''


def single_file(
    challenge: Challenge, entries: Sequence[Entry] = (), *, libraries: bool = True
) -> str:
    """Return a program of one file for Python 3.7 and later, without any other package.

    ``python single_file.py validate FILE...`` prints the document of
    ``xacle-eval validate --format json`` and has its exit code.

    Parameters
    ----------
    challenge : Challenge
        The challenge, with the split in use.
    entries : sequence of Entry, optional
        Further functions. Each can be imported, and ``python single_file.py NAME ARGUMENT...``
        calls it with the list of arguments and exits with its result.
    libraries : bool
        Include PyYAML and pypdf, which descriptions and reports in packages need.

    Returns
    -------
    str
        The program. The same challenge and the same releases give the same bytes.

    Raises
    ------
    ChallengeError
        If a list of the challenge cannot be read.
    UsageError
        If a library is not installed as Python source, or has a construct that cannot be written
        for Python 3.7.
    """
    offered = (_VALIDATE, *entries)
    modules = single_file_modules(tuple(each.module for each in offered), libraries=libraries)
    data = challenge_json(challenge)
    commands = "|".join(each.name for each in offered)
    return "\n".join(
        [
            f'"""Check submissions to {challenge.name}; written by xacle-eval {__version__}.',
            "",
            f"Usage: python single_file.py {commands} ARGUMENT...",
            '"""',
            "",
            _loader(),
            "import json",
            "",
            *module_lines(modules),
            f"CHALLENGE = {literal(data)}",
            f"ROOT = {_root(modules, data)!r}",
            "install(ROOT)",
            "",
            _END,
            *map(_function, offered),
            _main([each.name for each in offered]),
        ]
    )


@cache
def single_file_modules(
    entries: tuple[str, ...] = (CHECK,), *, libraries: bool = True
) -> dict[str, tuple[str, bool]]:
    """Return each module of a single file, rewritten, and whether it is a package.

    Parameters
    ----------
    entries : tuple of str
        The modules that the file calls; by default, the check of submissions.
    libraries : bool
        Include PyYAML and pypdf.

    Raises
    ------
    UsageError
        If a library is not installed as Python source, or has a construct that cannot be written
        for Python 3.7.
    """
    found = standalone_modules((*entries, NEWER_MODULE), libraries=libraries)
    embedded = frozenset(name.partition(".")[0] for name in found)
    return {
        name: (for_python37(source, Place(name, is_package, embedded)), is_package)
        for name, (source, is_package) in found.items()
    }


def _loader() -> str:
    """Return the loader without its docstring and ``from __future__``, which begin a file."""
    rest = ast.parse(source_of(LOADER)).body[2:]
    source = ast.unparse(ast.Module(rest, []))
    return for_python37(source, Place("loader", False, frozenset()))


def _root(modules: Mapping[str, tuple[str, bool]], data: str) -> str:
    """Return the name of the package of all modules, which differs for different content."""
    digest = hashlib.sha256(data.encode())
    for name, (source, _) in sorted(modules.items()):
        digest.update(f"{name}\0{source}\0".encode())
    return f"_xacle_eval_{digest.hexdigest()[:16]}"


def _function(entry: Entry) -> str:
    return (
        f"def {entry.name}(*arguments, **settings):\n"
        f"    return _call({entry.module!r}, {entry.function!r}, *arguments, **settings)\n\n"
    )


def _main(names: Sequence[str]) -> str:
    """Return the end of the program: the first argument is the name of a function."""
    commands = ", ".join(f"{name!r}: {name}" for name in names)
    return f"""
if __name__ == "__main__":
    commands = {{{commands}}}
    if sys.argv[1:2] and sys.argv[1] in commands:
        sys.exit(commands[sys.argv[1]](sys.argv[2:]))
    sys.stderr.write("expected one of these as the first argument: " + ", ".join(commands) + "\\n")
    sys.exit(2)
"""
