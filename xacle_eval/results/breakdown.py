"""Result models of breakdowns: the metrics of one system for each value of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xacle_eval.models.frames import frame_of_rows
from xacle_eval.models.model import Model
from xacle_eval.results.uncertainty import Bounds, NoInterval

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEW_PAIRS", "Breakdown", "Slice"]

FEW_PAIRS = 100
"""With fewer pairs, the metrics of a value are imprecise."""


class Slice(Model):
    """The metrics over the pairs with one value of a column.

    ``n`` is the number of these pairs. A metric that is undefined for them is None, whatever the
    challenge counts it as. ``intervals``, ``undefined_resamples`` and ``no_interval`` are as in
    `LevelScores`.
    """

    value: str
    n: int
    metrics: dict[str, float | None]
    intervals: dict[str, Bounds] | None = None
    undefined_resamples: dict[str, int] = {}
    no_interval: dict[str, NoInterval] = {}


class Breakdown(Model):
    """The metrics of one system by the values of ``column``, in alphabetical order."""

    column: str
    slices: tuple[Slice, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per value, with its number of pairs and its metrics."""
        rows = [{self.column: each.value, "n": each.n, **each.metrics} for each in self.slices]
        return frame_of_rows(rows)
