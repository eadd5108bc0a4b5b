"""Text for a terminal: tables, and findings with their places.

Only a terminal gets colour, and only if NO_COLOR is not set. In a pipe nothing is truncated or
wrapped. Untrusted text is put into `Text` objects, in which rich interprets no markup.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from xacle_eval.reports.formats.grouping import (
    MOST_SHOWN_FINDINGS,
    Others,
    select,
    select_uploads,
)
from xacle_eval.reports.views.table import DEMO_NOTE, View
from xacle_eval.submissions.budget import limit_findings
from xacle_eval.submissions.findings import Finding, Severity, SubmissionReport, count_passed
from xacle_eval.submissions.rules import rule
from xacle_eval.text import (
    LONGEST_LABEL,
    LONGEST_MESSAGE,
    abbreviate,
    count,
    typed,
    visible,
    visible_lines,
    visible_path,
)

if TYPE_CHECKING:
    from xacle_eval.records.receipts import Verification
    from xacle_eval.results.leaderboard import Leaderboard
    from xacle_eval.results.targets import OverallBoard, TargetBoards

__all__ = [
    "print_demo_banner",
    "print_findings",
    "print_not_scored",
    "print_reports",
    "print_unranked",
    "print_verification",
    "print_view",
    "print_views",
    "render",
]

# A pipe has no width; this one truncates no table.
_PIPE_WIDTH = 10_000
# A folded name can still be read at this width.
_LEAST_NAME_WIDTH = 12
# Most names are whole at this width; for less, the table is split.
_GOOD_NAME_WIDTH = 16
# Rich needs a millisecond for each row: longer tables are not folded in a narrow terminal.
_MOST_FOLDED = 2_000
_GAP = "   "
_BEST = "bold green"
_SIGNATURE = "Signature: "
# One line for all systems: the cause is the challenge, not a submission.
_UNCHECKED = rule("resources-unchecked").code
_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "info": "cyan"}


class _VisibleConsole(Console):
    """A console that writes every invisible character of a text as an escape.

    Rich passes escape sequences in a text on to the terminal. Its own codes are added later, to
    the segments that this class returns.
    """

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else visible_lines(text), style, control)


def render(print_to: Callable[[Console], None], terminal: bool) -> str:
    """Return printed output as text: in colour and wrapped for a terminal, otherwise plain."""
    text = io.StringIO()
    width = None if terminal else _PIPE_WIDTH
    # Explicit, because with FORCE_COLOR rich would write colour codes into files.
    print_to(
        _VisibleConsole(
            file=text,
            width=width,
            force_terminal=terminal,
            highlight=False,
            markup=False,
            emoji=False,
        )
    )
    return text.getvalue()


def print_view(out: Console, view: View) -> None:
    """Print a view as a table with its notes."""
    _line(out, Text(visible(typed(view.title), LONGEST_MESSAGE), style="bold"))
    out.print()
    if view.rows:
        _table(out, view)
    else:
        _line(out, Text(view.empty))
    out.print()
    for note in view.notes:
        style = "bold yellow" if note == DEMO_NOTE else "dim"
        _line(out, Text(visible(typed(note), LONGEST_MESSAGE), style=style))


def _table(out: Console, view: View) -> None:
    """Print the table; a narrow terminal folds columns of names but not of numbers.

    If names would be too narrow, the columns are printed in several tables with the same names.
    """
    rows = _cell_texts(view)
    if out.width >= _PIPE_WIDTH or len(rows) > _MOST_FOLDED:
        _plain_table(out, view, rows)
        return
    widths = _widths(view, rows)
    for number, columns in enumerate(_blocks(view, widths, out.width)):
        if number:
            out.print()
        _folding_table(out, view, rows, widths, columns)


def _blocks(view: View, widths: Sequence[int], width: int) -> list[list[int]]:
    """Return the columns of each table that fits a terminal; names are in all tables."""

    def needed(columns: Iterable[int], least: int = _LEAST_NAME_WIDTH) -> int:
        return _needed_width(view, widths, columns, least)

    columns = range(len(widths))
    numbers = (n for n in columns if view.columns[n].numeric and not view.columns[n].of_row)
    first = next(numbers, len(widths))
    names, others = list(columns[:first]), columns[first:]
    if needed(columns, _GOOD_NAME_WIDTH) <= width or not names or not others:
        return [list(columns)]
    taken = min(needed(names, max(widths)), max(needed(names), width // 2))
    blocks = [names.copy()]
    for column in others:
        block = [*blocks[-1][first:], column]
        if len(block) > 1 and taken + len(_GAP) + needed(block) > width:
            blocks.append(names.copy())
        blocks[-1].append(column)
    return blocks


def _needed_width(view: View, widths: Sequence[int], columns: Iterable[int], least: int) -> int:
    """Return the width of a table in which names are folded to at most `least` cells."""
    needed = [widths[n] if view.columns[n].numeric else min(widths[n], least) for n in columns]
    return sum(needed) + len(_GAP) * (len(needed) - 1)


def _folding_table(
    out: Console,
    view: View,
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    columns: Sequence[int],
) -> None:
    """Print some columns of the table."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in (view.columns[n] for n in columns):
        justify: JustifyMethod = "right" if column.numeric else "left"
        table.add_column(
            Text(column.title), justify=justify, no_wrap=column.numeric, overflow="fold"
        )
    for place, row in enumerate(rows):
        styles = (_BEST if (place, n) in view.best else "" for n in columns)
        table.add_row(*map(Text, (row[n] for n in columns), styles))
    width = out.width
    # Below this width rich would drop names; the terminal may wrap the lines instead.
    out.width = max(width, _needed_width(view, widths, columns, _LEAST_NAME_WIDTH))
    out.print(table)
    out.width = width


