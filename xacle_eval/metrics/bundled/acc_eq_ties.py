"""ACC_EQ_TIES: pairwise accuracy with ties after tie calibration, acc*_eq of Deutsch et al.

A real-valued predictor seldom gives two pairs exactly the same value. Therefore two predictions
that differ by at most ε count as tied, and ε is the one that gives the highest ACC_EQ on the data.

Source: Deutsch, D., Foster, G., & Freitag, M. (2023). Ties matter: meta-evaluating modern metrics
with pairwise accuracy and tie calibration. EMNLP 2023 (arXiv:2305.14324).

A larger ε only gains at a difference of predictions of which the references are tied, so only these
are candidates. The time is quadratic in the number of pairs: the metric compares every two.
"""

import math

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from xacle_eval.metrics.arrays import FloatVector, check_paired_arrays
from xacle_eval.metrics.metric import FastForms, Metric

__all__ = ["METRIC", "acc_eq_ties"]


_AT_A_TIME = 2**20
"""Differences that are in memory together, apart from the candidates."""


def acc_eq_ties(predictions: ArrayLike, references: ArrayLike) -> float:
    """Return the highest ACC_EQ over all ε, from 0 to 1; nan for a single pair."""
    return _of_arrays(*check_paired_arrays(predictions, references))


def _of_arrays(x: FloatVector, y: FloatVector) -> float:
    n = x.size
    if n < 2:
        return math.nan
    order = np.argsort(y, kind="stable")
    x, y = x[order], y[order]
    # For each position, the first one with a higher reference.
    above = np.searchsorted(y, y, side="right")
    with np.errstate(over="ignore"):
        gained, gains = _tied_differences(x, above)
        concordant, lost = _lost_at(x, above, gained)
    right = gains + concordant - np.cumsum(lost)[: gained.size]
    return float(right.max()) / (n * (n - 1) // 2)


def _tied_differences(
    x: FloatVector, above: npt.NDArray[np.intp]
) -> tuple[FloatVector, npt.NDArray[np.int64]]:
    """Return candidates of ε, ascending from 0, and the comparisons tied in both up to each."""
    parts = [np.abs(x[i + 1 : end] - x[i]) for i, end in enumerate(above.tolist())]
    candidates, counts = np.unique(np.concatenate([[0.0], *parts]), return_counts=True)
    counts[0] -= 1  # the 0 that is always a candidate
    return candidates, np.cumsum(counts)


def _lost_at(
    x: FloatVector, above: npt.NDArray[np.intp], candidates: FloatVector
) -> tuple[int, npt.NDArray[np.int64]]:
    """Return the number of concordant comparisons, and how many become tied at each candidate."""
    lost = np.zeros(candidates.size + 1, np.int64)
    concordant, waiting, size = 0, [], 0
    last = x.size - 1
    for i, start in enumerate(above.tolist()):
        rise = x[start:] - x[i]
        waiting.append(rise[rise > 0])
        size += waiting[-1].size
        if size > _AT_A_TIME or i == last:
            places = np.searchsorted(candidates, np.concatenate(waiting))
            lost += np.bincount(places, minlength=lost.size)
            concordant, waiting, size = concordant + size, [], 0
    return concordant, lost


METRIC = Metric(
    "ACC_EQ_TIES",
    acc_eq_ties,
    title="Pairwise accuracy with ties, after tie calibration",
    range=(0.0, 1.0),
    minimum_pairs=2,
    invariance="linear",
    fast=FastForms(prepared=lambda x, y: _of_arrays(x.values, y.values)),
)
