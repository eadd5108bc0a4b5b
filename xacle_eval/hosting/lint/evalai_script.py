"""The checks of the evaluation script of an EvalAI bundle, which its worker imports as a package.

The script is parsed, never executed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from xacle_eval.hosting.lint.codes import finding
from xacle_eval.hosting.lint.config import Location
from xacle_eval.hosting.lint.context import Check, Context, find_file
from xacle_eval.hosting.lint.evalai_fields import FILE_CODES
from xacle_eval.hosting.lint.exits import exits
from xacle_eval.hosting.lint.files import Bundle
from xacle_eval.hosting.lint.programs import (
    ROUNDS,
    Program,
    SyntaxCodes,
    read_program,
    wrapper_of,
)
from xacle_eval.hosting.lint.score_values import Kind, result_scores
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import listing, quote

__all__ = ["SCRIPT_CHECKS"]

_KEY = ("evaluation_script",)
_INIT = "__init__.py"
_NAME = "evaluate"
_POSITIONAL = 3
_KEYWORD = "submission_metadata"
_SYNTAX = SyntaxCodes("evalai-syntax-invalid", "evalai-syntax-too-new")
_RESULT, _ERROR = re.compile(rb"[\"']result[\"']"), re.compile(rb"[\"']error[\"']")
# An error bar whose label is filled in: "error_" + label, f"error_{label}", "error_%s".
_ERROR_OF_ANY = re.compile(rb"\berror_[\"'{%]")
_CHECKS_FINITE = re.compile(rb"\bis_?(?:finite|nan)\b")
# What EvalAI does with a score that is not a number. A large number is stored as it is.
_VALUES: dict[Kind, tuple[str, str]] = {
    "none": ("label-missing", "can be None"),
    "boolean": ("evalai-score-no-number", "can be true or false"),
    "word": ("evalai-score-no-number", "can be a word"),
    "list": ("evalai-score-no-number", "can be a list"),
    "text": ("evalai-score-text", "can be a text"),
    "not finite": ("evalai-scores-not-finite", "can be NaN or infinity"),
}
_DEFAULT_MINOR = 9
# The pinned versions of the workers (requirements/worker_py3_*.txt), by their Python.
_PINNED = {
    7: {"numpy": "1.21.0", "scipy": "1.5.4", "pandas": "1.1.4"},
    8: {"numpy": "1.21.0", "scipy": "1.5.4", "pandas": "1.1.4"},
    9: {"numpy": "1.26.4", "scipy": "1.11.4", "pandas": "2.2.3"},
}
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9._-]+)\s*==\s*([0-9][0-9.]*)")


def _script(context: Context) -> Iterator[Finding]:
    config = context.config
    written = config.get(*_KEY)
    if not isinstance(written, str) or not written:
        return
    if not written.endswith(".zip"):
        yield config.find("script-not-zip", _KEY, f"evaluation_script is {quote(written, 100)}")
        return
    name, found = find_file(context, _KEY, FILE_CODES)
    yield from found
    if name is None:
        return
    inner = context.bundle.inner(name)
    if inner is None:
        yield config.find("script-not-zip", _KEY, f"{quote(name, 100)} is not a ZIP")
    elif inner.damaged:
        return
    elif not inner.is_file(_INIT):
        yield _no_init(inner)
    else:
        yield from _package(context, inner)


def _no_init(inner: Bundle) -> Finding:
    root = wrapper_of(inner)
    if root is not None and inner.is_file(f"{root}/{_INIT}"):
        message = f"{_INIT} is in the folder {quote(root)}"
        return finding("script-wrapped", message, file=inner.inside)
    return finding("script-no-init", f"there is no {_INIT}", file=inner.inside)


def _package(context: Context, inner: Bundle) -> Iterator[Finding]:
    version = str(context.config.get("worker_python_version") or "")
    minor = int(version[2:]) if re.fullmatch(r"3\.[789]", version) else _DEFAULT_MINOR
    program = read_program(inner, minor, _SYNTAX)
    yield from program.findings
    yield from _requirements(program, minor)
    if program.findings or _INIT not in program.trees:
        return
    yield from _absolute_imports(program)
    yield from _evaluate(program)
    yield from _exits(program)
    yield from _results(context, program)


def _requirements(program: Program, minor: int) -> Iterator[Finding]:
    text = program.sources.get("requirements.txt", b"").decode("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), 1):
        found = _REQUIREMENT.match(line)
        pinned = _PINNED[minor].get(found[1].lower()) if found else None
        if found and pinned is not None and pinned != found[2]:
            message = f"{found[1]} {found[2]} is required; the worker has {pinned}"
            file = program.bundle.place("requirements.txt")
            yield finding("requirement-pinned", message, file=file, line=number)


def _absolute_imports(program: Program) -> Iterator[Finding]:
    own = {name.partition("/")[0].removesuffix(".py") for name in program.trees} - {"__init__"}
    for file, tree in program.trees.items():
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                if name.partition(".")[0] in own:
                    message = f"{quote(name, 60)} is a module of the script"
                    place = program.bundle.place(file)
                    yield finding("import-absolute", message, file=place, line=_line(node))


def _line(node: ast.AST) -> int | None:
    line: int | None = getattr(node, "lineno", None)
    return line


def _evaluate(program: Program) -> Iterator[Finding]:
    """Yield what is wrong with the function that ``__init__.py`` defines or imports."""
    place = program.bundle.place(_INIT)
    function = _function(program.trees[_INIT])
    if function is not None:
        yield from _signature(program, _INIT, function)
        return
    source = _import_of(program.trees[_INIT])
    if source is None:
        yield finding("init-no-evaluate", f"{_INIT} has no {_NAME}", file=place)
        return
    if not source.level or not source.module:
        return
    path = source.module.replace(".", "/")
    file = next((n for n in (f"{path}.py", f"{path}/{_INIT}") if n in program.sources), None)
    if file is None:
        message = f"there is no module {quote(source.module, 60)}"
        yield finding("evaluate-missing", message, file=place, line=source.lineno)
    elif file in program.trees:
        function = _function(program.trees[file])
        if function is not None:
            yield from _signature(program, file, function)
        elif not _defines(program.trees[file]):
            message = f"{quote(file, 60)} has no {_NAME}"
            yield finding("evaluate-missing", message, file=place, line=source.lineno)


def _function(tree: ast.Module) -> ast.FunctionDef | None:
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == _NAME]
    return found[-1] if found else None


def _import_of(tree: ast.Module) -> ast.ImportFrom | None:
    """Return the import that makes ``evaluate`` known, also one with a star."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(
            (alias.asname or alias.name) in (_NAME, "*") for alias in node.names
        ):
            return node
    return None


