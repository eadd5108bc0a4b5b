"""The checks of values in the stand-in for pydantic: types, limits, and the errors' names."""

from __future__ import annotations

import math
import operator
import re
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, Union, get_args, get_origin

__all__ = [
    "MISSING",
    "AfterValidator",
    "FaultyError",
    "FieldInfo",
    "Place",
    "StringConstraints",
    "call",
    "checked",
    "fault",
    "refuse",
]

Place = tuple[Any, ...]
"""The keys and positions that lead to a value from the outermost one."""


class Missing:
    """Stands for a value that is not given; None is a value."""


MISSING = Missing()


class FaultyError(Exception):
    """What is wrong with a value and the values in it."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        self.faults = faults
        super().__init__(faults)


def fault(kind: str, place: Place, value: Any, **limits: Any) -> dict[str, Any]:
    """Return the description of an error, with the keys that pydantic has."""
    return {"type": kind, "loc": place, "input": value, "ctx": limits}


def refuse(kind: str, place: Place, value: Any, **limits: Any) -> FaultyError:
    """Return the exception about a single error; the caller raises it."""
    return FaultyError([fault(kind, place, value, **limits)])


@dataclass(frozen=True)
class StringConstraints:
    """Limits of a string."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    strip_whitespace: bool = False


@dataclass(frozen=True)
class AfterValidator:
    """A function that checks a value after its type."""

    func: Callable[[Any], Any]


@dataclass(frozen=True)
class FieldInfo:
    """The type of a field, its default and its limits."""

    default: Any = MISSING
    default_factory: Callable[[], Any] | None = None
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    allow_inf_nan: bool | None = None
    validate_default: bool = False
    description: str | None = None
    annotation: Any = None
    metadata: tuple[Any, ...] = ()

    @property
    def is_required(self) -> bool:
        """Whether a value must be given."""
        return self.default is MISSING and self.default_factory is None

    def default_value(self) -> Any:
        """Return the value of a field that is not given."""
        return self.default if self.default_factory is None else self.default_factory()


def call(check: Callable[[], Any], place: Place, value: Any) -> Any:
    """Return the result of a check; its ValueError becomes a fault of the value."""
    try:
        return check()
    except ValueError as error:
        raise refuse("value_error", place, value, error=error) from None


def checked(kind: Any, metadata: Sequence[Any], value: Any, place: Place, strict: bool) -> Any:
    """Return a value of a type, with the limits in its metadata.

    Raises
    ------
    FaultyError
        If it is of another type or beyond a limit.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return checked(arguments[0], (*arguments[1:], *metadata), value, place, strict)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        kinds = [each for each in arguments if each is not type(None)]
        return _checked_union(kinds, metadata, value, place, strict)
    value = _of_type(kind, metadata, value, place, strict)
    for each in metadata:
        if isinstance(each, AfterValidator):
            value = call(partial(each.func, value), place, value)
    return value


def _checked_union(
    kinds: list[Any], metadata: Sequence[Any], value: Any, place: Place, strict: bool
) -> Any:
    faults: list[dict[str, Any]] = []
    for each in kinds:
        try:
            return checked(each, metadata, value, place, strict)
        except FaultyError as error:
            faults += error.faults
    raise FaultyError(faults)


def _of_type(kind: Any, metadata: Sequence[Any], value: Any, place: Place, strict: bool) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    limits = _limits(metadata)
    if kind in (str, bool, int, float):
        return _SCALARS[kind](kind, value, place, limits)
    if origin in (list, tuple):
        return _items(origin, arguments[0], value, place, strict, limits)
    if origin is dict:
        return _entries(arguments, value, place, strict, limits)
    if hasattr(kind, "checked"):
        return kind.checked(value, place)
    if origin is Literal and value not in arguments:
        raise refuse("literal_error", place, value)
    return value


_Limits = dict[str, Any]


def _limits(metadata: Sequence[Any]) -> _Limits:
    """Return the limits that the metadata of a type set."""
    found: _Limits = {}
    for each in metadata:
        if isinstance(each, FieldInfo | StringConstraints):
            found |= {name: limit for name, limit in vars(each).items() if limit is not None}
    return found


def _text(_: Any, value: Any, place: Place, limits: _Limits) -> str:
    if not isinstance(value, str):
        raise refuse("string_type", place, value)
    text = value.strip() if limits.get("strip_whitespace") else value
    least, most = limits.get("min_length", 0), limits.get("max_length", math.inf)
    if len(text) < least:
        raise refuse("string_too_short", place, value, min_length=least)
    if len(text) > most:
        raise refuse("string_too_long", place, value, max_length=most)
    pattern = limits.get("pattern")
    # In the expressions of pydantic, $ is the end of the text; in re, also before a line end.
    if pattern is not None and not re.search(re.sub(r"\$$", r"\\Z", pattern), text):
        raise refuse("string_pattern_mismatch", place, value, pattern=pattern)
    return text


_BOUNDS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "le": ("less_than_equal", operator.le),
    "lt": ("less_than", operator.lt),
    "ge": ("greater_than_equal", operator.ge),
    "gt": ("greater_than", operator.gt),
}


def _number(kind: Any, value: Any, place: Place, limits: _Limits) -> Any:
    accepted = int if kind is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, accepted):
        raise refuse(f"{kind.__name__}_type", place, value)
    number = kind(value)
    if kind is float and not limits.get("allow_inf_nan", True) and not math.isfinite(number):
        raise refuse("finite_number", place, value)
    for name, (error, holds) in _BOUNDS.items():
        if name in limits and not holds(number, limits[name]):
            raise refuse(error, place, value, **{name: limits[name]})
    return number


def _truth(_: Any, value: Any, place: Place, __: _Limits) -> bool:
    if not isinstance(value, bool):
        raise refuse("bool_type", place, value)
    return value


_SCALARS: dict[Any, Callable[[Any, Any, Place, _Limits], Any]] = {
    str: _text,
    bool: _truth,
    int: _number,
    float: _number,
}


def _items(origin: Any, kind: Any, value: Any, place: Place, strict: bool, limits: _Limits) -> Any:
    accepted = origin if strict else (list, tuple)
    if not isinstance(value, accepted):
        raise refuse(f"{origin.__name__}_type", place, value)
    if len(value) > limits.get("max_length", math.inf):
        raise refuse("too_long", place, value, max_length=limits["max_length"])
    found, faults = [], []
    for number, each in enumerate(value):
        try:
            found.append(checked(kind, (), each, (*place, number), strict))
        except FaultyError as error:
            faults += error.faults
    if faults:
        raise FaultyError(faults)
    if len(found) < limits.get("min_length", 0):
        raise refuse("too_short", place, value, min_length=limits["min_length"])
    return origin(found)


def _entries(
    kinds: tuple[Any, ...], value: Any, place: Place, strict: bool, limits: _Limits
) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise refuse("dict_type", place, value)
    found, faults = {}, []
    for key, each in value.items():
        try:
            found[key] = checked(kinds[1], (), each, (*place, key), strict)
        except FaultyError as error:
            faults += error.faults
    if faults:
        raise FaultyError(faults)
    if len(found) > limits.get("max_length", math.inf):
        raise refuse("too_long", place, value, max_length=limits["max_length"])
    return found
