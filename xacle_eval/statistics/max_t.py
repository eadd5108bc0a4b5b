"""Step-down max-T: p-values for many differences at once, adjusted on shared resamples.

Conventions: the differences of a family are studentised by their bootstrap standard errors. In
each resample the largest centred difference, in standard errors and without its sign, bounds all of
them, so the dependence of systems that share references is used and not ignored. The smallest p is
1/(R + 1) for R resamples, whatever the number of differences.

Sources: Romano & Wolf 2005, Econometrica 73, 1237-1282 (step-down max-T); Romano & Wolf 2016, Stat.
Probab. Lett. 113, 38-40 (adjusted p-values); Mogstad, Romano, Shaikh & Wilhelm 2024, Rev. Econ.
Stud. 91, 476-518 (confidence sets for ranks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xacle_eval.statistics.kernels_numpy import Floats

__all__ = ["RankSets", "adjusted_p", "confidence_sets", "studentised"]

_CELLS = 4_000_000
_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Studentised:
    """Differences of system pairs in standard errors.

    Attributes
    ----------
    observed : shape (m,)
        Without sign; nan if undefined on the observed data, 0 for systems that do not differ in any
        resample.
    errors : shape (m,)
        Standard errors over the resamples; 0 for such systems.
    centres : shape (m,)
        The means of the drawn differences.
    """

    observed: Floats
    errors: Floats
    centres: Floats


def studentised(
    values: Floats, observed: Floats, system_pairs: Sequence[tuple[int, int]]
) -> Studentised:
    """Return the differences of system pairs in units of their standard errors.

    Parameters
    ----------
    values : shape (S, R)
        A metric of each system in each resample; nan if undefined.
    observed : shape (S,)
        The metric on the observed data.
    system_pairs : sequence of (int, int), length m
    """
    pairs = np.asarray(system_pairs, dtype=np.intp).reshape(-1, 2)
    difference = observed[pairs[:, 0]] - observed[pairs[:, 1]]
    errors, centres = np.empty(len(pairs)), np.empty(len(pairs))
    for begin, end in _blocks(len(pairs), values.shape[1]):
        drawn = values[pairs[begin:end, 0]] - values[pairs[begin:end, 1]]
        defined = ~np.isnan(drawn)
        count = defined.sum(axis=1)
        safe = np.where(defined, drawn, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            centres[begin:end] = safe.sum(axis=1) / count
            spread = np.where(defined, drawn - centres[begin:end, None], 0.0)
            errors[begin:end] = np.sqrt((spread**2).sum(axis=1) / (count - 1))
    scale = np.maximum(np.abs(observed[pairs]).max(axis=1), 1.0)
    same = ~(errors > _TOLERANCE * scale)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(same, np.where(np.abs(difference) > 1e-9 * scale, np.inf, 0.0),
                         np.abs(difference) / errors)  # fmt: skip
    found[np.isnan(difference)] = np.nan
    return Studentised(found, np.where(same, 0.0, errors), centres)


def _blocks(rows: int, columns: int) -> list[tuple[int, int]]:
    size = max(1, _CELLS // max(columns, 1))
    return [(begin, min(begin + size, rows)) for begin in range(0, rows, size)]


def adjusted_p(values: Floats, observed: Floats, system_pairs: Sequence[tuple[int, int]]) -> Floats:
    """Return the p of every system pair, adjusted over the family by step-down max-T.

    Parameters
    ----------
    values : shape (S, R)
        A metric of each system in each resample. An undefined difference counts as large as
        possible, which raises p.
    observed : shape (S,)
        The metric on the observed data.
    system_pairs : sequence of (int, int), length m
        The family.

    Returns
    -------
    numpy.ndarray of float64, shape (m,)
        Two-sided, between 1/(R + 1) and 1; nan if the difference is undefined on the observed
        data, which is then not a member of the family.
    """
    pairs = np.asarray(system_pairs, dtype=np.intp).reshape(-1, 2)
    family = studentised(values, observed, system_pairs)
    members = np.flatnonzero(~np.isnan(family.observed))
    order = members[np.argsort(-family.observed[members], kind="stable")]
    exceed = np.zeros(order.size, dtype=np.int64)
    resamples = values.shape[1]
    for begin, end in _blocks(resamples, order.size):
        largest = _centred(values[:, begin:end], pairs[order], family, order)
        # The largest of this difference and of all smaller ones.
        np.maximum.accumulate(largest[::-1], axis=0, out=largest[::-1])
        bounds = family.observed[order, None] * (1.0 - 1e-12)
        exceed += (largest >= bounds).sum(axis=1)
    adjusted = np.full(len(pairs), np.nan)
    adjusted[order] = np.maximum.accumulate((1.0 + exceed) / (1.0 + resamples))
    return adjusted


def _centred(
    values: Floats, pairs: npt.NDArray[np.intp], family: Studentised, order: npt.NDArray[np.intp]
) -> Floats:
    """Return the centred differences of a block of resamples in standard errors, without sign."""
    errors, centres = family.errors[order], family.centres[order]
    drawn = values[pairs[:, 0]] - values[pairs[:, 1]] - centres[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.abs(drawn) / errors[:, None]
    found[np.isnan(drawn)] = np.inf
    found[errors == 0.0] = 0.0
    return found


@dataclass(frozen=True, slots=True, eq=False)
class RankSets:
    """Confidence sets for the ranks of S systems, 1 is best.

    Attributes
    ----------
    low, high : array of int, shape (S,)
        Each set contains the system's true rank with the coverage of the level.
    together_low, together_high : array of int, shape (S,)
        All sets together contain all true ranks with that coverage.
    """

    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
    together_low: npt.NDArray[np.int64]
    together_high: npt.NDArray[np.int64]

    @property
    def could_be_first(self) -> int:
        """The number of systems whose simultaneous set contains rank 1."""
        return int((self.together_low == 1).sum())


def confidence_sets(
    values: Floats, observed: Floats, *, higher_is_better: bool, alpha: float
) -> RankSets:
    """Return marginal and simultaneous confidence sets for the ranks by one metric.

    Parameters
    ----------
    values : shape (S, R)
        The metric of each system in each resample.
    observed : shape (S,)
        The metric on the observed data.
    higher_is_better : bool
    alpha : float
        One minus the coverage.
    """
    count = observed.size
    everyone = [(i, j) for i in range(count) for j in range(i + 1, count)]
    together = np.ones((count, count))
    for (i, j), p in zip(everyone, adjusted_p(values, observed, everyone), strict=True):
        together[i, j] = together[j, i] = p
    alone = np.ones((count, count))
    for i in range(count):
        family = [(i, j) for j in range(count) if j != i]
        for (_, j), p in zip(family, adjusted_p(values, observed, family), strict=True):
            alone[i, j] = p
    sign = 1.0 if higher_is_better else -1.0
    better = sign * (observed[None, :] - observed[:, None])  # [i, j]: how much j is better than i
    sets = []
    for p in (alone, together):
        found = p <= alpha
        sets += [1 + (found & (better > 0)).sum(axis=1), count - (found & (better < 0)).sum(axis=1)]
    return RankSets(*(each.astype(np.int64) for each in sets))
