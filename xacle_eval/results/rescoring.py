"""The result model of a second scoring: boards with old and new references, side by side."""

from __future__ import annotations

from xacle_eval.models.model import Model, Result
from xacle_eval.results.leaderboard import By

__all__ = ["RescoredSystem", "Rescoring", "SignatureDifference"]


class SignatureDifference(Model):
    """A part of a signature that differs, such as ``ref`` or ``version``."""

    key: str
    before: str | None
    after: str | None


class RescoredSystem(Model):
    """A system before and after: its ranks and its metrics as boards show them.

    Of a team, it is the best system, which can be another one after than before: ``system`` is the
    one after, and ``system_before`` the one before. If one of them is not ranked, ``system`` is the
    other one.
    """

    team: str
    system: str
    system_before: str | None = None
    target: str = ""
    rank_before: int | None
    rank_after: int | None
    before: dict[str, float | None]
    after: dict[str, float | None]

    @property
    def moved(self) -> bool:
        """Whether the rank is another one."""
        return self.rank_before != self.rank_after


class Rescoring(Result):
    """The board of a phase with the old and the new references, side by side.

    ``as_of`` is in UTC; ``utc_offset`` are the hours by which the days of the phase differ from it.
    ``by`` is that of both boards: ``systems`` are all systems, or the best one of each team.
    """

    challenge: str
    phase: str
    as_of: str
    utc_offset: str = "+00:00"
    by: By = "system"
    metrics: tuple[str, ...]
    decimals: int
    signature_before: str
    signature_after: str
    differences: tuple[SignatureDifference, ...]
    systems: tuple[RescoredSystem, ...]
    entry: int | None = None
