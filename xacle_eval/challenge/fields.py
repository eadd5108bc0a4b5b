"""Types that the parts of a challenge file share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from xacle_eval.challenge.inputs import printable
from xacle_eval.models.model import Model

__all__ = ["SEPARATORS", "Delimiter", "Name", "Number", "Part", "Text"]

Text = Annotated[str, AfterValidator(printable)]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(printable),
]
# Differences and squares of such numbers are exact enough to compare.
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e9, le=1e9)]

Delimiter = Literal["comma", "tab", "semicolon"]
"""What separates the fields of prediction, reference and rating files."""
SEPARATORS: dict[str, str] = {"comma": ",", "tab": "\t", "semicolon": ";"}
"""The character of each delimiter."""


class Part(Model):
    """A table of a challenge file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy without cached properties, because they may depend on changed fields."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied
