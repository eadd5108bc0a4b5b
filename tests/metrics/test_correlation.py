"""SRCC, KTAU and LCC, compared with scipy and slow exact computations, and their properties."""

import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.oracles import (
    exact_mse,
    exact_pearson,
    naive_spearman,
    naive_tau_b,
    organisers_result,
    spearman_without_ties,
)
from xacle_eval.metrics import all_metrics, ktau, lcc, srcc

TOLERANCE = 1e-12
SMALL_CASES = settings(deadline=None, database=None, max_examples=250)
ANY_FLOAT = st.floats(allow_nan=False, allow_infinity=False)
FEW_VALUES = st.integers(0, 4).map(lambda eighths: eighths / 8)
CORRELATIONS = [srcc, ktau, lcc]


def pairs_of(values, min_size=1, max_size=12):
    """Two lists of the same length."""
    pairs = st.lists(st.tuples(values, values), min_size=min_size, max_size=max_size)
    return pairs.map(lambda rows: tuple(list(side) for side in zip(*rows, strict=True)))


def close(value):
    """Equal to 1e-12, nan equal to nan."""
    return pytest.approx(value, rel=0, abs=TOLERANCE, nan_ok=True)


def grid(rng, n, levels=81):
    """Averages of eight listeners: eighths from 0 up."""
    return rng.integers(0, levels, n) / 8


def listener_like(seed, n):
    """References on the 1/8 grid and predictions that follow them loosely."""
    rng = np.random.default_rng(seed)
    references = np.clip(np.round(rng.normal(6, 2.5, n) * 8) / 8, 0, 10)
    return references * 0.6 + rng.normal(2, 1.5, n), references


SHAPES = {
    "two pairs": ([1.0, 2.0], [5.0, 3.0]),
    "three pairs, one tie": ([1.0, 1.0, 2.0], [1.0, 2.0, 3.0]),
    "real-valued": (np.random.default_rng(0).normal(size=(2, 500))),
    "grid references": listener_like(1, 3_000),
    "two decimals": (listener_like(2, 3_000)[0].round(2), listener_like(2, 3_000)[1]),
    "both on the grid": (
        grid(np.random.default_rng(3), 2_000),
        grid(np.random.default_rng(4), 2_000),
    ),
    "two levels each": (
        grid(np.random.default_rng(5), 999, 2),
        grid(np.random.default_rng(6), 999, 2),
    ),
    "two levels against many": (grid(np.random.default_rng(7), 999, 2), listener_like(8, 999)[0]),
    "one value apart": ([0.0] * 99 + [1.0], list(range(100))),
    "reversed": (list(range(300)), list(range(300, 0, -1))),
    "integers": (np.random.default_rng(9).integers(-50, 50, (2, 400))),
    "beyond the cached size": (
        listener_like(10, 40_000)[0],
        np.random.default_rng(11).normal(size=40_000),
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_equals_scipy(shape):
    """Each correlation equals scipy's to 1e-12 on every shape of data, with and without ties."""
    x, y = SHAPES[shape]
    assert srcc(x, y) == close(scipy.stats.spearmanr(x, y).statistic)
    assert ktau(x, y) == close(scipy.stats.kendalltau(x, y).statistic)
    assert lcc(x, y) == close(scipy.stats.pearsonr(x, y).statistic)


def assert_equals_oracles(x, y):
    """All four metrics equal the slow computations."""
    values = all_metrics(x, y)
    assert values["SRCC"] == close(naive_spearman(x, y))
    assert values["KTAU"] == close(naive_tau_b(x, y))
    assert values["LCC"] == close(exact_pearson(x, y))
    assert values["MSE"] == pytest.approx(exact_mse(x, y), rel=TOLERANCE, abs=1e-323)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_every_small_case_equals_the_oracles(n):
    """All pairs of integer vectors with up to four entries from 0 to 2 equal the O(n²) oracles."""
    vectors = list(itertools.product(range(3), repeat=n))
    for x, y in itertools.combinations_with_replacement(vectors, 2):
        assert_equals_oracles(x, y)


@SMALL_CASES
@given(pairs_of(FEW_VALUES))
def test_heavy_ties_equal_the_oracles(pair):
    """Random cases of few values on the 1/8 grid agree with the oracles."""
    assert_equals_oracles(*pair)


@SMALL_CASES
@given(pairs_of(ANY_FLOAT))
def test_any_floats_equal_the_oracles(pair):
    """Random floats from the whole range, from subnormal to largest, agree with the oracles."""
    assert_equals_oracles(*pair)


@SMALL_CASES
@given(pairs_of(st.integers(-(2**53), 2**53)))
def test_any_exact_integers_equal_the_oracles(pair):
    """Random cases of integers up to 2**53 agree with the oracles."""
    assert_equals_oracles(*pair)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_equals_the_organisers_script(seed):
    """On complete, finite data similar to listeners' the values equal the organisers' script."""
    predictions, references = (side.tolist() for side in listener_like(seed, 300))
    expected = organisers_result([round(value, 2) for value in predictions], references)
    assert expected.pop("N") == 300
    assert all_metrics([round(value, 2) for value in predictions], references) == close(expected)


@pytest.mark.parametrize("function", CORRELATIONS)
@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([3.0], [4.0]),
        ([0.1] * 7, list(range(7))),
        (list(range(7)), [0.1] * 7),
        ([1e308] * 3, [5e-324] * 3),
    ],
)
def test_no_variance_is_nan(function, x, y):
    """A single pair, or a constant side of any size, gives nan."""
    assert math.isnan(function(x, y))


