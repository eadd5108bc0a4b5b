"""Tutorials, guides and explanations: every block runs, and prints what the page shows."""

import re
import runpy

import pytest

from tests.helpers import DATA, REPOSITORY
from tests.walkthroughs import Walkthrough, lines

DOCS = REPOSITORY / "docs"
FOLLOWED = sorted(
    [DOCS / "organisers.md", DOCS / "organisers-ledger.md"]
    + [
        page
        for name in ("tutorials", "guides", "explanations")
        for page in (DOCS / name).glob("*.md")
    ]
)
PAGES = [*FOLLOWED, *(page for page in (DOCS / "faq.md", DOCS / "glossary.md") if page.exists())]


@pytest.mark.parametrize("page", FOLLOWED, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_reader_sees_what_the_page_shows(page, tmp_path):
    """The blocks of the page run in their order and print what the page shows."""
    text = page.read_text(encoding="utf-8")
    for step in Walkthrough(tmp_path).follow(text):
        assert lines(step.printed) == lines(step.shown), step.run


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_links_of_the_page(page):
    """Every relative link points to a file, and its anchor to a heading of that file."""
    for target, anchor in re.findall(
        r"\]\(([^)#:\s]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8")
    ):
        file = page.parent / target if target else page
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in headings(file.read_text(encoding="utf-8")), f"{target}#{anchor}"


def headings(text):
    """Return the anchors of the headings of a page, as GitHub and Sphinx form them."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    plain = (re.sub(r"[^\w -]", "", title.lower()) for title in titles)
    return {title.strip().replace(" ", "-") for title in plain}


def test_the_pages_are_found():
    """There are three tutorials, and each runs commands."""
    tutorials = [page for page in PAGES if page.parent.name == "tutorials" and page.stem != "index"]
    assert len(tutorials) == 3
    for page in tutorials:
        assert page.read_text(encoding="utf-8").count("\n$ xacle-eval ") >= 5, page.name


def test_the_files_of_the_tutorials_are_written_by_their_script(tmp_path):
    """The script writes the same ratings, labels and predictions again."""
    script = runpy.run_path(str(DATA / "make_tutorials.py"))
    script["main"](tmp_path)
    written = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.csv")]
    assert len(written) == 13
    for name in written:
        assert (tmp_path / name).read_bytes() == (script["FILES"] / name).read_bytes(), name


def test_a_wrong_output_is_found(tmp_path):
    """Wrong outputs of commands, Python blocks and files are differences."""
    page = (
        "```sh\nmkdir x\ncd x\n```\n\n"
        "```console\n$ xacle-eval explain XAC024 # comment\nwrong\n```\n\n"
        "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n\n"
        "```csv\nid,prediction\n```\n"
    )
    found = list(Walkthrough(tmp_path).follow(page))
    assert [lines(step.shown) == lines(step.printed) for step in found] == [False] * 3
    assert "XAC024 missing ids" in found[0].printed
    (tmp_path / "again").mkdir()
    rewritten = Walkthrough(tmp_path / "again").rewrite(page)
    assert "```text\n2\n```" in rewritten
    assert "$ xacle-eval explain XAC024 # comment\nXAC024 missing ids" in rewritten
