"""Checks of reference files: averages that disagree with ratings, values on another scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.columns import Table
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.scales import fits_one_to_five, other_scale
from xacle_eval.text import count, quote, visible

__all__ = ["compare_averages", "gaps_of", "note_scale"]

_SLACK = 1e-9


def note_scale(table: Table, values: NDArray[np.float64], role: str, challenge: Challenge) -> None:
    """Add a finding to `table` if the references or ratings seem to be on another scale.

    Parameters
    ----------
    table : Table
    values : array of float, shape (rows,)
        Parsed values; NaN is ignored here.
    role : str
        ``rating`` or ``reference``.
    challenge : Challenge
        Defines the scale.
    """
    found, scores = values[np.isfinite(values)], challenge.scores
    if not found.size:
        return
    other = other_scale(found, scores)
    span = f"the {role}s range from {found.min():g} to {found.max():g}"
    scale = f"the challenge's scale is {scores.minimum:g}–{scores.maximum:g}"
    if other is not None:
        message = f"{span}, as on a {other} scale; {scale}"
        hint = "Check that this is the right file, or set [scores] in the challenge file."
        table.findings.append(rule("other-scale").finding(message, hint=hint))
    elif fits_one_to_five(found, scores):
        message = f"{span}, which also fits a 1–5 scale; {scale}"
        hint = "If the listeners used 1 to 5, set [scores] in the challenge file."
        finding = rule("other-scale").finding(message, hint=hint)
        table.findings.append(finding.model_copy(update={"severity": "info"}))


def compare_averages(
    table: Table,
    positions: NDArray[np.int64],
    ratings: NDArray[np.float64],
    challenge: Challenge,
) -> None:
    """Compare a column of averages in a file of ratings with the averages of its ratings.

    Averages that agree to their printed precision are not used. A larger difference is an error,
    because it would be unknown which of the two are the references.
    """
    column = challenge.references
    places = [index for index, name in enumerate(table.names) if column.matches(name)]
    # The columns of averages and of ratings can have the same name.
    if len(places) != 1 or table.columns.get("rating") == places[0]:
        return
    if not ratings.size or np.isnan(ratings).any():
        return
    rows, place = table.reading.rows, places[0]
    texts = [rows[row][place].strip() for row in table.rows]
    size = len(challenge.scored)
    number = np.maximum(np.bincount(positions, minlength=size), 1)
    means = np.bincount(positions, weights=ratings, minlength=size) / number
    name = quote(table.names[place])
    gaps = gaps_of(texts, means[positions])
    apart = np.flatnonzero(gaps)
    if not apart.size:
        message = f"the column {name} is not used: the averages of the ratings are the references"
        finding = rule("averages-and-ratings").finding(message, hint="No action is needed.")
        table.findings.append(finding.model_copy(update={"severity": "info"}))
        return
    item = int(np.argmax(gaps))
    line, _ = table.reading.place(table.rows[item], place)
    shown, mean = visible(texts[item], 60), means[positions[item]]
    largest = f"the largest difference is {gaps[item]:.3g}: {shown} in line {line}, and"
    if np.isinf(gaps[item]):
        largest = f"{quote(texts[item], 60)} in line {line} is not a number, and"
    verb = "disagrees" if apart.size == 1 else "disagree"
    message = (
        f"{count(apart.size, 'average')} in the column {name} {verb} with the ratings; {largest} "
        f"the ratings of this pair average {mean:.6g}"
    )
    table.findings.append(rule("averages-and-ratings").finding(message, line=line))


def gaps_of(texts: Sequence[str], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each average is from the mean of the ratings; 0 if it is printed rounded.

    Programs leave out zeros at the end, so all averages have as many decimals as the longest one.
    """
    values = np.array([_number(text) for text in texts])
    exponents = np.array(["e" in text.lower() for text in texts])
    plain = np.flatnonzero(np.isfinite(values) & ~exponents).tolist()
    decimals = max((len(texts[item].partition(".")[2]) for item in plain), default=0)
    precision = np.where(exponents, 1e-6 * np.abs(values), 0.5 * 10.0**-decimals)
    gaps = np.abs(values - means)
    return np.where(gaps > precision * (1.0 + _SLACK) + _SLACK, gaps, 0.0)


def _number(text: str) -> float:
    """Return a written number; infinity for a text that is not a finite one."""
    try:
        value = float(text)
    except ValueError:
        return np.inf
    return value if np.isfinite(value) else np.inf
