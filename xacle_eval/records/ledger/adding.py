"""Adding uploads: each is hashed, copied, checked and recorded; the same bytes once."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, XacleEvalError
from xacle_eval.records.ledger.bodies import body_of
from xacle_eval.records.ledger.chain import Entry, body_text
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.known import known_entry
from xacle_eval.records.ledger.phases import rules_of
from xacle_eval.records.ledger.standing import Counting, withdrawn_uploads
from xacle_eval.records.ledger.store import LARGEST, Copy, Store
from xacle_eval.records.ledger.uploads import Checked, Upload, check_copy, open_upload
from xacle_eval.records.receipts import make_receipt
from xacle_eval.submissions.lookalikes import skeleton
from xacle_eval.text import quote, typed, visible_path

__all__ = ["Recorded", "add_upload", "check_again", "require_new_name", "upload_hash"]

_CHUNK = 1 << 20


class Recorded(NamedTuple):
    """The entry of an upload, whether it is new, and its check if it was made.

    ``repeats`` is the number of an earlier entry with the same bytes, if this one is new.
    """

    entry: Entry
    new: bool
    checked: Checked | None
    repeats: int | None = None


def add_upload(
    database: Database, store: Store, upload: Upload, phase: str, challenge: Challenge
) -> Recorded:
    """Record an upload, unless the ledger has the same bytes of the same team and phase.

    See `xacle_eval.records.ledger.known` for bytes that are sent again as a new upload. Bytes that
    were invalid are checked again if the rules or the name of the file have changed, and recorded
    again if they are valid now.

    Raises
    ------
    UsageError
        If the upload cannot be read, or its team looks like another one.
    OutputError
        If the ledger or its folder of files cannot be written; nothing was recorded.
    """
    rules = rules_of(challenge, phase)
    with _readable(upload):
        known = known_entry(database, store, upload, phase, upload_hash(upload), rules)
        if known is not None and _is_settled(known, store, upload, challenge):
            return Recorded(known, False, None)
        with open_upload(upload.located) as source, store.copy(source) as copy:
            checked = check_copy(store, copy, upload, challenge)
            entry, new = _record(database, store, copy, checked, upload, phase, rules)
    return Recorded(entry, new, checked, _repeated(database, entry) if new else None)


def check_again(store: Store, upload: Upload, entry: Entry, challenge: Challenge) -> Checked:
    """Return the check of an upload that was recorded before.

    Raises
    ------
    UsageError
        If it cannot be read any more, or has other bytes now.
    """
    with _readable(upload), open_upload(upload.located) as source, store.copy(source) as copy:
        if copy.sha256 != entry.sha256:
            shown = visible_path(typed(upload.located.shown))
            raise UsageError(
                f"{shown} was changed while it was recorded as entry {entry.sequence:,}; the next "
                "run records the new file"
            )
        return check_copy(store, copy, upload, challenge)


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


def upload_hash(upload: Upload) -> str:
    """Return the SHA-256 of an upload.

    Raises
    ------
    UsageError
        If it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with _readable(upload), open_upload(upload.located) as source:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > LARGEST:
                shown = visible_path(typed(upload.located.shown))
                raise UsageError(f"{shown} has more than {LARGEST:,} bytes and was not recorded")
            digest.update(chunk)
    return digest.hexdigest()


def _is_settled(known: Entry, store: Store, upload: Upload, challenge: Challenge) -> bool:
    """Return whether an upload that is known needs no new check and no new copy."""
    if known.kind == "valid":
        return store.has_unchanged(known.sha256)
    now, then = make_receipt((), challenge), body_of(known)
    if then["file"] != upload.file:  # the ending of a ZIP, for instance, may have been missing
        return False
    return (then.get("challenge"), then.get("rule_set"), then.get("tool")) == (
        now.challenge.model_dump(), now.rule_set, now.tool,
    )  # fmt: skip


def _repeated(database: Database, entry: Entry) -> int | None:
    """Return the number of the last entry before another one with its bytes, or None."""
    ((found,),) = database.query(
        "SELECT max(sequence) FROM entries WHERE phase = ? AND team = ? AND sha256 = ? AND "
        "kind IN ('valid', 'invalid') AND sequence < ?",
        entry.phase, entry.team, entry.sha256, entry.sequence,
    )  # fmt: skip
    return None if found is None else int(found)


def require_new_name(database: Database, team: str) -> None:
    """Refuse the first upload of a team whose name looks like that of another team: readers of a
    board could not distinguish them, and they would have twice the limits.

    A name whose uploads are all withdrawn was a typing error, since entries cannot be renamed: it
    blocks no other name, and it is refused again while another name looks like it.

    Raises
    ------
    UsageError
        If another team with an upload that is not withdrawn has such a name.
    """
    uploads = "kind IN ('valid', 'invalid')"
    sent = database.query(f"SELECT 1 FROM entries WHERE team = ? AND {uploads} LIMIT 1", team)  # noqa: S608
    if sent and not _has_withdrawn_all(database, team):
        return
    for (known,) in database.query(f"SELECT DISTINCT team FROM entries WHERE {uploads}"):  # noqa: S608
        is_other = known != team and skeleton(known) == skeleton(team)
        if is_other and not _has_withdrawn_all(database, known):
            raise UsageError(
                f"the team {quote(team, 40)} looks like the team {quote(known, 40)} of the ledger; "
                "use that name (--team, or the folder); if the name in the ledger is a typing "
                "error, withdraw its uploads first"
            )


def _has_withdrawn_all(database: Database, team: str) -> bool:
    # Without the name of the index, SQLite would read all entries.
    rows = database.query(
        "SELECT sequence FROM entries INDEXED BY corrections "
        "WHERE team = ? AND kind IN ('withdrawal', 'selection')",
        team,
    )
    withdrawn = withdrawn_uploads(database.numbered([number for (number,) in rows]))
    if not withdrawn:
        return False
    uploads = database.entries("team = ? AND kind IN ('valid', 'invalid')", team)
    return all(each.sequence in withdrawn for each in uploads)


def _record(
    database: Database,
    store: Store,
    copy: Copy,
    checked: Checked,
    upload: Upload,
    phase: str,
    rules: Counting,
) -> tuple[Entry, bool]:
    """Add the entry and keep the file, both or none."""
    kept = False
    try:
        with database.transaction():
            # Another process may have recorded the same upload while this one checked it.
            known = known_entry(database, store, upload, phase, copy.sha256, rules)
            if known is not None and (known.kind == "valid" or not checked.valid):
                if known.kind == "valid":
                    store.keep(copy)  # a file that was lost or changed
                return known, False
            require_new_name(database, upload.team)
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
