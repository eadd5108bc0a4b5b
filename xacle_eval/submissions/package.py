"""Packages: a team's ZIP with predictions and a description for each system, optionally a report.

Files are matched by label::

    Kumo.zip
    ├── Kumo_01.csv               predictions (also Kumo_01.output.csv)
    ├── Kumo_01.yaml              description (also .yml, or Kumo_01.meta.yaml)
    ├── Kumo_01.validation.csv    predictions for another split of the challenge (optional)
    └── report.pdf                technical report (optional)

All files may be in one folder. Files that desktop systems create are ignored; others are reported.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.copies import original_of
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.rules import FAR_ABOVE
from xacle_eval.io.files import join_path
from xacle_eval.submissions.archive import Archive, read_archive
from xacle_eval.submissions.budget import Budget, limit_reports
from xacle_eval.submissions.checking import (
    CheckedSubmission,
    add_findings,
    adjust_checked,
    check_file,
    check_with_defaults,
)
from xacle_eval.submissions.description import SystemDescription
from xacle_eval.submissions.discovery import is_package
from xacle_eval.submissions.findings import Finding, SubmissionReport, in_order
from xacle_eval.submissions.labels import label_findings, package_name_findings
from xacle_eval.submissions.pdf import check_reports
from xacle_eval.submissions.reading import Source
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.severities import adjust
from xacle_eval.submissions.similarity import alike_in_team
from xacle_eval.submissions.sources import label_of
from xacle_eval.submissions.task_rules import check_description
from xacle_eval.text import both_forms, count, listing, visible

__all__ = ["Contents", "check_package", "check_submission", "contents_of"]

_SHOWN = 5
_DESCRIPTIONS = (".meta.yaml", ".meta.yml", ".yaml", ".yml")
_OUTPUT = ".output"


@dataclass(slots=True)
class Contents:
    """The files of a package by kind: label to name, inside the wrapper folder.

    ``others`` holds predictions for splits other than the current one, by label and split.
    """

    predictions: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    others: dict[str, dict[str, str]] = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the systems that have predictions, in alphabetic order."""
        return tuple(sorted(self.predictions))


def check_submission(
    path: str | os.PathLike[str],
    challenge: Challenge,
    *,
    shown: str | None = None,
    team: str | None = None,
    inside: tuple[str, str] | None = None,
) -> Iterator[CheckedSubmission]:
    """Check a prediction file, or a package with its systems.

    Parameters
    ----------
    path : str or path
        The file.
    challenge : Challenge
        The challenge.
    shown : str, optional
        The path that reports show.
    team : str, optional
        The team, if a folder names it; otherwise it is taken from the labels.
    inside : tuple of (str, str), optional
        A folder, and the file's path in it, to open the file without following links.

    Yields
    ------
    CheckedSubmission
        One for a prediction file. For a package: one of the package, without predictions, then
        one per system in alphabetical order.
    """
    if is_package(path):
        yield from check_package(Source.of(path, shown, inside), challenge, team)
    else:
        yield check_file(path, challenge, shown=shown, team=team, inside=inside)


def check_package(
    source: Source, challenge: Challenge, team: str | None = None
) -> Iterator[CheckedSubmission]:
    """Check a package from any source; see `check_submission`.

    Raises
    ------
    ChallengeError
        If the challenge's list of approved resources cannot be used.
    """
    archive = read_archive(source, challenge.limits)
    contents = contents_of(archive.names, challenge)
    zipped = label_of(source.path)
    whose = team or _team_of(contents.labels, challenge) or original_of(zipped) or zipped
    systems, budget = [], Budget.of(challenge)
    given: dict[str, dict[str, NDArray[np.float64]]] = defaultdict(dict)
    for label in contents.labels:
        # Also for a system with other errors: a description does not change the predictions.
        system, vectors = _check_system(archive, contents, label, challenge, whose, budget)
        if original_of(label) or len(contents.labels) == 1:  # otherwise see package-teams
            found = label_findings(label, team, challenge, alone=False, team=whose)
            system = adjust_checked(add_findings(system, found), challenge)
        systems.append(system)
        for target, row in vectors.items():
            given[target][label] = row
    findings = list(archive.findings)
    if not findings:
        findings = [
            *archive.notes,
            *package_name_findings(zipped),
            *contents.findings,
            *_package_findings(archive, contents, challenge, whose),
            *_alike(given),
        ]
    findings = list(adjust(findings, challenge))
    report = SubmissionReport(
        path=source.path,
        kind="package",
        system=zipped,
        team=whose,
        valid=not any(finding.severity == "error" for finding in findings),
        pairs=sum(system.report.pairs for system in systems),
        sha256=archive.sha256,
        members=archive.members,
        findings=in_order(findings),
    )
    if not report.valid:
        systems = [_with_package(system, report) for system in systems]
    yield from _with_limited_findings([CheckedSubmission(report, None), *systems])


