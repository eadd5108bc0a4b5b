"""References: the mean rating of every pair, and a summary for results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from xacle_eval.references.ratings import Ratings
from xacle_eval.submissions.findings import Finding

__all__ = ["Kind", "ListenerCounts", "ReferenceSummary", "References"]


Kind = Literal["demo", "averages", "ratings"]


class ListenerCounts(BaseModel):
    """How many ratings the pairs have."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    minimum: int
    median: float
    maximum: int
    total: int


class ReferenceSummary(BaseModel):
    """What a result says about the references it was made with."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    kind: Kind
    sha256: str
    pairs: int
    listeners: ListenerCounts | None = None
    excluded: int = 0


@dataclass(frozen=True, slots=True)
class References:
    """The mean rating of every pair in manifest order, and where it comes from.

    ``findings`` are warnings and notes; a file with errors makes no References. ``challenge`` and
    ``split`` say whose pairs they are of, so that they are not taken for those of another split.
    """

    values: NDArray[np.float64]
    summary: ReferenceSummary
    path: str
    ratings: Ratings | None = None
    findings: tuple[Finding, ...] = ()
    challenge: str = ""
    split: str = ""

    @property
    def tag(self) -> str:
        """The references in a signature: ``demo``, or the kind and the beginning of the hash."""
        if self.summary.kind == "demo":
            return "demo"
        return f"{self.summary.kind}@{self.summary.sha256[:8]}"
