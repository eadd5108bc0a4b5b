"""Plans of test sets against the formula and simulations."""

import numpy as np
import pytest
from scipy import stats

from xacle_eval.listeners import Ratings, RatingsError, noise_ceiling, plan_test_set
from xacle_eval.listeners.pilot import Pilot
from xacle_eval.listeners.planning import Systems, simulate_systems


def pilot(pairs=120, k=4, seed=0):
    """Return whole ratings from 0 to 10."""
    rng = np.random.default_rng(seed)
    pair = np.repeat(np.arange(pairs), k)
    values = 5 + 2 * rng.normal(size=pairs)[pair] + 2 * rng.normal(size=pair.size)
    return Ratings.from_arrays(pair, np.arange(pair.size), np.clip(np.rint(values), 0, 10))


@pytest.fixture(scope="module")
def plan():
    """Return a plan for a difference of 0.05."""
    return plan_test_set(pilot(), 0.05, listeners=(2, 4, 8), pair_cost=3.0)


def test_the_numbers_are_those_of_the_formula(plan):
    """n is ((z(1 − α/2) + z(power)) σ / δ)²; cost and detectable difference follow from it."""
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert [each.listeners for each in plan.designs] == [2, 4, 8]
    for each in plan.designs:
        assert each.pairs == int(np.ceil((z * each.error / each.difference) ** 2))
        assert each.ratings == each.pairs * each.listeners
        assert each.cost == each.pairs * (each.listeners + 3)
        found = z * each.error / np.sqrt(120) * 0.05 / each.difference
        assert each.detectable == pytest.approx(found)
    pilot_like = plan.designs[1]
    assert pilot_like.difference == pytest.approx(0.05)
    assert plan.cheapest == min(plan.designs, key=lambda each: each.cost).listeners
    assert (plan.pilot_pairs, plan.pilot_listeners, plan.metric) == (120, 4, "SRCC")


def test_more_listeners_need_fewer_pairs(plan):
    """References of more listeners are less noisy: higher ceiling, larger difference."""
    for few, many in zip(plan.designs, plan.designs[1:], strict=False):
        assert few.ceiling < many.ceiling < 1
        assert few.difference < many.difference
        assert few.pairs > many.pairs


def test_the_error_is_that_of_simulated_systems():
    """σ is the standard deviation of the difference of two systems over test sets."""
    plan = plan_test_set(pilot(), 0.002, listeners=(4,), score=0.5, between=0.6)
    rng = np.random.default_rng(3)
    quality = rng.normal(size=(300, 400))
    averages = np.clip(
        np.rint(5 + 2 * quality[..., None] + 2 * rng.normal(size=(300, 400, 4))), 0, 10
    ).mean(axis=2)
    share = 0.5 / np.corrcoef(quality.ravel(), averages.ravel())[0, 1]
    own = (0.6 - share**2) / (1 - share**2)
    gaps = []
    for q, y in zip(quality, averages, strict=True):
        one, other = simulate_systems(q, y, (share, share), own, rng)
        gaps.append(stats.spearmanr(one, y).statistic - stats.spearmanr(other, y).statistic)
    assert plan.designs[0].error == pytest.approx(np.std(gaps) * np.sqrt(400), rel=0.15)


def test_the_systems_correlate_as_asked():
    """The predictions of two equal systems correlate by their common and their own parts."""
    rng = np.random.default_rng(4)
    scores = rng.normal(size=50_000)
    rows = simulate_systems(scores, scores, (0.6, 0.6), 0.5, rng)
    assert np.corrcoef(rows)[0, 1] == pytest.approx(0.36 + 0.64 * 0.5, abs=0.01)
    assert np.corrcoef(rows[0], scores)[0, 1] == pytest.approx(0.6, abs=0.01)


def test_a_large_difference_still_needs_thirty_pairs():
    """Below 30 pairs the formula does not hold."""
    plan = plan_test_set(pilot(), 0.5, listeners=(4,), between=0.4)
    assert plan.designs[0].pairs == 30


@pytest.mark.long
@pytest.mark.parametrize(
    ("score", "difference", "between"),
    [(0.6, 0.05, 0.0), (0.6, 0.05, 0.2), (0.6, 0.05, 0.8), (0.8, 0.3, 0.7), (0.6, 0.05, 0.99)],
)
def test_planned_systems_correlate_as_asked(score, difference, between):
    """The two planned systems have the score, the difference and the correlation asked for."""
    found = Pilot.of(pilot())
    world = found.simulate(40_000, 4, np.random.default_rng(5))
    systems = Systems.of(found, world, "SRCC", difference, score, between, 0)
    scores, averages = found.simulate(40_000, 4, np.random.default_rng(6))
    better, worse = systems.predict(scores, averages, np.random.default_rng(7))
    assert np.corrcoef(better, worse)[0, 1] == pytest.approx(between, abs=0.015)
    assert np.corrcoef(better, averages)[0, 1] == pytest.approx(score, abs=0.015)
    gap = stats.spearmanr(better, averages).statistic - stats.spearmanr(worse, averages).statistic
    assert gap == pytest.approx(difference, abs=0.02)


