"""What the checks of a bundle share: the files, the configuration, and the files that it names."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from xacle_eval.hosting.lint.config import Config, Location
from xacle_eval.hosting.lint.files import Bundle
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import did_you_mean, quote

__all__ = ["Check", "Context", "Paths", "find_file", "is_true", "normal_path"]


@dataclass(frozen=True, slots=True)
class Context:
    """A bundle and its configuration."""

    bundle: Bundle
    config: Config

    def items(self, *location: str | int) -> Iterator[tuple[Location, dict[Any, Any]]]:
        """Yield the mappings of a list, each with its place; other values are ignored."""
        found = self.config.get(*location)
        for number, item in enumerate(found if isinstance(found, list) else ()):
            if isinstance(item, dict):
                yield (*location, number), item


Check = Callable[[Context], Iterable[Finding]]
"""A check yields its findings, in any order."""


class Paths(NamedTuple):
    """The names of the codes for a path that does not exist, and for one that leads outside."""

    missing: str
    outside: str


def find_file(
    context: Context, location: Location, codes: Paths, *, folder: bool = False
) -> tuple[str | None, list[Finding]]:
    """Return the file that a value names, and the findings about its path.

    Parameters
    ----------
    context : Context
        The bundle.
    location : tuple
        The place of the value; a value that is not a text has no finding here.
    codes : Paths
        The names of the codes.
    folder : bool
        Whether the value can also name a folder.
    """
    written = context.config.get(*location)
    if not isinstance(written, str):
        return None, []
    name = normal_path(written)
    shown = quote(written, 100)
    if name is None:
        message = f"the path {shown} leads outside of the bundle"
        return None, [context.config.find(codes.outside, location, message)]
    bundle = context.bundle
    if bundle.is_file(name) or (folder and bundle.is_folder(name)):
        return name, []
    if bundle.is_folder(name):
        message = f"{shown} is a folder, expected a file"
        return None, [context.config.find(codes.missing, location, message)]
    guess = did_you_mean(name, [*bundle.files, *sorted(bundle.folders)], sentence=True)
    hint = {"hint": guess} if guess else {}
    message = f"{shown} is not in the bundle"
    return None, [context.config.find(codes.missing, location, message, **hint)]


def normal_path(path: str) -> str | None:
    """Return a path inside the bundle in its normal form; None if it leads outside."""
    normal = posixpath.normpath(path)
    outside = path.startswith("/") or normal == ".." or normal.startswith("../")
    return None if outside else normal


def is_true(value: object) -> bool:
    """Return whether a platform reads a value as true."""
    return str(value).lower() in ("true", "1", "yes", "y", "t", "on")
