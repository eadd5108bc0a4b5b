"""How well a predictor can do at all against averages of a few ratings: ceiling, floor, one human.

Goal: the correlation with the averages that the true scores themselves can expect, the mean squared
error that they cannot avoid, and the scores of a single listener.

Two estimates of each ceiling are made and both are reported:

- *variance components*: the reliability of one rating from the analysis of variance, carried over
  to
  truth against panel and averaged over the numbers of ratings of the pairs. For LCC it is √R.
- *split halves*: each pair's ratings are divided at random into ⌊k/2⌋ and ⌈k/2⌉; the correlation of
  the half
  averages, meaned over the splits, is stepped up to the full panel and turned into truth against
  panel. (The mean is taken before the step, which is not linear and has no value for a correlation
  below zero.)

LCC takes the components. SRCC and KTAU take the split halves where all pairs have the same number
of ratings, and the components where they do not, since then halves are more unequal than panels.
What "stepped up" means for each metric is in ``attenuation``: Spearman–Brown for LCC, its
counterparts for ranks (``conversion="normal"``). ``conversion="spearman-brown"`` applies
Spearman–Brown and the root to all three, as is often done, for SRCC and KTAU always to split
halves. For SRCC the two differ by little; for KTAU the plain value is 0.08 to 0.14 too high and
only of use beside others' numbers.

Limits (``benchmarks/ceiling.py``): the bias of LCC is below 0.01. The maps of SRCC and KTAU suppose
scores that are roughly normal; rounding, clipping and skew leave a bias of about 0.01, two
well-separated heaps of scores one of 0.03 (SRCC) and 0.04 (KTAU), too high. Listeners are noise
here: where every listener rates every pair their habits cost no correlation, and the note says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from xacle_eval.listeners.attenuation import (
    Panels,
    expected_correlation,
    reliability_from_halves,
    tied_share,
)
from xacle_eval.listeners.moments import OneWay, interval, one_way, pair_table, resampled, totals
from xacle_eval.listeners.results import Result
from xacle_eval.metrics import ktau, lcc, mse, srcc
from xacle_eval.references.ratings import Codes, Floats, Ratings, RatingsError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Ceiling",
    "MseFloor",
    "NoiseCeiling",
    "OneHuman",
    "mse_floor",
    "noise_ceiling",
    "one_human",
]

Conversion = Literal["normal", "spearman-brown"]

_CORRELATIONS = {"LCC": lcc, "SRCC": srcc, "KTAU": ktau}
_COMPONENTS, _HALVES = "variance components", "split halves"
#: Fewest splits whose mean is steady to the third decimal at 3,000 pairs.
_MIN_SPLITS = 200


@dataclass(frozen=True, slots=True)
class Ceiling(Result):
    """The ceiling of one metric.

    Attributes
    ----------
    metric : str
        "LCC", "SRCC" or "KTAU".
    value : float
        What the true scores can expect against the averages.
    low, high : float
        Percentile interval over resampled pairs; for split halves each resample has a split of
        its own, so that the interval is a little too wide rather than too narrow.
    method : str
        "variance components" or "split halves": which of the two ``value`` is.
    components, halves : float
        Both estimates; with plain Spearman–Brown SRCC and KTAU have no components.
    halves_low, halves_high : float
        Percentile interval of ``halves`` over the splits alone.
    panel : float
        The averages against those of a second panel of the same sizes; a model can beat it.
    """

    metric: str
    value: float
    low: float
    high: float
    method: str
    components: float
    halves: float
    halves_low: float
    halves_high: float
    panel: float


@dataclass(frozen=True, slots=True)
class NoiseCeiling(Result):
    """The ceilings of the three correlations and what they were estimated from.

    Attributes
    ----------
    ceilings : tuple of Ceiling
        LCC, SRCC, KTAU.
    reliability : float
        R, of the averages: the mean over the pairs' numbers of ratings; LCC's ceiling is √R.
    n_pairs, n_pairs_split, n_ratings : int
        All pairs, those with two ratings or more, all ratings.
    k_min, k_median, k_max : float
        Ratings a pair.
    splits, resamples, seed, level
        Of the estimates and their intervals.
    conversion : str
        "normal" or "spearman-brown".
    note : str
        What the reader must know; empty where nothing is odd.
    """

    ceilings: tuple[Ceiling, ...]
    reliability: float
    n_pairs: int
    n_pairs_split: int
    n_ratings: int
    k_min: int
    k_median: float
    k_max: int
    splits: int
    resamples: int
    seed: int
    level: float
    conversion: str
    note: str

    def of(self, metric: str) -> Ceiling:
        """The ceiling of ``metric``.

        Raises
        ------
        RatingsError
            For a metric that has none.
        """
        for ceiling in self.ceilings:
            if ceiling.metric == metric:
                return ceiling
        raise RatingsError(
            f"no ceiling of {metric!r}; there are {', '.join(c.metric for c in self.ceilings)}"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a metric."""
        import pandas as pd

        return pd.concat([ceiling.to_frame() for ceiling in self.ceilings], ignore_index=True)


