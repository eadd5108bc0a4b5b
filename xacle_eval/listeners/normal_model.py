"""Averages with normal noise of known variance, for the noise ceiling of groups.

An average over many ratings has noise that is close to normal, so no model of single ratings is
needed. The density of the true scores is the same as in `ordinal_model`: exp(spline), with a
penalty on the third differences of the spline's coefficients, so that few groups or a strong
penalty give the normal density.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from xacle_eval.listeners.joint_table import table_correlations
from xacle_eval.listeners.likelihood import Fit, maximise_likelihood
from xacle_eval.references.ratings import Codes, Floats

__all__ = ["NormalDeconvolution", "NormalModel", "deconvolve_averages"]

_CELL, _FINEST, _KNOT, _SD = 0.12, 0.02, 0.5, 6.0
_LEAST_NOISE = 0.02
_LEVEL = 1e-2
_MOST_CLASSES = 24


class NormalModel:
    """The model of one set of averages.

    Parameters
    ----------
    averages : shape (n,)
    noise : shape (n,)
        Variance of each average around its true score, 0 or more.
    spread : float
        Standard deviation of the true scores, above 0: the unit of the grid.
    """

    def __init__(self, averages: Floats, noise: Floats, spread: float) -> None:
        from scipy.interpolate import BSpline

        self.centre, self.spread = float(averages.mean()), spread
        self.values = (averages - self.centre) / spread
        self.noise = np.maximum(np.sqrt(noise) / spread, _LEAST_NOISE)
        low = min(-3.0, max(-_SD, float(self.values.min())))
        high = max(3.0, min(_SD, float(self.values.max())))
        self.cell = float(np.clip(self.noise.min() / 3.0, _FINEST, _CELL))
        self.grid = np.linspace(low, high, int(np.ceil((high - low) / self.cell)) + 1)
        splines = int(np.ceil((high - low) / _KNOT)) + 3
        width = (high - low) / (splines - 3)
        knots = low + width * np.arange(-3, splines + 1)
        inside = np.clip(self.grid, low, high - 1e-9)
        self.basis = BSpline.design_matrix(inside, knots, 3).toarray()
        differences = np.diff(np.eye(splines), 3, axis=0)
        self.roughness = differences.T @ differences
        start = np.linalg.lstsq(self.basis, -0.5 * self.grid**2, rcond=None)[0]
        self.start = np.asarray(start - start.mean())
        distance = (self.values[:, None] - self.grid) / self.noise[:, None]
        self._logs = -0.5 * distance**2

    def prior(self, parameters: Floats) -> Floats:
        """Return the density of the true scores on the grid; it sums to 1."""
        logits = self.basis @ parameters
        powers = np.exp(logits - logits.max())
        return np.asarray(powers / powers.sum())

    def posterior(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Return the density given each average, shape (n, Q), and the log-likelihoods."""
        logs = self._logs + np.log(np.maximum(self.prior(parameters), 1e-300))
        peak = logs.max(axis=1, keepdims=True)
        mass = np.exp(logs - peak)
        total = mass.sum(axis=1, keepdims=True)
        return mass / total, (np.log(total) + peak)[:, 0]

    def objective(
        self, parameters: Floats, penalty: float, weights: Floats
    ) -> tuple[float, Floats]:
        """Return minus the penalised log-likelihood, and its gradient."""
        posterior, logs = self.posterior(parameters)
        pull, mean = self.roughness @ parameters, parameters.mean()
        ridge = 0.5 * _LEVEL * parameters.size * mean**2
        value = float(weights @ logs) - ridge - 0.5 * penalty * float(parameters @ pull)
        expected = weights.sum() * self.prior(parameters)
        gradient = self.basis.T @ (weights @ posterior - expected)
        return -value, -(gradient - _LEVEL * mean - penalty * pull)

    def scores(self, parameters: Floats) -> Floats:
        """Return the gradient of the log-likelihood of each average, shape (n, d)."""
        posterior, _ = self.posterior(parameters)
        return np.asarray((posterior - self.prior(parameters)) @ self.basis)


