"""Every bundled metric: its value against a slow oracle, its fast forms against the slow path."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.oracles import (
    exact_ccc,
    exact_mae,
    exact_mse,
    exact_pearson,
    naive_accuracy,
    naive_calibrated_accuracy,
    naive_spearman,
    naive_tau_b,
)
from xacle_eval import metrics
from xacle_eval.metrics import DEFAULT_METRICS, METRICS, PreparedReferences, all_metrics
from xacle_eval.metrics.metric import FastForms
from xacle_eval.statistics.jackknife import LeftOut
from xacle_eval.statistics.kernels import PreparedSystem, ReferenceBlock, kernels_of
from xacle_eval.statistics.permutation import SystemPair, permutation_task
from xacle_eval.statistics.resampled import Resampled
from xacle_eval.statistics.resampling import PairWeights, Swaps

ORACLES = {
    "SRCC": naive_spearman,
    "LCC": exact_pearson,
    "KTAU": naive_tau_b,
    "MSE": exact_mse,
    "RMSE": lambda x, y: math.sqrt(exact_mse(x, y)),
    "MAE": exact_mae,
    "CCC": exact_ccc,
    "ACC_EQ": naive_accuracy,
    "ACC_EQ_TIES": naive_calibrated_accuracy,
}
BUNDLED = sorted(METRICS[name].name for name in ORACLES)
close = pytest.approx


def data(seed, n=40):
    """Return predictions and references with ties, on the scale of the references."""
    rng = np.random.default_rng(seed)
    references = rng.integers(0, 25, n) / 4
    predictions = np.round(0.6 * references + rng.normal(1.5, 1.2, n), 1)
    return predictions, references


def slow(metric):
    """Return a metric without fast forms."""
    return replace(metric, fast=FastForms())


def test_every_file_is_a_metric():
    """The names of the files are the names of the metrics, and every metric has an oracle."""
    files = Path(metrics.__file__).parent.joinpath("bundled").glob("*.py")
    assert {path.stem.upper() for path in files if path.stem != "__init__"} == set(ORACLES)
    for name in ORACLES:
        assert METRICS[name].name == name
        assert METRICS[name].title != name
    assert DEFAULT_METRICS == ("SRCC", "LCC", "KTAU", "MSE")


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("seed", range(3))
def test_the_value_is_that_of_the_oracle(name, seed):
    """On data with ties, and without, a metric equals its definition."""
    x, y = data(seed)
    for predictions, references in ((x, y), (x + np.linspace(0, 1e-3, x.size), y), (1000 * x, y)):
        expected = ORACLES[name](predictions.tolist(), references.tolist())
        assert METRICS[name].function(predictions, references) == close(expected, rel=1e-12)


@pytest.mark.parametrize("name", BUNDLED)
def test_a_metric_of_prepared_values_has_the_same_bits(name):
    """`all_metrics` returns what the function of the metric returns."""
    x, y = data(7)
    assert all_metrics(x, y, [name]) == {name: METRICS[name].function(x, y)}
    assert type(all_metrics(x, y, [name])[name]) is float


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("kernels", ["numpy", "numba"])
def test_fast_resamples_are_those_of_repeated_data(name, kernels):
    """In resamples of pairs and of parts, both ways give the same values."""
    if kernels == "numba":
        pytest.importorskip("numba")
    x, y = data(1)
    module = kernels_of(kernels)
    system = PreparedSystem.of(x, y)
    for parts in (None, np.arange(x.size) // 3):
        weights = PairWeights(x.size, 12, 3, parts).block(0)
        block = ReferenceBlock.plain(PreparedReferences.of(y), weights, module)
        resampled = Resampled(system, block, module, 12)
        fast = resampled.of(METRICS[name])[:12]
        assert fast == close(resampled.of(slow(METRICS[name]))[:12], rel=1e-12, abs=1e-12)
        assert np.isfinite(fast).all()


@pytest.mark.parametrize("name", BUNDLED)
def test_fast_jackknife_is_that_of_dropped_pairs(name):
    """Without each pair in turn, both ways give the same values."""
    for x, y in (data(2), data(3, 3), data(4, 2)):
        rest = LeftOut(x, y)
        expected = rest.of(slow(METRICS[name]))
        assert rest.of(METRICS[name]) == close(expected, rel=1e-12, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("standardise", ["ranks", "zscore"])
@pytest.mark.parametrize("kernels", ["numpy", "numba"])
def test_fast_permutations_are_those_of_swapped_data(name, standardise, kernels):
    """After swaps of two systems, both ways give the same differences."""
    if kernels == "numba":
        pytest.importorskip("numba")
    x, y = data(1)
    other = np.round(y + np.random.default_rng(9).normal(0, 2, y.size), 1)
    task = permutation_task([x, other], y, [name], 10, 0, standardise, kernels)
    swaps = np.ascontiguousarray(Swaps(y.size, 10, 0).block(0).T)
    pair = SystemPair(task, (0, 1))
    fast = pair._difference(METRICS[name], swaps, kernels_of(kernels), 10)
    expected = pair._difference(slow(METRICS[name]), swaps, kernels_of(kernels), 10)
    assert fast == close(expected, rel=1e-12, abs=1e-12)
    assert len(set(fast.tolist())) > 1


@pytest.mark.parametrize("name", BUNDLED)
def test_constant_predictions(name):
    """Without variance a metric is nan if it says so, and has a value in its range if not."""
    metric, references = METRICS[name], [1.0, 2.0, 2.0, 5.0]
    value = metric.function([3.0] * 4, references)
    assert math.isnan(value) == metric.needs_variance
    low, high = metric.range
    assert metric.needs_variance or low <= value <= high
    alone = metric.function([3.0], [4.0])
    assert math.isnan(alone) == (metric.needs_variance or metric.minimum_pairs > 1)


@pytest.mark.parametrize("name", BUNDLED)
def test_equal_sides_have_the_best_value(name):
    """A system that predicts the references has the best end of the range."""
    metric = METRICS[name]
    values = [1.0, 2.5, 2.5, 4.0, 7.0]
    assert metric.function(values, values) == metric.range[1 if metric.higher_is_better else 0]


@pytest.mark.parametrize("name", BUNDLED)
def test_the_invariance_of_a_metric(name):
    """A metric is invariant to what it claims, and to no more."""
    metric = METRICS[name]
    x, y = data(11)
    x = x + np.random.default_rng(11).normal(0, 0.02, x.size)  # a threshold above 0 is best
    value = metric.function(x, y)
    for kind, other in (("linear", 4.0 * x + 8.0), ("monotone", np.exp(x))):
        same = metric.function(other, y) == close(value, rel=1e-12)
        claimed = metric.invariance in ("monotone", kind)
        assert same == claimed


def test_tie_calibration_never_lowers_the_accuracy():
    """With a threshold of 0 the calibrated accuracy is the plain one, so it is never below it."""
    for seed in range(20):
        x, y = data(seed, 12)
        values = all_metrics(x, y, ["ACC_EQ", "ACC_EQ_TIES"])
        assert values["ACC_EQ"] <= values["ACC_EQ_TIES"] <= 1.0


def test_the_calibrated_accuracy_of_many_pairs_is_computed_in_parts(monkeypatch):
    """The size of the parts that are in memory together does not change the value."""
    from xacle_eval.metrics.bundled import acc_eq_ties as module

    x, y = data(11, 60)
    expected = module.acc_eq_ties(x, y)
    monkeypatch.setattr(module, "_AT_A_TIME", 7)
    assert module.acc_eq_ties(x, y) == expected


def test_the_concordance_of_large_offsets_is_exact():
    """A large offset of both sides costs no accuracy, and huge values do not overflow."""
    x, y = data(12)
    expected = exact_ccc((x + 1e8).tolist(), (y + 1e8).tolist())
    assert METRICS["CCC"].function(x + 1e8, y + 1e8) == close(expected, rel=1e-9)
    assert METRICS["CCC"].function(x * 1e200, y * 1e200) == close(METRICS["CCC"].function(x, y))
