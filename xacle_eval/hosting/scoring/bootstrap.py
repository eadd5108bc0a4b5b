"""Error bars: the standard error of every score, from a bootstrap of pairs or groups.

EvalAI needs an error bar for every score. Pairs are drawn with replacement, at a group level whole
groups, and the standard error is the standard deviation of a score over the resamples. The toolkit
draws pairs that share listeners together; the file of labels has no listeners, so here the error
bar is that of independent pairs. The same resamples serve all targets and metrics.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

from xacle_eval.hosting.scoring.metrics import FUNCTIONS, Pairing, acc_eq_at, best_tie_width
from xacle_eval.hosting.scoring.phases import OVERALL_LEVEL, SEED, ScoredPhase
from xacle_eval.hosting.scoring.release import release_error
from xacle_eval.hosting.scoring.scoring import Predictions, overall_of, pairings

__all__ = ["released_errors", "standard_errors"]

_TIES = "ACC_EQ_TIES"


def standard_errors(
    phase: ScoredPhase, predictions: Predictions, labels: Predictions
) -> dict[str, float]:
    """Return the standard error of every score, by key in ranking order; 0.0 where there is none.

    The tie width of ACC_EQ_TIES is that of all pairs in every resample, because the search for it
    is quadratic. An undefined metric of a resample is left out.

    Parameters
    ----------
    phase, predictions, labels
        As for `xacle_eval.hosting.scoring.scoring.exact_scores`.
    """
    drawn: dict[str, list[float]] = {}
    paired = pairings(phase, predictions, labels)
    for level in phase.levels:
        of_level = {target: each for (target, at), each in paired.items() if at == level}
        drawn.update(_resampled(phase, level, of_level))
    for each in phase.keys:
        if each.level == OVERALL_LEVEL:
            drawn[each.key] = [
                overall_of(phase, each, {name: values[r] for name, values in drawn.items()})
                for r in range(phase.resamples)
            ]
    return {each.key: _deviation(drawn.get(each.key, ())) for each in phase.keys}


def _resampled(
    phase: ScoredPhase, level: str, paired: Mapping[str, Pairing]
) -> dict[str, list[float]]:
    """Return the values of every score of a level in each resample."""
    found: dict[str, list[float]] = {
        each.key: [] for target in paired for each in phase.keys_of(target, level)
    }
    widths = {
        target: best_tie_width(pairing)[1]
        for target, pairing in paired.items()
        if any(each.metric == _TIES for each in phase.keys_of(target, level))
    }
    size = max((pairing.n for pairing in paired.values()), default=0)
    # The numbers of this generator are the same in every version of Python; those of its other
    # methods may differ.
    number = random.Random(SEED).random  # noqa: S311 -- not for secrets
    for _ in range(phase.resamples):
        places = [int(number() * size) for _ in range(size)]
        for target, pairing in paired.items():
            x, y = pairing.x, pairing.y
            one = Pairing([x[place] for place in places], [y[place] for place in places])
            for each in phase.keys_of(target, level):
                if each.metric == _TIES:
                    value = acc_eq_at(one, widths[target])
                else:
                    value = FUNCTIONS[each.metric](one)
                found[each.key].append(value)
    return found


def _deviation(values: Sequence[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return 0.0
    mean = math.fsum(finite) / len(finite)
    squares = math.fsum([(value - mean) ** 2 for value in finite])
    return math.sqrt(squares / (len(finite) - 1))


def released_errors(phase: ScoredPhase, exact: Mapping[str, float]) -> dict[str, float]:
    """Return standard errors as the phase shows them: rounded like the scores, to one digit.

    A step larger than the error would hide it, but more digits would show what the step hides.
    """
    return {each.key: release_error(exact[each.key], each) for each in phase.keys}
