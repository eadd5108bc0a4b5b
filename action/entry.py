"""The entry point of the GitHub action: run ``xacle-eval validate`` and set the outputs.

The workspace holds untrusted files, so Python is started isolated (``-I``): a ``click.py`` in the
workspace is never imported. File names are passed to the command after ``--``, and to git as
separate arguments, never through a shell. The runner also reads workflow commands from stderr, so
stderr is captured and printed in a safe form. Untrusted names are printed with escapes.

The output ``valid`` is ``true`` only if at least one file was checked, all checked files are valid,
and no link, and with ``changed-only`` no changed file, was left unchecked.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, bundled_challenges, load_challenge
from xacle_eval.errors import XacleEvalError
from xacle_eval.io.folders import write_folder
from xacle_eval.text import count, visible

# An isolated Python does not search the folder of the script.
sys.path.insert(0, str(Path(__file__).resolve().parent))
from changes import (
    Changes,
    PullRequest,
    StopError,
    base_challenge,
    find_changes,
    find_links,
    inside,
    located,
    pull_request,
    refuse_links,
    run,
)

_WORDS = {"true": True, "false": False, "": False}
_USAGE, _BUG = 2, 3
# Exit codes of `validate` that are verdicts; with any other code, nothing was checked.
_VERDICTS = (0, 1)
_ANNOTATED, _LISTED, _LONGEST_NAME = 10, 1_000, 200
_MOST_KEPT = 200_000_000


def main() -> int:
    """Run the action and return its exit code."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _check(Path(folder))
    except (StopError, XacleEvalError) as error:
        reason, code = str(error), _USAGE
    except Exception as error:  # noqa: BLE001 -- a traceback could be read as a command
        reason, code = f"internal error ({type(error).__name__}); please report it", _BUG
    print(f"::error title=xacle-eval::{_escaped(reason)}", flush=True)
    _set_outputs(valid=False, submissions=0, checked=False)
    return code


def _check(temporary: Path) -> int:
    """Check the submissions in the paths; `temporary` is an empty folder."""
    changed_only, strict = _flag("CHANGED-ONLY"), _flag("STRICT")
    paths = _paths()
    receipt, keep = _new_file("RECEIPT"), _new_file("KEEP")
    commits = pull_request()
    challenge = _challenge(commits, temporary / "base")
    changes = Changes(paths, {})
    if changed_only:
        changes = _changes(paths, commits, challenge)
    unchecked = {**find_links(paths), **changes.unchecked}
    if unchecked:
        _print_unchecked(unchecked)
    elif not changes.files:
        _print_nothing(paths)
    if not changes.files:
        _set_outputs(valid=False, submissions=0, checked=False)
        return 1 if unchecked else 0
    written = temporary / "receipt.json"
    code = _validate(changes.files, challenge, strict, written)
    # If nothing was checked, there is no receipt.
    files = _receipt_files(written) if code in _VERDICTS else []
    if code == 0 and (not files or (changed_only and len(files) != len(changes.files))):
        raise StopError(f"{count(len(files), 'file')} of {len(changes.files)} were checked")
    code = code or (1 if unchecked else 0)
    if files:
        _write_results(files, written.read_bytes(), receipt, keep if code == 0 else None)
    checked = bool(files) and not unchecked
    _set_outputs(valid=code == 0 and checked, submissions=len(files), checked=checked)
    return code


def _input(name: str) -> str:
    return os.environ.get(f"INPUT_{name.replace('-', '_')}", "").strip()


def _flag(name: str) -> bool:
    word = _input(name).casefold()
    if word not in _WORDS:
        raise StopError(f"the input {name.casefold()!r} must be true or false, not {word!r}")
    return _WORDS[word]


def _paths() -> list[str]:
    """Return the paths to check: relative to the workspace, and none through a link."""
    given = [line.strip() for line in _input("PATHS").splitlines() if line.strip()]
    if not given:
        raise StopError("the input 'paths' is empty: expected at least one file or folder")
    for path in given:
        refuse_links(path)
    return [inside(path) or path for path in given]


def _new_file(name: str) -> Path | None:
    """Return the path of a result, which replaces nothing and is not written through a link."""
    path = _input(name)
    if not path:
        return None
    refuse_links(path)
    target = located(inside(path) or path)
    if os.path.lexists(target):
        raise StopError(f"{visible(path)} exists: the input {name.casefold()!r} needs a new name")
    return target


