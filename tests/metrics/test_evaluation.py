"""``xe.evaluate``: arrays in, a small result out."""

import json
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr, spearmanr

import xacle_eval as xe
from xacle_eval.metrics import MetricInputError, PreparedReferences


@pytest.fixture
def data():
    """Predictions and references of 200 pairs, with ties."""
    rng = np.random.default_rng(3)
    references = rng.integers(0, 11, 200) / 2
    return np.round(references + rng.normal(0, 1, 200), 1), references


def test_the_four_metrics_equal_scipy(data):
    """The default metrics, in the official order, equal scipy's."""
    found = xe.evaluate(*data)
    assert list(found) == ["SRCC", "LCC", "KTAU", "MSE"]
    assert found["SRCC"] == pytest.approx(spearmanr(*data).statistic, abs=1e-12)
    assert found["LCC"] == pytest.approx(pearsonr(*data).statistic, abs=1e-12)
    assert found["KTAU"] == pytest.approx(kendalltau(*data).statistic, abs=1e-12)
    assert found["MSE"] == pytest.approx(np.mean((data[0] - data[1]) ** 2), abs=1e-12)
    assert (found.n, found.undefined) == (200, ())


def test_a_name_in_small_letters_is_suggested(data):
    """The name of a metric is written in capitals; the error says which one is meant."""
    with pytest.raises(xe.UsageError, match=r"unknown metric 'srcc'; did you mean SRCC[?]"):
        xe.evaluate(*data, metrics=["srcc"])


def test_prepared_references_and_other_metrics(data):
    """References can be prepared once; metrics are names or own objects, in the given order."""
    largest = xe.Metric("MAXE", lambda p, r: float(np.abs(p - r).max()), higher_is_better=False)
    prepared = PreparedReferences.of(data[1])
    found = xe.evaluate(data[0], prepared, ["RMSE", largest, "SRCC"])
    assert dict(found) == {
        "RMSE": pytest.approx(xe.evaluate(*data)["MSE"] ** 0.5),
        "MAXE": np.abs(data[0] - data[1]).max(),
        "SRCC": xe.evaluate(*data)["SRCC"],
    }


def test_undefined_metrics_are_nan_and_named():
    """A correlation of constant predictions is nan, named, and readable in the text."""
    found = xe.evaluate([1, 1, 1], [1, 2, 3])
    assert found.undefined == ("SRCC", "LCC", "KTAU")
    assert all(math.isnan(found[name]) for name in found.undefined)
    assert str(found).endswith("\n\nUndefined for these data: SRCC, LCC, KTAU.")
    undefined = "SRCC undefined, LCC undefined, KTAU undefined"
    assert repr(found) == f"<Evaluation {undefined}, MSE 1.667, 3 pairs>"


def test_the_result_is_a_mapping_that_can_be_stored(data):
    """A result goes into a dict, JSON and another process, and cannot be changed."""
    found = xe.evaluate(*data)
    assert json.loads(json.dumps(dict(found))) == dict(found)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes
    with pytest.raises(TypeError):
        found.metrics["SRCC"] = 1.0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([1, 2], [1, 2, 3]), "predictions has 2 values but references has 3"),
        (([1, float("nan")], [1, 2]), "predictions has 1 of 2 values that are not finite"),
        (([], []), "predictions is empty|references is empty"),
        (({"a": 1}, [1]), "predictions"),
    ],
)
def test_arrays_that_cannot_be_scored(given, message):
    """Other lengths, missing values and mappings are errors that name the side."""
    with pytest.raises(MetricInputError, match=message):
        xe.evaluate(*given)


def test_no_large_library_is_imported():
    """Neither pandas, scipy, numba nor pydantic is imported for an evaluation."""
    code = (
        "import sys, xacle_eval as xe; xe.evaluate([1, 2], [1, 2])\n"
        "print(sorted({'pandas', 'scipy', 'numba', 'pydantic', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
