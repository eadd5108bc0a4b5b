"""Problems of a challenge file, each one sentence that starts with its key.

tomllib and pydantic find most of the problems. The sentences are written here; they
do not depend on the release of a library; a library's own text is at most a detail in
parentheses.
"""

from __future__ import annotations

import copy
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from xacle_eval.challenge.model import Challenge
from xacle_eval.text import alternatives, did_you_mean, key_path, quote, visible

__all__ = ["INHERITANCE_KEYS", "TomlError", "model_problems", "read_toml"]

INHERITANCE_KEYS = ("extends", "remove")
"""Keys of a challenge file that are not in its model: they are resolved before it is built."""

MAX_DEPTH = 20  # levels of tables and lists; a challenge file needs 4
_MOST_VALUES = 20_000
_INT64 = range(-(2**63), 2**63)  # the integers that TOML guarantees
# The tokens of TOML that matter for dotted keys. Each is consumed completely, even if its end is
# missing, so the search is linear.
_TOKEN = re.compile(
    rb"""(?s)
    (?P<other>\#[^\n]*+ | \"{3}(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5})?
        | '{3}(?:[^']|'(?!''))*+(?:'{3,5})?)
    | (?P<part>[A-Za-z0-9_-]++ | "(?:[^"\\\n]|\\[^\n])*+"? | '[^'\n]*+'?)
    | (?P<dot>\.) | (?P<blank>[ \t]++) | [^ \t.]
    """,
    re.VERBOSE,
)
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")

Location = tuple[str | int, ...]


class TomlError(ValueError):
    """Data that is not valid TOML, or holds values that no challenge file needs."""


