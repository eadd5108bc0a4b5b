"""Findings about predictions that only the references show."""

from __future__ import annotations

import math
from collections.abc import Iterator

from xacle_eval.results.score import LevelScores
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule

__all__ = ["remarks"]

# A correlation of very few pairs is often 1 or negative by chance.
_ENOUGH = 10
_STANDARD_ERRORS = 3.0
_ONE = 1.0 - 1e-9


def remarks(scores: LevelScores) -> Iterator[Finding]:
    """Yield a warning if predictions equal the references, or have a clearly negative SRCC.

    Parameters
    ----------
    scores : LevelScores
        The metrics over pairs; those that are not computed or undefined are not judged.
    """
    n = scores.n
    values = {
        name: value
        for name, value in scores.metrics.items()
        if value is not None and name not in scores.undefined
    }
    if n < _ENOUGH:
        return
    if values.get("MSE") == 0.0:
        yield rule("same-as-references").finding(f"all {n:,} predictions equal the references")
    elif values.get("LCC", 0.0) >= _ONE:
        message = f"the correlation with the references is 1 over all {n:,} pairs"
        yield rule("same-as-references").finding(message)
    elif values.get("SRCC", 0.0) * math.sqrt(n - 1) < -_STANDARD_ERRORS:
        message = f"SRCC is {values['SRCC']:.3f} over {n:,} pairs; is the prediction a distance?"
        yield rule("negative-correlation").finding(message)
