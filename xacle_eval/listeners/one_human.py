"""One human: how well a single listener predicts the ratings of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xacle_eval.listeners.results import Result
from xacle_eval.metrics import DEFAULT_METRICS, Metric, all_metrics, find_metrics
from xacle_eval.references.ratings import Ratings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OneHuman", "one_human"]


@dataclass(frozen=True, slots=True)
class OneHuman(Result):
    """Scores of a single listener: each rating against the mean of the pair's other ratings.

    Attributes
    ----------
    metrics : mapping of str to float
        SRCC, LCC, KTAU and MSE, or the given metrics, over these ratings; ``nan`` if undefined.
    n_ratings, n_pairs : int
        Number of ratings whose pair another listener also rated, and of their pairs.
    """

    metrics: Mapping[str, float]
    n_ratings: int
    n_pairs: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row with the metrics and the counts."""
        import pandas as pd

        return pd.DataFrame(
            [{**self.metrics, "n_ratings": self.n_ratings, "n_pairs": self.n_pairs}]
        )


def one_human(ratings: Ratings, metrics: Sequence[str | Metric] = DEFAULT_METRICS) -> OneHuman:
    """Return the metrics of each rating against the mean rating of the other listeners.

    Parameters
    ----------
    ratings : Ratings
        Ratings of pairs that no other listener rated are ignored.
    metrics : sequence of str or Metric
        By default SRCC, LCC, KTAU and MSE.
    """
    mean, count = ratings.others()
    use = count > 0
    given, rest = ratings.values[use], mean[use]
    names = [metric.name for metric in find_metrics(metrics)]
    values = all_metrics(given, rest, metrics) if given.size else dict.fromkeys(names, float("nan"))
    return OneHuman(values, int(use.sum()), int(np.unique(ratings.pair[use]).size))
