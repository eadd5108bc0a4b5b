"""The arguments of the ledger's methods, checked before anything is read or recorded.

Times, states and phases are checked where they are read: in `times`, `asof` and `phases`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral

from xacle_eval.errors import UsageError, check_arguments, value_text
from xacle_eval.records.ledger.bodies import team_fault
from xacle_eval.records.ledger.chain import Head
from xacle_eval.text import encodable, quote, visible

__all__ = [
    "check_team",
    "checked_entry",
    "checked_heads",
    "checked_reason",
    "checked_systems",
    "checked_team",
]

_LONGEST_REASON = 1_000
_LAST_ENTRY = 2**63 - 1


def check_team(team: object) -> None:
    """Refuse what cannot be the team of an entry; None is every team.

    Raises
    ------
    UsageError
        If it is not text, or has bytes that are not UTF-8.
    """
    check_arguments(team=team, optional=("team",))
    if isinstance(team, str) and encodable(team) != team:
        raise UsageError(f"the team {quote(team, 60)} is not text in UTF-8; write its name again")


def checked_team(team: str) -> str:
    """Return a team; refuse one whose name could not be told from another one in a table.

    Raises
    ------
    UsageError
        If it is not text, is empty, too long, or has invisible characters.
    """
    check_arguments(team=team)
    if fault := team_fault(team):
        raise UsageError(fault)
    return team


def checked_reason(reason: str) -> str:
    """Return a remark of one line.

    Raises
    ------
    UsageError
        If it is not text, is too long, or has invisible characters.
    """
    check_arguments(reason=reason)
    if visible(reason, _LONGEST_REASON) != reason:
        raise UsageError(
            f"the reason has more than {_LONGEST_REASON:,} characters, or invisible ones"
        )
    return reason


def checked_entry(entry: object) -> int:
    """Return the number of an entry, which the ledger may not have.

    Raises
    ------
    UsageError
        If it is not a number that an entry can have.
    """
    # True is a whole number for Python.
    if isinstance(entry, Integral) and not isinstance(entry, bool):
        number = int(entry)
        if 1 <= number <= _LAST_ENTRY:
            return number
    raise UsageError(
        f"entry must be the number of an entry in the log, 1 or more; got {value_text(entry)}"
    )


def checked_systems(systems: Sequence[object]) -> list[str]:
    """Return the labels of systems, each once, in the order of the alphabet.

    Raises
    ------
    UsageError
        If one is not text.
    """
    for each in systems:
        if not isinstance(each, str):
            raise UsageError(f"systems must be labels, each as text; got {value_text(each)}")
    return sorted({str(each) for each in systems})


def checked_heads(heads: Iterable[object]) -> list[Head]:
    """Return signed heads.

    Raises
    ------
    UsageError
        If they are not pairs of a number and a hash.
    """
    expected = "heads must be pairs of the number of an entry and its hash, such as [(12, '0f…')]"
    if isinstance(heads, str | bytes | Mapping) or not isinstance(heads, Iterable):
        raise UsageError(f"{expected}; got {value_text(heads)}")
    found = []
    for each in heads:
        if not isinstance(each, tuple | list) or len(each) != 2:
            raise UsageError(f"{expected}; got {value_text(each)} among them")
        number, digest = each
        whole = isinstance(number, Integral) and not isinstance(number, bool)
        if not whole or not isinstance(digest, str):
            raise UsageError(f"{expected}; got {value_text(number)} and {value_text(digest)}")
        found.append(Head(int(number), digest))
    return found
