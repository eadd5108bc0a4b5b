"""The entry of the GitHub action: its inputs to one call of ``xacle-eval validate``, and its
outputs.

Standard library only. The workspace holds files that somebody sent, so Python is started
isolated (``-I``): a ``click.py`` in it is never imported. File names reach the command
behind ``--``, and git as arguments of their own, never through a shell. The runner reads
commands in what is printed on stderr too, so that is held back and printed harmlessly.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

_ENDINGS = (".csv", ".txt", ".zip")
_WORDS = {"true": True, "false": False, "": False}
_USAGE = 2
# Exit codes of `validate` that are verdicts; any other says that nothing was checked.
_VERDICTS = (0, 1)


class _StopError(Exception):
    """The action cannot go on; the message says why."""


def main() -> int:
    """Run the action and return its exit code."""
    try:
        paths = [line.strip() for line in _input("PATHS").splitlines() if line.strip()]
        if not paths:
            raise _StopError("the input paths names nothing")
        if _flag("CHANGED-ONLY"):
            paths = _changed(paths)
            if not paths:
                print(
                    "::notice title=xacle-eval::the pull request adds and changes no submission",
                    flush=True,
                )
                _set_outputs(valid="true", submissions="0")
                return 0
        return _validate(paths)
    except _StopError as error:
        print(f"::error title=xacle-eval::{_escaped(str(error))}", flush=True)
        _set_outputs(valid="false", submissions="0")
        return _USAGE


def _input(name: str) -> str:
    return os.environ.get(f"INPUT_{name.replace('-', '_')}", "").strip()


def _flag(name: str) -> bool:
    word = _input(name).casefold()
    if word not in _WORDS:
        raise _StopError(f"the input {name.casefold()} must be true or false, it is {word!r}")
    return _WORDS[word]


def _changed(paths: list[str]) -> list[str]:
    """Return the submissions below some paths that the pull request adds or changes."""
    base, head = _commits()
    # T is a file that became a link; left out, a link to anything would pass for unchanged.
    compared = ["diff", "--name-only", "-z", "--diff-filter=ACMRT", f"{base}...{head}"]
    done = _run(["git", "--literal-pathspecs", *compared, "--", *paths], stdout=subprocess.PIPE)
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _StopError(f"git cannot compare the pull request with its base ({reason[-1] if reason else 'no reason'});"
                         " check out with fetch-depth: 0")  # fmt: skip
    names = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
    return [
        name for name in names if name.casefold().endswith(_ENDINGS) and not _skipped(name, paths)
    ]


def _skipped(name: str, paths: list[str]) -> bool:
    """Say whether a search of the given folders would skip a file, for a name that begins with
    ``.`` or ``_``.
    """
    file = PurePosixPath(name)
    inside = next((file.relative_to(path).parts for path in paths if file.is_relative_to(path)), ())
    return any(part.startswith((".", "_")) for part in inside)


def _commits() -> tuple[str, str]:
    """Return the commits of a pull request's base and head, from the event that GitHub describes."""
    try:
        event: Any = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        base, head = (event["pull_request"][end]["sha"] for end in ("base", "head"))
    except (KeyError, TypeError, OSError, ValueError) as error:
        raise _StopError("changed-only needs an event of a pull request") from error
    for commit in (base, head):
        if (
            not isinstance(commit, str)
            or not commit
            or any(char not in "0123456789abcdef" for char in commit)
        ):
            raise _StopError("the event names a commit that is none")
    return base, head


def _workspace() -> str:
    return os.environ.get("GITHUB_WORKSPACE") or str(Path.cwd())


def _run(command: list[str], stdout: int | None) -> subprocess.CompletedProcess[bytes]:
    """Run a command in the workspace and hold back its stderr."""
    try:
        return subprocess.run(  # noqa: S603
            command, stdout=stdout, stderr=subprocess.PIPE, check=False, cwd=_workspace()
        )
    except OSError as error:
        # Without git, or with more file names than the system lets a command have.
        raise _StopError(
            f"{Path(command[0]).name} cannot be started: {error.strerror or error}"
        ) from error


def _validate(paths: list[str]) -> int:
    asked = _input("RECEIPT")
    with tempfile.TemporaryDirectory() as folder:
        receipt = str(Path(_workspace(), asked) if asked else Path(folder, "receipt.json"))
        command = [
            sys.executable,
            "-I",
            "-m",
            "xacle_eval",
            "validate",
            "--format",
            "github",
            "--receipt",
            receipt,
        ]
        for name in ("CHALLENGE", "SPLIT"):
            command += [f"--{name.lower()}", _input(name)] if _input(name) else []
        command += ["--strict"] if _flag("STRICT") else []
        done = _run([*command, "--", *paths], stdout=None)
        code = done.returncode
        # Where nothing was checked, a receipt that lies there is the pull request's.
        files = _files(receipt) if code in _VERDICTS else []
    _relay(done.stderr.decode("utf-8", "replace").strip(), failed=code not in _VERDICTS)
    _set_outputs(valid="true" if code == 0 else "false", submissions=str(len(files)))
    return code


def _files(receipt: str) -> list[Any]:
    try:
        return list(json.loads(Path(receipt).read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _relay(text: str, failed: bool) -> None:
    """Print what was held back: as an annotation if nothing was checked, else where commands are
    stopped.
    """
    if failed:
        reason = text.removeprefix("error: ") or "xacle-eval ended without a word"
        print(f"::error title=xacle-eval::{_escaped(reason)}", flush=True)
    elif text:
        # No text can hold its own hash.
        token = hashlib.sha256(text.encode()).hexdigest()
        print(f"::stop-commands::{token}\n{text}\n::{token}::", flush=True)


def _set_outputs(**outputs: str) -> None:
    """Append the action's outputs to the file that GitHub names; none of them is foreign text."""
    path = os.environ.get("GITHUB_OUTPUT")
    if path:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 -- may be a pipe
            file.writelines(f"{name}={value}\n" for name, value in outputs.items())


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.exit(main())
