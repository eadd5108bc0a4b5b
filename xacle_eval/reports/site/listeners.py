"""The page of the listeners: their ratings, what these allow, and what screening would change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xacle_eval.errors import UsageError
from xacle_eval.metrics import METRICS
from xacle_eval.reports.site.charts.histogram import HistogramChart, histogram_chart
from xacle_eval.reports.site.charts.spans import Span, SpanChart, span_chart
from xacle_eval.reports.site.environment import render
from xacle_eval.reports.site.listener_sentences import (
    best_sentence,
    component_sentence,
    distribution_sentence,
    human_sentence,
    ratings_sentence,
    reliability_sentence,
    screening_sentence,
)
from xacle_eval.reports.site.names import Name, Sentence, distinct_names
from xacle_eval.reports.site.numbers import interval_text, metric_text, minus, percent
from xacle_eval.reports.site.pages import SiteFrame
from xacle_eval.reports.views.table import model_text, parts_text
from xacle_eval.results.leaderboard import Entry, Leaderboard, ScreenedRanking
from xacle_eval.results.report import ChallengeReport, RatingsReport, ScreeningEffect
from xacle_eval.text import count

__all__ = ["listeners_page"]

_RELIABILITY = (
    ("icc1", "ICC(1,1)", "how well one rating of a pair predicts another one"),
    ("icck", "ICC(1,k)", "the same for the average rating, which is the reference"),
    ("alpha", "Krippendorff’s alpha", "agreement of single ratings beyond chance; 1 is perfect"),
)
_COMPONENTS = (
    ("pair", "Pairs", "what the pairs themselves differ by: the signal"),
    ("listener", "Listeners", "some listeners give higher ratings than others"),
    ("rest", "Residual", "listeners disagree about a pair, or rate it differently another time"),
)
_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Reliability:
    """A coefficient with its interval and its meaning in plain words."""

    name: str
    meaning: str
    value: str
    interval: str


@dataclass(frozen=True, slots=True)
class Limit:
    """The noise ceiling of a metric, or the floor of an error, beside what systems reach."""

    metric: str
    title: str
    name: str
    value: str
    interval: str
    best: str
    best_value: str
    human: str
    chart: SpanChart | None
    label: str


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the variance of a rating; ``start`` and ``share`` are percentages of the bar."""

    name: str
    meaning: str
    variance: str
    start: float
    share: float


@dataclass(frozen=True, slots=True)
class Effect:
    """What a screening method removes, and what changes; only a note if it was not applied."""

    method: str
    meaning: str
    removed: str
    listeners: str
    ceilings: tuple[str, ...]
    ranks: str
    note: str


@dataclass(frozen=True, slots=True)
class Section:
    """What the page shows for one target; ``title`` is empty if it is the only one."""

    id: str
    title: str
    sentence: Sentence
    facts: tuple[tuple[str, str], ...]
    histogram: HistogramChart | None
    distribution: Sentence
    reliability: tuple[Reliability, ...]
    reliability_sentence: Sentence
    limits: tuple[Limit, ...]
    limit_sentence: Sentence
    human_sentence: Sentence
    components: tuple[Component, ...]
    component_sentence: Sentence
    effects: tuple[Effect, ...]
    omitted: tuple[Effect, ...]
    effect_metrics: tuple[str, ...]
    effect_sentence: Sentence
    level: str
    notes: tuple[str, ...]


def listeners_page(report: ChallengeReport, frame: SiteFrame) -> str:
    """Return the page of the listeners.

    Parameters
    ----------
    report : ChallengeReport
        With the analysis of the ratings of a target or more; its numbers are rounded as published.
    frame : SiteFrame
        The frame of this page; see `SiteFrame.at`.

    Raises
    ------
    UsageError
        If the report has no ratings, or Jinja2 is not installed.
    """
    if not report.ratings:
        raise UsageError("the report has no ratings of listeners, so it has no page about them")
    boards, targets = report.boards_of("system"), report.presentation.targets
    sections = [
        _section(
            f"t{place}",
            (targets[name].target or name) if name in targets else name,
            ratings,
            boards[name],
            report,
        )
        for place, (name, ratings) in enumerate(report.ratings.items())
    ]
    return render("listeners.html.j2", site=frame, sections=sections)


def _section(
    place: str, title: str, ratings: RatingsReport, board: Leaderboard, report: ChallengeReport
) -> Section:
    decimals = report.publishing.decimals_for(board.decimals)
    edges = ratings.distribution.edges
    width = (edges[-1] - edges[0]) if edges else 1.0
    limits = tuple(_limits(ratings, board, decimals))
    level = f"{100 * ratings.reliability['level']:.10g}"
    metrics = _in_order({name for each in ratings.screenings for name in each.ceiling}, board)
    effects = [_effect(each, board, metrics, decimals) for each in ratings.screenings]
    return Section(
        id=place,
        title=title,
        sentence=ratings_sentence(ratings.description),
        facts=tuple(_facts(ratings.description)),
        histogram=histogram_chart(ratings.distribution),
        distribution=distribution_sentence(ratings.distribution, ratings.description, width),
        reliability=tuple(_reliability(ratings.reliability)),
        reliability_sentence=reliability_sentence(ratings.reliability),
        limits=limits,
        limit_sentence=_limit_sentence(ratings, board, decimals),
        human_sentence=_human_sentence(ratings.one_human["metrics"], board),
        components=_components(ratings.components),
        component_sentence=component_sentence(ratings.components),
        effects=tuple(each for each in effects if each.removed),
        omitted=tuple(each for each in effects if not each.removed),
        effect_metrics=metrics,
        effect_sentence=screening_sentence(_changes(board), len(_competing(board))),
        level=level,
        notes=tuple(_notes(ratings, level)),
    )


