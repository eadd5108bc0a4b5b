"""Text for a terminal: tables, and findings with their places.

Only a terminal gets colour, and only if NO_COLOR is not set; with FORCE_COLOR, a pipe gets it too.
In a pipe nothing is truncated or wrapped. Untrusted text is put into `Text` objects, in which rich
interprets no markup.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from xacle_eval.reports.formats.grouping import (
    MOST_SHOWN_FINDINGS,
    Others,
    select,
    select_uploads,
)
from xacle_eval.reports.formats.layout import (
    GAP,
    Block,
    Grid,
    as_list,
    lay_out,
    one_block,
    row_lines,
    title_lines,
)
from xacle_eval.reports.formats.wrapping import line_spans
from xacle_eval.reports.views.table import DEMO_NOTE, View
from xacle_eval.submissions.budget import limit_findings
from xacle_eval.submissions.findings import Finding, Severity, SubmissionReport, count_passed
from xacle_eval.submissions.unchecked import drop_unchecked, split_unchecked
from xacle_eval.text import (
    LONGEST_LABEL,
    LONGEST_MESSAGE,
    abbreviate,
    count,
    typed,
    usable_width,
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
    "print_line",
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
_BEST = "bold green"
_SIGNATURE = "Signature: "
# One line for all systems: the cause is the challenge, not a submission.
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


def render(print_to: Callable[[Console], None], terminal: bool, colour: bool = False) -> str:
    """Return printed output as text: in colour and wrapped for a terminal, otherwise plain.

    With `colour`, a pipe and a terminal without known colours get basic colours too.
    """
    text = io.StringIO()
    width = None if terminal else _PIPE_WIDTH
    # Explicit, because with FORCE_COLOR rich would write colour codes into files. `Console` counts
    # every stream with colours as a terminal.
    out = _VisibleConsole(
        file=text,
        width=width,
        # Without a height, a dumb terminal counts as 80 columns wide.
        height=None if terminal else 25,
        force_terminal=terminal or colour,
        color_system="standard" if colour else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )
    out.width = usable_width(out.width)
    print_to(out)
    return text.getvalue()


def print_view(out: Console, view: View) -> None:
    """Print a view as a table with its notes."""
    print_line(out, Text(visible(typed(view.title), LONGEST_MESSAGE), style="bold"))
    out.print()
    if view.rows:
        _table(out, view)
    else:
        print_line(out, Text(view.empty))
    out.print()
    for note in view.notes:
        style = "bold yellow" if note == DEMO_NOTE else "dim"
        print_line(out, Text(visible(typed(note), LONGEST_MESSAGE), style=style))


def _table(out: Console, view: View) -> None:
    """Print a table, which a narrow terminal shows in several parts; see `layout`."""
    titles = [visible(column.title, LONGEST_LABEL) for column in view.columns]
    grid = Grid(view, titles, _cell_texts(view))
    if out.width < _PIPE_WIDTH:
        blocks = lay_out(grid, out.width)
    else:
        blocks = (view.width and lay_out(grid, view.width)) or one_block(grid)
    if blocks is None:
        _print_list(out, grid)
        return
    for number, block in enumerate(blocks):
        if number:
            out.print()
        _print_block(out, grid, block)


def _print_list(out: Console, grid: Grid) -> None:
    """Print a table as a list for each row."""
    for row in range(len(grid.rows)):
        if row:
            out.print()
        out.out("\n".join(as_list(grid, row, out.width)), highlight=False)


def _print_block(out: Console, grid: Grid, block: Block) -> None:
    """Print some columns of a table, at a cost of microseconds for each row."""
    for titles in title_lines(grid, block):
        out.out(GAP.join(titles).rstrip(), style="bold", highlight=False)
    width = sum(block.widths) + len(GAP) * (len(block.widths) - 1)
    out.out("─" * width, highlight=False)
    best = grid.view.best if out.is_terminal else frozenset()
    styled = {place for place, _ in best}
    plain: list[str] = []
    for place in range(len(grid.rows)):
        lines = row_lines(grid, place, block)
        if place not in styled:
            plain += (GAP.join(cells).rstrip() for cells in lines)
            continue
        _print_lines(out, plain)
        styles = [_BEST if (place, n) in best else "" for n in block.columns]
        for cells in lines:
            line = Text(GAP).join(map(Text, cells, styles))
            line.rstrip()
            out.print(line, soft_wrap=True)
    _print_lines(out, plain)


def _print_lines(out: Console, lines: list[str]) -> None:
    """Print lines and remove them from the list."""
    if lines:
        out.out("\n".join(lines), highlight=False)
        lines.clear()


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


def print_lines(out: Console, lines: Iterable[str]) -> None:
    """Print lines as they are, so that they can be copied."""
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def print_findings(
    out: Console, path: str, findings: Iterable[Finding], indent: str = "  "
) -> None:
    """Print findings with their places and how to fix them."""
    for finding in findings:
        text = Text(indent)
        text.append(finding.severity, style=_STYLES[finding.severity])
        place = visible_path(finding.located(path, typed))
        text.append(f" {finding.code} " if place else f" {finding.code}", style="bold")
        text.append(place)
        print_line(out, text, hang=len(indent) + len(finding.severity) + 1)
        print_line(out, Text(f"{indent}    {visible(typed(finding.message), LONGEST_MESSAGE)}"))
        if len(finding.lines) > 1:
            more = finding.count - len(finding.lines)
            rest = f" and {more:,} more" if more > 0 else ""
            print_line(out, Text(f"{indent}    lines {', '.join(map(str, finding.lines))}{rest}"))
        if finding.hint:
            print_line(
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
        print_line(out, Text(line, style="bold yellow"))


def print_not_scored(out: Console, report: SubmissionReport) -> None:
    """Print why a submission is not scored."""
    print_line(out, Text(f"not scored: {visible_path(report.path)}", style="bold red"))
    print_findings(out, report.path, drop_unchecked(report.findings), indent="")


def print_reports(out: Console, reports: Sequence[SubmissionReport], strict: bool = False) -> None:
    """Print the reports of ``validate``, systems below their package, and a summary line."""
    reports, unchecked = split_unchecked(reports)
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
        print_line(out, text, hang=9 + len(indent))
        print_findings(out, report.path, report.findings, indent=f"  {indent}")
    _print_others(out, others)
    if unchecked is not None:
        print_line(out, Text(f"info {unchecked.code} {unchecked.message}", style="dim"))
    passed, total = count_passed(reports, strict)
    if total > 1:
        out.print()
        print_line(
            out,
            Text(f"{passed:,} of {count(total, 'submission')} {'passed' if strict else 'valid'}"),
        )


def _print_others(out: Console, others: Sequence[Others], indent: str = "") -> None:
    """Print the submissions that are not listed, in groups."""
    for group in others:
        style = "green" if group.word == "valid" else "bold red"
        print_line(out, Text(f"{indent}{group.title}", style=style), hang=len(indent) + 4)
        print_line(out, Text(f"{indent}    {group.typed_names}"))


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
        print_line(out, text, hang=10)
        return
    text = Text("mismatch  ", style="bold red")
    text.append(f"{path} does not match the receipt ({rules})")
    print_line(out, text, hang=10)
    if found.compared is not None:
        print_line(out, Text(f"  compared with {visible_path(found.compared)} in the receipt"))
    for word, names in (
        ("changed", found.changed),
        ("added", found.added),
        ("missing", found.missing),
    ):
        for name in names:
            print_line(out, Text(f"  {word}: {visible(name, 300)}"))
    print_line(out, Text(f"  SHA-256 {found.sha256}", style="dim"))


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
        print_line(
            out,
            Text(f"Unranked{where}: {count(len(board.unranked), 'submission')}", style="bold red"),
        )
        listed, others = select(
            board.unranked,
            lambda one: one.findings,
            lambda _: "unranked",
            lambda one: one.path or one.system,
        )
        for unranked in listed:
            name = unranked.path or unranked.system  # the row of a table has no path
            print_line(out, Text(f"  unranked  {visible_path(name)}", style="bold"), hang=12)
            errors = [finding for finding in unranked.findings if finding.severity == "error"]
            print_findings(out, name, errors, indent="    ")
        _print_others(out, others, "  ")
    findings: tuple[Finding, ...] = getattr(board, "findings", ())
    if findings:
        out.print()
        print_line(out, Text(f"Findings between submissions{where}", style="bold"))
        for finding in limit_findings(findings, MOST_SHOWN_FINDINGS):
            text = Text("  ")
            text.append(finding.severity, style=_STYLES[finding.severity])
            text.append(f" {finding.code} ", style="bold")
            text.append(visible(typed(finding.message), LONGEST_MESSAGE))
            print_line(out, text, hang=2 + len(finding.severity) + 1)
            if finding.hint:
                print_line(
                    out, Text(f"      {visible(typed(finding.hint), LONGEST_MESSAGE)}", style="dim")
                )


def print_line(out: Console, text: Text, hang: int | None = None) -> None:
    """Print a line; a terminal wraps it at words and indents by `hang`, a pipe does not wrap."""
    if out.width >= _PIPE_WIDTH:
        if out.is_terminal:
            out.print(text, soft_wrap=True)
        else:
            out.file.write(f"{text.plain}\n")
        return
    if text.plain.startswith(_SIGNATURE):
        hang = len(_SIGNATURE)
    if hang is None:
        hang = len(text.plain) - len(text.plain.lstrip(" "))
    hang = min(hang, out.width // 2)
    for place, (begin, end) in enumerate(line_spans(text.plain, out.width, hang)):
        indent = Text(" " * hang if place else "")
        out.print(indent.append_text(text[begin:end]), soft_wrap=True)
