"""Noise ceiling and MSE floor of groups, against simulations in which the truth is known."""

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from xacle_eval.listeners import RatingsError, mse_floor, noise_ceiling
from xacle_eval.listeners.group_ceiling import group_ceiling, group_floor
from xacle_eval.references.ratings import Ratings

ORACLES = {"LCC": stats.pearsonr, "SRCC": stats.spearmanr, "KTAU": stats.kendalltau}


class Simulated(NamedTuple):
    """Ratings with the group of each pair, and the true scores of the groups."""

    ratings: Ratings
    groups: NDArray[np.intp]
    truth: NDArray[np.float64]

    @property
    def averages(self) -> NDArray[np.float64]:
        """The mean over the pairs of each group of the mean rating."""
        means = self.ratings.means()
        return np.array([means[self.groups == g].mean() for g in range(self.groups.max() + 1)])


def simulate(seed: int, sizes: list[int], counts: list[int], noise: float = 2.0) -> Simulated:
    """Return 150 groups with these numbers of pairs, and of ratings per pair, in turn."""
    rng = np.random.default_rng(seed)
    size_of = [sizes[g % len(sizes)] for g in range(150)]
    groups = np.repeat(np.arange(150), size_of)
    level = rng.normal(5, 0.8, 150)
    quality = level[groups] + rng.normal(0, 1.0, groups.size)
    k = np.array([counts[n % len(counts)] for n in range(groups.size)])
    pair = np.repeat(np.arange(groups.size), k)
    values = quality[pair] + rng.normal(0, noise, pair.size)
    ratings = Ratings.from_arrays(pair, np.arange(pair.size), values)
    truth = np.array([quality[groups == g].mean() for g in range(150)])
    return Simulated(ratings, groups, truth)


@pytest.mark.parametrize(
    ("sizes", "counts"),
    [
        ([2, 6, 9], [4]),
        pytest.param([4], [4], marks=pytest.mark.long),
        pytest.param([3, 5], [1, 2, 7], marks=pytest.mark.long),
    ],
    ids=str,
)
def test_the_truth_of_a_simulation(sizes, counts):
    """The ceilings are the correlations of the true scores, the floor is their mean squared error.

    Both are means over six simulations.
    """
    estimates = {name: [] for name in (*ORACLES, "MSE")}
    truths = {name: [] for name in (*ORACLES, "MSE")}
    for seed in range(6):
        data = simulate(seed, sizes, counts)
        found = group_ceiling(data.ratings, data.groups, resamples=1)
        for name, oracle in ORACLES.items():
            estimates[name].append(found.of(name).value)
            truths[name].append(oracle(data.truth, data.averages)[0])
        estimates["MSE"].append(group_floor(data.ratings, data.groups, resamples=1).value)
        truths["MSE"].append(np.mean((data.truth - data.averages) ** 2))
    for name in ORACLES:
        assert np.mean(estimates[name]) == pytest.approx(np.mean(truths[name]), abs=0.025)
    # The truth itself varies: the mean of 150 squared errors, six times, has a deviation of 4.7 %.
    assert np.mean(estimates["MSE"]) == pytest.approx(np.mean(truths["MSE"]), rel=0.19)


def test_the_estimates_of_a_plain_computation():
    """The ceiling of LCC and the floor are those of loops over groups and pairs."""
    data = simulate(0, [2, 6, 9], [2, 3, 7])
    values, codes = data.ratings.values, data.ratings.pair
    each = [values[codes == pair] for pair in range(data.groups.size)]
    pooled = sum(((x - x.mean()) ** 2).sum() for x in each) / sum(x.size - 1 for x in each)
    floors = []
    for g in range(150):
        inside = [each[pair] for pair in np.flatnonzero(data.groups == g)]
        floors.append(sum(x.var(ddof=1) / x.size for x in inside) / len(inside) ** 2)
    observed = data.averages.var(ddof=1)
    share = 1 - np.mean(floors) / observed
    found = group_ceiling(data.ratings, data.groups, resamples=1)
    assert found.of("LCC").value == pytest.approx(np.sqrt(share), rel=1e-12)
    floor = group_floor(data.ratings, data.groups, resamples=1)
    assert floor.value == pytest.approx(np.mean(floors), rel=1e-12)
    assert floor.pooled_variance == pytest.approx(pooled, rel=1e-12)


def test_groups_of_one_pair_are_pairs():
    """With one pair in each group, the ceilings and the floor are those of the pairs.

    Those of ranks come from another model of the noise and agree approximately.
    """
    data = simulate(1, [1], [4])
    ours = group_ceiling(data.ratings, data.groups, resamples=50)
    pairs = noise_ceiling(data.ratings, resamples=50)
    for key in ("value", "low", "high", "split_halves", "panel"):
        expected = getattr(pairs.of("LCC"), key)
        assert getattr(ours.of("LCC"), key) == pytest.approx(expected, abs=1e-9)
    for name in ("SRCC", "KTAU"):
        one, other = ours.of(name), pairs.of(name)
        assert one.split_halves == pytest.approx(other.split_halves, abs=1e-9)
        assert one.value == pytest.approx(other.value, abs=0.04)
        assert one.panel == pytest.approx(other.panel, abs=0.03)
        assert one.split_halves_expected == pytest.approx(other.split_halves_expected, abs=0.03)
        assert one.high - one.low == pytest.approx(other.high - other.low, rel=0.3)
    floor = group_floor(data.ratings, data.groups, resamples=50)
    assert floor.value == pytest.approx(mse_floor(data.ratings, resamples=50).value, abs=1e-12)


@pytest.mark.long
def test_the_ceiling_of_groups_is_above_that_of_pairs():
    """Averages over more ratings are less noisy, and their intervals cover the estimate."""
    data = simulate(2, [5], [3])
    groups, pairs = group_ceiling(data.ratings, data.groups), noise_ceiling(data.ratings)
    for name in ORACLES:
        assert groups.of(name).value > pairs.of(name).value
        assert groups.of(name).low < groups.of(name).value < groups.of(name).high
    floor = group_floor(data.ratings, data.groups)
    assert floor.low < floor.value < floor.high < mse_floor(data.ratings).value


def test_what_cannot_be_estimated():
    """One group, or one rating per pair, gives no value and a note; wrong groups are an error."""
    data = simulate(3, [2], [2])
    one = group_ceiling(data.ratings, np.zeros_like(data.groups), resamples=5)
    assert np.isnan(one.of("SRCC").value)
    assert "at least two groups" in one.note
    four = group_ceiling(data.ratings, np.arange(300) // 75, resamples=5)
    assert four.of("SRCC").method == "normal scores"
    assert four.of("SRCC").value == pytest.approx(6 / np.pi * np.arcsin(four.of("LCC").value / 2))
    assert "at least 5 groups" in four.note
    single = simulate(3, [2], [1])
    assert np.isnan(group_ceiling(single.ratings, single.groups, resamples=5).of("LCC").value)
    floor = group_floor(single.ratings, single.groups, resamples=5)
    assert np.isnan(floor.value)
    assert "a pair with two ratings" in floor.note
    for function in (group_ceiling, group_floor):
        with pytest.raises(RatingsError, match="expected one for each of 300 pairs"):
            function(data.ratings, data.groups[:3])
        with pytest.raises(RatingsError, match="resamples is 0"):
            function(data.ratings, data.groups, resamples=0)
