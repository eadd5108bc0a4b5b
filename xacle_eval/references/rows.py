"""Rows of references: those that are excluded, the pairs that they belong to, and their range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.columns import Table
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.ids import find_positions
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count

__all__ = ["exclude_rows", "known_positions", "refuse_out_of_range"]

_OTHER_SPLIT = rule("id-of-other-split").code


def exclude_rows(table: Table, challenge: Challenge) -> int:
    """Remove the rows that the challenge file excludes from `table`; return their number.

    A missing column of an exclusion is added to the findings of `table`.
    """
    before, rows = len(table.rows), table.reading.rows
    for name, unwanted in challenge.ratings.exclude.items():
        if name not in table.names:
            message = f"no column {name!r}, which the challenge file uses to exclude rows"
            table.findings.append(
                rule("column-missing").finding(message, line=table.reading.lines[0])
            )
            continue
        index = table.names.index(name)
        table.rows = [row for row in table.rows if rows[row][index] not in unwanted]
    return before - len(table.rows)


def known_positions(table: Table, challenge: Challenge) -> NDArray[np.int64]:
    """Return the position of each row's pair among the scored pairs, shape (rows,).

    Rows of pairs outside the split are removed from `table` and reported in one note. Rows of
    pairs outside the part are removed without a note: one file can have the labels of all parts.
    """
    positions = find_positions(table, challenge)
    outside = {rule(name).code for name in ("id-unknown", "id-of-other-split")}
    surplus = sum(finding.count for finding in table.findings if finding.code in outside)
    others = [finding for finding in table.findings if finding.code == _OTHER_SPLIT]
    table.findings = [finding for finding in table.findings if finding.code not in outside]
    if surplus:
        verb = "belongs to a pair" if surplus == 1 else "belong to pairs"
        message = f"{count(surplus, 'row')} {verb} outside the split {challenge.split} (not used)"
        table.findings.append(rule("surplus-pairs").finding(message, count=surplus))
        table.findings += _other_split(others, table, challenge)
    if challenge.scored_positions is not None:
        place = np.full(len(challenge.manifest) + 1, -1)  # the last one is for unknown ids
        place[list(challenge.scored_positions)] = np.arange(len(challenge.scored))
        positions = place[positions]
    known = positions >= 0
    table.rows = [row for row, keep in zip(table.rows, known.tolist(), strict=True) if keep]
    return positions[known]


def _other_split(others: list[Finding], table: Table, challenge: Challenge) -> list[Finding]:
    """Return the error for a file in which every row is of one other split."""
    if len(others) != 1 or others[0].count != len(table.rows):
        return []
    table.findings.pop()  # the note about the same rows
    _, _, split = others[0].hint.partition("--split ")
    ours, split = challenge.split, split.rstrip(".")
    hint = f"Pass the references of the split {ours}, or use --split {split} for predictions of it."
    return [others[0].model_copy(update={"hint": hint})]


def refuse_out_of_range(
    table: Table, values: NDArray[np.float64], role: str, challenge: Challenge
) -> None:
    """Add an error to `table` if values are outside the challenge's scale.

    Parameters
    ----------
    table : Table
        The table with the values.
    values : array of float, shape (rows,)
        Parsed values; NaN is ignored here.
    role : str
        The role of their column, ``rating`` or ``reference``.
    challenge : Challenge
        Defines the scale.
    """
    low, high = challenge.scores.minimum, challenge.scores.maximum
    with np.errstate(invalid="ignore"):
        outside = np.flatnonzero((values < low) | (values > high)).tolist()
    if outside:
        shown = f"{values[outside[0]]:g}"
        rest = f", and {len(outside) - 1:,} more" if len(outside) > 1 else ""
        message = f"the {role} {shown} is outside {low:g}–{high:g}{rest}"
        hint = "Fix the file, or the range in the challenge file."
        table.add_finding("out-of-range", outside, role, message, hint)
        table.findings[-1] = table.findings[-1].model_copy(update={"severity": "error"})
