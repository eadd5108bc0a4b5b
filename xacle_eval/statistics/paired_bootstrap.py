"""The p of the paired bootstrap, for comparison tables, clusters and letters.

Conventions: a *gain* is how much better the first system is than the second in one resample, in the
metric's own direction. A gain within the tolerance, or an undefined one, counts as no difference.
All p are (1 + count) / (1 + R) for R resamples, so p is never 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xacle_eval.metrics import METRICS
from xacle_eval.statistics.bootstrap import BootstrapSample
from xacle_eval.statistics.kernels_numpy import Floats
from xacle_eval.statistics.swapping import TOLERANCE

__all__ = ["bootstrap_p", "bootstrap_p_matrices", "one_sided_p"]


def one_sided_p(gains: Floats, tolerance: float) -> float:
    """Return the p that the first system is better: (1 + #(gains not above tolerance)) / (1 + R).

    Parameters
    ----------
    gains : numpy.ndarray of float64, shape (R,)
        First minus second, where higher is better; nan counts as not better.
    tolerance : float
        Gains up to this count as 0.
    """
    not_better = np.count_nonzero(~(gains > tolerance))
    return float((1 + not_better) / (1 + gains.size))


def bootstrap_p(differences: npt.ArrayLike, tolerance: float = TOLERANCE) -> float:
    """Return the two-sided p of a paired bootstrap: min(1, 2 (1 + min(#<=0, #>=0)) / (R + 1)).

    Parameters
    ----------
    differences : array_like, shape (R,)
        In each resample; nan counts on both sides.
    tolerance : float
        Differences this close to 0 count as 0, on both sides.
    """
    drawn = np.asarray(differences, dtype=np.float64)
    return min(1.0, 2.0 * min(one_sided_p(drawn, tolerance), one_sided_p(-drawn, tolerance)))


def bootstrap_p_matrices(sample: BootstrapSample, metric: str) -> tuple[Floats, Floats]:
    """Return the bootstrap p of every system pair, for clusters and letters.

    Parameters
    ----------
    sample : BootstrapSample
        Its values are compared.
    metric : str

    Returns
    -------
    better : numpy.ndarray of float64, shape (S, S)
        One-sided, at [i, j] that system i is better than j: (1 + #(i not better)) / (R + 1).
    two_sided : numpy.ndarray of float64, shape (S, S)
        As :func:`bootstrap_p`; symmetrical.

    Notes
    -----
    Diagonals are 1. If a system is undefined on the observed data, all its p are nan.
    """
    values = sample.of(metric)
    observed = sample.observed[:, sample.metrics.index(metric)]
    found = METRICS[metric]
    better, two_sided = np.ones((2, observed.size, observed.size))
    for i in range(observed.size):
        for j in range(observed.size):
            if i == j:
                continue
            tolerance = found.tolerance(TOLERANCE, observed[j], observed[i])
            gains = found.sign * (values[i] - values[j])
            better[i, j] = one_sided_p(gains, tolerance)
            two_sided[i, j] = bootstrap_p(gains, tolerance)
    missing = np.isnan(observed[:, np.newaxis] + observed)
    for matrix in (better, two_sided):
        matrix[missing] = np.nan
        np.fill_diagonal(matrix, 1.0)
    return better, two_sided
