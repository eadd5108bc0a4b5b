"""Fields of a configuration: names, types and lengths, with one table for each mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from xacle_eval.hosting.lint.config import Config, Location, describe
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import did_you_mean, quote

__all__ = [
    "FILE",
    "FLAG",
    "LIST",
    "MAPPING",
    "MAPPINGS",
    "NUMBER",
    "OTHER",
    "Field",
    "check_fields",
    "text",
]

# What the fields of Django's REST framework accept as true and as false.
_FLAG_TEXTS = frozenset(("t", "true", "y", "yes", "on", "1", "f", "false", "n", "no", "off", "0"))


class Field(NamedTuple):
    """A field: its kind for messages, its greatest length, and whether it can be empty (null)."""

    kind: str
    most: int | None = None
    nullable: bool = False


FILE = Field("the path of a file or folder in the bundle")
FLAG = Field("true or false")
LIST = Field("a list")
MAPPING = Field("a mapping")
MAPPINGS = Field("a list of mappings")
NUMBER = Field("a whole number of 0 or more")
OTHER = Field("")
"""A field whose value has a check of its own."""


def text(most: int | None = None, *, nullable: bool = False) -> Field:
    """Return a field for text with a greatest length."""
    return Field("text", most, nullable)


def check_fields(
    config: Config, location: Location, fields: Mapping[str, Field], names: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield the findings about the fields of a mapping.

    Parameters
    ----------
    config : Config
        The configuration.
    location : tuple
        The place of the mapping.
    fields : mapping of name to Field
        The known fields.
    names : mapping
        The names of the codes for ``unknown``, ``type`` and ``long``.
    """
    found = config.get(*location)
    for key, value in found.items() if isinstance(found, dict) else ():
        place = (*location, key)
        shown = quote(str(key), 60)
        field = fields.get(key) if isinstance(key, str) else None
        if field is None:
            guess = did_you_mean(str(key), fields, sentence=True)
            hint = {"hint": f"{guess} Otherwise remove the key."} if guess else {}
            yield config.find(names["unknown"], place, f"unknown key {shown}", **hint)
        elif not _fits(value, field):
            message = f"{shown} is {describe(value)}, expected {field.kind}"
            yield config.find(names["type"], place, message)
        elif field.most is not None and len(str(value)) > field.most:
            message = f"{shown} has {len(str(value)):,} characters; the limit is {field.most}"
            yield config.find(names["long"], place, message)
        elif field.kind == MAPPINGS.kind:
            yield from _check_entries(config, place, names["type"])


def _check_entries(config: Config, location: Location, name: str) -> Iterator[Finding]:
    """Yield a finding for each entry of a list that is not a mapping."""
    for number, entry in enumerate(config.get(*location) or ()):
        if not isinstance(entry, dict):
            message = f"an entry of {location[-1]} is {describe(entry)}, expected a mapping"
            yield config.find(name, (*location, number), message)


def _fits(value: Any, field: Field) -> bool:
    if value is None:
        # A key that is needed has a code of its own for this.
        return field.nullable or field.kind in ("", "text", LIST.kind, MAPPINGS.kind)
    number = isinstance(value, int) and not isinstance(value, bool)
    return {
        "": True,
        "text": isinstance(value, str | int | float) and not isinstance(value, bool),
        FILE.kind: isinstance(value, str),
        FLAG.kind: isinstance(value, bool) or str(value).lower() in _FLAG_TEXTS,
        LIST.kind: isinstance(value, list),
        MAPPINGS.kind: isinstance(value, list),
        MAPPING.kind: isinstance(value, dict),
        NUMBER.kind: (number and value >= 0) or (isinstance(value, str) and value.isdecimal()),
    }[field.kind]
