"""The statistics at their limits: undefined draws, the range of a metric, p exactly at alpha, and
one system or one pair.
"""

import inspect
import math

import numpy as np
import pytest
from scipy import stats

from xacle_eval.errors import UsageError
from xacle_eval.metrics import DEFAULT_METRICS, METRICS, MetricInputError
from xacle_eval.statistics import (
    BootstrapSample,
    assign_clusters,
    bootstrap,
    bootstrap_metrics,
    letter_display,
    permutation,
    permutation_tests,
    rank_by_first_keys,
    rank_by_rule,
    rank_stability,
    round_like_python,
    stability,
    swapping,
)
from xacle_eval.statistics.kernels import kernels_of
from xacle_eval.statistics.permutation import SystemPair, permutation_task, zscores

ORDER = DEFAULT_METRICS
NAN = math.nan


def sample_of(values, observed, metrics=("SRCC", "MSE"), level="pairs"):
    """Return a bootstrap sample of given values, shape (systems, resamples, metrics)."""
    values = np.array(values, float)
    names = tuple(f"s{n}" for n in range(len(values)))
    return BootstrapSample(names, metrics, np.array(observed, float), values, level, 9, 7)


def test_a_sample_s_table():
    """Mean and deviation are those of the defined draws; a single draw has no deviation."""
    values = [[[0.1, 1.0], [NAN, 2.0], [0.3, 6.0]], [[NAN, 1.0], [0.5, 1.0], [NAN, 1.0]]]
    sample = sample_of(values, [[0.2, 3.0], [0.4, 1.0]])
    frame = sample.to_frame().set_index(["system", "metric"])
    assert frame.loc[("s0", "SRCC"), "mean"] == pytest.approx(0.2)
    expected = np.std([0.1, 0.3], ddof=1)
    assert frame.loc[("s0", "SRCC"), "standard_deviation"] == pytest.approx(expected)
    assert frame.loc[("s0", "MSE"), "mean"] == pytest.approx(3.0)
    assert frame.loc[("s1", "SRCC"), "mean"] == 0.5
    assert np.isnan(frame.loc[("s1", "SRCC"), "standard_deviation"])
    assert frame["undefined"].tolist() == [1, 0, 2, 0]
    assert frame["observed"].tolist() == [0.2, 3.0, 0.4, 1.0]
    assert (sample.resamples, sample.undefined.tolist()) == (3, [[1, 0], [2, 0]])
    empty = sample_of([[[NAN, 1.0]]], [[NAN, 1.0]]).to_frame()
    assert np.isnan(empty["mean"][0])
    two = sample_of([[[0.1, 1.0], [0.3, 1.0]]], [[NAN, 1.0]]).to_frame()
    assert two["standard_deviation"][0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("function", "defaults"),
    [
        (bootstrap_metrics, {"resamples": 10_000, "seed": 0, "jobs": 1, "metrics": ORDER}),
        (permutation_tests, {"draws": 10_000, "seed": 0, "jobs": 1, "metrics": ORDER}),
        (rank_by_rule, {"decimals": 3, "undefined": 0.0}),
        (rank_by_first_keys, {"decimals": 3, "undefined": 0.0}),
        (rank_stability, {"decimals": 3, "undefined": 0.0, "level": 0.95, "order": ORDER}),
        (assign_clusters, {"alpha": 0.05}),
        (letter_display, {"alpha": 0.05}),
    ],
)
def test_defaults_are_the_documented_ones(function, defaults):
    """Resamples, draws, seeds, levels and the ranking rule have their documented defaults."""
    parameters = inspect.signature(function).parameters
    assert {name: parameters[name].default for name in defaults} == defaults


def test_many_systems_are_done_in_groups(monkeypatch):
    """Systems beyond a group of 64 have the values that they have alone, and each its own name."""
    rng = np.random.default_rng(0)
    predictions, references = rng.normal(size=(5, 20)), rng.normal(size=20)
    whole = bootstrap_metrics(predictions, references, resamples=300, kernels="numpy")
    monkeypatch.setattr(bootstrap, "_SYSTEMS_PER_TASK", 2)
    parts = bootstrap_metrics(predictions, references, resamples=300, kernels="numpy")
    assert parts.values.tobytes() == whole.values.tobytes()
    assert parts.systems == ("1", "2", "3", "4", "5")
    assert (parts.n, parts.seed, parts.level, parts.resamples) == (20, 0, "pairs", 300)


