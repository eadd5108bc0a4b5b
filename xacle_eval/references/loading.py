"""References: the ground truth, as averages or as per-listener ratings that are averaged here.

The two kinds of file are told apart by their columns. How many listeners rated a pair
is counted, never assumed. A reference file at fault is the caller's error, with the
same rules, lines and columns as a submission's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.model import Challenge, Column
from xacle_eval.errors import ReferencesError, UsageError
from xacle_eval.files import display_path
from xacle_eval.references.model import (
    ListenerCounts,
    References,
    ReferenceSummary,
)
from xacle_eval.references.ratings import Ratings
from xacle_eval.submissions.checking import missing_pairs, repeated_pairs
from xacle_eval.submissions.columns import Table, find_positions, layout, parse_numbers, whole_rows
from xacle_eval.submissions.reading import Reading, Source, read
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, visible

__all__ = [
    "exclude_rows",
    "file_source",
    "known_positions",
    "listener_codes",
    "load_references",
    "reference_roles",
    "refuse_out_of_range",
]


# References are the caller's own; this bound only stops a wrong file from filling the memory.
MAX_BYTES = 4_000_000_000
MAX_ROWS = 200_000_000


def load_references(
    references: str | os.PathLike[str] | Mapping[str, float] | References | None,
    challenge: Challenge,
) -> References:
    """Load the references of the challenge's split.

    Parameters
    ----------
    references : path, mapping of id to mean rating, References or None
        None takes the file that the challenge file names, else the demo ratings.
    challenge : Challenge
        Whose columns, manifest and score range the file must fit.

    Returns
    -------
    References
        With one finite mean for every pair of the manifest.

    Raises
    ------
    ReferencesError
        If the file is at fault; every fault is located.
    UsageError
        If no references were given and the challenge brings none, or they are of another split.
    """
    if isinstance(references, References):
        _require_same_pairs(references, challenge)
        return references
    source, demo = _source(references, challenge)
    reading = read(source, MAX_BYTES, MAX_ROWS)
    loaded = _from_reading(reading, challenge, demo)
    errors = [finding for finding in reading.findings if finding.severity == "error"]
    if loaded is None or errors:
        raise ReferencesError(source.path, errors)
    return loaded


def _require_same_pairs(references: References, challenge: Challenge) -> None:
    theirs, ours = (references.challenge, references.split), (challenge.name, challenge.split)
    if theirs != ours or references.values.size != len(challenge.manifest):
        raise UsageError(
            f"the references are of the split {theirs[1]} of {theirs[0]}, "
            f"not of the split {ours[1]} of {ours[0]}: "
            "load them with load_references(FILE, challenge) for the challenge and split that are scored"
        )


def _source(
    references: str | os.PathLike[str] | Mapping[str, float] | None, challenge: Challenge
) -> tuple[Source, bool]:
    if isinstance(references, Mapping) or hasattr(references, "items"):
        columns = (challenge.ids.column, challenge.references.column)
        return Source.of_mapping(cast(Mapping[str, float], references), columns), False
    if references is not None:
        return file_source(Path(references)), False
    folder = Path(challenge.folder)
    if challenge.references_file:
        return file_source(folder / challenge.references_file), False
    demo = challenge.splits[challenge.split].demo
    if demo:
        return file_source(folder / demo), True
    raise UsageError(
        f"there are no references for the split {challenge.split} of {challenge.name}: "
        f"pass --references FILE, a file of averages ({challenge.ids.column},{challenge.references.column}) "
        "or of ratings "
        f"({challenge.ids.column},{challenge.ratings.column},{challenge.ratings.listener.column})"
    )


def file_source(path: Path) -> Source:
    """Return a file of references as a source; one that ends in ``.gz`` is unpacked."""
    if path.suffix == ".gz":
        import gzip

        return Source(display_path(path), lambda: cast(BinaryIO, gzip.open(path)))
    return Source.of(path)


def _from_reading(reading: Reading, challenge: Challenge, demo: bool) -> References | None:
    """Return the references in a reading, to which every finding is added."""
    if not reading.rows:
        if not reading.findings:
            reading.findings.append(rule("file-empty").finding("the file holds no rows"))
        return None
    rated = any(challenge.ratings.listener.matches(name) for name in reading.rows[0])
    table = layout(reading, challenge, reference_roles(challenge, rated))
    if table is None:
        return None
    whole_rows(table)
    excluded = exclude_rows(table, challenge) if rated else 0
    loaded = _aligned(table, challenge, rated, demo, excluded)
    reading.findings.extend(table.findings)
    return loaded


def reference_roles(challenge: Challenge, rated: bool) -> dict[str, Column]:
    """Return the columns that a file of ratings, or of averages, needs."""
    if not rated:
        return {"id": challenge.ids, "reference": challenge.references}
    ratings = challenge.ratings
    return {"id": challenge.ids, "rating": ratings, "listener": ratings.listener}


def exclude_rows(table: Table, challenge: Challenge) -> int:
    """Drop the rows that the challenge file excludes; return their number."""
    before, rows = len(table.rows), table.reading.rows
    for name, unwanted in challenge.ratings.exclude.items():
        if name not in table.names:
            message = f"there is no column {name!r}, by which the challenge file excludes rows"
            table.findings.append(
                rule("column-missing").finding(message, line=table.reading.lines[0])
            )
            continue
        index = table.names.index(name)
        table.rows = [row for row in table.rows if rows[row][index] not in unwanted]
    return before - len(table.rows)


def _aligned(
    table: Table, challenge: Challenge, rated: bool, demo: bool, excluded: int
) -> References | None:
    positions = known_positions(table, challenge)
    role, noun = ("rating", "rating") if rated else ("reference", "reference")
    values = parse_numbers(table, role, noun)
    refuse_out_of_range(table, values, role, challenge)
    size = len(challenge.manifest)
    number = np.bincount(positions, minlength=size)
    missing_pairs(table, number > 0, challenge)
    _note_texts(table, positions, challenge)
    ratings = None
    if rated:
        listeners, names, again = listener_codes(table, positions)
        ratings = Ratings.from_codes(
            challenge.manifest.ids, names, positions, listeners, values, repeated=again
        )
    else:
        repeated_pairs(table, positions, challenge)
    if any(f.severity == "error" for f in (*table.findings, *table.reading.findings)):
        return None
    means = np.bincount(positions, weights=values, minlength=size) / number
    summary = ReferenceSummary(
        kind="demo" if demo else "ratings" if rated else "averages",
        sha256=table.reading.sha256 or "",
        pairs=size,
        listeners=_counts(number) if rated else None,
        excluded=excluded,
    )
    return References(
        values=means,
        summary=summary,
        path=table.reading.path,
        ratings=ratings,
        findings=tuple(table.findings),
        challenge=challenge.name,
        split=challenge.split,
    )


def known_positions(table: Table, challenge: Challenge) -> NDArray[np.int64]:
    """Return the rows' positions; rows of pairs outside the split are set aside with a note."""
    positions = find_positions(table, challenge)
    outside = {rule(name).code for name in ("id-unknown", "id-of-other-split")}
    surplus = sum(finding.count for finding in table.findings if finding.code in outside)
    table.findings = [finding for finding in table.findings if finding.code not in outside]
    if surplus:
        verb = "is of a pair" if surplus == 1 else "are of pairs"
        message = (
            f"{count(surplus, 'row')} {verb} outside the split {challenge.split}, and not used"
        )
        table.findings.append(rule("surplus-pairs").finding(message, count=surplus))
    known = positions >= 0
    table.rows = [row for row, keep in zip(table.rows, known.tolist(), strict=True) if keep]
    return positions[known]


