"""What the public Space does with an upload: check it without labels, and store it.

A team is an account of Hugging Face. The Space decides nothing about limits and times: the
evaluator does, from the history of the submissions dataset.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from xacle_eval.hosting.huggingface.project.records import (
    INVALID,
    NOT_STORED,
    STATUSES,
    UPLOADS,
    RecordError,
    Status,
    Upload,
    check_account,
    check_system,
    file_name,
    read_statuses,
    record_id,
    to_text,
)
from xacle_eval.hosting.huggingface.project.scorer import Verdict
from xacle_eval.hosting.huggingface.project.settings import Settings
from xacle_eval.hosting.huggingface.project.store import Store, commit_until_done

__all__ = ["Answer", "Intake"]

_SUBMISSIONS = "submissions"
_WAITING = "waiting"

Check = Callable[[str, bytes, str], Verdict]


@dataclass(frozen=True)
class Answer:
    """What a participant is told: whether all is well, a title and a text."""

    good: bool
    title: str
    text: str


class Intake:
    """Takes uploads.

    Parameters
    ----------
    store : Store
        The datasets.
    settings : Settings
        The challenge.
    check : function
        Checks the name and the bytes of a file for a phase, without labels.
    clock : function
        Returns the time.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        check: Check,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._settings = store, settings
        self._check, self._clock = check, clock

    def check(self, path: str | None, phase: str) -> Answer:
        """Check a file; nothing is stored, and it counts against no limit."""
        try:
            name, data = self._read(path, phase)
        except RecordError as error:
            return Answer(good=False, title="Not checked", text=str(error))
        found = self._check(name, data, phase)
        return Answer(found.valid, "Valid" if found.valid else "Not valid", found.text)

    def submit(self, path: str | None, phase: str, system: str, account: str | None) -> Answer:
        """Check a file and store it for the evaluator; of an invalid one, only the try."""
        try:
            if account is None:
                raise RecordError("Sign in first: a team is an account of Hugging Face.")
            check_account(account)
            system = check_system(system)
            name, data = self._read(path, phase)
        except RecordError as error:
            return Answer(good=False, title="Not submitted", text=str(error))
        closed = self._settings.phases[phase].refusal(self._clock())
        if closed is not None:
            state = "is not open yet" if closed == "early" else "is closed"
            return Answer(good=False, title="Not submitted", text=f"This phase {state}.")
        found = self._check(name, data, phase)
        if found.failed:
            return Answer(good=False, title="Not submitted", text=found.text)
        moment = self._clock()
        upload = Upload(
            id=f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
            account=account,
            phase=phase,
            system=system,
            file=name if found.valid else None,
            sha256=hashlib.sha256(data).hexdigest(),
            received=to_text(moment),
        )
        files = {upload.path: upload.to_json()}
        if found.valid:
            files[upload.file_path] = data
        message = f"Add an upload of {account}"
        commit_until_done(self._store, _SUBMISSIONS, lambda _: files, message, exclusive=False)
        if found.valid:
            return Answer(
                good=True,
                title="Submitted",
                text=f"Your upload {upload.id} waits for the evaluator.\n{found.text}",
            )
        return Answer(good=False, title="Not valid, so not submitted", text=found.text)

    def uploads_of(self, account: str | None) -> list[Status]:
        """Return what became of the uploads of an account, the newest first."""
        if account is None:
            return []
        check_account(account)
        known = read_statuses(self._store.read(_SUBMISSIONS, STATUSES))
        own = [each for each in known if each.account == account]
        done = {None, *(each.id for each in own)}
        for path in self._store.names(_SUBMISSIONS, f"{UPLOADS}/{account}"):
            # A file that is no record becomes a failed upload when the evaluator reads it.
            if record_id(path) not in done:
                with suppress(RecordError):
                    data = self._store.read(_SUBMISSIONS, path) or b""
                    own.append(_waiting(Upload.parse(path, data)))
        return sorted(own, key=lambda each: each.order)[::-1]

    def _read(self, path: str | None, phase: str) -> tuple[str, bytes]:
        """Return the name and the bytes of a file that a participant chose."""
        if not path:
            raise RecordError("Choose a file first.")
        if phase not in self._settings.phases:
            raise RecordError("Choose a phase first.")
        file = Path(path)
        name = file_name(file.name, self._settings.endings)
        if file.stat().st_size > self._settings.most_bytes:
            raise RecordError(f"The file has more than {self._settings.most_bytes:,} bytes.")
        return name, file.read_bytes()


def _waiting(upload: Upload) -> Status:
    outcome, text = _WAITING, "The evaluator has not scored this upload yet."
    if upload.file is None:
        outcome, text = INVALID, NOT_STORED
    return Status(
        id=upload.id,
        account=upload.account,
        phase=upload.phase,
        system=upload.system,
        submitted=upload.received,
        outcome=outcome,
        text=text,
    )
