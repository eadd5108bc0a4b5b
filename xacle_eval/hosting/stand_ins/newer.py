"""Functions and classes newer than Python 3.7, for modules that were rewritten for it.

`xacle_eval.hosting.downgrade` lets modules import these instead of those of the standard library.
They have the names and results of the originals, as far as the modules use them. Names of types
are those of the running Python where it has them.
"""

from __future__ import annotations

import builtins
import datetime
import functools
import importlib
import inspect
import operator
import re
import sys
import types
import typing
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, ValuesView
from typing import Any

from xacle_eval.hosting.stand_ins.letters import category
from xacle_eval.hosting.stand_ins.patterns import without_possessive

__all__ = [
    "UTC",
    "Annotated",
    "Final",
    "Literal",
    "LiteralString",
    "Names",
    "Never",
    "ParamSpec",
    "Protocol",
    "Self",
    "SupportsIndex",
    "TypeAlias",
    "TypeGuard",
    "TypedDict",
    "UnionType",
    "assert_never",
    "cache",
    "cached_property",
    "category",
    "compile_pattern",
    "either",
    "either_in_place",
    "final",
    "get_annotations",
    "get_args",
    "get_origin",
    "import_module",
    "override",
    "pairwise",
    "prod",
    "removeprefix",
    "removesuffix",
    "reversed",
    "runtime_checkable",
    "zip",
]

UTC = datetime.timezone.utc  # noqa: UP017 -- for Python 3.7
_MISSING: Any = object()


class Names:
    """The variables of a function that expressions assign."""

    def __call__(self, name: str, value: Any) -> Any:
        """Set a variable and return its value."""
        setattr(self, name, value)
        return value


def cache(function: Callable[..., Any]) -> Any:
    """Return a function that remembers its results."""
    return functools.lru_cache(maxsize=None)(function)


class cached_property:  # noqa: N801 -- the name of functools
    """A property that is computed once."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self._name = function.__name__
        self.__doc__ = function.__doc__

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, _: Any = None) -> Any:
        if instance is None:
            return self
        # The value in the instance is found before this descriptor, which has no __set__.
        value = instance.__dict__[self._name] = self._function(instance)
        return value


def zip(*iterables: Iterable[Any], strict: bool = False) -> Iterator[Any]:  # noqa: A001
    """Return the tuples of iterables, which must have the same length with `strict`."""
    return _equally_long(iterables) if strict else builtins.zip(*iterables)  # noqa: B905


def _equally_long(iterables: tuple[Iterable[Any], ...]) -> Iterator[Any]:
    iterators = [iter(each) for each in iterables]
    while iterators:
        found = [next(each, _MISSING) for each in iterators]
        if any(each is _MISSING for each in found):
            if any(each is not _MISSING for each in found):
                raise ValueError("zip() arguments have different lengths")
            return
        yield tuple(found)


def reversed(values: Any) -> Any:  # noqa: A001
    """Return the elements from last to first, also those of a dictionary."""
    is_view = isinstance(values, dict | KeysView | ValuesView | ItemsView)
    return builtins.reversed(list(values) if is_view else values)


def pairwise(iterable: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield each element with the next one."""
    before = _MISSING
    for each in iterable:
        if before is not _MISSING:
            yield before, each
        before = each


def prod(factors: Iterable[Any]) -> Any:
    """Return a product."""
    return functools.reduce(operator.mul, factors, 1)


def removeprefix(text: Any, prefix: Any) -> Any:
    """Return a text without what it begins with."""
    return text[len(prefix) :] if text.startswith(prefix) else text


def removesuffix(text: Any, suffix: Any) -> Any:
    """Return a text without what it ends with."""
    return text[: -len(suffix)] if suffix and text.endswith(suffix) else text


def import_module(name: str) -> Any:
    """Return a module of this file, or an installed one."""
    top = __name__.partition(".")[0]
    own = f"{top}.{name}"
    root = sys.modules[top]
    return importlib.import_module(own if own in getattr(root, "MODULES", ()) else name)


