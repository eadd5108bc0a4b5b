"""Rules for submissions: systems of a team, packages, and limits of files."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from xacle_eval.challenge.copies import original_of
from xacle_eval.challenge.expressions import DEFAULT_LABEL_PATTERN, Expression, check_expression
from xacle_eval.challenge.fields import Part
from xacle_eval.challenge.inputs import FileName, printable

__all__ = [
    "FAR_ABOVE",
    "MANY_SYSTEMS",
    "Kind",
    "Limits",
    "PackageRules",
    "SubmissionRules",
    "matches",
]

FAR_ABOVE = 2
"""A team with more systems than this multiple of the limit is not ranked."""
MANY_SYSTEMS = 50
"""Without a limit, a team with more systems is reported."""

Kind = Literal["competing", "baseline", "out of competition"]
"""Whether a system competes for a rank, and if not, why."""


def _check_label(pattern: str) -> str:
    if pattern.count("/") > 1:
        raise ValueError(
            f"expected LABEL or TEAM/LABEL, such as Baseline_* or organisers/*, got '{pattern}'"
        )
    return pattern


LabelPattern = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(printable),
    AfterValidator(_check_label),
]
Labels = Annotated[tuple[LabelPattern, ...], Field(max_length=100)]


class SubmissionRules(Part):
    """Limits for the systems of a team, and how a label contains the team's name.

    ``label_pattern`` is a regular expression with the named group ``team``; a label that does
    not match is itself the team, with a warning if the challenge file sets the pattern.
    ``endings`` are the file extensions of predictions in a folder.
    ``baselines`` and ``out_of_competition`` name the systems that are shown without a rank: labels,
    or ``TEAM/LABEL``, with ``*``, ``?`` and ``[...]`` as in file names; letter case matters.
    """

    systems_per_team: int | None = Field(default=None, ge=1, le=1_000_000)
    label_pattern: str = DEFAULT_LABEL_PATTERN
    endings: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^\.[a-z0-9]+$", max_length=20)], ...],
        Field(max_length=20),
    ] = (".csv",)
    baselines: Labels = ()
    out_of_competition: Labels = ()

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
        """Return the team in a system's label; a copy such as ``Kumo_01 (1)`` is of team Kumo."""
        return self._team_in(label) or self._team_in(original_of(label) or "") or label

    def names_team(self, label: str) -> bool:
        """Return whether ``label_pattern`` matches a label."""
        return self._team_in(label) is not None

    def _team_in(self, label: str) -> str | None:
        match = self._expression.match(label)
        return (match["team"] if match else None) or None

    def kind_of(self, label: str, team: str) -> Kind:
        """Return whether a system competes; a baseline is never also out of competition."""
        if _is_named(self.baselines, label, team):
            return "baseline"
        if _is_named(self.out_of_competition, label, team):
            return "out of competition"
        return "competing"


def _is_named(patterns: tuple[str, ...], label: str, team: str) -> bool:
    return any(matches(pattern, team, label) for pattern in patterns)


def matches(pattern: str, team: str, label: str) -> bool:
    """Return whether a pattern, ``LABEL`` or ``TEAM/LABEL``, names a system."""
    whose, slash, which = pattern.rpartition("/")
    return fnmatchcase(label, which) and (not slash or fnmatchcase(team, whose))


class PackageRules(Part):
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


class Limits(Part):
    """Limits that protect time and memory from hostile or mistaken files.

    ``max_bytes`` limits the size of a prediction file. For a package, ``max_package_bytes`` limits
    the size of the archive and the total size of its unpacked files, ``max_members`` the number of
    entries, and ``max_ratio`` the compression ratio of each file.
    """

    max_bytes: int = Field(default=10_000_000, ge=1000, le=1_000_000_000)
    max_package_bytes: int = Field(default=50_000_000, ge=1000, le=1_000_000_000)
    max_members: int = Field(default=100, ge=1, le=10_000)
    max_ratio: float = Field(default=200.0, ge=1.0, le=10_000, allow_inf_nan=False)
