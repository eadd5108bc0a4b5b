"""Accumulators: batches and processes give the value of all predictions at once."""

import multiprocessing
import pickle

import numpy as np
import pytest

import xacle_eval as xe
from xacle_eval.errors import UsageError
from xacle_eval.metrics import MetricInputError

RNG = np.random.default_rng(17)
VALUES = RNG.integers(0, 81, 300) / 8
IDS = [f"{place:05}.wav" for place in range(VALUES.size)]
REFERENCES = dict(zip(IDS, VALUES.tolist(), strict=True))
PREDICTIONS = VALUES + RNG.normal(size=VALUES.size)


def in_batches(accumulator, places, size=32):
    """Add the predictions of some pairs in batches."""
    for begin in range(0, len(places), size):
        batch = places[begin : begin + size]
        accumulator.update([IDS[place] for place in batch], PREDICTIONS[batch])
    return accumulator


def test_shuffled_batches_have_the_bits_of_all_at_once():
    """Any order and size of batches gives the same bits as one evaluation."""
    expected = xe.evaluate(PREDICTIONS, VALUES)
    for size in (1, 7, 300):
        found = in_batches(xe.Accumulator(REFERENCES), RNG.permutation(300), size).compute()
        assert found == expected


def test_metrics_are_those_asked_for():
    """Names and own metrics are passed on to the evaluation."""
    bias = xe.Metric(
        name="OFFSET", function=lambda x, y: float(np.mean(x - y)), higher_is_better=False
    )
    found = in_batches(xe.Accumulator(REFERENCES, ["CCC", bias]), np.arange(300)).compute()
    assert list(found) == ["CCC", "OFFSET"]
    assert found["OFFSET"] == np.mean(PREDICTIONS - VALUES)


def test_computing_in_between_and_again():
    """More predictions can be added after compute, and reset forgets them not the references."""
    accumulator = in_batches(xe.Accumulator(REFERENCES), np.arange(200))
    with pytest.raises(UsageError, match="100 of 300 pairs have no prediction"):
        accumulator.compute()
    first = in_batches(accumulator, np.arange(200, 300)).compute()
    assert accumulator.compute() == first
    accumulator.reset()
    assert len(accumulator) == 0
    assert in_batches(accumulator, np.arange(300)).compute() == first


def _work(share):
    return in_batches(xe.Accumulator(REFERENCES), share)


def test_processes_are_merged():
    """Accumulators of several processes are sent as pickles and merged."""
    shares = [np.arange(start, 300, 3) for start in range(3)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, *others = pool.map(_work, shares)
    assert first.merge(*others).compute() == xe.evaluate(PREDICTIONS, VALUES)


def test_a_pickle_keeps_everything():
    """A copy by pickle has the same predictions, metrics and rule for duplicates."""
    made = in_batches(xe.Accumulator(REFERENCES, ["SRCC"], duplicates="first"), np.arange(300))
    copy = pickle.loads(pickle.dumps(made))  # noqa: S301  (made in this test)
    assert copy.compute() == made.compute()
    assert repr(copy) == "<Accumulator: 300 predictions for 300 pairs>"


def test_a_repeated_pair_is_an_error_unless_a_rule_is_given():
    """A repeated pair is refused with the way out; otherwise the first or the mean counts."""
    pairs = {"a": 1.0, "b": 2.0, "c": 4.0}
    batches = ((["a", "b"], [1.0, 2.0]), (["c", "a"], [3.0, 5.0]))
    found = {}
    for rule in ("error", "first", "mean"):
        accumulator = xe.Accumulator(pairs, ["MSE"], duplicates=rule)
        for batch in batches:
            accumulator.update(*batch)
        if rule == "error":
            with pytest.raises(UsageError, match=r"1 pair has several predictions: 'a'; reset"):
                accumulator.compute()
        else:
            found[rule] = accumulator.compute()["MSE"]
    assert found == {"first": pytest.approx(1 / 3), "mean": pytest.approx((4 + 0 + 1) / 3)}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["a", "b", "x"], "1 prediction of 3 has an id that is not in the references: 'x'"),
        (["a"], "2 of 3 pairs have no prediction: 'b', 'c'; update with every batch, and merge"),
        ([], "3 of 3 pairs have no prediction"),
    ],
)
def test_wrong_pairs_are_found_at_compute(given, message):
    """Unknown and missing pairs are refused with their number, the first ids and the way out."""
    accumulator = xe.Accumulator({"a": 1, "b": 2, "c": 4})
    if given:
        accumulator.update(given, np.ones(len(given)))
    with pytest.raises(UsageError) as caught:
        accumulator.compute()
    assert str(caught.value).startswith(message)


def test_a_batch_that_cannot_be_read_is_not_added():
    """Wrong batches are refused at once, and nothing of them is kept."""
    accumulator = xe.Accumulator(REFERENCES)
    for ids, values, error, message in (
        (["a", "b"], [1.0], MetricInputError, "2 ids and 1 prediction"),
        (["a"], [float("nan")], MetricInputError, "not finite"),
        ("a.wav", [1.0], UsageError, "ids must be a list of text; got the single text 'a.wav'"),
        ([7], [1.0], UsageError, "ids must be text; got '7' of type int"),
        (None, [1.0], UsageError, "ids must be a list of text; got .NoneType."),
    ):
        with pytest.raises(error, match=message):
            accumulator.update(ids, values)
    assert len(accumulator) == 0


def test_the_memory_of_a_batch_can_be_used_again():
    """A batch is copied, so a loop may write the next one into the same array."""
    accumulator, batch = xe.Accumulator({"a": 1.0, "b": 2.0}, ["MSE"]), np.empty(1)
    for name, value in (("a", 1.0), ("b", 2.0)):
        batch[0] = value
        accumulator.update([name], batch)
    assert accumulator.compute()["MSE"] == 0


def test_references_as_series_and_pairs():
    """A Series by id and (id, value) pairs are references, too; a column is a vector."""
    pandas = pytest.importorskip("pandas")
    makers = (REFERENCES, pandas.Series(REFERENCES), zip(IDS, VALUES, strict=True))
    for references in makers:
        accumulator = xe.Accumulator(references)
        accumulator.update(pandas.Series(IDS), PREDICTIONS.reshape(-1, 1))
        assert accumulator.compute() == xe.evaluate(PREDICTIONS, VALUES)


@pytest.mark.parametrize(
    ("references", "message"),
    [
        ([1.0, 2.0], r"references must have an id for each value: pass a dict"),
        ([("a", 1.0), ("a", 2.0)], "the references have 1 repeated id: 'a'"),
        ({0: 1.0}, "the ids of the references must be text; got '0' of type int"),
    ],
)
def test_references_without_usable_ids(references, message):
    """References need one text id for each value."""
    with pytest.raises(UsageError, match=message):
        xe.Accumulator(references)


def test_other_rules_and_other_references_are_refused():
    """The rule for duplicates is one of three, and only accumulators of the same pairs merge."""
    with pytest.raises(UsageError, match="duplicates must be error, first or mean; got 'last'"):
        xe.Accumulator(REFERENCES, duplicates="last")
    with pytest.raises(UsageError, match="different references"):
        xe.Accumulator({"a": 1.0}).merge(xe.Accumulator({"a": 2.0}))
    with pytest.raises(UsageError, match="merge needs accumulators; got dict"):
        xe.Accumulator({"a": 1.0}).merge({})