@pytest.mark.parametrize("function", CORRELATIONS)
def test_two_pairs_are_one_or_minus_one(function):
    """Two pairs give 1 or -1."""
    assert function([1.0, 2.0], [0.3, 0.4]) == close(1.0)
    assert function([1.0, 2.0], [0.4, 0.3]) == close(-1.0)


@pytest.mark.parametrize("offset", [0.0, 1e9, -1e9])
def test_large_offsets_lose_nothing(offset):
    """With 1e9 added to either side all three equal the exact computation."""
    rng = np.random.default_rng(3)
    x, y = (offset + grid(rng, 200)).tolist(), (rng.normal(size=200) * 1e-3 + offset).tolist()
    assert_equals_oracles(x, y)
    assert_equals_oracles(y, x)


@pytest.mark.parametrize("scale", [5e-324, 1e-310, 1e-170, 1e170, 1e300, 1e307])
def test_extreme_scales_lose_nothing(scale):
    """Whole multiples of a subnormal or a huge unit correlate as the exact computation says."""
    rng = np.random.default_rng(4)
    x, y = (rng.integers(-8, 9, 100) * scale).tolist(), rng.normal(size=100).tolist()
    assert_equals_oracles(x, y)
    assert_equals_oracles(x, x[::-1])


def test_offset_with_neighbouring_floats():
    """Values that differ from 1e9 only in the last bits are not tied and have variance."""
    step = np.spacing(1e9)
    x = (1e9 + step * np.array([0, 1, 2, 3, 1, 0])).tolist()
    assert_equals_oracles(x, [1.0, 2.0, 2.0, 4.0, 1.0, 3.0])


def test_equation_1_holds_without_ties_only():
    """SRCC equals the paper's equation (1) without ties, and differs from it with ties."""
    x, y = np.random.default_rng(5).normal(size=(2, 50)).tolist()
    assert srcc(x, y) == close(spearman_without_ties(x, y))
    tied_x, tied_y = [1.0, 1.0, 2.0, 3.0], [1.0, 2.0, 2.0, 1.0]
    assert abs(srcc(tied_x, tied_y) - spearman_without_ties(tied_x, tied_y)) > 0.1


@SMALL_CASES
@given(pairs_of(ANY_FLOAT | FEW_VALUES))
def test_symmetrical(pair):
    """Exchanging the sides changes no bit."""
    x, y = pair
    for function in CORRELATIONS:
        assert function(x, y) == pytest.approx(function(y, x), rel=0, abs=0, nan_ok=True)


