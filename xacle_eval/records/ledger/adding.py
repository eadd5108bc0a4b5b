"""Adding uploads: each is hashed, copied, checked and recorded; the same bytes once."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, XacleEvalError
from xacle_eval.records.ledger.chain import Entry, body_text
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.store import LARGEST, Copy, Store
from xacle_eval.records.ledger.uploads import Checked, Upload, check_copy, open_upload
from xacle_eval.text import typed, visible_path

__all__ = ["Recorded", "add_upload"]

_CHUNK = 1 << 20


class Recorded(NamedTuple):
    """The entry of an upload, whether it is new, and its check if it was made."""

    entry: Entry
    new: bool
    checked: Checked | None


def add_upload(
    database: Database, store: Store, upload: Upload, phase: str, challenge: Challenge
) -> Recorded:
    """Record an upload, unless the ledger has the same bytes of the same team and phase.

    Raises
    ------
    UsageError
        If the upload cannot be read.
    OutputError
        If the ledger or its folder of files cannot be written; nothing was recorded.
    """
    with _readable(upload):
        known = _known(database, upload.team, phase, _hash(upload))
        if known is not None and (known.kind == "invalid" or store.has(known.sha256)):
            return Recorded(known, False, None)
        with open_upload(upload.located) as source, store.copy(source) as copy:
            checked = check_copy(store, copy, upload, challenge)
            entry, new = _record(database, store, copy, checked, upload, phase)
    return Recorded(entry, new, checked)


@contextlib.contextmanager
def _readable(upload: Upload) -> Iterator[None]:
    """Name the upload in the error of the operating system about it."""
    try:
        yield
    except OSError as error:
        if isinstance(error, XacleEvalError):
            raise
        shown = visible_path(typed(upload.located.shown))
        raise UsageError(f"cannot read {shown}: {error.strerror or error}") from error


def _hash(upload: Upload) -> str:
    digest, size = hashlib.sha256(), 0
    with open_upload(upload.located) as source:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > LARGEST:
                shown = visible_path(typed(upload.located.shown))
                raise UsageError(f"{shown} has more than {LARGEST:,} bytes and was not recorded")
            digest.update(chunk)
    return digest.hexdigest()


def _known(database: Database, team: str, phase: str, sha256: str) -> Entry | None:
    found = database.entries(
        "phase = ? AND team = ? AND sha256 = ? AND kind IN ('valid', 'invalid')",
        phase, team, sha256,
    )  # fmt: skip
    return found[0] if found else None


def _record(
    database: Database,
    store: Store,
    copy: Copy,
    checked: Checked,
    upload: Upload,
    phase: str,
) -> tuple[Entry, bool]:
    """Add the entry and keep the file, both or none."""
    kept = False
    try:
        with database.transaction():
            # Another process may have recorded the same upload while this one checked it.
            known = _known(database, upload.team, phase, copy.sha256)
            if known is not None:
                if known.kind == "valid":
                    store.keep(copy)  # a file that was lost
                return known, False
            kept = checked.valid and store.keep(copy)
            entry = database.append(
                "valid" if checked.valid else "invalid",
                upload.time,
                body_text(checked.body),
                team=upload.team,
                phase=phase,
                sha256=copy.sha256,
            )
        return entry, True
    except BaseException:
        if kept:
            _remove_unused(database, store, copy.sha256)
        raise


def _remove_unused(database: Database, store: Store, sha256: str) -> None:
    """Remove a file that was kept for an entry that was not recorded; without its entry it is
    harmless, so a second error is ignored.
    """
    with contextlib.suppress(XacleEvalError), database.transaction():
        if not database.entries("sha256 = ?", sha256):
            store.remove(sha256)
