"""PERM-BOTH, compared with a loop that ranks the swapped values again in every draw."""

import numpy as np
import pytest

from xacle_eval.errors import UsageError
from xacle_eval.metrics import DEFAULT_METRICS, METRICS, average_ranks
from xacle_eval.statistics import PermutationCounts, ProcessWorkers, permutation_tests
from xacle_eval.statistics.kernels import kernels_of
from xacle_eval.statistics.permutation import (
    PermutationTask,
    Standardise,
    SystemPair,
    permutation_task,
    zscores,
)

N, DRAWS = 60, 300


def tied_systems(seed: int, n: int = N, count: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return predictions (count, n) and references (n,), both with many ties."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=n)
    references = np.round(5 + 2 * quality + rng.normal(size=n))
    predictions = np.round(
        5 + quality + rng.normal(size=(count, n)) * np.arange(1, count + 1)[:, None], 1
    )
    return predictions, references


def all_swaps(task: PermutationTask) -> np.ndarray:
    """Return the swaps of every draw of a plan, shape (draws, n)."""
    blocks = [task.plan.block(b) for b in range(task.plan.block_count)]
    return np.concatenate(blocks)[: task.plan.draws]


def slow_differences(
    predictions: np.ndarray,
    references: np.ndarray,
    metric: str,
    swaps: np.ndarray,
    standardise: str,
) -> np.ndarray:
    """Swap the standardised values and compute the metric from scratch in every draw."""
    scale = {"SRCC": average_ranks, "KTAU": average_ranks, "LCC": zscores, "MSE": np.asarray}[
        metric
    ]
    if standardise == "zscore" and metric != "MSE":
        scale = zscores
    a, b = (scale(row) for row in predictions)
    function = METRICS[metric].function
    return np.array(
        [
            function(np.where(swap, b, a), references) - function(np.where(swap, a, b), references)
            for swap in swaps.astype(bool)
        ]
    )


@pytest.mark.parametrize("kernels", ["numba", "numpy"])
@pytest.mark.parametrize("standardise", ["ranks", "zscore"])
def test_differences_equal_those_of_a_slow_loop(kernels: str, standardise: Standardise) -> None:
    """With the same swaps, SRCC and KTAU equal a slow loop's exactly, LCC and MSE to 1e-12."""
    if kernels == "numba":
        pytest.importorskip("numba")
    predictions, references = tied_systems(0)
    task = permutation_task(
        predictions, references, DEFAULT_METRICS, DRAWS, 0, standardise, kernels
    )
    swaps = all_swaps(task)
    fast = SystemPair(task, (0, 1)).differences(np.ascontiguousarray(swaps.T), kernels_of(kernels))
    for column, metric in enumerate(DEFAULT_METRICS):
        slow = slow_differences(predictions[:2], references, metric, swaps, standardise)
        if metric in ("SRCC", "KTAU"):
            np.testing.assert_array_equal(fast[:, column], slow)
        else:
            np.testing.assert_allclose(fast[:, column], slow, rtol=0, atol=1e-12)


def test_p_is_the_share_of_draws_that_reach_the_observed_difference() -> None:
    """One- and two-sided p equal (1 + count) / (1 + draws) of the slow loop's differences."""
    predictions, references = tied_systems(1)
    task = permutation_task(predictions, references, ("SRCC", "MSE"), DRAWS, 3, "ranks", None)
    swaps = all_swaps(task)
    counts = permutation_tests(
        predictions, references, metrics=("SRCC", "MSE"), draws=DRAWS, seed=3
    )
    p = counts.p_values()
    assert counts.system_pairs == ((0, 1), (0, 2), (1, 2))
    for column, metric in enumerate(("SRCC", "MSE")):
        slow = slow_differences(predictions[[0, 2]], references, metric, swaps, "ranks")
        function = METRICS[metric].function
        observed = function(predictions[0], references) - function(predictions[2], references)
        gain = slow if metric == "SRCC" else -slow
        gain_observed = observed if metric == "SRCC" else -observed
        assert p["first"][1, column] == (1 + np.sum(gain >= gain_observed - 1e-12)) / (1 + DRAWS)
        assert p["second"][1, column] == (1 + np.sum(gain <= gain_observed + 1e-12)) / (1 + DRAWS)
        assert p["two_sided"][1, column] == (1 + np.sum(np.abs(slow) >= abs(observed) - 1e-12)) / (
            1 + DRAWS
        )


def test_a_far_better_system_has_the_smallest_p_never_zero() -> None:
    """Perfect predictions compared with noise have p = 1 / (1 + draws)."""
    rng = np.random.default_rng(2)
    references = rng.normal(size=200)
    p = permutation_tests(
        np.stack([references, rng.normal(size=200)]), references, draws=99
    ).p_values()
    assert p["first"].tolist() == [[1 / 100] * 4]
    assert p["second"].tolist() == [[1.0] * 4]


def counts_of(at_least: int, at_most: int, as_extreme: int, metric: str) -> PermutationCounts:
    """Return the counts of one comparison in 19 draws."""
    numbers = [np.array([[n]]) for n in (at_least, at_most, as_extreme, 0)]
    observed = np.array([[0.1]])
    least = np.array([0.0])
    return PermutationCounts(
        ((0, 1),), (metric,), 19, 0, observed, *numbers, observed, ("ranks",), least
    )


@pytest.mark.parametrize(("metric", "first", "second"), [("SRCC", 1, 20), ("MSE", 20, 1)])
def test_the_observed_data_count_as_one_draw(metric: str, first: int, second: int) -> None:
    """By hand: counts 0, 19 and 3 of 19 draws give p = 1/20, 20/20 and 4/20."""
    counts = counts_of(0, 19, 3, metric)
    p = {name: values.tolist() for name, values in counts.p_values().items()}
    assert p == {
        "first": [[first / 20]],
        "second": [[second / 20]],
        "two_sided": [[4 / 20]],
    }
    better, two_sided = counts.matrices(metric)
    assert better.tolist() == [[1.0, first / 20], [second / 20, 1.0]]
    assert two_sided.tolist() == [[1.0, 0.2], [0.2, 1.0]]


def test_a_draw_equal_to_the_observed_difference_counts() -> None:
    """By hand: each draw is at least, at most or as extreme as observed, up to the tolerance."""
    predictions, references = np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0]]), [1.0, 2.0, 3.0]
    task = permutation_task(predictions, references, ("SRCC",), 7, 0, "ranks", "numpy")
    pair = SystemPair(task, (0, 1))
    observed = float(pair.observed[0])
    assert observed == 1.5
    inside, outside = 0.9e-12, 3e-12
    draws = [1.5, 1.5 - inside, 1.5 - outside, 1.5 + outside, -1.5, -1.5 + outside, np.nan]
    at_least, at_most, extreme, undefined, squares = pair.tally(np.array(draws)[:, np.newaxis])
    assert (at_least[0], at_most[0], extreme[0], undefined[0]) == (4, 6, 5, 1)
    assert squares[0] == pytest.approx(6 * 1.5**2)


