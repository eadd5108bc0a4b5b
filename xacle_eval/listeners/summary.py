"""Descriptive statistics of ratings: in total, per pair and per listener.

Goal: the counts and averages to check before any other analysis.

Conventions: standard deviations divide by n − 1 and are ``nan`` for a single rating. Over the
ratings whose pair other listeners also rated, a listener's *bias* is the mean difference between
the rating and the mean rating of the others, and the *rest-correlation* is their LCC.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xacle_eval.listeners.results import Result, plain
from xacle_eval.references.ratings import Booleans, Codes, Floats, Ratings, RatingsError, sums_by

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Averages", "Description", "ListenerSummary", "averages", "describe", "listener_summary"]

#: The scale of XACLE and RELATE, in points.
_SCALE = (0.0, 10.0)
#: A variance below this share of the squared values is rounding error (float64 eps², with margin).
_NO_VARIANCE = 1e-24


class _Columns(Result, ABC):
    """Base class of results whose fields are columns of equal length."""

    __slots__ = ()

    @abstractmethod
    def _columns(self) -> Mapping[str, Any]:
        """Return the columns by name."""

    def to_frame(self) -> pd.DataFrame:
        """Return one row per pair or listener."""
        import pandas as pd

        return pd.DataFrame({name: np.asarray(column) for name, column in self._columns().items()})

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"rows": [...]}`` with one object per pair or listener."""
        columns = {name: plain(column) for name, column in self._columns().items()}
        rows = [
            dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)
        ]
        return {"rows": rows}


@dataclass(frozen=True, slots=True, eq=False)
class Averages(_Columns):
    """Average rating of each pair.

    Attributes
    ----------
    pair_ids : tuple of str
    mean, sd : array of float, shape (pairs,)
        In points; ``sd`` is ``nan`` for one rating.
    n : array of int, shape (pairs,)
        Number of ratings of the pair.
    """

    pair_ids: tuple[str, ...]
    mean: Floats
    n: Codes
    sd: Floats

    def _columns(self) -> Mapping[str, Any]:
        return {"pair_id": self.pair_ids, "mean": self.mean, "n": self.n, "sd": self.sd}


@dataclass(frozen=True, slots=True)
class Description(Result):
    """Summary statistics of all ratings.

    Attributes
    ----------
    n_ratings, n_pairs, n_listeners, n_duplicates : int
        ``n_duplicates`` counts the ratings that repeat a listener's rating of the same pair.
    per_pair_min, per_pair_median, per_pair_max, per_listener_min, ... : float
        Ratings per pair and ratings per listener.
    n_single : int
        Number of pairs with one rating.
    mean, sd, minimum, maximum : float
        Statistics of all ratings, in points.
    share_lowest, share_highest : float
        Share of ratings at or beyond the ends of the scale.
    """

    n_ratings: int
    n_pairs: int
    n_listeners: int
    n_duplicates: int
    per_pair_min: int
    per_pair_median: float
    per_pair_mean: float
    per_pair_max: int
    n_single: int
    per_listener_min: int
    per_listener_median: float
    per_listener_max: int
    mean: float
    sd: float
    minimum: float
    maximum: float
    share_lowest: float
    share_highest: float


@dataclass(frozen=True, slots=True, eq=False)
class ListenerSummary(_Columns):
    """Summary statistics of each listener.

    Attributes
    ----------
    listener_ids : tuple of str
    n, n_shared : array of int, shape (listeners,)
        Number of ratings, and of ratings whose pair another listener also rated.
    mean, sd : array of float, shape (listeners,)
        Statistics of the listener's ratings, in points.
    bias : array of float
        Mean difference between the listener's shared ratings and the mean rating of the others,
        in points; ``nan`` without shared ratings.
    rest_correlation : array of float
        LCC with the mean ratings of the others; ``nan`` if either is constant.
    share_lowest, share_highest : array of float
        Share of ratings at or beyond the ends of the scale.
    """

    listener_ids: tuple[str, ...]
    n: Codes
    n_shared: Codes
    mean: Floats
    sd: Floats
    bias: Floats
    rest_correlation: Floats
    share_lowest: Floats
    share_highest: Floats

    def _columns(self) -> Mapping[str, Any]:
        names = (
            "n",
            "n_shared",
            "mean",
            "sd",
            "bias",
            "rest_correlation",
            "share_lowest",
            "share_highest",
        )
        return {"listener_id": self.listener_ids} | {name: getattr(self, name) for name in names}


