"""Training: a bilinear ridge regression that also uses unrated mismatched pairs.

The ratings of n pairs contain little information about which clips do not match a caption. A clip
with the caption of another pair is such a case; all n² combinations are used, with the score of a
bad pair of the training split. W minimises

    Σᵢ (uᵢᵀ W vᵢ − (yᵢ − c))² + γ n · meanᵢⱼ (uᵢᵀ W vⱼ)² + λ ‖W‖²,

where c is the score of a mismatched pair. The mean over all i and j does not need n² pairs: it is
tr(Wᵀ U W V), with U and V the second moments of u and v; in their eigenvectors it is a diagonal
ridge penalty. Conjugate gradients with this diagonal as preconditioner add the sum over the rated
pairs, so no array has size n². One-sided models have no mismatched pairs: γ is 0.

γ, λ and the number of components are chosen by SRCC on the validation split. The mismatched
pairs lower all scores, so a line from score to rating is fitted there as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

import xacle_eval as xe
from reference.minimal.model import (
    Config,
    Model,
    audio_side,
    fit_audio_map,
    select_groups,
    text_side,
)
from reference.minimal.text_features import hash_texts, term_weights

__all__ = ["PLAIN", "Examples", "Trained", "train"]

COMPONENTS = (60, 120)
RIDGES = (0.3, 1.0, 3.0, 10.0)
MISMATCHES = (0.3, 1.0, 3.0)

MISMATCH_QUANTILE = 0.1
"""The score of a mismatched pair, as a quantile of the training scores."""

TEXT_DIRECTIONS = 200
"""Number of eigenvectors of the captions' second moment; the others belong to very rare words."""

MOST_STEPS = 200
# Relative to the norm of the residual; on the default world, a smaller value changes no metric by
# 0.0001.
TOLERANCE = 1e-4

PLAIN = Config(groups=("bands",), bigrams=False)
"""A smaller variant without rhythm and order: the long-term spectrum and single words."""

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Examples:
    """Pairs ready for training.

    Attributes
    ----------
    statistics : ndarray, shape (pairs, statistics)
        Statistics of the clips.
    texts : sequence of str
        The captions.
    scores : ndarray, shape (pairs,)
        Scores from 0 to 10; NaN if withheld.
    """

    statistics: NDArray[np.float32]
    texts: Sequence[str]
    scores: Array


@dataclass(frozen=True)
class Trained:
    """A model and its SRCC on the validation split; NaN if scores or predictions are constant."""

    model: Model
    validation_srcc: float


def train(
    base: Config, training: Examples, validation: Examples, *, progress: Progress | None = None
) -> Trained:
    """Train a model for each candidate and return the best by SRCC on the validation pairs.

    Parameters
    ----------
    base : Config
        Sides, groups, buckets and bigrams; the function chooses components, ridge and mismatch.
    training, validation : Examples
        Pairs for fitting and pairs for selection.
    progress : callable, optional
        Called with (models done, total).

    Returns
    -------
    Trained
        The best candidate, with its line from score to rating fitted on the validation pairs.

    Notes
    -----
    The result is deterministic: no random numbers are used. The first of equal candidates wins.
    """
    best: Trained | None = None
    total = _candidates(base)
    for done, model in enumerate(_models(base, training), start=1):
        value = xe.metrics.srcc(
            model.predict(validation.statistics, validation.texts), validation.scores
        )
        if best is None or _better(value, best.validation_srcc):
            best = Trained(model, value)
        if progress is not None:
            progress(done, total)
    if best is None:
        raise ValueError("no candidate to train")
    return replace(best, model=_calibrate(best.model, validation))


def _better(value: float, than: float) -> bool:
    return value > than or (math.isnan(than) and not math.isnan(value))


def _sizes(base: Config) -> tuple[int, ...]:
    # Without audio, the number of components has no effect.
    return COMPONENTS if base.sides != "text" else (base.components,)


def _mismatches(base: Config) -> tuple[float, ...]:
    return MISMATCHES if base.sides == "both" else (0.0,)


def _candidates(base: Config) -> int:
    return len(_sizes(base)) * len(_mismatches(base)) * len(RIDGES)


def _models(base: Config, training: Examples) -> Iterator[Model]:
    """Yield a model for each candidate."""
    counts = hash_texts(training.texts, buckets=base.buckets, bigrams=base.bigrams)
    terms = term_weights(counts)
    right, text_axes, text_power = _rotate(text_side(base, terms, training.texts), TEXT_DIRECTIONS)
    offset = float(np.quantile(training.scores, MISMATCH_QUANTILE if base.sides == "both" else 0.5))
    targets = training.scores - offset
    sizes = _sizes(base)
    selected = select_groups(training.statistics, base.groups)
    largest = fit_audio_map(selected, max(sizes), base.whitening)
    for components in sizes:
        config = replace(base, components=components)
        audio_map = largest.first(components)
        side = audio_side(config, audio_map, training.statistics)
        left, audio_axes, audio_power = _rotate(side, side.shape[1])
        moments = len(targets) * np.outer(audio_power, text_power)
        for mismatch, ridge in product(_mismatches(base), RIDGES):
            rotated = _solve(left, right, targets, moments, mismatch, ridge)
            weights = audio_axes @ rotated @ text_axes.T
            yield Model(
                replace(config, mismatch=mismatch, ridge=ridge), audio_map, terms, weights, offset
            )


def _rotate(vectors: Array, most: int) -> tuple[Array, Array, Array]:
    """Return vectors in the eigenbasis of their second moment, the eigenvectors and eigenvalues."""
    power, axes = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    power, axes = np.maximum(power[::-1][:most], 0.0), axes[:, ::-1][:, :most]
    return vectors @ axes, axes, power


def _solve(
    left: Array, right: Array, targets: Array, moments: Array, mismatch: float, ridge: float
) -> Array:
    """Minimise the loss by preconditioned conjugate gradients.

    Source: Shewchuk, "An introduction to the conjugate gradient method without the agonizing
    pain", 1994, algorithm B3.
    """
    penalty = ridge + mismatch * moments
    preconditioner = 1.0 / (penalty + moments)  # as if u and v were independent
    weights = np.zeros_like(moments)
    residual = left.T @ (targets[:, None] * right)
    direction = preconditioner * residual
    size = first = float(np.vdot(residual, direction))
    for _ in range(MOST_STEPS):
        if size <= TOLERANCE**2 * first:
            break
        fitted = np.einsum("ij,ij->i", left @ direction, right)
        curved = left.T @ (fitted[:, None] * right) + penalty * direction
        step = size / float(np.vdot(direction, curved))
        weights += step * direction
        residual -= step * curved
        ahead = preconditioner * residual
        previous, size = size, float(np.vdot(residual, ahead))
        direction = ahead + size / previous * direction
    return weights


def _calibrate(model: Model, validation: Examples) -> Model:
    """Return the model with its scores mapped by the line that fits the validation ratings best.

    The order of pairs does not change: if the slope is not positive, only the offset is fitted.
    """
    raw = model.raw_scores(validation.statistics, validation.texts)
    spread = raw - raw.mean()
    variance = float(spread @ spread)
    slope = (
        float(spread @ (validation.scores - validation.scores.mean())) / variance
        if variance > 0.0
        else 1.0
    )
    slope = slope if slope > 0.0 else 1.0
    offset = float(validation.scores.mean() - slope * (raw.mean() - model.offset))
    return replace(model, weights=slope * model.weights, offset=offset)
