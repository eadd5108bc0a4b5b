"""Models of references: the mean rating of every pair, and a summary for results."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from xacle_eval.references.ratings import Ratings
from xacle_eval.submissions.findings import Finding

__all__ = ["GivenReferences", "Kind", "ListenerCounts", "ReferenceSummary", "References"]

Kind = Literal["demo", "averages", "ratings"]


class ListenerCounts(BaseModel):
    """Minimum, median and maximum number of ratings per pair, and their total number."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    minimum: int
    median: float
    maximum: int
    total: int


class ReferenceSummary(BaseModel):
    """The references of a result.

    ``sha256`` is that of the file's (unpacked) content; ``pairs`` is the number of pairs.
    ``listeners`` is None for averages. ``excluded`` counts the rows that the challenge file
    excludes.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    kind: Kind
    sha256: str
    pairs: int
    listeners: ListenerCounts | None = None
    excluded: int = 0


@dataclass(frozen=True, slots=True)
class References:
    """The mean rating of every pair of a split, and its source.

    Attributes
    ----------
    values : array of float, shape (n,)
        Finite means in manifest order, in points of the challenge's scale.
    summary : ReferenceSummary
        Kind, hash and counts, for results.
    path : str
        The file, as shown in results.
    ratings : Ratings or None
        The per-listener ratings; None for averages.
    findings : tuple of Finding
        Warnings and notes. A file with errors cannot be loaded.
    challenge, split : str
        The challenge and the split that the pairs belong to.
    target : str
        The target of the ratings; empty if the challenge has one only.
    """

    values: NDArray[np.float64]
    summary: ReferenceSummary
    path: str
    ratings: Ratings | None = None
    findings: tuple[Finding, ...] = ()
    challenge: str = ""
    split: str = ""
    target: str = ""

    @property
    def tag(self) -> str:
        """The part of the signature that describes the references."""
        if self.summary.kind == "demo":
            return "demo"
        return f"{self.summary.kind}@{self.summary.sha256[:8]}"


OneReferences = str | os.PathLike[str] | Mapping[str, float] | References
GivenReferences = OneReferences | Mapping[str, OneReferences] | None
"""What a caller can give as references: a file, averages by id, or one of these by target."""
