"""Markdown: no markup, link, mention or reference in untrusted text is active."""

import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from tests.reports.conftest import LABELS, no_control_codes, no_forged_command
from xacle_eval.reports.formats.github import github_summary
from xacle_eval.reports.formats.markdown import code_cell, markdown_text
from xacle_eval.reports.formats.tables import markdown_table
from xacle_eval.reports.views.leaderboard import leaderboard_view
from xacle_eval.reports.views.table import View, ViewColumn

# What platforms link in the rendered text, except inside code.
LINKED = re.compile(
    r"@[a-z0-9]|(?<!\w)[#!]\d|\bgh-\d|www\.|://|mailto:|\b[0-9a-f]{7,40}\b|:[a-z0-9_+-]+:",
    re.IGNORECASE,
)
LINKS = [
    "www.example.com",
    "WWW.example.com/a_b",
    "x(www.example.com)",
    "http://example.com",
    "see:https://example.com",
    "ftp://example.com",
    "someone@example.com",
    "mailto:someone@example.com",
    "@octocat",
    "a @octocat and #123",
    "owner/name#1",
    "owner/name@0123abc",
    "GH-12",
    "0123456789abcdef0123456789abcdef01234567",
    "deadbeef",
    "!7",
    "a|@b|www.example.com",
    "`@octocat`",
    "``@octocat` #1",
    "back\\|@octocat\\",
    "x\\| [a](http://example.com) `",
    "![a](//example.com/x.png)",
    "<a href='//example.com'>x</a>",
    "&#64;octocat",
    "\\@octocat \\#1",
]

TAGS = {*"p strong table thead tbody tr th td ul li code".split()}  # noqa: SIM905


class Page(HTMLParser):
    """The cells of the tables of an HTML page, its tags, and its text outside code."""

    def __init__(self, html_text):
        super().__init__()
        self.cells, self.tags, self.bare, self.inside = [], set(), "", 0
        self.feed(html_text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.inside += tag == "code"
        self.cells += [""] if tag == "td" else []

    def handle_endtag(self, tag):
        self.inside -= tag == "code"

    def handle_data(self, data):
        if self.cells and data != "\n":
            self.cells[-1] += data
        self.bare += " " if self.inside else data


def rendered(text):
    """Return a page of Markdown as GitHub's renderer makes it, before it links any words."""
    return Page(MarkdownIt("commonmark").enable("table").render(text))


@pytest.mark.parametrize("labels", [LABELS, LINKS])
def test_markdown(board, example, labels):
    """In Markdown every row keeps its cells; no markup, HTML, link or mention is active."""
    (one,) = board.entries[:1]
    entries = [
        one.model_copy(update={"system": label, "team": "T", "undefined": ("SRCC",)})
        for label in labels
    ]
    board = board.model_copy(update={"entries": tuple(entries)})
    text = markdown_table(replace(leaderboard_view(board, example), title=" ".join(labels)))
    page = rendered(text)
    assert page.tags <= TAGS
    assert not LINKED.search(page.bare)
    cells = page.cells[: 7 * len(labels)]
    for shown, label in zip(cells[2::7], labels, strict=True):
        assert shown == label.strip() or any(not char.isprintable() for char in label)
    assert no_forged_command(text)
    assert no_control_codes(text)


@pytest.mark.parametrize("labels", [LABELS, LINKS])
def test_the_summary_links_nothing(reports, labels):
    """In the step summary, no link, mention or reference of a path is active."""
    named = [reports[0].model_copy(update={"path": label, "findings": ()}) for label in labels]
    page = rendered(github_summary(named))
    assert page.tags == {*["h2", "table", "thead", "tbody", "tr", "th", "td", "code"]}
    assert not LINKED.search(page.bare)
    for shown, label in zip(page.cells[::5], labels, strict=True):
        assert shown == label.replace("##[", "## [") or any(
            not char.isprintable() for char in label
        )


@pytest.mark.parametrize(
    "text", ["a" * 10_000, "0a" * 5_000, ":a" * 5_000, "`" * 10_000, "@|" * 5_000]
)
def test_long_texts_cost_little(text):
    """Text of the greatest length costs less than a second."""
    begin = time.process_time()
    markdown_text(text, 10_000)
    code_cell(text, 10_000)
    assert time.process_time() - begin < 1


def test_numbers_are_no_hashes():
    """Only names become code: a number with many digits is written as it is."""
    view = View("", (ViewColumn("a", "A"), ViewColumn("b", "B")), (("12345678", 0.12345678),), 8)
    assert "| `12345678` | 0.12345678 |" in markdown_table(view)
