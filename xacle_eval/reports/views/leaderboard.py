"""Views of a leaderboard: the ranking, its uncertainty, and everything in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.rounding import decimals_of, format_metric
from xacle_eval.metrics import METRICS
from xacle_eval.reports.views.breakdown import breakdown_rows, breakdown_view
from xacle_eval.reports.views.kinds import kind_notes, marked_system, rank_cells
from xacle_eval.reports.views.score import undefined_note, without_variance
from xacle_eval.reports.views.screening import screenings_view
from xacle_eval.reports.views.table import (
    RANK,
    Cell,
    View,
    ViewColumn,
    join_words,
    mark_demo,
    metric_columns,
    no_interval_notes,
    place_text,
    reference_notes,
    resampling_notes,
    with_source,
)
from xacle_eval.reports.views.uncertainty import resampled_ranks_view, uncertainty_view
from xacle_eval.results.leaderboard import Entry, Leaderboard, flat_metrics, has_uncompeting
from xacle_eval.submissions.findings import IgnoredUpload
from xacle_eval.submissions.ignored import ignored_line
from xacle_eval.text import count, listing, visible

__all__ = ["leaderboard_view", "leaderboard_views", "wide_view", "with_ignored"]


_NAMED_UPLOADS = 20


def leaderboard_views(board: Leaderboard, challenge: Challenge | Presentation) -> list[View]:
    """Return the ranking, and the tables of its uncertainty and of screenings if there are any."""
    found = (
        leaderboard_view(board, challenge),
        uncertainty_view(board),
        resampled_ranks_view(board),
        screenings_view(board),
        _breakdown_view(board),
    )
    views = [view for view in found if view is not None]
    return mark_demo(views, board.references)


def with_ignored(
    views: Sequence[View], ignored: Sequence[IgnoredUpload], format_: str
) -> list[View]:
    """Return the views of a table for LaTeX, with a note about ignored uploads below the first one.

    In the format ``text``, they are among the findings between submissions.
    """
    first, *others = views
    line = ignored_line(ignored)
    if format_ == "text" or not line:
        return [first, *others]
    names = [visible(one.file, 300) for one in ignored if one.file is not None]
    note = f"{line[0].upper()}{line[1:]}: {listing(names, _NAMED_UPLOADS)}."
    return [replace(first, notes=(*first.notes, note)), *others]


def _breakdown_view(board: Leaderboard) -> View | None:
    """Return the metrics of every system by the values of a column; None if not requested."""
    found = [
        (marked_system(entry), entry.breakdown)
        for entry in board.entries
        if entry.breakdown is not None
    ]
    level = board.resampling.level if board.resampling else None
    return breakdown_view(found, board.shown_decimals, level, published=True)


def leaderboard_view(board: Leaderboard, challenge: Challenge | Presentation) -> View:
    """Return a leaderboard as a table in rank order, its metrics at the ranking's level."""
    shown, entries = Presentation.of(challenge), board.entries
    names = tuple(entries[0].rounded) if entries else shown.metrics
    named = shown.shows_teams((entry.team, entry.system) for entry in entries)
    with_team = board.by == "team" or not named
    columns: tuple[ViewColumn, ...] = (RANK,)
    columns += (ViewColumn("team", "Team"),) if with_team else ()
    columns += (ViewColumn("system", "System"), *metric_columns(names))
    rows: list[tuple[Cell, ...]] = []
    decimals = board.shown_decimals
    for rank, entry in zip(rank_cells(board.entries), entries, strict=True):
        team = (entry.team,) if with_team else ()
        metrics = _shown_metrics(entry, board)
        rows.append(
            (
                rank,
                *team,
                marked_system(entry),
                *(_cell(name, metrics[name], decimals) for name in names),
            )
        )
    notes = _notes(board, shown)
    title, empty = _title(board, shown), "No submission is ranked."
    ranked = View(title, columns, tuple(rows), board.shown_decimals, notes, empty=empty)
    rows += _ceiling_rows(board, names, with_team)
    competing = [row for row, entry in enumerate(entries) if entry.kind == "competing"]
    return replace(ranked, rows=tuple(rows), best=_best(ranked, names, competing))


