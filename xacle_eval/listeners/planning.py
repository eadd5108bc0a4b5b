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

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xacle_eval.listeners.answers import Answers
from xacle_eval.listeners.deconvolution import Deconvolution, deconvolve
from xacle_eval.listeners.halves import half_correlations
from xacle_eval.listeners.moments import one_way, pair_table, totals
from xacle_eval.listeners.results import Result
from xacle_eval.metrics import METRICS
from xacle_eval.references.ratings import Floats, Ratings, RatingsError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DEFAULT_LISTENERS",
    "Design",
    "RatingPlan",
    "plan_test_set",
    "simulate_pairs",
    "simulate_systems",
]

DEFAULT_LISTENERS = (1, 2, 3, 4, 6, 8, 12, 16)

_LARGE = 40_000
_PAIRS, _SETS, _RESAMPLES = 3_000, 3, 400
_SPLITS = 200
_HALVINGS = 14
_MOST_SIZES, _MOST_LISTENERS = 20, 1_000
_LEAST_PAIRS, _MOST_PAIRS = 30, 10**9
"""Below 30 pairs the standard error does not fall with the root of the number of pairs."""


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
        pilot's panel.
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
        The variant of the ordinal model.
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
    listeners : sequence of int
        Numbers of ratings per pair to compare.
    pair_cost : float
        Cost of one more pair without its ratings, where a rating costs 1.
    seed : int

    Raises
    ------
    RatingsError
        If a setting is out of range, or the ratings do not allow a model.
    """
    sizes = _check(difference, metric, power, alpha, between, listeners, pair_cost)
    model, k = _model(ratings), int(np.median(ratings.counts()))
    share = _share_of_truth(model, k, score, np.random.default_rng(seed))
    own = float(np.clip((between - share**2) / (1.0 - share**2), 0.0, 0.999))
    worlds = {size: _world(model, size, seed) for size in (*sizes, k)}
    shares = share, _lower_share(worlds[k], metric, share, own, difference, seed)
    # How other panels change a difference is measured on a wide one, where chance matters little.
    wide = share, min(shares[1], share / 2.0)
    gaps = {size: _gap(world, metric, wide, own, seed) for size, world in worlds.items()}
    z = _quantile(1.0 - alpha / 2.0) + _quantile(power)
    designs = []
    for size in sizes:
        apparent = difference * gaps[size] / gaps[k]
        error = _error(model, metric, size, shares, own, seed)
        pairs = _pairs(z * error, apparent)
        least = z * error / np.sqrt(ratings.n_pairs) * gaps[k] / gaps[size]
        ceiling = model.ceilings_with(size).get(metric, float("nan"))
        cost = pairs * (size + pair_cost)
        designs.append(
            Design(size, ceiling, apparent, error, pairs, pairs * size, cost, float(least))
        )
    cheapest = min(designs, key=lambda each: each.cost).listeners
    return RatingPlan(
        tuple(designs), cheapest, metric, difference, power, alpha, score, between, pair_cost, seed,
        ratings.n_pairs, k, model.model.variant,
    )  # fmt: skip


def _pairs(error: float, difference: float) -> int:
    """Return the number of pairs that makes an error for one pair as small as a difference."""
    if not difference > 0.0 or error / difference > np.sqrt(_MOST_PAIRS):
        raise RatingsError(
            "the difference needs more than 1,000,000,000 pairs; expected a larger difference"
        )
    return max(int(np.ceil((error / difference) ** 2)), _LEAST_PAIRS)


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
        raise RatingsError(f"unknown metric {metric!r}; expected one of {', '.join(METRICS)}")
    for name, value, low, high in (
        ("difference", difference, 0.0, np.inf),
        ("power", power, 0.5, 1.0),
        ("alpha", alpha, 0.0, 1.0),
    ):
        if not low < value < high:
            bounds = f"above {low:g}" if high == np.inf else f"between {low:g} and {high:g}"
            raise RatingsError(f"{name} is {value:g}; expected a number {bounds}")
    if not 0.0 <= between < 1.0:
        raise RatingsError(f"between is {between:g}; expected a number from 0 to below 1")
    if not 0.0 <= pair_cost < np.inf:
        raise RatingsError(f"pair_cost is {pair_cost:g}; expected a number of 0 or more")
    sizes = tuple(sorted(set(listeners)))
    if not sizes or sizes[0] < 1 or sizes[-1] > _MOST_LISTENERS or len(sizes) > _MOST_SIZES:
        raise RatingsError(
            f"expected 1 to {_MOST_SIZES} numbers of listeners, each from 1 to {_MOST_LISTENERS:,}"
        )
    return sizes


def _model(ratings: Ratings) -> Deconvolution:
    single = float(one_way(totals(pair_table(ratings))).single)
    if not single > 0.0 or int((ratings.counts() > 1).sum()) < 20:
        raise RatingsError(
            "a plan needs pilot ratings of at least 20 pairs with two ratings, and a reliability "
            "above zero"
        )
    found = half_correlations(ratings, _SPLITS, 0)
    halves = {name: float(values.mean()) for name, values in found.items()}
    return deconvolve(Answers.of(ratings), single, halves)[0]


def simulate_pairs(
    model: Deconvolution, n: int, k: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return normal scores of the true scores, and averages of k ratings, of n simulated pairs.

    Returns
    -------
    scores : shape (n,)
        Increase with the true score; about mean 0 and variance 1.
    averages : shape (n,)
    """
    from scipy.special import ndtri

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
    return np.asarray(ndtri(np.clip(place, 1e-12, 1 - 1e-12))), total / k


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
        Correlation between the systems' own errors.
    """
    common, first, second = rng.normal(size=(3, scores.size))
    rows = []
    for each, part in zip((first, second), share, strict=True):
        error = np.sqrt(own) * common + np.sqrt(1.0 - own) * each
        row = part * scores + np.sqrt(1.0 - part**2) * error
        slope, height = np.polyfit(row, averages, 1)
        rows.append(height + slope * row)
    return np.array(rows)


def _share_of_truth(model: Deconvolution, k: int, score: float, rng: np.random.Generator) -> float:
    """Return the correlation with the normal scores at which a system reaches a score."""
    scores, averages = simulate_pairs(model, _LARGE, k, rng)
    best = float(np.corrcoef(scores, averages)[0, 1])
    if not 0.05 < score < 0.99 * best:
        raise RatingsError(
            f"score is {score:g}; expected a correlation from 0.05 to {0.99 * best:.2f}, below the "
            "noise ceiling of the pilot"
        )
    return score / best


def _world(model: Deconvolution, size: int, seed: int) -> tuple[Floats, Floats]:
    """Return many true scores and averages; the true scores are the same for every size."""
    return simulate_pairs(model, _LARGE, size, np.random.default_rng([seed, 2]))


def _gap(
    world: tuple[Floats, Floats], metric: str, shares: tuple[float, float], own: float, seed: int
) -> float:
    """Return how much better the first of two systems is in a metric."""
    scores, averages = world
    rows = simulate_systems(scores, averages, shares, own, np.random.default_rng([seed, 3]))
    better, worse = (float(METRICS[metric].function(row, averages)) for row in rows)
    return METRICS[metric].sign * (better - worse)


def _lower_share(
    world: tuple[Floats, Floats], metric: str, share: float, own: float, difference: float,
    seed: int,
) -> float:  # fmt: skip
    """Return the correlation with the true scores of a system that is worse by a difference."""
    most = _gap(world, metric, (share, 0.0), own, seed)
    if not difference < most:
        raise RatingsError(
            f"difference is {difference:g}; a system with this score is at most {most:.2g} better "
            "than one without any relation to the ratings"
        )
    low, high = 0.0, share
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        wide = _gap(world, metric, (share, middle), own, seed) > difference
        low, high = (middle, high) if wide else (low, middle)
    return (low + high) / 2.0


def _error(
    model: Deconvolution, metric: str, size: int, shares: tuple[float, float], own: float, seed: int
) -> float:
    """Return the standard error of the difference of the two systems, times √n.

    The true scores and the errors of the systems are the same for every panel size, so that chance
    does not decide between designs.
    """
    from xacle_eval.statistics import bootstrap_metrics

    variances = []
    for place in range(_SETS):
        scores, averages = simulate_pairs(model, _PAIRS, size, np.random.default_rng([seed, place]))
        rows = simulate_systems(
            scores, averages, shares, own, np.random.default_rng([seed, place, 1])
        )
        sample = bootstrap_metrics(
            rows, averages, metrics=[metric], resamples=_RESAMPLES, seed=place
        )
        values = sample.of(metric)
        variances.append(float((values[0] - values[1]).var(ddof=1)))
    return float(np.sqrt(np.mean(variances) * _PAIRS))


def _quantile(p: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(p))