@SMALL_CASES
@given(pairs_of(FEW_VALUES | st.floats(-100, 100)))
def test_antisymmetrical(pair):
    """Negating one side negates the coefficient."""
    x, y = pair
    for function in CORRELATIONS:
        assert function([-value for value in x], y) == close(-function(x, y))


@SMALL_CASES
@given(pairs_of(FEW_VALUES | st.floats(-100, 100)), st.randoms(use_true_random=False))
def test_order_of_pairs_does_not_matter(pair, random):
    """Shuffling the pairs leaves SRCC and KTAU the same to the last bit, and LCC to 1e-12."""
    rows = list(zip(*pair, strict=True))
    random.shuffle(rows)
    x, y = zip(*rows, strict=True)
    assert srcc(x, y) == pytest.approx(srcc(*pair), rel=0, abs=0, nan_ok=True)
    assert ktau(x, y) == pytest.approx(ktau(*pair), rel=0, abs=0, nan_ok=True)
    assert lcc(x, y) == close(lcc(*pair))


@SMALL_CASES
@given(pairs_of(st.integers(-20, 20)))
def test_monotone_maps_leave_rank_correlations(pair):
    """An increasing map of either side leaves SRCC and KTAU the same to the last bit."""
    x, y = pair
    risen = [value**3 + value for value in x]
    for function in (srcc, ktau):
        assert function(risen, y) == pytest.approx(function(x, y), rel=0, abs=0, nan_ok=True)


@SMALL_CASES
@given(st.lists(ANY_FLOAT | FEW_VALUES, min_size=2, max_size=30))
def test_full_agreement_is_one(values):
    """Any side with variance has correlation 1 with itself: exactly by rank, to 1e-12 for LCC."""
    assume(len(set(values)) > 1)
    assert srcc(values, values) == 1.0
    assert ktau(values, values) == 1.0
    assert lcc(values, values) == close(1.0)
    assert lcc(values, [-value for value in values]) == close(-1.0)


@SMALL_CASES
@given(pairs_of(ANY_FLOAT | FEW_VALUES, max_size=4))
def test_values_stay_in_the_range(pair):
    """Rounding never moves a coefficient out of [-1, 1]."""
    for function in CORRELATIONS:
        value = function(*pair)
        assert math.isnan(value) or -1.0 <= value <= 1.0


def test_a_million_pairs_equal_scipy():
    """A million pairs, whose comparisons exceed int32, equal scipy to 1e-12."""
    x, y = listener_like(12, 1_000_000)
    assert ktau(x, y) == close(scipy.stats.kendalltau(x, y).statistic)
    assert srcc(x, y) == close(scipy.stats.spearmanr(x, y).statistic)
    assert lcc(x, y) == close(scipy.stats.pearsonr(x, y).statistic)


def test_known_coefficients_where_sums_exceed_int64():
    """With n = 3.2 million, where the sum of squared ranks exceeds int64, closed forms hold."""
    n = 3_200_000
    rising = np.arange(n, dtype=np.float64)
    assert (n**3 - n) // 3 > 2**63
    turned = np.roll(
        rising, n // 2
    )  # each rank is off by n/2, and each half is inverted against the other
    assert srcc(rising, turned) == close(1 - 6 * n * (n / 2) ** 2 / (n * (n**2 - 1)))
    assert ktau(rising, turned) == close(-1 / (n - 1))
    assert srcc(rising, rising[::-1]) == -1.0
    assert ktau(rising, rising[::-1]) == -1.0


@pytest.mark.long
@pytest.mark.parametrize("ties", [True, False])
def test_ten_million_pairs_equal_scipy(ties):
    """Ten million pairs, with and without ties, equal scipy to 1e-12."""
    x, y = listener_like(13, 10_000_000)
    y = y if ties else y + np.random.default_rng(14).normal(size=y.size)
    assert ktau(x, y) == close(scipy.stats.kendalltau(x, y).statistic)
    assert srcc(x, y) == close(scipy.stats.spearmanr(x, y).statistic)
    assert lcc(x, y) == close(scipy.stats.pearsonr(x, y).statistic)
