"""Which listeners or ratings would go under a named rule, why, and what that does to the averages.

Goal: screening that can be looked at. Nothing is screened unless ``screen`` is called; it changes
no ratings, it says which would go.

======================  =======  ====================================================================
method                  removes  rule
======================  =======  ====================================================================
``anchors``             listener  ratings of deliberately mismatched pairs are too high (RELATE)
``agreement``           rating   no other listener's rating of the pair within the tolerance
                                 (SPO-CLAPScore: 5 points)
``rest-correlation``    listener  LCC with the others' means is too low
``no-variation``        listener  all ratings (nearly) equal
======================  =======  ====================================================================

What a rule cannot judge (a rating alone on its pair, a listener with too few ratings) stays, and is
counted as untested.

RELATE's published marks (``in RELATE dataset`` = excluded) are those of ``anchors`` with the mean
of three anchors and two limits: 5/3 for all clips, 2/3 for clips from AudioCaps' test part, whose
ratings became validation and test. That was read off the file, in which it holds for all 24,660
ratings of pairs that are no anchors; with the one limit 5/3, 5,058 of the 6,900 marks are
reproduced and no other rating goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from xacle_eval.listeners.results import Result, plain
from xacle_eval.listeners.summary import Averages, averages, listener_summary
from xacle_eval.references.ratings import Booleans, Codes, Floats, Ratings, RatingsError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCREENING_METHODS", "Parameter", "Removal", "Screening", "ScreeningMethod", "screen"]

Setting = float | str | bool | None


@dataclass(frozen=True, slots=True)
class Removal(Result):
    """A listener, or one rating, that would go.

    Attributes
    ----------
    listener_id : str
    pair_id : str or None
        The pair, where one rating goes; None where a listener does.
    n_ratings : int
        Ratings that go with it.
    value, limit : float
        What was found and the bound it is on the wrong side of.
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
    """A threshold or setting of a method; ``default`` is None where it must be given or may be
    absent.
    """

    name: str
    default: Setting
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True, eq=False)
class Screening(Result):
    """What a method would remove, and the averages before and after.

    Attributes
    ----------
    method : str
    parameters : mapping of str to float, str, bool or None
        All of them, defaults included.
    removals : tuple of Removal
        In order of first appearance in the ratings.
    removed : array of bool, shape (ratings,)
        Which ratings would go.
    before, after : Averages
        ``after`` lacks the pairs that lose all their ratings.
    untested : int
        Listeners or ratings that the rule could not judge; they stay.
    n_listeners_removed : int
        Listeners that keep no rating.
    pairs_lost : tuple of str
        Pairs that keep no rating.
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
        """Ratings that would go."""
        return int(self.removed.sum())

    def to_frame(self) -> pd.DataFrame:
        """One row a removal."""
        import pandas as pd

        names = ("listener_id", "pair_id", "n_ratings", "value", "limit", "reason")
        return pd.DataFrame(
            [[getattr(r, name) for name in names] for r in self.removals], columns=list(names)
        )

    def averages_frame(self) -> pd.DataFrame:
        """One row a pair: mean, n and sd before and after; empty after where the pair is lost."""
        before, after = (part.to_frame().set_index("pair_id") for part in (self.before, self.after))
        return before.add_suffix("_before").join(after.add_suffix("_after")).reset_index()

    def to_dict(self) -> dict[str, Any]:
        """Everything but the mask over ratings; the averages before and after as rows of pairs."""
        return {
            "method": self.method, "parameters": plain(self.parameters), "n_removed": self.n_removed,
            "n_ratings": int(self.removed.size), "untested": self.untested,
            "n_listeners_removed": self.n_listeners_removed, "pairs_lost": list(self.pairs_lost),
            "removals": plain(self.removals), "before": self.before.to_dict()["rows"],
            "after": self.after.to_dict()["rows"],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Verdict:
    """What a rule found: the ratings that go, who goes why, and how many could not be judged."""

    removed: Booleans
    removals: tuple[Removal, ...]
    untested: int


@dataclass(frozen=True, slots=True)
class ScreeningMethod:
    """A rule with its name, its meaning and its parameters."""

    name: str
    unit: Literal["listener", "rating"]
    description: str
    parameters: tuple[Parameter, ...]
    rule: Callable[..., _Verdict]


def screen(ratings: Ratings, method: str, **parameters: Setting) -> Screening:
    """What ``method`` would remove from the ratings.

    Parameters
    ----------
    ratings : Ratings
    method : str
        A name in ``SCREENING_METHODS``.
    **parameters : float, str, bool or None
        The method's thresholds by name; ``SCREENING_METHODS[method].parameters`` lists them.

    Returns
    -------
    Screening
        ``ratings.where(~result.removed)`` are the ratings that stay.

    Raises
    ------
    RatingsError
        For an unknown method, a parameter that the method does not have, one that is missing or
        out of range, a flag that the ratings do not carry, or where no rating would be left.
    """
    if method not in SCREENING_METHODS:
        known = ", ".join(SCREENING_METHODS)
        raise RatingsError(f"there is no screening method {method!r}; expected one of {known}")
    chosen = SCREENING_METHODS[method]
    settings = _settings(chosen, parameters)
    verdict = chosen.rule(ratings, **settings)
    if verdict.removed.all():
        raise RatingsError(
            f"screening by {method} with {settings} would leave no rating; loosen its threshold"
        )
    kept = ratings.where(~verdict.removed)
    staying = set(kept.pair_ids)
    lost = tuple(pair_id for pair_id in ratings.pair_ids if pair_id not in staying)
    return Screening(
        method, settings, verdict.removals, verdict.removed, averages(ratings), averages(kept),
        verdict.untested, ratings.n_listeners - kept.n_listeners, lost,
    )  # fmt: skip


def _settings(method: ScreeningMethod, given: Mapping[str, Setting]) -> dict[str, Setting]:
    """The given parameters over the defaults; unknown and missing ones are errors."""
    names = [parameter.name for parameter in method.parameters]
    unknown = [name for name in given if name not in names]
    if unknown:
        raise RatingsError(
            f"screening by {method.name} has no parameter {', '.join(map(repr, unknown))}; "
            f"it has {', '.join(names)}"
        )
    missing = [p.name for p in method.parameters if p.required and given.get(p.name) is None]
    if missing:
        raise RatingsError(f"screening by {method.name} needs {', '.join(missing)}")
    return {p.name: given.get(p.name, p.default) for p in method.parameters}


def _number(name: str, value: Any, low: float, high: float = np.inf) -> float:
    """A finite setting within [low, high]."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not np.isfinite(value) or not low <= value <= high:
        bound = f"between {low:g} and {high:g}" if np.isfinite(high) else f"of {low:g} or more"
        raise RatingsError(f"{name} is {value!r}; expected a number {bound}")
    return float(value)


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
    found, tested = _of_anchors(ratings, anchor, statistic)
    bound = _number("limit", limit, -np.inf)
    judged = tested[ratings.listener]
    level = found[ratings.listener]
    high = judged & (level > bound)
    removals = _high_anchors(ratings, high, found, bound, f"{statistic} of anchor ratings")
    removed = high
    if strict_flag is not None:
        strict = _number("strict_limit", strict_limit, -np.inf, bound)
        marked = judged & ~high & (level > strict) & ratings.flag(strict_flag)
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
    """A removal for each listener who loses ratings, by the listener's code."""
    counts = np.bincount(ratings.listener[removed], minlength=ratings.n_listeners)
    return {
        int(code): _by_listener(
            ratings, code, count=counts[code], value=found[code], limit=limit, what=what
        )
        for code in np.flatnonzero(counts)
    }


