"""Views of the uncertainty of a ranking: confidence sets, clusters, and ranks over resamples."""

from __future__ import annotations

import math

from xacle_eval.reports.views.kinds import marked_system, rank_cells
from xacle_eval.reports.views.table import RANK, Cell, View, ViewColumn, interval_text
from xacle_eval.results.leaderboard import Entry, Leaderboard
from xacle_eval.results.uncertainty import ResamplingSummary
from xacle_eval.text import count, listing, plural_of, visible

__all__ = ["resampled_ranks_view", "set_notes", "span_text", "uncertainty_view"]

_PLACES = (("p_first", "Share 1st"), ("p_second", "2nd"), ("p_third", "3rd"))


def uncertainty_view(board: Leaderboard) -> View | None:
    """Return the uncertainty of the ranking as a table; None without resampling."""
    summary = board.resampling
    if summary is None or not board.entries:
        return None
    first = board.order[0]
    lettered = any(e.uncertainty and e.uncertainty.letters for e in board.entries)
    shared = any(e.uncertainty and e.uncertainty.ceiling_share for e in board.entries)
    with_team = _with_team(board)
    competing = sum(entry.kind == "competing" for entry in board.entries)
    columns = [
        RANK,
        *((ViewColumn("team", "Team"),) if with_team else ()),
        ViewColumn("system", "System"),
        ViewColumn("interval", f"{first} {100 * summary.level:.10g} %", numeric=True),
        ViewColumn("rank_marginal", "Ranks", numeric=True),
        ViewColumn("rank_simultaneous", "Jointly", numeric=True),
        ViewColumn("cluster", "Cluster", numeric=True),
        *((ViewColumn("letters", "Letters"),) if lettered else ()),
        *((ViewColumn("ceiling_share", "Ceiling", numeric=True),) if shared else ()),
    ]
    rows = tuple(
        (
            rank,
            *((entry.team,) if with_team else ()),
            *_uncertainty_row(entry, board, lettered, shared),
        )
        for rank, entry in zip(rank_cells(board.entries), board.entries, strict=True)
    )
    notes = set_notes(summary, first, competing, lettered, board.level)
    notes += _outside_notes(board)
    if shared:
        notes.append(f"Ceiling: {first} as a share of the noise ceiling.")
    return View(
        "Uncertainty of the ranking", tuple(columns), rows, board.shown_decimals, tuple(notes)
    )


def set_notes(
    summary: ResamplingSummary, value: str, competing: int, lettered: bool, level_name: str
) -> list[str]:
    """Describe confidence sets of ranks, clusters and letters, by the value they are about."""
    level, alpha = f"{100 * summary.level:.10g} %", f"alpha {summary.alpha:g}"
    if summary.family == 0 and competing > 1:
        return [f"{competing:,} systems are too many for sets of ranks, clusters and letters."]
    if not summary.family:
        return []
    tests = count(summary.family, "difference")
    notes = []
    if summary.could_be_first is not None:
        verb = "system" if competing == 1 else "systems"
        notes.append(
            f"{summary.could_be_first:,} of {competing:,} {verb} could be first in {value} "
            f"({level} confidence, for all systems together)."
        )
    notes.append(
        f"Ranks: those that a system could truly have in {value}, with {level} confidence for each "
        "system alone; Jointly: for all systems together (Mogstad et al. 2024)."
    )
    notes.append(
        f"Cluster: systems of different clusters differ significantly in {value}."
        + (" Systems that share a letter do not." if lettered else "")
        + f" Tests: studentised bootstrap, adjusted by max-T over {tests}, {alpha}."
    )
    if summary.smallest_p is not None and summary.smallest_p > summary.alpha:
        notes.append(
            f"No difference could be significant: the smallest possible p is "
            f"{summary.smallest_p:.2g}, above {alpha}; more "
            f"{_needed(summary, summary.smallest_p, level_name)} are needed."
        )
    if summary.resamples_requested is not None:
        notes.append(
            f"The number of resamples was raised from {summary.resamples_requested:,} to "
            f"{summary.resamples:,}: with fewer, no p can reach {alpha}."
        )
    return notes


