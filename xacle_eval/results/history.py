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
    """The history of a phase: the uploads that counted when they were sent.

    ``bests`` has each upload with which a team became better than with all its earlier ones,
    ``leaders`` those with which it became better than all other teams. Both are in the order of
    time. Uploads that newer ones replaced, or that a team did not select, are among them; withdrawn
    uploads and systems that the board of the phase does not rank are not. ``decimals`` is the
    precision at which uploads are compared; with a ``step``, all metrics are multiples of it.
    """

    phase: str
    as_of: str
    decimals: int
    step: float | None = None
    bests: tuple[HistoryStep, ...]
    leaders: tuple[HistoryStep, ...]
