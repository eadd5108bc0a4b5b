"""Sentences that say what the ratings of the listeners show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xacle_eval.reports.site.detail_sentences import points_text
from xacle_eval.reports.site.names import Name, Sentence
from xacle_eval.reports.site.numbers import metric_text, minus, percent
from xacle_eval.results.details import Histogram
from xacle_eval.text import count

__all__ = [
    "best_sentence",
    "component_sentence",
    "distribution_sentence",
    "human_sentence",
    "ratings_sentence",
    "reliability_sentence",
    "screening_sentence",
]

_SLACK = 1e-6


def ratings_sentence(description: Mapping[str, Any]) -> Sentence:
    """Return the numbers of ratings, pairs and listeners."""
    least, most = description["per_pair_min"], description["per_pair_max"]
    each = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    noun = "rating" if most == 1 else "ratings"
    return (
        f"{count(description['n_listeners'], 'listener')} gave "
        f"{count(description['n_ratings'], 'rating')} of "
        f"{count(description['n_pairs'], 'pair')}: {each} {noun} for each pair.",
    )


def distribution_sentence(
    histogram: Histogram, description: Mapping[str, Any], width: float
) -> Sentence:
    """Return the most frequent rating and the shares at the ends of the scale."""
    total = description["n_ratings"]
    known = [(number, place) for place, number in enumerate(histogram.counts) if number]
    text = ""
    if known and total:
        most, place = max(known, key=lambda each: (each[0], -each[1]))
        low, high = histogram.edges[place], histogram.edges[place + 1]
        text = f"{_most_frequent(low, high)} ({percent(most / total)} of all). "
    mean, sd = description["mean"], description["sd"]
    if mean is not None and sd is not None:
        text += (
            f"The mean is {points_text(mean, width)}, the standard deviation "
            f"{points_text(sd, width)} points. "
        )
    low, high = description["share_lowest"], description["share_highest"]
    if low is not None and high is not None:
        text += (
            f"{percent(low)} of the ratings are at the lowest end of the scale and {percent(high)} "
            "at the highest."
        )
    return (text.strip(),)


def _most_frequent(low: float, high: float) -> str:
    """Name the rating in the middle of a bar, or the ends of an interval that has several."""
    middle, width = (low + high) / 2, high - low
    if abs(middle / width - round(middle / width)) < _SLACK:
        return f"The most frequent rating is {_short(middle)}"
    return f"Ratings from {_short(low)} to {_short(high)} are the most frequent"


def _short(value: float) -> str:
    return minus(f"{value:.4g}")


def reliability_sentence(reliability: Mapping[str, Any]) -> Sentence:
    """Return what the reliability means for one rating and for the average of a pair.

    It has no shares of the variance: those of the two-way model, in `component_sentence`, differ.
    """
    one, average = reliability["icc1"], reliability["icck"]
    if one is None or average is None:
        note = reliability.get("note") or "the ratings are too few"
        return (f"The reliability cannot be estimated: {note}.",)
    number = f"{reliability['k_median']:g}"
    noun = "rating" if number == "1" else "ratings"
    return (
        f"Two ratings of the same pair have an expected correlation of {_coefficient(one)}, "
        f"ICC(1,1); two averages of {number} {noun} of it, of {_coefficient(average)}, ICC(1,k).",
    )


def _coefficient(value: float) -> str:
    return minus(f"{value:.2f}")


def best_sentence(
    metric: str,
    ceiling: float | None,
    best: tuple[str, float] | None,
    human: float | None,
    decimals: int,
) -> Sentence:
    """Return how near the best system is to the ceiling, and to one listener.

    Parameters
    ----------
    metric : str
        A metric that is better when higher.
    ceiling : float or None
        Its noise ceiling.
    best : tuple of str and float, optional
        The best system with its value.
    human : float or None
        The value of one listener.
    decimals : int
        Of the metric.
    """
    if ceiling is None:
        return (f"There is no estimate of the noise ceiling of {metric}.",)
    text = (
        f"A perfect predictor would reach an expected {metric} of "
        f"{metric_text(metric, ceiling, decimals)} against these ratings."
    )
    if best is None:
        return (text,)
    name, value = best
    share = f", {minus(percent(value / ceiling, 0))} of it" if ceiling > 0 else ""
    end = "."
    if human is not None:
        relation = "above" if value > human else "below" if value < human else "equal to"
        end = f"; that is {relation} one listener ({metric_text(metric, human, decimals)})."
    return (
        f"{text} The best system, ",
        Name(name),
        f", has {metric_text(metric, value, decimals)}{share}{end}",
    )


def human_sentence(metric: str, better: int, systems: int) -> Sentence:
    """Return how many systems are better than one listener; none if there is nothing to compare."""
    if systems == 0:
        return ("No system can be compared with one listener.",)
    if systems == 1:
        which = "the only system is" if better else "the only system is not"
    elif better in (0, systems):
        which = f"{'every' if better else 'no'} system is"
    else:
        which = f"{better:,} of {count(systems, 'system')} {'is' if better == 1 else 'are'}"
    return (
        f"By {metric}, {which} better than one listener. The comparison is not exact: a listener "
        "is compared with the mean of the other listeners, which has one rating less.",
    )


def component_sentence(components: Mapping[str, Any]) -> Sentence:
    """Return how large the parts of the variance of a rating are."""
    parts = [max(components[name] or 0.0, 0.0) for name in ("pair", "listener", "rest")]
    total = sum(parts)
    if not components["identifiable"] or total <= 0:
        note = components.get("note") or "the ratings do not determine them"
        return (f"The variances cannot be separated: {note}.",)
    pair, listener, rest = (percent(part / total, 0) for part in parts)
    return (
        f"{pair} of the variance of a rating lies between pairs, {listener} between listeners, who "
        f"use the scale differently, and {rest} is residual: disagreement about a pair, and noise.",
    )


def screening_sentence(changes: Sequence[tuple[str, int, bool]], systems: int) -> Sentence:
    """Return which screening methods would change ranks.

    Parameters
    ----------
    changes : sequence of (str, int, bool)
        Each method that gives a ranking, the number of systems whose rank it changes, and whether
        the first place changes.
    systems : int
        The number of ranked systems.
    """
    if not changes:
        return ("No screening method gives another ranking.",)
    moved = [each for each in changes if each[1]]
    number = count(len(changes), "screening method")
    if not moved:
        return (f"None of {number} would change a rank.",)
    most = max(moved, key=lambda each: each[1])
    first = [name for name, _, changed in moved if changed]
    end = (
        f"The first place would change with {', '.join(first)}."
        if first
        else "The first place would stay the same."
    )
    return (
        f"{len(moved):,} of {number} would change ranks, {most[0]} the most: "
        f"those of {most[1]:,} of {count(systems, 'system')}. {end}",
    )
