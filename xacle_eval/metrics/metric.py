"""What a metric is: a function of predictions and references, its properties, and its fast forms.

Only the function is required. Everything else of the toolkit asks the object: the ranking its
direction, the tables its arrow, the bootstrap its fast form. Where a fast form is missing, the data
are repeated, dropped or swapped and the function is called, with the same result.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from xacle_eval.errors import UsageError, XacleEvalError, is_interrupt, is_memory_error
from xacle_eval.metrics.arrays import FloatVector, MetricInputError, check_array
from xacle_eval.metrics.correlation import CentredValues, centre
from xacle_eval.metrics.invariance import same_after_scaling, same_ranks
from xacle_eval.metrics.ranks import RankedValues, rank_values
from xacle_eval.text import count, visible

__all__ = ["FastForms", "Metric", "PreparedReferences", "PreparedValues"]

# What tables and results call their other columns.
_COLUMNS = frozenset(
    {"rank", "team", "system", "level", "n", "path", "metric", "value", "target", "label", "name",
     "model", "pair", "kind", "letters", "cluster", "bias", "low", "high", "column", "mean_rank",
     "rank_low", "rank_median", "rank_high", "p_first"}
)  # fmt: skip

Invariance = Literal["none", "linear", "monotone"]
"""The maps of the predictions that do not change a value."""

ERROR_DIGITS = 4
"""The largest number of significant digits of a value without a limit, such as an error."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]{0,39}")


class PreparedValues:
    """Values that are sorted and centred once, on first use, for all metrics; see :meth:`of`."""

    def __init__(self, values: FloatVector) -> None:
        self.values = values

    @classmethod
    def of(cls, values: ArrayLike, name: str) -> PreparedValues:
        """Check n values, n >= 1; `name` is for messages."""
        return cls(check_array(values, name))

    @cached_property
    def ranked(self) -> RankedValues:
        """The levels of the values."""
        return rank_values(self.values)

    @cached_property
    def centred(self) -> CentredValues:
        """The values minus their mean."""
        return centre(self.values)


class PreparedReferences(PreparedValues):
    """References that are checked, sorted and centred once to score many systems."""

    @classmethod
    def of(cls, references: ArrayLike, name: str = "references") -> PreparedReferences:
        """Prepare the references of n pairs.

        Parameters
        ----------
        references : array_like, shape (n,)
            Finite numbers, n >= 1. They are copied, so later changes of the caller's array have no
            effect.
        name : str
            The name of the array for messages.

        Raises
        ------
        MetricInputError
            If `references` is not a non-empty vector of finite numbers.
        """
        return cls(check_array(references, name).copy())


