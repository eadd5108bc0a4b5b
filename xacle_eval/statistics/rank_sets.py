"""Confidence sets for ranks, by tests of the differences between systems.

The rank of a system is one more than the number of better systems. Each system that is
significantly better raises the lower end of its set, each that is significantly worse lowers the
upper end. The *marginal* set of a system adjusts over the differences that involve it, the
*simultaneous* sets of all systems over all differences; both by step-down max-T
(:mod:`xacle_eval.statistics.max_t`). Quantiles of the ranks in resamples do not cover the true
ranks of systems that are close.

Source: Mogstad, Romano, Shaikh & Wilhelm 2024, Rev. Econ. Stud. 91, 476-518.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xacle_eval.statistics.kernels_numpy import Floats, Ints
from xacle_eval.statistics.max_t import every_pair, family_of, family_p

__all__ = ["RankSets", "rank_sets", "sets_from_p", "significantly_better"]


@dataclass(frozen=True, slots=True, eq=False)
class RankSets:
    """Confidence sets for the ranks of S systems, 1 is best.

    Attributes
    ----------
    low, high : array of int, shape (S,)
        Marginal: each set contains the system's true rank with the coverage of the level.
    together_low, together_high : array of int, shape (S,)
        Simultaneous: all sets together contain all true ranks with that coverage.
    p_values : shape (S, S)
        The p of all differences, adjusted over all; symmetrical, 1 on the diagonal.
    """

    low: Ints
    high: Ints
    together_low: Ints
    together_high: Ints
    p_values: Floats

    @property
    def could_be_first(self) -> int:
        """The number of systems whose simultaneous set contains rank 1."""
        return int((self.together_low == 1).sum())


def rank_sets(
    values: Floats,
    observed: Floats,
    *,
    higher_is_better: bool,
    level: float = 0.95,
    least: npt.ArrayLike = 0.0,
) -> RankSets:
    """Return marginal and simultaneous confidence sets for the ranks by one metric.

    Parameters
    ----------
    values : shape (S, R)
        The metric of each system in each resample.
    observed : shape (S,)
        The metric on the observed data; a system without a value differs from none.
    higher_is_better : bool
    level : float
        The coverage.
    least : float or array_like, shape (S, S)
        No p is below this; see :func:`~xacle_eval.statistics.max_t.smallest_p`.

    Notes
    -----
    If systems have the same true value, any order of them is a true ranking, and the sets contain
    all of their ranks.
    """
    count = observed.size
    pairs = every_pair(count)
    together, alone = np.ones((2, count, count))
    if pairs:
        first, second = np.array(pairs).T
        everything = family_of(values, observed, pairs)
        together[first, second] = together[second, first] = family_p(values, everything)
        for i in range(count):
            own = np.flatnonzero((first == i) | (second == i))
            alone[i, first[own] + second[own] - i] = family_p(values, everything.of(own))
    floor = np.broadcast_to(np.asarray(least, dtype=np.float64), together.shape)
    together, alone = np.fmax(together, floor), np.fmax(alone, floor)
    for matrix in (together, alone):
        matrix[np.isnan(observed)[:, None] | np.isnan(observed)[None, :]] = 1.0
        np.fill_diagonal(matrix, 1.0)
    alpha = round(1.0 - level, 12)  # 1 - 0.9 is a little less than 0.1
    ends = [
        sets_from_p(p, observed, higher_is_better=higher_is_better, alpha=alpha)
        for p in (alone, together)
    ]
    return RankSets(*ends[0], *ends[1], together)


def sets_from_p(
    p_values: Floats, observed: Floats, *, higher_is_better: bool, alpha: float
) -> tuple[Ints, Ints]:
    """Return the ends of the sets of S ranks, from the p of row i for the difference i, j."""
    above = significantly_better(p_values, observed, higher_is_better=higher_is_better, alpha=alpha)
    below = significantly_better(
        p_values, observed, higher_is_better=not higher_is_better, alpha=alpha
    )
    return 1 + above.sum(axis=1, dtype=np.int64), observed.size - below.sum(axis=1, dtype=np.int64)


def significantly_better(
    p_values: Floats, observed: Floats, *, higher_is_better: bool, alpha: float
) -> npt.NDArray[np.bool_]:
    """Return at [i, j] whether system j is significantly better than i, shape (S, S)."""
    sign = 1.0 if higher_is_better else -1.0
    with np.errstate(invalid="ignore"):
        gain = sign * (observed[None, :] - observed[:, None])
    return np.asarray((p_values <= alpha) & (gain > 0.0))
