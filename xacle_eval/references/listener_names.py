"""The listeners of a file of ratings: empty names, repeated ratings, names that look like one."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xacle_eval.submissions.columns import Table
from xacle_eval.text import count, quote

__all__ = ["listener_codes"]

_SHOWN = 3
_SHOWN_NAMES = 5
_LONGEST_NAME = 40
# A blank between two digits separates two numbers.
_BLANKS = re.compile(r"(?<![0-9]) | (?![0-9])")
_LEADING_ZEROS = re.compile(r"(?<![0-9.])0+(?=[0-9])")
# pandas writes a column of whole numbers with a gap as 1.0, 2.0 and so on.
_WHOLE = re.compile(r"([0-9]+)\.0+")


def listener_codes(
    table: Table,
    positions: NDArray[np.int64],
    repeated: str = "all are averaged",
) -> tuple[NDArray[np.int64], tuple[str, ...], bool]:
    """Return the listener of each row; report empty listeners and repeated ratings.

    Parameters
    ----------
    table : Table
        A table with a listener column; findings are added to it.
    positions : array of int, shape (rows,)
        The pair of each row, as a number.
    repeated : str
        How a listener's repeated ratings of a pair are treated, for the message.

    Returns
    -------
    tuple of (array of int, tuple of str, bool)
        The listener of each row as an index into the names, shape (rows,); the names in order of
        first appearance; and whether a listener rated a pair more than once.
    """
    written = [text.strip() for text in table.texts("listener")]
    empty = [item for item, text in enumerate(written) if not text]
    if empty:
        table.add_finding(
            "listener-empty", empty, "listener", f"{count(len(empty), 'row')} without a listener"
        )
    numbers = {name: number for number, name in enumerate(dict.fromkeys(written))}
    listeners = np.array([numbers[name] for name in written], dtype=np.int64)
    _note_variants(table, listeners, tuple(numbers))
    again = _note_repeated(table, positions, listeners, len(numbers), repeated)
    return listeners, tuple(numbers), again


def _note_repeated(
    table: Table,
    positions: NDArray[np.int64],
    listeners: NDArray[np.int64],
    size: int,
    outcome: str,
) -> bool:
    """Report repeated ratings of a pair by the same listener; return whether any exist."""
    keys = positions * size + listeners
    order = np.argsort(keys, kind="stable")
    again = np.diff(keys[order], prepend=-1) == 0
    repeated = np.sort(order[again]).tolist()
    if repeated:
        number = count(len(repeated), "rating")
        message = f"{number} by a listener who had already rated the pair; {outcome}"
        table.add_finding("rating-repeated", repeated, "listener", message)
    return bool(repeated)


def _note_variants(table: Table, listeners: NDArray[np.int64], names: Sequence[str]) -> None:
    """Add a warning to `table` if names of listeners differ only in their writing (XAC182).

    Parameters
    ----------
    table : Table
        A table with a column of listeners.
    listeners : array of int, shape (rows,)
        The listener of each row, as an index into `names`.
    names : sequence of str
        The names as they are written, each once.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        if name:
            groups[_key(name)].append(number)
    several = [group for group in groups.values() if len(group) > 1]
    if not several:
        return
    numbers = np.bincount(listeners, minlength=len(names)).tolist()
    shown = [_describe([(names[n], numbers[n]) for n in group]) for group in several[:_SHOWN]]
    if len(several) > _SHOWN:
        shown.append(f"and {len(several) - _SHOWN:,} more")
    people = (
        "listeners that are probably the same"
        if len(several) == 1
        else (f"{len(several):,} groups of listeners that are probably the same")
    )
    later = np.array([number for group in several for number in group[1:]])
    items = np.flatnonzero(np.isin(listeners, later)).tolist()
    message = f"{people}: {'; '.join(shown)}; they count as different listeners"
    table.add_finding("listener-variants", items, "listener", message)
    table.findings[-1] = table.findings[-1].model_copy(update={"count": len(several)})


def _key(name: str) -> str:
    """Return a text that is equal for names that differ in case, blanks or leading zeros."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    plain = _BLANKS.sub("", " ".join(folded.split()))
    whole = _WHOLE.fullmatch(plain)
    return _LEADING_ZEROS.sub("", whole[1] if whole else plain)


def _describe(group: Sequence[tuple[str, int]]) -> str:
    each = [
        f"{quote(name, _LONGEST_NAME)} ({count(number, 'rating')})"
        for name, number in group[:_SHOWN_NAMES]
    ]
    if len(group) > _SHOWN_NAMES:
        each.append(f"{len(group) - _SHOWN_NAMES:,} more")
    return ", ".join(each)
