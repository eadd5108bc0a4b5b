"""Planning of a test set: how many pairs and listeners find a given difference of two systems.

Goal: from pilot ratings, say how many pairs a future test set needs for each number of listeners
per pair, and which design needs the fewest ratings.

Method: the ordinal model of the noise ceiling (`deconvolution`) describes pairs and ratings. From
it, pairs, ratings and two systems of given quality are simulated. A paired bootstrap of the
simulated data gives the standard error of the difference of the systems, which falls with the root
of the number of pairs. A difference δ is found with power 1 − β by a two-sided test at level α if

    n = ((z(1 − α/2) + z(1 − β)) σ / δ)²,

where σ is the standard error times √n. More listeners per pair make the references less noisy:
they change σ, and they raise δ itself, which is given for the panel of the pilot.

Checked by simulation in ``benchmarks/planning.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from xacle_eval.listeners.pilot import Pilot, SettingError
from xacle_eval.listeners.results import Result
from xacle_eval.metrics import METRICS
from xacle_eval.references.ratings import Floats, Ratings

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DEFAULT_LISTENERS",
    "Design",
    "RatingPlan",
    "Systems",
    "plan_test_set",
    "simulate_systems",
]

DEFAULT_LISTENERS = (1, 2, 3, 4, 6, 8, 12, 16)

_LARGE = 40_000
_PAIRS, _SETS, _RESAMPLES = 3_000, 3, 400
_HALVINGS = 14
_MOST_SIZES, _MOST_LISTENERS = 20, 1_000
_LEAST_PAIRS, _MOST_PAIRS = 30, 10**9
"""Below 30 pairs the standard error does not fall with the root of the number of pairs."""
_MOST_COST = 1e9
_LEAST_SCORE = 0.05


@dataclass(frozen=True, slots=True)
class Design(Result):
    """One number of listeners per pair.

    Attributes
    ----------
    listeners : int
        Ratings per pair.
    ceiling : float
        The metric of a perfect predictor; nan for metrics without a noise ceiling.
    difference : float
        The difference to find, as it appears with so many listeners.
    error : float
        Standard error of the difference with one pair; divide it by √n for n pairs.
    pairs, ratings : int
        The numbers that find the difference with the given power; at least 30 pairs.
    cost : float
        Ratings plus the given cost of a pair, times the pairs.
    detectable : float
        The smallest difference found with that power by as many pairs as in the pilot, for the
        pilot's panel; nan if no system can be so much worse.
    """

    listeners: int
    ceiling: float
    difference: float
    error: float
    pairs: int
    ratings: int
    cost: float
    detectable: float


@dataclass(frozen=True, slots=True)
class RatingPlan(Result):
    """The designs and the settings of a plan.

    Attributes
    ----------
    designs : tuple of Design
        By the number of listeners.
    cheapest : int
        Listeners per pair of the design with the lowest cost.
    metric, difference, power, alpha, score, between, pair_cost, seed
        The settings; see :func:`plan_test_set`.
    pilot_pairs, pilot_listeners : int
        Pairs of the pilot, and its median number of ratings per pair.
    model : str
        The variant of the ordinal model; empty if the listeners of the pilot agree exactly.
    distinguishes : bool
        Whether the interval of the pilot's reliability is above zero.
    """

    designs: tuple[Design, ...]
    cheapest: int
    metric: str
    difference: float
    power: float
    alpha: float
    score: float
    between: float
    pair_cost: float
    seed: int
    pilot_pairs: int
    pilot_listeners: int
    model: str
    distinguishes: bool

    def to_frame(self) -> pd.DataFrame:
        """Return one row per design."""
        import pandas as pd

        return pd.concat([design.to_frame() for design in self.designs], ignore_index=True)


def plan_test_set(
    ratings: Ratings,
    difference: float,
    *,
    metric: str = "SRCC",
    power: float = 0.8,
    alpha: float = 0.05,
    score: float = 0.6,
    between: float = 0.8,
    listeners: Sequence[int] = DEFAULT_LISTENERS,
    pair_cost: float = 0.0,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> RatingPlan:
    """Return how many pairs find a difference, for each number of listeners per pair.

    Parameters
    ----------
    ratings : Ratings
        Pilot ratings: at least 20 pairs with two ratings.
    difference : float
        The difference of two systems to find, in the metric against averages of as many ratings as
        the pilot has per pair (its median).
    metric : str
        A metric of `xacle_eval.metrics.METRICS`.
    power : float
        Probability of finding the difference, between 0.5 and 1 (exclusive).
    alpha : float
        Level of the two-sided test, between 0 and 1 (exclusive).
    score : float
        The better system's correlation (LCC) with the pilot's averages; below the noise ceiling.
    between : float
        Correlation between the predictions of the two systems. Similar systems need fewer pairs.
        It must be possible for systems of these qualities; the error states the range.
    listeners : sequence of int
        Numbers of ratings per pair to compare.
    pair_cost : float
        Cost of one more pair without its ratings, where a rating costs 1; at most 1e9.
    seed : int
    progress : callable, optional
        Called as ``progress(done, total)`` after each number of listeners.

    Raises
    ------
    RatingsError
        If a setting is out of range, or the ratings do not allow a model.
    """
    sizes = _check(difference, metric, power, alpha, between, listeners, pair_cost)
    pilot = Pilot.of(ratings)
    k = pilot.listeners
    worlds = {size: _world(pilot, size, seed) for size in (*sizes, k)}
    systems = Systems.of(pilot, worlds[k], metric, difference, score, between, seed)
    # How other panels change a difference is measured on a wide one, where chance matters little.
    wide = systems.with_lower(min(systems.shares[1], systems.shares[0] / 2.0))
    gaps = {size: wide.gap(world) for size, world in worlds.items()}
    z = _quantile(1.0 - alpha / 2.0) + _quantile(power)
    designs = []
    for done, size in enumerate(sizes, start=1):
        apparent = difference * gaps[size] / gaps[k]
        error = _error(pilot, size, systems)
        pairs = _pairs(z * error, apparent, difference)
        least = float(z * error / np.sqrt(ratings.n_pairs) * gaps[k] / gaps[size])
        ceiling = pilot.ceiling(metric, size)
        cost = pairs * (size + pair_cost)
        detectable = least if least < systems.most else float("nan")
        designs.append(
            Design(size, ceiling, apparent, error, pairs, pairs * size, cost, detectable)
        )
        if progress is not None:
            progress(done, len(sizes))
    cheapest = min(designs, key=lambda each: each.cost).listeners
    return RatingPlan(
        tuple(designs), cheapest, metric, difference, power, alpha, score, between, pair_cost, seed,
        ratings.n_pairs, k, pilot.variant, pilot.distinguishes,
    )  # fmt: skip


def _pairs(error: float, apparent: float, difference: float) -> int:
    """Return the number of pairs that makes an error for one pair as small as a difference."""
    if not apparent > 0.0 or error / apparent > np.sqrt(_MOST_PAIRS):
        raise SettingError(
            "difference",
            f" is {difference:g}; it needs more than 1,000,000,000 pairs; expected a larger "
            "difference",
        )
    return max(int(np.ceil((error / apparent) ** 2)), _LEAST_PAIRS)


def _check(
    difference: float,
    metric: str,
    power: float,
    alpha: float,
    between: float,
    listeners: Sequence[int],
    pair_cost: float,
) -> tuple[int, ...]:
    if metric not in METRICS:
        raise SettingError(
            "metric", f": unknown metric {metric!r}; expected one of {', '.join(METRICS)}"
        )
    for name, value, low, high in (
        ("difference", difference, 0.0, np.inf),
        ("power", power, 0.5, 1.0),
        ("alpha", alpha, 0.0, 1.0),
    ):
        if not low < value < high:
            bounds = f"above {low:g}" if high == np.inf else f"between {low:g} and {high:g}"
            raise SettingError(name, f" is {value:g}; expected a number {bounds}")
    if not 0.0 <= between < 1.0:
        raise SettingError("between", f" is {between:g}; expected a number from 0 to below 1")
    if not 0.0 <= pair_cost <= _MOST_COST:
        raise SettingError(
            "pair_cost", f" is {pair_cost:g}; expected a number from 0 to {_MOST_COST:,.0f}"
        )
    sizes = tuple(sorted(set(listeners)))
    if not sizes or sizes[0] < 1 or sizes[-1] > _MOST_LISTENERS or len(sizes) > _MOST_SIZES:
        raise SettingError(
            "listeners",
            f": expected 1 to {_MOST_SIZES} numbers of listeners, each from 1 to "
            f"{_MOST_LISTENERS:,}",
        )
    return sizes


def simulate_systems(
    scores: Floats, averages: Floats, share: tuple[float, float], own: float,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Return the predictions of two systems, shape (2, n), on the scale of the averages.

    Parameters
    ----------
    scores, averages : shape (n,)
        From :func:`simulate_pairs`.
    share : (float, float)
        Correlation of each system with the scores.
    own : float
        Correlation between the systems' own errors, from -1 to 1.
    """
    common, first, second = rng.normal(size=(3, scores.size))
    rows = []
    for each, part, sign in zip((first, second), share, (1.0, np.sign(own)), strict=True):
        error = sign * np.sqrt(abs(own)) * common + np.sqrt(1.0 - abs(own)) * each
        row = part * scores + np.sqrt(1.0 - part**2) * error
        slope, height = np.polyfit(row, averages, 1)
        rows.append(height + slope * row)
    return np.array(rows)


