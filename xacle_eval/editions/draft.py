"""Drafting: a label file to a challenge file, its lists of ids, and what was found where."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from xacle_eval.challenge.lists import text_problems
from xacle_eval.challenge.loading import challenge_of
from xacle_eval.challenge.manifest import Manifest
from xacle_eval.editions.columns import Roles, find_roles
from xacle_eval.editions.ids import (
    Pattern,
    describe_groups,
    find_ending,
    find_groups,
    find_ids,
    find_pattern,
)
from xacle_eval.editions.labels import Labels, read_labels
from xacle_eval.editions.scale import Scale, find_scale
from xacle_eval.editions.writing import Settings, draft_text
from xacle_eval.outputs import is_within, real_path
from xacle_eval.references.loading import load_references
from xacle_eval.text import count, encodable, listing, quote, visible

__all__ = ["Draft", "draft_challenge"]

_SPLITS = {
    "train": "train",
    "training": "train",
    "dev": "dev",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "eval": "eval",
    "test": "test",
}


@dataclass(frozen=True)
class Draft:
    """A challenge file that was not written yet.

    Attributes
    ----------
    text : str
        The challenge file.
    lists : mapping of str to str
        The lists of ids by file name, relative to the challenge file.
    found : tuple of str
        What was found, and in which lines.
    to_check : tuple of str
        What a person must check.
    """

    text: str
    lists: Mapping[str, str]
    found: tuple[str, ...]
    to_check: tuple[str, ...]


def draft_challenge(labels: str | os.PathLike[str], file: str | os.PathLike[str]) -> Draft:
    """Draft a challenge file from a file of averages or ratings.

    Parameters
    ----------
    labels : path
        The label file, with or without a header; commas, tabs or semicolons separate the fields.
    file : path
        The challenge file that will be written. Lists are beside it.

    Returns
    -------
    Draft
        A challenge file without errors that reads the label file without errors.

    Raises
    ------
    UsageError, ReferencesError
        If the label file has errors, or its layout is not clear; the line is named.
    """
    path, target = Path(labels), Path(file)
    table = read_labels(path)
    roles = find_roles(table)
    ids = find_ids(table, roles)
    settings = _settings(table, roles, list(ids), path, target)
    text = draft_text(settings)
    lists = {}
    if isinstance(settings.source, str):
        lists[settings.source] = "".join(f"{pair}\n" for pair in ids)
    manifest = Manifest(ids, settings.ending)
    challenge = challenge_of(text, str(target), {settings.split: manifest})
    for listed in lists.values():
        for line, problem in text_problems(listed.encode(), listed, challenge.ids):
            row = list(ids.values())[line - 1]
            raise table.refuse(f"the ids cannot be in a list of ids: {problem}", row)
    load_references(path, challenge)
    found = tuple(_found(table, roles, settings, ids))
    return Draft(text, lists, found, tuple(_to_check(table, roles, settings)))


def _settings(
    table: Labels, roles: Roles, ids: Sequence[str], path: Path, target: Path
) -> Settings:
    ending = find_ending(ids)
    stem = _stem(path)
    split = _split_of(stem)
    pattern = find_pattern(ids, ending)
    headerless = table.header is None
    column = roles.scores[0]
    names = {column: table.names[column] or "average_score"}
    return Settings(
        labels=encodable(path.name),
        name=_short_name(stem if target.stem == "challenge" else target.stem),
        title=_title(stem if target.stem == "challenge" else target.stem),
        split=split,
        delimiter=table.delimiter,
        id_column="id" if headerless else table.names[roles.id],
        ending=ending,
        text_column=None if roles.text is None else table.names[roles.text],
        scores={names[column]: _scale(table, column)},
        listener=None if roles.listener is None else table.names[roles.listener],
        source=pattern or f"{encodable(target.stem)}_{split}.txt",
        references=_relative(path, target),
        groups=None if pattern else find_groups(ids),
        endings=_endings(table, path),
        size=len(ids),
    )


def _stem(path: Path) -> str:
    name = encodable(path.name)
    name = name[:-3] if name.casefold().endswith(".gz") else name
    return PurePath(name).stem or name


def _split_of(stem: str) -> str:
    words = re.split(r"[^a-z]+", stem.casefold())
    return next((_SPLITS[word] for word in words if word in _SPLITS), "test")


def _short_name(stem: str) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem)[:60].strip("-._")
    return name or "challenge"


def _title(stem: str) -> str:
    words = " ".join(re.split(r"[\s_-]+", visible(stem, 80))).strip()
    return words[:1].upper() + words[1:] if words else "Challenge"


def _relative(path: Path, target: Path) -> str | None:
    """Return the label file relative to the folder of the challenge file, if it is inside."""
    folder, found = real_path(target.parent), real_path(path)
    if not is_within(found, folder):
        return None
    name = found[len(folder) :].lstrip(os.sep).replace(os.sep, "/")
    return name if visible(name, len(name)) == name else None


def _endings(table: Labels, path: Path) -> tuple[str, ...]:
    """Return the extensions of predictions: .csv, and what the label file suggests."""
    own = ".tsv" if table.delimiter == "tab" else PurePath(_name_without_gz(path)).suffix.casefold()
    return (".csv",) if own not in (".tsv", ".txt") else (".csv", own)


def _name_without_gz(path: Path) -> str:
    return re.sub(r"\.gz$", "", path.name, flags=re.IGNORECASE)


def _scale(table: Labels, column: int) -> Scale:
    return find_scale(table.numbers(column), table.lines)


def _found(table: Labels, roles: Roles, settings: Settings, ids: Mapping[str, int]) -> list[str]:
    separators = {"comma": "commas", "tab": "tabs", "semicolon": "semicolons"}
    header = "no header" if table.header is None else f"a header in line {table.header}"
    size = f"{count(len(table.rows), 'row')} and {count(len(table.names), 'column')}"
    first, last = table.lines[0], table.lines[-1]
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    found = [
        f"{visible(table.path, 200)}: {size}, separated by {separators[table.delimiter]}, {header}",
        f"ids: {_column(table, roles.id)}, {count(len(ids), 'id')}{_ending(settings)} ({lines}); "
        f"{_source(settings)}",
        _kind(table, roles, len(ids)),
    ]
    for column, scale in zip(roles.scores, settings.scores.values(), strict=False):
        kind = "scale" if scale.usual else "not a usual scale:"
        found.append(
            f"scores: {_column(table, column)}, {kind} {scale.minimum:g} to {scale.maximum:g}; "
            f"{scale.evidence}"
        )
    if roles.text is not None:
        found.append(f"texts: {_column(table, roles.text)}, compared between rows of an id")
    if settings.groups is not None:
        found.append(
            f"groups: {describe_groups(settings.groups)}, from the ids, such as "
            f"{visible(settings.groups.example, 200)}"
        )
    return found


def _column(table: Labels, column: int) -> str:
    name = table.names[column]
    return f"column {quote(name, 60)}" if name else f"column {column + 1}"


def _ending(settings: Settings) -> str:
    return f" with the ending {settings.ending}" if settings.ending else ""


def _source(settings: Settings) -> str:
    if isinstance(settings.source, Pattern):
        source = settings.source
        return f"pattern {quote(source.pattern)} from {source.first} to {source.last}"
    return f"list {visible(settings.source, 200)}"


def _kind(table: Labels, roles: Roles, pairs: int) -> str:
    if roles.listener is None:
        return "averages: one row per id, and no column with a listener"
    ratings = Counter(text.strip() for text in table.texts(roles.id)).values()
    listeners = len({text.strip() for text in table.texts(roles.listener)})
    least, most = min(ratings), max(ratings)
    each = f"{least}" if least == most else f"{least} to {most}"
    return (
        f"ratings: {_column(table, roles.listener)} has the listener; "
        f"{count(listeners, 'listener')}, {each} per pair, {count(pairs, 'pair')}"
    )


def _to_check(table: Labels, roles: Roles, settings: Settings) -> list[str]:
    checks = ["the name and the title, the ranking rule"]
    for name, scale in settings.scores.items():
        if scale.others:
            others = listing((f"{low} to {high}" for low, high in scale.others), 5)
            checks.append(f"the scale of {quote(name, 60)}: the values also fit {others}")
        elif not scale.usual:
            checks.append(f"the scale of {quote(name, 60)}: no usual scale contains the values")
    used = {roles.id, roles.listener, roles.text, *roles.scores}
    surplus = [name for column, name in enumerate(table.names) if name and column not in used]
    if surplus:
        names = listing((quote(name, 60) for name in surplus), 8)
        checks.append(f"columns that are not used: {names}")
    if settings.references is None:
        checks.append("the labels are in another folder: pass --references to each command")
    return checks
