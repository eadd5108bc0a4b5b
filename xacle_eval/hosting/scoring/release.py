"""What a host may publish of a score: rounded values, and the ladder of a team's best.

Many digits reveal labels (docs/explanations/what-a-public-score-leaks.md), so every number is
rounded before it leaves the scorer, by the rule with which the toolkit publishes.
"""

from __future__ import annotations

from xacle_eval.challenge.ladder import ladder as step_ladder
from xacle_eval.challenge.ladder import to_step
from xacle_eval.challenge.rounding import round_value
from xacle_eval.hosting.scoring.phases import ScoreKey

__all__ = ["ladder", "release", "release_error"]


def release(value: float, key: ScoreKey) -> float:
    """Return a finite value as a phase shows it: rounded to the step, if any, and to the decimals.

    An error such as MSE also has at most four significant digits.
    """
    return _rounded(value, key, key.digits)


def release_error(value: float, key: ScoreKey) -> float:
    """Return the error bar of a score as a phase shows it: also to one significant digit.

    It depends on the labels like a score. More of its digits tell no reader more.
    """
    return _rounded(value, key, 1)


def _rounded(value: float, key: ScoreKey, digits: int | None) -> float:
    if key.step is not None:
        value = to_step(value, key.step)
    return float(round_value(value, key.decimals, digits))


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

    See Also
    --------
    xacle_eval.challenge.ladder.ladder
    """
    if key.step is not None:
        shown = step_ladder(best, value, key.step, key.higher_is_better)
        if not shown.is_new:
            return shown.value
    return release(value, key)
