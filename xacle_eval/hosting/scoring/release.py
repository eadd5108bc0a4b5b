"""What a host may publish of a score: rounded values, and the ladder of a team's best.

Many digits reveal labels (docs/explanations/what-a-public-score-leaks.md), so every number is
rounded before it leaves the scorer, by the rule with which the toolkit publishes.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from xacle_eval.challenge.rounding import round_value
from xacle_eval.hosting.scoring.phases import ScoreKey

__all__ = ["ladder", "release"]


def release(value: float, key: ScoreKey) -> float:
    """Return a finite value as a phase shows it: rounded to the step, if any, and to the decimals.

    An error such as MSE also has at most four significant digits.
    """
    if key.step is not None:
        value = _to_step(value, key.step)
    return float(round_value(value, key.decimals, key.digits))


def _to_step(value: float, step: float) -> float:
    # In decimals, so that a multiple of 0.01 has no digits behind it.
    exact = Decimal(repr(step))
    times = (Decimal(repr(value)) / exact).to_integral_value(ROUND_HALF_EVEN)
    return float(times * exact) + 0.0


def ladder(value: float, best: float | None, key: ScoreKey) -> float:
    """Return what a ladder shows after a new score, for a host that keeps each team's best.

    Parameters
    ----------
    value : float
        The new score, not rounded.
    best : float or None
        What the ladder shows so far; None before the first score.
    key : ScoreKey
        The score, with a step.

    Returns
    -------
    float
        The new score as released, if it is better than `best` by more than the step; else `best`.

    Notes
    -----
    Blum, A., & Hardt, M. (2015). The Ladder: a reliable leaderboard for machine learning
    competitions (arXiv:1502.04585), figure 1.
    """
    step = 0.0 if key.step is None else key.step
    if best is None:
        return release(value, key)
    gain = value - best if key.higher_is_better else best - value
    return release(value, key) if gain > step else best
