"""Attempts: how much each team has sent, and when it can send the next upload that counts."""

from __future__ import annotations

from itertools import groupby

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.phases import Phase
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.phases import named_phases
from xacle_eval.records.ledger.results import PhaseLimits, TeamAttempts
from xacle_eval.records.ledger.standing import (
    Counting,
    Standing,
    Tally,
    Try,
    count_tries,
    standing_of,
)
from xacle_eval.records.ledger.times import local_text, next_day

__all__ = ["EVERY", "limits_of", "next_free", "read_standing", "team_attempts", "tries_of"]

_TRIES = (
    "SELECT sequence, kind, time, team, file FROM entries WHERE phase = ? AND kind IN ('valid', "
    "'invalid') AND "
)
EVERY: tuple[str, str | int] = ("sequence >= ?", 1)
"""The condition that all entries fulfil."""
_ORDER = " ORDER BY team, time, sequence"


def tries_of(
    database: Database, phase: str, condition: tuple[str, str | int], team: str | None
) -> list[Try]:
    """Return the uploads of a phase by team, in the order of their times, without their bodies."""
    clause, value = condition
    statement, values = f"{_TRIES}{clause}", [phase, value]
    if team is not None:
        statement, values = f"{statement} AND team = ?", [*values, team]
    return list(map(Try._make, database.query(statement + _ORDER, *values)))


def read_standing(
    database: Database,
    phase: str,
    rules: Counting,
    condition: tuple[str, str | int] = EVERY,
    team: str | None = None,
    *,
    select: bool = True,
) -> Standing:
    """Return what counts in a phase, of one team or of all, at some state of the ledger."""
    clause, value = condition
    whose, values = ("", ()) if team is None else (" AND team = ?", (team,))
    corrections = database.entries(
        f"phase = ? AND {clause}{whose} AND kind IN ('withdrawal', 'selection')",
        phase, value, *values,
    )  # fmt: skip
    tries = tries_of(database, phase, condition, team)
    return standing_of(tries, corrections, rules, database.numbered, select=select)


def team_attempts(
    tries: list[Try], phase: str, rules: Counting, moment: str, only: str | None = None
) -> list[TeamAttempts]:
    """Return the attempts of each team in a phase, as of a time; `only` may have sent nothing."""
    day = rules.day(moment)
    groups = {team: list(group) for team, group in groupby(tries, key=lambda each: each.team)}
    if only is not None:
        groups.setdefault(only, [])
    found = []
    for team, group in groups.items():
        tally = count_tries(group, rules)
        found.append(
            TeamAttempts(
                team=team,
                phase=phase,
                valid=tally.valid.total(),
                all=tally.all.total(),
                valid_today=tally.valid[day],
                all_today=tally.all[day],
                next_free=next_free(tally, rules, moment),
            )
        )
    return found


def next_free(tally: Tally, rules: Counting, moment: str) -> str | None:
    """Return from when on the next upload counts if it is valid; None if it cannot."""
    phase, day = rules.phase, rules.day(moment)
    if phase.valid_total is not None and tally.valid.total() >= phase.valid_total:
        return None
    free = moment
    if (phase.valid_per_day is not None and tally.valid[day] >= phase.valid_per_day) or (
        phase.all_per_day is not None and tally.all[day] >= phase.all_per_day
    ):
        free = next_day(day, rules.zone)
    if rules.opens is not None:
        free = max(free, rules.opens)
    return None if rules.closes is not None and free >= rules.closes else free


def limits_of(challenge: Challenge, name: str) -> PhaseLimits:
    """Return a phase with its limits."""
    phase: Phase = named_phases(challenge)[name]
    rules = Counting(phase)
    offset = local_text("2000-01-01T00:00:00Z", rules.zone).rpartition(" ")[2]
    return PhaseLimits(
        phase=name,
        title=phase.title or name,
        opens=rules.opens,
        closes=rules.closes,
        utc_offset=offset,
        valid_per_day=phase.valid_per_day,
        valid_total=phase.valid_total,
        all_per_day=phase.all_per_day,
        final_systems=phase.final_systems,
    )
