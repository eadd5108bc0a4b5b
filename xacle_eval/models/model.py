"""The base classes of models: frozen, built at first use, with only their own names in ``dir``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from xacle_eval.errors import UsageError
from xacle_eval.models.display import Displayed, own_names
from xacle_eval.text import count, visible

__all__ = ["Model", "Result", "read_json"]


_M = TypeVar("_M", bound=BaseModel)


class Model(BaseModel):
    """A frozen model. ``dir`` and tab completion leave out what pydantic adds."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    def __dir__(self) -> Iterable[str]:
        return own_names(self, tuple(type(self).model_fields))


class Result(Displayed, Model):
    """A result of a public function: a model that can show itself."""

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read the JSON of a result again.

        Raises
        ------
        UsageError
            If the text is not the JSON of such a result.
        """
        return read_json(cls, text, cls.__name__)


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
