"""Arrays and tensors of other libraries as numpy arrays, without an import of those libraries.

Accepted are lists, tuples, numpy arrays, anything with ``__array__`` or ``__dlpack__`` (for example
a pandas Series, whose index is ignored), and tensors on any device, of any float type, with or
without a gradient.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from xacle_eval.text import visible

__all__ = ["ById", "Frame", "SupportsDLPack", "Tensor", "Values", "as_array"]


class Frame(Protocol):
    """A data frame of pandas or polars."""

    @property
    def columns(self) -> Any:
        """The labels of the columns."""

    def __getitem__(self, label: Any, /) -> Any:
        """Return a column."""


class SupportsDLPack(Protocol):
    """An array of a library with the DLPack protocol, such as JAX or CuPy."""

    def __dlpack__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the array as a DLPack capsule."""


class Tensor(Protocol):
    """A tensor with the methods of PyTorch, on any device, of any float type."""

    def detach(self) -> Any:
        """Return the tensor without its gradient."""


Values = ArrayLike | SupportsDLPack | Tensor | Iterator[float]
"""Numbers in order: a list, an array, a Series, a tensor or an iterator."""
ById = Mapping[str, float] | Mapping[str, Any]
"""Numbers by id, of any type that holds one number."""

# What `numpy.dtype.isbuiltin` is for a type that another library has registered.
_REGISTERED = 2


def as_array(values: ArrayLike) -> npt.NDArray[np.generic]:
    """Return anything that holds numbers as an array in host memory; its values are not checked.

    Raises
    ------
    ValueError
        If an entry is masked, or numpy cannot read the values. The message begins with a verb.
    """
    if type(values) is np.ndarray:
        return _real_type(values)
    # A masked array exists only if numpy.ma is loaded; loading it takes longer than the metrics.
    if "numpy.ma" in sys.modules and np.ma.is_masked(values):
        raise ValueError("has masked entries; every pair needs a value.")
    try:
        return _real_type(np.asarray(_in_host_memory(values)))
    except (ValueError, TypeError, OverflowError, RuntimeError, BufferError) as error:
        reason = visible(str(error), 300)
        raise ValueError(f"cannot be read as a vector of numbers: {reason}") from error


def _in_host_memory(values: Any) -> Any:
    """Return a tensor of another library as something that numpy can read; else the values.

    The methods are those of PyTorch (``detach``, ``cpu``, ``double``) and CuPy (``get``).
    """
    if callable(getattr(values, "detach", None)):
        tensor = values.detach().cpu()
        # numpy has no bfloat16 and no float8.
        return tensor.double() if tensor.is_floating_point() else tensor
    if hasattr(values, "__cuda_array_interface__") and callable(getattr(values, "get", None)):
        return values.get()
    if hasattr(values, "__dlpack__") and not hasattr(values, "__array__"):
        return np.from_dlpack(values)
    return values


def _real_type(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Return numbers that are Python objects, or of another library's float type, as float64.

    pandas gives objects for its nullable types; JAX gives bfloat16, which numpy stores as a type
    that a library has registered.
    """
    objects = array.dtype.kind == "O" and all(isinstance(each, Real) for each in array.flat)
    if objects and not any(isinstance(each, float | np.floating) for each in array.flat):
        return array  # large integers must not be rounded
    if objects or array.dtype.isbuiltin == _REGISTERED:
        return array.astype(np.float64)
    return array
