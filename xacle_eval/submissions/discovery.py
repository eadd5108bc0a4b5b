"""Discovery: the submissions in a folder, and their teams.

Prediction files and ZIPs are directly in the folder, or one level down in a folder named after
the team. Names that begin with ``.`` or ``_`` are skipped. All other files are reported as
ignored, because an extension may be mistyped.

Symbolic links in a folder are not followed unless the caller asks for it, and then only to a
place in the same folder: a link could lead to the references. A link in the place of a submission
or of a team's folder is an invalid submission, because nothing was checked. A folder that is
given as an argument may be a link.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, is_memory_error
from xacle_eval.files import display_path
from xacle_eval.outputs import is_within, real_path
from xacle_eval.submissions.sources import (
    STDIN_LABEL,
    STDIN_PATH,
    has_ending,
    is_stdin,
    refuse_two_stdins,
)
from xacle_eval.text import encodable, listing, visible

__all__ = ["Located", "find_submissions", "is_package", "require_some"]


@dataclass(frozen=True, slots=True)
class Located:
    """A submission's file, the path that results show, and its team if a folder names it.

    A file that was found in a folder has ``inside``: the real path of the folder, and its own path
    in it, by which it is opened without following links. ``problem`` is why a link is not followed.
    With ``stdin``, it is standard input.
    """

    path: Path
    shown: str
    team: str | None = None
    inside: tuple[str, str] | None = None
    problem: str | None = None
    stdin: bool = False


def is_package(path: str | os.PathLike[str]) -> bool:
    """Return whether a path has the extension of a package."""
    return PurePath(path).suffix.casefold() == ".zip"


def find_submissions(
    paths: Iterable[str | os.PathLike[str]], challenge: Challenge, *, follow_links: bool = False
) -> tuple[list[Located], list[str]]:
    """Return the submissions in files and folders, and the ignored files in folders.

    Parameters
    ----------
    paths : iterable of path
        Files are always returned, even missing ones (checking reports them); folders are searched.
        ``-`` is standard input.
    challenge : Challenge
        Its extensions of prediction files apply.
    follow_links : bool
        Follow links in folders that lead to a place in the same folder.

    Returns
    -------
    tuple of (list of Located, list of str)
        Submissions in the order of their paths, without duplicates, and the ignored paths. A link
        to another submission is a duplicate of it.
    """
    found: list[_Found] = []
    passed: list[str] = []
    given_paths = list(paths)
    refuse_two_stdins(given_paths)
    for given in given_paths:
        path = Path(given)
        if is_stdin(given):
            one = Located(Path(STDIN_LABEL), STDIN_PATH, stdin=True)
            found.append(_Found(one, STDIN_PATH))
            continue
        if os.path.isdir(path):  # noqa: PTH112 -- Path.is_dir raises for too long names
            found += _search(path, challenge, follow_links, passed)
        else:
            found.append(_Found(Located(path, display_path(path)), real_path(path)))
    # A link must not take the place of the file that it leads to, whichever comes first.
    chosen: dict[str, _Found] = {}
    for each in sorted(found, key=lambda each: each.linked):
        chosen.setdefault(each.place, each)
    return [each.located for each in found if chosen[each.place] is each], passed


def require_some(
    located: list[Located], passed: list[str], paths: Iterable[str | os.PathLike[str]]
) -> None:
    """Raise UsageError if the folders contain no submission."""
    if located:
        return
    names = ", ".join(visible(display_path(path)) for path in paths) or "the given paths"
    rest = f"; ignored: {listing(map(visible, passed))}" if passed else ""
    raise UsageError(
        f"no submissions found in {names}: expected prediction files or packages{rest}"
    )


class _Found(NamedTuple):
    """A submission, the real path of its file, and whether a link in a folder leads to it."""

    located: Located
    place: str
    linked: bool = False


def _search(
    folder: Path, challenge: Challenge, follow_links: bool, passed: list[str]
) -> Iterator[_Found]:
    """Yield the submissions in a folder; add the names of other files to `passed`."""
    shown, root = display_path(folder), real_path(folder)
    for entry, team in _walk(folder, root, follow_links):
        relative = entry.name if team is None else os.path.join(team, entry.name)  # noqa: PTH118
        name = encodable(f"{shown}/{relative.replace(os.sep, '/')}")
        linked, is_folder = entry.is_symlink(), _is_folder(entry)
        known = is_package(entry.name) or has_ending(entry.name, challenge.submissions.endings)
        # A link in the place of a team's folder may hide submissions, whatever its name is.
        if is_folder and not (linked and team is None):
            passed.append(f"{name}/")
        elif known or is_folder:
            direct = place = os.path.join(root, relative)  # noqa: PTH118
            problem = None
            if follow_links:
                place = real_path(place)
                if not is_within(place, root):
                    problem = (
                        f"{visible(name, 300)} is a symbolic link that leads out of the folder"
                    )
            elif linked:
                problem = (
                    f"{visible(name, 300)} is a symbolic link, which is not followed without "
                    "--follow-links"
                )
            inside = None if problem else (root, place[len(root) :].lstrip(os.sep))
            owner = None if team is None else encodable(team)
            one = Located(Path(entry.path), name, owner, inside, problem)
            yield _Found(one, direct if problem else place, place != direct)
        else:
            passed.append(name)


def _walk(
    folder: Path, root: str, follow_links: bool
) -> Iterator[tuple[os.DirEntry[str], str | None]]:
    """Yield the entries of a folder and of the folders in it, with the name of the inner folder."""
    for entry in _visible_entries(folder):
        enters = _is_folder(entry)
        if enters and entry.is_symlink():
            enters = follow_links and is_within(real_path(entry.path), root)
        if enters:
            yield from ((inner, entry.name) for inner in _visible_entries(entry.path))
        else:
            yield entry, None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError as error:
        if is_memory_error(error):
            raise
        return False  # a link that cannot be followed, such as a cycle


def _visible_entries(folder: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        shown = visible(display_path(folder))
        raise UsageError(f"cannot read {shown}: {error.strerror or error}") from error
    return [entry for entry in entries if not entry.name.startswith((".", "_"))]
