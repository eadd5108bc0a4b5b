"""Views of challenges with several targets: a block for each target, and the overall board."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.rounding import decimals_of, format_metric
from xacle_eval.challenge.targets import OVERALL
from xacle_eval.metrics import METRICS
from xacle_eval.reports.views.breakdown import breakdown_view
from xacle_eval.reports.views.comparison import comparison_values, comparison_views
from xacle_eval.reports.views.kinds import kind_notes, marked_system, rank_cells
from xacle_eval.reports.views.leaderboard import WIDE_NAMES, leaderboard_views, wide_view
from xacle_eval.reports.views.profile import profile_views
from xacle_eval.reports.views.score import score_values, score_view
from xacle_eval.reports.views.table import (
    RANK,
    SOURCE,
    Cell,
    View,
    ViewColumn,
    join_views,
    mark_demo,
    no_interval_notes,
    place_text,
    resampling_notes,
    with_source,
)
from xacle_eval.reports.views.uncertainty import set_notes, span_text
from xacle_eval.results.leaderboard import has_uncompeting
from xacle_eval.results.targets import (
    OverallBoard,
    OverallEntry,
    TargetBoards,
    TargetComparisons,
    TargetScores,
)
from xacle_eval.text import count

__all__ = [
    "overall_values",
    "overall_views",
    "target_board_values",
    "target_board_views",
    "target_comparison_values",
    "target_comparison_views",
    "target_score_values",
    "target_score_views",
]


def target_score_views(
    systems: Sequence[TargetScores], challenge: Challenge | Presentation
) -> list[View]:
    """Return a table for each target, with the profiles of its systems below."""
    shown, views = Presentation.of(challenge), []
    found_names = dict.fromkeys(name for system in systems for name in system.targets)
    for name in list(shown.targets) or list(found_names):
        one = shown.for_target(name)
        cards = [system.targets[name] for system in systems if name in system.targets]
        if cards:
            views.append(join_views([score_view(card, one) for card in cards]))
        added = []
        for card in cards:
            if card.profile is not None:
                added += profile_views(card.profile, one.decimals)
        found = [(card.system, card.breakdown) for card in cards if card.breakdown is not None]
        if found:
            summary = cards[0].resampling
            level = summary.level if summary else None
            view = breakdown_view(found, one.decimals, level)
            added += [] if view is None else [view]
        added = [_of_target(view, name, shown) for view in added]
        views += mark_demo(added, cards[0].references if cards else None)
    return views


def _of_target(view: View, name: str, shown: Presentation) -> View:
    """Return a table below a board or a score, with the target in its title, as there."""
    return replace(view, title=f"{view.title}, {shown.for_target(name).target or name}")


def target_score_values(systems: Sequence[TargetScores]) -> View:
    """Return the scores of all targets for programs, with a column ``target``."""
    return _below(
        [(name, score_values(card)) for system in systems for name, card in system.targets.items()]
    )


def target_comparison_views(
    found: TargetComparisons, challenge: Challenge | Presentation, pairs: bool = False
) -> list[View]:
    """Return the tables of the comparisons for each target; their titles name it."""
    shown, views = Presentation.of(challenge), []
    for name, comparison in found.targets.items():
        for view in comparison_views(comparison, shown.for_target(name), pairs):
            views.append(_of_target(view, name, shown))
    return views


def target_comparison_values(found: TargetComparisons) -> View:
    """Return the comparisons of all targets for programs, with a column ``target``."""
    return _below([(name, comparison_values(each)) for name, each in found.targets.items()])


def target_board_views(boards: TargetBoards, challenge: Challenge | Presentation) -> list[View]:
    """Return the tables of each target's board, then those of the overall board."""
    shown, views = Presentation.of(challenge), []
    for name, board in boards.targets.items():
        first, *others = leaderboard_views(board, shown.for_target(name))
        views += [first, *(_of_target(view, name, shown) for view in others)]
    if boards.overall is not None:
        part = next(iter(boards.targets.values())).part if boards.targets else None
        place = place_text(boards.split, part)
        views += overall_views(boards.overall, place, shown)
    return views


def target_board_values(boards: TargetBoards, challenge: Challenge | Presentation) -> View:
    """Return all boards in one table for programs, with a column ``target``.

    The rows of the overall board have the target ``overall``; their value is in the last columns.
    """
    shown = Presentation.of(challenge)
    kinds = any(has_uncompeting(board.entries) for board in boards.targets.values())
    kinds = kinds or (boards.overall is not None and has_uncompeting(boards.overall.entries))
    parts = [
        (name, wide_view(board, shown.for_target(name), kinds))
        for name, board in boards.targets.items()
    ]
    if boards.overall is not None:
        parts.append((OVERALL, overall_values(boards.overall, kinds)))
    return _below(parts)


