"""CCC: Lin's concordance correlation coefficient.

It is 2 s_xy / (s_x² + s_y² + (m_x - m_y)²), with population variances: Pearson's coefficient,
lowered by a difference of the means or of the standard deviations.

Source: Lin, L. I.-K. (1989). A concordance correlation coefficient to evaluate reproducibility.
Biometrics 45(1), 255-268.

Conventions: both sides are divided by one power of two and moved near 0. This does not change the
value and avoids overflow and the loss of digits.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from xacle_eval.metrics.arrays import FloatVector, check_paired_arrays
from xacle_eval.metrics.metric import FastForms, Metric

__all__ = ["METRIC", "ccc"]

_Loss = Callable[[FloatVector, FloatVector], FloatVector]


def ccc(predictions: ArrayLike, references: ArrayLike) -> float:
    """Return Lin's concordance correlation, from -1 to 1; nan if either side is constant."""
    return _of_arrays(*check_paired_arrays(predictions, references))


def _of_arrays(x: FloatVector, y: FloatVector) -> float:
    if x.min() == x.max() or y.min() == y.max():
        return math.nan
    moments = [float(loss(x, y).mean()) for loss in _losses(x, y)]
    return float(_concordance(moments, _gap(x, y)))


def _exponent(x: FloatVector, y: FloatVector) -> int:
    return math.frexp(max(float(np.abs(x).max()), float(np.abs(y).max())))[1]


def _centre(values: FloatVector, exponent: int) -> float:
    return float(np.ldexp(values, -exponent).mean())


def _gap(x: FloatVector, y: FloatVector) -> float:
    exponent = _exponent(x, y)
    return _centre(x, exponent) - _centre(y, exponent)


def _losses(x: FloatVector, y: FloatVector) -> tuple[_Loss, ...]:
    """Return the numbers per pair whose means give the value: x, y, x², y² and x y, near 0."""
    exponent = _exponent(x, y)
    middle_x, middle_y = _centre(x, exponent), _centre(y, exponent)

    def a(values: FloatVector) -> FloatVector:
        return np.asarray(np.ldexp(values, -exponent) - middle_x)

    def b(values: FloatVector) -> FloatVector:
        return np.asarray(np.ldexp(values, -exponent) - middle_y)

    return (
        lambda p, _: a(p),
        lambda _, q: b(q),
        lambda p, _: a(p) ** 2,
        lambda _, q: b(q) ** 2,
        lambda p, q: a(p) * b(q),
    )


def _concordance(moments: Sequence[Any], gap: float) -> Any:
    """Return the value from means near 0; `gap` is the distance of the two points near 0."""
    mean_x, mean_y, xx, yy, xy = moments
    spread = (xx - mean_x * mean_x) + (yy - mean_y * mean_y) + (gap + mean_x - mean_y) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip(2.0 * (xy - mean_x * mean_y) / spread, -1.0, 1.0)


def _resampled(resampled: Any) -> FloatVector:
    x, y = resampled.system.values, resampled.block.values.ravel()
    moments = [resampled.mean_of(loss) for loss in _losses(x, y)]
    return np.where(resampled.constant, np.nan, _concordance(moments, _gap(x, y)))


def _left_out(rest: Any) -> FloatVector:
    moments = [rest.mean_of(loss(rest.x, rest.y)) for loss in _losses(rest.x, rest.y)]
    return np.where(rest.constant, np.nan, _concordance(moments, _gap(rest.x, rest.y)))


def _swapped(pair: Any, swaps: Any, kernels: Any) -> FloatVector:
    x, y = np.concatenate(pair.values), pair.task.references
    moments = [pair.mean_losses(loss, swaps, kernels) for loss in _losses(x, y)]
    gap = _gap(x, y)
    first, second = (_concordance([each[side] for each in moments], gap) for side in (0, 1))
    return np.where(pair.constant(swaps), np.nan, first - second)


METRIC = Metric(
    "CCC",
    ccc,
    title="Concordance correlation coefficient (Lin)",
    range=(-1.0, 1.0),
    needs_variance=True,
    fast=FastForms(
        prepared=lambda x, y: _of_arrays(x.values, y.values),
        resampled=_resampled,
        left_out=_left_out,
        swapped=_swapped,
    ),
)
