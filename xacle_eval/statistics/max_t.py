"""Step-down max-T: p-values for many differences at once, adjusted on shared resamples.

Conventions: the differences of a family are studentised by their bootstrap standard errors. In
each resample the largest centred difference, in standard errors and without its sign, bounds all of
them, so the dependence of systems that share references is used and not ignored. The smallest p is
1/(R + 1) for R resamples, whatever the number of differences.

Sources: Romano & Wolf 2005, Econometrica 73, 1237-1282 (step-down max-T); Romano & Wolf 2016, Stat.
Probab. Lett. 113, 38-40 (adjusted p-values); Schuirmann 1987, J. Pharmacokinet. Biopharm. 15,
657-680 (two one-sided tests).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xacle_eval.statistics.kernels_numpy import Floats

__all__ = [
    "Family",
    "adjusted_p",
    "equivalence_p",
    "every_pair",
    "family_of",
    "family_p",
    "fewest_draws",
    "fewest_for_equivalence",
    "fewest_pairs",
    "smallest_p",
]

_CELLS = 500_000
_TOLERANCE = 1e-12
_MOST_DRAWS = 10**12
_ROUNDING = 1e-9
_FEWEST_EQUIVALENT = 10
"""With fewer pairs, resamples vary too little to show that two systems are equivalent."""


def every_pair(count: int) -> list[tuple[int, int]]:
    """Return the pairs of `count` systems, (0, 1), (0, 2) and so on."""
    return [(i, j) for i in range(count) for j in range(i + 1, count)]


def fewest_draws(alpha: float) -> int:
    """Return the fewest resamples R with which p can reach alpha: 1/(R + 1) <= alpha.

    At most 10**12, which stands for any number that cannot be drawn.
    """
    if alpha <= 1.0 / _MOST_DRAWS:
        return _MOST_DRAWS
    return max(1, math.ceil(1.0 / alpha - 1e-9) - 1)


def fewest_pairs(alpha: float) -> int:
    """Return the fewest pairs n with which a two-sided p can reach alpha: 2/2^n <= alpha."""
    return max(1, math.ceil(1.0 - math.log2(alpha) - 1e-9))


def fewest_for_equivalence(alpha: float) -> int:
    """Return the fewest pairs (or groups) with which equivalence can be shown, at least 10.

    In simulations of 5 to 8 pairs, systems that differ by the margin were called equivalent in 14
    to 46 % of repetitions; from 10 pairs in at most 5 %.
    """
    return max(_FEWEST_EQUIVALENT, fewest_pairs(alpha))


def smallest_p(predictions: Floats, system_pairs: Sequence[tuple[int, int]]) -> Floats:
    """Return 2/2^d for system pairs that differ in d items, at most 1: the bound of any p.

    Items in which both systems are equal say nothing about their difference. The other d can be
    swapped in 2^d ways, so no two-sided test that is exact under exchange has a smaller p.

    Parameters
    ----------
    predictions : shape (S, n)
    system_pairs : sequence of (int, int), length m
    """
    pairs = np.asarray(system_pairs, dtype=np.intp).reshape(-1, 2)
    differing = np.empty(len(pairs))
    for begin, end in _blocks(len(pairs), predictions.shape[1]):
        unequal = predictions[pairs[begin:end, 0]] != predictions[pairs[begin:end, 1]]
        differing[begin:end] = unequal.sum(axis=1)
    return np.asarray(np.minimum(1.0, 2.0 * 0.5 ** np.minimum(differing, 1000.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Differences of system pairs, and their standard errors.

    Attributes
    ----------
    pairs : array of int, shape (m, 2)
    difference : shape (m,)
        On the observed data, first minus second; nan if undefined.
    errors : shape (m,)
        Standard errors over the resamples; 0 for systems whose difference is the same in all.
    centres : shape (m,)
        The means of the drawn differences.
    """

    pairs: npt.NDArray[np.intp]
    difference: Floats
    errors: Floats
    centres: Floats

    def in_errors(self, sizes: Floats) -> Floats:
        """Return sizes, shape (m,), in standard errors; without an error 0 or infinite."""
        with np.errstate(invalid="ignore", divide="ignore"):
            found = sizes / self.errors
        # A difference without an error is either rounding or certain.
        certain = np.where(np.abs(sizes) > _ROUNDING, np.copysign(np.inf, sizes), 0.0)
        found = np.where(self.errors == 0.0, certain, found)
        found[np.isnan(self.difference)] = np.nan
        return np.asarray(found)

    def drawn(self, values: Floats, members: npt.NDArray[np.intp]) -> Floats:
        """Return centred differences of some members in standard errors; nan if undefined."""
        pairs, errors = self.pairs[members], self.errors[members]
        constant = errors == 0.0
        with np.errstate(invalid="ignore", over="ignore"):
            found = values[pairs[:, 0]]
            found -= values[pairs[:, 1]]
            found -= self.centres[members, None]
            found /= np.where(constant, 1.0, errors)[:, None]
            # Without an error there is only rounding; nan stays nan.
            found[constant] *= 0.0
        return np.asarray(found)

    def of(self, members: npt.NDArray[np.intp]) -> Family:
        """Return the family of some members."""
        return Family(
            self.pairs[members],
            self.difference[members],
            self.errors[members],
            self.centres[members],
        )


