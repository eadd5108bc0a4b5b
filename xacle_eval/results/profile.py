"""Result models of error profiles. Definitions: docs/error-profile.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xacle_eval.models.frames import frame_of_rows
from xacle_eval.models.model import Model

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Band", "ErrorProfile", "LargeError", "Tolerance"]


class Tolerance(Model):
    """The error beyond the 95 % interval of each pair's mean rating (RMSE*, ITU-T P.1401).

    ``rmse_star`` (in points) and ``share_inside`` (the share of pairs with an error inside the
    interval, 0 to 1) are computed after the best linear map. ``half_width_*`` are half widths of
    the intervals, in points. They follow from ``variance``, the variance of one rating around its
    pair's mean in squared points, pooled over all pairs with ``freedom`` degrees of freedom.
    """

    rmse_star: float
    share_inside: float
    half_width_mean: float
    half_width_min: float
    half_width_max: float
    variance: float
    freedom: int


class Band(Model):
    """The pairs between two quantiles of the references, from ``low`` to ``high`` inclusive.

    ``bias`` is the mean error, in points. A metric that is undefined in the band is None: the
    challenge's policy for undefined metrics applies only to scores.
    """

    low: float
    high: float
    n: int
    bias: float
    metrics: dict[str, float | None]


class LargeError(Model):
    """A pair with a large error; ``error`` is prediction minus reference, in points."""

    pair_id: str
    prediction: float
    reference: float
    error: float


class ErrorProfile(Model):
    """The error of one system at the pair level, in points of the scale.

    ``mse`` is the sum of ``bias_part``, ``slope_part`` and ``residual_part`` (Theil 1966);
    ``bias_part`` is the square of ``bias``, the mean of prediction minus reference. ``slope`` and
    ``intercept`` define the linear map of the predictions with the smallest MSE, ``mse_mapped``.
    ``tolerance`` is None without ratings, with one rating per pair, and with fewer than 3 pairs.
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
    tolerance: Tolerance | None = None
    bands: tuple[Band, ...]
    largest: tuple[LargeError, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per band: its ends, the number of pairs, bias and metrics."""
        return frame_of_rows(
            [{**band.model_dump(exclude={"metrics"}), **band.metrics} for band in self.bands]
        )
