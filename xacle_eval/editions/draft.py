"""Drafting: a label file to a challenge file, its lists of ids, and what was found where."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from xacle_eval.challenge.lists import text_problems
from xacle_eval.challenge.loading import challenge_of
from xacle_eval.challenge.manifest import Manifest
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.targets import OVERALL
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
from xacle_eval.editions.parts import draw_parts
from xacle_eval.editions.scale import find_scale
from xacle_eval.editions.writing import Settings, draft_text
from xacle_eval.io.outputs import is_within, real_path
from xacle_eval.references.targets import load_target_references
from xacle_eval.text import count, encodable, listing, quote, visible, visible_path

__all__ = ["Draft", "draft_challenge"]

_MOST_TARGETS = 20
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


def draft_challenge(
    labels: str | os.PathLike[str],
    file: str | os.PathLike[str],
    *,
    parts: Sequence[str] = (),
    seed: int = 0,
) -> Draft:
    """Draft a challenge file from a file of averages or ratings.

    Parameters
    ----------
    labels : path
        The label file, with or without a header; commas, tabs or semicolons separate the fields.
    file : path
        The challenge file that will be written. Lists are beside it.
    parts : sequence of str
        Parts of the split with their fractions, such as ``public=0.3``.
    seed : int
        The seed of the parts.

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
    manifest = Manifest(ids, settings.ending)
    lists: dict[str, Iterable[str]] = {}
    if isinstance(settings.source, str):
        lists[settings.source] = ids
    if parts:
        drawn = draw_parts(parts, seed, manifest)
        files = {name: f"{encodable(target.stem)}_{settings.split}_{name}.txt" for name in drawn}
        settings = replace(settings, parts=files)
        lists |= {files[name]: listed for name, listed in drawn.items()}
    text = draft_text(settings)
    challenge = challenge_of(text, str(target), {settings.split: manifest})
    _require_lists(table, challenge, ids, lists)
    load_target_references(path, challenge)
    found = (*_found(table, roles, settings, ids), *_drawn(settings, lists, seed))
    return Draft(
        text,
        {name: "".join(f"{pair}\n" for pair in listed) for name, listed in lists.items()},
        found,
        tuple(_to_check(table, roles, settings)),
    )


def _require_lists(
    table: Labels, challenge: Challenge, ids: Mapping[str, int], lists: Mapping[str, Iterable[str]]
) -> None:
    """Refuse ids that cannot be in a list of ids."""
    if lists:
        listed = "".join(f"{pair}\n" for pair in ids)
        for line, problem in text_problems(listed.encode(), listed, challenge.ids):
            row = list(ids.values())[line - 1]
            raise table.refuse(f"the ids cannot be in a list of ids: {problem}", row)


def _drawn(settings: Settings, lists: Mapping[str, Iterable[str]], seed: int) -> Iterator[str]:
    for name, file in settings.parts.items():
        size = count(len(list(lists[file])), "pair")
        yield f"part {name}: {size}, drawn with seed {seed}; list {visible(file, 200)}"


def _settings(
    table: Labels, roles: Roles, ids: Sequence[str], path: Path, target: Path
) -> Settings:
    ending = find_ending(ids)
    stem = _stem(path)
    split = _split_of(stem)
    pattern = find_pattern(ids, ending)
    headerless = table.header is None
    several = len(roles.scores) > 1
    names = {
        column: table.names[column] or (f"score{place}" if several else "average_score")
        for place, column in enumerate(roles.scores, start=1)
    }
    return Settings(
        labels=encodable(path.name),
        name=_short_name(stem if target.stem == "challenge" else target.stem),
        title=_title(stem if target.stem == "challenge" else target.stem),
        split=split,
        delimiter=table.delimiter,
        id_column="id" if headerless else table.names[roles.id],
        ending=ending,
        text_column=None if roles.text is None else table.names[roles.text],
        scores={
            names[column]: find_scale(table.numbers(column), table.lines) for column in roles.scores
        },
        listener=None if roles.listener is None else table.names[roles.listener],
        source=pattern or f"{encodable(target.stem)}_{split}.txt",
        references=_relative(path, target),
        groups=None if pattern else find_groups(ids),
        endings=_endings(table, path),
        size=len(ids),
        targets=_targets(table, list(names.values())) if several else {},
        parts={},
    )


def _targets(table: Labels, columns: Sequence[str]) -> dict[str, str]:
    """Return the name of the target of each column."""
    if len(columns) > _MOST_TARGETS:
        names = listing((quote(name, 60) for name in columns), 5)
        raise table.refuse(
            f"{len(columns)} columns of numbers ({names}); expected at most {_MOST_TARGETS} "
            "targets; delete the columns that listeners did not rate"
        )
    targets: dict[str, str] = {}
    taken: set[str] = set()
    for place, column in enumerate(columns, start=1):
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", column)[:60].strip("_-") or f"target{place}"
        if name.casefold() == OVERALL:
            name = f"{name}_score"  # the board over all targets has this name
        name = name if name.casefold() not in taken else f"{name[:50]}_{place}"
        taken.add(name.casefold())
        targets[column] = name
    return targets


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


def _found(table: Labels, roles: Roles, settings: Settings, ids: Mapping[str, int]) -> list[str]:
    separators = {"comma": "commas", "tab": "tabs", "semicolon": "semicolons"}
    header = "no header" if table.header is None else f"a header in line {table.header}"
    size = f"{count(len(table.rows), 'row')} and {count(len(table.names), 'column')}"
    first, last = table.lines[0], table.lines[-1]
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    found = [
        f"{visible_path(table.path)}: {size}, separated by {separators[table.delimiter]}, {header}",
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
    if settings.references is None:
        found.append("references: in another folder, so pass --references to each command")
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
    checks = ["the name, the title and the ranking rule"]
    for name, scale in settings.scores.items():
        if scale.others:
            others = listing((f"{low} to {high}" for low, high in scale.others), 5)
            checks.append(f"the scale of {quote(name, 60)}: the values also fit {others}")
        elif not scale.usual:
            checks.append(f"the scale of {quote(name, 60)}: no usual scale contains the values")
    if settings.targets:
        names = listing(settings.targets.values(), 8)
        checks.append(f"the targets {names}: delete the tables of columns that nobody rated")
    used = {roles.id, roles.listener, roles.text, *roles.scores[: len(settings.scores)]}
    surplus = [name for column, name in enumerate(table.names) if name and column not in used]
    if surplus:
        names = listing((quote(name, 60) for name in surplus), 8)
        checks.append(f"the unused columns {names}: a pairs file can hold them, for --by-column")
    return checks
