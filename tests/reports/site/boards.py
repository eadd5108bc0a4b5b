"""Small boards made by hand, whose numbers are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser

from xacle_eval.results.leaderboard import Entry, Leaderboard
from xacle_eval.results.uncertainty import Ceilings, EntryUncertainty, ResamplingSummary

NONE = {"low": None, "high": None}


def make_entry(rank, system, metrics, *, kind="competing", team=None, bounds=None, **known):
    """Return a system; `bounds` are the intervals of metrics, `known` the rest of uncertainty."""
    found = None
    if bounds is not None or known:
        ends = {
            name: dict(zip(("low", "high"), each, strict=True))
            for name, each in (bounds or {}).items()
        }
        found = EntryUncertainty(intervals=ends, **known)
    return Entry(
        rank=rank,
        kind=kind,
        team=team or f"Team of {system}",
        system=system,
        metrics=metrics,
        rounded=metrics,
        uncertainty=found,
    )


def make_board(
    entries: Sequence[Entry],
    order: Sequence[str] = ("SRCC",),
    ceiling: float | None = None,
    difference_p: Sequence[Sequence[float]] = (),
    **summary: object,
) -> Leaderboard:
    """Return a board of published results, with a summary of resampling if anything is known."""
    ceilings = None
    if ceiling is not None:
        bounds = {"low": ceiling - 0.02, "high": ceiling + 0.01}
        ceilings = Ceilings(
            ceiling={"SRCC": ceiling},
            ceiling_intervals={"SRCC": bounds},
            floor=0.5,
            floor_interval={"low": 0.4, "high": 0.6},
        )
    resampling = None
    if summary or difference_p or ceilings:
        settings: Mapping[str, object] = {
            "resamples": 1_000,
            "seed": 0,
            "level": 0.95,
            "alpha": 0.05,
            "resample": "pairs",
            "method": "percentile",
            "family": len(entries) * (len(entries) - 1) // 2,
            "smallest_p": 0.001,
        } | dict(summary)
        resampling = ResamplingSummary(
            **settings, ceilings=ceilings, difference_p=tuple(map(tuple, difference_p))
        )
    return Leaderboard(
        challenge="Made by hand",
        order=tuple(order),
        decimals=3,
        entries=tuple(entries),
        resampling=resampling,
        signature="made:by-hand",
    )


class Page(HTMLParser):
    """The parts of a page: its tags with attributes, and the visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag in {"style", "script"}

    def handle_endtag(self, tag):
        self._hidden = False

    def handle_data(self, data):
        if not self._hidden:
            self.pieces.append(data)

    @property
    def text(self) -> str:
        """The text with single blanks."""
        return " ".join("".join(self.pieces).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element with this name."""
        return [attributes for name, attributes in self.tags if name == tag]
