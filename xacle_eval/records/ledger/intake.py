"""Intake: for each upload of a folder its check, its receipt, its entry and its reply."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.rules import FAR_ABOVE, MANY_SYSTEMS
from xacle_eval.errors import UsageError
from xacle_eval.io.files import display_path, join_path, read_input
from xacle_eval.io.outputs import is_within, make_folders, output_errors, real_path, write_text
from xacle_eval.records.ledger.adding import Recorded, check_again, upload_hash
from xacle_eval.records.ledger.attempts import read_standing, tries_of
from xacle_eval.records.ledger.bodies import body_of
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.phases import challenge_of, named_phases, phase_name, rules_of
from xacle_eval.records.ledger.replies import (
    Answer,
    Crowd,
    folder_name,
    folder_of_skipped,
    longer_folder_name,
    reply_text,
    skipped_text,
)
from xacle_eval.records.ledger.results import SkippedUpload
from xacle_eval.records.ledger.skipped import Skipped
from xacle_eval.records.ledger.store import Store
from xacle_eval.records.ledger.times import from_seconds, local_text
from xacle_eval.records.ledger.uploads import Checked, Upload
from xacle_eval.submissions.rules import rule
from xacle_eval.text import listing, visible

__all__ = ["Intake"]

_REPLY, _RECEIPT, _NOTE = "reply.txt", "receipt.json", "note.txt"
_LARGEST_REPLY = 1 << 26


class Intake:
    """The replies to the uploads of a folder, and the phase of each upload.

    Parameters
    ----------
    replies : Path
        The folder of the replies.
    folder : path
        The folder of the uploads.
    challenge : Challenge
        The challenge.
    store : Store
        The files of the ledger.
    phase : str, optional
        The phase of all uploads; by default the only one, or the one that was open at the time of
        the upload, that closed last before it, or that opens next.

    Raises
    ------
    UsageError
        If the folder of the replies is that of the uploads, or in it: the replies would be uploads.
    """

    def __init__(
        self,
        replies: Path,
        folder: str | os.PathLike[str],
        challenge: Challenge,
        store: Store,
        phase: str | None,
    ) -> None:
        inner, outer = real_path(replies), real_path(folder)
        if inner == outer or is_within(inner, outer):
            raise UsageError(
                "the replies are in the folder of the uploads, where the next run would take them "
                "for uploads; name another folder with --replies"
            )
        self._replies, self._folder = replies, display_path(folder)
        self._challenge, self._store = challenge, store
        by_time = phase is None and len(challenge.phases) > 1
        self._phase = None if by_time else phase_name(challenge, phase)

    def phase_of(self, database: Database, upload: Upload) -> str | Skipped:
        """Return the phase of an upload, or why it is not recorded."""
        chosen = self._phase or self._phase_at(upload)
        sent = database.entries(
            "time = ? AND team = ? AND kind IN ('valid', 'invalid')", upload.time, upload.team
        )
        # Hashing a large upload takes time, and most are new or of the chosen phase.
        if all(entry.phase == chosen for entry in sent):
            return chosen
        digest = upload_hash(upload)
        known = [entry for entry in sent if entry.sha256 == digest]
        if not known or chosen in {entry.phase for entry in known}:
            return chosen
        entry = known[0]
        if self._phase is None:
            return entry.phase if entry.phase in self._challenge.phases else chosen
        reason = (
            f"it is entry {entry.sequence:,} of the phase {entry.phase} already, with the same time"
        )
        advice = f"To record it in the phase {self._phase} too, use: xacle-eval ledger add"
        return Skipped(upload.located.shown, "elsewhere", reason, advice, upload.team)

    def _phase_at(self, upload: Upload) -> str | Skipped:
        """Return the phase that was open; if none was, the one that closed last, or opens next."""
        phases = {name: rules_of(self._challenge, name) for name in self._challenge.phases}
        time, at = upload.time, local_text(upload.time, next(iter(phases.values())).zone)
        found = [name for name, rules in phases.items() if rules.is_open(time)]
        state = f"were open at {at}"
        if not found:
            found = _all_at(
                max, {n: r.closes for n, r in phases.items() if (r.closes or "~") <= time}
            )
            state = f"closed last before {at}"
        if not found:
            found = _all_at(min, {name: rules.opens for name, rules in phases.items()})
            state = f"open next after {at}"
        if len(found) == 1:
            return found[0]
        reason = f"{len(found)} phases {state}: {listing(found, 20)}"
        advice = "Name one of them with --phase."
        return Skipped(upload.located.shown, "phases", reason, advice, upload.team)

    def copy_of(self, database: Database, upload: Upload, recorded: Recorded) -> Skipped | None:
        """Return why an upload is not recorded, if only uploads with other names have its bytes."""
        entry, file = recorded.entry, body_of(recorded.entry)["file"]
        same = "phase = ? AND team = ? AND sha256 = ? AND file = ? AND kind IN ('valid', 'invalid')"
        given = (entry.phase, entry.team, entry.sha256, upload.file)
        if recorded.new or file == upload.file or database.entries(same, *given):
            return None
        at = local_text(entry.time, rules_of(self._challenge, entry.phase).zone)
        reason = (
            f"it has the same bytes as the upload {visible(file, 200)} of {at}, which has the "
            f"number {entry.sequence}"
        )
        advice = "If it is meant to be another system, send the predictions of that system."
        if entry.kind == "invalid":
            advice = "That upload is invalid, and so is this one; send a corrected file."
        return Skipped(upload.located.shown, "copy", reason, advice, upload.team)

    def reply(self, database: Database, upload: Upload, recorded: Recorded) -> str:
        """Write the receipt and the reply of an upload, unless they are there.

        The reply is written last, so that an interrupted run is completed by the next one.

        Returns
        -------
        str
            The path of the reply, for results.

        Raises
        ------
        UsageError
            If the upload is gone or was changed since it was recorded.
        OutputError
            If a file cannot be written; the upload is recorded, and the next run writes it.
        """
        entry, checked = recorded.entry, recorded.checked
        folder = self._folder_of(entry)
        shown = join_path(display_path(folder), _REPLY)
        if (folder / _REPLY).is_file():
            return shown
        challenge = challenge_of(self._challenge, entry.phase)
        if checked is None:
            checked = check_again(self._store, upload, entry, challenge)
        text = reply_text(_answer(database, upload, entry, checked, challenge))
        with output_errors(folder):
            make_folders(folder)
        write_text(folder / _RECEIPT, checked.receipt.text())
        write_text(folder / _REPLY, text)
        return shown

    def _folder_of(self, entry: Entry) -> Path:
        """Return the folder of the reply to an upload.

        Another ledger, such as that of a rehearsal, may have written a reply with the same number.
        """
        folder = self._replies / folder_name(entry)
        for name in (_RECEIPT, _REPLY):
            try:
                data = read_input(folder / name, _LARGEST_REPLY)
            except OSError:
                continue
            return (
                folder
                if entry.sha256.encode() in data
                else self._replies / longer_folder_name(entry)
            )
        return folder

    def report(self, skipped: Skipped) -> SkippedUpload:
        """Write a reply for the team about a file that is not recorded, or a note for the
        organisers, unless it is there; return what is shown of the file.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        found = SkippedUpload(
            path=skipped.path, team=skipped.team, reason=skipped.text, new=skipped.matters
        )
        if not skipped.matters:
            return found
        name = skipped.path.removeprefix(self._folder).lstrip("/")
        state, seconds = skipped.state()
        folder = self._replies / folder_of_skipped(name, state, skipped.team)
        file = _REPLY if skipped.of_sender else _NOTE
        reply = join_path(display_path(folder), file) if skipped.of_sender else None
        if (folder / file).is_file():
            return found.model_copy(update={"new": False, "reply": reply})
        zone = rules_of(self._challenge, next(iter(named_phases(self._challenge)))).zone
        text = skipped_text(skipped, name, _time_text(seconds, zone))
        with output_errors(folder):
            make_folders(folder)
        write_text(folder / file, text)
        return found.model_copy(update={"reply": reply})


