"""Published results: rank the rows of a table by the challenge's rule."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.rounding import round_text
from xacle_eval.challenge.targets import OVERALL
from xacle_eval.errors import TableError
from xacle_eval.evaluation.overall import overall_board
from xacle_eval.evaluation.ranking import check_by, order_tag, rank_entries, round_metrics
from xacle_eval.evaluation.targets import join_boards
from xacle_eval.metrics import METRICS
from xacle_eval.results.leaderboard import By, Entry, Leaderboard
from xacle_eval.submissions.columns import Table, layout
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.lookalikes import look_alike_teams
from xacle_eval.submissions.reading import Reading, Source, read
from xacle_eval.submissions.rows import whole_rows
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.severities import adjust
from xacle_eval.submissions.validation import PathLike
from xacle_eval.submissions.values import parse_numbers
from xacle_eval.text import count, did_you_mean, listing, quote, visible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["rank"]

# More systems than any challenge has; laying out a table needs memory for each row.
_MOST_ROWS = 100_000
_SHOWN_LINES = 10
_SHOWN_SYSTEMS = 5


def rank(
    table: PathLike | pd.DataFrame,
    *,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    by: By = "system",
) -> Leaderboard | Any:
    """Rank published results by the challenge's rule.

    Parameters
    ----------
    table : path or DataFrame
        One row per system, with the columns ``system``, ``team`` (optional; by default part of
        the label) and the metrics of the ranking's order. The challenge's other metrics are
        optional.
    challenge : str, path or Challenge
        The challenge whose ranking order and decimals are used.
    by : {"system", "team"}
        Rank every system, or the best system of each team.

    Returns
    -------
    Leaderboard
        The systems in rank order. Different team names that look alike are a warning (XAC069).
        For a challenge with several targets, a `TargetBoards` with a board for each.

    Raises
    ------
    TableError
        If the table cannot be read, a column is missing, a system occurs more than once, or a
        value is not a finite number in the range of its metric.
    ChallengeError
        If the challenge file has errors.
    UsageError
        If `by` is unknown.
    """
    check_by(by)
    loaded = load_challenge(challenge)
    as_text = isinstance(table, str | os.PathLike)
    entries = _read_entries(_table_source(table), loaded, as_text)
    boards = {name: _board(loaded.for_target(name), rows, by) for name, rows in entries.items()}
    if not loaded.targets:
        return boards[""]
    ranked = {
        name: rank_entries(rows, loaded.for_target(name).ranking) for name, rows in entries.items()
    }
    tag = f"challenge:{loaded.name}@{loaded.sha256[:8]}|targets:{','.join(entries)}|published"
    overall = overall_board(loaded, ranked, by, tag)
    return join_boards(boards).model_copy(update={"overall": overall})


def _board(challenge: Challenge, entries: list[Entry], by: By) -> Leaderboard:
    """Return the board of one target."""
    ranking = challenge.ranking
    target = f"|target:{challenge.target}" if challenge.target else ""
    made_from = f"challenge:{challenge.name}@{challenge.sha256[:8]}{target}|published"
    return Leaderboard(
        challenge=challenge.name,
        by=by,
        order=ranking.order,
        decimals=ranking.decimals,
        entries=rank_entries(entries, ranking, by),
        findings=adjust(look_alike_teams(entry.team for entry in entries), challenge),
        signature=f"{made_from}|{order_tag(ranking, by)}",
    )


def _table_source(table: PathLike | pd.DataFrame) -> Source:
    """Return a file, or the rows of a DataFrame, as something to read; a missing value is empty."""
    if isinstance(table, str | os.PathLike):
        return Source.of(table)
    columns = [table.iloc[:, place] for place in range(table.shape[1])]
    cells = [
        [
            "" if missing else str(value)
            for value, missing in zip(column.array, column.isna(), strict=True)
        ]
        for column in columns
    ]
    rows = [[str(name) for name in table.columns], *zip(*cells, strict=True)]
    text = "".join(",".join(map(_quote_field, row)) + "\n" for row in rows)
    return Source.of_bytes(text.encode("utf-8", "surrogatepass"), "<table>")


def _quote_field(text: str) -> str:
    if not any(char in text for char in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


def _read_entries(source: Source, challenge: Challenge, as_text: bool) -> dict[str, list[Entry]]:
    """Return the rows of a table of results by target."""
    reading = read(source, max_bytes=challenge.limits.max_bytes, max_rows=_MOST_ROWS)
    findings = list(reading.findings)
    if reading.rows and not findings:
        entries = _parse_entries(reading, challenge, findings, as_text)
        if not findings:
            return entries
    elif not findings:
        findings.append(rule("file-empty").finding("the table has no rows"))
    raise TableError(source.path, findings)


def _parse_entries(
    reading: Reading, challenge: Challenge, findings: list[Finding], as_text: bool
) -> dict[str, list[Entry]]:
    """Return the rows of a table of results by target; errors are added to `findings`.

    Numbers that are written in a file are rounded in decimals, those of a DataFrame in binary.
    """
    table = layout(reading, challenge, _result_columns(reading, challenge))
    if table is None:
        findings.extend(reading.findings)
        return {}
    whole_rows(table)
    _leave_out_breakdown(table)
    if not table.rows and not table.findings:
        table.findings.append(
            rule("file-empty").finding("the table has a header and no rows", line=1)
        )
    entries = {}
    for name, part in _by_target(table, challenge).items():
        entries[name] = _entries(part, challenge.for_target(name), as_text)
        table.findings.extend(part.findings)
    findings.extend(table.findings)
    return entries


def _leave_out_breakdown(table: Table) -> None:
    """Remove the rows that a leaderboard by a column adds: those with a value of the column."""
    if not {"column", "value", "system"} <= set(table.names):
        return
    place, rows = table.names.index("column"), table.reading.rows
    table.rows = [row for row in table.rows if not rows[row][place].strip()]


def _by_target(table: Table, challenge: Challenge) -> dict[str, Table]:
    """Return the rows of each target; those of the overall board are left out."""
    if not challenge.targets:
        return {"": replace(table, findings=[])}
    written = [text.strip() for text in table.texts("target")]
    names = {name.casefold(): name for name in challenge.targets}
    unknown = [
        item for item, name in enumerate(written) if name.casefold() not in {*names, OVERALL}
    ]
    if unknown:
        known = f"expected {', '.join(challenge.targets)}"
        hint = did_you_mean(written[unknown[0]], challenge.targets, known, sentence=True)
        message = f"unknown target {quote(written[unknown[0]], 60)}"
        rest = f" ({count(len(unknown), 'row')})" if len(unknown) > 1 else ""
        table.add_finding("target-unknown", unknown, "target", f"{message}{rest}", hint)
    parts = {}
    for folded, name in names.items():
        rows = [
            row
            for row, target in zip(table.rows, written, strict=True)
            if target.casefold() == folded
        ]
        if rows or not challenge.targets[name].optional:
            parts[name] = replace(table, rows=rows, findings=[])
    return parts


def _entries(table: Table, challenge: Challenge, as_text: bool) -> list[Entry]:
    """Return the rows of one target; errors are added to `table`."""
    metrics = [
        name
        for name in challenge.shown_metrics
        if name in table.columns
        # A column can belong to other targets only.
        and (
            not challenge.target
            or name in challenge.ranking.order
            or any(map(str.strip, table.texts(name)))
        )
    ]
    values = {name: parse_numbers(table, name, name) for name in metrics}
    for name in metrics:
        low, high = METRICS[name].range
        outside = [
            item for item, value in enumerate(values[name].tolist()) if value < low or value > high
        ]
        if outside:
            table.add_finding(
                "result-out-of-range", outside, name, f"{name} is {values[name][outside[0]]:g}"
            )
    systems = [text.strip() for text in table.texts("id")]
    unnamed = [item for item, system in enumerate(systems) if not system]
    if unnamed:
        table.add_finding(
            "id-empty", unnamed, "id", f"{count(len(unnamed), 'row')} without a system"
        )
    teams = _teams(table, systems, challenge)
    _report_repeated(table, list(zip(teams, systems, strict=True)))
    if table.findings:
        return []
    decimals = challenge.ranking.decimals
    rows = [{name: float(values[name][item]) for name in metrics} for item in range(len(systems))]
    rounds: list[dict[str, float | None]] = [round_metrics(row, decimals) for row in rows]
    if as_text:
        written = {name: table.texts(name) for name in metrics}
        rounds = [
            {name: round_text(name, written[name][item], decimals) for name in metrics}
            for item in range(len(rows))
        ]
    return [
        Entry(
            rank=None,
            kind=challenge.submissions.kind_of(system, team),
            team=team,
            system=system,
            metrics=row,
            rounded=rounded,
        )
        for team, system, row, rounded in zip(teams, systems, rows, rounds, strict=True)
    ]


def _result_columns(reading: Reading, challenge: Challenge) -> dict[str, Column]:
    """Return the expected columns: the metrics of the ranking's order, and optional ones found."""
    roles = {"id": Column(column="system", aliases=("label", "name", "model"))}
    header = reading.rows[0]
    team = Column(column="team")
    if any(team.matches(name) for name in header):
        roles["team"] = team
    if challenge.targets:
        roles["target"] = Column(column="target")
    each = challenge.each_target().values()
    required = {name for one in each for name in one.ranking.order}
    for name in dict.fromkeys(name for one in each for name in one.shown_metrics):
        metric = METRICS[name]
        column = Column(column=name, aliases=(f"{name} {metric.arrow}", f"{name}{metric.arrow}"))
        if name in required or any(column.matches(field) for field in header):
            roles[name] = column
    return roles


