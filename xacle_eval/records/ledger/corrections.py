"""Corrections: a withdrawal must change what counts as of its time."""

from __future__ import annotations

from datetime import tzinfo

from xacle_eval.errors import UsageError
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.standing import withdrawn_uploads
from xacle_eval.records.ledger.times import local_text

__all__ = ["require_change"]


def require_change(
    database: Database, upload: Entry, moment: str, zone: tzinfo, undo: bool
) -> None:
    """Refuse a withdrawal, or its end, that changes nothing at its time: corrections apply in the
    order of their times, so later ones do not matter.

    Raises
    ------
    UsageError
        If the upload has that state at the time already.
    """
    entry, team = upload.sequence, (upload.phase, upload.team)
    every = database.entries("phase = ? AND team = ? AND kind = 'withdrawal'", *team)
    before = withdrawn_uploads(each for each in every if each.time <= moment)
    if (entry in before) is not undo:
        state = "not withdrawn" if undo else "withdrawn already"
        at = f" at {local_text(moment, zone)}" if any(each.time > moment for each in every) else ""
        raise UsageError(f"entry {entry:,} of the ledger is {state}{at}")
