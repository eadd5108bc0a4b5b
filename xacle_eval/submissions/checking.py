"""Checking: rows and a challenge to findings, and predictions in manifest order.

No parameter of this module can carry a reference. The result for a file does not depend on the
labels, so the check can be run and its output shown before the labels are published.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.columns import Column, ScoreRange
from xacle_eval.challenge.manifest import Manifest
from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.causes import explains_missing, root_findings
from xacle_eval.submissions.columns import (
    LONGEST_NAME_SHOWN,
    Table,
    about_column,
    layout,
)
from xacle_eval.submissions.findings import SHOWN_LINES, Finding, SubmissionReport, in_order
from xacle_eval.submissions.headers import describe_surplus
from xacle_eval.submissions.ids import find_positions
from xacle_eval.submissions.labels import label_findings
from xacle_eval.submissions.objects import about_object
from xacle_eval.submissions.reading import Reading, Source, read
from xacle_eval.submissions.rows import exchange_columns, whole_rows
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.scales import other_scale
from xacle_eval.submissions.severities import adjust
from xacle_eval.submissions.sources import is_stdin, label_of, prediction_source
from xacle_eval.submissions.values import parse_numbers
from xacle_eval.text import listing, quote, visible

if TYPE_CHECKING:
    from xacle_eval.submissions.description import SystemDescription

__all__ = [
    "CheckedSubmission",
    "add_findings",
    "adjust_checked",
    "check",
    "check_file",
    "check_predictions",
    "check_with_defaults",
    "missing_pairs",
    "repeated_pairs",
]

# Fewer distinct values than one in twenty predictions: whole or half points, or one decimal on a
# 0-10 scale for thousands of pairs. Two decimals, as in the organisers' baseline, are enough.
_FEW_VALUES = 1 / 20
_ENOUGH_FOR_TIES = 100
_SHOWN_REPEATS = 20
_MOST_FIELDS = 20
_FIELDS = rule("wrong-field-count").code
_MISSING = rule("file-missing").code


@dataclass(frozen=True, slots=True)
class CheckedSubmission:
    """The report on a submission and, if it is valid, its predictions in manifest order.

    A system of a package also has its description, and its predictions for other splits by split.

    For a challenge with several targets, ``predictions`` is None, and a valid submission has one
    checked submission for each of its ``targets``. Their reports have the findings about the file
    and about the column of the target.
    """

    report: SubmissionReport
    predictions: NDArray[np.float64] | None
    description: SystemDescription | None = None
    others: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    targets: Mapping[str, CheckedSubmission] = field(default_factory=dict)

    @property
    def vectors(self) -> dict[str, NDArray[np.float64]]:
        """The predictions by target, with an empty name if there is one; empty with errors."""
        if self.predictions is not None:
            return {"": self.predictions}
        vectors = {name: one.predictions for name, one in self.targets.items()}
        return {name: row for name, row in vectors.items() if row is not None}


def check_file(
    path: str | os.PathLike[str],
    challenge: Challenge,
    *,
    shown: str | None = None,
    team: str | None = None,
    inside: tuple[str, str] | None = None,
) -> CheckedSubmission:
    """Check a prediction file.

    Parameters
    ----------
    path : str or path
        The file, compressed if its name ends in ``.gz``, or ``-`` for standard input.
    challenge : Challenge
        The challenge.
    shown : str, optional
        The path that the report shows.
    team : str, optional
        The team, if a folder names it; otherwise it is taken from the file's label.
    inside : tuple of (str, str), optional
        A folder, and the file's path in it, to open the file without following links.

    Returns
    -------
    CheckedSubmission
        All findings. A missing or unreadable file is a finding, not an exception.
    """
    source = prediction_source(path, challenge.limits.max_bytes, shown, inside)
    label = label_of(path, challenge.submissions.endings)
    checked = check_with_defaults(
        source, challenge, label, team or challenge.submissions.team_of(label)
    )
    # The name of a file that is not there is often the mistake itself.
    if not is_stdin(path) and _MISSING not in {finding.code for finding in checked.report.findings}:
        alone = inside is None
        checked = add_findings(checked, label_findings(label, team, challenge, alone=alone))
    return adjust_checked(checked, challenge) if challenge.rules else checked


def check(source: Source, challenge: Challenge, system: str, team: str) -> CheckedSubmission:
    """Check predictions from any source; see `check_file`.

    Findings about an object in memory name no line.
    """
    checked = check_with_defaults(source, challenge, system, team)
    if source.memory:
        checked = change_findings(checked, about_object)
    return adjust_checked(checked, challenge) if challenge.rules else checked


def change_findings(
    checked: CheckedSubmission, change: Callable[[Finding], Finding]
) -> CheckedSubmission:
    """Return a checked submission with every finding changed, also for all targets."""
    report = checked.report.model_copy(
        update={"findings": tuple(map(change, checked.report.findings))}
    )
    targets = {name: change_findings(one, change) for name, one in checked.targets.items()}
    return replace(checked, report=report, targets=targets)


def add_findings(checked: CheckedSubmission, findings: Sequence[Finding]) -> CheckedSubmission:
    """Return a checked submission with more findings, which are not errors, for all targets."""
    if not findings:
        return checked
    report = checked.report
    found = in_order([*report.findings, *findings])
    targets = {name: add_findings(one, findings) for name, one in checked.targets.items()}
    report = report.model_copy(update={"findings": found})
    return replace(checked, report=report, targets=targets)


def adjust_checked(checked: CheckedSubmission, challenge: Challenge) -> CheckedSubmission:
    """Return a checked submission with the challenge's severities; they decide if it is valid."""
    report = checked.report
    findings = in_order(adjust(report.findings, challenge))
    valid = not any(finding.severity == "error" for finding in findings)
    report = report.model_copy(update={"findings": findings, "valid": valid})
    targets = {name: adjust_checked(one, challenge) for name, one in checked.targets.items()}
    return replace(
        checked,
        report=report,
        predictions=checked.predictions if valid else None,
        targets=targets if valid else {},
    )


