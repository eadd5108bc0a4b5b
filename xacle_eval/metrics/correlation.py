"""The three correlation metrics of the XACLE Challenge: SRCC, LCC and KTAU.

Conventions: each function takes the predictions and the references, one number per pair in the same
order, and returns a float from -1 to 1. It returns nan if either side has no variance (one distinct
value, or a single pair), where a correlation is undefined; the challenge decides what nan counts
as. All three are symmetrical: swapping the two sides gives the same float. SRCC and KTAU are
computed in exact integers up to one last division.

Metrics
-------
:func:`srcc`, Spearman's rank correlation coefficient; :func:`lcc`, the linear (Pearson) one;
:func:`ktau`, Kendall's tau-b.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from xacle_eval.metrics.arrays import FloatVector, check_paired_arrays
from xacle_eval.metrics.discordance import count_concordance
from xacle_eval.metrics.ranks import IntVector, RankedValues, rank_values

_INT64_MAX = 2**63 - 1


def srcc(predictions: ArrayLike, references: ArrayLike) -> float:
    """Return Spearman's rank correlation coefficient: Pearson's on the average ranks. Symmetrical.

    Parameters
    ----------
    predictions, references : array_like, shape (n,)
        Finite numbers in any unit, n >= 1; position i of both belongs to the same pair.

    Returns
    -------
    float
        From -1 to 1; nan if either side has a single distinct value.

    Raises
    ------
    MetricInputError
        If a side is not a non-empty vector of finite numbers, or the lengths differ.

    Notes
    -----
    XACLE Challenge 2026, equations (1) and (2). Equation (1), 1 - 6 sum(d**2) / (n (n**2 - 1)),
    holds only without ties. The paper itself gives tied values their average rank, and listeners'
    averages have many ties. This function returns the value that is correct with ties too, as the
    organisers' script and ``scipy.stats.spearmanr`` do. Without ties it equals equation (1).

    Examples
    --------
    >>> srcc([1.0, 2.0, 3.0], [0.5, 4.0, 9.0])
    1.0
    """
    predicted, reference = check_paired_arrays(predictions, references)
    return srcc_of_ranked(rank_values(predicted), rank_values(reference))


def ktau(predictions: ArrayLike, references: ArrayLike) -> float:
    """Return Kendall's rank correlation coefficient tau-b, in O(n log n). Symmetrical.

    Parameters
    ----------
    predictions, references : array_like, shape (n,)
        Finite numbers in any unit, n >= 1; position i of both belongs to the same pair.

    Returns
    -------
    float
        From -1 to 1; nan if either side has a single distinct value.

    Raises
    ------
    MetricInputError
        If a side is not a non-empty vector of finite numbers, or the lengths differ.

    Notes
    -----
    XACLE Challenge 2026, equation (4). N_tx counts the comparisons tied in x only and N_ty those
    tied in y only, which is tau-b. Table 1 of the paper has the columns KTAU and LCC swapped: the
    baseline's KTAU on the validation set is 0.264, not 0.396.

    Examples
    --------
    >>> ktau([1.0, 2.0, 3.0], [0.5, 9.0, 4.0])
    0.3333333333333333
    """
    predicted, reference = check_paired_arrays(predictions, references)
    return ktau_of_ranked(rank_values(predicted), rank_values(reference))


def lcc(predictions: ArrayLike, references: ArrayLike) -> float:
    """Return the linear (Pearson) correlation coefficient. Symmetrical.

    Parameters
    ----------
    predictions, references : array_like, shape (n,)
        Finite numbers in any unit, n >= 1; position i of both belongs to the same pair.

    Returns
    -------
    float
        From -1 to 1; nan if either side has a single distinct value.

    Raises
    ------
    MetricInputError
        If a side is not a non-empty vector of finite numbers, or the lengths differ.

    Notes
    -----
    XACLE Challenge 2026, equation (3). Its sums run over n but index y by i instead of n. Table 1
    of the paper has the columns KTAU and LCC swapped: the baseline's LCC on the validation set is
    0.396, not 0.264.

    Each side is scaled by a power of two and centred before anything is squared, so that large
    offsets (1e9), subnormal and very large values lose no accuracy.

    Examples
    --------
    >>> lcc([1.0, 2.0, 3.0], [1e9 + 2.0, 1e9 + 4.0, 1e9 + 6.0])
    1.0
    """
    predicted, reference = check_paired_arrays(predictions, references)
    return lcc_of_centred(centre(predicted), centre(reference))


@dataclass(frozen=True, slots=True, eq=False)
class CentredValues:
    """Values minus their mean, in units of a power of two, and the sum of their squares.

    A sum of 0.0 means no variance.
    """

    deviations: FloatVector
    square_sum: float


def centre(vector: FloatVector) -> CentredValues:
    """Scale a checked vector to magnitudes below 1 and subtract its mean; `vector` is unchanged."""
    low, high = float(vector.min()), float(vector.max())
    if low == high:
        # Compare the values themselves: the computed mean of equal values may differ from them in
        # the last bit.
        return CentredValues(np.zeros_like(vector), 0.0)
    _, exponent = math.frexp(max(-low, high))
    deviations: FloatVector = np.ldexp(vector, -exponent)
    deviations -= deviations.mean()
    # The first mean is rounded in units of the offset; the mean of the rest corrects that.
    deviations -= deviations.mean()
    return CentredValues(deviations, float((deviations * deviations).sum()))


def lcc_of_centred(x: CentredValues, y: CentredValues) -> float:
    """Return Pearson's coefficient of two centred vectors of one length, nan without variance."""
    if x.square_sum == 0.0 or y.square_sum == 0.0:
        return math.nan
    # numpy's pairwise sum, not BLAS: it gives the same bits for any number of threads.
    product_sum = float((x.deviations * y.deviations).sum())
    return _clip(product_sum / math.sqrt(x.square_sum * y.square_sum))


def srcc_of_ranked(x: RankedValues, y: RankedValues) -> float:
    """Return Spearman's coefficient of two ranked vectors of one length, nan without variance."""
    if x.level_count == 1 or y.level_count == 1:
        return math.nan
    ranks_x, ranks_y = x.centred_double_ranks(), y.centred_double_ranks()
    return _cosine(
        _exact_dot(ranks_x, ranks_y), _exact_dot(ranks_x, ranks_x), _exact_dot(ranks_y, ranks_y)
    )


def ktau_of_ranked(x: RankedValues, y: RankedValues) -> float:
    """Return Kendall's tau-b of two ranked vectors of one length, nan without variance."""
    if x.level_count == 1 or y.level_count == 1:
        return math.nan
    counts = count_concordance(x, y)
    return _cosine(counts.concordant - counts.discordant, counts.untied_x, counts.untied_y)


def _exact_dot(x: IntVector, y: IntVector) -> int:
    """Return the exact sum of products of n integers within +-n, in blocks without overflow."""
    block = max(1, _INT64_MAX // x.size**2)
    return sum(
        int(np.dot(x[at : at + block], y[at : at + block])) for at in range(0, x.size, block)
    )


def _cosine(product: int, square_x: int, square_y: int) -> float:
    """Return product / sqrt(square_x * square_y); full agreement gives 1.0 to the last bit."""
    if square_x == square_y:
        return product / square_x
    return _clip(product / math.sqrt(square_x * square_y))


def _clip(coefficient: float) -> float:
    return max(-1.0, min(1.0, coefficient))
