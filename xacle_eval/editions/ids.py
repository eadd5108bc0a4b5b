"""The ids of a label file: their ending, a numbered pattern or a list, and groups of systems."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xacle_eval.challenge.manifest import LONGEST_ID, MAX_PAIRS
from xacle_eval.editions.columns import Roles
from xacle_eval.editions.labels import Labels
from xacle_eval.text import count, listing, quote, visible

__all__ = [
    "Groups",
    "Pattern",
    "describe_groups",
    "find_ending",
    "find_groups",
    "find_ids",
    "find_pattern",
]

_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}$|\.[0-9][A-Za-z][A-Za-z0-9]{0,3}$")
_NUMBERED = re.compile(r"(.*[^0-9]|)([0-9]+)([^0-9]*)", re.DOTALL)
# More digits than these are a code, not a counter.
_LONGEST_NUMBER = 12
_SEPARATORS = ("/", "-", "_")
_LONGEST_GROUP = 40


@dataclass(frozen=True)
class Pattern:
    """A numbered pattern, such as ``{:05d}.wav`` from 1 to 100."""

    pattern: str
    first: int
    last: int


@dataclass(frozen=True)
class Groups:
    """A regular expression that matches the group of each id, and the number of ids by group."""

    pattern: str
    sizes: Mapping[str, int]
    example: str


def find_ids(labels: Labels, roles: Roles) -> dict[str, int]:
    """Return the distinct ids in their order, each with its first row.

    Raises
    ------
    UsageError
        If an id cannot be in a list of ids, or repeats in a file without listeners.
    """
    found: dict[str, int] = {}
    for row, written in enumerate(labels.texts(roles.id)):
        pair = written.strip()
        if pair in found:
            if roles.listener is None:
                raise _repeated(labels, roles, pair, found[pair], row)
            continue
        problem = _id_problem(pair)
        if problem:
            raise labels.refuse(problem, row)
        found[pair] = row
    if len(found) > MAX_PAIRS:
        raise labels.refuse(f"expected at most {MAX_PAIRS:,} ids, got {len(found):,}")
    return found


def _id_problem(pair: str) -> str | None:
    if not pair:
        return "empty id"
    if len(pair) > LONGEST_ID:
        return f"the id has more than {LONGEST_ID:,} characters"
    if visible(pair, len(pair)) != pair:
        return f"the id {quote(pair, 60)} has an invisible character"
    if pair.startswith("#"):
        return f"the id {quote(pair, 60)} begins with #, which begins a comment in a list of ids"
    return None


def _repeated(labels: Labels, roles: Roles, pair: str, first: int, row: int) -> Exception:
    lines = f"lines {labels.lines[first]} and {labels.lines[row]}"
    problem = f"the id {quote(pair, 60)} has two rows ({lines})"
    used = {roles.id, *roles.scores}
    ids = labels.texts(roles.id)
    for column, name in enumerate(labels.names):
        if column in used or not name:
            continue
        if len(set(zip(ids, labels.texts(column), strict=True))) == len(ids):
            return labels.refuse(
                f"{problem}; if the column {quote(name, 60)} has the listener, rename it to "
                "listener_id; if it is a part of the id, such as the system, join both columns "
                f"into one id, such as {quote(f'{labels.rows[row][column].strip()}-{pair}', 60)}",
                row,
            )
    return labels.refuse(
        f"{problem}; a file of averages has one row per id, and a file of ratings has a column "
        "listener_id",
        row,
    )


def find_ending(ids: Iterable[str]) -> str:
    """Return the common ending of all ids, such as ``.wav``, or an empty text."""
    endings = {match[0] if (match := _ENDING.search(pair)) else "" for pair in ids}
    return endings.pop() if len(endings) == 1 else ""


def find_pattern(ids: Sequence[str], ending: str = "") -> Pattern | None:
    """Return the numbered pattern that gives exactly these ids, if one does.

    The number is the last one in the ids before their ending.
    """
    match = _NUMBERED.fullmatch(ids[0].removesuffix(ending))
    if match is None or len(ids) < 2:
        return None
    prefix, suffix = match[1], match[3] + ending
    numbers: dict[int, str] = {}
    for pair in ids:
        digits = pair[len(prefix) : len(pair) - len(suffix)]
        counted = digits.isascii() and digits.isdecimal() and len(digits) <= _LONGEST_NUMBER
        if not (counted and pair.startswith(prefix) and pair.endswith(suffix)):
            return None
        numbers[int(digits)] = digits
    return _from_numbers(prefix, suffix, numbers, len(ids))


def _from_numbers(
    prefix: str, suffix: str, numbers: Mapping[int, str], size: int
) -> Pattern | None:
    first, last = min(numbers), max(numbers)
    if len(numbers) != size or last - first + 1 != size:
        return None
    widths = {len(digits) for digits in numbers.values()}
    form = "{:d}"
    if len(widths) == 1 and widths != {1}:
        form = f"{{:0{widths.pop()}d}}"
    pattern = f"{_escape(prefix)}{form}{_escape(suffix)}"
    made = all(
        pattern.format(value) == f"{prefix}{text}{suffix}" for value, text in numbers.items()
    )
    return Pattern(pattern, first, last) if made and len(pattern) <= 200 else None


def _escape(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def find_groups(ids: Sequence[str]) -> Groups | None:
    """Return the groups that the part of the ids before a separator forms, if it forms some.

    There are at least two groups, most have at least two ids, and each has at least one letter:
    a number before a separator is a date or a counter.
    """
    for separator in _SEPARATORS:
        names = []
        for pair in ids:
            head, found, rest = (
                pair.rpartition("/") if separator == "/" else pair.partition(separator)
            )
            if not found or not head.strip("/") or not rest:
                break
            names.append(head)
        else:
            groups = _groups(ids, names, separator)
            if groups is not None:
                return groups
    return None


def _groups(ids: Sequence[str], names: Sequence[str], separator: str) -> Groups | None:
    sizes = Counter(names)
    small = sum(size == 1 for size in sizes.values())
    named = all(len(name) <= _LONGEST_GROUP and any(map(str.isalpha, name)) for name in sizes)
    if len(sizes) < 2 or 2 * small > len(sizes) or not named:
        return None
    pattern = "^(.+)/" if separator == "/" else f"^([^{separator}]+){separator}"
    example = f"{names[0]} in {ids[0]}"
    return Groups(pattern, sizes, example)


def describe_groups(groups: Groups) -> str:
    """Return the number of groups, and the names of some."""
    names = listing((visible(name, 60) for name in groups.sizes), 3)
    return f"{count(len(groups.sizes), 'group')} ({names})"