def _below(parts: Sequence[tuple[str, View]]) -> View:
    """Return tables below each other, with a column for each column of any of them."""
    found = {column.name: column for _, view in parts for column in view.columns}
    columns = {name: column for name, column in found.items() if name not in SOURCE}
    columns |= {name: found[name] for name in SOURCE}
    rows: list[tuple[Cell, ...]] = []
    for name, view in parts:
        names = [column.name for column in view.columns]
        for row in view.rows:
            cells: Mapping[str, Cell] = dict(zip(names, row, strict=True))
            rows.append((name, *(cells.get(column) for column in columns)))
    head = ViewColumn("target", "Target")
    return replace(parts[0][1], columns=(head, *columns.values()), rows=tuple(rows))


def overall_views(
    board: OverallBoard, place: str, challenge: Challenge | Presentation
) -> list[View]:
    """Return the overall board, and its uncertainty if there is any."""
    views = [_overall_view(board, place, Presentation.of(challenge))]
    if board.resampling is not None and board.entries:
        views.append(_uncertainty_view(board))
    demo = "demo" in board.reference_kinds
    return [replace(view, demo=True) for view in views] if demo else views


def _value_title(board: OverallBoard) -> str:
    if board.metric is None:
        return "Mean rank ↓"
    return f"Mean {board.metric} {METRICS[board.metric].arrow}"


def _show(board: OverallBoard) -> Callable[[float], Cell]:
    """Return a function that shows a mean, or the value of a metric for a target."""
    metric = board.metric
    if metric is None:
        return lambda value: f"{value:.2f}"
    return lambda value: (
        value
        if decimals_of(metric, value, board.shown_decimals) == board.shown_decimals
        else format_metric(metric, value, board.shown_decimals)
    )


def _part(value: float, board: OverallBoard, show: Callable[[float], Cell]) -> Cell:
    """Return a rank or a value for a target."""
    return int(value) if board.metric is None else show(value)


def _overall_view(board: OverallBoard, place: str, shown: Presentation) -> View:
    targets = list(board.entries[0].by_target) if board.entries else []
    show, with_team = _show(board), _with_team(board, shown)
    columns = [
        RANK,
        *((ViewColumn("team", "Team"),) if with_team else ()),
        ViewColumn("system", "System"),
        ViewColumn("value", _value_title(board), numeric=True),
        *(ViewColumn(name, name, numeric=True) for name in targets),
    ]
    rows = tuple(
        (
            rank,
            *((entry.team,) if with_team else ()),
            marked_system(entry),
            show(entry.value),
            *(_part(entry.by_target[name], board, show) for name in targets),
        )
        for rank, entry in zip(rank_cells(board.entries), board.entries, strict=True)
    )
    by = ", best system of each team" if board.by == "team" else ""
    title = f"{shown.title}, all targets{place}{by}"
    empty = "No system is ranked for every target."
    return View(title, tuple(columns), rows, board.shown_decimals, _notes(board), empty=empty)


def _with_team(board: OverallBoard, shown: Presentation) -> bool:
    named = shown.shows_teams((entry.team, entry.system) for entry in board.entries)
    return board.by == "team" or not named


def _notes(board: OverallBoard) -> tuple[str, ...]:
    if board.metric is None:
        rule = "Ranked by the mean of the ranks on the boards of the targets"
        rule += ", where all systems count." if board.by == "team" else "."
    else:
        rule = (
            f"Ranked by the mean of {board.metric} over the targets, of values that are rounded "
            f"as there; the mean is rounded to {count(board.decimals, 'decimal')}."
        )
    return (
        rule,
        *kind_notes(board.entries),
        *_resampling_notes(board),
        f"Signature: {board.signature}",
    )


def _resampling_notes(board: OverallBoard) -> list[str]:
    """Describe the resamples; the boards of the targets can be at different levels."""
    summary = board.resampling
    if summary is None:
        return []
    notes = resampling_notes(summary, board.level, board.shown_decimals)
    if summary.method_requested == "bca":
        notes.append(
            "BCa is not available for a mean over targets: its intervals are percentile intervals."
        )
    missing = [
        (entry.system, {f"mean {board.metric}": entry.uncertainty.no_interval})
        for entry in board.entries
        if entry.uncertainty and entry.uncertainty.no_interval
    ]
    return notes + no_interval_notes(missing, summary.level, board.level)


