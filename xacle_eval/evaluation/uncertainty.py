"""Uncertainty: add intervals and rank stability to score cards and leaderboards.

All systems share one bootstrap, so every comparison is paired. Intervals, rank stability,
clusters and letters are all computed from it. Definitions: docs/statistics.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from xacle_eval.evaluation.board_ranks import rank_statistics, rank_tag
from xacle_eval.evaluation.ceilings import (
    bounds_of,
    ceiling_shares,
    ceilings_at,
    group_ceilings,
)
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.slow_metrics import announce_slow_metrics
from xacle_eval.evaluation.units import ceiling_tag, listener_parts, parts_at, units_at
from xacle_eval.results.leaderboard import Entry, Leaderboard
from xacle_eval.results.score import LevelScores, ScoreCard
from xacle_eval.results.uncertainty import (
    Bootstrap,
    Bounds,
    Ceilings,
    EntryUncertainty,
    Method,
    NoInterval,
    ResamplingSummary,
)

if TYPE_CHECKING:
    from xacle_eval.statistics import BootstrapSample, Workers

__all__ = [
    "Drawn",
    "draw_bootstrap",
    "level_intervals",
    "with_intervals",
    "with_uncertainty",
    "workers_of",
]


def workers_of(plan: Bootstrap) -> Workers:
    """Return the workers that the settings of a bootstrap describe."""
    from xacle_eval.statistics import open_workers

    return open_workers(
        plan.jobs, plan.scheduler, timeout=plan.scheduler_timeout, fallback=plan.fallback
    )


def draw_bootstrap(
    scorer: Scorer,
    predictions: Sequence[NDArray[np.float64]],
    names: Sequence[str],
    plan: Bootstrap,
    level: str,
    scored: Sequence[ScoreCard | Entry | LevelScores],
    workers: Workers | None = None,
    parts: NDArray[np.intp] | None = None,
) -> BootstrapSample:
    """Draw one bootstrap, shared by all systems, at a level.

    Parameters
    ----------
    scorer : Scorer
        The challenge and its references.
    predictions : sequence of S arrays, shape (n,)
        The predictions of each system, in manifest order.
    names : sequence of str, length S
        The labels of the systems.
    plan : Bootstrap
        The settings.
    level : str
        ``pair``, or the name of the challenge's group to resample whole groups.
    scored : sequence of ScoreCard or Entry, length S
        The metrics of each system, which are not computed again.
    workers : Workers, optional
        Open workers, which stay open. By default, those of the plan are opened and closed.
    parts : array of int, shape (n,), optional
        The part of each pair. By default, those of `parts_at`.

    Returns
    -------
    BootstrapSample
        The metrics of every system in every resample.
    """
    from xacle_eval.statistics import bootstrap_metrics

    with nullcontext(workers) if workers is not None else workers_of(plan) as crew:
        return bootstrap_metrics(
            np.stack([scorer.values_at(level, row) for row in predictions]),
            scorer.references_at(level),
            resamples=plan.resamples,
            seed=plan.seed,
            systems=tuple(names),
            metrics=scorer.metrics,
            observed=_observed_metrics(scored, level),
            parts=parts_at(scorer, plan, level) if parts is None else parts,
            kernels=plan.kernels,
            workers=crew,
            progress=plan.progress,
        )


def _observed_metrics(
    scored: Sequence[ScoreCard | Entry | LevelScores], level: str
) -> NDArray[np.float64]:
    """Return the metrics before the policy for undefined values, shape (S, M); NaN if undefined."""
    rows = []
    for system in scored:
        scores = system
        if level != "pair" and not isinstance(system, LevelScores):
            scores = system.levels[level]
        values = [
            None if name in scores.undefined else value for name, value in scores.metrics.items()
        ]
        rows.append([math.nan if value is None else value for value in values])
    return np.array(rows)


def with_intervals(
    card: ScoreCard, scorer: Scorer, predictions: NDArray[np.float64], plan: Bootstrap
) -> ScoreCard:
    """Return a score card with an interval for every metric.

    Parameters
    ----------
    card : ScoreCard
        The scores of one system.
    scorer : Scorer
        The scorer of that card.
    predictions : array, shape (n,)
        The predictions of the system, in manifest order.
    plan : Bootstrap
        The settings.

    Returns
    -------
    ScoreCard
        With intervals at every level.
    """
    announce_slow_metrics(scorer, predictions, "pair", plan, systems=1 + len(card.levels))
    levels = dict(card.levels)
    drawn = ("pair", *levels)
    for name in drawn[1:]:
        sample = draw_bootstrap(scorer, [predictions], [card.system], plan, name, [card])
        found = _intervals(sample, scorer, [predictions], plan, name)[0]
        levels[name] = levels[name].model_copy(update=found.fields())
    sample = draw_bootstrap(scorer, [predictions], [card.system], plan, "pair", [card])
    found = _intervals(sample, scorer, [predictions], plan, "pair")[0]
    ceilings = ceilings_at(scorer, plan, "pair")
    methods = [_method_at(scorer, plan, level) for level in drawn]
    tag = plan.tag(*drawn, unit=sample.level, methods=methods)
    return card.model_copy(
        update={
            **found.fields(),
            "levels": levels,
            "resampling": summarise(plan, ceilings, drawn, scorer).model_copy(
                update={"level_ceilings": group_ceilings(scorer, plan, levels)}
            ),
            "signature": f"{card.signature}|{tag}{ceiling_tag(ceilings)}",
        }
    )


def level_intervals(
    scorer: Scorer,
    predictions: Sequence[NDArray[np.float64]],
    names: Sequence[str],
    plan: Bootstrap,
    scores: Sequence[LevelScores],
    workers: Workers | None = None,
) -> list[LevelScores]:
    """Return scores at the pair level with an interval for every metric.

    Parameters
    ----------
    scorer, predictions, names, plan, workers
        As for `draw_bootstrap`.
    scores : sequence of LevelScores, length S
        The scores of each system at the pair level.
    """
    plan = replace(plan, progress=None)
    sample = draw_bootstrap(scorer, predictions, names, plan, "pair", scores, workers)
    found = _intervals(sample, scorer, predictions, plan, "pair")
    return [each.model_copy(update=one.fields()) for each, one in zip(scores, found, strict=True)]


class _Found(NamedTuple):
    """The intervals of one system, and what is to know about their metrics."""

    bounds: dict[str, Bounds]
    undefined: dict[str, int]
    missing: dict[str, NoInterval]

    def fields(self) -> dict[str, Any]:
        """Return the fields of LevelScores."""
        return {
            "intervals": self.bounds,
            "undefined_resamples": self.undefined,
            "no_interval": self.missing,
        }


@dataclass(frozen=True)
class Drawn:
    """The resamples of the entries of a board, which a board of some of them can use."""

    plan: Bootstrap
    rows: dict[str, int]
    sample: BootstrapSample
    intervals: list[_Found]

    def select(self, plan: Bootstrap, paths: Sequence[str]) -> Drawn | None:
        """Return those of some entries; None if they were not drawn, or drawn otherwise."""
        if plan != self.plan or not self.rows.keys() >= set(paths):
            return None
        places = [self.rows[path] for path in paths]
        rows = {path: row for row, path in enumerate(paths)}
        chosen = [self.intervals[place] for place in places]
        return Drawn(plan, rows, self.sample.select(places), chosen)


def _draw_entries(
    board: Leaderboard,
    scorer: Scorer,
    predictions: Sequence[NDArray[np.float64]],
    plan: Bootstrap,
    earlier: list[Drawn] | None,
) -> Drawn:
    """Return the resamples of the entries of a board; those of an earlier board are used again."""
    paths = [entry.path for entry in board.entries]
    for each in earlier or ():
        found = each.select(plan, paths)
        if found is not None:
            return found
    announce_slow_metrics(scorer, predictions[0], board.level, plan, systems=len(predictions))
    names = [entry.system for entry in board.entries]
    sample = draw_bootstrap(scorer, predictions, names, plan, board.level, board.entries)
    intervals = _intervals(sample, scorer, predictions, plan, board.level)
    drawn = Drawn(plan, {path: row for row, path in enumerate(paths)}, sample, intervals)
    if earlier is not None:
        earlier.append(drawn)
    return drawn


def _intervals(
    sample: BootstrapSample,
    scorer: Scorer,
    predictions: Sequence[NDArray[np.float64]],
    plan: Bootstrap,
    level: str,
) -> list[_Found]:
    """Return each system's intervals, the resamples with an undefined metric, and the reasons."""
    from xacle_eval.statistics import intervals

    table = intervals(
        sample,
        level=plan.level,
        method=plan.method_for(sample.units),
        predictions=np.stack([scorer.values_at(level, row) for row in predictions]),
        references=scorer.references_at(level),
    )
    return [
        _Found(
            {name: bounds_of(interval.low, interval.high) for name, interval in row.items()},
            {name: interval.undefined for name, interval in row.items() if interval.undefined},
            {name: interval.reason for name, interval in row.items() if interval.reason},
        )
        for row in table.rows
    ]


