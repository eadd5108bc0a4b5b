"""The error metric of the XACLE Challenge: MSE.

Conventions: as for the correlations, one number per pair in the same order. The result is in
squared units of the score; it is 0 for perfect predictions and grows with the error.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from xacle_eval.metrics.arrays import FloatVector, check_paired_arrays


def mse(predictions: ArrayLike, references: ArrayLike) -> float:
    """Return the mean squared error. Symmetrical.

    Parameters
    ----------
    predictions, references : array_like, shape (n,)
        Finite numbers on the same scale, n >= 1; position i of both belongs to the same pair.

    Returns
    -------
    float
        Zero or more, in squared units of the score; inf if the value is too large for a float.

    Raises
    ------
    MetricInputError
        If a side is not a non-empty vector of finite numbers, or the lengths differ.

    Notes
    -----
    XACLE Challenge 2026, equation (5), as printed. It is also defined without variance.

    Examples
    --------
    >>> mse([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    return mse_of_arrays(*check_paired_arrays(predictions, references))


def mse_of_arrays(predictions: FloatVector, references: FloatVector) -> float:
    """Return the mean squared error of two checked vectors of the same length."""
    with np.errstate(over="ignore"):
        differences = predictions - references
    largest = float(np.abs(differences).max())
    if largest == 0.0 or math.isinf(largest):
        return largest
    # Scale by a power of two, which is exact, so that no square overflows unless the mean does.
    _, exponent = math.frexp(largest)
    scaled = np.ldexp(differences, -exponent)
    try:
        return math.ldexp(float((scaled * scaled).mean()), 2 * exponent)
    except OverflowError:
        return math.inf
