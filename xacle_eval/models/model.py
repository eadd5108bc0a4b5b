"""The base classes of models: frozen, built at first use, with only their own names in ``dir``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict

from xacle_eval.models.display import Displayed, own_names, read_json

__all__ = ["Model", "Result"]


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
