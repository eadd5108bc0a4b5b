"""JSON documents of results, read again."""

from __future__ import annotations

import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from xacle_eval.errors import UsageError
from xacle_eval.text import count, visible

__all__ = ["read_json"]

_M = TypeVar("_M", bound=BaseModel)


def read_json(model: type[_M], text: str | bytes, name: str) -> _M:
    """Read a JSON document.

    Parameters
    ----------
    model : type
        The model of the document.
    text : str or bytes
        The document.
    name : str
        What errors call it.

    Raises
    ------
    UsageError
        If the text is not such a document.
    """
    if not isinstance(text, str | bytes | bytearray):
        raise UsageError(
            f"{name}.from_json: expected the JSON as text or bytes, not as "
            f"{visible(type(text).__name__, _LONGEST)}"
        )
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise UsageError(f"{name}.from_json: {_reason(error, text)}") from error


_LONGEST = 60
_SCHEMA = re.compile(r'\s*\{\s*"schema"\s*:\s*"([\w/-]{1,60})"')


def _reason(error: ValidationError, text: str | bytes | bytearray) -> str:
    """Return what is wrong with a document, without the values in it."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    first = found[0]
    if first["type"] == "json_invalid":
        why = visible(first["msg"].removeprefix("Invalid JSON: "), 200)
        return f"the text is not JSON ({why}); to read a file, pass its text"
    start = text[:200] if isinstance(text, str) else text[:200].decode(errors="replace")
    schema = _SCHEMA.match(start)
    what = f"the document has the schema {schema[1]}" if schema else "the JSON is of another kind"
    place = ".".join(map(str, first["loc"]))
    where = f" of {visible(place, _LONGEST)}" if place else ""
    more = f", and {count(len(found) - 1, 'more error')}" if len(found) > 1 else ""
    return f"{what}, or was changed: {visible(first['msg'], 200)}{where}{more}"
