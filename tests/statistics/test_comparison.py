"""Williams, Holm, the paired bootstrap, and tables of comparisons."""

import math

import numpy as np
import pytest

from xacle_eval.metrics import DEFAULT_METRICS
from xacle_eval.statistics import (
    adjusted_p,
    bootstrap_metrics,
    bootstrap_p,
    bootstrap_p_matrices,
    compare_systems,
    equivalence_p,
    holm,
    permutation_tests,
    smallest_p,
    smallest_significant,
    williams_test,
)


def test_williams_equals_published_numbers() -> None:
    """Williams' t equals what depcor publishes for its example.

    depcor (Silver, Hittner & May 2006, Appl. Psychol. Meas. 30, 152-153), also in the tests of the
    R package cocor: r = .3, .4, .5, n = 100 gives t = -1.0767, p = 0.2843.
    """
    depcor = williams_test(0.3, 0.4, 0.5, 100)
    assert (round(depcor.t, 4), round(depcor.p, 4)) == (-1.0767, 0.2843)
    assert depcor.p_first == pytest.approx(1 - depcor.p / 2)
    assert depcor.standard_error == pytest.approx(-0.1 / depcor.t)


def test_williams_at_its_limits() -> None:
    """The same system has p = 1 on both sides; with fewer than four pairs or nan, p is nan."""
    same = williams_test(0.5, 0.5, 1.0, 50)
    assert (same.t, same.p, same.p_first) == (0.0, 1.0, 1.0)
    assert math.isnan(williams_test(0.5, 0.4, 0.3, 3).p)
    assert math.isnan(williams_test(math.nan, 0.4, 0.3, 30).p)


def test_holm_equals_statsmodels() -> None:
    """Adjusted p equal those of statsmodels on random families; nan are not members."""
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    rng = np.random.default_rng(0)
    for size in (1, 2, 30):
        p = np.round(rng.random(size) ** 3, 3)
        np.testing.assert_allclose(
            holm(p), multitest.multipletests(p, method="holm")[1], rtol=1e-14
        )
    np.testing.assert_array_equal(holm([0.01, np.nan, 0.04]), [0.02, np.nan, 0.04])


def test_holm_by_hand() -> None:
    """Sorted p are multiplied by 4, 3, 2, 1, never decrease, and are at most 1."""
    np.testing.assert_allclose(holm([0.03, 0.01, 0.5, 0.04]), [0.09, 0.04, 0.5, 0.09])
    assert holm([0.6, 0.7]).tolist() == [1.0, 1.0]


def test_bootstrap_p_counts_both_sides() -> None:
    """p is 2 (1 + min(#<=0, #>=0)) / (R + 1), at most 1; ties and nan count on both sides."""
    assert bootstrap_p(np.ones(99)) == 2 / 100
    assert bootstrap_p(np.r_[np.ones(95), -np.ones(4)]) == 2 * 5 / 100
    assert bootstrap_p(np.zeros(99)) == 1.0
    assert bootstrap_p(np.r_[np.ones(97), 0.0, np.nan]) == 2 * 3 / 100


