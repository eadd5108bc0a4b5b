"""Noise ceiling: how well a perfect predictor can correlate with noisy averages.

Goal: estimate the correlation between the true scores and the averages of the ratings.

- LCC: √(1 − floor / variance of the averages), where the floor is the mean of s²/k over the pairs.
  It needs no model and allows the number of ratings to depend on the pair.
- SRCC and KTAU: by ordinal deconvolution (`deconvolution`). A model of the ratings is fitted, and
  the correlations follow from the joint distribution of true scores and averages that it implies.
  One estimator serves equal and unequal panels; pairs with one rating take part.

The check is the correlation of random halves of the panels: observed, and as the model predicts it.
The variant of the model is chosen by a stated rule; see `deconvolution.deconvolve`.

Limitations (``benchmarks/ceiling.py``): noise whose amount or shape depends on the pair in other
ways than the variants allow. Differences between listeners count as noise. If every listener rates
every pair, these differences do not lower the correlation, and the note states this.

Source of the form for LCC: "rho-Perfect", arXiv:2602.08552.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from xacle_eval.io.memory import SCIPY_BYTES, require_address_space
from xacle_eval.listeners.answers import Answers
from xacle_eval.listeners.deconvolution import Deconvolution, deconvolve
from xacle_eval.listeners.halves import half_correlations
from xacle_eval.listeners.moments import (
    TOO_CLOSE,
    OneWay,
    interval,
    interval_of,
    one_way,
    pair_table,
    resample_totals,
    too_close,
    totals,
)
from xacle_eval.listeners.outlying import move_outlying, outlying_note
from xacle_eval.listeners.parts import Parts
from xacle_eval.listeners.results import Result
from xacle_eval.references.ratings import Floats, Ratings, RatingsError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "RANKS",
    "Ceiling",
    "Checks",
    "Expected",
    "NoiseCeiling",
    "check_settings",
    "lcc_ceiling",
    "noise_ceiling",
    "normal_ceiling",
    "normal_scores",
    "rank_ceiling",
    "root_share",
]

RANKS = ("SRCC", "KTAU")
_DECONVOLUTION, _VARIANCES = "ordinal deconvolution", "variances"
_NORMAL = "normal scores"
#: Minimum number of splits for a mean that is stable to three decimals at 3,000 pairs.
_MIN_SPLITS = 200
_MOST_DRAWS = 10**9
#: Refits of the model; their spread is known to 5 %, which is enough for an interval.
_MOST_REFITS = 200
#: With fewer pairs the answers say too little about the model of the noise.
_MIN_PAIRS = 20


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
        Interval over resampled parts or pairs. For SRCC and KTAU the model is fitted again to each
        of at most 200 resamples; the interval is normal on the scale of atanh.
    method : str
        "variances" (LCC), "ordinal deconvolution", or "normal scores": the value that follows from
        the ceiling of LCC if scores and noise are normal, where the ratings are too few to fit a
        model.
    panel : float
        Expected correlation of the averages with those of a second panel of the same sizes; a
        model can exceed it.
    split_halves, split_halves_low, split_halves_high : float
        Correlation of the averages of random halves: mean over the splits, with the interval of
        single splits.
    split_halves_expected : float
        The same, as the fitted model predicts it. A large difference to ``split_halves`` means
        that the model does not fit.
    other : float
        The ceiling by the best variant that was not chosen.
    components, halves, halves_low, halves_high : float
        Two estimates for normal scores only, for comparison with other software: from the
        reliability in the analysis of variance, and from ``split_halves`` by Spearman–Brown, both
        converted as in ``normal_ceiling``.
    """

    metric: str
    value: float
    low: float
    high: float
    method: str
    panel: float
    split_halves: float
    split_halves_low: float
    split_halves_high: float
    split_halves_expected: float
    other: float
    components: float
    halves: float
    halves_low: float
    halves_high: float


