"""The ordinal model of ratings: likelihood, gradients, ceilings and penalty against oracles."""

import itertools

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.interpolate import BSpline

from xacle_eval.listeners import Ratings
from xacle_eval.listeners.answers import Answers
from xacle_eval.listeners.deconvolution import deconvolve, fit_variant
from xacle_eval.listeners.joint_table import (
    average_distribution,
    mix_columns,
    table_correlations,
)
from xacle_eval.listeners.ordinal_model import OrdinalModel

VARIANTS = ("plain", "noise per pair", "careless answers")


def made(seed=0, pairs=60, levels=5, sizes=(1, 2, 3, 4)):
    """Return whole ratings on a scale of some levels, by strangers."""
    rng = np.random.default_rng(seed)
    k = rng.choice(sizes, pairs)
    pair = np.repeat(np.arange(pairs), k)
    latent = rng.normal(0, 1.2, pairs)[pair] + rng.normal(size=pair.size)
    values = np.clip(np.rint(latent + (levels - 1) / 2), 0, levels - 1)
    return Ratings.from_arrays(pair, np.arange(pair.size), values)


def somewhere(model, seed=1):
    """Return parameters near the start, where nothing is symmetrical."""
    rng = np.random.default_rng(seed)
    return model.start + rng.normal(scale=0.2, size=model.start.size)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_gradient_equals_differences(variant):
    """The gradient of the penalised likelihood is that of finite differences."""
    answers = Answers.of(made())
    model = OrdinalModel(answers, 0.5, variant)
    at, weights = somewhere(model), answers.weights()
    _, gradient = model.objective(at, 2.0, weights)
    for place in range(at.size):
        step = np.zeros(at.size)
        step[place] = 1e-5
        up, _ = model.objective(at + step, 2.0, weights)
        down, _ = model.objective(at - step, 2.0, weights)
        assert gradient[place] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_scores_sum_to_the_gradient(variant):
    """The scores of the patterns are the gradient of their log-likelihoods."""
    answers = Answers.of(made())
    model = OrdinalModel(answers, 0.5, variant)
    at = somewhere(model)
    scores = model.scores(at)
    alone = np.eye(answers.sizes.size)
    nothing = model.objective(at, 0.0, np.zeros(answers.sizes.size))[1]
    for pattern in range(0, answers.sizes.size, 7):
        _, gradient = model.objective(at, 0.0, alone[pattern])
        np.testing.assert_allclose(-(gradient - nothing), scores[pattern], rtol=1e-8, atol=1e-8)


@pytest.mark.long
def test_the_likelihood_equals_numerical_integration():
    """A pattern's likelihood is the integral over θ of the density and the ordinal answers."""
    answers = Answers.of(made(levels=4))
    model = OrdinalModel(answers, 0.5)
    at = model.start.copy()
    splines = model.basis.shape[1]
    at[:splines] += 0.3 * np.sin(np.arange(splines))
    low, high = float(model.grid[0]), float(model.grid[-1])
    width = (high - low) / (splines - 3)
    knots = low + width * np.arange(-3, splines + 1)
    log_density = BSpline(knots, at[:splines], 3, extrapolate=True)
    steps = at[splines:]
    cuts = np.concatenate(
        [[-np.inf], steps[0] + np.r_[0.0, np.cumsum(np.exp(steps[1:]))], [np.inf]]
    )

    def density(theta):
        return np.exp(log_density(theta))

    def answer(theta, level):
        return stats.norm.cdf(cuts[level + 1] - theta) - stats.norm.cdf(cuts[level] - theta)

    total, _ = integrate.quad(density, low, high, limit=200)
    empty = np.zeros(answers.sizes.size)
    base, _ = model.objective(at, 0.0, empty)
    for pattern in range(0, answers.sizes.size, 5):
        counts = answers.patterns[pattern].astype(int)

        def integrand(theta, counts=counts):
            chance = density(theta)
            for level, number in enumerate(counts):
                chance = chance * answer(theta, level) ** number
            return chance

        expected, _ = integrate.quad(integrand, low, high, limit=200)
        alone = empty.copy()
        alone[pattern] = 1.0
        value, _ = model.objective(at, 0.0, alone)
        # The ends of the grid count whole, which the integral does not: 0.1 % here.
        assert base - value == pytest.approx(np.log(expected / total), abs=5e-3)


@pytest.mark.parametrize("levels", [2, 5, 11, "continuous"])
def test_the_ceilings_equal_a_simulation_of_the_fitted_model(levels):
    """SRCC, KTAU and LCC are those of true scores and averages drawn from the fitted model."""
    if levels == "continuous":
        rng = np.random.default_rng(3)
        pair = np.repeat(np.arange(80), 3)
        values = rng.normal(size=80)[pair] + rng.normal(size=240)
        ratings = Ratings.from_arrays(pair, np.arange(240), values)
    else:
        ratings = made(3, 80, levels, (2, 3))
    fitted = fit_variant(Answers.of(ratings), 0.5)
    states = fitted.model.states(fitted.parameters)
    rng = np.random.default_rng(4)
    n, k = 40_000, 3
    drawn = rng.choice(states.prior.size, size=n, p=states.prior / states.prior.sum())
    chances = np.cumsum(states.answers, axis=1)
    draws = (
        rng.random((n, k, 1)) * chances[drawn, -1][:, None, None] > chances[drawn][:, None]
    ).sum(axis=2)
    averages = np.round(fitted.model.answers.levels[draws].mean(axis=1), 9)
    # θ is continuous: within a cell of the grid, the order is random.
    truth = states.true_scores[drawn] + 1e-9 * rng.random(n)
    found = fitted.ceilings_with(k)
    assert found["SRCC"] == pytest.approx(stats.spearmanr(truth, averages).statistic, abs=0.012)
    assert found["KTAU"] == pytest.approx(stats.kendalltau(truth, averages).statistic, abs=0.012)
    assert found["LCC"] == pytest.approx(np.corrcoef(truth, averages)[0, 1], abs=0.012)


