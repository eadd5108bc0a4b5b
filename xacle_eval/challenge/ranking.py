"""The levels of evaluation and the ranking rule."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    StringConstraints,
    field_validator,
    model_validator,
)

from xacle_eval.challenge.expressions import Expression, check_expression
from xacle_eval.challenge.fields import Name, Number, Part
from xacle_eval.metrics import DEFAULT_METRICS, METRICS
from xacle_eval.metrics.registry import unknown_metric

__all__ = ["Group", "MetricName", "Overall", "Ranking"]


def _check_name(name: str) -> str:
    if name not in METRICS:
        raise ValueError(unknown_metric(name))
    return name


MetricName = Annotated[str, AfterValidator(_check_name)]


Overall = Literal["mean-rank", "mean", "none"]
"""How systems are ordered over several targets."""


class Group(Part):
    """A further level of evaluation: the same metrics on averages over groups of pairs.

    ``name`` is the name of the level. ``pattern`` is a regular expression with one group in
    parentheses, which matches the name of the group in an id (``^(sys[^-]+)-`` finds ``sysB`` in
    ``sysB-uttA``). Instead, ``column`` is a column of the pairs file of the split.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    pattern: str | None = None
    column: Name | None = None

    # The key of the group in messages; that of the only group of older files has no name.
    _key: str = PrivateAttr(default="group")

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        # SRCC_low and SRCC_high are the ends of an interval in CSV.
        if name in ("pair", "all", "low", "high"):
            raise ValueError(f"{name!r} is reserved; choose another name for the level")
        return name

    @field_validator("pattern")
    @classmethod
    def _check_groups(cls, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        found = check_expression(pattern).groups
        if found != 1:
            raise ValueError(f"expected exactly 1 group in parentheses, found {found}")
        return pattern

    @model_validator(mode="after")
    def _check_source(self) -> Group:
        if (self.pattern is None) == (self.column is None):
            raise ValueError("expected either pattern or column")
        return self

    @property
    def key(self) -> str:
        """The key that messages name, such as ``groups.system``."""
        return self._key

    @cached_property
    def expression(self) -> Expression:
        """The pattern, with its limit of time."""
        return Expression(self.pattern or "", f"{self.key}.pattern")

    def group_of(self, pair: str) -> str | None:
        """Return the name of the group of an id, or None if the pattern does not match."""
        match = self.expression.search(pair)
        found: str | None = match[1] if match else None
        return found

    def named(self) -> Group:
        """Return the same group with its name in messages, as one of several."""
        other = self.model_copy()
        other._key = f"groups.{self.name}"
        return other


class Ranking(Part):
    """How systems are ordered.

    Values are rounded to ``decimals`` and compared in ``order``, each metric in its own
    direction; by default, ``order`` is that of the challenge's metrics.
    ``undefined`` is the value of a correlation without variance: a number or
    ``"unranked"``. ``level`` is ``"pair"`` or the name of a group level. ``overall`` is
    the value of the overall ranking of several targets: the mean of a system's ranks, the mean of
    the first metric, or none.
    """

    order: Annotated[tuple[MetricName, ...], Field(max_length=50)] = DEFAULT_METRICS
    decimals: int = Field(default=3, ge=0, le=15)
    undefined: Number | Literal["unranked"] = 0.0
    level: str = "pair"
    overall: Overall = "none"

    @field_validator("order")
    @classmethod
    def _check_metrics(cls, order: tuple[str, ...]) -> tuple[str, ...]:
        if not order:
            names = ", ".join(DEFAULT_METRICS)
            raise ValueError(f"expected at least one of {names}, got an empty list")
        duplicates = [name for name in order if order.count(name) > 1]
        if duplicates:
            raise ValueError(f"duplicate metric {duplicates[0]}; name each metric once")
        return order
