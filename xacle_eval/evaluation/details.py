"""Details of one system for its page: aggregates and binned pictures, as the challenge publishes.

Nothing about a single pair is in them unless the challenge publishes it. Metrics of groups and
bands of pairs need many more pairs than a number of pairs: a team that sends several systems has
as many equations for the references of a group.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.publishing import Publishing
from xacle_eval.evaluation.binned import (
    calibration,
    density,
    enclosing,
    hide_small,
    histogram,
    reference_edges,
)
from xacle_eval.evaluation.descriptions import description_entries
from xacle_eval.evaluation.numbers import none_if_undefined
from xacle_eval.evaluation.profile import profile_against
from xacle_eval.evaluation.scorer import Scorer, value_codes
from xacle_eval.metrics import Metric, all_metrics
from xacle_eval.results.breakdown import Breakdown, Slice
from xacle_eval.results.details import LargeErrorDetail, SystemDetails
from xacle_eval.results.leaderboard import Entry
from xacle_eval.results.profile import Band, ErrorProfile
from xacle_eval.submissions.description import SystemDescription

__all__ = ["system_details"]

Floats = NDArray[np.float64]

_MOST_VALUES = 50  # of a column that is broken down
_STEPS_OF_SCALE = 100  # the bias of a band is rounded to this part of the scale
# Columns of a pairs file with the texts of the pairs, besides that of the challenge's ids.
_TEXTS = ("text", "caption", "prompt", "sentence", "transcript", "transcription")


def system_details(
    scorer: Scorer,
    predictions: Floats,
    entry: Entry,
    policy: Publishing,
    *,
    description: SystemDescription | None = None,
) -> SystemDetails:
    """Return the details of one system, as far as the challenge publishes them.

    Parameters
    ----------
    scorer : Scorer
        The challenge, or one of its targets, with its references.
    predictions : array, shape (pairs of the split,)
        One finite prediction per pair, in manifest order.
    entry : Entry
        The system on the leaderboard.
    policy : Publishing
        What may be shown. The numbers of aggregates are not rounded.
    description : SystemDescription, optional
        The system description of its package.

    Returns
    -------
    SystemDetails
        At the level of pairs.
    """
    predicted, reference = scorer.cut(predictions), scorer.references.values
    metrics = _published_metrics(scorer, policy)
    scale = scorer.challenge.scores
    edges = reference_edges(reference, scale.minimum, scale.maximum)
    # An error that is too large for a float is None below.
    with np.errstate(over="ignore", invalid="ignore"):
        profile = profile_against(
            predicted, scorer.references, scorer.challenge.scored.ids, metrics
        )
        breakdowns = tuple(_breakdowns(scorer, predicted, metrics, policy))
        residuals = predicted - reference
    return SystemDetails(
        team=entry.team,
        system=entry.system,
        profile=_published_profile(profile, edges, policy.fewest_in_group),
        density=density(predicted, reference, edges, policy.min_pairs),
        calibration=calibration(predicted, reference, edges, policy.min_pairs),
        residuals=histogram(residuals, scale.maximum - scale.minimum, policy.min_pairs),
        breakdowns=breakdowns,
        largest=_largest(scorer, profile, policy),
        description=() if description is None else description_entries(description),
    )


def _published_metrics(scorer: Scorer, policy: Publishing) -> tuple[Metric, ...]:
    if policy.metrics is None:
        return scorer.metrics
    by_name = {metric.name: metric for metric in scorer.metrics}
    return tuple(by_name[name] for name in policy.metrics if name in by_name)


def _published_profile(profile: ErrorProfile, edges: Floats, fewest: int) -> ErrorProfile | None:
    """Return a profile without largest errors and small bands; None if it is not finite."""
    numbers = [value for value in dict(profile).values() if isinstance(value, float)]
    if profile.tolerance is not None:
        numbers.append(profile.tolerance.rmse_star)
    if not all(map(math.isfinite, numbers)):
        return None
    shown = _shown_bands(profile.bands, fewest)
    bands = tuple(
        _published_band(band, edges)
        for band, keep in zip(profile.bands, shown, strict=True)
        if keep
    )
    return profile.model_copy(update={"largest": (), "bands": bands})


def _shown_bands(bands: Sequence[Band], fewest: int) -> NDArray[np.bool_]:
    """Return which bands are shown: none that is small, and none whose references are all equal.

    With one that is left out because its references are equal, the smallest other one is left out:
    the difference to the metrics over all pairs would be those of the first.
    """
    sizes = np.array([band.n for band in bands])
    shown = hide_small(sizes, fewest)
    equal = shown & np.array([band.low == band.high for band in bands])
    shown &= ~equal
    others = np.flatnonzero(shown)
    if equal.any() and others.size and int((~shown).sum()) == 1:
        shown[others[np.argmin(sizes[others])]] = False
    return shown


def _published_band(band: Band, edges: Floats) -> Band:
    """Return a band whose ends are no references, but the nearest edges outside it."""
    width = edges[-1] - edges[0]
    low, high = enclosing(band.low, band.high, edges)
    step = width / _STEPS_OF_SCALE
    bias = float(f"{round(band.bias / step) * step:.12g}") + 0.0
    return band.model_copy(update={"low": low, "high": high, "bias": bias})


def _breakdowns(
    scorer: Scorer, predicted: Floats, metrics: Sequence[Metric], policy: Publishing
) -> Iterator[Breakdown]:
    """Yield a breakdown for each column with few values that has groups to show."""
    groups = dict(_groups(scorer.challenge, policy))
    sets = chain.from_iterable(found.values() for found in groups.values())
    shown = _distinct_sets(sets, predicted.size, policy.fewest_in_group)
    for column, found in groups.items():
        slices = tuple(
            _slice(value, places, scorer, predicted, metrics)
            for value, places in found.items()
            if places.tobytes() in shown
        )
        if slices:
            yield Breakdown(column=column, slices=slices)


def _groups(
    challenge: Challenge, policy: Publishing
) -> Iterator[tuple[str, dict[str, NDArray[np.intp]]]]:
    """Yield the columns with few values, each with the pairs of its groups that are not small."""
    for column, cells in _columns(challenge, policy):
        values, codes = value_codes(cells)
        if not 1 < len(values) <= _MOST_VALUES:
            continue
        sizes = np.bincount(codes, minlength=len(values))
        shown = np.flatnonzero(hide_small(sizes, policy.fewest_in_group))
        places = {values[code]: np.flatnonzero(codes == code) for code in shown}
        yield column, dict(sorted(places.items()))


def _distinct_sets(sets: Iterable[NDArray[np.intp]], n: int, fewest: int) -> set[bytes]:
    """Return the sets of pairs whose metrics are shown, as the bytes of their places.

    Of two sets that differ by a few pairs, the difference of their metrics would be that of these
    pairs. So the smaller one is left out. All `n` pairs are a set, too: their metrics are shown.
    """
    kept = [np.ones(n, dtype=np.bool_)]
    shown = set()
    for places in sorted(sets, key=lambda each: -each.size):
        own = np.zeros(n, dtype=np.bool_)
        own[places] = True
        differences = [int((own ^ other).sum()) for other in kept]
        if all(number == 0 or number >= fewest for number in differences):
            kept.append(own)
            shown.add(places.tobytes())
    return shown


def _columns(challenge: Challenge, policy: Publishing) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the columns of the pairs file with the cells of the scored pairs."""
    pairs, positions = challenge.pairs, challenge.scored_positions
    for column, cells in {} if pairs is None else pairs.columns.items():
        if policy.texts or not _is_text(column, challenge):
            yield column, cells if positions is None else [cells[place] for place in positions]


