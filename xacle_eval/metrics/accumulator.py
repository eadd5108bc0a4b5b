"""Evaluation of predictions that arrive in batches, in one process or in several.

Rank correlations of batches cannot be averaged, so the predictions are kept, by id, and the metrics
are computed once from all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xacle_eval.errors import UsageError, check_arguments, check_choice
from xacle_eval.metrics.arrays import MetricInputError, check_array
from xacle_eval.metrics.evaluation import Evaluation, evaluate
from xacle_eval.metrics.metric import Metric, PreparedReferences
from xacle_eval.metrics.registry import DEFAULT_METRICS
from xacle_eval.text import count, listing, quote

__all__ = ["Accumulator", "Duplicates"]

Duplicates = Literal["error", "first", "mean"]
"""What a pair with several predictions means; see `Accumulator`."""

_NAMED_IDS = 3


class Accumulator:
    """Collect predictions in batches, and evaluate them together against the references.

    Each process of a distributed evaluation fills its own accumulator; `merge` joins them. An
    accumulator can be pickled. Nothing is checked against the references before `compute`, because
    a process sees only its share of the pairs.

    Parameters
    ----------
    references : mapping of str to float, or iterable of (id, value)
        The mean rating of each pair by id: a dict, a pandas Series, or
        ``zip(challenge.manifest.ids, references.values)``. These are the pairs to predict.
    metrics : sequence of str or Metric
        As in `evaluate`.
    duplicates : {"error", "first", "mean"}
        What several predictions of one pair mean: an error; the one that came first counts; their
        mean counts. Samplers for several processes, such as PyTorch's ``DistributedSampler``,
        repeat a few pairs so that each process has equally many: use "first" with them.

    Raises
    ------
    UsageError
        If `duplicates` is another value, or an id of the references is not text or is repeated.
    MetricInputError
        If the references are empty or have values that are not finite numbers.

    Examples
    --------
    >>> import xacle_eval as xe
    >>> accumulator = xe.Accumulator({"a.wav": 5.2, "b.wav": 3.0, "c.wav": 8.1})
    >>> accumulator.update(["a.wav", "b.wav"], [6.0, 2.5])
    >>> accumulator.update(["c.wav"], [7.5])
    >>> accumulator.compute()["SRCC"]
    1.0
    """

    def __init__(
        self,
        references: Mapping[str, float] | Iterable[tuple[str, float]],
        metrics: Sequence[str | Metric] = DEFAULT_METRICS,
        *,
        duplicates: Duplicates = "error",
    ) -> None:
        check_choice("duplicates", duplicates, get_args(Duplicates))
        check_arguments(metrics=metrics)
        self._places, values = _read_references(references)
        self._references = PreparedReferences.of(values)
        self._metrics = tuple(metrics)
        self._duplicates = duplicates
        self._ids: list[str] = []
        self._values: list[NDArray[np.float64]] = []

    def update(self, ids: Iterable[str], predictions: ArrayLike) -> None:
        """Add a batch.

        Parameters
        ----------
        ids : iterable of str, n of them
            The pair of each prediction.
        predictions : array_like, shape (n,) or (n, 1)
            Finite numbers, as in `evaluate`; tensors are detached and copied to the host.

        Raises
        ------
        UsageError
            If `ids` is a single text, or an id is not text.
        MetricInputError
            If the predictions are no vector of finite numbers, or there are not n ids. Nothing of
            the batch is added then.
        """
        names = _check_ids(ids, "ids")
        values = check_array(_as_vector(predictions), "predictions")
        if len(names) != values.size:
            raise MetricInputError(
                f"update got {count(len(names), 'id')} and {count(values.size, 'prediction')}; "
                "pass one id for each prediction."
            )
        self._ids += names
        # A copy: a training loop may write the next batch into the same memory.
        self._values.append(values.copy())

    def merge(self, *others: Accumulator) -> Self:
        """Add the predictions of other accumulators, and return this one.

        Raises
        ------
        UsageError
            If another object is no accumulator, or has other references.
        """
        for other in others:
            if not isinstance(other, Accumulator):
                raise UsageError(f"merge needs accumulators; got {type(other).__name__}")
            same = self._places == other._places and np.array_equal(
                self._references.values, other._references.values
            )
            if not same:
                raise UsageError(
                    "these accumulators have different references; make them with the same ones"
                )
        for other in others:
            self._ids += other._ids
            self._values += other._values
        return self

    def compute(self) -> Evaluation:
        """Evaluate all predictions; more can be added afterwards.

        Returns
        -------
        Evaluation
            The same bits as `evaluate` of the predictions in the order of the references, whatever
            the order and the size of the batches.

        Raises
        ------
        UsageError
            If a pair has no prediction, an id is not in the references, or a pair has several
            predictions and `duplicates` is "error". The message has the number and the first ids.
        """
        places = np.array([self._places.get(name, -1) for name in self._ids], dtype=np.intp)
        values = np.concatenate([*self._values, np.empty(0)])
        self._require_known(places)
        size = self._references.values.size
        times = np.bincount(places, minlength=size)
        self._require_each_once(times)
        if self._duplicates == "mean":
            found = np.bincount(places, weights=values, minlength=size) / times
        else:
            _, first = np.unique(places, return_index=True)  # every place is there
            found = values[first]
        return evaluate(found, self._references, self._metrics)

    def reset(self) -> None:
        """Forget all predictions; the references stay."""
        self._ids, self._values = [], []

    def __len__(self) -> int:
        """Return the number of collected predictions."""
        return len(self._ids)

    def __repr__(self) -> str:
        pairs = count(len(self._places), "pair")
        return f"<Accumulator: {count(len(self), 'prediction')} for {pairs}>"

    def _require_known(self, places: NDArray[np.intp]) -> None:
        unknown = [self._ids[place] for place in np.flatnonzero(places < 0)]
        if unknown:
            raise UsageError(
                f"{count(len(unknown), 'prediction')} of {len(self):,} "
                f"{'has an id that is' if len(unknown) == 1 else 'have ids that are'} not in the "
                f"references: {_name(unknown)}; pass the ids of the references"
            )

    def _require_each_once(self, times: NDArray[np.intp]) -> None:
        names = list(self._places)
        missing = [names[place] for place in np.flatnonzero(times == 0)]
        if missing:
            raise UsageError(
                f"{len(missing):,} of {count(times.size, 'pair')} "
                f"{'has' if len(missing) == 1 else 'have'} no prediction: {_name(missing)}; "
                "update with every batch, and merge the accumulators of all processes"
            )
        repeated = [names[place] for place in np.flatnonzero(times > 1)]
        if repeated and self._duplicates == "error":
            raise UsageError(
                f"{count(len(repeated), 'pair')} "
                f"{'has' if len(repeated) == 1 else 'have'} several predictions: "
                f"{_name(repeated)}; reset before each evaluation, or, if a sampler repeats pairs, "
                'use Accumulator(…, duplicates="first")'
            )


def _read_references(
    references: Mapping[str, float] | Iterable[tuple[str, float]],
) -> tuple[dict[str, int], list[float]]:
    """Return the position of each id, and the values in this order."""
    items: Any = references.items() if hasattr(references, "items") else references
    try:
        pairs = [(name, value) for name, value in items]
    except (TypeError, ValueError) as error:
        raise UsageError(
            "references must have an id for each value: pass a dict, a Series with the ids as its "
            "index, or zip(ids, values)"
        ) from error
    names = _check_ids((name for name, _ in pairs), "the ids of the references")
    places = {name: place for place, name in enumerate(names)}
    if len(places) < len(names):
        seen: set[str] = set()
        repeated = [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
        raise UsageError(
            f"the references have {count(len(repeated), 'repeated id')}: {_name(repeated)}; pass "
            "each pair once"
        )
    return places, [value for _, value in pairs]


def _check_ids(ids: Iterable[str], name: str) -> list[str]:
    if isinstance(ids, str | bytes):
        raise UsageError(f"{name} must be a list of text; got the single text {quote(str(ids))}")
    if not isinstance(ids, Iterable):
        raise UsageError(f"{name} must be a list of text; got {quote(type(ids).__name__)}")
    names = list(ids)
    for each in names:
        if not isinstance(each, str):
            raise UsageError(
                f"{name} must be text; got {quote(repr(each))} of type {type(each).__name__}. "
                "Convert a Series of numbers with astype(str), or set the ids as its index with "
                "set_index."
            )
    return names


def _as_vector(predictions: Any) -> Any:
    """Return a column, which the last layer of a model gives, as a vector."""
    shape = getattr(predictions, "shape", None)
    if shape is not None and len(shape) == 2 and shape[1] == 1 and shape[0] > 0:
        return predictions.reshape(-1)
    return predictions


def _name(ids: Sequence[str]) -> str:
    return listing(ids, _NAMED_IDS, quote)
