"""What the tables of a result take from its challenge; the result carries it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from xacle_eval.challenge.expressions import DEFAULT_LABEL_PATTERN
from xacle_eval.metrics import DEFAULT_METRICS
from xacle_eval.models.model import Model

if TYPE_CHECKING:
    from xacle_eval.challenge.model import Challenge

__all__ = ["Presentation"]


class Presentation(Model):
    """What tables say about a challenge.

    ``undefined`` is what an undefined metric counts as; ``metrics`` are the columns of a board.
    ``label_pattern`` finds the team in a label. ``targets`` has one for each target, whose
    ``target`` is its title.
    """

    title: str
    decimals: int = 3
    undefined: float | Literal["unranked"] = 0.0
    metrics: tuple[str, ...] = DEFAULT_METRICS
    label_pattern: str = DEFAULT_LABEL_PATTERN
    target: str = ""
    targets: dict[str, Presentation] = {}

    @classmethod
    def of(cls, challenge: Challenge | Presentation) -> Presentation:
        """Return what the tables take from a challenge."""
        if isinstance(challenge, cls):
            return challenge
        return cls._made(challenge)  # type: ignore[arg-type]

    @classmethod
    def _made(cls, challenge: Challenge, target: str = "") -> Presentation:
        return cls(
            title=challenge.title,
            decimals=challenge.ranking.decimals,
            undefined=challenge.ranking.undefined,
            metrics=challenge.shown_metrics,
            label_pattern=challenge.submissions.label_pattern,
            target=target,
            targets={
                name: cls._made(challenge.for_target(name), each.title or name)
                for name, each in challenge.targets.items()
            },
        )

    def shows_teams(self, systems: Iterable[tuple[str, str]]) -> bool:
        """Return whether every label contains its team, for pairs of team and label."""
        from xacle_eval.challenge.rules import SubmissionRules

        rules = SubmissionRules(label_pattern=self.label_pattern)
        return all(rules.team_of(label) == team for team, label in systems)

    def for_target(self, name: str) -> Presentation:
        """Return that of a target; of the challenge itself if it is not known."""
        return self.targets.get(name, self)
