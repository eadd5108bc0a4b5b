"""Twelve shapes of true scores and noise with known truth, for the benchmark of the noise ceiling.

Each shape is a function of a generator, the pair of each rating and the number of pairs; it returns
the true scores (expected ratings) and the ratings. Most of them do not follow the model that the
estimator fits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

__all__ = ["PANELS", "SHAPES", "panel_sizes"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Drawn = tuple[Floats, Floats]

HIGHEST = 10
_CUTS = np.arange(HIGHEST) + 0.5
# Listeners who prefer 0, 2, 5, 8 and 10, as in RELATE.
_HEAPED_CUTS = np.array([0.3, 0.8, 2.8, 3.4, 4.0, 6.2, 6.9, 7.6, 9.0, 9.5])


def expected_rating(centre: Floats, spread: ArrayLike, cuts: Floats | None = None) -> Floats:
    """Return the mean of normal ratings that are cut into the levels 0 to 10."""
    scale = np.broadcast_to(np.asarray(spread, dtype=float), centre.shape)
    edges = _CUTS if cuts is None else cuts
    above = 1.0 - ndtr((edges[None, :] - centre[:, None]) / scale[:, None])
    return np.asarray(above.sum(axis=1))


def _rounded(rng: np.random.Generator, pair: Codes, latent: Floats, spread: ArrayLike) -> Drawn:
    scale = np.broadcast_to(np.asarray(spread, dtype=float), latent.shape)
    noisy = latent[pair] + scale[pair] * rng.normal(size=pair.size)
    return expected_rating(latent, scale), np.clip(np.round(noisy), 0, HIGHEST)


def continuous(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw normal scores and noise without rounding; ICC(1,1) is 0.4."""
    truth = rng.normal(scale=math.sqrt(0.4), size=n)
    return truth, truth[pair] + rng.normal(scale=math.sqrt(0.6), size=pair.size)


def middling(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw whole ratings around the middle of the scale."""
    return _rounded(rng, pair, 5 + rng.normal(scale=1.4, size=n), 1.7)


def crowded(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw whole ratings of which a third are 10 and a tenth 0."""
    return _rounded(rng, pair, 7.8 + rng.normal(scale=3.2, size=n), 3.9)


def two_heaps(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw two wide heaps of scores with much noise."""
    low = rng.random(n) < 0.45
    return _rounded(rng, pair, np.where(low, rng.normal(2, 1.2, n), rng.normal(8.5, 1.2, n)), 4.2)


def tight_heaps(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw two tight heaps of scores."""
    low = rng.random(n) < 0.45
    return _rounded(rng, pair, np.where(low, rng.normal(1.5, 0.7, n), rng.normal(8.5, 0.7, n)), 2.0)


def three_heaps(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw three heaps of scores."""
    centre = np.array([1.0, 5.0, 9.0])[rng.choice(3, n, p=[0.3, 0.3, 0.4])]
    return _rounded(rng, pair, centre + rng.normal(0, 0.6, n), 2.2)


def uneven_noise(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw two heaps with a noise level that differs by pair."""
    low = rng.random(n) < 0.45
    latent = np.where(low, rng.normal(2, 1.2, n), rng.normal(8.5, 1.2, n))
    return _rounded(rng, pair, latent, np.exp(rng.normal(np.log(3.0), 0.5, n)))


def careless(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw beta-binomial ratings; 15 % of the answers do not depend on the pair."""
    chance = rng.beta(0.6, 0.5, n)
    ratings = rng.binomial(10, chance[pair]).astype(float)
    random = rng.random(pair.size) < 0.15
    ratings[random] = rng.integers(0, 11, random.sum())
    return 0.85 * 10 * chance + 0.15 * 5, ratings


def skewed_noise(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw two heaps with skewed (exponential) noise."""
    low = rng.random(n) < 0.5
    latent = np.where(low, rng.normal(3, 1.0, n), rng.normal(9, 1.0, n))
    noise = 3.0 * (1 - rng.exponential(1, pair.size))
    ratings = np.clip(np.round(latent[pair] + noise), 0, HIGHEST)
    quantiles = 3.0 * (1 + np.log((np.arange(4000) + 0.5) / 4000))
    grid = np.linspace(latent.min(), latent.max(), 400)
    expected = np.clip(np.round(grid[:, None] + quantiles), 0, HIGHEST).mean(axis=1)
    return np.interp(latent, grid, expected), ratings


def heavy_tails(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw scores of a t distribution with three degrees of freedom."""
    return _rounded(rng, pair, 5 + rng.standard_t(3, n), 2.0)


def uniform(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw uniform scores."""
    return _rounded(rng, pair, rng.uniform(0, 10, n), 3.0)


def relate_like(rng: np.random.Generator, pair: Codes, n: int) -> Drawn:
    """Draw blocks of 18 pairs with the same, biased listeners; answers heap on some levels."""
    low = rng.random(n) < 0.35
    latent = np.where(low, rng.normal(3, 1.5, n), rng.normal(8.5, 1.5, n))
    k = np.bincount(pair, minlength=n)
    place = np.arange(pair.size) - (np.cumsum(k) - k)[pair]
    block = np.arange(n) // 18
    bias = rng.normal(0, 1.5, (block.max() + 1, k.max()))
    noisy = latent[pair] + bias[block[pair], place] + rng.normal(0, 2.3, pair.size)
    ratings = np.searchsorted(_HEAPED_CUTS, noisy).astype(float)
    return expected_rating(latent, math.hypot(1.5, 2.3), _HEAPED_CUTS), ratings


SHAPES: Mapping[str, Callable[[np.random.Generator, Codes, int], Drawn]] = {
    "continuous": continuous,
    "middle of the scale": middling,
    "near 10": crowded,
    "two heaps": two_heaps,
    "two tight heaps": tight_heaps,
    "three heaps": three_heaps,
    "uneven noise": uneven_noise,
    "careless answers": careless,
    "skewed noise": skewed_noise,
    "heavy tails": heavy_tails,
    "uniform": uniform,
    "like RELATE": relate_like,
}
PANELS: Mapping[str, tuple[int, int]] = {"4": (4, 4), "8": (8, 8), "2–12": (2, 12)}
"""The smallest and the largest number of ratings per pair."""


def panel_sizes(rng: np.random.Generator, panel: str, n: int) -> Codes:
    """Return the number of ratings of each pair."""
    least, most = PANELS[panel]
    return rng.integers(least, most + 1, n)
