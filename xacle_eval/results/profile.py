"""Error profiles: the parts of one system's error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["Band", "ErrorProfile", "LargeError", "Tolerance"]


class Tolerance(BaseModel):
    """The error beyond the 95 % interval of each pair's mean rating (ITU-T P.1401, RMSE*).

    ``rmse_star`` is taken after the best linear map, ``share_inside`` is the share of pairs
    whose error does not leave the interval. ``half_width_*`` say in points how much is being
    tolerated; the interval comes from ``variance``, that of one rating around its pair's mean,
    pooled over all pairs with ``freedom`` degrees of freedom.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    rmse_star: float
    share_inside: float
    half_width_mean: float
    half_width_min: float
    half_width_max: float
    variance: float
    freedom: int


class Band(BaseModel):
    """The pairs between two quantiles of the references, ``low`` and ``high`` included.

    ``bias`` is the mean error. A metric that is undefined in the band is None: what the challenge
    makes of undefined metrics is for ranking.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    low: float
    high: float
    n: int
    bias: float
    metrics: dict[str, float | None]


class LargeError(BaseModel):
    """One pair; ``error`` is prediction minus reference."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    pair_id: str
    prediction: float
    reference: float
    error: float


class ErrorProfile(BaseModel):
    """The error of one system at the level of pairs, in points of the scale.

    ``mse`` is the sum of ``bias_part`` (the square of ``bias``, the mean of prediction minus
    reference), ``slope_part`` and ``residual_part`` (Theil 1966). ``slope`` and ``intercept`` are
    the linear map of the predictions with the least error, ``mse_mapped`` is what it leaves.
    ``tolerance`` is None where no ratings are at hand, or none but single ones.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

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
        """Return one row for each band: its ends, the number of pairs, bias and metrics."""
        import pandas as pd

        return pd.DataFrame(
            [{**band.model_dump(exclude={"metrics"}), **band.metrics} for band in self.bands]
        )