@pytest.mark.parametrize("shape", [(0, 4), (2, 2, 4)])
def test_predictions_have_one_or_two_dimensions(shape):
    """A vector is one system, a table one for each row; anything else is refused."""
    references = [1.0, 2.0, 3.0, 5.0]
    assert bootstrap_metrics(references, references, resamples=2).values.shape == (1, 2, 4)
    with pytest.raises(MetricInputError):
        bootstrap_metrics(np.ones(shape), references, resamples=2)


def test_a_group_of_blocks_is_worked_off_once():
    """One task for each block and group of systems, each beginning at its first system."""
    task = bootstrap._task(np.ones((130, 3)) * [1, 2, 3], [1.0, 2.0, 3.0], ORDER,
                           bootstrap.PairWeights(3, 600, 0), None)  # fmt: skip
    blocks, firsts = range(task.plan.block_count), (0, 64, 128)
    assert task.items() == [(block, first) for block in blocks for first in firsts]


@pytest.mark.parametrize("p", [0.05, 0.2])
def test_p_exactly_at_alpha_is_significant(p):
    """Clusters and letters take p equal to alpha as significant, and the float above it as not."""
    above = float(np.nextafter(p, 1))
    for value, clusters, letters in ((p, (1, 2), ("a", "b")), (above, (1, 1), ("a", "a"))):
        matrix = np.array([[1.0, value], [value, 1.0]])
        assert assign_clusters(2, matrix, p) == clusters
        assert assign_clusters(2, lambda i, j, table=matrix: table[i, j], p) == clusters
        assert letter_display(matrix, p) == letters


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, NAN])
def test_alpha_lies_strictly_between_zero_and_one(alpha):
    """An alpha of 0 or 1 is refused by clusters and letters, the floats beside them are not."""
    for function in (lambda a: assign_clusters(1, np.ones((1, 1)), a),
                     lambda a: letter_display(np.ones((1, 1)), a)):  # fmt: skip
        with pytest.raises(UsageError):
            function(alpha)
        assert function(1e-300)
        assert function(float(np.nextafter(1, 0)))


def test_clusters_start_at_one_and_compare_with_all_members():
    """The first cluster is 1; a system beaten by any member begins the next one."""
    assert assign_clusters(1, np.ones((1, 1))) == (1,)
    p = np.ones((5, 5))
    p[1, 3] = p[3, 4] = 0.01
    assert assign_clusters(5, p) == (1, 1, 1, 2, 3)
    p = np.full((3, 3), NAN)
    assert assign_clusters(3, p) == (1, 1, 1)


def test_letters_at_the_end_of_the_alphabet():
    """Twenty-six letters need no comma, twenty-seven do; the next alphabet follows z and az."""
    assert letter_display(np.zeros((26, 26)))[25] == "z"
    names = letter_display(np.zeros((60, 60)))
    assert names[26:28] + names[51:54] == ("aa", "ab", "az", "ba", "bb")

    def chain(count):
        """Return p of systems whose neighbours alone are alike."""
        places = np.arange(count)
        return np.where(np.abs(places[:, None] - places) <= 1, 1.0, 0.0)

    assert letter_display(chain(27))[:3] == ("a", "ab", "bc")
    assert letter_display(chain(28))[:3] == ("a", "a,b", "b,c")
    assert letter_display(chain(28))[-2:] == ("z,aa", "aa")
    assert letter_display(np.ones((1, 1))) == ("a",)
    assert letter_display(np.full((2, 2), NAN)) == ("a", "a")
    assert letter_display(np.array([[0.0, 1.0], [0.0, 1.0]])) == ("a", "b")


