"""What counts: the limits of a phase, withdrawals, selections, and the newest version of a system.

The ledger records facts; this module applies the rules of the challenge file to them. A limit or a
deadline that the organisers change therefore applies to all uploads, and the log of the same ledger
with the same challenge file is always the same.

Uploads are judged in the order of their times, and of their entries at the same time:

- An upload before ``opens`` is early; one at ``closes`` or after it is late.
- A day begins at midnight in the time zone of the phase (`Phase.utc_offset`). Of the uploads of a
  team on one day, only the first ``all_per_day`` can count, valid or not. Of these, only the first
  ``valid_per_day`` valid ones of the day and ``valid_total`` of the phase count.
- A withdrawn upload stays an attempt.
- An upload replaces an earlier one with the same file name. If several uploads have a system with
  the same label, the newest counts.
- With ``final_systems``, only the selected systems of a team count; without a selection, or if
  none of them is left, its newest ones. Within a package, all are equally new, and the first
  labels of the alphabet count.
- Withdrawals and selections apply in the order of their times, too.
- A system whose label names or is another team of the phase does not count, since the ledger knows
  who sent it: else a team could take another one off the board. Only teams with a valid upload
  that is not withdrawn have a claim: else a typing error or an invalid file could.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from xacle_eval.challenge.phases import Phase
from xacle_eval.errors import UsageError
from xacle_eval.records.ledger.bodies import body_of
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.results import Status
from xacle_eval.records.ledger.times import day_of, parse_time
from xacle_eval.submissions.lookalikes import skeleton
from xacle_eval.text import quote

__all__ = [
    "Board",
    "BoardUpload",
    "Counting",
    "Standing",
    "TeamNames",
    "Try",
    "Used",
    "all_count",
    "board_of",
    "count_days",
    "count_tries",
    "newest_files",
    "standing_of",
    "withdrawn_uploads",
    "zone_of",
]


class Try(NamedTuple):
    """An upload without its body: all that limits need, and the name of its file."""

    sequence: int
    kind: str
    time: str
    team: str
    file: str | None = ""


_TEAM = Try._fields.index("team")


def zone_of(phase: Phase) -> tzinfo:
    """Return the time zone of a phase, in which its days begin."""
    return timezone(phase.utc_offset)


class Counting:
    """The rules of a phase, with its times as the ledger stores them.

    ``team_of`` returns the team that a label names, or the label itself if it names none.
    """

    def __init__(self, phase: Phase, team_of: Callable[[str], str] = str) -> None:
        self.phase = phase
        self.team_of = team_of
        self.zone = zone_of(phase)
        self.opens = parse_time(phase.opens) if phase.opens else None
        self.closes = parse_time(phase.closes) if phase.closes else None
        # All times of an hour are of one day, unless midnight of the zone is within it.
        self._digits = 13 if phase.utc_offset.seconds % 3600 == 0 else 16
        self._days: dict[str, str] = {}
        # The time of UTC at which a day of the phase begins, such as 15:00 for +09:00.
        minutes = -phase.utc_offset // timedelta(minutes=1) % 1440
        self.midnight = f"{minutes // 60:02d}:{minutes % 60:02d}"

    def is_open(self, time: str) -> bool:
        """Return whether the phase is open at a time."""
        return (self.opens or "") <= time < (self.closes or "~")

    def day(self, time: str) -> str:
        """Return the day of a time in the time zone of the phase, whose offset is whole minutes."""
        begin = time[: self._digits]
        found = self._days.get(begin)
        if found is None:
            try:
                found = self._days[begin] = day_of(time, self.zone)
            except ValueError as error:
                raise UsageError(
                    f"the ledger has an entry with the invalid time {quote(time, 60)}; "
                    "xacle-eval ledger verify lists all such entries"
                ) from error
        return found


class Used(NamedTuple):
    """The attempts of a team in a phase that are used up, by day."""

    valid: Counter[str]
    all: Counter[str]


class Tally(NamedTuple):
    """The counts of a team in a phase: the status of each upload, and the used attempts."""

    statuses: dict[int, Status]
    used: Used


def count_tries(tries: Iterable[Try], rules: Counting) -> Tally:
    """Count the uploads of one team in one phase, which are in the order of their times."""
    phase, opens, closes = rules.phase, rules.opens or "", rules.closes or "~"
    most_valid = _or_any(phase.valid_per_day)
    most_all, most_total = _or_any(phase.all_per_day), _or_any(phase.valid_total)
    statuses: dict[int, Status] = {}
    valid: Counter[str] = Counter()
    every: Counter[str] = Counter()
    total = 0
    for sequence, kind, time, _, _ in tries:
        day = rules.day(time)
        every[day] = today = every[day] + 1
        if time < opens:
            statuses[sequence] = "early"
        elif time >= closes:
            statuses[sequence] = "late"
        elif today > most_all:
            statuses[sequence] = "over the limit"
        elif kind == "invalid":
            statuses[sequence] = "invalid"
        elif valid[day] >= most_valid or total >= most_total:
            statuses[sequence] = "over the limit"
        else:
            statuses[sequence] = "counts"
            valid[day] += 1
            total += 1
    return Tally(statuses, Used(valid, every))


def count_days(sent: Mapping[str, tuple[int, int]], rules: Counting) -> Used | None:
    """Return what `count_tries` counts by day, from the numbers of uploads of one team.

    Parameters
    ----------
    sent : mapping of str to (int, int)
        For each day the number of all uploads, and of the valid ones in the phase.
    rules : Counting
        The rules of the phase.

    Returns
    -------
    Used or None
        None if the numbers are not enough: on a day with more than ``all_per_day`` uploads, those
        that come first decide.
    """
    most_valid, most_all = _or_any(rules.phase.valid_per_day), _or_any(rules.phase.all_per_day)
    left = _or_any(rules.phase.valid_total)
    valid: Counter[str] = Counter()
    for day in sorted(sent):
        number, good = sent[day]
        if number > most_all:
            return None
        counted = int(min(good, most_valid, left))
        valid[day] = counted
        left -= counted
    return Used(valid, Counter({day: number for day, (number, _) in sent.items()}))


def all_count(sent: Mapping[str, tuple[int, int]], rules: Counting) -> bool:
    """Return whether no upload of a team is over a limit; see `count_days`."""
    used = count_days(sent, rules)
    return used is not None and all(used.valid[day] == good for day, (_, good) in sent.items())


def _or_any(limit: int | None) -> float:
    return math.inf if limit is None else limit


class BoardUpload(NamedTuple):
    """An upload of a board: its entry, the labels of its systems that count, and its body."""

    entry: Entry
    systems: frozenset[str]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts in a phase: the status of every upload, and the uploads of the board.

    ``board`` has each upload with a system that counts, in the order of their entries.
    """

    statuses: dict[int, Status] = field(default_factory=dict)
    board: tuple[BoardUpload, ...] = ()

    def systems(self, team: str) -> list[str]:
        """Return the labels of the valid systems of a team that count."""
        return sorted(
            one["system"]
            for upload in self.board
            if upload.entry.team == team
            for one in upload.body["systems"]
            if one["valid"] and one["system"] in upload.systems
        )


