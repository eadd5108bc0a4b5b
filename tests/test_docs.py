"""The documentation is executed: README and docs show the real output of the commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from tests.cli.helpers import environment

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [
        ROOT / "README.md",
        *(page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts),
    ]
)
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
# A Python block, and the text block below it, which shows what the Python block prints.
PYTHON = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)
# Pages whose Python blocks have a test module of their own.
TESTED_ELSEWHERE = {"docs/training.md"}
# Folders and pages that tests/test_walkthroughs.py follows from their first line to their last.
FOLLOWED = {"tutorials", "guides", "explanations"}
FOLLOWED_PAGES = {"organisers.md", "organisers-ledger.md"}


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _read_here() -> list[Path]:
    return [
        page
        for page in PAGES
        if page.parent.name not in FOLLOWED and page.name not in FOLLOWED_PAGES
    ]


def _python_pages() -> list[str]:
    here = _read_here()
    names = [_name(page) for page in here if PYTHON.search(page.read_text(encoding="utf-8"))]
    return [name for name in names if name not in TESTED_ELSEWHERE]


def _examples() -> list[tuple[str, str, str]]:
    """Return (page, command, shown output) for each ``$ command`` in a console block."""
    found = []
    for page in _read_here():
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, shown = part.partition("\n")
                found.append((_name(page), command, shown))
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
            assert (page.parent / target).exists(), f"{_name(page)} links to {target}"


@pytest.mark.parametrize("name", _python_pages())
def test_python_blocks_print_what_is_shown(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The Python blocks of a page run in their order, and print the text blocks below them."""
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {"__name__": "example"}
    for block, shown in PYTHON.findall((ROOT / name).read_text(encoding="utf-8")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on stderr, as those of the demo ratings
            exec(compile(block, name, "exec"), names)  # noqa: S102
        printed = capsys.readouterr().out
        if shown:
            assert printed == shown


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