def _alike(given: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> list[Finding]:
    """Return findings about similar predictions, by target and label; each finding once."""
    found: dict[Finding, list[str]] = defaultdict(list)
    for target, rows in given.items():
        for finding in alike_in_team(rows):
            found[finding].append(target)
    return [
        finding.model_copy(update={"message": f"{finding.message} (target {listing(targets)})"})
        if targets != [""] and len(targets) < len(given)
        else finding
        for finding, targets in found.items()
    ]


def _with_limited_findings(package: Sequence[CheckedSubmission]) -> Iterator[CheckedSubmission]:
    reports = limit_reports([checked.report for checked in package])
    for checked, report in zip(package, reports, strict=True):
        yield replace(checked, report=report)


def team_of_package(source: Source, challenge: Challenge) -> str | None:
    """Return the team that all labels in a package name; None without one, or if it is damaged."""
    archive = read_archive(source, challenge.limits)
    return _team_of(contents_of(archive.names, challenge).labels, challenge)


def contents_of(names: Iterable[str], challenge: Challenge) -> Contents:
    """Sort the files of a package into kinds by their names.

    Parameters
    ----------
    names : iterable of str
        Names inside the wrapper folder.
    challenge : Challenge
        Its file extensions and splits apply.

    Returns
    -------
    Contents
        The files, with findings for labels that two files share.
    """
    contents = Contents()
    plain: dict[str, list[str]] = defaultdict(list)
    described: dict[str, list[str]] = defaultdict(list)
    of_split: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in sorted(names):
        kind, label, split = _kind(name, challenge)
        if kind == "predictions" and split:
            of_split[label, split].append(name)
        elif kind == "predictions":
            plain[label].append(name)
        elif kind == "description":
            described[label].append(name)
        else:
            (contents.reports if kind == "report" else contents.surplus).append(name)
    others: dict[str, dict[str, str]] = defaultdict(dict)
    for (label, split), files in of_split.items():
        others[label][split] = files[0]
    for label, files in plain.items():
        # Predictions without a split in the name are for the current split, unless another file
        # names that split.
        split = challenge.default_split if challenge.split in others[label] else challenge.split
        others[label].setdefault(split, files[0])
    used = challenge.split
    contents.predictions = {
        label: files.pop(used) for label, files in others.items() if used in files
    }
    contents.others = {label: files for label, files in others.items() if files}
    contents.descriptions = {label: files[0] for label, files in described.items()}
    twice = [
        files
        for group in (plain, described, of_split)
        for files in group.values()
        if len(files) > 1
    ]
    for files in twice:
        message = f"same label: {listing(map(visible, files))}"
        contents.findings.append(rule("same-label").finding(message, count=len(files)))
    return contents


def _kind(name: str, challenge: Challenge) -> tuple[str, str, str]:
    """Return a file's kind, its label and the split in its name."""
    folded = name.casefold()
    if "/" in name or name.startswith("."):
        return "surplus", "", ""
    if folded.endswith(".pdf"):
        return "report", "", ""
    ending = next((ending for ending in _DESCRIPTIONS if folded.endswith(ending)), None)
    if ending is not None:
        return "description", name[: -len(ending)], ""
    ending = next(
        (ending for ending in challenge.submissions.endings if folded.endswith(ending)), None
    )
    if ending is None:
        return "surplus", "", ""
    label = name[: -len(ending)]
    split = next((split for split in challenge.splits if label.endswith(f".{split}")), "")
    label = label.removesuffix(f".{split}") if split else label
    return (
        "predictions",
        label[: -len(_OUTPUT)] if label.casefold().endswith(_OUTPUT) else label,
        split,
    )


def _team_of(labels: Iterable[str], challenge: Challenge) -> str | None:
    """Return the team that all labels name; None if they name no team or several."""
    teams = {challenge.submissions.team_of(label) for label in labels}
    return next(iter(teams)) if len(teams) == 1 and not teams & set(labels) else None


def _package_findings(
    archive: Archive, contents: Contents, challenge: Challenge, team: str
) -> Iterator[Finding]:
    """Yield the findings about the package as a whole."""
    labels = contents.labels
    if not labels:
        endings = " or ".join(challenge.submissions.endings)
        seen = (
            f"it contains {listing(map(visible, archive.names.values()), _SHOWN)}"
            if archive.names
            else "it is empty"
        )
        yield rule("package-empty").finding(
            f"no prediction file ({endings}) at the top of the archive; {seen}"
        )
    orphans = sorted({*contents.descriptions, *contents.others} - set(labels))
    if orphans and labels:
        message = f"missing predictions: {listing(map(visible, orphans), _SHOWN)}"
        yield rule("predictions-missing").finding(message, count=len(orphans))
    teams = sorted({challenge.submissions.team_of(label) for label in labels})
    if len(teams) > 1:
        yield rule("package-teams").finding(
            f"the labels name several teams: {listing(map(visible, teams), _SHOWN)}"
        )
    number, limit = _counted(labels, team, challenge), challenge.submissions.systems_per_team
    if limit is not None and number > limit:
        message = f"the package has {number} systems; the challenge allows {limit} per team"
        hint = "Remove the other systems."
        yield rule("too-many-systems").finding(message, count=number, severity="error", hint=hint)
    # Without any prediction file, the files that the package has are named above.
    if contents.surplus and labels:
        names = listing((visible(archive.names[name]) for name in contents.surplus), _SHOWN)
        message = f"{count(len(contents.surplus), 'ignored file')}: {names}"
        them = "it" if len(contents.surplus) == 1 else "them"
        hint = f"Remove {them} to silence this warning."
        kinds = [_kind(name.rpartition("/")[2], challenge)[0] for name in contents.surplus]
        if "predictions" in kinds:
            hint = "Move prediction files to the folder of the others; remove the rest."
        yield rule("surplus-files").finding(message, count=len(contents.surplus), hint=hint)
    members = [archive.names[name] for name in contents.reports]
    reports = {join_path(archive.path, name): archive.files[name] for name in members}
    yield from check_reports(reports, challenge.packages.report_pages)


def _counted(labels: Sequence[str], team: str, challenge: Challenge) -> int:
    """Return the number of systems that the limit applies to: those that compete.

    All count if at least one competes and they are far above the limit, as on a leaderboard.
    """
    limit = challenge.submissions.systems_per_team
    kinds = [challenge.submissions.kind_of(label, team) for label in labels]
    competing = kinds.count("competing")
    crowd = competing > 0 and limit is not None and len(labels) > FAR_ABOVE * limit
    return len(labels) if crowd else competing


def _check_system(
    archive: Archive,
    contents: Contents,
    label: str,
    challenge: Challenge,
    team: str,
    budget: Budget,
) -> tuple[CheckedSubmission, dict[str, NDArray[np.float64]]]:
    """Check one system of a package: its predictions, also for other splits, and its description.

    The predictions for the current split are also returned if another file has errors.
    """

    def source(name: str) -> Source:
        full = archive.names[name]
        return Source.of_bytes(archive.files[full], join_path(archive.path, full))

    def check_predictions(name: str, challenge: Challenge) -> CheckedSubmission:
        full = archive.names[name]
        refusal = budget.refuse_predictions()
        if refusal is not None:
            return _unread(source(name), archive.files[full], label, team, refusal)
        checked = check_with_defaults(source(name), challenge, label, team)
        budget.charge_predictions(archive.files[full], checked.report.findings, challenge.separator)
        return checked

    checked = check_predictions(contents.predictions[label], challenge)
    findings: list[Finding] = []
    description = None
    if label in contents.descriptions:
        read = source(contents.descriptions[label])
        with read.open() as stream:
            description, findings = check_description(
                stream.read(), read.path, label, challenge, budget
            )
    elif challenge.packages.description == "required":
        name = f"{visible(label)}.yaml"
        hint = f"Write {name}; `xacle-eval package --template` prints a template."
        findings.append(
            rule("description-missing").finding(f"missing description: {name}", hint=hint)
        )
    others: dict[str, dict[str, NDArray[np.float64]]] = defaultdict(dict)
    for split, name in sorted(contents.others.get(label, {}).items()):
        other = check_predictions(name, challenge.with_split(split))
        path = other.report.path
        findings += [finding.model_copy(update={"file": path}) for finding in other.report.findings]
        for target, row in other.vectors.items():
            others[target][split] = row
    whole = _with_findings(checked, archive.path, findings, description, others)
    return adjust_checked(whole, challenge), checked.vectors


def _unread(
    source: Source, data: bytes, label: str, team: str, refusal: Finding
) -> CheckedSubmission:
    """Return a system whose predictions are not read, because other files used up a limit."""
    report = SubmissionReport(
        path=source.path,
        system=label,
        team=team,
        valid=False,
        pairs=0,
        sha256=hashlib.sha256(data).hexdigest(),
        findings=(refusal,),
    )
    return CheckedSubmission(report, None)


def _with_findings(
    checked: CheckedSubmission,
    package: str,
    findings: list[Finding],
    description: SystemDescription | None,
    others: Mapping[str, Mapping[str, NDArray[np.float64]]],
) -> CheckedSubmission:
    """Return a system with the findings about its other files; `others` is by target and split."""
    report = checked.report
    everything = in_order([*report.findings, *findings])
    valid = not any(finding.severity == "error" for finding in everything)
    report = report.model_copy(update={"package": package, "findings": everything, "valid": valid})
    targets = {
        name: _with_findings(one, package, findings, description, {"": others.get(name, {})})
        for name, one in checked.targets.items()
    }
    return CheckedSubmission(
        report,
        checked.predictions if valid else None,
        description,
        dict(others.get("", {})),
        targets if valid else {},
    )


def _with_package(system: CheckedSubmission, package: SubmissionReport) -> CheckedSubmission:
    """Return a system of an invalid package: it is invalid as well."""
    codes = listing(dict.fromkeys(f.code for f in package.findings if f.severity == "error"))
    finding = rule("package-at-fault").finding(
        both_forms(lambda path: f"the package has errors: {path} ({codes})", package.path)
    )
    findings = in_order([*system.report.findings, finding])
    report = system.report.model_copy(update={"findings": findings, "valid": False})
    return CheckedSubmission(report, None)