def standing_of(
    tries: Iterable[Try],
    corrections: Sequence[Entry],
    rules: Counting,
    load: Callable[[Sequence[int]], Sequence[Entry]],
    teams: Callable[[], Iterable[str]],
    *,
    select: bool = True,
) -> Standing:
    """Return what counts in a phase.

    Parameters
    ----------
    tries : iterable of Try
        The uploads of the phase, by team and in the order of their times.
    corrections : sequence of Entry
        The withdrawals and selections of the phase, in the order of their entries.
    rules : Counting
        The rules of the phase.
    load : callable
        Returns the entries with some numbers; called once, for the uploads that are not replaced.
    teams : callable
        Returns the teams of the phase with a valid upload that is not withdrawn; called once, and
        only if a label does not name the team that has sent it.
    select : bool
        Whether selections and ``final_systems`` apply.
    """
    withdrawn = withdrawn_uploads(corrections)
    statuses: dict[int, Status] = {}
    remaining: list[int] = []
    for _, group in groupby(tries, key=itemgetter(_TEAM)):
        found, newest = newest_files(list(group), withdrawn, rules)
        statuses.update(found)
        remaining += newest
    board = board_of(load(remaining), corrections, rules, teams, select=select)
    statuses.update(board.others)
    return Standing(statuses, board.uploads)


def newest_files(
    tries: Sequence[Try], withdrawn: Set[int], rules: Counting
) -> tuple[dict[int, Status], list[int]]:
    """Return the statuses of the uploads of a team, and the newest one of each file that counts.

    Parameters
    ----------
    tries : sequence of Try
        The uploads of the team in the order of their times.
    withdrawn : set of int
        The numbers of withdrawn uploads.
    rules : Counting
        The rules of the phase.
    """
    found = count_tries(tries, rules).statuses
    last: dict[str | None, int] = {}
    for number, _, _, _, file in tries:
        if number in withdrawn:
            found[number] = "withdrawn"
        elif found[number] == "counts":
            if file in last:
                found[last[file]] = "replaced"
            last[file] = number
    return found, list(last.values())


