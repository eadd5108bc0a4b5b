"""The p of the paired bootstrap, its clusters and letters, compared with slow loops."""

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
from xacle_eval.statistics.clusters import group_systems

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


def slow_clusters(rows: list[list[float]], higher: bool, alpha: Fraction) -> list[int]:
    """From best to worst, a system beaten by a member of the current cluster starts a new one."""
    clusters: list[int] = []
    members: list[int] = []
    for system, row in enumerate(rows):
        if any(slow_one_sided(rows[member], row, higher) <= alpha for member in members):
            members = []
        clusters.append(clusters[-1] + (not members) if clusters else 1)
        members.append(system)
    return clusters


def drawn_rows(seed: int, systems: int, resamples: int) -> np.ndarray:
    """Return values on a coarse grid, so that many are equal, with a falling mean and some nan."""
    rng = np.random.default_rng(seed)
    means = np.linspace(0.8, 0.4, systems)[:, np.newaxis]
    values = np.round(means + 0.15 * rng.normal(size=(systems, resamples)), 1)
    values[rng.random(values.shape) < 0.02] = np.nan
    return values


@pytest.mark.parametrize("higher", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_groups_equal_a_slow_loop(seed: int, higher: bool) -> None:
    """Clusters equal a loop's in exact fractions; systems share a letter where its p is larger."""
    systems, resamples = 3 + seed, (19, 39, 60, 99)[seed % 4]
    values = drawn_rows(seed, systems, resamples) * (1 if higher else -1)
    clusters, letters = group_systems(values, higher_is_better=higher)
    rows = values.tolist()
    assert list(clusters) == slow_clusters(rows, higher, Fraction(1, 20))
    for i in range(systems):
        for j in range(i):
            alike = slow_two_sided(rows[i], rows[j]) > Fraction(1, 20)
            assert bool(set(letters[i]) & set(letters[j])) == alike


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


@pytest.mark.parametrize(("resamples", "clusters"), [(19, (1, 2)), (18, (1, 1))])
def test_the_observed_data_count_as_one_resample(resamples: int, clusters: tuple[int, ...]) -> None:
    """A system better in all of 19 resamples has p = 1/20, significant at 0.05; 1/19 is not."""
    values = np.stack([np.full(resamples, 0.7), np.full(resamples, 0.6)])
    assert group_systems(values, higher_is_better=True)[0] == clusters


@pytest.mark.parametrize(("resamples", "letters"), [(39, ("a", "b")), (38, ("a", "a"))])
def test_letters_need_half_the_one_sided_p(resamples: int, letters: tuple[str, ...]) -> None:
    """Letters use twice the one-sided p: 2/40 is significant at 0.05 and 2/39 is not."""
    values = np.stack([np.full(resamples, 0.7), np.full(resamples, 0.6)])
    clusters, found = group_systems(values, higher_is_better=True)
    assert found == letters
    assert clusters == (1, 2)


def test_a_two_sided_p_is_at_most_one() -> None:
    """Systems that are equal in every resample have p = 1, not 2."""
    assert bootstrap_p(np.zeros(9)) == 1.0
    assert bootstrap_p([1.0, -1.0]) == 1.0
    same = np.full((2, 200), 0.5)
    assert group_systems(same, higher_is_better=True, alpha=0.999) == ((1, 1), ("a", "a"))


def test_differences_by_rounding_are_none() -> None:
    """A gain of 1e-12 of the values is no difference, and one of 3e-12 is."""
    for scale in (1.0, 1000.0):
        row = np.full(99, scale)
        near, far = row * (1 - 5e-13), row * (1 - 3e-12)
        assert group_systems(np.stack([row, near]), higher_is_better=True)[0] == (1, 1)
        assert group_systems(np.stack([row, far]), higher_is_better=True)[0] == (1, 2)
    tiny = np.full(99, 1e-6)
    near = tiny - 5e-13
    assert group_systems(np.stack([tiny, near]), higher_is_better=True)[0] == (1, 1)


def test_the_larger_tolerance_of_two_systems_counts() -> None:
    """One value of 1000 gives its system, and every comparison with it, a tolerance of 1e-9."""
    large, small = np.full(40, 1.0 + 5e-10), np.full(40, 1.0)
    assert group_systems(np.stack([large, small]), higher_is_better=True)[0] == (1, 2)
    large[0] = 1000.0
    assert group_systems(np.stack([large, small]), higher_is_better=True)[0] == (1, 1)
    small[0] = large[0] = 1.0
    small[1] = large[1] = 1000.0
    assert group_systems(np.stack([large, small]), higher_is_better=True)[0] == (1, 1)


def test_a_difference_equal_to_the_tolerance_is_none() -> None:
    """Differences of 0.25 with a tolerance of 0.25, and of 0 with 0, have p = 1."""
    assert bootstrap_p(np.full(99, 0.25), 0.25) == 1.0
    assert bootstrap_p(np.full(99, -0.25), 0.25) == 1.0
    assert bootstrap_p(np.full(99, 0.25), 0.2) == 2 / 100
    assert bootstrap_p(np.zeros(99), 0.0) == 1.0


def test_an_undefined_resample_is_no_difference() -> None:
    """A nan counts against significance: 39 gains give p = 1/40, and with one nan 2/40."""
    values = np.stack([np.full(39, 0.7), np.full(39, 0.6)])
    assert group_systems(values, higher_is_better=True, alpha=0.03)[0] == (1, 2)
    values[1, 0] = np.nan
    assert group_systems(values, higher_is_better=True, alpha=0.03)[0] == (1, 1)
    assert group_systems(np.full((2, 39), np.nan), higher_is_better=True) == ((1, 1), ("a", "a"))


def test_lower_is_better_turns_the_gains() -> None:
    """For an error metric the first system is better where its values are lower."""
    values = np.stack([np.full(39, 1.0), np.full(39, 2.0)])
    assert group_systems(values, higher_is_better=False)[0] == (1, 2)
    assert group_systems(values, higher_is_better=True)[0] == (1, 1)


def test_letters_are_left_out_above_a_number_of_systems() -> None:
    """With more systems than the limit there are clusters and no letters."""
    values = np.linspace(3.0, 1.0, 3)[:, np.newaxis] * np.ones(99)
    assert group_systems(values, higher_is_better=True, most_lettered=3)[1] == ("a", "b", "c")
    assert group_systems(values, higher_is_better=True, most_lettered=2) == ((1, 2, 3), ("",) * 3)


@pytest.mark.parametrize(("p", "differ"), [(0.05, True), (np.nextafter(0.05, 1.0), False)])
def test_alpha_itself_is_significant(p: float, differ: bool) -> None:
    """A p equal to alpha separates two systems, for clusters and for letters."""
    matrix = np.array([[1.0, p], [p, 1.0]])
    assert assign_clusters(2, matrix, 0.05) == ((1, 2) if differ else (1, 1))
    assert letter_display(matrix, 0.05) == (("a", "b") if differ else ("a", "a"))
