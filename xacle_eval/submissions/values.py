"""Values: a column of numbers, and what is wrong with a field that is not one."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from xacle_eval.submissions.columns import Table
from xacle_eval.submissions.printed import NUMBER, read_printed
from xacle_eval.text import quote, visible

__all__ = ["is_missing", "parse_numbers"]

_NONE = frozenset({"", "na", "n/a", "n.a.", "<na>", "null", "none", "nil", "-", "--", "–", "—"})
# The last forms are those of Microsoft's C library.
_NAN = frozenset({"nan", "nan(ind)", "#n/a", "1.#qnan", "1.#snan", "1.#ind", "1.#nan"})
_INFINITE = frozenset({"inf", "infinity", "1.#inf", "∞"})
# Other forms than those that the rules name; messages show them.
_UNUSUAL = (_NONE | _NAN | _INFINITE) - {
    *("", "na", "n/a", "null", "none", "-", "nan", "nan(ind)", "#n/a", "inf", "infinity")
}
# The squares of larger numbers could overflow in the mean squared error.
_LARGEST = 1e100
# The longest field that a message shows in full.
_LONGEST_SHOWN = 40


def parse_numbers(table: Table, role: str, noun: str) -> NDArray[np.float64]:
    """Return a column as floats, NaN for a field that is not a finite number, with findings.

    Parameters
    ----------
    table : Table
        The table, after `whole_rows`.
    role : str
        The role of the column.
    noun : str
        The name of a number in messages, such as ``prediction``.
    """
    texts = table.texts(role)
    values = _fast_numbers(texts)
    if values is not None:
        return values
    values = np.full(len(texts), np.nan)
    odd: dict[tuple[str, str], list[int]] = defaultdict(list)
    for item, text in enumerate(texts):
        name, values[item] = _number(text.strip())
        if name:
            printed = read_printed(text.strip()) if name == "not-a-number" else None
            odd[name, printed.kind if printed else ""].append(item)
    for (name, _), items in odd.items():
        _report_number(table, name, items, texts, role, noun)
    return values


def _fast_numbers(texts: list[str]) -> NDArray[np.float64] | None:
    """Return the floats of a valid column, otherwise None.

    Python's float() also accepts 1_000 and digits of other scripts, which are refused here.
    """
    together = "".join(texts)
    if not together.isascii() or "_" in together:
        return None
    try:
        values = np.array([float(text) for text in texts], dtype=np.float64)
    except ValueError:
        return None
    return values if bool((np.abs(values) <= _LARGEST).all()) else None


def _number(text: str) -> tuple[str, float]:
    """Return the rule that a field breaks, or an empty string, and its value."""
    if re.fullmatch(NUMBER, text):
        value = float(text)
        return ("number-too-large", np.nan) if abs(value) > _LARGEST else ("", value)
    word = text.casefold()
    if word in _NONE:
        return "prediction-missing", np.nan
    if word.lstrip("+-") in _NAN:
        return "prediction-nan", np.nan
    if word.lstrip("+-") in _INFINITE:
        return "prediction-infinite", np.nan
    return "not-a-number", np.nan


def is_missing(text: str) -> bool:
    """Return whether a field says that there is no finite number; an empty one says nothing."""
    word = text.strip().casefold()
    return word != "" and (word in _NONE or word.lstrip("+-") in _NAN | _INFINITE)


def _report_number(
    table: Table, name: str, items: list[int], texts: list[str], role: str, noun: str
) -> None:
    first = texts[items[0]].strip()
    pair = visible(table.texts("id")[items[0]].strip())
    shown = quote(first, _LONGEST_SHOWN)
    one, many, what = {
        "prediction-missing": (f"missing {noun}", f"have no {noun}", pair),
        "prediction-nan": (f"{noun} is NaN", f"have a {noun} of NaN", pair),
        "prediction-infinite": (f"{noun} is infinite", f"have an infinite {noun}", pair),
        "number-too-large": (
            f"{noun} too large",
            f"have a {noun} that is too large",
            f"{shown} ({pair})",
        ),
        "not-a-number": (
            f"{noun} is not a number",
            f"have a {noun} that is not a number",
            f"{shown} ({pair})",
        ),
    }[name]
    # The rules' hints are about a model's output, not about a reference or a published result.
    hint = None if noun == "prediction" else "Correct the value in the file."
    printed = read_printed(first) if name == "not-a-number" else None
    if printed is not None:
        what = f"{what}; {printed.text}" if printed.text else what
        hint = f"Write only the number: {printed.number}. {printed.advice}".rstrip()
        if printed.kind == "comma":
            hint = f"Write a decimal point: {printed.number}."
    elif first and first.casefold().lstrip("+-") in _UNUSUAL:
        what = f"{what} ({shown})"
    several = f"{len(items):,} rows {many}; the first"
    message = f"{one if len(items) == 1 else several}: {what}"
    table.add_finding(name, items, role, message, hint)