def _challenge(commits: PullRequest | None, folder: Path) -> str:
    """Return the challenge; a challenge file is read from the base branch of a pull request."""
    challenge = _input("CHALLENGE") or DEFAULT_CHALLENGE
    if challenge in bundled_challenges() or commits is None:
        return challenge
    return base_challenge(challenge, commits.base, folder)


def _changes(paths: list[str], commits: PullRequest | None, challenge: str) -> Changes:
    if commits is None:
        raise StopError("changed-only requires a pull_request event")
    return find_changes(paths, commits, _endings(challenge))


def _endings(challenge: str) -> tuple[str, ...]:
    path = str(located(challenge)) if os.sep in challenge else challenge
    return (*load_challenge(path).submissions.endings, ".zip")


def _validate(paths: list[str], challenge: str, strict: bool, receipt: Path) -> int:
    command = [sys.executable, "-I", "-m", "xacle_eval", "validate"]
    command += ["--format", "github", "--receipt", str(receipt)]
    command += ["--challenge", challenge]
    command += ["--split", _input("SPLIT")] if _input("SPLIT") else []
    command += ["--strict"] if strict else []
    done = run([*command, "--", *paths], stdout=None)
    code = int(done.returncode)
    _print_stderr(done.stderr.decode("utf-8", "replace").strip(), failed=code not in _VERDICTS)
    return code


def _receipt_files(receipt: Path) -> list[Any]:
    return list(json.loads(receipt.read_text(encoding="utf-8"))["files"])


def _write_results(files: list[Any], text: bytes, receipt: Path | None, keep: Path | None) -> None:
    """Write the receipt, and a new folder with the receipt and the checked files."""
    try:
        if receipt is not None:
            # "x" creates the file, and fails if a link or file has the name.
            with receipt.open("xb") as stream:
                stream.write(text)
        if keep is not None:
            write_folder(keep, {**_copies(files), "receipt.json": text})
    except OSError as error:
        raise StopError(f"a result cannot be written: {error.strerror or error}") from error


def _copies(files: list[Any]) -> dict[str, bytes]:
    """Return the bytes of the checked files, which must be those of the receipt."""
    copies: dict[str, bytes] = {}
    total = 0
    for file in files:
        path = located(file["path"])
        total += path.stat().st_size
        if total > _MOST_KEPT:
            raise StopError(f"the checked files have more than {_MOST_KEPT:,} bytes")
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != file["sha256"]:
            raise StopError(f"{visible(file['path'])} changed while it was checked")
        copies[file["path"]] = data
    return copies


def _print_unchecked(unchecked: dict[str, str]) -> None:
    """Print an annotation with the first files that were not checked, then a longer list."""
    listed = [f"{visible(name, _LONGEST_NAME)} {why}" for name, why in sorted(unchecked.items())]
    first = "; ".join(listed[:_ANNOTATED])
    rest = f"; and {len(listed) - _ANNOTATED:,} more" if len(listed) > _ANNOTATED else ""
    message = f"not checked, so nothing is valid: {first}{rest}"
    print(f"::error title=xacle-eval::{_escaped(message)}", flush=True)
    if rest:
        hidden = f"\nand {len(listed) - _LISTED:,} more" if len(listed) > _LISTED else ""
        _print_text("Not checked:\n" + "\n".join(listed[:_LISTED]) + hidden)


def _print_nothing(paths: list[str]) -> None:
    where = ", ".join(visible(path, _LONGEST_NAME) for path in paths[:_ANNOTATED])
    message = f"nothing was checked: the pull request changes no file in {where}"
    print(f"::notice title=xacle-eval::{_escaped(message)}", flush=True)


def _print_stderr(text: str, failed: bool) -> None:
    """Print captured stderr: as an annotation after a failure, else with commands stopped."""
    if failed:
        reason = text.removeprefix("error: ") or "xacle-eval failed without a message"
        print(f"::error title=xacle-eval::{_escaped(reason)}", flush=True)
    elif text:
        _print_text(text)


def _print_text(text: str) -> None:
    """Print untrusted text while the runner obeys no commands."""
    # A text cannot contain its own hash.
    token = hashlib.sha256(text.encode()).hexdigest()
    print(f"::stop-commands::{token}\n{text}\n::{token}::", flush=True)


def _set_outputs(*, valid: bool, submissions: int, checked: bool) -> None:
    """Append the outputs to the file that GitHub names; none of them is untrusted text."""
    path = os.environ.get("GITHUB_OUTPUT")
    if path:
        words = {"valid": str(valid).lower(), "checked": str(checked).lower()}
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 -- may be a pipe
            outputs = {**words, "submissions": submissions}
            file.writelines(f"{name}={value}\n" for name, value in outputs.items())


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.exit(main())
