"""Noise ceiling and MSE floor: how well a predictor can score against noisy averages.

Goal: estimate the correlation between the true scores and the averages, and the mean squared error
of the true scores.

Each ceiling is estimated in two ways. Both estimates are reported:

- *variance components*: the reliability of one rating comes from the analysis of variance. It is
  converted to the correlation of the true scores with the panel and averaged over the numbers of
  ratings of the pairs. For LCC this is √R.
- *split halves*: the ratings of each pair are split at random into ⌊k/2⌋ and ⌈k/2⌉. The
  correlation of the half averages is averaged over the splits, stepped up to the full panel and
  converted to the correlation of the true scores with the panel. (The mean is taken before the
  step because the step is not linear and is undefined for negative correlations.)

LCC uses the variance components. SRCC and KTAU use the split halves if all pairs have the same
number of ratings. Otherwise they use the components, because halves then differ more in size than
panels. ``attenuation`` defines the step for each metric: Spearman–Brown for LCC, its counterparts
for ranks (``conversion="normal"``). ``conversion="spearman-brown"`` applies Spearman–Brown and the
square root to all three metrics, as is often done, and always uses split halves for SRCC and KTAU.
For SRCC the two conversions differ little. For KTAU plain Spearman–Brown is 0.08 to 0.14 too high;
use it only for comparison with published values.

Limitations (``benchmarks/ceiling.py``): the bias of LCC is below 0.01. The maps of SRCC and KTAU
assume roughly normal scores. Rounding, clipping and skew cause a bias of about 0.01; clearly
bimodal scores cause an upward bias of 0.03 (SRCC) and 0.04 (KTAU). Differences between listeners
count as noise here. If every listener rates every pair, these differences do not lower the
correlation, and the note states this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from xacle_eval.listeners.attenuation import (
    Panels,
    expected_correlation,
    reliability_from_halves,
    tied_share,
)
from xacle_eval.listeners.moments import (
    OneWay,
    interval,
    one_way,
    pair_table,
    resample_totals,
    totals,
)
from xacle_eval.listeners.results import Result
from xacle_eval.metrics import (
    ktau,
    lcc,
    srcc,
)
from xacle_eval.references.ratings import Floats, Ratings, RatingsError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CORRELATIONS",
    "Ceiling",
    "Halves",
    "MseFloor",
    "NoiseCeiling",
    "Step",
    "check_settings",
    "correlation_ceiling",
    "mse_floor",
    "noise_ceiling",
    "random_halves",
]

Conversion = Literal["normal", "spearman-brown"]

CORRELATIONS = {"LCC": lcc, "SRCC": srcc, "KTAU": ktau}
_COMPONENTS, _HALVES = "variance components", "split halves"
#: Minimum number of splits for a mean that is stable to three decimals at 3,000 pairs.
_MIN_SPLITS = 200
_MOST_DRAWS = 10**9


@dataclass(frozen=True, slots=True)
class Ceiling(Result):
    """The ceiling of one metric.

    Attributes
    ----------
    metric : str
        "LCC", "SRCC" or "KTAU".
    value : float
        Expected correlation of the true scores with the averages.
    low, high : float
        Percentile interval over resampled pairs. For split halves each resample uses its own
        split, so the interval is slightly too wide rather than too narrow.
    method : str
        "variance components" or "split halves": the estimate used as ``value``.
    components, halves : float
        Both estimates. With plain Spearman–Brown, SRCC and KTAU have no components.
    halves_low, halves_high : float
        Percentile interval of ``halves`` over the splits only.
    panel : float
        Expected correlation of the averages with those of a second panel of the same sizes; a
        model can exceed it.
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
    """The ceilings of the three correlations and the settings of the estimate.

    Attributes
    ----------
    ceilings : tuple of Ceiling
        LCC, SRCC, KTAU.
    reliability : float
        Reliability R of the averages, averaged over the numbers of ratings of the pairs; the
        ceiling of LCC is √R.
    n_pairs, n_pairs_split, n_ratings : int
        Number of pairs, of pairs with at least two ratings, and of ratings.
    k_min, k_median, k_max : float
        Ratings per pair.
    splits, resamples, seed, level
        Settings of the estimates and their intervals.
    conversion : str
        "normal" or "spearman-brown".
    note : str
        Warning about the estimate; empty if none applies.
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
        """Return the ceiling of ``metric``.

        Raises
        ------
        RatingsError
            If the metric has no ceiling.
        """
        for ceiling in self.ceilings:
            if ceiling.metric == metric:
                return ceiling
        raise RatingsError(
            f"no ceiling of {metric!r}; expected one of "
            f"{', '.join(c.metric for c in self.ceilings)}"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per metric."""
        import pandas as pd

        return pd.concat([ceiling.to_frame() for ceiling in self.ceilings], ignore_index=True)