def read_toml(data: bytes) -> dict[str, Any]:
    """Return the table in a TOML file.

    Raises
    ------
    TomlError
        If the data is not UTF-8 or TOML, is nested too deeply, has too many values, or an integer
        is too large.
    """
    _check_keys(data)
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TomlError(f"line {line} is not UTF-8 text; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise TomlError(_syntax_problem(str(error))) from error
    except RecursionError as error:
        raise TomlError(_TOO_DEEP) from error
    except ValueError as error:  # Python limits the number of digits
        raise TomlError(_TOO_LARGE) from error
    _check_values(table)
    return table


def _check_keys(data: bytes) -> None:
    """Refuse a key such as a.b.c with many parts: tomllib's time for it is quadratic in them."""
    dots, after_part = 0, False
    for token in _TOKEN.finditer(data):
        kind = token.lastgroup
        if kind == "blank":
            continue
        if kind == "dot" and after_part:
            dots += 1
            if dots >= MAX_DEPTH:
                line = data.count(b"\n", 0, token.start()) + 1
                raise TomlError(f"line {line} has a key of more than {MAX_DEPTH} parts")
        elif kind != "part" or after_part:
            dots = 0
        after_part = kind == "part"


_TOO_DEEP = f"tables or lists are nested more than {MAX_DEPTH} levels deep"
_TOO_LARGE = "an integer is outside the 64-bit range"


def _syntax_problem(message: str) -> str:
    match = _PLACE.search(message)
    detail = visible(_PLACE.sub("", message))
    if match is None:
        return f"invalid TOML ({detail})"
    place = f"line {match[1]}, column {match[2]}" if match[1] else "the end of the file"
    return f"invalid TOML at {place} ({detail})"


def _check_values(table: dict[str, Any]) -> None:
    stack: list[tuple[object, int]] = [(table, 1)]
    number = 0
    while stack:
        value, depth = stack.pop()
        number += 1
        if number > _MOST_VALUES:
            raise TomlError(f"the file has more than {_MOST_VALUES:,} values")
        if isinstance(value, int) and value not in _INT64:
            raise TomlError(_TOO_LARGE)
        if isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise TomlError(_TOO_DEEP)
            inner = value.values() if isinstance(value, dict) else value
            stack.extend((each, depth + 1) for each in inner)


def model_problems(
    table: dict[str, Any], error: ValidationError, context: dict[str, Any] | None = None
) -> list[str]:
    """Return every problem that pydantic found in a challenge file.

    An unknown key can hide other problems of its table, such as a missing key, so the table
    is checked again without unknown keys, in the same context.
    """
    problems = list(_sentences(error))
    rest = copy.deepcopy(table)
    for item in error.errors(include_url=False):
        if item["type"] == "extra_forbidden":
            place: Any = rest
            for part in item["loc"][:-1]:
                place = place[part]
            del place[item["loc"][-1]]
    try:
        Challenge.model_validate(rest, context=context)
    except ValidationError as other:
        problems.extend(_sentences(other))
    return list(dict.fromkeys(problems))


def _sentences(error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_url=False):
        location = item["loc"]
        # In a union, pydantic adds the type that it tried; in a table, a mark for keys.
        if location[:2] == ("ranking", "undefined"):
            location = location[:2]
        if location[-1:] == ("[key]",):
            location = location[:-1]
        key = key_path(location)
        sentence = _sentence(item, location)
        yield f"{key}: {sentence}" if key else sentence


def _sentence(item: Mapping[str, Any], location: Location) -> str:
    kind, details = item["type"], item.get("ctx", {})
    if kind == "extra_forbidden":
        guess = did_you_mean(str(location[-1]), _keys_of(location[:-1]))
        return f"unknown key; {guess}" if guess else "unknown key"
    if kind == "missing":
        return "required key is missing"
    if kind == "value_error":
        return str(details["error"])  # raised by the validators of xacle_eval.challenge.model
    value = item.get("input")
    if kind == "literal_error" or location == ("ranking", "undefined"):
        return _choice_sentence(value, location)
    if kind == "string_pattern_mismatch":
        name = ".".join(str(part) for part in location if isinstance(part, str))
        is_name = location[2:3] == ("parts",) or location[-2:-1] in (
            ("targets",),
            ("phases",),
            ("phase",),
        )
        expected = _SHORT_NAME if is_name else _PATTERNS.get(name)
    else:
        describe = _EXPECTED.get(kind)
        expected = describe(details) if describe else None
    if expected is None:
        return f"{_show_value(value)} is not valid"
    return f"expected {expected}, got {_show_value(value)}"


def _choice_sentence(value: object, location: Location) -> str:
    if location == ("ranking", "undefined"):
        large = isinstance(value, int | float) and math.isfinite(value)
        number = "a number up to 1,000,000,000" if large else "a finite number"
        return f'expected {number} or "unranked", got {_show_value(value)}'
    choices = _choices_at(location)
    guess = did_you_mean(value, choices) if isinstance(value, str) else ""
    sentence = f"expected {alternatives(choices)}, got {_show_value(value)}"
    return f"{sentence}; {guess}" if guess else sentence


def _show_value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quote(value, 60)
    if isinstance(value, date | time):
        return value.isoformat()
    return visible(repr(value) if isinstance(value, list | dict) else str(value), 60)


def _constant(text: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda _: text


# The meaning of pydantic's error types for the author of a TOML file.
_EXPECTED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "string_type": _constant("text in quotation marks"),
    "string_too_short": _constant("text that is not empty"),
    "string_too_long": lambda details: f"at most {details['max_length']} characters",
    "too_short": _constant("at least one entry"),
    "too_long": lambda details: f"at most {details['max_length']:,} entries",
    "model_type": _constant("a table"),
    "dict_type": _constant("a table"),
    "tuple_type": _constant('a list such as ["a", "b"]'),
    "int_type": _constant("a whole number"),
    "int_parsing": _constant("a whole number"),
    "int_parsing_size": _constant("a whole number"),
    "int_from_float": _constant("a whole number"),
    "bool_type": _constant("true or false"),
    "bool_parsing": _constant("true or false"),
    "datetime_type": _constant("a date and time such as 2026-12-31T23:59:59-12:00, unquoted"),
    "float_type": _constant("a number"),
    "float_parsing": _constant("a number"),
    "finite_number": _constant("a finite number"),
    "greater_than": lambda details: f"more than {details['gt']:,.15g}",
    "less_than": lambda details: f"less than {details['lt']:,.15g}",
    "greater_than_equal": lambda details: f"{details['ge']:,.15g} or more",
    "less_than_equal": lambda details: f"{details['le']:,.15g} or less",
}
_GROUP_NAME = "a lower-case letter, followed by lower-case letters, digits or '_'"
_SHORT_NAME = "a letter or digit, followed by letters, digits, '.', '_' or '-'"
_PATTERNS = {
    "name": _SHORT_NAME,
    "group.name": _GROUP_NAME,
    "groups.name": _GROUP_NAME,
    "submissions.endings": "a dot and lower-case letters or digits, such as '.csv'",
}


def _annotation_at(location: Location) -> object:
    """Return the annotation of a key of the challenge file; a position in a list is skipped."""
    annotation: object = Challenge
    in_mapping = False
    for part in location:
        if isinstance(part, int):
            continue
        if in_mapping:  # a name that the file chooses, such as that of a split
            in_mapping = False
            continue
        model = _model_in(annotation)
        field = model.model_fields.get(part) if model else None
        if field is None:
            return None
        annotation = field.annotation
        in_mapping = get_origin(annotation) is dict
    return annotation


def _keys_of(location: Location) -> list[str]:
    """Return the keys that a table of the challenge file can have."""
    model = _model_in(_annotation_at(location))
    keys = list(model.model_fields) if model else []
    return keys if location else [*keys, *INHERITANCE_KEYS]


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model in an annotation such as ``Group | None`` or ``dict[str, Split]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in models if model is not None), None)


def _choices_at(location: Location) -> list[str]:
    """Return the words that a key accepts."""

    def words(annotation: object) -> Iterator[str]:
        if get_origin(annotation) is Literal:
            yield from map(str, get_args(annotation))
        else:
            for argument in get_args(annotation):
                yield from words(argument)

    return list(words(_annotation_at(location)))