@dataclass(frozen=True, slots=True)
class Systems:
    """Two simulated systems, of which the first is better by the difference to find.

    Attributes
    ----------
    metric : str
    shares : (float, float)
        Correlation of each system with the normal scores of the true scores.
    between : float
        Correlation between the predictions.
    most : float
        How much better the first one is than a system without any relation to the ratings.
    seed : int
    """

    metric: str
    shares: tuple[float, float]
    between: float
    most: float
    seed: int

    @classmethod
    def of(
        cls, pilot: Pilot, world: tuple[Floats, Floats], metric: str, difference: float,
        score: float, between: float, seed: int,
    ) -> Systems:  # fmt: skip
        """Return the systems that have a score, a difference and a correlation.

        Parameters
        ----------
        pilot : Pilot
        world : (array, array)
            Many true scores and averages of the pilot's panel.
        metric, difference, score, between, seed
            See :func:`plan_test_set`.

        Raises
        ------
        SettingError
            If there are no such systems.
        """
        share = _share_of_truth(pilot, score, np.random.default_rng(seed))
        most = cls(metric, (share, 0.0), between, np.inf, seed).gap(world)
        if not difference < most:
            raise SettingError(
                "difference",
                f" is {difference:g}; a system with this score is at most {most:.2g} better than "
                "one without any relation to the ratings",
            )
        found = cls(metric, (share, share), between, most, seed)._solved(world, difference)
        if found._is_possible():
            return found
        # The shares depend a little on the correlation of the errors, because chance does.
        ends = [replace(found, between=end)._solved(world, difference) for end in (-np.inf, np.inf)]
        (common, rest), (more, most_rest) = (each._parts() for each in ends)
        low, high = max(common - rest, 0.0), more + most_rest
        raise SettingError(
            "between",
            f" is {between:g}; predictions of two systems that differ by {difference:g} correlate "
            f"by {np.ceil(1e3 * low) / 1e3:g} to {np.floor(1e3 * high) / 1e3:g} at this score; "
            "expected a number in that range",
        )

    def _solved(self, world: tuple[Floats, Floats], difference: float) -> Systems:
        """Return the systems with a second one that is worse by a difference."""
        low, high = 0.0, self.shares[0]
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            wide = self.with_lower(middle).gap(world) > difference
            low, high = (middle, high) if wide else (low, middle)
        return self.with_lower((low + high) / 2.0)

    def _is_possible(self) -> bool:
        common, rest = self._parts()
        return common - rest <= self.between <= common + rest

    def with_lower(self, share: float) -> Systems:
        """Return the same better system beside another worse one."""
        return replace(self, shares=(self.shares[0], share))

    @property
    def own(self) -> float:
        """The correlation of the systems' own errors; the closest one if none is possible."""
        common, rest = self._parts()
        return float(np.clip((self.between - common) / rest, -1.0, 1.0))

    def _parts(self) -> tuple[float, float]:
        """Return what the true scores contribute to the correlation, and the errors at most."""
        first, second = self.shares
        return first * second, float(np.sqrt((1.0 - first**2) * (1.0 - second**2)))

    def gap(self, world: tuple[Floats, Floats]) -> float:
        """Return how much better the first system is, over many pairs."""
        scores, averages = world
        rows = self.predict(scores, averages, np.random.default_rng([self.seed, 3]))
        metric = METRICS[self.metric]
        better, worse = (float(metric.function(row, averages)) for row in rows)
        return metric.sign * (better - worse)

    def predict(self, scores: Floats, averages: Floats, rng: np.random.Generator) -> Floats:
        """Return the predictions, shape (2, n); see :func:`simulate_systems`."""
        return simulate_systems(scores, averages, self.shares, self.own, rng)