def check_with_defaults(
    source: Source, challenge: Challenge, system: str, team: str
) -> CheckedSubmission:
    """Check a prediction file with the severities of the toolkit."""
    pairs = len(challenge.manifest)
    # Twice the number of pairs plus 100 rows is enough to show every kind of mistake.
    reading = read(source, challenge.limits.max_bytes, 2 * pairs + 100, challenge.delimiter)
    table = _table(reading, challenge)
    columns = [] if table is None else _fill(table, challenge)
    shared = reading.findings if table is None else [*reading.findings, *table.findings]
    findings = [*shared, *(finding for column in columns for finding in column.findings)]
    findings = root_findings(reading, findings, challenge)
    valid = not any(finding.severity == "error" for finding in findings)
    for column in columns if valid else ():
        found = about_column(column.place, check_predictions(column.predictions, column.scores))
        column.findings += found
        findings += found
    report = SubmissionReport(
        path=source.path,
        system=system,
        team=team,
        valid=valid,
        pairs=_number(columns),
        sha256=reading.sha256,
        findings=in_order(findings),
    )
    if not challenge.targets:
        return CheckedSubmission(report, columns[0].predictions if valid else None)
    targets = {
        column.target: CheckedSubmission(
            report.model_copy(update={"findings": in_order([*shared, *column.findings])}),
            column.predictions,
        )
        for column in columns
    }
    return CheckedSubmission(report, None, targets=targets if valid else {})


@dataclass(slots=True)
class _Predictions:
    """The predictions of one target in manifest order, and the findings about their column.

    ``place`` begins the messages about one of several columns.
    """

    target: str
    scores: ScoreRange
    place: str
    predictions: NDArray[np.float64]
    findings: list[Finding]


def _number(columns: Sequence[_Predictions]) -> int:
    """Return the number of pairs that have a prediction in every column."""
    if not columns:
        return 0
    finite = np.isfinite(columns[0].predictions)
    for column in columns[1:]:
        finite &= np.isfinite(column.predictions)
    return int(finite.sum())


def _role(target: str) -> str:
    """Return the role of a target's column; no role of another column begins like this."""
    return f"prediction of {target}" if target else "prediction"


