"""The documentation is executed: README and docs show the real output of the commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.helpers import environment

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def _examples() -> list[tuple[str, str, str]]:
    """Return (page, command, shown output) for each ``$ command`` in a console block."""
    found = []
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, shown = part.partition("\n")
                found.append((page.name, command, shown))
    return found


@pytest.mark.parametrize(("page", "command", "shown"), _examples())
def test_shown_output_is_real(page: str, command: str, shown: str) -> None:
    """A command in the documentation prints what the documentation shows."""
    words = shlex.split(command, comments=True)
    assert words[0] == "xacle-eval", f"{page}: only the toolkit's command is allowed"
    done = subprocess.run(
        [sys.executable, "-m", "xacle_eval", *words[1:]],
        cwd=ROOT,
        env=environment(PYTHONIOENCODING="utf-8"),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    # A terminal shows both streams; the commands in the docs write to stderr first.
    printed = [line.rstrip() for line in (done.stderr + done.stdout).rstrip().splitlines()]
    assert printed == [line.rstrip() for line in shown.rstrip().splitlines()]


def test_the_readme_has_two_setup_commands() -> None:
    """The README has the two commands that the CI script runs unchanged."""
    for name in ("run", "test"):
        done = subprocess.run(
            [sys.executable, ROOT / ".ci" / "readme.py", name],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip().startswith("python3 -m venv")


def test_links_between_pages() -> None:
    """Every relative link in README and docs points to a file."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_python_example_of_the_readme_runs() -> None:
    """The README's Python example runs unchanged in the repository."""
    blocks = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert blocks
    for block in blocks:
        done = subprocess.run(
            [sys.executable, "-c", block], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout


def test_the_python_example_of_the_statistics_prints_what_it_shows() -> None:
    """The Python block of docs/statistics.md runs unchanged and prints the block below it."""
    text = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, flags=re.DOTALL)
    assert blocks
    for block, shown in blocks:
        done = subprocess.run(
            [sys.executable, "-c", block], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == shown


def test_links_to_headings_of_the_simulations() -> None:
    """Every link to a heading of docs/simulations.md names one of its headings."""
    text = (ROOT / "docs" / "simulations.md").read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }
    for page in PAGES:
        found = re.findall(r"simulations\.md#([^)]+)\)", page.read_text(encoding="utf-8"))
        assert set(found) <= headings, page.name
