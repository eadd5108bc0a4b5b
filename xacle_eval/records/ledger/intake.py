"""Intake: for each upload of a folder its check, its receipt, its entry and its reply."""

from __future__ import annotations

import os
from pathlib import Path

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError
from xacle_eval.io.files import display_path, join_path
from xacle_eval.io.outputs import is_within, make_folders, output_errors, real_path, write_text
from xacle_eval.records.ledger.adding import Recorded
from xacle_eval.records.ledger.attempts import read_standing, tries_of
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.phases import named_phases, rules_of
from xacle_eval.records.ledger.replies import Answer, folder_name, reply_text
from xacle_eval.records.ledger.store import Store
from xacle_eval.records.ledger.uploads import Checked, Upload, check_copy, open_upload

__all__ = ["require_outside", "write_reply"]

_REPLY, _RECEIPT = "reply.txt", "receipt.json"


def require_outside(replies: Path, folder: str | os.PathLike[str]) -> None:
    """Refuse replies in the folder of the uploads, where they would be uploads.

    Raises
    ------
    UsageError
        If the folder of the replies is that of the uploads, or in it.
    """
    inner, outer = real_path(replies), real_path(folder)
    if inner == outer or is_within(inner, outer):
        raise UsageError(
            "the replies are in the folder of the uploads, where the next run would take them for "
            "uploads; name another folder with --replies"
        )


def write_reply(
    replies: Path,
    database: Database,
    store: Store,
    upload: Upload,
    recorded: Recorded,
    challenge: Challenge,
) -> str:
    """Write the receipt and the reply of an upload, unless they are there; return the reply's path.

    The reply is written last, so that an interrupted run is completed by the next one.

    Raises
    ------
    OutputError
        If a file cannot be written; the upload is recorded, and the next run writes it.
    """
    entry = recorded.entry
    folder = replies / folder_name(entry)
    shown = join_path(display_path(folder), _REPLY)
    if (folder / _REPLY).is_file():
        return shown
    checked = recorded.checked
    if checked is None:
        with open_upload(upload.located) as source, store.copy(source) as copy:
            checked = check_copy(store, copy, upload, challenge)
    text = reply_text(_answer(database, upload, entry, checked, challenge))
    with output_errors(folder):
        make_folders(folder)
    write_text(folder / _RECEIPT, checked.receipt.text())
    write_text(folder / _REPLY, text)
    return shown


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
    )
