"""Comparisons of system pairs by paired tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from xacle_eval.references.model import ReferenceSummary
from xacle_eval.results.score import ScoreCard

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["ComparedPair", "SystemComparison", "TestResult"]


class TestResult(BaseModel):
    """A test's two-sided p, as it is and adjusted by Holm over the family that is shown."""

    __test__ = False  # not a test of pytest's

    model_config = ConfigDict(frozen=True, defer_build=True)

    p: float | None
    adjusted: float | None


class ComparedPair(BaseModel):
    """Two systems by one metric; ``difference`` is first less second, in the metric's own units.

    ``low`` and ``high`` are the ends of its interval, ``smallest_significant`` the smallest
    difference that would be significant at this number of pairs. ``p_first`` and ``p_second``
    are the one-sided p of the permutation test that the first, that the second is better.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    first: str
    second: str
    metric: str
    first_value: float | None
    second_value: float | None
    difference: float | None
    low: float | None
    high: float | None
    standard_error: float | None
    smallest_significant: float | None
    permutation: TestResult
    bootstrap: TestResult
    williams: TestResult
    p_first: float | None
    p_second: float | None
    identical: bool
    undefined: int
    verdict: str


class SystemComparison(BaseModel):
    """Some systems compared with each other, couple by couple, by every metric."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    challenge: str
    split: str
    references: ReferenceSummary
    level: str
    n: int
    systems: tuple[ScoreCard, ...]
    comparisons: tuple[ComparedPair, ...]
    alpha: float
    coverage: float
    resamples: int
    permutations: int
    seed: int
    resample: str
    correction: str = "holm"
    family: int
    signature: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each couple and metric."""
        import pandas as pd

        rows = []
        for each in self.comparisons:
            row = each.model_dump(exclude={"permutation", "bootstrap", "williams"})
            for name in ("permutation", "bootstrap", "williams"):
                test: TestResult = getattr(each, name)
                row |= {f"p_{name}": test.p, f"adjusted_{name}": test.adjusted}
            rows.append(row)
        return pd.DataFrame(rows)
