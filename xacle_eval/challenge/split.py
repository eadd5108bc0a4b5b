"""The pairs of one split, and the files that belong to them."""

from __future__ import annotations

from pydantic import Field, field_validator

from xacle_eval.challenge.inputs import FileName, ReferencesName
from xacle_eval.challenge.manifest import ManifestSource
from xacle_eval.challenge.parts import PartName, SplitPart, check_parts

__all__ = ["Split"]


class Split(ManifestSource):
    """The pairs of one split and, optionally, its references.

    ``references`` is a file in the folder of the challenge file. If an organiser's challenge
    file names the labels, no command needs ``--references``. ``demo`` is a file of synthetic
    ratings that are used if no references are given; every result made with them is marked.
    ``pairs`` is a file with the id and any other columns of every pair. ``parts`` are the parts
    that can be scored alone.
    """

    references: ReferencesName | None = None
    demo: FileName | None = None
    pairs: FileName | None = None
    parts: dict[PartName, SplitPart] = Field(default_factory=dict, max_length=20)

    @field_validator("parts")
    @classmethod
    def _check_parts(cls, parts: dict[str, SplitPart]) -> dict[str, SplitPart]:
        check_parts(parts)
        return parts

    @property
    def lists_of_parts(self) -> tuple[str, ...]:
        """The files of the parts that are lists."""
        return tuple(part.list for part in self.parts.values() if part.list is not None)
