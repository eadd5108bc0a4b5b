"""The weighted kernels, compared with scipy on repeated data."""

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from xacle_eval.errors import UsageError
from xacle_eval.metrics import MetricInputError, all_metrics
from xacle_eval.statistics import backend, bootstrap_metrics, kernels_numpy, weighted_metrics
from xacle_eval.statistics import kernels as kernels_module
from xacle_eval.statistics.kernels import kernels_of
from xacle_eval.statistics.resampling import narrow_counts

BACKENDS = ["numba", "numpy"]


@pytest.fixture(params=BACKENDS)
def kernels(request: pytest.FixtureRequest) -> str:
    """Each of the two kernels; the compiled one if numba is installed."""
    if request.param == "numba":
        pytest.importorskip("numba")
    return str(request.param)


def random_weights(n: int, resamples: int, seed: int) -> np.ndarray:
    """Return multinomial weights from numpy's own function."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)


def repeated(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return SRCC, LCC, KTAU, MSE of the repeated data by scipy, one row per row of weights."""
    rows = []
    for row in weights:
        a, b = np.repeat(x, row), np.repeat(y, row)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", stats.ConstantInputWarning)
            found = [float(f(a, b)[0]) for f in (stats.spearmanr, stats.pearsonr, stats.kendalltau)]
        rows.append([*found, float(((a - b) ** 2).mean())])
    return np.array(rows)


@pytest.mark.parametrize(
    ("n", "resamples", "grid", "decimals"),
    [(3, 200, 1, 0), (40, 70, 1, 1), (300, 65, 8, 2), (300, 10, 8, 9)],
)
def test_kernels_equal_scipy_on_repeated_data(
    kernels: str, n: int, resamples: int, grid: int, decimals: int
) -> None:
    """Every metric with random weights equals scipy's on numpy.repeat to 1e-12, also if nan."""
    rng = np.random.default_rng(n)
    y = np.round(grid * rng.normal(size=n) * 2) / grid
    x = np.round(y + 2 * rng.normal(size=n), decimals)
    weights = random_weights(n, resamples, 1)
    found = weighted_metrics(x, y, weights, kernels=kernels)
    np.testing.assert_allclose(found, repeated(x, y, weights), rtol=1e-12, atol=1e-12)


def test_weights_of_one_give_the_metrics_themselves(kernels: str) -> None:
    """With equal weights, SRCC and KTAU have the bits of the metric functions; the others 1e-14."""
    rng = np.random.default_rng(0)
    y = np.round(rng.normal(size=500), 1)
    x = np.round(y + rng.normal(size=500), 1)
    found = weighted_metrics(x, y, np.ones((1, 500), np.int64), kernels=kernels)[0]
    expected = list(all_metrics(x, y).values())
    assert found[0] == expected[0]
    assert found[2] == expected[2]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_offsets_outliers_and_scales_do_no_harm(kernels: str) -> None:
    """Large offsets, huge or tiny units and outliers that some resamples miss keep LCC accurate."""
    rng = np.random.default_rng(3)
    y = rng.normal(size=50)
    x = y + rng.normal(size=50)
    weights = random_weights(50, 20, 5)
    expected = repeated(x, y, weights)[:, 1]
    for changed in (x + 1e6, x * 1e200, x * 1e-200):
        found = weighted_metrics(changed, y, weights, metrics=("LCC",), kernels=kernels)[:, 0]
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    x[0] = 1e9
    without = weights[:, 0] == 0
    found = weighted_metrics(x, y, weights, metrics=("LCC",), kernels=kernels)[without, 0]
    np.testing.assert_allclose(found, expected[without], rtol=1e-6)


def test_both_kernels_give_the_same_bytes() -> None:
    """Compiled and numpy kernels return identical bytes, also for a single resample."""
    pytest.importorskip("numba")
    rng = np.random.default_rng(7)
    y = np.round(rng.normal(size=400) * 8) / 8
    x = y + rng.normal(size=400)
    for resamples in (1, 5, 130):
        weights = random_weights(400, resamples, resamples)
        compiled, plain = (weighted_metrics(x, y, weights, kernels=name) for name in BACKENDS)
        assert compiled.tobytes() == plain.tobytes()


def test_a_resample_without_variance_is_nan_and_its_mse_is_not(kernels: str) -> None:
    """If only one pair is drawn, correlations are nan and MSE is that pair's squared error."""
    weights = np.array([[3, 0, 0], [1, 1, 1], [0, 1, 2]])
    found = weighted_metrics([1.0, 2.0, 4.0], [2.0, 5.0, 5.0], weights, kernels=kernels)
    assert np.isnan(found[[0, 2], :3]).all()
    np.testing.assert_array_equal(found[:, 3], [1.0, 11 / 3, 11 / 3])


def test_metrics_come_in_the_order_that_is_asked_for(kernels: str) -> None:
    """A selection of metrics gives the same columns as all metrics."""
    y, x = np.arange(20.0), np.random.default_rng(1).normal(size=20)
    weights = random_weights(20, 4, 2)
    every = weighted_metrics(x, y, weights, kernels=kernels)
    chosen = weighted_metrics(x, y, weights, metrics=("MSE", "KTAU"), kernels=kernels)
    np.testing.assert_array_equal(chosen, every[:, [3, 2]])