@dataclass(frozen=True, slots=True)
class FastForms:
    """Faster ways to the same values; each is optional.

    The objects that the functions take are those of `xacle_eval.statistics` and
    `xacle_eval.listeners`. They compute sums that several metrics need only once.

    Attributes
    ----------
    prepared : callable
        ``(predictions, references) -> float`` of two `PreparedValues`.
    resampled : callable
        ``(resampled) -> array, shape (R,)`` of a `statistics.resampled.Resampled`: the metric of
        the data repeated by the weights of each resample.
    left_out : callable
        ``(rest) -> array, shape (n,)`` of a `statistics.jackknife.LeftOut`: the metric without each
        pair in turn.
    swapped : callable
        ``(system_pair, swaps, kernels) -> array, shape (R,)`` of a
        `statistics.swapping.SystemPair`: the difference of two systems after swaps.
    same : callable
        ``(first, second, references) -> bool``: whether two different vectors of predictions are
        identical to the metric, whatever the references of a resample are.
    ceiling : callable
        ``(noise) -> estimate`` of a `listeners.noise.Noise`: the score of a perfect predictor.
    bound : callable
        ``(largest_error) -> float``: the largest value if no error is larger, for errors.
    linear : bool
        The metric is Pearson's coefficient of transformed values, so Williams' test applies.
    """

    prepared: Callable[[PreparedValues, PreparedValues], float] | None = None
    resampled: Callable[[Any], Any] | None = None
    left_out: Callable[[Any], Any] | None = None
    swapped: Callable[[Any, Any, Any], Any] | None = None
    same: Callable[[FloatVector, FloatVector, FloatVector], bool] | None = None
    ceiling: Callable[[Any], Any] | None = None
    bound: Callable[[float], float] | None = None
    linear: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with its name and properties.

    Attributes
    ----------
    name : str
        As in tables and files, for example "SRCC": a letter, then letters, digits and ``_.+-``, at
        most 40 characters.
    function : callable
        ``function(predictions, references) -> float`` of two vectors of finite float64 numbers,
        which it must not change. It is not called where the metric is undefined: see
        `needs_variance` and `minimum_pairs`.
    higher_is_better : bool
        The direction in which systems are ranked.
    title : str
        The name in words.
    range : tuple of float
        Lowest and highest possible value, both included.
    needs_variance : bool
        Whether the value is nan if the predictions or the references are constant.
    minimum_pairs : int
        With fewer pairs the value is nan and the function is not called.
    relative : bool, optional
        Whether differences are exact only relative to the values, as for errors in points of a
        scale; the differences of correlations are compared absolutely. By default only if the
        range is not finite.
    digits : int or None
        The largest number of significant digits of a published value. If the range is not finite
        it is 4 by default: many digits of an unlimited value reveal the references. Otherwise only
        the challenge's number of decimals limits the digits.
    invariance : {"none", "linear", "monotone"}
        Which increasing maps of the predictions never change the value: none, linear ones, or all.
        Paired permutations swap the predictions as they are, as z-scores or as average ranks.
    fast : FastForms
        Faster ways to the same values.

    Raises
    ------
    MetricInputError
        If the name has other characters, the function is not callable, the range is empty or a
        number is out of range.
    """

    name: str
    function: Callable[[Any, Any], float]
    higher_is_better: bool = True
    title: str = ""
    range: tuple[float, float] = (-math.inf, math.inf)
    needs_variance: bool = False
    minimum_pairs: int = 1
    relative: bool | None = None
    digits: int | None = None
    invariance: Invariance = "none"
    fast: FastForms = field(default=FastForms(), repr=False)

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise MetricInputError(problem)
        limited = all(map(math.isfinite, self.range))
        if self.relative is None:
            object.__setattr__(self, "relative", not limited)
        if self.digits is None and not limited:
            object.__setattr__(self, "digits", ERROR_DIGITS)
        if not self.title:
            object.__setattr__(self, "title", self.name)

    def _problem(self) -> str:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            return (
                f"the name of a metric is {self.name!r}; expected a letter, then letters, digits "
                "and _ . + -, at most 40 characters"
            )
        checks = (
            (self.name.lower() not in _COLUMNS, "name", "the name of no other column of tables"),
            (callable(self.function), "function", "callable"),
            (isinstance(self.higher_is_better, bool), "higher_is_better", "True or False"),
            (self.range[0] < self.range[1], "range", "two numbers, the lower one first"),
            (self.minimum_pairs >= 1, "minimum_pairs", "1 or more"),
            (self.digits is None or self.digits >= 1, "digits", "1 or more"),
            (self.invariance in get_args(Invariance), "invariance", "none, linear or monotone"),
        )
        wrong = [(key, expected) for valid, key, expected in checks if not valid]
        if not wrong:
            return ""
        key, expected = wrong[0]
        shown = visible(repr(getattr(self, key)), 60)
        return f"{key} of the metric {self.name} is {shown}; it must be {expected}"

    @property
    def arrow(self) -> str:
        """An arrow in the better direction: "↑" if higher is better, "↓" if lower is better."""
        return "↑" if self.higher_is_better else "↓"

    @property
    def sign(self) -> float:
        """1 if higher is better, -1 if lower is better."""
        return 1.0 if self.higher_is_better else -1.0

    @property
    def has_ceiling(self) -> bool:
        """Whether listeners' ratings determine the score of a perfect predictor."""
        return self.fast.ceiling is not None

    def worst(self, width: float) -> float:
        """Return the worst value; of an error without limit, the largest on a scale of a width."""
        worst = self.range[0 if self.higher_is_better else 1]
        bound = self.fast.bound
        return worst if math.isfinite(worst) or bound is None else bound(width)

    def of(self, predictions: PreparedValues, references: PreparedValues) -> float:
        """Return the value for prepared predictions and references of one length.

        Raises
        ------
        UsageError
            If the function of a metric fails, or its result is not a number in the metric's range.
        """
        if predictions.values.size < self.minimum_pairs:
            return math.nan
        if self.fast.prepared is not None:
            return self.fast.prepared(predictions, references)
        return self.of_arrays(predictions.values, references.values)

    def of_arrays(self, predictions: FloatVector, references: FloatVector) -> float:
        """Return the value of the function for two checked vectors of one length.

        Raises
        ------
        UsageError
            If the function fails, or its result is not a number in the metric's range.
        """
        if predictions.size < self.minimum_pairs:
            return math.nan
        if self.needs_variance and _is_constant(predictions, references):
            return math.nan
        return _call(self.name, self.function, (predictions, references), self.range)

    def same(self, first: FloatVector, second: FloatVector, references: FloatVector) -> bool:
        """Return whether two systems are identical to the metric, given its invariance."""
        if self.fast.same is not None:
            return self.fast.same(first, second, references)
        if self.invariance == "monotone":
            return same_ranks(first, second, references)
        if self.invariance == "linear":
            return same_after_scaling(first, second, references)
        return bool(np.array_equal(first, second))

    def tolerance(self, tolerance: float, *values: float) -> float:
        """Return the tolerance of a difference of `values`, absolute or relative to their sum."""
        return tolerance * float(sum(map(abs, values))) if self.relative else tolerance