def refuse_out_of_range(
    table: Table, values: NDArray[np.float64], role: str, challenge: Challenge
) -> None:
    """Report values outside the challenge's scale as an error."""
    low, high = challenge.scores.minimum, challenge.scores.maximum
    with np.errstate(invalid="ignore"):
        outside = np.flatnonzero((values < low) | (values > high)).tolist()
    if outside:
        shown = f"{values[outside[0]]:g}"
        rest = f", and {len(outside) - 1:,} more" if len(outside) > 1 else ""
        message = f"the {role} {shown} is outside {low:g}–{high:g}{rest}"
        hint = "Correct the file, or the range in the challenge file."
        table.add_finding("out-of-range", outside, role, message, hint)
        table.findings[-1] = table.findings[-1].model_copy(update={"severity": "error"})


def _note_texts(table: Table, positions: NDArray[np.int64], challenge: Challenge) -> None:
    """Warn where rows of one id carry different texts: they may be different pairs."""
    column = challenge.ids.text
    if column is None:
        return
    places = [index for index, name in enumerate(table.names) if column.matches(name)]
    if len(places) != 1:
        return
    rows = table.reading.rows
    first: dict[int, str] = {}
    several: dict[int, int] = {}
    for item, position in enumerate(positions.tolist()):
        text = rows[table.rows[item]][places[0]]
        if first.setdefault(position, text) != text:
            several.setdefault(position, item)
    if several:
        ids = challenge.manifest.ids
        names = ", ".join(visible(ids[position]) for position in list(several)[:5])
        message = f"{count(len(several), 'id')} with more than one text: {names}"
        lines = table.lines(list(several.values())[:5])
        table.findings.append(
            rule("text-differs").finding(message, count=len(several), lines=lines)
        )


