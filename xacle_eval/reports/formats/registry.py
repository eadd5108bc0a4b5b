"""The formats of ``--format``: one line for each.

To add a format, write its function in this folder and add one line here. Everything else
follows: the choices of the commands, their help and their completion. A function is imported
when it is called; ``--help`` loads none of them.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, cast

__all__ = [
    "BOARD_FORMATS",
    "BUNDLE_FORMATS",
    "EXPORT_FORMATS",
    "HTML",
    "REPORT_FORMATS",
    "TABLE_FORMATS",
    "VERIFICATION_FORMATS",
    "Format",
    "load_function",
]


class Format(NamedTuple):
    """A format: the function that writes it, and what the function takes.

    Parameters
    ----------
    function : str
        ``module:name`` in `xacle_eval.reports.formats`, or in the package if it starts with it.
    content : str
        What the function takes: ``views`` (tables for people), ``page`` (the same, and tables of
        what they leave out), ``values`` (one table at full precision), ``board`` (a leaderboard, or
        the boards of several targets), ``reports`` (reports and whether warnings fail),
        ``uploads`` (the same and the ignored uploads), ``verification``, ``bundle`` (the report of
        a bundle and whether warnings fail), ``export`` (a written bundle) or ``document`` (the name
        of the document and the result).
    prints : bool
        The function prints to a rich console, its first argument, instead of returning text.
    summary : str or None
        A function that takes the same and returns the summary of a step of GitHub Actions.
    endings : tuple of str
        The endings of file names that choose the format, the usual one first.
    """

    function: str
    content: str
    prints: bool = False
    summary: str | None = None
    endings: tuple[str, ...] = ()


TABLE_FORMATS = {
    "text": Format("console:print_views", "views", prints=True, endings=(".txt", ".log")),
    "json": Format("documents:document_json", "document", endings=(".json",)),
    "csv": Format("tables:csv_table", "values", endings=(".csv",)),
    "markdown": Format("tables:markdown_tables", "page", endings=(".md", ".markdown")),
    "latex": Format("latex:latex_tables", "views", endings=(".tex", ".ltx")),
}
_PAGE = Format("xacle_eval.reports.site.index:board_page", "board", endings=(".html", ".htm"))
BOARD_FORMATS = ChainMap({"html": _PAGE}, TABLE_FORMATS)
"""The formats of boards: those of tables, and a page, which needs the extra ``report``."""
REPORT_FORMATS = {
    "text": Format("console:print_reports", "reports", prints=True, endings=(".txt", ".log")),
    "concise": Format("concise:concise_lines", "uploads"),
    "json": Format("documents:document_json", "document", endings=(".json",)),
    "github": Format("github:github_annotations", "uploads", summary="github:github_summary"),
    "junit": Format("junit:junit_xml", "uploads", endings=(".xml",)),
    "sarif": Format("sarif:sarif_json", "uploads", endings=(".sarif",)),
}
HTML = Format("html:html_tables", "page")
"""For notebooks; not a format of the commands."""
VERIFICATION_FORMATS = TABLE_FORMATS | {
    "text": Format(
        "console:print_verification", "verification", prints=True, endings=(".txt", ".log")
    )
}
TRIAL_FORMATS = {
    "text": Format("trials:print_trial", "trial", prints=True, endings=(".txt", ".log")),
    "json": Format("documents:document_json", "document", endings=(".json",)),
    "csv": Format("tables:csv_table", "values", endings=(".csv",)),
    "markdown": Format("tables:markdown_tables", "page", endings=(".md", ".markdown")),
}
EXPORT_FORMATS = {
    "text": Format("bundles:print_export", "export", prints=True, endings=(".txt", ".log")),
    "json": Format("documents:document_json", "document", endings=(".json",)),
}
BUNDLE_FORMATS = {
    "text": Format("bundles:print_bundle", "bundle", prints=True, endings=(".txt", ".log")),
    "concise": Format("bundles:bundle_lines", "bundle"),
    "json": Format("documents:document_json", "document", endings=(".json",)),
    "csv": Format("tables:csv_table", "values", endings=(".csv",)),
    "markdown": Format("tables:markdown_tables", "page", endings=(".md", ".markdown")),
    "github": Format("bundles:bundle_annotations", "bundle"),
    "sarif": Format("bundles:bundle_sarif", "bundle", endings=(".sarif",)),
}


def load_function(name: str) -> Callable[..., Any]:
    """Import a function by its ``module:name``."""
    module, _, function = name.partition(":")
    whole = module if "." in module else f"xacle_eval.reports.formats.{module}"
    found = getattr(import_module(whole), function)
    return cast(Callable[..., Any], found)
