"""The part of numpy that the check of submissions uses, in the standard library alone.

A standalone validator has no numpy, so this module takes its place there. An array is a vector of
numbers or truth values, or a matrix as a list of rows; the functions have numpy's names and
results. Sums are exactly rounded, so their last digit can differ from numpy's. Tests compare both.
The check needs a few thousand numbers at a time, for which lists are fast enough.
"""

from __future__ import annotations

import math
import operator
import random as _random
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any

__all__ = [
    "NDArray",
    "abs",
    "arange",
    "argmax",
    "argsort",
    "array",
    "asarray",
    "bincount",
    "bool_",
    "count_nonzero",
    "diff",
    "empty_like",
    "errstate",
    "flatnonzero",
    "float64",
    "full",
    "int32",
    "int64",
    "isfinite",
    "ldexp",
    "lexsort",
    "minimum",
    "nan",
    "nanmax",
    "nanmin",
    "ndarray",
    "ptp",
    "random",
    "searchsorted",
    "sort",
    "sqrt",
    "stack",
    "zeros",
]

nan = math.nan
float64 = float
int64 = int32 = int
bool_ = bool
_Operator = Callable[[Any, Any], Any]


class ndarray:  # noqa: N801 -- the name of numpy
    """A vector, or a matrix as a list of vectors.

    Parameters
    ----------
    items : list
        The numbers or truth values of a vector, or the rows of a matrix.
    """

    __slots__ = ("items",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    @property
    def size(self) -> int:
        """The number of elements of a vector."""
        return len(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):  # a column of a matrix: matrix[:, number]
            return ndarray([row.items[key[1]] for row in self.items])
        if isinstance(key, slice):
            return ndarray(self.items[key])
        if isinstance(key, ndarray):
            return ndarray([self.items[place] for place in _places(key)])
        return self.items[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, ndarray):
            self.items[key] = value
            return
        places = _places(key)
        values = value.items if isinstance(value, ndarray) else [value] * len(places)
        for place, each in zip(places, values, strict=True):
            self.items[place] = each

    def _each(self, other: Any, apply: _Operator) -> ndarray:
        if isinstance(other, ndarray):
            return ndarray([apply(a, b) for a, b in zip(self.items, other.items, strict=True)])
        return ndarray([apply(a, other) for a in self.items])

    def __add__(self, other: Any) -> ndarray:
        return self._each(other, operator.add)

    def __sub__(self, other: Any) -> ndarray:
        return self._each(other, operator.sub)

    def __rsub__(self, other: Any) -> ndarray:
        return ndarray([other - a for a in self.items])

    def __mul__(self, other: Any) -> ndarray:
        return self._each(other, operator.mul)

    __radd__ = __add__
    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> ndarray:
        return self._each(other, operator.truediv)

    def __neg__(self) -> ndarray:
        return ndarray([-a for a in self.items])

    def __invert__(self) -> ndarray:
        return ndarray([not a for a in self.items])

    def __and__(self, other: Any) -> ndarray:
        return self._each(other, operator.and_)

    def __or__(self, other: Any) -> ndarray:
        return self._each(other, operator.or_)

    def __lt__(self, other: Any) -> ndarray:
        return self._each(other, operator.lt)

    def __le__(self, other: Any) -> ndarray:
        return self._each(other, operator.le)

    def __gt__(self, other: Any) -> ndarray:
        return self._each(other, operator.gt)

    def __ge__(self, other: Any) -> ndarray:
        return self._each(other, operator.ge)

    def __eq__(self, other: object) -> ndarray:  # type: ignore[override]
        return self._each(other, operator.eq)

    def __ne__(self, other: object) -> ndarray:  # type: ignore[override]
        return self._each(other, operator.ne)

    def __matmul__(self, other: ndarray) -> Any:
        if self.items and isinstance(self.items[0], ndarray):
            return ndarray([_product(row.items, other.items) for row in self.items])
        if other.items and isinstance(other.items[0], ndarray):
            columns = zip(*(row.items for row in other.items), strict=True)
            return ndarray([_product(self.items, column) for column in columns])
        return _product(self.items, other.items)

    def min(self) -> Any:
        """Return the smallest element; nan if one is nan."""
        return nan if _has_nan(self.items) else min(self.items)

    def max(self) -> Any:
        """Return the largest element; nan if one is nan."""
        return nan if _has_nan(self.items) else max(self.items)

    def sum(self) -> Any:
        """Return the sum."""
        return sum(self.items)

    def mean(self) -> float:
        """Return the mean."""
        return math.fsum(self.items) / len(self.items)

    def std(self, axis: int) -> ndarray:
        """Return the population standard deviation of each column of a matrix (`axis` is 0)."""
        columns = zip(*(row.items for row in self.items), strict=axis == 0)
        return ndarray([_deviation(column) for column in columns])

    def all(self) -> bool:
        """Return whether all elements are true."""
        return all(self.items)

    def any(self) -> bool:
        """Return whether an element is true."""
        return any(self.items)

    def copy(self) -> ndarray:
        """Return a copy."""
        return ndarray(list(self.items))

    def tolist(self) -> list[Any]:
        """Return the elements as a list."""
        return list(self.items)


class NDArray:
    """The type of arrays in annotations, which are not read."""

    def __class_getitem__(cls, _: Any) -> type[NDArray]:
        return cls


ArrayLike = Any


def _places(key: ndarray) -> list[int]:
    """Return the positions that an array of truth values or positions selects."""
    if key.items and isinstance(key.items[0], bool):
        return [place for place, chosen in enumerate(key.items) if chosen]
    return key.items


def _product(first: Sequence[float], second: Sequence[float]) -> float:
    return math.fsum(map(operator.mul, first, second))


def _deviation(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


def _has_nan(items: list[Any]) -> bool:
    return any(item != item for item in items)  # noqa: PLR0124 -- nan alone differs from itself


def array(values: Iterable[Any], dtype: Any = None) -> ndarray:
    """Return an array of values, converted to a type if one is given."""
    return ndarray(list(values) if dtype is None else [dtype(value) for value in values])


def asarray(values: Any, dtype: Any = None) -> ndarray:
    """Return values as an array; an array stays as it is."""
    return values if isinstance(values, ndarray) else array(values, dtype)


def full(size: int, value: Any) -> ndarray:
    """Return a vector of one value."""
    return ndarray([value] * size)


def zeros(size: int, dtype: Any = float) -> ndarray:
    """Return a vector of zeros, or of false."""
    return ndarray([dtype(0)] * size)


def empty_like(values: ndarray) -> ndarray:
    """Return a vector of the same size."""
    return ndarray([0] * values.size)


def arange(size: int) -> ndarray:
    """Return the whole numbers below `size`."""
    return ndarray(list(range(size)))


def stack(rows: Iterable[ndarray]) -> ndarray:
    """Return the matrix of rows."""
    return ndarray(list(rows))


def _apply(function: Callable[[Any], Any], values: Any) -> Any:
    if isinstance(values, ndarray):
        return ndarray([_apply(function, value) for value in values.items])
    return function(values)


def abs(values: Any) -> Any:  # noqa: A001 -- the name of numpy
    """Return absolute values."""
    return _apply(operator.abs, values)


def sqrt(values: Any) -> Any:
    """Return square roots."""
    return _apply(math.sqrt, values)


def isfinite(values: Any) -> Any:
    """Return whether each value is finite."""
    return _apply(math.isfinite, values)


def ldexp(values: Any, exponent: int) -> Any:
    """Return values times a power of two."""
    return _apply(lambda value: math.ldexp(value, exponent), values)


def minimum(values: ndarray, limit: float) -> ndarray:
    """Return each value, or the limit if that is smaller."""
    return ndarray([min(value, limit) for value in values.items])


def nanmin(values: ndarray) -> float:
    """Return the smallest value that is not nan."""
    found: float = min(value for value in values.items if not math.isnan(value))
    return found


def nanmax(values: ndarray) -> float:
    """Return the largest value that is not nan."""
    found: float = max(value for value in values.items if not math.isnan(value))
    return found


def ptp(values: ndarray) -> Any:
    """Return the largest minus the smallest value."""
    return values.max() - values.min()


def count_nonzero(values: ndarray) -> int:
    """Return the number of values that are not zero or false."""
    return sum(1 for value in values.items if value)


def flatnonzero(values: ndarray) -> ndarray:
    """Return the positions of the values that are not zero or false."""
    return ndarray([place for place, value in enumerate(values.items) if value])


def bincount(values: ndarray) -> ndarray:
    """Return how often each whole number occurs."""
    counts = [0] * (max(values.items, default=-1) + 1)
    for value in values.items:
        counts[value] += 1
    return ndarray(counts)


def diff(values: ndarray) -> ndarray:
    """Return the differences of neighbours."""
    return ndarray([b - a for a, b in zip(values.items, values.items[1:], strict=False)])


def sort(values: ndarray) -> ndarray:
    """Return the values in ascending order."""
    return ndarray(sorted(values.items))


def argsort(values: ndarray, kind: str = "stable") -> ndarray:
    """Return the positions in the order of their values; equal values stay in order."""
    if kind != "stable":
        raise ValueError("only stable sorting is supported")
    return ndarray(sorted(range(values.size), key=values.items.__getitem__))


def lexsort(keys: tuple[ndarray, ...]) -> ndarray:
    """Return the positions in the order of several keys, of which the last comes first."""
    columns = [key.items for key in reversed(keys)]
    size = len(columns[0])
    return ndarray(sorted(range(size), key=lambda place: [each[place] for each in columns]))


def argmax(values: ndarray) -> int:
    """Return the position of the first of the largest values."""
    return values.items.index(max(values.items))


def searchsorted(values: ndarray, wanted: Iterable[float], side: str = "left") -> ndarray:
    """Return where values would be inserted in an ascending vector, before equal ones."""
    if side != "left":
        raise ValueError("only the left side is supported")
    return ndarray([bisect_left(values.items, each) for each in wanted])


def errstate(**_: str) -> nullcontext[None]:
    """Return a context without an effect: Python's arithmetic gives no such warnings."""
    return nullcontext()


class _Normal:
    """Normally distributed numbers; numpy has others for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = _random.Random(seed)  # noqa: S311 -- not for secrets

    def standard_normal(self, shape: tuple[int, int]) -> ndarray:
        """Return a matrix of such numbers."""
        rows, columns = shape
        gauss = self._random.gauss
        return ndarray([ndarray([gauss(0.0, 1.0) for _ in range(columns)]) for _ in range(rows)])


class random:  # noqa: N801 -- the name of numpy
    """Random numbers; only those that select candidates, which are then compared exactly."""

    @staticmethod
    def default_rng(seed: int) -> _Normal:
        """Return a generator of random numbers."""
        return _Normal(seed)