def _method_at(scorer: Scorer | None, plan: Bootstrap, level: str) -> Method:
    """Return the method of the intervals at a level; percentile without one scorer."""
    return "percentile" if scorer is None else plan.method_for(units_at(scorer, plan, level))


def summarise(
    plan: Bootstrap, ceilings: Ceilings | None, levels: Sequence[str], scorer: Scorer | None = None
) -> ResamplingSummary:
    """Return the settings of a bootstrap as they are shown with a result."""
    parts = None if scorer is None or "pair" not in levels else listener_parts(scorer)
    methods = [_method_at(scorer, plan, level) for level in levels]
    drawn = scorer is not None and any(
        parts_at(scorer, plan, level) is not None for level in levels
    )
    return ResamplingSummary(
        resamples=plan.resamples,
        seed=plan.seed,
        level=plan.level,
        alpha=plan.alpha,
        resample="parts" if drawn else "pairs",
        n_pairs=None if parts is None else parts.code.size,
        n_parts=None if parts is None else parts.count,
        method=methods[0],
        level_methods={
            level: method
            for level, method in zip(levels, methods, strict=True)
            if method != methods[0]
        },
        ceilings=ceilings,
        units=tuple(level for level in levels if level != "pair"),
    )


def with_uncertainty(
    board: Leaderboard,
    scorer: Scorer,
    predictions: dict[str, NDArray[np.float64]],
    plan: Bootstrap,
    earlier: list[Drawn] | None = None,
) -> Leaderboard:
    """Return a leaderboard with the uncertainty of its entries.

    Parameters
    ----------
    board : Leaderboard
        A leaderboard, whose ranks do not change.
    scorer : Scorer
        The scorer of that leaderboard.
    predictions : dict of path to array, shape (n,)
        The predictions of every entry, in manifest order.
    plan : Bootstrap
        The settings.
    earlier : list of Drawn, optional
        The resamples of boards of the same systems. They are used again; new ones are added.

    Returns
    -------
    Leaderboard
        With ``uncertainty`` for every entry and a summary as ``resampling``.

    """
    from xacle_eval.statistics.max_t import fewest_draws

    competing = [place for place, e in enumerate(board.entries) if e.kind == "competing"]
    requested = plan.resamples
    if len(competing) > 1:
        plan = plan.raised(fewest_draws(plan.alpha))
    ceilings = ceilings_at(scorer, plan, board.level)
    summary = summarise(plan, ceilings, [board.level], scorer)
    tag = plan.tag(board.level, unit=summary.resample, methods=[summary.method])
    signature = f"{board.signature}|{tag}|{rank_tag(plan, board.order[0])}{ceiling_tag(ceilings)}"
    if not board.entries:
        return board.model_copy(update={"resampling": summary, "signature": signature})
    rows = [predictions[entry.path] for entry in board.entries]
    drawn = _draw_entries(board, scorer, rows, plan, earlier)
    sample = drawn.sample
    ranks, agreement = rank_statistics(
        sample.select(competing),
        np.stack([scorer.values_at(board.level, rows[place]) for place in competing])
        if competing
        else np.empty((0, sample.n)),
        scorer.challenge.ranking,
        plan,
    )
    of_place = dict(zip(competing, ranks, strict=True))
    entries = []
    for place, found in enumerate(drawn.intervals):
        entry = board.entries[place]
        uncertainty = EntryUncertainty(
            intervals=found.bounds,
            undefined=found.undefined,
            no_interval=found.missing,
            ceiling_share=ceiling_shares(entry, ceilings, board.level),
            **of_place.get(place, {}),
        )
        entries.append(entry.model_copy(update={"uncertainty": uncertainty}))
    summary = summary.model_copy(update=agreement)
    if plan.resamples > requested:
        summary = summary.model_copy(update={"resamples_requested": requested})
    return board.model_copy(
        update={"entries": tuple(entries), "resampling": summary, "signature": signature}
    )
