"""Variance components of ratings: pairs, listeners and residual.

Goal: estimate the variance of listener bias (some rate high, others low) if the design allows it.

Model: x_ij = mean + pair_i + listener_j + rest_ij, two-way crossed random effects, any unbalanced
design. The estimator is Henderson's method 3 (fitting constants): each component follows from the
reduction of the sum of squares when its factor is added last. The expectation of this reduction
is known exactly, so the estimates are unbiased without a normality assumption. In a complete
design they equal those of the classical two-way analysis of variance. Estimates may be negative
and are reported unchanged.

Source: Henderson 1953, Biometrics 9:226; Searle, Casella & McCulloch 1992, chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xacle_eval.listeners.parts import Parts
from xacle_eval.listeners.results import Result
from xacle_eval.references.ratings import Ratings, sums_by

__all__ = ["VarianceComponents", "variance_components"]

Floats = NDArray[np.float64]

#: Relative residual at which the linear system is considered solved.
_TOLERANCE = 1e-12
#: Below this share of the ratings, the expectation of a reduction is rounding error.
_NEGLIGIBLE = 1e-9


@dataclass(frozen=True, slots=True)
class VarianceComponents(Result):
    """Variances of the two-way random model, in points squared.

    Attributes
    ----------
    pair, listener, rest : float
        Variance between pairs, variance between listeners and residual variance; ``nan`` if the
        design does not identify them.
    listener_share : float
        listener / (listener + rest): the share of listener bias in the noise of one rating.
    n_pairs, n_listeners, n_ratings : int
        Sizes of the design.
    n_parts : int
        Number of parts of the design that no listener connects.
    identifiable : bool
        Whether the design identifies all three variances.
    note : str
        The reason if it does not.
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
    """Return the variances of pairs, listeners and residual by Henderson's method 3.

    Parameters
    ----------
    ratings : Ratings
        Any design. Repeated ratings of a pair by one listener count as separate ratings.

    Returns
    -------
    VarianceComponents
        If listeners are not crossed with pairs, ``identifiable`` is False and ``note`` contains
        the reason.
    """
    parts = Parts.of(ratings).count
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


def _overlap(
    crossing: tuple[NDArray[np.intp], NDArray[np.intp]],
    totals: NDArray[np.intp],
    *,
    by_pair: bool,
    listeners: int,
) -> float:
    """Return Σ n_ij² / n_i. over pairs (n_.j over listeners), a trace in the expectation."""
    key, count = crossing
    owner = key // listeners if by_pair else key % listeners
    return float((count.astype(np.float64) ** 2 / totals[owner]).sum())


def _reason(n: int, rank: int, spread_pair: float, spread_listener: float) -> str:
    if spread_listener <= _NEGLIGIBLE * n:
        return (
            "the variance components cannot be estimated: no pair was rated by two listeners, so "
            "pairs and listeners are confounded"
        )
    if spread_pair <= _NEGLIGIBLE * n:
        return (
            "the variance components cannot be estimated: no listener rated two pairs, so listener "
            "bias and noise are confounded"
        )
    if n <= rank:
        return (
            "the variance components cannot be estimated: "
            f"{n} ratings leave no degrees of freedom after {rank} parameters of pairs and "
            "listeners; more listeners need to share more than one pair"
        )
    return ""


def _reduction(code: NDArray[np.intp], y: Floats) -> float:
    """Return the sum of squares that the averages of one factor explain."""
    total = np.bincount(code, y)
    return float((total * total / np.bincount(code)).sum())


def _added_by_listeners(ratings: Ratings, y: Floats) -> float:
    """Return the sum of squares that listeners explain in addition to the pairs.

    M subtracts each pair's average and Z are the listeners' indicators. Z'MZ u = Z'My is solved by
    conjugate gradients, which need only sums over ratings. The system is singular (one constant
    per connected part) but consistent, and u'Z'My is the same for every solution.
    """
    count = ratings.counts()
    listeners = ratings.n_listeners

    def listener_sums(x: Floats) -> Floats:
        mean = np.bincount(ratings.pair, x, minlength=ratings.n_pairs) / count
        return sums_by(ratings.listener, x - mean[ratings.pair], listeners)

    target = listener_sums(y)
    scale = np.bincount(ratings.listener, minlength=listeners).astype(np.float64)
    solution = np.zeros(listeners)
    residual = target.copy()
    direction = residual / scale
    energy = float(residual @ direction)
    start = energy
    # In exact arithmetic conjugate gradients converge within one step per listener.
    for _ in range(2 * listeners):
        if energy <= _TOLERANCE**2 * start or energy == 0.0:
            break
        image = listener_sums(direction[ratings.listener])
        step = energy / float(direction @ image)
        solution += step * direction
        residual -= step * image
        fitted = residual / scale
        energy, previous = float(residual @ fitted), energy
        direction = fitted + energy / previous * direction
    return float(solution @ target)