def _plain_table(out: Console, view: View, rows: Sequence[Sequence[str]]) -> None:
    """Print a table as rich does, but at a cost of microseconds for each row."""
    widths = _widths(view, rows)
    numeric = [column.numeric for column in view.columns]

    def lay_out(row: Sequence[str]) -> list[str]:
        return list(map(_justify, row, widths, numeric))

    titles = lay_out([column.title for column in view.columns])
    out.out(_GAP.join(titles), style="bold", highlight=False)
    out.out("─" * (sum(widths) + len(_GAP) * (len(widths) - 1)), highlight=False)
    styled = {place for place, _ in view.best} if out.is_terminal else set()
    plain: list[str] = []
    for place, row in enumerate(rows):
        cells = lay_out(row)
        if place not in styled:
            plain.append(_GAP.join(cells))
            continue
        _print_lines(out, plain)
        styles = (_BEST if (place, column) in view.best else "" for column in range(len(row)))
        out.print(Text(_GAP).join(map(Text, cells, styles)), soft_wrap=True)
    _print_lines(out, plain)


def _print_lines(out: Console, lines: list[str]) -> None:
    """Print lines and remove them from the list."""
    if lines:
        out.out("\n".join(lines), highlight=False)
        lines.clear()


def _justify(text: str, width: int, numeric: bool) -> str:
    # Like rich, which removes blanks at the end of a number before it is justified.
    text = text.rstrip() if numeric else text
    blanks = " " * (width - _text_width(text))
    return blanks + text if numeric else text + blanks