def _of_anchors(ratings: Ratings, anchor: Booleans, statistic: Any) -> tuple[Floats, Booleans]:
    """Mean or highest anchor rating of each listener, and who has any."""
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


def _by_listener(
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
            reason=f"rating {ratings.values[row]:g}: the nearest other rating is {gap[row]:g} away",
        )
        for row in np.flatnonzero(removed)
    )
    return _Verdict(removed, removals, int((~np.isfinite(gap)).sum()))


def _nearest_other(ratings: Ratings) -> Floats:
    """Distance of each rating to the nearest one of its pair by another listener; ``inf`` without
    any.
    """
    order = np.lexsort((ratings.values, ratings.pair))
    pair, listener, values = ratings.pair[order], ratings.listener[order], ratings.values[order]
    gap = np.full(values.size, np.inf)
    # In sorted order the nearest other listener stands at most as many places away as one
    # listener's repeated ratings of the pair can lie between.
    reach = int(
        np.unique(ratings.pair * ratings.n_listeners + ratings.listener, return_counts=True)[
            1
        ].max()
    )
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
        _by_listener(
            ratings,
            code,
            count=summary.n[code],
            value=summary.rest_correlation[code],
            limit=bound,
            what=f"LCC with the others over {summary.n_shared[code]} ratings",
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
        _by_listener(
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
    "listeners whose ratings of mismatched pairs are high",
    (
        Parameter("limit", None, True, "highest statistic, in points, with which a listener stays"),
        Parameter("statistic", "mean", False, "'mean' or 'max' of the listener's anchor ratings"),
        Parameter("flag", "anchor", False, "the flag that marks anchor ratings"),
        Parameter("strict_flag", None, False, "a flag whose ratings are held to strict_limit"),
        Parameter("strict_limit", None, False, "limit for ratings with strict_flag; at most limit"),
        Parameter("drop_anchors", False, False, "whether all anchor ratings go as well"),
    ),
    _anchors,
)
_AGREEMENT = ScreeningMethod(
    "agreement",
    "rating",
    "ratings with no other listener's rating of the pair nearby",
    (Parameter("tolerance", 5.0, False, "largest distance, in points, that counts as nearby"),),
    _agreement,
)
_REST_CORRELATION = ScreeningMethod(
    "rest-correlation",
    "listener",
    "listeners whose ratings do not follow those of the others",
    (
        Parameter("minimum", None, True, "lowest LCC with the others' means that stays"),
        Parameter("at_least", 10, False, "shared ratings below which a listener is not judged"),
    ),
    _rest_correlation,
)
_NO_VARIATION = ScreeningMethod(
    "no-variation",
    "listener",
    "listeners who rate everything alike",
    (
        Parameter(
            "spread", 0.0, False, "highest minus lowest rating, in points, that counts as alike"
        ),
        Parameter("at_least", 5, False, "ratings below which a listener is not judged"),
    ),
    _no_variation,
)

#: Every screening method by its name.
SCREENING_METHODS: Mapping[str, ScreeningMethod] = {
    method.name: method for method in (_ANCHORS, _AGREEMENT, _REST_CORRELATION, _NO_VARIATION)
}
