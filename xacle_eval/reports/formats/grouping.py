"""Grouping: which of many submissions a report for people lists one by one.

A folder can hold any number of files. Reports for people list the first ones with the same
findings; the others are counted by verdict and rules. JSON lists all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from xacle_eval.submissions.findings import Finding, SubmissionReport
from xacle_eval.text import count, visible, visible_path

__all__ = ["MOST_LISTED", "MOST_SHOWN_FINDINGS", "Others", "Upload", "select", "select_uploads"]

MOST_LISTED = 200
"""The submissions that are listed one by one; up to this number all are."""
MOST_SHOWN_FINDINGS = 50
"""The findings between submissions that are listed one by one."""

_ALIKE_LISTED = 5
_NAMES = 5
_RULES_NAMED = 8
_MOST_GROUPS = 50

T = TypeVar("T")


@dataclass(frozen=True)
class Upload:
    """A prediction file, or a package with its systems."""

    reports: tuple[SubmissionReport, ...]
    word: str

    @property
    def path(self) -> str:
        """The path of the file."""
        return self.reports[0].path

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of the file and its systems."""
        return tuple(finding for report in self.reports for finding in report.findings)


@dataclass(frozen=True)
class Others:
    """Submissions that are not listed: their number, verdict and rules, and the first paths."""

    number: int
    word: str
    rules: tuple[str, ...]
    paths: tuple[str, ...]

    @property
    def title(self) -> str:
        """For example ``17,995 more invalid files: XAC002 empty file``."""
        more = f"{self.number:,} more {self.word} {'file' if self.number == 1 else 'files'}"
        return f"{more}: {', '.join(self.rules)}" if self.rules else more

    @property
    def names(self) -> str:
        """The first paths and the number of the others."""
        return self._join(visible(path, 100) for path in self.paths)

    @property
    def typed_names(self) -> str:
        """The same for people: with the paths as typed."""
        return self._join(map(visible_path, self.paths))

    def _join(self, paths: Iterable[str]) -> str:
        rest = self.number - len(self.paths)
        more = f" and {rest:,} more" if rest > 0 else ""
        return f"{', '.join(paths)}{more}"


def _uploads(reports: Sequence[SubmissionReport], strict: bool) -> list[Upload]:
    """Return the reports by file, each with its verdict: ``valid``, ``warned`` or ``invalid``."""
    files: list[list[SubmissionReport]] = []
    for report in reports:
        if report.package is not None and files and files[-1][0].path == report.package:
            files[-1].append(report)
        else:
            files.append([report])
    return [Upload(tuple(file), _verdict(file, strict)) for file in files]


def select_uploads(
    reports: Sequence[SubmissionReport], strict: bool
) -> tuple[list[Upload], list[Others]]:
    """Return the files that a report lists, and groups of the others; see `select`."""
    files = _uploads(reports, strict)
    return select(files, lambda one: one.findings, lambda one: one.word, lambda one: one.path)


def _verdict(reports: Iterable[SubmissionReport], strict: bool) -> str:
    words = {
        "valid" if report.passes(strict) else "warned" if report.valid else "invalid"
        for report in reports
    }
    return next(word for word in ("invalid", "warned", "valid") if word in words)


def select(
    items: Sequence[T],
    findings_of: Callable[[T], Iterable[Finding]],
    word_of: Callable[[T], str],
    path_of: Callable[[T], str],
) -> tuple[list[T], list[Others]]:
    """Return the items to list, in their order, and groups of the others.

    Parameters
    ----------
    items : sequence
        Submissions.
    findings_of, word_of, path_of : callable
        Their findings, verdict and path.
    """
    if len(items) <= MOST_LISTED:
        return list(items), []
    alike: dict[Hashable, int] = {}
    listed: list[T] = []
    others: dict[tuple[str, tuple[str, ...]], list[T]] = {}
    for item in items:
        findings = list(findings_of(item))
        same = (word_of(item), tuple((found.code, found.message) for found in findings))
        if len(listed) < MOST_LISTED and alike.get(same, 0) < _ALIKE_LISTED:
            alike[same] = alike.get(same, 0) + 1
            listed.append(item)
        else:
            rules = tuple(sorted({f"{found.code} {found.title}" for found in findings}))
            others.setdefault((word_of(item), rules), []).append(item)
    groups = sorted(others.items(), key=lambda group: -len(group[1]))
    result = [
        _others(len(group), word, rules, map(path_of, group))
        for (word, rules), group in groups[:_MOST_GROUPS]
    ]
    rest: dict[str, list[T]] = {}
    for (word, _), group in groups[_MOST_GROUPS:]:
        rest.setdefault(word, []).extend(group)
    return listed, result + [
        _others(len(group), word, ("other combinations of rules",), map(path_of, group))
        for word, group in rest.items()
    ]


def _others(number: int, word: str, rules: tuple[str, ...], paths: Iterable[str]) -> Others:
    named = rules[:_RULES_NAMED]
    if len(rules) > _RULES_NAMED:
        named = (*named, count(len(rules) - _RULES_NAMED, "more rule"))
    return Others(number, word, named, tuple(islice(paths, _NAMES)))
