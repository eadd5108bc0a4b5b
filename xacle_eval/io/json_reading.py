"""JSON from untrusted files: the number and depth of values are bounded before any is built.

All JSON that the toolkit reads goes through `parse_json`. It accepts only what every program
reads in the same way: no duplicate keys, no NaN, and numbers that a float or 64-bit integer holds.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from xacle_eval.text import quote

__all__ = ["JsonError", "parse_json"]

_MOST_VALUES = 250_000
_MAX_DEPTH = 20
_INT64 = range(-(2**63), 2**63)
# The last quotation mark is optional, so that unbalanced ones need linear time.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


class JsonError(ValueError):
    """Data that is not JSON, or not accepted; the message is a part of a sentence."""


def parse_json(data: bytes) -> Any:
    """Return the value in a JSON file.

    Parameters
    ----------
    data : bytes
        The contents of the file, of limited size.

    Raises
    ------
    JsonError
        If the data is not UTF-8 or JSON, has more than 250,000 values or 20 levels, a duplicate
        key, a number that is not finite or too large, or a half of a surrogate pair.
    """
    _check_size(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise JsonError(f"line {line} is not UTF-8 text") from error
    try:
        value = json.loads(
            text,
            object_pairs_hook=_to_object,
            parse_int=_to_integer,
            parse_float=_to_number,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise JsonError(f"it is not JSON (line {error.lineno}, column {error.colno})") from error
    except RecursionError as error:
        raise JsonError(_TOO_DEEP) from error
    _check_texts(value)
    return value


_TOO_DEEP = f"it is nested more than {_MAX_DEPTH} levels deep"


def _check_size(data: bytes) -> None:
    """Count values and levels without building them."""
    # Quotation marks first: they bound the number of strings that are removed.
    if data.count(b'"') <= 4 * _MOST_VALUES:
        rest = _STRING.sub(b"", data)
        if rest.count(b",") + rest.count(b"[") + rest.count(b"{") <= _MOST_VALUES:
            depth = deepest = 0
            for bracket in _BRACKET.finditer(rest):
                depth += 1 if bracket[0] in b"[{" else -1
                deepest = max(deepest, depth)
            if deepest > _MAX_DEPTH:
                raise JsonError(_TOO_DEEP)
            return
    raise JsonError(f"it has more than {_MOST_VALUES:,} values")


def _to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        number = Counter(key for key, _ in pairs)
        raise JsonError(f"duplicate key {quote(number.most_common(1)[0][0], 60)}")
    return found


def _to_integer(text: str) -> int:
    if len(text) > 20 or int(text) not in _INT64:
        raise JsonError("an integer is outside the 64-bit range")
    return int(text)


def _to_number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise JsonError("a number is too large")
    return value


def _refuse_constant(name: str) -> None:
    raise JsonError(f"{name} is not a JSON number")


def _check_texts(value: Any) -> None:
    """Refuse text that cannot be written as UTF-8: a half of a surrogate pair."""
    stack = [value]
    while stack:
        inner = stack.pop()
        texts: Iterable[Any] = ()
        if isinstance(inner, dict):
            texts = inner
            stack.extend(inner.values())
        elif isinstance(inner, list):
            stack.extend(inner)
        else:
            texts = (inner,)
        for text in texts:
            if isinstance(text, str) and not text.isascii():
                _require_unicode(text)


def _require_unicode(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise JsonError(f"the text {quote(text, 60)} is not valid Unicode") from error