def _widths(view: View, rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the width of each column in a terminal's cells."""
    titles = [column.title for column in view.columns]
    return [max(map(_text_width, column)) for column in zip(titles, *rows, strict=True)]


def _text_width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _cell_texts(view: View) -> list[list[str]]:
    """Return the cells as harmless text."""
    places = range(len(view.columns))
    # With shared ranks ("2="), the digits of the others are aligned.
    ranked = view.columns[0].name == "rank"
    shared = ranked and any(str(row[0]).endswith("=") for row in view.rows)
    rows = []
    for row in range(len(view.rows)):
        cells = [
            visible(abbreviate(view.cell_text(row, column)), LONGEST_LABEL) for column in places
        ]
        if shared and not cells[0].endswith("="):
            cells[0] += " "
        if cells[0].startswith(("::", "##[")):
            # GitHub Actions would run the line as a command.
            cells[0] = f"'{cells[0]}'"
        rows.append(cells)
    return rows


def print_findings(
    out: Console, path: str, findings: Iterable[Finding], indent: str = "  "
) -> None:
    """Print findings with their places and how to fix them."""
    for finding in findings:
        text = Text(indent)
        text.append(finding.severity, style=_STYLES[finding.severity])
        text.append(f" {finding.code} ", style="bold")
        text.append(visible_path(finding.located(path, typed)))
        _line(out, text, hang=len(indent) + len(finding.severity) + 1)
        _line(out, Text(f"{indent}    {visible(typed(finding.message), LONGEST_MESSAGE)}"))
        if len(finding.lines) > 1:
            more = finding.count - len(finding.lines)
            rest = f" and {more:,} more" if more > 0 else ""
            _line(out, Text(f"{indent}    lines {', '.join(map(str, finding.lines))}{rest}"))
        if finding.hint:
            _line(
                out,
                Text(f"{indent}    {visible(typed(finding.hint), LONGEST_MESSAGE)}", style="dim"),
            )


def print_demo_banner(out: Console) -> None:
    """Print a warning that the references are the bundled demo ratings."""
    for line in (
        "DEMO RATINGS: no references were given, so the bundled synthetic ratings are",
        "used. These scores do not describe real systems. Pass --references FILE to use",
        "real ratings.",
    ):
        _line(out, Text(line, style="bold yellow"))


def print_not_scored(out: Console, report: SubmissionReport) -> None:
    """Print why a submission is not scored."""
    _line(out, Text(f"not scored: {visible_path(report.path)}", style="bold red"))
    print_findings(out, report.path, report.findings, indent="")


def print_reports(out: Console, reports: Sequence[SubmissionReport], strict: bool = False) -> None:
    """Print the reports of ``validate``, systems below their package, and a summary line."""
    listed, others = select_uploads(reports, strict)
    for report in (report for upload in listed for report in upload.reports):
        fine = report.passes(strict)
        word = "warned " if report.valid and not fine else "valid  " if fine else "invalid"
        if report.kind == "package" and fine:
            word = "package"  # each of its systems has its own verdict
        indent = "  " if report.package else ""
        text = Text(indent)
        text.append(f"{word}  ", style="green" if fine else "bold red")
        text.append(visible_path(report.path), style="bold")
        text.append(f"  {_contents(report)}")
        _line(out, text, hang=9 + len(indent))
        shown = [found for found in report.findings if found.code != _UNCHECKED]
        print_findings(out, report.path, shown, indent=f"  {indent}")
    _print_others(out, others)
    _print_unchecked(out, reports)
    passed, total = count_passed(reports, strict)
    if total > 1:
        out.print()
        _line(
            out,
            Text(f"{passed:,} of {count(total, 'submission')} {'passed' if strict else 'valid'}"),
        )


def _print_unchecked(out: Console, reports: Sequence[SubmissionReport]) -> None:
    """Say once that resources are not checked; it concerns organisers, who check many uploads."""
    systems = sum(any(found.code == _UNCHECKED for found in one.findings) for one in reports)
    if systems and len({report.package or report.path for report in reports}) > 1:
        where = count(systems, "system")
        text = f"resources of {where} not checked: the challenge has no list of approved resources"
        _line(out, Text(f"info {_UNCHECKED} {text}", style="dim"))


def _print_others(out: Console, others: Sequence[Others], indent: str = "") -> None:
    """Print the submissions that are not listed, in groups."""
    for group in others:
        style = "green" if group.word == "valid" else "bold red"
        _line(out, Text(f"{indent}{group.title}", style=style), hang=len(indent) + 4)
        _line(out, Text(f"{indent}    {group.typed_names}"))


def _contents(report: SubmissionReport) -> str:
    """Return how many predictions or files a submission has, and how many findings."""
    size = count(report.pairs, "prediction")
    if report.kind == "package":
        size = count(len(report.members), "file")
    found = [
        count(number, kind) for kind, number in report.counts().items() if number and kind != "info"
    ]
    return ", ".join([size, *found])


def print_verification(out: Console, found: Verification) -> None:
    """Print whether a file is the one a receipt describes."""
    path = visible_path(found.path)
    name, split = (visible(text) for text in (found.challenge.name, found.challenge.split))
    rules = f"{name}, split {split}, rule set {found.rule_set}"
    rules = f"{rules}, {visible(found.tool, 60)}"
    if found.same:
        text = Text("match     ", style="green")
        text.append(f"{path} matches the receipt: {found.verdict} ({rules})")
        _line(out, text, hang=10)
        return
    text = Text("mismatch  ", style="bold red")
    text.append(f"{path} does not match the receipt ({rules})")
    _line(out, text, hang=10)
    if found.compared is not None:
        _line(out, Text(f"  compared with {visible_path(found.compared)} in the receipt"))
    for word, names in (
        ("changed", found.changed),
        ("added", found.added),
        ("missing", found.missing),
    ):
        for name in names:
            _line(out, Text(f"  {word}: {visible(name, 300)}"))
    _line(out, Text(f"  SHA-256 {found.sha256}", style="dim"))


def print_views(out: Console, views: Sequence[View]) -> None:
    """Print the tables of a result, separated by blank lines."""
    for place, view in enumerate(views):
        if place and views[place - 1].notes:  # a table without notes ends with a blank line
            out.print()
        print_view(out, view)


def print_unranked(
    out: Console, board: Leaderboard | TargetBoards | OverallBoard, where: str = ""
) -> None:
    """Print unranked submissions, and findings between submissions; `where` names the board."""
    if board.unranked:
        out.print()
        _line(
            out,
            Text(f"Unranked{where}: {count(len(board.unranked), 'submission')}", style="bold red"),
        )
        listed, others = select(
            board.unranked,
            lambda one: one.findings,
            lambda _: "unranked",
            lambda one: one.path,
        )
        for unranked in listed:
            _line(out, Text(f"  unranked  {visible_path(unranked.path)}", style="bold"), hang=12)
            errors = [finding for finding in unranked.findings if finding.severity == "error"]
            print_findings(out, unranked.path, errors, indent="    ")
        _print_others(out, others, "  ")
    findings: tuple[Finding, ...] = getattr(board, "findings", ())
    if findings:
        out.print()
        _line(out, Text(f"Findings between submissions{where}", style="bold"))
        for finding in limit_findings(findings, MOST_SHOWN_FINDINGS):
            text = Text("  ")
            text.append(finding.severity, style=_STYLES[finding.severity])
            text.append(f" {finding.code} ", style="bold")
            text.append(visible(typed(finding.message), LONGEST_MESSAGE))
            _line(out, text, hang=2 + len(finding.severity) + 1)
            if finding.hint:
                _line(
                    out, Text(f"      {visible(typed(finding.hint), LONGEST_MESSAGE)}", style="dim")
                )


def _line(out: Console, text: Text, hang: int | None = None) -> None:
    """Print a line; a terminal wraps it at words and indents by `hang`, a pipe does not wrap."""
    if not out.is_terminal and out.width >= _PIPE_WIDTH:
        out.file.write(f"{text.plain}\n")
        return
    if text.plain.startswith(_SIGNATURE):
        text, hang = _signature(text, out.width), len(_SIGNATURE)
    if hang is None:
        hang = len(text.plain) - len(text.plain.lstrip(" "))
    hang = min(hang, out.width // 2)
    for place, line in enumerate(text[hang:].wrap(out, out.width - hang)):
        line.rstrip()
        out.print(
            (text[:hang] if place == 0 else Text(" " * hang)).append_text(line), soft_wrap=True
        )


def _signature(text: Text, width: int) -> Text:
    """Break a signature between its parts, because it has no blanks to wrap at."""
    lines, limit = [""], width - len(_SIGNATURE)
    for part in text.plain.removeprefix(_SIGNATURE).replace("|", "|\n").split("\n"):
        if lines[-1] and len(lines[-1]) + len(part) > limit:
            lines.append("")
        lines[-1] += part
    return Text(_SIGNATURE + "\n".join(lines), style=text.style)
