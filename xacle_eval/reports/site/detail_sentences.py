"""Sentences that say what the charts and tables of one system show for its data."""

from __future__ import annotations

import math
from collections.abc import Sequence

from xacle_eval.metrics import METRICS
from xacle_eval.reports.site.names import Name, Sentence
from xacle_eval.reports.site.numbers import is_rough, metric_text, minus, percent
from xacle_eval.results.breakdown import Breakdown
from xacle_eval.results.details import CalibrationLevel, Density, Histogram
from xacle_eval.results.profile import Band, ErrorProfile
from xacle_eval.text import count

__all__ = [
    "band_sentence",
    "calibration_sentence",
    "density_sentence",
    "group_sentence",
    "points_decimals",
    "points_phrase",
    "points_text",
    "profile_sentence",
    "residual_sentence",
]

_END = 0.25  # share of the pairs that are called the lowest-rated and the highest-rated ones
_STRAIGHT = 0.05  # of a slope of 1
_MANY = 15  # decimals: those that a float has
_CORRELATIONS = ("SRCC", "LCC", "KTAU")
# A number with fewer published decimals is too rough for a linear map or a verdict on its slope.
_MAP_DECIMALS = 2


def points_decimals(width: float, published: int = _MANY) -> int:
    """Return the decimals of a number of points on a scale of a width: 1 for 10, 2 for 4.

    Parameters
    ----------
    width : float
    published : int, optional
        The decimals to which the challenge rounds; there are never more.
    """
    return min(published, max(0, 2 - math.floor(math.log10(width))))


def points_text(value: float, width: float, published: int = _MANY) -> str:
    """Return a number of points on a scale of a width; see `points_decimals`."""
    decimals = points_decimals(width, published)
    if abs(value) >= 1e6:
        return minus(f"{value:.2e}")
    return minus(f"{round(value, decimals) + 0.0:,.{decimals}f}")


def points_phrase(value: float, width: float, published: int = _MANY) -> str:
    """Return a number of points with its noun: ``1.0 point``, ``1.2 points``."""
    text = points_text(value, width, published)
    return f"{text} {'point' if text.rstrip('0').rstrip('.') == '1' else 'points'}"


def density_sentence(density: Density, n: int, min_pairs: int) -> Sentence:
    """Return where the cells with the most pairs are, and the predictions of all that are shown."""
    references, predictions = density.reference_edges, density.prediction_edges
    shown = [
        (number, row, column)
        for row, counts in enumerate(density.counts)
        for column, number in enumerate(counts)
        if number
    ]
    if not shown:
        return (
            f"No cell is shown: none has {min_pairs:,} pairs or more of the {count(n, 'pair')}.",
        )
    most = max(number for number, _, _ in shown)
    fullest = [(row, column) for number, row, column in shown if number == most]
    row, column = fullest[0]
    low, high = (_edge(references, at) for at in (column, column + 1))
    pairs = f"{most:,} to {2 * most - 1:,} pairs"
    text = (
        f"The cell with the most pairs has {pairs}: references {low} to {high}, predictions "
        f"{_row_text(density, row)}."
    )
    if len(fullest) > 1:
        columns = [place for _, place in fullest]
        low, high = _edge(references, min(columns)), _edge(references, max(columns) + 1)
        text = (
            f"{len(fullest)} cells have the most pairs, {pairs} each: references {low} to {high}."
        )
    rows = sorted({row for _, row, _ in shown})
    first = "below " if rows[0] == 0 and density.open_low else ""
    last = "above " if rows[-1] == len(density.counts) - 1 and density.open_high else ""
    if len(rows) == 1:
        text += f" All cells that are shown have predictions {_row_text(density, rows[0])}."
    else:
        low = _edge(predictions, rows[0] + bool(first))
        high = _edge(predictions, rows[-1] + (not last))
        text += f" The cells that are shown have predictions from {first}{low} to {last}{high}."
    return (text,)


def _row_text(density: Density, row: int) -> str:
    edges = density.prediction_edges
    if row == 0 and density.open_low:
        return f"below {_edge(edges, 1)}"
    if row == len(density.counts) - 1 and density.open_high:
        return f"above {_edge(edges, row)}"
    return f"{_edge(edges, row)} to {_edge(edges, row + 1)}"


