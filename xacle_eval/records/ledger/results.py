"""Result models of the ledger: uploads, attempts, the log, and its check."""

from __future__ import annotations

from typing import Any, Literal

from xacle_eval.models.model import Model, Result
from xacle_eval.text import PathText

__all__ = [
    "AddedUpload",
    "AddedUploads",
    "Attempts",
    "LedgerEntry",
    "LedgerFault",
    "LedgerLog",
    "LedgerResult",
    "LedgerVerification",
    "PhaseLimits",
    "SkippedUpload",
    "Status",
    "StatusChange",
    "TeamAttempts",
]

Status = Literal[
    "counts",
    "invalid",
    "early",
    "late",
    "over the limit",
    "withdrawn",
    "replaced",
    "not selected",
    "another team's label",
]
"""What an upload is now.

``early`` and ``late`` are outside the phase; a ``replaced`` upload has no system left whose newest
version it is; all labels of one with ``another team's label`` name another team of the phase.
"""


class LedgerResult(Result):
    """A result of the ledger."""


class AddedUpload(Model):
    """An upload that was recorded, or was in the ledger before (``new`` is false).

    ``path`` is its file, ``entry`` the number of its entry, ``time`` its time in UTC. ``findings``
    are the numbers of findings by rule. ``reply`` is the file with the answer for the team, if one
    was written. ``repeats`` is the entry of an earlier upload with the same bytes, if this one is
    new all the same.
    """

    path: PathText
    team: str
    phase: str
    time: str
    sha256: str
    valid: bool
    status: Status
    entry: int
    new: bool
    findings: dict[str, int] = {}
    reply: PathText | None = None
    repeats: int | None = None


class SkippedUpload(Model):
    """A file that was not recorded, and why.

    ``team`` is empty if neither a folder nor a label names it. Of the files that ``ledger intake``
    finds again, ``new`` are those that it reports for the first time, and ``reply`` is the file
    with the answer for the team, if the team can correct it.
    """

    path: PathText
    reason: str
    team: str = ""
    new: bool = True
    reply: PathText | None = None


class StatusChange(Model):
    """An upload that no longer is what it was before others were added."""

    entry: int
    team: str
    phase: str
    before: Status
    after: Status


class AddedUploads(LedgerResult):
    """What ``ledger add`` and ``ledger intake`` recorded, in the order of the uploads' times.

    ``utc_offsets`` are the hours by which the days of each phase differ from UTC. ``changes`` are
    earlier uploads that came over a limit, or count again, because one with an earlier time was
    added, and those that no longer count because their label names a new team.
    """

    challenge: str
    utc_offsets: dict[str, str] = {}
    uploads: tuple[AddedUpload, ...]
    skipped: tuple[SkippedUpload, ...] = ()
    changes: tuple[StatusChange, ...] = ()


class PhaseLimits(Model):
    """A phase of the challenge, its limits, and the hours by which its days differ from UTC."""

    phase: str
    title: str
    opens: str | None = None
    closes: str | None = None
    utc_offset: str = "+00:00"
    valid_per_day: int | None = None
    valid_total: int | None = None
    all_per_day: int | None = None
    final_systems: int | None = None


class TeamAttempts(Model):
    """The attempts of a team in a phase.

    ``valid`` are the valid uploads in the phase and within the limits, ``all`` all uploads with the
    invalid ones and those outside the phase or over a limit; ``valid_today`` and ``all_today`` are
    those of the day of the report. ``next_free`` is when the team can send the next upload that
    counts, None if it cannot; ``free_now`` is whether that is the time of the report.
    """

    team: str
    phase: str
    valid: int
    all: int
    valid_today: int
    all_today: int
    next_free: str | None
    free_now: bool = False


class Attempts(LedgerResult):
    """Who has sent how much as of a time, and when the next upload is free.

    ``lost_phases`` are the numbers of uploads by phase that the challenge file does not name.
    """

    challenge: str
    as_of: str
    lost_phases: dict[str, int] = {}
    phases: tuple[PhaseLimits, ...]
    teams: tuple[TeamAttempts, ...]


class LedgerEntry(Model):
    """An entry of the ledger.

    ``entry`` is its number. ``status`` is that of an upload as of the log. ``body`` depends on the
    kind: of an upload, the file's name, its systems, the number of findings by rule, the challenge
    and the version of the toolkit. ``previous`` is the hash of the entry before, ``hash`` that of
    this one.
    """

    entry: int
    kind: str
    time: str
    team: str
    phase: str
    sha256: str
    status: Status | None = None
    body: dict[str, Any]
    previous: str
    hash: str


class LedgerLog(LedgerResult):
    """The entries of the ledger.

    ``utc_offsets`` are the hours by which the days of each phase differ from UTC. ``lost_phases``
    are the numbers of uploads by phase that the challenge file does not name.
    """

    challenge: str
    utc_offsets: dict[str, str] = {}
    lost_phases: dict[str, int] = {}
    entries: tuple[LedgerEntry, ...]


class LedgerFault(Model):
    """What is wrong with an entry, or with the ledger as a whole (``entry`` is None)."""

    entry: int | None
    fault: str


class LedgerVerification(LedgerResult):
    """The check of a ledger: its chain, and its files against their hashes.

    ``entries`` is the number of entries, ``head`` the hash of the last one; ``files`` are the files
    that were compared with their hashes, ``unused`` the kept files that no entry names. ``heads``
    are the numbers of the given heads that the ledger has.
    """

    valid: bool
    entries: int
    head: str
    files: int
    unused: int = 0
    heads: tuple[int, ...] = ()
    faults: tuple[LedgerFault, ...] = ()
