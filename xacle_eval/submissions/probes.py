"""Probes: files that measure single labels instead of predicting all of them.

If nearly all predictions are equal, every other prediction changes the MSE and the correlations by
an amount that depends only on its own label. The published scores of such files then give the
labels. A file is *probe-like* if at least 95 % of its predictions, but not all,

- are at most half the width of the scale outside it (a spike outside the scale measures its label
  more exactly than a prediction on the scale, whatever the others are), or
- differ from the median by at most a tenth of their range. This is not reported for fewer than 100
  pairs, because predictions rounded to whole numbers can look like this.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.columns import ScoreRange
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count

__all__ = ["most_spikes", "probe_finding", "usual_range"]

# With fewer pairs, one unusual prediction is common, outside the scale or on it.
_ENOUGH_PAIRS_OUTSIDE = 20
_ENOUGH_PAIRS = 100
_MOST_SPIKES = 0.05
# Half the width of the bulk, as a share of the range. If the predictions are normally distributed,
# about half of them are in it.
_BULK = 0.1
# In widths of the scale.
_OUTSIDE = 0.5


def usual_range(minimum: float, maximum: float) -> tuple[float, float]:
    """Return the range of predictions that are no spikes outside a scale."""
    width = maximum - minimum
    return minimum - _OUTSIDE * width, maximum + _OUTSIDE * width


def most_spikes(size: int) -> float:
    """Return how many predictions outside the usual range make a file of `size` pairs a probe.

    More of them are no spikes, but another scale. It is 0 where there are too few pairs to tell.
    """
    return 0.0 if size < _ENOUGH_PAIRS_OUTSIDE else max(1.0, _MOST_SPIKES * size)


def probe_finding(predictions: NDArray[np.float64], scores: ScoreRange) -> Finding | None:
    """Return a finding (XAC067) if predictions are nearly constant, or usual, with a few spikes.

    Parameters
    ----------
    predictions : (n,) array of finite floats
        The predictions of one system.
    scores : ScoreRange
        The scale of the challenge.

    Returns
    -------
    Finding or None
        An error for spikes outside the scale; a warning for nearly constant predictions, which an
        honest system can return. None for constant predictions: they measure no single label.
    """
    size = predictions.size
    most = most_spikes(size)
    spread = float(np.ptp(predictions))
    if most == 0.0 or spread == 0.0:
        return None
    low, high = usual_range(scores.minimum, scores.maximum)
    spikes = int(np.count_nonzero((predictions < low) | (predictions > high)))
    if 0 < spikes <= most:
        found = _finding(size, spikes, f"between {low:g} and {high:g}")
        return found.model_copy(update={"severity": "error"})
    if size < _ENOUGH_PAIRS:
        return None
    middle = float(np.partition(predictions, size // 2)[size // 2])
    spikes = int(np.count_nonzero(np.abs(predictions - middle) > _BULK * spread))
    if spikes > most:
        return None
    return _finding(size, spikes, f"within {_BULK * spread:.3g} of {middle:.3g}")


def _finding(size: int, spikes: int, where: str) -> Finding:
    others = f"{size - spikes:,} of {count(size, 'prediction')}"
    message = f"{others} are {where}; {count(spikes, 'spike')} {'is' if spikes == 1 else 'are'} not"
    return rule("probe-like").finding(message, count=spikes)