def three_systems(n: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """Return a good system, a noisy copy of it, and a poor one, with references."""
    rng = np.random.default_rng(8)
    references = np.round(rng.normal(size=n) * 8) / 8
    good = references + rng.normal(size=n)
    return np.stack([good, good + 0.1 * rng.normal(size=n), rng.normal(size=n)]), references


def test_a_table_of_comparisons() -> None:
    """Each system pair and metric has its difference, interval, error and tests; Holm uses all."""
    predictions, references = three_systems()
    sample = bootstrap_metrics(predictions, references, resamples=400, systems=["a", "b", "c"])
    tests = permutation_tests(predictions, references, draws=299)
    table = compare_systems(predictions, references, sample, tests)
    assert [(c.first, c.second, c.metric) for c in table.comparisons[::4]] == [
        ("a", "b", "SRCC"),
        ("a", "c", "SRCC"),
        ("b", "c", "SRCC"),
    ]
    far = table.comparisons[4]
    drawn = sample.of("SRCC")[0] - sample.of("SRCC")[2]
    assert far.difference == sample.observed[0, 0] - sample.observed[2, 0]
    assert (far.low, far.high) == tuple(np.quantile(drawn, [0.025, 0.975]))
    assert far.standard_error == pytest.approx(drawn.std(ddof=1))
    assert far.smallest_significant == pytest.approx(1.959964 * far.standard_error)
    assert (far.p_permutation, far.p_first, far.p_second) == (1 / 300, 1 / 300, 1.0)
    assert far.p_bootstrap == 2 / 401
    assert far.p_williams < 1e-6
    assert far.adjusted_bootstrap == pytest.approx(
        holm([c.p_bootstrap for c in table.comparisons])[4]
    )
    assert table.comparisons[0].p_permutation > 0.05
    assert far.adjusted == 1 / 401
    assert (far.least, far.swapped) == (1 / 401, "ranks")
    assert math.isnan(far.p_equivalent)
    assert table.to_frame().shape == (12, 25)


def test_the_p_of_verdicts() -> None:
    """Max-T has one family for each metric, Holm one for all; neither is below what pairs allow."""
    predictions, references = three_systems()
    close = predictions[0].copy()
    close[:3] += 5.0
    data = np.vstack([predictions, close])
    sample = bootstrap_metrics(data, references, resamples=400)
    tests = permutation_tests(data, references, draws=299)
    everyone = list(tests.system_pairs)
    by_max_t = compare_systems(data, references, sample, tests, margins={"SRCC": 0.5})
    by_holm = compare_systems(data, references, sample, tests, correction="holm")
    of_mse = [c for c in by_max_t.comparisons if c.metric == "MSE"]
    observed = sample.observed[:, sample.metrics.index("MSE")]
    plain = adjusted_p(sample.of("MSE"), observed, everyone)
    least = [max(p, 1 / 401) for p in smallest_p(data, everyone)]
    assert [c.adjusted for c in of_mse] == np.maximum(plain, least).tolist()
    assert of_mse[everyone.index((0, 3))].adjusted >= 2 / 2**3
    decisive = [
        c.p_bootstrap if math.isnan(c.p_permutation) else c.p_permutation
        for c in by_holm.comparisons
    ]
    assert [c.adjusted for c in by_holm.comparisons] == holm(decisive).tolist()
    permuted = [c.p_permutation for c in by_max_t.comparisons]
    assert [c.adjusted_permutation for c in by_max_t.comparisons] == holm(permuted).tolist()
    equivalent = [c.p_equivalent for c in by_max_t.comparisons if c.metric == "SRCC"]
    column = sample.observed[:, sample.metrics.index("SRCC")]
    assert equivalent == equivalence_p(sample.of("SRCC"), column, everyone, 0.5).tolist()
    assert all(math.isnan(c.p_equivalent) for c in of_mse)
    alone = compare_systems(data, references, sample, system_pairs=[(0, 1)])
    assert {c.swapped for c in alone.comparisons} == {""}


def test_matrices_of_p_for_clusters() -> None:
    """The matrices hold p of every system pair in both directions, for both tests."""
    predictions, references = three_systems()
    data = np.vstack([predictions, predictions[:1], np.zeros((1, references.size))])
    sample = bootstrap_metrics(data, references, resamples=199)
    for metric, sign in (("SRCC", 1), ("MSE", -1)):
        better, two_sided = bootstrap_p_matrices(sample, metric)
        gains = sign * (sample.of(metric)[1] - sample.of(metric)[2])
        assert better[1, 2] == (1 + np.sum(gains <= 0)) / 200
        assert better[2, 1] == (1 + np.sum(gains >= 0)) / 200
        assert two_sided[1, 2] == two_sided[2, 1] == bootstrap_p(gains)
        assert better[0, 3] == better[3, 0] == two_sided[0, 3] == 1.0
        assert np.diag(better).tolist() == [1.0] * 5
        assert np.isnan(better[0, 4]) == (metric == "SRCC")
    counts = permutation_tests(predictions, references, draws=99, system_pairs=[(2, 0), (0, 1)])
    better, two_sided = counts.matrices("SRCC")
    p = counts.p_values()
    assert (better[2, 0], better[0, 2], two_sided[0, 2]) == tuple(
        p[key][0, 0] for key in ("first", "second", "two_sided")
    )
    assert np.isnan(better[1, 2])


def test_mse_is_better_when_lower() -> None:
    """For MSE the first system is better if its value is lower, and p_first is small."""
    predictions, references = three_systems()
    sample = bootstrap_metrics(predictions, references, resamples=50, metrics=("MSE",))
    tests = permutation_tests(predictions, references, draws=99, metrics=("MSE",))
    good_poor = compare_systems(
        predictions, references, sample, tests, system_pairs=[(0, 2)]
    ).comparisons[0]
    assert good_poor.difference < 0
    assert (good_poor.p_first, good_poor.p_second) == (0.01, 1.0)


@pytest.mark.parametrize(
    ("metric", "change"),
    [
        ("SRCC", np.exp),
        ("KTAU", np.exp),
        ("LCC", lambda x: 3 * x + 7),
        ("MSE", lambda x: x),
    ],
)
def test_identical_systems_have_p_one_in_every_test(metric: str, change: object) -> None:
    """Systems that are equal to the metric are identical and have p = 1 in every test."""
    predictions, references = three_systems()
    pair = np.stack([predictions[0], change(predictions[0])])  # type: ignore[operator]
    sample = bootstrap_metrics(pair, references, resamples=99, metrics=(metric,))
    tests = permutation_tests(pair, references, draws=99, metrics=(metric,))
    found = compare_systems(pair, references, sample, tests).comparisons[0]
    assert found.identical
    assert {found.p_permutation, found.p_first, found.p_second, found.p_bootstrap} == {1.0}
    assert found.p_williams == 1.0 or metric in ("KTAU", "MSE")


def test_errors_of_opposite_sign_are_identical_to_mse_alone() -> None:
    """Two systems with equal squared errors are identical by MSE and differ by SRCC."""
    references = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    error = np.array([0.5, -1.0, 2.0, 0.25, -0.5, 1.0])
    pair = np.stack([references + error, references - error])
    sample = bootstrap_metrics(pair, references, resamples=99)
    by_metric = {c.metric: c for c in compare_systems(pair, references, sample).comparisons}
    assert by_metric["MSE"].identical
    assert by_metric["MSE"].p_bootstrap == 1.0
    assert not by_metric["SRCC"].identical


def test_an_undefined_metric_has_no_p() -> None:
    """Against a constant system, p of correlations are nan and not members of Holm's family."""
    predictions, references = three_systems()
    pair = np.stack([predictions[0], np.zeros(references.size)])
    sample = bootstrap_metrics(pair, references, resamples=49)
    tests = permutation_tests(pair, references, draws=49)
    table = compare_systems(pair, references, sample, tests).comparisons
    assert all(math.isnan(c.p_permutation) and math.isnan(c.p_bootstrap) for c in table[:3])
    assert table[3].adjusted_bootstrap == table[3].p_bootstrap


def test_the_smallest_significant_difference_at_3000_pairs() -> None:
    """For SRCC 0.64 and predictions that correlate by 0.95 or 0.80, the SE is 0.004 or 0.009."""
    errors = [williams_test(0.638, 0.632, r, 3000).standard_error for r in (0.95, 0.80)]
    assert [round(error, 3) for error in errors] == [0.004, 0.009]
    assert smallest_significant(errors[0]) > 0.006


@pytest.mark.long
def test_tests_keep_their_level() -> None:
    """In 400 data sets with equal systems, every two-sided test rejects 2 to 9 % at alpha 0.05."""
    from benchmarks.simulation import type_one_errors

    for row in type_one_errors(300, 400, 299, seed=2):
        if row[0] == "equal":
            shares = [float(cell) for cell in row[-len(DEFAULT_METRICS) :] if cell != "–"]
            assert all(2.0 <= share <= 9.0 for share in shares), row
