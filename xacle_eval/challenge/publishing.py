"""What a challenge publishes: the table ``[publish]`` of a challenge file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from xacle_eval.challenge.fields import Part

__all__ = ["Publishing"]


class Publishing(Part):
    """What pages of results may show; the default shows no value of a single pair.

    ``decimals`` is at most that of the ranking, which is the default. ``metrics`` are shown in this
    order; by default all metrics of the challenge. With ``predictions``, ``references``,
    ``texts`` and ``ratings``, such values of single pairs may appear: those of the pairs with the
    largest errors. A cell of a picture and a group in a table has at least ``min_pairs`` pairs; one
    with fewer is not shown.
    """

    decimals: Annotated[int, Field(ge=0, le=10)] | None = None
    metrics: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=50)
    predictions: bool = False
    references: bool = False
    texts: bool = False
    ratings: bool = False
    min_pairs: Annotated[int, Field(ge=2, le=1_000_000)] = 5
