"""What every result shows: its tables, its values and its document, for all formats.

The commands and the methods of results (`xacle_eval.models.display`) both come here, so that
``print(result)`` is what the command prints.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from xacle_eval.challenge.presentation import Presentation
from xacle_eval.models.frames import frame_of
from xacle_eval.reports.contained import Contents
from xacle_eval.reports.formats.registry import HTML, TABLE_FORMATS, load_function
from xacle_eval.submissions.labels import LABEL_CODES
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, quote, visible_lines

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from xacle_eval.metrics.evaluation import Evaluation
    from xacle_eval.reports.views.table import View
    from xacle_eval.results.audit import AuditReport
    from xacle_eval.results.comparison import SystemComparison
    from xacle_eval.results.leaderboard import Leaderboard
    from xacle_eval.results.listeners import ListenerReport
    from xacle_eval.results.planning import PlanReport
    from xacle_eval.results.report import ChallengeReport
    from xacle_eval.results.score import ScoreCard
    from xacle_eval.results.targets import (
        OverallBoard,
        TargetBoards,
        TargetComparisons,
        TargetScores,
    )
    from xacle_eval.submissions.findings import SubmissionReport

__all__ = [
    "audit_contents",
    "board_contents",
    "boards_contents",
    "comparison_contents",
    "frame",
    "html",
    "listeners_contents",
    "one_line",
    "plan_contents",
    "print_omissions",
    "render",
    "report_contents",
    "score_contents",
    "target_comparison_contents",
    "target_score_contents",
    "warned_line",
    "write",
]

_LEDGER = "xacle_eval.reports.views.ledger:ledger_contents"


def render(result: Any, format_: str) -> str:
    """Return a result in a format of `TABLE_FORMATS`, as the command writes it to a file."""
    from xacle_eval.reports.formats.documents import plain_json

    contents, chosen = _contents(result, format_), TABLE_FORMATS[format_]
    function = load_function(chosen.function)
    if chosen.content == "document":
        name, document = contents.document()
        pieces = function(name, document) if name else plain_json(document)
        return "".join(map(visible_lines, pieces))
    if not chosen.prints:
        shown = {"views": contents.views, "page": contents.page, "values": contents.values}
        return visible_lines(function((shown[chosen.content] or contents.views)()), "\n")
    from xacle_eval.reports.formats.console import render as rendered

    def print_all(out: Console) -> None:
        function(out, contents.views())
        if contents.below is not None:
            contents.below(out)

    return rendered(print_all, terminal=False)


def write(text: str, path: str | os.PathLike[str]) -> None:
    """Write a text to a file, atomically.

    Raises
    ------
    OutputError
        If the file cannot be written.
    UsageError
        If `path` is no path.
    """
    from xacle_eval.errors import check_arguments
    from xacle_eval.io.outputs import write_text

    check_arguments(path=path)
    write_text(os.fspath(path), text)


def html(result: Any) -> str:
    """Return the tables of a page as HTML, for a notebook."""
    contents = _contents(result, "html")
    return str(load_function(HTML.function)((contents.page or contents.views)()))


def frame(result: Any) -> pd.DataFrame:
    """Return the table for programs as a data frame, with the digits that the result has."""
    found = _contents(result, "frame").values()
    columns = {
        column.name: [row[place] for row in found.rows]
        for place, column in enumerate(found.columns)
    }
    return frame_of(columns, [column.name for column in found.columns if column.time])


def one_line(result: Any) -> str:
    """Return the main facts of a result in one line."""
    from xacle_eval.reports.views.facts import facts

    return visible_lines(f"<{type(result).__name__} {facts(result)}>", keep="")


# Results whose text is no table: the document, the views (module and name), and the text.
_TOLD = {
    "Verification": ("verify", "verification", "verification", "console:print_verification"),
    "BundleReport": ("export", "bundle_check", "bundle", "bundles:print_bundle"),
    "Trial": ("trial", "trial", "trial", "trials:print_trial"),
    "ExportedBundle": ("export-bundle", "export", "export", "bundles:print_export"),
}


def _contents(result: Any, format_: str) -> Contents:
    """Return the contents of any result; full precision only for a data frame."""
    kinds: dict[str, Callable[[Any, str], Contents]] = {
        "ScoreCard": lambda card, _: score_contents([card]),
        "TargetScores": lambda scores, _: target_score_contents([scores]),
        "Leaderboard": _one_board,
        "TargetBoards": _several_boards,
        "OverallBoard": _overall_contents,
        "ChallengeReport": lambda report, _: report_contents(report),
        "SystemComparison": lambda found, _: comparison_contents(found),
        "TargetComparisons": lambda found, _: target_comparison_contents(found),
        "ListenerReport": lambda report, _: listeners_contents(report),
        "PlanReport": lambda report, _: plan_contents(report),
        "AuditReport": lambda report, _: audit_contents(report),
        "SubmissionReport": lambda report, form: _report_contents([report], report, form),
        "SubmissionReports": lambda reports, form: _report_contents(reports, reports, form),
        "LedgerResult": lambda found, _: Contents(*load_function(_LEDGER)(found)),
        "Rescoring": lambda found, _: Contents(*load_function(_LEDGER)(found)),
        "Evaluation": lambda found, _: _evaluation_contents(found),
    }
    for base in type(result).__mro__:
        if base.__name__ in kinds:
            return kinds[base.__name__](result, format_)
        if base.__name__ in _TOLD:
            return _told_contents(result, base.__name__, format_)
    raise TypeError(f"no tables for {type(result).__name__}")


def _shown(result: Any) -> Presentation:
    """Return what tables say about the challenge; an older JSON document has its name only."""
    found: Presentation | None = result.presentation
    if found is not None:
        return found
    return Presentation(
        title=getattr(result, "challenge", ""), decimals=getattr(result, "decimals", 3)
    )


def score_contents(cards: Sequence[ScoreCard]) -> Contents:
    """Return what the scores of one system, or of the systems of a package, show."""
    from xacle_eval.reports.views.score import score_values, score_view
    from xacle_eval.reports.views.table import join_views, mark_demo

    first = cards[0]

    def views() -> list[View]:
        tables = [join_views([score_view(card, _shown(card)) for card in cards])]
        for card in cards:
            if card.profile is not None:
                from xacle_eval.reports.views.profile import profile_views

                tables += profile_views(card.profile, _shown(card).decimals)
        return mark_demo([*tables, *_breakdown_views(cards)], first.references)

    def document() -> tuple[str, Any]:
        if len(cards) == 1:
            return "score", first
        found = {"challenge": first.challenge, "split": first.split, "systems": cards}
        return "score-package", found

    return Contents(document, views, lambda: join_views([score_values(card) for card in cards]))


def _breakdown_views(cards: Sequence[ScoreCard]) -> list[View]:
    from xacle_eval.reports.views.breakdown import breakdown_view

    found = [(card.system, card.breakdown) for card in cards if card.breakdown is not None]
    summary = cards[0].resampling
    view = breakdown_view(found, _shown(cards[0]).decimals, summary.level if summary else None)
    return [view] if view is not None else []


def target_score_contents(systems: Sequence[TargetScores]) -> Contents:
    """Return what the scores of systems for several targets show."""
    from xacle_eval.reports.views.targets import target_score_values, target_score_views

    first = systems[0]
    found = {"challenge": first.challenge, "split": first.split, "systems": systems}
    return Contents(
        document=lambda: ("score-targets", found),
        views=lambda: target_score_views(systems, _shown(first)),
        values=lambda: target_score_values(systems),
    )


def _one_board(board: Leaderboard, format_: str) -> Contents:
    if board.references is None:  # published results, which are shown as they are
        return board_contents("rank", board, format_)
    from xacle_eval.results.publishing import publish_board

    shown = board if format_ == "frame" else publish_board(board)
    return board_contents("leaderboard", shown, format_)


def board_contents(
    document: str, board: Leaderboard, format_: str, remark: str | None = None
) -> Contents:
    """Return what a leaderboard shows.

    `document` is the name of its JSON document. `remark` is the note of a page on ignored files, by
    default that of the board.
    """
    from xacle_eval.reports.views.leaderboard import leaderboard_views, wide_view, with_ignored

    shown = _shown(board)

    def page() -> list[View]:
        from xacle_eval.reports.formats.page import omission_views, with_remarks

        views = [*leaderboard_views(board, shown), *omission_views(board)]
        return with_remarks(views, filter(None, (warned_line(board), _remark(board, remark))))

    return Contents(
        document=lambda: (document, board),
        views=lambda: with_ignored(leaderboard_views(board, shown), board.ignored, format_),
        values=lambda: wide_view(board, shown),
        below=lambda out: _print_unranked(out, board),
        page=page,
        board=lambda: board,
    )


def _remark(board: Leaderboard | TargetBoards, remark: str | None) -> str:
    from xacle_eval.submissions.ignored import ignored_line

    return ignored_line(board.ignored) if remark is None else remark


def _print_unranked(out: Console, board: Leaderboard | OverallBoard) -> None:
    from xacle_eval.reports.formats.console import print_unranked

    print_unranked(out, board)


def warned_line(board: Leaderboard | TargetBoards) -> str:
    """Return a line that names the ranked submissions with warnings; empty if there are none."""
    # These are among the findings between submissions; `validate` does not look for them.
    told = {rule("probe-like").code, *LABEL_CODES}
    boards = getattr(board, "targets", {"": board}).values()
    warned = {
        entry.path: entry.system
        for one in boards
        for entry in one.entries
        if any(found.severity == "warning" and found.code not in told for found in entry.findings)
    }
    if not warned:
        return ""
    names = listing(map(quote, warned.values()), 5)
    return f"{count(len(warned), 'ranked submission')} with warnings ({names})"


def _several_boards(boards: TargetBoards, format_: str) -> Contents:
    published = all(board.references is None for board in boards.targets.values())
    if published:
        return boards_contents("rank", boards, format_)
    from xacle_eval.results.publishing import publish_boards

    shown = boards if format_ == "frame" else publish_boards(boards)
    return boards_contents("leaderboard", shown, format_)


def boards_contents(
    document: str, boards: TargetBoards, format_: str, remark: str | None = None
) -> Contents:
    """Return what the boards of several targets show; see `board_contents`."""
    from xacle_eval.reports.views.leaderboard import with_ignored
    from xacle_eval.reports.views.targets import target_board_values, target_board_views

    shown = _shown(boards)

    def page() -> list[View]:
        from xacle_eval.reports.formats.page import omission_views, with_remarks

        views = target_board_views(boards, shown)
        for board, where in _each_board(boards):
            views += omission_views(board, where)
        return with_remarks(views, filter(None, [_remark(boards, remark)]))

    return Contents(
        document=lambda: (f"{document}-targets", boards),
        views=lambda: with_ignored(target_board_views(boards, shown), boards.ignored, format_),
        values=lambda: target_board_values(boards, shown),
        below=lambda out: print_omissions(out, boards),
        page=page,
        board=lambda: boards,
    )


def print_omissions(out: Console, boards: Leaderboard | TargetBoards) -> None:
    """Print the unranked submissions, and findings between submissions, of all boards."""
    from xacle_eval.reports.formats.console import print_unranked

    for board, where in _each_board(boards):
        print_unranked(out, board, where)


def _each_board(
    boards: Leaderboard | TargetBoards,
) -> Iterator[tuple[TargetBoards | Leaderboard | OverallBoard, str]]:
    """Yield what has submissions without a rank, each with words that name it."""
    yield boards, ""
    from xacle_eval.results.targets import TargetBoards

    if not isinstance(boards, TargetBoards):
        return
    for name, board in boards.targets.items():
        yield board, f" for the target {name}"
    if boards.overall is not None:
        yield boards.overall, " over all targets"


def _overall_contents(board: OverallBoard, format_: str) -> Contents:
    """Return what the overall board shows by itself."""
    from xacle_eval.reports.views.table import place_text
    from xacle_eval.reports.views.targets import overall_values, overall_views
    from xacle_eval.results.leaderboard import has_uncompeting

    if format_ != "frame" and board.reference_kinds:
        from xacle_eval.results.publishing import publish_overall

        board = publish_overall(board)
    place = place_text(board.split, board.part)
    return Contents(
        document=lambda: ("", board.model_dump(mode="json")),
        views=lambda: overall_views(board, place, _shown(board)),
        values=lambda: overall_values(board, has_uncompeting(board.entries)),
        below=lambda out: _print_unranked(out, board),
    )


def report_contents(report: ChallengeReport) -> Contents:
    """Return what a report shows: its boards; the table for programs is that of all systems."""
    every = [_published_contents(board) for board in report.boards.values()]
    return Contents(
        document=lambda: ("report", report),
        views=lambda: [view for each in every for view in each.views()],
        values=every[0].values,
        below=every[0].below,
        page=lambda: [view for each in every for view in (each.page or each.views)()],
    )


def _published_contents(board: Leaderboard | TargetBoards) -> Contents:
    """Return what a board of a report shows, whose numbers are rounded already."""
    from xacle_eval.results.targets import TargetBoards

    if isinstance(board, TargetBoards):
        return boards_contents("leaderboard", board, "text")
    return board_contents("leaderboard", board, "text")


def comparison_contents(found: SystemComparison) -> Contents:
    """Return what a comparison shows."""
    from xacle_eval.reports.views.comparison import comparison_values, comparison_views

    return Contents(
        document=lambda: ("compare", found),
        views=lambda: comparison_views(found, _shown(found), found.one_by_one),
        values=lambda: comparison_values(found),
    )


def target_comparison_contents(found: TargetComparisons) -> Contents:
    """Return what the comparisons for several targets show."""
    from xacle_eval.reports.views.targets import (
        target_comparison_values,
        target_comparison_views,
    )

    pairs = any(each.one_by_one for each in found.targets.values())
    return Contents(
        document=lambda: ("compare-targets", found),
        views=lambda: target_comparison_views(found, _shown(found), pairs),
        values=lambda: target_comparison_values(found),
    )


def listeners_contents(report: ListenerReport) -> Contents:
    """Return what an analysis of ratings shows."""
    from xacle_eval.reports.views.listeners import listener_views, quantities_view

    return Contents(
        document=lambda: ("listeners", report),
        views=lambda: listener_views(report),
        values=lambda: quantities_view(report),
    )


def plan_contents(report: PlanReport) -> Contents:
    """Return what a plan shows."""
    from xacle_eval.reports.views.planning import plan_values, plan_view

    return Contents(
        document=lambda: ("plan", report),
        views=lambda: [plan_view(report)],
        values=lambda: plan_values(report),
    )


def audit_contents(report: AuditReport) -> Contents:
    """Return what an audit shows; the text ends with the safer policies."""
    from xacle_eval.reports.formats.console import print_lines
    from xacle_eval.reports.views.audit import audit_values, audit_view, safer_lines

    return Contents(
        document=lambda: ("audit", report),
        views=lambda: [audit_view(report)],
        values=lambda: audit_values(report),
        below=lambda out: print_lines(out, safer_lines(report)),
    )


def _report_contents(reports: Sequence[SubmissionReport], given: Any, format_: str) -> Contents:
    """Return what the reports of ``validate`` show; the text has no table."""
    from xacle_eval.reports.views.findings import finding_values, verdicts_views

    single = given is not reports

    def document() -> tuple[str, Any]:
        if single:
            return "", given.model_dump(mode="json")
        whole = {"challenge": given.challenge, "split": given.split}
        return "validate", {**whole, "submissions": reports, "ignored": given.ignored}

    def below(out: Console) -> None:
        from xacle_eval.reports.formats.console import print_reports

        print_reports(out, reports)

    return Contents(
        document=document,
        views=lambda: [] if format_ == "text" else verdicts_views(reports),
        values=lambda: finding_values(reports),
        below=below,
    )


def _told_contents(result: Any, kind: str, format_: str) -> Contents:
    """Return what a result shows whose text is no table."""
    name, module, shown, show = _TOLD[kind]
    views = f"xacle_eval.reports.views.{module}:{shown}"
    return Contents(
        document=lambda: (name, result),
        views=lambda: [] if format_ == "text" else [load_function(f"{views}_view")(result)],
        values=lambda: cast("View", load_function(f"{views}_values")(result)),
        below=lambda out: load_function(show)(out, result),
    )


def _evaluation_contents(found: Evaluation) -> Contents:
    from xacle_eval.reports.views.score import evaluation_values, evaluation_view

    values = {"metrics": dict(found), "n": found.n, "undefined": list(found.undefined)}
    return Contents(
        document=lambda: ("", values),
        views=lambda: [evaluation_view(found)],
        values=lambda: evaluation_values(found),
    )
