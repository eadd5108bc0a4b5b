"""The metrics as named values: name, range and direction of each.

Conventions: :data:`METRICS` lists the four metrics in the order in which the organisers print
them: SRCC, LCC, KTAU, MSE. :func:`all_metrics` computes all of them in one call, with the same bits
as the separate functions.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from numpy.typing import ArrayLike

from xacle_eval.metrics.arrays import FloatVector, check_array, check_same_length
from xacle_eval.metrics.correlation import (
    CentredValues,
    centre,
    ktau,
    ktau_of_ranked,
    lcc,
    lcc_of_centred,
    srcc,
    srcc_of_ranked,
)
from xacle_eval.metrics.error import mse, mse_of_arrays
from xacle_eval.metrics.ranks import RankedValues, rank_values


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with its name and properties.

    Attributes
    ----------
    name : str
        As in the challenge's tables, for example "SRCC".
    title : str
        The name in words.
    function : callable
        ``function(predictions, references) -> float``.
    higher_is_better : bool
        The direction in which systems are ranked.
    range : tuple of float
        Lowest and highest possible value, both included.
    needs_variance : bool
        Whether the value is nan if the predictions or the references are constant.
    """

    name: str
    title: str
    function: Callable[[ArrayLike, ArrayLike], float]
    higher_is_better: bool
    range: tuple[float, float]
    needs_variance: bool

    @property
    def arrow(self) -> str:
        """An arrow in the better direction: "↑" if higher is better, "↓" if lower is better."""
        return "↑" if self.higher_is_better else "↓"


def _correlation(
    name: str, title: str, function: Callable[[ArrayLike, ArrayLike], float]
) -> Metric:
    return Metric(
        name, title, function, higher_is_better=True, range=(-1.0, 1.0), needs_variance=True
    )


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "SRCC": _correlation("SRCC", "Spearman's rank correlation coefficient", srcc),
        "LCC": _correlation("LCC", "Linear (Pearson) correlation coefficient", lcc),
        "KTAU": _correlation("KTAU", "Kendall's rank correlation coefficient (tau-b)", ktau),
        "MSE": Metric(
            "MSE", "Mean squared error", mse, False, range=(0.0, math.inf), needs_variance=False
        ),
    }
)
"""The challenge's metrics by name, in the organisers' order."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedReferences:
    """References checked, sorted and centred once to score many systems; see :meth:`of`."""

    values: FloatVector
    ranked: RankedValues
    centred: CentredValues

    @classmethod
    def of(cls, references: ArrayLike) -> "PreparedReferences":
        """Prepare the references of n pairs.

        Parameters
        ----------
        references : array_like, shape (n,)
            Finite numbers, n >= 1. They are copied, so later changes of the caller's array have no
            effect.

        Raises
        ------
        MetricInputError
            If `references` is not a non-empty vector of finite numbers.
        """
        values = check_array(references, "references").copy()
        return cls(values, rank_values(values), centre(values))


def all_metrics(
    predictions: ArrayLike, references: ArrayLike | PreparedReferences
) -> dict[str, float]:
    """Return all four metrics; each side is checked and sorted once.

    Parameters
    ----------
    predictions : array_like, shape (n,)
        Finite numbers on the scale of the references, n >= 1.
    references : array_like, shape (n,), or PreparedReferences
        Finite numbers; position i belongs to the same pair as position i of the predictions.

    Returns
    -------
    dict of str to float
        The names of :data:`METRICS`, in that order. Each value has the same bits as the result of
        the metric's own function.

    Raises
    ------
    MetricInputError
        If a side is not a non-empty vector of finite numbers, or the lengths differ.
    """
    predicted = check_array(predictions, "predictions")
    prepared = (
        references
        if isinstance(references, PreparedReferences)
        else PreparedReferences.of(references)
    )
    check_same_length(predicted, prepared.values)
    ranked = rank_values(predicted)
    return {
        "SRCC": srcc_of_ranked(ranked, prepared.ranked),
        "LCC": lcc_of_centred(centre(predicted), prepared.centred),
        "KTAU": ktau_of_ranked(ranked, prepared.ranked),
        "MSE": mse_of_arrays(predicted, prepared.values),
    }
