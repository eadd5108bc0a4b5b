"""The model of a challenge file: columns, splits, limits, scoring and ranking.

Everything that differs between editions and challenges is in a TOML file that this model
describes, so a new edition needs a new file and no new code. Unknown keys are errors: if a
mistyped key were ignored, the ranking could change silently. `xacle_eval.challenge.loading`
loads a file and reports all its errors at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import (
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from xacle_eval.challenge.columns import Column, Ids, RatingColumns, ScoreRange
from xacle_eval.challenge.fields import SEPARATORS, Delimiter, Name, Part
from xacle_eval.challenge.inputs import ListError, locate
from xacle_eval.challenge.manifest import MAX_PAIRS, Manifest, ManifestError
from xacle_eval.challenge.own_metrics import metric_names, shown_order
from xacle_eval.challenge.pairs import PairsError, PairTable
from xacle_eval.challenge.parts import ALL, positions_of_part
from xacle_eval.challenge.phases import Phase, check_phases, parts_of_phases
from xacle_eval.challenge.publishing import (
    PhaseName,
    Publishing,
    check_phase_publishing,
    check_publishing,
)
from xacle_eval.challenge.ranking import Group, Ranking
from xacle_eval.challenge.rules import Limits, PackageRules, SubmissionRules
from xacle_eval.challenge.severities import ChangedSeverities, check_changes
from xacle_eval.challenge.split import Split
from xacle_eval.challenge.targets import (
    Target,
    TargetName,
    check_targets,
    one_target,
    target_rankings,
    with_placeholders,
)
from xacle_eval.errors import ChallengeError
from xacle_eval.metrics import DEFAULT_METRICS, Metric, find_metrics
from xacle_eval.text import alternatives, did_you_mean, quote, visible

if TYPE_CHECKING:
    from xacle_eval.challenge.approved import ApprovedResources

__all__ = ["Challenge", "Split"]


class Challenge(Part):
    """A challenge; ``xacle-eval challenge init`` writes a commented file with all keys."""

    FORMAT: ClassVar[int] = 1

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=60)]
    title: Name
    delimiter: Delimiter = "comma"
    ids: Ids
    predictions: Column
    references: Column
    ratings: RatingColumns
    scores: ScoreRange
    splits: dict[Name, Split] = Field(min_length=1, max_length=100)
    default_split: str
    group: Group | None = None
    groups: tuple[Group, ...] = Field(default=(), max_length=20, validate_default=True)
    metrics: tuple[str, ...] = Field(default=DEFAULT_METRICS, max_length=50)
    # Factories: a default instance would build the validator of its model at each start-up.
    ranking: Ranking = Field(default_factory=Ranking)
    submissions: SubmissionRules = Field(default_factory=SubmissionRules)
    packages: PackageRules = Field(default_factory=PackageRules)
    limits: Limits = Field(default_factory=Limits)
    # Changed severities by code: error, warning, info or ignore.
    rules: ChangedSeverities = Field(default_factory=dict, max_length=100)
    targets: dict[TargetName, Target] = Field(
        default_factory=dict, max_length=20, validate_default=True
    )
    phases: dict[PhaseName, Phase] = Field(
        default_factory=dict, max_length=20, validate_default=True
    )
    publish: Publishing = Field(default_factory=Publishing)

    def __repr__(self) -> str:
        return f"<Challenge {visible(self.name, 60)}: {visible(self.title, 60)}, {self._place()}>"

    def _place(self) -> str:
        splits = f"split {visible(self._split or self.default_split, 60)}"
        return splits if self._part == ALL else f"{splits}, part {visible(self._part, 60)}"

    # Not in the file; the loader sets them for signatures and for files in the same folder.
    _sha256: str = ""
    _folder: str = ""
    _split: str = ""
    _target: str = ""
    _part: str = ALL
    _manifests: dict[str, Manifest] = PrivateAttr(default_factory=dict)
    _pairs: dict[str, PairTable] = PrivateAttr(default_factory=dict)
    _scored: dict[tuple[str, str], tuple[tuple[int, ...], Manifest]] = PrivateAttr(
        default_factory=dict
    )
    _approved: ApprovedResources | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill_placeholders(cls, table: Any) -> Any:
        return with_placeholders(table)

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

    @field_validator("groups")
    @classmethod
    def _check_group_names(
        cls, groups: tuple[Group, ...], info: ValidationInfo
    ) -> tuple[Group, ...]:
        only = info.data.get("group")
        if only is not None and groups:
            raise ValueError('move the table [group] into [[groups]], or remove = ["group"]')
        names = [group.name for group in groups]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"duplicate group {quote(name, 60)}; name each group once")
        return (only,) if only is not None else tuple(group.named() for group in groups)

    @field_validator("metrics")
    @classmethod
    def _check_metrics(cls, metrics: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        context = info.context or {}
        return metric_names(
            metrics,
            allow_code=context.get("allow_code", False),
            folder=context.get("folder", ""),
        )

    @field_validator("ranking")
    @classmethod
    def _check_order(cls, ranking: Ranking, info: ValidationInfo) -> Ranking:
        metrics = info.data.get("metrics")
        if metrics is None:
            return ranking
        if "order" not in ranking.model_fields_set:
            return ranking.model_copy(update={"order": metrics})
        other = [name for name in ranking.order if name not in metrics]
        if other:
            raise ValueError(
                f"order: {quote(other[0], 60)} is not among the metrics of the challenge: "
                f"{', '.join(metrics)}; add it to metrics"
            )
        return ranking

    @field_validator("ranking")
    @classmethod
    def _check_level(cls, ranking: Ranking, info: ValidationInfo) -> Ranking:
        levels = ("pair", *(group.name for group in info.data.get("groups", ())))
        if {"group", "groups"} <= info.data.keys() and ranking.level not in levels:
            raise ValueError(_unknown_level(ranking.level, levels))
        return ranking

    @field_validator("rules")
    @classmethod
    def _check_rules(cls, rules: dict[str, str]) -> dict[str, str]:
        return check_changes(rules)

    @field_validator("targets")
    @classmethod
    def _check_targets(cls, targets: dict[str, Target], info: ValidationInfo) -> dict[str, Target]:
        check_targets(targets, info.data)
        return targets

    @field_validator("phases")
    @classmethod
    def _check_phases(cls, phases: dict[str, Phase], info: ValidationInfo) -> dict[str, Phase]:
        if "splits" in info.data:
            check_phases(phases, info.data["splits"])
        return phases

    @field_validator("publish")
    @classmethod
    def _check_publish(cls, publish: Publishing, info: ValidationInfo) -> Publishing:
        if {"metrics", "ranking", "targets"} <= info.data.keys():
            rankings = target_rankings(info.data["targets"], info.data["ranking"])
            own = [each.metrics or () for each in info.data["targets"].values()]
            names = dict.fromkeys(name for some in (info.data["metrics"], *own) for name in some)
            check_publishing(publish, names, rankings)
            if {"splits", "default_split", "phases"} <= info.data.keys():
                parts = parts_of_phases(
                    info.data["phases"], info.data["splits"], info.data["default_split"]
                )
                check_phase_publishing(publish.phase, parts, names, rankings)
        return publish

    @property
    def sha256(self) -> str:
        """SHA-256 of the challenge file and its lists, for signatures; empty without a file.

        The tables ``[publish]`` and ``[phases]`` are left out, because no score depends on them.
        """
        return self._sha256

    @property
    def separator(self) -> str:
        """The character between the fields of prediction, reference and rating files."""
        return SEPARATORS[self.delimiter]

    @property
    def folder(self) -> str:
        """The folder of the challenge file, to which its file names are relative."""
        return self._folder

    @property
    def split(self) -> str:
        """The name of the split in use."""
        return self._split or self.default_split

    @property
    def target(self) -> str:
        """The name of the target, for the challenge of one of several targets; else empty."""
        return self._target

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
                manifest = Manifest.load(
                    self.splits[split], self._folder, self.ids.ending, self.ids.ending_optional
                )
            except ManifestError as error:
                raise ChallengeError(
                    self.name, [f"splits.{visible(split)}.list: {error}"]
                ) from error
            self._manifests[split] = manifest
        return self._manifests[split]

    @property
    def part(self) -> str:
        """The name of the part that is scored; ``all`` is the whole split."""
        return self._part

    @property
    def scored(self) -> Manifest:
        """The pairs of the part that is scored, in the order of the split."""
        return self.manifest if self.part == ALL else self._find_part()[1]

    @property
    def scored_positions(self) -> tuple[int, ...] | None:
        """The positions of the scored pairs in the manifest; None for the whole split."""
        return None if self.part == ALL else self._find_part()[0]

    def _find_part(self) -> tuple[tuple[int, ...], Manifest]:
        key = (self.split, self.part)
        if key not in self._scored:
            manifest, parts = self.manifest, self.splits[self.split].parts
            try:
                places = positions_of_part(parts, self.part, manifest, self._folder)
            except ValueError as error:
                place = f"splits.{visible(self.split)}.parts.{self.part}"
                raise ChallengeError(self.name, [f"{place}: {error}"]) from error
            ids = self.ids
            part = Manifest(
                (manifest.ids[n] for n in places), ids.ending, optional=ids.ending_optional
            )
            self._scored[key] = places, part
        return self._scored[key]

    @property
    def pairs(self) -> PairTable | None:
        """The pairs file of the split in use; None if the challenge file names none."""
        return self.pairs_of(self.split)

    def pairs_of(self, split: str) -> PairTable | None:
        """Return the pairs file of a split, read on first use; None if there is none.

        Raises
        ------
        ChallengeError
            If the file is invalid; every problem has its line.
        """
        name = self.splits[split].pairs
        if name is not None and split not in self._pairs:
            others = [each for each in self.splits if each != split]
            try:
                self._pairs[split] = PairTable.load(
                    locate(self._folder, name), name, self.ids, self.manifest_of(split),
                    lambda pair: any(pair in self.manifest_of(each) for each in others),
                )  # fmt: skip
            except (PairsError, ListError) as error:
                problems = getattr(error, "problems", (error,))
                key = f"splits.{visible(split)}.pairs"
                raise ChallengeError(self.name, [f"{key}: {each}" for each in problems]) from error
        return self._pairs.get(split)

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
    def shown_metrics(self) -> tuple[str, ...]:
        """The metrics that are computed, in the order of columns: those of the ranking first."""
        return shown_order(self.metrics, self.ranking.order)

    def with_metrics(self, metrics: Sequence[str | Metric] | None) -> Challenge:
        """Return the same challenge with other metrics; the ranking keeps the order of its own.

        Parameters
        ----------
        metrics : sequence of str or Metric, optional
            At least those of the ranking's order are computed; None changes nothing.

        Raises
        ------
        UsageError
            If a metric is unknown.
        """
        if metrics is None:
            return self
        names = tuple(metric.name for metric in find_metrics(metrics))
        targets = {
            name: self.targets[name].model_copy(
                update={"metrics": shown_order(names, self.for_target(name).ranking.order)}
            )
            for name in self.targets
        }
        changed = {"metrics": shown_order(names, self.ranking.order), "targets": targets}
        other = self.model_copy(update=changed)
        other._split = self._split
        return other

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
        other._split, other._part = split, ALL
        return other

    def with_part(self, part: str | None) -> Challenge:
        """Return the same challenge with another part of the split to score.

        Parameters
        ----------
        part : str, optional
            A part of the split in use; ``all`` is the whole split, None changes nothing.

        Raises
        ------
        ChallengeError
            If the split does not have this part, or its list is invalid.
        """
        if part is None or part == self.part:
            return self
        parts = self.splits[self.split].parts
        if part != ALL and part not in parts:
            known = _unknown("part", part, (*parts, ALL))
            if not parts:
                table = f"[splits.{visible(self.split)}.parts.{visible(part, 60)}]"
                known = f"the challenge file defines no parts; add a table {table}"
            raise ChallengeError(self.name, [f"split {visible(self.split)}: {known}"])
        other = self.model_copy()
        other._part = part
        _ = other.scored
        return other

    def for_target(self, name: str) -> Challenge:
        """Return the challenge of one target: a challenge with one rating of every pair.

        Parameters
        ----------
        name : str
            The name of a target; for a challenge without targets, an empty name.

        Raises
        ------
        ChallengeError
            If the challenge does not have this target.
        """
        if not name and not self.targets:
            return self
        if not self.targets:
            raise ChallengeError(self.name, [f"no targets, so no target {quote(name, 60)}"])
        if name not in self.targets:
            raise ChallengeError(self.name, [_unknown("target", name, self.targets)])
        other = self.model_copy(update=one_target(self, name))
        other._target = name
        return other

    def each_target(self) -> dict[str, Challenge]:
        """Return the challenge of each target by its name; without targets, itself by no name."""
        return {name: self.for_target(name) for name in self.targets or ("",)}


def _unknown_level(name: str, levels: Sequence[str]) -> str:
    """Return the message for a level that is no group of the challenge."""
    known = did_you_mean(name, levels, f"expected {alternatives(map(visible, levels))}")
    end = "" if known.endswith("?") else "."
    return (
        f"level: there is no group named {quote(name, 60)}; {known}{end} To add it, write "
        f"[[groups]] with name = {quote(name, 60)} and a pattern or a column"
    )


def _unknown(noun: str, name: str, known: Iterable[str]) -> str:
    """Return the message for a name that the challenge does not have."""
    names = list(known)
    expected = f"expected {alternatives(visible(each) for each in names)}"
    return f"unknown {noun} {quote(name, 60)}; {did_you_mean(name, names, expected)}"
