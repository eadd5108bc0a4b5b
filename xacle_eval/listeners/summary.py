"""What a file of ratings holds: the whole, each pair, each listener.

Goal: the counts and averages that a person looks at before believing anything else.

Conventions: standard deviations have n − 1 below; of a single rating they are ``nan``. A listener's
*bias* is the mean of rating minus mean of the pair's ratings by others; the *rest-correlation* is
LCC between the two over the listener's ratings that others accompany.
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
#: A variance below this share of the squared values is rounding (square of float64's precision,
#: with room).
_NO_VARIANCE = 1e-24


class _Columns(Result, ABC):
    """A result whose fields are equally long columns: one record a row."""

    __slots__ = ()

    @abstractmethod
    def _columns(self) -> Mapping[str, Any]:
        """Return the columns by name."""

    def to_frame(self) -> pd.DataFrame:
        """One row a pair or listener."""
        import pandas as pd

        return pd.DataFrame({name: np.asarray(column) for name, column in self._columns().items()})

    def to_dict(self) -> dict[str, Any]:
        """``{"rows": [...]}``, one object a pair or listener."""
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
        Ratings of the pair.
    """

    pair_ids: tuple[str, ...]
    mean: Floats
    n: Codes
    sd: Floats

    def _columns(self) -> Mapping[str, Any]:
        return {"pair_id": self.pair_ids, "mean": self.mean, "n": self.n, "sd": self.sd}


@dataclass(frozen=True, slots=True)
class Description(Result):
    """The ratings as a whole.

    Attributes
    ----------
    n_ratings, n_pairs, n_listeners, n_duplicates : int
        ``n_duplicates`` counts the ratings that repeat a listener's rating of the same pair.
    per_pair_min, per_pair_median, per_pair_max, per_listener_min, ... : float
        Ratings a pair and ratings a listener.
    n_single : int
        Pairs with one rating.
    mean, sd, minimum, maximum : float
        Of all ratings, in points.
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
    """Each listener in one row.

    Attributes
    ----------
    listener_ids : tuple of str
    n, n_shared : array of int, shape (listeners,)
        Ratings, and those whose pair others rated too.
    mean, sd : array of float, shape (listeners,)
        Of the listener's ratings, in points.
    bias : array of float
        Mean of rating minus the others' mean over the shared ratings, in points; ``nan`` without
        any.
    rest_correlation : array of float
        LCC with the others' means; ``nan`` where either does not vary.
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
    """Mean, number and standard deviation of each pair's ratings, in order of first appearance."""
    n = ratings.counts()
    return Averages(ratings.pair_ids, ratings.means(), n, _sd(ratings.squares_within(), n))


def describe(ratings: Ratings, *, scale: tuple[float, float] = _SCALE) -> Description:
    """Counts, ratings a pair and a listener, and the spread of the ratings.

    Parameters
    ----------
    ratings : Ratings
    scale : (float, float)
        Lowest and highest rating that could be given.

    Raises
    ------
    RatingsError
        For a scale whose ends are not in ascending order.
    """
    lowest, highest = _ends(ratings, scale)
    k = ratings.counts()
    per_listener = np.bincount(ratings.listener, minlength=ratings.n_listeners)
    x = ratings.values
    return Description(
        ratings.n_ratings, ratings.n_pairs, ratings.n_listeners,
        n_duplicates=sum(len(duplicate.values) - 1 for duplicate in ratings.duplicates),
        per_pair_min=int(k.min()), per_pair_median=float(np.median(k)), per_pair_mean=float(k.mean()),
        per_pair_max=int(k.max()), n_single=int((k == 1).sum()),
        per_listener_min=int(per_listener.min()), per_listener_median=float(np.median(per_listener)),
        per_listener_max=int(per_listener.max()),
        mean=float(x.mean()), sd=float(x.std(ddof=1)) if x.size > 1 else float("nan"),
        minimum=float(x.min()), maximum=float(x.max()),
        share_lowest=float(lowest.mean()), share_highest=float(highest.mean()),
    )  # fmt: skip


def listener_summary(ratings: Ratings, *, scale: tuple[float, float] = _SCALE) -> ListenerSummary:
    """Count, mean, spread, bias, rest-correlation and extreme ratings of each listener.

    Parameters
    ----------
    ratings : Ratings
    scale : (float, float)
        Lowest and highest rating that could be given.

    Raises
    ------
    RatingsError
        For a scale whose ends are not in ascending order.
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
            f"the scale is {scale}; expected its lowest and its highest rating, in this order"
        )
    return ratings.values <= low, ratings.values >= high


def _ratio(total: Floats, count: NDArray[Any]) -> Floats:
    out = np.full(total.shape, np.nan)
    np.divide(total, count, out=out, where=count > 0)
    return out


def _sd(squares: Floats, n: Codes) -> Floats:
    return np.asarray(np.sqrt(_ratio(squares, n - 1)))


def _moments(code: Codes, values: Floats, size: int) -> tuple[Floats, Floats]:
    """Mean and sum of squared deviations of each code's values; the mean of none is ``nan``."""
    mean = _ratio(sums_by(code, values, size), np.bincount(code, minlength=size))
    deviation = values - mean[code]
    return mean, sums_by(code, deviation * deviation, size)


def _correlations(code: Codes, x: Floats, y: Floats, size: int) -> Floats:
    """LCC of x and y within each code; ``nan`` where either does not vary."""
    (mean_x, xx), (mean_y, yy) = _moments(code, x, size), _moments(code, y, size)
    xy = sums_by(code, (x - mean_x[code]) * (y - mean_y[code]), size)
    scale_x = sums_by(code, x * x, size)
    scale_y = sums_by(code, y * y, size)
    varies = (xx > _NO_VARIANCE * scale_x) & (yy > _NO_VARIANCE * scale_y)
    out = np.full(size, np.nan)
    np.divide(xy, np.sqrt(xx * yy), out=out, where=varies)
    return np.asarray(np.clip(out, -1.0, 1.0))
