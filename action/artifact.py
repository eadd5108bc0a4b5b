"""Checks of an artifact before it is scored: python -I artifact.py unpack|compare|limit …

The artifact is an archive that an untrusted workflow created. Only the receipt and prediction files
with plain names are accepted, in bounded number and size. The files must be those of a commit, and
their systems few enough. The exit code is 1 for an artifact that is refused.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import stat
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from xacle_eval.errors import OutputError
from xacle_eval.io.folders import write_folder
from xacle_eval.submissions.lookalikes import skeleton
from xacle_eval.submissions.zip_directory import (
    DEFLATED,
    ENCRYPTED,
    PATCHED,
    STORED,
    DamagedError,
    Directory,
    Entry,
)
from xacle_eval.submissions.zip_headers import header_fault, layout_fault, unpack
from xacle_eval.text import count, visible

_FOLDER, _RECEIPT = "submissions", "receipt.json"
# Letters and digits of any language, and no character that a shell or a terminal interprets.
_NAME = re.compile(r"[^\W_][\w.+-]{0,99}")
_ENDINGS = (".csv", ".zip")
_MOST_PACKED, _MOST_UNPACKED = 100_000_000, 200_000_000
_MOST_FILES, _ENTRY_BYTES = 100, 1_024
_SHOWN = 5


class RefusedError(Exception):
    """The artifact is refused; the message gives the reason."""


def main(arguments: list[str] | None = None) -> int:
    """Run one check and return the exit code."""
    parser = argparse.ArgumentParser(description="Check an artifact before it is scored.")
    commands = parser.add_subparsers(dest="command", required=True)
    step = commands.add_parser("unpack", help="Unpack an artifact into a new folder.")
    step.add_argument("archive", type=Path)
    step.add_argument("folder", type=Path)
    step = commands.add_parser("compare", help="Compare the files with a commit.")
    step.add_argument("folder", type=Path)
    step.add_argument("listing", type=Path, help="output of git ls-tree -r -z COMMIT")
    step = commands.add_parser("limit", help="Limit the number of systems.")
    step.add_argument("report", type=Path, help="output of xacle-eval validate --format json")
    step.add_argument("--per-team", type=int, required=True)
    step.add_argument("--per-run", type=int, required=True)
    options = parser.parse_args(arguments)
    try:
        if options.command == "unpack":
            message = unpack_artifact(options.archive, options.folder)
        elif options.command == "compare":
            message = compare_files(options.folder, options.listing)
        else:
            message = limit_systems(options.report, options.per_team, options.per_run)
    except (RefusedError, OutputError, OSError, MemoryError) as error:
        reason = str(error) or type(error).__name__
        print(f"error: {reason.replace('##[', '## [')}", file=sys.stderr)
        return 1
    print(message)
    return 0


def unpack_artifact(archive: Path, folder: Path) -> str:
    """Unpack an artifact into a new folder if every entry is an expected file."""
    with archive.open("rb") as stream:
        data = stream.read(_MOST_PACKED + 1)
    if len(data) > _MOST_PACKED:
        raise RefusedError(f"the artifact has more than {_MOST_PACKED:,} bytes")
    try:
        entries = _entries(data)
        files = {entry.name: unpack(data, entry) for entry in entries}
    except DamagedError as error:
        raise RefusedError(f"the artifact cannot be unpacked: {error}") from error
    if _RECEIPT not in files:
        raise RefusedError(f"the artifact has no {_RECEIPT}")
    write_folder(folder, files)
    return f"unpacked {count(len(files), 'file')}"


def _entries(data: bytes) -> list[Entry]:
    """Return the files of an archive, all checked before one of them is unpacked."""
    directory = Directory.find(data)
    if directory.entries > _MOST_FILES or directory.size > _MOST_FILES * _ENTRY_BYTES:
        raise RefusedError(f"the artifact has more than {_MOST_FILES} entries")
    entries = directory.read()
    _refuse((entry.name, _fault(entry) or header_fault(data, entry)) for entry in entries)
    layout = layout_fault(data, entries, directory.offset)
    if layout:
        raise RefusedError(f"the artifact cannot be unpacked: {layout}")
    names = Counter(entry.name.casefold() for entry in entries)
    _refuse((name, "occurs twice" if number > 1 else None) for name, number in names.items())
    if sum(entry.size for entry in entries) > _MOST_UNPACKED:
        raise RefusedError(f"the unpacked files have more than {_MOST_UNPACKED:,} bytes")
    return entries


def _fault(entry: Entry) -> str | None:
    """Return why an entry is not an expected file, or None."""
    if stat.S_IFMT(entry.mode) not in (0, stat.S_IFREG) or entry.is_folder:
        return "is not a regular file"
    if entry.flags & (ENCRYPTED | PATCHED) or entry.method not in (STORED, DEFLATED):
        return "is stored in an unsupported form"
    return None if _is_expected(entry.name) else "has an unexpected name"


def _is_expected(name: str) -> bool:
    """Return whether a name is the receipt, or a submission with at most two folders."""
    if name == _RECEIPT:
        return True
    first, *parts = name.split("/")
    plain = all(_NAME.fullmatch(part) for part in parts)
    return first == _FOLDER and len(parts) in (1, 2, 3) and plain and name.endswith(_ENDINGS)


def _refuse(faults: Iterable[tuple[str, str | None]]) -> None:
    """Raise RefusedError that names the first entries with a reason."""
    found = [f"{visible(name)} {reason}" for name, reason in faults if reason]
    if found:
        rest = f"; and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
        raise RefusedError("; ".join(found[:_SHOWN]) + rest)


def compare_files(folder: Path, listing: Path) -> str:
    """Compare every submission with the file of that name in a commit.

    Each record of the listing is the mode, the kind and the hash of a file, a tab, its path, NUL.
    """
    committed = {}
    for record in listing.read_bytes().split(b"\0")[:-1]:
        head, _, name = record.partition(b"\t")
        committed[name] = head.split()
    files = [file for file in sorted((folder / _FOLDER).rglob("*")) if not file.is_dir()]
    _refuse(
        (name, _difference(file, committed.get(name.encode("utf-8"))))
        for file in files
        for name in [file.relative_to(folder).as_posix()]
    )
    return f"{count(len(files), 'file')} compared with the commit"


def _difference(file: Path, committed: list[bytes] | None) -> str | None:
    if committed is None:
        return "is not in the commit"
    mode, _, digest = committed
    if not mode.startswith(b"100"):
        return "is not a regular file in the commit"
    data = file.read_bytes()
    # The hash of a file in git: SHA-1, or SHA-256 in repositories that use it.
    algorithm = "sha1" if len(digest) == 40 else "sha256"
    found = hashlib.new(algorithm, b"blob %d\0" % len(data), usedforsecurity=False)
    found.update(data)
    return None if found.hexdigest().encode() == digest else "differs from the commit"


def limit_systems(report: Path, per_team: int, per_run: int) -> str:
    """Check the number of systems of each team, and of all teams together."""
    submissions = json.loads(report.read_text(encoding="utf-8"))["submissions"]
    teams = Counter(skeleton(one["team"]) for one in submissions if one["kind"] != "package")
    total = sum(teams.values())
    if not total or total > per_run:
        raise RefusedError(f"{count(total, 'system')}; expected 1 to {per_run} per run")
    _refuse(
        (f"the team {team}", f"has {number} systems; the limit is {per_team}")
        for team, number in teams.items()
        if number > per_team
    )
    return count(total, "system")


if __name__ == "__main__":
    sys.exit(main())
