"""Panels of a page: one for each board, of which a script shows one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xacle_eval.reports.site.ranking import Board
from xacle_eval.results.leaderboard import By, Leaderboard
from xacle_eval.results.targets import OverallBoard, TargetBoards

__all__ = ["BY_TITLES", "Choice", "Panel", "Place", "choices_of", "panels_of"]

BY_TITLES: dict[By, str] = {"system": "All systems", "team": "Best system of each team"}
Boards = dict[By, Leaderboard | TargetBoards | OverallBoard]


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a panel: what its board ranks, and its target, with the number of the choice.

    ``title`` is the target's title, or ``All targets``; empty if there is one target.
    """

    by: By
    target: str
    title: str
    number: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A board with its place; ``heading`` names it among the others."""

    place: Place
    board: Board
    several: bool

    @property
    def id(self) -> str:
        """An id that no other panel of the page has."""
        return f"{self.place.by}-{self.place.number}"

    @property
    def heading(self) -> str:
        """The title of the panel."""
        if not self.several:
            return "Leaderboard"
        return ": ".join(filter(None, (self.place.title, BY_TITLES[self.place.by])))


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of what is shown: ``name`` of its radio buttons, and each value with its title."""

    name: str
    title: str
    options: tuple[tuple[str, str], ...]


def panels_of(boards: Boards) -> tuple[Panel, ...]:
    """Return one panel for each board: the one over all targets first, then those of targets."""
    found = [(place, board) for by, given in boards.items() for place, board in _placed(by, given)]
    return tuple(Panel(place, board, len(found) > 1) for place, board in found)


def _placed(
    by: By, given: Leaderboard | TargetBoards | OverallBoard
) -> Iterator[tuple[Place, Board]]:
    if not isinstance(given, TargetBoards):
        yield Place(by, "", "", 0), given
        return
    if given.overall is not None:
        yield Place(by, "", "All targets", 0), given.overall
    for number, (name, board) in enumerate(given.targets.items(), 1):
        shown = given.presentation
        title = (shown.for_target(name).target if shown else "") or name
        yield Place(by, name, title, number), board


def choices_of(panels: tuple[Panel, ...]) -> tuple[Choice, ...]:
    """Return the choices between panels: of the target, and of what is ranked."""
    targets = {f"{panel.place.number}": panel.place.title for panel in panels}
    kinds = {str(panel.place.by): BY_TITLES[panel.place.by] for panel in panels}
    found = (
        Choice("target", "Target", tuple(targets.items())),
        Choice("by", "Ranked", tuple(kinds.items())),
    )
    return tuple(each for each in found if len(each.options) > 1)