@dataclass(frozen=True, slots=True)
class MseFloor(Result):
    """The MSE of the true scores against the averages.

    Attributes
    ----------
    value, low, high : float
        Mean over the pairs of s²/k, with a percentile interval over resampled pairs.
    pooled_variance : float
        s² within pairs over all pairs; stands in for pairs with one rating.
    n_pairs, n_single : int
        All pairs, and those with one rating.
    level, resamples, seed
        Of the interval.
    note : str
        Why there is no value; empty where there is one.
    """

    value: float
    low: float
    high: float
    pooled_variance: float
    n_pairs: int
    n_single: int
    level: float
    resamples: int
    seed: int
    note: str


@dataclass(frozen=True, slots=True)
class OneHuman(Result):
    """One listener as a system: each rating against the mean of the pair's other ratings.

    Attributes
    ----------
    metrics : mapping of str to float
        SRCC, LCC, KTAU, MSE over all such ratings; ``nan`` where undefined.
    n_ratings, n_pairs : int
        Ratings with another listener beside them, and their pairs.
    """

    metrics: Mapping[str, float]
    n_ratings: int
    n_pairs: int

    def to_frame(self) -> pd.DataFrame:
        """One row: the four metrics and the counts."""
        import pandas as pd

        return pd.DataFrame(
            [{**self.metrics, "n_ratings": self.n_ratings, "n_pairs": self.n_pairs}]
        )


def noise_ceiling(
    ratings: Ratings,
    *,
    splits: int = 200,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    conversion: Conversion = "normal",
) -> NoiseCeiling:
    """Ceilings of LCC, SRCC and KTAU.

    Parameters
    ----------
    ratings : Ratings
        Any design; pairs with one rating enter the averages but cannot be split.
    splits : int
        Random splits, at least 200.
    resamples : int
        Resamples of pairs for the intervals of the components, at least 1.
    seed : int
        Seed of splits and resamples.
    level : float
        Coverage of the intervals.
    conversion : {"normal", "spearman-brown"}
        How correlations of ranks are stepped up; see the module.

    Returns
    -------
    NoiseCeiling
        With ``nan`` and a note where fewer than two pairs have two ratings, or nothing varies.

    Raises
    ------
    RatingsError
        For fewer than 200 splits, no resample, a level outside (0, 1) or an unknown conversion.

    Source: Spearman 1904 (correction for attenuation); ``attenuation`` for the maps.
    """
    _check(splits, resamples, conversion)
    k = ratings.counts()
    table = pair_table(ratings)
    found = one_way(totals(table))
    single = np.clip(np.atleast_1d(found.single), 0.0, 1.0)
    drawn = np.clip(one_way(resampled(table, resamples, seed)).single, 0.0, 1.0)
    halves = _split_correlations(ratings, splits, seed)
    ceilings = tuple(
        _ceiling(
            name, halves.get(name), (single, drawn), _Step.of(name, ratings, conversion), level
        )
        for name in _CORRELATIONS
    )
    return NoiseCeiling(
        ceilings, reliability=ceilings[0].components ** 2, n_pairs=ratings.n_pairs,
        n_pairs_split=int((k > 1).sum()), n_ratings=ratings.n_ratings,
        k_min=int(k.min()), k_median=float(np.median(k)), k_max=int(k.max()),
        splits=splits, resamples=resamples, seed=seed, level=level, conversion=conversion,
        note=_note(ratings, found),
    )  # fmt: skip


