"""Checks at the door of the metrics: whatever the caller holds becomes a finite float64 vector, or
an error.

Conventions: a vector holds one number a pair; position i of the predictions belongs to position i
of the references. Past :func:`check_paired_arrays` the metrics trust their input. Nothing is dropped,
filled or rounded in silence, and the caller's arrays are never written to.

Accepted are lists, tuples, numpy arrays and anything with ``__array__`` (a pandas Series, for one;
its index plays no part). Booleans count as 0 and 1. Integers must lie within +-2**53, where float64
represents each of them exactly: two larger ones could become equal, and so tied, by the conversion.
"""

import sys
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

FloatVector = npt.NDArray[np.float64]

LARGEST_EXACT_INTEGER = 2**53
"""Up to here float64 has every integer (53 bits of significand, IEEE 754)."""

_FLOAT64_BYTES = 8


class MetricInputError(ValueError):
    """Arrays that no metric can score: wrong shape, length or type, or a value that is not finite."""


def check_array(values: ArrayLike, name: str) -> FloatVector:
    """Return `values` as a one-dimensional, non-empty, finite float64 array.

    Parameters
    ----------
    values : array_like, shape (n,)
        Numbers: floats of up to 64 bits, integers within +-2**53, or booleans.
    name : str
        What the caller calls this array; error messages begin with it.

    Returns
    -------
    numpy.ndarray of float64, shape (n,)
        A view of `values` where they are float64 already: not to be written to.

    Raises
    ------
    MetricInputError
        If `values` is not one-dimensional, is empty, does not hold real numbers, has masked or
        non-finite entries, or has an integer that float64 cannot hold exactly.
    """
    array = _as_array(values, name)
    if array.ndim != 1:
        raise MetricInputError(
            f"{name} must be one-dimensional, one number a pair; "
            f"got shape {array.shape}. Pass a single column."
        )
    if array.size == 0:
        raise MetricInputError(f"{name} is empty; a metric needs at least one pair.")
    _check_type(array, name)
    if array.dtype.kind in "iu":
        _check_exact_integers(array, name)
    vector: FloatVector = array.astype(np.float64, copy=False)
    _check_finite(vector, name)
    if not isinstance(values, np.ndarray) and array.dtype.kind == "f":
        _check_mixed_numbers(values, vector, name)
    return vector


def check_paired_arrays(
    predictions: ArrayLike, references: ArrayLike
) -> tuple[FloatVector, FloatVector]:
    """Check both sides by :func:`check_array`, and that they are of one length.

    Raises
    ------
    MetricInputError
        As :func:`check_array`, or if the lengths differ; the message gives both.
    """
    predicted = check_array(predictions, "predictions")
    reference = check_array(references, "references")
    check_same_length(predicted, reference)
    return predicted, reference


def check_same_length(predictions: FloatVector, references: FloatVector) -> None:
    """Raise :class:`MetricInputError`, naming both lengths, unless the two sides have as many
    values.
    """
    if predictions.size != references.size:
        raise MetricInputError(
            f"predictions has {predictions.size} values but references has {references.size}; "
            "a metric needs one prediction for each reference, in the same order."
        )


def _as_array(values: ArrayLike, name: str) -> npt.NDArray[np.generic]:
    # Only a loaded numpy.ma can have made a masked array; loading it costs more than the metrics.
    if "numpy.ma" in sys.modules and np.ma.is_masked(values):
        raise MetricInputError(f"{name} has masked entries; every pair needs a value.")
    try:
        return np.asarray(values)
    except (ValueError, TypeError, OverflowError) as error:
        raise MetricInputError(f"{name} cannot be read as a vector of numbers: {error}") from error


def _check_type(array: npt.NDArray[np.generic], name: str) -> None:
    too_wide = array.dtype.kind == "f" and array.dtype.itemsize > _FLOAT64_BYTES
    if array.dtype.kind not in "fiub" or too_wide:
        raise MetricInputError(
            f"{name} must hold real numbers (floats of up to 64 bits, integers or booleans); "
            f"got dtype {array.dtype}, the first value being {array[0]!r}. Convert it to float64 first."
        )


def _check_exact_integers(array: npt.NDArray[np.generic], name: str) -> None:
    outside = (array > LARGEST_EXACT_INTEGER) | (array < -LARGEST_EXACT_INTEGER)  # type: ignore[operator]
    if outside.any():
        index = int(np.argmax(outside))
        raise _inexact_integer(name, index, int(array[index]))


def _check_finite(vector: FloatVector, name: str) -> None:
    finite = np.isfinite(vector)
    if not finite.all():
        index = int(np.argmin(finite))
        count = vector.size - int(np.count_nonzero(finite))
        raise MetricInputError(
            f"{name} has {count} of {vector.size} values that are not finite; "
            f"the first is {vector[index]} at index {index} (counted from 0)."
        )


def _check_mixed_numbers(values: ArrayLike, vector: FloatVector, name: str) -> None:
    """Catch the large integers of a list that numpy made floats of because floats stand beside
    them.
    """
    if not isinstance(values, Sequence) or not (np.abs(vector) >= LARGEST_EXACT_INTEGER).any():
        return
    for index, value in enumerate(values):
        if isinstance(value, int | np.integer) and abs(int(value)) > LARGEST_EXACT_INTEGER:
            raise _inexact_integer(name, index, int(value))


def _inexact_integer(name: str, index: int, value: int) -> MetricInputError:
    return MetricInputError(
        f"{name} has the integer {value} at index {index} (counted from 0); "
        "float64 holds every integer only within +-2**53, and beyond it different values could "
        "become tied. Rescale the values, or pass floats."
    )