def _teams(table: Table, systems: list[str], challenge: Challenge) -> list[str]:
    if "team" in table.columns:
        return [text.strip() for text in table.texts("team")]
    return [challenge.submissions.team_of(system) for system in systems]


def _report_repeated(table: Table, labels: list[tuple[str, str]]) -> None:
    """Report systems with more than one row; `labels` are pairs of team and system."""
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for item, label in enumerate(labels):
        rows[label].append(item)
    repeated = {label: items for label, items in rows.items() if len(items) > 1}
    if repeated:
        systems = "duplicate system" if len(repeated) == 1 else "duplicate systems"
        each = [
            f"{visible(system)} (lines {_join_lines(table.lines(items))})"
            for (_, system), items in list(repeated.items())[:_SHOWN_SYSTEMS]
        ]
        if len(repeated) > _SHOWN_SYSTEMS:
            each.append(f"and {len(repeated) - _SHOWN_SYSTEMS:,} more")
        second = sorted(item for items in repeated.values() for item in items[1:])
        table.add_finding("system-twice", second, "id", f"{systems}: {'; '.join(each)}")


def _join_lines(lines: list[int]) -> str:
    """Return `2 and 4` or `2, 4 and 5`, or the first of many lines."""
    if len(lines) > _SHOWN_LINES:
        return listing(lines, _SHOWN_LINES)
    return f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"
