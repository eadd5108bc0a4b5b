"""Targets: several ratings of the same pairs, such as overall quality and intelligibility.

Each target has its own columns, and can have its own scale, metrics and ranking. Without targets, a
challenge has one rating. `Challenge.for_target` gives the challenge of one target.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from xacle_eval.challenge.columns import Column, RatingColumns, ScoreRange
from xacle_eval.challenge.fields import Name, Number, Part
from xacle_eval.challenge.own_metrics import metric_names
from xacle_eval.challenge.ranking import MetricName, Ranking
from xacle_eval.text import quote

if TYPE_CHECKING:
    from xacle_eval.challenge.model import Challenge

__all__ = [
    "OVERALL",
    "Target",
    "TargetName",
    "TargetRanking",
    "check_targets",
    "one_target",
    "target_rankings",
    "with_placeholders",
]

TargetName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=60)
]
# What stands for the columns of a challenge that has one column for each target.
_PLACEHOLDER = {"column": "(one column for each target)"}
OVERALL = "overall"
"""What stands for a target in the rows of the overall board; no target has this name."""
_COLUMNS = ("predictions", "references", "ratings")


class TargetRanking(Part):
    """The keys of the ranking that differ for one target; the others are those of the challenge."""

    order: Annotated[tuple[MetricName, ...], Field(max_length=50)] | None = None
    decimals: Annotated[int, Field(ge=0, le=15)] | None = None
    undefined: Number | Literal["unranked"] | None = None
    level: str | None = None

    @field_validator("order")
    @classmethod
    def _check_order(cls, order: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if order is not None and len(set(order)) < max(len(order), 1):
            raise ValueError("expected at least one metric, each named once")
        return order


class Target(Part):
    """One of several ratings of every pair.

    Each column has the name of the target by default. ``scores``, ``metrics`` and the keys of
    ``ranking`` are those of the challenge by default. Submissions can leave out a target that is
    ``optional``; they are then not ranked on its board.
    """

    title: Name | None = None
    predictions: Column | None = None
    references: Column | None = None
    ratings: Column | None = None
    scores: ScoreRange | None = None
    metrics: Annotated[tuple[str, ...], Field(max_length=50)] | None = None
    ranking: TargetRanking = Field(default_factory=TargetRanking)
    optional: bool = False

    @field_validator("metrics")
    @classmethod
    def _check_metrics(
        cls, metrics: tuple[str, ...] | None, info: ValidationInfo
    ) -> tuple[str, ...] | None:
        context = info.context or {}
        return (
            None
            if metrics is None
            else metric_names(
                metrics,
                allow_code=context.get("allow_code", False),
                folder=context.get("folder", ""),
            )
        )

    def column(self, kind: str, name: str) -> Column:
        """Return its column in files of a kind: ``predictions``, ``references`` or ``ratings``."""
        found: Column | None = getattr(self, kind)
        return Column(column=name) if found is None else found


def with_placeholders(table: Any) -> Any:
    """Return the table of a challenge file with the keys that its targets make superfluous.

    Parameters
    ----------
    table : Any
        What pydantic gets to validate. All except a table with targets is returned unchanged.
    """
    targets = table.get("targets") if isinstance(table, dict) else None
    if not isinstance(targets, dict) or not targets:
        return table
    filled = dict(table)
    for kind in _COLUMNS[:2]:
        filled.setdefault(kind, _PLACEHOLDER)
    ratings = filled.get("ratings", {})
    if isinstance(ratings, dict):
        filled["ratings"] = {**_PLACEHOLDER, **ratings}
    scales = [each.get("scores") if isinstance(each, dict) else None for each in targets.values()]
    if all(isinstance(scale, dict) for scale in scales):
        filled.setdefault("scores", scales[0])
    return filled


def check_targets(targets: Mapping[str, Target], data: Mapping[str, Any]) -> None:
    """Check the targets of a challenge against its other keys.

    Parameters
    ----------
    targets : mapping of str to Target
        The targets by name; none is fine.
    data : mapping
        The other keys of the challenge file that are valid.

    Raises
    ------
    ValueError
        If two columns of one file have the same name, a key has no meaning, or the overall ranking
        cannot be computed.
    """
    ranking = data.get("ranking")
    if not targets:
        if ranking is not None and ranking.overall != "none":
            raise ValueError("ranking.overall needs targets, such as [targets.quality]")
        return
    folded = [name.casefold() for name in targets]
    for name, key in zip(targets, folded, strict=True):
        if folded.count(key) > 1:
            raise ValueError(f"the name {quote(name)} occurs twice; letter case is ignored")
    if OVERALL in folded:
        raise ValueError(f"the name {OVERALL} is that of the board over all targets")
    for kind in _COLUMNS:
        if kind in data and data[kind].column != _PLACEHOLDER["column"]:
            key = f"{kind}.column" if kind == "ratings" else kind
            raise ValueError(
                f"each target has its own column; remove the key {key}, and set "
                f"{kind} = {{ column = … }} under each target whose column has another name"
            )
        _check_columns(kind, targets, data)
    if ranking is not None:
        _check_rankings(targets, ranking, data)


def _check_columns(kind: str, targets: Mapping[str, Target], data: Mapping[str, Any]) -> None:
    """Refuse a name that two columns of one file have."""
    owners: dict[str, str] = {}
    columns = [("the id column", data.get("ids"))]
    if kind == "ratings" and "ratings" in data:
        columns.append(("the listener column", data["ratings"].listener))
    columns += [(f"the target {name}", each.column(kind, name)) for name, each in targets.items()]
    for owner, column in columns:
        for name in sorted(column.folded_names) if column is not None else ():
            if name in owners:
                raise ValueError(
                    f"{kind}: column name {quote(name)} of {owner} is also a name of {owners[name]}"
                )
            owners[name] = owner


def _check_rankings(
    targets: Mapping[str, Target], ranking: Ranking, data: Mapping[str, Any]
) -> None:
    firsts = []
    for name, target in targets.items():
        metrics = target.metrics or data.get("metrics", ())
        order = _order(target, ranking)
        firsts.append(order[0])
        other = [each for each in order if metrics and each not in metrics]
        if other:
            raise ValueError(
                f"{name}.ranking.order: {quote(other[0])} is not among the metrics of this "
                f"target: {', '.join(metrics)}"
            )
        level = target.ranking.level
        if level is not None and "groups" in data and level not in _levels(data):
            raise ValueError(
                f"{name}.ranking.level: unknown level {quote(level, 60)}; "
                f"expected {' or '.join(_levels(data))}"
            )
    if ranking.overall == "mean" and len(set(firsts)) > 1:
        raise ValueError(
            'ranking.overall = "mean" needs the same first metric in the order of every target, '
            f"got {' and '.join(dict.fromkeys(firsts))}"
        )


def _order(target: Target, ranking: Ranking) -> tuple[str, ...]:
    """Return the ranking order of a target: its own, that of the challenge, or its own metrics."""
    if target.ranking.order is not None:
        return target.ranking.order
    if target.metrics is None or set(ranking.order) <= set(target.metrics):
        return ranking.order
    return target.metrics


def _levels(data: Mapping[str, Any]) -> tuple[str, ...]:
    return ("pair", *(group.name for group in data.get("groups", ())))


def _ranking(target: Target, ranking: Ranking) -> Ranking:
    """Return the ranking rule of one target of a challenge."""
    own = {
        key: value
        for key in ("decimals", "undefined", "level")
        if (value := getattr(target.ranking, key)) is not None
    }
    own["order"] = _order(target, ranking)
    return ranking.model_copy(update={**own, "overall": "none"})


def target_rankings(targets: Mapping[str, Target], ranking: Ranking) -> dict[str, Ranking]:
    """Return the ranking rule of each target; without targets, that of the challenge by no name."""
    return {name: _ranking(each, ranking) for name, each in targets.items()} or {"": ranking}


def one_target(challenge: Challenge, name: str) -> dict[str, Any]:
    """Return the keys in which the challenge of one target differs from that of all targets."""
    target = challenge.targets[name]
    listeners: RatingColumns = challenge.ratings
    rating = target.column("ratings", name)
    return {
        "title": f"{challenge.title}, {target.title or name}",
        "predictions": target.column("predictions", name),
        "references": target.column("references", name),
        # A copy would keep the cached names of the other column.
        "ratings": RatingColumns(
            column=rating.column,
            aliases=rating.aliases,
            listener=listeners.listener,
            exclude=listeners.exclude,
        ),
        "scores": target.scores or challenge.scores,
        "metrics": target.metrics or challenge.metrics,
        "ranking": _ranking(target, challenge.ranking),
        "targets": {},
    }