def _is_text(column: str, challenge: Challenge) -> bool:
    own = challenge.ids.text
    return column.lower() in _TEXTS or (own is not None and own.matches(column))


def _slice(
    value: str,
    places: NDArray[np.intp],
    scorer: Scorer,
    predicted: Floats,
    metrics: Sequence[Metric],
) -> Slice:
    found = all_metrics(predicted[places], scorer.references.values[places], metrics)
    return Slice(
        value=value,
        n=places.size,
        metrics={name: none_if_undefined(number) for name, number in found.items()},
    )


def _largest(
    scorer: Scorer, profile: ErrorProfile, policy: Publishing
) -> tuple[LargeErrorDetail, ...]:
    """Return the largest errors with the values that the challenge publishes; none by default."""
    if not policy.shows_pairs:
        return ()
    places = scorer.challenge.scored.positions
    texts, ratings = _texts(scorer.challenge), scorer.references.ratings
    found = []
    for each in profile.largest:
        place = places[each.pair_id]
        own = None if ratings is None else np.sort(ratings.values[ratings.pair == place])
        found.append(
            LargeErrorDetail(
                pair_id=each.pair_id,
                prediction=each.prediction if policy.predictions else None,
                reference=each.reference if policy.references else None,
                error=each.error if policy.predictions and policy.references else None,
                text=texts[place] if policy.texts and texts else None,
                ratings=tuple(own.tolist()) if policy.ratings and own is not None else None,
            )
        )
    return tuple(found)


def _texts(challenge: Challenge) -> Sequence[str]:
    """Return the texts of the scored pairs from the pairs file; empty without such a column."""
    pairs, positions = challenge.pairs, challenge.scored_positions
    columns = {} if pairs is None else pairs.columns
    name = next((each for each in columns if _is_text(each, challenge)), None)
    if name is None:
        return ()
    cells = columns[name]
    return cells if positions is None else [cells[place] for place in positions]
