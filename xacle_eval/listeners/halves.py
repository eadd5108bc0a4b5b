"""Split halves: the correlation between the averages of two random halves of each pair's ratings.

It needs no model of the ratings, so it checks one: a model of the noise must predict it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xacle_eval.metrics import ktau, lcc, srcc
from xacle_eval.references.ratings import Floats, Ratings

__all__ = ["CORRELATIONS", "half_correlations", "random_halves"]

CORRELATIONS = {"LCC": lcc, "SRCC": srcc, "KTAU": ktau}


def half_correlations(ratings: Ratings, splits: int, seed: int) -> Mapping[str, Floats]:
    """Return the correlations between random halves of ⌊k/2⌋ and ⌈k/2⌉ ratings.

    Parameters
    ----------
    ratings : Ratings
        Pairs with one rating are left out.
    splits : int
        Number of random splits.
    seed : int

    Returns
    -------
    mapping of str to array, shape (splits,)
        LCC, SRCC and KTAU; nan if fewer than two pairs have two ratings.
    """
    found = {name: np.full(splits, np.nan) for name in CORRELATIONS}
    splittable = ratings.counts() > 1
    if splittable.sum() < 2:
        return found
    many = ratings.where(splittable[ratings.pair])
    generator = np.random.default_rng([seed, splits])
    for s in range(splits):
        first, second = random_halves(many, generator)
        for name, metric in CORRELATIONS.items():
            found[name][s] = metric(first, second)
    return found


def random_halves(ratings: Ratings, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Return averages of ⌊k/2⌋ and ⌈k/2⌉ ratings of each pair, drawn without replacement."""
    k, n = ratings.counts(), ratings.n_pairs
    # A code plus a fraction in [0, 1) sorts by pair, and at random within the pair.
    order = np.argsort(ratings.pair + generator.random(ratings.n_ratings))
    pair, values = ratings.pair[order], ratings.values[order]
    place = np.arange(values.size) - (np.cumsum(k) - k)[pair]
    early = place < (k // 2)[pair]
    first = np.bincount(pair[early], values[early], minlength=n) / (k // 2)
    second = np.bincount(pair[~early], values[~early], minlength=n) / (k - k // 2)
    return first, second
