"""Noise ceilings of a scorer's references, at the level of pairs and at group levels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from xacle_eval.evaluation.numbers import none_if_undefined
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.metrics import METRICS
from xacle_eval.results.leaderboard import Entry
from xacle_eval.results.uncertainty import Bootstrap, Bounds, Ceilings

if TYPE_CHECKING:
    from xacle_eval.listeners.noise import Noise
    from xacle_eval.references.ratings import Ratings

__all__ = ["bounds_of", "ceiling_shares", "ceilings_at", "group_ceilings", "noise_of"]


def bounds_of(low: float, high: float) -> Bounds:
    """Return the ends of an interval; None where they are undefined."""
    return {"low": none_if_undefined(low), "high": none_if_undefined(high)}


def ceilings_at(scorer: Scorer, plan: Bootstrap, level: str) -> Ceilings | None:
    """Return the cached noise ceiling and floor, which are the same for all systems."""
    key = (plan.seed, plan.level, level)
    if key not in scorer.ceilings:
        scorer.ceilings[key] = _estimate_ceilings(scorer, plan, level)
    return scorer.ceilings[key]


def group_ceilings(scorer: Scorer, plan: Bootstrap, levels: Iterable[str]) -> dict[str, Ceilings]:
    """Return the noise ceilings of group levels; none if the references are averages."""
    found = {level: ceilings_at(scorer, plan, level) for level in levels}
    return {level: ceilings for level, ceilings in found.items() if ceilings is not None}


def noise_of(scorer: Scorer, plan: Bootstrap, level: str) -> Noise:
    """Return the cached estimates from the ratings of a scorer's references, which it must have."""
    key = (plan.seed, plan.level, level)
    if key not in scorer.noise:
        from xacle_eval.listeners.noise import Noise

        ratings = cast("Ratings", scorer.references.ratings)
        groups = scorer.groups_at(level)
        scorer.noise[key] = Noise(ratings, seed=plan.seed, level=plan.level, groups=groups)
    return scorer.noise[key]


def _estimate_ceilings(scorer: Scorer, plan: Bootstrap, level: str) -> Ceilings | None:
    """Return the noise ceilings and the floor; None if the references are averages."""
    if scorer.references.ratings is None:
        return None
    noise = noise_of(scorer, plan, level)
    found = {
        metric.name: metric.fast.ceiling(noise)
        for metric in scorer.metrics
        if metric.fast.ceiling is not None
    }
    floor = found.pop("MSE", None)  # it has its own fields
    return Ceilings(
        ceiling={name: none_if_undefined(each.value) for name, each in found.items()},
        ceiling_intervals={name: bounds_of(each.low, each.high) for name, each in found.items()},
        floor=None if floor is None else none_if_undefined(floor.value),
        floor_interval={"low": None, "high": None}
        if floor is None
        else bounds_of(floor.low, floor.high),
        note="; ".join(noise.notes),
        model=noise.model,
        other_model=noise.other_model,
        other={name: none_if_undefined(value) for name, value in noise.other.items()},
    )


def ceiling_shares(entry: Entry, ceilings: Ceilings | None, level: str) -> dict[str, float | None]:
    """Return each metric at a level as a share of its noise ceiling there."""
    if ceilings is None:
        return {}
    metrics = entry.metrics if level == "pair" else entry.levels[level].metrics
    shares: dict[str, float | None] = {}
    for name, ceiling in ceilings.ceiling.items():
        if not METRICS[name].higher_is_better:
            continue  # a noise floor
        value = metrics.get(name)
        shares[name] = None if value is None or not ceiling else value / ceiling
    return shares
