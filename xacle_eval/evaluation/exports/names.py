"""Names of systems and teams on a platform: participants write them, and can write anything."""

from __future__ import annotations

import ast
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xacle_eval.submissions.findings import SHOWN_LINES, Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, quote

__all__ = ["Named", "find_name", "make_unique", "read_fact_sheet", "shared_teams"]

# A fact sheet has a few short answers. Python's parser needs memory for each character.
_LONGEST_SHEET = 10_000
_LONGEST_NAME = 200
_SHOWN = 5

_KEYS = {
    "team": ("team", "team_name"),
    "system": ("system", "system_name", "label", "method_name"),
}


@dataclass(slots=True)
class Named:
    """The names of one submission, and how the platform itself names it."""

    system: str
    team: str
    submission: str
    owner: str


def read_fact_sheet(text: str) -> dict[str, object] | None:
    """Return the answers in a fact sheet that Codabench exported; None if they cannot be read.

    The text is the display of a Python dict. It is parsed as a literal and never evaluated.
    """
    if not text.strip():
        return {}
    if len(text) > _LONGEST_SHEET:
        return None
    try:
        sheet = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    if not isinstance(sheet, dict):
        return None
    return {key.casefold(): value for key, value in sheet.items() if isinstance(key, str)}


def find_name(sheet: Mapping[str, object], what: str) -> str | None:
    """Return the name of the team or the system in a fact sheet.

    Returns
    -------
    str or None
        Empty if the sheet has none; None for one that cannot be a name: no text, too long, or
        with control characters.
    """
    for key in _KEYS[what]:
        if sheet.get(key) not in (None, ""):
            return clean_name(sheet[key])
    return ""


def clean_name(value: object) -> str | None:
    """Return a name without spaces around it; None if it cannot be one."""
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        return None
    # Cf has the characters that change the direction of text; Cs are halves of characters.
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in value):
        return None
    return value.strip()


def make_unique(
    named: Sequence[Named], rows: Sequence[int], place: Callable[[int], str]
) -> list[Finding]:
    """Add the number of the submission to systems of a team with one name.

    Parameters
    ----------
    named : sequence of Named
        The names, which are changed.
    rows : sequence of int
        The line or number of each one.
    place : callable
        Returns the words for a place.
    """
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for item, each in enumerate(named):
        groups[each.team, each.system].append(item)
    repeated = [items for items in groups.values() if len(items) > 1]
    if not repeated:
        return []
    shown = []
    for items in repeated:
        where = listing((place(rows[item]) for item in items), _SHOWN)
        shown.append(f"{quote(named[items[0]].system, 60)} ({where})")
        for item in items:
            named[item].system = f"{named[item].system} ({named[item].submission})"
    message = (
        f"{count(sum(map(len, repeated)), 'submission')} of one team with the same name: "
        f"{listing(shown, _SHOWN)}; the number of the submission is added"
    )
    lines = sorted(rows[item] for items in repeated for item in items)
    return [rule("export-names").finding(message, count=len(lines), lines=lines[:SHOWN_LINES])]


def shared_teams(
    named: Sequence[Named], rows: Sequence[int], place: Callable[[int], str]
) -> list[Finding]:
    """Report team names that several users of the platform gave: one may be another's name."""
    owners: dict[str, dict[str, int]] = defaultdict(dict)
    for each, row in zip(named, rows, strict=True):
        owners[each.team].setdefault(each.owner, row)
    findings = []
    for team, users in owners.items():
        if len(users) > 1:
            who = listing((f"{quote(user, 60)} ({place(row)})" for user, row in users.items()), 5)
            message = f"the team {quote(team, 60)} is named by {len(users)} users: {who}"
            findings.append(
                rule("export-names").finding(
                    message,
                    count=len(users),
                    lines=sorted(users.values())[:SHOWN_LINES],
                    hint="They are ranked as one team. If they are not one, correct the names in "
                    "the file.",
                )
            )
    return findings
