"""Models of references: the mean rating of every pair, and a summary for results."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xacle_eval.arrays import ById, Frame, Values
from xacle_eval.challenge.parts import ALL
from xacle_eval.models.model import Model
from xacle_eval.references.ratings import Ratings
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import count

__all__ = [
    "GivenReferences",
    "Kind",
    "ListenerCounts",
    "OneFile",
    "OneReferences",
    "ReferenceSummary",
    "References",
    "TwoFiles",
]

Kind = Literal["demo", "averages", "ratings"]


class ListenerCounts(Model):
    """Minimum, median and maximum number of ratings per pair, and their total number."""

    minimum: int
    median: float
    maximum: int
    total: int

    @classmethod
    def of(cls, number: NDArray[np.int64] | NDArray[np.intp]) -> ListenerCounts:
        """Return the counts for the number of ratings of each pair, shape (n,)."""
        # np.median would import numpy.ma, which is slow.
        ordered = np.sort(number)
        middle = float(ordered[(number.size - 1) // 2] + ordered[number.size // 2]) / 2
        return cls(
            minimum=int(ordered[0]),
            median=middle,
            maximum=int(ordered[-1]),
            total=int(number.sum()),
        )


class ReferenceSummary(Model):
    """The references of a result.

    ``sha256`` is that of the file's (unpacked) content; ``pairs`` is the number of pairs.
    ``listeners`` is None for averages. ``excluded`` counts the rows that the challenge file
    excludes.
    """

    kind: Kind
    sha256: str
    pairs: int
    listeners: ListenerCounts | None = None
    excluded: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class References:
    """The mean rating of every pair of a split, and its source.

    Attributes
    ----------
    values : array of float, shape (n,)
        Finite means in manifest order, in points of the challenge's scale; of the pairs of `part`.
    summary : ReferenceSummary
        Kind, hash and counts, for results.
    path : str
        The file, as shown in results.
    ratings : Ratings or None
        The per-listener ratings; None for averages.
    findings : tuple of Finding
        Warnings and notes. A file with errors cannot be loaded.
    challenge, split, part : str
        The challenge, the split and its part that the pairs belong to.
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
    part: str = ALL
    target: str = ""

    def __repr__(self) -> str:
        kind = "DEMO RATINGS" if self.summary.kind == "demo" else self.summary.kind
        listeners = self.summary.listeners
        each = "" if listeners is None else f", {listeners.total:,} ratings"
        return f"<References {kind}: {count(self.values.size, 'pair')}{each}>"

    def cut(self, part: str, positions: Sequence[int]) -> References:
        """Return the references of a part of the pairs.

        Parameters
        ----------
        part : str
            The name of the part.
        positions : sequence of int
            The positions of its pairs in `values`, in ascending order.
        """
        chosen = np.asarray(positions, dtype=np.int64)
        ratings, listeners = self.ratings, None
        if ratings is not None:
            inside = np.zeros(self.values.size, dtype=bool)
            inside[chosen] = True
            ratings = ratings.where(inside[ratings.pair])
            listeners = ListenerCounts.of(ratings.counts())
        summary = self.summary.model_copy(update={"pairs": chosen.size, "listeners": listeners})
        return replace(
            self, values=self.values[chosen], summary=summary, ratings=ratings, part=part
        )

    @property
    def tag(self) -> str:
        """The part of the signature that describes the references."""
        if self.summary.kind == "demo":
            return "demo"
        return f"{self.summary.kind}@{self.summary.sha256[:8]}"


OneFile = str | os.PathLike[str] | ById | Frame | Values
TwoFiles = list[OneFile] | tuple[OneFile, ...]
OneReferences = OneFile | TwoFiles | References
GivenReferences = OneReferences | Mapping[str, OneReferences] | None
"""What a caller can give as references: a file, an object in memory, or one of these by target.

Two files are one of ratings and one of averages, which are compared.
"""
