"""Uploads: the files that were sent, checked from a copy, and what the ledger records of them."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import MissingFileError, UsageError
from xacle_eval.io.files import display_path, join_path, open_input, open_inside
from xacle_eval.records.ledger.skipped import (
    Skipped,
    is_upload,
    skip_linked,
    skip_named,
    skip_passed,
    skip_refused,
    skip_too_large,
    team_in,
)
from xacle_eval.records.ledger.store import LARGEST, Copy, Store
from xacle_eval.records.ledger.times import from_seconds
from xacle_eval.records.receipts import Receipt, make_receipt
from xacle_eval.submissions.discovery import Located, find_submissions, is_package, require_some
from xacle_eval.submissions.findings import SubmissionReport
from xacle_eval.submissions.package import team_of_package
from xacle_eval.submissions.reading import Source
from xacle_eval.submissions.sources import label_of
from xacle_eval.submissions.validation import check_located
from xacle_eval.text import encodable, typed, visible_path

__all__ = ["Checked", "Upload", "check_copy", "find_uploads", "open_upload", "stored"]

_NO_TEAM = "neither a folder nor a label names its team"
_TELL_TEAM = (
    "Put it into a folder with the team's name, or pass --team TEAM to xacle-eval ledger add."
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent: where it is, its team, its name and its time.

    ``is_stated`` is whether the caller stated the time; otherwise it is that of the file.
    """

    located: Located
    team: str
    file: str
    time: str
    is_stated: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """The check of an upload: its reports, and what the ledger records of them."""

    reports: tuple[SubmissionReport, ...]
    receipt: Receipt
    valid: bool
    body: dict[str, Any]


def find_uploads(
    paths: Sequence[str | os.PathLike[str]],
    challenge: Challenge,
    team: str | None,
    time: str | None,
    follow_links: bool,
    *,
    empty: bool = False,
) -> tuple[list[Upload], list[Skipped]]:
    """Return the uploads in files and folders in the order of their times, and skipped files.

    Parameters
    ----------
    paths : sequence of path
        Prediction files, packages, and folders that are searched as by `xacle_eval.leaderboard`.
    challenge : Challenge
        The challenge.
    team : str, optional
        The team of all uploads; by default that of the folder, of the label, or of all labels in a
        package.
    time : str, optional
        The time of all uploads; by default that of each file.
    follow_links : bool
        Follow links in folders.
    empty : bool
        A folder may have no submission.

    Raises
    ------
    UsageError
        If a file is missing, unreadable, no submission or of no team, or a folder is empty.
    """
    located, passed = find_submissions(paths, challenge, follow_links=follow_links)
    if not empty:
        require_some(located, passed, paths)
    found: list[Upload] = []
    skipped = [skip_passed(one, challenge) for one in passed]
    for one in located:
        if one.stdin:
            raise UsageError("standard input (-) has no name and no time; name a file instead")
        if one.problem is not None:
            skipped.append(skip_linked(one.shown, one.team, follow_links))
            continue
        each = _upload_or_reason(one, challenge, team, time)
        if isinstance(each, Upload):
            found.append(each)
        elif one.inside is not None:
            skipped.append(each)
        else:
            shown = visible_path(typed(one.shown))
            raise UsageError(f"{shown} was not recorded: {each.text}")
    found.sort(key=lambda each: (each.time, each.located.shown))
    return found, skipped


def _upload_or_reason(
    one: Located, challenge: Challenge, team: str | None, time: str | None
) -> Upload | Skipped:
    """Return an upload, or why it is not recorded.

    Raises
    ------
    UsageError
        If a file that was named cannot be read.
    """
    try:
        with open_upload(one) as stream:
            about = os.fstat(stream.fileno())
            sent = time or from_seconds(about.st_mtime)
        if not is_upload(one.path.name, challenge):
            return skip_named(one.shown)
        whose = team or one.team or _team_of(one, challenge)
    except (OSError, UsageError) as error:
        if one.inside is None:
            raise _unreadable(one, error) from error
        return skip_refused(one.shown, _reason(error), one.team or "")
    if whose is None:
        return Skipped(one.shown, "team", _NO_TEAM, _TELL_TEAM)
    if one.inside is not None and about.st_size > LARGEST:
        return skip_too_large(one.shown, whose)
    return Upload(one, whose, encodable(one.path.name), sent, is_stated=time is not None)


def open_upload(one: Located) -> BinaryIO:
    """Open the file of an upload; one in a folder without following links."""
    return open_inside(*one.inside) if one.inside is not None else open_input(one.path)


def _team_of(one: Located, challenge: Challenge) -> str | None:
    """Return the team that the label of a file, or all labels in a package, name; or None."""
    if is_package(one.path):
        found = team_of_package(Source.of(one.path, one.shown, one.inside), challenge)
        if found is not None:
            return found
    return team_in(label_of(one.path, challenge.submissions.endings), challenge)


def _unreadable(one: Located, error: Exception) -> UsageError:
    message = f"cannot read {visible_path(typed(one.shown))}: {_reason(error)}"
    if isinstance(error, FileNotFoundError):
        return MissingFileError(os.fspath(one.path), message)
    return UsageError(message)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def stored(
    store: Store, name: str, team: str, file: str, systems: Iterable[str] | None = None
) -> Located:
    """Return a kept file as a submission ``TEAM/FILE`` of a folder.

    Parameters
    ----------
    store : Store
        The files of the ledger.
    name : str
        The file's name in the store, its SHA-256.
    team, file : str
        The team, and the name under which the file was sent.
    systems : iterable of str, optional
        The labels of the only systems of it that count.
    """
    return Located(
        path=Path(file),
        shown=join_path(_folder(team), file),
        team=team,
        inside=store.inside(name),
        systems=None if systems is None else frozenset(systems),
        sha256=name,
    )


@functools.lru_cache(maxsize=10_000)
def _folder(team: str) -> str:
    """Return the folder of a team as results show it; a board asks for each of its files."""
    return display_path(team)


def check_copy(store: Store, copy: Copy, upload: Upload, challenge: Challenge) -> Checked:
    """Check an upload from its copy; no reference is read."""
    # The team knows its file, not where the organisers keep it.
    kept = stored(store, copy.name, upload.team, upload.file)
    one = replace(kept, shown=upload.file, sha256=None)
    reports = tuple(each.report for each in check_located(one, challenge))
    receipt = make_receipt(reports, challenge)
    (file,) = receipt.files
    systems = [
        {"system": each.system, "valid": each.valid}
        for each in reports
        if each.kind == "predictions"
    ]
    body = {
        "file": upload.file,
        "bytes": copy.bytes,
        "systems": systems,
        "findings": file.findings,
        "members": [each.model_dump() for each in file.members],
        "challenge": receipt.challenge.model_dump(),
        "rule_set": receipt.rule_set,
        "tool": receipt.tool,
    }
    whole = all(each.valid for each in reports if each.kind == "package")
    return Checked(reports, receipt, whole and any(each["valid"] for each in systems), body)