def _shown_metrics(entry: Entry, board: Leaderboard) -> Mapping[str, float | None]:
    """Return the metrics at the level of the ranking; published ones as they are compared."""
    if board.references is None:
        return entry.rounded
    return entry.metrics if board.level == "pair" else entry.levels[board.level].metrics


def _ceiling_rows(
    board: Leaderboard, names: tuple[str, ...], with_team: bool
) -> list[tuple[Cell, ...]]:
    """Return the noise ceilings and the floors of errors as rows below the systems."""
    ceilings = board.resampling.ceilings if board.resampling else None
    if ceilings is None:
        return []
    head = ("", "") if with_team else ("",)
    values = {**ceilings.ceiling, "MSE": ceilings.floor}
    rows: list[tuple[Cell, ...]] = []
    for title, higher in (("noise ceiling", True), ("noise floor", False)):
        cells = tuple(
            _cell(name, values.get(name), board.shown_decimals)
            if METRICS[name].higher_is_better is higher
            else None
            for name in names
        )
        rows.append((*head, title, *cells))
    return rows


def _cell(metric: str, value: float | None, decimals: int) -> Cell:
    """Return the value of a metric, as text if it is shown with fewer decimals than the others."""
    if value is None or decimals_of(metric, value, decimals) == decimals:
        return value
    return format_metric(metric, value, decimals)


def _precision(board: Leaderboard) -> str:
    if board.step is None:
        return count(board.decimals, "decimal")
    return f"multiples of {board.step:g}"


def _title(board: Leaderboard, shown: Presentation) -> str:
    place = place_text(board.split, board.part)
    level = "" if board.level == "pair" else f", {board.level} level"
    by = ", best system of each team" if board.by == "team" else ""
    return f"{shown.title}{place}{level}{by}"


def _notes(board: Leaderboard, shown: Presentation) -> tuple[str, ...]:
    first, *rest = board.order
    order = f"{first}, then {', '.join(rest)}" if rest else first
    notes = [
        *reference_notes(board.references),
        f"Ranked by {order}, rounded to {_precision(board)}.",
    ]
    notes += _hidden_notes(board)
    notes += _missing_notes(board)
    notes += _digit_notes(board)
    notes += kind_notes(board.entries)
    undefined = [
        f"{visible(entry.system)} ({', '.join(names)})"
        for entry in board.entries
        if (
            names := without_variance(
                entry.undefined if board.level == "pair" else entry.levels[board.level].undefined
            )
        )
    ]
    if undefined:
        notes.append(undefined_note(listing(undefined), shown, len(undefined) < len(board.entries)))
    notes += resampling_notes(board.resampling, board.level, board.shown_decimals)
    notes += _resample_notes(board)
    notes += _uncertainty_notes(board)
    return (*notes, f"Signature: {board.signature}")


def _hidden_notes(board: Leaderboard) -> list[str]:
    """Say what of the ranking is not published: further decimals, and metrics of its order."""
    notes = []
    if board.shown_decimals < board.decimals:
        notes.append(
            f"Shown with {count(board.shown_decimals, 'decimal')}: systems with equal values can "
            "have different ranks."
        )
    shown = board.entries[0].rounded if board.entries else board.order
    hidden = [name for name in board.order if name not in shown]
    if hidden:
        notes.append(f"Not published: {', '.join(hidden)}.")
    return notes


def _missing_notes(board: Leaderboard) -> list[str]:
    """Name the systems of a published table that are ranked without some metrics."""
    if board.references is not None:
        return []
    found = [
        f"{visible(entry.system)} ({', '.join(names)})"
        for entry in board.entries
        if (names := [name for name in board.order if entry.rounded[name] is None])
    ]
    if not found:
        return []
    return [
        f"Without a value: {listing(found)}. Such a system is ranked by the metrics before it, "
        "behind systems that have the value."
    ]


