"""The ordinal model of ratings: its likelihood, with the gradient in closed form.

A pair has a true score θ on a latent scale. A listener answers level l or a lower one with the
probability Φ((c_l − θ)/σ), with free ordered thresholds c: they absorb clipping at the ends of the
scale and answers that listeners prefer. The density of θ is exp(spline), with a penalty on the
third differences of the spline's coefficients, so that a strong penalty gives the normal density.

Three variants:

- ``plain``: σ is 1 for every pair;
- ``noise per pair``: σ of a pair is one of ½, 1 and 2, with free shares;
- ``careless answers``: a free share of answers does not depend on the pair.

A *state* is one noise level and one point of the grid of θ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from xacle_eval.listeners.answers import Answers
from xacle_eval.references.ratings import Floats

__all__ = ["OrdinalModel", "States", "Variant"]

Variant = Literal["plain", "noise per pair", "careless answers"]

_CELL, _KNOT, _TAIL, _SD = 0.12, 0.5, 2.5, 4.5
_NOISE = {"plain": (1.0,), "noise per pair": (0.5, 1.0, 2.0), "careless answers": (1.0,)}
_LEAST = 1e-12
# Weak penalties for directions that the data do not determine: the level of the spline (it cancels
# when the density is normalised), the distances of thresholds, and the origin of θ.
_LEVEL, _DISTANCE, _ORIGIN = 1e-2, 1e-2, 50.0
_FIRST_CARELESS = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """The states of a fitted model, by ascending true score.

    Attributes
    ----------
    prior : shape (states,)
        Sums to 1.
    answers : shape (states, L)
        The probability of each level.
    true_scores : shape (states,)
        The expected rating.
    order : array of int, shape (states,)
        The place of each state in the model's own order.
    """

    prior: Floats
    answers: Floats
    true_scores: Floats
    order: np.ndarray[Any, np.dtype[np.intp]]


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """The model at one vector of parameters."""

    density: Floats  # (Q,)
    noise_shares: Floats  # (S,)
    distance: Floats  # (S, Q, L - 1): (c_l - theta) / sigma
    attentive: Floats  # (S, Q, L)
    careless: float
    any_answer: Floats  # (L,)
    answers: Floats  # (S, Q, L)

    @property
    def prior(self) -> Floats:
        return (self.noise_shares[:, None] * self.density).reshape(-1)


class OrdinalModel:
    """The model of one set of answers.

    Parameters
    ----------
    answers : Answers
        At least two levels.
    reliability : float
        Reliability of one rating, for the first guess of the density's width.
    variant : str
        See the module.
    """

    def __init__(self, answers: Answers, reliability: float, variant: Variant = "plain") -> None:
        self.answers = answers
        self.variant = variant
        self.noise = np.array(_NOISE[variant])
        share = float(np.clip(reliability, 0.03, 0.95))
        self._sd = float(np.sqrt(share / (1.0 - share)))
        total = answers.weights() @ answers.patterns
        self._any = np.log((total + 1.0) / (total + 1.0).sum())
        thresholds = self._first_thresholds(total)
        self.grid, self.basis = self._make_grid(thresholds)
        differences = np.diff(np.eye(self.basis.shape[1]), 3, axis=0)
        self.roughness = differences.T @ differences
        self.start = self._first_guess(thresholds)

    def _first_thresholds(self, total: Floats) -> Floats:
        from scipy.special import ndtri

        below = np.cumsum(total)[:-1] / total.sum()
        found: Floats = ndtri(np.clip(below, 1e-6, 1 - 1e-6)) * np.sqrt(1.0 + self._sd**2)
        return found

    def _make_grid(self, thresholds: Floats) -> tuple[Floats, Floats]:
        from scipy.interpolate import BSpline

        low = max(-_SD * self._sd, float(thresholds[0]) - _TAIL)
        high = min(_SD * self._sd, float(thresholds[-1]) + _TAIL)
        if high - low < 3 * self._sd:
            low, high = -3 * self._sd, 3 * self._sd
        points = int(np.clip(np.ceil((high - low) / _CELL), 60, 160))
        splines = int(np.clip(np.ceil((high - low) / _KNOT) + 3, 16, 40))
        grid = np.linspace(low, high, points)
        width = (high - low) / (splines - 3)
        knots = low + width * np.arange(-3, splines + 1)
        inside = np.clip(grid, low, high - 1e-9)
        return grid, BSpline.design_matrix(inside, knots, 3).toarray()

    def _first_guess(self, thresholds: Floats) -> Floats:
        normal = -0.5 * (self.grid / self._sd) ** 2
        spline = np.linalg.lstsq(self.basis, normal, rcond=None)[0]
        parts = [
            spline - spline.mean(),
            thresholds[:1],
            np.log(np.maximum(np.diff(thresholds), 1e-3)),
        ]
        if self.noise.size > 1:
            parts.append(np.where(self.noise == 1.0, 1.0, -0.5))
        if self.variant == "careless answers":
            parts += [
                np.array([np.log(_FIRST_CARELESS / (1 - _FIRST_CARELESS))]),
                np.zeros(self.levels),
            ]
        return np.concatenate(parts)

    @property
    def levels(self) -> int:
        """The number of levels."""
        return int(self.answers.levels.size)

    @cached_property
    def _slices(self) -> dict[str, slice]:
        sizes = {"spline": self.basis.shape[1], "thresholds": self.levels - 1}
        sizes["noise"] = self.noise.size if self.noise.size > 1 else 0
        careless = self.variant == "careless answers"
        sizes["share"], sizes["any"] = (1, self.levels) if careless else (0, 0)
        ends = np.cumsum(list(sizes.values()))
        return {
            name: slice(int(end) - size, int(end))
            for (name, size), end in zip(sizes.items(), ends, strict=True)
        }

    def start_from(self, plain: Floats) -> Floats:
        """Return parameters with the density and the thresholds of a fitted plain model."""
        start = self.start.copy()
        start[: plain.size] = plain
        return start

    def _at(self, parameters: Floats) -> _Point:
        from scipy.special import ndtr

        part = self._slices
        steps = parameters[part["thresholds"]]
        thresholds = np.cumsum(np.concatenate([steps[:1], np.exp(np.minimum(steps[1:], 50.0))]))
        density = _softmax(self.basis @ parameters[part["spline"]])
        shares = _softmax(parameters[part["noise"]]) if self.noise.size > 1 else np.ones(1)
        distance = (thresholds - self.grid[:, None]) / self.noise[:, None, None]
        ends = np.ones((*distance.shape[:2], 1))
        attentive = np.diff(np.concatenate([0.0 * ends, ndtr(distance), ends], axis=2), axis=2)
        careless, any_answer = 0.0, np.zeros(self.levels)
        if self.variant == "careless answers":
            careless = float(1.0 / (1.0 + np.exp(-parameters[part["share"]][0])))
            any_answer = _softmax(self._any + parameters[part["any"]])
        answers = np.maximum((1.0 - careless) * attentive + careless * any_answer, _LEAST)
        return _Point(density, shares, distance, attentive, careless, any_answer, answers)

    def states(self, parameters: Floats) -> States:
        """Return the states of fitted parameters."""
        point = self._at(parameters)
        answers = point.answers.reshape(-1, self.levels)
        scores = answers @ self.answers.levels
        order = np.argsort(scores, kind="stable")
        return States(point.prior[order], answers[order], scores[order], order)

    def posterior(self, parameters: Floats) -> Floats:
        """Return the probability of each state given each pattern, shape (U, states)."""
        point = self._at(parameters)
        return self._posterior(point)[0]

    def _posterior(self, point: _Point) -> tuple[Floats, Floats]:
        """Return the posterior, shape (U, states), and each pattern's log-likelihood."""
        logs = self.answers.patterns @ np.log(point.answers.reshape(-1, self.levels)).T
        peak = logs.max(axis=1, keepdims=True)
        np.exp(logs - peak, out=logs)
        logs *= point.prior
        total = logs.sum(axis=1, keepdims=True)
        logs /= total
        return logs, (np.log(total) + peak)[:, 0]

    def objective(
        self, parameters: Floats, penalty: float, weights: Floats
    ) -> tuple[float, Floats]:
        """Return minus the penalised log-likelihood, and its gradient.

        Parameters
        ----------
        parameters : shape (d,)
        penalty : float
            Weight of the roughness of the log density.
        weights : shape (U,)
            How many pairs have each pattern.
        """
        point = self._at(parameters)
        posterior, logs = self._posterior(point)
        posterior *= weights[:, None]
        shape = (self.noise.size, self.grid.size)
        mass = posterior.sum(axis=0).reshape(shape)
        counts = (posterior.T @ self.answers.patterns).reshape(*shape, self.levels)
        gradient = self._gradient(point, mass, counts, parameters, float(weights.sum()))
        value = float(weights @ logs)
        ridge, slope = self._ridges(parameters, point)
        spline = parameters[self._slices["spline"]]
        pull = self.roughness @ spline
        gradient -= slope
        gradient[self._slices["spline"]] -= penalty * pull
        return -(value - ridge - 0.5 * penalty * float(spline @ pull)), -gradient

    def _gradient(
        self, point: _Point, mass: Floats, counts: Floats, parameters: Floats, n: float
    ) -> Floats:
        part, gradient = self._slices, np.zeros(parameters.size)
        gradient[part["spline"]] = self.basis.T @ (mass.sum(axis=0) - n * point.density)
        ratio = counts / point.answers
        inner = (ratio[:, :, :-1] - ratio[:, :, 1:]) * _normal(point.distance)
        inner /= self.noise[:, None, None]
        by_threshold = (1.0 - point.careless) * inner.sum(axis=(0, 1))
        later = np.cumsum(by_threshold[::-1])[::-1]
        steps = parameters[part["thresholds"]]
        gradient[part["thresholds"]] = np.concatenate([later[:1], later[1:] * np.exp(steps[1:])])
        if self.noise.size > 1:
            gradient[part["noise"]] = mass.sum(axis=1) - n * point.noise_shares
        if self.variant == "careless answers":
            difference = point.any_answer - point.attentive
            slope = point.careless * (1.0 - point.careless)
            gradient[part["share"]] = slope * (ratio * difference).sum()
            each = point.careless * ratio.sum(axis=(0, 1))
            gradient[part["any"]] = point.any_answer * (each - each @ point.any_answer)
        return gradient

    def _ridges(self, parameters: Floats, point: _Point) -> tuple[float, Floats]:
        """Return the weak penalties, which do not depend on the data, and their gradient."""
        part, slope = self._slices, np.zeros(parameters.size)
        spline, steps = parameters[part["spline"]], parameters[part["thresholds"]][1:]
        mean = float(point.density @ self.grid)
        value = 0.5 * (
            _LEVEL * spline.size * spline.mean() ** 2
            + _DISTANCE * float(steps @ steps)
            + _ORIGIN * mean**2
        )
        slope[part["spline"]] = _LEVEL * spline.mean() + _ORIGIN * mean * (
            self.basis.T @ (point.density * (self.grid - mean))
        )
        slope[part["thresholds"].start + 1 : part["thresholds"].stop] = _DISTANCE * steps
        if self.noise.size > 1:
            logits = parameters[part["noise"]]
            centred = logits - logits.mean()
            value += 0.5 * float(centred @ centred) + 0.05 * float(logits @ logits)
            slope[part["noise"]] = centred + 0.1 * logits
        if self.variant == "careless answers":
            share, free = parameters[part["share"]], parameters[part["any"]]
            value += 0.125 * float((share + 3.0) @ (share + 3.0)) + 0.5 * float(free @ free)
            slope[part["share"]], slope[part["any"]] = 0.25 * (share + 3.0), free
        return value, slope

    def scores(self, parameters: Floats) -> Floats:
        """Return the gradient of each pattern's log-likelihood, shape (U, d)."""
        point = self._at(parameters)
        posterior, _ = self._posterior(point)
        part, shape = self._slices, (self.noise.size, self.grid.size)
        found = np.zeros((posterior.shape[0], parameters.size))
        by_grid = posterior.reshape(-1, *shape)
        found[:, part["spline"]] = (by_grid.sum(axis=1) - point.density) @ self.basis
        density = (1.0 - point.careless) * _normal(point.distance) / self.noise[:, None, None]
        flat = (density.reshape(-1, self.levels - 1), point.answers.reshape(-1, self.levels))
        patterns = self.answers.patterns
        by_threshold = patterns[:, :-1] * (posterior @ (flat[0] / flat[1][:, :-1]))
        by_threshold -= patterns[:, 1:] * (posterior @ (flat[0] / flat[1][:, 1:]))
        later = np.cumsum(by_threshold[:, ::-1], axis=1)[:, ::-1]
        later[:, 1:] *= np.exp(parameters[part["thresholds"]][1:])
        found[:, part["thresholds"]] = later
        if self.noise.size > 1:
            found[:, part["noise"]] = by_grid.sum(axis=2) - point.noise_shares
        if self.variant == "careless answers":
            inverse = 1.0 / flat[1]
            apart = (point.any_answer - point.attentive).reshape(-1, self.levels) * inverse
            slope = point.careless * (1.0 - point.careless)
            found[:, part["share"]] = slope * (patterns * (posterior @ apart)).sum(
                axis=1, keepdims=True
            )
            each = point.careless * patterns * (posterior @ inverse)
            mean = each @ point.any_answer
            found[:, part["any"]] = point.any_answer * (each - mean[:, None])
        return found


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), dtype=np.float64)


def _normal(distance: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * distance * distance) / np.sqrt(2.0 * np.pi), dtype=np.float64)