@dataclass(frozen=True, slots=True, eq=False)
class NormalDeconvolution:
    """A fitted model of averages.

    Attributes
    ----------
    model : NormalModel
    halves : (array, array)
        Standard deviations of the noise of two halves of each average, in the model's unit; nan if
        the average has no halves.
    weights : shape (n,)
    parameters : shape (d,)
    fit : Fit
    """

    model: NormalModel
    halves: tuple[Floats, Floats]
    weights: Floats
    parameters: Floats
    fit: Fit

    def refit(self, weights: Floats) -> NormalDeconvolution:
        """Fit the model again to resampled groups: one Newton step, with the same penalty."""
        return replace(self, parameters=self.fit.refitted(weights), weights=weights)

    def ceilings(self) -> Mapping[str, float]:
        """Return the expected correlations of the true scores with the averages."""
        table, columns = np.zeros((1, 1)), self._columns()
        for mass, rows in self._classes(self.model.noise):
            noise = float(self.model.noise[rows].mean())
            table = table + mass[:, None] * self._averages(columns, noise)
        found = table_correlations(table, self.model.grid, columns, continuous_rows=True)
        return _expected_in_sample(found, self.weights.sum())

    def panels(self, *, halves: bool = False) -> Mapping[str, float]:
        """Return the expected correlations of two panels' averages, or of random halves."""
        first, second = self.halves if halves else (self.model.noise, self.model.noise)
        table, columns = np.zeros((1, 1)), self._columns()
        for mass, rows in self._classes(np.where(np.isfinite(first), self.model.noise, np.nan)):
            one = self._averages(columns, float(first[rows].mean()))
            other = self._averages(columns, float(second[rows].mean()))
            table = table + (one * mass[:, None]).T @ other
        if table.size == 1:
            return dict.fromkeys(("SRCC", "KTAU", "LCC"), float("nan"))
        found = table_correlations(table, columns, columns, continuous_rows=False)
        return _expected_in_sample(found, self.weights.sum())

    def _columns(self) -> Floats:
        known = [each[np.isfinite(each)] for each in (self.model.noise, *self.halves)]
        reach = 4.0 * float(np.concatenate(known).max())
        low, high = self.model.grid[0] - reach, self.model.grid[-1] + reach
        return np.linspace(low, high, int(np.ceil((high - low) / self.model.cell)) + 1)

    def _averages(self, columns: Floats, noise: float) -> Floats:
        """Return the distribution of an average for each true score, shape (Q, columns)."""
        from scipy.special import ndtr

        edges = (columns[1:] + columns[:-1]) / 2.0
        below = ndtr((edges - self.model.grid[:, None]) / noise)
        ends = np.ones((self.model.grid.size, 1))
        return np.asarray(np.diff(np.concatenate([0.0 * ends, below, ends], axis=1), axis=1))

    def _classes(self, noise: Floats) -> list[tuple[Floats, Codes]]:
        """Return the mass of the grid and the averages of each class of similar noise."""
        posterior, _ = self.model.posterior(self.parameters)
        used = np.flatnonzero(np.isfinite(noise) & (self.weights > 0))
        order = used[np.argsort(noise[used], kind="stable")]
        parts = np.array_split(order, min(_MOST_CLASSES, max(order.size, 1)))
        same = order.size and float(np.ptp(noise[used])) < 1e-12
        rows_of = [order] if same else [part for part in parts if part.size]
        return [(self.weights[rows] @ posterior[rows], rows) for rows in rows_of]


def _expected_in_sample(found: Mapping[str, float], n: float) -> Mapping[str, float]:
    """Return the expected correlations of n pairs of values from a population's.

    Spearman's correlation of a small sample is lower (Kendall, Rank Correlation Methods, 9.8).
    """
    srcc = ((n - 2.0) * found["SRCC"] + 3.0 * found["KTAU"]) / (n + 1.0)
    return {**found, "SRCC": float(srcc)}


def deconvolve_averages(
    averages: Floats, noise: Floats, spread: float, halves: tuple[Floats, Floats]
) -> NormalDeconvolution:
    """Fit the model of averages.

    Parameters
    ----------
    averages, noise, spread
        As for `NormalModel`.
    halves : (array, array)
        Variances of the noise of two halves of each average; nan if it has none.
    """
    model, weights = NormalModel(averages, noise, spread), np.ones(averages.size)
    first, second = (np.maximum(np.sqrt(each) / spread, _LEAST_NOISE) for each in halves)
    fit = maximise_likelihood(model, weights, model.start)
    return NormalDeconvolution(model, (first, second), weights, fit.parameters, fit)