def test_sets_that_others_make_unnecessary_are_dropped():
    """Five systems in a ring of neighbours need five letters, and a square's diagonal none."""
    ring = np.array(
        [[1.0 if (i - j) % 5 in (0, 1, 4) else 0.0 for j in range(5)] for i in range(5)]
    )
    letters = letter_display(ring)
    assert sorted(map(len, letters)) == [2] * 5
    assert len(set("".join(letters))) == 5
    p = np.ones((4, 4))
    p[0, 3] = p[3, 0] = 0.0
    assert letter_display(p) == ("a", "ab", "ab", "b")
    p = np.zeros((6, 6))
    for members in ((0, 1, 2), (1, 2, 3), (2, 3, 4), (0, 5)):
        for i in members:
            p[i, list(members)] = 1.0
    assert letter_display(p) == ("ab", "ac", "acd", "cd", "d", "b")


@pytest.mark.parametrize("n", [2, 3, 1])
def test_zscores(n):
    """Z-scores have mean 0 and population deviation 1; constant values have zeros."""
    assert zscores([3.0] * n).tolist() == [0.0] * n
    values = np.array([1.0, 2.0, 4.0])
    assert zscores(values) == pytest.approx((values - values.mean()) / values.std())
    for scale in (1e300, 1e-300):
        assert zscores(values * scale) == pytest.approx(zscores(values))


def swapped_differences(task, systems):
    """Return the difference of each metric in each draw, first minus second, shape (draws, M)."""
    prepared, kernels = SystemPair(task, systems), kernels_of(task.kernels)
    blocks = [
        prepared.differences(np.ascontiguousarray(task.plan.block(b).T), kernels)
        for b in range(task.plan.block_count)
    ]
    return np.concatenate(blocks)[: task.plan.draws]


@pytest.fixture(scope="module")
def tied():
    """Return predictions of three systems and references of 12 pairs, with ties."""
    rng = np.random.default_rng(5)
    quality = rng.normal(size=12)
    noise = rng.normal(size=(3, 12)) * np.array([[0.5], [1.0], [2.0]])
    return np.round(quality + noise, 1), np.round(quality, 1)


def test_counts_are_those_of_the_draws(tied):
    """At least, at most, as extreme and the null variance are counted over the draws' differences,
    for every pair of systems and both directions.
    """
    predictions, references = tied
    found = permutation_tests(predictions, references, draws=700, seed=2)
    task = permutation_task(predictions, references, ORDER, 700, 2, "ranks", None)
    assert found.system_pairs == ((0, 1), (0, 2), (1, 2))
    assert (found.draws, found.seed, found.metrics) == (700, 2, ORDER)
    for row, (a, b) in enumerate(found.system_pairs):
        drawn = swapped_differences(task, (a, b))
        assert drawn.shape == (700, 4)
        for column, name in enumerate(ORDER):
            function = METRICS[name].function
            first, second = (function(predictions[s], references) for s in (a, b))
            assert found.observed[row, column] == first - second
            tolerance = 1e-12 if name != "MSE" else 1e-12 * (first + second)
            values, seen = drawn[:, column], first - second
            assert found.at_least[row, column] == (values >= seen - tolerance).sum()
            assert found.at_most[row, column] == (values <= seen + tolerance).sum()
            assert found.as_extreme[row, column] == (abs(values) >= abs(seen) - tolerance).sum()
            assert found.undefined[row, column] == 0
            assert found.null_variance[row, column] == pytest.approx(np.mean(values**2))


def test_matrices_hold_p_of_both_directions(tied):
    """[i, j] holds the p that i is better; pairs of systems not tested are nan, diagonals 1."""
    found = permutation_tests(*tied, system_pairs=[(0, 1), (2, 1)], draws=99)
    p = found.p_values()
    for metric in ("LCC", "MSE"):
        column = ORDER.index(metric)
        better, two_sided = found.matrices(metric)
        assert better.shape == two_sided.shape == (3, 3)
        assert better[0, 1] == p["first"][0, column]
        assert better[1, 0] == p["second"][0, column]
        assert better[2, 1] == p["first"][1, column]
        assert two_sided[0, 1] == two_sided[1, 0] == p["two_sided"][0, column]
        assert two_sided[1, 2] == p["two_sided"][1, column]
        assert np.isnan([better[0, 2], better[2, 0], two_sided[0, 2], two_sided[2, 0]]).all()
        assert np.diag(better).tolist() == np.diag(two_sided).tolist() == [1.0] * 3
    first, second = p["first"][0], p["second"][0]
    assert ((first + second) > 1.0).all()
    higher = [METRICS[name].higher_is_better for name in ORDER]
    by_hand = np.where(higher, found.at_least[0], found.at_most[0])
    assert first.tolist() == ((1 + by_hand) / 100).tolist()


