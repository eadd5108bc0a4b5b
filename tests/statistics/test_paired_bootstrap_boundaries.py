"""The matrices of the paired bootstrap's p: direction, tolerance and undefined systems."""

import numpy as np
import pytest

from xacle_eval.statistics import BootstrapSample, bootstrap_p_matrices


def matrices(metric, rows, observed):
    """Return both matrices for systems with these values in each resample."""
    values = np.array(rows, dtype=float)
    names = tuple(str(system) for system in range(len(rows)))
    sample = BootstrapSample(
        names,
        (metric, "KTAU"),
        np.stack([np.array(observed, dtype=float), np.full(len(rows), 0.5)], axis=1),
        np.stack([values, np.zeros_like(values)], axis=2),
        "pairs",
        30,
        0,
    )
    return bootstrap_p_matrices(sample, metric)


@pytest.mark.parametrize(("metric", "winner"), [("SRCC", 1), ("LCC", 1), ("MSE", 0)])
def test_the_better_system_has_the_small_p(metric, winner):
    """Of 0.5 and 0.6 in all 39 resamples, the better one by the metric has p = 1/40."""
    better, two_sided = matrices(metric, [[0.5] * 39, [0.6] * 39], [0.5, 0.6])
    expected = np.ones((2, 2))
    expected[winner, 1 - winner] = 1 / 40
    assert better.tolist() == expected.tolist()
    assert two_sided.tolist() == [[1.0, 2 / 40], [2 / 40, 1.0]]


@pytest.mark.parametrize(("metric", "winner"), [("SRCC", 0), ("MSE", 1)])
def test_gains_up_to_the_tolerance_are_none(metric, winner):
    """For values of 1/2, a gain of 0.9e-12 is no difference and one of 1.1e-12 is."""
    for gap, differ in ((0.9e-12, False), (1.1e-12, True)):
        better, two_sided = matrices(metric, [[0.5 + gap] * 39, [0.5] * 39], [0.5, 0.5])
        assert better[winner, 1 - winner] == (1 / 40 if differ else 1.0)
        assert better[1 - winner, winner] == 1.0
        assert two_sided[0, 1] == two_sided[1, 0] == (2 / 40 if differ else 1.0)


def test_the_tolerance_of_an_error_grows_with_both_errors():
    """For MSE the tolerance is 1e-12 of the sum of both: 1e-9 for errors of 300 and 700."""
    for gap, differ in ((0.9e-9, False), (1.1e-9, True)):
        rows = [[1.0] * 39, [1.0 + gap] * 39]
        better, two_sided = matrices("MSE", rows, [300.0, 700.0])
        assert better[0, 1] == (1 / 40 if differ else 1.0)
        assert two_sided[0, 1] == two_sided[1, 0] == (2 / 40 if differ else 1.0)


def test_the_tolerance_of_a_correlation_is_fixed():
    """For SRCC the tolerance is 1e-12 for small correlations as well."""
    rows = [[0.002] * 39, [0.002 - 0.9e-12] * 39]
    assert matrices("SRCC", rows, [0.002, 0.002])[0].tolist() == [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize("metric", ["SRCC", "MSE"])
def test_an_undefined_system_has_no_p(metric):
    """All p of a system that is undefined on the observed data are nan, except the diagonal."""
    rows = [[0.5] * 9, [0.5] * 9, [0.7] * 9]
    for matrix in matrices(metric, rows, [0.5, np.nan, 0.7]):
        assert np.diag(matrix).tolist() == [1.0, 1.0, 1.0]
        assert np.isnan(matrix).tolist() == [
            [False, True, False], [True, False, True], [False, True, False],
        ]  # fmt: skip


def test_infinite_errors_are_defined():
    """A system whose observed error is infinite has p, against itself and others."""
    rows = [[1.0] * 39, [2.0] * 39]
    with np.errstate(invalid="ignore"):
        better, two_sided = matrices("MSE", rows, [np.inf, np.inf])
    assert not np.isnan(better).any()
    assert not np.isnan(two_sided).any()