def test_the_backend_is_chosen_by_argument_then_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """XACLE_EVAL_KERNELS selects the kernels, an argument overrides it; others are errors."""
    monkeypatch.setenv("XACLE_EVAL_KERNELS", "numpy")
    assert backend() == "numpy"
    monkeypatch.setenv("XACLE_EVAL_KERNELS", "cuda")
    assert backend("numpy") == "numpy"
    with pytest.raises(UsageError, match="XACLE_EVAL_KERNELS"):
        backend()


def test_without_numba_the_numpy_kernels_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without numba, numpy is the default, and choosing numba is an error with the pip line."""
    monkeypatch.delenv("XACLE_EVAL_KERNELS", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert backend() == "numpy"
    with pytest.raises(UsageError, match="pip install numba"):
        backend("numba")


@pytest.fixture
def broken_numba(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """Return a function that installs a numba whose import runs a statement."""

    def install(statement: str) -> None:
        (tmp_path / "numba").mkdir()
        (tmp_path / "numba/__init__.py").write_text(statement + "\n")
        monkeypatch.syspath_prepend(tmp_path)

    monkeypatch.delenv("XACLE_EVAL_KERNELS", raising=False)
    for name in ("numba", "xacle_eval.statistics.kernels_numba"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    caches = kernels_module._why_numba_fails, kernels_module._warn_of_numba
    for cached in caches:
        cached.cache_clear()
    yield install
    for name in ("numba", "xacle_eval.statistics.kernels_numba"):
        sys.modules.pop(name, None)
    for cached in caches:
        cached.cache_clear()


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("raise ImportError('Numba needs NumPy 2.2 or less')", "ImportError: Numba needs NumPy"),
        ("raise SystemError('version conflict')", "SystemError: version conflict"),
        ("import numpy; numpy.no_such_name", "AttributeError: module 'numpy' has no attribute"),
        (
            "njit = None; raise OSError('a.so: no such file\\nmore')",
            r"OSError: a.so: no such file\)",
        ),
        ("pass", "ImportError: cannot import name 'config'"),
    ],
)
def test_a_numba_that_cannot_be_imported_is_replaced_once_with_a_warning(
    broken_numba: Callable[[str], None], statement: str, reason: str
) -> None:
    """Whatever numba's import raises, numpy runs with one warning; asking for numba is an error."""
    broken_numba(statement)
    with pytest.raises(UsageError, match=reason):
        backend("numba")
    with pytest.warns(RuntimeWarning, match=reason) as warned:
        sample = bootstrap_metrics([1.0, 2.0, 4.0], [1.0, 3.0, 2.0], resamples=4)
    assert len(warned) == 1
    assert "XACLE_EVAL_KERNELS=numpy" in str(warned[0].message)
    assert backend() == "numpy"
    assert kernels_of() is kernels_numpy
    plain = bootstrap_metrics([1.0, 2.0, 4.0], [1.0, 3.0, 2.0], resamples=4, kernels="numpy")
    assert sample.values.tobytes() == plain.values.tobytes()


def test_worker_processes_do_not_repeat_the_warning(
    broken_numba: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that has a parent uses numpy without a warning; the parent gives it."""
    broken_numba("raise ImportError('version conflict')")
    monkeypatch.setattr("multiprocessing.parent_process", object)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert backend() == "numpy"


def test_the_numpy_kernels_need_no_numba(
    broken_numba: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the numpy kernels chosen, numba is not imported, so a broken one gives no warning."""
    broken_numba("raise ImportError('not needed')")
    monkeypatch.setenv("XACLE_EVAL_KERNELS", "numpy")
    assert backend() == "numpy"
    assert "numba" not in sys.modules


@pytest.mark.parametrize("weights", [[[1, 1]], [[1, 1, 2]], [[-1, 2, 2]], [[1.0, 1.0, 1.0]]])
def test_weights_that_cannot_be_meant_are_refused(weights: list[list[float]]) -> None:
    """Weights with an invalid shape, sum, sign or type are errors."""
    with pytest.raises(MetricInputError, match="weights"):
        weighted_metrics([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], weights)


def test_counts_grow_into_the_type_that_holds_them() -> None:
    """Counts are uint8 if they fit, else uint16, else uint32; no count overflows."""
    for largest, name in ((255, "uint8"), (256, "uint16"), (65_536, "uint32")):
        counts = narrow_counts(np.array([[0, largest]]))
        assert (counts.dtype.name, int(counts.max())) == (name, largest)


@pytest.mark.long
def test_a_weight_above_255_counts_in_full(kernels: str) -> None:
    """A pair that is drawn 300 times has the weight 300."""
    x, y = np.arange(302.0), np.arange(302.0) ** 2 % 7
    weights = np.zeros((1, 302), np.int64)
    weights[0, [3, 5, 8]] = [300, 1, 1]
    found = weighted_metrics(x, y, weights, kernels=kernels)
    np.testing.assert_allclose(found, repeated(x, y, weights), rtol=1e-12)


@pytest.mark.long
@pytest.mark.parametrize("n", [50_000, 70_000, 300_000])
def test_many_pairs_are_as_exact_as_few(n: int) -> None:
    """With wide sums and narrow tiles the metrics are those of the repeated data."""
    pytest.importorskip("numba")
    rng = np.random.default_rng(n)
    y = np.round(rng.normal(size=n) * 8) / 8
    x = y + rng.normal(size=n)
    weights = random_weights(n, 3, 0)
    found = weighted_metrics(x, y, weights, kernels="numba")
    for row, counts in zip(found, weights, strict=True):
        expected = list(all_metrics(np.repeat(x, counts), np.repeat(y, counts)).values())
        np.testing.assert_allclose(row, expected, rtol=1e-12)
        assert row[2] == expected[2]
