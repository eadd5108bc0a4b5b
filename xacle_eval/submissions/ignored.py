"""The ignored files of folders, as findings: one per extension, with the first five names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.findings import Finding, Severity
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, quote, visible

__all__ = ["ignored_findings", "ignored_line"]

_NAMED = 5
_MOST_EXTENSIONS = 20
_FOLDERS = "/"
_SURPLUS = "surplus"
# Files that file managers create, and texts that are no submissions.
_LITTER = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})
_TEXTS = frozenset({"readme", "license", "licence", "changelog", "manifest", "index"})
_SHEET_HINT = "Save the sheet as CSV, with commas between the columns."
_ARCHIVE_HINT = "Unpack it, and pack the files as a ZIP archive (xacle-eval package)."
_PART_HINT = "Put it into a package (ZIP) with the predictions of its system."
_OTHER_HINT = "If it has predictions, save it as CSV; otherwise, start its name with _ to skip it."
_OTHERS_HINT = (
    "If they have predictions, save them as CSV; otherwise, start their names with _ to skip them."
)
_HINTS = {
    _FOLDERS: "Move its prediction files into the team's folder, or start its name with _.",
    _SURPLUS: "No action is needed.",
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), _SHEET_HINT),
    **dict.fromkeys((".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"), _ARCHIVE_HINT),
    **dict.fromkeys((".yaml", ".yml", ".pdf"), _PART_HINT),
}


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
    if path.endswith("/"):
        return _FOLDERS
    name = PurePosixPath(path)
    if name.name.casefold() in _LITTER or name.stem.casefold() in _TEXTS:
        return _SURPLUS
    return name.suffix.casefold()


def _finding(kind: str, paths: list[str]) -> Finding:
    number, names = f"{len(paths):,}", listing(paths, _NAMED, visible)
    severity: Severity = "warning"
    single = len(paths) == 1
    hint = _HINTS.get(kind) or (_OTHER_HINT if single else _OTHERS_HINT)
    if kind == _SURPLUS:
        severity = "info"
        message = f"{count(len(paths), 'file')} that no submission needs: {names}"
    elif kind == _FOLDERS:
        message = f"{visible(paths[0])} is a folder inside a team's folder; it was not searched"
        if not single:
            message = f"{number} folders inside teams' folders were not searched: {names}"
    elif single:
        message = f"{visible(paths[0])} is not a prediction file"
    elif kind:
        message = f"{number} files with the extension {quote(kind, 40)} are not prediction files"
        message = f"{message}: {names}"
    else:
        message = f"{number} files without an extension are not prediction files: {names}"
    return rule("passed-over").finding(message, count=len(paths), hint=hint, severity=severity)


def _grouped(message: str, number: int) -> Finding:
    finding = rule("passed-over").finding(message, count=number, hint=_OTHERS_HINT)
    return finding.model_copy(update={"severity": "warning"})


def ignored_line(paths: Sequence[str], challenge: Challenge) -> str:
    """Return a line such as ``ignored: 5 files of 4 teams``; empty if there are none.

    Parameters
    ----------
    paths : sequence of str
        As for `ignored_findings`. Files that no submission needs, such as ``Thumbs.db``, do not
        count.
    challenge : Challenge
        Its labels name the team of a file that is not in a team's folder.
    """
    uploads = [path for path in paths if _kind(path) != _SURPLUS]
    if not uploads:
        return ""
    files = sum(not path.endswith("/") for path in uploads)
    folders = len(uploads) - files
    parts = [count(files, "file")] if files else []
    parts += [count(folders, "folder")] if folders else []
    teams = len({_team(path, uploads, challenge) for path in uploads})
    return f"ignored: {' and '.join(parts)} of {count(teams, 'team')}"


def _team(path: str, paths: Sequence[str], challenge: Challenge) -> str:
    """Return the team's folder of an ignored file, or the team in its label."""
    inner = PurePosixPath(path)
    if path.endswith("/") or len(inner.parts) > min(len(PurePosixPath(p).parts) for p in paths):
        return inner.parent.name
    return challenge.submissions.team_of(inner.name.partition(".")[0])
