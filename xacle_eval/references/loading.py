"""References: load averages, or per-listener ratings that are averaged here.

The kind of file is detected from its columns. The number of ratings per pair is counted, never
assumed. Errors in a reference file are reported with the same rules, lines and columns as errors
in a submission.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.columns import Column
from xacle_eval.challenge.inputs import ListError, locate
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.errors import ChallengeError, ReferencesError, UsageError, XacleEvalError
from xacle_eval.io.compressed import GzipReader
from xacle_eval.io.files import display_path, open_input
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
from xacle_eval.references.ratings import Ratings
from xacle_eval.references.splits import Predictions, name_split
from xacle_eval.submissions.causes import without_consequences
from xacle_eval.submissions.checking import missing_pairs, repeated_pairs
from xacle_eval.submissions.columns import Table, about_column, layout
from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.ids import find_positions
from xacle_eval.submissions.reading import Reading, Source, read
from xacle_eval.submissions.rows import whole_rows
from xacle_eval.submissions.rules import rule
from xacle_eval.submissions.severities import adjust_references
from xacle_eval.submissions.values import parse_numbers
from xacle_eval.text import count, visible

__all__ = [
    "exclude_rows",
    "file_source",
    "known_positions",
    "load_file",
    "load_references",
    "reference_roles",
    "refuse_out_of_range",
]


# A file of ratings has several rows per pair and more columns than a submission. A million
# ratings with the texts of their pairs have about 100 MB; larger sets are not known.
MAX_BYTES = 500_000_000
MAX_ROWS = 5_000_000
_OTHER_SPLIT = rule("id-of-other-split").code


def load_references(
    references: OneReferences | None,
    challenge: Challenge,
    *,
    predictions: Iterable[Predictions] = (),
) -> References:
    """Load the references of the challenge's split.

    Parameters
    ----------
    references : path, mapping of id to mean rating, References, sequence of two paths, or None
        A CSV file of averages or of per-listener ratings (``.gz`` is decompressed), means in
        memory, or loaded references. None uses the challenge's bundled references: the file that
        the challenge file names, or else its demo ratings. With two files, one of ratings and one
        of averages, the averages of the ratings are the references, and those in the file must be
        the same to their printed precision (XAC160).
    challenge : Challenge
        The challenge, with the split in use. It defines columns, pairs and score range. If it
        has a part in use, references of only that part are enough, and others are cut to it.
    predictions : iterable of path or mapping, optional
        What is to be scored. If the references are of another split, the first of them is read,
        so that the error can name the split of both.

    Returns
    -------
    References
        One finite mean for every scored pair, in points of the challenge's scale.

    Raises
    ------
    ReferencesError
        If the references have errors; each error has its line and column.
    UsageError
        If `references` is None and the challenge has no bundled references for the split, or if
        loaded references are of another challenge, split or part.
    """
    if challenge.targets:
        names = ", ".join(challenge.targets)
        raise UsageError(
            f"{challenge.name} has several targets: load the references of one with "
            f"challenge.for_target(NAME), or of all with load_target_references; targets: {names}"
        )
    if isinstance(references, References):
        return _same_pairs(references, challenge)
    return load_file(references, challenge, predictions)[challenge.target]


def load_file(
    references: OneFile | TwoFiles | None,
    challenge: Challenge,
    predictions: Iterable[Predictions],
) -> dict[str, References]:
    """Return the references in one file or two, or in memory, by target.

    References of the other kind that the challenge file names are compared with them too; that
    they disagree is only a warning.

    Raises
    ------
    ReferencesError, UsageError
        As for `load_references`.
    """
    if isinstance(references, list | tuple):
        files = [_load_one(each, challenge, predictions) for each in references]
        return compare_files(files, challenge, refuse=True)
    first = _load_one(references, challenge, predictions)
    named = challenge.references_file
    if references is None or not named or not isinstance(references, str | os.PathLike):
        return first.loaded
    try:
        second = _load_one(None, challenge, predictions)
    except XacleEvalError:
        return first.loaded  # it is not used, so its errors do not matter
    if first.kind == second.kind:
        return first.loaded
    return compare_files([first, second], challenge, refuse=False)


def _load_one(
    references: OneFile | None, challenge: Challenge, predictions: Iterable[Predictions]
) -> LoadedFile:
    """Return the references in one file, or in memory."""
    source, demo = _find_source(references, challenge)
    reading = read(source, MAX_BYTES, MAX_ROWS, challenge.delimiter)
    loaded = _from_reading(reading, challenge, demo)
    errors = [finding for finding in reading.findings if finding.severity == "error"]
    if not loaded or errors:
        raise ReferencesError(source.path, name_split(errors, predictions, challenge))
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


def _find_source(references: OneFile | None, challenge: Challenge) -> tuple[Source, bool]:
    """Return where to read the references, and whether they are demo ratings."""
    if isinstance(references, Mapping) or hasattr(references, "items"):
        columns = (challenge.ids.column, challenge.references.column)
        return Source.of_mapping(cast(Mapping[str, float], references), columns), False
    if references is not None:
        return file_source(Path(references)), False
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


def file_source(path: Path) -> Source:
    """Return a reference file as a source; a name that ends in ``.gz`` is decompressed."""
    if path.suffix == ".gz":
        return Source(
            display_path(path), lambda: cast(BinaryIO, GzipReader(open_input(path))), path
        )
    return Source(display_path(path), lambda: open_input(path), path)


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


def exclude_rows(table: Table, challenge: Challenge) -> int:
    """Remove the rows that the challenge file excludes from `table`; return their number.

    A missing column of an exclusion is added to the findings of `table`.
    """
    before, rows = len(table.rows), table.reading.rows
    for name, unwanted in challenge.ratings.exclude.items():
        if name not in table.names:
            message = f"no column {name!r}, which the challenge file uses to exclude rows"
            table.findings.append(
                rule("column-missing").finding(message, line=table.reading.lines[0])
            )
            continue
        index = table.names.index(name)
        table.rows = [row for row in table.rows if rows[row][index] not in unwanted]
    return before - len(table.rows)


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


def known_positions(table: Table, challenge: Challenge) -> NDArray[np.int64]:
    """Return the position of each row's pair among the scored pairs, shape (rows,).

    Rows of pairs outside the split are removed from `table` and reported in one note. Rows of
    pairs outside the part are removed without a note: one file can have the labels of all parts.
    """
    positions = find_positions(table, challenge)
    outside = {rule(name).code for name in ("id-unknown", "id-of-other-split")}
    surplus = sum(finding.count for finding in table.findings if finding.code in outside)
    others = [finding for finding in table.findings if finding.code == _OTHER_SPLIT]
    table.findings = [finding for finding in table.findings if finding.code not in outside]
    if surplus:
        verb = "belongs to a pair" if surplus == 1 else "belong to pairs"
        message = f"{count(surplus, 'row')} {verb} outside the split {challenge.split} (not used)"
        table.findings.append(rule("surplus-pairs").finding(message, count=surplus))
        table.findings += _other_split(others, table, challenge)
    if challenge.scored_positions is not None:
        place = np.full(len(challenge.manifest) + 1, -1)  # the last one is for unknown ids
        place[list(challenge.scored_positions)] = np.arange(len(challenge.scored))
        positions = place[positions]
    known = positions >= 0
    table.rows = [row for row, keep in zip(table.rows, known.tolist(), strict=True) if keep]
    return positions[known]


def _other_split(others: list[Finding], table: Table, challenge: Challenge) -> list[Finding]:
    """Return the error for a file in which every row is of one other split."""
    if len(others) != 1 or others[0].count != len(table.rows):
        return []
    table.findings.pop()  # the note about the same rows
    _, _, split = others[0].hint.partition("--split ")
    ours, split = challenge.split, split.rstrip(".")
    hint = f"Pass the references of the split {ours}, or use --split {split} for predictions of it."
    return [others[0].model_copy(update={"hint": hint})]


def refuse_out_of_range(
    table: Table, values: NDArray[np.float64], role: str, challenge: Challenge
) -> None:
    """Add an error to `table` if values are outside the challenge's scale.

    Parameters
    ----------
    table : Table
        The table with the values.
    values : array of float, shape (rows,)
        Parsed values; NaN is ignored here.
    role : str
        The role of their column, ``rating`` or ``reference``.
    challenge : Challenge
        Defines the scale.
    """
    low, high = challenge.scores.minimum, challenge.scores.maximum
    with np.errstate(invalid="ignore"):
        outside = np.flatnonzero((values < low) | (values > high)).tolist()
    if outside:
        shown = f"{values[outside[0]]:g}"
        rest = f", and {len(outside) - 1:,} more" if len(outside) > 1 else ""
        message = f"the {role} {shown} is outside {low:g}–{high:g}{rest}"
        hint = "Fix the file, or the range in the challenge file."
        table.add_finding("out-of-range", outside, role, message, hint)
        table.findings[-1] = table.findings[-1].model_copy(update={"severity": "error"})


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
