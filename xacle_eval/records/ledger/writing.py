"""Writing to a ledger: uploads, withdrawals, selections and imported entries."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, check_arguments
from xacle_eval.io.outputs import is_within, make_folders, output_errors, real_path
from xacle_eval.records.ledger.adding import add_upload, require_new_name
from xacle_eval.records.ledger.arguments import (
    checked_entry,
    checked_reason,
    checked_systems,
    checked_team,
)
from xacle_eval.records.ledger.attempts import utc_offsets
from xacle_eval.records.ledger.base import LedgerFile, require_challenge
from xacle_eval.records.ledger.bodies import body_of
from xacle_eval.records.ledger.chain import UPLOADS, Entry, body_text
from xacle_eval.records.ledger.changes import status_changes
from xacle_eval.records.ledger.corrections import require_change
from xacle_eval.records.ledger.database import Database, create_database
from xacle_eval.records.ledger.exchange import new_entries, read_lines
from xacle_eval.records.ledger.intake import Intake
from xacle_eval.records.ledger.phases import challenge_of, named_phases, phase_name
from xacle_eval.records.ledger.results import (
    AddedUpload,
    AddedUploads,
    LedgerEntry,
    SkippedUpload,
    Status,
)
from xacle_eval.records.ledger.skipped import Skipped, skip_refused
from xacle_eval.records.ledger.standing import zone_of
from xacle_eval.records.ledger.times import local_text, parse_time
from xacle_eval.records.ledger.uploads import Upload, find_uploads
from xacle_eval.text import count, did_you_mean, listing, quote, typed, visible, visible_path

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["WritableLedger", "as_result"]

_Path = str | os.PathLike[str]
_ENDINGS = ("-wal", "-shm", ".files", ".replies")


class _Added(NamedTuple):
    """An upload with its entry, and the file with its reply."""

    upload: Upload
    entry: Entry
    new: bool
    reply: str | None = None
    repeats: int | None = None


class WritableLedger(LedgerFile):
    """The verbs that add entries; see `Ledger`."""

    def add(
        self,
        *uploads: _Path,
        team: str | None = None,
        phase: str | None = None,
        time: str | datetime | None = None,
        follow_links: bool = False,
    ) -> AddedUploads:
        """Check uploads and record them; the same bytes of a team in a phase are one entry.

        They are a new upload with another time if they were early or over a limit, if a newer
        upload had taken their place, or if they were withdrawn.

        Parameters
        ----------
        *uploads : path
            Prediction files, packages, and folders that are searched as by
            `xacle_eval.leaderboard`.
        team : str, optional
            The team of all of them; by default that of the folder or of the label.
        phase : str, optional
            The phase; by default the only one.
        time : str or datetime, optional
            When they arrived, with a time zone; by default the time of each file.
        follow_links : bool
            Follow symbolic links in folders if they lead to a place in the same folder.

        Returns
        -------
        AddedUploads
            The uploads with their entries, in the order of their times. A file of a folder that
            was not recorded is listed as skipped.

        Raises
        ------
        UsageError
            If an upload cannot be read, or an argument is invalid.
        OutputError
            If the ledger cannot be written; nothing was recorded.
        """
        check_arguments(follow_links=follow_links)
        return self._add(uploads, team, phase, time, follow_links)

    def intake(
        self,
        folder: _Path,
        *,
        phase: str | None = None,
        replies: _Path | None = None,
    ) -> AddedUploads:
        """Check and record the uploads of a folder, and write a reply and a receipt for each.

        A second call with the same folder changes nothing, so it can be made every few minutes.

        Parameters
        ----------
        folder : path
            The uploads, such as ``FOLDER/TEAM/FILE``.
        phase : str, optional
            The phase; by default the only one, or of several the one that was open at the time of
            each upload. If none was open, it is the one that closed last, or else the one that
            opens next, and the upload is late or early.
        replies : path, optional
            The folder of the replies; by default ``LEDGER.replies``. Each upload has a folder in
            it, with ``reply.txt`` and ``receipt.json``. A file that is not recorded has one with
            ``reply.txt``, or with ``note.txt`` if the team cannot correct it.
        """
        check_arguments(folder=folder, replies=replies, optional=("replies",))
        place = Path(f"{self.path}.replies" if replies is None else replies)
        desk = Intake(place, folder, self.challenge, self.store, phase)
        with output_errors(place):
            make_folders(place)  # an upload whose reply cannot be written is not recorded either
        return self._add([folder], None, phase, None, False, desk)

    def _add(
        self,
        uploads: Sequence[_Path],
        team: str | None,
        phase: str | None,
        time: str | datetime | None,
        follow_links: bool,
        desk: Intake | None = None,
    ) -> AddedUploads:
        """Add uploads; with `desk`, each has its own phase and a reply, and none is needed."""
        name = phase_name(self.challenge, phase) if desk is None else ""
        moment = None if time is None else parse_time(time)
        whose = None if team is None else checked_team(team)
        found, passed = find_uploads(
            uploads, self.challenge, whose, moment, follow_links, empty=desk is not None
        )
        # The ledger and its replies may be in the folder.
        passed = [one for one in passed if not self._is_own(one.path)]
        found = [one for one in found if not self._is_own_upload(one)]
        with self._open(write=True) as database:
            head = database.head().sequence
            recorded, refused = self._record(database, found, name, desk)
            statuses: dict[int, Status] = {}
            entries = [one.entry for one in recorded]
            for chosen, sender in dict.fromkeys((each.phase, each.team) for each in entries):
                statuses |= self._standing(database, chosen, team=sender).statuses
            new = [one.entry for one in recorded if one.new]
            changes = status_changes(database, self.challenge, new, head)
        passed += refused
        if desk is None:
            skipped = [
                SkippedUpload(path=one.path, team=one.team, reason=one.text) for one in passed
            ]
        else:
            skipped = [desk.report(one) for one in passed]
        return AddedUploads(
            challenge=self.challenge.name,
            utc_offsets=utc_offsets(self.challenge),
            uploads=tuple(_added(one, statuses) for one in recorded),
            skipped=tuple(skipped),
            changes=tuple(changes),
        )

    def _record(
        self, database: Database, found: Iterable[Upload], phase: str, desk: Intake | None
    ) -> tuple[list[_Added], list[Skipped]]:
        """Record uploads, and answer them with `desk`; return those of folders that were refused.

        An upload that was recorded, but cannot be answered, is among both.
        """
        recorded: list[_Added] = []
        refused: list[Skipped] = []
        for one in found:
            try:
                checked_team(one.team)
                chosen = phase if desk is None else desk.phase_of(database, one)
                if isinstance(chosen, Skipped):
                    refused.append(chosen)
                    continue
                challenge = challenge_of(self.challenge, chosen)
                done = add_upload(database, self.store, one, chosen, challenge)
                if desk is not None and (copy := desk.copy_of(database, one, done)):
                    refused.append(copy)
                    continue
                recorded.append(_Added(one, done.entry, done.new, repeats=done.repeats))
                if desk is not None:
                    reply = desk.reply(database, one, done)
                    recorded[-1] = recorded[-1]._replace(reply=reply)
            except UsageError as error:
                if one.located.inside is None:
                    raise
                refused.append(skip_refused(one.located.shown, str(error), one.team))
        return recorded, refused

    def _is_own_upload(self, upload: Upload) -> bool:
        """Return whether an upload is a file of the ledger; one that was named is refused."""
        if not self._is_own(upload.located.shown):
            return False
        if upload.located.inside is None:
            shown = visible_path(typed(upload.located.shown))
            raise UsageError(f"{shown} is a file of the ledger itself, and no upload")
        return True

    def _is_own(self, path: str) -> bool:
        """Return whether a file is one of the ledger, its kept files or its replies."""
        place, own = real_path(typed(path)), real_path(self.path)
        return place == own or any(
            place == f"{own}{ending}" or is_within(place, f"{own}{ending}") for ending in _ENDINGS
        )

    @classmethod
    def import_(
        cls,
        lines: _Path,
        path: _Path,
        challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    ) -> Self:
        """Add the entries of exported lines that follow those of a ledger, or create a ledger.

        Parameters
        ----------
        lines : path
            The lines that `Ledger.export` wrote; the first ones are the entries of the ledger.
        path : path
            The ledger; it is created if it does not exist.
        challenge : str, path or Challenge
            The challenge.

        Raises
        ------
        UsageError
            If a line is invalid, the chain is broken, or the entries differ; nothing is imported.
        OutputError
            If the ledger cannot be written; nothing is imported.
        """
        check_arguments(lines=lines, path=path)
        given = read_lines(lines)
        if not os.path.lexists(path):
            loaded = load_challenge(challenge)
            require_challenge(given[0], loaded, visible_path(os.fspath(lines)))
            create_database(path, given)
            return cls(path, loaded)
        found = cls(path, challenge)
        with found._open(write=True) as database, database.transaction():
            known = database.entries("sequence <= ?", len(given))
            database.insert(new_entries(known, given, database.shown))
        return found

    def withdraw(
        self,
        entry: int,
        *,
        time: str | datetime,
        reason: str = "",
        undo: bool = False,
    ) -> LedgerEntry:
        """Record that an upload is withdrawn; its entry stays, and it stays an attempt.

        Parameters
        ----------
        entry : int
            The number of the upload's entry.
        time : str or datetime
            When the team asked for it.
        reason : str
            A remark for the log.
        undo : bool
            Record that an upload is no longer withdrawn.
        """
        check_arguments(undo=undo)
        entry, reason, undo = checked_entry(entry), checked_reason(reason), bool(undo)
        moment = parse_time(time)
        with self._open(write=True) as database, database.transaction():
            upload = _upload_of(database, entry)
            phase_name(self.challenge, upload.phase)  # which the challenge file may have lost
            zone = zone_of(named_phases(self.challenge)[upload.phase])
            if moment < upload.time:
                raise UsageError(
                    f"entry {entry:,} is of {local_text(upload.time, zone)}, after "
                    f"{local_text(moment, zone)}; an upload is withdrawn at its own time or later"
                )
            require_change(database, upload, moment, zone, undo)
            if undo:
                require_new_name(database, upload.team)
            body = {"entry": entry, "withdrawn": not undo, "reason": reason}
            added = database.append(
                "withdrawal", moment, body_text(body), team=upload.team, phase=upload.phase
            )
            return as_result(added)  # an error here would undo the entry

    def select(
        self,
        *systems: str,
        team: str,
        time: str | datetime,
        phase: str | None = None,
    ) -> LedgerEntry:
        """Record the final systems of a team; a later selection replaces an earlier one.

        Parameters
        ----------
        *systems : str
            The labels of its systems that count at that time, at most ``final_systems`` of the
            phase. None at all removes the selection.
        team : str
            The team.
        time : str or datetime
            When the team named them.
        phase : str, optional
            The phase, which has ``final_systems``; by default the only one.
        """
        chosen, team, moment = checked_systems(systems), checked_team(team), parse_time(time)
        name = phase_name(self.challenge, phase)
        most = named_phases(self.challenge)[name].final_systems
        if most is None:
            raise UsageError(
                f"all systems of a team count in the phase {name}, which has no final_systems; add "
                f"final_systems to [phases.{name}], or withdraw the other uploads"
            )
        if len(chosen) > most:
            raise UsageError(
                f"{len(chosen)} systems are selected, and a team has at most "
                f"{count(most, 'final system')} in the phase {name}"
            )
        with self._open(write=True) as database, database.transaction():
            then = ("time <= ?", moment)
            when = local_text(moment, zone_of(named_phases(self.challenge)[name]))
            standing = self._standing(database, name, team=team, select=False, condition=then)
            if not standing.statuses:
                raise UsageError(
                    f"the team {quote(team, 60)} has sent no upload to the phase {name} by {when}"
                )
            known = standing.systems(team)
            for label in chosen:
                if label not in known:
                    none = f"its systems are {listing(map(visible, known), 10)}" if known else ""
                    hint = did_you_mean(label, known, none or "no upload of it counts")
                    raise UsageError(
                        f"the team {quote(team, 60)} has no system {quote(label, 60)} that counts "
                        f"in the phase {name} at {when}; {hint}"
                    )
            body = body_text({"systems": chosen})
            added = database.append("selection", moment, body, team=team, phase=name)
            return as_result(added)  # an error here would undo the entry


def _added(one: _Added, statuses: Mapping[int, Status]) -> AddedUpload:
    """Return a recorded upload as a result."""
    entry = one.entry
    return AddedUpload(
        path=one.upload.located.shown,
        team=entry.team,
        phase=entry.phase,
        time=entry.time,
        sha256=entry.sha256,
        valid=entry.kind == "valid",
        status=statuses[entry.sequence],
        entry=entry.sequence,
        new=one.new,
        findings=body_of(entry).get("findings") or {},
        reply=one.reply,
        repeats=one.repeats,
    )


def _upload_of(database: Database, number: int) -> Entry:
    """Return the entry of an upload.

    Raises
    ------
    UsageError
        If there is no such entry, or it is not that of an upload.
    """
    found = database.entries("sequence = ?", number)
    listed = "xacle-eval ledger log lists them"
    if not found:
        last = database.head().sequence
        entries = f"its entries are 1 to {last:,}" if last > 1 else "it has no upload yet"
        raise UsageError(f"the ledger has no entry {number:,}; {entries}; {listed}")
    if found[0].kind not in UPLOADS:
        raise UsageError(
            f"entry {number:,} of the ledger is not an upload, but {found[0].kind!r}; {listed}"
        )
    return found[0]


def as_result(entry: Entry, status: Status | None = None) -> LedgerEntry:
    """Return an entry as a result; of an upload, with its status."""
    values = {**entry._asdict(), "body": body_of(entry), "status": status}
    return LedgerEntry(entry=values.pop("sequence"), **values)
