"""Views of a listener report: the ratings, their reliability and noise ceiling, and removals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xacle_eval.reports.views.table import (
    Cell,
    View,
    ViewColumn,
    model_text,
    parts_text,
    place_text,
)
from xacle_eval.results.listeners import ListenerReport, RatingsAnalysis, ScreeningSummary
from xacle_eval.text import count, listing, visible

__all__ = ["listener_views", "quantities_view"]

# Number of removals that the table shows; the JSON has all of them.
_SHOWN_REMOVALS = 10
_DECIMALS = 3


def listener_views(report: ListenerReport) -> list[View]:
    """Return the tables of a report: the ratings, their reliability and the removals."""
    tables = (("Ratings", _RATINGS), ("Reliability and noise ceiling", _reliability(report)))
    views = [_view(report, title, rows) for title, rows in tables]
    if report.screening is not None:
        views.append(_removals_view(report.screening))
    last = views[-1]
    notes = (*last.notes, *_notes(report))
    views[-1] = View(last.title, last.columns, last.rows, last.decimals, notes)
    return views


def quantities_view(report: ListenerReport) -> View:
    """Return one table of all quantities, for CSV."""
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


_RATINGS = (
    ("Ratings", ("description", "n_ratings")),
    ("Pairs", ("description", "n_pairs")),
    ("Listeners", ("description", "n_listeners")),
    ("Ratings per pair, minimum", ("description", "per_pair_min")),
    ("Ratings per pair, median", ("description", "per_pair_median")),
    ("Ratings per pair, maximum", ("description", "per_pair_max")),
    ("Mean rating", ("description", "mean")),
    ("Standard deviation", ("description", "sd")),
    ("Share at scale minimum", ("description", "share_lowest")),
    ("Share at scale maximum", ("description", "share_highest")),
)
_RELIABILITY = (
    ("ICC(1,1), one rating", _interval("reliability", "icc1")),
    ("ICC(1,k), average", _interval("reliability", "icck")),
    ("Krippendorff's alpha", _interval("reliability", "alpha")),
    ("Variance, pairs", ("components", "pair")),
    ("Variance, listeners", ("components", "listener")),
    ("Variance, residual", ("components", "rest")),
    *(
        row
        for name in ("SRCC", "LCC", "KTAU")
        for row in (
            (f"Noise ceiling, {name}", ("ceiling", name)),
            ("  panel against panel", ("ceiling", name, "panel")),
            ("  split halves, observed", ("ceiling", name, "split_halves")),
            ("  split halves, by the model", ("ceiling", name, "split_halves_expected")),
            ("  other model", ("ceiling", name, "other")),
        )
    ),
    ("MSE floor", ("floor", "value", "low", "high")),
)


def _reliability(report: ListenerReport) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the rows of reliability; a single listener has the metrics of the challenge."""
    names = report.before.one_human["metrics"]
    human = tuple((f"One human, {name}", ("one_human", "metrics", name)) for name in names)
    return (*_RELIABILITY, *human)


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
    body = tuple(
        (label, *(cell for a in analyses for cell in _cells(a, path, with_interval)))
        for label, path in rows
    )
    target = f", {visible(report.target)}" if report.target else ""
    part = place_text(report.split, report.part) if report.part else ""
    return View(f"{title}{target}{part}", tuple(columns), body, _DECIMALS)


