"""Noise ceiling and MSE floor of groups: averages over pairs that are averages of ratings.

Goal: estimate how well a perfect predictor can score at a group level, such as the averages of
systems.

Model: the true score of a group is the mean of the true scores of its pairs. The pairs of a group
are fixed, so differences between them are no noise. With m pairs in a group and k_i ratings of
pair i, the noise of the group's average has the variance σ² u with

    u = (1/k_1 + … + 1/k_m) / m²,

where σ² is the variance of one rating around the true score of its pair. So a group is like a pair
with 1/u ratings, and everything else is as for pairs (`ceiling`): the variance of the true scores
of the groups is the variance of their averages minus σ² times the mean of u; halves of the ratings
of each pair give halves of each group; and the MSE floor is the mean over the groups of
(s_1²/k_1 + … + s_m²/k_m) / m². Resamples draw whole groups.

Limitation: the ratings of different pairs count as independent. If a listener rates many pairs of
the same group and few of the others, the difference of this listener from the others does not
average out, and the ceilings are too high.
"""

from __future__ import annotations

import numpy as np

from xacle_eval.listeners.attenuation import Panels, tied_share
from xacle_eval.listeners.ceiling import (
    CORRELATIONS,
    Halves,
    MseFloor,
    NoiseCeiling,
    Step,
    check_settings,
    correlation_ceiling,
    random_halves,
)
from xacle_eval.listeners.moments import interval, resample_totals, totals
from xacle_eval.references.ratings import Codes, Floats, Ratings, RatingsError

__all__ = ["group_ceiling", "group_floor"]

_TOO_FEW = (
    "the noise ceiling cannot be estimated: it needs at least two groups and a pair with two "
    "ratings, and ratings that are not all equal"
)