@dataclass(frozen=True, slots=True)
class MseFloor(Result):
    """The MSE of the true scores against the averages.

    Attributes
    ----------
    value, low, high : float
        Mean of s²/k over the pairs, with a percentile interval over resampled pairs.
    pooled_variance : float
        Pooled variance s² within pairs; used for pairs with one rating.
    n_pairs, n_single : int
        Number of pairs, and of pairs with one rating.
    level, resamples, seed
        Settings of the interval.
    note : str
        The reason for a missing value; empty if the value is defined.
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


def noise_ceiling(
    ratings: Ratings,
    *,
    splits: int = 200,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    conversion: Conversion = "normal",
) -> NoiseCeiling:
    """Return the noise ceilings of LCC, SRCC and KTAU.

    Parameters
    ----------
    ratings : Ratings
        Any design. Pairs with one rating contribute to the averages but cannot be split.
    splits : int
        Number of random splits, at least 200.
    resamples : int
        Number of resamples of pairs for the intervals of the components, at least 1.
    seed : int
        Seed of the splits and resamples.
    level : float
        Coverage of the intervals.
    conversion : {"normal", "spearman-brown"}
        How rank correlations are stepped up; see the module.

    Returns
    -------
    NoiseCeiling
        Values are ``nan``, with a note, if fewer than two pairs have two ratings or all ratings
        are equal.

    Raises
    ------
    RatingsError
        If ``splits`` is below 200, ``resamples`` is below 1, ``level`` is outside (0, 1) or
        ``conversion`` is unknown.

    Source: Spearman 1904 (correction for attenuation); ``attenuation`` for the maps.
    """
    check_settings(splits, resamples, conversion)
    k = ratings.counts()
    table = pair_table(ratings)
    found = one_way(totals(table))
    single = np.clip(np.atleast_1d(found.single), 0.0, 1.0)
    drawn = np.clip(one_way(resample_totals(table, resamples, seed)).single, 0.0, 1.0)
    halves = _split_correlations(ratings, splits, seed)
    ceilings = tuple(
        correlation_ceiling(
            name, halves.get(name), (single, drawn), Step.of(name, ratings, conversion), level
        )
        for name in CORRELATIONS
    )
    return NoiseCeiling(
        ceilings, reliability=ceilings[0].components ** 2, n_pairs=ratings.n_pairs,
        n_pairs_split=int((k > 1).sum()), n_ratings=ratings.n_ratings,
        k_min=int(k.min()), k_median=float(np.median(k)), k_max=int(k.max()),
        splits=splits, resamples=resamples, seed=seed, level=level, conversion=conversion,
        note=_note(ratings, found),
    )  # fmt: skip


def check_settings(splits: int, resamples: int, conversion: str) -> None:
    if splits < _MIN_SPLITS:
        raise RatingsError(f"splits is {splits}; expected {_MIN_SPLITS} or more")
    for name, number in (("splits", splits), ("resamples", resamples)):
        if number > _MOST_DRAWS:
            raise RatingsError(f"{name} is {number:,}; expected {_MOST_DRAWS:,} or fewer")
    if resamples < 1:
        raise RatingsError(f"resamples is {resamples}; expected 1 or more")
    if conversion not in ("normal", "spearman-brown"):
        raise RatingsError(f"conversion is {conversion!r}; expected 'normal' or 'spearman-brown'")


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Conversion of reliabilities or half correlations of one metric to its ceiling.

    Attributes
    ----------
    kernel : str
        The map of `attenuation` that is used.
    whole, halves : Panels
        The true scores and the averages; two halves of the items that can be split.
    ties : float
        Share of tied pairs of items, 0 if it is not needed.
    equal : bool
        All pairs have the same number of ratings.
    """

    kernel: str
    whole: Panels
    halves: Panels
    ties: float
    equal: bool

    @classmethod
    def of(cls, metric: str, ratings: Ratings, conversion: Conversion) -> Step:
        """Return the conversion for the averages of the pairs."""
        k = ratings.counts()
        normal = conversion == "normal"
        ties = tied_share(ratings.means()) if normal and metric == "KTAU" else 0.0
        whole, halves = Panels.truth_and_panel(k), Panels.halves(k[k > 1])
        return cls(metric if normal else "LCC", whole, halves, ties, bool((k == k[0]).all()))

    def truth(self, single: Floats) -> Floats:
        """Return the correlation of the true scores with the averages."""
        return self._correlation(self.whole, single)

    def panel(self, single: Floats) -> Floats:
        """Return the correlation of two panels; both have the ties of the first."""
        both = Panels(self.whole.second, self.whole.second, self.whole.weight)
        return self._correlation(both, single, sides=2)

    def single(self, correlation: Floats, halves: Halves) -> Floats:
        """Return the reliability of one rating that the correlations of halves imply."""
        untied = correlation * halves.untied if self.kernel == "KTAU" else correlation
        return reliability_from_halves(self.kernel, untied, self.halves)

    def _correlation(self, panels: Panels, single: Floats, sides: int = 1) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            untied = np.sqrt(1 - self.ties) ** sides
            return np.asarray(
                np.minimum(expected_correlation(self.kernel, single, panels) / untied, 1.0)
            )


