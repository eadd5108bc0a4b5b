"""Simulated listeners with individual rating habits and occasional careless ratings.

Goal: ratings on the 11-point scale whose distribution and agreement are close to real ratings
(RELATE, the public dataset with the same scale), from disjoint pools of listeners per split.

Conventions: a rating is a whole number from 0 ("does not match at all") to 10 ("matches
exactly"). All random numbers come from `Stream`, and only the four basic operations are used, so
the ratings are the same on any machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from reference.world.streams import PURPOSES, Stream

__all__ = ["Listener", "ListenerModel", "draw_listener", "listener_number", "rate"]

LOWEST, HIGHEST = 0, 10
"""Ends of the rating scale."""


@dataclass(frozen=True)
class ListenerModel:
    """Parameters of the listeners; the defaults are fitted to the kept ratings of RELATE.

    Attributes
    ----------
    impressions : tuple of float
        Mean impression of pairs with alignment 0, 0.25, 0.5, 0.75 and 1, on the rating scale,
        which it may exceed; linear in between.
    pair_spread : float
        Standard deviation of the effect of a pair that all its listeners share.
    bias_spread : float
        Standard deviation of the listeners' biases.
    least_spread, most_spread : float
        Range of the listeners' spreads (standard deviation of one listener's impressions of
        equally aligned pairs), uniformly distributed.
    round_share : float
        Mean share of impressions that a listener rounds to the nearest of `round_numbers`; the
        share of a listener ranges from 0 to twice this value.
    round_numbers : tuple of int
        The most frequent numbers in real ratings.
    end_share : float
        Mean share of impressions within `end_reach` of an end of the scale that a listener rounds
        to that end; the share of a listener ranges from 0 to twice this value.
    end_reach : float
        Largest distance from an end, in points.
    careless_share : float
        Share of careless listeners.
    careless_ratings : float
        Share of a careless listener's ratings that do not depend on the pair.
    slip_ratings : float
        The same share for all other listeners.
    pairs_a_listener : int
        Largest number of pairs per listener.
    """

    impressions: tuple[float, float, float, float, float] = (1.6, 3.6, 6.5, 8.0, 10.0)
    pair_spread: float = 0.3
    bias_spread: float = 0.9
    least_spread: float = 0.5
    most_spread: float = 4.7
    round_share: float = 0.3
    round_numbers: tuple[int, ...] = (0, 2, 5, 8, 10)
    end_share: float = 0.1
    end_reach: float = 1.0
    careless_share: float = 0.1
    careless_ratings: float = 0.4
    slip_ratings: float = 0.02
    pairs_a_listener: int = 18


DEFAULT_MODEL: Final = ListenerModel()


@dataclass(frozen=True)
class Listener:
    """One listener of a pool.

    Attributes
    ----------
    listener_id : str
        Six digits; the first one identifies the split.
    bias : float
        Difference between this listener's ratings and the average, in points.
    spread : float
        Standard deviation of the listener's impressions, in points.
    rounding, ends, carelessness : float
        Shares of ratings rounded to a round number, rounded to an end of the scale, and
        independent of the pair.
    """

    listener_id: str
    bias: float
    spread: float
    rounding: float
    ends: float
    carelessness: float


def listener_number(index: int, slot: int, slots: int, model: ListenerModel = DEFAULT_MODEL) -> int:
    """Return the number, in the pool of its split, of the listener in one slot of a pair.

    In each slot, every listener rates `model.pairs_a_listener` consecutive pairs. The slots change
    listeners at different pairs, so the combinations of listeners vary, and the listeners of a pair
    do not depend on the size of the split.

    Parameters
    ----------
    index : int
        Position of the pair in its split, from 0.
    slot : int
        From 0 to `slots` - 1.
    slots : int
        Ratings per pair.
    """
    shift = slot * model.pairs_a_listener // slots
    return (index + shift) // model.pairs_a_listener * slots + slot


@lru_cache(maxsize=8192)
def draw_listener(
    seed: int, split: int, number: int, model: ListenerModel = DEFAULT_MODEL
) -> Listener:
    """Return listener `number` (from 0) of the pool of split `split` (1 to 9)."""
    stream = Stream(seed, split, number, PURPOSES["listener"])
    careless = stream.chance(model.careless_share)
    return Listener(
        listener_id=f"{split * 100_000 + number:06d}",
        bias=model.bias_spread * stream.normal(),
        spread=stream.uniform(model.least_spread, model.most_spread),
        rounding=2.0 * model.round_share * stream.unit(),
        ends=2.0 * model.end_share * stream.unit(),
        carelessness=model.careless_ratings if careless else model.slip_ratings,
    )


def rate(
    alignment: float,
    listeners: Sequence[Listener],
    stream: Stream,
    model: ListenerModel = DEFAULT_MODEL,
) -> tuple[int, ...]:
    """Return the rating of a pair by each of `listeners`.

    Parameters
    ----------
    alignment : float
        The true alignment of the pair, from 0 to 1.
    listeners : sequence of Listener
        The listeners of the pair.
    stream : Stream
        The stream of the pair.

    Returns
    -------
    tuple of int
        Whole numbers from 0 to 10, in the order of `listeners`.

    Raises
    ------
    ValueError
        If the alignment is outside 0 to 1.
    """
    if not 0.0 <= alignment <= 1.0:
        raise ValueError(f"alignment must be between 0 and 1, not {alignment!r}")
    common = _impression(alignment, model) + model.pair_spread * stream.normal()
    return tuple(_rating(common, listener, stream, model) for listener in listeners)


def _impression(alignment: float, model: ListenerModel) -> float:
    place = alignment * (len(model.impressions) - 1)
    step = min(int(place), len(model.impressions) - 2)
    low, high = model.impressions[step : step + 2]
    return low + (place - step) * (high - low)


def _rating(common: float, listener: Listener, stream: Stream, model: ListenerModel) -> int:
    # Every branch draws the same number of values, so that changing a share affects few ratings.
    impression = common + listener.bias + listener.spread * stream.normal()
    careless, rounded, to_the_end, anything = (stream.unit() for _ in range(4))
    if careless < listener.carelessness:
        return int(anything * (HIGHEST + 1))
    if to_the_end < listener.ends:
        if impression <= LOWEST + model.end_reach:
            return LOWEST
        if impression >= HIGHEST - model.end_reach:
            return HIGHEST
    if rounded < listener.rounding:
        return min(model.round_numbers, key=lambda number: abs(number - impression))
    return min(HIGHEST, max(LOWEST, math.floor(impression + 0.5)))