def _cells(
    analysis: RatingsAnalysis, path: tuple[str, ...], with_interval: bool
) -> tuple[Cell, ...]:
    part: Mapping[str, Any] = getattr(analysis, path[0])
    if path[0] == "ceiling":
        part = next(each for each in part["ceilings"] if each["metric"] == path[1])
        value, low, high = part["value"], part["low"], part["high"]
        if value is None:  # some resamples may have a ceiling, but not the ratings themselves
            low = high = None
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
    from xacle_eval.listeners import SCREENING_METHODS

    columns = (
        ViewColumn("listener", "Listener"),
        ViewColumn("pair", "Pair"),
        ViewColumn("ratings", "Ratings", numeric=True),
        ViewColumn("reason", "Reason"),
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
        f"Screening by {screening.method} ({settings}) would remove {screening.n_removed:,} of "
        f"{count(screening.n_ratings, 'rating')}. "
        f"{count(screening.n_listeners_removed, 'listener')} would lose all ratings."
    ]
    if more > 0:
        notes.append(f"{count(more, 'more removal')} not shown; use --format json to list all.")
    if screening.untested:
        unit = SCREENING_METHODS[screening.method].unit
        notes.append(f"{count(screening.untested, unit)} could not be tested and would be kept.")
    if screening.pairs_lost:
        lost = listing((visible(pair) for pair in screening.pairs_lost), 5)
        notes.append(f"{count(len(screening.pairs_lost), 'pair')} would lose all ratings: {lost}.")
    return View("Removals", columns, rows, _DECIMALS, tuple(notes))


def _notes(report: ListenerReport) -> list[str]:
    notes = []
    if report.excluded:
        notes.append(
            f"The challenge file excludes {count(report.excluded, 'row')}; use --keep-excluded to "
            "keep them."
        )
    before = report.before
    after = report.after or before
    for part in ("reliability", "components", "ceiling", "floor"):
        both = (str(getattr(each, part).get("note") or "") for each in (before, after))
        notes += [f"{note[0].upper()}{note[1:]}." for note in _merge_notes(*both)]
    methods = "; ".join(_merge_notes(_ceiling_methods(before), _ceiling_methods(after)))
    notes.append(
        f"Noise ceiling: the score a perfect predictor would get against these ratings ({methods})."
    )
    for text in (_model, _negative_variance):
        merged = _merge_notes(text(before), text(after))
        notes += [f"{note[0].upper()}{note[1:]}" for note in merged]
    notes.append(
        "MSE floor: the MSE a perfect predictor would get. "
        "One human: a rating compared with the mean of the other ratings of the pair."
    )
    units = _units(before)
    if _units(after) not in ("", units):
        units += f" before the screening and of {_units(after)} after it"
    notes.append(
        f"Intervals: 95 %, {count(report.resamples, 'resample')} of {units}; "
        f"{report.splits:,} random splits, seed {report.seed}."
    )
    return notes


def _ceiling_methods(analysis: RatingsAnalysis) -> str:
    """Return the estimates used, such as `LCC from variances, SRCC and KTAU from …`."""
    metrics: dict[str, list[str]] = {}
    for each in analysis.ceiling["ceilings"]:
        metrics.setdefault(each["method"], []).append(each["metric"])
    return ", ".join(
        f"{' and '.join(names) if len(names) < 3 else 'all'} from {method}"
        for method, names in metrics.items()
    )


def _model(analysis: RatingsAnalysis) -> str:
    found = analysis.ceiling
    by_metric = {each["metric"]: each["other"] for each in found["ceilings"]}
    other = {name: by_metric[name] for name in ("SRCC", "KTAU")}
    return model_text(found["model"], found["other_model"], other)


def _negative_variance(analysis: RatingsAnalysis) -> str:
    """Say what a variance below zero means."""
    names = {"pair": "pairs", "listener": "listeners", "rest": "residual"}
    found = [word for name, word in names.items() if (analysis.components[name] or 0.0) < 0.0]
    if not found:
        return ""
    return (
        f"An estimate of a variance below zero ({', '.join(found)}) counts as 0: the ratings show "
        "no such differences."
    )


def _units(analysis: RatingsAnalysis) -> str:
    """Return what is resampled, such as `parts (3,000 pairs in 322 parts)`."""
    found = analysis.ceiling
    return f"{found['unit']} ({parts_text(found['n_pairs'], found['n_parts'])})"


def _merge_notes(before: str, after: str) -> list[str]:
    """Return a note that holds for both analyses once, and different notes with their names."""
    if before == after:
        return [before] if before else []
    return [f"{name}: {text}" for name, text in (("before", before), ("after", after)) if text]