def _share_of_truth(pilot: Pilot, score: float, rng: np.random.Generator) -> float:
    """Return the correlation with the normal scores at which a system reaches a score."""
    scores, averages = pilot.simulate(_LARGE, pilot.listeners, rng)
    best = float(np.corrcoef(scores, averages)[0, 1])
    most = np.floor(99.0 * best) / 100.0
    if not _LEAST_SCORE < score < 0.99 * best:
        raise SettingError(
            "score",
            f" is {score:g}; expected a correlation above {_LEAST_SCORE:g}, up to {most:.2f}, "
            "below the noise ceiling of the pilot",
        )
    return score / best


def _world(pilot: Pilot, size: int, seed: int) -> tuple[Floats, Floats]:
    """Return many true scores and averages; the true scores are the same for every size."""
    return pilot.simulate(_LARGE, size, np.random.default_rng([seed, 2]))


def _error(pilot: Pilot, size: int, systems: Systems) -> float:
    """Return the standard error of the difference of the two systems, times √n.

    The true scores and the errors of the systems are the same for every panel size, so that chance
    does not decide between designs.
    """
    from xacle_eval.statistics import bootstrap_metrics

    variances = []
    for place in range(_SETS):
        seed = [systems.seed, place]
        scores, averages = pilot.simulate(_PAIRS, size, np.random.default_rng(seed))
        rows = systems.predict(scores, averages, np.random.default_rng([*seed, 1]))
        sample = bootstrap_metrics(
            rows, averages, metrics=[systems.metric], resamples=_RESAMPLES, seed=place
        )
        values = sample.of(systems.metric)
        variances.append(float((values[0] - values[1]).var(ddof=1)))
    return float(np.sqrt(np.mean(variances) * _PAIRS))


def _quantile(p: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(p))