def test_undefined_draws_count_as_extreme():
    """A draw in which a system is constant counts as undefined, and in all three counts."""
    predictions = np.array([[1.0, 1.0, 2.0], [1.0, 2.0, 1.0]])
    references = np.array([1.0, 2.0, 3.0])
    found = permutation_tests(predictions, references, draws=400, metrics=("LCC", "SRCC", "MSE"))
    task = permutation_task(predictions, references, ("LCC", "SRCC", "MSE"), 400, 0, "ranks", None)
    drawn = swapped_differences(task, (0, 1))
    undefined = np.isnan(drawn).sum(axis=0)
    assert 100 < undefined[0] < 300
    assert found.undefined[0].tolist() == undefined.tolist()
    assert undefined[2] == 0
    for column in (0, 1):
        values = drawn[:, column][~np.isnan(drawn[:, column])]
        seen = found.observed[0, column]
        extreme = (np.abs(values) >= abs(seen) - 1e-12).sum()
        assert found.as_extreme[0, column] == extreme + undefined[column]
        assert found.at_least[0, column] == (values >= seen - 1e-12).sum() + undefined[column]
        assert found.at_most[0, column] == (values <= seen + 1e-12).sum() + undefined[column]
        assert found.null_variance[0, column] == pytest.approx(np.mean(values**2))


def test_draws_that_are_all_undefined_have_no_variance():
    """Where every draw is undefined the null variance is 0, not an error."""
    found = permutation_tests([[1.0, 1.0], [1.0, 1.0]], [1.0, 2.0], draws=9, metrics=("LCC",))
    assert found.undefined.tolist() == [[9]]
    assert found.null_variance.tolist() == [[0.0]]
    assert np.isnan(found.p_values()["two_sided"]).all()


def test_pieces_of_work_change_no_count(tied, monkeypatch):
    """Few swaps held at a time, and few pairs of systems in a task, give the same counts."""
    whole = permutation_tests(*tied, draws=1500)
    monkeypatch.setattr(swapping, "_CELLS_PER_TASK", 1)
    monkeypatch.setattr(permutation, "_SYSTEM_PAIRS_PER_TASK", 2)
    parts = permutation_tests(*tied, draws=1500)
    assert parts.as_extreme.tobytes() == whole.as_extreme.tobytes()
    assert parts.at_least.tobytes() == whole.at_least.tobytes()
    np.testing.assert_allclose(parts.null_variance, whole.null_variance, rtol=1e-12)


def test_swaps_held_at_a_time(tied, monkeypatch):
    """As many blocks are held as fit the cells allowed, at least one, and each exactly once."""
    task = permutation_task(*tied, ORDER, 1500, 0, "ranks", None)
    count, draws = task.plan.block_count, task.plan.draws_of(0).stop
    for cells, step in ((1, 1), (12 * draws, 1), (12 * draws * 2 - 1, 1), (12 * draws * 2, 2)):
        monkeypatch.setattr(swapping, "_CELLS_PER_TASK", cells)
        chunks = task.chunks()
        assert [block for chunk in chunks for block in chunk] == list(range(count))
        assert {len(chunk) for chunk in chunks[:-1]} == {step}


def test_reference_ranks_are_wide_enough():
    """The references' ranks are of 32 bits where a sum of n of them fits, else of 64."""
    for n, width in ((46_340, np.int32), (46_341, np.int64)):
        references = np.arange(n, dtype=float)
        task = permutation_task(references, references, ("SRCC",), 1, 0, "ranks", None)
        assert task.ranks.dtype == width


