"""The publishing policy: a report with only what the challenge publishes of it.

`xacle_eval.results.publishing` rounds the numbers of a board to the precision of the ranking. This
module rounds all numbers of a report to that of ``[publish]``, keeps only the published metrics,
and leaves out texts that can name a pair or quote a value of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.challenge.rounding import round_metric, round_metrics
from xacle_eval.metrics import METRICS
from xacle_eval.results.breakdown import Breakdown
from xacle_eval.results.details import CalibrationLevel, LargeErrorDetail, SystemDetails
from xacle_eval.results.history import BoardHistory, HistoryStep
from xacle_eval.results.leaderboard import Entry, Leaderboard, ScreenedRanking, Unranked
from xacle_eval.results.paths import in_their_folder
from xacle_eval.results.profile import Band, ErrorProfile, Tolerance
from xacle_eval.results.publishing import publish_board, publish_overall
from xacle_eval.results.report import ChallengeReport, RatingsReport, ScreeningEffect
from xacle_eval.results.score import LevelScores
from xacle_eval.results.targets import OverallBoard, OverallEntry, TargetBoards
from xacle_eval.results.uncertainty import Ceilings, EntryUncertainty, ResamplingSummary
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import RULES, rule

__all__ = ["publish_page", "publish_report"]

V = TypeVar("V")

# Rules whose messages name files, labels, teams, resources or keys. The messages of the others can
# quote an id, a value of a pair, a text or a score, so only their titles are published.
_QUOTED = frozenset(
    rule(name).code
    for name in (
        "file-missing", "file-empty", "file-too-large", "too-many-rows",
        "same-bytes", "too-many-systems", "same-label", "passed-over", "same-predictions",
        "team-repeats-itself", "look-alike-teams",
        "zip-damaged", "zip-members", "zip-size", "zip-ratio", "zip-link", "zip-encrypted",
        "zip-name", "zip-twice", "zip-nested", "zip-reserved", "package-empty",
        "predictions-missing", "description-missing", "package-teams", "surplus-files",
        "report-not-pdf", "report-too-short", "report-unreadable", "package-at-fault",
        "key-unknown", "key-missing", "label-differs", "resource-not-approved",
        "resource-requested", "resources-unchecked", "trained-on-missing", "ensemble",
        "data-collected", "similarity-incomplete", "not-a-regular-file", "link-not-followed",
        "target-absent", "not-on-every-board", "copied-name", "label-without-team",
        "names-decoded", "pattern-unused",
    )
)  # fmt: skip
# Rules whose hints are questions and advice to the organisers, such as to ask a team.
_FOR_ORGANISERS = frozenset(
    rule(name).code
    for name in (
        "same-bytes", "too-many-systems", "same-label", "same-predictions", "team-repeats-itself",
        "look-alike-teams", "probe-like", "resources-unchecked", "results-differ",
    )
)  # fmt: skip
# Rules of suspicion: a question to a team, which a page must not turn into an accusation.
_SUSPICIONS = frozenset(
    rule(name).code
    for name in (
        "same-bytes", "too-many-systems", "same-predictions", "team-repeats-itself", "probe-like",
        "look-alike-teams", "same-as-references",
    )
)  # fmt: skip
_NEUTRAL = "not ranked by a rule of the leaderboard"
_ERRORS = ("MSE", "RMSE")
_SHARES = 3  # decimals of shares of a ceiling, at most
_FEW_LISTENERS = "it removes too few listeners to show its effect"
# Numbers that do not depend on the ratings' values.
_SETTINGS = ("level", "per_pair_median", "per_pair_mean", "k0", "k_median")
# What is known of single listeners: the numbers of ratings of the least and the most active one.
_OF_LISTENERS = ("per_listener_min", "per_listener_max")


def publish_report(report: ChallengeReport) -> ChallengeReport:
    """Return a report with only what the challenge publishes.

    Parameters
    ----------
    report : ChallengeReport
        A report at full precision; its ranks do not change.

    Returns
    -------
    ChallengeReport
        With the metrics and decimals of ``report.publishing``.
    """
    report = in_their_folder(report)
    policy = report.publishing
    boards = {by: _boards(board, policy) for by, board in report.boards.items()}
    first = boards["system"]
    shown = dict(first.targets) if isinstance(first, TargetBoards) else {"": first}
    decimals = {name: policy.decimals_for(board.decimals) for name, board in shown.items()}
    return report.model_copy(
        update={
            "boards": boards,
            "details": {
                name: tuple(_details(each, policy, decimals[name]) for each in details)
                for name, details in report.details.items()
            },
            "ratings": {
                name: _ratings(each, policy, decimals[name])
                for name, each in report.ratings.items()
                if not _few(each.description.get("n_listeners"), policy)
            },
            "history": _history(report.history, policy),
            "presentation": _presentation(report.presentation, policy),
        }
    )


def _history(history: BoardHistory | None, policy: Publishing) -> BoardHistory | None:
    """Return a history with the published metrics and decimals."""
    if history is None:
        return None
    decimals = policy.decimals_for(history.decimals)

    def shown(steps: tuple[HistoryStep, ...]) -> tuple[HistoryStep, ...]:
        return tuple(
            step.model_copy(
                update={"metrics": round_metrics(_kept(step.metrics, policy), decimals)}
            )
            for step in steps
        )

    return history.model_copy(
        update={"bests": shown(history.bests), "leaders": shown(history.leaders)}
    )


def publish_page(
    board: Leaderboard | TargetBoards, policy: Publishing
) -> Leaderboard | TargetBoards:
    """Return a board, or those of several targets, as the pages of a report have it."""
    return _boards(board, policy)


def _boards(found: Leaderboard | TargetBoards, policy: Publishing) -> Leaderboard | TargetBoards:
    if isinstance(found, Leaderboard):
        return _board(found, policy)
    return found.model_copy(
        update={
            "targets": {name: _board(board, policy) for name, board in found.targets.items()},
            "overall": None if found.overall is None else _overall(found.overall, policy),
            "unranked": _unranked(found.unranked),
            "findings": (),
            "ignored": (),
            "presentation": _presentation(found.presentation, policy),
        }
    )


def _board(board: Leaderboard, policy: Publishing) -> Leaderboard:
    """Return a board with the published metrics; ``decimals`` stays that of the ranking."""
    decimals = policy.decimals_for(board.decimals)
    rounded = publish_board(board.model_copy(update={"decimals": decimals}))
    return rounded.model_copy(
        update={
            "decimals": board.decimals,
            "entries": tuple(
                _entry(each, board.level, policy, decimals) for each in rounded.entries
            ),
            "unranked": _unranked(board.unranked),
            "findings": (),
            "ignored": (),
            "resampling": _summary(rounded.resampling, policy),
            "screenings": tuple(_screening(each, policy) for each in rounded.screenings),
            "presentation": _presentation(board.presentation, policy),
        }
    )


def _presentation(found: Presentation | None, policy: Publishing) -> Presentation | None:
    if found is None:
        return None
    targets = {name: _presentation(each, policy) for name, each in found.targets.items()}
    return found.model_copy(
        update={
            "decimals": policy.decimals_for(found.decimals),
            "metrics": policy.shown_of(found.metrics),
            "targets": targets,
        }
    )


def _kept(values: Mapping[str, V], policy: Publishing) -> dict[str, V]:
    """Return the values of the published metrics, in the order in which they are shown."""
    return {name: values[name] for name in policy.shown_of(tuple(values))}


def _entry(entry: Entry, level: str, policy: Publishing, decimals: int) -> Entry:
    levels = {name: _level(scores, policy) for name, scores in entry.levels.items()}
    metrics = _kept(entry.metrics, policy)
    return entry.model_copy(
        update={
            "metrics": metrics,
            "rounded": metrics if level == "pair" else levels[level].metrics,
            "undefined": policy.shown_of(entry.undefined),
            "levels": levels,
            "uncertainty": _uncertainty(entry.uncertainty, policy, decimals),
            "breakdown": None
            if entry.breakdown is None
            else _breakdown(entry.breakdown, policy, decimals),
            "findings": _findings(f for f in entry.findings if f.code not in _SUSPICIONS),
        }
    )


def _level(scores: LevelScores, policy: Publishing) -> LevelScores:
    bounds = None if scores.intervals is None else _kept(scores.intervals, policy)
    return scores.model_copy(
        update={
            "metrics": _kept(scores.metrics, policy),
            "undefined": policy.shown_of(scores.undefined),
            "intervals": bounds,
            "undefined_resamples": _kept(scores.undefined_resamples, policy),
            "no_interval": _kept(scores.no_interval, policy),
        }
    )


def _uncertainty(
    found: EntryUncertainty | None, policy: Publishing, decimals: int
) -> EntryUncertainty | None:
    if found is None:
        return None
    shares = round_metrics(_kept(found.ceiling_share, policy), min(decimals, _SHARES))
    ranks = found.first_key_ranks
    return found.model_copy(
        update={
            "intervals": _kept(found.intervals, policy),
            "undefined": _kept(found.undefined, policy),
            "no_interval": _kept(found.no_interval, policy),
            "ceiling_share": shares,
            # The first of them stands for the official order.
            "first_key_ranks": {name: ranks[name] for name in ranks if _is_shown(name, policy)},
        }
    )


def _is_shown(metric: str, policy: Publishing) -> bool:
    return policy.metrics is None or metric in policy.metrics


def _summary(summary: ResamplingSummary | None, policy: Publishing) -> ResamplingSummary | None:
    if summary is None:
        return None
    by_level = {name: _ceilings(each, policy) for name, each in summary.level_ceilings.items()}
    return summary.model_copy(
        update={
            "ceilings": None if summary.ceilings is None else _ceilings(summary.ceilings, policy),
            "level_ceilings": by_level,
        }
    )


def _ceilings(found: Ceilings, policy: Publishing) -> Ceilings:
    has_floor = _is_shown("MSE", policy)
    return found.model_copy(
        update={
            "ceiling": _kept(found.ceiling, policy),
            "ceiling_intervals": _kept(found.ceiling_intervals, policy),
            "other": _kept(found.other, policy),
            "floor": found.floor if has_floor else None,
            "floor_interval": found.floor_interval if has_floor else {"low": None, "high": None},
        }
    )


def _screening(found: ScreenedRanking, policy: Publishing) -> ScreenedRanking:
    """Return a ranking under screening without the pairs that would lose all their ratings."""
    if _few(found.n_listeners_removed, policy):
        update = {"places": (), "n_removed": None, "n_listeners_removed": None}
        return found.model_copy(update={**update, "pairs_lost": (), "note": _FEW_LISTENERS})
    places = tuple(
        place.model_copy(update={"metrics": _kept(place.metrics, policy)}) for place in found.places
    )
    return found.model_copy(update={"places": places, "pairs_lost": (), "note": found.public_note})


def _few(listeners: int | None, policy: Publishing) -> bool:
    """Return whether numbers about so many listeners would describe single ones."""
    return listeners is not None and 0 < listeners < policy.min_pairs


def _overall(board: OverallBoard, policy: Publishing) -> OverallBoard:
    rounded = publish_overall(board)
    decimals = policy.decimals_for(board.decimals)
    metric = board.metric
    entries = rounded.entries
    if metric is not None:
        rounded = publish_overall(board.model_copy(update={"decimals": decimals}))
        entries = tuple(_overall_entry(each, metric, decimals) for each in rounded.entries)
    return rounded.model_copy(
        update={
            "decimals": board.decimals,
            "entries": entries,
            "unranked": _unranked(board.unranked),
            "resampling": _summary(rounded.resampling, policy),
            "presentation": _presentation(board.presentation, policy),
        }
    )


def _overall_entry(entry: OverallEntry, metric: str, decimals: int) -> OverallEntry:
    values = {
        name: round_metric(metric, value, decimals) for name, value in entry.by_target.items()
    }
    value = round_metric(metric, entry.value, decimals)
    return entry.model_copy(update={"value": value, "by_target": values})


def _unranked(found: Iterable[Unranked]) -> tuple[Unranked, ...]:
    return tuple(each.model_copy(update={"findings": _reasons(each.findings)}) for each in found)


def _reasons(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings of an unranked system; a suspicion only as a reason, and neutrally."""
    neutral = {"title": _NEUTRAL, "message": _NEUTRAL, "hint": ""}
    kept = [f for f in found if f.severity == "error" or f.code not in _SUSPICIONS]
    return tuple(
        each.model_copy(update=neutral) if each.code in _SUSPICIONS - _QUOTED else each
        for each in _findings(kept)
    )


