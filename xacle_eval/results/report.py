"""The result model of a report: all that the results pages of a challenge show."""

from __future__ import annotations

from typing import Any

from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.models.model import Model, Result
from xacle_eval.results.details import Histogram, SystemDetails
from xacle_eval.results.history import BoardHistory
from xacle_eval.results.leaderboard import By, Leaderboard, Unranked
from xacle_eval.results.targets import OverallBoard, TargetBoards
from xacle_eval.submissions.findings import Finding

__all__ = ["ChallengeReport", "RatingsReport", "ReportPhase", "ScreeningEffect"]


class ScreeningEffect(Model):
    """What a screening method of listeners removes, and what changes; no listener is named.

    ``ceiling`` are the noise ceilings of the ratings that it keeps. ``note`` is the reason if it
    cannot be applied; the numbers are then None.
    """

    method: str
    n_ratings: int
    n_removed: int | None = None
    n_listeners_removed: int | None = None
    ceiling: dict[str, float | None] = {}
    note: str = ""


class RatingsReport(Model):
    """The analysis of the listeners' ratings, as aggregates.

    ``distribution`` is the histogram of all ratings. The others are as in `RatingsAnalysis`;
    nothing is about a single listener.
    """

    distribution: Histogram
    description: dict[str, Any]
    reliability: dict[str, Any]
    components: dict[str, Any]
    ceiling: dict[str, Any]
    floor: dict[str, Any]
    one_human: dict[str, Any]
    screenings: tuple[ScreeningEffect, ...] = ()


class ReportPhase(Model):
    """The phase that a report of a ledger is about, and the time of which it shows the uploads.

    Times are in UTC; ``utc_offset`` is the time zone of the phase. ``as_of`` is empty before the
    first entry with a time. ``open_phases`` are those that may be open and score the same pairs,
    such as the phase itself. While there are any (``is_open``), the report shows these ``metrics``,
    with so many ``decimals`` (None if targets differ) or in steps of ``ladder``. A challenge
    without phases has a phase for each split.
    """

    phase: str
    title: str
    opens: str | None = None
    closes: str | None = None
    utc_offset: str = "+00:00"
    as_of: str
    is_open: bool
    open_phases: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    decimals: int | None = None
    ladder: float | None = None


class ChallengeReport(Result):
    """The results of a challenge: boards, the details of every system, and the listeners.

    ``boards`` has the board of all systems (``system``) and, if a team has several of them, that
    of the best system of each team (``team``). For a challenge with several targets, they are
    `TargetBoards`. ``details`` and ``ratings`` are by target; the name is empty if there is one.
    ``details`` has every system that is ranked or compared, in rank order. ``publishing`` is what
    the challenge publishes; all numbers are rounded to it. A report of a ledger has its ``phase``
    and the ``history`` of it.
    """

    challenge: str
    split: str | None = None
    part: str | None = None
    boards: dict[By, Leaderboard | TargetBoards]
    details: dict[str, tuple[SystemDetails, ...]] = {}
    ratings: dict[str, RatingsReport] = {}
    phase: ReportPhase | None = None
    history: BoardHistory | None = None
    publishing: Publishing
    presentation: Presentation

    @property
    def is_demo(self) -> bool:
        """Whether any reference is a bundled demo rating."""
        return any(
            board.references is not None and board.references.kind == "demo"
            for board in self.boards_of("system").values()
        )

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets in their order; one empty name if there is one."""
        return tuple(self.boards_of("system"))

    def boards_of(self, by: By) -> dict[str, Leaderboard]:
        """Return the board of each target; empty if there is no such view."""
        found = self.boards.get(by)
        if found is None:
            return {}
        return dict(found.targets) if isinstance(found, TargetBoards) else {"": found}

    def overall(self, by: By) -> OverallBoard | None:
        """Return the overall board of several targets, if there is one."""
        found = self.boards.get(by)
        return found.overall if isinstance(found, TargetBoards) else None

    @property
    def unranked(self) -> tuple[Unranked, ...]:
        """The submissions that are not on every board."""
        found = self.boards["system"]
        return found.all_unranked if isinstance(found, TargetBoards) else found.unranked

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings about several submissions together."""
        return self.boards["system"].findings
