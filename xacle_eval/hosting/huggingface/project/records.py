"""The records in the datasets: uploads, what became of them, and what is published of it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

__all__ = [
    "INVALID",
    "NOT_STORED",
    "RESULTS",
    "STATUSES",
    "UPLOADS",
    "RecordError",
    "Status",
    "Upload",
    "as_lines",
    "check_account",
    "check_system",
    "file_name",
    "read_results",
    "read_statuses",
    "record_id",
    "to_text",
    "to_time",
]

UPLOADS = "uploads"
"""The folder of uploads in the submissions dataset: ``uploads/ACCOUNT/ID/``."""
_RECORD = "submission.json"
STATUSES = "status.jsonl"
"""The file of the submissions dataset that says what became of each upload."""
RESULTS = "results.jsonl"
"""The file of the results dataset."""

INVALID = "invalid"
"""The outcome of an upload that the check refuses."""
NOT_STORED = "The check found the file invalid, so it was not stored."

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LONGEST_SYSTEM = 60
# Control and format characters, private use, surrogates, unassigned; line and paragraph ends.
_HIDDEN = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")


class RecordError(ValueError):
    """A name or record that is refused; the text is for participants."""


@dataclass(frozen=True)
class Upload:
    """One upload of an account, as the Space records it.

    ``file`` is the name of the file; None if the check found it invalid, then
    only the try is recorded. ``received`` is the clock of the Space; the time that counts is that
    of the commit.
    """

    id: str
    account: str
    phase: str
    system: str
    file: str | None
    sha256: str
    received: str

    @property
    def folder(self) -> str:
        """The folder of the record and the file."""
        return f"{UPLOADS}/{self.account}/{self.id}"

    @property
    def path(self) -> str:
        """The path of the record."""
        return f"{self.folder}/{_RECORD}"

    @property
    def file_path(self) -> str:
        """The path of the file, in a folder of its own, whatever its name is."""
        return f"{self.folder}/file/{self.file}"

    def to_json(self) -> bytes:
        """Return the file of the record."""
        return (json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n").encode()

    @classmethod
    def parse(cls, path: str, data: bytes) -> Upload:
        """Return the record in a file.

        Raises
        ------
        RecordError
            If it is no record, or not that of its path.
        """
        try:
            values = json.loads(data)
            upload = cls(**{each.name: values[each.name] for each in fields(cls)})
        except (ValueError, KeyError, TypeError):
            raise RecordError(f"{path} is no record of an upload") from None
        texts = [upload.id, upload.account, upload.phase, upload.system, upload.sha256]
        if not all(isinstance(each, str) for each in [*texts, upload.received]):
            raise RecordError(f"{path} is no record of an upload")
        if _ID.fullmatch(upload.id) is None or upload.path != path:
            raise RecordError(f"{path} is the record of another upload")
        check_account(upload.account)
        check_system(upload.system)
        if upload.file is not None and _FILE.fullmatch(upload.file) is None:
            raise RecordError(f"{path}: the name of the file is refused")
        return upload


@dataclass(frozen=True)
class Status:
    """What became of an upload: ``outcome`` and, for people, ``text``.

    ``scores`` are as published, never exact. ``improved`` is whether a ladder showed a new score.
    ``labels`` identifies the label file. ``absent`` has the targets that the upload leaves out:
    ``scores`` still has what a ladder shows of them, so that leaving one out does not begin it
    again.
    """

    id: str
    account: str
    phase: str
    system: str
    submitted: str
    outcome: str
    text: str
    scores: Mapping[str, float] = field(default_factory=dict)
    errors: Mapping[str, float] = field(default_factory=dict)
    improved: bool = True
    labels: str = ""
    absent: Sequence[str] = ()

    @property
    def order(self) -> str:
        """What uploads are sorted by: the time. Those of the same second keep their order."""
        return self.submitted


def record_id(path: str) -> str | None:
    """Return the id of the upload whose record has a path; None for another path."""
    parts = path.split("/")
    return parts[2] if len(parts) == 4 and parts[3] == _RECORD else None


def as_lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    """Return records as JSON Lines."""
    lines = (json.dumps(each, ensure_ascii=False, sort_keys=True) for each in records)
    return "".join(f"{line}\n" for line in lines).encode()


def read_statuses(data: bytes | None) -> list[Status]:
    """Return the records of a status file, in the order in which uploads count."""
    lines = (data or b"").decode().split("\n")
    return sorted(
        (Status(**json.loads(line)) for line in lines if line), key=lambda each: each.order
    )


def read_results(data: bytes | None) -> list[dict[str, Any]]:
    """Return the records of the results file."""
    return [json.loads(line) for line in (data or b"").decode().split("\n") if line]


def check_account(name: str) -> str:
    """Return the name of an account; raise RecordError if it can be no path of its own."""
    if _ACCOUNT.fullmatch(name) is None or ".." in name:
        raise RecordError("This account name is refused; tell the organisers.")
    return name


def check_system(name: str) -> str:
    """Return the name of a system without blanks around it, or raise RecordError."""
    found = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(found) <= _LONGEST_SYSTEM:
        raise RecordError(f"Write a name for the system, of at most {_LONGEST_SYSTEM} characters.")
    if any(unicodedata.category(char) in _HIDDEN for char in found):
        raise RecordError("The name of the system has a hidden character; type the name again.")
    return found


def file_name(name: str, endings: Iterable[str]) -> str:
    """Return the name under which a file is stored and shown: the own one if it is harmless.

    Raises
    ------
    RecordError
        If it has none of the endings.
    """
    ending = next((each for each in endings if name.lower().endswith(each)), None)
    if ending is None:
        raise RecordError(f"Upload a file with the ending {' or '.join(endings)}.")
    return name if _FILE.fullmatch(name) and ".." not in name else f"submission{ending}"


def to_text(moment: datetime) -> str:
    """Return a time as text in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_time(text: str) -> datetime:
    """Return the time of `to_text`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
