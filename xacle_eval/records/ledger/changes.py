"""Changes: uploads that no longer are what they were before others were added."""

from __future__ import annotations

from collections.abc import Iterable

from xacle_eval.challenge.model import Challenge
from xacle_eval.records.ledger.attempts import EVERY, read_standing
from xacle_eval.records.ledger.bodies import body_of
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.phases import rules_of
from xacle_eval.records.ledger.results import Status, StatusChange
from xacle_eval.records.ledger.standing import Counting
from xacle_eval.submissions.lookalikes import skeleton

__all__ = ["status_changes"]

# A newer version that takes the place of an older one is no surprise for its team.
_TOLD: tuple[Status, ...] = ("over the limit", "another team's label")
# A team with such an upload had a claim to its labels before.
_HAVE_CLAIM: frozenset[Status] = frozenset({"counts", "replaced", "not selected"})
_NEWEST = (
    "WITH files AS (SELECT DISTINCT phase, team, file FROM entries WHERE phase = ? AND kind = "
    "'valid' AND team != ?) SELECT (SELECT sequence FROM entries AS one WHERE one.phase = "
    "files.phase AND one.team = files.team AND one.file IS files.file AND one.kind = 'valid' "
    "ORDER BY time DESC, sequence DESC LIMIT 1) FROM files"
)


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
        others: list[str] = []
        if not _HAVE_CLAIM & set(
            read_standing(database, phase, rules, then, team).statuses.values()
        ):
            others = _teams_with_label_of(database, phase, team, rules)
        for whose in [team, *others]:
            before = read_standing(database, phase, rules, then, whose).statuses
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


def _teams_with_label_of(database: Database, phase: str, team: str, rules: Counting) -> list[str]:
    """Return the other teams whose newest upload of a file has a label that names a team.

    They lose it when the team sends its first valid upload. Judging all teams would take far longer
    than adding an upload.
    """
    newest = database.numbered([number for (number,) in database.query(_NEWEST, phase, team)])
    found = {
        each.team
        for each in newest
        for system in body_of(each)["systems"]
        if skeleton(rules.team_of(system["system"])) == skeleton(team)
    }
    return sorted(found)
