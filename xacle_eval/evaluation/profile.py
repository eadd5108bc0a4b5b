"""The error profile of one system: where its error comes from.

What one MSE hides: a system that ranks well may use the scale badly, which a linear map fixes;
another may fail only on the pairs that listeners rate low. Definitions: docs/error-profile.md.

The error of a pair is prediction minus reference, in points of the scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xacle_eval.metrics import MetricInputError, all_metrics
from xacle_eval.metrics.arrays import check_paired_arrays
from xacle_eval.references.model import References
from xacle_eval.results.numbers import none_if_nan
from xacle_eval.results.profile import Band, ErrorProfile, LargeError, Tolerance

__all__ = ["PanelSpread", "error_profile", "profile_against"]

Floats = NDArray[np.float64]

_LEVEL = 0.95  # P.1401's interval of a pair's mean rating
_MAP_PARAMETERS = 2  # slope and intercept, P.1401's d for a linear map


@dataclass(frozen=True, slots=True, eq=False)
class PanelSpread:
    """How well the averages are known.

    Attributes
    ----------
    counts : array of int, shape (pairs,)
        Ratings behind each average, at least 1.
    variance : float
        Variance of one rating around its pair's true score, pooled over all pairs, in points
        squared.
    freedom : int
        Degrees of freedom of ``variance``: ratings minus pairs, over pairs with two ratings or
        more.
    """

    counts: NDArray[np.intp]
    variance: float
    freedom: int


def profile_against(
    predictions: Floats, references: References, pair_ids: Sequence[str]
) -> ErrorProfile:
    """Return the profile of one system's errors against loaded references.

    Parameters
    ----------
    predictions : array, shape (n,)
        In manifest order.
    references : References
        Averages, or averages with the ratings they were made from.
    pair_ids : sequence of str
        The ids of the pairs in manifest order.
    """
    return error_profile(
        predictions, references.values, pair_ids=pair_ids, panel=_panel(references)
    )


def _panel(references: References) -> PanelSpread | None:
    """Return how well the averages are known; None without ratings or with one rating per pair."""
    ratings = references.ratings
    size = references.values.size
    if ratings is None or ratings.values.size == size:
        return None
    # Every pair has a rating; pairs with a single one add to neither the sum nor the freedom.
    freedom = ratings.values.size - size
    deviation = ratings.values - references.values[ratings.pair]
    variance = float((deviation * deviation).sum()) / freedom
    return PanelSpread(ratings.counts(), variance, freedom)


def error_profile(
    predictions: ArrayLike,
    references: ArrayLike,
    *,
    pair_ids: Sequence[str] | None = None,
    panel: PanelSpread | None = None,
    bands: int = 4,
    largest: int = 10,
) -> ErrorProfile:
    """Profile of the errors of one system.

    Parameters
    ----------
    predictions, references : array_like, shape (pairs,)
        Finite numbers on one scale.
    pair_ids : sequence of str, optional
        Names of the pairs, by default their numbers from 1.
    panel : PanelSpread, optional
        Needed for RMSE*.
    bands : int
        Quantile bands of the reference, at least 1. Equal references stay in one band, so heavy
        ties can leave fewer.
    largest : int
        How many of the largest errors to list, 0 or more; equal ones in the order of the pairs.

    Raises
    ------
    MetricInputError
        For arrays that cannot be scored, or settings out of range.

    Source: Theil 1966, Applied Economic Forecasting; ITU-T Rec. P.1401.
    """
    predicted, reference = check_paired_arrays(predictions, references)
    n = predicted.size
    names = [str(i + 1) for i in range(n)] if pair_ids is None else list(pair_ids)
    _check(n, names, panel, bands, largest)
    error = predicted - reference
    bias = float(error.mean())
    slope, intercept, slope_part, residual_part = _linear(predicted, reference)
    mapped = reference - (slope * predicted + intercept)
    return ErrorProfile(
        n=n,
        mse=float((error * error).mean()),
        bias=bias,
        bias_part=bias * bias,
        slope_part=slope_part,
        residual_part=residual_part,
        slope=slope,
        intercept=intercept,
        mse_mapped=float((mapped * mapped).mean()),
        tolerance=_tolerance(mapped, panel) if panel is not None and n > _MAP_PARAMETERS else None,
        bands=_bands(predicted, reference, bands),
        largest=_largest(names, predicted, reference, largest),
    )


def _check(
    n: int, names: Sequence[str], panel: PanelSpread | None, bands: int, largest: int
) -> None:
    if len(names) != n:
        raise MetricInputError(f"there are {len(names)} pair ids for {n} pairs; expected one each")
    if bands < 1 or largest < 0:
        raise MetricInputError(
            f"bands is {bands} and largest {largest}; expected 1 or more and 0 or more"
        )
    if panel is None:
        return
    if panel.counts.shape != (n,) or panel.counts.min() < 1:
        shape = panel.counts.shape
        raise MetricInputError(
            f"the panel's counts have shape {shape}; expected ({n},), all at least 1"
        )
    if not (math.isfinite(panel.variance) and panel.variance >= 0 and panel.freedom >= 1):
        raise MetricInputError(
            f"the pooled variance is {panel.variance} with {panel.freedom} degrees of freedom; "
            "expected a variance of 0 or more and 1 degree or more"
        )


def _linear(predicted: Floats, reference: Floats) -> tuple[float, float, float, float]:
    """Slope and intercept of the best map, and Theil's slope and residual parts."""
    p, y = predicted - predicted.mean(), reference - reference.mean()
    pp, yy, py = float((p * p).mean()), float((y * y).mean()), float((p * y).mean())
    # A constant has no slope; its mean squared error is bias and the references' own variance.
    if np.ptp(predicted) == 0 or pp == 0:
        return 0.0, float(reference.mean()), 0.0, yy
    slope = py / pp
    intercept = float(reference.mean() - slope * predicted.mean())
    explained = py * py / pp
    return slope, intercept, (math.sqrt(pp) - py / math.sqrt(pp)) ** 2, max(0.0, yy - explained)