@dataclass(frozen=True, slots=True)
class NoiseCeiling(Result):
    """The ceilings of the three correlations and the settings of the estimate.

    Attributes
    ----------
    ceilings : tuple of Ceiling
        LCC, SRCC, KTAU.
    model, other_model : str
        The variant of the ordinal model, and the best one that was not chosen; empty without a fit.
    reliability : float
        1 − floor / variance of the averages, the square of the ceiling of LCC.
    n_pairs, n_pairs_split, n_ratings : int
        Number of pairs, of pairs with at least two ratings, and of ratings.
    n_parts : int
        Number of parts of the design that no listener connects.
    unit : {"parts", "pairs"}
        What the intervals resample.
    k_min, k_median, k_max : float
        Ratings per pair.
    splits, resamples, refits, seed, level
        Settings of the estimates and their intervals.
    note : str
        Warning about the estimate; empty if none applies.
    conversion : str
        How ``components`` and ``halves`` become ceilings of ranks: "normal".
    """

    ceilings: tuple[Ceiling, ...]
    model: str
    other_model: str
    reliability: float
    n_pairs: int
    n_pairs_split: int
    n_ratings: int
    n_parts: int
    unit: str
    k_min: int
    k_median: float
    k_max: int
    splits: int
    resamples: int
    refits: int
    seed: int
    level: float
    note: str
    conversion: str = "normal"

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