def listener_codes(
    table: Table,
    positions: NDArray[np.int64],
    repeated: str = "all are averaged",
) -> tuple[NDArray[np.int64], tuple[str, ...], bool]:
    """Return the listener of each row; empty listeners and repeated ratings are reported.

    Parameters
    ----------
    table : Table
        With a listener column.
    positions : array of int, shape (rows,)
        The pair of each row.
    repeated : str
        What the finding says about a listener's repeated ratings of a pair.

    Returns
    -------
    tuple of (array of int, tuple of str, bool)
        The listener of each row as a position in the names, the names in order of first
        appearance, and whether a listener rated a pair more than once.
    """
    written = [text.strip() for text in table.texts("listener")]
    empty = [item for item, text in enumerate(written) if not text]
    if empty:
        table.add_finding(
            "listener-empty", empty, "listener", f"{count(len(empty), 'row')} without a listener"
        )
    numbers = {name: number for number, name in enumerate(dict.fromkeys(written))}
    listeners = np.array([numbers[name] for name in written], dtype=np.int64)
    again = _note_repeated(table, positions, listeners, len(numbers), repeated)
    return listeners, tuple(numbers), again


def _note_repeated(
    table: Table,
    positions: NDArray[np.int64],
    listeners: NDArray[np.int64],
    size: int,
    outcome: str,
) -> bool:
    """Report ratings by a listener who had rated the pair already; return whether there are any."""
    keys = positions * size + listeners
    order = np.argsort(keys, kind="stable")
    again = np.diff(keys[order], prepend=-1) == 0
    repeated = np.sort(order[again]).tolist()
    if repeated:
        number = count(len(repeated), "rating")
        message = f"{number} by a listener who had rated the pair already; {outcome}"
        table.add_finding("rating-repeated", repeated, "listener", message)
    return bool(repeated)


def _counts(number: NDArray[np.int64]) -> ListenerCounts:
    return ListenerCounts(
        minimum=int(number.min()),
        median=_median(number),
        maximum=int(number.max()),
        total=int(number.sum()),
    )


def _median(number: NDArray[np.int64]) -> float:
    """Return the median; np.median would load numpy.ma, which takes longer than all the rest here."""
    ordered = np.sort(number)
    return float(ordered[(number.size - 1) // 2] + ordered[number.size // 2]) / 2
