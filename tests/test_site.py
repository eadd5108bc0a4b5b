"""The check of the docs site finds what is wrong, and the pages written from code are complete."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from xacle_eval.cli.groups import COMMAND_GROUPS, GROUPS

ROOT = Path(__file__).resolve().parents[1]
GOOD = '<h1 id="start">Start</h1><a href="other.html#part">x</a><img src="a.png">'


def _module(*place: str) -> ModuleType:
    file = ROOT.joinpath(*place)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def site(tmp_path):
    """A small site without a problem."""
    (tmp_path / "index.html").write_text(GOOD)
    (tmp_path / "other.html").write_text('<p id="part"></p><a href="https://example.org/">x</a>')
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "searchindex.js").write_text("")
    (tmp_path / "site.css").write_text("p { background: url(a.png) }")
    return tmp_path


def test_a_good_site_has_no_problem(site, capsys):
    """Links and assets inside the site are fine; addresses outside it are listed, not fetched."""
    module = _module(".ci", "check_site.py")
    assert module.check(site) == ([], ["https://example.org/"])
    assert module.main(str(site)) == 0
    assert "  https://example.org/\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        ('<a href="missing.html">x</a>', "index.html: missing.html: no such file"),
        ('<a href="other.html#gone">x</a>', "index.html: other.html#gone: no such anchor"),
        ('<a href="#gone">x</a>', "index.html: #gone: no such anchor"),
        ('<a href="../x.html">x</a>', "index.html: ../x.html: leaves the site"),
        ('<a href="/x.html">x</a>', "index.html: /x.html: leaves the site"),
        ('<p id="start"></p>', "index.html: the id start is used twice"),
        (
            '<script src="https://example.org/a.js"></script>',
            "index.html: <script> loads https://example.org/a.js",
        ),
        ('<img src="//example.org/a.png">', "index.html: <img> loads //example.org/a.png"),
        (
            '<p style="background: url(https://example.org/a.png)"></p>',
            "index.html: <link> loads https://example.org/a.png",
        ),
    ],
)
def test_each_problem_of_a_page_is_found(site, added, problem):
    """A broken link, a missing anchor, an id used twice and an asset of another host are found."""
    (site / "index.html").write_text(GOOD + added)
    module = _module(".ci", "check_site.py")
    assert module.check(site)[0] == [problem]
    assert module.main(str(site)) == 1


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("gone.woff", "site.css: gone.woff: no such file"),
        ("https://example.org/a.woff", "site.css: loads https://example.org/a.woff"),
    ],
)
def test_each_problem_of_a_style_is_found(site, address, problem):
    """A style sheet must not load a missing file, or one of another host."""
    (site / "site.css").write_text(f"@font-face {{ src: url('{address}') }}")
    assert _module(".ci", "check_site.py").check(site)[0] == [problem]


def test_a_site_needs_pages_and_a_search(site):
    """A folder without pages, and one that cannot be searched, are problems."""
    for name in ("index.html", "other.html", "searchindex.js"):
        (site / name).unlink()
    problems, _ = _module(".ci", "check_site.py").check(site)
    assert problems == [
        f"{site.resolve()} has no page",
        "searchindex.js is missing: the site cannot be searched",
    ]


def test_the_page_of_commands_has_every_command_and_its_groups_in_order():
    """Each command is a section, and its groups of options are in the order of ``--help``."""
    pytest.importorskip("sphinx", reason="the page is written by an extension of Sphinx")
    text = _module("docs", "_ext", "commands.py").commands_markdown()
    for name in (name for names in COMMAND_GROUPS.values() for name in names):
        assert f"\n({name})=\n" in f"\n{text}"
    for section in re.split(r"^\(.*\)=$", text, flags=re.MULTILINE):
        groups = re.findall(r"^```\{rubric\} (.+)$", section, re.MULTILINE)
        assert groups == [group for group in GROUPS if group in groups]
    assert "```{rubric} Uncertainty" in text
