"""Published results: rank the rows of a table by the challenge's rule."""

from __future__ import annotations

import os
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.rounding import round_metrics, round_text
from xacle_eval.challenge.rules import Kind
from xacle_eval.challenge.targets import OVERALL
from xacle_eval.errors import TableError, UsageError
from xacle_eval.evaluation.exports.codabench import is_codabench, read_codabench
from xacle_eval.evaluation.exports.evalai import is_json, read_evalai, without_lines
from xacle_eval.evaluation.exports.model import Export, leave_out_absent, note_rounding
from xacle_eval.evaluation.overall import overall_board
from xacle_eval.evaluation.ranking import (
    check_by,
    order_tag,
    rank_entries,
    unrankable,
)
from xacle_eval.evaluation.suspects import unrank
from xacle_eval.evaluation.targets import join_boards
from xacle_eval.io.compressed import GzipReader
from xacle_eval.metrics import METRICS
from xacle_eval.results.leaderboard import By, Entry, Leaderboard, Unranked
from xacle_eval.submissions.columns import Table, layout
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.lookalikes import look_alike_teams
from xacle_eval.submissions.notation import plain_name, plain_value
from xacle_eval.submissions.reading import Reading, Source, read, unreadable
from xacle_eval.submissions.rows import whole_rows
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.severities import adjust
from xacle_eval.submissions.validation import PathLike
from xacle_eval.submissions.values import parse_numbers
from xacle_eval.text import both_forms, count, did_you_mean, listing, quote, visible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["rank"]

# More systems than any challenge has; laying out a table needs memory for each row.
_MOST_ROWS = 100_000
_SHOWN_LINES = 10
_EMPTY = "Write one row per system: its label and its metrics."
_SHOWN_SYSTEMS = 5


def rank(
    table: PathLike | Sequence[PathLike] | pd.DataFrame,
    *,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    by: By = "system",
) -> Leaderboard | Any:
    """Rank published results by the challenge's rule.

    Parameters
    ----------
    table : path, sequence of paths, or DataFrame
        One row per system, with the columns ``system``, ``team`` (optional; by default part of
        the label) and the metrics of the ranking's order. The challenge's other metrics are
        optional. Values can be written as in published tables, such as ``**0.638**``,
        ``0.638 ± 0.012`` and ``–`` for a missing one.
        Also the CSV that Codabench exports of a leaderboard, and the JSON of EvalAI's, of which
        several paths are the pages.
    challenge : str, path or Challenge
        The challenge whose ranking order and decimals are used.
    by : {"system", "team"}
        Rank every system, or the best system of each team.

    Returns
    -------
    Leaderboard
        The systems in rank order. A system with a missing value is ranked by the metrics before
        it in the ranking's order, behind systems that have the value if these are equal; without
        the first metric it is unranked (XAC180). Different team names that look alike (XAC069),
        and LCC and KTAU that seem swapped (XAC179), are a warning.
        For a challenge with several targets, a `TargetBoards` with a board for each.

    Raises
    ------
    TableError
        If the table cannot be read, a column is missing, a system occurs more than once, or a
        value is not a finite number in the range of its metric; if pages of a leaderboard are
        missing.
    ChallengeError
        If the challenge file has errors.
    UsageError
        If `by` is unknown, or several paths are not pages of EvalAI's leaderboard.
    """
    check_by(by)
    loaded = load_challenge(challenge)
    read = _read_table(table, loaded)
    boards = {name: _board(loaded.for_target(name), rows, by) for name, rows in read.items()}
    if not loaded.targets:
        return boards[""]
    ranked = {
        name: rank_entries(rows.entries, loaded.for_target(name).ranking)
        for name, rows in read.items()
    }
    tag = f"challenge:{loaded.name}@{loaded.sha256[:8]}|targets:{','.join(read)}|published"
    overall = overall_board(loaded, ranked, by, tag)
    return join_boards(boards, loaded, overall)


@dataclass(slots=True)
class _Rows:
    """The systems of one target: those that can be ranked, the others, and findings about both."""

    entries: list[Entry] = field(default_factory=list)
    unranked: list[Unranked] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def _board(challenge: Challenge, rows: _Rows, by: By) -> Leaderboard:
    """Return the board of one target."""
    ranking, entries = challenge.ranking, rows.entries
    findings = [
        *rows.findings,
        *_exchanged(entries),
        *look_alike_teams([*(one.team for one in entries), *(one.team for one in rows.unranked)]),
    ]
    target = f"|target:{challenge.target}" if challenge.target else ""
    made_from = f"challenge:{challenge.name}@{challenge.sha256[:8]}{target}|published"
    return Leaderboard(
        challenge=challenge.name,
        by=by,
        order=ranking.order,
        decimals=ranking.decimals,
        entries=rank_entries(entries, ranking, by),
        unranked=tuple(sorted(rows.unranked, key=lambda one: (one.team, one.system))),
        findings=adjust(findings, challenge),
        signature=f"{made_from}|{order_tag(ranking, by)}",
        presentation=Presentation.of(challenge),
    )


