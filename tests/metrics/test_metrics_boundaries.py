"""The metrics at their limits: one pair, two pairs, no variance, the largest integers and arrays
that do not fit the cache.
"""

import math

import numpy as np
import pytest

from tests.oracles import exact_pearson, naive_inversions, naive_spearman, naive_tau_b
from xacle_eval.metrics import (
    DEFAULT_METRICS,
    METRICS,
    MetricInputError,
    PreparedReferences,
    all_metrics,
    average_ranks,
    correlation,
    dense_ranks,
    discordance,
    ktau,
    lcc,
    mse,
    srcc,
)
from xacle_eval.metrics.arrays import check_array
from xacle_eval.metrics.discordance import count_concordance, count_inversions
from xacle_eval.metrics.ranks import rank_values

CORRELATIONS = (srcc, lcc, ktau)
LIMIT = 2**53


@pytest.mark.parametrize("metric", CORRELATIONS)
def test_correlations_begin_at_two_distinct_values_on_both_sides(metric):
    """One pair, or one distinct value on either side, has no correlation; two pairs have one of
    exactly 1 or -1.
    """
    for predictions, references in (
        ([1], [2]),
        ([1, 1], [1, 2]),
        ([1, 2], [3, 3]),
        ([1, 1], [2, 2]),
    ):
        assert math.isnan(metric(predictions, references))
    assert metric([1, 2], [10, 30]) == 1.0
    assert metric([1, 2], [30, 10]) == -1.0
    assert metric([1, np.nextafter(1, 2)], [30, 10]) == -1.0


def test_the_error_of_one_pair_and_of_none():
    """MSE is defined for one pair and without variance; equal values have exactly 0."""
    assert mse([3], [5]) == 4.0
    assert mse([1, 1], [2, 2]) == 1.0
    assert mse([7.3], [7.3]) == 0.0
    assert mse([1, 2, 3, 4], [1, 2, 3, 6]) == 1.0


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (1e-200, 0.0),
        (2.0**-537, 2.0**-1074),
        (2.0**-538, 0.0),
        (2.0**511, 2.0**1022),
        (2.0**512, math.inf),
        (1.7e308, math.inf),
    ],
)
def test_errors_at_the_ends_of_the_float_range(difference, expected):
    """Squares below the smallest float are 0, those beyond the largest inf, the others exact."""
    assert mse([difference], [0.0]) == expected
    assert mse([difference, difference], [0.0, 0.0]) == expected
    assert mse([1.7e308], [-1.7e308]) == math.inf


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("dtype", [np.int64, np.float64, object])
def test_integers_are_exact_up_to_two_to_the_fifty_third(sign, dtype):
    """2**53 is accepted as an integer, the next one is refused; as a float both are."""
    if dtype is np.float64:
        assert check_array(np.array([sign * 2.0**60]), "x").tolist() == [sign * 2.0**60]
        return
    exact, outside = sign * LIMIT, sign * (LIMIT + 1)
    if dtype is object:
        assert check_array([exact, 0.5], "x").tolist() == [exact, 0.5]
        for values in ([outside, 0.5], [0.5, outside], [outside, 2.0**60], [0, sign * 2**60, 1.0]):
            with pytest.raises(MetricInputError):
                check_array(values, "x")
        assert check_array([sign * 2.0**60, 1], "x").tolist() == [sign * 2.0**60, 1]
        return
    assert check_array(np.array([0, exact], dtype), "x").tolist() == [0, exact]
    for values in ([outside], [0, outside], [outside, 0]):
        with pytest.raises(MetricInputError):
            check_array(np.array(values, dtype), "x")


