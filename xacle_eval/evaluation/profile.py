"""Error profile: where the error of one system comes from.

A single MSE hides the kind of error. A system that ranks well may use the scale badly, which a
linear map fixes. Another may fail only on pairs with low ratings. The error of a pair is
prediction minus reference, in points of the scale. Definitions: docs/error-profile.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xacle_eval.evaluation.numbers import none_if_undefined
from xacle_eval.metrics import DEFAULT_METRICS, Metric, MetricInputError, all_metrics
from xacle_eval.metrics.arrays import check_paired_arrays
from xacle_eval.references.model import References
from xacle_eval.results.profile import Band, ErrorProfile, LargeError, Tolerance

__all__ = ["PanelSpread", "error_profile", "profile_against"]

Floats = NDArray[np.float64]

_LEVEL = 0.95  # coverage of the interval of a pair's mean rating, P.1401
_MAP_PARAMETERS = 2  # slope and intercept: d of a linear map, P.1401
_BANDS = 4
_LARGEST = 10


@dataclass(frozen=True, slots=True, eq=False)
class PanelSpread:
    """The precision of the average ratings.

    Attributes
    ----------
    counts : array of int, shape (n,)
        Number of ratings of each pair, at least 1.
    variance : float
        Variance of one rating around its pair's mean, pooled over all pairs, in squared points;
        0 or more.
    freedom : int
        Degrees of freedom of ``variance``, at least 1: ratings minus pairs, counted over pairs
        with two or more ratings.
    """

    counts: NDArray[np.intp]
    variance: float
    freedom: int


def profile_against(
    predictions: Floats,
    references: References,
    pair_ids: Sequence[str],
    metrics: Sequence[str | Metric] = DEFAULT_METRICS,
) -> ErrorProfile:
    """Return the error profile of one system against loaded references.

    Parameters
    ----------
    predictions : array, shape (n,)
        One finite prediction per pair, in manifest order.
    references : References
        The references of the split. RMSE* needs references that were loaded from ratings.
    pair_ids : sequence of str, length n
        The ids of the pairs, in manifest order.
    metrics : sequence of str or Metric
        The metrics within bands of the references.

    Returns
    -------
    ErrorProfile
        See `error_profile`.
    """
    return error_profile(
        predictions, references.values, pair_ids, panel=_panel(references), metrics=metrics
    )


def _panel(references: References) -> PanelSpread | None:
    """Return the precision of the averages; None without ratings or with one rating per pair."""
    ratings = references.ratings
    size = references.values.size
    if ratings is None or ratings.values.size == size:
        return None
    # Pairs with a single rating add 0 to both the sum of squares and the degrees of freedom.
    freedom = ratings.values.size - size
    deviation = ratings.values - references.values[ratings.pair]
    variance = float((deviation * deviation).sum()) / freedom
    return PanelSpread(ratings.counts(), variance, freedom)


def error_profile(
    predictions: ArrayLike,
    references: ArrayLike,
    pair_ids: Sequence[str],
    *,
    panel: PanelSpread | None = None,
    metrics: Sequence[str | Metric] = DEFAULT_METRICS,
) -> ErrorProfile:
    """Return the error profile of one system.

    Parameters
    ----------
    predictions, references : array_like, shape (n,)
        Finite numbers, in points of the same scale.
    pair_ids : sequence of str, length n
        The ids of the pairs.
    panel : PanelSpread, optional
        The precision of the references; needed for RMSE*, with n of 3 or more.
    metrics : sequence of str or Metric
        The metrics within bands of the references.

    Returns
    -------
    ErrorProfile
        The parts of MSE, the best linear map, RMSE*, four quantile bands of the references (fewer
        with heavy ties, since equal references share a band) and the ten largest absolute errors
        (equal ones in the order of the pairs).

    Raises
    ------
    MetricInputError
        If the arrays cannot be scored, or the ids or the panel do not fit them.

    Notes
    -----
    Sources: Theil 1966, Applied Economic Forecasting; ITU-T Rec. P.1401.
    """
    predicted, reference = check_paired_arrays(predictions, references)
    n = predicted.size
    _check(n, pair_ids, panel)
    error = predicted - reference
    bias = float(error.mean())
    slope, intercept, slope_part, residual_part = _fit_line(predicted, reference)
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
        bands=_bands(predicted, reference, metrics),
        largest=_largest_errors(pair_ids, predicted, reference),
    )


def _check(n: int, pair_ids: Sequence[str], panel: PanelSpread | None) -> None:
    if len(pair_ids) != n:
        raise MetricInputError(f"{len(pair_ids)} pair ids for {n} pairs; expected one per pair")
    if panel is None:
        return
    if panel.counts.shape != (n,) or panel.counts.min() < 1:
        raise MetricInputError(
            f"the counts of the panel have shape {panel.counts.shape}; expected ({n},), all at "
            "least 1"
        )
    if not (math.isfinite(panel.variance) and panel.variance >= 0 and panel.freedom >= 1):
        raise MetricInputError(
            f"the pooled variance is {panel.variance} with {panel.freedom} degrees of freedom; "
            "expected a variance of 0 or more and 1 degree or more"
        )


def _fit_line(predicted: Floats, reference: Floats) -> tuple[float, float, float, float]:
    """Return slope and intercept of the best linear map, and Theil's slope and residual parts."""
    p, y = predicted - predicted.mean(), reference - reference.mean()
    pp, yy, py = float((p * p).mean()), float((y * y).mean()), float((p * y).mean())
    # Constant predictions: MSE is the squared bias plus the variance of the references.
    if np.ptp(predicted) == 0 or pp == 0:
        return 0.0, float(reference.mean()), 0.0, yy
    slope = py / pp
    intercept = float(reference.mean() - slope * predicted.mean())
    explained = py * py / pp
    return slope, intercept, (math.sqrt(pp) - py / math.sqrt(pp)) ** 2, max(0.0, yy - explained)


def _tolerance(mapped: Floats, panel: PanelSpread) -> Tolerance:
    """Return RMSE* from the errors after the best linear map."""
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


def _bands(
    predicted: Floats, reference: Floats, metrics: Sequence[str | Metric]
) -> tuple[Band, ...]:
    """Return the quantile bands; bands with the same upper end are merged."""
    # Every upper end is one of the references, so equal references always share a band.
    levels = np.linspace(0, 1, _BANDS + 1)[1:]
    ends = np.unique(np.quantile(reference, levels, method="inverted_cdf"))
    owner = np.searchsorted(ends, reference, side="left")
    return tuple(
        _band(predicted[owner == b], reference[owner == b], metrics) for b in np.unique(owner)
    )


def _band(predicted: Floats, reference: Floats, metrics: Sequence[str | Metric]) -> Band:
    bias = float((predicted - reference).mean())
    values = all_metrics(predicted, reference, metrics)
    return Band(
        low=float(reference.min()),
        high=float(reference.max()),
        n=predicted.size,
        bias=bias,
        metrics={name: none_if_undefined(value) for name, value in values.items()},
    )


def _largest_errors(
    pair_ids: Sequence[str], predicted: Floats, reference: Floats
) -> tuple[LargeError, ...]:
    error = predicted - reference
    order = np.argsort(-np.abs(error), kind="stable")[:_LARGEST]
    return tuple(
        LargeError(
            pair_id=pair_ids[i],
            reference=float(reference[i]),
            prediction=float(predicted[i]),
            error=float(error[i]),
        )
        for i in order
    )