def _is_constant(predictions: FloatVector, references: FloatVector) -> bool:
    return bool(predictions.min() == predictions.max() or references.min() == references.max())


def _call(
    name: str,
    function: Callable[..., Any],
    arrays: tuple[FloatVector, ...],
    limits: tuple[float, float],
) -> float:
    """Call the function of a metric and check its result.

    Parameters
    ----------
    name : str
        The metric, for messages.
    function : callable
        Gets read-only views of the arrays.
    arrays : tuple of arrays
    limits : tuple of float
        The range of the metric; a value outside by rounding is moved into it.

    Raises
    ------
    UsageError
        If the function fails, or its result is not a number in the range.
    """
    views = [array.view() for array in arrays]
    for view in views:
        view.setflags(write=False)
    try:
        result = function(*views)
    except (Exception, SystemExit) as error:
        if is_memory_error(error) or is_interrupt(error) or isinstance(error, XacleEvalError):
            raise
        reason = visible(f"{type(error).__name__}: {error}", 300)
        raise UsageError(
            f"the function of the metric {name} failed ({reason}); it must take two vectors of "
            "numbers, not change them, and return a number"
        ) from error
    value = _number(result)
    if value is None:
        shown = visible(repr(result), 60)
        raise UsageError(
            f"the function of the metric {name} returned {shown} ({type(result).__name__}); it "
            "must return one number"
        )
    if math.isnan(value):
        raise UsageError(
            f"the function of the metric {name} returned nan for {count(arrays[0].size, 'pair')}; "
            "if it is undefined for constant data or for few pairs, set needs_variance or "
            "minimum_pairs"
        )
    low, high = limits
    slack = 1e-9 * max(1.0, abs(value))
    if value < low - slack or value > high + slack:
        raise UsageError(
            f"the function of the metric {name} returned {value:g}, outside its range "
            f"{low:g} to {high:g}"
        )
    return min(max(value, low), high)


def _number(result: object) -> float | None:
    """Return a real number, also from numpy, as a float; None for anything else."""
    if isinstance(result, bool | np.bool_) or np.ndim(result) != 0:  # type: ignore[arg-type]
        return None
    if isinstance(result, np.ndarray):
        result = result[()]
    if not isinstance(result, int | float | np.integer | np.floating):
        return None
    try:
        return float(result)
    except OverflowError:
        return math.copysign(math.inf, result)