@pytest.mark.long
@pytest.mark.parametrize(("between", "score", "difference"), [(0.9999, 0.6, 0.05), (0.1, 0.8, 0.1)])
def test_impossible_correlations_are_refused_with_the_range(between, score, difference):
    """Two systems of unequal quality cannot predict nearly the same, nor two good ones the
    opposite; the range of the message can be planned.
    """
    with pytest.raises(RatingsError, match=f"between is {between}; .* correlate by") as caught:
        plan_test_set(pilot(), difference, listeners=(4,), score=score, between=between)
    numbers = str(caught.value).split("correlate by ")[1].split(" at ")[0]
    for end in map(float, numbers.split(" to ")):
        plan_test_set(pilot(), difference, listeners=(4,), score=score, between=end)


def uneven_steps(pairs=60):
    """Return ratings of two groups of pairs, and no rating between them."""
    rng = np.random.default_rng(8)
    pair = np.repeat(np.arange(pairs), 4)
    high = rng.random(pairs)[pair] + 0.4 * rng.normal(size=pair.size) > 0.5
    return Ratings.from_arrays(pair, np.arange(pair.size), np.where(high, 10, rng.integers(0, 2)))


@pytest.mark.long
@pytest.mark.parametrize("ratings", [pilot(), pilot(60, 3, 1), uneven_steps()])
@pytest.mark.parametrize("metric", ["LCC", "SRCC", "KTAU"])
def test_ceilings_at_the_pilots_own_size_are_those_of_the_study(ratings, metric):
    """With the pilot's number of ratings per pair, LCC agrees exactly and ranks within 0.01."""
    found = Pilot.of(ratings)
    expected = noise_ceiling(ratings, resamples=1).of(metric).value
    tolerance = 1e-9 if metric == "LCC" else 0.01
    assert found.ceiling(metric, found.listeners) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("metric", ["LCC", "SRCC", "KTAU"])
def test_listeners_who_agree_exactly_leave_no_noise(metric):
    """Without differences within pairs the ceiling is 1, and more listeners change nothing."""
    values = np.repeat(np.random.default_rng(9).integers(0, 11, size=60), 4)
    ratings = Ratings.from_arrays(np.repeat(np.arange(60), 4), np.arange(240), values)
    plan = plan_test_set(ratings, 0.05, metric=metric, listeners=(1, 4))
    expected = noise_ceiling(ratings, resamples=1).of(metric).value
    assert [each.ceiling for each in plan.designs] == pytest.approx([expected] * 2)
    assert plan.designs[0].pairs == plan.designs[1].pairs
    assert (plan.model, plan.distinguishes) == ("", True)


def test_impossible_detectable_differences_are_missing():
    """If the pilot's pairs are too few for any possible difference, there is no such value."""
    small = pilot(20, 2)
    plan = plan_test_set(small, 0.05, listeners=(1, 2), score=0.3, between=0.2)
    assert all(np.isnan(each.detectable) for each in plan.designs)


def test_a_pilot_of_noise_is_called_a_guess():
    """A reliability whose interval includes zero is reported, one above zero is not."""
    rng = np.random.default_rng(11)
    values = 5 + 1.0 * rng.normal(size=40)[np.repeat(np.arange(40), 2)] + 2 * rng.normal(size=80)
    noisy = Ratings.from_arrays(np.repeat(np.arange(40), 2), np.arange(80), np.rint(values))
    assert not Pilot.of(noisy).distinguishes
    assert Pilot.of(pilot()).distinguishes


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"difference": 0.0}, "difference is 0; expected a number above 0"),
        ({"difference": float("nan")}, "difference is nan"),
        ({"difference": 1e-5}, "needs more than 1,000,000,000 pairs"),
        ({"difference": 0.7}, "difference is 0.7; a system with this score is at most 0.5"),
        ({"power": 0.5}, "power is 0.5; expected a number between 0.5 and 1"),
        ({"alpha": 1.0}, "alpha is 1"),
        ({"between": 1.0}, "between is 1; expected a number from 0 to below 1"),
        ({"pair_cost": -1.0}, "pair_cost is -1"),
        ({"pair_cost": 1e308}, r"pair_cost is 1e\+308; expected a number from 0 to 1,000,000,000"),
        ({"listeners": (0, 2)}, "numbers of listeners, each from 1"),
        ({"metric": "srcc"}, "unknown metric 'srcc'"),
        ({"score": 0.99}, "score is 0.99; expected a correlation above 0.05, up to"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    """Each setting out of range is named with what is expected."""
    with pytest.raises(RatingsError, match=message):
        plan_test_set(pilot(40), **{"difference": 0.05, "listeners": (2,), **settings})


def test_few_ratings_allow_no_plan():
    """Fewer than 20 pairs with two ratings, or ratings that do not agree, allow no model."""
    with pytest.raises(RatingsError, match="at least 20 pairs with two ratings"):
        plan_test_set(pilot(19), 0.05)
    opposed = Ratings.from_arrays(np.repeat(np.arange(30), 2), range(60), np.tile([0, 9], 30))
    with pytest.raises(RatingsError, match="a reliability above zero"):
        plan_test_set(opposed, 0.05)
