"""What a pull request changes, read from git, and the links in the checkout.

Git compares the commits, not the files of the checkout, and nothing in the repository can change
the comparison: renames are not detected, submodules are not ignored, replacement objects are not
used. Every changed file under the given paths is either to be checked or named with a reason.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from xacle_eval.submissions.discovery import LEVELS
from xacle_eval.text import quote, visible

__all__ = [
    "Changes",
    "PullRequest",
    "StopError",
    "base_challenge",
    "find_changes",
    "find_links",
    "inside",
    "located",
    "pull_request",
    "refuse_links",
    "run",
    "workspace",
]

# Modes of git's trees. Files are regular, whether they are executable or not.
_FILES = ("100644", "100755")
_KINDS = {"000000": "was removed", "120000": "is a link", "160000": "is a submodule"}
_HIDDEN = (".", "_")
_FETCH = "set fetch-depth: 0 in actions/checkout"


class StopError(Exception):
    """The action cannot continue; the message gives the reason."""


class PullRequest(NamedTuple):
    """The commits of a pull request."""

    base: str
    head: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The changed files to check, and the reason for each file that cannot be checked."""

    files: list[str]
    unchecked: dict[str, str]


def workspace() -> str:
    """Return the folder of the checkout."""
    return os.environ.get("GITHUB_WORKSPACE") or str(Path.cwd())


def run(command: Sequence[str], stdout: int | None, **changes: str) -> Any:
    """Run a command in the workspace and capture its stderr; `changes` are set in its environment.

    Raises
    ------
    StopError
        If it cannot be started.
    """
    try:
        return subprocess.run(  # noqa: S603
            command,
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
            cwd=workspace(),
            env={**os.environ, **changes},
        )
    except OSError as error:
        # git is not installed, or the file names are too long for one command line.
        raise StopError(
            f"{Path(command[0]).name} cannot be started: {error.strerror or error}"
        ) from error


def _git(*arguments: str, **changes: str) -> Any:
    return run(["git", "--no-replace-objects", *arguments], subprocess.PIPE, **changes)


def _reason(done: Any) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no reason given"


def located(path: str) -> Path:
    """Return a path that is given relative to the workspace."""
    return Path(workspace(), path)


def inside(path: str | Path) -> str | None:
    """Return a path relative to the workspace, without ``..``; None if it is outside."""
    root = workspace()
    relative = os.path.relpath(Path(root, path), root)
    return None if relative == ".." or relative.startswith("../") else relative


def refuse_links(path: str) -> None:
    """Raise StopError if a path, or a folder of it in the workspace, is a link.

    The author of a pull request can create links, so a result must not be written through one,
    and files that are read through one are not the files that git compares.
    """
    relative = inside(path)
    steps = [path] if relative is None else _steps(relative)
    for step in steps:
        if located(step).is_symlink():
            raise StopError(f"{visible(step)} is a link: name a folder or file without links")


def _steps(relative: str) -> list[str]:
    parts = relative.split("/")
    return ["/".join(parts[:number]) for number in range(1, len(parts) + 1)]


def find_links(paths: list[str]) -> dict[str, str]:
    """Return the links and special files in folders, each with a reason.

    Links that cannot be submissions are included: a link to a folder hides the files in it from
    git's comparison. Names that begin with ``.`` or ``_`` are skipped, as in a search.
    """
    return {name: reason for path in paths for name, reason in _special_files(path)}


def _special_files(path: str) -> Iterator[tuple[str, str]]:
    if not located(path).is_dir():
        return
    for folder, folders, files in os.walk(located(path), onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith(_HIDDEN))
        for name in (*folders, *(name for name in files if not name.startswith(_HIDDEN))):
            full = Path(folder, name)
            mode = full.lstat().st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                reason = "is a link" if stat.S_ISLNK(mode) else "is not a regular file"
                yield inside(full) or str(full), reason


def _raise(error: OSError) -> None:
    raise StopError(f"a folder cannot be read: {error.strerror}") from error


def pull_request() -> PullRequest | None:
    """Return the commits of the pull request, from GitHub's event file; None for other events."""
    try:
        event: Any = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        commits = PullRequest(*(event["pull_request"][end]["sha"] for end in ("base", "head")))
    except (KeyError, TypeError, OSError, ValueError, RecursionError):
        return None
    for commit in commits:
        if not isinstance(commit, str) or not commit or set(commit) - set("0123456789abcdef"):
            raise StopError("the event file holds an invalid commit hash")
    return commits