def _check(splits: int, resamples: int, conversion: str) -> None:
    if splits < _MIN_SPLITS:
        raise RatingsError(f"splits is {splits}; expected {_MIN_SPLITS} or more")
    if resamples < 1:
        raise RatingsError(f"resamples is {resamples}; expected 1 or more")
    if conversion not in ("normal", "spearman-brown"):
        raise RatingsError(f"conversion is {conversion!r}; expected 'normal' or 'spearman-brown'")


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """From reliabilities or half correlations of one metric to its ceiling."""

    kernel: str
    k: Codes
    ties: float
    equal: bool

    @classmethod
    def of(cls, metric: str, ratings: Ratings, conversion: Conversion) -> _Step:
        k = ratings.counts()
        normal = conversion == "normal"
        ties = tied_share(ratings.means()) if normal and metric == "KTAU" else 0.0
        return cls(metric if normal else "LCC", k, ties, bool((k == k[0]).all()))

    def truth(self, single: Floats) -> Floats:
        """Truth against the averages."""
        return self._observed(Panels.truth_and_panel(self.k), single)

    def panel(self, single: Floats) -> Floats:
        """The averages against a second panel's; both have the ties of the first."""
        return np.minimum(self._observed(Panels.panel_and_panel(self.k), single, sides=2), 1.0)

    def single(self, correlation: Floats, halves: _Halves) -> Floats:
        """Reliability of one rating behind correlations of halves."""
        untied = correlation * halves.untied if self.kernel == "KTAU" else correlation
        return reliability_from_halves(self.kernel, untied, Panels.halves(self.k[self.k > 1]))

    def _observed(self, panels: Panels, single: Floats, sides: int = 1) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            untied = np.sqrt(1 - self.ties) ** sides
            return np.asarray(
                np.minimum(expected_correlation(self.kernel, single, panels) / untied, 1.0)
            )


@dataclass(frozen=True, slots=True, eq=False)
class _Halves:
    """A metric between half averages in each split, over all pairs and over resampled pairs."""

    plain: Floats
    resampled: Floats
    untied: Floats  # √((1 − tied share of one half)(1 − that of the other)), from tau-b to tau-a


def _split_correlations(ratings: Ratings, splits: int, seed: int) -> dict[str, _Halves]:
    """The three correlations between random halves; empty where fewer than two pairs can be split."""
    many = (
        ratings.where((ratings.counts() > 1)[ratings.pair])
        if (ratings.counts() > 1).any()
        else None
    )
    if many is None or many.n_pairs < 2:
        return {}
    generator = np.random.default_rng([seed, splits])
    plain = {name: np.empty(splits) for name in _CORRELATIONS}
    redrawn = {name: np.empty(splits) for name in _CORRELATIONS}
    untied = np.empty(splits)
    for s in range(splits):
        first, second = _random_halves(many, generator)
        rows = generator.integers(many.n_pairs, size=many.n_pairs)
        untied[s] = np.sqrt((1 - tied_share(first)) * (1 - tied_share(second)))
        for name, metric in _CORRELATIONS.items():
            plain[name][s] = metric(first, second)
            redrawn[name][s] = metric(first[rows], second[rows])
    return {name: _Halves(plain[name], redrawn[name], untied) for name in _CORRELATIONS}


