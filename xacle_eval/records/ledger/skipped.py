"""Files that are not recorded: why, and what their senders or the organisers can do about it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from xacle_eval.challenge.copies import original_of
from xacle_eval.challenge.model import Challenge
from xacle_eval.records.ledger.store import LARGEST
from xacle_eval.submissions.discovery import Passed, is_package
from xacle_eval.submissions.ignored import ignored_kind
from xacle_eval.submissions.sources import has_ending
from xacle_eval.text import typed

__all__ = [
    "Skipped",
    "is_upload",
    "skip_linked",
    "skip_named",
    "skip_passed",
    "skip_refused",
    "skip_too_large",
    "team_in",
]

_Kind = Literal[
    "sheet", "archive", "part", "other", "folder", "surplus", "link", "size", "copy",
    "team", "phases", "elsewhere", "refused",
]  # fmt: skip
# Files that a team has not sent as an upload, and problems that only the organisers can solve.
_NOT_OF_SENDERS = frozenset({"surplus", "team", "phases", "elsewhere", "refused"})
_AS_PACKAGE = "Send it in a ZIP with the predictions of its system."
_REASONS: dict[str, tuple[str, str]] = {
    "sheet": (
        "it is a spreadsheet, not a prediction file",
        "Save the sheet as CSV, with commas between the columns, and send the CSV file.",
    ),
    "archive": (
        "it is an archive, but not a ZIP",
        "Send the files as a ZIP, or send the prediction file itself.",
    ),
    "part": ("it has no predictions", _AS_PACKAGE),
    "other": (
        "it is not a prediction file and not a ZIP",
        "If it has predictions, send them as CSV or in a ZIP.",
    ),
    "folder": (
        "it is a folder that is too deep: folders are searched two levels deep, TEAM/ and "
        "TEAM/FOLDER/",
        "Send the files without folders around them, or as a ZIP.",
    ),
    "surplus": ("no submission needs it", ""),
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not recorded.

    ``path`` is what results show, ``team`` the team that sent it (empty if nothing names one),
    ``reason`` and ``advice`` say what is wrong and how to correct it.
    """

    path: str
    kind: _Kind
    reason: str
    advice: str = ""
    team: str = ""

    @property
    def of_sender(self) -> bool:
        """Whether the team can correct it, and is to be told."""
        return bool(self.team) and self.kind not in _NOT_OF_SENDERS

    @property
    def matters(self) -> bool:
        """Whether anybody is to be told."""
        return self.kind != "surplus"

    @property
    def text(self) -> str:
        """The reason, and what to do."""
        return f"{self.reason}. {self.advice}" if self.advice else self.reason

    def state(self) -> tuple[str, float | None]:
        """Return what tells this version of the file from another one, and its time in seconds."""
        try:
            found = os.lstat(typed(self.path))
        except (OSError, ValueError):
            return self.kind, None
        return f"{self.kind} {found.st_size} {found.st_mtime_ns}", found.st_mtime


def is_upload(name: str, challenge: Challenge) -> bool:
    """Return whether a file is a prediction file or a package by its name."""
    return is_package(name) or has_ending(name, challenge.submissions.endings)


def team_in(label: str, challenge: Challenge) -> str | None:
    """Return the team that a label, or a copy of it such as ``Kumo_01 (1)``, names; or None."""
    rules = challenge.submissions
    named = rules.names_team(label) or rules.names_team(original_of(label) or "")
    return rules.team_of(label) if named else None


def skip_named(path: str) -> Skipped:
    """Return why a file that was named, and is no submission, is not recorded."""
    kind = ignored_kind(path)
    if kind == "surplus":
        kind = "other"
    return Skipped(path, kind, *_REASONS[kind])


def skip_passed(one: Passed, challenge: Challenge) -> Skipped:
    """Return why a file or folder that is no submission is not recorded."""
    kind = ignored_kind(one.path)
    reason, advice = _REASONS[kind]
    label = PurePosixPath(one.path).name.partition(".")[0]
    return Skipped(one.path, kind, reason, advice, one.team or team_in(label, challenge) or "")


def skip_linked(path: str, team: str | None, follow_links: bool) -> Skipped:
    """Return why a symbolic link is not recorded."""
    reason = "it is a symbolic link, which is not followed"
    if follow_links:
        reason = "it is a symbolic link that leads out of the folder"
    return Skipped(path, "link", reason, "Send the file itself instead of a link.", team or "")


def skip_too_large(path: str, team: str) -> Skipped:
    """Return why a file with too many bytes is not recorded."""
    reason = f"it has more than {LARGEST:,} bytes"
    return Skipped(path, "size", reason, "Send a smaller file.", team)


def skip_refused(path: str, reason: str, team: str) -> Skipped:
    """Return why a file of a folder cannot be recorded, if only the organisers can correct it."""
    return Skipped(path, "refused", reason, team=team)
