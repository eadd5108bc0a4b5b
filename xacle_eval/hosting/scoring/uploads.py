"""What a participant uploaded: one file, or the folder into which a platform unpacked a ZIP.

Both are checked by the toolkit's rules for predictions and packages. A folder is read without
following a link, within the limits of a package, and packed in memory; so its files have the same
findings as the ZIP that the participant sent. On a platform exactly one system is scored.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from xacle_eval.challenge.model import Challenge
from xacle_eval.io.files import open_inside
from xacle_eval.submissions.archive import MOST_FOLDERS, is_litter, read_archive
from xacle_eval.submissions.checking import CheckedSubmission, add_findings, check
from xacle_eval.submissions.discovery import is_package
from xacle_eval.submissions.findings import Finding, SubmissionReport
from xacle_eval.submissions.package import check_package
from xacle_eval.submissions.reading import Source
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.sources import has_ending, label_of, prediction_source
from xacle_eval.text import encodable, listing, visible

__all__ = ["RefusedError", "Upload", "read_file", "read_folder"]

# Codabench's worker writes this file beside the unpacked files of a participant.
_WORKER_FILE = "metadata"
_NAME = "submission"
_SHOWN = 5
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# The earliest time that a ZIP can store.
_TIME = (1980, 1, 1, 0, 0, 0)
_KINDS = {
    stat.S_IFLNK: "is a symbolic link",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
    stat.S_IFIFO: "is a pipe",
    stat.S_IFSOCK: "is a socket",
}


class RefusedError(Exception):
    """An upload that is not scored: its reports with the findings, or several systems."""

    def __init__(
        self, path: str, reports: Sequence[SubmissionReport], systems: Sequence[str] = ()
    ) -> None:
        super().__init__(path)
        self.path = path
        self.reports = tuple(reports)
        self.systems = tuple(systems)


@dataclass(frozen=True)
class Upload:
    """A valid upload: its one system, and the reports about it."""

    checked: CheckedSubmission
    reports: tuple[SubmissionReport, ...]


def read_file(path: str, challenge: Challenge) -> Upload:
    """Check an uploaded file: predictions, or a package, by its name or its first bytes.

    Raises
    ------
    RefusedError
        If it has errors, or several systems.
    """
    shown = encodable(PurePath(path).name) or _NAME
    source = Source.of(path, shown)
    if is_package(path) or _begin(source) in _ZIP:
        return _read_zip(source, challenge)
    plain = prediction_source(path, challenge.limits.max_bytes, shown)
    return _accepted(shown, [_check(plain, challenge)])


def _begin(source: Source) -> bytes:
    try:
        with source.open() as stream:
            return stream.read(len(_ZIP[0]))
    except OSError:
        return b""  # the check reports it


def _check(source: Source, challenge: Challenge) -> CheckedSubmission:
    # No findings about the name of the file: the platform knows the team, and may rename the file.
    label = label_of(source.path, challenge.submissions.endings)
    return check(source, challenge, label, challenge.submissions.team_of(label))


def _read_zip(source: Source, challenge: Challenge) -> Upload:
    """Check a package; a ZIP with one prediction file is like the file itself.

    Codabench takes only ZIPs, so there such a ZIP is how a single file is uploaded. It needs no
    description, also where the challenge requires one in packages.
    """
    archive = read_archive(source, challenge.limits)
    only = list(archive.names) if not archive.findings else []
    if len(only) == 1 and has_ending(only[0], challenge.submissions.endings):
        data = archive.files[archive.names[only[0]]]
        shown = f"{source.path}/{only[0]}"
        one = _check(Source.of_bytes(data, shown), challenge)
        return _accepted(source.path, [add_findings(one, archive.notes)])
    return _accepted(source.path, list(check_package(source, challenge)))


def _accepted(path: str, checked: Sequence[CheckedSubmission]) -> Upload:
    """Return the upload; refuse errors and several systems."""
    reports = tuple(one.report for one in checked)
    systems = [one for one in checked if one.report.kind != "package"]
    if len(systems) > 1:
        raise RefusedError(path, reports, [one.report.system for one in systems])
    if not all(each.valid for each in reports) or not systems or not systems[0].vectors:
        raise RefusedError(path, reports)
    return Upload(systems[0], reports)


def read_folder(folder: str, challenge: Challenge) -> Upload:
    """Check the folder into which Codabench's worker unpacked an upload.

    The worker's own file is ignored, and so are files of desktop systems. One wrapper folder is
    accepted, and a single ZIP in place of the files.

    Raises
    ------
    RefusedError
        If it has errors, or several systems.
    """
    found = _Folder(folder, challenge)
    if found.findings:
        raise RefusedError(_NAME, [_report(found.findings)])
    names = [name for name in found.names if not is_litter(name)]
    if len(names) == 1 and is_package(names[0]):
        data = found.files[names[0]]
        return _read_zip(Source.of_bytes(data, encodable(PurePath(names[0]).name)), challenge)
    return _read_zip(Source.of_bytes(_packed(found.files), _NAME), challenge)


def _report(findings: Sequence[Finding]) -> SubmissionReport:
    return SubmissionReport(
        path=_NAME,
        kind="package",
        system=_NAME,
        team=_NAME,
        valid=False,
        pairs=0,
        sha256=None,
        findings=tuple(findings),
    )


class _Folder:
    """The files in a folder by their names in it, or findings about other things in it."""

    def __init__(self, folder: str, challenge: Challenge) -> None:
        self._folder = folder
        self._limits = challenge.limits
        self._special: list[str] = []
        self._unnamed: list[str] = []
        self._deep: list[str] = []
        self._unread: list[str] = []
        self._large = self._many = False
        self.names: list[str] = []
        self.files: dict[str, bytes] = {}
        self._list()
        if not self.findings:
            self._read()

    @property
    def findings(self) -> list[Finding]:
        """What breaks a rule for archives."""
        found = [
            # Sorted, because the order of a folder differs from one system to another.
            rule(name).finding(listing(sorted(faults), _SHOWN), count=len(faults))
            for name, faults in (
                ("zip-link", self._special),
                ("zip-name", self._unnamed),
                ("zip-nested", self._deep),
                ("file-missing", self._unread),
            )
            if faults
        ]
        if self._many:
            message = f"the archive has more than {self._limits.max_members:,} entries"
            found.append(rule("zip-members").finding(message))
        if self._large:
            most = f"{self._limits.max_package_bytes:,}"
            message = f"the unpacked files have more than {most} bytes"
            found.append(rule("zip-size").finding(message))
        return found

    def _list(self) -> None:
        entries = 0
        for name, mode in self._walk():
            if name == _WORKER_FILE and stat.S_ISREG(mode):
                continue
            entries += 1
            if entries > self._limits.max_members:
                self._many = True
                return
            self._add(name, mode)
        self.names.sort()

    def _add(self, name: str, mode: int) -> None:
        shown = visible(encodable(name), 100)
        kind = stat.S_IFMT(mode)
        if encodable(name) != name:
            self._unnamed.append(f"{shown} has a name that is not UTF-8")
        elif kind == stat.S_IFREG:
            self.names.append(name)
        elif kind == stat.S_IFDIR:
            if name.count("/") >= MOST_FOLDERS:
                self._deep.append(f"{shown} is more than {MOST_FOLDERS} folders deep")
        else:
            self._special.append(f"{shown} {_KINDS.get(kind, 'is no file')}")

    def _walk(self) -> Iterator[tuple[str, int]]:
        """Yield the name and the mode of every entry, down to the deepest folder that is read."""
        waiting = [""]
        while waiting:
            inside = waiting.pop()
            try:
                with os.scandir(os.path.join(self._folder, inside)) as entries:  # noqa: PTH118
                    for entry in entries:
                        name = f"{inside}/{entry.name}" if inside else entry.name
                        mode = entry.stat(follow_symlinks=False).st_mode
                        yield name, mode
                        if stat.S_ISDIR(mode) and name.count("/") < MOST_FOLDERS:
                            waiting.append(name)
            except OSError:
                shown = visible(encodable(inside), 100) or "the upload"
                self._unread.append(f"{shown} cannot be read")

    def _read(self) -> None:
        left = self._limits.max_package_bytes
        for name in self.names:
            try:
                # Without following a link, also one that has taken the place of a folder since.
                with open_inside(self._folder, name) as stream:
                    data = stream.read(left + 1)
            except OSError:
                self._unread.append(f"{visible(name, 100)} cannot be read")
                return
            left -= len(data)
            if left < 0:
                self._large = True
                return
            self.files[name] = data


def _packed(files: dict[str, bytes]) -> bytes:
    """Return a ZIP of files, without compression."""
    from zipfile import ZIP_STORED, ZipFile, ZipInfo

    memory = BytesIO()
    with ZipFile(memory, "w", ZIP_STORED) as archive:
        for name, data in files.items():
            entry = ZipInfo(name, _TIME)
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, data)
    return memory.getvalue()
