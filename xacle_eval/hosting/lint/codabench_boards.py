"""The checks of the leaderboard of a Codabench bundle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xacle_eval.hosting.lint.codabench_fields import BOARD, COLUMN, FIELD_CODES, SUBMISSION_RULES
from xacle_eval.hosting.lint.config import Location, describe
from xacle_eval.hosting.lint.context import Check, Context, is_true
from xacle_eval.hosting.lint.directions import higher_is_better
from xacle_eval.hosting.lint.fields import check_fields
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import did_you_mean, listing

__all__ = ["BOARD_CHECKS"]

_COMPUTATIONS = ("avg", "sum", "min", "max")


def _boards(context: Context) -> Iterator[Finding]:
    config = context.config
    if "leaderboards" not in config.value and "leaderboard" in config.value:
        yield config.find("leaderboard-singular", ("leaderboard",), "the key is leaderboard")
    elif not config.get("leaderboards"):
        yield config.find("leaderboards-missing", ("leaderboards",), "there are no leaderboards")
    for number, (location, board) in enumerate(context.items("leaderboards")):
        yield from check_fields(config, location, BOARD, FIELD_CODES)
        if number:
            yield config.find("leaderboard-second", location, f"this is leaderboard {number + 1}")
        missing = [key for key in ("title", "key", "columns") if board.get(key) in (None, "", [])]
        if missing:
            message = f"the leaderboard has no {' and no '.join(missing)}"
            yield config.find("leaderboard-incomplete", location, message)
        yield from _settings(context, location, board)
        yield from _columns(context, (*location, "columns"))


def _settings(context: Context, location: Location, board: dict[Any, Any]) -> Iterator[Finding]:
    config = context.config
    rule = board.get("submission_rule")
    if "submission_rule" not in board:
        yield config.find("submission-rule-missing", location, "there is no submission_rule")
    elif rule not in SUBMISSION_RULES:
        guess = did_you_mean(str(rule), SUBMISSION_RULES, sentence=True)
        hint = {"hint": guess} if guess else {}
        message = f"submission_rule is {describe(rule)}"
        place = (*location, "submission_rule")
        yield config.find("submission-rule-unknown", place, message, **hint)
    indexes = [str(column.get("index")) for _, column in context.items(*location, "columns")]
    primary = board.get("primary_index", 0)
    if indexes and str(primary) not in indexes:
        place = (*location, "primary_index")
        message = f"primary_index is {describe(primary)}; the columns have {listing(indexes)}"
        yield config.find("primary-index", place, message)
    if is_true(board.get("hidden", False)):
        yield config.find("leaderboard-hidden", (*location, "hidden"), "the leaderboard is hidden")


def _columns(context: Context, columns: Location) -> Iterator[Finding]:
    config = context.config
    seen: set[tuple[str, str]] = set()
    for location, column in context.items(*columns):
        yield from check_fields(config, location, COLUMN, FIELD_CODES)
        missing = [key for key in ("title", "key", "index") if column.get(key) in (None, "")]
        if missing:
            message = f"the column has no {' and no '.join(missing)}"
            yield config.find("column-incomplete", location, message)
        for key in ("key", "index"):
            value = (key, str(column.get(key)))
            if key in column and value in seen:
                message = f"the {key} {describe(column[key])} occurs twice"
                yield config.find("board-column-twice", (*location, key), message)
            seen.add(value)
        yield from _sorting(context, location, column)
        if "precision" not in column:
            yield config.find("precision-default", location, "the column has no precision")
        if is_true(column.get("hidden", False)):
            yield config.find("column-hidden", (*location, "hidden"), "the column is hidden")
        yield from _computation(context, location, column)


def _sorting(context: Context, location: Location, column: dict[Any, Any]) -> Iterator[Finding]:
    config = context.config
    sorting = column.get("sorting", "desc")
    place = (*location, "sorting")
    if sorting not in ("asc", "desc"):
        yield config.find("sorting-unknown", place, f"sorting is {describe(sorting)}")
        return
    higher = higher_is_better(column.get("key"))
    if higher is not None and higher != (sorting == "desc"):
        hint = f"Write `sorting: {'desc' if higher else 'asc'}`."
        message = f"{describe(column['key'])} is sorted {sorting}"
        yield config.find("sorting-direction", place, message, hint=hint)


def _computation(context: Context, location: Location, column: dict[Any, Any]) -> Iterator[Finding]:
    kind, indexes = column.get("computation"), column.get("computation_indexes")
    if kind is None and indexes is None:
        return
    known = {str(each.get("index")) for _, each in context.items(*location[:-1])}
    listed = [str(each) for each in indexes] if isinstance(indexes, list) else []
    unknown = sorted(set(listed) - known)
    if kind not in _COMPUTATIONS:
        message = f"computation is {describe(kind)}"
    elif not listed:
        message = "there is no list computation_indexes"
    elif str(column.get("index")) in listed:
        message = "the column computes from itself"
    elif unknown:
        message = f"computation_indexes names {listing(map(describe, unknown))}"
    else:
        return
    yield context.config.find("computation-invalid", location, message)


BOARD_CHECKS: tuple[Check, ...] = (_boards,)
