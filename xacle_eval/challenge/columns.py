"""The columns of prediction files, references and ratings, and the scale of the scores."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator, model_validator

from xacle_eval.challenge.fields import Name, Number, Part, Text

__all__ = ["Column", "Ids", "RatingColumns", "ScoreRange"]


class Column(Part):
    """A column with its name and aliases; letter case is ignored."""

    column: Name
    aliases: Annotated[tuple[Name, ...], Field(max_length=100)] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All accepted names; the standard name is first."""
        return (self.column, *self.aliases)

    def matches(self, name: str) -> bool:
        """Return whether a header field is a name of this column."""
        return name.strip().casefold() in self.folded_names

    @cached_property
    def folded_names(self) -> frozenset[str]:
        """All accepted names, case-folded."""
        return frozenset(name.casefold() for name in self.names)


class Ids(Column):
    """The column with the id of the pair.

    ``ending`` is the common ending of all ids (``.wav``); messages use it to explain ids
    without it. With ``ending_optional``, an id with the ending and the same id without it are one
    id. ``text`` is the column with the text of the pair, if any.
    """

    ending: Annotated[Text, Field(max_length=20)] = ""
    ending_optional: bool = False
    text: Column | None = None

    @field_validator("ending_optional")
    @classmethod
    def _check_ending(cls, optional: bool, info: ValidationInfo) -> bool:
        if optional and info.data.get("ending") == "":
            raise ValueError('set ending too, such as ending = ".wav"')
        return optional


class RatingColumns(Column):
    """The columns of a per-listener ratings file.

    ``column`` holds the rating, ``listener`` the listener's id. ``exclude`` removes rows by the
    values of other columns (``"in RELATE dataset" = ["excluded"]``); their number is reported.
    """

    listener: Column = Field(
        default_factory=lambda: Column(column="listener_id", aliases=("listener",))
    )
    exclude: dict[Name, tuple[Annotated[str, Field(max_length=1_000)], ...]] = Field(
        default_factory=dict, max_length=100
    )


class ScoreRange(Part):
    """The lowest and highest score of the listeners' scale.

    A prediction more than ``max_widths_beyond`` times the width of the scale beyond its ends is an
    error.
    """

    minimum: Number
    maximum: Number
    max_widths_beyond: Annotated[float, Field(allow_inf_nan=False, ge=0.0, le=1e100)] = 10.0

    @model_validator(mode="after")
    def _check_order(self) -> ScoreRange:
        if self.minimum >= self.maximum:
            raise ValueError(
                f"minimum ({self.minimum:g}) must be less than maximum ({self.maximum:g})"
            )
        return self

    @property
    def width(self) -> float:
        """The difference between the highest and the lowest score."""
        return self.maximum - self.minimum

    @property
    def allowed(self) -> tuple[float, float]:
        """The smallest and the largest accepted prediction."""
        beyond = self.max_widths_beyond * self.width
        return self.minimum - beyond, self.maximum + beyond
