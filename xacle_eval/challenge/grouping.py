"""The group of every scored pair, from its id or from a column of the pairs file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xacle_eval.challenge.pairs import PairsError, group_names
from xacle_eval.challenge.ranking import Group
from xacle_eval.errors import ChallengeError
from xacle_eval.text import quote

if TYPE_CHECKING:
    from xacle_eval.challenge.model import Challenge

__all__ = ["number_values", "scored_groups"]


def number_values(values: Iterable[str]) -> tuple[tuple[str, ...], list[int]]:
    """Return the distinct values in order of first appearance, and the number of each value."""
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return tuple(numbers), codes


def scored_groups(group: Group, challenge: Challenge) -> tuple[str, ...]:
    """Return the name of the group of each scored pair, in manifest order.

    Parameters
    ----------
    group : Group
        Defines how an id or a column names the group.
    challenge : Challenge
        With the split and the part in use.

    Raises
    ------
    ChallengeError
        If a pair has no group: it would silently be missing from the averages.
    """
    if group.pattern is not None:
        return tuple(_group_in_id(group, pair, challenge) for pair in challenge.scored.ids)
    pairs = challenge.pairs
    if pairs is None:
        problem = f"the split {quote(challenge.split, 60)} has no pairs file"
        raise ChallengeError(challenge.name, [f"{group.key}.column: {problem}"])
    try:
        names = group_names(group, pairs)
    except PairsError as error:
        problems = [f"{group.key}.column: {problem}" for problem in error.problems]
        raise ChallengeError(challenge.name, problems) from error
    positions = challenge.scored_positions
    return names if positions is None else tuple(names[place] for place in positions)


def _group_in_id(group: Group, pair: str, challenge: Challenge) -> str:
    name = group.group_of(pair)
    if name is None:
        problem = f"{group.key}.pattern: no group found in the id {pair!r}"
        raise ChallengeError(challenge.name, [problem])
    return name
