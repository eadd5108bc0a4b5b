"""Predictions in memory: dicts, Series, data frames, arrays and tensors, by the rules of files.

Every object becomes the rows of a prediction file, so that it is checked by the same rules. The
findings then name the object and its ids; there is no line to look at. No library is imported: a
data frame is what has ``columns``, a Series what has an ``index`` and ``items``, and an array what
numpy can read (see `xacle_eval.arrays`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from numpy.typing import ArrayLike

from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.reading import Source
from xacle_eval.text import count, did_you_mean, listing, quote

__all__ = [
    "NO_ORDER",
    "GivenPredictions",
    "GivenSystems",
    "InOrder",
    "Order",
    "about_object",
    "is_in_memory",
    "named_systems",
    "paths_among",
    "source_of",
]

Order = Literal["manifest"]
Predictions = Mapping[str, float] | ArrayLike
GivenPredictions = str | os.PathLike[str] | Predictions | Mapping[str, Predictions]
"""A prediction file or package, or predictions in memory; of several targets by target."""
GivenSystems = GivenPredictions | Mapping[str, GivenPredictions]
"""The same, or several systems by name."""

_MOST_NAMED = 5
# The repeated rows of an id, such as "lines 2, 4 and 3 more".
_LINES = re.compile(r"(?<=\()lines( [^)]*)(?=\))")
_NUMBER = re.compile(r"\d+(?! more)")


@dataclass(frozen=True, slots=True)
class InOrder:
    """Which pair each value of an array belongs to.

    Attributes
    ----------
    ids : sequence of str or None
        The id of each value.
    order : "manifest" or None
        Without ids: the values are in the order of the challenge's manifest. It must be asked for,
        because a wrong order cannot be found by any check.
    """

    ids: Iterable[str] | None = None
    order: Order | None = None

    def __post_init__(self) -> None:
        if self.order not in (None, "manifest"):
            raise UsageError(f"order must be 'manifest' or None; got {self.order!r}")
        if self.ids is not None and self.order is not None:
            raise UsageError("ids and order='manifest' are both given; pass one of them")
        if isinstance(self.ids, str | bytes):
            raise UsageError("ids must be a list of text; got a single text")

    @property
    def given(self) -> bool:
        """Whether one of both is given."""
        return self.ids is not None or self.order is not None

    def names(self, challenge: Challenge, size: int, kind: str) -> list[str]:
        """Return the id of each of `size` values of an object of this kind."""
        if not self.given:
            raise UsageError(
                f"predictions in {_article(kind)} have no ids; pass ids=[…] with the id of each "
                "value, or order='manifest' if they are in the order of the challenge's manifest"
            )
        names = list(challenge.manifest.ids if self.ids is None else self.ids)
        if len(names) != size:
            source = "the manifest" if self.ids is None else "ids"
            raise UsageError(
                f"the {kind} has {count(size, 'value')} but {source} has {count(len(names), 'id')};"
                " pass one value for each id, in the same order"
            )
        return [str(name) for name in names]


NO_ORDER = InOrder()
"""Neither ids nor an order are given."""


def is_in_memory(submission: object) -> bool:
    """Return whether a submission is an object, not a path."""
    return not isinstance(submission, str | os.PathLike)


def paths_among(submissions: Iterable[Any]) -> list[str | os.PathLike[str]]:
    """Return the submissions that are paths."""
    return [each for each in submissions if not is_in_memory(each)]


def named_systems(
    submissions: Iterable[Any], challenge: Challenge
) -> Iterator[tuple[str | None, Any]]:
    """Yield each submission with its label; the systems of a dict of systems one by one.

    A path has no label. An object without a name is ``predictions``, with its place if there are
    several.

    Raises
    ------
    UsageError
        If the name of a system is no text.
    """
    given = list(submissions)
    several = sum(map(is_in_memory, given)) > 1
    for place, each in enumerate(given, 1):
        if isinstance(each, Mapping) and _has_systems(each, challenge):
            for label, one in each.items():
                if not isinstance(label, str) or not label:
                    raise UsageError(
                        f"the name of a system must be text; got {quote(repr(label))}. Pass a dict "
                        "of name to predictions"
                    )
                yield label, one
        elif is_in_memory(each):
            yield f"predictions_{place}" if several else "predictions", each
        else:
            yield None, each


def _has_systems(given: Mapping[Any, Any], challenge: Challenge) -> bool:
    """Return whether a mapping is of systems by name, and not predictions by id (or by target)."""
    values = list(given.values())
    if not values or not all(map(_is_collection, values)):
        return False
    return not challenge.targets or not set(given) <= set(challenge.targets)


def _is_collection(value: object) -> bool:
    """Return whether a value is a path or holds several numbers; numpy's scalars do not."""
    if isinstance(value, str | os.PathLike | Mapping | list | tuple):
        return True
    return bool(getattr(value, "shape", ())) or hasattr(value, "columns")