def _edge(edges: Sequence[float], place: int) -> str:
    return minus(f"{edges[place]:.4g}")


def calibration_sentence(
    levels: Sequence[CalibrationLevel], width: float, published: int = _MANY
) -> Sentence:
    """Return how the system rates the pairs with the lowest and with the highest references."""
    if not levels:
        return ("There are too few pairs for any level of the references.",)
    if len(levels) == 1:
        only = _off(levels[0].mean - levels[0].reference, width, published)
        return (f"There are enough pairs for one level only; they are rated {only}.",)
    first, last = _ends(levels)
    low, high = _mean_error(first), _mean_error(last)
    begin = f"The system rates low-rated pairs {_off(low, width, published)}"
    both = (low > 0) == (high > 0) or not _is_off(high, width, published)
    text = f"{begin}{' and' if both else ', but'} high-rated pairs {_off(high, width, published)}"
    text += (
        f" (low-rated: references below {_plain(first[-1].high)}; high-rated: references of "
        f"{_plain(last[0].low)} or more)."
    )
    if _is_off(_mean(last) - _mean(first), width, published) and _mean(last) < _mean(first):
        text += " On average, its predictions fall as the references rise."
    elif _is_off(low, width, published) and _is_off(high, width, published):
        if low > 0 > high:
            text += " It uses less of the scale than the references do."
        elif low < 0 < high:
            text += " It uses more of the scale than the references do."
    return (text,)


def _ends(
    levels: Sequence[CalibrationLevel],
) -> tuple[Sequence[CalibrationLevel], Sequence[CalibrationLevel]]:
    """Return the first and the last levels that have a quarter of the pairs or more.

    If a level would be in both, the ends are the first and the last level alone.
    """
    first, last = _quarter(levels), _quarter(levels[::-1])
    if first + last > len(levels):
        first = last = 1
    return levels[:first], levels[len(levels) - last :]


def _quarter(levels: Sequence[CalibrationLevel]) -> int:
    """Return how many of the levels, from the first one, have a quarter of the pairs or more."""
    wanted, numbers = _END * sum(each.n for each in levels), [each.n for each in levels]
    return next(k for k in range(1, len(levels) + 1) if sum(numbers[:k]) >= wanted)


def _mean(levels: Sequence[CalibrationLevel]) -> float:
    """Return the mean prediction."""
    return sum(each.n * each.mean for each in levels) / sum(each.n for each in levels)


def _mean_error(levels: Sequence[CalibrationLevel]) -> float:
    total = sum(each.n * (each.mean - each.reference) for each in levels)
    return total / sum(each.n for each in levels)


def _is_off(error: float, width: float, published: int) -> bool:
    return round(error, points_decimals(width, published)) != 0


def _off(error: float, width: float, published: int) -> str:
    """Return an error in words, such as ``2.1 points too high``."""
    if not _is_off(error, width, published):
        return "about right on average"
    text = points_phrase(abs(error), width, published)
    return f"{text} too {'high' if error > 0 else 'low'}"


def residual_sentence(histogram: Histogram, width: float, n: int) -> Sentence:
    """Return the shares of predictions that are too high and near the reference, at least.

    The numbers of a histogram are rounded down.
    """
    if not histogram.counts:
        return ("There are too few pairs for a picture of the errors.",)
    known = [number or 0 for number in histogram.counts]
    edges, at_least = histogram.edges, "" if sum(known) == n else "at least "
    text = _sides(histogram, n)
    near = _near(edges, width)
    if not (histogram.open_low or histogram.open_high):
        inside = sum(
            number
            for first, last, number in zip(edges, edges[1:], known, strict=False)
            if first >= -near and last <= near
        )
        noun = "point" if near == 1 else "points"
        text += (
            f" {at_least.capitalize()}{percent(inside / n)} are within {near:g} {noun} of the "
            "reference."
        )
    if not text:
        text = "The bars do not tell how many predictions are above and below their references."
    return (text.strip(),)