def _defines(tree: ast.Module) -> bool:
    """Return whether a module gets ``evaluate`` in another way: an import or an assignment."""
    return _import_of(tree) is not None or any(
        isinstance(node, ast.Name) and node.id == _NAME and isinstance(node.ctx, ast.Store)
        for node in ast.walk(tree)
    )


def _signature(program: Program, file: str, function: ast.FunctionDef) -> Iterator[Finding]:
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args)]
    needed = names[: len(names) - len(given.defaults)]
    keywords = [each.arg for each in given.kwonlyargs]
    takes_three = len(needed) <= _POSITIONAL or set(needed[_POSITIONAL:]) <= {_KEYWORD}
    takes_three = takes_three and (len(names) >= _POSITIONAL or given.vararg is not None)
    takes_keyword = given.kwarg is not None or _KEYWORD in (*names[_POSITIONAL:], *keywords)
    if not takes_three or not takes_keyword:
        message = f"{_NAME} takes ({listing([*names, *keywords], 10)})"
        place = program.bundle.place(file)
        yield finding("evaluate-signature", message, file=place, line=function.lineno)


def _exits(program: Program) -> Iterator[Finding]:
    for file, line in exits(program.trees):
        place = program.bundle.place(file)
        message = "the script can end its process here"
        yield finding("evaluate-exits", message, file=place, line=line)


def _results(context: Context, program: Program) -> Iterator[Finding]:
    """Yield the findings about what ``evaluate`` returns, as far as its texts tell."""
    place, labels = program.bundle.inside, _labels(context)
    if not program.matches(_RESULT):
        yield finding("script-result-missing", 'the script has no text "result"', file=place)
    if not program.matches(_ERROR):
        yield finding("error-bars-none", 'the script has no text "error"', file=place)
    elif not program.matches(_ERROR_OF_ANY):
        missing = [label for label in labels if not program.matches(_error_of(label))]
        if missing:
            message = f"the script has no error bar for {listing(map(quote, missing))}"
            yield finding("error-bar-missing", message, file=place)
    for label, location in labels.items():
        if not program.names(label):
            message = f"the script does not have the text {quote(label, 60)}"
            yield context.config.find("label-missing", location, message)
    if not program.matches(ROUNDS):
        yield finding("evalai-scores-not-rounded", "the script calls no round", file=place)
    yield from _values(program, labels)


def _values(program: Program, labels: dict[str, Location]) -> Iterator[Finding]:
    """Yield the findings about scores that are not finite numbers."""
    for file, tree in program.trees.items():
        for found in result_scores(tree, labels):
            name = "a score" if found.key is None else f"the score {quote(found.key, 60)}"
            if found.kind in _VALUES:
                which, what = _VALUES[found.kind]
                place = program.bundle.place(file)
                yield finding(which, f"{name} {what}", file=place, line=found.line)
    if not program.matches(_CHECKS_FINITE):
        message = "the script does not mention isfinite or isnan"
        yield finding("evalai-scores-not-finite", message, file=program.bundle.inside)


def _error_of(label: str) -> re.Pattern[bytes]:
    return re.compile(rb"\berror_" + re.escape(label.encode("utf-8", "replace")) + rb"(?!\w)")


def _labels(context: Context) -> dict[str, Location]:
    """Return the labels of all leaderboards, each with its first place."""
    found: dict[str, Location] = {}
    for board, _ in context.items("leaderboard"):
        labels = context.config.get(*board, "schema", "labels")
        for number, label in enumerate(labels if isinstance(labels, list) else ()):
            found.setdefault(str(label), (*board, "schema", "labels", number))
    return found


SCRIPT_CHECKS: tuple[Check, ...] = (_script,)