@pytest.mark.parametrize(
    ("values", "accepted"),
    [
        (np.array([1, 2], np.uint8), True),
        (np.array([1, 2], np.float16), True),
        (np.array([True, False]), True),
        (np.array([1, 2], np.longdouble), np.longdouble(0).itemsize == 8),
        (np.array([1, 2], complex), False),
        (np.array(["1", "2"]), False),
        (np.array([], float), False),
        (np.array(5.0), False),
        (np.array([[1.0], [2.0]]), False),
        (np.array([1.0, np.nan]), False),
        (np.array([np.inf, 1.0]), False),
        (np.array([-np.inf, 1.0]), False),
        (np.ma.array([1.0, 2.0], mask=[True, False]), False),
        (np.ma.array([1.0, 2.0], mask=[False, False]), True),
        ([[1.0], [2.0, 3.0]], False),
        (object(), False),
    ],
)
def test_arrays_that_are_numbers(values, accepted):
    """Vectors of finite real numbers of up to 64 bits are accepted, everything else is refused."""
    if accepted:
        assert check_array(values, "x").dtype == np.float64
    else:
        with pytest.raises(MetricInputError):
            check_array(values, "x")


def test_a_vector_of_floats_is_not_copied():
    """A float64 vector is taken as it is, and prepared references are a copy."""
    values = np.array([1.0, 2.0, 3.0])
    assert check_array(values, "x") is values
    prepared = PreparedReferences.of(values)
    values[0] = 9
    assert prepared.values.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("name", list(METRICS))
@pytest.mark.parametrize("sizes", [(2, 3), (3, 2), (1, 2)])
def test_lengths_must_be_equal(name, sizes):
    """One prediction too many or too few is refused by every metric and by all at once."""
    predictions, references = (np.arange(size, dtype=float) for size in sizes)
    with pytest.raises(MetricInputError):
        METRICS[name].function(predictions, references)
    with pytest.raises(MetricInputError):
        all_metrics(predictions, references)


@pytest.mark.parametrize(
    "values",
    [
        [1e-320, 2e-320, 4e-320, 3e-320],
        [1e308, -1e308, 5e307, 0.0],
        [1e9, 1e9 + 1, 1e9 + 3, 1e9 + 2],
        [-1e9, -1e9 - 1, -1e9 - 3, -1e9 - 2],
        [-5.0, -4.0, -2.0, -3.5],
    ],
)
def test_pearson_on_extreme_values(values):
    """Very small and large values, and large offsets, lose no accuracy."""
    references = [0.3, 0.1, 0.9, 0.7]
    assert lcc(values, references) == pytest.approx(exact_pearson(values, references), rel=1e-12)
    assert lcc(references, values) == lcc(values, references)
    assert lcc(values, values) == 1.0
    assert lcc(values, [-value for value in values]) == -1.0


def test_coefficients_never_leave_minus_one_to_one():
    """However rounding falls, no coefficient of an affine map is beyond 1 or -1."""
    rng = np.random.default_rng(0)
    for n in (2, 3, 5, 17):
        for _ in range(200):
            x = rng.normal(size=n)
            y = x * rng.uniform(0.1, 9) + rng.normal()
            assert 0.999999 < lcc(x, y) <= 1.0
            assert -1.0 <= lcc(x, -y) < -0.999999


def test_ranks_of_single_and_tied_values():
    """One value has rank 1; ties share the average, and levels count distinct values."""
    assert average_ranks([5]).tolist() == [1.0]
    assert average_ranks([5, 5]).tolist() == [1.5, 1.5]
    assert average_ranks([3, 1, 3, 3]).tolist() == [3.0, 1.0, 3.0, 3.0]
    assert dense_ranks([3, 1, 3, 7]).tolist() == [2, 1, 2, 3]
    assert dense_ranks([0.0, -0.0]).tolist() == [1, 1]
    ranked = rank_values(np.array([3.0, 1, 3, 3, 1]))
    assert (ranked.size, ranked.level_count, ranked.tied_pairs()) == (5, 2, 3 + 1)
    assert ranked.centred_double_ranks().tolist() == [2, -3, 2, 2, -3]
    distinct = rank_values(np.arange(4.0))
    assert (distinct.level_count, distinct.tied_pairs()) == (4, 0)
    assert ranked.levels.dtype == np.int32
    assert dense_ranks([1.0]).dtype == np.int64


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 8, 9])
def test_inversions_of_pieces_of_any_size(size, monkeypatch):
    """Sequences of up to the cache's size, and those split by bits because they are larger, have
    the inversions of a double loop.
    """
    monkeypatch.setattr(discordance, "_CACHED_SIZE", size)
    rng = np.random.default_rng(size)
    for levels in (1, 2, 3, 4, 5, 8, 9, 16, 17):
        for n in (1, 2, 8, 9, 40):
            sequence = rng.integers(0, levels, n).astype(np.int32)
            assert count_inversions(sequence, levels) == naive_inversions(sequence.tolist())
            descending = np.sort(sequence)[::-1]
            assert count_inversions(descending, levels) == naive_inversions(descending.tolist())


