"""Table formats for documents and programs: CSV, Markdown, LaTeX.

Each escapes untrusted text by its own rules: formulas in CSV, markup in Markdown and LaTeX.
All of them write invisible characters as escapes, and shorten long names; a hash at the end
keeps different names different.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from xacle_eval.reports.formats.markdown import markdown_text
from xacle_eval.reports.views.table import Cell, View
from xacle_eval.text import abbreviate, split_commands, visible

__all__ = [
    "csv_rows",
    "csv_table",
    "latex_table",
    "latex_tables",
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
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
        "%": r"\%", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
        # \\[ and \midrule[ take an argument, and \\* is a separate command.
        "[": "{[}", "]": "{]}", "*": "{*}",
        "↑": r"$\uparrow$", "↓": r"$\downarrow$", "–": "--", "−": r"$-$",
        "†": r"$\dagger$", "‡": r"$\ddagger$",
    }
)  # fmt: skip

# Pairs of characters that LaTeX joins into one, and "::", which starts a command of GitHub Actions.
_JOINED = ("--", "''", "``", ",,", "<<", ">>", "?`", "!`", "::")


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
    rows = (
        [abbreviate(cell) if isinstance(cell, str) else cell for cell in row] for row in view.rows
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
    return abbreviate(view.cell_text(row, column))


def markdown_table(view: View) -> str:
    """Return a view as a Markdown table, best values in bold, its notes below."""
    lines = [f"**{markdown_text(view.title, _LONGEST_CELL)}**", ""]
    titles = (markdown_text(column.title, _LONGEST_CELL) for column in view.columns)
    lines.append("| " + " | ".join(titles) + " |")
    lines.append(
        "| " + " | ".join("---:" if column.numeric else "---" for column in view.columns) + " |"
    )
    for row in range(len(view.rows)):
        cells = []
        for column in range(len(view.columns)):
            text = _short_text(view, row, column)
            if isinstance(view.rows[row][column], str):
                text = markdown_text(text, _LONGEST_CELL)
            cells.append(f"**{text}**" if (row, column) in view.best else text)
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", *(f"- {markdown_text(note, _LONGEST_CELL)}" for note in view.notes)]
    return "\n".join(lines) + "\n"


def markdown_tables(views: Sequence[View]) -> str:
    """Return views as Markdown tables, separated by blank lines."""
    return "\n".join(map(markdown_table, views))


def _latex_text(text: str) -> str:
    """Escape untrusted text for LaTeX; characters that LaTeX joins, such as --, are separated."""
    shown = visible(text, _LONGEST_CELL)
    for sign in _JOINED:
        shown = shown.replace(sign, f"{sign[0]}\0{sign[1]}").replace(sign, f"{sign[0]}\0{sign[1]}")
    return shown.translate(_LATEX).replace("\0", "{}")


def _fits_pdflatex(view: View) -> bool:
    """Return whether pdflatex can print every letter: those up to Latin Extended-A."""
    cells = (
        _short_text(view, row, column)
        for row in range(len(view.rows))
        for column in range(len(view.columns))
    )
    return all(char < "\u0180" for text in (view.title, *cells) for char in _latex_text(text))


def latex_table(view: View) -> str:
    """Return a view as a LaTeX table for the package booktabs, best values in bold."""
    layout = "".join("r" if column.numeric else "l" for column in view.columns)
    lines = [
        r"% needs \usepackage{booktabs}",
        *(
            []
            if _fits_pdflatex(view)
            else ["% needs lualatex or xelatex, and a font with the names' letters"]
        ),
        *(split_commands(f"% {visible(note, _LONGEST_CELL)}") for note in view.notes),
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_latex_text(view.title)}}}",
        rf"\begin{{tabular}}{{{layout}}}",
        r"\toprule",
        " & ".join(_latex_text(column.title) for column in view.columns) + r" \\",
        r"\midrule",
    ]
    for row in range(len(view.rows)):
        cells = []
        for column in range(len(view.columns)):
            text = _latex_text(_short_text(view, row, column))
            cells.append(rf"\textbf{{{text}}}" if (row, column) in view.best else text)
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def latex_tables(views: Sequence[View]) -> str:
    """Return views as LaTeX tables, separated by blank lines."""
    return "\n".join(map(latex_table, views))
