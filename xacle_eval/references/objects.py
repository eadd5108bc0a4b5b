"""References in memory: the same kinds of objects as predictions, by the rules of reference files.

An object becomes the rows of a reference file. Only the columns that a reference file can have are
taken from a data frame.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import UsageError
from xacle_eval.io.compressed import GzipReader
from xacle_eval.io.files import display_path, open_input
from xacle_eval.references.model import References
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.frames import (
    NO_ORDER,
    InOrder,
    columns_of,
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
from xacle_eval.submissions.objects import about_object
from xacle_eval.submissions.reading import Reading, Source, format_text, format_value
from xacle_eval.text import listing

__all__ = ["about_reading", "file_source", "in_memory", "is_two_files", "reference_source"]

_NOUN = "references"


def reference_source(
    given: Any, challenge: Challenge, in_order: InOrder = NO_ORDER, columns: Collection[str] = ()
) -> Source:
    """Return a reference file, or references in memory, as a source.

    Parameters
    ----------
    given : path or object
        A path; averages by id; a data frame with averages, or with one row per rating; or averages
        in an array.
    challenge : Challenge
        The challenge, with the split in use.
    in_order : InOrder
        The pairs of the values of an array.
    columns : collection of str
        Other columns of a data frame that are needed.

    Raises
    ------
    UsageError
        If an object cannot be read as references at all.
    """
    if not is_in_memory(given):
        return file_source(Path(given))
    kind = kind_of(given)
    if is_frame(given):
        rows = _rows_of_frame(given, challenge, in_order, kind, columns)
        return Source.of_rows(rows, shown_path(kind), kind)
    if isinstance(given, References):
        raise UsageError("loaded references cannot be combined with a file or other references")
    pairs = pairs_of(given, challenge, in_order, _NOUN)
    source = Source.of_columns({challenge.references.column: pairs}, challenge.ids.column)
    return replace(source, path=shown_path(kind), memory=kind)


def file_source(path: Path) -> Source:
    """Return a reference file as a source; a name that ends in ``.gz`` is decompressed."""
    if path.suffix == ".gz":
        return Source(
            display_path(path), lambda: cast(BinaryIO, GzipReader(open_input(path))), path
        )
    return Source(display_path(path), lambda: open_input(path), path)


def is_two_files(given: Any) -> bool:
    """Return whether a list has files (or objects) to compare, and not numbers."""
    return isinstance(given, list | tuple) and all(
        isinstance(each, os.PathLike) or is_collection(each) for each in given
    )


def about_reading(reading: Reading, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings; those about an object in memory name no line."""
    return tuple(map(about_object, findings) if reading.memory else findings)


def in_memory(references: References) -> References:
    """Return references from an object: findings without lines, and a hash of their content.

    The hash is that of the ids with their averages (or ratings) in manifest order, so it is the
    same for every kind of object that holds the same data.
    """
    digest = hashlib.sha256()
    for line in _lines(references):
        digest.update(line.encode("utf-8", "surrogatepass"))
    return replace(
        references,
        summary=references.summary.model_copy(update={"sha256": digest.hexdigest()}),
        findings=tuple(map(about_object, references.findings)),
    )


def _lines(references: References) -> Iterator[str]:
    ratings = references.ratings
    if ratings is None:
        for place, value in enumerate(references.values.tolist()):
            yield f"{place},{value!r}\n"
        return
    names = ratings.listener_ids
    rows = zip(
        ratings.pair.tolist(), map(names.__getitem__, ratings.listener.tolist()),
        ratings.values.tolist(), strict=True,
    )  # fmt: skip
    for pair, listener, value in sorted(rows):
        yield f"{pair},{listener!r},{value!r}\n"


def _rows_of_frame(
    frame: Any, challenge: Challenge, in_order: InOrder, kind: str, columns: Collection[str]
) -> list[list[str]]:
    """Return the header and the rows of a data frame, with the columns of a reference file."""
    by_name = columns_of(frame, kind)
    each = list(challenge.each_target().values())
    numbers = _matching(by_name, [one.references for one in each] + [one.ratings for one in each])
    if not numbers:
        means = listing(repr(one.references.column) for one in each)
        ratings = listing(repr(one.ratings.column) for one in each)
        raise UsageError(
            f"the {kind} has no column of averages ({means}), or of ratings ({ratings} with "
            f"{challenge.ratings.listener.column!r}); its columns are {named(list(by_name))}. "
            "Rename the column of the references"
        )
    ids = ids_of_frame(frame, by_name, challenge, in_order, kind)
    needed = {*challenge.ratings.exclude, *columns}
    others = [challenge.ratings.listener, *filter(None, [challenge.ids.text])]
    texts = [
        name
        for name in by_name
        if name not in numbers and (name in needed or name in _matching(by_name, others))
    ]
    listed = [
        *([format_value(each) for each in list_column(frame, by_name[name])] for name in numbers),
        *([format_text(each) for each in list_column(frame, by_name[name])] for name in texts),
    ]
    if ids is None:
        ids = in_order.names(challenge, len(listed[0]), kind, _NOUN)
    header = [challenge.ids.column, *numbers, *texts]
    return [header, *([pair, *row] for pair, *row in zip(ids, *listed, strict=True))]


def _matching(names: Iterable[str], columns: Collection[Column]) -> list[str]:
    return [name for name in names if any(column.matches(name) for column in columns)]
