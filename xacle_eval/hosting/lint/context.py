"""What the checks of a bundle share: the files, the configuration, and the files that it names."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from xacle_eval.hosting.lint.config import Config, Location
from xacle_eval.hosting.lint.files import Bundle
from xacle_eval.submissions.findings import Finding

__all__ = ["Check", "Context", "normal_path"]


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


def normal_path(path: str) -> str | None:
    """Return a path inside the bundle in its normal form; None if it leads outside."""
    normal = posixpath.normpath(path)
    if path.startswith("/") or normal == ".." or normal.startswith("../"):
        return None
    return normal
