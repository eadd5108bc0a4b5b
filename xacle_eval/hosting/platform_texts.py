"""What the pages of a challenge say about a platform."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PlatformTexts"]


@dataclass(frozen=True, slots=True)
class PlatformTexts:
    """What the texts say about a platform.

    Attributes
    ----------
    name : str
        Its name.
    upload : str
        What to upload.
    order : str
        How its board is sorted.
    failure : str
        Where a participant reads why a submission failed.
    counted : str
        What counts against the limits.
    accounts : str
        The rule about the accounts of a team.
    knows_rules : bool
        Whether ``all_per_day`` and a ladder are applied, days begin at midnight in the time zone of
        a phase, and a system is ranked only for the ratings that it predicts; otherwise days begin
        at midnight UTC, and what is left out has the worst scores.
    """

    name: str
    upload: str
    order: str
    failure: str
    counted: str = "Submissions with errors do not count."
    accounts: str = "Use one account for each team. Several accounts of one team are not allowed."
    knows_rules: bool = False
