"""The ratings of a report: distribution, reliability, ceilings and screenings, as aggregates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xacle_eval.evaluation.binned import hide_small
from xacle_eval.evaluation.ceilings import noise_of
from xacle_eval.evaluation.listeners import analysis_parts
from xacle_eval.evaluation.numbers import none_if_undefined
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.screening import Screened
from xacle_eval.io.memory import SCIPY_BYTES, require_address_space
from xacle_eval.results.details import Histogram
from xacle_eval.results.report import RatingsReport, ScreeningEffect
from xacle_eval.results.uncertainty import Bootstrap

if TYPE_CHECKING:
    from xacle_eval.listeners import NoiseCeiling, Ratings

__all__ = ["ratings_histogram", "ratings_report"]

_SPLITS, _RESAMPLES = 200, 1000  # as in `study_ratings`
_MOST_LEVELS = 21  # of a scale that has a bar for each level
_INTERVALS = 20  # of a scale with more levels
# No interval of the ceilings after screening is shown, and 1 is the smallest number.
_NO_RESAMPLES = 1


def ratings_report(
    scorer: Scorer, screened: Mapping[str, Screened], plan: Bootstrap, min_pairs: int
) -> RatingsReport | None:
    """Return the analysis of the ratings of a scorer's references; None if they are averages.

    Parameters
    ----------
    scorer : Scorer
        The challenge, or one of its targets, with its references.
    screened : mapping of method to Screened
        What each method removes.
    plan : Bootstrap
        Its seed and its level are those of the estimates.
    min_pairs : int
        The smallest number of ratings of an interval of the histogram that is shown.
    """
    ratings = scorer.references.ratings
    if ratings is None:
        return None
    require_address_space(SCIPY_BYTES)
    challenge, noise = scorer.challenge, noise_of(scorer, plan, "pair")
    settings = {"seed": plan.seed, "level": plan.level, "resamples": _RESAMPLES, "splits": _SPLITS}
    # Those of the boards are not computed again.
    parts: dict[str, Callable[[Ratings], Any]] = {
        **analysis_parts(challenge, settings),
        "ceiling": lambda _: noise.ceiling,
        "floor": lambda _: noise.mse_floor,
    }
    found: dict[str, Any] = {name: part(ratings).to_dict() for name, part in parts.items()}
    low, high = challenge.scores.minimum, challenge.scores.maximum
    distribution = ratings_histogram(ratings.values, low, high, min_pairs)
    _hide_shares(found["description"], min_pairs)
    effects = tuple(_effect(each, ratings, noise.ceiling, plan) for each in screened.values())
    return RatingsReport(distribution=distribution, **found, screenings=effects)


def ratings_histogram(
    values: NDArray[np.float64], low: float, high: float, min_pairs: int
) -> Histogram:
    """Return the numbers of ratings at each level of the scale, or in 20 intervals of it.

    Parameters
    ----------
    values : array, shape (n,)
        All ratings.
    low, high : float
        The ends of the scale, low < high.
    min_pairs : int
        An interval with fewer ratings is hidden, as in `hide_small`.
    """
    step = _step(values, low, high)
    size = _INTERVALS if step is None else round((high - low) / step) + 1
    width = (high - low) / size if step is None else step
    start = low if step is None else low - step / 2
    edges = start + width * np.arange(size + 1)
    inside = np.clip(values, edges[0], edges[-1])
    counts = np.histogram(inside, edges)[0]
    shown = hide_small(counts, min_pairs)
    return Histogram(
        edges=tuple(float(f"{edge:.12g}") + 0.0 for edge in edges),
        counts=tuple(
            number if keep else None
            for number, keep in zip(counts.tolist(), shown.tolist(), strict=True)
        ),
    )


def _step(values: NDArray[np.float64], low: float, high: float) -> float | None:
    """Return the step between the levels of the scale; None if it has too many levels."""
    levels = np.unique(np.concatenate([values, [low, high]]))
    if levels.size > _MOST_LEVELS:
        return None
    step = float(np.diff(levels).min())
    places = (levels - low) / step
    on_grid = np.abs(places - np.round(places)).max() < 1e-6
    return step if on_grid and places[-1] < _MOST_LEVELS else None


def _hide_shares(description: dict[str, Any], min_pairs: int) -> None:
    """Remove the share of an end of the scale that has too few ratings to be shown."""
    for name in ("share_lowest", "share_highest"):
        if 0 < round(description[name] * description["n_ratings"]) < min_pairs:
            description[name] = None


def _effect(
    screened: Screened, ratings: Ratings, whole: NoiseCeiling, plan: Bootstrap
) -> ScreeningEffect:
    """Return what a method removes, and the ceilings of the ratings that it keeps."""
    outcome = screened.outcome
    ceilings: dict[str, float | None] = {}
    if screened.kept is not None:
        found = (
            whole
            if screened.kept.n_ratings == ratings.n_ratings
            else _ceiling_of(screened.kept, plan)
        )
        ceilings = {each.metric: none_if_undefined(each.value) for each in found.ceilings}
    return ScreeningEffect(
        method=outcome.method,
        n_ratings=outcome.n_ratings,
        n_removed=outcome.n_removed,
        n_listeners_removed=outcome.n_listeners_removed,
        ceiling=ceilings,
        note=outcome.public_note,
    )


def _ceiling_of(ratings: Ratings, plan: Bootstrap) -> NoiseCeiling:
    from xacle_eval.listeners import noise_ceiling

    return noise_ceiling(
        ratings, splits=_SPLITS, resamples=_NO_RESAMPLES, seed=plan.seed, level=plan.level
    )
