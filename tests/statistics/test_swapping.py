"""What a permutation test swaps, and the p of coarse predictions against all swaps."""

from itertools import product

import numpy as np
import pytest

from xacle_eval.errors import UsageError
from xacle_eval.metrics import METRICS
from xacle_eval.statistics import permutation_tests
from xacle_eval.statistics.swapping import level_count, swapped_scale


def normal(seed: int, n: int = 400) -> np.ndarray:
    """Return standard normal numbers."""
    return np.random.default_rng(seed).normal(size=n)


def test_levels_are_counted_by_their_shares() -> None:
    """Ten equal shares are 10 levels; half of one value is at most 4."""
    assert level_count(np.repeat(np.arange(10.0), 7)) == pytest.approx(10)
    assert level_count(np.zeros(5)) == 1.0
    assert level_count(np.concatenate([np.zeros(200), normal(0, 200)])) < 4.0


@pytest.mark.parametrize(
    ("first", "second", "swapped"),
    [
        (normal(0), normal(1), "ranks"),
        (np.round(normal(0), 2), np.exp(normal(1)), "ranks"),
        (np.round(normal(0) * 2), np.round(normal(1) * 2), "values"),
        (np.sign(normal(0)), np.sign(normal(1)), "values"),
        (np.sign(normal(0)), 10 * np.sign(normal(1)), "none"),
        (np.sign(normal(0)), normal(1), "none"),
        (normal(1), np.round(normal(0)), "none"),
        (np.sign(normal(0)), np.round(normal(1) * 2), "none"),
        (np.maximum(normal(0), 0.3), normal(1), "none"),
        (normal(0), np.where(np.arange(400) < 200, normal(0), normal(1)), "values"),
        (normal(0), np.where(np.arange(400) < 199, normal(0), normal(1)), "ranks"),
    ],
)
def test_the_rule(first: np.ndarray, second: np.ndarray, swapped: str) -> None:
    """Ranks of fine predictions, values of coarse ones on one grid or of mostly equal systems."""
    assert swapped_scale(first, second) == swapped
    assert swapped_scale(second, first) == swapped
    tests = permutation_tests(np.stack([first, second]), normal(9), draws=19)
    assert tests.swapped == (swapped,)
    names = {metric: tests.swapped_for(0, metric) for metric in tests.metrics}
    assert names == {
        "SRCC": swapped,
        "KTAU": swapped,
        "LCC": "z-scores" if swapped == "ranks" else swapped,
        "MSE": "values",
    }
    p = tests.p_values()["two_sided"][0]
    missing = [name for name, value in zip(tests.metrics, p, strict=True) if np.isnan(value)]
    assert missing == (["SRCC", "LCC", "KTAU"] if swapped == "none" else [])


def edited_system() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return references of 24 pairs, a system, and the same with 7 better predictions."""
    references = np.arange(24.0)
    first = np.random.default_rng(5).permutation(24).astype(float)
    second = first.copy()
    worst = np.argsort(-np.abs(first - references))[:7]
    second[worst] = references[worst] + 0.5
    return references, first, second


def test_24_pairs_of_which_7_differ() -> None:
    """No p is below 2/2^7, and p is the share of all 2^7 swaps, for every metric."""
    references, first, second = edited_system()
    draws = 20_000
    tests = permutation_tests(np.stack([second, first]), references, draws=draws)
    places = np.flatnonzero(first != second)
    assert (places.size, tests.swapped, tests.least.tolist()) == (7, ("values",), [2 / 2**7])
    for column, name in enumerate(tests.metrics):
        function = METRICS[name].function
        observed = function(second, references) - function(first, references)
        extreme = 0
        for bits in product([False, True], repeat=7):
            a, b = first.copy(), second.copy()
            chosen = places[np.array(bits)]
            a[chosen], b[chosen] = second[chosen], first[chosen]
            drawn = function(b, references) - function(a, references)
            extreme += abs(drawn) >= abs(observed) - 1e-12
        exact = extreme / 2**7
        p = tests.p_values()
        assert p["two_sided"][0, column] >= 2 / 2**7
        assert p["first"][0, column] >= 1 / 2**7
        error = np.sqrt(exact * (1 - exact) / draws)
        assert p["two_sided"][0, column] == pytest.approx(exact, abs=5 * error)


def test_swapped_ranks_would_break_the_bound() -> None:
    """Ranks make all 24 pairs differ: without the bound their p would be far below 2/2^7."""
    references, first, second = edited_system()
    rows = np.stack([second, first])
    ranks = permutation_tests(rows, references, draws=20_000, standardise="ranks")
    column = ranks.metrics.index("SRCC")
    assert (1 + ranks.as_extreme[0, column]) / 20_001 < 0.5 * 2 / 2**7
    assert ranks.p_values()["two_sided"][0, column] == 2 / 2**7


def test_coarse_values_do_not_break_ties_at_random() -> None:
    """With two levels the p of swapped values is that of a slow loop over the same swaps."""
    references = normal(2, 60)
    rows = np.stack([np.sign(references + normal(3, 60)), np.sign(references + 2 * normal(4, 60))])
    draws = 400
    for standardise in ("auto", "values"):
        tests = permutation_tests(rows, references, draws=draws, standardise=standardise)
        assert tests.swapped == ("values",)
    from xacle_eval.statistics import Swaps

    plan = Swaps(60, draws, 0)
    swaps = np.concatenate([plan.block(b) for b in range(plan.block_count)])[:draws].astype(bool)
    for column, name in enumerate(tests.metrics):
        function = METRICS[name].function
        observed = function(rows[0], references) - function(rows[1], references)
        slow = [
            function(np.where(swap, rows[1], rows[0]), references)
            - function(np.where(swap, rows[0], rows[1]), references)
            for swap in swaps
        ]
        extreme = np.sum(np.abs(slow) >= abs(observed) - 1e-12)
        assert tests.as_extreme[0, column] == extreme


def test_an_unknown_scale_is_refused() -> None:
    """The error names the scales."""
    with pytest.raises(UsageError, match="auto or values or ranks or zscore"):
        permutation_tests(np.eye(3), np.arange(3.0), standardise="rank")
