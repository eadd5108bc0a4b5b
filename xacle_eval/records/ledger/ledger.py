"""Reading a ledger: attempts, log, check, export, and the uploads that count."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, check_arguments
from xacle_eval.io.outputs import write_text
from xacle_eval.records.ledger.arguments import check_team, checked_heads
from xacle_eval.records.ledger.asof import AsOf, check_as_of, moment_of
from xacle_eval.records.ledger.attempts import (
    limits_of,
    read_board,
    read_standing,
    team_attempts,
    utc_offsets,
)
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.checking import verify_entries
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.exchange import to_lines
from xacle_eval.records.ledger.phases import (
    challenge_of,
    ended_text,
    named_phases,
    part_of,
    phase_name,
    rules_of,
    same_pairs,
)
from xacle_eval.records.ledger.results import (
    Attempts,
    LedgerLog,
    LedgerVerification,
)
from xacle_eval.records.ledger.sent import Sent, sent_uploads
from xacle_eval.records.ledger.standing import Counting, zone_of
from xacle_eval.records.ledger.times import local_text
from xacle_eval.records.ledger.uploads import stored
from xacle_eval.records.ledger.writing import WritableLedger, as_result
from xacle_eval.submissions.discovery import Located
from xacle_eval.text import did_you_mean, listing, quote, visible, visible_path

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LedgerRecord"]

_Path = str | os.PathLike[str]


class LedgerRecord(WritableLedger):
    """The verbs of a ledger that need no references; see `xacle_eval.Ledger`."""

    def attempts(
        self, team: str | None = None, *, phase: str | None = None, as_of: AsOf = None
    ) -> Attempts:
        """Return how much each team has sent, the limits, and when the next upload is free.

        Parameters
        ----------
        team : str, optional
            Only this team; a name that no upload has is refused.
        phase : str, optional
            Only this phase; by default all.
        as_of : str, datetime or int, optional
            A time, a date (the end of that day in the time zone of the phase), or the number of an
            entry; by default the time of the latest entry.
        """
        check_team(team)
        names = list(named_phases(self.challenge))
        if phase is not None:
            names = [phase_name(self.challenge, phase)]
        teams, shown = [], ""
        with self._open() as database:
            if team is not None:
                _require_team(database, team)
            lost_phases = {} if phase else self._lost_phases(database)
            for name in names:
                rules = rules_of(self.challenge, name)
                moment = moment_of(database, as_of, rules.zone)
                teams += team_attempts(database, name, rules, moment, team)
                shown = shown or moment.time
        return Attempts(
            challenge=self.challenge.name,
            as_of=shown,
            lost_phases=lost_phases,
            phases=tuple(limits_of(self.challenge, name) for name in names),
            teams=tuple(teams),
        )

    def log(
        self, team: str | None = None, *, phase: str | None = None, as_of: AsOf = None
    ) -> LedgerLog:
        """Return the entries with what each upload is now.

        Parameters
        ----------
        team, phase : str, optional
            Only the entries of this team, or of this phase.
        as_of : str, datetime or int, optional
            See `attempts`; by default all entries.
        """
        check_team(team)
        phases = named_phases(self.challenge)
        if phase is not None:
            phase_name(self.challenge, phase)
        statuses: dict[int, Any] = {}
        with self._open() as database:
            if team is not None:
                _require_team(database, team)
            lost_phases = {} if phase else self._lost_phases(database)
            zone = Counting(phases[phase or next(iter(phases))]).zone
            condition = moment_of(database, as_of, zone).condition
            entries = database.entries(*condition)
            for name in [phase] if phase else phases:
                rules = rules_of(self.challenge, name)
                statuses |= read_standing(database, name, rules, condition, team).statuses
        return LedgerLog(
            challenge=self.challenge.name,
            utc_offsets=utc_offsets(self.challenge),
            lost_phases=lost_phases,
            entries=tuple(
                as_result(each, statuses.get(each.sequence))
                for each in entries
                if team in (None, each.team) and phase in (None, each.phase)
            ),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the log as a data frame, one row per entry."""
        return self.log().to_frame()

    def verify(self, heads: Iterable[tuple[int, str]] = ()) -> LedgerVerification:
        """Check the chain of entries, and the kept files against their hashes.

        Parameters
        ----------
        heads : iterable of (int, str)
            Numbers and hashes of entries that were signed or published; the chain must have them.
        """
        signed = checked_heads(heads)
        with self._open(checked=False) as database:
            entries = database.every_entry()
            changed = [*database.schema_faults(), *database.damage()]
        return verify_entries(entries, self.store, signed, changed)

    def head(self) -> tuple[int, str]:
        """Return the number and the hash of the last entry, which stand for all entries."""
        with self._open() as database:
            last = database.head()
        return last.sequence, last.hash

    def export(self, path: _Path) -> int:
        """Write the entries as JSON Lines, atomically, and return their number."""
        check_arguments(path=path)
        with self._open() as database:
            entries = database.entries()
        write_text(path, to_lines(entries))
        return len(entries)

    def lines(self) -> list[str]:
        """Return the lines that `export` writes."""
        with self._open() as database:
            return list(to_lines(database.entries()))

    def phase_challenge(self, phase: str | None = None, part: str | None = None) -> Challenge:
        """Return the challenge with the split of a phase, and the part that its boards score.

        Parameters
        ----------
        phase : str, optional
            The phase; by default the only one.
        part : str, optional
            Another part of the split, or ``all``.
        """
        check_arguments(part=part, optional=("part",))
        name = phase_name(self.challenge, phase)
        wanted = part_of(self.challenge, name) if part is None else part
        return challenge_of(self.challenge, name).with_part(wanted)

    def versions(self, *, phase: str | None = None, as_of: AsOf = None) -> tuple[Sent, ...]:
        """Return every upload that counted when it was sent, in the order of time.

        Uploads that newer ones replaced, that are not selected or were withdrawn are among them;
        systems whose label names another team are not.

        Raises
        ------
        UsageError
            If a kept file of an upload that was not withdrawn is missing.
        """
        name = phase_name(self.challenge, phase)
        rules = rules_of(self.challenge, name)
        with self._open() as database:
            condition = moment_of(database, as_of, rules.zone).condition
            found = tuple(sent_uploads(database, self.store, name, rules, condition))
        self._require_files(each.entry for each in found if not each.withdrawn)
        return found

    def is_open(
        self, phase: str | None = None, *, as_of: AsOf = None, part: str | None = None
    ) -> bool:
        """Return whether labels of a phase may still be scored; see `open_phases`."""
        return bool(self.open_phases(phase, as_of=as_of, part=part))

    def open_phases(
        self, phase: str | None = None, *, as_of: AsOf = None, part: str | None = None
    ) -> tuple[str, ...]:
        """Return the phases that score pairs of a phase and may not have ended at a time.

        The phase itself can be among them. A phase of the challenge file has ended if `as_of` is a
        time at its ``closes`` or later, or a date that begins then. Without `as_of` the phase
        itself may be open: the time of the last upload can be wrong. A split of a challenge without
        phases is never open.

        Parameters
        ----------
        phase : str, optional
            The phase; by default the only one.
        as_of : str, datetime or int, optional
            See `attempts`.
        part : str, optional
            The part of the split whose scores are shown; by default that of the phase.
        """
        check_as_of(as_of)
        name = phase_name(self.challenge, phase)
        self.phase_challenge(name, part)  # an unknown part is an error
        if name not in self.challenge.phases:
            return ()
        with self._open() as database:
            moment = moment_of(database, as_of, zone_of(self.challenge.phases[name]))
        found = []
        for other in same_pairs(self.challenge, name, part):
            closes = Counting(self.challenge.phases[other]).closes
            # Without a time, the phase is open, and only those that can still be are named.
            passed = moment.passed or ("" if other == name else moment.time)
            if closes is None or passed < closes:
                found.append(other)
        return tuple(found)

    def limits_of_pages(
        self, phase: str | None = None, *, as_of: AsOf = None, part: str | None = None
    ) -> str:
        """Return what limits the pages of an open phase, and how all of them are made.

        Parameters
        ----------
        phase, as_of, part
            As for `open_phases`.
        """
        name = phase_name(self.challenge, phase)
        names = self.open_phases(name, as_of=as_of, part=part) or (name,)
        if name not in self.challenge.phases:
            return f"the challenge file has no [phases.{name}], so its pages have no limits"
        phases = {each: self.challenge.phases[each] for each in names}
        endless = [f"[phases.{each}]" for each, one in phases.items() if one.closes is None]
        last = max((one.closes for one in phases.values() if one.closes is not None), default=None)
        ending = f"add closes to {listing(endless, 20)}, and name that time or a later one"
        if not endless and last is not None:
            ending = f"name {last.isoformat()} or a later time"
        own = f"the phase {name}" if name in names else ""
        ended = ended_text([each for each in names if each != name], own)
        return (
            f"until {ended}, pages show no more than [publish.phase.{name}] allows; for all of "
            f"them, {ending} with --as-of"
        )

    def time_of(self, phase: str, as_of: AsOf = None) -> str:
        """Return the time of a state of the ledger, in UTC."""
        zone = zone_of(named_phases(self.challenge)[phase_name(self.challenge, phase)])
        with self._open() as database:
            return moment_of(database, as_of, zone).time

    def _lost_phases(self, database: Database) -> dict[str, int]:
        """Return the numbers of uploads by phase that the challenge file does not name."""
        known, found, last = named_phases(self.challenge), {}, ""
        # From one phase to the next by the index: counting all uploads would take longer than most
        # of what asks for this.
        while rows := database.query("SELECT min(phase) FROM entries WHERE phase > ?", last):
            ((last,),) = rows
            if last is None:
                break
            if last not in known:
                ((found[last],),) = database.query(
                    "SELECT count(*) FROM entries WHERE phase = ? AND kind IN ('valid', 'invalid')",
                    last,
                )
        return {name: size for name, size in found.items() if size}

    def _require_files(self, entries: Iterable[Entry]) -> None:
        lost = [f"{each.sequence:,}" for each in entries if not self.store.has(each.sha256)]
        if lost:
            raise UsageError(
                f"the files of entries {listing(lost, 10)} are missing in "
                f"{visible_path(os.fspath(self.store.folder))}; add the same uploads again to "
                "restore them"
            )

    def submissions(self, *, phase: str | None = None, as_of: AsOf = None) -> tuple[Located, ...]:
        """Return the kept files that count, for `xacle_eval.leaderboard` and `xacle_eval.report`.

        Each is ``TEAM/FILE``, as in a folder with the same files.

        Parameters
        ----------
        phase : str, optional
            The phase; by default the only one.
        as_of : str, datetime or int, optional
            See `attempts`; by default all entries count.

        Raises
        ------
        UsageError
            If no upload counts, or a kept file is missing.
        """
        found = self.counted(phase=phase, as_of=as_of)
        if not found:
            raise UsageError(self.none_counts(phase=phase, as_of=as_of))
        return found

    def counted(self, *, phase: str | None = None, as_of: AsOf = None) -> tuple[Located, ...]:
        """Return the kept files that count, as `submissions` does; none if no upload counts.

        Parameters
        ----------
        phase, as_of
            As for `submissions`.

        Raises
        ------
        UsageError
            If a kept file is missing, or no upload counts and the ledger has uploads of phases that
            the challenge file does not name.
        """
        name = phase_name(self.challenge, phase)
        rules = rules_of(self.challenge, name)
        with self._open() as database:
            condition = moment_of(database, as_of, rules.zone).condition
            board = read_board(database, name, rules, condition).uploads
            lost_phases = {} if board else self._lost_phases(database)
        if lost_phases:
            raise UsageError(
                f"{self.none_counts(phase=name, as_of=as_of)}; the ledger has uploads of "
                f"{listing(map(visible, lost_phases), 10)}, which the challenge file does not name"
            )
        self._require_files([one.entry for one in board])
        found = []
        for each, systems, body in board:
            whole = {one["system"] for one in body["systems"]} == systems
            named = None if whole else systems
            found.append(stored(self.store, each.sha256, each.team, body["file"], named))
        return tuple(found)

    def none_counts(self, *, phase: str | None = None, as_of: AsOf = None) -> str:
        """Return the sentence that no upload of a phase counts at a time.

        Parameters
        ----------
        phase, as_of
            As for `submissions`.
        """
        name = phase_name(self.challenge, phase)
        time = self.time_of(name, as_of)
        when = ": no upload was added yet"
        if time:
            when = f" as of {local_text(time, zone_of(named_phases(self.challenge)[name]))}"
        return f"no upload of the phase {name} counts{when}"


def _require_team(database: Database, team: str) -> None:
    """Refuse a team that has sent nothing, which is a misspelt name more often than a new team.

    Raises
    ------
    UsageError
        If there are uploads, but none of this team.
    """
    if database.query("SELECT 1 FROM entries WHERE team = ? LIMIT 1", team):
        return
    rows = database.query("SELECT DISTINCT team FROM entries WHERE team != '' ORDER BY team")
    known = [name for (name,) in rows]
    if known:
        hint = did_you_mean(team, known, f"the teams are {listing(map(visible, known), 20)}")
        raise UsageError(f"the ledger has no upload of the team {quote(team, 60)}; {hint}")
