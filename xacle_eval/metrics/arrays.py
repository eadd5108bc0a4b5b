"""Input checks of the metrics: every input becomes a finite float64 vector, or an error.

Conventions: a vector holds one number per pair; position i of the predictions belongs to position i
of the references. After :func:`check_paired_arrays` the metrics trust their input. No value is
silently dropped, filled or rounded, and the caller's arrays are never changed.

Accepted are lists, tuples, numpy arrays, anything with ``__array__`` or ``__dlpack__`` (for example
a pandas Series, whose index is ignored), and tensors on any device, of any float type, with or
without a gradient. No library is imported for them. Booleans count as 0 and 1. Integers must lie
within +-2**53, where float64 represents every integer exactly. The conversion of larger integers
could make different values equal, and so tied.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from xacle_eval.arrays import as_array

FloatVector = npt.NDArray[np.float64]

LARGEST_EXACT_INTEGER = 2**53
"""float64 represents every integer up to this one exactly (53-bit significand, IEEE 754)."""

_FLOAT64_BYTES = 8


class MetricInputError(ValueError):
    """Arrays that cannot be scored: wrong shape, length or type, or values that are not finite."""


def check_array(values: ArrayLike, name: str) -> FloatVector:
    """Return `values` as a one-dimensional, non-empty, finite float64 array.

    Parameters
    ----------
    values : array_like, shape (n,)
        Numbers: floats of up to 64 bits, integers within +-2**53, or booleans.
    name : str
        The caller's name of this array; error messages begin with it.

    Returns
    -------
    numpy.ndarray of float64, shape (n,)
        A view of `values` if they are float64 already; do not write to it.

    Raises
    ------
    MetricInputError
        If `values` is not one-dimensional, is empty, does not hold real numbers, has masked or
        non-finite entries, or has an integer that float64 cannot hold exactly.
    """
    array = _as_array(values, name)
    if array.ndim != 1:
        raise MetricInputError(
            f"{name} must be one-dimensional, with one number per pair; "
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
    """Check both sides by :func:`check_array`, and that they have the same length.

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
    """Raise :class:`MetricInputError` with both lengths unless they are equal."""
    if predictions.size != references.size:
        raise MetricInputError(
            f"predictions has {predictions.size} values but references has {references.size}; "
            "a metric needs one prediction for each reference, in the same order."
        )


def _as_array(values: ArrayLike, name: str) -> npt.NDArray[np.generic]:
    try:
        return as_array(values)
    except ValueError as error:
        raise MetricInputError(f"{name} {error}") from error


def _check_type(array: npt.NDArray[np.generic], name: str) -> None:
    too_wide = array.dtype.kind == "f" and array.dtype.itemsize > _FLOAT64_BYTES
    if array.dtype.kind not in "fiub" or too_wide:
        raise MetricInputError(
            f"{name} must hold real numbers (floats of up to 64 bits, integers or booleans); "
            f"got dtype {array.dtype}, first value {array.tolist()[0]!r}. "
            "Convert it to float64 first."
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
    """Raise for a large integer in a list that numpy converted because the list also has floats."""
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
