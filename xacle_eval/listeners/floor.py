"""MSE floor and one human: what a perfect predictor and a single listener would score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xacle_eval.listeners.moments import interval, one_way, pair_table, resample_totals, totals
from xacle_eval.listeners.parts import Parts
from xacle_eval.listeners.results import Result
from xacle_eval.metrics import ktau, lcc, mse, srcc
from xacle_eval.references.ratings import Ratings, RatingsError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MseFloor", "OneHuman", "mse_floor", "one_human"]


@dataclass(frozen=True, slots=True)
class MseFloor(Result):
    """The MSE of the true scores against the averages.

    Attributes
    ----------
    value, low, high : float
        Mean of s²/k over the pairs, with a percentile interval over resampled parts or pairs.
    pooled_variance : float
        Pooled variance s² within pairs; used for pairs with one rating.
    n_pairs, n_single : int
        Number of pairs, and of pairs with one rating.
    level, resamples, seed
        Settings of the interval.
    note : str
        The reason for a missing value; empty if the value is defined.
    """

    value: float
    low: float
    high: float
    pooled_variance: float
    n_pairs: int
    n_single: int
    level: float
    resamples: int
    seed: int
    note: str


@dataclass(frozen=True, slots=True)
class OneHuman(Result):
    """Scores of a single listener: each rating against the mean of the pair's other ratings.

    Attributes
    ----------
    metrics : mapping of str to float
        SRCC, LCC, KTAU and MSE over these ratings; ``nan`` if undefined.
    n_ratings, n_pairs : int
        Number of ratings whose pair another listener also rated, and of their pairs.
    """

    metrics: Mapping[str, float]
    n_ratings: int
    n_pairs: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row with the four metrics and the counts."""
        import pandas as pd

        return pd.DataFrame(
            [{**self.metrics, "n_ratings": self.n_ratings, "n_pairs": self.n_pairs}]
        )


def mse_floor(
    ratings: Ratings, *, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> MseFloor:
    """Return the MSE of the true scores against the averages: the mean of s²/k over the pairs.

    Parameters
    ----------
    ratings : Ratings
        Any design. A pair with one rating uses the pooled s².
    resamples, seed, level
        Settings of the interval; see `xacle_eval.listeners.parts` for what is resampled.

    Raises
    ------
    RatingsError
        If ``resamples`` is below 1 or ``level`` is outside (0, 1).
    """
    if resamples < 1:
        raise RatingsError(f"resamples is {resamples}; expected 1 or more")
    table = pair_table(ratings)
    found = one_way(totals(table))
    value = float(found.floor)
    low, high = interval(
        one_way(resample_totals(table, Parts.of(ratings), resamples, seed)).floor, level
    )
    note = (
        ""
        if np.isfinite(value)
        else "the MSE floor cannot be estimated: it needs at least two pairs with two ratings"
    )
    single = int((ratings.counts() == 1).sum())
    return MseFloor(
        value, low, high, float(found.within), ratings.n_pairs, single, level, resamples, seed, note
    )


def one_human(ratings: Ratings) -> OneHuman:
    """Return the four metrics of each rating against the mean rating of the other listeners.

    Parameters
    ----------
    ratings : Ratings
        Ratings of pairs that no other listener rated are ignored.
    """
    mean, count = ratings.others()
    use = count > 0
    given, rest = ratings.values[use], mean[use]
    functions = {"SRCC": srcc, "LCC": lcc, "KTAU": ktau, "MSE": mse}
    metrics = {
        name: float(f(given, rest)) if given.size else float("nan") for name, f in functions.items()
    }
    return OneHuman(metrics, int(use.sum()), int(np.unique(ratings.pair[use]).size))