def test_counts_of_pairs_of_values_by_hand():
    """Concordant, discordant and untied pairs of five values with ties on either side and on
    both.
    """
    x, y = rank_values(np.array([1.0, 1, 2, 3, 3])), rank_values(np.array([1.0, 1, 2, 2, 1]))
    # Tied in x: 2, in y: 4, in both: 1; of the five others one is discordant at most.
    counts = count_concordance(x, y)
    assert (counts.untied_x, counts.untied_y) == (8, 6)
    assert (counts.concordant, counts.discordant) == (4, 1)
    swapped = count_concordance(y, x)
    assert (swapped.concordant, swapped.discordant) == (4, 1)
    assert (swapped.untied_x, swapped.untied_y) == (6, 8)


@pytest.mark.parametrize("cached", [2, 2**15])
def test_rank_correlations_of_small_samples_equal_the_oracles(cached, monkeypatch):
    """Random samples of two to eleven values with ties equal the double loops, by one or the other
    way to count.
    """
    monkeypatch.setattr(discordance, "_CACHED_SIZE", cached)
    rng = np.random.default_rng(3)
    for _ in range(300):
        n, levels = int(rng.integers(2, 12)), int(rng.integers(2, 9))
        x, y = (rng.integers(0, levels, n).astype(float).tolist() for _ in range(2))
        assert ktau(x, y) == pytest.approx(naive_tau_b(x, y), rel=1e-12, nan_ok=True)
        assert srcc(x, y) == pytest.approx(naive_spearman(x, y), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("largest", [1, 20, 10**4, 2**63 - 1])
def test_sums_in_blocks_of_any_size(largest, monkeypatch):
    """The exact sum of products does not depend on how many terms are added at a time."""
    monkeypatch.setattr(correlation, "_INT64_MAX", largest)
    rng = np.random.default_rng(4)
    for n in (2, 3, 10, 50):
        x, y = rng.integers(0, 5, n).astype(float), rng.normal(size=n)
        x[:2] = (0, 1)
        expected = naive_spearman(x.tolist(), y.tolist())
        assert srcc(x, y) == pytest.approx(expected, rel=1e-12)


def test_what_the_metrics_are_called():
    """Names, ranges, directions, arrows and the need of variance of the four metrics."""
    assert list(DEFAULT_METRICS) == ["SRCC", "LCC", "KTAU", "MSE"]
    for name in DEFAULT_METRICS:
        metric = METRICS[name]
        correlates = name != "MSE"
        assert metric.name == name
        assert metric.range == ((-1.0, 1.0) if correlates else (0.0, math.inf))
        assert metric.higher_is_better is correlates
        assert metric.needs_variance is correlates
        assert metric.arrow == ("↑" if correlates else "↓")
    values = all_metrics([1.0, 2.0, 4.0], PreparedReferences.of([1.0, 3.0, 2.0]))
    assert list(values) == list(DEFAULT_METRICS)
    for name, value in values.items():
        assert value == METRICS[name].function([1.0, 2.0, 4.0], [1.0, 3.0, 2.0])


@pytest.mark.parametrize("n", [2_090_000, 2_100_000, 2_200_000])
def test_sums_of_products_next_to_the_largest_integer_are_exact(n):
    """The sum of n products of n and n is exact where it exceeds 2**63."""
    largest = np.full(n, n, np.int64)
    assert correlation._exact_dot(largest, largest) == n**3
    assert correlation._exact_dot(largest, -largest) == -(n**3)
