"""The ignored files of folders: a finding for each upload, or in groups by extension."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.discovery import Passed
from xacle_eval.submissions.findings import Finding, IgnoredUpload, Severity
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.severities import adjust
from xacle_eval.text import both_forms, count, quote

__all__ = ["IgnoredKind", "ignored_findings", "ignored_kind", "ignored_line", "ignored_uploads"]

IgnoredKind = Literal["sheet", "archive", "part", "other", "folder", "surplus"]
"""What an ignored file is: a part is a description or a report without predictions."""

_NAMED = 5
_MOST_EXTENSIONS = 20
_FOLDERS = "/"
_SURPLUS = "surplus"
# Files that file managers create, and texts that are no submissions.
_LITTER = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})
_TEXTS = frozenset({"readme", "license", "licence", "changelog", "manifest", "index"})
_DEEP = "folders are searched two levels deep, TEAM/ and TEAM/FOLDER/"
_SHEET_HINT = "Save the sheet as CSV, with commas between the columns."
_ARCHIVE_HINT = "Unpack it, and pack the files as a ZIP archive (xacle-eval package)."
_PART_HINT = "Put it into a package (ZIP) with the predictions of its system."
_OTHER_HINT = "If it has predictions, save it as CSV; otherwise, start its name with _ to skip it."
_OTHERS_HINT = (
    "If they have predictions, save them as CSV; otherwise, start their names with _ to skip them."
)
_FOLDERS_HINT = (
    "Move their prediction files into the folders above them, or start their names with _."
)
_KINDS: dict[str, IgnoredKind] = {
    _FOLDERS: "folder",
    _SURPLUS: "surplus",
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), "sheet"),
    **dict.fromkeys((".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"), "archive"),
    **dict.fromkeys((".yaml", ".yml", ".pdf"), "part"),
}
_HINTS = {
    "folder": "Move its prediction files into the folder above it, or start its name with _.",
    "surplus": "No action is needed.",
    "sheet": _SHEET_HINT,
    "archive": _ARCHIVE_HINT,
    "part": _PART_HINT,
}


def ignored_kind(path: str) -> IgnoredKind:
    """Return what an ignored file is by its name; the path of a folder ends in ``/``."""
    return _KINDS.get(_kind(path), "other")


def _hint(kind: str, otherwise: str) -> str:
    return _HINTS.get(_KINDS.get(kind, "other"), otherwise)


def ignored_uploads(passed: Sequence[Passed], challenge: Challenge) -> tuple[IgnoredUpload, ...]:
    """Return a warning for each ignored upload, and one note for the other files (XAC063).

    Parameters
    ----------
    passed : sequence of Passed
        What `xacle_eval.submissions.discovery.find_submissions` skipped.
    challenge : Challenge
        Its labels name the team of a file that is in no team's folder; its ``rules`` may change
        the severity, or ignore the rule.
    """
    found = [_upload(one, challenge) for one in passed if _kind(one.path) != _SURPLUS]
    surplus = [one.path for one in passed if _kind(one.path) == _SURPLUS]
    if surplus:
        note = _finding(_SURPLUS, surplus)
        found.append(IgnoredUpload(**dict(note), team=""))
    return tuple(adjust(found, challenge))


def _upload(one: Passed, challenge: Challenge) -> IgnoredUpload:
    name, kind = PurePosixPath(one.path).name, _kind(one.path)
    message = "not a prediction file"
    if kind == _FOLDERS:
        message = f"{_DEEP}, and this one is deeper"
    finding = rule("passed-over").finding(
        message, file=one.path, hint=_hint(kind, _OTHER_HINT), severity="warning"
    )
    team = one.team or challenge.submissions.team_of(name.partition(".")[0])
    return IgnoredUpload(**dict(finding), team=team)


def ignored_findings(passed: Sequence[Passed]) -> list[Finding]:
    """Return the findings for ignored files and folders, in groups (XAC063).

    Parameters
    ----------
    passed : sequence of Passed
        As for `ignored_uploads`.
    """
    groups: dict[str, list[str]] = {}
    for one in passed:
        groups.setdefault(_kind(one.path), []).append(one.path)
    listed = dict(sorted(groups.items(), key=lambda group: -len(group[1]))[:_MOST_EXTENSIONS])
    findings = [_finding(kind, group) for kind, group in groups.items() if kind in listed]
    left = len(groups) - len(listed)
    rest = [path for kind, group in groups.items() if kind not in listed for path in group]
    if rest:
        begin = f"{len(rest):,} files with {left:,} other extensions are not prediction files: "
        found = rule("passed-over").finding(
            _named(rest, begin), count=len(rest), hint=_OTHERS_HINT, severity="warning"
        )
        findings.append(found)
    return findings


def _named(paths: Sequence[str], begin: str) -> str:
    """Return a message that ends with the first paths, and the number of the others."""
    left = len(paths) - _NAMED
    more = f" and {left:,} more" if left > 0 else ""
    return both_forms(lambda *shown: f"{begin}{', '.join(shown)}{more}", *paths[:_NAMED])


def _kind(path: str) -> str:
    if path.endswith("/"):
        return _FOLDERS
    name = PurePosixPath(path)
    if name.name.casefold() in _LITTER or name.stem.casefold() in _TEXTS:
        return _SURPLUS
    return name.suffix.casefold()


def _finding(kind: str, paths: list[str]) -> Finding:
    number, single = len(paths), len(paths) == 1
    severity: Severity = "warning"
    hint = _hint(kind, _OTHER_HINT if single else _OTHERS_HINT)
    if kind == _SURPLUS:
        severity = "info"
        message = _named(paths, f"{count(number, 'file')} that no submission needs: ")
    elif kind == _FOLDERS and single:
        message = both_forms(lambda path: f"{path} was not searched: {_DEEP}", paths[0])
    elif kind == _FOLDERS:
        message = _named(paths, f"{number:,} folders were not searched ({_DEEP}): ")
        hint = _FOLDERS_HINT
    elif single:
        message = both_forms(lambda path: f"{path} is not a prediction file", paths[0])
    elif kind:
        begin = f"{number:,} files with the extension {quote(kind, 40)} are not prediction files: "
        message = _named(paths, begin)
    else:
        begin = f"{number:,} files without an extension are not prediction files: "
        message = _named(paths, begin)
    return rule("passed-over").finding(message, count=number, hint=hint, severity=severity)


def ignored_line(uploads: Sequence[IgnoredUpload]) -> str:
    """Return a line such as ``ignored: 5 files of 4 teams``; empty if there are none.

    Parameters
    ----------
    uploads : sequence of IgnoredUpload
        What `ignored_uploads` returned. Files that no submission needs, such as ``Thumbs.db``, do
        not count.
    """
    named = [one for one in uploads if one.file is not None]
    if not named:
        return ""
    folders = sum((one.file or "").endswith("/") for one in named)
    files = len(named) - folders
    parts = [count(files, "file")] if files else []
    parts += [count(folders, "folder")] if folders else []
    teams = len({one.team for one in named})
    return f"ignored: {' and '.join(parts)} of {count(teams, 'team')}"