def find_changes(paths: list[str], commits: PullRequest, endings: tuple[str, ...]) -> Changes:
    """Return what a pull request changes under the given paths.

    Parameters
    ----------
    paths : list of str
        Files and folders, relative to the workspace.
    commits : PullRequest
        The commits to compare.
    endings : tuple of str
        The endings of submissions in a folder, in lower case.

    Returns
    -------
    Changes
        Each changed file under a path, in one of the two fields.
    """
    for path in paths:
        if inside(path) is None:
            raise StopError(f"the path {quote(path)} is outside the checkout")
        if not os.path.lexists(located(path)):
            raise StopError(f"the path {quote(path)} does not exist in the checkout")
    files, unchecked = [], {}
    for name, mode in _changed(commits):
        reasons = [
            _KINDS.get(mode, "has an unknown mode") if mode not in _FILES else fault
            for path in paths
            if (fault := _place_fault(name, path, endings)) is not None
        ]
        if "" in reasons and not _is_file(name):
            unchecked[name] = "is not a file in the checkout"
        elif "" in reasons:
            files.append(name)
        elif reasons:
            unchecked[name] = reasons[0]
    return Changes(files, unchecked)


def _is_file(name: str) -> bool:
    try:
        return stat.S_ISREG(located(name).lstat().st_mode)
    except OSError:
        return False


def _place_fault(name: str, path: str, endings: tuple[str, ...]) -> str | None:
    """Return why a search of a path ignores a file, or an empty text; None if it is elsewhere."""
    file, given = PurePosixPath(name), PurePosixPath(path)
    if file.is_relative_to(given):
        return _search_fault(file.relative_to(given).parts, endings)
    # A folder of the path is now something else, such as a submodule.
    return "is not a folder" if given.is_relative_to(file) else None


def _search_fault(parts: tuple[str, ...], endings: tuple[str, ...]) -> str:
    """Return why a search ignores a file, from its path below the given path, or an empty text."""
    if any(part.startswith(_HIDDEN) for part in parts):
        return "is hidden: a name begins with '.' or '_'"
    if len(parts) > LEVELS + 1:
        return "is more than two folders deep"
    if parts and PurePosixPath(parts[-1]).suffix.casefold() not in endings:
        return f"does not end with {' or '.join(endings)}"
    return ""


def _changed(commits: PullRequest) -> list[tuple[str, str]]:
    """Return the path of each file that differs between merge base and head, and its new mode."""
    _check_checkout(commits)
    options = ("-r", "-z", "--raw", "--no-renames", "--ignore-submodules=none", "--no-ext-diff")
    base = _git("merge-base", commits.base, commits.head)
    done = base
    if not base.returncode:
        start = base.stdout.decode("ascii").split()[0]
        done = _git("diff-tree", *options, start, commits.head)
    if done.returncode:
        raise StopError(
            f"git cannot compare the pull request with its base ({_reason(done)}); {_FETCH}"
        )
    # A record is ":OLD-MODE NEW-MODE OLD-HASH NEW-HASH STATUS", NUL, the path, NUL.
    fields = done.stdout.split(b"\0")[:-1]
    return [
        (os.fsdecode(name), record.split()[1].decode("ascii"))
        for record, name in zip(fields[::2], fields[1::2], strict=True)
    ]


def _check_checkout(commits: PullRequest) -> None:
    """Raise StopError unless the workspace is a checkout of the pull request.

    With ``pull_request_target``, for example, the checkout is the base branch: the same paths
    would be checked there, but not the files of the pull request.
    """
    prefix = _git("rev-parse", "--show-prefix")
    if prefix.returncode:
        raise StopError(f"the workspace is not a git checkout ({_reason(prefix)})")
    if prefix.stdout.strip():
        raise StopError("the workspace is not the top folder of a git checkout")
    done = _git("merge-base", "--is-ancestor", commits.head, "HEAD")
    if done.returncode == 1:
        raise StopError("the checkout does not contain the last commit of the pull request")
    if done.returncode:
        raise StopError(f"git cannot find the pull request ({_reason(done)}); {_FETCH}")


def base_challenge(challenge: str, base: str, folder: Path) -> str:
    """Return a copy of a challenge from the base branch; a pull request cannot change it.

    Parameters
    ----------
    challenge : str
        The path of a challenge file, or of its folder.
    base : str
        The commit of the base branch.
    folder : Path
        A new folder for the files of the base branch: a challenge file names others.

    Returns
    -------
    str
        The path of the copy. A path outside the workspace, or one that does not exist, is
        returned as it is.

    Raises
    ------
    StopError
        If the challenge is only in the pull request, or the base cannot be read.
    """
    relative = inside(challenge)
    if relative is None:
        return challenge
    if _git("cat-file", "-e", f"{base}^{{commit}}").returncode:
        raise StopError(f"the challenge is read from the base branch, which is missing; {_FETCH}")
    name = "" if relative == "." else relative
    if _git("cat-file", "-e", f"{base}:{name}").returncode:
        if os.path.lexists(located(relative)):
            raise StopError(f"the challenge {quote(relative)} is not on the base branch")
        return challenge
    index = str(folder.with_suffix(".index"))
    done = _git("read-tree", base, GIT_INDEX_FILE=index)
    if not done.returncode:
        done = _git("checkout-index", "--all", f"--prefix={folder}/", GIT_INDEX_FILE=index)
    if done.returncode:
        raise StopError(f"git cannot read the base branch ({_reason(done)})")
    return str(folder / relative)
