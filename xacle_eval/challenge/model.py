"""Challenge: what is asked of a submission, and how it is scored and ranked.

Everything that differs from one edition, or one challenge, to the next is in a TOML
file that this model describes; a new edition needs a new file and no new code.
Unknown keys are errors: a mistyped key that were ignored would change a ranking in silence.
Loading, with every error of a file at once, is in `xacle_eval.challenge_files`.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from xacle_eval.challenge.manifest import Manifest, ManifestError, ManifestSource
from xacle_eval.errors import ChallengeError
from xacle_eval.text import nearest

if TYPE_CHECKING:
    from xacle_eval.challenge.approved import ApprovedResources

__all__ = [
    "Challenge",
    "Column",
    "Group",
    "Ids",
    "Limits",
    "PackageRules",
    "Ranking",
    "RatingColumns",
    "ScoreRange",
    "Split",
    "SubmissionRules",
]

MetricName = Literal["SRCC", "LCC", "KTAU", "MSE"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Column(_Part):
    """A column by its name and the other names it is known by; letter case does not count."""

    column: Name
    aliases: tuple[Name, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every accepted name, the proper one first."""
        return (self.column, *self.aliases)

    def matches(self, name: str) -> bool:
        """Say whether a header field names this column."""
        return name.strip().casefold() in self._folded

    @cached_property
    def _folded(self) -> frozenset[str]:
        return frozenset(name.casefold() for name in self.names)


class Ids(Column):
    """The column that says which pair a row is about, and how its values look.

    ``ending`` is what every id ends in (``.wav``); it is only used to tell a person
    that it was left out. ``text`` names the column of the pair's text, where there is one.
    """

    ending: str = ""
    text: Column | None = None


class RatingColumns(Column):
    """The columns of a per-listener ratings file.

    ``column`` holds the rating, ``listener`` who gave it. ``exclude`` leaves out rows by
    the values of other columns (``"in RELATE dataset" = ["excluded"]``); how many is reported.
    """

    listener: Column = Field(
        default_factory=lambda: Column(column="listener_id", aliases=("listener",))
    )
    exclude: dict[Name, tuple[str, ...]] = Field(default_factory=dict)


class ScoreRange(_Part):
    """Lowest and highest score of the listeners' scale."""

    minimum: float = Field(allow_inf_nan=False)
    maximum: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _ordered(self) -> ScoreRange:
        if self.minimum >= self.maximum:
            raise ValueError(f"minimum {self.minimum:g} must be below maximum {self.maximum:g}")
        return self

    @property
    def width(self) -> float:
        """The distance from the lowest to the highest score."""
        return self.maximum - self.minimum


class Split(ManifestSource):
    """The pairs of one split, and the file of references that goes with it, if any.

    ``references`` is a file beside the challenge file: an organiser's own challenge file
    can name the labels, so that no command needs ``--references``. ``demo`` is a file of
    synthetic ratings that stand in where there are no references; results say so everywhere.
    """

    references: str | None = None
    demo: str | None = None


class Group(_Part):
    """A second level of evaluation: the same metrics on averages over groups of pairs.

    ``pattern`` is a regular expression with one group; what it matches in an id is the
    group's name (``^(sys[^-]+)-`` finds ``sysB`` in ``sysB-uttA``). ``name`` is the level's name.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    pattern: str

    @field_validator("pattern")
    @classmethod
    def _one_group(cls, pattern: str) -> str:
        return _regular_expression(pattern, groups=1)

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(self.pattern)

    def group_of(self, pair: str) -> str | None:
        """Return the name of the group that an id belongs to, None where the pattern finds none."""
        match = self.expression.search(pair)
        return match[1] if match else None


class Ranking(_Part):
    """How systems are ordered.

    Values are rounded to ``decimals`` and compared in ``order``, each metric in its own
    direction. ``undefined`` says what a correlation without variance counts as: a number,
    or ``"unranked"``. ``level`` is ``"pair"`` or the name of the group level.
    """

    order: tuple[MetricName, ...] = ("SRCC", "LCC", "KTAU", "MSE")
    decimals: int = Field(default=3, ge=0, le=15)
    undefined: Annotated[float, Field(allow_inf_nan=False)] | Literal["unranked"] = 0.0
    level: str = "pair"

    @field_validator("order")
    @classmethod
    def _once_each(cls, order: tuple[str, ...]) -> tuple[str, ...]:
        if not order:
            raise ValueError("names no metric; give at least one of SRCC, LCC, KTAU, MSE")
        if len(set(order)) != len(order):
            raise ValueError("names a metric twice")
        return order


class SubmissionRules(_Part):
    """What a team may send, and how a file's label tells team and system apart.

    ``label_pattern`` is a regular expression with the named group ``team``; a label that does
    not match is a team of its own. ``endings`` are those of prediction files in a folder.
    """

    systems_per_team: int | None = Field(default=None, ge=1)
    label_pattern: str = r"^(?P<team>.+)_\d+$"
    endings: tuple[Annotated[str, StringConstraints(pattern=r"^\.[a-z0-9]+$")], ...] = (".csv",)

    @field_validator("label_pattern")
    @classmethod
    def _names_team(cls, pattern: str) -> str:
        _regular_expression(pattern)
        if "team" not in re.compile(pattern).groupindex:
            raise ValueError("has no group (?P<team>…)")
        return pattern

    def team_of(self, label: str) -> str:
        """Return the team that a system's label names."""
        match = re.match(self.label_pattern, label)
        return (match["team"] if match else None) or label


