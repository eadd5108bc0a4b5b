"""Noise ceiling and MSE floor of groups: averages over pairs that are averages of ratings.

Goal: estimate how well a perfect predictor can score at a group level, such as the averages of
systems.

Model: the true score of a group is the mean of the true scores of its pairs. The pairs of a group
are fixed, so differences between them are no noise. With m pairs in a group and k_i ratings of
pair i, the noise of the group's average has the variance σ² u with

    u = (1/k_1 + … + 1/k_m) / m²,

where σ² is the variance of one rating around the true score of its pair. This noise is close to
normal, because it is that of an average over many ratings.

- MSE floor: the mean over the groups of (s_1²/k_1 + … + s_m²/k_m) / m².
- LCC: √(1 − floor / variance of the groups' averages).
- SRCC and KTAU: the density of the groups' true scores by deconvolution with that normal noise
  (`normal_model`), then the correlations of the joint distribution. SRCC is the expected value for
  as many groups as there are: for few groups it is lower than for many.

Halves of the ratings of each pair give halves of each group, for the check. Resamples draw whole
groups.

Limitation: the ratings of different pairs count as independent. If a listener rates many pairs of
the same group and few of the others, the difference of this listener from the others does not
average out, and the ceilings are too high.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xacle_eval.io.memory import SCIPY_BYTES, require_address_space
from xacle_eval.listeners.ceiling import (
    RANKS,
    Checks,
    Expected,
    NoiseCeiling,
    check_settings,
    lcc_ceiling,
    normal_ceiling,
    rank_ceiling,
)
from xacle_eval.listeners.floor import MseFloor
from xacle_eval.listeners.halves import CORRELATIONS, random_halves
from xacle_eval.listeners.moments import interval_of, resample_totals, totals
from xacle_eval.listeners.normal_model import NormalDeconvolution, deconvolve_averages
from xacle_eval.listeners.parts import Parts
from xacle_eval.references.ratings import Codes, Floats, Ratings, RatingsError

__all__ = ["GROUP_MODEL", "group_ceiling", "group_floor"]

GROUP_MODEL = "normal noise of groups"

_MOST_REFITS = 200
#: With fewer groups the shape of their true scores is unknown.
_MIN_GROUPS = 5
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
        Values are ``nan``, with a note, if they cannot be estimated. With fewer than five groups,
        those of SRCC and KTAU are the values of normal scores.

    Raises
    ------
    RatingsError
        As for `noise_ceiling`, or if there is not one group for each pair.
    """
    check_settings(splits, resamples)
    require_address_space(SCIPY_BYTES)
    _check_groups(ratings, groups)
    k, table, units = ratings.counts(), _group_table(ratings, groups), _units(groups)
    sums = totals(table)
    share = _share(sums)
    drawn = np.sqrt(np.clip(_share(resample_totals(table, units, resamples, seed)), 0.0, 1.0))
    halves = _split_groups(ratings, groups, splits, seed)
    model = _fit(ratings, groups, sums, float(share))
    refits = 0 if model is None else min(resamples, _MOST_REFITS)
    redrawn = _refit(model, units, refits, seed)
    root = np.asarray(np.sqrt(np.clip(share, 0.0, 1.0)))
    expected = None if model is None else Expected.of(model, None)
    checks = {name: Checks.of(name, halves[name], float(root), level) for name in halves}
    ceilings = (
        lcc_ceiling(root, drawn, expected, checks["LCC"], level),
        *(
            normal_ceiling(name, root, drawn, checks[name], level)
            if expected is None
            else rank_ceiling(name, expected, redrawn, checks[name], level)
            for name in RANKS
        ),
    )
    return NoiseCeiling(
        ceilings, model="" if model is None else GROUP_MODEL, other_model="",
        reliability=ceilings[0].value ** 2, n_pairs=ratings.n_pairs,
        n_pairs_split=int((k > 1).sum()), n_ratings=ratings.n_ratings,
        n_parts=Parts.of(ratings).count, unit="groups",
        k_min=int(k.min()), k_median=float(np.median(k)), k_max=int(k.max()),
        splits=splits, resamples=resamples, refits=refits, seed=seed, level=level,
        note=_note(float(share), units.count),
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
    units = _units(groups)
    draws = _floor(resample_totals(table, units, resamples, seed))
    low, high = interval_of(value, draws, level, units.unit_codes()[1])
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


def _units(groups: Codes) -> Parts:
    """Return the groups as the units of resampling."""
    count = int(groups.max()) + 1
    return Parts(np.arange(count), count)


# Columns of the table of groups.
_ONE, _MEAN, _SQUARE, _WITHIN, _FREEDOM, _OWN, _POOLED = range(7)


def _group_table(ratings: Ratings, groups: Codes) -> Floats:
    """Return one row of summands per group, shape (groups, 7)."""
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
            np.bincount(groups, within),
            np.bincount(groups, k - 1),
            _mean_inverse(within / np.maximum(k - 1, 1) / k, groups),
            _mean_inverse((k == 1).astype(np.float64), groups),
        ]
    )