def get_annotations(kind: type) -> dict[str, Any]:
    """Return the annotations in the body of a class."""
    found = getattr(inspect, "get_annotations", None)  # annotations are lazy since Python 3.14
    return dict(vars(kind).get("__annotations__", {}) if found is None else found(kind))


def compile_pattern(pattern: Any, flags: Any = 0) -> Any:
    """Return a compiled expression; possessive parts of it are rewritten for ``re``."""
    if sys.version_info < (3, 11) and isinstance(pattern, str):
        pattern = without_possessive(pattern)
    return re.compile(pattern, flags)


def either(first: Any, second: Any) -> Any:
    """Return ``first | second``, also of dictionaries and types."""
    if isinstance(first, dict) and isinstance(second, dict):
        merged = first.copy()
        merged.update(second)
        return merged
    if _is_type(first) and _is_type(second):
        return typing.Union[first, second]  # noqa: UP007 -- for Python 3.7
    return operator.or_(first, second)


def either_in_place(first: Any, second: Any) -> Any:
    """Return the result of ``first |= second``."""
    if isinstance(first, dict):
        first.update(second)
        return first
    return operator.ior(first, second)  # type: ignore[no-untyped-call]


def _is_type(value: Any) -> bool:
    return value is None or isinstance(value, type) or hasattr(value, "__origin__")


class _Special:
    """A form of types that Python 3.7 does not have, with its arguments."""

    def __init__(self, origin: Any, arguments: tuple[Any, ...], metadata: Any = ()) -> None:
        self.__origin__ = origin
        self.__args__ = arguments
        self.__metadata__ = metadata

    def __call__(self) -> None:
        """Let `typing` accept this as the parameter of a type."""
        raise TypeError("a form of types cannot be called")


class _Annotated:
    def __class_getitem__(cls, arguments: tuple[Any, ...]) -> Any:
        kind, *metadata = arguments
        if isinstance(kind, _Special) and kind.__origin__ is Annotated:
            kind, metadata = kind.__args__[0], [*kind.__metadata__, *metadata]
        return _Special(Annotated, (kind,), tuple(metadata))


class _Literal:
    def __class_getitem__(cls, values: Any) -> Any:
        return _Special(Literal, values if isinstance(values, tuple) else (values,))


class _Form:
    """A class or form of types of which only the name is needed."""

    def __class_getitem__(cls, _: Any) -> Any:
        return cls

    def __init_subclass__(cls, **_: Any) -> None:
        super().__init_subclass__()


class _TypedDict(dict):  # type: ignore[type-arg]
    def __init_subclass__(cls, **_: Any) -> None:
        super().__init_subclass__()


Annotated: Any = getattr(typing, "Annotated", _Annotated)
Literal: Any = getattr(typing, "Literal", _Literal)
Protocol: Any = _Form
TypedDict: Any = _TypedDict
Final = LiteralString = Never = Self = SupportsIndex = TypeAlias = TypeGuard = _Form
UnionType: Any = getattr(types, "UnionType", typing.Union)


def ParamSpec(name: str) -> Any:  # noqa: N802 -- the name of typing
    """Return what stands for parameters in types."""
    return typing.TypeVar(name)


def get_origin(kind: Any) -> Any:
    """Return the type without its parameters; None if it has none."""
    if isinstance(kind, _Special):
        return kind.__origin__
    found = getattr(typing, "get_origin", None)
    return getattr(kind, "__origin__", None) if found is None else found(kind)


def get_args(kind: Any) -> tuple[Any, ...]:
    """Return the parameters of a type."""
    if isinstance(kind, _Special):
        return (*kind.__args__, *kind.__metadata__)
    found = getattr(typing, "get_args", None)
    if found is not None:
        return tuple(found(kind))
    special = getattr(kind, "_special", False)  # such as List, whose parameters are variables
    return () if special else tuple(getattr(kind, "__args__", None) or ())


def assert_never(value: Any) -> typing.NoReturn:
    """Raise the error about a value that cannot be."""
    raise AssertionError(f"expected no value, got {value!r}")


def final(kind: Any) -> Any:
    """Return a class or method as it is."""
    return kind


override = runtime_checkable = final
