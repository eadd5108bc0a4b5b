"""Predictions in memory: dicts, Series, data frames, arrays and tensors, by the rules of files.

Every object becomes the rows of a prediction file, so that it is checked by the same rules. The
findings then name the object and its ids; there is no line to look at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from xacle_eval.arrays import ById, Frame, Values
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.frames import (
    NO_ORDER,
    InOrder,
    Order,
    article,
    columns_of,
    find_label,
    has_own_ids,
    ids_of_frame,
    is_collection,
    is_frame,
    is_in_memory,
    kind_of,
    list_column,
    named,
    pairs_of,
    shown_path,
)
from xacle_eval.submissions.reading import Source
from xacle_eval.text import did_you_mean, listing, quote, visible

__all__ = [
    "NO_ORDER",
    "GivenPredictions",
    "GivenSystems",
    "InOrder",
    "Order",
    "about_object",
    "has_systems",
    "is_in_memory",
    "named_systems",
    "paths_among",
    "require_arrays",
    "source_of",
]

Predictions = ById | Frame | Values
GivenPredictions = str | os.PathLike[str] | Predictions | Mapping[str, Predictions]
"""A prediction file or package, or predictions in memory; of several targets by target."""
GivenSystems = GivenPredictions | Mapping[str, GivenPredictions]
"""The same, or several systems by name."""

_NOUN = "predictions"
_LONGEST_NAME = 60
# The repeated rows of an id, such as "lines 2, 4 and 3 more", and a single line.
_LINES = re.compile(r"(?<=\()lines( [^)]*)(?=\))")
_IN_LINE = re.compile(r"\bin line (\d+)")
# A line; not the count of the others, which can have commas, such as "2,980 more".
_NUMBER = re.compile(r"(?<![\d,])\d+(?![\d,]* more)")


# What the messages and hints say about files, and in place of it about an object.
_ABOUT_FILES = {
    "the file has a header and no rows": "there are no values",
    "the file has no rows": "there are no values",
    "the file has more": "the object has more",
    " in the file.": ".",
    "Write one row per pair: the id, a comma, the prediction.": "Pass one value for each pair.",
    "Fix the file, or": "Fix the values, or",
    "Check that this is the right file": "Check that these are the right values",
    "Check that the file has": "Check that the object has",
    "Pass only the file that is right": "Pass only the references that are right",
}


def paths_among(submissions: Iterable[Any]) -> list[str | os.PathLike[str]]:
    """Return the submissions that are paths."""
    return [each for each in submissions if not is_in_memory(each)]


def require_arrays(in_order: InOrder, challenge: Challenge, *given: Any) -> None:
    """Raise UsageError if ids or an order are given, and no object needs them.

    Parameters
    ----------
    in_order : InOrder
        What was given.
    challenge : Challenge
        The challenge, which tells systems, targets and ids apart.
    *given : object
        The predictions and references of the call.
    """
    if not in_order.given or any(_needs_ids(each, challenge) for each in given):
        return
    objects = [each for each in given if each is not None and is_in_memory(each)]
    what = f"{article(kind_of(objects[0]))} has" if objects else "a file has"
    if objects and isinstance(objects[0], list | tuple):
        what = f"each {kind_of(objects[0][0])} in the {kind_of(objects[0])} has"
    raise UsageError(
        f"{what} ids of its own; leave out ids and order, which are for arrays (or pass the values "
        "as an array)"
    )


def _needs_ids(given: Any, challenge: Challenge) -> bool:
    """Return whether an object, or one in a dict or list of them, has no ids of its own."""
    if given is None or not is_in_memory(given) or hasattr(given, "summary"):
        return False
    if isinstance(given, Mapping):
        return any(_needs_ids(each, challenge) for each in given.values() if is_collection(each))
    if isinstance(given, list | tuple) and given and all(map(is_collection, given)):
        return any(_needs_ids(each, challenge) for each in given)
    return not has_own_ids(given, challenge)


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
        if has_systems(each, challenge):
            for label, one in each.items():
                if not isinstance(label, str) or not label:
                    raise UsageError(
                        f"the name of a system must be text, not empty; got "
                        f"{visible(repr(label), _LONGEST_NAME)}. Pass a dict of name to predictions"
                    )
                yield label, one
        elif is_in_memory(each):
            yield f"predictions_{place}" if several else "predictions", each
        else:
            yield None, each


def has_systems(given: Any, challenge: Challenge) -> bool:
    """Return whether something is a mapping of systems by name, not of predictions by id.

    A value of a prediction can be an array of one number.

    Raises
    ------
    UsageError
        If it has the columns of a data frame.
    """
    if not isinstance(given, Mapping):
        return False
    values = list(given.values())
    if not values or not all(map(is_collection, values)):
        return False
    if all(challenge.manifest.find(str(name)) is not None for name in given):
        return False
    if find_label([str(name) for name in given], challenge.ids) is not None:
        raise UsageError(
            f"the {kind_of(given)} has columns ({named([str(name) for name in given])}); pass a "
            "data frame of them, such as pandas.DataFrame(…), or a dict of id to number"
        )
    return not challenge.targets or not set(given) <= set(challenge.targets)


def source_of(submission: Any, challenge: Challenge, in_order: InOrder) -> Source:
    """Return predictions in memory as a source, whose path names the kind of object.

    Raises
    ------
    UsageError
        If the object has no ids, or cannot be read as predictions at all.
    """
    kind = kind_of(submission)
    columns = _columns(submission, challenge, in_order, kind)
    rows = Source.of_columns(columns, challenge.ids.column)
    return replace(rows, path=shown_path(kind), memory=kind)


def _columns(
    submission: Any, challenge: Challenge, in_order: InOrder, kind: str
) -> dict[str, list[tuple[str, Any]]]:
    """Return the ids and values of each target, by the name of its column."""
    if is_frame(submission):
        return _of_frame(submission, challenge, in_order, kind)
    if not challenge.targets:
        return {challenge.predictions.column: pairs_of(submission, challenge, in_order, _NOUN)}
    if not isinstance(submission, Mapping):
        names = ", ".join(challenge.targets)
        raise UsageError(
            f"{challenge.name} has several targets: pass a data frame with their columns, or a dict"
            f" of predictions by target ({names}); got {article(kind)}"
        )
    found = {}
    for name, values in submission.items():
        if name not in challenge.targets:
            hint = did_you_mean(str(name), list(challenge.targets), "")
            raise UsageError(f"{challenge.name} has no target {quote(str(name))}; {hint}")
        column = challenge.for_target(name).predictions.column
        if not is_collection(values) or isinstance(values, str | os.PathLike):
            raise UsageError(f"the target {name}: expected a mapping of id to prediction")
        found[column] = pairs_of(values, challenge, in_order, _NOUN)
    return found


def _of_frame(
    frame: Any, challenge: Challenge, in_order: InOrder, kind: str
) -> dict[str, list[tuple[str, Any]]]:
    """Return the columns of a data frame with predictions, with the ids of its id column."""
    by_name = columns_of(frame, kind)
    each = challenge.each_target()
    given = {name: find_label(list(by_name), one.predictions) for name, one in each.items()}
    if not any(given.values()):
        wanted = listing(repr(one.predictions.column) for one in each.values())
        raise UsageError(
            f"the {kind} has no column {wanted}; its columns are {named(list(by_name))}. Rename "
            "the column of the predictions"
        )
    ids = ids_of_frame(frame, by_name, challenge, in_order, kind)
    found = {}
    for name, label in given.items():
        if label is not None:
            values = list_column(frame, by_name[label])
            column = each[name].predictions.column
            names = in_order.names(challenge, len(values), kind, _NOUN) if ids is None else ids
            found[column] = list(zip(names, values, strict=True))
    return found


def about_object(finding: Finding) -> Finding:
    """Return a finding about an object in memory: without a line, which it does not have.

    Lines in its message become positions, counted from 0; the header was line 1.
    """
    message = _LINES.sub(
        lambda found: "positions" + _NUMBER.sub(lambda n: str(int(n[0]) - 2), found[1]),
        finding.message,
    )
    message = _IN_LINE.sub(lambda found: f"at position {int(found[1]) - 2}", message)
    texts = {"message": _without_file(message), "hint": _without_file(finding.hint)}
    update = {"line": None, "column": None, "lines": (), **texts}
    return finding.model_copy(update=update)


def _without_file(text: str) -> str:
    """Return a text about a file as one about an object."""
    for about_file, instead in _ABOUT_FILES.items():
        text = text.replace(about_file, instead)
    return text
