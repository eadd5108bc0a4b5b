"""The effect of noise in averages on LCC, SRCC and KTAU, and its correction.

Goal: convert the correlation of two half panels to the correlation of the true scores with the
full panel.

Model: an average of k ratings is the true score, with variance ρ, plus noise with variance
(1 − ρ)/k, where ρ is the reliability of one rating. Two such averages of the same pairs have

    LCC  = 1 / √((1 + λ E[u]) (1 + λ E[v]))
    KTAU = 2/π · E arcsin( 1 / √((1 + λ (u_i + u_j)/2) (1 + λ (v_i + v_j)/2)) )
    SRCC = 6/π · E arcsin( ½ / √((1 + λ (u_i + u_j)/2) (1 + λ (v_i + v_l)/2)) )

where λ = (1 − ρ)/ρ, u and v are the inverse panel sizes of the two averages (0 for the true score)
and i, j, l are independent pairs. The first formula holds for any distribution: inverting it for
two halves and applying it to truth and panel is Spearman–Brown followed by the square root. The
other two hold for normal scores (Greiner 1909; Pearson 1907; Kendall & Gibbons 1990, chapter 10).
They are extended here to panels of unequal size, because the difference of the averages of two
pairs is then still normal.

Spearman–Brown is not used for all three metrics because it is a law of covariances, which KTAU
does not follow. With ICC(1,1) = 0.4 and four listeners, stepping up the tau of two halves and
taking the root gives 0.75; the true value is 0.65, and so is the value of the maps above
(``benchmarks/ceiling.py``).

Ties: the formula of KTAU holds for tau-a, concordant minus discordant over all pairs of items.
Observed tau-b values are converted to tau-a and back with the share of tied pairs
(``tied_share``), because coarse halves have more ties than the full panel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Panels", "expected_correlation", "reliability_from_halves", "tied_share"]

Floats = NDArray[np.float64]

#: Maximum number of distinct panel sizes; more are merged, because the cost of SRCC is cubic.
_MAX_CLASSES = 20
#: Reliabilities at which the maps are tabulated; 257 points keep the error below 1e-4.
_GRID = np.sin(np.linspace(0.0, np.pi / 2, 257)) ** 2


@dataclass(frozen=True, slots=True, eq=False)
class Panels:
    """Classes of pairs with the same sizes of the two averages that are correlated.

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
        """Return the classes for the true scores and the averages of all k ratings."""
        inverse, weight = _classes(k)
        return cls(np.zeros_like(inverse), inverse, weight)

    @classmethod
    def halves(cls, k: NDArray[np.intp]) -> Panels:
        """Return the classes for averages of ⌊k/2⌋ and ⌈k/2⌉ ratings; each k is at least 2."""
        small, weight = _classes(k, lambda size: 1 / np.floor(size / 2))
        large, _ = _classes(k, lambda size: 1 / np.ceil(size / 2))
        return cls(small, large, weight)

    @classmethod
    def of(cls, first: Floats, second: Floats) -> Panels:
        """Return the classes for two averages of each item with these inverse sizes, shape (n,)."""
        items, counts = np.unique(np.column_stack([first, second]), axis=0, return_counts=True)
        weight = counts / counts.sum()
        if len(items) > _MAX_CLASSES:
            # Items with a similar size of the first average are next to each other.
            group = np.minimum((np.cumsum(weight) * _MAX_CLASSES).astype(int), _MAX_CLASSES - 1)
            total = np.bincount(group, weight)
            used = total > 0
            means = [np.bincount(group, part * weight)[used] / total[used] for part in items.T]
            items, weight = np.column_stack(means), total[used]
        return cls(items[:, 0], items[:, 1], np.asarray(weight, dtype=np.float64))


def _classes(
    k: NDArray[np.intp], inverse: Callable[[Floats], Floats] = lambda size: 1 / size
) -> tuple[Floats, Floats]:
    """Return the mean inverse size and the share of each class; too many sizes are merged."""
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
    """Return the expected correlation for each reliability of one rating.

    Parameters
    ----------
    metric : {"LCC", "SRCC", "KTAU"}
        For KTAU the value is tau-a: ties are neither concordant nor discordant.
    reliability : float or array of float, shape (m,)
        Reliability of one rating, in [0, 1]; ``nan`` stays ``nan``.
    panels : Panels
        The two averages that are correlated.

    Returns
    -------
    array of float, shape (m,)
    """
    one = np.atleast_1d(np.asarray(reliability, dtype=np.float64))
    return np.concatenate(
        [_MAPS[metric](rho, panels) for rho in np.array_split(one, max(1, one.size // 64))]
    )


def _true_share(rho: Floats, noise: Floats) -> Floats:
    """Return √(true variance / variance of the average); 1 without noise, for any reliability."""
    with np.errstate(invalid="ignore"):
        share = rho / (rho + (1 - rho) * noise)
    return np.asarray(
        np.where((noise == 0) & ~np.isnan(rho), 1.0, np.sqrt(share)), dtype=np.float64
    )


def _pearson(rho: Floats, panels: Panels) -> Floats:
    first, second = panels.first @ panels.weight, panels.second @ panels.weight
    return _true_share(rho, np.asarray(first)) * _true_share(rho, np.asarray(second))


def _kendall(rho: Floats, panels: Panels) -> Floats:
    w = panels.weight
    grid = rho[:, None, None]
    first = _true_share(grid, _half_sum(panels.first))
    second = _true_share(grid, _half_sum(panels.second))
    return np.asarray(2 / np.pi * np.einsum("i,j,rij->r", w, w, np.arcsin(_unit(first * second))))


def _spearman(rho: Floats, panels: Panels) -> Floats:
    w = panels.weight
    grid = rho[:, None, None]
    first = _true_share(grid, _half_sum(panels.first))
    second = _true_share(grid, _half_sum(panels.second))
    product = _unit(first[:, :, :, None] * second[:, :, None, :])
    return np.asarray(6 / np.pi * np.einsum("i,j,l,rijl->r", w, w, w, np.arcsin(product / 2)))


def _half_sum(noise: Floats) -> Floats:
    return (noise[:, None] + noise[None, :]) / 2


def _unit(x: Floats) -> Floats:
    """Clip at 1: rounding can give 1 + 1e-16, for which arcsin is undefined."""
    return np.asarray(np.minimum(x, 1.0))


_MAPS: Mapping[str, Callable[[Floats, Panels], Floats]] = {
    "LCC": _pearson,
    "SRCC": _spearman,
    "KTAU": _kendall,
}


def reliability_from_halves(metric: str, correlation: Floats | float, halves: Panels) -> Floats:
    """Return the reliability of one rating for which two half panels correlate as observed.

    Parameters
    ----------
    metric : {"LCC", "SRCC", "KTAU"}
        The map to invert.
    correlation : float or array of float
        Observed values. For values of 0 or below the reliability is 0; ``nan`` stays ``nan``.
    halves : Panels
        The result of ``Panels.halves``.

    Returns
    -------
    array of float in [0, 1], with the shape of ``correlation`` (at least one axis)
    """
    table = expected_correlation(metric, _GRID, halves)
    observed = np.atleast_1d(np.asarray(correlation, dtype=np.float64))
    return np.asarray(np.interp(observed, table, _GRID), dtype=np.float64)


def tied_share(values: Floats) -> float:
    """Return the share of the n(n − 1)/2 pairs of items with equal values; ``nan`` if n < 2."""
    if values.size < 2:
        return float("nan")
    _, counts = np.unique(values, return_counts=True)
    return float((counts * (counts - 1)).sum() / (values.size * (values.size - 1)))