def _all_at(which: Callable[[Iterable[str]], str], times: Mapping[str, str | None]) -> list[str]:
    """Return the names of the phases with the first or the last of some times; may be none."""
    known = {name: time for name, time in times.items() if time}
    return [name for name, time in known.items() if time == which(known.values())]


def _time_text(seconds: float | None, zone: tzinfo) -> str:
    try:
        return "" if seconds is None else local_text(from_seconds(seconds), zone)
    except UsageError:  # no calendar has it
        return ""


def _answer(
    database: Database, upload: Upload, entry: Entry, checked: Checked, challenge: Challenge
) -> Answer:
    """Return what the reply to an upload is made from: the state right after its entry."""
    phase = named_phases(challenge)[entry.phase]
    rules = rules_of(challenge, entry.phase)
    until = ("sequence <= ?", entry.sequence)
    standing = read_standing(database, entry.phase, rules, until, entry.team)
    ranked, others = standing.systems(entry.team), []
    if phase.final_systems is not None:
        every = read_standing(database, entry.phase, rules, until, entry.team, select=False)
        others = [name for name in every.systems(entry.team) if name not in ranked]
    return Answer(
        entry=entry,
        file=upload.file,
        reports=checked.reports,
        status=standing.statuses[entry.sequence],
        tries=tries_of(database, entry.phase, until, entry.team),
        ranked=ranked,
        others=others,
        rules=rules,
        title=phase.title or entry.phase,
        crowd=_crowd(challenge, entry.team, ranked),
    )


def _crowd(challenge: Challenge, team: str, systems: Sequence[str]) -> Crowd | None:
    """Return by how much a team exceeds its number of systems on a board (XAC061), or None."""
    limit, code = challenge.submissions.systems_per_team, rule("too-many-systems").code
    kinds = [challenge.submissions.kind_of(system, team) for system in systems]
    competing = kinds.count("competing")
    severity = challenge.rules.get(code)
    most = MANY_SYSTEMS if limit is None else limit
    if competing > most and severity == "error":
        return Crowd(systems, most, most)
    if limit is None or not competing:
        return None
    if len(systems) > FAR_ABOVE * limit:
        return Crowd(systems, limit, FAR_ABOVE * limit)
    return Crowd(systems, limit, None) if competing > limit and severity != "ignore" else None