def _exchanged(entries: Sequence[Entry]) -> list[Finding]:
    """Warn if KTAU is larger in magnitude than SRCC in every row (XAC179)."""
    rows = [entry.metrics for entry in entries]
    found = [
        (abs(srcc), abs(ktau), row)
        for row in rows
        if (srcc := row.get("SRCC")) is not None and (ktau := row.get("KTAU")) is not None
    ]
    if not found or any(ktau <= srcc for srcc, ktau, _ in found):
        return []
    # The column that has the smallest values is probably that of KTAU.
    smallest = all(
        (lcc := row.get("LCC")) is not None and abs(lcc) < srcc for srcc, _, row in found
    )
    other = "LCC" if smallest else "SRCC"
    first = next(entry for entry in entries if entry.metrics is found[0][2])
    values = ", ".join(
        f"{name} {first.metrics[name]:g}"
        for name in ("SRCC", "KTAU", "LCC")
        if first.metrics.get(name) is not None
    )
    rest = "" if len(found) == 1 else f" in all {count(len(found), 'row')}"
    message = (
        f"KTAU is larger than SRCC{rest} ({visible(first.system, 60)}: {values}): "
        f"are {other} and KTAU swapped?"
    )
    return [rule("metrics-exchanged").finding(message, count=len(found))]


def _read_table(
    table: PathLike | Sequence[PathLike] | pd.DataFrame, challenge: Challenge
) -> dict[str, _Rows]:
    """Return the rows of each target from a table, or from what a platform exports."""
    if hasattr(table, "iloc"):
        frame = cast("pd.DataFrame", table)
        return _read_rows(_frame_source(frame), challenge, _text_columns(frame))
    paths = [table] if isinstance(table, str | os.PathLike) else table
    if not isinstance(paths, Sequence) or not paths or not all(
        isinstance(path, str | os.PathLike) for path in paths
    ):  # fmt: skip
        raise UsageError(
            "the table must be a path, a list of paths or a pandas DataFrame; got a value of the "
            f"type {visible(type(table).__name__, 60)}"
        )
    sources = [Source.of(path) for path in paths]
    files = [(source.path, _load(source, challenge)) for source in sources]
    if all(is_json(data) for _, data in files):
        return _export_rows(files[0][0], read_evalai(files, challenge), challenge)
    if len(files) > 1:
        other = next(path for path, data in files if not is_json(data))
        raise UsageError(
            both_forms(lambda path: f"{path} is not a page of EvalAI's leaderboard", other),
            "several files can only be the pages of one leaderboard; rank one table at a time",
        )
    data = files[0][1]
    return _read_rows(replace(sources[0], open=lambda: BytesIO(data)), challenge, None)


def _load(source: Source, challenge: Challenge) -> bytes:
    """Return the bytes of a file: at most the limit of the challenge, and one more."""
    most = challenge.limits.max_bytes
    try:
        with source.open() as stream:
            if isinstance(stream, GzipReader):
                stream.most_packed = min(stream.most_packed, most)
            return stream.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(source.path, [unreadable(source, error)]) from error


def _export_rows(path: str, export: Export, challenge: Challenge) -> dict[str, _Rows]:
    """Return the rows of each target of an export."""
    rows, errors = {}, []
    for name, table in export.tables.items():
        one, notes = challenge.for_target(name), list(export.notes)
        if name and challenge.targets[name].optional:
            absent = leave_out_absent(table, one)
            notes += without_lines(absent) if export.places == "result" else absent
        rows[name] = _rows(table, one, None, export.kinds)
        rows[name].findings += [*notes, *note_rounding(table, one)]
        errors += table.findings
    if errors:
        raise TableError(path, without_lines(errors) if export.places == "result" else errors)
    return rows


def _frame_source(table: pd.DataFrame) -> Source:
    """Return the rows of a DataFrame as something to read; a missing value is empty."""
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


def _text_columns(table: pd.DataFrame) -> frozenset[int]:
    """Return the columns whose numbers are written."""
    columns = [table.iloc[:, place] for place in range(table.shape[1])]
    return frozenset(
        place
        for place, column in enumerate(columns)
        if all(isinstance(value, str) for value in column[~column.isna()].array)
    )


