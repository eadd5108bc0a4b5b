"""ACC_EQ: pairwise accuracy with ties, acc_eq of Deutsch, Foster & Freitag.

Every two pairs are compared: the system is right if it orders them as the references do, and if it
gives them the same value where the references are tied. The value is the share of right
comparisons, (C + T_both) / (C + D + T_x + T_y + T_both), from the numbers of comparisons that are
concordant, discordant, tied in one side only, and tied in both.

Source: Deutsch, D., Foster, G., & Freitag, M. (2023). Ties matter: meta-evaluating modern metrics
with pairwise accuracy and tie calibration. EMNLP 2023 (arXiv:2305.14324).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from xacle_eval.metrics.arrays import FloatVector, check_paired_arrays
from xacle_eval.metrics.discordance import count_concordance
from xacle_eval.metrics.invariance import same_ranks
from xacle_eval.metrics.metric import FastForms, Metric
from xacle_eval.metrics.ranks import RankedValues, rank_values

__all__ = ["METRIC", "acc_eq"]


def acc_eq(predictions: ArrayLike, references: ArrayLike) -> float:
    """Return the share of comparisons that are right, from 0 to 1; nan for a single pair."""
    predicted, reference = check_paired_arrays(predictions, references)
    return _of_ranked(rank_values(predicted), rank_values(reference))


def _of_ranked(x: RankedValues, y: RankedValues) -> float:
    if x.size < 2:
        return math.nan
    joint = x.levels.astype(np.float64) * y.level_count + y.levels
    counts = count_concordance(x, y)
    net = counts.concordant - counts.discordant
    tied = x.tied_pairs(), y.tied_pairs(), rank_values(joint).tied_pairs()
    return float(_share(x.size, net, *tied))


def _share(n: int, net: Any, tied_x: Any, tied_y: Any, tied_both: Any) -> Any:
    """Return (C + T_both) / all, from C - D and the numbers of tied comparisons."""
    every = n * (n - 1) // 2
    untied = every - tied_x - tied_y + tied_both
    return ((net + untied) // 2 + tied_both) / every


def _swapped(pair: Any, swaps: Any, kernels: Any) -> FloatVector:
    both = _share(pair.task.plan.n, *pair.comparisons(swaps, kernels))
    return np.asarray(both[0] - both[1], dtype=np.float64)


METRIC = Metric(
    "ACC_EQ",
    acc_eq,
    title="Pairwise accuracy with ties",
    range=(0.0, 1.0),
    minimum_pairs=2,
    invariance="monotone",
    fast=FastForms(
        prepared=lambda x, y: _of_ranked(x.ranked, y.ranked),
        resampled=lambda resampled: _share(resampled.n, *resampled.comparisons),
        left_out=lambda rest: _share(rest.x.size - 1, *rest.comparisons),
        swapped=_swapped,
        same=same_ranks,
    ),
)
