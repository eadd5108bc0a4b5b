"""HTML tables for notebooks: escaped, without files from elsewhere, for light and dark pages.

Styles are in the elements, because several sites that show notebooks remove style sheets. Colours
come from the page: text inherits them, and lines are grey with transparency.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from xacle_eval.reports.views.table import CODE_NOTES, DEMO_NOTE, View
from xacle_eval.text import abbreviate, visible

__all__ = ["html_tables"]

_LONGEST_CELL = 10_000
_LINE = "rgba(128, 128, 128, 0.45)"
_TABLE = "border-collapse: collapse; margin: 0; font-variant-numeric: tabular-nums"
_CAPTION = (
    "caption-side: top; text-align: left; font-weight: 600; padding: 0 0 0.4em; color: inherit"
)
_CELL = "padding: 0.25em 0.8em; background: transparent; vertical-align: top"
_WARNING = "border-left: 4px solid #d97706; padding: 0.1em 0.6em; margin: 0.4em 0; font-weight: 600"
_NOTE = "margin: 0.15em 0; font-size: 0.85em; opacity: 0.8; max-width: 60em"


def html_tables(views: Sequence[View]) -> str:
    """Return views as HTML tables, each in a block that scrolls if it is too wide."""
    return "\n".join(map(_table, views)) + "\n"


def _table(view: View) -> str:
    lines = ['<div style="overflow-x: auto; margin: 0.5em 0 1.2em">']
    if DEMO_NOTE in view.notes:
        lines.append(f'<p style="{_WARNING}">{_text(DEMO_NOTE)}</p>')
    lines.append(f'<table style="{_TABLE}">')
    lines.append(f'<caption style="{_CAPTION}">{_text(view.caption)}</caption>')
    lines.append(f'<thead><tr style="border-bottom: 2px solid {_LINE}">')
    lines += [
        f'<th scope="col" style="{_style(column.numeric)}">{_text(column.title)}</th>'
        for column in view.columns
    ]
    lines.append("</tr></thead>\n<tbody>")
    for row in range(len(view.rows)):
        cells = "".join(_cell(view, row, place) for place in range(len(view.columns)))
        lines.append(f'<tr style="border-bottom: 1px solid {_LINE}">{cells}</tr>')
    lines.append("</tbody></table>")
    if not view.rows:
        lines.append(f"<p>{_text(view.empty)}</p>")
    lines += [_note(note) for note in view.notes if note and note != DEMO_NOTE]
    return "\n".join([*lines, "</div>"])


def _style(numeric: bool) -> str:
    return f"{_CELL}; text-align: {'right; white-space: nowrap' if numeric else 'left'}"


def _cell(view: View, row: int, place: int) -> str:
    column, text = view.columns[place], view.cell_text(row, place)
    shown = _text(text if column.prose else abbreviate(text))
    if (row, place) in view.best:
        shown = f"<strong>{shown}</strong>"
    return f'<td style="{_style(column.numeric)}">{shown}</td>'


def _note(note: str) -> str:
    """Return a note; a signature and a hash are code, to be copied as they are."""
    name, mark, code = note.partition(": ")
    if mark and name in CODE_NOTES:
        written = f'<code style="word-break: break-all">{_text(code)}</code>'
        return f'<p style="{_NOTE}">{_text(name)}: {written}</p>'
    return f'<p style="{_NOTE}">{_text(note)}</p>'


def _text(text: str) -> str:
    """Escape untrusted text; a dollar sign would start a formula in a notebook."""
    shown = visible(text, _LONGEST_CELL).replace("##[", "## [")
    return html.escape(shown).replace("$", "&#36;").replace("\\", "&#92;")
