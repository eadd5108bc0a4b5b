"""Ranks of a leaderboard: confidence sets, clusters, letters, and the ranks over the resamples.

Sets, clusters and letters are about the first metric of the ranking. They come from one matrix of
p-values, those of all system pairs adjusted by step-down max-T, so they never contradict each
other. Definitions: docs/statistics.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.ranking import Ranking
from xacle_eval.evaluation.numbers import none_if_undefined
from xacle_eval.metrics import METRICS
from xacle_eval.results.uncertainty import Bootstrap

if TYPE_CHECKING:
    from xacle_eval.statistics import BootstrapSample, RankSets, RankStability

__all__ = [
    "MOST_TESTED",
    "least_matrix",
    "rank_fields",
    "rank_statistics",
    "rank_tag",
    "set_fields",
    "set_tests",
    "tested_sets",
]

# With more systems the letters become unreadably long, and so does a matrix of p-values.
_MOST_LETTERED = 200
# The number of differences grows with the square of the number of systems.
MOST_TESTED = 1_000
# Differences in resamples: 10,000 resamples of 200 systems. More systems use fewer resamples.
_MOST_CELLS = 200_000_000


def rank_tag(plan: Bootstrap, metric: str) -> str:
    """Return the part of the signature that describes the tests of a leaderboard."""
    tests = f"alpha:{plan.alpha:g}|test:bootstrap-studentised|correction:max-t"
    return f"{tests}|family:system-pairs({metric})|rank-sets:{100 * plan.level:.10g}"


def rank_statistics(
    sample: BootstrapSample, predictions: NDArray[np.float64], ranking: Ranking, plan: Bootstrap
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the fields of EntryUncertainty about ranks, and those of ResamplingSummary.

    Parameters
    ----------
    sample : BootstrapSample
        The resamples of the competing systems in rank order; the others affect no rank.
    predictions : array, shape (S, n)
        Their predictions at the level of the ranking.
    ranking : Ranking
        The challenge's rule.
    plan : Bootstrap
        The settings.
    """
    if not sample.systems:
        return [], {}
    first = ranking.order[0]
    stability, first_keys = _rank_resamples(sample, ranking, plan)
    tested, summary = set_tests(sample, predictions, ranking, plan, plan.level)
    fields = [
        {
            **ranks,
            **tested[place],
            "first_key_ranks": {name: by_key[place] for name, by_key in first_keys.items()},
        }
        for place, ranks in enumerate(rank_fields(stability))
    ]
    agreement = {
        "mean": none_if_undefined(stability.agreement_mean),
        "low": none_if_undefined(stability.agreement_low),
    }
    smallest = _smallest_difference(sample, first, plan.alpha)
    return fields, {"rank_agreement": agreement, "smallest_difference": smallest, **summary}