def source_of(submission: Any, challenge: Challenge, in_order: InOrder) -> Source:
    """Return predictions in memory as a source, whose path names the kind of object.

    Raises
    ------
    UsageError
        If the object has no ids, or cannot be read as predictions at all.
    """
    kind = _kind(submission)
    columns = _columns(submission, challenge, in_order, kind)
    rows = Source.of_columns(columns, challenge.ids.column)
    return replace(rows, path=f"<{kind}>", memory=kind)


def _kind(value: object) -> str:
    """Return the name of an object's type for messages."""
    return {"ndarray": "array"}.get(type(value).__name__, type(value).__name__)


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _columns(
    submission: Any, challenge: Challenge, in_order: InOrder, kind: str
) -> dict[str, list[tuple[str, Any]]]:
    """Return the ids and values of each target, by the name of its column."""
    if hasattr(submission, "columns"):
        return _of_frame(submission, challenge, in_order, kind)
    if not challenge.targets:
        return {challenge.predictions.column: _of_one(submission, challenge, in_order, kind)}
    if not isinstance(submission, Mapping):
        names = ", ".join(challenge.targets)
        raise UsageError(
            f"{challenge.name} has several targets: pass a data frame with their columns, or a dict"
            f" of predictions by target ({names}); got {_article(kind)}"
        )
    found = {}
    for name, values in submission.items():
        if name not in challenge.targets:
            hint = did_you_mean(str(name), list(challenge.targets), "")
            raise UsageError(f"{challenge.name} has no target {quote(str(name))}; {hint}")
        column = challenge.for_target(name).predictions.column
        if not _is_collection(values) or isinstance(values, str | os.PathLike):
            raise UsageError(f"the target {name}: expected a mapping of id to prediction")
        found[column] = _of_one(values, challenge, in_order, _kind(values))
    return found


def _of_one(
    values: Any, challenge: Challenge, in_order: InOrder, kind: str
) -> list[tuple[str, Any]]:
    """Return the ids and values of predictions of one target."""
    if in_order.given or not hasattr(values, "items"):
        if isinstance(values, Mapping):
            raise UsageError(f"a {kind} has ids of its own; leave out ids and order")
        listed = _list(values, kind)
        return list(zip(in_order.names(challenge, len(listed), kind), listed, strict=True))
    pairs = [(name, value) for name, value in values.items()]
    _require_ids([name for name, _ in pairs], challenge, kind)
    return [(str(name), value) for name, value in pairs]


def _require_ids(names: list[Any], challenge: Challenge, kind: str) -> None:
    """Refuse positions in place of ids, which pandas gives a Series that has no other index."""
    if not names or any(isinstance(name, str) for name in names):
        return
    if not set(map(str, names)) & set(challenge.manifest.ids):
        first, last = names[0], names[-1]
        raise UsageError(
            f"the {kind} is indexed by {first!r} to {last!r}, not by ids; set the ids as its index "
            f"with set_index({challenge.ids.column!r}), or pass ids=[…] or order='manifest'"
        )


