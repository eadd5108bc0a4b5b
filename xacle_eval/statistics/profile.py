"""Where a system's error comes from: bias, slope, residual, the bands of the scale, single pairs.

Goal: what one MSE hides. A system that ranks well may use the scale badly, which a linear map
mends; another may fail only on the pairs that listeners rate low.

Conventions: the error of a pair is prediction minus reference, in points of the scale. A value that
does not exist is ``nan`` in Python and ``None`` in ``to_dict()``.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from xacle_eval.metrics import MetricInputError, all_metrics
from xacle_eval.metrics.arrays import check_paired_arrays

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Band", "ErrorProfile", "LargeError", "PanelSpread", "ToleranceProfile", "error_profile"]

Floats = npt.NDArray[np.float64]

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

    counts: npt.NDArray[np.intp]
    variance: float
    freedom: int


@dataclass(frozen=True, slots=True)
class ToleranceProfile:
    """Error beyond the 95 % interval of each pair's mean rating (ITU-T P.1401).

    Attributes
    ----------
    rmse_star : float
        √(Σ P_i² / (n − 2)) with P_i = max(0, |y_i − f(ŷ_i)| − ci95_i), f the best linear map.
    share_inside : float
        Share of pairs with P_i = 0.
    half_width_mean, half_width_min, half_width_max : float
        ci95 over the pairs, in points: how much is being tolerated.
    variance, freedom
        As of ``PanelSpread``: the variance is pooled, since of four ratings each pair's own
        interval would reach about ±3.9 points.
    """

    rmse_star: float
    share_inside: float
    half_width_mean: float
    half_width_min: float
    half_width_max: float
    variance: float
    freedom: int


@dataclass(frozen=True, slots=True)
class Band:
    """The pairs between two quantiles of the references.

    Attributes
    ----------
    low, high : float
        Lowest and highest reference in the band.
    n : int
        Pairs.
    bias : float
        Mean error.
    metrics : mapping of str to float
        The four metrics within the band. A correlation within a band is lower than over all pairs
        for any system, since the references vary less.
    """

    low: float
    high: float
    n: int
    bias: float
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LargeError:
    """One pair with its reference, prediction and error."""

    pair_id: str
    reference: float
    prediction: float
    error: float


@dataclass(frozen=True, slots=True)
class ErrorProfile:
    """The error profile of one system.

    Attributes
    ----------
    n : int
        Pairs.
    mse : float
        bias_part + slope_part + residual_part.
    bias : float
        Mean error; ``bias_part`` is its square.
    slope_part : float
        (s_p − r·s_y)², s being the standard deviations with n below: what a wrong slope costs.
    residual_part : float
        (1 − r²)·s_y²: what no linear map removes.
    slope, intercept : float
        The best linear map of the predictions; slope 0 for constant predictions.
    mse_mapped : float
        MSE after that map, equal to ``residual_part``.
    tolerance : ToleranceProfile or None
        None where ratings are not at hand or there are fewer than three pairs.
    bands : tuple of Band
        Within quantile bands of the reference, from low to high.
    largest : tuple of LargeError
        The pairs with the largest absolute error, the largest first.
    """

    n: int
    mse: float
    bias: float
    bias_part: float
    slope_part: float
    residual_part: float
    slope: float
    intercept: float
    mse_mapped: float
    tolerance: ToleranceProfile | None
    bands: tuple[Band, ...]
    largest: tuple[LargeError, ...]

    def to_dict(self) -> dict[str, Any]:
        """Every field under its name, as strict-JSON-able values."""
        document = _plain(dataclasses.asdict(self))
        return dict(document)

    def to_frame(self) -> pd.DataFrame:
        """One row a band: its ends, the number of pairs, bias and metrics."""
        import pandas as pd

        rows = [
            {"low": b.low, "high": b.high, "n": b.n, "bias": b.bias, **b.metrics}
            for b in self.bands
        ]
        return pd.DataFrame(rows)


def error_profile(
    predictions: npt.ArrayLike,
    references: npt.ArrayLike,
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


def _tolerance(mapped: Floats, panel: PanelSpread) -> ToleranceProfile:
    from scipy.special import stdtrit

    quantile = float(stdtrit(panel.freedom, (1 + _LEVEL) / 2))
    width = quantile * np.sqrt(panel.variance / panel.counts)
    beyond = np.maximum(np.abs(mapped) - width, 0.0)
    return ToleranceProfile(
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
    return Band(float(reference.min()), float(reference.max()), predicted.size, bias, metrics)


def _largest(
    names: Sequence[str], predicted: Floats, reference: Floats, count: int
) -> tuple[LargeError, ...]:
    error = predicted - reference
    order = np.argsort(-np.abs(error), kind="stable")[:count]
    return tuple(
        LargeError(names[i], float(reference[i]), float(predicted[i]), float(error[i]))
        for i in order
    )


def _plain(value: Any) -> Any:
    """JSON has no nan: None stands for it."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
