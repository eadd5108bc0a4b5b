"""Plausibility: the scale of references, and averages beside the ratings that they are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.columns import ScoreRange
from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.checking import other_scale
from xacle_eval.submissions.columns import Table
from xacle_eval.submissions.findings import Severity
from xacle_eval.submissions.printed import NUMBER
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, quote, visible

__all__ = ["check_averages", "note_scale"]

# Values from 1 to 5 on a scale such as 0-10; with fewer values, nothing can be said.
_ENOUGH_VALUES = 10
_OPINION = (1.0, 5.0)
_SPREAD = 2.0
# Means have rounding errors of about 1e-15; printed averages have at most 17 digits.
_EXACT = 1e-9


def note_scale(table: Table, values: NDArray[np.float64], role: str, challenge: Challenge) -> None:
    """Warn if references or ratings seem to be on another scale than the challenge's.

    Parameters
    ----------
    table : Table
        The table with the values; a finding (XAC037) is added to it.
    values : array of float, shape (rows,)
        Parsed values; with a value that is not a number, nothing is reported.
    role : str
        The role of their column, ``rating`` or ``reference``.
    challenge : Challenge
        Defines the scale.
    """
    if not values.size or not np.isfinite(values).all():
        return
    scores = challenge.scores
    low, high = float(values.min()), float(values.max())
    other = other_scale(values, scores)
    narrow = other is None and _is_opinion_scale(values, scores)
    if other is None and not narrow:
        return
    shown = "1–5" if narrow else other
    message = (
        f"the {role}s range from {low:g} to {high:g}, as on a {shown} scale; "
        f"the challenge's scale is {scores.minimum:g}–{scores.maximum:g}; this changes the MSE"
    )
    hint = (
        f"If they are on the scale {shown}, set scores.minimum and scores.maximum in the "
        "challenge file, or map them to the challenge's scale."
    )
    severity: Severity = "info" if narrow else "warning"
    table.findings.append(rule("other-scale").finding(message, hint=hint, severity=severity))


def _is_opinion_scale(values: NDArray[np.float64], scores: ScoreRange) -> bool:
    """Return whether values use most of 1 to 5 while the scale is wider at both ends."""
    low, high = _OPINION
    wider = scores.minimum < low and scores.maximum > high
    inside = bool(values.min() >= low and values.max() <= high)
    return wider and inside and values.size >= _ENOUGH_VALUES and float(np.ptp(values)) >= _SPREAD


def check_averages(
    table: Table,
    positions: NDArray[np.int64],
    means: NDArray[np.float64],
    challenge: Challenge,
    ids: Sequence[str],
    *,
    excluded: int,
) -> None:
    """Compare a column of averages with the means of the ratings in the same file.

    Parameters
    ----------
    table : Table
        A table of ratings; a finding is added if it also has the column of averages (XAC160), an
        error if both differ by more than the averages are rounded (XAC161).
    positions : array of int, shape (rows,)
        The pair of each row.
    means : array of float, shape (pairs,)
        The mean rating of each pair.
    challenge : Challenge
        Names the column of averages.
    ids : sequence of str
        The name of each pair, for the message.
    excluded : int
        The number of excluded rows. Averages may include them, so a difference is a warning then.
    """
    places = [n for n, name in enumerate(table.names) if challenge.references.matches(name)]
    if len(places) != 1:
        return
    column = places[0]
    texts = [table.reading.rows[row][column].strip() for row in table.rows]
    numbers = [item for item, text in enumerate(texts) if re.fullmatch(NUMBER, text)]
    averages = np.array([float(texts[item]) for item in numbers])
    expected = means[positions[numbers]]
    digits = max((_decimals(texts[item]) for item in numbers), default=0)
    far = np.flatnonzero(~_agree(averages, expected, 10.0**-digits)).tolist()
    ratings = quote(table.names[table.columns["rating"]])
    both = f"ratings ({ratings}) and averages ({quote(table.names[column])})"
    if not far:
        message = f"the file has {both}; they agree, and the ratings are used"
        hint = f"Remove the column {quote(table.names[column])} to silence this warning."
        table.findings.append(
            rule("averages-and-ratings").finding(message, line=table.reading.lines[0], hint=hint)
        )
        return
    worst = max(far, key=lambda place: abs(float(averages[place] - expected[place])))
    item = numbers[worst]
    pairs = len({int(positions[numbers[place]]) for place in far})
    example = visible(ids[int(positions[item])])
    message = (
        f"the file has {both}; they differ in {count(pairs, 'pair')}; the largest difference: "
        f"{example} has the average {texts[item]}, but its ratings have the mean "
        f"{expected[worst]:.6g}"
    )
    line, place = table.reading.place(table.rows[item], column)
    table.findings.append(
        rule("averages-differ").finding(
            message,
            line=line,
            column=place,
            count=pairs,
            severity="warning" if excluded else "error",
        )
    )


def _agree(
    averages: NDArray[np.float64], means: NDArray[np.float64], unit: float
) -> NDArray[np.bool_]:
    """Return where averages are the means, rounded or cut off after the last printed digit."""
    nearest = np.abs(averages - means) <= unit / 2 + _EXACT
    below = np.abs(means) - np.abs(averages)
    return nearest | ((below >= 0) & (below < unit))


def _decimals(text: str) -> int:
    """Return the number of decimals of a number as written."""
    digits, _, exponent = text.casefold().partition("e")
    return max(len(digits.partition(".")[2]) - int(exponent or 0), 0)
