"""The entry point of the GitHub action: run ``xacle-eval validate`` and set the outputs.

Standard library only. The workspace holds untrusted files, so Python is started isolated
(``-I``): a ``click.py`` in the workspace is never imported. File names are passed to the
command after ``--``, and to git as separate arguments, never through a shell. The runner
also reads workflow commands from stderr, so stderr is captured and printed in a safe form.
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
# Exit codes of `validate` that are verdicts; with any other code, nothing was checked.
_VERDICTS = (0, 1)


class _StopError(Exception):
    """The action cannot continue; the message gives the reason."""


def main() -> int:
    """Run the action and return its exit code."""
    try:
        paths = [line.strip() for line in _input("PATHS").splitlines() if line.strip()]
        if not paths:
            raise _StopError("the input 'paths' is empty: expected at least one file or folder")
        if _flag("CHANGED-ONLY"):
            paths = _changed_submissions(paths)
            if not paths:
                print(
                    "::notice title=xacle-eval::the pull request adds or changes no submissions",
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
        raise _StopError(f"the input {name.casefold()!r} must be true or false, not {word!r}")
    return _WORDS[word]


def _changed_submissions(paths: list[str]) -> list[str]:
    """Return the submissions under the given paths that the pull request adds or changes."""
    base, head = _commits()
    # T: a file was replaced by a link. Without it, the link would count as unchanged.
    compared = ["diff", "--name-only", "-z", "--diff-filter=ACMRT", f"{base}...{head}"]
    done = _run(["git", "--literal-pathspecs", *compared, "--", *paths], stdout=subprocess.PIPE)
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _StopError(
            "git cannot compare the pull request with its base"
            f" ({reason[-1] if reason else 'no reason given'});"
            " set fetch-depth: 0 in actions/checkout"
        )
    names = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
    return [
        name for name in names if name.casefold().endswith(_ENDINGS) and not _is_hidden(name, paths)
    ]


def _is_hidden(name: str, paths: list[str]) -> bool:
    """Return whether a search of the folders skips a file: a name begins with ``.`` or ``_``."""
    file = PurePosixPath(name)
    inside = next((file.relative_to(path).parts for path in paths if file.is_relative_to(path)), ())
    return any(part.startswith((".", "_")) for part in inside)


def _commits() -> tuple[str, str]:
    """Return the commits of a pull request's base and head, from GitHub's event file."""
    try:
        event: Any = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        base, head = (event["pull_request"][end]["sha"] for end in ("base", "head"))
    except (KeyError, TypeError, OSError, ValueError) as error:
        raise _StopError("changed-only requires a pull_request event") from error
    for commit in (base, head):
        if (
            not isinstance(commit, str)
            or not commit
            or any(char not in "0123456789abcdef" for char in commit)
        ):
            raise _StopError("the event file holds an invalid commit hash")
    return base, head


def _workspace() -> str:
    return os.environ.get("GITHUB_WORKSPACE") or str(Path.cwd())


def _run(command: list[str], stdout: int | None) -> subprocess.CompletedProcess[bytes]:
    """Run a command in the workspace and capture its stderr."""
    try:
        return subprocess.run(  # noqa: S603
            command, stdout=stdout, stderr=subprocess.PIPE, check=False, cwd=_workspace()
        )
    except OSError as error:
        # git is not installed, or the file names are too long for one command line.
        raise _StopError(
            f"{Path(command[0]).name} cannot be started: {error.strerror or error}"
        ) from error


def _validate(paths: list[str]) -> int:
    path = _input("RECEIPT")
    with tempfile.TemporaryDirectory() as folder:
        receipt = str(Path(_workspace(), path) if path else Path(folder, "receipt.json"))
        command = [sys.executable, "-I", "-m", "xacle_eval", "validate"]
        command += ["--format", "github", "--receipt", receipt]
        for name in ("CHALLENGE", "SPLIT"):
            command += [f"--{name.lower()}", _input(name)] if _input(name) else []
        command += ["--strict"] if _flag("STRICT") else []
        done = _run([*command, "--", *paths], stdout=None)
        code = done.returncode
        # If nothing was checked, an existing receipt belongs to the pull request.
        files = _receipt_files(receipt) if code in _VERDICTS else []
    _print_stderr(done.stderr.decode("utf-8", "replace").strip(), failed=code not in _VERDICTS)
    _set_outputs(valid="true" if code == 0 else "false", submissions=str(len(files)))
    return code


def _receipt_files(receipt: str) -> list[Any]:
    try:
        return list(json.loads(Path(receipt).read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _print_stderr(text: str, failed: bool) -> None:
    """Print captured stderr: as an annotation after a failure, else with commands stopped."""
    if failed:
        reason = text.removeprefix("error: ") or "xacle-eval failed without a message"
        print(f"::error title=xacle-eval::{_escaped(reason)}", flush=True)
    elif text:
        # A text cannot contain its own hash.
        token = hashlib.sha256(text.encode()).hexdigest()
        print(f"::stop-commands::{token}\n{text}\n::{token}::", flush=True)


def _set_outputs(**outputs: str) -> None:
    """Append the outputs to the file that GitHub names; none of them is untrusted text."""
    path = os.environ.get("GITHUB_OUTPUT")
    if path:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 -- may be a pipe
            file.writelines(f"{name}={value}\n" for name, value in outputs.items())


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.exit(main())
