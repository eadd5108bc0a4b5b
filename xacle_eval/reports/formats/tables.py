"""Table formats for documents and programs: CSV and Markdown.

Each escapes untrusted text by its own rules: formulas in CSV, markup in Markdown.
All of them write invisible characters as escapes, and shorten long names; a hash at the end
keeps different names different.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from xacle_eval.reports.formats.markdown import code_span, markdown_text
from xacle_eval.reports.views.table import CODE_NOTES, Cell, View
from xacle_eval.text import abbreviate, visible

__all__ = [
    "csv_rows",
    "csv_table",
    "markdown_table",
    "markdown_tables",
]

# Spreadsheets run a cell with such a beginning as a formula (OWASP ASVS 1.2.10), in some languages
# also for the full-width signs. Where a comma is the decimal sign, they end a cell at a semicolon.
# GitHub Actions runs a line that begins with "::" as a command.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
# Programs that read a CSV may remove these from the beginning of a cell. The quotation mark is
# included because it marks an escaped cell.
_IGNORED = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\"'\uff02\uff07"
_FORMULA = re.compile(rf"(?:^|(?<=;))(?=[{_IGNORED}]*[{_SIGNS}])|^(?=[{_IGNORED}]*::)")
_LONGEST_CELL = 10_000


def csv_rows(header: Sequence[str], rows: Iterable[Sequence[Cell]], separator: str = ",") -> str:
    """Return a header and rows as CSV, with values at full precision; None and NaN are empty.

    Every CSV of the package is written here, because formulas of spreadsheets must be escaped.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    for row in (header, *rows):
        writer.writerow(map(_csv_cell, row))
    return out.getvalue()


def csv_table(view: View) -> str:
    """Return a view as CSV with values at full precision."""
    short = [not column.prose for column in view.columns]
    rows = (
        [
            abbreviate(cell) if isinstance(cell, str) and shorten else cell
            for cell, shorten in zip(row, short, strict=True)
        ]
        for row in view.rows
    )
    return csv_rows([column.name for column in view.columns], rows)


def _csv_cell(cell: Cell) -> str:
    if cell is None or cell != cell:  # noqa: PLR0124 -- only NaN differs from itself
        return ""
    if isinstance(cell, float):
        return repr(float(cell))  # numpy's floats have another repr
    if isinstance(cell, int):
        return str(cell)
    # GitHub Actions runs "##[" anywhere in a line as a command.
    text = visible(cell, _LONGEST_CELL).replace("##[", "## [")
    return _FORMULA.sub("'", text)


def _short_text(view: View, row: int, column: int) -> str:
    text = view.cell_text(row, column)
    return text if view.columns[column].prose else abbreviate(text)


def markdown_table(view: View) -> str:
    """Return a view as a Markdown table, best values in bold, its notes below.

    A table without rows is the sentence that says so.
    """
    lines = [f"**{markdown_text(view.caption, _LONGEST_CELL)}**", "", *_markdown_rows(view)]
    lines += ["", *(f"- {_markdown_note(note)}" for note in view.notes)]
    return "\n".join(lines) + "\n"


def _markdown_rows(view: View) -> Iterator[str]:
    if not view.rows:
        yield markdown_text(view.empty, _LONGEST_CELL)
        return
    titles = (markdown_text(column.title, _LONGEST_CELL) for column in view.columns)
    yield "| " + " | ".join(titles) + " |"
    yield "| " + " | ".join("---:" if column.numeric else "---" for column in view.columns) + " |"
    for row in range(len(view.rows)):
        cells = []
        for column in range(len(view.columns)):
            text = _short_text(view, row, column)
            if isinstance(view.rows[row][column], str):
                text = markdown_text(text, _LONGEST_CELL)
            cells.append(f"**{text}**" if (row, column) in view.best else text)
        yield "| " + " | ".join(cells) + " |"


def _markdown_note(note: str) -> str:
    """Return a note; a signature and a hash are code, to be copied as they are."""
    name, mark, code = note.partition(": ")
    if mark and name in CODE_NOTES:
        return f"{name}: {code_span(code, _LONGEST_CELL)}"
    return markdown_text(note, _LONGEST_CELL)


def markdown_tables(views: Sequence[View]) -> str:
    """Return views as Markdown tables, separated by blank lines."""
    return "\n".join(map(markdown_table, views))
