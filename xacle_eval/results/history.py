"""The result model of a history: how the best of each team improved, and who was first when."""

from __future__ import annotations

from xacle_eval.models.model import Model

__all__ = ["BoardHistory", "HistoryStep"]


class HistoryStep(Model):
    """An upload that was better than those before it.

    ``time`` is that of the upload, in UTC; ``metrics`` are the values that the ranking compares.
    """

    time: str
    team: str
    system: str
    target: str = ""
    metrics: dict[str, float | None]


class BoardHistory(Model):
    """The history of a phase.

    ``bests`` has each upload with which a team became better than with all its earlier ones,
    ``leaders`` those with which it became better than all other teams. Both are in the order of
    time. ``decimals`` is the precision at which uploads are compared.
    """

    phase: str
    as_of: str
    decimals: int
    bests: tuple[HistoryStep, ...]
    leaders: tuple[HistoryStep, ...]
