"""The single file: the check of submissions and the scorer of platforms, for Python 3.7 and later.

It has the modules of a standalone validator, rewritten by `xacle_eval.hosting.downgrade`. Platforms
import such a file in a process that also runs other challenges. Therefore all modules are in one
package whose name has a digest of the content: they replace no installed module, and two such
files never mix.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from xacle_eval._version import __version__
from xacle_eval.challenge.model import Challenge
from xacle_eval.hosting.bundle import (
    CHECK,
    LIBRARIES,
    LOADER,
    library_notices,
    literal,
    module_lines,
    source_of,
    standalone_modules,
)
from xacle_eval.hosting.downgrade.imports import NEWER_MODULE
from xacle_eval.hosting.downgrade.place import Place
from xacle_eval.hosting.downgrade.rewriting import for_python37
from xacle_eval.hosting.scoring.data import scorer_data

__all__ = ["single_file", "single_file_modules"]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A function of the file, which passes the challenge's data on to a function of a module."""

    name: str
    module: str
    function: str
    is_command: bool


_SCORER = f"{__name__.partition('.')[0]}.hosting.scoring.entry"
_ENTRIES = (
    _Entry("validate", CHECK, "main", is_command=True),
    _Entry("codabench", _SCORER, "codabench", is_command=True),
    _Entry("score", _SCORER, "score_command", is_command=True),
    _Entry("evaluate", _SCORER, "evaluate", is_command=False),
    _Entry("check_upload", _SCORER, "check_upload", is_command=False),
    _Entry("score_upload", _SCORER, "score_upload", is_command=False),
)
_CALL = '''
def _call(module, function, *arguments, **settings):
    """Call a function of a module of this file."""
    found = importlib.import_module(ROOT + "." + module)
    return getattr(found, function)(json.loads(CHALLENGE), *arguments, **settings)

'''


def single_file(
    challenge: Challenge,
    *,
    libraries: bool = True,
    targets: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return a program of one file for Python 3.7 and later, without any other package.

    ``python single_file.py validate FILE...`` prints the document of
    ``xacle-eval validate --format json`` and has its exit code. The commands ``codabench`` and
    ``score``, and the functions ``evaluate(annotations, submission, phase)`` for EvalAI, and
    ``check_upload(submission, phase)`` and ``score_upload(submission, labels, phase, best)`` for
    Hugging Face, are those of `xacle_eval.hosting.scoring.entry`.

    Parameters
    ----------
    challenge : Challenge
        The challenge, with the split in use.
    libraries : bool
        Include PyYAML and pypdf, which descriptions and reports in packages need.
    targets : mapping of str to sequence of str, optional
        The targets that have labels, by phase; by default all targets in all phases.

    Returns
    -------
    str
        The program. The same challenge and the same releases give the same bytes.

    Raises
    ------
    ChallengeError
        If a list of the challenge cannot be read, or the scorer cannot compute its metrics.
    UsageError
        If a library is not installed as Python source, or has a construct that cannot be written
        for Python 3.7.
    """
    modules = single_file_modules(libraries=libraries)
    data = json.dumps(scorer_data(challenge, targets), separators=(",", ":"))
    commands = [each.name for each in _ENTRIES if each.is_command]
    return "\n".join(
        [
            f'"""Check and score submissions to {challenge.name}.',
            "",
            f"Written by xacle-eval {__version__}.",
            "",
            f"Usage: python FILE {'|'.join(commands)} ARGUMENT...",
            '"""',
            "",
            *(_notices() if libraries else ()),
            _loader(),
            "import json",
            "",
            *module_lines(modules),
            f"CHALLENGE = {literal(data)}",
            f"ROOT = {_root(modules, data)!r}",
            "install(ROOT)",
            "",
            _CALL,
            *map(_function, _ENTRIES),
            _main(commands),
        ]
    )


@cache
def single_file_modules(*, libraries: bool = True) -> dict[str, tuple[str, bool]]:
    """Return each module of a single file, rewritten, and whether it is a package.

    Parameters
    ----------
    libraries : bool
        Include PyYAML and pypdf.

    Raises
    ------
    UsageError
        If a library is not installed as Python source, or has a construct that cannot be written
        for Python 3.7.
    """
    found = standalone_modules((CHECK, NEWER_MODULE, _SCORER), libraries=libraries)
    embedded = frozenset(name.partition(".")[0] for name in found)
    return {
        name: (for_python37(source, _place(name, is_package, embedded)), is_package)
        for name, (source, is_package) in found.items()
    }


def _place(name: str, is_package: bool, embedded: frozenset[str]) -> Place:
    """Return the place of a module; the docstrings of libraries would be a sixth of the file."""
    return Place(name, is_package, embedded, name.partition(".")[0] not in LIBRARIES)


def _notices() -> Iterator[str]:
    """Yield the licences of the libraries as comments; both must stay with their sources."""
    for name, version, licence in library_notices():
        yield f"# {name} {version}, rewritten for Python 3.7:"
        yield from (f"# {line}".rstrip() for line in licence.splitlines())
        yield ""


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


def _function(entry: _Entry) -> str:
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