def _tolerance(mapped: Floats, panel: PanelSpread) -> Tolerance:
    from scipy.special import stdtrit

    quantile = float(stdtrit(panel.freedom, (1 + _LEVEL) / 2))
    width = quantile * np.sqrt(panel.variance / panel.counts)
    beyond = np.maximum(np.abs(mapped) - width, 0.0)
    return Tolerance(
        rmse_star=float(np.sqrt((beyond * beyond).sum() / (mapped.size - _MAP_PARAMETERS))),
        share_inside=float((beyond == 0).mean()),
        half_width_mean=float(width.mean()),
        half_width_min=float(width.min()),
        half_width_max=float(width.max()),
        variance=panel.variance,
        freedom=panel.freedom,
    )


def _bands(predicted: Floats, reference: Floats, bands: int) -> tuple[Band, ...]:
    """Pairs between neighbouring quantiles; quantiles that coincide merge their bands."""
    # Upper ends that are references themselves, so that equal references always share a band.
    levels = np.linspace(0, 1, bands + 1)[1:]
    ends = np.unique(np.quantile(reference, levels, method="inverted_cdf"))
    owner = np.searchsorted(ends, reference, side="left")
    return tuple(_band(predicted[owner == b], reference[owner == b]) for b in np.unique(owner))


def _band(predicted: Floats, reference: Floats) -> Band:
    bias = float((predicted - reference).mean())
    metrics = all_metrics(predicted, reference)
    return Band(
        low=float(reference.min()),
        high=float(reference.max()),
        n=predicted.size,
        bias=bias,
        metrics={name: none_if_nan(value) for name, value in metrics.items()},
    )


def _largest(
    names: Sequence[str], predicted: Floats, reference: Floats, count: int
) -> tuple[LargeError, ...]:
    error = predicted - reference
    order = np.argsort(-np.abs(error), kind="stable")[:count]
    return tuple(
        LargeError(
            pair_id=names[i],
            reference=float(reference[i]),
            prediction=float(predicted[i]),
            error=float(error[i]),
        )
        for i in order
    )
