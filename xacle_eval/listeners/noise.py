"""The scores of a perfect predictor, for the metrics that can be estimated from ratings."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from xacle_eval.listeners.ceiling import NoiseCeiling, noise_ceiling
from xacle_eval.listeners.floor import MseFloor, mse_floor
from xacle_eval.listeners.group_ceiling import group_ceiling, group_floor
from xacle_eval.references.ratings import Codes, Ratings

__all__ = ["Estimate", "Noise"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """The score of a perfect predictor, with its interval."""

    value: float
    low: float
    high: float

    def map(self, function: Callable[[float], float]) -> Estimate:
        """Return the estimate of an increasing function of the score."""
        values = (self.value, self.low, self.high)
        return Estimate(*(value if math.isnan(value) else function(value) for value in values))


class Noise:
    """The noise of references that are averages of ratings; each estimate is made once.

    Parameters
    ----------
    ratings : Ratings
    seed : int
    level : float
        Coverage of the intervals.
    groups : array of int, shape (pairs,), optional
        The group of each pair, for the averages of groups; by default those of the pairs.
    """

    def __init__(
        self, ratings: Ratings, *, seed: int, level: float, groups: Codes | None = None
    ) -> None:
        self._ratings = ratings
        self._groups = groups
        self._settings = {"seed": seed, "level": level}

    @cached_property
    def ceiling(self) -> NoiseCeiling:
        """The noise ceilings of SRCC, LCC and KTAU."""
        if self._groups is not None:
            return group_ceiling(self._ratings, self._groups, **self._settings)  # type: ignore[arg-type]
        return noise_ceiling(self._ratings, **self._settings)  # type: ignore[arg-type]

    @cached_property
    def mse_floor(self) -> MseFloor:
        """The noise floor of MSE."""
        if self._groups is not None:
            return group_floor(self._ratings, self._groups, **self._settings)  # type: ignore[arg-type]
        return mse_floor(self._ratings, **self._settings)  # type: ignore[arg-type]

    def correlation(self, metric: str) -> Estimate:
        """Return the noise ceiling of SRCC, LCC or KTAU."""
        found = self.ceiling.of(metric)
        return Estimate(found.value, found.low, found.high)

    def floor(self) -> Estimate:
        """Return the MSE of the true scores."""
        found = self.mse_floor
        return Estimate(found.value, found.low, found.high)

    @property
    def _made(self) -> NoiseCeiling | None:
        found: NoiseCeiling | None = self.__dict__.get("ceiling")
        return found

    @property
    def model(self) -> str:
        """The variant of the model of the ratings; empty if no ceiling was made with one."""
        return "" if self._made is None else self._made.model

    @property
    def other_model(self) -> str:
        """The best variant that was not chosen; empty if there is none."""
        return "" if self._made is None else self._made.other_model

    @property
    def other(self) -> dict[str, float]:
        """The ceilings of ranks by the other variant."""
        if self._made is None or not self._made.other_model:
            return {}
        return {name: self._made.of(name).other for name in ("SRCC", "KTAU")}

    @property
    def notes(self) -> tuple[str, ...]:
        """The warnings of the estimates that were made."""
        made = [self.__dict__[name] for name in ("ceiling", "mse_floor") if name in self.__dict__]
        return tuple(each.note for each in made if each.note)
