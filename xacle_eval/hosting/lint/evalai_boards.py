"""The checks of the leaderboards and the splits of an EvalAI bundle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xacle_eval.hosting.lint.config import Config, Location, describe
from xacle_eval.hosting.lint.context import Check, Context, is_true
from xacle_eval.hosting.lint.directions import higher_is_better
from xacle_eval.hosting.lint.evalai_fields import (
    DATASET_SPLIT,
    FIELD_CODES,
    LEADERBOARD,
    PHASE_SPLIT,
    SCHEMA,
)
from xacle_eval.hosting.lint.fields import check_fields
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import did_you_mean, quote

__all__ = ["BOARD_CHECKS"]

_IDS = {
    "challenge_phase_id": "challenge_phases",
    "leaderboard_id": "leaderboard",
    "dataset_split_id": "dataset_splits",
}
_VISIBILITIES = ("1", "2", "3")
_PUBLIC = "3"


def _leaderboards(context: Context) -> Iterator[Finding]:
    config = context.config
    if not config.get("leaderboard"):
        message = "there is no leaderboard"
        yield config.find("evalai-leaderboard-missing", ("leaderboard",), message)
    for location, board in context.items("leaderboard"):
        yield from check_fields(config, location, LEADERBOARD, FIELD_CODES)
        schema = board.get("schema")
        known = schema if isinstance(schema, dict) else {}
        missing = [key for key in ("id", "schema") if board.get(key) is None]
        if isinstance(schema, dict):
            yield from check_fields(config, (*location, "schema"), SCHEMA, FIELD_CODES)
            missing += [key for key in ("labels", "default_order_by") if not known.get(key)]
        if missing:
            message = f"the leaderboard has no {' and no '.join(missing)}"
            yield config.find("schema-incomplete", location, message)
        yield from _labels(config, (*location, "schema"), known)


def _labels(config: Config, location: Location, schema: dict[Any, Any]) -> Iterator[Finding]:
    labels, order = schema.get("labels"), schema.get("default_order_by")
    if order and isinstance(labels, list) and order not in labels:
        guess = did_you_mean(str(order), map(str, labels), sentence=True)
        hint = {"hint": guess} if guess else {}
        place = (*location, "default_order_by")
        message = f"default_order_by is {describe(order)}"
        yield config.find("default-order-unknown", place, message, **hint)
    metadata = schema.get("metadata")
    for label, facts in metadata.items() if isinstance(metadata, dict) else ():
        place = (*location, "metadata", label)
        shown = quote(str(label), 60)
        if not isinstance(facts, dict) or "sort_ascending" not in facts:
            yield config.find("sort-ascending-missing", place, f"{shown} has no sort_ascending")
            continue
        descending = facts["sort_ascending"] is False
        higher = higher_is_better(label)
        if higher is not None and higher != descending:
            message = f"{shown} is sorted {_order_word(descending)}"
            yield config.find("evalai-sorting", (*place, "sort_ascending"), message)


def _order_word(descending: bool) -> str:
    return "descending" if descending else "ascending"


def _dataset_splits(context: Context) -> Iterator[Finding]:
    config = context.config
    if not config.get("dataset_splits"):
        message = "there are no dataset_splits"
        yield config.find("dataset-splits-missing", ("dataset_splits",), message)
    for location, split in context.items("dataset_splits"):
        yield from check_fields(config, location, DATASET_SPLIT, FIELD_CODES)
        missing = [key for key in ("id", "name", "codename") if split.get(key) in (None, "")]
        if missing:
            message = f"the split has no {' and no '.join(missing)}"
            yield config.find("split-incomplete", location, message)


def _names(context: Context) -> Iterator[Finding]:
    """Yield a finding for each id or codename that occurs twice."""
    for where in ("leaderboard", "challenge_phases", "dataset_splits"):
        seen: set[tuple[str, str]] = set()
        for location, entry in context.items(where):
            for key in ("id", "codename"):
                value = (key, str(entry.get(key)))
                if key in entry and value in seen:
                    message = f"the {key} {describe(entry[key])} occurs twice in {where}"
                    yield context.config.find("id-twice", (*location, key), message)
                seen.add(value)


def _phase_splits(context: Context) -> Iterator[Finding]:
    config = context.config
    if not config.get("challenge_phase_splits"):
        message = "there are no challenge_phase_splits"
        yield config.find("phase-splits-missing", ("challenge_phase_splits",), message)
    seen: set[tuple[str, ...]] = set()
    for location, split in context.items("challenge_phase_splits"):
        yield from _split_keys(config, location, split)
        for key, where in _IDS.items():
            known = [repr(entry.get("id")) for _, entry in context.items(where)]
            if known and key in split and repr(split[key]) not in known:
                message = f"{where} has no entry with the id {describe(split[key])}"
                yield config.find("phase-split-unknown", (*location, key), message)
        ids = tuple(str(split.get(key)) for key in _IDS)
        if ids in seen:
            message = "an earlier entry has the same three ids"
            yield config.find("phase-split-twice", location, message)
        seen.add(ids)
        yield from _split_order(context, location, split)


def _split_keys(config: Config, location: Location, split: dict[Any, Any]) -> Iterator[Finding]:
    names = FIELD_CODES | {"unknown": "phase-split-key"}
    yield from check_fields(config, location, PHASE_SPLIT, names)
    missing = [key for key in PHASE_SPLIT if key not in split]
    if missing:
        message = f"the entry has no {' and no '.join(missing)}"
        yield config.find("phase-split-incomplete", location, message)
    visibility = split.get("visibility", _PUBLIC)
    place = (*location, "visibility")
    if str(visibility) not in _VISIBILITIES:
        message = f"the visibility is {describe(visibility)}"
        yield config.find("visibility-unknown", place, message)
    elif str(visibility) != _PUBLIC:
        yield config.find("board-private", place, f"the visibility is {visibility}")


def _split_order(context: Context, location: Location, split: dict[Any, Any]) -> Iterator[Finding]:
    """Yield the findings about the order of a board: by the split, or by the label's metadata."""
    boards = [board for _, board in context.items("leaderboard")]
    board = next((b for b in boards if b.get("id") == split.get("leaderboard_id")), {})
    schema = board.get("schema")
    schema = schema if isinstance(schema, dict) else {}
    label, metadata = schema.get("default_order_by"), schema.get("metadata")
    key = "is_leaderboard_order_descending"
    if key not in split or not isinstance(label, str):
        return
    descending = is_true(split[key])
    place = (*location, key)
    facts = metadata.get(label) if isinstance(metadata, dict) else None
    if isinstance(facts, dict) and "sort_ascending" in facts:
        stronger = facts["sort_ascending"] is False
        if stronger != descending:
            message = f"{quote(label, 60)} is sorted {_order_word(stronger)} by its metadata"
            yield context.config.find("order-ignored", place, message)
    elif facts is None and higher_is_better(label) not in (None, descending):
        message = f"{quote(label, 60)} is sorted {_order_word(descending)}"
        yield context.config.find("evalai-sorting", place, message)


BOARD_CHECKS: tuple[Check, ...] = (_leaderboards, _dataset_splits, _names, _phase_splits)