def group_ceiling(
    ratings: Ratings,
    groups: Codes,
    *,
    splits: int = 200,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> NoiseCeiling:
    """Return the noise ceilings of LCC, SRCC and KTAU of the averages of groups.

    Parameters
    ----------
    ratings : Ratings
        Any design; the codes of its pairs are positions in `groups`.
    groups : array of int, shape (pairs,)
        The group of each pair, numbered from 0 without gaps.
    splits, resamples, seed, level
        As for `noise_ceiling`; resamples draw whole groups.

    Returns
    -------
    NoiseCeiling
        Values are ``nan``, with a note, if they cannot be estimated.

    Raises
    ------
    RatingsError
        As for `noise_ceiling`, or if there is not one group for each pair.
    """
    check_settings(splits, resamples, "normal")
    _check_groups(ratings, groups)
    k, table = ratings.counts(), _group_table(ratings, groups)
    found = _single(totals(table))
    drawn = _single(resample_totals(table, resamples, seed))
    halves, half_panels = _split_groups(ratings, groups, splits, seed)
    inverse = _mean_inverse(1 / k, groups)
    whole = Panels.of(np.zeros_like(inverse), inverse)
    ties = tied_share(np.bincount(groups, ratings.means()) / np.bincount(groups))
    equal = bool((k == k[0]).all())
    ceilings = tuple(
        correlation_ceiling(
            name,
            halves.get(name),
            (np.clip(np.atleast_1d(found), 0.0, 1.0), np.clip(drawn, 0.0, 1.0)),
            Step(name, whole, half_panels, ties if name == "KTAU" else 0.0, equal),
            level,
        )
        for name in CORRELATIONS
    )
    return NoiseCeiling(
        ceilings, reliability=ceilings[0].components ** 2, n_pairs=ratings.n_pairs,
        n_pairs_split=int((k > 1).sum()), n_ratings=ratings.n_ratings,
        k_min=int(k.min()), k_median=float(np.median(k)), k_max=int(k.max()),
        splits=splits, resamples=resamples, seed=seed, level=level, conversion="normal",
        note=_note(float(found)),
    )  # fmt: skip


def group_floor(
    ratings: Ratings,
    groups: Codes,
    *,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> MseFloor:
    """Return the MSE of the true scores of groups against their averages.

    Parameters
    ----------
    ratings, groups
        As for `group_ceiling`. A pair with one rating uses the pooled s².
    resamples, seed, level
        Settings of the interval over resampled groups.

    Raises
    ------
    RatingsError
        If ``resamples`` is below 1, ``level`` is outside (0, 1), or there is not one group for
        each pair.
    """
    if resamples < 1:
        raise RatingsError(f"resamples is {resamples}; expected 1 or more")
    _check_groups(ratings, groups)
    table = _group_table(ratings, groups)
    sums = totals(table)
    value = float(_floor(sums))
    low, high = interval(_floor(resample_totals(table, resamples, seed)), level)
    note = (
        ""
        if np.isfinite(value)
        else "the MSE floor cannot be estimated: it needs a pair with two ratings"
    )
    pooled = float(_within(np.moveaxis(sums, -1, 0)))
    single = int((ratings.counts() == 1).sum())
    return MseFloor(value, low, high, pooled, ratings.n_pairs, single, level, resamples, seed, note)


def _check_groups(ratings: Ratings, groups: Codes) -> None:
    if groups.shape != (ratings.n_pairs,):
        raise RatingsError(
            f"the groups have shape {groups.shape}; expected one for each of "
            f"{ratings.n_pairs:,} pairs"
        )


# Columns of the table of groups.
_ONE, _MEAN, _SQUARE, _NOISE, _WITHIN, _FREEDOM, _OWN, _POOLED = range(8)


def _group_table(ratings: Ratings, groups: Codes) -> Floats:
    """Return one row of summands per group, shape (groups, 8)."""
    k = ratings.counts().astype(np.float64)
    sizes = np.bincount(groups).astype(np.float64)
    # Centre at the mean of all ratings, because a large offset would cost precision.
    mean = np.bincount(groups, ratings.means() - float(ratings.values.mean())) / sizes
    within = ratings.squares_within()
    return np.column_stack(
        [
            np.ones_like(sizes),
            mean,
            mean * mean,
            _mean_inverse(1 / k, groups),
            np.bincount(groups, within),
            np.bincount(groups, k - 1),
            _mean_inverse(within / np.maximum(k - 1, 1) / k, groups),
            _mean_inverse((k == 1).astype(np.float64), groups),
        ]
    )


def _mean_inverse(each: Floats, groups: Codes) -> Floats:
    """Return the sum over the pairs of each group, divided by the square of their number."""
    sizes = np.bincount(groups)
    return np.asarray(np.bincount(groups, each) / (sizes * sizes), dtype=np.float64)


def _within(c: Floats) -> Floats:
    """Return σ²; ``nan`` if no pair has two ratings."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(c[_FREEDOM] > 0, c[_WITHIN] / c[_FREEDOM], np.nan))


def _single(sums: Floats) -> Floats:
    """Return the reliability of one rating: σ² as a share of it and the variance of groups."""
    c = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    noise = _within(c)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.maximum(c[_SQUARE] - c[_MEAN] ** 2 / c[_ONE], 0.0)
        observed = np.where(c[_ONE] > 1, squares / (c[_ONE] - 1), np.nan)
        true = observed - noise * c[_NOISE] / c[_ONE]
        return np.asarray(true / (true + noise))


def _floor(sums: Floats) -> Floats:
    c = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    pooled = np.where(c[_POOLED] > 0, c[_POOLED] * _within(c), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        floor = (c[_OWN] + pooled) / c[_ONE]
    return np.asarray(np.where(c[_FREEDOM] > 0, floor, np.nan))


def _split_groups(
    ratings: Ratings, groups: Codes, splits: int, seed: int
) -> tuple[dict[str, Halves], Panels]:
    """Return the correlations between random halves of groups, and the sizes of the halves."""
    k = ratings.counts()
    splittable = k > 1
    _, owner = np.unique(groups[splittable], return_inverse=True)
    sizes = np.bincount(owner)
    if sizes.size < 2:
        nothing = np.empty(0)
        return {}, Panels(nothing, nothing, nothing)
    half = k[splittable] // 2
    first = _mean_inverse(1 / half, owner)
    second = _mean_inverse(1 / (k[splittable] - half), owner)
    many = ratings.where(splittable[ratings.pair])
    generator = np.random.default_rng([seed, splits])
    plain = {name: np.empty(splits) for name in CORRELATIONS}
    redrawn = {name: np.empty(splits) for name in CORRELATIONS}
    untied = np.empty(splits)
    for s in range(splits):
        one, other = (np.bincount(owner, means) / sizes for means in random_halves(many, generator))
        rows = generator.integers(sizes.size, size=sizes.size)
        untied[s] = np.sqrt((1 - tied_share(one)) * (1 - tied_share(other)))
        for name, metric in CORRELATIONS.items():
            plain[name][s] = metric(one, other)
            redrawn[name][s] = metric(one[rows], other[rows])
    halves = {name: Halves(plain[name], redrawn[name], untied) for name in CORRELATIONS}
    return halves, Panels.of(first, second)


def _note(single: float) -> str:
    if not np.isfinite(single):
        return _TOO_FEW
    if single <= 0:
        return "the reliability is zero or negative: these ratings do not distinguish the groups"
    return ""
