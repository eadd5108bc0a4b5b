"""The overall board of a challenge with several targets, and its uncertainty.

A system is on it if it is ranked for every target. Its value is the mean of its ranks on the
boards of the targets (``mean-rank``), or of its values of the first metric there (``mean``), which
are rounded as in the ranking. Systems with equal values share a rank, and the next one is skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.rounding import round_metric
from xacle_eval.evaluation.board_ranks import (
    MOST_TESTED,
    least_matrix,
    rank_tag,
    set_fields,
    set_tests,
    tested_sets,
)
from xacle_eval.evaluation.boards import Collection
from xacle_eval.evaluation.ceilings import bounds_of
from xacle_eval.evaluation.ranking import places_of
from xacle_eval.evaluation.suspects import unrank
from xacle_eval.evaluation.units import common_parts
from xacle_eval.metrics import METRICS
from xacle_eval.results.leaderboard import By, Entry, Unranked
from xacle_eval.results.targets import OverallBoard, OverallEntry, OverallUncertainty
from xacle_eval.results.uncertainty import Bootstrap, Unit
from xacle_eval.submissions.rules import rule
from xacle_eval.text import listing

if TYPE_CHECKING:
    from xacle_eval.statistics import BootstrapSample, Interval

__all__ = ["overall_board", "with_overall_uncertainty"]

Ranked = Mapping[str, Sequence[Entry]]
_Key = tuple[str, str, str]


def _key(entry: Entry | OverallEntry) -> _Key:
    """Return what identifies a system; the rows of a table of results have no path."""
    return entry.path, entry.team, entry.system


def overall_board(
    challenge: Challenge, ranked: Ranked, by: By, signature: str
) -> OverallBoard | None:
    """Return the overall board; None if the challenge file asks for none.

    Parameters
    ----------
    challenge : Challenge
        The challenge with all its targets.
    ranked : mapping of str to sequence of Entry
        Every ranked system of each target, in rank order, also of a board by team.
    by : {"system", "team"}
        ``team`` keeps the best system of each team on this board. The ranks that ``mean-rank``
        averages are always those among all systems.
    signature : str
        The signature of what all boards have in common.
    """
    kind = challenge.ranking.overall
    if kind == "none":
        return None
    rankings = {name: challenge.for_target(name).ranking for name in ranked}
    metric = None if kind == "mean-rank" else next(iter(rankings.values())).order[0]
    parts = {name: _parts(entries, rankings[name], metric) for name, entries in ranked.items()}
    every, missing = _on_every_board(ranked)
    decimals = challenge.ranking.decimals
    levels = {ranking.level for ranking in rankings.values()}
    entries = []
    for entry in every:
        values = {name: of_system[_key(entry)] for name, of_system in parts.items()}
        value = sum(values.values()) / len(values)
        if metric is not None:
            value = round_metric(metric, value, decimals)
        entries.append(
            OverallEntry(
                rank=None,
                kind=entry.kind,
                team=entry.team,
                system=entry.system,
                path=entry.path,
                value=value,
                by_target=values,
            )
        )
    return OverallBoard(
        rule=kind,
        metric=metric,
        by=by,
        level=levels.pop() if len(levels) == 1 else "pair",
        decimals=decimals,
        entries=_rank(entries, metric, by),
        unranked=missing,
        signature=f"{signature}|overall:{kind}{'' if metric is None else f'({metric})'}|by:{by}",
    )


def _parts(entries: Sequence[Entry], ranking: Any, metric: str | None) -> dict[_Key, float]:
    """Return what the value of each system averages: its place, or its value of a metric."""
    if metric is None:
        places = places_of(entries, ranking)
        return {_key(e): float(p) for e, p in zip(entries, places, strict=True)}
    return {_key(e): cast(float, e.rounded[metric]) for e in entries}


def _on_every_board(ranked: Ranked) -> tuple[list[Entry], tuple[Unranked, ...]]:
    """Return the systems that are ranked for every target, and the others with the reason."""
    keys = {name: {_key(e) for e in entries} for name, entries in ranked.items()}
    seen: dict[_Key, Entry] = {}
    for entries in ranked.values():
        for entry in entries:
            seen.setdefault(_key(entry), entry)
    every, others = [], []
    for key, entry in seen.items():
        missing = [name for name, found in keys.items() if key not in found]
        if not missing:
            every.append(entry)
            continue
        noun = "the board of the target" if len(missing) == 1 else "the boards of the targets"
        finding = rule("not-on-every-board").finding(f"not on {noun} {listing(missing, 10)}")
        others.append(unrank(entry, (finding,)))
    return every, tuple(sorted(others, key=lambda one: (one.team, one.system, one.path)))


def _sign(metric: str | None) -> float:
    """Return the factor that makes smaller values better."""
    return -1.0 if metric is not None and METRICS[metric].higher_is_better else 1.0


def _rank(entries: Sequence[OverallEntry], metric: str | None, by: By) -> tuple[OverallEntry, ...]:
    """Return entries in their order, with ranks; see `rank_entries` for those without a rank."""
    sign = _sign(metric)
    ordered = sorted(
        entries,
        key=lambda e: (sign * e.value, e.kind != "competing", e.team, e.system, e.path),
    )
    teams: set[str] = set()
    ranked: list[OverallEntry] = []
    place, rank, last = 0, 0, None
    for entry in ordered:
        if entry.kind != "competing":
            ranked.append(entry)
            continue
        if by == "team" and entry.team in teams:
            continue
        teams.add(entry.team)
        place += 1
        rank, last = (rank if entry.value == last else place), entry.value
        ranked.append(entry.model_copy(update={"rank": rank}))
    return tuple(ranked)


def with_overall_uncertainty(
    board: OverallBoard, collections: Mapping[str, Collection], plan: Bootstrap
) -> OverallBoard:
    """Return an overall board with the uncertainty of its entries.

    Parameters
    ----------
    board : OverallBoard
        The board, whose ranks do not change.
    collections : mapping of str to Collection
        The systems of every target and their predictions.
    plan : Bootstrap
        The settings. With the same seed, resample r has the same pairs for every target.

    Returns
    -------
    OverallBoard
        In every resample, the whole rule is applied: the rounding and the ranking of each target
        among all its competing systems, then the mean and the overall ranks.
    """
    from xacle_eval.evaluation.uncertainty import summarise
    from xacle_eval.statistics.max_t import fewest_draws
    from xacle_eval.statistics.stability import round_values

    rankings = [each.scorer.challenge.ranking for each in collections.values()]
    levels = list(dict.fromkeys(ranking.level for ranking in rankings))
    requested = plan.resamples
    if sum(entry.kind == "competing" for entry in board.entries) > 1:
        plan = plan.raised(fewest_draws(plan.alpha))
    parts = common_parts([each.scorer for each in collections.values()], plan, levels)
    unit: Unit = "pairs" if parts is None else "parts"
    drawn_units = _drawn_units(collections, parts)
    # A mean has no jackknife of its own, so no BCa; a mean of ranks has no limits to depend on.
    method = plan.method_for(drawn_units) if board.metric is not None else "percentile"
    asked, method = method, "percentile" if method == "bca" else method
    drawing = plan.tag(*levels, unit=unit, methods=[method])
    tagged = f"{board.signature}|{drawing}|{_tests_tag(board, plan)}"
    summary = summarise(plan, None, levels).model_copy(
        update={
            "resample": unit,
            "method": method,
            "method_requested": None if asked == method else asked,
        }
    )
    if parts is not None:
        numbers = {"n_pairs": parts.size, "n_parts": int(parts.max()) + 1}
        summary = summary.model_copy(update=numbers)
    if plan.resamples > requested:
        summary = summary.model_copy(update={"resamples_requested": requested})
    board = board.model_copy(update={"resampling": summary, "signature": tagged})
    if not board.entries:
        return board
    keys = [_key(entry) for entry in board.entries]
    samples = {name: each.sample(plan, parts) for name, each in collections.items()}
    drawn = [
        _drawn_values(each, samples[name], board.metric, keys) for name, each in collections.items()
    ]
    values = np.mean([filled for filled, _ in drawn], axis=0)
    if board.metric is not None:
        values = round_values(values, board.metric, board.decimals)
    # As on the boards of the targets: intervals of the values as drawn, ranks of rounded ones.
    plain = np.mean([as_drawn for _, as_drawn in drawn], axis=0)
    centres = _observed_means(board, collections, samples, keys)
    ends = [
        _interval(row, centre, board.metric, method, plan.level, drawn_units)
        for row, centre in zip(plain, centres, strict=True)
    ]
    competing = [p for p, entry in enumerate(board.entries) if entry.kind == "competing"]
    chosen = [keys[place] for place in competing]
    sets, update = _set_fields(board, collections, samples, plan, chosen)
    fields = _rank_fields(values[competing], board, competing, plan)
    ranks = {
        place: {**over_resamples, **tested}
        for place, over_resamples, tested in zip(competing, fields, sets, strict=True)
    }
    entries = [
        entry.model_copy(
            update={
                "uncertainty": OverallUncertainty(
                    interval=bounds_of(ends[place].low, ends[place].high),
                    no_interval=ends[place].reason,
                    **ranks.get(place, {}),
                )
            }
        )
        for place, entry in enumerate(board.entries)
    ]
    return board.model_copy(
        update={"entries": tuple(entries), "resampling": summary.model_copy(update=update)}
    )


def _tests_tag(board: OverallBoard, plan: Bootstrap) -> str:
    """Return the part of the signature that describes the tests."""
    if board.metric is None:
        return f"rank-sets:{100 * plan.level:.10g}(from-targets)|correction:max-t,bonferroni"
    return rank_tag(plan, f"mean-{board.metric}")


def _set_fields(
    board: OverallBoard,
    collections: Mapping[str, Collection],
    samples: Mapping[str, BootstrapSample],
    plan: Bootstrap,
    keys: Sequence[_Key],
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the sets of the ranks of competing systems, and the fields of ResamplingSummary.

    A mean of values is tested as a value. A mean of ranks moves in steps, so its differences are
    not tested: the simultaneous sets of the ranks on all boards bound it.
    """
    if not keys:
        return [], {}
    if len(keys) > MOST_TESTED:
        return [{}] * len(keys), {"family": 0}
    if board.metric is None:
        return _sets_of_mean_ranks(collections, samples, plan, keys)
    metric = METRICS[board.metric]
    drawn, observed, least = [], [], []
    for name, collection in collections.items():
        sample, ranking = samples[name], collection.scorer.challenge.ranking
        wanted = _places(collection, keys)
        column = sample.of(metric.name)[wanted]
        seen = sample.observed[wanted, sample.metrics.index(metric.name)]
        if not isinstance(ranking.undefined, str):
            column = np.where(np.isnan(column), ranking.undefined, column)
            seen = np.where(np.isnan(seen), ranking.undefined, seen)
        drawn.append(column)
        observed.append(seen)
        least.append(least_matrix(collection.rows(wanted)))
    means = np.mean(observed, axis=0)
    found, summary = tested_sets(
        np.mean(drawn, axis=0),
        means,
        np.min(least, axis=0),
        higher_is_better=metric.higher_is_better,
        level=plan.level,
    )
    return set_fields(found, means, metric.higher_is_better, plan.alpha), summary