def _digit_notes(board: Leaderboard) -> list[str]:
    """Name the metrics of which a value has fewer decimals than the others."""
    found: dict[int, list[str]] = {}
    for name in board.entries[0].rounded if board.entries else ():
        digits = METRICS[name].digits
        values = (entry.rounded.get(name) for entry in board.entries)
        if digits is not None and any(
            value is not None
            and decimals_of(name, value, board.shown_decimals) < board.shown_decimals
            for value in values
        ):
            found.setdefault(digits, []).append(name)
    return [
        f"{join_words(names, 'and')} {'has' if len(names) == 1 else 'have'} at most {digits} "
        "significant digits."
        for digits, names in found.items()
    ]


def _resample_notes(board: Leaderboard) -> list[str]:
    """Report in how many resamples a metric is undefined."""
    summary = board.resampling
    if summary is None:
        return []
    notes = []
    found = [
        f"{visible(entry.system)} ({_counts(undefined)})"
        for entry in board.entries
        if entry.uncertainty and (undefined := entry.uncertainty.undefined)
    ]
    if found:
        notes.append(
            f"Undefined in some of the {count(summary.resamples, 'resample')}: {listing(found)}. "
            "Intervals ignore these resamples; ranks, clusters and letters follow the challenge's "
            "rule."
        )
    first = board.order[0]
    missing = [
        (entry.system, {first: reason})
        for entry in board.entries
        if entry.uncertainty and (reason := entry.uncertainty.no_interval.get(first))
    ]
    return notes + no_interval_notes(missing, summary.level, board.level)


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in numbers.items())


def _uncertainty_notes(board: Leaderboard) -> list[str]:
    """Describe the uncertainty of the ranking in words."""
    summary = board.resampling
    if summary is None or sum(entry.kind == "competing" for entry in board.entries) < 2:
        return []
    notes = []
    if summary.smallest_difference is not None:
        notes.append(
            f"Neighbours in this ranking, tested alone, differ significantly (alpha "
            f"{summary.alpha:g}) when their {board.order[0]} differs by about "
            f"{summary.smallest_difference:.2g} or more; among all systems, more is needed."
        )
    mean, low = summary.rank_agreement.get("mean"), summary.rank_agreement.get("low")
    if mean is not None and low is not None:
        notes.append(
            "Kendall's tau between this ranking and the ranking of a resample: "
            f"mean {mean:.3f}, 2.5 % quantile {low:.3f} (1: always the same order)."
        )
    return notes + _first_key_notes(board)


def _first_key_notes(board: Leaderboard) -> list[str]:
    """Report how many systems would change their rank if another metric came first."""
    ranks = [e.uncertainty.first_key_ranks for e in board.entries if e.uncertainty]
    ranks = [by_key for by_key in ranks if by_key]
    names = list(ranks[0])[1:] if ranks else []
    if not names:
        return []
    # The rank by the official order among the entries shown comes first.
    moved = [sum(by_key[name] != next(iter(by_key.values())) for by_key in ranks) for name in names]
    if not any(moved):
        return [f"Ranking by {join_words(names, 'or')} first would change no rank."]
    noun = "system" if moved == [1] else "systems"
    numbers = join_words([f"{number:,}" for number in moved], "and")
    return [
        f"Ranking by {join_words(names, 'or')} first would change the rank of {numbers} {noun}."
    ]


def wide_view(
    board: Leaderboard, challenge: Challenge | Presentation, kinds: bool | None = None
) -> View:
    """Return everything in one table of values, for programs.

    The metrics are those at the level of pairs, and at every other level as in ``SRCC_system``.
    `kinds` adds a column ``kind``, by default if a system does not compete.
    """
    shown = Presentation.of(challenge)
    names = tuple(board.entries[0].rounded) if board.entries else shown.metrics
    kinds = has_uncompeting(board.entries) if kinds is None else kinds
    columns = [
        ViewColumn("rank", "Rank"),
        ViewColumn("team", "Team"),
        ViewColumn("system", "System"),
        *((ViewColumn("kind", "Kind"),) if kinds else ()),
    ]
    flat = tuple(flat_metrics(board.entries[0])) if board.entries else names
    columns += [ViewColumn(name, name) for name in flat]
    if board.resampling is not None:
        level = "" if board.level == "pair" else f"_{board.level}"
        ends = [f"{name}{level}_{end}" for name in names for end in ("low", "high")]
        columns += [ViewColumn(name, name) for name in ends]
        columns += [ViewColumn(name, name) for name in WIDE_NAMES]
        columns += [ViewColumn(f"ceiling_share_{name}", name) for name in _shared(names)]
    rows = tuple(_wide_row(entry, names, kinds) for entry in board.entries)
    if any(entry.breakdown for entry in board.entries):
        view = _with_slices(board, shown, columns, rows, kinds)
    else:
        title, notes = _title(board, shown), _notes(board, shown)
        view = View(title, tuple(columns), rows, board.shown_decimals, notes)
    kind = board.references.kind if board.references else None
    return with_source(view, kind, board.signature)