@pytest.mark.parametrize("gap", [1e-11, 1e-14])
def test_differences_within_rounding_are_ties(gap):
    """Of two systems that differ by rounding alone every draw is as extreme, in every metric."""
    rng = np.random.default_rng(6)
    references = rng.normal(5, 2, 40)
    first = references + rng.normal(size=40)
    second = first * (1 + gap)
    found = permutation_tests([first, second], references, draws=200)
    same = gap < 1e-12
    assert (found.as_extreme[0, [0, 2]] == 200).all()
    assert (found.as_extreme[0, 3] == 200) is np.bool_(same)


def test_rounding_far_from_and_next_to_halves():
    """Rounding is Python's for numbers of any size, at no decimals and at the most."""
    values = [0.5, 1.5, 2.5, -0.5, 2.675, 1e15 + 0.5, 2.0**32 + 0.5, 4294967.2965, 1e308, -1e22]
    for decimals in (0, 1, 2, 3, 15, 22, 23, -1):
        expected = [round(value, decimals) for value in values]
        assert round_like_python(values, decimals).tolist() == expected
    assert np.isnan(round_like_python([NAN], 3)).all()
    assert round_like_python([5.0, -5.0], -400).tolist() == [0.0, 0.0]
    assert round_like_python([math.inf, -math.inf], 3).tolist() == [math.inf, -math.inf]


@pytest.mark.parametrize("base", [0, 10**6, 10**9, 10**10, 10**12])
def test_rounding_of_large_numbers_next_to_halves(base):
    """Large numbers beside k + 1/2 thousandths are rounded like Python's, though their product with
    1,000 has lost its last digits.
    """
    halves = (base * 1000 + np.arange(300) + 0.5) / 1000
    values = np.concatenate([np.nextafter(halves, -1), halves, np.nextafter(halves, np.inf)])
    assert round_like_python(values, 3).tolist() == [round(value, 3) for value in values.tolist()]


def test_python_rounds_only_what_may_differ(monkeypatch):
    """Python rounds the finite values whose product is near a half or above 2**32; at decimals
    without an exact power of ten it rounds all.
    """
    seen = []

    def spy(value, decimals):
        seen.append(value)
        return round(value, decimals)

    monkeypatch.setattr(stability, "round", spy, raising=False)
    clear = [0.25, 1.0, -3.75, 0.5 + 2e-6, 0.5 - 2e-6, 2.0**31 + 0.25, 2.0**32, -(2.0**32)]
    near = [0.5, -1.5, 0.5 + 5e-7, 0.5 - 5e-7, 2.0**32 + 0.25, -(2.0**32) - 0.25, 2.0**40]
    round_like_python([*clear, NAN, math.inf, *near, -math.inf], 0)
    assert seen == near
    for decimals, number in ((-2, 3), (22, 0), (23, 3)):
        seen.clear()
        round_like_python([1e-23, 2e-23, -1e-23], decimals)
        assert len(seen) == number


def test_rounding_beyond_the_exact_powers_of_ten():
    """Ten to the 23 is no float; small numbers are rounded like Python's at that many decimals."""
    values = np.random.default_rng(9).uniform(-1, 1, 2000) * 1e-18
    for decimals in (22, 23, 24, 30):
        expected = [round(value, decimals) for value in values.tolist()]
        assert round_like_python(values, decimals).tolist() == expected


@pytest.mark.parametrize("draws", [1, 2, 3, 4, 5])
def test_ranks_in_any_number_of_draws(draws, monkeypatch):
    """Ranks do not depend on how many draws are worked on at a time."""
    values = np.round(np.random.default_rng(7).uniform(0, 1, (4, draws, 4)), 1)
    whole = rank_by_rule(values, ORDER, ORDER)
    monkeypatch.setattr(stability, "_DRAWS_AT_A_TIME", 2)
    assert rank_by_rule(values, ORDER, ORDER).tolist() == whole.tolist()
    for draw in range(draws):
        assert rank_by_rule(values[:, draw], ORDER, ORDER).tolist() == whole[:, draw].tolist()


