"""Noise ceilings by ordinal deconvolution: fit the ordinal model, then compute its correlations.

`likelihood` maximises the likelihood and chooses the weight of the roughness penalty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from xacle_eval.listeners.answers import Answers
from xacle_eval.listeners.joint_table import average_distribution, mix_columns, table_correlations
from xacle_eval.listeners.likelihood import Fit, maximise_likelihood
from xacle_eval.listeners.ordinal_model import OrdinalModel, States, Variant
from xacle_eval.references.ratings import Floats

__all__ = ["Deconvolution", "deconvolve", "fit_variant"]

# A variant is used only if its log-likelihood, less effective parameters, is larger by this.
_GAINS: Mapping[Variant, float] = {"noise per pair": 8.0, "careless answers": 20.0}


@dataclass(frozen=True, slots=True, eq=False)
class Deconvolution:
    """A fitted ordinal model.

    Attributes
    ----------
    model : OrdinalModel
    parameters : shape (d,)
    weights : shape (U,)
        How many pairs have each pattern.
    fit : Fit
        The maximum of the likelihood of all pairs.
    """

    model: OrdinalModel
    parameters: Floats
    weights: Floats
    fit: Fit

    @property
    def criterion(self) -> float:
        """The penalised log-likelihood less the effective number of parameters."""
        return self.fit.log_likelihood - self.fit.effective

    def refit(self, weights: Floats) -> Deconvolution:
        """Fit the model again to resampled pairs: one Newton step, with the same penalty.

        Parameters
        ----------
        weights : shape (U,)
            How many of the resampled pairs have each pattern.
        """
        return replace(self, parameters=self.fit.refitted(weights), weights=weights)

    def ceilings(self) -> Mapping[str, float]:
        """Return the correlations of the true scores with the averages: SRCC, KTAU and LCC."""
        states = self.model.states(self.parameters)
        return self._with_averages(states, self._by_size(states.order))

    def ceilings_with(self, k: int) -> Mapping[str, float]:
        """Return the same correlations if every pair had k ratings."""
        states = self.model.states(self.parameters)
        return self._with_averages(states, [(k, states.prior)])

    def _with_averages(
        self, states: States, by_size: list[tuple[int, Floats]]
    ) -> Mapping[str, float]:
        parts = []
        for k, prior in by_size:
            values, distribution = average_distribution(
                self.model.answers.levels, states.answers, k
            )
            parts.append((values, distribution * prior[:, None]))
        columns, table = mix_columns(parts)
        return table_correlations(table, states.true_scores, columns, continuous_rows=True)

    def panels(self, *, halves: bool = False) -> Mapping[str, float]:
        """Return the correlations of two panels' averages: SRCC, KTAU and LCC.

        Parameters
        ----------
        halves : bool
            Two random halves of each panel, instead of two panels of the same sizes.
        """
        states = self.model.states(self.parameters)
        levels, tables = self.model.answers.levels, []
        for k, prior in self._by_size(states.order):
            if halves and k == 1:
                continue
            first, second = (k // 2, k - k // 2) if halves else (k, k)
            rows, p = average_distribution(levels, states.answers, first)
            columns, q = average_distribution(levels, states.answers, second)
            tables.append((rows, columns, (p * prior[:, None]).T @ q))
        return _mixed_correlations(tables)

    def misfit(self, halves: Mapping[str, float]) -> float:
        """Return the sum of the differences between expected and observed halves."""
        expected = self.panels(halves=True)
        return sum(abs(expected[name] - value) for name, value in halves.items())

    def _by_size(self, order: np.ndarray) -> list[tuple[int, Floats]]:
        """Return each panel size with the mass of each state among the pairs of that size.

        The number of ratings of a pair may depend on its true score.
        """
        posterior = self.model.posterior(self.parameters)[:, order]
        sizes, found = self.model.answers.sizes, []
        for k in np.unique(sizes[self.weights > 0]).tolist():
            rows = sizes == k
            found.append((int(k), self.weights[rows] @ posterior[rows]))
        return found


def _mixed_correlations(tables: list[tuple[Floats, Floats, Floats]]) -> Mapping[str, float]:
    rows, by_row = mix_columns([(first, table.T) for first, _, table in _aligned(tables)])
    columns = _aligned(tables)[0][1]
    return table_correlations(by_row.T, rows, columns, continuous_rows=False)


def _aligned(tables: list[tuple[Floats, Floats, Floats]]) -> list[tuple[Floats, Floats, Floats]]:
    """Return the tables with the same columns."""
    columns = np.unique(np.round(np.concatenate([second for _, second, _ in tables]), 9))
    found = []
    for first, second, table in tables:
        wide = np.zeros((table.shape[0], columns.size))
        wide[:, np.searchsorted(columns, np.round(second, 9))] = table
        found.append((first, columns, wide))
    return found


def deconvolve(
    answers: Answers, reliability: float, halves: Mapping[str, float]
) -> tuple[Deconvolution, Deconvolution | None]:
    """Fit the ordinal model and choose its variant.

    Parameters
    ----------
    answers : Answers
        At least two levels and two pairs.
    reliability : float
        Reliability of one rating, between 0 and 1, for the first guess.
    halves : mapping of str to float
        The observed correlations of random halves: LCC, SRCC and KTAU.

    Returns
    -------
    chosen : Deconvolution
        A variant other than plain is a candidate only if its log-likelihood less effective
        parameters gains more than 8 (noise per pair) or 20 (careless answers). Among plain and the
        candidates, the one whose correlations of halves are closest to the observed ones is used:
        a variant can describe single answers better and their agreement worse.
    other : Deconvolution or None
        The best variant that was not chosen.
    """
    plain = fit_variant(answers, reliability)
    others = [fit_variant(answers, reliability, variant, plain) for variant in _GAINS]
    fits = [plain] + [
        each for each in others if each.criterion - plain.criterion > _GAINS[each.model.variant]
    ]
    chosen = plain if len(fits) == 1 else min(fits, key=lambda each: each.misfit(halves))
    rest = [each for each in (plain, *others) if each is not chosen]
    return chosen, max(rest, key=lambda each: each.criterion)


def fit_variant(
    answers: Answers,
    reliability: float,
    variant: Variant = "plain",
    plain: Deconvolution | None = None,
) -> Deconvolution:
    """Fit one variant; with a fitted `plain` model, start from it and keep its penalty."""
    model, weights = OrdinalModel(answers, reliability, variant), answers.weights()
    if plain is None:
        fit = maximise_likelihood(model, weights, model.start)
    else:
        fit = maximise_likelihood(
            model, weights, model.start_from(plain.parameters), penalty=plain.fit.penalty,
            rounds=2, choose_penalty=False,
        )  # fmt: skip
    return Deconvolution(model, fit.parameters, weights, fit)
