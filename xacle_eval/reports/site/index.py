"""The index page: the boards of a challenge, what they can distinguish, and what is not ranked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xacle_eval.challenge.presentation import Presentation
from xacle_eval.reports.site.environment import render
from xacle_eval.reports.site.names import Sentence
from xacle_eval.reports.site.numbers import percent
from xacle_eval.reports.site.pages import Download, SiteFrame
from xacle_eval.reports.site.panels import Panel, choices_of, panels_of
from xacle_eval.reports.site.ranking import Board, Names, Ranking, is_demo, ranking_of
from xacle_eval.reports.site.sentences import board_sentence, significant_pairs
from xacle_eval.reports.site.tables import MARKS, BoardTable, board_table
from xacle_eval.reports.views.leaderboard import leaderboard_view
from xacle_eval.reports.views.table import DEMO_NOTE
from xacle_eval.reports.views.targets import overall_views
from xacle_eval.reports.views.uncertainty import uncertainty_view
from xacle_eval.results.leaderboard import By, Leaderboard, Unranked
from xacle_eval.results.report import ChallengeReport
from xacle_eval.results.targets import OverallBoard, TargetBoards
from xacle_eval.submissions.findings import Finding, IgnoredUpload
from xacle_eval.text import count

__all__ = ["board_page", "index_page"]

Given = Leaderboard | TargetBoards | OverallBoard


@dataclass(frozen=True, slots=True)
class ShownPanel:
    """What a panel of the index shows; ``facts`` are terms with their texts."""

    panel: Panel
    sentence: Sentence
    facts: tuple[tuple[str, str], ...]
    table: BoardTable
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Omission:
    """A submission without a rank; ``where`` names the target it has none for."""

    submission: Unranked
    where: str


def index_page(
    report: ChallengeReport, frame: SiteFrame, downloads: Sequence[Download] = ()
) -> str:
    """Return the index page of a report's site.

    Parameters
    ----------
    report : ChallengeReport
        Its numbers are rounded as they are published.
    frame : SiteFrame
        The frame of this page; see `SiteFrame.at`.
    downloads : sequence of Download
        The files beside the page.

    Raises
    ------
    UsageError
        If Jinja2 is not installed.
    """
    publishing = report.publishing
    boards: dict[By, Given] = dict(report.boards)
    return _page(
        boards, report.presentation, frame, downloads, publishing.decimals, publishing.metrics
    )


def board_page(board: Given, downloads: Sequence[Download] = ()) -> str:
    """Return a board as one page that stands alone.

    Parameters
    ----------
    board : Leaderboard, TargetBoards or OverallBoard
        Its numbers are shown as they are published.
    downloads : sequence of Download
        Files that the page contains, as ``data:`` links.

    Raises
    ------
    UsageError
        If Jinja2 is not installed.
    """
    shown = board.presentation or Presentation(
        title=getattr(board, "challenge", "") or "Leaderboard",
        decimals=getattr(board, "decimals", 3),
    )
    frame = SiteFrame(shown.title, is_demo(board))
    return _page({board.by: board}, shown, frame, downloads)


def _page(
    boards: dict[By, Given],
    presentation: Presentation,
    frame: SiteFrame,
    downloads: Sequence[Download],
    decimals: int | None = None,
    metrics: Names | None = None,
) -> str:
    panels = panels_of(boards)
    first = next(iter(boards.values()))
    return render(
        "index.html.j2",
        site=frame,
        panels=[_shown(each, presentation, frame, decimals, metrics) for each in panels],
        choices=choices_of(panels),
        summary=_summary(panels, first),
        downloads=tuple(downloads),
        omissions=tuple(_omissions(first)),
        findings=_findings(first),
        ignored=_ignored(first),
    )


def _shown(
    panel: Panel,
    presentation: Presentation,
    frame: SiteFrame,
    decimals: int | None,
    metrics: Names | None,
) -> ShownPanel:
    board, ranking = panel.board, ranking_of(panel.board, decimals)
    return ShownPanel(
        panel,
        board_sentence(ranking, frame.demo),
        tuple(_facts(board, ranking, metrics)),
        board_table(board, frame, decimals, metrics),
        _notes(board, presentation.for_target(panel.place.target)),
    )


def _facts(board: Board, ranking: Ranking, metrics: Names | None) -> Iterator[tuple[str, str]]:
    """Yield the numbers that a reader of the table needs first."""
    if isinstance(board, Leaderboard):
        shown = f", shown with {ranking.decimals}" if ranking.decimals < board.decimals else ""
        step = board.step
        precision = (
            f"at {count(board.decimals, 'decimal')}" if step is None else f"in steps of {step:g}"
        )
        yield "Ranked by", f"{', then '.join(board.order)}, {precision}{shown}"
    else:
        yield "Ranked by", f"{ranking.title} over {count(_targets(board), 'target')}"
    summary = ranking.summary
    leaders = [each for each in ranking.competing if each.rank == 1]
    if summary is None:
        return
    if len(leaders) == 1 and leaders[0].uncertainty and len(ranking.competing) > 1:
        share = leaders[0].uncertainty.p_first
        if share is not None:
            yield "First place holds in", f"{percent(share)} of resamples"
    significant, tested = significant_pairs(summary)
    if tested:
        yield "Pairs that differ significantly", f"{significant:,} of {tested:,}"
    if summary.smallest_difference is not None:
        yield (
            "Detectable difference",
            f"about {summary.smallest_difference:.2g} {ranking.title}",
        )
    if ranking.ceiling is not None and (metrics is None or ranking.metric in metrics):
        bounds = ranking.ceiling_bounds or {"low": None, "high": None}
        interval = ranking.interval(bounds["low"], bounds["high"])
        name = f"{ranking.limit[0].upper()}{ranking.limit[1:]}"
        text = f"{ranking.text(ranking.ceiling)} {ranking.title}"
        yield name, text + (f" ({interval})" if interval else "")


def _targets(board: OverallBoard) -> int:
    return len(board.entries[0].by_target) if board.entries else 0


def _notes(board: Board, presentation: Presentation) -> tuple[str, ...]:
    """Return the notes of the commands' tables, once each; the demo banner is elsewhere."""
    if isinstance(board, OverallBoard):
        views = overall_views(board, "", presentation)
    else:
        found = (leaderboard_view(board, presentation), uncertainty_view(board))
        views = [view for view in found if view is not None]
    notes = dict.fromkeys(note for view in views for note in view.notes)
    # The share of the ceiling is no column of this table. The signature is the last note.
    kept = [note for note in notes if note != DEMO_NOTE and not note.startswith("Ceiling: ")]
    shown = [_with_shapes(note) for note in kept]
    return tuple(sorted(shown, key=lambda note: note.startswith("Signature")))


