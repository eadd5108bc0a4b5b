"""What a scorer knows of a phase: the pairs, groups and keys of its scores, without any label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["OVERALL_LEVEL", "SEED", "UNRANKED", "ScoreKey", "ScoredPhase"]

UNRANKED = "unranked"
"""The policy of a challenge for undefined metrics: such a system is not ranked."""
OVERALL_LEVEL = "overall"
"""The level of the mean over several targets."""
SEED = 0
"""The seed of the bootstrap, so that the same submission always has the same error bars."""


@dataclass(frozen=True)
class ScoreKey:
    """A score that a phase shows, and its name on the platform.

    Attributes
    ----------
    key : str
        The name, such as ``SRCC``, ``quality_SRCC`` or ``SRCC_system``.
    metric, target, level : str
        What it is; the target is empty for a challenge without targets. The level is ``pair``, the
        name of a group level, or ``overall`` for the mean over the targets.
    higher_is_better : bool
        The direction in which the platform sorts.
    decimals : int
        The decimals that are shown.
    digits : int or None
        The significant digits that are shown at most.
    step : float or None
        With a ladder, the step to which values are rounded.
    worst : float
        What is shown where there is no value; no submission has a worse one.
    limited : bool
        Whether the metric has a largest value.
    needs_variance : bool
        Whether it is undefined for constant predictions.
    decides : bool
        Whether the challenge's ranking uses it.
    """

    key: str
    metric: str
    target: str
    level: str
    higher_is_better: bool
    decimals: int
    digits: int | None
    step: float | None
    worst: float
    limited: bool
    needs_variance: bool
    decides: bool


@dataclass(frozen=True)
class ScoredPhase:
    """A phase as the scorer needs it; `of` and `data` convert it from and to JSON values.

    Attributes
    ----------
    name, split, part : str
        The phase and what it scores.
    positions : tuple of int or None
        The positions of the scored pairs in the manifest of the split; None for all.
    groups : mapping of str to tuple of int
        The group of each scored pair as a number, by group level.
    undefined : mapping of str to float or "unranked"
        The value of an undefined metric, by target.
    scales : mapping of str to (float, float)
        The lowest and the highest label, by target.
    keys : tuple of ScoreKey
        The scores, in ranking order.
    resamples : int
        The number of resamples of an error bar.
    """

    name: str
    split: str
    part: str
    positions: tuple[int, ...] | None
    groups: Mapping[str, tuple[int, ...]]
    undefined: Mapping[str, Any]
    scales: Mapping[str, tuple[float, float]]
    keys: tuple[ScoreKey, ...]
    resamples: int

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets that are scored; an empty name for a challenge without targets."""
        return tuple(self.undefined)

    @property
    def dataset_split(self) -> str:
        """The codename of what is scored, for EvalAI: the split, and the part if it is not all."""
        return self.split if self.positions is None else f"{self.split}_{self.part}"

    def keys_of(self, target: str, level: str) -> tuple[ScoreKey, ...]:
        """Return the scores of a target at a level."""
        return tuple(each for each in self.keys if (each.target, each.level) == (target, level))

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that have scores, apart from the mean over targets."""
        levels = (each.level for each in self.keys if each.level != OVERALL_LEVEL)
        return tuple(dict.fromkeys(levels))

    def data(self) -> dict[str, Any]:
        """Return the phase as JSON values."""
        return {
            "name": self.name,
            "split": self.split,
            "part": self.part,
            "positions": None if self.positions is None else list(self.positions),
            "groups": {level: list(codes) for level, codes in self.groups.items()},
            "undefined": dict(self.undefined),
            "scales": {target: list(scale) for target, scale in self.scales.items()},
            "keys": [asdict(each) for each in self.keys],
            "resamples": self.resamples,
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> ScoredPhase:
        """Return the phase of `data`."""
        positions = data["positions"]
        return cls(
            name=data["name"],
            split=data["split"],
            part=data["part"],
            positions=None if positions is None else tuple(positions),
            groups={level: tuple(codes) for level, codes in data["groups"].items()},
            undefined=dict(data["undefined"]),
            scales={target: (low, high) for target, (low, high) in data["scales"].items()},
            keys=tuple(ScoreKey(**each) for each in data["keys"]),
            resamples=data["resamples"],
        )
