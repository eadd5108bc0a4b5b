"""The model of a challenge file: columns, splits, limits, scoring and ranking.

Everything that differs between editions and challenges is in a TOML file that this model
describes, so a new edition needs a new file and no new code. Unknown keys are errors: if a
mistyped key were ignored, the ranking could change silently. `xacle_eval.challenge.loading`
loads a file and reports all its errors at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from xacle_eval.challenge.expressions import DEFAULT_LABEL_PATTERN, Expression, check_expression
from xacle_eval.challenge.inputs import FileName, ListError, ReferencesName, locate, printable
from xacle_eval.challenge.manifest import MAX_PAIRS, Manifest, ManifestError, ManifestSource
from xacle_eval.errors import ChallengeError
from xacle_eval.text import alternatives, did_you_mean, quote, visible

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
Text = Annotated[str, AfterValidator(printable)]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(printable),
]
# Differences and squares of such numbers are exact enough to compare.
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e9, le=1e9)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Column(_Part):
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
    without it. ``text`` is the column with the text of the pair, if any.
    """

    ending: Annotated[Text, Field(max_length=20)] = ""
    text: Column | None = None


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


class ScoreRange(_Part):
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


class Split(ManifestSource):
    """The pairs of one split and, optionally, its references.

    ``references`` is a file in the folder of the challenge file. If an organiser's challenge
    file names the labels, no command needs ``--references``. ``demo`` is a file of synthetic
    ratings that are used if no references are given; every result made with them is marked.
    """

    references: ReferencesName | None = None
    demo: FileName | None = None


class Group(_Part):
    """A second level of evaluation: the same metrics on averages over groups of pairs.

    ``pattern`` is a regular expression with one group in parentheses, which matches the name of
    the group in an id (``^(sys[^-]+)-`` finds ``sysB`` in ``sysB-uttA``). ``name`` is the name
    of the level.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    pattern: str

    @field_validator("pattern")
    @classmethod
    def _check_groups(cls, pattern: str) -> str:
        found = check_expression(pattern).groups
        if found != 1:
            raise ValueError(f"expected exactly 1 group in parentheses, found {found}")
        return pattern

    @cached_property
    def expression(self) -> Expression:
        """The pattern, with its limit of time."""
        return Expression(self.pattern, "group.pattern")

    def group_of(self, pair: str) -> str | None:
        """Return the name of the group of an id, or None if the pattern does not match."""
        match = self.expression.search(pair)
        found: str | None = match[1] if match else None
        return found


class Ranking(_Part):
    """How systems are ordered.

    Values are rounded to ``decimals`` and compared in ``order``, each metric in its own
    direction. ``undefined`` is the value of a correlation without variance: a number or
    ``"unranked"``. ``level`` is ``"pair"`` or the name of the group level.
    """

    order: tuple[MetricName, ...] = ("SRCC", "LCC", "KTAU", "MSE")
    decimals: int = Field(default=3, ge=0, le=15)
    undefined: Number | Literal["unranked"] = 0.0
    level: str = "pair"

    @field_validator("order")
    @classmethod
    def _check_metrics(cls, order: tuple[str, ...]) -> tuple[str, ...]:
        if not order:
            raise ValueError("expected at least one of SRCC, LCC, KTAU, MSE, got an empty list")
        duplicates = [name for name in order if order.count(name) > 1]
        if duplicates:
            raise ValueError(f"duplicate metric {duplicates[0]}; name each metric once")
        return order


class SubmissionRules(_Part):
    """Limits for the systems of a team, and how a label contains the team's name.

    ``label_pattern`` is a regular expression with the named group ``team``; a label that does
    not match is itself the team. ``endings`` are the file extensions of predictions in a folder.
    """

    systems_per_team: int | None = Field(default=None, ge=1, le=1_000_000)
    label_pattern: str = DEFAULT_LABEL_PATTERN
    endings: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^\.[a-z0-9]+$", max_length=20)], ...],
        Field(max_length=20),
    ] = (".csv",)

    @field_validator("label_pattern")
    @classmethod
    def _check_team_group(cls, pattern: str) -> str:
        if "team" not in check_expression(pattern).groupindex:
            raise ValueError("expected a group named team, such as (?P<team>.+)")
        return pattern

    @cached_property
    def _expression(self) -> Expression:
        return Expression(self.label_pattern, "submissions.label_pattern")

    def team_of(self, label: str) -> str:
        """Return the team in a system's label."""
        match = self._expression.match(label)
        return (match["team"] if match else None) or label


class PackageRules(_Part):
    """Required contents of a team's ZIP, and the task rules for its system descriptions.

    ``approved`` is a CSV file in the folder of the challenge file: name, type, added and link of
    every approved resource. Without it, resources are not checked. ``report_pages`` is the minimum
    number of pages of a report, if the package has one.
    """

    description: Literal["required", "optional"] = "optional"
    approved: FileName | None = None
    ensembles: Literal["allowed", "forbidden"] = "allowed"
    collected_data: Literal["allowed", "forbidden"] = "allowed"
    report_pages: int = Field(default=1, ge=1, le=1_000)


