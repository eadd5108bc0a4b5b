"""Screening: the listeners or ratings that a method would remove, the reasons and the effect.

Goal: transparent screening. Nothing is screened unless ``screen`` is called. ``screen`` does not
change the ratings; it reports which ratings the method would remove.

======================  ========  ==============================================================
method                  removes   rule
======================  ========  ==============================================================
``anchors``             listener  ratings of deliberately mismatched pairs are too high (RELATE)
``agreement``           rating    no other listener's rating of the pair is within the tolerance
                                  (SPO-CLAPScore: 5 points)
``rest-correlation``    listener  LCC with the mean ratings of the others is too low
``no-variation``        listener  all ratings are (nearly) equal
======================  ========  ==============================================================

Listeners and ratings that a rule cannot test (the only rating of a pair, a listener with too few
ratings) are kept and counted as untested.

RELATE's published exclusions (``in RELATE dataset`` = excluded) equal those of ``anchors`` with
the mean of three anchors and two limits: 5/3 for all clips and 2/3 for clips from the AudioCaps
test split, whose ratings became validation and test. These limits were derived from the file,
where they hold for all 24,660 ratings of pairs that are not anchors. The limit 5/3 alone reproduces
5,058 of the 6,900 exclusions and removes no other rating.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from xacle_eval.listeners.results import Result, plain
from xacle_eval.listeners.summary import Averages, averages, listener_summary
from xacle_eval.models.frames import frame_of
from xacle_eval.references.ratings import Booleans, Codes, Floats, Ratings, RatingsError
from xacle_eval.text import visible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCREENING_METHODS", "Parameter", "Removal", "Screening", "ScreeningMethod", "screen"]

Setting = float | str | bool | None

_LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Removal(Result):
    """A listener or a single rating that a method would remove.

    Attributes
    ----------
    listener_id : str
    pair_id : str or None
        The pair of a single rating; None if the listener is removed.
    n_ratings : int
        Number of ratings removed.
    value, limit : float
        The measured value and the limit that it violates.
    reason : str
        The same in words.
    """

    listener_id: str
    pair_id: str | None
    n_ratings: int
    value: float
    limit: float
    reason: str


@dataclass(frozen=True, slots=True)
class Parameter(Result):
    """A threshold or setting of a method; ``default`` is None if it is required or optional."""

    name: str
    default: Setting
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True, eq=False)
class Screening(Result):
    """Removals of a screening method, and the averages before and after.

    Attributes
    ----------
    method : str
    parameters : mapping of str to float, str, bool or None
        All parameters, including defaults.
    removals : tuple of Removal
        In order of first appearance in the ratings.
    removed : array of bool, shape (ratings,)
        True for each rating that would be removed.
    before, after : Averages
        ``after`` does not include pairs that lose all their ratings.
    untested : int
        Number of listeners or ratings that the rule could not test; they are kept.
    n_listeners_removed : int
        Number of listeners that lose all their ratings.
    pairs_lost : tuple of str
        Pairs that lose all their ratings.
    """

    method: str
    parameters: Mapping[str, Setting]
    removals: tuple[Removal, ...]
    removed: Booleans
    before: Averages
    after: Averages
    untested: int
    n_listeners_removed: int
    pairs_lost: tuple[str, ...]

    @property
    def n_removed(self) -> int:
        """Return the number of ratings that would be removed."""
        return int(self.removed.sum())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per removal."""
        names = ("listener_id", "pair_id", "n_ratings", "value", "limit", "reason")
        return frame_of({name: [getattr(r, name) for r in self.removals] for name in names})

    def to_dict(self) -> dict[str, Any]:
        """Return all fields except the mask of ratings; averages as one row per pair."""
        return {
            "method": self.method, "parameters": plain(self.parameters),
            "n_removed": self.n_removed, "n_ratings": int(self.removed.size),
            "untested": self.untested,
            "n_listeners_removed": self.n_listeners_removed, "pairs_lost": list(self.pairs_lost),
            "removals": plain(self.removals), "before": self.before.to_dict()["rows"],
            "after": self.after.to_dict()["rows"],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Verdict:
    """Result of a rule: the mask of removed ratings, the removals and the number of untested."""

    removed: Booleans
    removals: tuple[Removal, ...]
    untested: int


@dataclass(frozen=True, slots=True)
class ScreeningMethod:
    """A screening rule with its name, description and parameters."""

    name: str
    unit: Literal["listener", "rating"]
    description: str
    parameters: tuple[Parameter, ...]
    rule: Callable[..., _Verdict]


def screen(ratings: Ratings, method: str, **parameters: Setting) -> Screening:
    """Return what ``method`` would remove from the ratings.

    Parameters
    ----------
    ratings : Ratings
    method : str
        A name in ``SCREENING_METHODS``.
    **parameters : float, str, bool or None
        Thresholds by name; ``SCREENING_METHODS[method].parameters`` lists them.

    Returns
    -------
    Screening
        ``ratings.where(~result.removed)`` returns the remaining ratings.

    Raises
    ------
    RatingsError
        If the method is unknown, a parameter is unknown, missing or out of range, the ratings do
        not have a flag, or no rating would remain.
    """
    if method not in SCREENING_METHODS:
        known = ", ".join(SCREENING_METHODS)
        raise RatingsError(f"unknown screening method {method!r}; expected one of {known}")
    chosen = SCREENING_METHODS[method]
    settings = _settings(chosen, parameters)
    verdict = chosen.rule(ratings, **settings)
    if verdict.removed.all():
        raise RatingsError(
            f"screening by {method} ({_settings_text(settings)}) would remove every rating; "
            "use a less strict threshold"
        )
    kept = ratings.where(~verdict.removed)
    staying = set(kept.pair_ids)
    lost = tuple(pair_id for pair_id in ratings.pair_ids if pair_id not in staying)
    return Screening(
        method, settings, verdict.removals, verdict.removed, averages(ratings), averages(kept),
        verdict.untested, ratings.n_listeners - kept.n_listeners, lost,
    )  # fmt: skip


def _settings(method: ScreeningMethod, given: Mapping[str, Setting]) -> dict[str, Setting]:
    """Return the parameters with defaults; refuse unknown and missing ones."""
    names = [parameter.name for parameter in method.parameters]
    unknown = [name for name in given if name not in names]
    if unknown:
        raise RatingsError(
            f"screening method {method.name} has no parameter {', '.join(map(repr, unknown))}; "
            f"expected {', '.join(names)}"
        )
    missing = [p.name for p in method.parameters if p.required and given.get(p.name) is None]
    if missing:
        raise RatingsError(
            f"screening method {method.name} requires the parameter {', '.join(missing)}"
        )
    return {p.name: given.get(p.name, p.default) for p in method.parameters}


def _settings_text(settings: Mapping[str, Setting]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items() if value is not None)


def _number(name: str, value: Any, low: float = -_LARGEST, high: float = _LARGEST) -> float:
    """Return a setting as a finite number within [low, high]."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and low <= value <= high:
        return float(value)
    bounds = [f"at least {low:g}"] if low > -_LARGEST else []
    bounds += [f"at most {high:g}"] if high < _LARGEST else []
    expected = f"a number of {' and '.join(bounds)}" if bounds else "a finite number"
    raise RatingsError(f"{name} is {visible(repr(value))}; expected {expected}")


def _anchors(
    ratings: Ratings,
    *,
    limit: Any,
    statistic: Any,
    flag: Any,
    strict_flag: Any,
    strict_limit: Any,
    drop_anchors: Any,
) -> _Verdict:
    anchor = ratings.flag(flag)
    found, tested = _anchor_statistic(ratings, anchor, statistic)
    bound = _number("limit", limit)
    testable = tested[ratings.listener]
    level = found[ratings.listener]
    high = testable & (level > bound)
    removals = _high_anchors(ratings, high, found, bound, f"{statistic} of anchor ratings")
    removed = high
    if strict_flag is not None:
        strict = _number("strict_limit", strict_limit, high=bound)
        marked = testable & ~high & (level > strict) & ratings.flag(strict_flag)
        what = f"on ratings marked {strict_flag}: {statistic} of anchor ratings"
        removals = removals | _high_anchors(ratings, marked, found, strict, what)
        removed = high | marked
    if drop_anchors:
        removed = removed | anchor
    return _Verdict(
        removed, tuple(removals[code] for code in sorted(removals)), int((~tested).sum())
    )


def _high_anchors(
    ratings: Ratings, removed: Booleans, found: Floats, limit: float, what: str
) -> dict[int, Removal]:
    """Return a removal for each listener who loses ratings, by the listener's code."""
    counts = np.bincount(ratings.listener[removed], minlength=ratings.n_listeners)
    return {
        int(code): _listener_removal(
            ratings, code, count=counts[code], value=found[code], limit=limit, what=what
        )
        for code in np.flatnonzero(counts)
    }


def _anchor_statistic(
    ratings: Ratings, anchor: Booleans, statistic: Any
) -> tuple[Floats, Booleans]:
    """Return the mean or highest anchor rating of each listener, and who has anchor ratings."""
    size = ratings.n_listeners
    who, values = ratings.listener[anchor], ratings.values[anchor]
    count = np.bincount(who, minlength=size)
    if statistic == "mean":
        total = np.bincount(who, values, minlength=size)
        return np.divide(total, count, out=np.full(size, np.nan), where=count > 0), count > 0
    if statistic == "max":
        highest = np.full(size, -np.inf)
        np.maximum.at(highest, who, values)
        return highest, count > 0
    raise RatingsError(f"statistic is {statistic!r}; expected 'mean' or 'max'")


def _listener_removal(
    ratings: Ratings,
    code: Any,
    *,
    count: Any,
    value: float,
    limit: float,
    what: str,
    side: str = "above",
) -> Removal:
    reason = f"{what} {value:.3g}, {side} {limit:.3g}"
    return Removal(ratings.listener_ids[code], None, int(count), float(value), limit, reason)


def _agreement(ratings: Ratings, *, tolerance: Any) -> _Verdict:
    bound = _number("tolerance", tolerance, 0)
    gap = _nearest_other(ratings)
    removed = np.isfinite(gap) & (gap > bound)
    removals = tuple(
        Removal(
            listener_id=ratings.listener_ids[ratings.listener[row]],
            pair_id=ratings.pair_ids[ratings.pair[row]],
            n_ratings=1,
            value=float(gap[row]),
            limit=bound,
            reason=f"rating {ratings.values[row]:g}: nearest other rating differs by {gap[row]:g}",
        )
        for row in np.flatnonzero(removed)
    )
    return _Verdict(removed, removals, int((~np.isfinite(gap)).sum()))


def _nearest_other(ratings: Ratings) -> Floats:
    """Return the distance of each rating to the nearest rating of its pair by another listener.

    The distance is ``inf`` if no other listener rated the pair.
    """
    order = np.lexsort((ratings.values, ratings.pair))
    pair, listener, values = ratings.pair[order], ratings.listener[order], ratings.values[order]
    gap = np.full(values.size, np.inf)
    # Only one listener's repeated ratings of the pair can be between a rating and its nearest
    # other rating in sorted order.
    key = ratings.pair * ratings.n_listeners + ratings.listener
    _, repeats = np.unique(key, return_counts=True)
    reach = int(repeats.max())
    for shift in range(1, min(reach, values.size - 1) + 1):
        other = (pair[shift:] == pair[:-shift]) & (listener[shift:] != listener[:-shift])
        distance = np.where(other, values[shift:] - values[:-shift], np.inf)
        gap[shift:] = np.minimum(gap[shift:], distance)
        gap[:-shift] = np.minimum(gap[:-shift], distance)
    back = np.empty_like(gap)
    back[order] = gap
    return back


def _rest_correlation(ratings: Ratings, *, minimum: Any, at_least: Any) -> _Verdict:
    bound = _number("minimum", minimum, -1, 1)
    enough = _number("at_least", at_least, 3)
    summary = listener_summary(ratings)
    tested = (summary.n_shared >= enough) & np.isfinite(summary.rest_correlation)
    low = tested & (np.nan_to_num(summary.rest_correlation) < bound)
    removals = tuple(
        _listener_removal(
            ratings,
            code,
            count=summary.n[code],
            value=summary.rest_correlation[code],
            limit=bound,
            what=f"LCC with the other listeners over {summary.n_shared[code]} ratings",
            side="below",
        )
        for code in np.flatnonzero(low)
    )
    return _Verdict(low[ratings.listener], removals, int((~tested).sum()))


def _no_variation(ratings: Ratings, *, spread: Any, at_least: Any) -> _Verdict:
    bound = _number("spread", spread, 0)
    enough = _number("at_least", at_least, 2)
    size = ratings.n_listeners
    count: Codes = np.bincount(ratings.listener, minlength=size)
    lowest, highest = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(lowest, ratings.listener, ratings.values)
    np.maximum.at(highest, ratings.listener, ratings.values)
    tested = count >= enough
    flat = tested & (highest - lowest <= bound)
    removals = tuple(
        _listener_removal(
            ratings,
            code,
            count=count[code],
            value=highest[code] - lowest[code],
            limit=bound,
            what=f"highest minus lowest of {count[code]} ratings",
            side="not above",
        )
        for code in np.flatnonzero(flat)
    )
    return _Verdict(flat[ratings.listener], removals, int((~tested).sum()))


_ANCHORS = ScreeningMethod(
    "anchors",
    "listener",
    "listeners with high ratings of mismatched pairs",
    (
        Parameter("limit", None, True, "highest statistic, in points, that is kept"),
        Parameter("statistic", "mean", False, "'mean' or 'max' of the listener's anchor ratings"),
        Parameter("flag", "anchor", False, "the flag that marks anchor ratings"),
        Parameter("strict_flag", None, False, "a flag of ratings that strict_limit applies to"),
        Parameter("strict_limit", None, False, "limit for ratings with strict_flag; at most limit"),
        Parameter("drop_anchors", False, False, "also remove all anchor ratings"),
    ),
    _anchors,
)
_AGREEMENT = ScreeningMethod(
    "agreement",
    "rating",
    "ratings far from every other listener's rating of the pair",
    (Parameter("tolerance", 5.0, False, "largest distance, in points, that is kept"),),
    _agreement,
)
_REST_CORRELATION = ScreeningMethod(
    "rest-correlation",
    "listener",
    "listeners whose ratings do not correlate with those of the others",
    (
        Parameter(
            "minimum", None, True, "lowest LCC with the mean ratings of the others that is kept"
        ),
        Parameter("at_least", 10, False, "fewest shared ratings for a listener to be tested"),
    ),
    _rest_correlation,
)
_NO_VARIATION = ScreeningMethod(
    "no-variation",
    "listener",
    "listeners whose ratings are all (nearly) equal",
    (
        Parameter(
            "spread", 0.0, False, "largest range of ratings, in points, that counts as equal"
        ),
        Parameter("at_least", 5, False, "fewest ratings for a listener to be tested"),
    ),
    _no_variation,
)

#: All screening methods by name.
SCREENING_METHODS: Mapping[str, ScreeningMethod] = {
    method.name: method for method in (_ANCHORS, _AGREEMENT, _REST_CORRELATION, _NO_VARIATION)
}