def family_of(values: Floats, observed: Floats, system_pairs: Sequence[tuple[int, int]]) -> Family:
    """Return the differences of system pairs; see :func:`adjusted_p` for the arguments."""
    pairs = np.asarray(system_pairs, dtype=np.intp).reshape(-1, 2)
    errors, centres = np.empty(len(pairs)), np.empty(len(pairs))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        difference = observed[pairs[:, 0]] - observed[pairs[:, 1]]
        for begin, end in _blocks(len(pairs), values.shape[1]):
            drawn = values[pairs[begin:end, 0]] - values[pairs[begin:end, 1]]
            undefined = np.isnan(drawn)
            count = drawn.shape[1] - np.count_nonzero(undefined, axis=1)
            drawn[undefined] = 0.0
            centres[begin:end] = drawn.sum(axis=1) / count
            drawn -= centres[begin:end, None]
            drawn[undefined] = 0.0
            found = np.sqrt(np.einsum("ij,ij->i", drawn, drawn) / (count - 1))
            # One value has no spread: nothing is known, and p is 1.
            errors[begin:end] = np.where(count > 1, found, np.inf)
        scale = np.maximum(np.abs(observed[pairs]).max(axis=1), 1.0)
        constant = ~(errors > _TOLERANCE * scale)
    return Family(pairs, difference, np.where(constant, 0.0, errors), centres)


def _blocks(rows: int, columns: int) -> list[tuple[int, int]]:
    size = max(1, _CELLS // max(columns, 1))
    return [(begin, min(begin + size, rows)) for begin in range(0, rows, size)]


def adjusted_p(values: Floats, observed: Floats, system_pairs: Sequence[tuple[int, int]]) -> Floats:
    """Return the p of every system pair, adjusted over the family by step-down max-T.

    Parameters
    ----------
    values : shape (S, R)
        A metric of each system in each resample. A resample in which a difference is undefined
        counts against that difference, and not against the others.
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
    return family_p(values, family_of(values, observed, system_pairs))


def family_p(values: Floats, family: Family) -> Floats:
    """Return the p of :func:`adjusted_p` for a family whose standard errors are known."""
    return _step_down(values, family, family.in_errors(np.abs(family.difference)), None)


def equivalence_p(
    values: Floats,
    observed: Floats,
    system_pairs: Sequence[tuple[int, int]],
    margin: float,
    identical: npt.ArrayLike | None = None,
) -> Floats:
    """Return the p that two systems differ by less than a margin, by two one-sided tests.

    Parameters
    ----------
    values, observed, system_pairs
        As in :func:`adjusted_p`; p is adjusted over the family in the same way.
    margin : float
        Above 0, in the metric's units. A small p means that the difference is between -margin and
        margin.
    identical : array_like of bool, shape (m,), optional
        Whether two systems are identical to the metric. Others with the same difference in every
        resample have p = 1: their resamples say nothing about the error of the difference.
    """
    family = family_of(values, observed, system_pairs)
    same = np.zeros(len(family.pairs), bool) if identical is None else np.asarray(identical, bool)
    unknown = (family.errors == 0.0) & ~same & ~np.isnan(family.difference)
    # The nearer end of the margin decides: its test is adjusted over the family.
    side = np.where(family.difference < 0.0, 1.0, -1.0)
    near = family.in_errors(margin - np.abs(family.difference))
    near[unknown] = -np.inf
    found = _step_down(values, family, near, side)
    far = family.in_errors(margin + np.abs(family.difference))
    members = np.flatnonzero(~np.isnan(family.difference))
    reached = np.zeros(members.size, dtype=np.int64)
    for begin, end in _blocks(values.shape[1], members.size):
        drawn = -side[members, None] * family.drawn(values[:, begin:end], members)
        reached += (~(drawn < far[members, None])).sum(axis=1)
    found[members] = np.maximum(found[members], _share(reached, values.shape[1]))
    return found


def _step_down(values: Floats, family: Family, observed: Floats, side: Floats | None) -> Floats:
    """Return adjusted p; the statistic of a resample is without sign, or on one side."""
    members = np.flatnonzero(~np.isnan(observed))
    order = members[np.argsort(-observed[members], kind="stable")]
    bounds = observed[order, None] * (1.0 - np.copysign(1e-12, observed[order, None]))
    exceeded, own = np.zeros((2, order.size), dtype=np.int64)
    defined = bool(np.isfinite(values).all())
    for begin, end in _blocks(values.shape[1], order.size):
        drawn = family.drawn(values[:, begin:end], order)
        drawn = np.abs(drawn, out=drawn) if side is None else side[order, None] * drawn
        undefined = None if defined else np.isnan(drawn)
        if undefined is not None:
            drawn[undefined] = -np.inf
        # The largest of this difference and of all with smaller statistics.
        np.maximum.accumulate(drawn[::-1], axis=0, out=drawn[::-1])
        reached = drawn >= bounds
        exceeded += np.count_nonzero(reached, axis=1)
        if undefined is not None:
            own += np.count_nonzero(reached | undefined, axis=1)
    adjusted = np.full(len(family.pairs), np.nan)
    stepped = np.maximum.accumulate(_share(exceeded, values.shape[1]))
    adjusted[order] = np.maximum(stepped, _share(own, values.shape[1]))
    return adjusted


def _share(count: npt.NDArray[np.int64], resamples: int) -> Floats:
    return np.asarray((1.0 + count) / (1.0 + resamples))
