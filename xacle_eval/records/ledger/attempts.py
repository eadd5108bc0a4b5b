"""Attempts: how much each team has sent, and when it can send the next upload that counts."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import groupby
from operator import itemgetter

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.phases import Phase
from xacle_eval.records.ledger.asof import Moment
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.phases import named_phases
from xacle_eval.records.ledger.results import PhaseLimits, TeamAttempts
from xacle_eval.records.ledger.standing import (
    Board,
    Counting,
    Standing,
    Try,
    Used,
    all_count,
    board_of,
    count_days,
    count_tries,
    newest_files,
    standing_of,
    withdrawn_uploads,
    zone_of,
)
from xacle_eval.records.ledger.times import local_text, next_day

__all__ = [
    "EVERY",
    "limits_of",
    "next_free",
    "read_board",
    "read_standing",
    "team_attempts",
    "teams_of",
    "tries_of",
    "utc_offsets",
]

_TRIES = (
    "SELECT sequence, kind, time, team, file FROM entries WHERE phase = ? AND kind IN ('valid', "
    "'invalid') AND "
)
_TEAMS = "SELECT DISTINCT team FROM entries WHERE kind = 'valid' AND phase = ? AND "
_DAYS = (
    "group_concat(substr(time, 1, 10) || (substr(time, 12, 5) >= ?) || (kind = 'valid' AND time >= "
    "? AND time < ?)) FROM entries WHERE phase = ? AND kind IN ('valid', 'invalid') AND "
)
# The number of the newest valid upload of a file in the phase; the later entry of equal times.
_LAST = (
    "max(time || substr(1000000000000 + sequence, 2)) FILTER (WHERE kind = 'valid' AND time >= ? "
    "AND time < ?)"
)
_DIGITS = 12
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
    corrections = _corrections(database, phase, condition, team)
    tries = tries_of(database, phase, condition, team)
    teams = partial(teams_of, database, phase, condition)
    return standing_of(tries, corrections, rules, database.numbered, teams, select=select)


def teams_of(database: Database, phase: str, condition: tuple[str, str | int]) -> list[str]:
    """Return the teams with a valid upload in a phase that is not withdrawn.

    Other teams may be typing errors, or exist only to take a label from somebody.
    """
    clause, value = condition
    corrections = _corrections(database, phase, condition)
    withdrawn = withdrawn_uploads(corrections)
    lost = {each.team for each in corrections if each.kind == "withdrawal"}
    teams = [team for (team,) in database.query(f"{_TEAMS}{clause}", phase, value)]
    return [
        team
        for team in teams
        if team not in lost
        or any(
            each.kind == "valid" and each.sequence not in withdrawn
            for each in tries_of(database, phase, condition, team)
        )
    ]


def _corrections(
    database: Database, phase: str, condition: tuple[str, str | int], team: str | None = None
) -> list[Entry]:
    clause, value = condition
    whose, values = ("", ()) if team is None else (" AND team = ?", (team,))
    return database.entries(
        f"phase = ? AND {clause}{whose} AND kind IN ('withdrawal', 'selection')",
        phase, value, *values,
    )  # fmt: skip


def read_board(
    database: Database, phase: str, rules: Counting, condition: tuple[str, str | int]
) -> Board:
    """Return the board of `read_standing`, without reading all uploads of most teams.

    The database finds the newest valid upload of each file. It counts if the team has withdrawn
    nothing and sent nothing over a limit; only the uploads of the other teams are judged one by
    one.
    """
    clause, value = condition
    corrections = _corrections(database, phase, condition)
    withdrawn = withdrawn_uploads(corrections)
    with_withdrawals = {each.team for each in corrections if each.kind == "withdrawal"}
    opens, closes = rules.opens or "", rules.closes or "~"
    rows = database.query(
        f"SELECT team, {_LAST}, {_DAYS}{clause} GROUP BY team, file ORDER BY team",
        opens, closes, rules.midnight, opens, closes, phase, value,
    )  # fmt: skip
    newest: list[int] = []
    for team, group in groupby(rows, key=itemgetter(0)):
        files = list(group)
        sent = _by_day(",".join(days for _, _, days in files), rules)
        if team in with_withdrawals or not all_count(sent, rules):
            tries = tries_of(database, phase, condition, team)
            newest += newest_files(tries, withdrawn, rules)[1]
        else:
            newest += [int(last[-_DIGITS:]) for _, last, _ in files if last is not None]
    teams = partial(teams_of, database, phase, condition)
    return board_of(database.numbered(newest), corrections, rules, teams)


def team_attempts(
    database: Database,
    phase: str,
    rules: Counting,
    moment: Moment,
    only: str | None = None,
) -> list[TeamAttempts]:
    """Return the attempts of each team in a phase, as of a time; `only` may have sent nothing."""
    day = _day(rules, moment.time)
    used = _used_by_team(database, phase, rules, moment.condition, only)
    if only is not None:
        used.setdefault(only, Used(Counter(), Counter()))
    return [
        TeamAttempts(
            team=team,
            phase=phase,
            valid=each.valid.total(),
            all=each.all.total(),
            valid_today=each.valid[day],
            all_today=each.all[day],
            next_free=(free := next_free(each, rules, moment.time)),
            free_now=free == moment.time,
        )
        for team, each in used.items()
    ]


def _used_by_team(
    database: Database,
    phase: str,
    rules: Counting,
    condition: tuple[str, str | int],
    only: str | None,
) -> dict[str, Used]:
    """Return what each team has used up. A row for each upload would take most of the time, so the
    database puts the days of a team into one text, and their order does not matter.
    """
    clause, value = condition
    whose, team = ("", ()) if only is None else (" AND team = ?", (only,))
    rows = database.query(
        f"SELECT team, {_DAYS}{clause}{whose} GROUP BY team ORDER BY team",
        rules.midnight, rules.opens or "", rules.closes or "~", phase, value, *team,
    )  # fmt: skip
    found: dict[str, Used] = {}
    for name, text in rows:
        used = count_days(_by_day(text, rules), rules)
        if used is None:
            used = count_tries(tries_of(database, phase, condition, name), rules).used
        found[name] = used
    return found


def _by_day(text: str, rules: Counting) -> dict[str, tuple[int, int]]:
    """Return the numbers of all uploads and of the valid ones in the phase, by day."""
    found: dict[str, tuple[int, int]] = {}
    for key, number in Counter(text.split(",")).items():
        # The date of UTC, whether it is after the midnight of the phase, and whether it is valid.
        day = rules.day(f"{key[:10]}T{'23:59:59' if key[10:11] == '1' else '00:00:00'}Z")
        every, valid = found.get(day, (0, 0))
        found[day] = (every + number, valid + number * (key[11:] == "1"))
    return found


def next_free(used: Used, rules: Counting, moment: str) -> str | None:
    """Return from when on the next upload counts if it is valid; None if it cannot."""
    phase = rules.phase
    if phase.valid_total is not None and used.valid.total() >= phase.valid_total:
        return None
    free: str | None = moment if rules.opens is None else max(moment, rules.opens)
    # Uploads may have been added with later times than this one, so later days can be full, too.
    while free and _is_full(used, rules, day := rules.day(free)):
        free = next_day(day, rules.zone)
    if free is None:  # the last day that can be written is full
        return None
    return None if rules.closes is not None and free >= rules.closes else free


def _is_full(used: Used, rules: Counting, day: str) -> bool:
    """Return whether no further upload counts on a day."""
    phase = rules.phase
    return (phase.valid_per_day is not None and used.valid[day] >= phase.valid_per_day) or (
        phase.all_per_day is not None and used.all[day] >= phase.all_per_day
    )


def _day(rules: Counting, moment: str) -> str:
    """Return the day of a moment; a ledger without any time yet is on no day."""
    return rules.day(moment) if moment else ""


def limits_of(challenge: Challenge, name: str) -> PhaseLimits:
    """Return a phase with its limits."""
    phase: Phase = named_phases(challenge)[name]
    rules = Counting(phase)
    return PhaseLimits(
        phase=name,
        title=phase.title or name,
        opens=rules.opens,
        closes=rules.closes,
        utc_offset=_utc_offset(phase),
        valid_per_day=phase.valid_per_day,
        valid_total=phase.valid_total,
        all_per_day=phase.all_per_day,
        final_systems=phase.final_systems,
    )


def utc_offsets(challenge: Challenge) -> dict[str, str]:
    """Return the hours by which the days of each phase differ from UTC, such as ``+09:00``."""
    return {name: _utc_offset(phase) for name, phase in named_phases(challenge).items()}


def _utc_offset(phase: Phase) -> str:
    return local_text("2000-01-01T00:00:00Z", zone_of(phase)).rpartition(" ")[2]