class PackageRules(_Part):
    """What a ZIP of a team must hold, and which task rules its system descriptions are held
    against.

    ``approved`` is a CSV file beside the challenge file: name, type, added, link of every resource
    that may be used; without it resources are not checked. ``report_pages`` is the least number of
    pages of a report, where there is one.
    """

    description: Literal["required", "optional"] = "optional"
    approved: str | None = None
    ensembles: Literal["allowed", "forbidden"] = "allowed"
    collected_data: Literal["allowed", "forbidden"] = "allowed"
    report_pages: int = Field(default=1, ge=1)


class Limits(_Part):
    """Bounds that keep a hostile or mistaken file from costing time and memory.

    ``max_bytes`` is of a prediction file. Of a package, ``max_package_bytes`` bounds the archive
    and the sum of its files unpacked, ``max_members`` their number, and ``max_ratio`` by how much
    a file may grow when it is unpacked.
    """

    max_bytes: int = Field(default=10_000_000, ge=1000)
    max_package_bytes: int = Field(default=50_000_000, ge=1000)
    max_members: int = Field(default=100, ge=1)
    max_ratio: float = Field(default=200.0, ge=1.0, allow_inf_nan=False)


class Challenge(_Part):
    """A challenge as its file describes it; see ``xacle-eval challenge init`` for a commented one."""

    FORMAT: ClassVar[int] = 1

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=60)]
    title: Name
    ids: Ids
    predictions: Column
    references: Column
    ratings: RatingColumns
    scores: ScoreRange
    splits: dict[Name, Split] = Field(min_length=1)
    default_split: str
    group: Group | None = None
    # Factories: a default made here would build the part's validator at every start of the program.
    ranking: Ranking = Field(default_factory=Ranking)
    submissions: SubmissionRules = Field(default_factory=SubmissionRules)
    packages: PackageRules = Field(default_factory=PackageRules)
    limits: Limits = Field(default_factory=Limits)

    # Not part of the file: set by the loader, for signatures and for files beside the challenge
    # file.
    _sha256: str = ""
    _folder: str = ""
    _split: str = ""
    _manifests: dict[str, Manifest] = PrivateAttr(default_factory=dict)
    _approved: ApprovedResources | None = None

    # Checks across keys are those of the later key, so that an error elsewhere does not keep them
    # from being made: `info.data` holds the earlier keys that are right.
    @field_validator("predictions", "references", "ratings")
    @classmethod
    def _not_ids(cls, column: Column, info: ValidationInfo) -> Column:
        ids = info.data.get("ids")
        clash = sorted(column._folded & ids._folded) if ids else ()
        if clash:
            raise ValueError(f"the name {clash[0]!r} stands for ids already")
        return column

    @field_validator("default_split")
    @classmethod
    def _split_exists(cls, split: str, info: ValidationInfo) -> str:
        splits = info.data.get("splits", (split,))
        if split not in splits:
            raise ValueError(f"{split!r} is not one of the splits ({', '.join(splits)})")
        return split

    @field_validator("ranking")
    @classmethod
    def _level_exists(cls, ranking: Ranking, info: ValidationInfo) -> Ranking:
        group = info.data.get("group")
        levels = ("pair", group.name) if group else ("pair",)
        if "group" in info.data and ranking.level not in levels:
            raise ValueError(f"level {ranking.level!r} is not one of {', '.join(levels)}")
        return ranking

    @property
    def sha256(self) -> str:
        """SHA-256 of the challenge file and its manifests, for signatures (empty if made in code)."""
        return self._sha256

    @property
    def folder(self) -> str:
        """The folder that files named in the challenge file are relative to."""
        return self._folder

    @property
    def split(self) -> str:
        """The name of the split in use."""
        return self._split or self.default_split

    @property
    def manifest(self) -> Manifest:
        """The pairs of the split in use."""
        return self.manifest_of(self.split)

    def manifest_of(self, split: str) -> Manifest:
        """Return the pairs of a split, read when first asked for.

        Raises
        ------
        ChallengeError
            If the split's list of ids cannot be read.
        """
        if split not in self._manifests:
            try:
                manifest = Manifest.load(self.splits[split], self._folder, self.ids.ending)
            except ManifestError as error:
                raise ChallengeError(self.name, [f"splits.{split}.list: {error}"]) from error
            self._manifests[split] = manifest
        return self._manifests[split]

    @property
    def approved(self) -> ApprovedResources | None:
        """The resources that systems may build on; None if the challenge file names no list.

        Raises
        ------
        ChallengeError
            If the list cannot be used; every problem is named with its line.
        """
        listed = self.packages.approved
        if listed is None:
            return None
        if self._approved is None:
            from xacle_eval.challenge.approved import ApprovedError, ApprovedResources

            try:
                self._approved = ApprovedResources.load(Path(self._folder) / listed)
            except ApprovedError as error:
                raise ChallengeError(
                    self.name, [f"packages.approved: {each}" for each in error.problems]
                ) from error
        return self._approved

    @property
    def references_file(self) -> str | None:
        """The reference file that the challenge file names for the split in use."""
        return self.splits[self.split].references

    def with_split(self, split: str | None) -> Challenge:
        """Return the same challenge with another split in use.

        Raises
        ------
        ChallengeError
            If the challenge has no such split.
        """
        if split is None or split == self.split:
            return self
        if split not in self.splits:
            guess = nearest(split, self.splits)
            known = f"did you mean {guess}?" if guess else f"it has {', '.join(self.splits)}"
            raise ChallengeError(self.name, [f"there is no split {split!r}; {known}"])
        other = self.model_copy()
        other._split = split
        return other


def _regular_expression(pattern: str, groups: int | None = None) -> str:
    try:
        found = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    if groups is not None and found != groups:
        raise ValueError(f"needs exactly {groups} group in parentheses, it has {found}")
    return pattern
