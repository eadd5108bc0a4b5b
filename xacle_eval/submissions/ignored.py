"""The ignored files of folders, as findings: one per extension, with the first five names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.text import listing, quote, visible

__all__ = ["ignored_findings"]

_NAMED = 5
_MOST_EXTENSIONS = 20
_FOLDERS = "/"


def ignored_findings(paths: Sequence[str]) -> list[Finding]:
    """Return the findings for ignored files and folders (XAC063).

    Parameters
    ----------
    paths : sequence of str
        As `xacle_eval.submissions.discovery.find_submissions` returns them; folders end in ``/``.
    """
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(_kind(path), []).append(path)
    listed = dict(sorted(groups.items(), key=lambda group: -len(group[1]))[:_MOST_EXTENSIONS])
    findings = [_finding(kind, group) for kind, group in groups.items() if kind in listed]
    left = len(groups) - len(listed)
    rest = [path for kind, group in groups.items() if kind not in listed for path in group]
    if rest:
        message = f"{len(rest):,} files with {left:,} other extensions are not prediction files"
        findings.append(_grouped(f"{message}: {listing(rest, _NAMED, visible)}", len(rest)))
    return findings


def _kind(path: str) -> str:
    return _FOLDERS if path.endswith("/") else PurePosixPath(path).suffix.casefold()


def _finding(kind: str, paths: list[str]) -> Finding:
    if len(paths) == 1:
        if kind == _FOLDERS:
            message = f"{visible(paths[0])} is a folder inside a team's folder"
            hint = "Move its files into the team's folder, or start its name with _ to skip it."
            return rule("passed-over").finding(message, hint=hint)
        return rule("passed-over").finding(f"{visible(paths[0])} is not a prediction file")
    number = f"{len(paths):,}"
    if kind == _FOLDERS:
        message = f"{number} folders are inside teams' folders: {listing(paths, _NAMED, visible)}"
        hint = "Move their files into the team's folder, or start the folders' names with _."
        return rule("passed-over").finding(message, count=len(paths), hint=hint)
    if kind:
        message = f"{number} files with the extension {quote(kind, 40)} are not prediction files"
    else:
        message = f"{number} files without an extension are not prediction files"
    return _grouped(f"{message}: {listing(paths, _NAMED, visible)}", len(paths))


def _grouped(message: str, count: int) -> Finding:
    hint = "Give them the extension of a prediction file, or start their names with _ to skip them."
    return rule("passed-over").finding(message, count=count, hint=hint)
