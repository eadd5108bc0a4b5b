"""Sentences that say what the charts and tables of one system show for its data."""

from __future__ import annotations

import math
from collections.abc import Sequence

from xacle_eval.metrics import METRICS
from xacle_eval.reports.site.names import Name, Sentence
from xacle_eval.reports.site.numbers import metric_text, minus, percent
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
    "points_text",
    "profile_sentence",
    "residual_sentence",
]

_END = 0.25  # share of the pairs that are called the lowest-rated and the highest-rated ones
_STRAIGHT = 0.05  # of a slope of 1


def points_decimals(width: float) -> int:
    """Return the decimals of a number of points on a scale of a width: 1 for 10, 2 for 4."""
    return max(0, 2 - math.floor(math.log10(width)))


def points_text(value: float, width: float) -> str:
    """Return a number of points on a scale of a width."""
    decimals = points_decimals(width)
    if abs(value) >= 1e6:
        return minus(f"{value:.2e}")
    return minus(f"{round(value, decimals) + 0.0:,.{decimals}f}")


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


def calibration_sentence(levels: Sequence[CalibrationLevel], width: float) -> Sentence:
    """Return how the system rates the pairs with the lowest and with the highest references."""
    if not levels:
        return ("There are too few pairs for any level of the references.",)
    if len(levels) == 1:
        only = levels[0].mean - levels[0].reference
        return (f"There are enough pairs for one level only; they are rated {_off(only, width)}.",)
    low, high = _mean_error(levels), _mean_error(levels[::-1])
    begin = f"The system rates low-rated pairs {_off(low, width)}"
    between = " and" if (low > 0) == (high > 0) or not _is_off(high, width) else ", but"
    text = f"{begin}{between} high-rated pairs {_off(high, width)}"
    text += " (the quarter of the pairs with the lowest and with the highest references)."
    if _is_off(low, width) and _is_off(high, width):
        if low > 0 > high:
            text += " It uses less of the scale than the references do."
        elif low < 0 < high:
            text += " It uses more of the scale than the references do."
    return (text,)


def _mean_error(levels: Sequence[CalibrationLevel]) -> float:
    """Return the mean error of the first levels that have a quarter of the pairs or more."""
    wanted = _END * sum(each.n for each in levels)
    number, total = 0, 0.0
    for each in levels:
        number += each.n
        total += each.n * (each.mean - each.reference)
        if number >= wanted:
            break
    return total / number


def _is_off(error: float, width: float) -> bool:
    return round(error, points_decimals(width)) != 0


def _off(error: float, width: float) -> str:
    """Return an error in words, such as ``2.1 points too high``."""
    if not _is_off(error, width):
        return "about right on average"
    text = points_text(abs(error), width)
    noun = "point" if float(text.replace(",", "")) == 1 else "points"
    return f"{text} {noun} too {'high' if error > 0 else 'low'}"


def residual_sentence(histogram: Histogram, width: float, n: int) -> Sentence:
    """Return the shares of predictions that are too high and near the reference, at least.

    The numbers of a histogram are rounded down.
    """
    if not histogram.counts:
        return ("There are too few pairs for a picture of the errors.",)
    known = [number or 0 for number in histogram.counts]
    edges, at_least = histogram.edges, "at least "
    high = sum(number for low, number in zip(edges, known, strict=False) if low >= 0)
    low = sum(number for end, number in zip(edges[1:], known, strict=True) if end <= 0)
    text = (
        f"{at_least}{percent(high / n)} of the predictions are above the reference or equal to it, "
        f"and {at_least}{percent(low / n)} are below it."
    )
    near = _near(edges, width)
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
    return (text[0].upper() + text[1:],)


def _near(edges: Sequence[float], width: float) -> float:
    """Return a tenth of the scale, or the width of the intervals if they are wider.

    It is the same for every system of a challenge: the width of the intervals depends on the
    number of pairs alone, and intervals that a system does not show have too few pairs.
    """
    step = edges[1] - edges[0]
    return float(f"{step * max(1, round(width / 10 / step)):.12g}")


def profile_sentence(profile: ErrorProfile | None, width: float, decimals: int) -> Sentence:
    """Return which part of the error is the largest, and what a linear map would change."""
    if profile is None:
        return ("Not shown: the challenge publishes no error metric, or an error is too large.",)
    if profile.mse == 0:
        return ("Every prediction equals its reference: there is no error.",)
    parts = {
        "the residual, which no linear map of the predictions removes": profile.residual_part,
        "the bias, which a constant would remove": profile.bias_part,
        "the slope, a wrong use of the scale": profile.slope_part,
    }
    name, value = max(parts.items(), key=lambda part: part[1])
    text = f"{percent(value / profile.mse, 0)} of the squared error is {name}."
    direction = "above" if profile.bias > 0 else "below"
    if _is_off(profile.bias, width):
        bias = points_text(abs(profile.bias), width)
        text += f" On average, predictions are {bias} points {direction} the references."
    before, after = (
        metric_text("MSE", each, decimals) for each in (profile.mse, profile.mse_mapped)
    )
    if profile.slope == 0:
        return (text + f" The best linear map is a constant, with an MSE of {after}.",)
    slope, intercept = (_factor(each) for each in (profile.slope, profile.intercept))
    sign = "−" if profile.intercept < 0 else "+"
    text += (
        f" The best linear map, {slope} × prediction {sign} {intercept.lstrip('−')}, would lower "
        f"the MSE from {before} to {after}."
    )
    if profile.slope > 0 and abs(profile.slope - 1) <= _STRAIGHT:
        text += " Its slope is near 1: the scale is used about right."
    elif profile.slope < 0:
        text += " Its slope is negative: predictions fall where references rise."
    return (text,)


def _factor(value: float) -> str:
    return minus(f"{value:.3g}")


def band_sentence(bands: Sequence[Band], metric: str, decimals: int, reason: str = "") -> Sentence:
    """Return in which band of the references a metric is best and worst.

    Parameters
    ----------
    bands : sequence of Band
    metric : str
    decimals : int
        Of the metric.
    reason : str, optional
        Why the metric is undefined for all pairs, such as ``all predictions are equal``.
    """
    labelled = [
        (f"{_plain(band.low)} to {_plain(band.high)}", band.metrics.get(metric)) for band in bands
    ]
    found = _extremes([(name, value) for name, value in labelled if value is not None], metric)
    if found is None:
        return (_undefined(metric, "band", [value for _, value in labelled], reason),)
    (best, high), (worst, low) = found
    return (
        f"Within bands of the references, {metric} is best from {best} "
        f"({metric_text(metric, high, decimals)}) and worst from {worst} "
        f"({metric_text(metric, low, decimals)}). Within a band, correlations are lower than over "
        "all pairs, because its references differ less.",
    )


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
    return (
        f"{metric} is best for ",
        Name(best or "(empty)"),
        f" ({metric_text(metric, high, decimals)}) and worst for ",
        Name(worst or "(empty)"),
        f" ({metric_text(metric, low, decimals)}).{rest}",
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
