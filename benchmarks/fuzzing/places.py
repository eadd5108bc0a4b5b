"""The folders of a run: the working folder, and canaries that no command may touch."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fuzzing.cases import FORBIDDEN, Case, Link, Special

__all__ = ["Places", "contents", "outside", "write_files"]

EXAMPLE = Path(__file__).resolve().parents[2] / "tests" / "data" / "example"
Mark = tuple[int, int, int, str]
"""Kind and permissions, size, time and hash of a path."""


def _mark(path: str) -> Mark:
    found = os.lstat(path)
    text = ""
    if stat.S_ISLNK(found.st_mode):
        text = os.readlink(path)  # noqa: PTH115 -- the text of the link, as written
    elif stat.S_ISREG(found.st_mode):
        with open(path, "rb") as file:  # noqa: PTH123 -- a tight loop
            text = hashlib.sha256(file.read()).hexdigest()
    time = 0 if stat.S_ISDIR(found.st_mode) else found.st_mtime_ns
    return found.st_mode, 0 if stat.S_ISDIR(found.st_mode) else found.st_size, time, text


def _walk(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry.path
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path)


@dataclass
class Places:
    """The folders of one worker, below a temporary folder.

    ``a/b/work`` is the working folder. Next to it are ``canary``, with files that links in the
    working folder point to, ``task``, with the challenge, and ``home``.
    """

    base: Path
    work: Path = field(init=False)
    _before: dict[str, Mark] = field(default_factory=dict)

    def __post_init__(self) -> None:
        inner = self.base / "a" / "b"
        self.work = inner / "work"
        shutil.rmtree(inner, ignore_errors=True)
        for name in ("work", "canary", "home", "task"):
            (inner / name).mkdir(parents=True)
        (inner / "canary" / "note.txt").write_text("001.wav,canary\n", encoding="utf-8")
        (inner / "canary" / "Canary_01.csv").write_text("canary\n", encoding="utf-8")
        (inner / "home" / ".bashrc").write_text("# canary\n", encoding="utf-8")
        for name in ("task.toml", "approved.csv", "ratings.csv"):
            shutil.copy(EXAMPLE / name, inner / "task")
        os.chdir(self.work)

    def fill(self, case: Case) -> None:
        """Write the files of a case into the empty working folder, and take the snapshot."""
        os.chdir(self.work)
        write_files(self.work, case)
        self._before = self._snapshot()

    def _snapshot(self) -> dict[str, Mark]:
        base = str(self.base)
        return {path[len(base) + 1 :]: _mark(path) for path in _walk(base)}

    def changes(self) -> list[str]:
        """Return the paths, relative to the working folder, that differ from the snapshot.

        A changed path outside the working folder begins with ``../``.
        """
        after, work = self._snapshot(), os.path.relpath(self.work, self.base)
        different = {
            path
            for path in self._before.keys() | after.keys()
            if self._before.get(path) != after.get(path)
        }
        changed = sorted(os.path.relpath(path, work) for path in different)
        return [*changed, *([FORBIDDEN] if os.path.lexists(FORBIDDEN) else [])]

    def clear(self) -> None:
        """Empty the working folder."""
        os.chdir(self.work.parent)
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()


def write_files(folder: Path, case: Case) -> None:
    """Write the files of a case into a folder."""
    for name, content in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir(exist_ok=True)
        elif isinstance(content, Link):
            path.symlink_to(content.target)
        elif isinstance(content, Special):
            os.mkfifo(path)
        else:
            path.write_bytes(content)


def outside(changed: list[str], outputs: list[str]) -> list[str]:
    """Return the changed paths that are not outputs, below one, or a folder above one."""
    allowed = [os.path.normpath(path) for path in outputs]
    return [
        path
        for path in changed
        if not any(
            path == one or path.startswith(one + "/") or one.startswith(path + "/")
            for one in allowed
        )
    ]


def contents(work: Path, changed: list[str]) -> Mapping[str, bytes]:
    """Return the contents of the changed regular files."""
    files = {path: work / path for path in changed}
    return {
        path: file.read_bytes()
        for path, file in files.items()
        if file.is_file() and not file.is_symlink()
    }