def _sides(histogram: Histogram, n: int) -> str:
    """Return the shares of predictions on both sides of the reference, as far as bars tell them.

    An outer bar that has all errors beyond it can have errors of both signs.
    """
    high, low, told = 0, 0, 0
    last = len(histogram.counts) - 1
    for place, number in enumerate(histogram.counts):
        start, end = histogram.edges[place : place + 2]
        if number is None:
            continue
        if start >= 0 and not (place == 0 and histogram.open_low):
            high, told = high + number, told + number
        elif end <= 0 and not (place == last and histogram.open_high):
            low, told = low + number, told + number
    at_least = "" if told == n else "at least "
    sides = (
        (high, "above the reference or equal to it"),
        (low, "below it" if high or not at_least else "below the reference"),
    )
    parts = [
        f"{at_least}{percent(number / n)} {'of the predictions ' if not place else ''}are {where}"
        for place, (number, where) in enumerate(side for side in sides if side[0] or not at_least)
    ]
    text = ", and ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _near(edges: Sequence[float], width: float) -> float:
    """Return the number of whole bars nearest to a tenth of the scale, in points.

    The bars of all systems of a challenge are the same, so their shares can be compared.
    """
    bar = edges[1] - edges[0]
    return float(f"{bar * max(1, round(width / 10 / bar)):.12g}")


def profile_sentence(profile: ErrorProfile | None, width: float, decimals: int) -> Sentence:
    """Return which part of the error is the largest, and what a linear map would change."""
    if profile is None:
        return ("Not shown: the challenge publishes no error metric, or an error is too large.",)
    if profile.mse == 0:
        return ("Every prediction equals its reference: there is no error.",)
    text = _largest_part(profile, decimals)
    if _is_off(profile.bias, width, decimals):
        direction = "above" if profile.bias > 0 else "below"
        bias = points_phrase(abs(profile.bias), width, decimals)
        text += f" On average, predictions are {bias} {direction} the references."
    return (f"{text}{_map_text(profile, decimals)}".strip(),)


def _largest_part(profile: ErrorProfile, decimals: int) -> str:
    """Name the largest part of the error; not if rounding makes another one as large.

    The share is left out where rounding to the published decimals could change it by a percent.
    """
    falls = profile.slope < 0
    parts = {
        "the residual, which no linear map of the predictions removes": profile.residual_part,
        "the bias, which a constant would remove": profile.bias_part,
        "the slope, which is negative" if falls else "the slope, a wrong use of the scale": (
            profile.slope_part
        ),
    }
    (name, value), (_, second), _ = sorted(parts.items(), key=lambda part: -part[1])
    if value == second:
        return ""
    total = sum(parts.values())
    if is_rough(total, decimals):
        return f"The largest part of the squared error is {name}."
    return f"{percent(value / total, 0)} of the squared error is {name}."


def _map_text(profile: ErrorProfile, decimals: int) -> str:
    """Return what the best linear map changes, as far as the published digits show it."""
    before, after = (
        metric_text("MSE", each, decimals) for each in (profile.mse, profile.mse_mapped)
    )
    if profile.slope == 0:
        # A rounded slope of 0 can be any small one.
        if decimals < _MAP_DECIMALS:
            return ""
        return f" The best linear map is a constant, or nearly one, with an MSE of {after}."
    text = ""
    if before != after and profile.mse_mapped < profile.mse:
        text = (
            f" The best linear map{_formula(profile, decimals)} would lower the MSE from {before} "
            f"to {after}."
        )
    its = "Its slope" if text else "The slope of the best linear map"
    if profile.slope < 0:
        return f"{text} {its} is negative: predictions fall where references rise."
    if decimals >= _MAP_DECIMALS and abs(profile.slope - 1) <= _STRAIGHT:
        text += f" {its} is near 1: the scale is used about right."
    return text


def _formula(profile: ErrorProfile, decimals: int) -> str:
    """Return a linear map; empty if its digits are few, or if it changes nothing."""
    slope, intercept = (_factor(each) for each in (profile.slope, profile.intercept))
    if decimals < _MAP_DECIMALS or (slope, intercept) == ("1", "0"):
        return ""
    sign = "−" if profile.intercept < 0 else "+"
    return f", {slope} × prediction {sign} {intercept.lstrip('−')},"


def _factor(value: float) -> str:
    return minus(f"{value:.3g}")