def _mean_inverse(each: Floats, groups: Codes, size: int | None = None) -> Floats:
    """Return the sum over the pairs of each group, divided by the square of their number."""
    sizes = np.bincount(groups, minlength=size or 0)
    with np.errstate(invalid="ignore"):
        inverse = np.bincount(groups, each, minlength=size or 0) / (sizes * sizes)
    return np.asarray(inverse, dtype=np.float64)


def _within(c: Floats) -> Floats:
    """Return σ²; ``nan`` if no pair has two ratings."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(c[_FREEDOM] > 0, c[_WITHIN] / c[_FREEDOM], np.nan))


def _variance(sums: Floats) -> Floats:
    """Return the variance of the averages of the groups."""
    c = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.maximum(c[_SQUARE] - c[_MEAN] ** 2 / c[_ONE], 0.0)
        return np.asarray(np.where(c[_ONE] > 1, squares / (c[_ONE] - 1), np.nan))


def _share(sums: Floats) -> Floats:
    """Return 1 − floor / variance of the averages."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1.0 - _floor(sums) / _variance(sums))


def _floor(sums: Floats) -> Floats:
    c = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    pooled = np.where(c[_POOLED] > 0, c[_POOLED] * _within(c), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        floor = (c[_OWN] + pooled) / c[_ONE]
    return np.asarray(np.where(c[_FREEDOM] > 0, floor, np.nan))


def _fit(ratings: Ratings, groups: Codes, sums: Floats, share: float) -> NormalDeconvolution | None:
    """Return the fitted model; None if the ratings are too few or do not distinguish groups."""
    sizes = np.bincount(groups)
    if not share > 0.0 or sizes.size < _MIN_GROUPS:
        return None
    k, within = ratings.counts(), float(_within(np.moveaxis(sums, -1, 0)))
    averages = np.bincount(groups, ratings.means()) / sizes
    splittable = k > 1
    half = np.maximum(k // 2, 1)
    halves = (
        within * _mean_inverse(1 / part[splittable], groups[splittable], sizes.size)
        for part in (half, k - half)
    )
    spread = float(np.sqrt(share * _variance(sums)))
    noise = within * _mean_inverse(1 / k, groups)
    first, second = halves
    return deconvolve_averages(averages, noise, spread, (first, second))


def _refit(
    model: NormalDeconvolution | None, units: Parts, refits: int, seed: int
) -> Mapping[str, Floats]:
    """Return the ceilings of the model fitted to each resample of the groups."""
    rows: list[Mapping[str, float]] = []
    if model is not None:
        rows = [model.refit(drawn).ceilings() for drawn in units.draws(refits, seed)]
    return {name: np.array([row[name] for row in rows]) for name in RANKS}


def _split_groups(ratings: Ratings, groups: Codes, splits: int, seed: int) -> Mapping[str, Floats]:
    """Return the correlations between random halves of groups, for each split."""
    found = {name: np.full(splits, np.nan) for name in CORRELATIONS}
    splittable = ratings.counts() > 1
    _, owner = np.unique(groups[splittable], return_inverse=True)
    sizes = np.bincount(owner)
    if sizes.size < 2:
        return found
    many = ratings.where(splittable[ratings.pair])
    generator = np.random.default_rng([seed, splits])
    for s in range(splits):
        one, other = (np.bincount(owner, means) / sizes for means in random_halves(many, generator))
        for name, metric in CORRELATIONS.items():
            found[name][s] = metric(one, other)
    return found


def _note(share: float, groups: int) -> str:
    if not np.isfinite(share):
        return _TOO_FEW
    if share <= 0:
        return "the reliability is zero or negative: these ratings do not distinguish the groups"
    if groups < _MIN_GROUPS:
        return (
            "the noise ceilings of SRCC and KTAU are those of normal scores: their distribution "
            f"can be estimated from at least {_MIN_GROUPS} groups"
        )
    return ""