def _random_halves(ratings: Ratings, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Averages of ⌊k/2⌋ and ⌈k/2⌉ ratings of each pair, drawn without replacement."""
    k, n = ratings.counts(), ratings.n_pairs
    # A code plus a fraction in [0, 1) sorts by pair, and at random within the pair.
    order = np.argsort(ratings.pair + generator.random(ratings.n_ratings))
    pair, values = ratings.pair[order], ratings.values[order]
    place = np.arange(values.size) - (np.cumsum(k) - k)[pair]
    early = place < (k // 2)[pair]
    first = np.bincount(pair[early], values[early], minlength=n) / (k // 2)
    second = np.bincount(pair[~early], values[~early], minlength=n) / (k - k // 2)
    return first, second


def _ceiling(
    metric: str, halves: _Halves | None, single: tuple[Floats, Floats], step: _Step, level: float
) -> Ceiling:
    """Both estimates of one metric's ceiling; see the module for which one is the value."""
    nothing = np.full(1, np.nan)
    found, drawn = single
    # Spearman–Brown knows nothing of ranks, so that the components say nothing about them by it.
    plain = step.kernel != metric
    by_components = float("nan") if plain else float(step.truth(found)[0])
    by_halves, spread, redrawn, behind = float("nan"), nothing, nothing, nothing
    if halves is not None:
        mean = _Halves(halves.plain, halves.resampled, halves.untied.mean(keepdims=True))
        behind = step.single(halves.plain.mean(keepdims=True), mean)
        by_halves = float(step.truth(behind)[0])
        spread = step.truth(step.single(halves.plain, halves))
        redrawn = step.truth(step.single(halves.resampled, halves))
    use_halves = plain or (metric != "LCC" and step.equal)
    bounds = interval(redrawn if use_halves else step.truth(drawn), level)
    return Ceiling(
        metric, by_halves if use_halves else by_components, *bounds,
        method=_HALVES if use_halves else _COMPONENTS, components=by_components, halves=by_halves,
        halves_low=interval(spread, level)[0], halves_high=interval(spread, level)[1],
        panel=float(step.panel(behind if use_halves else found)[0]),
    )  # fmt: skip


def _note(ratings: Ratings, found: OneWay) -> str:
    if not np.isfinite(found.single):
        return "no two pairs have two ratings each, or all ratings are equal: no ceiling can be estimated"
    if found.single <= 0:
        return "the reliability is not above zero: by these ratings nothing can be predicted"
    complete = (
        ratings.n_listeners > 1 and ratings.n_ratings == ratings.n_pairs * ratings.n_listeners
    )
    if complete and not ratings.duplicates:
        return (
            "every listener rated every pair: habits of listeners shift all averages alike and cost no "
            "correlation, but count as noise here, so the ceilings are too low"
        )
    return ""


def mse_floor(
    ratings: Ratings, *, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> MseFloor:
    """The MSE that the true scores themselves have against the averages: mean over pairs of s²/k.

    Parameters
    ----------
    ratings : Ratings
        Any design. A pair with one rating has no s² of its own and takes the pooled one.
    resamples, seed, level
        Of the interval over resampled pairs.

    Raises
    ------
    RatingsError
        For fewer than one resample or a level outside (0, 1).
    """
    if resamples < 1:
        raise RatingsError(f"resamples is {resamples}; expected 1 or more")
    table = pair_table(ratings)
    found = one_way(totals(table))
    value = float(found.floor)
    low, high = interval(one_way(resampled(table, resamples, seed)).floor, level)
    note = (
        ""
        if np.isfinite(value)
        else "fewer than two pairs have two ratings: the spread within pairs is unknown"
    )
    single = int((ratings.counts() == 1).sum())
    return MseFloor(
        value, low, high, float(found.within), ratings.n_pairs, single, level, resamples, seed, note
    )


def one_human(ratings: Ratings) -> OneHuman:
    """Each rating against the mean of the pair's ratings by other listeners, by all four metrics.

    Parameters
    ----------
    ratings : Ratings
        Ratings without another listener beside them take no part.
    """
    mean, count = ratings.others()
    use = count > 0
    given, rest = ratings.values[use], mean[use]
    functions = {"SRCC": srcc, "LCC": lcc, "KTAU": ktau, "MSE": mse}
    enough = given.size > 1
    metrics = {
        name: float(f(given, rest)) if enough else float("nan") for name, f in functions.items()
    }
    return OneHuman(metrics, int(use.sum()), int(np.unique(ratings.pair[use]).size))