def _list(values: Any, kind: str) -> list[Any]:
    """Return the values of an array; what is not a number stays, for the check to report."""
    from xacle_eval.arrays import as_array

    if values is None or isinstance(values, str | bytes | set | frozenset):
        given = "None" if values is None else f"of the type {kind}"
        raise UsageError(
            f"the predictions are {given}; pass a path, a dict or Series by id, a DataFrame, or an "
            "array with ids=[…]"
        )
    try:
        array = as_array(values)
    except ValueError as error:
        raise UsageError(f"the {kind} {error}") from error
    column = array.ndim == 2 and array.shape[1] == 1
    if array.ndim != 1 and not column:
        raise UsageError(
            f"predictions must be one-dimensional, with one number per pair; the {kind} has the "
            f"shape {array.shape}"
        )
    return list(array.reshape(-1).tolist())


def _of_frame(
    frame: Any, challenge: Challenge, in_order: InOrder, kind: str
) -> dict[str, list[tuple[str, Any]]]:
    """Return the columns of a data frame with predictions, with the ids of its id column."""
    labels = [str(label) for label in frame.columns]
    by_name = dict(zip(labels, frame.columns, strict=True))
    if len(by_name) < len(labels):
        raise UsageError(f"the {kind} has several columns of one name: {_named(labels)}")
    each = challenge.each_target()
    given = {name: _find(labels, one.predictions) for name, one in each.items()}
    if not any(given.values()):
        wanted = listing(repr(one.predictions.column) for one in each.values())
        raise UsageError(
            f"the {kind} has no column {wanted}; its columns are {_named(labels)}. Rename the "
            "column of the predictions"
        )
    ids = _ids_of_frame(frame, labels, by_name, challenge, in_order, kind)
    found = {}
    for name, label in given.items():
        if label is not None:
            values = _list_column(frame, by_name[label])
            column = each[name].predictions.column
            names = ids or in_order.names(challenge, len(values), kind)
            found[column] = list(zip(names, values, strict=True))
    return found


def _ids_of_frame(
    frame: Any,
    labels: list[str],
    by_name: Mapping[str, Any],
    challenge: Challenge,
    in_order: InOrder,
    kind: str,
) -> list[str]:
    """Return the ids of a column, else of the index; empty if the caller gives them."""
    label = _find(labels, challenge.ids)
    if label is not None and not in_order.given:
        return [str(each) for each in _list_column(frame, by_name[label])]
    if label is not None:
        raise UsageError(f"the {kind} has the column {label!r} of ids; leave out ids and order")
    if in_order.given:
        return []
    index = list(getattr(frame, "index", ()))
    if any(isinstance(each, str) for each in index):
        return [str(each) for each in index]
    raise UsageError(
        f"the {kind} has no column {challenge.ids.column!r} and no index of ids; its columns are "
        f"{_named(labels)}. Rename the column of the ids, or pass ids=[…] or order='manifest'"
    )


def _find(labels: Sequence[str], column: Column) -> str | None:
    """Return the label that is a name of a column; its proper name comes before its aliases."""
    found = [label for label in labels if column.matches(label)]
    proper = column.column.casefold()
    found.sort(key=lambda label: label.strip().casefold() != proper)
    return found[0] if found else None


def _list_column(frame: Any, label: Any) -> list[Any]:
    values = frame[label]
    return list(values.to_list() if hasattr(values, "to_list") else values)


def _named(labels: Sequence[str]) -> str:
    return listing(map(repr, labels), _MOST_NAMED) or "none"


def about_object(finding: Finding) -> Finding:
    """Return a finding about predictions in memory: without a line, which they do not have.

    Lines in its message become positions, counted from 0; the header was line 1.
    """
    message = _LINES.sub(
        lambda found: "positions" + _NUMBER.sub(lambda n: str(int(n[0]) - 2), found[1]),
        finding.message,
    )
    update = {"line": None, "column": None, "lines": (), "message": message}
    return finding.model_copy(update=update)