def _in_order(metrics: Iterable[str], board: Leaderboard) -> tuple[str, ...]:
    """Return metrics in the order in which they decide the ranks, then by name."""
    order = board.order
    return tuple(
        sorted(metrics, key=lambda name: (order.index(name) if name in order else len(order), name))
    )


def _competing(board: Leaderboard) -> list[Entry]:
    return [entry for entry in board.entries if entry.kind == "competing"]


def _facts(description: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Ratings", f"{description['n_ratings']:,}"
    yield "Pairs", f"{description['n_pairs']:,}"
    yield "Listeners", f"{description['n_listeners']:,}"
    names = ("per_pair_min", "per_pair_median", "per_pair_max")
    least, median, most = (description[name] for name in names)
    if least == most:
        yield "Ratings per pair", f"{most:,}"
    else:
        yield "Ratings per pair: least, median, most", f"{least:,}, {median:g}, {most:,}"
    yield "Ratings per listener, median", f"{description['per_listener_median']:g}"


def _number(value: float | None) -> str:
    return "undefined" if value is None else minus(f"{value:.{_DECIMALS}f}")


def _reliability(found: Mapping[str, Any]) -> Iterator[Reliability]:
    for key, name, meaning in _RELIABILITY:
        low, high = found[f"{key}_low"], found[f"{key}_high"]
        known = low is not None and high is not None
        interval = f"{_number(low)} to {_number(high)}" if known else "–"
        yield Reliability(name, meaning, _number(found[key]), interval)


def _limits(ratings: RatingsReport, board: Leaderboard, decimals: int) -> Iterator[Limit]:
    """Yield the ceilings, and the floor of the squared error, beside the best system."""
    found = {each["metric"]: each for each in ratings.ceiling["ceilings"]}
    for name in _in_order(found, board):
        yield _limit(name, found[name], ratings, board, decimals)
    if ratings.floor["value"] is not None:
        yield _limit("MSE", ratings.floor, ratings, board, decimals)


def _limit(
    metric: str,
    found: Mapping[str, Any],
    ratings: RatingsReport,
    board: Leaderboard,
    decimals: int,
) -> Limit:
    bounds = {"low": found["low"], "high": found["high"]}
    value, best = found["value"], _best(board, metric)
    human = ratings.one_human["metrics"].get(metric)
    own = best.uncertainty.intervals.get(metric) if best and best.uncertainty else None
    reached = None if best is None else best.metrics[metric]
    ends = (own["low"], own["high"]) if own and board.level == "pair" else (None, None)
    spans = (
        Span("ceiling", value, bounds["low"], bounds["high"]),
        Span("best", reached, *ends),
        Span("human", human),
    )
    name = "Noise ceiling" if METRICS[metric].higher_is_better else "Noise floor"
    texts = [f"{name} {metric_text(metric, value, decimals)}"]
    texts += [] if best is None else [f"best system {metric_text(metric, reached, decimals)}"]
    texts += [] if human is None else [f"one listener {metric_text(metric, human, decimals)}"]
    return Limit(
        metric=f"{metric} {METRICS[metric].arrow}",
        title=METRICS[metric].title,
        name=name,
        value=metric_text(metric, value, decimals),
        interval=interval_text(metric, bounds, decimals),
        best="" if best is None else _name(best, board),
        best_value="–" if best is None else metric_text(metric, reached, decimals),
        human="–" if human is None else metric_text(metric, human, decimals),
        chart=span_chart(spans),
        label=f"{metric}: {', '.join(texts)}",
    )


def _best(board: Leaderboard, metric: str) -> Entry | None:
    """Return the competing system with the best value of a metric at the level of pairs."""
    known = [entry for entry in _competing(board) if entry.metrics.get(metric) is not None]
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    return max(known, key=lambda entry: sign * (entry.metrics[metric] or 0.0), default=None)


def _name(entry: Entry, board: Leaderboard) -> Name:
    names = distinct_names((each.team, each.system) for each in board.entries)
    return names[entry.team, entry.system]


def _limit_sentence(ratings: RatingsReport, board: Leaderboard, decimals: int) -> Sentence:
    known = {each["metric"]: each["value"] for each in ratings.ceiling["ceilings"]}
    metric = next((name for name in (*board.order, *known) if name in known), None)
    if metric is None:
        return ("There is no estimate of a noise ceiling.",)
    best, human = _best(board, metric), ratings.one_human["metrics"].get(metric)
    value = None if best is None else best.metrics[metric]
    found = None if best is None or value is None else (_name(best, board), value)
    return best_sentence(metric, known[metric], found, human, decimals)


def _human_sentence(metrics: Mapping[str, Any], board: Leaderboard) -> Sentence:
    metric = next((name for name in board.order if name in metrics), None)
    if metric is None:
        return human_sentence(board.order[0], 0, 0)
    value = metrics[metric]
    values = [entry.metrics.get(metric) for entry in _competing(board)]
    known = [each for each in values if each is not None]
    if value is None or not known:
        return human_sentence(metric, 0, 0)
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    better = sum(sign * each > sign * value for each in known)
    return human_sentence(metric, better, len(known))


def _components(found: Mapping[str, Any]) -> tuple[Component, ...]:
    """Return the parts of the variance; empty if the ratings do not determine them."""
    values = [max(found[key] or 0.0, 0.0) for key, _, _ in _COMPONENTS]
    total = sum(values)
    if not found["identifiable"] or total <= 0:
        return ()
    parts, start = [], 0.0
    for (key, name, meaning), value in zip(_COMPONENTS, values, strict=True):
        share = 100 * value / total
        variance = _variance(found[key] or 0.0)
        parts.append(Component(name, meaning, variance, round(start, 2), round(share, 2)))
        start += share
    return tuple(parts)


def _variance(value: float) -> str:
    """Return a variance; one below zero counts as 0, beside its estimate."""
    return _number(value) if value >= 0.0 else f"0 (estimate {_number(value)})"


def _changes(board: Leaderboard) -> list[tuple[str, int, bool]]:
    """Return each screening with a ranking: the changed ranks, and whether the first changes."""
    found = []
    for each in board.screenings:
        if each.places:
            moved = _moved(each, board)
            found.append((each.method, len(moved), any(1 in pair for pair in moved)))
    return found


def _moved(screened: ScreenedRanking, board: Leaderboard) -> list[tuple[int | None, int | None]]:
    """Return the ranks before and after of the systems whose rank changes."""
    both = zip(board.entries, screened.places, strict=True)
    return [(entry.rank, place.rank) for entry, place in both if entry.rank != place.rank]


def _effect(
    effect: ScreeningEffect, board: Leaderboard, metrics: tuple[str, ...], decimals: int
) -> Effect:
    from xacle_eval.listeners import SCREENING_METHODS

    method = SCREENING_METHODS.get(effect.method)
    meaning = method.description if method is not None else ""
    if effect.n_removed is None:
        # What the command would need is of no use to a reader of the page.
        return Effect(effect.method, meaning, "", "", (), "", effect.note.partition("; ")[0])
    share = percent(effect.n_removed / effect.n_ratings) if effect.n_ratings else ""
    return Effect(
        method=effect.method,
        meaning=meaning,
        removed=f"{effect.n_removed:,} ({share})",
        listeners="–" if effect.n_listeners_removed is None else f"{effect.n_listeners_removed:,}",
        ceilings=tuple(
            metric_text(name, effect.ceiling.get(name), decimals) if effect.ceiling else "–"
            for name in metrics
        ),
        ranks=_rank_changes(effect.method, board),
        note=effect.note,
    )


def _rank_changes(method: str, board: Leaderboard) -> str:
    """Return how many ranks a method changes, and by how many places at most."""
    found = [each for each in board.screenings if each.method == method]
    if not found or not found[0].places:
        return "–"
    moved = _moved(found[0], board)
    if not moved:
        return "none"
    steps = [abs(a - b) for a, b in moved if a is not None and b is not None]
    most = f", by {count(max(steps), 'place')} at most" if steps else ""
    return f"{len(moved):,} of {len(_competing(board)):,}{most}"


def _notes(ratings: RatingsReport, level: str) -> Iterator[str]:
    """Yield how the numbers were made."""
    ceiling, components = ratings.ceiling, ratings.components
    if components["identifiable"]:
        yield (
            "The parts of the variance are those of a model with pairs and listeners (Henderson’s "
            "method 3). ICC(1,1) counts the differences between listeners as noise, so it is "
            "another estimate of the share of pairs."
        )
    for part in (ratings.reliability, components, ceiling, ratings.floor):
        note = str(part.get("note") or "")
        if note:
            yield f"{note[0].upper()}{note[1:]}."
    other = {each["metric"]: each.get("other") for each in ceiling["ceilings"]}
    chosen = {name: other[name] for name in ("SRCC", "KTAU") if name in other}
    text = model_text(ceiling["model"], ceiling["other_model"], chosen)
    if text:
        yield text
    yield (
        f"Intervals: {level} %, {count(ceiling['resamples'], 'resample')} of {ceiling['unit']} "
        f"({parts_text(ceiling['n_pairs'], ceiling['n_parts'])}); seed {ceiling['seed']}."
    )
    if any((components[key] or 0.0) < 0.0 for key, _, _ in _COMPONENTS):
        yield "An estimate of a variance below zero counts as 0."