class Board(NamedTuple):
    """The uploads of a board, as in `Standing`, and the statuses of those that are not on it."""

    uploads: tuple[BoardUpload, ...]
    others: dict[int, Status]


def board_of(
    entries: Iterable[Entry],
    corrections: Sequence[Entry],
    rules: Counting,
    teams: Callable[[], Iterable[str]],
    *,
    select: bool = True,
) -> Board:
    """Return the board from the newest upload of each file; see `standing_of`."""
    chosen, names = _selections(corrections), TeamNames(rules.team_of, teams)
    ordered = sorted(entries, key=lambda each: (each.team, each.time, each.sequence))
    uploads: list[BoardUpload] = []
    others: dict[int, Status] = {}
    for team, group in groupby(ordered, key=lambda each: each.team):
        versions = list(group)
        bodies = {each.sequence: body_of(each) for each in versions}
        own = {number: names.own_systems(team, body) for number, body in bodies.items()}
        newest = _newest(own)
        most = rules.phase.final_systems
        kept = _selected(newest, own, chosen.get(team), most) if select else newest
        for each in versions:
            if kept[each.sequence]:
                number = each.sequence
                uploads.append(BoardUpload(each, kept[number], bodies[number]))
            elif not own[each.sequence]:
                others[each.sequence] = "another team's label"
            else:
                others[each.sequence] = "not selected" if newest[each.sequence] else "replaced"
    uploads.sort(key=lambda one: one.entry.sequence)
    return Board(tuple(uploads), others)


class TeamNames:
    """The teams of a phase, by which a label that names another team is found."""

    def __init__(self, team_of: Callable[[str], str], teams: Callable[[], Iterable[str]]) -> None:
        self._team_of = team_of
        self._teams = teams

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(map(skeleton, self._teams()))

    def own_systems(self, team: str, body: Mapping[str, Any]) -> dict[str, bool]:
        """Return the systems in the body of an upload with whether each is valid, without those
        whose label names another team.
        """
        systems = {each["system"]: each["valid"] for each in body["systems"]}
        return {label: valid for label, valid in systems.items() if not self._is_other(team, label)}

    def _is_other(self, team: str, label: str) -> bool:
        named = self._team_of(label)  # the label itself if it names no team
        if named == team or skeleton(named) == skeleton(team):
            return False
        return skeleton(named) in self._known


def _in_time(entry: Entry) -> tuple[str, int]:
    return entry.time, entry.sequence


def withdrawn_uploads(entries: Iterable[Entry]) -> set[int]:
    """Return the numbers of the uploads that are withdrawn; the last word counts."""
    found: dict[int, bool] = {}
    for each in sorted(entries, key=_in_time):
        if each.kind == "withdrawal":
            values = body_of(each)
            found[values["entry"]] = values["withdrawn"]
    return {number for number, withdrawn in found.items() if withdrawn}


def _selections(entries: Iterable[Entry]) -> dict[str, frozenset[str]]:
    """Return the systems that each team has selected last; an empty selection is none."""
    found = {
        each.team: frozenset(body_of(each)["systems"])
        for each in sorted(entries, key=_in_time)
        if each.kind == "selection"
    }
    return {team: systems for team, systems in found.items() if systems}


def _newest(uploads: Mapping[int, Mapping[str, bool]]) -> dict[int, frozenset[str]]:
    """Return the systems of which each upload has the newest version; uploads in time order.

    Labels that look alike are one system. An invalid version of a system does not take the place of
    a valid one.
    """
    holder: dict[str, tuple[int, str]] = {}
    for wanted in (False, True):
        for sequence, systems in uploads.items():
            holder |= {
                skeleton(name): (sequence, name) for name, ok in systems.items() if ok is wanted
            }
    found: dict[int, set[str]] = {sequence: set() for sequence in uploads}
    for sequence, name in holder.values():
        found[sequence].add(name)
    return {sequence: frozenset(systems) for sequence, systems in found.items()}


def _selected(
    newest: Mapping[int, frozenset[str]],
    own: Mapping[int, Mapping[str, bool]],
    chosen: frozenset[str] | None,
    most: int | None,
) -> dict[int, frozenset[str]]:
    """Return the systems that a team selected, or its newest valid ones if none of them is left."""
    if most is None:
        return dict(newest)
    latest_first = [
        name
        for sequence, systems in list(newest.items())[::-1]
        for name in sorted(systems)
        if own[sequence][name]
    ]
    # The selected systems may be withdrawn, or more than a lower limit allows.
    still = [name for name in latest_first if name in (chosen or ())]
    kept = frozenset((still or latest_first)[:most])
    return {sequence: systems & kept for sequence, systems in newest.items()}
