"""Objects in memory: dicts, Series, data frames, arrays and tensors, as ids with values.

Predictions and references share this. No library is imported: a data frame is what has
``columns``, a Series what has an ``index`` and ``items``, and an array what numpy can read (see
`xacle_eval.arrays`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError, check_choice
from xacle_eval.submissions.reading import format_text
from xacle_eval.text import count, listing, quote, visible

__all__ = [
    "NO_ORDER",
    "InOrder",
    "Order",
    "article",
    "columns_of",
    "find_label",
    "has_own_ids",
    "ids_of_frame",
    "is_collection",
    "is_frame",
    "is_in_memory",
    "kind_of",
    "list_column",
    "named",
    "pairs_of",
    "shown_path",
]

Order = Literal["manifest"]

_MOST_NAMED = 5
_LONGEST_NAME = 60
# More ids than a manifest has, so that a generator without an end is refused.
_MOST_IDS = 10_000_000
_NO_VALUES = (str, bytes, bytearray, set, frozenset, Mapping)


@dataclass(frozen=True, slots=True)
class InOrder:
    """Which pair each value of an array belongs to.

    Attributes
    ----------
    ids : iterable of str or None
        The id of each value; a tuple after creation.
    order : "manifest" or None
        Without ids: the values are in the order of the challenge's manifest. It must be asked for,
        because a wrong order cannot be found by any check.
    """

    ids: Iterable[str] | None = None
    order: Order | None = None

    def __post_init__(self) -> None:
        if self.order is not None:
            check_choice("order", self.order, ("manifest",))
        if self.ids is not None and self.order is not None:
            raise UsageError("ids and order='manifest' are both given; pass one of them")
        if self.ids is None:
            return
        if isinstance(self.ids, str | bytes):
            raise UsageError("ids must be a list of text; got a single text")
        if not isinstance(self.ids, Iterable) or isinstance(self.ids, set | frozenset):
            raise UsageError(f"ids must be a list of text; got {article(kind_of(self.ids))}")
        # Every object of the call is read with them, so an iterator must not be used up.
        object.__setattr__(self, "ids", tuple(islice(map(str, self.ids), _MOST_IDS)))

    @property
    def given(self) -> bool:
        """Whether one of both is given."""
        return self.ids is not None or self.order is not None

    def names(self, challenge: Challenge, size: int, kind: str, noun: str) -> list[str]:
        """Return the id of each of `size` values of an object of this kind."""
        if not self.given:
            raise UsageError(
                f"{noun} in {article(kind)} have no ids; pass ids=[…] with the id of each "
                "value, or order='manifest' if they are in the order of the challenge's manifest"
            )
        names = list(challenge.manifest.ids if self.ids is None else self.ids)
        if len(names) != size:
            source = "the manifest" if self.ids is None else "ids"
            raise UsageError(
                f"the {kind} has {count(size, 'value')} but {source} has {count(len(names), 'id')};"
                " pass one value for each id, in the same order"
            )
        return names


NO_ORDER = InOrder()
"""Neither ids nor an order are given."""


def is_in_memory(given: object) -> bool:
    """Return whether something is an object, not a path."""
    return not isinstance(given, str | os.PathLike)


def is_frame(given: object) -> bool:
    """Return whether an object is a data frame.

    Raises
    ------
    UsageError
        If it is a lazy one, of polars or Dask, whose data is not there yet.
    """
    if not hasattr(type(given), "columns") and "columns" not in getattr(given, "__dict__", {}):
        return False
    for name in ("collect", "compute"):
        if callable(getattr(given, name, None)):
            raise UsageError(f"the {kind_of(given)} is lazy; pass the result of its {name}()")
    return True


def is_collection(value: object) -> bool:
    """Return whether a value is a path or holds several numbers; numpy's scalars do not."""
    if isinstance(value, str | os.PathLike | Mapping | list | tuple):
        return True
    return bool(getattr(value, "shape", ())) or is_frame(value)


def kind_of(value: object) -> str:
    """Return the name of an object's type for messages."""
    name = type(value).__name__
    return {"ndarray": "array", "NoneType": "None"}.get(name, visible(name, _LONGEST_NAME))


def article(noun: str) -> str:
    """Return a noun with its article."""
    return noun if noun == "None" else f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def shown_path(kind: str) -> str:
    """Return what results and findings show in place of a path."""
    return f"<{kind}>"


def named(labels: Sequence[str]) -> str:
    """Return the labels of columns for a message."""
    return listing((quote(label, _LONGEST_NAME) for label in labels), _MOST_NAMED) or "none"


def has_own_ids(given: Any, challenge: Challenge) -> bool:
    """Return whether an object has ids, so that ``ids`` and ``order`` say nothing about it."""
    if is_frame(given):
        labels = [str(label) for label in given.columns]
        return find_label(labels, challenge.ids) is not None or _has_text(_index(given))
    if isinstance(given, Mapping):
        return True
    return hasattr(given, "items") and _has_text(_index(given))


def _index(given: Any) -> list[Any]:
    """Return the index of a data frame or a Series; polars has none."""
    return list(getattr(given, "index", ()))


def _has_text(names: Iterable[Any]) -> bool:
    return any(isinstance(name, str) for name in names)