def band_sentence(
    bands: Sequence[Band],
    metric: str,
    decimals: int,
    reason: str = "",
    overall: float | None = None,
) -> Sentence:
    """Return in which band of the references a metric is best and worst.

    Parameters
    ----------
    bands : sequence of Band
    metric : str
    decimals : int
        Of the metric.
    reason : str, optional
        Why the metric is undefined for all pairs, such as ``all predictions are equal``.
    overall : float, optional
        The metric over all pairs.
    """
    labelled = [
        (f"{_plain(band.low)} to {_plain(band.high)}", band.metrics.get(metric)) for band in bands
    ]
    found = _extremes([(name, value) for name, value in labelled if value is not None], metric)
    if found is None:
        return (_undefined(metric, "band", [value for _, value in labelled], reason),)
    (best, high), (worst, low) = found
    values = [band.metrics.get(metric) for band in bands]
    texts = [metric_text(metric, value, decimals) for value in values]
    first, last = (metric_text(metric, value, decimals) for value in (high, low))
    if first == last:
        text = f"{metric} is equal in all bands in which it is defined ({first})."
    else:
        text = (
            f"Within bands of the references, {metric} is best from {best}"
            f"{_beside(texts, first, 'band')} and worst from {worst}"
            f"{_beside(texts, last, 'band')}."
        )
    if _all_below(values, overall, metric):
        text += (
            f" In every band, {metric} is lower than over all pairs "
            f"({metric_text(metric, overall, decimals)}); references differ less within a band."
        )
    return (text,)


def _all_below(values: Sequence[float | None], overall: float | None, metric: str) -> bool:
    """Return whether a correlation is lower in every band than over all pairs."""
    if metric not in _CORRELATIONS or overall is None:
        return False
    return all(value is not None and value < overall for value in values)


def _beside(texts: Sequence[str], text: str, noun: str) -> str:
    """Return a value in brackets, after the number of further bands or groups that have it."""
    others = texts.count(text) - 1
    more = f" and {count(others, f'other {noun}')}" if others else ""
    return f"{more} ({text})"


def _plain(value: float) -> str:
    return minus(f"{value:.4g}")


def _undefined(metric: str, part: str, values: Sequence[float | None], reason: str) -> str:
    """Return why a metric cannot be compared between bands or groups."""
    if len(values) == 1:
        return f"There is one {part} only."
    if any(value is not None for value in values):
        return f"{metric} is defined in one {part} only, so the {part}s cannot be compared."
    why = reason or "predictions or references are equal there"
    return f"{metric} is undefined in every {part}, because {why}."


def group_sentence(
    breakdown: Breakdown, metric: str, decimals: int, fewest: int, reason: str = ""
) -> Sentence:
    """Return for which group a metric is best and worst, and which groups are not shown.

    Parameters
    ----------
    breakdown : Breakdown
    metric : str
    decimals : int
        Of the metric.
    fewest : int
        The smallest number of pairs of a group that is shown.
    reason : str, optional
        Why the metric is undefined for all pairs.
    """
    values = [(each.value, each.metrics.get(metric)) for each in breakdown.slices]
    found = _extremes([(name, value) for name, value in values if value is not None], metric)
    rest = (
        f" Groups with fewer than {fewest:,} pairs are not shown, nor those that would reveal the "
        "metrics of so few."
    )
    if found is None:
        return (_undefined(metric, "group", [value for _, value in values], reason) + rest,)
    (best, high), (worst, low) = found
    texts = [metric_text(metric, value, decimals) for _, value in values]
    first, last = (metric_text(metric, value, decimals) for value in (high, low))
    if first == last:
        return (f"{metric} is equal in all groups in which it is defined ({first}).{rest}",)
    return (
        f"{metric} is best for ",
        Name(best or "(empty)"),
        f"{_beside(texts, first, 'group')} and worst for ",
        Name(worst or "(empty)"),
        f"{_beside(texts, last, 'group')}.{rest}",
    )


def _extremes(
    values: Sequence[tuple[str, float]], metric: str
) -> tuple[tuple[str, float], tuple[str, float]] | None:
    """Return the best and the worst of at least two values with their names."""
    if len(values) < 2:
        return None
    sign = 1 if METRICS[metric].higher_is_better else -1
    ordered = sorted(values, key=lambda each: -sign * each[1])
    return ordered[0], ordered[-1]
