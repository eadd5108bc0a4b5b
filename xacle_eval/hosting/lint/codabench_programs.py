"""The checks of a program of a Codabench bundle: its metadata, its command and its scores."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from xacle_eval.hosting.lint.codes import finding
from xacle_eval.hosting.lint.config import Config, read_config
from xacle_eval.hosting.lint.context import Context
from xacle_eval.hosting.lint.files import Bundle
from xacle_eval.hosting.lint.programs import (
    ROUNDS,
    Program,
    SyntaxCodes,
    read_program,
    wrapper_of,
)
from xacle_eval.hosting.lint.score_values import Kind, json_scores
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import quote

__all__ = ["program_findings"]

_METADATA = ("metadata.yaml", "metadata")
# The Python of an image, as its name states it: py37, python3.9, python:3.11-slim.
_PYTHON = re.compile(r"py(?:thon)?[:_-]?3\.?(\d{1,2})")
_DEFAULT_MINOR = 7
_UNKNOWN_MINOR = 99
_OPERATORS = frozenset("();<>|&")
# What the worker replaces in a command.
_PROGRAM = ("/app/program/", "$program/", "$ingestion_program/")
_COMMAND = ("command",)
_SYNTAX = SyntaxCodes("syntax-invalid", "syntax-too-new")
_SCORES_JSON, _SCORES_TXT = re.compile(rb"scores\.json"), re.compile(rb"scores\.txt")
_WRITES_JSON = re.compile(rb"\bjson\.dumps?\(")
_REFUSES_NAN = re.compile(rb"\ballow_nan\s*=\s*False\b")
# What Codabench does with a score that is not a usual number; NaN is refused by `allow_nan=False`.
_VALUES: dict[Kind, tuple[str, str]] = {
    "none": ("score-no-number", "can be None"),
    "word": ("score-no-number", "can be a word"),
    "list": ("score-no-number", "can be a list"),
    "boolean": ("score-converted", "can be true or false"),
    "text": ("score-converted", "can be a text"),
    "large": ("score-too-large", "can be 10,000,000,000 or more"),
}
_LISTS_FOLDER = re.compile(rb"\b(listdir|scandir|iterdir|r?glob|iglob|walk)\(")
_SKIPS_METADATA = re.compile(rb"\bmetadata\b")


def program_findings(context: Context, inner: Bundle, *, scores: bool) -> Iterator[Finding]:
    """Yield the findings about the files of a program; `scores` is whether it writes scores."""
    name = next((name for name in _METADATA if inner.is_file(name)), None)
    if inner.damaged:
        return
    if name is None:
        yield _no_metadata(inner)
        return
    data = inner.read(name)
    if data is None:
        return
    metadata = read_config(data, inner.place(name))
    yield from metadata.findings
    if metadata.value is None:
        return
    command = metadata.get(*_COMMAND)
    if not isinstance(command, str) or not command.strip():
        yield metadata.find("command-missing", _COMMAND, "there is no command")
        return
    found = list(_command(metadata, command, inner))
    yield from found
    program = read_program(inner, _minor(context), _SYNTAX)
    yield from program.findings
    if scores and not found and not program.findings:
        yield from _scores(context, program, metadata)


def _no_metadata(inner: Bundle) -> Finding:
    root = wrapper_of(inner)
    if root is not None and any(inner.is_file(f"{root}/{name}") for name in _METADATA):
        message = f"metadata.yaml is in the folder {quote(root)}"
        return finding("program-wrapped", message, file=inner.inside or None)
    return finding("metadata-missing", "there is no metadata.yaml", file=inner.inside or None)


def _command(metadata: Config, command: str, inner: Bundle) -> Iterator[Finding]:
    try:
        words = shlex.split(command)
        marked = list(shlex.shlex(command, posix=True, punctuation_chars=True))
    except ValueError:
        message = "a quotation mark is opened and never closed"
        yield metadata.find("command-shell", _COMMAND, message)
        return
    # A word with spaces is in quotation marks, such as the argument of `bash -c`.
    has_operator = any(word and set(word) <= _OPERATORS for word in marked)
    if has_operator or any("*" in word and " " not in word for word in words):
        yield metadata.find("command-shell", _COMMAND, f"the command is {quote(command, 100)}")
    for word in words:
        name = _own_file(word)
        if name is not None and not inner.is_file(name):
            message = f"the command names {quote(word, 100)}, which the program does not have"
            yield metadata.find("command-file-missing", _COMMAND, message)


def _own_file(word: str) -> str | None:
    """Return the name of a file of the program in a word of a command, or None."""
    start = next((start for start in _PROGRAM if word.startswith(start)), None)
    if start is not None:
        return word.removeprefix(start).rstrip("/") or None
    # The program's folder is the working directory.
    is_script = word.endswith((".py", ".sh")) and not word.startswith(("/", "$", "-"))
    return word.removeprefix("./") if is_script and " " not in word else None


def _minor(context: Context) -> int:
    """Return the minor version of Python in the image, as far as its name tells."""
    image = context.config.get("docker_image")
    if not isinstance(image, str):
        return _DEFAULT_MINOR
    found = _PYTHON.search(image)
    return int(found[1]) if found else _UNKNOWN_MINOR


def _scores(context: Context, program: Program, metadata: Config) -> Iterator[Finding]:
    """Yield the findings about how a program writes its scores, as far as its text tells."""
    writes_json = program.matches(_SCORES_JSON)
    if program.matches(_SCORES_TXT) or "scores.txt" in program.sources:
        yield metadata.find("scores-txt", _COMMAND, "the program names scores.txt")
    elif not writes_json:
        message = "no file of the program names scores.json"
        yield metadata.find("scores-json-missing", _COMMAND, message)
    if not program.trees or not writes_json:
        return
    yield from _keys(context, program)
    yield from _values(context, program)
    if program.matches(_WRITES_JSON) and not program.matches(_REFUSES_NAN):
        message = "no call of json.dump in the program has allow_nan=False"
        yield metadata.find("scores-not-finite", _COMMAND, message)
    if not program.matches(ROUNDS):
        yield metadata.find("scores-not-rounded", _COMMAND, "the program calls no round")
    if program.matches(_LISTS_FOLDER) and not program.matches(_SKIPS_METADATA):
        message = "the program lists a folder and does not mention metadata"
        yield metadata.find("metadata-in-results", _COMMAND, message)


def _values(context: Context, program: Program) -> Iterator[Finding]:
    """Yield the findings about scores that are no usual numbers."""
    columns = [column for _, column in context.items("leaderboards", 0, "columns")]
    keys = {str(each.get("key")) for each in columns if not each.get("computation")}
    for file, tree in program.trees.items():
        for found in json_scores(tree, keys):
            name = "a score" if found.key is None else f"the score {quote(found.key, 60)}"
            if found.kind in _VALUES:
                which, what = _VALUES[found.kind]
                place = program.bundle.place(file)
                yield finding(which, f"{name} {what}", file=place, line=found.line)


def _keys(context: Context, program: Program) -> Iterator[Finding]:
    """Yield a finding for each column whose key the program does not name.

    Codabench uses the first leaderboard only.
    """
    for location, column in context.items("leaderboards", 0, "columns"):
        key = column.get("key")
        if isinstance(key, str) and not column.get("computation") and not program.names(key):
            message = f"no file of the scoring program has the text {quote(key, 60)}"
            yield context.config.find("score-key-missing", (*location, "key"), message)