def _findings(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(map(_finding, found))


def _finding(found: Finding) -> Finding:
    """Return a finding whose message cannot quote an id or a value of a pair."""
    if found.code in _FOR_ORGANISERS:
        found = found.model_copy(update={"hint": ""})
    if found.code in _QUOTED:
        return found
    known = RULES.get(found.code)
    times = "" if found.count == 1 else f" ({found.count:,} times)"
    return found.model_copy(
        update={
            "message": f"{found.title}{times}",
            "line": None,
            "column": None,
            "lines": (),
            "hint": "" if known is None else known.hint,
        }
    )


def _details(details: SystemDetails, policy: Publishing, decimals: int) -> SystemDetails:
    return details.model_copy(
        update={
            "profile": _profile(details.profile, policy, decimals),
            "calibration": tuple(_calibrated(each, decimals) for each in details.calibration),
            "breakdowns": tuple(_breakdown(each, policy, decimals) for each in details.breakdowns),
            "largest": tuple(_largest(each, decimals) for each in details.largest),
        }
    )


def _profile(found: ErrorProfile | None, policy: Publishing, decimals: int) -> ErrorProfile | None:
    """Return a rounded profile; None if the challenge publishes no error metric."""
    if found is None or not any(_is_shown(name, policy) for name in _ERRORS):
        return None
    squares = ("mse", "bias_part", "slope_part", "residual_part", "mse_mapped")
    rounded = {name: round_metric("MSE", getattr(found, name), decimals) for name in squares}
    points = {
        name: round(getattr(found, name), decimals) + 0.0 for name in ("bias", "slope", "intercept")
    }
    return found.model_copy(
        update={
            **rounded,
            **points,
            "tolerance": _tolerance(found.tolerance, decimals),
            "bands": tuple(_band(each, policy, decimals) for each in found.bands),
            "largest": (),
        }
    )


def _tolerance(found: Tolerance | None, decimals: int) -> Tolerance | None:
    if found is None:
        return None
    numbers = {name: round(value, decimals) for name, value in found if name != "freedom"}
    return found.model_copy(update=numbers)


def _band(band: Band, policy: Publishing, decimals: int) -> Band:
    return band.model_copy(
        update={
            "bias": round(band.bias, decimals) + 0.0,
            "metrics": round_metrics(_kept(band.metrics, policy), decimals),
        }
    )


def _calibrated(level: CalibrationLevel, decimals: int) -> CalibrationLevel:
    names = ("reference", "mean", "q1", "median", "q3")
    return level.model_copy(
        update={name: round(getattr(level, name), decimals) + 0.0 for name in names}
    )


def _breakdown(found: Breakdown, policy: Publishing, decimals: int) -> Breakdown:
    slices = tuple(
        each.model_copy(
            update={
                "metrics": round_metrics(_kept(each.metrics, policy), decimals),
                "intervals": None
                if each.intervals is None
                else {
                    name: round_metrics(bounds, decimals)
                    for name, bounds in _kept(each.intervals, policy).items()
                },
                "undefined_resamples": _kept(each.undefined_resamples, policy),
                "no_interval": _kept(each.no_interval, policy),
            }
        )
        for each in found.slices
    )
    return found.model_copy(update={"slices": slices})


def _largest(found: LargeErrorDetail, decimals: int) -> LargeErrorDetail:
    numbers = {
        name: None if value is None else round(value, decimals) + 0.0
        for name in ("prediction", "reference", "error")
        for value in (getattr(found, name),)
    }
    return found.model_copy(update=numbers)


def _ratings(found: RatingsReport, policy: Publishing, decimals: int) -> RatingsReport:
    parts = {
        name: _rounded(getattr(found, name), policy, decimals)
        for name in ("description", "reliability", "components", "ceiling", "floor", "one_human")
    }
    for name in _OF_LISTENERS:
        parts["description"].pop(name, None)
    if not _is_shown("MSE", policy):
        parts["floor"].update(dict.fromkeys(("value", "low", "high")))
    effects = tuple(_effect(each, policy, decimals) for each in found.screenings)
    return found.model_copy(update={**parts, "screenings": effects})


def _effect(found: ScreeningEffect, policy: Publishing, decimals: int) -> ScreeningEffect:
    if _few(found.n_listeners_removed, policy):
        return found.model_copy(
            update={
                "n_removed": None,
                "n_listeners_removed": None,
                "ceiling": {},
                "note": _FEW_LISTENERS,
            }
        )
    return found.model_copy(
        update={"ceiling": round_metrics(_kept(found.ceiling, policy), decimals)}
    )


def _rounded(value: Any, policy: Publishing, decimals: int) -> Any:
    """Return a part of an analysis with rounded numbers and the published metrics only."""
    if isinstance(value, Mapping):
        return {
            key: each if key in _SETTINGS else _rounded(each, policy, decimals)
            for key, each in value.items()
            if key not in METRICS or _is_shown(key, policy)
        }
    if isinstance(value, list | tuple):
        return [_rounded(each, policy, decimals) for each in value if _is_kept(each, policy)]
    if isinstance(value, float):
        return round_metric("MSE", value, decimals) if math.isfinite(value) else None
    return value


def _is_kept(value: Any, policy: Publishing) -> bool:
    """Return whether an element of a list is about no metric, or about a published one."""
    metric = value.get("metric") if isinstance(value, Mapping) else None
    return metric is None or _is_shown(metric, policy)
