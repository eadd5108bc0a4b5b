"""Discovery: the submissions in a folder, and their teams.

Prediction files and ZIPs are directly in the folder, or one level down in a folder named after
the team. Names that begin with ``.`` or ``_`` are skipped. All other files are reported as
ignored, because an extension may be mistyped.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError
from xacle_eval.files import display_path
from xacle_eval.text import encodable, visible

__all__ = ["Located", "find_submissions", "is_package", "require_some"]


@dataclass(frozen=True, slots=True)
class Located:
    """A submission's file, the path that results show, and its team if a folder names it."""

    path: Path
    shown: str
    team: str | None = None


def is_package(path: str | os.PathLike[str]) -> bool:
    """Return whether a path has the extension of a package."""
    return PurePath(path).suffix.casefold() == ".zip"


def find_submissions(
    paths: Iterable[str | os.PathLike[str]], challenge: Challenge
) -> tuple[list[Located], list[str]]:
    """Return the submissions in files and folders, and the ignored files in folders.

    Parameters
    ----------
    paths : iterable of path
        Files are always returned, even missing ones (checking reports them); folders are searched.
    challenge : Challenge
        Its extensions of prediction files apply.

    Returns
    -------
    tuple of (list of Located, list of str)
        Submissions in the order of their paths, without duplicates, and the ignored paths.
    """
    found: dict[str, Located] = {}
    passed: list[str] = []
    for given in paths:
        path = Path(given)
        if os.path.isdir(path):  # noqa: PTH112 -- Path.is_dir raises for too long names
            shown = display_path(path)
            for file, team in _walk(path):
                name = encodable(f"{shown}/{file.relative_to(path).as_posix()}")
                if file.is_dir():
                    passed.append(f"{name}/")
                elif _is_submission(file, challenge):
                    found.setdefault(_real(file), Located(file, name, team))
                else:
                    passed.append(name)
        else:
            found.setdefault(_real(path), Located(path, display_path(path)))
    return list(found.values()), passed


def require_some(
    located: list[Located], passed: list[str], paths: Iterable[str | os.PathLike[str]]
) -> None:
    """Raise UsageError if the folders contain no submission."""
    if located:
        return
    names = ", ".join(visible(display_path(path)) for path in paths) or "the given paths"
    rest = f"; ignored: {', '.join(map(visible, passed[:5]))}" if passed else ""
    raise UsageError(
        f"no submissions found in {names}: expected prediction files or packages{rest}"
    )


def _is_submission(file: Path, challenge: Challenge) -> bool:
    """Return whether an entry has a submission's extension; a broken link is a missing one."""
    known = file.suffix.casefold() in challenge.submissions.endings or is_package(file)
    return known and (file.is_file() or file.is_symlink())


def _real(path: Path) -> str:
    # Path.resolve raises for links that form a cycle.
    return os.path.realpath(path)


def _walk(folder: Path) -> Iterator[tuple[Path, str | None]]:
    for entry in _visible_entries(folder):
        if entry.is_dir():
            yield from ((inner, encodable(entry.name)) for inner in _visible_entries(entry))
        else:
            yield entry, None


def _visible_entries(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        shown = visible(display_path(folder))
        raise UsageError(f"cannot read {shown}: {error.strerror or error}") from error
    return [entry for entry in entries if not entry.name.startswith((".", "_"))]
