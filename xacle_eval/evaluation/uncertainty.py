"""Uncertainty: add intervals and rank stability to score cards and leaderboards.

All systems share one bootstrap, so every comparison is paired. Intervals, rank stability,
clusters and letters are all computed from it. Definitions: docs/statistics.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.ranking import Ranking
from xacle_eval.errors import UsageError
from xacle_eval.evaluation.ceilings import (
    bounds_of,
    ceiling_shares,
    ceilings_at,
    group_ceilings,
)
from xacle_eval.evaluation.numbers import none_if_undefined
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.slow_metrics import announce_slow_metrics
from xacle_eval.metrics import METRICS
from xacle_eval.references.model import References
from xacle_eval.results.leaderboard import Entry, Leaderboard
from xacle_eval.results.score import LevelScores, ScoreCard
from xacle_eval.results.uncertainty import (
    Bootstrap,
    Bounds,
    Ceilings,
    EntryUncertainty,
    ResamplingSummary,
)

if TYPE_CHECKING:
    from xacle_eval.statistics import BootstrapSample, ListenerPanels, RankStability, Workers

__all__ = [
    "draw_bootstrap",
    "level_intervals",
    "panels_of",
    "with_intervals",
    "with_uncertainty",
    "workers_of",
]

# With more systems the letters become unreadably long; clusters are given for any number.
MOST_LETTERED = 200


def panels_of(references: References) -> ListenerPanels:
    """Return the ratings of each pair for two-level resampling.

    Parameters
    ----------
    references : References
        References that were loaded from ratings.

    Returns
    -------
    ListenerPanels
        One panel per pair, in manifest order.

    Raises
    ------
    UsageError
        If the references are averages.
    """
    ratings = references.ratings
    if ratings is None:
        raise UsageError(
            "resampling listeners needs per-listener ratings, but the references are averages: "
            "pass a file of ratings with --references, or use --resample pairs"
        )
    from xacle_eval.statistics import ListenerPanels

    order = np.argsort(ratings.pair, kind="stable")
    return ListenerPanels.of(np.split(ratings.values[order], np.cumsum(ratings.counts())[:-1]))


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

    Returns
    -------
    BootstrapSample
        The metrics of every system in every resample.

    Raises
    ------
    UsageError
        If listeners are resampled without ratings or at the group level.
    """
    from xacle_eval.statistics import bootstrap_metrics

    panels = None
    if plan.resample == "listeners":
        if level != "pair":
            raise UsageError(
                f"listeners can only be resampled at the pair level, not at the {level} level: "
                "use --resample pairs"
            )
        panels = panels_of(scorer.references)
    with nullcontext(workers) if workers is not None else workers_of(plan) as crew:
        return bootstrap_metrics(
            np.stack([scorer.values_at(level, row) for row in predictions]),
            scorer.references_at(level),
            resamples=plan.resamples,
            seed=plan.seed,
            systems=tuple(names),
            metrics=scorer.metrics,
            observed=_observed_metrics(scored, level),
            panels=panels,
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
        With intervals at every level; if listeners are resampled, only at the pair level.

    Raises
    ------
    UsageError
        If listeners are resampled without ratings.
    """
    announce_slow_metrics(
        scorer, predictions, "pair", plan, systems=1 + len(card.levels) * (plan.resample == "pairs")
    )
    levels = dict(card.levels)
    drawn = ("pair", *levels) if plan.resample == "pairs" else ("pair",)
    for name in drawn[1:]:
        sample = draw_bootstrap(scorer, [predictions], [card.system], plan, name, [card])
        bounds, undefined = _intervals(sample, scorer, [predictions], plan, name)[0]
        levels[name] = levels[name].model_copy(
            update={"intervals": bounds, "undefined_resamples": undefined}
        )
    sample = draw_bootstrap(scorer, [predictions], [card.system], plan, "pair", [card])
    bounds, undefined = _intervals(sample, scorer, [predictions], plan, "pair")[0]
    return card.model_copy(
        update={
            "intervals": bounds,
            "undefined_resamples": undefined,
            "levels": levels,
            "resampling": summarise(plan, ceilings_at(scorer, plan, "pair"), drawn).model_copy(
                update={"level_ceilings": group_ceilings(scorer, plan, levels)}
            ),
            "signature": f"{card.signature}|{plan.tag(*drawn)}",
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

    Raises
    ------
    UsageError
        If listeners are resampled without ratings.
    """
    plan = replace(plan, progress=None)
    sample = draw_bootstrap(scorer, predictions, names, plan, "pair", scores, workers)
    found = _intervals(sample, scorer, predictions, plan, "pair")
    return [
        each.model_copy(update={"intervals": bounds, "undefined_resamples": undefined})
        for each, (bounds, undefined) in zip(scores, found, strict=True)
    ]


def _intervals(
    sample: BootstrapSample,
    scorer: Scorer,
    predictions: Sequence[NDArray[np.float64]],
    plan: Bootstrap,
    level: str,
) -> list[tuple[dict[str, Bounds], dict[str, int]]]:
    """Return each system's intervals, and the number of resamples with an undefined metric."""
    from xacle_eval.statistics import intervals

    table = intervals(
        sample,
        level=plan.level,
        method=plan.method,
        predictions=np.stack([scorer.values_at(level, row) for row in predictions]),
        references=scorer.references_at(level),
    )
    return [
        (
            {name: bounds_of(interval.low, interval.high) for name, interval in row.items()},
            {name: interval.undefined for name, interval in row.items() if interval.undefined},
        )
        for row in table.rows
    ]


def summarise(
    plan: Bootstrap, ceilings: Ceilings | None, levels: Sequence[str]
) -> ResamplingSummary:
    """Return the settings of a bootstrap as they are shown with a result."""
    return ResamplingSummary(
        resamples=plan.resamples,
        seed=plan.seed,
        level=plan.level,
        alpha=plan.alpha,
        resample=plan.resample,
        method=plan.method,
        ceilings=ceilings,
        units=tuple(level for level in levels if level != "pair"),
    )


def with_uncertainty(
    board: Leaderboard, scorer: Scorer, predictions: dict[str, NDArray[np.float64]], plan: Bootstrap
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

    Returns
    -------
    Leaderboard
        With ``uncertainty`` for every entry and a summary as ``resampling``.

    Raises
    ------
    UsageError
        If listeners are resampled without ratings or at the group level.
    """
    signature = (
        f"{board.signature}|{plan.tag(board.level)}|alpha:{plan.alpha:g}|test:paired-bootstrap"
        "|correction:none"
    )
    ceilings = ceilings_at(scorer, plan, board.level)
    if not board.entries:
        return board.model_copy(
            update={"resampling": summarise(plan, ceilings, [board.level]), "signature": signature}
        )
    rows = [predictions[entry.path] for entry in board.entries]
    announce_slow_metrics(scorer, rows[0], board.level, plan, systems=len(rows))
    sample = draw_bootstrap(
        scorer,
        rows,
        [entry.system for entry in board.entries],
        plan,
        board.level,
        board.entries,
    )
    competing = [place for place, e in enumerate(board.entries) if e.kind == "competing"]
    ranks, agreement = _rank_statistics(
        sample.select(competing), scorer.challenge.ranking, board.order[0], plan
    )
    of_place = dict(zip(competing, ranks, strict=True))
    entries = []
    for place, (bounds, undefined) in enumerate(
        _intervals(sample, scorer, rows, plan, board.level)
    ):
        entry = board.entries[place]
        uncertainty = EntryUncertainty(
            intervals=bounds,
            undefined=undefined,
            ceiling_share=ceiling_shares(entry, ceilings, board.level),
            **of_place.get(place, {}),
        )
        entries.append(entry.model_copy(update={"uncertainty": uncertainty}))
    summary = summarise(plan, ceilings, [board.level]).model_copy(update=agreement)
    return board.model_copy(
        update={"entries": tuple(entries), "resampling": summary, "signature": signature}
    )


def _rank_statistics(
    sample: BootstrapSample, ranking: Ranking, first: str, plan: Bootstrap
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the fields of EntryUncertainty about ranks, and those of ResamplingSummary.

    Parameters
    ----------
    sample : BootstrapSample
        The resamples of the competing systems in rank order; the others affect no rank.
    ranking : Ranking
        The challenge's rule.
    first : str
        The first metric of the ranking.
    plan : Bootstrap
        The settings.
    """
    if not sample.systems:
        return [], {}
    centred = sample.recentred()
    stability, first_keys = _rank_resamples(sample, ranking, plan)
    clusters, letters = _groups_of_systems(centred, first, plan.alpha, ranking.undefined)
    fields = [
        {
            **ranks,
            "cluster": clusters[place],
            "letters": letters[place],
            "first_key_ranks": {name: by_key[place] for name, by_key in first_keys.items()},
        }
        for place, ranks in enumerate(rank_fields(stability))
    ]
    agreement = {
        "mean": none_if_undefined(stability.agreement_mean),
        "low": none_if_undefined(stability.agreement_low),
    }
    smallest = _smallest_difference(centred, first, plan.alpha)
    return fields, {"rank_agreement": agreement, "smallest_difference": smallest}


def rank_fields(stability: RankStability) -> list[dict[str, Any]]:
    """Return the rank statistics of each system as fields of EntryUncertainty."""
    low, median, high = stability.low.tolist(), stability.median.tolist(), stability.high.tolist()
    podium = stability.podium.tolist()
    return [
        {
            "rank_low": low[s],
            "rank_median": median[s],
            "rank_high": high[s],
            "p_first": places[0],
            "podium": tuple(places),
        }
        for s, places in enumerate(podium)
    ]


def _rank_resamples(
    sample: BootstrapSample, ranking: Ranking, plan: Bootstrap
) -> tuple[RankStability, dict[str, list[int]]]:
    """Return the ranks in the resamples, and the ranks with each other metric as first key."""
    from xacle_eval.statistics import rank_by_first_keys, rank_stability

    undefined = None if ranking.undefined == "unranked" else ranking.undefined
    rule = {"order": ranking.order, "decimals": ranking.decimals, "undefined": undefined}
    stability = rank_stability(sample, level=plan.level, **rule)  # type: ignore[arg-type]
    keys = rank_by_first_keys(sample.observed, sample.metrics, **rule)  # type: ignore[arg-type]
    return stability, {key.metric: key.ranks.tolist() for key in keys}


def _groups_of_systems(
    sample: BootstrapSample, metric: str, alpha: float, undefined: float | str
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the clusters and the letters of systems in rank order, by the paired bootstrap.

    As in the ranking, the challenge's rule determines what an undefined value counts as.
    """
    from xacle_eval.statistics.clusters import group_systems

    values = sample.of(metric)
    if not isinstance(undefined, str):
        values = np.where(np.isnan(values), undefined, values)
    return group_systems(
        values,
        higher_is_better=METRICS[metric].higher_is_better,
        alpha=alpha,
        most_lettered=MOST_LETTERED,
    )


def _smallest_difference(sample: BootstrapSample, metric: str, alpha: float) -> float | None:
    """Return the median smallest significant difference between neighbours in the ranking."""
    from xacle_eval.statistics import smallest_significant
    from xacle_eval.statistics.permutation import TOLERANCE
    from xacle_eval.statistics.scaling import standard_deviation

    values = sample.of(metric)
    differences = values[1:] - values[:-1]
    if not differences.size:
        return None
    defined = ~np.isnan(differences)
    errors = [
        standard_deviation(row[keep])
        for row, keep in zip(differences, defined, strict=True)
        if keep.sum() > 1
    ]
    # The difference of systems that are identical in the metric has no sampling error.
    errors = [error for error in errors if error > TOLERANCE]
    return smallest_significant(float(np.median(errors)), alpha) if errors else None