def _table(reading: Reading, challenge: Challenge) -> Table | None:
    if not reading.rows:
        if not reading.findings:
            reading.findings.append(rule("file-empty").finding("the file has no rows"))
        return None
    each = challenge.each_target()
    columns = {_role(name): one.predictions for name, one in each.items()}
    table = layout(
        reading,
        challenge,
        {"id": challenge.ids, **columns},
        optional=[_role(name) for name, one in challenge.targets.items() if one.optional],
        in_order=bool(challenge.targets),
    )
    if table is None:
        return None
    if len(reading.rows) == table.first:
        reading.findings.append(
            rule("file-empty").finding("the file has a header and no rows", line=1)
        )
        return None
    for name, one in each.items():
        if _role(name) not in table.columns:
            message = f"no column {one.predictions.column}: the target {name} is not predicted"
            finding = rule("target-absent").finding(message, line=table.reading.lines[0])
            table.findings.append(finding)
    whole_rows(table)
    _note_surplus(table, [challenge.ids, *columns.values()])
    first = next(_role(name) for name in each if _role(name) in table.columns)
    exchange_columns(table, challenge, first)
    return table


def _note_surplus(table: Table, known: Sequence[Column]) -> None:
    """Report the columns without a use; those with a name of a `known` one are reported already."""
    used, names = set(table.columns.values()), table.names
    surplus = [
        index
        for index, name in enumerate(names)
        if index not in used and not any(column.matches(name) for column in known)
    ]
    line = table.reading.lines[0]
    if any(finding.line == line and finding.code == _FIELDS for finding in table.findings):
        surplus = [index for index in surplus if names[index]]  # the header's last delimiter
    unnamed = {index: describe_surplus(names[index], index, names) for index in surplus}
    for index in surplus:
        described = unnamed[index]
        if described is not None:
            _add_surplus(table, *described)
    named = [names[index] for index in surplus if unnamed[index] is None]
    if named:
        shown = listing((quote(name, LONGEST_NAME_SHOWN) for name in named), 8)
        columns, them = ("column", "it") if len(named) == 1 else ("columns", "them")
        _add_surplus(table, f"unused {columns} {shown}", f"Remove {them} to silence this warning.")


def _add_surplus(table: Table, message: str, hint: str) -> None:
    line = table.reading.lines[0]
    table.findings.append(rule("surplus-columns").finding(message, line=line, hint=hint))


def _fill(table: Table, challenge: Challenge) -> list[_Predictions]:
    """Return the predictions of each target in the file; findings are added to both."""
    positions = find_positions(table, challenge)
    known = positions >= 0
    columns = []
    for name, one in challenge.each_target().items():
        role = _role(name)
        if role not in table.columns:
            continue
        view = table.with_role(role, "prediction")
        values = parse_numbers(view, "prediction", "prediction")
        _note_range(view, values, one.scores)
        vector = np.full(len(challenge.manifest), np.nan)
        vector[positions[known]] = values[known]
        place = table.place_of(role, one.predictions, name) if name else ""
        findings = about_column(place, view.findings)
        columns.append(_Predictions(name, one.scores, place, vector, findings))
    repeated_pairs(table, positions, challenge.manifest)
    present = np.zeros(len(challenge.manifest), dtype=bool)
    present[positions[known]] = True
    missing_pairs(table, present, challenge.manifest)
    return columns


def _with_broken_rows(
    table: Table, present: NDArray[np.bool_], manifest: Manifest
) -> NDArray[np.bool_]:
    """Return which pairs have a row, valid or not.

    A row with the wrong number of fields is already reported, so its id does not count as missing,
    whatever its place.
    """
    present = present.copy()
    rows, index = table.reading.rows, table.columns["id"]
    whole = len(table.rows) == len(rows) - table.first
    for row in () if whole else rows[table.first :]:
        if len(row) != table.width:
            # Row after row of a hostile file can have 100,000 fields.
            parts = row[index : index + 1 + max(0, min(len(row) - table.width, _MOST_FIELDS))]
            joined = table.reading.separator.join(parts)  # an id with a comma, without quotes
            for text in [*parts[:1], joined, *row[:_MOST_FIELDS]]:
                position = manifest.find(text.strip())
                if position is not None:
                    present[position] = True
                    break
    return present