def _with_shapes(note: str) -> str:
    """Return the note about systems that do not compete with the marks of this page."""
    if note[:1] not in "†‡":
        return note
    return note.replace("†", MARKS["baseline"]).replace("‡", MARKS["out of competition"])


def _summary(panels: Sequence[Panel], first: Given) -> str:
    """Return the line below the title: systems, teams, pairs, the split and its part."""
    systems = {
        (entry.team, entry.system): entry.kind for panel in panels for entry in panel.board.entries
    }
    ranked = [key for key, kind in systems.items() if kind == "competing"]
    parts = []
    if ranked:
        teams = count(len({team for team, _ in ranked}), "team")
        parts.append(f"{count(len(ranked), 'ranked system')} of {teams}")
    for kind, noun in (
        ("baseline", "baseline"),
        ("out of competition", "entry out of competition"),
    ):
        number = sum(each == kind for each in systems.values())
        plural = "entries out of competition" if kind != "baseline" else None
        parts += [count(number, noun, plural)] if number else []
    sizes = {
        panel.board.references.pairs
        for panel in panels
        if isinstance(panel.board, Leaderboard) and panel.board.references is not None
    }
    parts += [count(sizes.pop(), "pair")] if len(sizes) == 1 else []
    place = [
        f"{noun} {name}"
        for noun in ("split", "part")
        if (name := getattr(_some_board(first), noun, None))
    ]
    return ", ".join([*parts, *place])


def _some_board(given: Given) -> Board:
    return next(iter(given.targets.values())) if isinstance(given, TargetBoards) else given


def _omissions(given: Given) -> Iterator[Omission]:
    yield from (Omission(each, "") for each in given.unranked)
    if not isinstance(given, TargetBoards):
        return
    for name, board in given.targets.items():
        yield from (Omission(each, f"for the target {name}") for each in board.unranked)
    if given.overall is not None:
        yield from (Omission(each, "over all targets") for each in given.overall.unranked)


def _findings(given: Given) -> tuple[Finding, ...]:
    """Return the findings between submissions, each once."""
    if isinstance(given, OverallBoard):
        return ()
    found = [*given.findings]
    if isinstance(given, TargetBoards):
        found += [each for board in given.targets.values() for each in board.findings]
    return tuple({each.model_dump_json(): each for each in found}.values())


def _ignored(given: Given) -> tuple[IgnoredUpload, ...]:
    return () if isinstance(given, OverallBoard) else given.ignored