def _uncertainty_view(board: OverallBoard) -> View:
    show = _show(board)
    level = board.resampling.level if board.resampling else 0.95
    with_team = board.by == "team" or len({e.system for e in board.entries}) < len(board.entries)
    found = [entry.uncertainty for entry in board.entries if entry.uncertainty is not None]
    tested = any(each.cluster is not None for each in found)
    lettered = any(each.letters for each in found)
    sets = {"rank_marginal": "Ranks"} if tested else {}
    if any(each.rank_simultaneous_low is not None for each in found):
        sets["rank_simultaneous"] = "Jointly"
    columns = (
        RANK,
        *((ViewColumn("team", "Team"),) if with_team else ()),
        ViewColumn("system", "System"),
        ViewColumn("interval", f"{_value_title(board)[:-2]} {100 * level:.10g} %", numeric=True),
        *(ViewColumn(name, title, numeric=True) for name, title in sets.items()),
        *((ViewColumn("cluster", "Cluster", numeric=True),) if tested else ()),
        *((ViewColumn("letters", "Letters"),) if lettered else ()),
        ViewColumn("rank_interval", "Resampled ranks", numeric=True),
        ViewColumn("p_first", "Share 1st", numeric=True),
    )
    rows = tuple(
        (
            rank,
            *((entry.team,) if with_team else ()),
            *_uncertainty_row(entry, show, list(sets), tested, lettered),
        )
        for rank, entry in zip(rank_cells(board.entries), board.entries, strict=True)
    )
    notes = (
        *_set_notes(board),
        "Resampled ranks and Share 1st: the rule of every board and that of the overall board "
        "applied to every resample, which has the same pairs for every target. A shared first rank "
        "counts for each of its systems.",
    )
    return View("Uncertainty of the overall ranking", columns, rows, board.shown_decimals, notes)


def _set_notes(board: OverallBoard) -> list[str]:
    """Describe the confidence sets of the overall ranks."""
    summary = board.resampling
    competing = sum(entry.kind == "competing" for entry in board.entries)
    if summary is None:
        return []
    if board.metric is not None:
        lettered = any(e.uncertainty and e.uncertainty.letters for e in board.entries)
        return set_notes(summary, f"the mean of {board.metric}", competing, lettered, board.level)
    if summary.could_be_first is None:
        return set_notes(summary, "the mean rank", competing, False, board.level)
    noun = "system" if competing == 1 else "systems"
    return [
        f"{summary.could_be_first:,} of {competing:,} {noun} could be first in the mean rank "
        f"({100 * summary.level:.10g} % confidence, for all systems together).",
        "Jointly: the ranks that the systems could truly have, from their sets on the boards of "
        "all targets, so they are wide. A mean of ranks moves in steps: it has no sets for single "
        "systems, clusters or letters.",
    ]


def _uncertainty_row(
    entry: OverallEntry,
    show: Callable[[float], Cell],
    sets: Sequence[str],
    tested: bool,
    lettered: bool,
) -> tuple[Cell, ...]:
    found = entry.uncertainty
    if found is None:
        return (marked_system(entry), *((None,) * (3 + len(sets) + tested + lettered)))
    low, high = found.interval["low"], found.interval["high"]
    interval = None
    if low is not None and high is not None:
        ends = [
            text if isinstance(text := show(end), str) else f"{text:.3f}" for end in (low, high)
        ]
        interval = f"{ends[0]} to {ends[1]}" if ends[0].startswith("-") else "–".join(ends)
    return (
        marked_system(entry),
        interval,
        *(span_text(getattr(found, f"{n}_low"), getattr(found, f"{n}_high")) for n in sets),
        *((found.cluster,) if tested else ()),
        *((found.letters or None,) if lettered else ()),
        span_text(found.rank_low, found.rank_high),
        found.p_first,
    )


def overall_values(board: OverallBoard, kinds: bool) -> View:
    """Return the overall board for programs."""
    value = "mean_rank" if board.metric is None else f"mean_{board.metric}"
    names = ["rank", "team", "system", *(["kind"] if kinds else []), value]
    drawn = WIDE_NAMES if board.resampling else ()
    if drawn:
        names += [f"{value}_low", f"{value}_high", *drawn]
    rows: list[tuple[Cell, ...]] = []
    for entry in board.entries:
        row: tuple[Cell, ...] = (entry.rank, entry.team, entry.system)
        row += (entry.kind, entry.value) if kinds else (entry.value,)
        found = entry.uncertainty
        if found is not None:
            row += (found.interval["low"], found.interval["high"])
            row += tuple(getattr(found, name) for name in drawn)
        rows.append(row)
    columns = tuple(ViewColumn(name, name) for name in names)
    kind = " and ".join(board.reference_kinds) or None
    return with_source(View("", columns, tuple(rows), board.shown_decimals), kind, board.signature)
