"""What a result says about its uncertainty, and what was asked for.

Models only: they cost nothing to load. `xacle_eval.resampled` fills them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from xacle_eval.errors import UsageError

__all__ = ["Bootstrap", "Bounds", "Ceilings", "EntryUncertainty", "ResamplingSummary"]

Resample = Literal["pairs", "listeners"]
Method = Literal["percentile", "bca"]
Bounds = dict[str, float | None]
"""The ends of an interval, ``low`` and ``high``; None where the metric is undefined in every resample."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How uncertainty is to be estimated.

    Attributes
    ----------
    resamples : int
        Number of resamples; 1,000 for a quick look, 10,000 for a report.
    seed : int
        0 or more; the same seed gives the same bytes, whatever the number of workers.
    level : float
        Coverage of the intervals, 0 to 1.
    alpha : float
        A system is significantly better than another where p <= alpha.
    resample : {"pairs", "listeners"}
        Redraw the pairs, or the pairs and the listeners inside each drawn pair.
    method : {"percentile", "bca"}
        Of the intervals; BCa corrects the bias of small samples and is for resampled pairs.
    jobs : int
        Processes on this machine.
    scheduler : str, optional
        The address of a running Dask scheduler, which does the work instead.
    kernels : {"numba", "numpy"}, optional
        Which code does the sums; by default the fastest at hand. The results are the same.
    progress : callable, optional
        Called as ``progress(done, total)``.
    """

    resamples: int = 10_000
    seed: int = 0
    level: float = 0.95
    alpha: float = 0.05
    resample: Resample = "pairs"
    method: Method = "percentile"
    jobs: int = 1
    scheduler: str | None = None
    kernels: str | None = None
    progress: Callable[[int, int], None] | None = None

    def __post_init__(self) -> None:
        if self.resamples < 1:
            raise UsageError(f"the number of resamples must be at least 1, it is {self.resamples}")
        if self.seed < 0:
            raise UsageError(f"the seed must be 0 or more, it is {self.seed}")
        for name, value in (("level", self.level), ("alpha", self.alpha)):
            if not 0.0 < value < 1.0:
                raise UsageError(f"{name} must lie between 0 and 1, it is {value:g}")
        if self.method == "bca" and self.resample == "listeners":
            raise UsageError(
                "BCa intervals are for resampled pairs; take percentile intervals with listeners"
            )

    @property
    def tag(self) -> str:
        """What the numbers depend on, for a signature."""
        interval = f"{self.method}{100 * self.level:g}"
        return f"bootstrap:{self.resamples}|seed:{self.seed}|resample:{self.resample}|interval:{interval}"


class EntryUncertainty(BaseModel):
    """What the resamples say of one ranked system.

    ``rank_low`` to ``rank_high`` is the interval of its rank, the whole ranking rule being
    applied in every resample; ``p_first`` is the share of resamples in which it is first, alone
    or with others, ``podium`` that of ranks 1, 2 and 3. Systems that share a letter do not
    differ significantly by the first metric; a ``cluster`` is numbered down the ranking.
    ``first_key_ranks`` are its ranks if another metric came first. ``ceiling_share`` is its
    value over the noise ceiling.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    intervals: dict[str, Bounds]
    undefined: dict[str, int] = {}
    rank_low: int
    rank_median: int
    rank_high: int
    p_first: float
    podium: tuple[float, ...]
    cluster: int
    letters: str = ""
    first_key_ranks: dict[str, int]
    ceiling_share: dict[str, float | None] = {}


class Ceilings(BaseModel):
    """How well a predictor of the true scores could do against these references.

    ``ceiling`` is the expected SRCC, LCC and KTAU of the true scores with its interval, ``floor``
    the MSE they cannot avoid; both are estimated from the listeners' ratings. ``note`` is what the
    reader must know.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    ceiling: dict[str, float | None]
    ceiling_intervals: dict[str, Bounds]
    floor: float | None
    floor_interval: Bounds
    note: str = ""


class ResamplingSummary(BaseModel):
    """How a result's uncertainty was estimated, and what it says of the ranking as a whole.

    ``rank_agreement`` is Kendall's tau between the ranking and that of a resample, its mean and
    2.5 % quantile. ``smallest_difference`` is the median, over neighbours in the ranking, of
    the smallest difference in the first metric that would be significant.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    resamples: int
    seed: int
    level: float
    alpha: float
    resample: Resample
    method: Method
    test: str = "paired bootstrap"
    correction: str = "none"
    rank_agreement: dict[str, float | None] = {}
    smallest_difference: float | None = None
    ceilings: Ceilings | None = None