def set_tests(
    sample: BootstrapSample,
    predictions: NDArray[np.float64],
    ranking: Ranking,
    plan: Bootstrap,
    level: float,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the sets, clusters and letters of systems in rank order, and their summary.

    As in the ranking, the challenge's rule determines what an undefined value counts as.
    """
    count, metric = len(sample.systems), METRICS[ranking.order[0]]
    if count > MOST_TESTED:
        return [{}] * count, {"family": 0}
    values, observed = sample.of(metric.name), sample.observed[:, sample.metrics.index(metric.name)]
    if not isinstance(ranking.undefined, str):
        values = np.where(np.isnan(values), ranking.undefined, values)
        observed = np.where(np.isnan(observed), ranking.undefined, observed)
    least = least_matrix(predictions)
    found, summary = tested_sets(
        values, observed, least, higher_is_better=metric.higher_is_better, level=level
    )
    return set_fields(found, observed, metric.higher_is_better, plan.alpha), summary


def least_matrix(predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the smallest p that each two systems could have, shape (S, S)."""
    from xacle_eval.statistics.max_t import every_pair, smallest_p

    least = np.ones((len(predictions), len(predictions)))
    pairs = every_pair(len(predictions))
    for (i, j), p in zip(pairs, smallest_p(predictions, pairs), strict=True):
        least[i, j] = least[j, i] = p
    return least


def tested_sets(
    values: NDArray[np.float64],
    observed: NDArray[np.float64],
    least: NDArray[np.float64],
    *,
    higher_is_better: bool,
    level: float,
) -> tuple[RankSets, dict[str, Any]]:
    """Return the sets of ranks by one value of S systems, and the fields of ResamplingSummary.

    Parameters
    ----------
    values, observed : array, shapes (S, R) and (S,)
    least : array, shape (S, S)
        The smallest p that each two systems could have.
    higher_is_better : bool
    level : float
        The coverage of the sets.
    """
    from xacle_eval.statistics.rank_sets import rank_sets

    count = observed.size
    family = count * (count - 1) // 2
    used = min(values.shape[1], max(999, _MOST_CELLS // max(family, 1)))
    found = rank_sets(
        values[:, :used], observed, higher_is_better=higher_is_better, level=level, least=least
    )
    others = least[~np.eye(count, dtype=bool)]
    return found, {
        "family": family,
        "could_be_first": found.could_be_first,
        "difference_p": _below_diagonal(found.p_values) if count <= _MOST_LETTERED else (),
        "smallest_p": max(1.0 / (1 + used), float(others.min())) if family else None,
    }


def _below_diagonal(p_values: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """Return a row for each system, with its p against each system before it."""
    return tuple(tuple(row[:place]) for place, row in enumerate(p_values.tolist()))


def set_fields(
    found: RankSets, observed: NDArray[np.float64], higher_is_better: bool, alpha: float
) -> list[dict[str, Any]]:
    """Return the sets, clusters and letters of systems in rank order as fields of results."""
    from xacle_eval.statistics.clusters import letter_display, separate_clusters

    sign = 1.0 if higher_is_better else -1.0
    better = sign * (observed[:, None] - observed[None, :]) > 0.0
    clusters = separate_clusters(found.p_values, better, alpha)
    lettered = observed.size <= _MOST_LETTERED
    letters = letter_display(found.p_values, alpha) if lettered else ("",) * observed.size
    names = ("rank_marginal_low", "rank_marginal_high",
             "rank_simultaneous_low", "rank_simultaneous_high")  # fmt: skip
    ends = np.stack([found.low, found.high, found.together_low, found.together_high], axis=1)
    return [
        {**dict(zip(names, row, strict=True)), "cluster": cluster, "letters": letter}
        for row, cluster, letter in zip(ends.tolist(), clusters, letters, strict=True)
    ]


def rank_fields(stability: RankStability) -> list[dict[str, Any]]:
    """Return the rank statistics of each system as fields of EntryUncertainty."""
    low, median, high = stability.low.tolist(), stability.median.tolist(), stability.high.tolist()
    podium = stability.podium.tolist()
    counts = [_without_last_zeros(row) for row in stability.counts.tolist()]
    return [
        {
            "rank_low": low[s],
            "rank_median": median[s],
            "rank_high": high[s],
            "p_first": places[0],
            "podium": tuple(places),
            "rank_counts": counts[s],
        }
        for s, places in enumerate(podium)
    ]


def _without_last_zeros(counts: list[int]) -> tuple[int, ...]:
    while counts and counts[-1] == 0:
        counts.pop()
    return tuple(counts)


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


def _smallest_difference(sample: BootstrapSample, metric: str, alpha: float) -> float | None:
    """Return the median smallest significant difference between neighbours in the ranking.

    None if no difference can be significant: with too few pairs (or groups), or if it would be more
    than half the range of the metric, such as 1 for a correlation.
    """
    from xacle_eval.statistics import smallest_significant
    from xacle_eval.statistics.max_t import fewest_pairs
    from xacle_eval.statistics.scaling import standard_deviation
    from xacle_eval.statistics.swapping import TOLERANCE

    values = sample.of(metric)
    differences = values[1:] - values[:-1]
    if not differences.size or sample.units < fewest_pairs(alpha):
        return None
    defined = ~np.isnan(differences)
    errors = [
        standard_deviation(row[keep])
        for row, keep in zip(differences, defined, strict=True)
        if keep.sum() > 1
    ]
    # The difference of systems that are identical in the metric has no sampling error.
    errors = [error for error in errors if error > TOLERANCE]
    if not errors:
        return None
    found = smallest_significant(float(np.median(errors)), alpha)
    low, high = METRICS[metric].range
    return found if found <= (high - low) / 2.0 else None
