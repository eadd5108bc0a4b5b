"""What every page of a site has in common: its title, its place, and the links to the others."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from xacle_eval.reports.site.phase import phase_lines
from xacle_eval.results.report import ChallengeReport

__all__ = ["INDEX", "Download", "Link", "SiteFrame", "site_frame", "system_paths"]

INDEX = "index.html"
"""The path of the page with the results."""

_LONGEST_SLUG = 80
_RESERVED = re.compile(r"(?i)con|prn|aux|nul|(?:com|lpt)[0-9]")


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the site: its path from the site's folder, and its title in the navigation."""

    path: str
    title: str


@dataclass(frozen=True, slots=True)
class Download:
    """A file beside a page, or in it as a ``data:`` link; it is saved under ``name``.

    Files with the same ``group`` stand together behind it; with an empty one, alone.
    """

    href: str
    name: str
    title: str
    group: str = ""

    @classmethod
    def inside(cls, text: str, name: str, title: str, media_type: str = "text/csv") -> Download:
        """Return a file that the page contains, for a page that stands alone.

        Browsers save such links also from a page that is opened from disk; its policy allows them.
        """
        data = base64.b64encode(text.encode("utf-8")).decode("ascii")
        return cls(f"data:{media_type};base64,{data}", name, title)


@dataclass(frozen=True, slots=True)
class SiteFrame:
    """What the base template shows.

    ``root`` leads from the page to the site's folder: empty, or ``../``. Without ``pages``, the
    page stands alone. ``parent`` is the page of the navigation that leads to this one, if this one
    is not in it. ``systems`` has the path of each system's page by team and system. ``phase`` are
    the lines about the phase, for a report of a ledger.
    """

    title: str
    demo: bool
    pages: tuple[Link, ...] = ()
    systems: tuple[tuple[tuple[str, str], str], ...] = ()
    current: str = ""
    parent: str = ""
    phase: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """The way from the page to the site's folder."""
        return "../" * self.current.count("/")

    def at(self, path: str, parent: str = "") -> SiteFrame:
        """Return the frame of the page with this path."""
        return replace(self, current=path, parent=parent)

    def page_of(self, team: str, system: str) -> str:
        """Return the way to the page of a system; empty if it has none."""
        path = dict(self.systems).get((team, system), "")
        return f"{self.root}{path}" if path else ""


def site_frame(report: ChallengeReport, pages: Sequence[Link] = ()) -> SiteFrame:
    """Return the frame of a report's pages; without `pages`, of a page that stands alone."""
    systems = system_paths(report) if pages else ()
    phase = () if report.phase is None else phase_lines(report.phase)
    return SiteFrame(report.presentation.title, report.is_demo, tuple(pages), systems, phase=phase)


def system_paths(report: ChallengeReport) -> tuple[tuple[tuple[str, str], str], ...]:
    """Return the path of the page of each system that has details, by team and system.

    Paths are ASCII, and different also where upper and lower case are the same. They depend on no
    other system's rank, so links stay valid when scores change.
    """
    keys = dict.fromkeys(
        (one.team, one.system) for details in report.details.values() for one in details
    )
    same = Counter(_slug(system).lower() for _, system in keys)
    return tuple(
        (key, f"systems/{_unique_slug(*key, alone=same[_slug(key[1]).lower()] == 1)}.html")
        for key in keys
    )


def _slug(label: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in label)
    return kept.strip("-_")[:_LONGEST_SLUG]


def _unique_slug(team: str, system: str, alone: bool) -> str:
    """Return the label if it is a safe name by itself, otherwise with a hash of team and label.

    Some hosts leave out files whose name starts with an underscore, and Windows has reserved names.
    """
    slug = _slug(system)
    if alone and slug == system and not _RESERVED.fullmatch(slug):
        return slug
    digest = hashlib.sha256(f"{team}/{system}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{slug or 'system'}-{digest[:8]}"