def _quote_field(text: str) -> str:
    if not any(char in text for char in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


def _read_rows(
    source: Source, challenge: Challenge, texts: frozenset[int] | None
) -> dict[str, _Rows]:
    """Return the rows of a table of results by target."""
    reading = read(source, max_bytes=challenge.limits.max_bytes, max_rows=_MOST_ROWS)
    findings = list(reading.findings)
    if not findings and is_codabench(reading):
        return _export_rows(source.path, read_codabench(reading, challenge), challenge)
    if reading.rows and not findings:
        rows = _parse_rows(reading, challenge, findings, texts)
        if not findings:
            return rows
    elif not findings:
        findings.append(rule("file-empty").finding("the table has no rows", hint=_EMPTY))
    raise TableError(source.path, findings)


def _parse_rows(
    reading: Reading, challenge: Challenge, findings: list[Finding], texts: frozenset[int] | None
) -> dict[str, _Rows]:
    """Return the rows of a table of results by target; errors are added to `findings`.

    Numbers that are written are rounded in decimals, those of a DataFrame in binary.
    """
    reading.rows[0] = [plain_name(name, header=True) for name in reading.rows[0]]
    table = layout(reading, challenge, _result_columns(reading, challenge))
    if table is None:
        findings.extend(reading.findings)
        return {}
    whole_rows(table)
    _leave_out_breakdown(table)
    if not table.rows and not table.findings:
        table.findings.append(
            rule("file-empty").finding("the table has a header and no rows", line=1, hint=_EMPTY)
        )
    notes = [*reading.findings, *_read_notation(table)]
    rows = {}
    for name, part in _by_target(table, challenge).items():
        rows[name] = _rows(part, challenge.for_target(name), texts)
        rows[name].findings += notes
        table.findings.extend(part.findings)
    findings.extend(table.findings)
    return rows


def _read_notation(table: Table) -> list[Finding]:
    """Replace published values with their numbers, and names without markup; note what changed.

    A missing value is empty afterwards.
    """
    rows, changed = table.reading.rows, []
    for role, place in table.columns.items():
        metric = METRICS.get(role)
        percent = metric is not None and metric.range[1] <= 1
        for item, row in enumerate(table.rows):
            written = rows[row][place].strip()
            plain = plain_name(written)
            if metric is not None:
                plain = plain_value(written, percent=percent) or ""
            if plain != written:
                rows[row][place] = plain
                if plain:
                    changed.append((table.lines([item])[0], written, plain))
    if not changed:
        return []
    changed.sort(key=lambda each: each[0])
    shown = [f"{quote(old, 60)} as {visible(new, 60)}" for _, old, new in changed[:_SHOWN_SYSTEMS]]
    more = len(changed) - len(shown)
    rest = f" and {more:,} more" if more else ""
    message = f"{count(len(changed), 'field')} read without notation: {', '.join(shown)}{rest}"
    lines = list(dict.fromkeys(line for line, _, _ in changed))
    return [rule("published-notation").finding(message, count=len(changed), lines=lines)]


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


def _rows(
    table: Table,
    challenge: Challenge,
    texts: frozenset[int] | None,
    kinds: Mapping[int, Kind] | None = None,
) -> _Rows:
    """Return the rows of one target; errors are added to `table`.

    `kinds` says of the rows whether they compete; otherwise the challenge file does.
    """
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
    values = {name: _values(table, name) for name in metrics}
    systems = [text.strip() for text in table.texts("id")]
    unnamed = [item for item, system in enumerate(systems) if not system]
    if unnamed:
        table.add_finding(
            "id-empty",
            unnamed,
            "id",
            f"{count(len(unnamed), 'row')} without a system",
            "Fill in the system, or delete the row.",
        )
    teams = _teams(table, systems, challenge)
    _report_repeated(table, list(zip(teams, systems, strict=True)))
    if table.findings:
        return _Rows()
    decimals, written = challenge.ranking.decimals, {name: table.texts(name) for name in metrics}
    in_text = {name for name in metrics if texts is None or table.columns[name] in texts}
    found = _Rows()
    for item, (team, system) in enumerate(zip(teams, systems, strict=True)):
        row = {name: values[name].get(item) for name in metrics}
        rounded = round_metrics(row, decimals)
        for name in in_text:
            if row[name] is not None:
                rounded[name] = round_text(name, written[name][item], decimals)
        named = challenge.submissions.kind_of(system, team)
        kind = named if kinds is None else kinds[table.rows[item]]
        entry = Entry(rank=None, kind=kind, team=team, system=system, metrics=row, rounded=rounded)
        first = challenge.ranking.order[0]
        if first in unrankable(entry, challenge.ranking.order):
            message = f"no value of {first}, which decides first"
            found.unranked.append(unrank(entry, (rule("result-missing").finding(message),)))
        else:
            found.entries.append(entry)
    return found


def _values(table: Table, name: str) -> dict[int, float]:
    """Return the values of a metric by row; a missing value is left out."""
    present = [item for item, text in enumerate(table.texts(name)) if text.strip()]
    part = replace(table, rows=[table.rows[item] for item in present])
    values = parse_numbers(part, name, name).tolist()
    low, high = METRICS[name].range
    outside = [item for item, value in enumerate(values) if value < low or value > high]
    if outside:
        message = f"{name} is {values[outside[0]]:g}"
        part.add_finding("result-out-of-range", outside, name, message)
    return dict(zip(present, values, strict=True))


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
