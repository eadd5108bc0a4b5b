"""The Ladder: a leaderboard that answers only where a team improves by a step.

Blum, A., & Hardt, M. (2015). The Ladder: A reliable leaderboard for machine learning competitions.
ICML 2015 (arXiv:1502.04585), algorithm 1. With the loss :math:`R_S(f_t)` of submission
:math:`t` of a team, a step :math:`\\eta`, :math:`R_0 = \\infty` and
:math:`[x]_\\eta` the multiple of the step nearest to :math:`x`, the team sees

.. math::

    R_t = \\begin{cases}
        [R_S(f_t)]_\\eta & \\text{if } R_S(f_t) < R_{t-1} - \\eta \\\\
        R_{t-1} & \\text{otherwise.}
    \\end{cases}

For a metric of which higher values are better, the signs of both sides are reversed. Only the
standard library is used, so that a host can run this file alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

__all__ = ["Shown", "decimals_of_step", "ladder", "ladder_history", "to_step"]


class Shown(NamedTuple):
    """What a team sees after a submission.

    ``value`` is the shown score; ``is_new`` is false if it is that of an earlier submission.
    """

    value: float
    is_new: bool


def ladder(best: float | None, value: float, step: float, higher_is_better: bool) -> Shown:
    """Return what a team sees after a new score.

    Parameters
    ----------
    best : float or None
        What the team sees so far; None before its first score.
    value : float
        The new score, with all digits.
    step : float
        The step, above 0.
    higher_is_better : bool
        The direction of the metric.

    Returns
    -------
    Shown
        The new score, rounded to the step, if it is better than `best` by more than the step;
        otherwise `best`.

    Raises
    ------
    ValueError
        If a number is not finite, or the step is not above 0.
    """
    # The shortest decimal text of a number: 0.03 - 0.02 is exactly the step 0.01.
    numbers = [Decimal(repr(float(each))) for each in (value, step)]
    if best is not None:
        numbers.append(Decimal(repr(float(best))))
    if not all(number.is_finite() for number in numbers) or numbers[1] <= 0:
        raise ValueError(
            f"expected finite numbers and a step above 0, got best {best!r}, value {value!r}, "
            f"step {step!r}"
        )
    new, width = numbers[:2]
    if best is not None:
        gain = new - numbers[2] if higher_is_better else numbers[2] - new
        if gain <= width:
            return Shown(float(best), False)
    return Shown(to_step(value, step), True)


def to_step(value: float, step: float) -> float:
    """Return the multiple of a step that is nearest to a finite value, without stray digits."""
    width = Decimal(repr(float(step)))
    times = (Decimal(repr(float(value))) / width).to_integral_value(ROUND_HALF_EVEN)
    return float(times * width) + 0.0


def decimals_of_step(step: float) -> int:
    """Return how many decimals the multiples of a step need: two for 0.05, none for 20."""
    exponent = Decimal(repr(float(step))).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def ladder_history(
    values: Iterable[float], step: float, higher_is_better: bool
) -> tuple[Shown, ...]:
    """Return what a team sees after each of its scores, in their order; see `ladder`."""
    shown: list[Shown] = []
    for value in values:
        best = shown[-1].value if shown else None
        shown.append(ladder(best, value, step, higher_is_better))
    return tuple(shown)