def repeated_pairs(table: Table, positions: NDArray[np.int64], manifest: Manifest) -> None:
    """Report every pair that has more than one row, with the lines."""
    known = positions[positions >= 0]
    if known.size == 0 or np.bincount(known).max() < 2:
        return
    items: dict[int, list[int]] = defaultdict(list)
    for item, position in enumerate(positions.tolist()):
        if position >= 0:
            items[position].append(item)
    repeated = {position: rows for position, rows in items.items() if len(rows) > 1}
    ids = manifest.ids
    each = [
        f"{visible(ids[position])} (lines {_join_lines(table.lines(rows))})"
        for position, rows in list(repeated.items())[: SHOWN_LINES + 1]
    ]
    shown = "; ".join(each[:SHOWN_LINES])
    if len(repeated) > SHOWN_LINES:
        shown = f"{shown}; and {len(repeated) - SHOWN_LINES:,} more"
    duplicates = "duplicate id" if len(repeated) == 1 else f"{len(repeated):,} duplicate ids"
    message = f"{duplicates}: {shown}"
    second = sorted(item for rows in repeated.values() for item in rows[1:])
    table.add_finding("id-duplicate", second, "id", message)


def _join_lines(lines: list[int]) -> str:
    """Return `13 and 14`, `1, 2 and 3`, or the first of many lines."""
    if len(lines) > _SHOWN_REPEATS:
        return listing(lines, _SHOWN_REPEATS)
    return f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"


def missing_pairs(table: Table, present: NDArray[np.bool_], manifest: Manifest) -> None:
    """Report the pairs of the manifest that have no row; `present` has those with a valid one."""
    if not present.all():
        present = _with_broken_rows(table, present, manifest)
    missing = np.flatnonzero(~present)
    findings = [*table.reading.findings, *table.findings]
    if missing.size == 0 or explains_missing(findings, int(present.sum())):
        return
    ids, total = manifest.ids, len(manifest)
    shown = listing((visible(ids[i]) for i in missing[:SHOWN_LINES].tolist()), SHOWN_LINES)
    more = missing.size - SHOWN_LINES
    rest = f" and {more:,} more" if more > 0 else ""
    ids_ = "id" if missing.size == 1 else "ids"
    message = f"missing {ids_} ({missing.size:,} of {total:,}): {shown}{rest}"
    table.findings.append(rule("id-missing").finding(message, count=int(missing.size)))


def _note_range(table: Table, values: NDArray[np.float64], scores: ScoreRange) -> None:
    """Report predictions outside the scale: those far outside, then the others."""
    least, most = scores.allowed
    with np.errstate(invalid="ignore"):
        far = (values < least) | (values > most)
        outside = ((values < scores.minimum) | (values > scores.maximum)) & ~far
    for name, where, low, high in (
        ("far-out-of-range", far, least, most),
        ("out-of-range", outside, scores.minimum, scores.maximum),
    ):
        items = np.flatnonzero(where).tolist()
        between = f"{low:g} to {high:g}" if low < 0 else f"{low:g}–{high:g}"
        if len(items) == 1:
            message = f"prediction outside {between}: {values[items[0]]:g}"
            table.add_finding(name, items, "prediction", message)
        elif items:
            # Of 0.0 and -0.0 either can be the smallest; adding 0.0 gives 0.0 for both.
            extremes = f"{np.nanmin(values) + 0.0:g} to {np.nanmax(values) + 0.0:g}"
            message = f"{len(items):,} predictions outside {between} (range {extremes})"
            table.add_finding(name, items, "prediction", message)


def check_predictions(predictions: NDArray[np.float64], scores: ScoreRange) -> list[Finding]:
    """Check complete predictions: constant, on another scale, or with many ties.

    Parameters
    ----------
    predictions : (n,) array of finite floats
        One prediction for each pair.
    scores : ScoreRange
        The scale of the challenge.
    """
    low, high = float(predictions.min()) + 0.0, float(predictions.max()) + 0.0
    if low == high and predictions.size > 1:
        message = f"all {predictions.size:,} predictions are {low:g}; correlations are undefined"
        return [rule("constant").finding(message)]
    findings = []
    other = other_scale(predictions, scores)
    if other:
        message = (
            f"the predictions range from {low:g} to {high:g}, as on a {other} scale; "
            f"the challenge's scale is {scores.minimum:g}–{scores.maximum:g}; this changes the MSE"
        )
        findings.append(rule("other-scale").finding(message))
    # np.unique would load numpy.ma, which takes longer than the check.
    distinct = 1 + int(np.count_nonzero(np.diff(np.sort(predictions))))
    if predictions.size >= _ENOUGH_FOR_TIES and distinct < predictions.size * _FEW_VALUES:
        message = f"only {distinct:,} distinct values in {predictions.size:,} predictions"
        findings.append(rule("heavy-ties").finding(message))
    return findings
