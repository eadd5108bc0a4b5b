"""Views of a study of listeners: what the ratings hold and allow, and whom a screening would
remove.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xacle_eval.reports.views.table import Cell, View, ViewColumn
from xacle_eval.results.listeners import ListenerReport, RatingsAnalysis, ScreeningSummary
from xacle_eval.text import count, listing, visible

__all__ = ["listener_views", "quantities_view"]

# A screening names so many of those who would go; the JSON and --summary have all.
_SHOWN_REMOVALS = 10
_DECIMALS = 3


def listener_views(report: ListenerReport) -> list[View]:
    """Return the tables of a study: what the ratings are, what they allow, and the screening."""
    views = [_view(report, title, rows) for title, rows in _TABLES]
    if report.screening is not None:
        views.append(_removals_view(report.screening))
    last = views[-1]
    notes = (*last.notes, *_notes(report))
    views[-1] = View(last.title, last.columns, last.rows, last.decimals, notes)
    return views


def quantities_view(report: ListenerReport) -> View:
    """Return every quantity in one table, as CSV is read by programs."""
    columns = (
        ViewColumn("quantity", "Quantity"),
        ViewColumn("before", "Before", numeric=True),
        ViewColumn("after", "After", numeric=True),
    )
    frame = report.to_frame()
    after = frame["after"].tolist() if "after" in frame else [None] * len(frame)
    rows = tuple(zip(frame["quantity"].tolist(), frame["before"].tolist(), after, strict=True))
    return View("Listeners", columns, rows, _DECIMALS)


def _interval(part: str, key: str) -> tuple[str, str, str, str]:
    return (part, key, f"{key}_low", f"{key}_high")


_HOLDS = (
    ("Ratings", ("description", "n_ratings")),
    ("Pairs", ("description", "n_pairs")),
    ("Listeners", ("description", "n_listeners")),
    ("Ratings a pair, least", ("description", "per_pair_min")),
    ("Ratings a pair, median", ("description", "per_pair_median")),
    ("Ratings a pair, most", ("description", "per_pair_max")),
    ("Mean rating", ("description", "mean")),
    ("Standard deviation", ("description", "sd")),
    ("Share of the lowest score", ("description", "share_lowest")),
    ("Share of the highest score", ("description", "share_highest")),
)
_ALLOWS = (
    ("ICC(1,1), one rating", _interval("reliability", "icc1")),
    ("ICC(1,k), an average", _interval("reliability", "icck")),
    ("Krippendorff's alpha", _interval("reliability", "alpha")),
    ("Variance of pairs", ("components", "pair")),
    ("Variance of listeners", ("components", "listener")),
    ("Variance of the rest", ("components", "rest")),
    *(
        row
        for name in ("SRCC", "LCC", "KTAU")
        for row in (
            (f"Ceiling of {name}", ("ceiling", name)),
            ("  by components", ("ceiling", name, "components")),
            ("  by split halves", ("ceiling", name, "halves")),
        )
    ),
    ("Floor of MSE", ("floor", "value", "low", "high")),
    ("One human, SRCC", ("one_human", "metrics", "SRCC")),
    ("One human, LCC", ("one_human", "metrics", "LCC")),
    ("One human, KTAU", ("one_human", "metrics", "KTAU")),
    ("One human, MSE", ("one_human", "metrics", "MSE")),
)
_TABLES = (("What the ratings hold", _HOLDS), ("What they allow", _ALLOWS))


def _view(
    report: ListenerReport, title: str, rows: tuple[tuple[str, tuple[str, ...]], ...]
) -> View:
    analyses = [report.before] + ([report.after] if report.after is not None else [])
    names = ("Value",) if len(analyses) == 1 else ("Before", "After")
    with_interval = any(len(path) == 4 or path[0] == "ceiling" for _, path in rows)
    columns = [ViewColumn("quantity", "Quantity")]
    for name in names:
        columns.append(ViewColumn(name.lower(), name, numeric=True))
        if with_interval:
            columns.append(ViewColumn(f"{name.lower()}_interval", "95 %", numeric=True))
    made = tuple(
        (label, *(cell for a in analyses for cell in _cells(a, path, with_interval)))
        for label, path in rows
    )
    return View(title, tuple(columns), made, _DECIMALS)


def _cells(
    analysis: RatingsAnalysis, path: tuple[str, ...], with_interval: bool
) -> tuple[Cell, ...]:
    part: Mapping[str, Any] = getattr(analysis, path[0])
    if path[0] == "ceiling":
        part = next(each for each in part["ceilings"] if each["metric"] == path[1])
        value, low, high = part["value"], part["low"], part["high"]
        if value is None:
            low = high = (
                None  # an interval of the few resamples that have a ceiling is of nothing shown
            )
        if len(path) == 3:
            value, low, high = part[path[2]], None, None
    elif len(path) == 3:
        value, low, high = part[path[1]][path[2]], None, None
    else:
        value = part[path[1]]
        low, high = (part[path[2]], part[path[3]]) if len(path) == 4 else (None, None)
    shown: Cell = f"{value:,}" if isinstance(value, int) else value
    if not with_interval:
        return (shown,)
    return (shown, None if low is None or high is None else f"{low:.3f}–{high:.3f}")


def _removals_view(screening: ScreeningSummary) -> View:
    columns = (
        ViewColumn("listener", "Listener"),
        ViewColumn("pair", "Pair"),
        ViewColumn("ratings", "Ratings", numeric=True),
        ViewColumn("reason", "Why"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (each["listener_id"], each["pair_id"] or "all", each["n_ratings"], each["reason"])
        for each in screening.removals[:_SHOWN_REMOVALS]
    )
    settings = ", ".join(
        f"{name} {value}" for name, value in screening.parameters.items() if value is not None
    )
    more = len(screening.removals) - len(rows)
    notes = [
        f"Screening by {screening.method} ({settings}): {screening.n_removed:,} of "
        f"{count(screening.n_ratings, 'rating')} would go, and {count(screening.n_listeners_removed, 'listener')} "
        "with all theirs."
    ]
    if more > 0:
        notes.append(f"{more:,} more are not shown here; --format json has them all.")
    if screening.untested:
        notes.append(f"{screening.untested:,} could not be judged, and stay.")
    if screening.pairs_lost:
        lost = listing((visible(pair) for pair in screening.pairs_lost), 5)
        notes.append(f"{count(len(screening.pairs_lost), 'pair')} would keep no rating: {lost}.")
    return View("Who or what would go", columns, rows, _DECIMALS, tuple(notes))


def _notes(report: ListenerReport) -> list[str]:
    notes = []
    if report.excluded:
        notes.append(
            f"{count(report.excluded, 'row')} left out by the challenge file (--keep-excluded keeps them)."
        )
    before = report.before
    after = report.after or before
    for part in ("reliability", "components", "ceiling", "floor"):
        notes += _of_both(
            str(getattr(before, part).get("note") or ""),
            str(getattr(after, part).get("note") or ""),
        )
    made = "; ".join(_of_both(_ceiling_methods(before), _ceiling_methods(after)))
    notes.append(f"Ceiling: what the true scores could expect against these averages; {made}.")
    notes.append(
        "Floor: the MSE that even the true scores have. One human: a rating against the mean of the others."
    )
    drawn = f"{report.resamples:,} resamples of pairs, {report.splits:,} random splits, seed {report.seed}"
    notes.append(f"Intervals: percentile, 95 %, {drawn}.")
    return notes


def _ceiling_methods(analysis: RatingsAnalysis) -> str:
    return ", ".join(
        f"{each['metric']} by {each['method']}" for each in analysis.ceiling["ceilings"]
    )


def _of_both(before: str, after: str) -> list[str]:
    """Return what is to be said of both analyses: once if it is the same, else each with its name."""
    if before == after:
        return [before] if before else []
    return [f"{name}: {text}" for name, text in (("before", before), ("after", after)) if text]