@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("levels", [(0.0, 1.0, 2.0), (0.0, 0.5, 2.0), (1.0, 10.0)])
def test_the_distribution_of_an_average_equals_an_enumeration(levels, k):
    """Every possible average has the probability of the ratings that give it."""
    chances = np.array([[0.2, 0.3, 0.5], [0.7, 0.2, 0.1]])[:, : len(levels)]
    chances /= chances.sum(axis=1, keepdims=True)
    values, found = average_distribution(np.array(levels), chances, k)
    for state in range(2):
        expected: dict[float, float] = {}
        for answers in itertools.product(range(len(levels)), repeat=k):
            average = round(float(np.mean([levels[a] for a in answers])), 9)
            chance = float(np.prod([chances[state, a] for a in answers]))
            expected[average] = expected.get(average, 0.0) + chance
        got = {
            round(float(value), 9): float(chance)
            for value, chance in zip(values, found[state], strict=True)
            if chance > 1e-12
        }
        assert got == pytest.approx(expected)


def test_levels_off_a_lattice_keep_mean_and_variance():
    """Levels of a slider are placed between points of a lattice; moments hardly change."""
    rng = np.random.default_rng(5)
    levels = np.sort(rng.random(25)) * 10
    chances = rng.dirichlet(np.ones(25), 2)
    values, found = average_distribution(levels, chances, 12)
    mean = chances @ levels
    np.testing.assert_allclose(found @ values, mean, rtol=1e-9)
    variance = (chances @ levels**2 - mean**2) / 12
    np.testing.assert_allclose(found @ values**2 - (found @ values) ** 2, variance, rtol=5e-3)


def test_mixed_columns_are_added():
    """Columns with equal values of several tables become one."""
    values, table = mix_columns(
        [
            (np.array([0.0, 1.0]), np.array([[1.0, 2.0]])),
            (np.array([1.0, 3.0]), np.array([[4.0, 8.0]])),
        ]
    )
    assert values.tolist() == [0, 1, 3]
    assert table.tolist() == [[1, 6, 8]]


def test_correlations_of_a_table_equal_those_of_its_data():
    """For a table of counts, the coefficients are those of the repeated cells."""
    rng = np.random.default_rng(6)
    counts = rng.integers(0, 5, (4, 6))
    rows, columns = np.sort(rng.random(4)), np.sort(rng.random(6))
    x = np.repeat(np.repeat(rows, 6), counts.ravel())
    y = np.repeat(np.tile(columns, 4), counts.ravel())
    found = table_correlations(counts.astype(float), rows, columns, continuous_rows=False)
    assert found["SRCC"] == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found["KTAU"] == pytest.approx(stats.kendalltau(x, y).statistic)
    assert found["LCC"] == pytest.approx(stats.pearsonr(x, y).statistic)


def test_patterns_count_equal_pairs_once():
    """Pairs with the same ratings share a pattern; weights count the pairs of each."""
    ratings = Ratings.from_arrays([*"aabbccd"], range(7), [1, 3, 3, 1, 3, 3, 1])
    answers = Answers.of(ratings)
    assert answers.levels.tolist() == [1, 3]
    assert answers.n_pairs == 4
    counted = dict(zip(map(tuple, answers.patterns.tolist()), answers.weights(), strict=True))
    assert counted == {(1, 1): 2, (0, 2): 1, (1, 0): 1}
    assert answers.weights(np.array([2.0, 0.0, 0.0, 3.0])).sum() == 5


def test_many_levels_become_bins():
    """Up to 25 distinct ratings are levels; more are put into at most 25 bins of similar size."""
    for distinct, expected in ((25, 25), (101, 25), (500, 25)):
        values = np.arange(distinct, dtype=float)
        pair = np.arange(distinct) // 2
        answers = Answers.of(Ratings.from_arrays(pair, np.arange(distinct), values))
        assert answers.levels.size == expected
        assert (np.diff(answers.levels) > 0).all()
        assert answers.patterns.sum(axis=1).tolist() == answers.sizes.tolist()


def test_a_refit_to_the_same_pairs_changes_nothing():
    """From the optimum, the refit with all pairs once stays there; other weights move it."""
    answers = Answers.of(made(7, 200))
    fitted = fit_variant(answers, 0.5)
    again = fitted.refit(answers.weights())
    for name, value in fitted.ceilings().items():
        assert again.ceilings()[name] == pytest.approx(value, abs=2e-4)
    rng = np.random.default_rng(8)
    pairs = np.bincount(rng.integers(0, 200, 200), minlength=200).astype(float)
    moved = fitted.refit(answers.weights(pairs))
    assert abs(moved.ceilings()["SRCC"] - fitted.ceilings()["SRCC"]) > 1e-3


def test_the_variant_follows_the_rule():
    """A variant is used only if its criterion gains more than 8 or 20 and it fits the halves."""
    answers = Answers.of(made(9, 150, 7, (4,)))
    chosen, other = deconvolve(answers, 0.5, {"SRCC": 0.7, "KTAU": 0.55, "LCC": 0.7})
    plain = fit_variant(answers, 0.5)
    others = {name: fit_variant(answers, 0.5, name, plain) for name in VARIANTS[1:]}
    gains = {name: fit.criterion - plain.criterion for name, fit in others.items()}
    assert gains["noise per pair"] < 8
    assert gains["careless answers"] < 20
    assert chosen.model.variant == "plain"
    assert other is not None
    assert other.model.variant == max(gains, key=gains.get)
