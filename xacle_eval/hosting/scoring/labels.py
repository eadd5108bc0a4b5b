"""The labels of a phase: a strict CSV file, which the exporter writes and the scorer reads.

The file is opened only after a submission is found valid. Its errors name no place and no value:
they never reach a participant, and an organiser finds the file by the phase.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence

__all__ = ["LabelsError", "labels_text", "read_labels"]

_ID = "id"
_ONLY = "reference"
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")


class LabelsError(ValueError):
    """A file of labels that is not the one of the phase."""


def _header(targets: Sequence[str]) -> list[str]:
    return [_ID, *(target or _ONLY for target in targets)]


def labels_text(ids: Sequence[str], columns: Mapping[str, Sequence[float]]) -> str:
    """Return the file of the labels of a phase.

    Parameters
    ----------
    ids : sequence of str
        The ids of the scored pairs, in manifest order.
    columns : mapping of str to sequence of float
        The labels by target, in the order of the targets; an empty name without targets.

    Raises
    ------
    LabelsError
        If a column has another length, or a label is not finite.
    """
    for values in columns.values():
        if len(values) != len(ids) or not all(map(math.isfinite, values)):
            raise LabelsError("expected one finite label for each scored pair")
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(_header(list(columns)))
    for place, pair in enumerate(ids):
        rows.writerow([pair, *(repr(float(values[place])) for values in columns.values())])
    return written.getvalue()


def read_labels(data: bytes, ids: Sequence[str], targets: Sequence[str]) -> dict[str, list[float]]:
    """Return the labels in a file, by target.

    Parameters
    ----------
    data : bytes
        The contents of the file.
    ids : sequence of str
        The ids of the scored pairs, in manifest order.
    targets : sequence of str
        The targets, in their order.

    Raises
    ------
    LabelsError
        If it is not a file of `labels_text` for these ids and targets.
    """
    try:
        text = data.decode("utf-8")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise LabelsError("expected CSV text") from None
    if not rows or rows[0] != _header(targets):
        raise LabelsError("expected a header with the id and every target")
    width = len(targets) + 1
    if any(len(row) != width for row in rows) or [row[0] for row in rows[1:]] != list(ids):
        raise LabelsError("expected one row for each scored pair, in manifest order")
    columns = [[_number(row[place]) for row in rows[1:]] for place in range(1, width)]
    return dict(zip(targets, columns))  # noqa: B905 -- Python 3.7


def _number(text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise LabelsError("expected finite numbers")
    return value
