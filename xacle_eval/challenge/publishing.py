"""What a challenge publishes: the table ``[publish]`` of a challenge file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from xacle_eval.challenge.fields import Part
from xacle_eval.challenge.ladder import decimals_of_step
from xacle_eval.challenge.parts import ALL, PartName
from xacle_eval.text import count, did_you_mean, quote

if TYPE_CHECKING:
    from xacle_eval.challenge.ranking import Ranking

__all__ = [
    "PhaseName",
    "PhasePublishing",
    "Publishing",
    "check_phase_publishing",
    "check_publishing",
]

PhaseName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=30)
]
"""The name of a phase: short, because it is a key and a file name on platforms."""

# A team knows its predictions: the metrics of a few systems over 5 pairs determine the references
# of all five; over 50 pairs they do not.
_GROUP = 10


class PhasePublishing(Part):
    """What a phase shows of scores while it runs, on a platform or from a ledger.

    ``metrics`` are shown, by default the first metric of the ranking alone. ``decimals`` is their
    number of decimals, by default 1 and at most that of the ranking, and ``decimals_by_metric``
    that of single metrics.
    ``part`` is the part of the split that is scored. With ``ladder``, a step such as 0.01, a new
    score is shown only where it is better than the team's best by more than the step, rounded to
    the step; then only the first metric of the ranking is shown, with the decimals that the step
    needs (Blum and Hardt 2015, arXiv:1502.04585).
    """

    metrics: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=50)
    decimals: Annotated[int, Field(ge=0, le=10, strict=True)] | None = None
    decimals_by_metric: dict[str, Annotated[int, Field(ge=0, le=10, strict=True)]] = Field(
        default_factory=dict, max_length=50
    )
    part: PartName = ALL
    ladder: Annotated[float, Field(gt=0.0, le=1e9, allow_inf_nan=False)] | None = None


class Publishing(Part):
    """What pages of results may show; the default shows no value of a single pair.

    ``decimals`` is at most that of the ranking, which is the default. ``metrics`` are shown in this
    order; by default all metrics of the challenge. With ``predictions``, ``references``,
    ``texts`` and ``ratings``, such values of single pairs may appear: those of the pairs with the
    largest errors. A cell of a picture has at least ``min_pairs`` pairs, and a group or band with
    metrics ten times as many; one with fewer is not shown.
    ``phase`` has what each phase of the challenge shows while it runs.
    """

    decimals: Annotated[int, Field(ge=0, le=10, strict=True)] | None = None
    metrics: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=50)
    predictions: Annotated[bool, Field(strict=True)] = False
    references: Annotated[bool, Field(strict=True)] = False
    texts: Annotated[bool, Field(strict=True)] = False
    ratings: Annotated[bool, Field(strict=True)] = False
    min_pairs: Annotated[int, Field(ge=2, le=1_000_000, strict=True)] = 5
    phase: dict[PhaseName, PhasePublishing] = Field(default_factory=dict, max_length=20)

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
    _check_metrics("metrics", names, metrics)
    for ranking in rankings.values():
        if ranking.order[0] not in names:
            raise ValueError(
                f"metrics: {ranking.order[0]} is missing, which decides the ranks first; add it"
            )


def _check_metrics(key: str, names: Sequence[str], metrics: Collection[str]) -> None:
    for name in names:
        if name not in metrics:
            known = f"expected {', '.join(metrics)}; add it to metrics"
            hint = did_you_mean(name, metrics, known)
            raise ValueError(
                f"{key}: {quote(name, 60)} is not among the metrics of the challenge; {hint}"
            )
        if names.count(name) > 1:
            raise ValueError(f"{key}: duplicate metric {name}; name each metric once")


def check_phase_publishing(
    policies: Mapping[str, PhasePublishing],
    parts: Mapping[str, Collection[str]],
    metrics: Collection[str],
    rankings: Mapping[str, Ranking],
) -> None:
    """Check the tables ``[publish.phase.NAME]`` against the rest of a challenge file.

    Parameters
    ----------
    policies : mapping of str to PhasePublishing
        The tables by the names of their phases.
    parts : mapping of str to collection of str
        The parts of the split of each phase of the challenge.
    metrics, rankings
        As for `check_publishing`.

    Raises
    ------
    ValueError
        If a phase, metric or part is unknown, a metric occurs twice or has decimals and is not
        shown, more decimals are shown than are compared, or more than the first metric is shown
        with a ladder.
    """
    for name, policy in policies.items():
        if name not in parts:
            known = f"the phases are {', '.join(parts)}; add a table [phases.{name}]"
            hint = did_you_mean(name, parts, known)
            raise ValueError(f"phase.{name}: no such table under [phases]; {hint}")
        if policy.part not in (ALL, *parts[name]):
            known = f"the parts of its split are {', '.join((ALL, *parts[name]))}"
            hint = did_you_mean(policy.part, parts[name], known)
            raise ValueError(f"phase.{name}.part: no part {quote(policy.part)}; {hint}")
        _check_metrics(f"phase.{name}.metrics", policy.metrics or (), metrics)
        _check_metrics(
            f"phase.{name}.decimals_by_metric", tuple(policy.decimals_by_metric), metrics
        )
        for target, ranking in rankings.items():
            of_target = f" of the target {target}" if target else ""
            _check_phase(f"phase.{name}", policy, ranking, of_target)
        shown = policy.metrics or {ranking.order[0] for ranking in rankings.values()}
        for metric in policy.decimals_by_metric:
            if metric not in shown:
                raise ValueError(
                    f"phase.{name}.decimals_by_metric: {metric} is not shown in this phase; remove "
                    "it, or add it to metrics"
                )


def _check_phase(key: str, policy: PhasePublishing, ranking: Ranking, of_target: str) -> None:
    most, first = ranking.decimals, ranking.order[0]
    given = {
        f"decimals_by_metric.{name}": value for name, value in policy.decimals_by_metric.items()
    }
    if policy.decimals is not None:
        given["decimals"] = policy.decimals
    for name, value in given.items():
        if value > most:
            raise ValueError(
                f"{key}.{name}: expected {most} or less, the decimals of the ranking{of_target}, "
                f"got {value}; more digits reveal the references"
            )
    if policy.metrics is not None and first not in policy.metrics:
        raise ValueError(
            f"{key}.metrics: {first} is missing, which decides the ranks{of_target} first; add it"
        )
    if policy.metrics is not None and policy.ladder is not None:
        raise ValueError(
            f"{key}.metrics: remove it, because with ladder only the first metric of the ranking "
            "is shown; other metrics would show what the ladder hides"
        )
    if policy.ladder is not None and given:
        raise ValueError(
            f"{key}.decimals: remove it, because with ladder scores are rounded to the step and "
            "have the decimals that it needs"
        )
    if policy.ladder is not None and decimals_of_step(policy.ladder) > most:
        raise ValueError(
            f"{key}.ladder: expected a step with at most {count(most, 'decimal')}, as the "
            f"ranking{of_target} has, got {policy.ladder!r}; more digits reveal the references"
        )