def test_two_perfect_systems_have_p_one() -> None:
    """Without any error the tolerance of MSE is 0, and equal differences still count."""
    references = np.array([1.0, 2.0, 4.0, 3.0])
    p = permutation_tests([references, references], references, draws=19).p_values()
    assert {float(value) for values in p.values() for value in values.ravel()} == {1.0}


def test_the_null_variance_is_the_mean_square_of_defined_draws() -> None:
    """The variance under the null equals the slow loop's mean square, undefined draws left out."""
    predictions, references = np.array([[1.0, 2.0, 2.0], [2.0, 1.0, 2.0]]), np.arange(3.0)
    task = permutation_task(predictions, references, ("SRCC",), DRAWS, 0, "ranks", None)
    with np.errstate(invalid="ignore"):
        slow = slow_differences(predictions, references, "SRCC", all_swaps(task), "ranks")
    counts = permutation_tests(predictions, references, metrics=("SRCC",), draws=DRAWS)
    assert counts.undefined[0, 0] == np.isnan(slow).sum() > 0
    assert counts.null_variance[0, 0] == pytest.approx(np.nanmean(slow**2))


def test_a_monotone_transform_leaves_rank_tests_alone() -> None:
    """By ranks, SRCC and KTAU have the same p after exp of one system; by z-scores they do not."""
    predictions, references = tied_systems(4)
    changed = np.stack([np.exp(predictions[0]), predictions[1]])
    options = {"metrics": ("SRCC", "KTAU"), "draws": 999}
    by_ranks = [permutation_tests(p, references, **options) for p in (predictions[:2], changed)]
    assert np.array_equal(by_ranks[0].at_least, by_ranks[1].at_least)
    by_scores = [
        permutation_tests(p, references, standardise="zscore", **options)
        for p in (predictions[:2], changed)
    ]
    assert not np.array_equal(by_scores[0].at_least, by_scores[1].at_least)


def test_identical_systems_and_constant_ones() -> None:
    """Identical systems have p = 1 in every metric; with a constant system only MSE has a p."""
    predictions, references = tied_systems(5)
    same = permutation_tests(predictions[[0, 0]], references, draws=99).p_values()
    assert all((values == 1.0).all() for values in same.values())
    constant = np.stack([predictions[0], np.full(N, 5.0)])
    p = permutation_tests(constant, references, draws=99).p_values()["two_sided"][0]
    assert np.isnan(p[:3]).all()
    assert p[3] <= 1.0


@pytest.mark.long
def test_the_same_seed_gives_the_same_counts_with_two_processes() -> None:
    """Counts with two processes equal those of one with numpy; seed 0 differs from seed 1."""
    predictions, references = tied_systems(6, count=5)
    one = permutation_tests(predictions, references, draws=DRAWS, kernels="numpy")
    two = permutation_tests(predictions, references, draws=DRAWS, workers=ProcessWorkers(2))
    other = permutation_tests(predictions, references, draws=DRAWS, seed=1)
    assert one.as_extreme.tobytes() == two.as_extreme.tobytes()
    assert one.null_variance.tobytes() == two.null_variance.tobytes()
    assert one.as_extreme.tobytes() != other.as_extreme.tobytes()


def test_an_unknown_standardisation_is_refused() -> None:
    """An unknown standardisation is an error with the choices."""
    with pytest.raises(UsageError, match="ranks or zscore"):
        permutation_tests([[1.0, 2.0], [2.0, 1.0]], [1.0, 2.0], standardise="z")  # type: ignore[arg-type]
