"""What noise in averages does to LCC, SRCC and KTAU, and how to undo it.

Goal: from the correlation between two half panels to the correlation between the true scores and
the full panel.

Model: an average of k ratings is the true score plus noise of variance (1 − ρ)/k per ρ of true
variance, ρ being the reliability of one rating. Two such averages of the same pair have

    LCC  = 1 / √((1 + λ E[u]) (1 + λ E[v]))
    KTAU = 2/π · E arcsin( 1 / √((1 + λ (u_i + u_j)/2) (1 + λ (v_i + v_j)/2)) )
    SRCC = 6/π · E arcsin( ½ / √((1 + λ (u_i + u_j)/2) (1 + λ (v_i + v_l)/2)) )

with λ = (1 − ρ)/ρ, u and v the inverse panel sizes of the two averages (0 for the true score
itself) and i, j, l independent pairs. The first line holds for any distribution: inverting it for
two halves and applying it to truth against panel is Spearman–Brown followed by the square root. The
other two hold for normal scores (Greiner 1909; Pearson 1907; Kendall & Gibbons 1990, chapter 10),
extended here to panels of unequal size, since the difference of two pairs' averages is then still
normal.

Why not Spearman–Brown for all three: it is a law of covariances. KTAU does not follow it. With
ICC(1,1) = 0.4 and four listeners, stepping up the tau of two halves and taking the root gives 0.75
where the truth is 0.65; the maps above give 0.65 (``benchmarks/ceiling.py``).

Ties: the formula of KTAU is of tau-a, concordant minus discordant over all pairs of pairs. Observed
tau-b values are brought to it and back by the share of tied pairs (``tied_share``), since coarse
halves tie more than the full panel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Panels", "expected_correlation", "reliability_from_halves", "tied_share"]

Floats = NDArray[np.float64]

#: Panel sizes of different value that are told apart; more are merged, since SRCC needs their cube.
_MAX_CLASSES = 20
#: Reliabilities at which the maps are tabulated; 257 keep the interpolation error below 1e-4.
_GRID = np.sin(np.linspace(0.0, np.pi / 2, 257)) ** 2


@dataclass(frozen=True, slots=True, eq=False)
class Panels:
    """Classes of pairs by the sizes of the two averages that are correlated.

    Attributes
    ----------
    first, second : array of float, shape (classes,)
        Inverse number of ratings behind the first and the second average; 0 is the true score.
    weight : array of float, shape (classes,)
        Share of the pairs in each class; sums to 1.
    """

    first: Floats
    second: Floats
    weight: Floats

    @classmethod
    def truth_and_panel(cls, k: NDArray[np.intp]) -> Panels:
        """The true score against the average of all k ratings of each pair."""
        inverse, weight = _classes(k)
        return cls(np.zeros_like(inverse), inverse, weight)

    @classmethod
    def panel_and_panel(cls, k: NDArray[np.intp]) -> Panels:
        """The average of k ratings against that of k other listeners."""
        inverse, weight = _classes(k)
        return cls(inverse, inverse, weight)

    @classmethod
    def halves(cls, k: NDArray[np.intp]) -> Panels:
        """Averages of ⌊k/2⌋ and of ⌈k/2⌉ ratings; every k must be 2 or more."""
        small, weight = _classes(k, lambda size: 1 / np.floor(size / 2))
        large, _ = _classes(k, lambda size: 1 / np.ceil(size / 2))
        return cls(small, large, weight)


def _classes(
    k: NDArray[np.intp], inverse: Callable[[Floats], Floats] = lambda size: 1 / size
) -> tuple[Floats, Floats]:
    """Mean inverse size and share of each class; sizes are merged by rank where there are too many."""
    sizes, counts = np.unique(k, return_counts=True)
    weight = counts / counts.sum()
    noise = inverse(sizes.astype(np.float64))
    if len(sizes) <= _MAX_CLASSES:
        return noise, weight
    group = np.minimum((np.cumsum(weight) * _MAX_CLASSES).astype(np.intp), _MAX_CLASSES - 1)
    merged = np.bincount(group, weight)
    used = merged > 0
    mean = np.bincount(group, noise * weight)[used] / merged[used]
    return np.asarray(mean, dtype=np.float64), np.asarray(merged[used], dtype=np.float64)


def expected_correlation(metric: str, reliability: Floats | float, panels: Panels) -> Floats:
    """The correlation that noise leaves, for each reliability of one rating.

    Parameters
    ----------
    metric : {"LCC", "SRCC", "KTAU"}
        For KTAU the value is tau-a, ties counting as neither.
    reliability : float or array of float, shape (m,)
        Reliability of one rating, in [0, 1]; ``nan`` stays ``nan``.
    panels : Panels
        What is correlated.

    Returns
    -------
    array of float, shape (m,)
    """
    one = np.atleast_1d(np.asarray(reliability, dtype=np.float64))
    return np.concatenate(
        [_MAPS[metric](rho, panels) for rho in np.array_split(one, max(1, one.size // 64))]
    )


def _kept(rho: Floats, noise: Floats) -> Floats:
    """√(true variance / variance of the average): 1 without noise, whatever the reliability."""
    with np.errstate(invalid="ignore"):
        share = rho / (rho + (1 - rho) * noise)
    return np.asarray(
        np.where((noise == 0) & ~np.isnan(rho), 1.0, np.sqrt(share)), dtype=np.float64
    )


def _pearson(rho: Floats, panels: Panels) -> Floats:
    first, second = panels.first @ panels.weight, panels.second @ panels.weight
    return _kept(rho, np.asarray(first)) * _kept(rho, np.asarray(second))


def _kendall(rho: Floats, panels: Panels) -> Floats:
    w = panels.weight
    grid = rho[:, None, None]
    first = _kept(grid, _half_sum(panels.first))
    second = _kept(grid, _half_sum(panels.second))
    return np.asarray(2 / np.pi * np.einsum("i,j,rij->r", w, w, np.arcsin(_unit(first * second))))


def _spearman(rho: Floats, panels: Panels) -> Floats:
    w = panels.weight
    grid = rho[:, None, None]
    first = _kept(grid, _half_sum(panels.first))
    second = _kept(grid, _half_sum(panels.second))
    product = _unit(first[:, :, :, None] * second[:, :, None, :])
    return np.asarray(6 / np.pi * np.einsum("i,j,l,rijl->r", w, w, w, np.arcsin(product / 2)))


def _half_sum(noise: Floats) -> Floats:
    return (noise[:, None] + noise[None, :]) / 2


def _unit(x: Floats) -> Floats:
    """Rounding may leave 1 + 1e-16, where arcsin has no value."""
    return np.asarray(np.minimum(x, 1.0))


_MAPS: Mapping[str, Callable[[Floats, Panels], Floats]] = {
    "LCC": _pearson,
    "SRCC": _spearman,
    "KTAU": _kendall,
}


def reliability_from_halves(metric: str, correlation: Floats | float, halves: Panels) -> Floats:
    """Reliability of one rating at which two half panels correlate as observed.

    Parameters
    ----------
    metric : {"LCC", "SRCC", "KTAU"}
        The map to invert.
    correlation : float or array of float
        Observed values; at or below 0 the reliability is 0. ``nan`` stays ``nan``.
    halves : Panels
        As of ``Panels.halves``.

    Returns
    -------
    array of float in [0, 1], of the shape of ``correlation`` (at least one axis)
    """
    table = expected_correlation(metric, _GRID, halves)
    observed = np.atleast_1d(np.asarray(correlation, dtype=np.float64))
    return np.asarray(np.interp(observed, table, _GRID), dtype=np.float64)


def tied_share(values: Floats) -> float:
    """Share of the n(n − 1)/2 pairs of items whose values are equal; ``nan`` for fewer than two."""
    if values.size < 2:
        return float("nan")
    _, counts = np.unique(values, return_counts=True)
    return float((counts * (counts - 1)).sum() / (values.size * (values.size - 1)))
