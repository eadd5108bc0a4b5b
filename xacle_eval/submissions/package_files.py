"""`xacle_eval.package` and `xacle_eval.split`: files to a package, and a package to files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, check_arguments
from xacle_eval.io.files import display_path
from xacle_eval.io.folders import write_folder
from xacle_eval.io.outputs import write_bytes
from xacle_eval.io.overwriting import refuse_existing, refuse_overwriting
from xacle_eval.submissions.archive import read_archive
from xacle_eval.submissions.discovery import is_package
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.packing import pack
from xacle_eval.submissions.reading import Source
from xacle_eval.submissions.reports import SubmissionReports
from xacle_eval.text import count, visible, visible_path

__all__ = ["Package", "PackageFiles", "pack_files", "package", "require_ending", "split", "unpack"]

_PathLike = str | os.PathLike[str]
_NO_OUTPUT = "package.zip"


@dataclass(frozen=True, slots=True, repr=False)
class Package:
    """The result of `xacle_eval.package`.

    Attributes
    ----------
    data : bytes
        The ZIP file; the same files always give the same bytes.
    reports : SubmissionReports
        The check: the report of the package, then those of its systems.
    output : str or None
        The file that was written.
    """

    data: bytes
    reports: SubmissionReports
    output: str | None = None

    @property
    def valid(self) -> bool:
        """Whether the package and all its systems are valid."""
        return self.reports.valid

    def __str__(self) -> str:
        text = f"{count(len(self.reports) - 1, 'system')}, {len(self.data):,} bytes"
        place = "not written" if self.output is None else f"wrote {visible_path(self.output)}"
        return f"{place}: {text}\n{self.reports}"

    def __repr__(self) -> str:
        systems = len(self.reports) - 1
        return f"<Package: {count(systems, 'system')}, valid {self.valid}>"


@dataclass(frozen=True, slots=True, repr=False)
class PackageFiles:
    """The result of `xacle_eval.split`.

    Attributes
    ----------
    path : str
        The package.
    files : mapping of str to bytes
        The contents of the files by name; empty if the archive breaks a rule.
    findings : tuple of Finding
        The rules for archives that it breaks.
    notes : tuple of Finding
        Files of operating systems that are ignored, and other remarks.
    output : str or None
        The folder that was written.
    """

    path: str
    files: Mapping[str, bytes]
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    output: str | None = None

    @property
    def valid(self) -> bool:
        """Whether the archive keeps the rules for archives; its files are not checked."""
        return not self.findings

    def __str__(self) -> str:
        place = "" if self.output is None else f", written to {visible_path(self.output)}"
        lines = [f"{visible_path(self.path)}: {count(len(self.files), 'file')}{place}"]
        lines += [f"  {one.code} {visible(one.message, 500)}" for one in self.findings]
        lines += [f"  {visible(name)}: {len(data):,} bytes" for name, data in self.files.items()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        number = count(len(self.files), "file")
        return f"<PackageFiles: {visible_path(self.path)}, {number}, valid {self.valid}>"


def package(
    *files: _PathLike,
    challenge: _PathLike | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    output: _PathLike | None = None,
    force: bool = False,
    follow_links: bool = False,
) -> Package:
    """Build a team's package (ZIP) and check it, as ``xacle-eval package`` does.

    Parameters
    ----------
    *files : path
        LABEL.csv and LABEL.yaml of every system, optionally a report (PDF), or folders of these.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one.
    split : str, optional
        The split, if not the challenge's default.
    output : path, optional
        Write the package to this file, atomically, if it is valid; its name ends in ``.zip``. By
        default nothing is written.
    force : bool
        Overwrite the output if it exists. A file to pack is never overwritten.
    follow_links : bool
        Follow symbolic links in folders if they lead to a place in the same folder.

    Returns
    -------
    Package
        The bytes and the check. If it is not ``valid``, nothing was written.

    Raises
    ------
    ChallengeError, UsageError
        If the challenge or an argument is invalid, or a file cannot be packed.
    OutputError
        If the output exists or cannot be written.

    Examples
    --------
    >>> import xacle_eval as xe
    >>> built = xe.package("sample_submissions/TextOnly_Reference_01.csv")
    >>> built.valid, [finding.code for finding in built.reports[1].findings]
    (False, ['XAC092'])
    """
    check_arguments(
        challenge=challenge,
        output=output,
        force=force,
        follow_links=follow_links,
        optional=("output",),
    )
    for file in files:
        check_arguments(file=file)
    if not files:
        raise UsageError("no file to pack; pass the files of the systems, or a folder of them")
    named = None if isinstance(challenge, Challenge) else os.fspath(challenge)
    target = None if output is None else os.fspath(output)
    if target is not None:
        require_ending("output", target)
    inputs: dict[str | None, str] = {os.fspath(file): "a file to pack" for file in files}
    refuse_overwriting({"output": target}, inputs, named)
    refuse_existing([target], force)
    loaded = load_challenge(challenge, split)
    built = pack_files(files, target or _NO_OUTPUT, loaded, follow_links)
    if target is None or not built.valid:
        return built
    write_bytes(target, built.data)
    return Package(built.data, built.reports, target)


def require_ending(name: str, output: str) -> None:
    """Refuse the name of a package without ``.zip``; `name` is the option or argument."""
    if not is_package(output):
        raise UsageError(f"{name} {visible_path(output)}: the name of a package must end in .zip")


def pack_files(
    files: Iterable[_PathLike], output: str, challenge: Challenge, follow_links: bool = False
) -> Package:
    """Build and check a package; write nothing.

    Parameters
    ----------
    files : iterable of path
        The files and folders.
    output : str
        The name of the package in its report.
    challenge : Challenge
        The challenge with the split.
    follow_links : bool
        As for `package`.
    """
    packed = pack(files, display_path(output), challenge, follow_links=follow_links)
    reports = [one.report for one in packed.checked]
    return Package(packed.data, SubmissionReports(reports, challenge.name, challenge.split))


def split(
    package: _PathLike,
    *,
    challenge: _PathLike | Challenge = DEFAULT_CHALLENGE,
    output: _PathLike | None = None,
) -> PackageFiles:
    """Read the files of a package (ZIP), as ``xacle-eval split`` does.

    The archive is first checked against the limits and rules for archives. The contents of the
    files are not checked; `xacle_eval.validate` does that.

    Parameters
    ----------
    package : path
        The package.
    challenge : str, path or Challenge
        The challenge whose limits apply.
    output : path, optional
        Write the files into this folder, atomically, if the archive keeps the rules; the folder
        does not exist yet, or is empty. By default nothing is written.

    Returns
    -------
    PackageFiles
        The files by name. If the archive is not ``valid``, it has findings instead, and nothing
        was written.

    Raises
    ------
    ChallengeError, UsageError
        If the challenge or an argument is invalid.
    OutputError
        If the folder is not empty or cannot be written.

    Examples
    --------
    >>> import xacle_eval as xe
    >>> found = xe.split("tests/data/example/packages/Kumo.zip", challenge="tests/data/example")
    >>> list(found.files)
    ['Kumo_01.csv', 'Kumo_01.yaml', 'Kumo_02.csv', 'notes.txt']
    """
    check_arguments(package=package, output=output, optional=("output",))
    found = unpack(package, load_challenge(challenge))
    if output is None or not found.valid:
        return found
    target = os.fspath(output)
    write_folder(target, found.files)
    return PackageFiles(found.path, found.files, found.findings, found.notes, target)


def unpack(package: _PathLike, challenge: Challenge) -> PackageFiles:
    """Read the files of a package; write nothing.

    Parameters
    ----------
    package : path
        The package.
    challenge : Challenge
        The challenge whose limits apply.
    """
    archive = read_archive(Source.of(package), challenge.limits)
    files: dict[str, bytes] = {}
    if not archive.findings:
        files = {name: archive.files[full] for name, full in archive.names.items()}
    return PackageFiles(
        archive.path, MappingProxyType(files), tuple(archive.findings), tuple(archive.notes)
    )
