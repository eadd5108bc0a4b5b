"""Targets: several ratings of the same pairs, such as overall quality and intelligibility.

Each target has its own columns, and can have its own scale, metrics and ranking. Without targets, a
challenge has one rating. `Challenge.for_target` gives the challenge of one target.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from xacle_eval.challenge.columns import Column, RatingColumns, ScoreRange
from xacle_eval.challenge.fields import Name, Number, Part
from xacle_eval.challenge.ranking import MetricName, Ranking
from xacle_eval.text import quote

if TYPE_CHECKING:
    from xacle_eval.challenge.model import Challenge

__all__ = [
    "Target",
    "TargetName",
    "TargetRanking",
    "check_targets",
    "one_target",
    "with_placeholders",
]

TargetName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=60)
]
# What stands for the columns of a challenge that has one column for each target.
_PLACEHOLDER = {"column": "(one column for each target)"}
_COLUMNS = ("predictions", "references", "ratings")


class TargetRanking(Part):
    """The keys of the ranking that differ for one target; the others are those of the challenge."""

    order: Annotated[tuple[MetricName, ...], Field(min_length=1, max_length=50)] | None = None
    decimals: Annotated[int, Field(ge=0, le=15)] | None = None
    undefined: Number | Literal["unranked"] | None = None
    level: str | None = None


class Target(Part):
    """One of several ratings of every pair.

    Each column has the name of the target by default. ``scores`` and the keys of ``ranking`` are
    those of the challenge by default. Submissions can leave out a target that is ``optional``;
    they are then not ranked on its board.
    """

    title: Name | None = None
    predictions: Column | None = None
    references: Column | None = None
    ratings: Column | None = None
    scores: ScoreRange | None = None
    ranking: TargetRanking = Field(default_factory=TargetRanking)
    optional: bool = False

    def column(self, kind: str, name: str) -> Column:
        """Return its column in files of a kind: ``predictions``, ``references`` or ``ratings``."""
        found: Column | None = getattr(self, kind)
        return Column(column=name) if found is None else found


def with_placeholders(table: Any) -> Any:
    """Return the table of a challenge file with the keys that its targets make superfluous.

    Parameters
    ----------
    table : Any
        What pydantic gets to validate; anything but a table with targets is returned unchanged.
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
        own = target_ranking(target, ranking)
        firsts.append(own.order[0])
        level = target.ranking.level
        if level is not None and "group" in data and level not in _levels(data):
            raise ValueError(
                f"{name}.ranking.level: unknown level {quote(level, 60)}; "
                f"expected {' or '.join(_levels(data))}"
            )
    if ranking.overall == "mean" and len(set(firsts)) > 1:
        raise ValueError(
            'ranking.overall = "mean" needs the same first metric in the order of every target, '
            f"got {' and '.join(dict.fromkeys(firsts))}"
        )


def _levels(data: Mapping[str, Any]) -> tuple[str, ...]:
    group = data.get("group")
    return ("pair", group.name) if group else ("pair",)


def target_ranking(target: Target, ranking: Ranking) -> Ranking:
    """Return the ranking rule of one target of a challenge."""
    own = {
        key: value
        for key in ("order", "decimals", "undefined", "level")
        if (value := getattr(target.ranking, key)) is not None
    }
    return ranking.model_copy(update={**own, "overall": "none"})


def one_target(challenge: Challenge, name: str) -> dict[str, Any]:
    """Return the keys in which the challenge of one target differs from that of all targets."""
    target = challenge.targets[name]
    listeners: RatingColumns = challenge.ratings
    rating = target.column("ratings", name)
    return {
        "title": f"{challenge.title}, {target.title or name}",
        "predictions": target.column("predictions", name),
        "references": target.column("references", name),
        "ratings": listeners.model_copy(
            update={"column": rating.column, "aliases": rating.aliases}
        ),
        "scores": target.scores or challenge.scores,
        "ranking": target_ranking(target, challenge.ranking),
        "targets": {},
    }


def columns_of(targets: Mapping[str, Target], kind: str) -> Iterator[tuple[str, Column]]:
    """Yield each target's name and its column in files of a kind."""
    for name, target in targets.items():
        yield name, target.column(kind, name)


def required(targets: Mapping[str, Target]) -> Iterable[str]:
    """Return the names of the targets that every submission must have."""
    return [name for name, target in targets.items() if not target.optional]
