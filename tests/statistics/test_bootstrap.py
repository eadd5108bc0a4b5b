"""The bootstrap: values, workers, listeners."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xacle_eval.errors import UsageError, WorkersError
from xacle_eval.metrics import DEFAULT_METRICS, MetricInputError, all_metrics
from xacle_eval.statistics import (
    ListenerPanels,
    PairWeights,
    ProcessWorkers,
    SerialWorkers,
    bootstrap_metrics,
    intervals,
    open_workers,
)
from xacle_eval.statistics.bootstrap import prediction_rows


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    """Return predictions of three systems and references of 80 pairs."""
    rng = np.random.default_rng(0)
    quality = rng.normal(size=80)
    references = np.round(8 * (5 + 2 * quality + rng.normal(size=80))) / 8
    return np.round(5 + quality + rng.normal(size=(3, 80)), 2), references


def test_values_are_the_metrics_of_the_resampled_pairs(data: tuple[np.ndarray, np.ndarray]) -> None:
    """In each resample every system has the metrics of the pairs drawn by the shared weights."""
    predictions, references = data
    sample = bootstrap_metrics(predictions, references, resamples=300, seed=0)
    plan = PairWeights(80, 300, 0)
    for resample in (0, 255, 256, 299):
        drawn = np.repeat(np.arange(80), plan.block(resample // 256)[resample % 256])
        for system in range(3):
            expected = list(all_metrics(predictions[system, drawn], references[drawn]).values())
            np.testing.assert_allclose(sample.values[system, resample], expected, rtol=1e-12)
    np.testing.assert_array_equal(
        sample.observed[1], list(all_metrics(predictions[1], references).values())
    )


@pytest.mark.long
def test_workers_kernels_and_more_resamples_change_no_byte(
    data: tuple[np.ndarray, np.ndarray],
) -> None:
    """Two processes and the numpy kernels give the same bytes; fewer resamples are the first."""
    predictions, references = data
    one = bootstrap_metrics(predictions, references, resamples=600)
    two = bootstrap_metrics(predictions, references, resamples=600, jobs=2)
    plain = bootstrap_metrics(predictions, references, resamples=600, kernels="numpy")
    fewer = bootstrap_metrics(predictions, references, resamples=100)
    assert one.values.tobytes() == two.values.tobytes() == plain.values.tobytes()
    assert one.values[:, :100].tobytes() == fewer.values.tobytes()


def test_seed_zero_is_a_seed(data: tuple[np.ndarray, np.ndarray]) -> None:
    """Seed 0 gives the same values twice, and other values than seed 1."""
    zero, again, other = (
        bootstrap_metrics(*data, resamples=20, seed=s).values.tobytes() for s in (0, 0, 1)
    )
    assert zero == again
    assert zero != other


def test_undefined_resamples_are_counted() -> None:
    """With two pairs, half of the resamples have no variance; they are nan and counted."""
    sample = bootstrap_metrics([1.0, 2.0], [1.0, 3.0], resamples=2000)
    undefined = sample.undefined[0]
    assert undefined[0] == undefined[1] == undefined[2] == np.isnan(sample.values[0, :, 0]).sum()
    assert 900 < undefined[0] < 1100
    row = intervals(sample).rows[0]
    # A correlation of 1 in every resample says nothing about its error.
    assert np.isnan([row["SRCC"].low, row["SRCC"].high]).all()
    assert row["SRCC"].undefined == undefined[0]
    assert row["MSE"].undefined == 0


def test_progress_reaches_the_total(data: tuple[np.ndarray, np.ndarray]) -> None:
    """Progress is called after each block, in order, up to the total."""
    calls: list[tuple[int, int]] = []
    bootstrap_metrics(
        *data, resamples=600, progress=lambda done, total: calls.append((done, total))
    )
    assert calls == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("kernels", ["numba", "numpy"])
def test_parts_are_those_of_repeated_data(
    data: tuple[np.ndarray, np.ndarray], kernels: str
) -> None:
    """The metrics of a resample of parts are those of the data with each pair repeated."""
    if kernels == "numba":
        pytest.importorskip("numba")
    predictions, references = np.round(data[0], 1), data[1]
    parts = np.minimum(np.arange(80) // 3, 20)
    sample = bootstrap_metrics(
        predictions, references, resamples=40, seed=5, parts=parts, kernels=kernels
    )
    weights = PairWeights(80, 40, 5, parts).block(0)
    assert sample.level == "parts"
    assert np.unique(weights[:40].sum(axis=1)).size > 1
    for resample in range(40):
        copies = np.repeat(np.arange(80), weights[resample])
        for system in range(3):
            expected = list(all_metrics(predictions[system, copies], references[copies]).values())
            np.testing.assert_allclose(
                sample.values[system, resample], expected, rtol=1e-12, atol=1e-12
            )


@pytest.mark.long
def test_parts_give_the_same_bytes_with_two_processes(
    data: tuple[np.ndarray, np.ndarray],
) -> None:
    """Also for parts, two processes and the numpy kernels give the bytes of one process."""
    options = {"resamples": 300, "parts": np.arange(80) // 2}
    one, two, plain = (
        bootstrap_metrics(*data, **options, **more)
        for more in ({}, {"workers": ProcessWorkers(2)}, {"kernels": "numpy"})
    )
    assert one.values.tobytes() == two.values.tobytes() == plain.values.tobytes()


def test_panels_are_refused_with_a_replacement() -> None:
    """The removed class raises an error that names the argument to use instead."""
    for use in (ListenerPanels, ListenerPanels.of):
        with pytest.raises(UsageError, match="parts="):
            use([[1.0], [2.0]])


def test_frames_and_names(data: tuple[np.ndarray, np.ndarray]) -> None:
    """The table has one row per system and metric, with the given names."""
    sample = bootstrap_metrics(*data, resamples=20, systems=["a", "b", "c"])
    frame = sample.to_frame()
    assert frame[["system", "metric"]].values.tolist() == [
        [s, m] for s in "abc" for m in DEFAULT_METRICS
    ]
    assert intervals(sample).to_frame().shape == (12, 7)


def test_impossible_arguments_are_refused(data: tuple[np.ndarray, np.ndarray]) -> None:
    """Invalid names, shapes, metrics and numbers of jobs are errors with what was expected."""
    predictions, references = data
    with pytest.raises(UsageError, match="SRCC, LCC, KTAU, MSE"):
        bootstrap_metrics(predictions, references, metrics=("nothing",))
    with pytest.raises(UsageError, match="did you mean SRCC"):
        bootstrap_metrics(predictions, references, metrics=("srcc",))
    with pytest.raises(MetricInputError, match="79"):
        bootstrap_metrics(predictions[:, :79], references)
    with pytest.raises(ValueError, match="1 names for 3 systems"):
        bootstrap_metrics(predictions, references, systems=["a"], resamples=5)
    with pytest.raises(UsageError, match="jobs"):
        bootstrap_metrics(predictions, references, jobs=0)
    with pytest.raises(MetricInputError, match="each of 80 pairs"):
        bootstrap_metrics(predictions, references, parts=[0, 1])
    with pytest.raises(UsageError, match="scheduler"):
        open_workers(2, "tcp://127.0.0.1:1")


def test_a_missing_cluster_extra_names_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without dask.distributed, a scheduler address is an error with its pip line."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(UsageError, match="pip install distributed"):
        open_workers(1, "tcp://127.0.0.1:8786")


def test_a_broken_cluster_extra_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dask.distributed that cannot be imported is an error with its reason and the pip line."""
    (tmp_path / "distributed.py").write_text("raise AttributeError('no attribute foo')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "distributed", raising=False)
    with pytest.raises(UsageError, match=r"AttributeError: no attribute foo.*pip install"):
        open_workers(1, "tcp://127.0.0.1:8786")


@pytest.mark.long
def test_an_error_ends_the_workers(data: tuple[np.ndarray, np.ndarray]) -> None:
    """An interruption between results reaches the caller, and no process remains."""
    import multiprocessing

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bootstrap_metrics(*data, resamples=2000, jobs=2, progress=interrupt)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("length", [1, 4, 6])
def test_every_system_has_a_prediction_for_each_reference(length):
    """Predictions of another length are refused, wherever rows of predictions are read."""
    predictions, references = np.arange(2.0 * length).reshape(2, length), np.arange(5.0)
    with pytest.raises(MetricInputError):
        prediction_rows(predictions, references)
    with pytest.raises(MetricInputError):
        bootstrap_metrics(
            predictions, references, metrics=("MSE",), resamples=10, observed=np.ones((2, 1))
        )


@pytest.mark.parametrize(
    "change",
    [
        lambda block: block[:, :-1],
        lambda block: block.astype(np.float32),
        lambda block: block.tolist(),
        lambda block: block * 1e9,
        lambda block: np.full_like(block, np.inf),
        lambda block: -np.ones_like(block),
    ],
    ids=["shape", "type", "list", "range", "infinite", "negative"],
)
def test_an_impossible_block_is_refused(change, data):
    """A block of the wrong shape or with impossible values, from a wrong worker, is an error."""

    class Wrong(SerialWorkers):
        def map(self, function, shared, items):
            for item in items:
                yield change(function(shared, item))

    with pytest.raises(WorkersError, match="wrong shape or with impossible values"):
        bootstrap_metrics(*data, resamples=20, workers=Wrong())


def test_extreme_values_are_not_impossible() -> None:
    """The check of blocks accepts an MSE that overflows, and undefined metrics."""
    sample = bootstrap_metrics([[1e200, -1e200, 0.0]], [1.0, 2.0, 3.0], resamples=50)
    assert np.isinf(sample.of("MSE")).any()
    assert np.isnan(bootstrap_metrics([[1.0, 1.0]], [1.0, 2.0], resamples=5).of("SRCC")).all()