def _outside_notes(board: Leaderboard) -> list[str]:
    """Name the systems whose rank is not in its set, and say why."""
    names = [
        visible(entry.system)
        for entry in board.entries
        if (found := entry.uncertainty) is not None
        and entry.rank is not None
        and found.rank_marginal_low is not None
        and found.rank_marginal_high is not None
        and not found.rank_marginal_low <= entry.rank <= found.rank_marginal_high
    ]
    if not names:
        return []
    first, *rest = board.order
    ordered = f", and are ordered by {', '.join(rest)}" if rest else ""
    begin = "the rank of this system is" if len(names) == 1 else "the ranks of these systems are"
    return [
        f"{listing(names)}: {begin} outside the sets, which are about {first} before rounding. By "
        f"the rule of the ranking, such systems are equal to others in {first} after rounding to "
        f"{count(board.decimals, 'decimal')}{ordered}."
    ]


def _needed(summary: ResamplingSummary, smallest: float, level: str) -> str:
    """Return what bounds the smallest p: the resamples, or the pairs (2/2^d for d of them)."""
    differing = 1.0 - math.log2(smallest)
    if smallest <= 1.0 / (1 + summary.resamples) or abs(differing - round(differing)) > 1e-9:
        return "resamples"
    return "pairs" if level == "pair" else f"{plural_of(level)} (groups)"


def resampled_ranks_view(board: Leaderboard) -> View | None:
    """Return the ranks over the resamples; None without a bootstrap or competing systems."""
    summary = board.resampling
    found = [
        (rank, entry, entry.uncertainty)
        for rank, entry in zip(rank_cells(board.entries), board.entries, strict=True)
        if entry.uncertainty is not None and entry.uncertainty.rank_low is not None
    ]
    if summary is None or not found:
        return None
    with_team = _with_team(board)
    # With two systems, a third rank is not possible.
    places = _PLACES[: sum(entry.kind == "competing" for entry in board.entries)]
    columns = (
        RANK,
        *((ViewColumn("team", "Team"),) if with_team else ()),
        ViewColumn("system", "System"),
        ViewColumn("rank_median", "Median", numeric=True),
        ViewColumn("rank_interval", f"Ranks {100 * summary.level:.10g} %", numeric=True),
        *(ViewColumn(name, title, numeric=True) for name, title in places),
    )
    rows = tuple(
        (
            rank,
            *((entry.team,) if with_team else ()),
            marked_system(entry),
            each.rank_median,
            span_text(each.rank_low, each.rank_high),
            *each.podium[: len(places)],
        )
        for rank, entry, each in found
    )
    note = (
        "The ranking rule applied to every resample: shares of the resamples, not probabilities. "
        "Rounding and the tie-break count, so a system can be first in no resample and still be as "
        f"good by {board.order[0]}. "
        "The span of ranks contains the true rank of a system close to others less often than "
        "its level says; the sets above do not."
    )
    return View("Ranks over the resamples", columns, rows, board.shown_decimals, (note,))


def _with_team(board: Leaderboard) -> bool:
    """Return whether only the teams distinguish systems with equal labels."""
    labels = {entry.system for entry in board.entries}
    return board.by == "team" or len(labels) < len(board.entries)


def span_text(low: int | None, high: int | None) -> str | None:
    """Return ranks such as ``1–3``, or ``2`` if both are equal; None without ranks."""
    if low is None:
        return None
    return str(low) if low == high else f"{low}–{high}"


def _uncertainty_row(
    entry: Entry, board: Leaderboard, lettered: bool, shared: bool
) -> tuple[Cell, ...]:
    found = entry.uncertainty
    if found is None:
        return ()
    first = board.order[0]
    share = found.ceiling_share.get(first)
    return (
        marked_system(entry),
        interval_text(found.intervals.get(first), board.shown_decimals, first),
        span_text(found.rank_marginal_low, found.rank_marginal_high),
        span_text(found.rank_simultaneous_low, found.rank_simultaneous_high),
        found.cluster,
        *((found.letters or None,) if lettered else ()),
        *((None if share is None else f"{100 * share:.1f} %",) if shared else ()),
    )