def _with_slices(
    board: Leaderboard,
    shown: Presentation,
    columns: Sequence[ViewColumn],
    rows: tuple[tuple[Cell, ...], ...],
    kinds: bool,
) -> View:
    """Return the table with one more row for each system and value of its breakdown.

    The columns of these rows are the names of the system, the column and its value, the number of
    pairs, the metrics of the pairs, and the ends of their intervals if there are any.
    """
    names = tuple(board.entries[0].metrics)
    head = 4 if kinds else 3
    places = {column.name: place for place, column in enumerate(columns)}
    ends = board.resampling is not None
    bounds = [f"{name}_{end}" for name in names for end in ("low", "high")] if ends else []
    more = [ViewColumn(name, name) for name in bounds if name not in places]
    places |= {column.name: len(columns) + place for place, column in enumerate(more)}
    added = tuple(ViewColumn(name, name) for name in ("column", "value", "n"))
    blank: tuple[Cell, ...] = (None,) * len(more)
    found = [(*row[:head], None, None, None, *row[head:], *blank) for row in rows]
    for entry, row in zip(board.entries, rows, strict=True):
        for each, (n, *cells) in breakdown_rows(entry.breakdown, ends):
            wide: list[Cell] = [*row[:head], *(None for _ in range(len(places) - head))]
            for name, cell in zip((*names, *bounds), cells, strict=True):
                wide[places[name]] = cell
            column = entry.breakdown.column if entry.breakdown else ""
            found.append((*wide[:head], column, each.value, n, *wide[head:]))
    all_columns = (*columns[:head], *added, *columns[head:], *more)
    title, notes = _title(board, shown), _notes(board, shown)
    return View(title, all_columns, tuple(found), board.shown_decimals, notes)


WIDE_NAMES = (
    "rank_low",
    "rank_median",
    "rank_high",
    "p_first",
    "cluster",
    "letters",
    "rank_marginal_low",
    "rank_marginal_high",
    "rank_simultaneous_low",
    "rank_simultaneous_high",
)


def _wide_row(entry: Entry, names: tuple[str, ...], kinds: bool) -> tuple[Cell, ...]:
    row: tuple[Cell, ...] = (entry.rank, entry.team, entry.system)
    row += (entry.kind,) if kinds else ()
    row += tuple(flat_metrics(entry).values())
    found = entry.uncertainty
    if found is None:
        return row
    row += tuple(found.intervals[name][end] for name in names for end in ("low", "high"))
    row += tuple(getattr(found, name) for name in WIDE_NAMES)
    return row + tuple(found.ceiling_share.get(name) for name in _shared(names))


def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the metrics that are shown as a share of their noise ceiling."""
    found = [METRICS[name] for name in names]
    return tuple(each.name for each in found if each.has_ceiling and each.higher_is_better)


def _best(
    view: View, names: tuple[str, ...], competing: Sequence[int]
) -> frozenset[tuple[int, int]]:
    """Return the places of the best value of each metric, as shown, in the competing rows."""
    places = set()
    first = len(view.columns) - len(names)
    for column, name in enumerate(names, start=first):
        values = {
            row: float(view.cell_text(row, column))
            for row in competing
            if view.rows[row][column] is not None
        }
        if len(values) > 1:
            best = (max if METRICS[name].higher_is_better else min)(values.values())
            places |= {(row, column) for row, value in values.items() if value == best}
    return frozenset(places)
