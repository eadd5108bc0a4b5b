"""Rank a table of published results by the challenge's rule."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge, Column
from xacle_eval.errors import TableError
from xacle_eval.evaluation.ranking import (
    rank_entries,
    round_metrics,
)
from xacle_eval.metrics import METRICS
from xacle_eval.results.leaderboard import By, Entry, Leaderboard
from xacle_eval.submissions.columns import Table, layout, parse_numbers, whole_rows
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.reading import Reading, Source, read
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, visible

if TYPE_CHECKING:
    import pandas as pd
from xacle_eval.evaluation.ranking import order_tag
from xacle_eval.submissions.validation import PathLike

__all__ = ["rank"]


def rank(
    table: PathLike | pd.DataFrame,
    *,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    by: By = "system",
) -> Leaderboard:
    """Rank published results by the challenge's rule.

    Parameters
    ----------
    table : path or DataFrame
        With the columns ``system`` and the challenge's metrics (``SRCC``, ``LCC``, ``KTAU``,
        ``MSE``), and ``team`` if the label does not name it.
    challenge : str, path or Challenge
        Whose order and decimals are applied.
    by : {"system", "team"}
        Rank every system, or each team's best.

    Returns
    -------
    Leaderboard
        In rank order.

    Raises
    ------
    TableError
        If a column is missing, a value is not a finite number or lies outside its metric's range.
    """
    loaded = load_challenge(challenge)
    source = _table_source(table)
    entries = _published(source, loaded)
    ranking = loaded.ranking
    return Leaderboard(
        challenge=loaded.name,
        by=by,
        order=ranking.order,
        decimals=ranking.decimals,
        entries=rank_entries(entries, ranking, by),
        signature=f"challenge:{loaded.name}@{loaded.sha256[:8]}|published|{order_tag(ranking, by)}",
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
    text = "".join(",".join(map(_quoted, row)) + "\n" for row in rows)
    return Source.of_bytes(text.encode("utf-8", "surrogatepass"), "<table>")


def _quoted(text: str) -> str:
    if not any(char in text for char in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


def _published(source: Source, challenge: Challenge) -> list[Entry]:
    reading = read(source, max_bytes=challenge.limits.max_bytes, max_rows=1_000_000)
    findings = list(reading.findings)
    if reading.rows and not findings:
        entries = _published_rows(reading, challenge, findings)
        if not findings:
            return entries
    elif not findings:
        findings.append(rule("file-empty").finding("the table holds no rows"))
    raise TableError(source.path, findings)


def _published_rows(reading: Reading, challenge: Challenge, findings: list[Finding]) -> list[Entry]:
    """Return the rows of a table of results; faults are added to `findings`."""
    table = layout(reading, challenge, _published_roles(reading, challenge))
    if table is None:
        findings.extend(reading.findings)
        return []
    whole_rows(table)
    metrics = [role for role in table.columns if role in METRICS]
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
    if not systems and not table.findings:
        table.findings.append(
            rule("file-empty").finding("the table holds a header and no rows", line=1)
        )
    nameless = [item for item, system in enumerate(systems) if not system]
    if nameless:
        table.add_finding(
            "id-empty", nameless, "id", f"{count(len(nameless), 'row')} without a system"
        )
    teams = _published_teams(table, systems, challenge)
    _refuse_repeated(table, list(zip(teams, systems, strict=True)))
    findings.extend(table.findings)
    decimals = challenge.ranking.decimals
    rows = [{name: float(values[name][item]) for name in metrics} for item in range(len(systems))]
    return [
        Entry(rank=0, team=team, system=system, metrics=row, rounded=round_metrics(row, decimals))
        for team, system, row in zip(teams, systems, () if findings else rows, strict=not findings)
    ]


def _published_roles(reading: Reading, challenge: Challenge) -> dict[str, Column]:
    """Return the columns of a table of results: the order's metrics are needed, the others welcome."""
    roles = {"id": Column(column="system", aliases=("label", "name", "model"))}
    header = reading.rows[0]
    team = Column(column="team")
    if any(team.matches(name) for name in header):
        roles["team"] = team
    for name, metric in METRICS.items():
        column = Column(column=name, aliases=(f"{name} {metric.arrow}", f"{name}{metric.arrow}"))
        if name in challenge.ranking.order or any(column.matches(field) for field in header):
            roles[name] = column
    return roles


def _published_teams(table: Table, systems: list[str], challenge: Challenge) -> list[str]:
    if "team" in table.columns:
        return [text.strip() for text in table.texts("team")]
    return [challenge.submissions.team_of(system) for system in systems]


def _refuse_repeated(table: Table, labels: list[tuple[str, str]]) -> None:
    number = Counter(labels)
    repeated = [item for item, label in enumerate(labels) if number[label] > 1]
    if repeated:
        name = visible(labels[repeated[0]][1])
        lines = ", ".join(map(str, table.lines(repeated[:10])))
        table.add_finding(
            "system-twice", repeated[1:], "id", f"{name} stands more than once (lines {lines})"
        )
