"""The p of the paired bootstrap, compared with a slow loop."""

from fractions import Fraction

import numpy as np
import pytest

from xacle_eval.statistics import (
    BootstrapSample,
    assign_clusters,
    bootstrap_p,
    bootstrap_p_matrices,
    letter_display,
)

TOLERANCE = 1e-12


def slow_one_sided(first: list[float], second: list[float], higher: bool) -> Fraction:
    """Return (1 + k) / (1 + R), k the resamples in which the first system is not clearly better."""
    k = 0
    for a, b in zip(first, second, strict=True):
        gain = a - b if higher else b - a
        if not gain > TOLERANCE:
            k += 1
    return Fraction(1 + k, 1 + len(first))


def slow_two_sided(first: list[float], second: list[float]) -> Fraction:
    """Return twice the smaller of both one-sided p, at most 1."""
    both = (slow_one_sided(first, second, True), slow_one_sided(second, first, True))
    return min(Fraction(1), 2 * min(both))


def drawn_rows(seed: int, systems: int, resamples: int) -> np.ndarray:
    """Return values on a coarse grid, so that many are equal, with a falling mean and some nan."""
    rng = np.random.default_rng(seed)
    means = np.linspace(0.8, 0.4, systems)[:, np.newaxis]
    values = np.round(means + 0.15 * rng.normal(size=(systems, resamples)), 1)
    values[rng.random(values.shape) < 0.02] = np.nan
    return values


@pytest.mark.parametrize("seed", range(4))
def test_every_p_equals_a_slow_loop(seed: int) -> None:
    """The matrices and the two-sided p are the fractions of the slow loop."""
    values = drawn_rows(seed, 5, 50)
    sample = BootstrapSample(
        tuple("abcde"), ("SRCC",), np.ones((5, 1)), values[:, :, np.newaxis], "pairs", 30, 0
    )
    better, two_sided = bootstrap_p_matrices(sample, "SRCC")
    rows = values.tolist()
    for i in range(5):
        for j in range(5):
            if i != j:
                assert better[i, j] == float(slow_one_sided(rows[i], rows[j], True))
                assert two_sided[i, j] == float(slow_two_sided(rows[i], rows[j]))
                assert bootstrap_p(values[i] - values[j]) == two_sided[i, j]


def test_a_two_sided_p_is_at_most_one() -> None:
    """Systems that are equal in every resample have p = 1, not 2."""
    assert bootstrap_p(np.zeros(9)) == 1.0
    assert bootstrap_p([1.0, -1.0]) == 1.0


def test_a_difference_equal_to_the_tolerance_is_none() -> None:
    """Differences of 0.25 with a tolerance of 0.25, and of 0 with 0, have p = 1."""
    assert bootstrap_p(np.full(99, 0.25), 0.25) == 1.0
    assert bootstrap_p(np.full(99, -0.25), 0.25) == 1.0
    assert bootstrap_p(np.full(99, 0.25), 0.2) == 2 / 100
    assert bootstrap_p(np.zeros(99), 0.0) == 1.0


@pytest.mark.parametrize(("p", "differ"), [(0.05, True), (np.nextafter(0.05, 1.0), False)])
def test_alpha_itself_is_significant(p: float, differ: bool) -> None:
    """A p equal to alpha separates two systems, for clusters and for letters."""
    matrix = np.array([[1.0, p], [p, 1.0]])
    assert assign_clusters(2, matrix, 0.05) == ((1, 2) if differ else (1, 1))
    assert letter_display(matrix, 0.05) == (("a", "b") if differ else ("a", "a"))
