"""Where the spread of ratings comes from: pairs, listeners, and the rest.

Goal: the variance of listeners' habits (one rates high, another low), where the design can tell it.

Model: x_ij = mean + pair_i + listener_j + rest_ij, two-way crossed random effects, any unbalanced
design. The estimator is Henderson's method 3 (fitting constants): each component follows from the
reduction of the sum of squares by adding its factor last, whose expectation is known exactly, so
the estimates are unbiased without a normality assumption. In a complete design they are those of
the classical two-way analysis of variance. An estimate may be negative; it is reported as it is.

Source: Henderson 1953, Biometrics 9:226; Searle, Casella & McCulloch 1992, chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xacle_eval.listeners.results import Result
from xacle_eval.references.ratings import Ratings, sums_by

__all__ = ["VarianceComponents", "variance_components"]

Floats = NDArray[np.float64]

#: Relative size of the residual at which the linear system counts as solved.
_TOLERANCE = 1e-12
#: Below this share of the ratings, the expectation of a reduction is rounding, not information.
_NEGLIGIBLE = 1e-9


@dataclass(frozen=True, slots=True)
class VarianceComponents(Result):
    """Variances of the two-way random model, in points squared.

    Attributes
    ----------
    pair, listener, rest : float
        Variance between pairs, between listeners, and of what remains; ``nan`` where the design
        does not identify them.
    listener_share : float
        listener / (listener + rest): how much of the noise of one rating is the listener's habit.
    n_pairs, n_listeners, n_ratings : int
        Sizes of the design.
    n_parts : int
        Parts of the design that no listener connects.
    identifiable : bool
        Whether all three variances could be told apart.
    note : str
        The reason where they could not.
    """

    pair: float
    listener: float
    rest: float
    listener_share: float
    n_pairs: int
    n_listeners: int
    n_ratings: int
    n_parts: int
    identifiable: bool
    note: str


def variance_components(ratings: Ratings) -> VarianceComponents:
    """Variance of pairs, of listeners and of the rest, by Henderson's method 3.

    Parameters
    ----------
    ratings : Ratings
        Any design; a repeated rating of a pair by one listener counts as one more rating.

    Returns
    -------
    VarianceComponents
        ``identifiable`` is False, with the reason, where listeners are not crossed with pairs.
    """
    parts = _parts(ratings)
    n, pairs, listeners = ratings.n_ratings, ratings.n_pairs, ratings.n_listeners
    rank = pairs + listeners - parts
    crossing = np.unique(ratings.pair * listeners + ratings.listener, return_counts=True)
    spread_listener = n - _overlap(crossing, ratings.counts(), by_pair=True, listeners=listeners)
    per_listener = np.bincount(ratings.listener, minlength=listeners)
    spread_pair = n - _overlap(crossing, per_listener, by_pair=False, listeners=listeners)
    reason = _reason(n, rank, spread_pair, spread_listener)
    if reason:
        return VarianceComponents(
            *(float("nan"),) * 4, n_pairs=pairs, n_listeners=listeners, n_ratings=n, n_parts=parts,
            identifiable=False, note=reason,
        )  # fmt: skip
    y = ratings.values - ratings.values.mean()
    by_pair, by_listener = _reduction(ratings.pair, y), _reduction(ratings.listener, y)
    both = by_pair + _added_by_listeners(ratings, y)
    rest = (float(y @ y) - both) / (n - rank)
    listener = (both - by_pair - rest * (rank - pairs)) / spread_listener
    pair = (both - by_listener - rest * (rank - listeners)) / spread_pair
    noise = listener + rest
    share = listener / noise if noise > 0 else float("nan")
    return VarianceComponents(pair, listener, rest, share, pairs, listeners, n, parts, True, "")


def _parts(ratings: Ratings) -> int:
    """Connected components of the graph of pairs and listeners."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = ratings.n_pairs + ratings.n_listeners
    links = (np.ones(ratings.n_ratings), (ratings.pair, ratings.n_pairs + ratings.listener))
    graph = coo_array(links, shape=(size, size))
    count, _ = connected_components(graph, directed=False)
    return int(count)


def _overlap(
    crossing: tuple[NDArray[np.intp], NDArray[np.intp]],
    totals: NDArray[np.intp],
    *,
    by_pair: bool,
    listeners: int,
) -> float:
    """Σ n_ij² / n_i. over pairs (or n_.j over listeners): the trace in the reduction's expectation."""
    key, count = crossing
    owner = key // listeners if by_pair else key % listeners
    return float((count.astype(np.float64) ** 2 / totals[owner]).sum())


def _reason(n: int, rank: int, spread_pair: float, spread_listener: float) -> str:
    if spread_listener <= _NEGLIGIBLE * n:
        return "no pair was rated by two listeners, so pairs and listeners cannot be told apart"
    if spread_pair <= _NEGLIGIBLE * n:
        return "no listener rated two pairs, so a listener's habit cannot be told from chance"
    if n <= rank:
        return (
            f"{n} ratings are used up by {rank} free values of pairs and listeners; "
            "more listeners would have to share more than one pair"
        )
    return ""


def _reduction(code: NDArray[np.intp], y: Floats) -> float:
    """Sum of squares explained by the averages of one factor."""
    total = np.bincount(code, y)
    return float((total * total / np.bincount(code)).sum())


def _added_by_listeners(ratings: Ratings, y: Floats) -> float:
    """Sum of squares that listeners explain beyond the pairs.

    The pairs are absorbed: with M the removal of each pair's average and Z the listeners'
    indicators, Z'MZ u = Z'My is solved by conjugate gradients, which needs only sums over ratings;
    the system is singular (a constant for each connected part) but consistent, and u'Z'My does not
    depend on the solution chosen.
    """
    count = ratings.counts()
    listeners = ratings.n_listeners

    def absorbed(x: Floats) -> Floats:
        mean = np.bincount(ratings.pair, x, minlength=ratings.n_pairs) / count
        return sums_by(ratings.listener, x - mean[ratings.pair], listeners)

    target = absorbed(y)
    scale = np.bincount(ratings.listener, minlength=listeners).astype(np.float64)
    solution = np.zeros(listeners)
    residual = target.copy()
    direction = residual / scale
    energy = float(residual @ direction)
    start = energy
    # In exact arithmetic conjugate gradients end within one step a listener.
    for _ in range(2 * listeners):
        if energy <= _TOLERANCE**2 * start or energy == 0.0:
            break
        image = absorbed(direction[ratings.listener])
        step = energy / float(direction @ image)
        solution += step * direction
        residual -= step * image
        fitted = residual / scale
        energy, previous = float(residual @ fitted), energy
        direction = fitted + energy / previous * direction
    return float(solution @ target)
