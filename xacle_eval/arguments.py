"""Arguments of the public functions: a wrong type or name is a UsageError that says what to pass.

The same name means the same in every function, so the type of each argument is known by its name.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from xacle_eval.errors import UsageError
from xacle_eval.text import alternatives, nearest, quote, visible

__all__ = ["check_arguments", "check_choice"]

_LONGEST = 60


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, os.PathLike) and isinstance(os.fspath(value), str)
    )


def _is_flag(value: Any) -> bool:
    return type(value).__name__ in ("bool", "bool_")


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def _listed(inner: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, Sequence)
        and not isinstance(value, str | bytes | Mapping)
        and all(map(inner, value))
    )


def _is_challenge(value: Any) -> bool:
    return _is_path(value) or hasattr(value, "manifest_of")


def _is_bootstrap(value: Any) -> bool:
    return _is_whole(value) or hasattr(value, "resamples")


def _is_metric(value: Any) -> bool:
    return isinstance(value, str) or hasattr(value, "higher_is_better")


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "text": (_is_text, "text"),
    "path": (_is_path, "a path"),
    "flag": (_is_flag, "True or False"),
    "whole": (_is_whole, "a whole number of 0 or more"),
    "number": (_is_number, "a finite number"),
    "texts": (lambda value: _is_text(value) or _listed(_is_text)(value), "text, or a list of text"),
    "wholes": (_listed(_is_whole), "a list of whole numbers"),
    "mapping": (
        lambda value: isinstance(value, Mapping) and all(map(_is_text, value)),
        "a dict with names as keys",
    ),
    "names": (
        lambda value: (
            isinstance(value, Mapping)
            and all(map(_is_text, value))
            and all(map(_is_text, value.values()))
        ),
        "a dict of text to text",
    ),
    "challenge": (_is_challenge, "the name of a challenge, the path of its file, or a Challenge"),
    "bootstrap": (
        _is_bootstrap,
        "a Bootstrap or a number of resamples, such as bootstrap=1000",
    ),
    "metrics": (
        lambda value: _is_metric(value) or _listed(_is_metric)(value),
        "a list of names of metrics, or of Metric objects",
    ),
    "function": (callable, "a function"),
}
# The kind of each argument that has the same meaning in every function.
_KIND_OF = {
    "split part system target by by_column against screen order duplicates standardise "
    "correction resample method fallback kernels scheduler label kind": "text",
    "output": "path",
    "profile pairs keep_excluded allow_code follow_links rank_suspicious strict force": "flag",
    "seed splits resamples jobs": "whole",
    "margin difference power alpha score between pair_cost level scheduler_timeout": "number",
    "metric screenings": "texts",
    "listeners": "wholes",
    "references_of settings": "mapping",
    "flags": "names",
    "challenge": "challenge",
    "bootstrap": "bootstrap",
    "metrics": "metrics",
    "progress": "function",
}
_BY_NAME = {name: kind for names, kind in _KIND_OF.items() for name in names.split()}


def check_arguments(*, optional: Iterable[str] = (), **given: Any) -> None:
    """Check the types of arguments.

    Parameters
    ----------
    optional : iterable of str
        The arguments that can be None.
    **given : object
        The arguments by name.

    Raises
    ------
    UsageError
        If one has another type than its name says.
    """
    absent = frozenset(optional)
    for name, value in given.items():
        if value is None and name in absent:
            continue
        accepts, expected = _KINDS[_BY_NAME[name]]
        if not accepts(value):
            none = " (or None)" if name in absent else ""
            raise UsageError(f"{name} must be {expected}{none}; got {_shown(value)}")


def _shown(value: Any) -> str:
    """Return a value for a message, with its type unless it is a plain one."""
    kind = visible(type(value).__name__, _LONGEST)
    if value is None:
        return kind.removesuffix("Type")
    if isinstance(value, str | Real):
        return visible(repr(value), _LONGEST)
    return f"a value of the type {kind}"


def check_choice(name: str, value: object, known: Iterable[str]) -> None:
    """Raise UsageError unless a value is one of the known names; suggest the nearest.

    Parameters
    ----------
    name : str
        The argument.
    value : object
        What was given.
    known : iterable of str
        The accepted names.
    """
    names = list(known)
    if isinstance(value, str) and value in names:
        return
    message = f"{name} must be {alternatives(names)}; got "
    if not isinstance(value, str):
        raise UsageError(message + _shown(value))
    guess = nearest(value, names)
    suggestion = f"; did you mean {quote(guess)}?" if guess else ""
    raise UsageError(f"{message}{quote(value, _LONGEST)}{suggestion}")
