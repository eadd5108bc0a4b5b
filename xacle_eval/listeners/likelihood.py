"""Penalised likelihood: the largest value, and the weight of the penalty.

The weight of the roughness penalty is chosen by the Laplace approximation of the restricted
likelihood (Wood & Fasiolo 2017, Biometrics 73, 1071-1081: the generalised Fellner-Schall update).
The information is the sum of the outer products of the scores of the observations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from xacle_eval.references.ratings import Floats

__all__ = ["Fit", "PenalisedModel", "maximise_likelihood"]

_STEPS = 60
_LONGEST_STEP = 2.0
_LEAST_PENALTY, _MOST_PENALTY = 1e-3, 1e3


class PenalisedModel(Protocol):
    """A model whose first parameters are the coefficients of the spline of a log density."""

    roughness: Floats

    def objective(
        self, parameters: Floats, penalty: float, weights: Floats
    ) -> tuple[float, Floats]:
        """Return minus the penalised log-likelihood, and its gradient."""

    def scores(self, parameters: Floats) -> Floats:
        """Return the gradient of the log-likelihood of each observation, one row each."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The maximum of a penalised likelihood.

    Attributes
    ----------
    parameters : shape (d,)
    penalty : float
        Weight of the roughness of the density; a large one means a density close to the normal.
    log_likelihood, effective : float
        Penalised log-likelihood, and the effective number of parameters.
    inverse : shape (d, d)
        Inverse of the penalised information.
    scores : shape (U, d)
        The gradient of the log-likelihood of each observation at the maximum.
    weights : shape (U,)
        How often each observation counts.
    """

    parameters: Floats
    penalty: float
    log_likelihood: float
    effective: float
    inverse: Floats
    scores: Floats
    weights: Floats

    def refitted(self, weights: Floats) -> Floats:
        """Return the parameters for other weights: one Newton step, with the same penalty."""
        step = self.inverse @ ((weights - self.weights) @ self.scores)
        longest = float(np.abs(step).max())
        return np.asarray(self.parameters + step * min(1.0, _LONGEST_STEP / max(longest, 1e-12)))


def maximise_likelihood(
    model: PenalisedModel,
    weights: Floats,
    start: Floats,
    *,
    penalty: float = 1.0,
    rounds: int = 7,
    choose_penalty: bool = True,
) -> Fit:
    """Return the maximum of the penalised likelihood, and choose the weight of the penalty.

    Parameters
    ----------
    model : PenalisedModel
    weights : shape (U,)
        How often each observation counts.
    start : shape (d,)
        First parameters.
    penalty : float
        First weight of the penalty, or the only one.
    rounds : int
        Number of maximisations.
    choose_penalty : bool
        Change the weight of the penalty after each round.
    """
    roughness, found = _embed(model, start.size), start
    information, before, spline = _information(model, found, weights), 0.0, len(model.roughness)
    for _ in range(rounds):
        found = _maximise(model, found, penalty, weights, information + penalty * roughness)
        information = _information(model, found, weights)
        if not choose_penalty:
            continue
        trace = float(np.trace(_inverse(information + penalty * roughness) @ roughness))
        free = max(spline - 3 - penalty * trace, 0.05)
        bend = float(found[:spline] @ model.roughness @ found[:spline])
        step = float(np.log(np.clip(free / max(bend, 1e-12), _LEAST_PENALTY, _MOST_PENALTY)))
        step -= float(np.log(penalty))
        if abs(step) < 0.25:
            continue
        if abs(step) < 1.5 and step * before > 0:
            step *= 1.8  # the fixed point is approached slowly
        before = step
        penalty = float(np.clip(penalty * np.exp(step), _LEAST_PENALTY, _MOST_PENALTY))
    value, _ = model.objective(found, penalty, weights)
    inverse = _inverse(information + penalty * roughness)
    effective = float(np.trace(inverse @ information))
    return Fit(found, penalty, -value, effective, inverse, model.scores(found), weights)


def _maximise(
    model: PenalisedModel, start: Floats, penalty: float, weights: Floats, information: Floats
) -> Floats:
    """Return the parameters with the largest penalised likelihood, from a start."""
    from scipy.optimize import minimize

    columns = _whitener(information)

    def objective(step: Floats) -> tuple[float, Floats]:
        value, gradient = model.objective(start + columns @ step, penalty, weights)
        return value, columns.T @ gradient

    result = minimize(
        objective,
        np.zeros(start.size),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _STEPS, "maxcor": 20, "ftol": 1e-9, "gtol": 3e-3},
    )
    return np.asarray(start + columns @ result.x)


def _information(model: PenalisedModel, parameters: Floats, weights: Floats) -> Floats:
    scores = model.scores(parameters)
    return np.asarray((scores * weights[:, None]).T @ scores)


def _embed(model: PenalisedModel, size: int) -> Floats:
    """Return the roughness penalty as a matrix for all parameters."""
    whole, spline = np.zeros((size, size)), len(model.roughness)
    whole[:spline, :spline] = model.roughness
    return whole


def _whitener(information: Floats) -> Floats:
    """Return the columns of coordinates in which the information is the identity."""
    values, vectors = np.linalg.eigh(information)
    return np.asarray(vectors / np.sqrt(np.maximum(values, 1e-2 + 1e-6 * values.max())))


def _inverse(information: Floats) -> Floats:
    columns = _whitener(information)
    return np.asarray(columns @ columns.T)
