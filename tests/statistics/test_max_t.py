"""Step-down max-T, equivalence and rank sets, compared with plain loops and brute force."""

import math
from itertools import permutations

import numpy as np
import pytest

from tests.oracles import centred_differences, max_t, step_down
from xacle_eval.statistics import adjusted_p, equivalence_p, rank_sets, smallest_p
from xacle_eval.statistics.max_t import every_pair, fewest_draws

R = 60


def drawn(seed: int, systems: int, undefined: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return values in resamples, some close and two equal, and the observed values."""
    rng = np.random.default_rng(seed)
    observed = 0.5 + 0.03 * rng.normal(size=systems)
    values = observed[:, None] + 0.02 * rng.normal(size=(systems, R)) + 0.03 * rng.normal(size=R)
    if systems > 3:
        values[-1], observed[-1] = values[0], observed[0]
    values[rng.random(values.shape) < undefined] = np.nan
    return values, observed


@pytest.mark.parametrize("undefined", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(6))
def test_max_t_is_a_plain_loop(seed: int, undefined: float) -> None:
    """The adjusted p of all pairs, and of some, are exactly those of a loop."""
    values, observed = drawn(seed, 3 + seed % 3, undefined)
    for pairs in (every_pair(observed.size), [(0, 1)], [(1, 0), (1, 2)]):
        assert adjusted_p(values, observed, pairs).tolist() == max_t(values, observed, pairs)


@pytest.mark.parametrize("margin", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("seed", range(4))
def test_equivalence_is_a_plain_loop(seed: int, margin: float) -> None:
    """Two one-sided tests: the nearer one is stepped down, and the other bounds p from below."""
    values, observed = drawn(seed, 3)
    pairs = every_pair(3)
    found = centred_differences(values, observed, pairs)
    side = [1.0 if d < 0 else -1.0 for d, _, _ in found]
    near = [(margin - abs(d)) / e for d, e, _ in found]
    draws = [[s * x / e for x in row] for s, (_, e, row) in zip(side, found, strict=True)]
    expected = step_down(near, draws)
    for k, (d, e, _) in enumerate(found):
        beyond = sum(-x >= (margin + abs(d)) / e for x in draws[k])
        expected[k] = max(expected[k], (1 + beyond) / (1 + R))
    assert equivalence_p(values, observed, pairs, margin).tolist() == expected


def test_one_pair_is_two_one_sided_tests() -> None:
    """For a single pair p is the larger of both one-sided p, with no adjustment."""
    rng = np.random.default_rng(3)
    values = np.stack([rng.normal(size=999), np.zeros(999)])
    centred = values[0] - values[0].mean()
    for difference, margin in ((0.5, 2.0), (-0.7, 2.5), (0.0, 1.0)):
        below = (1 + (centred >= difference + margin).sum()) / 1000
        above = (1 + (-centred >= margin - difference).sum()) / 1000
        found = equivalence_p(values, np.array([difference, 0.0]), [(0, 1)], margin)
        assert found.tolist() == [max(below, above)]


def test_the_smallest_p_depends_only_on_the_resamples() -> None:
    """Of 30 systems far apart every p is 1/(R + 1), however many differences there are."""
    values = np.arange(30.0)[:, None] + 0.001 * np.random.default_rng(0).normal(size=(30, 99))
    assert set(adjusted_p(values, values[:, 0], every_pair(30)).tolist()) == {1 / 100}


def test_identical_and_undefined_systems() -> None:
    """Systems that are equal but for rounding have p = 1 and are equivalent; nan is no member."""
    values, observed = drawn(1, 5)
    values[1] = values[0] * (1 + 1e-15)
    observed[1] = observed[0]
    observed[2] = np.nan
    p = dict(zip(every_pair(5), adjusted_p(values, observed, every_pair(5)), strict=True))
    assert p[0, 1] == p[0, 4] == 1.0
    assert math.isnan(p[1, 2])
    without = [pair for pair in every_pair(5) if 2 not in pair]
    assert [p[pair] for pair in without] == adjusted_p(values, observed, without).tolist()
    assert equivalence_p(values, observed, [(0, 4)], 1e-6, [True]).tolist() == [1 / (R + 1)]
    assert equivalence_p(values, observed, [(0, 4)], 1e-6).tolist() == [1.0]


def test_one_undefined_system_does_not_spoil_the_others() -> None:
    """A system that is undefined in half of the resamples has a large p, the others keep theirs."""
    values = np.array([0.9, 0.5, 0.1])[:, None] + 0.001 * np.random.default_rng(0).normal(
        size=(3, 99)
    )
    values[2, ::2] = np.nan
    p = adjusted_p(values, np.array([0.9, 0.5, 0.1]), every_pair(3))
    assert p.tolist() == [0.01, 0.51, 0.51]


def test_one_resample_tells_nothing() -> None:
    """With one defined resample a difference has no standard error, and p is 1."""
    values = np.array([[0.9, np.nan, np.nan], [0.5, 0.5, 0.5]])
    observed = np.array([0.9, 0.5])
    assert adjusted_p(values, observed, [(0, 1)]).tolist() == [1.0]
    assert adjusted_p(values[:, :1], observed, [(0, 1)]).tolist() == [1.0]
    assert equivalence_p(values, observed, [(0, 1)], 1.0).tolist() == [1.0]
    constant = np.array([[0.9, 0.9], [0.5, 0.5]])
    assert adjusted_p(constant, observed, [(0, 1)]).tolist() == [1 / 3]


def test_infinite_and_huge_values_give_no_warning() -> None:
    """Errors that overflow are undefined or have an infinite standard error: p = 1."""
    values = np.array([[1e200, 2e200, 3e200], [np.inf, np.inf, np.inf], [1.0, 2.0, 3.0]])
    p = adjusted_p(values, np.array([1e200, np.inf, 1.0]), every_pair(3))
    assert p[1] == 1.0
    assert p[0] == p[2] == 1.0 or np.isnan(p[0])


@pytest.mark.parametrize(
    ("alpha", "draws"), [(0.05, 19), (0.01, 99), (0.5, 1), (0.3, 3), (1e-6, 999_999), (0.99, 1)]
)
def test_the_fewest_draws_just_reach_alpha(alpha: float, draws: int) -> None:
    """1/(draws + 1) is at most alpha, and with one draw less it is not."""
    assert fewest_draws(alpha) == draws
    assert 1 / (draws + 1) <= alpha + 1e-15
    assert draws == 1 or 1 / draws > alpha


def test_an_alpha_next_to_zero_needs_more_than_can_be_drawn() -> None:
    """The number stops at 10**12; no division by zero."""
    assert fewest_draws(5e-324) == fewest_draws(0.0) == fewest_draws(1e-12) == 10**12
    assert fewest_draws(2e-12) < 10**12


def test_the_smallest_p_of_pairs_that_differ() -> None:
    """2/2^d for d pairs that differ, at most 1."""
    rows = np.zeros((4, 2000))
    rows[1, :7] = 1.0
    rows[2, :1] = 1.0
    rows[3] = 1.0
    found = smallest_p(rows, [(0, 1), (0, 2), (1, 2), (0, 0), (0, 3)])
    assert found.tolist()[:4] == [2 / 2**7, 1.0, 2 / 2**6, 1.0]
    assert found[4] < 1e-300


def brute_sets(p, observed, alpha):
    """Return the smallest and largest place of each system in any order that the tests allow."""
    count = len(observed)
    allowed = [
        order
        for order in permutations(range(count))
        if all(
            not (p[b, a] <= alpha and observed[b] > observed[a])
            for k, a in enumerate(order)
            for b in order[k + 1 :]
        )
    ]
    return [
        (min(order.index(s) for order in allowed) + 1, max(order.index(s) for order in allowed) + 1)
        for s in range(count)
    ]


@pytest.mark.parametrize("higher", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_simultaneous_sets_are_brute_force(seed: int, higher: bool) -> None:
    """Each set has the places of all orders in which no system is above a better one."""
    rng = np.random.default_rng(seed)
    observed = np.round(rng.normal(size=5), 1) * 0.1
    values = observed[:, None] + 0.05 * rng.normal(size=(5, 199))
    found = rank_sets(values, observed, higher_is_better=higher, level=0.9)
    p = np.ones((5, 5))
    adjusted = adjusted_p(values, observed, every_pair(5))
    for (i, j), each in zip(every_pair(5), adjusted, strict=True):
        p[i, j] = p[j, i] = each
    assert found.p_values.tolist() == p.tolist()
    better = observed if higher else -observed
    for s, (low, high) in enumerate(brute_sets(p, better, 0.1)):
        # An order can be impossible although each of its pairs is not: sets by pairs are wider.
        assert found.together_low[s] <= low <= high <= found.together_high[s]
        assert found.together_low[s] == 1 + sum(
            p[s, j] <= 0.1 and better[j] > better[s] for j in range(5)
        )
        assert found.together_high[s] == 5 - sum(
            p[s, j] <= 0.1 and better[j] < better[s] for j in range(5)
        )
    assert found.could_be_first == sum(low == 1 for low in found.together_low)


@pytest.mark.parametrize("seed", range(6))
def test_marginal_sets_use_the_differences_of_one_system(seed: int) -> None:
    """Each marginal set adjusts over the comparisons of its system, and lies in the joint one."""
    values, observed = drawn(seed, 6)
    found = rank_sets(values, observed, higher_is_better=True, level=0.95)
    for i in range(6):
        others = [j for j in range(6) if j != i]
        p = adjusted_p(values, observed, [(i, j) for j in others])
        worse = sum(q <= 0.05 and observed[j] > observed[i] for j, q in zip(others, p, strict=True))
        better = sum(
            q <= 0.05 and observed[j] < observed[i] for j, q in zip(others, p, strict=True)
        )
        assert (found.low[i], found.high[i]) == (1 + worse, 6 - better)
        assert found.together_low[i] <= found.low[i] <= found.high[i] <= found.together_high[i]


def test_no_p_is_below_the_smallest_possible() -> None:
    """Two systems that differ in four pairs do not differ significantly, and share their ranks."""
    values = np.array([0.9, 0.1])[:, None] + 0.01 * np.random.default_rng(0).normal(size=(2, 99))
    observed = np.array([0.9, 0.1])
    apart = rank_sets(values, observed, higher_is_better=True)
    assert (apart.low.tolist(), apart.high.tolist()) == ([1, 2], [1, 2])
    least = np.full((2, 2), 2 / 2**4)
    close = rank_sets(values, observed, higher_is_better=True, least=least)
    assert close.p_values[0, 1] == 0.125
    assert (close.low.tolist(), close.together_high.tolist()) == ([1, 1], [2, 2])
    assert close.could_be_first == 2
    one = rank_sets(values[:1], observed[:1], higher_is_better=True)
    assert (one.low.tolist(), one.together_high.tolist(), one.could_be_first) == ([1], [1], 1)
