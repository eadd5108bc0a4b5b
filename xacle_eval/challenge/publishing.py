"""What a challenge publishes: the table ``[publish]`` of a challenge file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from xacle_eval.challenge.fields import Part
from xacle_eval.text import did_you_mean, quote

if TYPE_CHECKING:
    from xacle_eval.challenge.ranking import Ranking

__all__ = ["Publishing", "check_publishing"]

# A team knows its predictions: the metrics of a few systems over 5 pairs determine the references
# of all five; over 50 pairs they do not.
_GROUP = 10


class Publishing(Part):
    """What pages of results may show; the default shows no value of a single pair.

    ``decimals`` is at most that of the ranking, which is the default. ``metrics`` are shown in this
    order; by default all metrics of the challenge. With ``predictions``, ``references``,
    ``texts`` and ``ratings``, such values of single pairs may appear: those of the pairs with the
    largest errors. A cell of a picture has at least ``min_pairs`` pairs, and a group or band with
    metrics ten times as many; one with fewer is not shown.
    """

    decimals: Annotated[int, Field(ge=0, le=10, strict=True)] | None = None
    metrics: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=50)
    predictions: Annotated[bool, Field(strict=True)] = False
    references: Annotated[bool, Field(strict=True)] = False
    texts: Annotated[bool, Field(strict=True)] = False
    ratings: Annotated[bool, Field(strict=True)] = False
    min_pairs: Annotated[int, Field(ge=2, le=1_000_000, strict=True)] = 5

    @property
    def fewest_in_group(self) -> int:
        """The smallest number of pairs of a group or band whose metrics may appear."""
        return _GROUP * self.min_pairs

    @property
    def shows_pairs(self) -> bool:
        """Whether any value of a single pair may appear."""
        return self.predictions or self.references or self.texts or self.ratings

    def shown_of(self, metrics: Sequence[str]) -> tuple[str, ...]:
        """Return those of some metrics that are published, in the order in which they are shown."""
        if self.metrics is None:
            return tuple(metrics)
        return tuple(name for name in self.metrics if name in metrics)

    def decimals_for(self, ranking: int) -> int:
        """Return the decimals of published metrics; ``ranking`` is those that are compared."""
        return ranking if self.decimals is None else min(self.decimals, ranking)


def check_publishing(
    policy: Publishing, metrics: Collection[str], rankings: Mapping[str, Ranking]
) -> None:
    """Check what is published against the rest of a challenge file.

    Parameters
    ----------
    policy : Publishing
        The table ``[publish]``.
    metrics : collection of str
        The metrics that the challenge, or any of its targets, computes.
    rankings : mapping of str to Ranking
        The ranking of each target; without targets, that of the challenge, by an empty name.

    Raises
    ------
    ValueError
        If more decimals are published than are compared, or a metric is unknown, occurs twice, or
        decides the ranks first and is missing.
    """
    for name, ranking in rankings.items():
        if policy.decimals is not None and policy.decimals > ranking.decimals:
            of_target = f" of the target {name}" if name else ""
            raise ValueError(
                f"decimals: expected {ranking.decimals} or less, the decimals of the "
                f"ranking{of_target}, got {policy.decimals}; more digits reveal the references"
            )
    names = policy.metrics
    if names is None:
        return
    for name in names:
        if name not in metrics:
            known = f"expected {', '.join(metrics)}; add it to metrics"
            hint = did_you_mean(name, metrics, known)
            raise ValueError(
                f"metrics: {quote(name, 60)} is not among the metrics of the challenge; {hint}"
            )
        if names.count(name) > 1:
            raise ValueError(f"metrics: duplicate metric {name}; name each metric once")
    for ranking in rankings.values():
        if ranking.order[0] not in names:
            raise ValueError(
                f"metrics: {ranking.order[0]} is missing, which decides the ranks first; add it"
            )
