"""Breakdowns: the metrics of systems for each value of a column of the pairs file.

The pairs with one value are scored like a part of the split. If intervals are requested, these
pairs are resampled, so the interval of a value with few pairs is wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.pairs import PairsError
from xacle_eval.errors import UsageError
from xacle_eval.evaluation.scorer import Scorer, value_codes
from xacle_eval.results.breakdown import Breakdown, Slice
from xacle_eval.results.score import LevelScores
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.text import quote

if TYPE_CHECKING:
    from xacle_eval.statistics import Workers

__all__ = ["MOST_VALUES", "break_down", "check_column"]

MOST_VALUES = 1_000
"""The maximum number of values of a column in a breakdown."""


def check_column(challenge: Challenge, column: str | None) -> None:
    """Check that scores can be broken down by a column, before anything is scored.

    Parameters
    ----------
    challenge : Challenge
        The challenge, with the split and its part in use.
    column : str or None
        A column of the pairs file; None is no breakdown.

    Raises
    ------
    UsageError
        If the split has no pairs file, or the column is unknown or has too many values.
    ChallengeError
        If the pairs file is invalid.
    """
    if column is not None:
        _values(challenge, column)


def break_down(
    scorer: Scorer,
    column: str,
    predictions: Sequence[NDArray[np.float64]],
    names: Sequence[str],
    plan: Bootstrap | None = None,
) -> list[Breakdown]:
    """Return the metrics of systems for each value of a column.

    Parameters
    ----------
    scorer : Scorer
        The challenge and its references.
    column : str
        A column of the pairs file of the split.
    predictions : sequence of S arrays, shape (pairs of the split,)
        The predictions of each system, in manifest order.
    names : sequence of str, length S
        The labels of the systems.
    plan : Bootstrap, optional
        Add intervals.

    Returns
    -------
    list of Breakdown, length S
        Values in alphabetical order; an empty cell is a value too. Metrics at the level of pairs.

    Raises
    ------
    UsageError, ChallengeError
        As for `check_column`, or if listeners cannot be resampled.
    """
    values, codes = _values(scorer.challenge, column)
    rows: list[list[Slice]] = [[] for _ in names]
    with _crew(plan) as workers:
        for value in sorted(values):
            places = np.flatnonzero(codes == values.index(value))
            found = _score_value(scorer.restrict(places), predictions, names, plan, workers)
            for row, scores in zip(rows, found, strict=True):
                row.append(
                    Slice(
                        value=value,
                        n=places.size,
                        metrics=scores.metrics,
                        intervals=scores.intervals,
                        undefined_resamples=scores.undefined_resamples,
                        no_interval=scores.no_interval,
                    )
                )
    return [Breakdown(column=column, slices=tuple(row)) for row in rows]


def _crew(plan: Bootstrap | None) -> Workers | nullcontext[None]:
    """Return workers that stay open for all values."""
    if plan is None:
        return nullcontext()
    from xacle_eval.evaluation.uncertainty import workers_of

    return workers_of(plan)


def _values(challenge: Challenge, column: str) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the values of a column, and the number of the value of each scored pair."""
    pairs = challenge.pairs
    if pairs is None:
        raise UsageError(
            f"no column {quote(column, 60)}: the split {quote(challenge.split, 60)} has no pairs "
            f'file; add pairs = "FILE.csv" to splits.{challenge.split} in the challenge file, with '
            "the id and any columns of every pair"
        )
    try:
        cells = pairs.column(column)
    except PairsError as error:
        raise UsageError(str(error)) from error
    positions = challenge.scored_positions
    scored = cells if positions is None else [cells[place] for place in positions]
    values, codes = value_codes(scored)
    if len(values) > MOST_VALUES:
        raise UsageError(
            f"the column {quote(column, 60)} has {len(values):,} values; a breakdown shows at most "
            f"{MOST_VALUES:,}: choose a column with fewer values"
        )
    return values, codes


def _score_value(
    scorer: Scorer,
    predictions: Sequence[NDArray[np.float64]],
    names: Sequence[str],
    plan: Bootstrap | None,
    workers: Workers | None,
) -> list[LevelScores]:
    """Return the scores of every system on the pairs of one value."""
    scores = [scorer.scores_at("pair", each) for each in predictions]
    # The resamples of a single pair are all the same.
    if plan is None or len(scorer.references.values) < 2 or not scores:
        return scores
    from xacle_eval.evaluation.uncertainty import level_intervals

    return level_intervals(scorer, predictions, names, plan, scores, workers)
