"""Codabench: the CSV of a phase's leaderboard.

The header is ``Username,fact_sheet_answers``, then a column for each task and column of the
leaderboard: ``<task>(<task id>)-<column title>``. If the first submission has a fact sheet,
Codabench writes the column ``fact_sheet_answers`` twice, with the same values. ``Username`` is
``<owner>-<submission id>``, a fact sheet the display of a Python dict, a score a number with ten
decimals, and a missing score an empty field.
"""

from __future__ import annotations

import re
from collections import defaultdict

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.rules import Kind
from xacle_eval.errors import TableError
from xacle_eval.evaluation.exports.model import MISSING, Export, split_targets
from xacle_eval.evaluation.exports.names import (
    Named,
    find_name,
    make_unique,
    read_fact_sheet,
    shared_teams,
)
from xacle_eval.submissions.columns import Table
from xacle_eval.submissions.findings import SHOWN_LINES, Finding
from xacle_eval.submissions.notation import plain_name
from xacle_eval.submissions.reading import Reading
from xacle_eval.submissions.rows import whole_rows
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, quote

__all__ = ["is_codabench", "read_codabench"]

_USER, _SHEET = "Username", "fact_sheet_answers"
_COLUMN = re.compile(r"(?s:(?P<task>.*)\((?P<id>\d+)\)-(?P<title>.*))")
_USERNAME = re.compile(r"(?s:(?P<owner>.+)-(?P<submission>\d+))")
_SHOWN = 5


def is_codabench(reading: Reading) -> bool:
    """Return whether a table is Codabench's export, by the first two columns."""
    header = [name.strip() for name in reading.rows[0][:2]] if reading.rows else []
    return header == [_USER, _SHEET]


def read_codabench(reading: Reading, challenge: Challenge) -> Export:
    """Return the systems on a leaderboard of Codabench.

    Parameters
    ----------
    reading : Reading
        The file, whose first two fields of each row become the names of system and team.
    challenge : Challenge
        Its scores name the columns.

    Raises
    ------
    TableError
        If columns are missing, several tasks have scores, or a user occurs more than once.
    """
    table = Table(reading, {"id": 0, "team": 1}, reading.rows[0], 1, len(reading.rows[0]))
    whole_rows(table)
    if not table.rows and not table.findings:
        table.findings.append(
            rule("file-empty").finding(
                "the leaderboard has no submissions", line=1, hint="Export a phase with results."
            )
        )
    errors = list(table.findings)
    tables, faults = split_targets(reading, challenge, _score_columns(table, errors))
    _refuse_repeated(table, errors)
    if errors or faults:
        raise TableError(reading.path, [*errors, *faults])
    kinds, notes = _name_systems(table, challenge)
    for one in tables.values():
        one.rows = list(table.rows)
        _clear_missing(one)
    return Export(tables, kinds, notes)


def _score_columns(table: Table, errors: list[Finding]) -> dict[str, list[int]]:
    """Return the columns of the one task that has scores, by their titles in lower case."""
    rows = table.reading.rows
    tasks: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for place, name in enumerate(rows[0]):
        if found := _COLUMN.fullmatch(name.strip()):
            tasks[f"{found['task']}({found['id']})"].append((found["title"], place))
    if len(tasks) > 1:
        scored = {
            task: columns
            for task, columns in tasks.items()
            if any(not _is_missing(rows[row][place]) for row in table.rows for _, place in columns)
        }
        if len(scored) > 1:
            names = listing((quote(task, 60) for task in scored), _SHOWN)
            errors.append(
                rule("export-invalid").finding(
                    f"{count(len(scored), 'task')} have scores: {names}; one can be ranked",
                    line=table.reading.lines[0],
                    hint="Delete the columns of the other tasks from the file.",
                )
            )
        tasks = dict(list((scored or tasks).items())[:1])
    places: dict[str, list[int]] = defaultdict(list)
    for columns in tasks.values():
        for title, place in columns:
            places[plain_name(title, header=True).casefold()].append(place)
    return places


def _refuse_repeated(table: Table, errors: list[Finding]) -> None:
    """Add an error for rows without a user, and for users with several rows."""
    seen: dict[str, list[int]] = defaultdict(list)
    for item, text in enumerate(table.texts("id")):
        seen[text.strip()].append(item)
    before = len(table.findings)
    unnamed = seen.pop("", [])
    if unnamed:
        message = f"{count(len(unnamed), 'row')} without a {_USER}"
        table.add_finding("id-empty", unnamed, "id", message, "Export the leaderboard again.")
    repeated = {name: items for name, items in seen.items() if len(items) > 1}
    if repeated:
        each = listing(
            (
                f"{quote(name, 60)} (lines {listing(table.lines(items), 10)})"
                for name, items in repeated.items()
            ),
            _SHOWN,
        )
        second = sorted(item for items in repeated.values() for item in items[1:])
        hint = f"Each {_USER} of an export is one submission: remove the copies."
        table.add_finding("system-twice", second, "id", f"duplicate {_USER}: {each}", hint)
    errors.extend(table.findings[before:])


def _name_systems(table: Table, challenge: Challenge) -> tuple[dict[int, Kind], list[Finding]]:
    """Replace the first two fields of each row by the names of system and team."""
    rows, named, unreadable = table.reading.rows, [], []
    for item, row in enumerate(table.rows):
        user, sheet = rows[row][0].strip(), read_fact_sheet(rows[row][1])
        found = _USERNAME.fullmatch(user)
        owner, submission = (found["owner"], found["submission"]) if found else (user, user)
        system = find_name(sheet or {}, "system")
        team = find_name(sheet or {}, "team")
        if sheet is None or system is None or team is None:
            unreadable.append(item)
        named.append(Named(system or user, team or owner, submission, owner))
    kinds = {
        row: challenge.submissions.kind_of(each.system, each.team)
        for row, each in zip(table.rows, named, strict=True)
    }
    lines = table.lines(range(len(table.rows)))
    notes = [
        *_note_unreadable(table, unreadable),
        *shared_teams(named, lines, _line),
        *make_unique(named, lines, _line),
    ]
    for row, each in zip(table.rows, named, strict=True):
        rows[row][0], rows[row][1] = each.system, each.team
    return kinds, notes


def _note_unreadable(table: Table, items: list[int]) -> list[Finding]:
    if not items:
        return []
    lines = table.lines(items)
    message = (
        f"{count(len(items), 'fact sheet')} without usable names; the {_USER} stands for the "
        "system, and its owner for the team"
    )
    hint = "If they should have other names, correct the fact sheets in the file."
    return [
        rule("export-names").finding(
            message, line=lines[0], count=len(lines), lines=lines[:SHOWN_LINES], hint=hint
        )
    ]


def _line(line: int) -> str:
    return f"line {line}"


def _is_missing(text: str) -> bool:
    return text.strip().casefold() in MISSING


def _clear_missing(table: Table) -> None:
    """Replace what stands for a missing score by an empty field."""
    rows = table.reading.rows
    for role, place in table.columns.items():
        if role not in ("id", "team"):
            for row in table.rows:
                if _is_missing(rows[row][place]):
                    rows[row][place] = ""
