"""Discovery: the submissions in a folder, and their teams.

Prediction files and ZIPs are directly in the folder, in a folder named after the team, or in a
folder in that one. Names that begin with ``.`` or ``_`` are skipped. All other files are reported
as ignored, because an extension may be mistyped, and deeper folders too.

Symbolic links in a folder are not followed unless the caller asks for it, and then only to a
place in the same folder: a link could lead to the references. A link in the place of a submission
or of a folder that is searched is an invalid submission, because nothing was checked. A folder
that is given as an argument may be a link.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, is_memory_error
from xacle_eval.io.files import display_path, join_path
from xacle_eval.io.outputs import is_within, real_path
from xacle_eval.submissions.objects import (
    NO_ORDER,
    InOrder,
    is_in_memory,
    named_systems,
    paths_among,
    source_of,
)
from xacle_eval.submissions.reading import Source
from xacle_eval.submissions.sources import (
    STDIN_LABEL,
    STDIN_PATH,
    has_ending,
    is_stdin,
    refuse_two_stdins,
)
from xacle_eval.text import both_forms, encodable, listing, visible_path

__all__ = [
    "LEVELS",
    "MOST_ENTRIES",
    "Located",
    "Passed",
    "find_submissions",
    "is_package",
    "require_some",
]

LEVELS = 2
"""The levels of folders that are searched in a given folder: ``TEAM/`` and ``TEAM/SUB/``."""
MOST_ENTRIES = 500_000
"""The files and folders that a search looks at in one given folder."""


@dataclass(frozen=True, slots=True)
class Located:
    """A submission's file, the path that results show, and its team if a folder names it.

    A file that was found in a folder has ``inside``: the real path of the folder, and its own path
    in it, by which it is opened without following links. ``problem`` is why a link is not followed.
    With ``stdin``, it is standard input. ``source`` has the rows of an object in memory, and
    ``system`` its label. With ``systems``, only these systems of it count. With ``sha256``, it was
    recorded with this hash, and a file with another one is an error.

    It can be passed where a path is expected, and is then not searched for again.
    """

    path: Path
    shown: str
    team: str | None = None
    inside: tuple[str, str] | None = None
    problem: str | None = None
    stdin: bool = False
    source: Source | None = None
    system: str = ""
    systems: frozenset[str] | None = None
    sha256: str | None = None

    def __fspath__(self) -> str:
        return os.fspath(self.path)


@dataclass(frozen=True, slots=True)
class Passed:
    """A file or folder that is no submission: its path, and its team if a folder names it.

    The path of a folder ends in ``/``.
    """

    path: str
    team: str | None = None


def is_package(path: str | os.PathLike[str]) -> bool:
    """Return whether a path has the extension of a package."""
    return PurePath(path).suffix.casefold() == ".zip"


def find_submissions(
    paths: Iterable[Any],
    challenge: Challenge,
    *,
    follow_links: bool = False,
    in_order: InOrder = NO_ORDER,
) -> tuple[list[Located], list[Passed]]:
    """Return the submissions in files and folders, and the ignored files in folders.

    Parameters
    ----------
    paths : iterable of path or of predictions in memory
        Files are always returned, even missing ones (checking reports them); folders are searched.
        ``-`` is standard input. A dict of systems is each of them.
    challenge : Challenge
        Its extensions of prediction files apply.
    follow_links : bool
        Follow links in folders that lead to a place in the same folder.
    in_order : InOrder
        The pairs of the values of arrays.

    Returns
    -------
    tuple of (list of Located, list of Passed)
        Submissions in the order of their paths, without duplicates, and the ignored files. A link
        to another submission is a duplicate of it.
    """
    found: list[_Found] = []
    passed: list[Passed] = []
    systems = list(named_systems(paths, challenge))
    several = sum(is_in_memory(given) for _, given in systems) > 1
    refuse_two_stdins(paths_among(given for _, given in systems))
    for place, (label, given) in enumerate(systems, 1):
        if isinstance(given, Located):
            found.append(_Found(given, f"located {len(found)}"))
            continue
        if is_in_memory(given):
            source = source_of(given, challenge, in_order)
            if several:
                # A path identifies a submission from here on, so that of each object is different.
                source = replace(source, path=f"{source.path[:-1]} {place}>")
            one = Located(Path(source.path), source.path, source=source, system=label or "")
            found.append(_Found(one, f"object {len(found)}"))
            continue
        path = Path(given)
        if is_stdin(given):
            one = Located(Path(STDIN_LABEL), STDIN_PATH, stdin=True)
            found.append(_Found(one, STDIN_PATH))
            continue
        if os.path.isdir(path):  # noqa: PTH112 -- Path.is_dir raises for too long names
            search = _Search(path, challenge, follow_links)
            found += search.run()
            passed += search.passed
        else:
            found.append(_Found(Located(path, display_path(path)), real_path(path)))
    # A link must not take the place of the file that it leads to, whichever comes first.
    chosen: dict[str, _Found] = {}
    for each in sorted(found, key=lambda each: each.linked):
        chosen.setdefault(each.place, each)
    return [each.located for each in found if chosen[each.place] is each], passed


def require_some(
    located: list[Located], passed: list[Passed], paths: Iterable[str | os.PathLike[str]]
) -> None:
    """Raise UsageError if the folders contain no submission."""
    if located:
        return
    names = ", ".join(visible_path(display_path(path)) for path in paths) or "the given paths"
    rest = f"; ignored: {listing(visible_path(one.path) for one in passed)}" if passed else ""
    raise UsageError(
        f"no submissions found in {names}: expected prediction files or packages{rest}"
    )


class _Found(NamedTuple):
    """A submission, the real path of its file, and whether a link in a folder leads to it."""

    located: Located
    place: str
    linked: bool = False


class _Searched(NamedTuple):
    """An entry of a searched folder, and the folders that it is in, such as a team's."""

    entry: os.DirEntry[str]
    folders: tuple[str, ...] = ()

    @property
    def relative(self) -> str:
        """The path of the entry in the folder that was given."""
        return os.path.join(*self.folders, self.entry.name)  # noqa: PTH118 -- must not change

    @property
    def team(self) -> str | None:
        """The team: the outermost folder."""
        return encodable(self.folders[0]) if self.folders else None


