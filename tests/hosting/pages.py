"""Check pages in a browser: their folder of Pyodide, and what they show."""

import os
from pathlib import Path

import pytest

SECONDS = 120_000
SHAPES = {"error": "✕", "warning": "▲", "info": "●"}
# The cells of each finding that a page shows, by article: what a reader sees.
_SHOWN = """
() => [...document.querySelectorAll("#results article")].map((article) => ({
  name: article.querySelector("h2").textContent,
  verdict: article.querySelector(".verdict").textContent,
  rows: [...article.querySelectorAll("tbody tr")].map((row) => Object.fromEntries(
    [...row.cells].map((cell) => [cell.dataset.name, cell.textContent]))),
}))
"""


def pyodide_folder():
    """Return the folder of the npm package; skip the test if it is not installed."""
    node = os.environ.get("XACLE_EVAL_NODE")
    folder = Path(node or "", "node_modules", "pyodide")
    if not node or not folder.is_dir():
        pytest.skip("needs XACLE_EVAL_NODE=DIR after npm install --prefix DIR pyodide")
    return folder


def wait_for(page, text):
    """Wait until the status of a page contains a text."""
    from playwright.sync_api import expect

    expect(page.locator("#status")).to_contain_text(text, timeout=SECONDS)


def upload(page, files):
    """Let a page check files, and return what it shows for each."""
    wait_for(page, "Ready")
    page.set_input_files("#files", files)
    wait_for(page, "checked")
    return page.evaluate(_SHOWN)


def expected_rows(reports):
    """Return the rows that a page must show for the reports of a file of the command.

    Errors stand first, and back-quotes of a fix are not shown: they mark code.
    """
    places = [
        (finding, finding["file"] or report["path"])
        for report in reports
        for finding in report["findings"]
    ]
    inside = any(place != reports[0]["path"] for _, place in places)
    places.sort(key=lambda each: list(SHAPES).index(each[0]["severity"]))
    return [_row(finding, place, inside) for finding, place in places]


def _row(finding, place, inside):
    severity = finding["severity"]
    return {
        "Severity": f"{SHAPES[severity]} {severity}",
        "Rule": f"{finding['code']}{finding['title']}",
        **({"File": place} if inside else {}),
        "Line": str(finding["line"] or ""),
        "Column": str(finding["column"] or ""),
        "Message": finding["message"],
        "How to fix it": finding["hint"].replace("`", ""),
    }
