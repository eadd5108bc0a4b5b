"""The scores of one submission in a phase, by the rules of `xacle_eval.evaluation.scorer`.

Values are computed from lists, in the order of the manifest. Undefined metrics follow the policy of
the challenge, and every score has a finite value, because platforms lose or misplace others:

- With a number as the policy, an undefined metric has this number.
- With ``unranked``, a submission is refused if a metric of the ranking is undefined because its
  predictions are constant at the level of the ranking. This depends on the predictions alone, so it
  is found before the labels are opened. At another level, or for a metric that does not decide a
  rank, the worst value of the metric is shown. So it is where a part is scored, unless all
  predictions of the split are constant: a refusal would tell which pairs are in the part.
- A target that a submission leaves out, where this is allowed, has the worst value of each metric.
- An error that no column of a platform can hold is refused before the labels are opened, too, and
  so are a few predictions far outside the scale, which a leaderboard does not rank.

Labels that are constant make a metric undefined for every submission; the exporter finds this with
`undefined_for_all`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

from xacle_eval.hosting.scoring.metrics import FUNCTIONS, Pairing, all_metrics
from xacle_eval.hosting.scoring.phases import OVERALL_LEVEL, UNRANKED, ScoredPhase, ScoreKey
from xacle_eval.hosting.scoring.release import ladder, release
from xacle_eval.submissions.probes import most_spikes, usual_range

__all__ = [
    "LARGEST",
    "Predictions",
    "UndefinedError",
    "at_level",
    "exact_scores",
    "overall_of",
    "pairings",
    "refusal",
    "released_scores",
    "scored_part",
    "undefined_for_all",
]

_Value = TypeVar("_Value")
Predictions = Mapping[str, Sequence[float]]
"""The values of the scored pairs by target, in manifest order."""

LARGEST = 1e10
"""Codabench refuses this score and larger ones."""


class UndefinedError(ValueError):
    """A score that is not finite, although the predictions allow it: the labels are unsuitable."""


def scored_part(phase: ScoredPhase, values: Sequence[_Value]) -> list[_Value]:
    """Return what belongs to the scored pairs, from that of the whole split in manifest order."""
    if phase.positions is None:
        return list(values)
    return [values[place] for place in phase.positions]


def at_level(phase: ScoredPhase, level: str, values: Sequence[float]) -> list[float]:
    """Return values at a level: those of the scored pairs, or their average in each group."""
    if level == "pair":
        return list(values)
    codes = phase.groups[level]
    sums, sizes = [0.0] * (max(codes) + 1), [0] * (max(codes) + 1)
    # Added in order, one by one, as the toolkit does, for the same bits and so the same ties.
    for code, value in zip(codes, values):  # noqa: B905 -- Python 3.7
        sums[code] += value
        sizes[code] += 1
    return [total / size for total, size in zip(sums, sizes)]  # noqa: B905 -- Python 3.7


def refusal(phase: ScoredPhase, predictions: Predictions) -> str | None:
    """Return why a submission cannot be scored, from its predictions alone; None if it can.

    Parameters
    ----------
    phase : ScoredPhase
        The phase.
    predictions : mapping of str to sequence of float
        The predictions of the whole split by target, also where a part is scored: refused files
        count against no limit, so their number or text must not tell which pairs are in the part.
    """
    keys = [
        each for each in phase.keys if each.target in predictions and each.level != OVERALL_LEVEL
    ]
    # The reason that reveals an attempt comes before what follows from it.
    for check in (_spikes, _too_large, _constant):
        for each in keys:
            of_target = f" of the target {each.target}" if each.target else ""
            reason = check(phase, each, predictions[each.target], of_target)
            if reason is not None:
                return reason
    return None


def _too_large(
    phase: ScoredPhase, key: ScoreKey, values: Sequence[float], of_target: str
) -> str | None:
    largest = _largest_error(key, phase, values)
    # A value just below the limit can be rounded to it.
    if math.isfinite(largest) and release(largest, key) < LARGEST:
        return None
    return (
        f"the predictions{of_target} are so large that a platform cannot hold their "
        f"{key.metric} (XAC034); predict scores on the challenge's scale"
    )


def _spikes(
    phase: ScoredPhase, key: ScoreKey, values: Sequence[float], of_target: str
) -> str | None:
    """Return why predictions are a probe of single labels; a leaderboard does not rank them."""
    low, high = usual_range(*phase.scales[key.target])
    number = sum([value < low or value > high for value in values])
    if not 0 < number <= most_spikes(len(values)) or min(values) == max(values):
        return None
    verb = "is" if number == 1 else "are"
    return (
        f"{number:,} of {len(values):,} predictions{of_target} {verb} below {low:g} or above "
        f"{high:g}, far outside the scale, and the others are not (XAC067); the score of such a "
        "file reveals single labels; predict scores on the challenge's scale"
    )


def _constant(
    phase: ScoredPhase, key: ScoreKey, values: Sequence[float], of_target: str
) -> str | None:
    if phase.undefined[key.target] != UNRANKED or not (key.decides and key.needs_variance):
        return None
    # The groups of a part are not those of the split; what is constant only in the part, or in its
    # groups, is scored as the worst value.
    found = at_level(phase, key.level, values) if phase.positions is None else values
    if min(found) != max(found):
        return None
    pairs = key.level == "pair" or phase.positions is not None
    where = "" if pairs else f" at the level {key.level}"
    return (
        f"the predictions{of_target} are constant{where}, so {key.metric} is "
        "undefined (XAC064); this challenge does not rank such systems"
    )


def _largest_error(key: ScoreKey, phase: ScoredPhase, values: Sequence[float]) -> float:
    """Return the largest value that labels on the scale allow; 0.0 for a metric with a limit."""
    if key.limited:
        return 0.0
    low, high = phase.scales[key.target]
    return FUNCTIONS[key.metric](Pairing([max(max(values) - low, high - min(values))], [0.0]))


def pairings(
    phase: ScoredPhase, predictions: Predictions, labels: Predictions
) -> dict[tuple[str, str], Pairing]:
    """Return predictions and labels by target and level, for the targets with predictions."""
    return {
        (target, level): Pairing(
            at_level(phase, level, predictions[target]), at_level(phase, level, labels[target])
        )
        for target in phase.targets
        for level in phase.levels
        if target in predictions and phase.keys_of(target, level)
    }


def exact_scores(
    phase: ScoredPhase, predictions: Predictions, labels: Predictions
) -> dict[str, float]:
    """Return every score of the phase at full precision, by key in ranking order.

    The mean over targets is that of exact values here.

    Parameters
    ----------
    phase : ScoredPhase
        The phase.
    predictions : mapping of str to sequence of float
        The predictions of the scored pairs by target; one can be absent.
    labels : mapping of str to sequence of float
        The labels of the scored pairs, for every target of the phase.

    Raises
    ------
    UndefinedError
        If a score is not finite or too large; see `refusal`.
    """
    found: dict[str, float] = {}
    for (target, level), pairing in pairings(phase, predictions, labels).items():
        keys = phase.keys_of(target, level)
        values = all_metrics(pairing.x, pairing.y, [each.metric for each in keys])
        for each in keys:
            found[each.key] = _defined(values[each.metric], each, phase, pairing)
    return _complete(phase, found)


def _defined(value: float, key: ScoreKey, phase: ScoredPhase, pairing: Pairing) -> float:
    """Return a value after the policy for undefined metrics."""
    if math.isnan(value):
        policy = phase.undefined[key.target]
        if policy != UNRANKED:
            return float(policy)
        if not key.decides or min(pairing.x) == max(pairing.x):
            return key.worst
    if not math.isfinite(value) or abs(value) >= LARGEST:
        raise UndefinedError(key.key)
    return value


def _complete(phase: ScoredPhase, found: dict[str, float]) -> dict[str, float]:
    """Return all scores in their order: absent targets have the worst value."""
    values = {each.key: found.get(each.key, each.worst) for each in phase.keys}
    for each in phase.keys:
        if each.level == OVERALL_LEVEL:
            values[each.key] = overall_of(phase, each, found)
    return values


def overall_of(phase: ScoredPhase, key: ScoreKey, values: Mapping[str, float]) -> float:
    """Return the mean over the targets of the first metric; the worst if a target is absent."""
    parts = [
        each.key
        for each in phase.keys
        if each.decides and each.metric == key.metric and each.level != OVERALL_LEVEL
    ]
    if any(part not in values for part in parts):
        return key.worst
    return sum(values[part] for part in parts) / len(parts)


def released_scores(
    phase: ScoredPhase, exact: Mapping[str, float], best: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return the scores as the phase shows them, by key in ranking order.

    The mean over targets is that of the shown values, so it reveals no more than these.

    Parameters
    ----------
    phase : ScoredPhase
        The phase.
    exact : mapping of str to float
        The result of `exact_scores`.
    best : mapping of str to float, optional
        What is shown of the team so far, by key, for a host that keeps it: with a ladder, a score
        that does not beat it by the step stays. A host that keeps nothing shows every score,
        rounded to the step.
    """
    has_history = best is not None and all(each.step is not None for each in phase.keys)
    before = best if best is not None and has_history else {}
    shown = {each.key: ladder(exact[each.key], before.get(each.key), each) for each in phase.keys}
    for each in phase.keys:
        if each.level == OVERALL_LEVEL:
            shown[each.key] = release(overall_of(phase, each, shown), each)
    return shown


def undefined_for_all(phase: ScoredPhase, labels: Predictions) -> tuple[str, ...]:
    """Return the keys that are undefined for every submission, because labels are constant.

    Parameters
    ----------
    phase : ScoredPhase
        The phase.
    labels : mapping of str to sequence of float
        The labels of the scored pairs by target.
    """
    found = []
    for each in phase.keys:
        if each.level != OVERALL_LEVEL and each.needs_variance:
            values = at_level(phase, each.level, labels[each.target])
            if min(values) == max(values):
                found.append(each.key)
    return tuple(found)