class _Search:
    """The search of one folder.

    Parameters
    ----------
    folder : path
        The folder.
    challenge : Challenge
        Its extensions of prediction files apply.
    follow_links : bool
        Follow links to a place in the same folder.
    """

    def __init__(self, folder: Path, challenge: Challenge, follow_links: bool) -> None:
        self._folder = folder
        self._shown, self._root = display_path(folder), real_path(folder)
        self._endings = challenge.submissions.endings
        self._follow_links = follow_links
        self._left = MOST_ENTRIES
        self.passed: list[Passed] = []

    def run(self) -> Iterator[_Found]:
        """Yield the submissions; the other files and folders are added to `passed`."""
        for one in self._walk(self._folder):
            entry, linked = one.entry, one.entry.is_symlink()
            is_folder = _is_folder(entry)
            known = is_package(entry.name) or has_ending(entry.name, self._endings)
            # A link in the place of a folder that is searched may hide submissions, whatever its
            # name is.
            unsearched = is_folder and not (linked and len(one.folders) < LEVELS)
            if unsearched or not (known or is_folder):
                self._pass_over(one, is_folder)
            else:
                yield self._locate(one, linked)

    def _locate(self, one: _Searched, linked: bool) -> _Found:
        shown = join_path(self._shown, one.relative.replace(os.sep, "/"))
        direct = place = os.path.join(self._root, one.relative)  # noqa: PTH118
        problem = None
        if self._follow_links:
            place = real_path(place)
            if not is_within(place, self._root):
                problem = " is a symbolic link that leads out of the folder"
        elif linked:
            problem = " is a symbolic link, which is not followed without --follow-links"
        if problem is not None:
            message = both_forms(lambda path: f"{path}{problem}", shown, limit=300)
            found = Located(Path(one.entry.path), shown, one.team, None, message)
            return _Found(found, direct, place != direct)
        inside = (self._root, place[len(self._root) :].lstrip(os.sep))
        found = Located(Path(one.entry.path), shown, one.team, inside)
        return _Found(found, place, place != direct)

    def _pass_over(self, one: _Searched, is_folder: bool) -> None:
        if self._follow_links and self._is_seen_elsewhere(one):
            return
        name = one.relative.replace(os.sep, "/")
        shown = join_path(self._shown, f"{name}/" if is_folder else name)
        self.passed.append(Passed(shown, one.team))

    def _is_seen_elsewhere(self, one: _Searched) -> bool:
        """Return whether a link leads to an entry that is searched at its own place, too."""
        direct = os.path.join(self._root, one.relative)  # noqa: PTH118
        place = real_path(direct)
        if place == direct or not is_within(place, self._root):
            return False
        parts = PurePath(place[len(self._root) :].lstrip(os.sep)).parts
        return len(parts) <= LEVELS + 1 and not any(map(_is_hidden, parts))

    def _walk(self, folder: str | os.PathLike[str], *above: str) -> Iterator[_Searched]:
        """Yield the entries of a folder, and those of the folders in it down to the last level."""
        for entry in self._entries(folder):
            enters = len(above) < LEVELS and _is_folder(entry)
            if enters and entry.is_symlink():
                enters = self._follow_links and is_within(real_path(entry.path), self._root)
            if enters:
                yield from self._walk(entry.path, *above, entry.name)
            else:
                yield _Searched(entry, above)

    def _entries(self, folder: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
        """Return the entries of a folder that are not hidden, in alphabetical order."""
        try:
            with os.scandir(folder) as found:
                entries = list(islice(found, self._left + 1))
        except OSError as error:
            shown = visible_path(display_path(folder))
            raise UsageError(f"cannot read {shown}: {error.strerror or error}") from error
        self._left -= len(entries)
        if self._left < 0:
            raise UsageError(
                f"{visible_path(self._shown)} has more than {MOST_ENTRIES:,} files and folders; "
                "name the folder of the submissions"
            )
        entries = [entry for entry in entries if not _is_hidden(entry.name)]
        return sorted(entries, key=lambda entry: entry.name)


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError as error:
        if is_memory_error(error):
            raise
        return False  # a link that cannot be followed, such as a cycle