def noise_ceiling(
    ratings: Ratings,
    *,
    splits: int = 200,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> NoiseCeiling:
    """Return the noise ceilings of LCC, SRCC and KTAU.

    Parameters
    ----------
    ratings : Ratings
        Any design, on a scale of 2 levels or more, or continuous. Pairs with one rating take part.
    splits : int
        Number of random splits for the check, at least 200.
    resamples : int
        Number of resamples for the intervals, at least 1. The model is fitted again to the first
        200 of them.
    seed : int
        Seed of the splits and resamples.
    level : float
        Coverage of the intervals.

    Returns
    -------
    NoiseCeiling
        Values are ``nan``, with a note, if fewer than two pairs have two ratings or all ratings
        are equal. If fewer than 20 pairs have two ratings, or if listeners agree exactly, the
        values of SRCC and KTAU are those of normal scores.

    Raises
    ------
    RatingsError
        If ``splits`` is below 200, ``resamples`` is below 1 or ``level`` is outside (0, 1).
    """
    check_settings(splits, resamples)
    require_address_space(SCIPY_BYTES)
    k, parts, table = ratings.counts(), Parts.of(ratings), pair_table(ratings)
    found = one_way(totals(table))
    drawn = one_way(resample_totals(table, parts, resamples, seed))
    halves = half_correlations(ratings, splits, seed)
    means = {name: float(values.mean()) for name, values in halves.items()}
    chosen, other = _fit(ratings, found, means)
    refits = min(resamples, _MOST_REFITS) if chosen is not None else 0
    redrawn = _refit(chosen, parts, refits, seed)
    expected = None if chosen is None else Expected.of(chosen, other)
    root, roots = root_share(found), root_share(drawn)
    checks = {
        name: Checks.of(name, halves[name], _root_reliability(found), level) for name in halves
    }
    ceilings = (
        lcc_ceiling(root, roots, expected, checks["LCC"], level),
        *(
            normal_ceiling(name, root, roots, checks[name], level)
            if expected is None
            else rank_ceiling(name, expected, redrawn, checks[name], level)
            for name in RANKS
        ),
    )
    return NoiseCeiling(
        ceilings, model="" if chosen is None else chosen.model.variant,
        other_model="" if other is None else other.model.variant,
        reliability=ceilings[0].value ** 2, n_pairs=ratings.n_pairs,
        n_pairs_split=int((k > 1).sum()), n_ratings=ratings.n_ratings, n_parts=parts.count,
        unit=parts.unit, k_min=int(k.min()), k_median=float(np.median(k)), k_max=int(k.max()),
        splits=splits, resamples=resamples, refits=refits, seed=seed, level=level,
        note=_note(ratings, found, chosen),
    )  # fmt: skip


def check_settings(splits: int, resamples: int) -> None:
    """Refuse too few or too many splits or resamples.

    Raises
    ------
    RatingsError
    """
    if splits < _MIN_SPLITS:
        raise RatingsError(f"splits is {splits}; expected {_MIN_SPLITS} or more")
    for name, number in (("splits", splits), ("resamples", resamples)):
        if number > _MOST_DRAWS:
            raise RatingsError(f"{name} is {number:,}; expected {_MOST_DRAWS:,} or fewer")
    if resamples < 1:
        raise RatingsError(f"resamples is {resamples}; expected 1 or more")


def _fit(
    ratings: Ratings, found: OneWay, halves: Mapping[str, float]
) -> tuple[Deconvolution | None, Deconvolution | None]:
    """Return the fitted model and the best other variant; None if they cannot be fitted."""
    moved = move_outlying(ratings)
    if moved is not ratings:
        ratings, found = moved, one_way(totals(pair_table(moved)))
    single = float(found.single)
    some = int((ratings.counts() > 1).sum()) >= _MIN_PAIRS
    if not (some and 0.0 < single < 1.0 - 1e-9):
        return None, None
    return deconvolve(Answers.of(ratings), single, halves)


def _refit(
    chosen: Deconvolution | None, parts: Parts, refits: int, seed: int
) -> Mapping[str, Floats]:
    """Return the ceilings of the model fitted to each resample."""
    rows: list[Mapping[str, float]] = []
    if chosen is not None:
        answers = chosen.model.answers
        for pairs in parts.draws(refits, seed):
            rows.append(chosen.refit(answers.weights(pairs)).ceilings())
    return {name: np.array([row[name] for row in rows]) for name in RANKS}


class Correlations(Protocol):
    """A fitted model of the ratings or averages."""

    def ceilings(self) -> Mapping[str, float]:
        """Return the correlations of the true scores with the averages."""

    def panels(self, *, halves: bool = False) -> Mapping[str, float]:
        """Return the correlations of two panels' averages, or of random halves."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The correlations that a fitted model implies, by metric.

    Attributes
    ----------
    ceilings, panels, halves : mapping of str to float
    other : mapping of str to float
        The ceilings by another model; empty if there is none.
    """

    ceilings: Mapping[str, float]
    panels: Mapping[str, float]
    halves: Mapping[str, float]
    other: Mapping[str, float]

    @classmethod
    def of(cls, chosen: Correlations, other: Correlations | None) -> Expected:
        """Compute the correlations of a model, and the ceilings of another one."""
        return cls(
            chosen.ceilings(),
            chosen.panels(),
            chosen.panels(halves=True),
            {} if other is None else other.ceilings(),
        )


@dataclass(frozen=True, slots=True)
class Checks:
    """What a ceiling is compared with: the last fields of `Ceiling`, and the observed halves."""

    split_halves: float
    split_halves_low: float
    split_halves_high: float
    components: float
    halves: float
    halves_low: float
    halves_high: float

    @classmethod
    def of(cls, metric: str, halves: Floats, root: float, level: float) -> Checks:
        """Return the checks from the correlation of each split and the root of the reliability."""
        mean = halves.mean(keepdims=True)
        steps = _from_halves(metric, halves)
        return cls(
            float(mean[0]),
            *interval(halves, level),
            float(normal_scores(metric, np.asarray(root))),
            float(_from_halves(metric, mean)[0]),
            *interval(steps, level),
        )


def lcc_ceiling(
    value: Floats, drawn: Floats, expected: Expected | None, checks: Checks, level: float
) -> Ceiling:
    """Return the ceiling of LCC from √(1 − floor / variance) of the data and of resamples."""
    found, nan = float(value), float("nan")
    low, high = interval_of(found, drawn, level, units=2)
    return Ceiling(
        "LCC", found, low, high, _VARIANCES, found * found,
        split_halves_expected=nan if expected is None else expected.halves["LCC"],
        other=nan if expected is None else expected.ceilings["LCC"], **asdict(checks),
    )  # fmt: skip


def root_share(found: OneWay) -> Floats:
    """Return √(1 − floor / variance of the averages); 0 if the floor is larger."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 1.0 - found.floor / found.variance
    return np.asarray(np.sqrt(np.clip(share, 0.0, 1.0)))


def rank_ceiling(
    metric: str, expected: Expected, redrawn: Mapping[str, Floats], checks: Checks, level: float
) -> Ceiling:
    """Return the ceiling of SRCC or KTAU from a fitted model and its fits to resamples."""
    value = expected.ceilings[metric]
    return Ceiling(
        metric, value, *_normal_interval(value, redrawn[metric], level), _DECONVOLUTION,
        expected.panels[metric], split_halves_expected=expected.halves[metric],
        other=expected.other.get(metric, float("nan")), **asdict(checks),
    )  # fmt: skip


def normal_ceiling(
    metric: str, root: Floats, roots: Floats, checks: Checks, level: float
) -> Ceiling:
    """Return the ceiling of SRCC or KTAU of normal scores with the given ceiling of LCC.

    Parameters
    ----------
    metric : str
    root, roots : array
        The ceiling of LCC of the data, and those of resamples.
    checks : Checks
    level : float
    """
    nan, value = float("nan"), float(normal_scores(metric, root))
    return Ceiling(
        metric, value, *interval_of(value, normal_scores(metric, roots), level, units=2), _NORMAL,
        float(normal_scores(metric, root**2)), split_halves_expected=nan, other=nan,
        **asdict(checks),
    )  # fmt: skip


def normal_scores(metric: str, lcc: Floats) -> Floats:
    """Return the value of a metric for two normal variables with a given LCC.

    Source: Pearson 1907 (SRCC); Greiner 1909 (KTAU).
    """
    if metric == "SRCC":
        return np.asarray(6.0 / np.pi * np.arcsin(lcc / 2.0))
    return np.asarray(2.0 / np.pi * np.arcsin(lcc) if metric == "KTAU" else lcc)


def _from_halves(metric: str, halves: Floats) -> Floats:
    """Return the ceilings of normal scores that correlations of halves imply (Spearman–Brown)."""
    latent = halves
    if metric == "SRCC":
        latent = 2.0 * np.sin(np.pi * halves / 6.0)
    elif metric == "KTAU":
        latent = np.sin(np.pi * halves / 2.0)
    latent = np.clip(latent, 0.0, 1.0)
    return normal_scores(metric, np.sqrt(2.0 * latent / (1.0 + latent)))


def _root_reliability(found: OneWay) -> float:
    """Return the root of the reliability of the averages, from the analysis of variance."""
    single = float(np.clip(found.single, 0.0, 1.0))
    if not single > 0.0:
        return single
    return float(np.sqrt(single / (single + (1.0 - single) * float(found.inverse_k))))


def _normal_interval(value: float, draws: Floats, level: float) -> tuple[float, float]:
    """Return the interval of a correlation that is normal on the scale of atanh."""
    from scipy.special import ndtri

    interval(draws[:1], level)  # checks the level
    defined = draws[np.isfinite(draws)]
    if defined.size < 2 or not abs(value) < 1.0:
        return float("nan"), float("nan")
    limit = 1.0 - 1e-12
    spread = float(np.arctanh(np.clip(defined, -limit, limit)).std(ddof=1))
    half = float(ndtri((1.0 + level) / 2.0)) * spread
    centre = float(np.arctanh(value))
    return float(np.tanh(centre - half)), float(np.tanh(centre + half))


def _note(ratings: Ratings, found: OneWay, chosen: Deconvolution | None) -> str:
    if too_close(ratings):
        return f"the noise ceiling cannot be estimated: {TOO_CLOSE}"
    if not np.isfinite(found.single):
        return (
            "the noise ceiling cannot be estimated: it needs at least two pairs with two ratings, "
            "and ratings that are not all equal"
        )
    outlying = outlying_note(ratings)
    if found.single <= 0 and not outlying:
        return "the reliability is zero or negative: these ratings do not distinguish the pairs"
    notes = [outlying] if outlying else []
    complete = ratings.n_ratings == ratings.n_pairs * ratings.n_listeners
    if complete and not ratings.duplicates:
        notes.append(
            "every listener rated every pair: differences between listeners shift all averages "
            "equally and do not lower the correlation, but count as noise here, so the ceilings "
            "are too low"
        )
    if chosen is None and found.single < 1.0 - 1e-9:
        notes.append(
            "the noise ceilings of SRCC and KTAU are those of normal scores, because the ordinal "
            f"model needs at least {_MIN_PAIRS} pairs with two ratings"
        )
    return "; ".join(notes)
