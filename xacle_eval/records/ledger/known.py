"""Known uploads: which entry has the bytes that a team sends, if they are no new upload.

The same bytes of a team in a phase are one entry, so a folder can be added again and again. They
are a new upload if sending them again means something:

- They were early or over a limit, and come later: they may count now.
- A newer upload took their place, or that of one of their systems, and they come after it: the team
  wants the older version back.
- They were withdrawn and come after that, or with another time that the caller states: the team has
  sent them again, or their time was wrong. A file whose time only changed stays withdrawn.
- Their label named another team, and they have another name now.

Bytes with the time and the name of one of their entries are always known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xacle_eval.records.ledger.attempts import read_standing
from xacle_eval.records.ledger.bodies import body_of
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.results import Status
from xacle_eval.records.ledger.standing import Counting
from xacle_eval.records.ledger.store import Store
from xacle_eval.records.ledger.uploads import Upload
from xacle_eval.submissions.lookalikes import skeleton

__all__ = ["known_entry"]

_MAY_COUNT_LATER: tuple[Status, ...] = ("early", "over the limit")
_FOREIGN: Status = "another team's label"
_TAKES_NO_PLACE: tuple[Status, ...] = (
    "early", "late", "over the limit", "invalid", "withdrawn", _FOREIGN,
)  # fmt: skip


def known_entry(
    database: Database, store: Store, upload: Upload, phase: str, sha256: str, rules: Counting
) -> Entry | None:
    """Return the entry of the bytes that a team sends; None if they are a new upload.

    Parameters
    ----------
    database, store : Database, Store
        The ledger and its files. Bytes whose kept file is lost are known: they restore it.
    upload : Upload
        The file that was sent.
    phase, rules : str, Counting
        The phase and its rules.
    sha256 : str
        The hash of the bytes.
    """
    found = database.entries(
        "phase = ? AND team = ? AND sha256 = ? AND kind IN ('valid', 'invalid')",
        phase, upload.team, sha256,
    )  # fmt: skip
    # A valid one was recorded after the rules had changed.
    found.sort(key=lambda e: (not _is_of(upload, e), e.kind == "invalid", e.time != upload.time))
    if not found or _is_of(upload, found[0]) or _is_lost(found[0], store):
        return found[0] if found else None
    sent = _Sent(database, phase, rules, upload, found)
    return next((each for each in found if not sent.is_new_after(each)), None)


def _is_of(upload: Upload, entry: Entry) -> bool:
    return (entry.time, body_of(entry)["file"]) == (upload.time, upload.file)


def _is_lost(entry: Entry, store: Store) -> bool:
    return entry.kind == "valid" and not store.has_unchanged(entry.sha256)


class _Sent:
    """An upload, with the entries of its bytes and the other uploads of its team."""

    def __init__(
        self,
        database: Database,
        phase: str,
        rules: Counting,
        upload: Upload,
        found: Sequence[Entry],
    ) -> None:
        self._database, self._phase, self._upload = database, phase, upload
        self._latest = max(each.time for each in found)
        # Systems that are not selected have their place all the same.
        standing = read_standing(database, phase, rules, team=upload.team, select=False)
        self._statuses: Mapping[int, Status] = standing.statuses

    def is_new_after(self, entry: Entry) -> bool:
        """Return whether the upload is a new one although its bytes are those of an entry."""
        time, status = self._upload.time, self._statuses[entry.sequence]
        if status == _FOREIGN:
            return bool(body_of(entry)["file"] != self._upload.file)
        if time == entry.time:
            return False
        if status == "withdrawn":
            return self._upload.is_stated or time > self._withdrawn_at(entry)
        if status in ("replaced", "counts"):
            replaced = self._replaced_at(entry)
            return replaced is not None and time > replaced
        return status in _MAY_COUNT_LATER and time > self._latest

    def _withdrawn_at(self, entry: Entry) -> str:
        """Return the time of the last correction of a withdrawn upload."""
        corrections = self._database.entries(
            "phase = ? AND team = ? AND kind = 'withdrawal'", self._phase, entry.team
        )
        return max(each.time for each in corrections if body_of(each)["entry"] == entry.sequence)

    def _replaced_at(self, entry: Entry) -> str | None:
        """Return the time of the newest upload that took the place of an entry or of one of its
        systems; None if there is none.
        """
        sent = self._database.entries(
            "phase = ? AND team = ? AND kind = 'valid'", self._phase, entry.team
        )
        names = _names(entry)
        times = [
            each.time
            for each in sent
            if (each.time, each.sequence) > (entry.time, entry.sequence)
            and self._statuses[each.sequence] not in _TAKES_NO_PLACE
            and names & _names(each)
        ]
        return max(times, default=None)


def _names(entry: Entry) -> set[tuple[str, str]]:
    """Return the names by which another upload can take the place of an entry."""
    body = body_of(entry)
    systems = {("system", skeleton(one["system"])) for one in body["systems"] if one["valid"]}
    return {("file", body["file"]), *systems}
