"""The inputs that the metrics accept and reject, and the error messages."""

import decimal

import numpy as np
import pandas as pd
import pytest

from xacle_eval.metrics import (
    METRICS,
    MetricInputError,
    PreparedReferences,
    all_metrics,
    average_ranks,
)

CALLABLES = [*(metric.function for metric in METRICS.values()), all_metrics]
GOOD = [1.0, 2.0, 4.0]


@pytest.mark.parametrize("function", CALLABLES)
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([], "is empty"),
        (3.0, r"one-dimensional.*shape \(\)"),
        ([[1.0], [2.0], [4.0]], r"one-dimensional.*shape \(3, 1\)"),
        (
            [1.0, float("nan"), float("inf")],
            r"2 of 3 values that are not finite; the first is nan at index 1",
        ),
        (
            [1.0, 2.0, float("-inf")],
            r"1 of 3 values that are not finite; the first is -inf at index 2",
        ),
        (["1", "2", "4"], r"must hold real numbers.*dtype <U1, first value '1'\."),
        ([1.0, 2.0, 4j], r"must hold real numbers.*dtype complex128"),
        ([1.0, None, 4.0], r"must hold real numbers.*dtype object"),
        ([decimal.Decimal(1)] * 3, r"must hold real numbers.*dtype object"),
        (
            np.array(["2026-01-01"] * 3, dtype="datetime64[D]"),
            r"must hold real numbers.*datetime64",
        ),
        (np.array(GOOD, dtype=np.longdouble), r"floats of up to 64 bits.*Convert it to float64"),
        ([[1.0, 2.0], [4.0]], r"cannot be read as a vector of numbers"),
        (np.ma.array(GOOD, mask=[False, True, False]), r"masked entries"),
        (np.array([1, 2, 2**53 + 1]), r"integer 9007199254740993 at index 2"),
        (np.array([1, 2**63, 3], dtype=np.uint64), r"integer 9223372036854775808 at index 1"),
        ([0.5, 2, -(2**53) - 1], r"integer -9007199254740993 at index 2"),
    ],
)
def test_bad_input_is_refused_by_name(function, bad, message):
    """Invalid input on either side is an error whose message begins with the name of the side."""
    with pytest.raises(MetricInputError, match=f"^predictions .*{message}"):
        function(bad, GOOD)
    with pytest.raises(MetricInputError, match=f"^references .*{message}"):
        function(GOOD, bad)


@pytest.mark.parametrize("function", CALLABLES)
def test_lengths_must_agree(function):
    """Sides of different lengths are an error with both lengths, never broadcast or cut."""
    for predictions, references in (
        ([1.0, 2.0], GOOD),
        ([1.0], GOOD),
        (GOOD, PreparedReferences.of([1.0])),
    ):
        if isinstance(references, PreparedReferences) and function is not all_metrics:
            continue
        count = (
            references.values.size
            if isinstance(references, PreparedReferences)
            else len(references)
        )
        message = f"predictions has {len(predictions)} values but references has {count}"
        with pytest.raises(MetricInputError, match=message):
            function(predictions, references)


def test_error_is_a_value_error():
    """A caller who catches ValueError also catches the errors of the metrics."""
    with pytest.raises(ValueError, match="values is empty"):
        average_ranks([])


@pytest.mark.parametrize(
    "convert",
    [
        list,
        tuple,
        pd.Series,
        lambda values: pd.Series(values, index=[7, 3, 5, 1]),
        lambda values: np.array(values, dtype=np.float32),
        lambda values: np.array(values, dtype=np.float16),
        lambda values: np.array(values, dtype=">f8"),
        lambda values: np.array(values, dtype=np.int64),
        lambda values: np.array(values, dtype=np.uint8),
        lambda values: np.repeat(values, 2)[::2],
        np.ma.array,
    ],
)
def test_every_container_gives_the_same(convert):
    """Lists, Series (by position), other types, byte orders and strides give equal scores."""
    predictions, references = [1.0, 3.0, 3.0, 7.0], [2.0, 1.0, 4.0, 8.0]
    expected = all_metrics(np.array(predictions), np.array(references))
    assert all_metrics(convert(predictions), convert(references)) == expected


def test_booleans_count_as_zero_and_one():
    """A boolean side is scored as zeros and ones."""
    assert all_metrics([True, False, True], GOOD) == all_metrics([1.0, 0.0, 1.0], GOOD)


def test_integers_are_exact_up_to_the_limit():
    """Integers within 2**53 keep their order, even if they are adjacent."""
    assert average_ranks([2**53, 2**53 - 1, -(2**53)]).tolist() == [3.0, 2.0, 1.0]


@pytest.mark.parametrize("function", CALLABLES)
def test_input_is_left_alone(function):
    """The caller's arrays may be read-only and are not changed."""
    predictions, references = np.array([3.0, 1.0, 2.0]), np.array(GOOD)
    before = predictions.tobytes(), references.tobytes()
    predictions.flags.writeable = references.flags.writeable = False
    function(predictions, references)
    assert (predictions.tobytes(), references.tobytes()) == before
