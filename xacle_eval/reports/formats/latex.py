"""LaTeX tables for the packages booktabs and threeparttable; untrusted text is escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from xacle_eval.reports.views.table import CODE_NOTES, View
from xacle_eval.text import abbreviate, visible

__all__ = ["latex_table", "latex_tables"]

_LONGEST_TEXT = 10_000
_LONGEST_LABEL = 60
_MARKUP = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
        "%": r"\%", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
        # \\[ and \midrule[ take an argument, and \\* is a separate command.
        "[": "{[}", "]": "{]}", "*": "{*}",
        "↑": r"$\uparrow$", "↓": r"$\downarrow$", "–": "--", "−": r"$-$", "×": r"$\times$",
        "→": r"$\rightarrow$",
        "†": r"$\dagger$", "‡": r"$\ddagger$",
    }
)  # fmt: skip
# Pairs of characters that LaTeX joins into one, and "::", which starts a command of GitHub Actions.
_JOINED = ("--", "''", "``", ",,", "<<", ">>", "?`", "!`", "::")
# The sign of a number: not the hyphen of a name, of a range or of a date.
_SIGN = re.compile(r"(?<![\w.)\]-])-(?=\.?\d)|(?<=\de)-(?=\d)")
_SHARED = "Systems with the same rank share it."


def _text(text: str) -> str:
    """Escape untrusted text for LaTeX; characters that LaTeX joins, such as --, are separated."""
    shown = visible(text, _LONGEST_TEXT)
    for sign in _JOINED:
        shown = shown.replace(sign, f"{sign[0]}\0{sign[1]}").replace(sign, f"{sign[0]}\0{sign[1]}")
    return shown.translate(_MARKUP).replace("\0", "{}")


def _numbers(text: str) -> str:
    """Escape text in which a hyphen in front of a digit is a minus sign."""
    return _text(_SIGN.sub("−", text))


def _fits_pdflatex(written: str) -> bool:
    """Return whether pdflatex can print every letter: those up to Latin Extended-A."""
    return all(char < "\u0180" for char in written)


def _cells(view: View, row: int) -> list[str]:
    cells = []
    for place, column in enumerate(view.columns):
        text = abbreviate(view.cell_text(row, place))
        if column.name == "rank":
            text = text.removesuffix("=")
        written = _numbers(text) if column.numeric else _text(text)
        cells.append(rf"\textbf{{{written}}}" if (row, place) in view.best else written)
    return cells


def _notes(view: View) -> list[str]:
    """Return the notes below a table; signatures can be broken between their parts."""
    notes = []
    ranked = view.columns[0].name == "rank"
    shared = ranked and any(str(row[0]).endswith("=") for row in view.rows)
    for note in (*view.notes, *([_SHARED] if shared else [])):
        name, mark, code = note.partition(": ")
        if mark and name in CODE_NOTES:
            parts = r"\textbar{}\allowbreak{}".join(map(_text, code.split("|")))
            notes.append(rf"{_text(name)}: \texttt{{{parts}}}")
        else:
            notes.append(_numbers(note))
    return notes


def _empty_row(view: View) -> str:
    """Return the sentence that a table without rows shows."""
    return rf"\multicolumn{{{len(view.columns)}}}{{l}}{{{_text(view.empty)}}} \\"


def _label(title: str) -> str:
    """Return a label made of the words of a title, without any sign of LaTeX."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall("[a-z0-9]+", plain))[:_LONGEST_LABEL].strip("-") or "table"


def latex_table(view: View, label: str = "") -> str:
    """Return a view as a LaTeX table, best values in bold, its notes below.

    Parameters
    ----------
    view : View
        The table.
    label : str
        The label without ``tab:``; by default the words of the title.
    """
    layout = "".join("r" if column.numeric else "l" for column in view.columns)
    notes = _notes(view)
    body = [
        rf"\caption{{{_text(view.caption)}}}",
        rf"\label{{tab:{label or _label(view.title)}}}",
        rf"\begin{{tabular}}{{{layout}}}",
        r"\toprule",
        " & ".join(_text(column.title) for column in view.columns) + r" \\",
        r"\midrule",
        *(" & ".join(_cells(view, row)) + r" \\" for row in range(len(view.rows))),
        *([] if view.rows else [_empty_row(view)]),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    if notes:
        items = [rf"\item {note}" for note in notes]
        body = [
            r"\begin{threeparttable}",
            *body,
            r"\begin{tablenotes}\footnotesize",
            *items,
            r"\end{tablenotes}",
            r"\end{threeparttable}",
        ]
    needed = "booktabs,threeparttable" if notes else "booktabs"
    head = [rf"% needs \usepackage{{{needed}}}"]
    if not all(map(_fits_pdflatex, body)):
        head.append("% needs lualatex or xelatex, and a font with the names' letters")
    return "\n".join([*head, r"\begin{table}", r"\centering", *body, r"\end{table}"]) + "\n"


def latex_tables(views: Sequence[View]) -> str:
    """Return views as LaTeX tables, separated by blank lines, each with a label of its own."""
    used: set[str] = set()
    tables = []
    for view in views:
        label, number = _label(view.title), 1
        while (name := label if number == 1 else f"{label}-{number}") in used:
            number += 1
        used.add(name)
        tables.append(latex_table(view, name))
    return "\n".join(tables)
