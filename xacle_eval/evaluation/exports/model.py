"""The result of reading an export: a table for each target, with the columns of its metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.phases import phases_of, release_of, worst_score
from xacle_eval.challenge.rounding import round_metric
from xacle_eval.challenge.rules import Kind
from xacle_eval.metrics import METRICS
from xacle_eval.submissions.columns import Table
from xacle_eval.submissions.findings import SHOWN_LINES, Finding
from xacle_eval.submissions.reading import Reading
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, nearest, quote

__all__ = ["MISSING", "Export", "leave_out_absent", "note_rounding", "split_targets"]

MISSING = frozenset({"", "n/a", "none", "null", "#"})
"""What stands for a missing score on Codabench and EvalAI, in lower case."""

_SHOWN = 5


@dataclass(slots=True)
class Export:
    """The leaderboard of a platform.

    Parameters
    ----------
    tables : mapping of str to Table
        By target; without targets, one table by an empty name. The columns are ``id``, ``team`` and
        the metrics.
    kinds : mapping of int to Kind
        Whether the system in each row of the reading competes.
    notes : list of Finding
        What a reader should know; no error.
    places : str
        What `Finding.line` counts: ``line``, or ``result`` in JSON, which has no lines.
    """

    tables: dict[str, Table]
    kinds: dict[int, Kind]
    notes: list[Finding] = field(default_factory=list)
    places: str = "line"


def score_keys(challenge: Challenge, target: str) -> dict[str, str]:
    """Return the key of each metric among the scores of a platform.

    It is the name of the metric; behind the target if there are several, and before the level of
    the ranking if that is not the pair: ``quality_SRCC_system``.
    """
    level = challenge.ranking.level
    before = f"{target}_" if target else ""
    after = "" if level == "pair" else f"_{level}"
    return {name: f"{before}{name}{after}" for name in challenge.shown_metrics}


def split_targets(
    reading: Reading, challenge: Challenge, places: Mapping[str, Sequence[int]]
) -> tuple[dict[str, Table], list[Finding]]:
    """Return the table of each target, and the errors of its columns.

    Parameters
    ----------
    reading : Reading
        Rows whose first two fields are the system and the team; the first row is the header.
    challenge : Challenge
        Its metrics, targets and level name the columns.
    places : mapping of str to sequence of int
        The fields of each score key in lower case.
    """
    tables, errors = {}, []
    for target, one in challenge.each_target().items():
        optional = bool(target) and challenge.targets[target].optional
        keys = score_keys(one, target)
        found = {name: places.get(key.casefold(), ()) for name, key in keys.items()}
        if optional and not any(found.values()):
            continue
        errors += [
            _repeated(reading, keys[name], each) for name, each in found.items() if len(each) > 1
        ]
        missing = [keys[name] for name in one.ranking.order if not found[name]]
        if missing:
            errors.append(_missing(reading, missing, places))
        columns = {name: fields[0] for name, fields in found.items() if fields}
        tables[target] = Table(
            reading,
            {"id": 0, "team": 1, **columns},
            reading.rows[0],
            first=1,
            width=len(reading.rows[0]),
        )
    return tables, errors


def leave_out_absent(table: Table, challenge: Challenge) -> list[Finding]:
    """Remove the systems that left out an optional target from the table of this target.

    A platform has no scores of them, or the worst value of each score, which the scorer of a bundle
    writes because platforms lose or misplace submissions without a value. The latter are reported.
    Where constant predictions have these scores as well, they are taken for such.

    Parameters
    ----------
    table : Table
        The scores of one target, whose rows are changed; a missing one is empty.
    challenge : Challenge
        The challenge of this target.
    """
    worst = {
        name: _worst_values(challenge, name)
        for name in table.columns
        if name in challenge.shown_metrics
    }
    columns = [table.texts(name) for name in worst]
    scores = [[text.strip() for text in texts] for texts in zip(*columns, strict=True)]
    absent = [
        item
        for item, texts in enumerate(scores)
        if all(_number(t) in worst[name] for name, t in zip(worst, texts, strict=True))
        and not _are_of_constants(challenge, worst)
    ]
    findings = []
    if absent:
        names = table.texts("id")
        systems = listing((quote(names[item], 60) for item in absent), _SHOWN)
        has = "has" if len(absent) == 1 else "have"
        message = (
            f"{count(len(absent), 'system')} without the target {challenge.target}: {systems} "
            f"{has} the worst value of each of its scores, which stands for a target that is left "
            "out"
        )
        lines = table.lines(absent)[:SHOWN_LINES]
        findings = [rule("target-absent").finding(message, count=len(absent), lines=lines)]
    rows = enumerate(zip(table.rows, scores, strict=True))
    table.rows = [row for item, (row, texts) in rows if any(texts) and item not in set(absent)]
    return findings


def _are_of_constants(challenge: Challenge, worst: Mapping[str, set[float]]) -> bool:
    """Return whether constant predictions have the worst value of each score, too: with
    ``undefined = -1`` and no error metric, they cannot be told from a target that is left out.
    """
    undefined = challenge.ranking.undefined
    return all(METRICS[name].needs_variance and undefined in worst[name] for name in worst)


def _worst_values(challenge: Challenge, name: str) -> set[float]:
    """Return the worst value of a metric, as each phase shows it and as the ranking rounds it."""
    worst = worst_score(challenge, name)
    if not math.isfinite(worst):
        return set()  # of a metric of your own, which no bundle has
    releases = [release_of(challenge, phase) for phase in phases_of(challenge)]
    shown = {each.rounded(name, worst) for each in releases if name in each.decimals}
    return {worst, round_metric(name, worst, challenge.ranking.decimals), *shown}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None  # missing, or an error that is reported later


def note_rounding(table: Table, challenge: Challenge) -> list[Finding]:
    """Report metrics of which all scores have fewer decimals than the ranking compares.

    Parameters
    ----------
    table : Table
        The scores of one target; a missing one is empty.
    challenge : Challenge
        The challenge of this target.
    """
    most = challenge.ranking.decimals
    places = {}
    for name in challenge.ranking.order:
        scores = [text.strip() for text in table.texts(name) if text.strip()]
        # One score can be short by chance, and errors are rounded to significant digits.
        if len(set(scores)) > 1 and math.isfinite(METRICS[name].range[1]):
            places[name] = max(len(score.partition(".")[2].rstrip("0")) for score in scores)
    rounded = {name: number for name, number in places.items() if number < most}
    if not rounded:
        return []
    shown = listing([f"{name} {count(number, 'decimal')}" for name, number in rounded.items()], 8)
    target = f" of the target {challenge.target}" if challenge.target else ""
    message = f"all scores{target} are rounded: {shown}; the ranking compares {most}"
    return [rule("export-rounded").finding(message)]


def _repeated(reading: Reading, key: str, fields: Sequence[int]) -> Finding:
    message = f"{count(len(fields), 'column')} with the score {key}"
    return rule("column-twice").finding(message, line=reading.lines[0] or None)


def _missing(reading: Reading, keys: Sequence[str], places: Mapping[str, Sequence[int]]) -> Finding:
    """Return the finding about scores of the ranking's order that an export does not have."""
    names = [reading.rows[0][each[0]] for each in places.values()]
    has = listing((quote(name, 60) for name in names), 8) or "none"
    guess = nearest(keys[0], names)
    rename = f"Rename {quote(guess)} to {keys[0]} if it is that score. " if guess else ""
    number = "score" if len(keys) == 1 else "scores"
    return rule("column-missing").finding(
        f"missing {number} {listing(keys, 8)}; the leaderboard has {has}",
        line=reading.lines[0] or None,
        hint=f"{rename}All metrics of the ranking's order are needed to break ties, and a phase "
        "shows only the first one by default. Rank the submissions with xacle-eval leaderboard, or "
        "name all of these metrics in [publish.phase.NAME] before you export the bundle.",
    )