def averages(ratings: Ratings) -> Averages:
    """Return mean, count and standard deviation of each pair, in order of first appearance."""
    n = ratings.counts()
    return Averages(ratings.pair_ids, ratings.means(), n, _sd(ratings.squares_within(), n))


def describe(ratings: Ratings, *, scale: tuple[float, float] = _SCALE) -> Description:
    """Return counts, ratings per pair and per listener, and statistics of the ratings.

    Parameters
    ----------
    ratings : Ratings
    scale : (float, float)
        Lowest and highest possible rating.

    Raises
    ------
    RatingsError
        If the ends of the scale are not in ascending order.
    """
    lowest, highest = _ends(ratings, scale)
    k = ratings.counts()
    per_listener = np.bincount(ratings.listener, minlength=ratings.n_listeners)
    x = ratings.values
    return Description(
        ratings.n_ratings, ratings.n_pairs, ratings.n_listeners,
        n_duplicates=sum(len(duplicate.values) - 1 for duplicate in ratings.duplicates),
        per_pair_min=int(k.min()), per_pair_median=float(np.median(k)),
        per_pair_mean=float(k.mean()), per_pair_max=int(k.max()), n_single=int((k == 1).sum()),
        per_listener_min=int(per_listener.min()),
        per_listener_median=float(np.median(per_listener)),
        per_listener_max=int(per_listener.max()),
        mean=float(x.mean()), sd=float(x.std(ddof=1)) if x.size > 1 else float("nan"),
        minimum=float(x.min()), maximum=float(x.max()),
        share_lowest=float(lowest.mean()), share_highest=float(highest.mean()),
    )  # fmt: skip


def listener_summary(ratings: Ratings, *, scale: tuple[float, float] = _SCALE) -> ListenerSummary:
    """Return count, mean, spread, bias, rest-correlation and extreme ratings of each listener.

    Parameters
    ----------
    ratings : Ratings
    scale : (float, float)
        Lowest and highest possible rating.

    Raises
    ------
    RatingsError
        If the ends of the scale are not in ascending order.
    """
    lowest, highest = _ends(ratings, scale)
    size = ratings.n_listeners
    n = np.bincount(ratings.listener, minlength=size)
    mean, squares = _moments(ratings.listener, ratings.values, size)
    rest, count = ratings.others()
    use = count > 0
    shared = np.bincount(ratings.listener[use], minlength=size)
    bias = _ratio(sums_by(ratings.listener[use], (ratings.values - rest)[use], size), shared)
    return ListenerSummary(
        ratings.listener_ids, n, shared, mean, _sd(squares, n), bias,
        rest_correlation=_correlations(ratings.listener[use], ratings.values[use], rest[use], size),
        share_lowest=sums_by(ratings.listener, lowest, size) / n,
        share_highest=sums_by(ratings.listener, highest, size) / n,
    )  # fmt: skip


def _ends(ratings: Ratings, scale: tuple[float, float]) -> tuple[Booleans, Booleans]:
    low, high = scale
    if not low < high:
        raise RatingsError(
            f"scale is {scale}; expected the lowest rating, then a higher highest rating"
        )
    return ratings.values <= low, ratings.values >= high


def _ratio(total: Floats, count: NDArray[Any]) -> Floats:
    out = np.full(total.shape, np.nan)
    np.divide(total, count, out=out, where=count > 0)
    return out


def _sd(squares: Floats, n: Codes) -> Floats:
    return np.asarray(np.sqrt(_ratio(squares, n - 1)))


def _moments(code: Codes, values: Floats, size: int) -> tuple[Floats, Floats]:
    """Return mean and sum of squared deviations per code; the mean of no values is ``nan``."""
    mean = _ratio(sums_by(code, values, size), np.bincount(code, minlength=size))
    deviation = values - mean[code]
    return mean, sums_by(code, deviation * deviation, size)


def _correlations(code: Codes, x: Floats, y: Floats, size: int) -> Floats:
    """Return LCC of x and y for each code; ``nan`` if either is constant."""
    (mean_x, xx), (mean_y, yy) = _moments(code, x, size), _moments(code, y, size)
    xy = sums_by(code, (x - mean_x[code]) * (y - mean_y[code]), size)
    scale_x = sums_by(code, x * x, size)
    scale_y = sums_by(code, y * y, size)
    varies = (xx > _NO_VARIANCE * scale_x) & (yy > _NO_VARIANCE * scale_y)
    out = np.full(size, np.nan)
    np.divide(xy, np.sqrt(xx * yy), out=out, where=varies)
    return np.asarray(np.clip(out, -1.0, 1.0))
