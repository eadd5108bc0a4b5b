"""Ratings that are far from all others.

A few such ratings decide every variance: ICC, alpha, LCC and MSE then say nothing about the others.
Ceilings of ranks need little more than the order of the ratings, so they can do without them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xacle_eval.references.ratings import Booleans, Ratings
from xacle_eval.text import quote

__all__ = ["move_outlying", "outlying_note"]

_FAR, _MOST_SHARE = 100.0, 0.05


def outlying_note(ratings: Ratings) -> str:
    """Name the outlying rating, or the farthest one; ``""`` if there is none.

    A rating is outlying if it is over 100 times as far from the median as other ratings usually
    are (the median of the distances above zero). If over 5 % of the ratings are, none is.
    """
    far, place = _outlying(ratings)
    if not far.any():
        return ""
    pair = quote(ratings.pair_ids[ratings.pair[place]], 60)
    named = f"the rating {ratings.values[place]:g} of pair {pair}"
    several = int(far.sum()) > 1
    what = f"{int(far.sum())} ratings, such as {named}, are" if several else f"{named} is"
    return (
        f"{what} far from all others and {'decide' if several else 'decides'} every value that is "
        f"not of ranks (ICC, alpha, LCC, MSE floor); check {'them' if several else 'it'}"
    )


def move_outlying(ratings: Ratings) -> Ratings:
    """Return ratings whose outlying ones, if any, have the value of the nearest other rating."""
    far, _ = _outlying(ratings)
    if not far.any():
        return ratings
    others = ratings.values[~far]
    return replace(ratings, values=np.clip(ratings.values, others.min(), others.max()))


def _outlying(ratings: Ratings) -> tuple[Booleans, int]:
    """Return which ratings are outlying, and the place of the farthest rating."""
    distance = np.abs(ratings.values - np.median(ratings.values))
    some = distance[distance > 0.0]
    usual = float(np.median(some)) if some.size else np.inf
    far = distance > _FAR * usual
    return far & (far.mean() <= _MOST_SHARE), int(distance.argmax())