def test_undefined_values_in_the_ranking_rule():
    """An undefined value counts as the given number, or is behind every other value."""
    values = [[NAN, 9.0], [-0.5, 2.0], [0.0, NAN]]
    assert rank_by_rule(values, ("SRCC", "MSE"), ("SRCC",)).tolist() == [1, 3, 1]
    assert rank_by_rule(values, ("SRCC", "MSE"), ("SRCC",), undefined=None).tolist() == [3, 2, 1]
    assert rank_by_rule(values, ("SRCC", "MSE"), ("MSE",), undefined=None).tolist() == [2, 1, 3]
    assert rank_by_rule(values, ("SRCC", "MSE"), ("MSE",), undefined=5.0).tolist() == [3, 1, 2]
    for order in ((), ("KTAU",)):
        with pytest.raises(UsageError):
            rank_by_rule(values, ("SRCC", "MSE"), order)
    keys = rank_by_first_keys(values, ("SRCC", "MSE"), ("SRCC", "MSE"), 3, None)
    assert [key.ranks.tolist() for key in keys] == [[3, 2, 1], [2, 1, 3]]


def stability_of(ranks, level=0.95):
    """Return the stability of systems with given SRCC in each draw: higher is better."""
    scores = -np.array(ranks, float)[:, :, np.newaxis] / 10
    sample = sample_of(scores, scores[:, 0], ("SRCC",), "pairs")
    return rank_stability(sample, order=("SRCC",), level=level)


def test_intervals_of_ranks_are_ranks_that_occurred():
    """With ten draws the quantiles are those of the sorted ranks, the lower of two medians."""
    ranks = [[1, 1, 1, 1, 1, 2, 2, 2, 2, 2], [2, 2, 2, 2, 2, 1, 1, 1, 1, 1]]
    found = stability_of(ranks, level=0.8)
    assert found.median.tolist() == [1, 1]
    assert (found.low.tolist(), found.high.tolist()) == ([1, 1], [2, 2])
    one = stability_of([[1] * 9 + [2], [2] * 9 + [1]], level=0.8)
    assert (one.low.tolist(), one.high.tolist()) == ([1, 1], [1, 2])
    assert stability_of([[1] * 9 + [2], [2] * 9 + [1]], level=0.81).high.tolist() == [2, 2]
    assert one.counts.tolist() == [[9, 1], [1, 9]]
    assert one.podium.tolist() == [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]]
    assert one.probability_first.tolist() == [0.9, 0.1]
    assert one.level == 0.8


def test_the_podium_has_three_places():
    """Shares of ranks 1, 2 and 3; a fourth place is on no podium."""
    found = stability_of([[1, 1], [2, 2], [3, 4], [4, 3]])
    assert found.podium.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0.5], [0, 0, 0.5]]
    frame = found.to_frame()
    assert list(frame.columns) == ["system", "rank", "median", "low", "high",
                                   "p_rank_1", "p_rank_2", "p_rank_3"]  # fmt: skip
    assert frame["p_rank_3"].tolist() == [0, 0, 0.5, 0.5]


def test_agreement_is_kendall_s_tau_of_each_draw():
    """Agreement is tau-b of the whole ranking and a draw's, its mean and 2.5 % quantile; draws in
    which all tie have none.
    """
    ranks = [[1, 1, 2, 1, 3, 1], [2, 2, 1, 1, 2, 3], [3, 3, 3, 1, 1, 2]]
    found = stability_of(ranks)
    taus = [stats.kendalltau([1, 2, 3], draw).statistic for draw in zip(*ranks, strict=True)]
    assert found.agreement == pytest.approx(taus, nan_ok=True)
    assert np.isnan(found.agreement[3])
    defined = [tau for tau in taus if not math.isnan(tau)]
    assert found.agreement_mean == pytest.approx(np.mean(defined))
    assert found.agreement_low == pytest.approx(np.quantile(defined, 0.025))
    all_tied = stability_of([[1, 1], [1, 1]])
    assert math.isnan(all_tied.agreement_mean)
    assert math.isnan(all_tied.agreement_low)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 1.5])
def test_a_level_lies_strictly_between_zero_and_one(level):
    """An interval of level 0 or 1 is refused, the floats beside them are not."""
    with pytest.raises(UsageError):
        stability_of([[1, 2], [2, 1]], level=level)
    assert stability_of([[1, 2], [2, 1]], level=1e-9).low.tolist() == [1, 1]
    assert stability_of([[1, 2], [2, 1]], level=1 - 1e-9).high.tolist() == [2, 2]