def _sets_of_mean_ranks(
    collections: Mapping[str, Collection],
    samples: Mapping[str, BootstrapSample],
    plan: Bootstrap,
    keys: Sequence[_Key],
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return sets that hold if the simultaneous sets of every target do (Bonferroni)."""
    level = 1.0 - (1.0 - plan.level) / len(collections)
    ends = []
    for name, collection in collections.items():
        competing = [p for p, e in enumerate(collection.ranked) if e.kind == "competing"]
        if len(competing) > MOST_TESTED:
            return [{}] * len(keys), {"family": 0}
        sample, ranking = samples[name].select(competing), collection.scorer.challenge.ranking
        tested, _ = set_tests(sample, collection.rows(competing), ranking, plan, level)
        row_of = {_key(collection.ranked[p]): row for row, p in enumerate(competing)}
        ends.append(
            [
                [tested[row_of[key]][f"rank_simultaneous_{end}"] for end in ("low", "high")]
                for key in keys
            ]
        )
    low, high = np.mean(ends, axis=0).T
    first = 1 + (high[None, :] < low[:, None]).sum(axis=1)
    last = len(keys) - (low[None, :] > high[:, None]).sum(axis=1)
    fields: list[dict[str, Any]] = [
        {"rank_simultaneous_low": a, "rank_simultaneous_high": b}
        for a, b in zip(first.tolist(), last.tolist(), strict=True)
    ]
    return fields, {"could_be_first": int((first == 1).sum())}


def _places(collection: Collection, keys: Sequence[_Key]) -> list[int]:
    place_of = {_key(e): p for p, e in enumerate(collection.ranked)}
    return [place_of[key] for key in keys]


def _drawn_units(collections: Mapping[str, Collection], parts: NDArray[np.intp] | None) -> int:
    """Return the number of units that are drawn, the smallest one of all targets."""
    if parts is not None:
        return int(parts.max()) + 1
    return min(
        each.scorer.references_at(each.scorer.challenge.ranking.level).size
        for each in collections.values()
    )


def _observed_means(
    board: OverallBoard,
    collections: Mapping[str, Collection],
    samples: Mapping[str, BootstrapSample],
    keys: Sequence[_Key],
) -> list[float]:
    """Return the means before rounding, nan if undefined, or the means of ranks."""
    if board.metric is None:
        return [entry.value for entry in board.entries]
    seen = [
        samples[name].observed[_places(each, keys), samples[name].metrics.index(board.metric)]
        for name, each in collections.items()
    ]
    means: list[float] = np.mean(seen, axis=0).tolist()
    return means


def _interval(
    values: NDArray[np.float64],
    observed: float,
    metric: str | None,
    method: Literal["percentile", "normal"],
    level: float,
    units: int,
) -> Interval:
    """Return the interval of a mean of values, or the percentile interval of a mean of ranks."""
    from xacle_eval.statistics.intervals import percentile_interval, plain_interval

    if metric is None:
        return percentile_interval(values, level)
    return plain_interval(values, observed, METRICS[metric].range, units, level, method)


def _drawn_values(
    collection: Collection,
    sample: BootstrapSample,
    metric: str | None,
    keys: Sequence[_Key],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what the value of each system averages in every resample, shape (systems, R).

    The first array is for the ranks: rounded; the second one is as drawn.
    """
    from xacle_eval.statistics.stability import rank_by_rule, round_values

    ranking = collection.scorer.challenge.ranking
    undefined = None if ranking.undefined == "unranked" else ranking.undefined
    wanted = _places(collection, keys)
    if metric is not None:
        column = sample.of(metric)[wanted]
        filled = column if undefined is None else np.where(np.isnan(column), undefined, column)
        return round_values(filled, metric, ranking.decimals), sample.of(metric)[wanted]
    competing = [p for p, e in enumerate(collection.ranked) if e.kind == "competing"]
    rows = []
    cache: dict[int, NDArray[np.float64]] = {}
    ranks = rank_by_rule(
        sample.values[competing], sample.metrics, ranking.order, ranking.decimals, undefined
    )
    for row, place in enumerate(competing):
        cache[place] = ranks[row].astype(np.float64)
    for place in wanted:
        if place not in cache:  # a baseline among the competing systems
            chosen = [*competing, place]
            cache[place] = rank_by_rule(
                sample.values[chosen], sample.metrics, ranking.order, ranking.decimals, undefined
            )[-1].astype(np.float64)
        rows.append(cache[place])
    return np.stack(rows), np.stack(rows)


def _rank_fields(
    values: NDArray[np.float64], board: OverallBoard, competing: Sequence[int], plan: Bootstrap
) -> list[dict[str, Any]]:
    """Return the fields of OverallUncertainty about the ranks of the competing systems."""
    from xacle_eval.evaluation.board_ranks import rank_fields
    from xacle_eval.statistics.stability import RankStability, rank_with_ties

    if not competing:
        return []
    sign = _sign(board.metric)
    keys = np.where(np.isnan(values), np.inf, sign * values)
    ranks = rank_with_ties(keys[np.newaxis])
    entries = [board.entries[place] for place in competing]
    stability = RankStability(
        tuple(entry.system for entry in entries),
        (),
        np.array([entry.rank for entry in entries], dtype=np.int64),
        ranks,
        plan.level,
        np.full(ranks.shape[1], np.nan),
    )
    return rank_fields(stability)