def pairs_of(
    values: Any, challenge: Challenge, in_order: InOrder, noun: str
) -> list[tuple[str, Any]]:
    """Return the ids and values of a dict, a Series, an array or a tensor.

    Parameters
    ----------
    values : object
        What was given, but no data frame.
    challenge : Challenge
        The challenge, for the manifest.
    in_order : InOrder
        The ids of objects that have none.
    noun : str
        What the values are: ``predictions`` or ``references``.

    Raises
    ------
    UsageError
        If the object has no ids, or cannot be read at all.
    """
    kind = kind_of(values)
    by_id = hasattr(values, "items") and not isinstance(values, type)
    if not by_id or (in_order.given and not has_own_ids(values, challenge)):
        listed = _values_of(values, kind, noun)
        return list(zip(in_order.names(challenge, len(listed), kind, noun), listed, strict=True))
    pairs = [(name, value) for name, value in values.items()]
    _require_ids([name for name, _ in pairs], challenge, kind)
    return [(str(name), value) for name, value in pairs]


def _require_ids(names: list[Any], challenge: Challenge, kind: str) -> None:
    """Refuse positions in place of ids, which pandas gives a Series that has no other index."""
    if not names or _has_text(names):
        return
    if set(map(str, names)) & set(challenge.manifest.ids):
        return
    column = challenge.ids.column
    first, last = (visible(repr(name), _LONGEST_NAME) for name in (names[0], names[-1]))
    if kind == "dict":
        raise UsageError(
            f"the keys of the dict are {first} to {last}, not ids; pass a dict of id to number"
        )
    if isinstance(names[0], tuple):
        raise UsageError(
            f"the {kind} has an index of several levels ({first} to {last}); keep only the level "
            f"of the ids: reset_index() and set_index({column!r})"
        )
    raise UsageError(
        f"the {kind} is indexed by {first} to {last}, not by ids; set the ids as its index "
        f"with set_index({column!r}), or pass ids=[…] or order='manifest'"
    )


def _values_of(values: Any, kind: str, noun: str) -> list[Any]:
    """Return the values of an array; what is not a number stays, for the check to report."""
    from xacle_eval.arrays import as_array

    if values is None or isinstance(values, _NO_VALUES):
        given = "None" if values is None else f"of the type {kind}"
        raise UsageError(
            f"the {noun} are {given}; pass a path, a dict or Series by id, a DataFrame, or an "
            "array with ids=[…]"
        )
    if isinstance(values, Iterator | ValuesView):
        values = list(islice(values, _MOST_IDS))
    if isinstance(values, list | tuple) and all(hasattr(each, "item") for each in values):
        return list(values)  # numbers of numpy, or tensors of one number, also with a gradient
    _refuse_systems(values, kind)
    try:
        array = as_array(values)
    except ValueError as error:
        raise UsageError(f"the {kind} {error}") from error
    if array.dtype.names:
        raise UsageError(
            f"the {kind} has fields ({named(array.dtype.names)}); pass a DataFrame, or one field "
            "with ids=[…]"
        )
    column = array.ndim == 2 and array.shape[1] == 1
    if array.ndim != 1 and not column:
        if not hasattr(values, "shape") and array.ndim == 0:
            raise UsageError(
                f"the {noun} are of the type {kind}; pass a path, a dict or Series by id, a "
                "DataFrame, or an array with ids=[…]"
            )
        raise UsageError(
            f"{noun} must be one-dimensional, with one number per pair; the {kind} has the "
            f"shape {array.shape}"
        )
    return list(array.reshape(-1).tolist())


def _refuse_systems(values: Any, kind: str) -> None:
    """Refuse a list of paths, data frames or dicts, which are systems and not numbers."""
    if isinstance(values, list | tuple) and values and all(map(_is_system, values)):
        raise UsageError(
            f"the {kind} holds {article(kind_of(values[0]))}, not numbers; to pass several "
            "systems, write each as an argument of its own (*paths), or pass a dict of name to "
            "predictions"
        )


def _is_system(value: Any) -> bool:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return True
        return False
    return isinstance(value, os.PathLike | Mapping) or hasattr(value, "columns")


def columns_of(frame: Any, kind: str) -> dict[str, Any]:
    """Return the labels of a data frame's columns by their text.

    Raises
    ------
    UsageError
        If two columns have the same text.
    """
    labels = [str(label) for label in frame.columns]
    by_name = dict(zip(labels, frame.columns, strict=True))
    if len(by_name) < len(labels):
        twice = [label for label in by_name if labels.count(label) > 1]
        raise UsageError(f"the {kind} has several columns of one name: {named(twice)}")
    return by_name


def ids_of_frame(
    frame: Any, by_name: Mapping[str, Any], challenge: Challenge, in_order: InOrder, kind: str
) -> list[str] | None:
    """Return the ids of a column, else of the index; None if the caller gives them.

    Raises
    ------
    UsageError
        If there are none.
    """
    label = find_label(list(by_name), challenge.ids)
    if label is not None:
        return [format_text(each) for each in list_column(frame, by_name[label])]
    index = _index(frame)
    if _has_text(index):
        return [format_text(each) for each in index]
    if in_order.given:
        return None
    column = challenge.ids.column
    raise UsageError(
        f"the {kind} has no column {column!r} and no index of ids; its columns are "
        f"{named(list(by_name))}. Rename the column of the ids to {column!r}, or pass ids=[…] or "
        "order='manifest'"
    )


def find_label(labels: Sequence[str], column: Column) -> str | None:
    """Return the label that is a name of a column; its proper name comes before its aliases."""
    found = [label for label in labels if column.matches(label)]
    proper = column.column.casefold()
    found.sort(key=lambda label: label.strip().casefold() != proper)
    return found[0] if found else None


def list_column(frame: Any, label: Any) -> list[Any]:
    """Return the values of a column of a data frame."""
    values = frame[label]
    return list(values.to_list() if hasattr(values, "to_list") else values)