@dataclass(frozen=True, slots=True, eq=False)
class Halves:
    """A metric between half averages for each split, over all pairs and over resampled pairs."""

    plain: Floats
    resampled: Floats
    untied: Floats  # √((1 − tied share of one half)(1 − that of the other)): tau-b to tau-a


def _split_correlations(ratings: Ratings, splits: int, seed: int) -> dict[str, Halves]:
    """Return the correlations between random halves; empty if fewer than two pairs can be split."""
    splittable = ratings.counts() > 1
    if splittable.sum() < 2:
        return {}
    many = ratings.where(splittable[ratings.pair])
    generator = np.random.default_rng([seed, splits])
    plain = {name: np.empty(splits) for name in CORRELATIONS}
    redrawn = {name: np.empty(splits) for name in CORRELATIONS}
    untied = np.empty(splits)
    for s in range(splits):
        first, second = random_halves(many, generator)
        rows = generator.integers(many.n_pairs, size=many.n_pairs)
        untied[s] = np.sqrt((1 - tied_share(first)) * (1 - tied_share(second)))
        for name, metric in CORRELATIONS.items():
            plain[name][s] = metric(first, second)
            redrawn[name][s] = metric(first[rows], second[rows])
    return {name: Halves(plain[name], redrawn[name], untied) for name in CORRELATIONS}


def random_halves(ratings: Ratings, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Return averages of ⌊k/2⌋ and ⌈k/2⌉ ratings of each pair, drawn without replacement."""
    k, n = ratings.counts(), ratings.n_pairs
    # A code plus a fraction in [0, 1) sorts by pair, and at random within the pair.
    order = np.argsort(ratings.pair + generator.random(ratings.n_ratings))
    pair, values = ratings.pair[order], ratings.values[order]
    place = np.arange(values.size) - (np.cumsum(k) - k)[pair]
    early = place < (k // 2)[pair]
    first = np.bincount(pair[early], values[early], minlength=n) / (k // 2)
    second = np.bincount(pair[~early], values[~early], minlength=n) / (k - k // 2)
    return first, second


def correlation_ceiling(
    metric: str, halves: Halves | None, single: tuple[Floats, Floats], step: Step, level: float
) -> Ceiling:
    """Return both estimates of the ceiling of one metric and choose its value."""
    nothing = np.full(1, np.nan)
    found, drawn = single
    # Plain Spearman–Brown cannot convert variance components to a rank correlation.
    plain = step.kernel != metric
    by_components = float("nan") if plain else float(step.truth(found)[0])
    by_halves, spread, redrawn, behind = float("nan"), nothing, nothing, nothing
    if halves is not None:
        mean = Halves(halves.plain, halves.resampled, halves.untied.mean(keepdims=True))
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
        return (
            "the noise ceiling cannot be estimated: it needs at least two pairs with two ratings, "
            "and ratings that are not all equal"
        )
    if found.single <= 0:
        return "the reliability is zero or negative: these ratings do not distinguish the pairs"
    complete = ratings.n_ratings == ratings.n_pairs * ratings.n_listeners
    if complete and not ratings.duplicates:
        return (
            "every listener rated every pair: differences between listeners shift all averages "
            "equally and do not lower the correlation, but count as noise here, so the ceilings "
            "are too low"
        )
    return ""


def mse_floor(
    ratings: Ratings, *, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> MseFloor:
    """Return the MSE of the true scores against the averages: the mean of s²/k over the pairs.

    Parameters
    ----------
    ratings : Ratings
        Any design. A pair with one rating uses the pooled s².
    resamples, seed, level
        Settings of the interval over resampled pairs.

    Raises
    ------
    RatingsError
        If ``resamples`` is below 1 or ``level`` is outside (0, 1).
    """
    if resamples < 1:
        raise RatingsError(f"resamples is {resamples}; expected 1 or more")
    table = pair_table(ratings)
    found = one_way(totals(table))
    value = float(found.floor)
    low, high = interval(one_way(resample_totals(table, resamples, seed)).floor, level)
    note = (
        ""
        if np.isfinite(value)
        else "the MSE floor cannot be estimated: it needs at least two pairs with two ratings"
    )
    single = int((ratings.counts() == 1).sum())
    return MseFloor(
        value, low, high, float(found.within), ratings.n_pairs, single, level, resamples, seed, note
    )