class Limits(_Part):
    """Limits that protect time and memory from hostile or mistaken files.

    ``max_bytes`` limits the size of a prediction file. For a package, ``max_package_bytes`` limits
    the size of the archive and the total size of its unpacked files, ``max_members`` the number of
    entries, and ``max_ratio`` the compression ratio of each file.
    """

    max_bytes: int = Field(default=10_000_000, ge=1000, le=1_000_000_000)
    max_package_bytes: int = Field(default=50_000_000, ge=1000, le=1_000_000_000)
    max_members: int = Field(default=100, ge=1, le=10_000)
    max_ratio: float = Field(default=200.0, ge=1.0, le=10_000, allow_inf_nan=False)


class Challenge(_Part):
    """A challenge; ``xacle-eval challenge init`` writes a commented file with all keys."""

    FORMAT: ClassVar[int] = 1

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=60)]
    title: Name
    ids: Ids
    predictions: Column
    references: Column
    ratings: RatingColumns
    scores: ScoreRange
    splits: dict[Name, Split] = Field(min_length=1, max_length=100)
    default_split: str
    group: Group | None = None
    # Factories: a default instance would build the validator of its model at each start-up.
    ranking: Ranking = Field(default_factory=Ranking)
    submissions: SubmissionRules = Field(default_factory=SubmissionRules)
    packages: PackageRules = Field(default_factory=PackageRules)
    limits: Limits = Field(default_factory=Limits)

    # Not in the file; the loader sets them for signatures and for files in the same folder.
    _sha256: str = ""
    _folder: str = ""
    _split: str = ""
    _manifests: dict[str, Manifest] = PrivateAttr(default_factory=dict)
    _approved: ApprovedResources | None = None

    # A check of two keys belongs to the later key and also runs if other keys are invalid:
    # `info.data` has the earlier keys that are valid.
    @field_validator("predictions", "references", "ratings")
    @classmethod
    def _check_not_ids(cls, column: Column, info: ValidationInfo) -> Column:
        ids = info.data.get("ids")
        clash = sorted(column.folded_names & ids.folded_names) if ids else ()
        if clash:
            raise ValueError(f"column name {quote(clash[0])} is also a name of the id column")
        return column

    @field_validator("splits")
    @classmethod
    def _check_splits(cls, splits: dict[str, Split]) -> dict[str, Split]:
        pairs = sum(
            (split.last or 0) - (split.first or 0) + 1 for split in splits.values() if split.pattern
        )
        if pairs > MAX_PAIRS:
            raise ValueError(f"expected at most {MAX_PAIRS:,} pairs in all splits, got {pairs:,}")
        labels = {file for split in splits.values() for file in (split.references, split.demo)}
        for name, split in splits.items():
            if split.list is not None and split.list in labels:
                raise ValueError(f"split {quote(name, 60)}: the list is also a file of ratings")
        return splits

    @field_validator("default_split")
    @classmethod
    def _check_default_split(cls, split: str, info: ValidationInfo) -> str:
        splits = info.data.get("splits", (split,))
        if split not in splits:
            raise ValueError(_unknown("split", split, splits))
        return split

    @field_validator("ranking")
    @classmethod
    def _check_level(cls, ranking: Ranking, info: ValidationInfo) -> Ranking:
        group = info.data.get("group")
        levels = ("pair", group.name) if group else ("pair",)
        if "group" in info.data and ranking.level not in levels:
            raise ValueError(_unknown("level", ranking.level, levels))
        return ranking

    @property
    def sha256(self) -> str:
        """SHA-256 of the challenge file and its lists, for signatures; empty without a file."""
        return self._sha256

    @property
    def folder(self) -> str:
        """The folder of the challenge file, to which its file names are relative."""
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
        """Return the pairs of a split; they are read on first use.

        Raises
        ------
        ChallengeError
            If the split's list of ids cannot be read.
        """
        if split not in self._manifests:
            try:
                manifest = Manifest.load(self.splits[split], self._folder, self.ids.ending)
            except ManifestError as error:
                raise ChallengeError(
                    self.name, [f"splits.{visible(split)}.list: {error}"]
                ) from error
            self._manifests[split] = manifest
        return self._manifests[split]

    @property
    def approved(self) -> ApprovedResources | None:
        """The approved resources; None if the challenge file has no list of them.

        Raises
        ------
        ChallengeError
            If the list is invalid; every problem is listed with its line.
        """
        listed = self.packages.approved
        if listed is None:
            return None
        if self._approved is None:
            from xacle_eval.challenge.approved import ApprovedError, ApprovedResources

            try:
                self._approved = ApprovedResources.load(locate(self._folder, listed))
            except (ApprovedError, ListError) as error:
                problems = getattr(error, "problems", (error,))
                raise ChallengeError(
                    self.name, [f"packages.approved: {each}" for each in problems]
                ) from error
        return self._approved

    @property
    def references_file(self) -> str | None:
        """The reference file of the split in use, if the challenge file names one."""
        return self.splits[self.split].references

    def with_split(self, split: str | None) -> Challenge:
        """Return the same challenge with another split in use.

        Raises
        ------
        ChallengeError
            If the challenge does not have this split.
        """
        if split is None or split == self.split:
            return self
        if split not in self.splits:
            raise ChallengeError(self.name, [_unknown("split", split, self.splits)])
        other = self.model_copy()
        other._split = split
        return other


def _unknown(noun: str, name: str, known: Iterable[str]) -> str:
    """Return the message for a name that the challenge does not have."""
    names = list(known)
    expected = f"expected {alternatives(visible(each) for each in names)}"
    return f"unknown {noun} {quote(name, 60)}; {did_you_mean(name, names, expected)}"
