"""Confidence intervals from a bootstrap: percentile by default, BCa, or normal.

Conventions: an interval is two-sided, (low, high), with level 0.95 by default. Resamples in which
the metric is undefined are excluded from the quantiles; the interval has their number. There is no
interval where resamples say too little: with so few pairs that no two-sided p could reach 1 - level
(2/2^n is above it), or if the value, or more than 5 % of its resamples in a normal interval, are at
a limit of the metric.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from xacle_eval.errors import UsageError
from xacle_eval.metrics import METRICS
from xacle_eval.statistics.bootstrap import BootstrapSample, prediction_rows
from xacle_eval.statistics.jackknife import jackknife_metrics
from xacle_eval.statistics.kernels_numpy import Floats
from xacle_eval.statistics.max_t import fewest_pairs
from xacle_eval.statistics.scaling import scale_to_one, standard_deviation

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BcaTerms",
    "Interval",
    "IntervalTable",
    "bca_interval",
    "bca_terms",
    "intervals",
    "normal_interval",
    "percentile_interval",
    "plain_interval",
]

Method = Literal["percentile", "bca", "normal"]
NoInterval = Literal["", "few", "limit"]
_MOST_AT_LIMIT = 0.05
_LIMIT_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval.

    Attributes
    ----------
    low, high : float
        nan if the metric is undefined in every resample, or for a reason.
    level : float
        Nominal coverage, 0 to 1.
    method : {"percentile", "bca", "normal"}
    undefined : int
        Resamples in which the metric is undefined; they are excluded from the quantiles.
    reason : {"", "few", "limit"}
        Why there is no interval: too few pairs (or groups, or parts), or a value or resamples at a
        limit of the metric, such as a correlation of 1.
    """

    low: float
    high: float
    level: float
    method: Method
    undefined: int
    reason: NoInterval = ""

    def covers(self, value: float) -> bool:
        """Return whether `value` is in the interval; both ends are included."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class BcaTerms:
    """Bias correction z0 and acceleration of a BCa interval (Efron 1987)."""

    bias: float
    acceleration: float


@dataclass(frozen=True, slots=True)
class IntervalTable:
    """The intervals of all systems and metrics: ``rows[s][metric]``."""

    systems: tuple[str, ...]
    rows: tuple[dict[str, Interval], ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per system and metric: low, high, level, method, undefined."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "system": system,
                    "metric": metric,
                    "low": interval.low,
                    "high": interval.high,
                    "level": interval.level,
                    "method": interval.method,
                    "undefined": interval.undefined,
                }
                for system, row in zip(self.systems, self.rows, strict=True)
                for metric, interval in row.items()
            ]
        )


def _check_level(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise UsageError(
            f"the level of an interval must be between 0 and 1, such as 0.95; got {level}"
        )
    return level


def percentile_interval(values: npt.ArrayLike, level: float = 0.95) -> Interval:
    """Return the percentile interval of bootstrap values, shape (R,); nan are counted.

    Raises
    ------
    UsageError
        If `level` is not between 0 and 1.
    """
    tail = (1.0 - _check_level(level)) / 2.0
    defined, undefined = _drop_undefined(values)
    low, high = _quantiles(defined, tail, 1.0 - tail)
    return Interval(low, high, level, "percentile", undefined)


def normal_interval(
    values: npt.ArrayLike,
    observed: float,
    limits: tuple[float, float],
    level: float = 0.95,
) -> Interval:
    """Return the interval that is normal on a scale without limits.

    The scale is the inverse hyperbolic tangent for a metric with two limits, such as a correlation,
    the logarithm for one with one limit, such as an error, and the metric itself otherwise. The
    standard error is that of the resamples. It covers better than the percentile interval where
    pairs are few.

    Parameters
    ----------
    values : array_like, shape (R,)
        The metric in each resample.
    observed : float
        The metric on the observed data.
    limits : (float, float)
        The lowest and the highest possible value.
    level : float

    Returns
    -------
    Interval
        If the observed value or more than 5 % of the resamples are at a limit, there is none. With
        fewer than two resamples it is the percentile interval.

    Raises
    ------
    UsageError
        If `level` is not between 0 and 1.
    """
    from scipy.special import ndtri

    plain = percentile_interval(values, level)
    defined, undefined = _drop_undefined(values)
    at_limit = _at_limit(defined, limits)
    if _at_limit(np.array([observed]), limits).any() or at_limit.sum() > (
        _MOST_AT_LIMIT * defined.size
    ):
        return _none(replace(plain, method="normal"), "limit")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        moved = _unlimited(defined, limits)
        centre = float(_unlimited(np.array([observed]), limits)[0])
    inside = moved[np.isfinite(moved)]
    if not math.isfinite(centre) or inside.size < 2:
        return plain
    half = float(ndtri((1.0 + level) / 2.0)) * standard_deviation(inside)
    with np.errstate(over="ignore"):
        low, high = _limited(np.array([centre - half, centre + half]), limits).tolist()
    return Interval(low, high, level, "normal", undefined)


def _at_limit(values: Floats, limits: tuple[float, float]) -> npt.NDArray[np.bool_]:
    """Return which values are at a finite limit; but for rounding if there are two."""
    low, high = limits
    near = _LIMIT_TOLERANCE * (high - low) if math.isfinite(high - low) else 0.0
    found = np.zeros(values.shape, bool)
    if math.isfinite(low):
        found |= values <= low + near
    if math.isfinite(high):
        found |= values >= high - near
    return found


def _none(interval: Interval, reason: NoInterval) -> Interval:
    return replace(interval, low=math.nan, high=math.nan, reason=reason)


def plain_interval(
    values: npt.ArrayLike,
    observed: float,
    limits: tuple[float, float],
    units: int,
    level: float = 0.95,
    method: Literal["percentile", "normal"] = "percentile",
) -> Interval:
    """Return a percentile or normal interval, or none with the reason.

    Parameters
    ----------
    values, observed, limits, level
        As in :func:`normal_interval`.
    units : int
        The number of pairs, parts or groups that were drawn.
    method : {"percentile", "normal"}
    """
    found = (
        percentile_interval(values, level)
        if method == "percentile"
        else normal_interval(values, observed, limits, level)
    )
    return _meaningful(found, observed, limits, units)


def _meaningful(
    interval: Interval, observed: float, limits: tuple[float, float], units: int
) -> Interval:
    """Return an interval, or none with the reason if the resamples say too little."""
    if units < fewest_pairs(1.0 - interval.level) and not math.isnan(observed):
        return _none(interval, "few")
    if math.isnan(interval.low) or math.isnan(observed):
        return interval
    low, high, value = _at_limit(np.array([interval.low, interval.high, observed]), limits)
    collapsed = interval.low == interval.high and low and high
    return _none(interval, "limit") if value or collapsed else interval


def _unlimited(values: Floats, limits: tuple[float, float]) -> Floats:
    """Return values between limits on a scale without limits."""
    low, high = limits
    if math.isfinite(low) and math.isfinite(high):
        return np.arctanh(2.0 * (values - low) / (high - low) - 1.0)
    if math.isfinite(low):
        return np.log(values - low)
    return -np.log(high - values) if math.isfinite(high) else values


def _limited(values: Floats, limits: tuple[float, float]) -> Floats:
    """Return the inverse of :func:`_unlimited`."""
    low, high = limits
    if math.isfinite(low) and math.isfinite(high):
        return low + (high - low) * (np.tanh(values) + 1.0) / 2.0
    if math.isfinite(low):
        return low + np.exp(values)
    return high - np.exp(-values) if math.isfinite(high) else values


def bca_interval(
    values: npt.ArrayLike, observed: float, jackknife: npt.ArrayLike, level: float = 0.95
) -> Interval:
    """Return the bias-corrected and accelerated interval.

    Parameters
    ----------
    values : array_like, shape (R,)
        The metric in each resample.
    observed : float
        The metric on the observed data.
    jackknife : array_like, shape (n,)
        The metric without each pair in turn; undefined entries are ignored.
    level : float

    Raises
    ------
    UsageError
        If `level` is not between 0 and 1.

    References
    ----------
    Efron, B. (1987). Better bootstrap confidence intervals. JASA 82(397), 171-185.
    """
    from scipy.special import ndtr, ndtri

    tail = (1.0 - _check_level(level)) / 2.0
    defined, undefined = _drop_undefined(values)
    if defined.size == 0 or math.isnan(observed):
        return Interval(math.nan, math.nan, level, "bca", undefined)
    terms = bca_terms(defined, observed, jackknife)
    shifted = terms.bias + ndtri(np.array([tail, 1.0 - tail]))
    # Beyond the pole of the correction the interval is undefined; use the outermost resample.
    adjusted = ndtr(terms.bias + shifted / np.maximum(1.0 - terms.acceleration * shifted, 1e-9))
    low, high = _quantiles(defined, float(adjusted[0]), float(adjusted[1]))
    return Interval(low, high, level, "bca", undefined)


def bca_terms(values: npt.ArrayLike, observed: float, jackknife: npt.ArrayLike) -> BcaTerms:
    """Return the bias correction and the acceleration.

    The bias comes from the share of resamples below the observed value. Equal values count half,
    and the share stays half a resample away from 0 and 1, to keep the bias finite. The
    acceleration is 0 if the jackknife is constant.
    """
    from scipy.special import ndtri

    defined, _ = _drop_undefined(values)
    below = float((defined < observed).mean() + (defined == observed).mean() / 2.0)
    margin = 0.5 / defined.size
    left_out, _ = _drop_undefined(jackknife)
    # The acceleration does not depend on the scale; cubes of very large values would overflow.
    deviations, _ = scale_to_one(left_out.mean() - left_out)
    square_sum = float((deviations**2).sum())
    acceleration = (
        float((deviations**3).sum()) / (6.0 * square_sum**1.5) if square_sum > 0.0 else 0.0
    )
    return BcaTerms(float(ndtri(min(max(below, margin), 1.0 - margin))), acceleration)


def _drop_undefined(values: npt.ArrayLike) -> tuple[Floats, int]:
    column = np.asarray(values, dtype=np.float64)
    defined = column[~np.isnan(column)]
    return defined, column.size - defined.size


def _quantiles(defined: Floats, low: float, high: float) -> tuple[float, float]:
    if defined.size == 0:
        return math.nan, math.nan
    ends = np.quantile(defined, [low, high])
    return float(ends[0]), float(ends[1])


def intervals(
    sample: BootstrapSample,
    *,
    level: float = 0.95,
    method: Method = "percentile",
    predictions: npt.ArrayLike | None = None,
    references: npt.ArrayLike | None = None,
) -> IntervalTable:
    """Return the interval of every system and metric of a bootstrap.

    Parameters
    ----------
    sample : BootstrapSample
        If parts were drawn, the jackknife of BCa leaves out whole parts.
    level : float
    method : {"percentile", "bca", "normal"}
        Normal is for fewer than 100 pairs. BCa is for a few hundred pairs or fewer; it needs the
        data.
    predictions, references : array_like, shapes (S, n) and (n,)
        For BCa only.

    Raises
    ------
    UsageError
        If `level` or `method` is invalid, or if BCa has no data.
    """
    if method == "bca":
        return _bca_table(sample, level, predictions, references)
    if method not in ("percentile", "normal"):
        raise UsageError(
            f"the method of an interval must be percentile, bca or normal; got {method!r}"
        )
    values = sample.values

    rows = tuple(
        {
            name: plain_interval(
                values[s, :, m],
                float(sample.observed[s, m]),
                METRICS[name].range,
                sample.units,
                level,
                method,
            )
            for m, name in enumerate(sample.metrics)
        }
        for s in range(len(sample.systems))
    )
    return IntervalTable(sample.systems, rows)


def _bca_table(
    sample: BootstrapSample,
    level: float,
    predictions: npt.ArrayLike | None,
    references: npt.ArrayLike | None,
) -> IntervalTable:
    if predictions is None or references is None:
        raise UsageError(
            "a BCa interval needs the predictions and the references for its jackknife"
        )
    reference = np.asarray(references, dtype=np.float64)
    rows = []
    for s, row in enumerate(prediction_rows(predictions, reference)):
        left_out = jackknife_metrics(row, reference, sample.metrics, sample.parts)
        rows.append(
            {
                name: _meaningful(
                    bca_interval(
                        sample.values[s, :, m], float(sample.observed[s, m]), left_out[:, m], level
                    ),
                    float(sample.observed[s, m]),
                    METRICS[name].range,
                    sample.units,
                )
                for m, name in enumerate(sample.metrics)
            }
        )
    return IntervalTable(sample.systems, tuple(rows))
