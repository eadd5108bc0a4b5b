"""Changes: uploads that no longer are what they were before others were added."""

from __future__ import annotations

from collections.abc import Iterable

from xacle_eval.challenge.model import Challenge
from xacle_eval.records.ledger.attempts import EVERY, read_standing
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.phases import rules_of
from xacle_eval.records.ledger.results import Status, StatusChange

__all__ = ["status_changes"]

# A newer version that takes the place of an older one is no surprise for its team.
_TOLD: tuple[Status, ...] = ("over the limit", "another team's label")


def status_changes(
    database: Database, challenge: Challenge, added: Iterable[Entry], head: int
) -> list[StatusChange]:
    """Return the earlier uploads that came over a limit, or lost a label to a new team.

    Uploads that count again are changes, too.

    Parameters
    ----------
    database : Database
        The ledger.
    challenge : Challenge
        The challenge.
    added : iterable of Entry
        The entries that were added.
    head : int
        The number of the last entry before them.
    """
    found: list[StatusChange] = []
    for phase, team in dict.fromkeys((each.phase, each.team) for each in added):
        rules, then = rules_of(challenge, phase), ("sequence <= ?", head)
        before = read_standing(database, phase, rules, then, team).statuses
        # Labels of other teams may name a team that is new.
        whose = team if before else None
        if whose is None:
            before = read_standing(database, phase, rules, then).statuses
        after = read_standing(database, phase, rules, EVERY, whose).statuses
        changed = [
            number
            for number, status in before.items()
            if status != after[number] and (status in _TOLD or after[number] in _TOLD)
        ]
        found += [
            StatusChange(
                entry=each.sequence,
                team=each.team,
                phase=phase,
                before=before[each.sequence],
                after=after[each.sequence],
            )
            for each in database.numbered(changed)
        ]
    return list(dict.fromkeys(found))
