"""References: load averages, or per-listener ratings that are averaged here.

The kind of file is detected from its columns. The number of ratings per pair is counted, never
assumed. Errors in a reference file are reported with the same rules, lines and columns as errors
in a submission.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.inputs import ListError, locate
from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.errors import ChallengeError, ReferencesError, UsageError, XacleEvalError
from xacle_eval.references.agreement import compare_averages, note_scale
from xacle_eval.references.both import LoadedFile, Written, compare_files
from xacle_eval.references.listener_names import listener_codes
from xacle_eval.references.model import (
    ListenerCounts,
    OneFile,
    OneReferences,
    References,
    ReferenceSummary,
    TwoFiles,
)
from xacle_eval.references.objects import (
    about_reading,
    file_source,
    in_memory,
    is_two_files,
    reference_source,
)
from xacle_eval.references.ratings import Ratings
from xacle_eval.references.rows import exclude_rows, known_positions, refuse_out_of_range
from xacle_eval.references.splits import name_split
from xacle_eval.submissions.causes import without_consequences
from xacle_eval.submissions.checking import missing_pairs, repeated_pairs
from xacle_eval.submissions.columns import Table, about_column, layout
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.frames import NO_ORDER, InOrder, Order
from xacle_eval.submissions.objects import require_arrays
from xacle_eval.submissions.reading import Reading, Source, read
from xacle_eval.submissions.rows import whole_rows
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.severities import adjust_references
from xacle_eval.submissions.values import parse_numbers
from xacle_eval.text import count, visible

__all__ = [
    "load_file",
    "load_one",
    "load_references",
    "reference_roles",
]


# A file of ratings has several rows per pair and more columns than a submission. A million
# ratings with the texts of their pairs have about 100 MB; larger sets are not known.
MAX_BYTES = 500_000_000
MAX_ROWS = 5_000_000


def load_references(
    references: OneReferences | None = None,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    *,
    split: str | None = None,
    ids: Iterable[str] | None = None,
    order: Order | None = None,
    predictions: Iterable[Any] = (),
) -> References:
    """Load the references of a split, from a file or from memory.

    Parameters
    ----------
    references : path, References, dict, Series, data frame, array, list of two of them, or None
        A CSV file of averages or of per-listener ratings (``.gz`` is decompressed), or loaded
        references. In memory: averages by id in a dict or a Series; a data frame with the columns
        of a reference file, with averages or with one row per rating; or averages in an array,
        list or tensor with `ids` or `order`. None uses the challenge's bundled references: the
        file that the challenge file names, or else its demo ratings. With two of them, one of
        ratings and one of averages, the averages of the ratings are the references, and the
        others must be the same to their printed precision (XAC160).
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one with the split in use. It defines columns,
        pairs and score range. If it has a part in use, references of only that part are enough,
        and others are cut to it.
    split : str, optional
        The split, if not the challenge's default or the one in use.
    ids : iterable of str, optional
        The id of each average in an array.
    order : "manifest", optional
        The averages in an array are in the order of the challenge's manifest.
    predictions : iterable of path or of predictions in memory, optional
        What is to be scored. If the references are of another split, the first of them is read,
        so that the error can name the split of both.

    Returns
    -------
    References
        One finite mean for every scored pair, in points of the challenge's scale.

    Raises
    ------
    ReferencesError
        If the references have errors; in a file, each error has its line and column.
    UsageError
        If an object has no ids or cannot be read, if `references` is None and the challenge has no
        bundled references for the split, or if loaded references are of another challenge, split
        or part.

    Examples
    --------
    >>> import xacle_eval as xe
    >>> challenge = xe.load_challenge("xacle2026")
    >>> truth = xe.load_references([5.0] * 3000, challenge, order="manifest")
    >>> truth.tag
    'averages@71af2a6e'
    """
    in_order, challenge = InOrder(ids, order), load_challenge(challenge, split)
    require_arrays(in_order, challenge, references)
    return load_one(references, challenge, predictions, in_order)


def load_one(
    references: OneReferences | None,
    challenge: Challenge,
    predictions: Iterable[Any] = (),
    in_order: InOrder = NO_ORDER,
) -> References:
    """Load the references of a challenge with one target; see `load_references`."""
    if challenge.targets:
        names = ", ".join(challenge.targets)
        raise UsageError(
            f"{challenge.name} has several targets: load the references of one with "
            f"challenge.for_target(NAME), or of all with load_target_references; targets: {names}"
        )
    if isinstance(references, References):
        return _same_pairs(references, challenge)
    return load_file(references, challenge, predictions, in_order)[challenge.target]


def load_file(
    references: OneFile | TwoFiles | None,
    challenge: Challenge,
    predictions: Iterable[Any],
    in_order: InOrder = NO_ORDER,
) -> dict[str, References]:
    """Return the references in one file or two, or in memory, by target.

    References of the other kind that the challenge file names are compared with them too; that
    they disagree is only a warning.

    Raises
    ------
    ReferencesError, UsageError
        As for `load_references`.
    """
    if is_two_files(references):
        files = [
            _load_one(each, challenge, predictions, in_order) for each in cast(TwoFiles, references)
        ]
        return compare_files(files, challenge, refuse=True)
    first = _load_one(references, challenge, predictions, in_order)
    named = challenge.references_file
    if references is None or not named or not isinstance(references, str | os.PathLike):
        return first.loaded
    try:
        second = _load_one(None, challenge, predictions, in_order)
    except XacleEvalError:
        return first.loaded  # it is not used, so its errors do not matter
    if first.kind == second.kind:
        return first.loaded
    return compare_files([first, second], challenge, refuse=False)


def _load_one(
    references: Any, challenge: Challenge, predictions: Iterable[Any], in_order: InOrder
) -> LoadedFile:
    """Return the references in one file, or in memory."""
    source, demo = _find_source(references, challenge, in_order)
    reading = read(source, MAX_BYTES, MAX_ROWS, challenge.delimiter)
    loaded = _from_reading(reading, challenge, demo)
    errors = [finding for finding in reading.findings if finding.severity == "error"]
    if not loaded or errors:
        errors = list(about_reading(reading, errors))
        raise ReferencesError(source.path, name_split(errors, predictions, challenge))
    if source.memory:
        loaded = {name: in_memory(one) for name, one in loaded.items()}
    if challenge.target:
        loaded = {challenge.target: replace(loaded[""], target=challenge.target)}
    return LoadedFile(loaded, reading, partial(_written, reading, challenge))


def _written(reading: Reading, challenge: Challenge) -> dict[str, list[Written]]:
    """Return the averages of each target as a valid file has them, with their lines."""
    table = layout(
        replace(reading, findings=[]),
        challenge,
        reference_roles(challenge, rated=False),
        optional=[_role(name, False) for name, one in challenge.targets.items() if one.optional],
        in_order=bool(challenge.targets),
    )
    if table is None:
        return {}
    whole_rows(table)
    positions, lines = known_positions(table, challenge).tolist(), range(len(table.rows))
    places = table.lines(lines)
    found = {}
    for name in challenge.each_target():
        if _role(name, False) in table.columns:
            texts = table.texts(_role(name, False))
            found[name or challenge.target] = list(map(Written, positions, texts, places))
    return found


def _same_pairs(references: References, challenge: Challenge) -> References:
    """Return loaded references if they are of the split; those of a part are cut to it."""
    loaded_for = (references.challenge, references.split)
    needed_for = (challenge.name, challenge.split)
    if loaded_for == needed_for and references.part not in (ALL, challenge.part):
        raise UsageError(
            f"the references are of the part {references.part}, but the part {challenge.part} of "
            f"the split {challenge.split} is scored: load the references of that part, or of the "
            "whole split"
        )
    whole = references.part == ALL
    size = len(challenge.manifest if whole else challenge.scored)
    if loaded_for != needed_for or references.values.size != size:
        raise UsageError(
            f"the references are of the split {loaded_for[1]} of {loaded_for[0]}, "
            f"not of the split {needed_for[1]} of {needed_for[0]}: load them with "
            "load_references(FILE, challenge) for the challenge and split that you score"
        )
    if references.target != challenge.target:
        raise UsageError(
            f"the references are of the target {references.target or '(none)'}, "
            f"not of the target {challenge.target or '(none)'}"
        )
    positions = challenge.scored_positions
    if whole and positions is not None:
        return references.cut(challenge.part, positions)
    return references


def _find_source(references: Any, challenge: Challenge, in_order: InOrder) -> tuple[Source, bool]:
    """Return where to read the references, and whether they are demo ratings."""
    if references is not None:
        return reference_source(references, challenge, in_order), False
    split = challenge.splits[challenge.split]
    for key, file in (("references", challenge.references_file), ("demo", split.demo)):
        if file:
            return file_source(_locate(challenge, key, file)), key == "demo"
    needed = [
        ",".join(column.column for column in reference_roles(challenge, rated).values())
        for rated in (False, True)
    ]
    raise UsageError(
        f"no references for the split {challenge.split} of {challenge.name}: "
        f"pass --references FILE, a file of averages ({needed[0]}) "
        f"or of ratings ({needed[1]})"
    )


def _locate(challenge: Challenge, key: str, name: str) -> Path:
    try:
        return locate(challenge.folder, name)
    except ListError as error:
        place = f"splits.{visible(challenge.split)}.{key}"
        raise ChallengeError(challenge.name, [f"{place}: {error}"]) from error


def _from_reading(reading: Reading, challenge: Challenge, demo: bool) -> dict[str, References]:
    """Return the references in a file by target, or none; findings are added to `reading`."""
    if not reading.rows:
        if not reading.findings:
            hint = "Write one row per pair, or one row per rating."
            reading.findings.append(rule("file-empty").finding("the file has no rows", hint=hint))
        return {}
    rated = any(challenge.ratings.listener.matches(name) for name in reading.rows[0])
    roles = reference_roles(challenge, rated)
    optional = [_role(name, rated) for name, one in challenge.targets.items() if one.optional]
    in_order = bool(challenge.targets) and not rated
    table = layout(reading, challenge, roles, optional=optional, in_order=in_order)
    if table is None:
        return {}
    whole_rows(table)
    excluded = exclude_rows(table, challenge) if rated else 0
    loaded = _average_rows(table, challenge, rated, demo, excluded)
    reading.findings.extend(table.findings)
    if not loaded:
        reading.findings[:] = without_consequences(reading.findings)
    return loaded


def _role(target: str, rated: bool) -> str:
    """Return the role of the column of a target."""
    role = "rating" if rated else "reference"
    return f"{role} of {target}" if target else role


def reference_roles(challenge: Challenge, rated: bool) -> dict[str, Column]:
    """Return the columns that a file of ratings (`rated`), or of averages, must have, by role."""
    roles: dict[str, Column] = {"id": challenge.ids}
    for name, one in challenge.each_target().items():
        roles[_role(name, rated)] = one.ratings if rated else one.references
    return {**roles, "listener": challenge.ratings.listener} if rated else roles


@dataclass(frozen=True, slots=True)
class _Column:
    """The values of one target, one for each row, and the findings about their column."""

    challenge: Challenge
    values: NDArray[np.float64]
    findings: tuple[Finding, ...]


def _average_rows(
    table: Table, challenge: Challenge, rated: bool, demo: bool, excluded: int
) -> dict[str, References]:
    """Return the references of each target in a table; all findings are added to `table`."""
    positions = known_positions(table, challenge)
    columns = _columns(table, positions, challenge, rated)
    size = len(challenge.scored)
    number = np.bincount(positions, minlength=size)
    missing_pairs(table, number > 0, challenge.scored)
    _note_texts(table, positions, challenge)
    if rated:
        listeners, names, again = listener_codes(table, positions)
    else:
        repeated_pairs(table, positions, challenge.scored)
    shared = tuple(adjust_references(table.findings, challenge))
    own = (found for column in columns.values() for found in column.findings)
    table.findings = [*shared, *own]
    if any(f.severity == "error" for f in (*table.findings, *table.reading.findings)):
        return {}
    summary = ReferenceSummary(
        kind="demo" if demo else "ratings" if rated else "averages",
        sha256=table.reading.sha256 or "",
        pairs=size,
        listeners=ListenerCounts.of(number) if rated else None,
        excluded=excluded,
    )
    ids = challenge.scored.ids

    def ratings_of(values: NDArray[np.float64]) -> Ratings | None:
        if not rated:
            return None
        return Ratings.from_codes(ids, names, positions, listeners, values, repeated=again)

    return {
        name: References(
            values=np.bincount(positions, weights=column.values, minlength=size) / number,
            summary=summary,
            path=table.reading.path,
            ratings=ratings_of(column.values),
            findings=(*table.reading.findings, *shared, *column.findings),
            challenge=challenge.name,
            split=challenge.split,
            part=challenge.part,
            target=name,
        )
        for name, column in columns.items()
    }


def _columns(
    table: Table, positions: NDArray[np.int64], challenge: Challenge, rated: bool
) -> dict[str, _Column]:
    """Return the column of each target in a table, after `known_positions`."""
    noun = "rating" if rated else "reference"
    columns = {}
    for name, one in challenge.each_target().items():
        role = _role(name, rated)
        if role not in table.columns:
            continue
        view = table.with_role(role, noun)
        values = parse_numbers(view, noun, noun)
        refuse_out_of_range(view, values, noun, one)
        note_scale(view, values, noun, one)
        if rated:
            compare_averages(view, positions, values, one)
        column = one.ratings if rated else one.references
        place = table.place_of(role, column, name) if name else ""
        found = adjust_references(about_column(place, view.findings), challenge)
        columns[name] = _Column(one, values, found)
    return columns


def _note_texts(table: Table, positions: NDArray[np.int64], challenge: Challenge) -> None:
    """Warn if rows with the same id have different texts: they may be different pairs."""
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
        ids = challenge.scored.ids
        names = ", ".join(visible(ids[position]) for position in list(several)[:5])
        message = f"{count(len(several), 'id')} with more than one text: {names}"
        lines = table.lines(list(several.values())[:5])
        table.findings.append(
            rule("text-differs").finding(message, count=len(several), lines=lines)
        )
