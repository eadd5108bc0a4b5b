"""Check a built wheel and sdist: version, files, metadata, and the installed command.

    python -m build --outdir dist .
    python .ci/check_dist.py dist [--tag v0.1.0]

Requires ``twine`` in the environment of the running Python, and a package index. Both
files are installed, one after the other, in one fresh environment outside the checkout.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "xacle_eval"
SAMPLES = "sample_submissions"
# Files that a source distribution must contain in addition to the package itself.
SDIST_FILES = ("PKG-INFO", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")


class DistError(Exception):
    """An invalid distribution; the message gives the reason."""


def main(arguments: list[str] | None = None) -> int:
    """Run all checks and return the exit code."""
    parser = argparse.ArgumentParser(description="Check a built wheel and sdist.")
    parser.add_argument("dist", type=Path, help="the folder that holds one wheel and one sdist")
    parser.add_argument("--tag", help="the tag of the release, which must be v and the version")
    options = parser.parse_args(arguments)
    try:
        version = read_version(ROOT)
        if options.tag is not None:
            check_tag(options.tag, version)
        wheel, sdist = find_files(options.dist, version)
        sources = source_files(ROOT)
        check_wheel(wheel_names(wheel), version, sources)
        check_sdist(sdist_names(sdist), version, sources)
        run(sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist))
        check_installed(wheel, sdist, version)
    except DistError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{wheel.name} and {sdist.name} are ready to publish")
    return 0


def read_version(root: Path) -> str:
    """Return the version that the source tree states."""
    text = (root / PACKAGE / "_version.py").read_text(encoding="utf-8")
    match = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if match is None:
        raise DistError(f'{PACKAGE}/_version.py has no line __version__ = "…"')
    return match[1]


def check_tag(tag: str, version: str) -> None:
    """Raise DistError unless a tag is that of the version."""
    if tag != f"v{version}":
        raise DistError(f"the tag is {tag!r}, but the version is {version}: expected 'v{version}'")


def find_files(folder: Path, version: str) -> tuple[Path, Path]:
    """Return the wheel and the sdist of a folder that must hold exactly these two files."""
    expected = {f"{PACKAGE}-{version}-py3-none-any.whl", f"{PACKAGE}-{version}.tar.gz"}
    found = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    if found != expected:
        raise DistError(
            f"{folder} must hold {' and '.join(sorted(expected))} only;"
            f" it holds {', '.join(sorted(found)) or 'nothing'}"
        )
    wheel, sdist = sorted(expected)
    return folder / wheel, folder / sdist


def source_files(root: Path) -> set[str]:
    """Return the files of the package in the source tree, relative to its root."""
    return {
        file.relative_to(root).as_posix()
        for file in (root / PACKAGE).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def wheel_names(wheel: Path) -> list[str]:
    """Return the names of the files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def sdist_names(sdist: Path) -> list[str]:
    """Return the names of the files in a source distribution."""
    with tarfile.open(sdist) as archive:
        return [member.name for member in archive.getmembers() if not member.isdir()]


def check_wheel(names: Iterable[str], version: str, sources: set[str]) -> None:
    """Raise DistError unless a wheel holds the package and its metadata, and nothing else."""
    found = set(names)
    metadata = f"{PACKAGE}-{version}.dist-info"
    stray = {name for name in found if PurePosixPath(name).parts[0] not in (PACKAGE, metadata)}
    stray |= {name for name in found - sources if name.startswith(f"{PACKAGE}/")}
    if stray:
        raise DistError(f"the wheel holds unexpected files: {_listed(stray)}")
    if sources - found:
        raise DistError(f"files are missing from the wheel: {_listed(sources - found)}")
    if f"{metadata}/licenses/LICENSE" not in found:
        raise DistError("the licence is missing from the wheel")


def check_sdist(names: Iterable[str], version: str, sources: set[str]) -> None:
    """Raise DistError unless an sdist holds one folder with the package and its build files."""
    folder = f"{PACKAGE}-{version}/"
    found = set(names)
    stray = {name for name in found if not name.startswith(folder) or "__pycache__" in name}
    if stray:
        raise DistError(f"the sdist holds unexpected files: {_listed(stray)}")
    missing = {*sources, *SDIST_FILES} - {name.removeprefix(folder) for name in found}
    if missing:
        raise DistError(f"files are missing from the sdist: {_listed(missing)}")


def check_installed(wheel: Path, sdist: Path, version: str) -> None:
    """Install the wheel, then the sdist, in a fresh environment and use the command of each."""
    with tempfile.TemporaryDirectory() as name:
        outside = Path(name)
        shutil.copytree(ROOT / SAMPLES, outside / SAMPLES)
        run(sys.executable, "-m", "venv", str(outside / "venv"))
        binaries = outside / "venv" / ("Scripts" if os.name == "nt" else "bin")
        pip = (str(binaries / "python"), "-I", "-m", "pip", "--disable-pip-version-check")
        run(*pip, "install", "--quiet", str(wheel.resolve()))
        check_command(binaries, outside, version)
        # The dependencies are those of the wheel, so only the package itself is installed again.
        run(*pip, "uninstall", "--quiet", "--yes", "xacle-eval")
        run(*pip, "install", "--quiet", "--no-deps", str(sdist.resolve()))
        check_command(binaries, outside, version)


def check_command(binaries: Path, outside: Path, version: str) -> None:
    """Raise DistError unless the installed command has the version and ranks the samples."""
    where = f"import {PACKAGE}; print({PACKAGE}.__file__)"
    home = run(str(binaries / "python"), "-I", "-c", where, cwd=outside).strip()
    if not Path(home).resolve().is_relative_to(outside.resolve()):
        raise DistError(f"{PACKAGE} was imported from {home}, not from the fresh environment")
    command = str(binaries / "xacle-eval")
    printed = run(command, "--version", cwd=outside)
    if version not in printed.split():
        raise DistError(f"--version must print {version}; it printed {printed.strip()!r}")
    board = run(command, "leaderboard", SAMPLES, "--quiet", "--format", "csv", cwd=outside)
    systems = sorted(file.stem for file in (outside / SAMPLES).glob("*.csv"))
    ranked = {row["system"] for row in csv.DictReader(io.StringIO(board))}
    missing = [system for system in systems if system not in ranked]
    if missing or not systems:
        raise DistError(f"the leaderboard of {SAMPLES} lacks {', '.join(missing) or 'any system'}")


def run(*command: str, cwd: Path | None = None) -> str:
    """Run a command without the caller's Python settings and return what it prints on stdout."""
    hidden = ("PYTHON", "VIRTUAL_ENV", "XACLE_EVAL_")  # every option can be set by a variable
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    done = subprocess.run(  # noqa: S603
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DistError(
            f"{' '.join(command)} ended with exit code {done.returncode}:\n"
            f"{done.stdout}{done.stderr}".rstrip()
        )
    return done.stdout


def _listed(names: Iterable[str]) -> str:
    first = sorted(names)
    return ", ".join(first[:5]) + (f" and {len(first) - 5} more" if len(first) > 5 else "")


if __name__ == "__main__":
    sys.exit(main())
