"""Slow, independent implementations of the toolkit's fast code; no code is shared.

Conventions: lists in, floats out; sums are exact (integers or fractions) and rounded once at the
end; a correlation of constant values is nan, except in :func:`organisers_result`.
"""

import math
from collections.abc import Sequence
from fractions import Fraction


def naive_average_ranks(values: Sequence[float]) -> list[float]:
    """Rank each value by counting the values below it and the values equal to it."""
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2
        for value in values
    ]


def exact_pearson(x: Sequence[float], y: Sequence[float]) -> float:
    """Pearson's coefficient in fractions; only one ratio and its square root are rounded."""
    deviations_x, deviations_y = _deviations(x), _deviations(y)
    square_x = sum(d * d for d in deviations_x)
    square_y = sum(d * d for d in deviations_y)
    if square_x == 0 or square_y == 0:
        return math.nan
    product = sum(a * b for a, b in zip(deviations_x, deviations_y, strict=True))
    coefficient = math.sqrt(product * product / (square_x * square_y))
    return coefficient if product >= 0 else -coefficient


def _deviations(values: Sequence[float]) -> list[Fraction]:
    exact = [Fraction(value) for value in values]
    mean = sum(exact, Fraction(0)) / len(exact)
    return [value - mean for value in exact]


def naive_spearman(x: Sequence[float], y: Sequence[float]) -> float:
    """Spearman's coefficient: Pearson's on naive average ranks."""
    return exact_pearson(naive_average_ranks(x), naive_average_ranks(y))


def spearman_without_ties(x: Sequence[float], y: Sequence[float]) -> float:
    """Equation (1) of the XACLE Challenge 2026 paper as printed; only correct without ties."""
    n = len(x)
    squares = sum(
        (a - b) ** 2 for a, b in zip(naive_average_ranks(x), naive_average_ranks(y), strict=True)
    )
    return 1 - 6 * squares / (n * (n * n - 1))


def naive_tau_b(x: Sequence[float], y: Sequence[float]) -> float:
    """Kendall's tau-b by a double loop, with the four counts of equation (4)."""
    concordant = discordant = tied_x_only = tied_y_only = 0
    for i in range(len(x)):
        for j in range(i):
            sign_x = (x[i] > x[j]) - (x[i] < x[j])
            sign_y = (y[i] > y[j]) - (y[i] < y[j])
            concordant += sign_x * sign_y > 0
            discordant += sign_x * sign_y < 0
            tied_x_only += sign_x == 0 and sign_y != 0
            tied_y_only += sign_y == 0 and sign_x != 0
    untied = concordant + discordant
    if untied + tied_x_only == 0 or untied + tied_y_only == 0:
        return math.nan
    return (concordant - discordant) / math.sqrt((untied + tied_x_only) * (untied + tied_y_only))


def naive_inversions(levels: Sequence[int]) -> int:
    """Count pairs of positions with the higher value first, by a double loop."""
    return sum(levels[i] > levels[j] for j in range(len(levels)) for i in range(j))


def exact_mse(x: Sequence[float], y: Sequence[float]) -> float:
    """Mean squared error in fractions, rounded once; inf if it is too large for a float."""
    squares = sum(
        ((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(x, y, strict=True)), Fraction(0)
    )
    try:
        return float(squares / len(x))
    except OverflowError:
        return math.inf


def organisers_result(
    predictions: Sequence[float], references: Sequence[float]
) -> dict[str, float]:
    """Metrics of the organisers' script for finite values; constant values correlate with 0.0."""
    correlations = {
        "SRCC": naive_spearman(predictions, references),
        "LCC": exact_pearson(predictions, references),
        "KTAU": naive_tau_b(predictions, references),
    }
    result = {name: 0.0 if math.isnan(value) else value for name, value in correlations.items()}
    return result | {"MSE": exact_mse(predictions, references), "N": len(predictions)}


def exact_mae(x: Sequence[float], y: Sequence[float]) -> float:
    """Mean absolute error in fractions, rounded once."""
    errors = [abs(Fraction(a) - Fraction(b)) for a, b in zip(x, y, strict=True)]
    return float(sum(errors, Fraction(0)) / len(errors))


def exact_ccc(x: Sequence[float], y: Sequence[float]) -> float:
    """Lin's concordance correlation in fractions: 1 - E(x - y)² / E(x - y)² if uncorrelated."""
    deviations_x, deviations_y = _deviations(x), _deviations(y)
    n = len(x)
    gap = sum(map(Fraction, x), Fraction(0)) / n - sum(map(Fraction, y), Fraction(0)) / n
    variances = [sum(d * d for d in each) / n for each in (deviations_x, deviations_y)]
    if 0 in variances:
        return math.nan
    expected = sum(variances) + gap * gap
    observed = sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(x, y, strict=True)) / n
    return float(1 - observed / expected)


def naive_accuracy(x: Sequence[float], y: Sequence[float], threshold: float = 0.0) -> float:
    """Share of the pairs of items that x orders as y does; x is tied up to the threshold."""
    right = every = 0
    for i in range(len(x)):
        for j in range(i):
            rise = x[i] - x[j]
            sign_x = 0 if abs(rise) <= threshold else math.copysign(1, rise)
            right += sign_x == (y[i] > y[j]) - (y[i] < y[j])
            every += 1
    return right / every if every else math.nan


def naive_calibrated_accuracy(x: Sequence[float], y: Sequence[float]) -> float:
    """The highest `naive_accuracy` over every difference of two predictions as threshold."""
    differences = {0.0, *(abs(a - b) for a in x for b in x)}
    return max(naive_accuracy(x, y, threshold) for threshold in differences)


def centred_differences(values, observed, pairs):
    """Return each difference, its standard error, and the centred differences of the resamples."""
    found = []
    for a, b in pairs:
        row = [x - y for x, y in zip(values[a].tolist(), values[b].tolist(), strict=True)]
        defined = [x for x in row if not math.isnan(x)]
        mean = math.fsum(defined) / len(defined)
        error = math.sqrt(math.fsum((x - mean) ** 2 for x in defined) / (len(defined) - 1))
        found.append((float(observed[a] - observed[b]), error, [x - mean for x in row]))
    return found


def step_down(statistics, draws):
    """Return adjusted p of statistics, given each one's values in all resamples; nan is undefined.

    Every step takes the largest value of the hypotheses that are left, in every resample again.
    """
    resamples = len(draws[0])
    order = sorted(range(len(statistics)), key=lambda k: -statistics[k])
    adjusted, before = [0.0] * len(statistics), 0.0
    for step, k in enumerate(order):
        left, reached, own = order[step:], 0, 0
        for r in range(resamples):
            largest = max(-math.inf if math.isnan(draws[j][r]) else draws[j][r] for j in left)
            reached += largest >= statistics[k] - 1e-9
            own += largest >= statistics[k] - 1e-9 or math.isnan(draws[k][r])
        before = max(before, (1 + reached) / (1 + resamples))
        adjusted[k] = max(before, (1 + own) / (1 + resamples))
    return adjusted


def max_t(values, observed, pairs):
    """Return the p of pairs, adjusted by step-down max-T in a plain loop."""
    found = centred_differences(values, observed, pairs)
    sure = [abs(d) / e if e > 1e-12 else 0.0 for d, e, _ in found]
    draws = [[abs(x) / e if e > 1e-12 else x * 0.0 for x in row] for _, e, row in found]
    return step_down(sure, draws)
