"""Pilot ratings: what they say about pairs and ratings of a future test set.

The ordinal model of the noise ceiling (`deconvolution`) describes pairs and ratings. If the
listeners agree exactly there is no noise to model, and pairs are drawn from the pilot's averages.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xacle_eval.io.memory import SCIPY_BYTES, require_address_space
from xacle_eval.listeners.answers import Answers
from xacle_eval.listeners.deconvolution import Deconvolution, deconvolve
from xacle_eval.listeners.halves import half_correlations
from xacle_eval.listeners.moments import OneWay, one_way, pair_table, totals
from xacle_eval.listeners.reliability import reliability
from xacle_eval.references.ratings import Floats, Ratings, RatingsError

__all__ = ["Pilot", "SettingError"]

_SPLITS, _MIN_PAIRS = 200, 20
_NO_NOISE = 1.0 - 1e-9
_CORRELATIONS = ("LCC", "SRCC", "KTAU")


class SettingError(RatingsError):
    """A setting that is out of range, or that does not fit the others.

    Parameters
    ----------
    setting : str
        Its name, such as "pair_cost".
    problem : str
        What follows the name in the message.
    """

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}{problem}")
        self.option = f"--{setting.replace('_', '-')}{problem}"


@dataclass(frozen=True, slots=True, eq=False)
class Pilot:
    """Pilot ratings and the model fitted to them.

    Attributes
    ----------
    model : Deconvolution or None
        None if the listeners agree exactly.
    averages : shape (n,)
        The average of each pair, ascending.
    moments : OneWay
    listeners : int
        Ratings per pair (median).
    distinguishes : bool
        Whether the interval of the reliability of one rating is above zero.
    """

    model: Deconvolution | None
    averages: Floats
    moments: OneWay
    listeners: int
    distinguishes: bool

    @classmethod
    def of(cls, ratings: Ratings) -> Pilot:
        """Fit the model to pilot ratings.

        Raises
        ------
        RatingsError
            If fewer than 20 pairs have two ratings, or the reliability is not above zero.
        """
        require_address_space(SCIPY_BYTES)
        moments = one_way(totals(pair_table(ratings)))
        single = float(moments.single)
        if not single > 0.0 or int((ratings.counts() > 1).sum()) < _MIN_PAIRS:
            raise RatingsError(
                f"a plan needs pilot ratings of at least {_MIN_PAIRS} pairs with two ratings, and "
                "a reliability above zero"
            )
        model = None
        if single < _NO_NOISE:
            found = half_correlations(ratings, _SPLITS, 0)
            halves = {name: float(values.mean()) for name, values in found.items()}
            model = deconvolve(Answers.of(ratings), single, halves)[0]
        return cls(
            model,
            np.sort(ratings.means()),
            moments,
            int(np.median(ratings.counts())),
            reliability(ratings).icc1_low > 0.0,
        )

    @property
    def variant(self) -> str:
        """The variant of the model; empty without a model."""
        return "" if self.model is None else self.model.model.variant

    def ceiling(self, metric: str, k: int) -> float:
        """Return the score of a perfect predictor against averages of k ratings.

        By the estimators of `noise_ceiling`: LCC from the variances, SRCC and KTAU from the model;
        nan for other metrics.
        """
        if metric not in _CORRELATIONS:
            return float("nan")
        if self.model is None:
            return 1.0
        if metric != "LCC":
            return self.model.ceilings_with(k)[metric]
        true = max(float(self.moments.variance - self.moments.floor), 0.0)
        noise = float(self.moments.floor / self.moments.inverse_k)
        return float(np.sqrt(true / (true + noise / k)))

    def simulate(self, n: int, k: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return normal scores of the true scores, and averages of k ratings, of n pairs.

        Returns
        -------
        scores : shape (n,)
            Increase with the true score; about mean 0 and variance 1.
        averages : shape (n,)
        """
        if self.model is not None:
            return _from_model(self.model, n, k, rng)
        drawn = rng.integers(self.averages.size, size=n)
        return _normal((drawn + rng.random(n)) / self.averages.size), self.averages[drawn]


def _from_model(
    model: Deconvolution, n: int, k: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    states = model.model.states(model.parameters)
    drawn = rng.choice(states.prior.size, size=n, p=states.prior / states.prior.sum())
    below = np.cumsum(states.prior) - states.prior
    place = below[drawn] + states.prior[drawn] * rng.random(n)
    chances = np.cumsum(states.answers, axis=1)
    chances /= chances[:, -1:]
    total = np.zeros(n)
    for _ in range(k):
        answer = (rng.random(n)[:, None] > chances[drawn]).sum(axis=1)
        total += model.model.answers.levels[answer]
    return _normal(place), total / k


def _normal(place: Floats) -> Floats:
    """Return the normal score of a place between 0 and 1."""
    from scipy.special import ndtri

    return np.asarray(ndtri(np.clip(place, 1e-12, 1 - 1e-12)))
