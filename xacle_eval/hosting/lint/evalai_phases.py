"""The checks of the phases of an EvalAI bundle: their dates, limits, pages and annotations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from xacle_eval.hosting.lint.config import Config, Location, describe
from xacle_eval.hosting.lint.context import Check, Context, find_file, is_true
from xacle_eval.hosting.lint.dates import Written, read_date
from xacle_eval.hosting.lint.evalai_fields import FIELD_CODES, FILE_CODES, PHASE
from xacle_eval.hosting.lint.fields import check_fields
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import quote

__all__ = ["PHASE_CHECKS", "date_findings", "page_findings"]

_NEEDED = ("id", "name", "codename", "description", "start_date", "end_date")
_PUBLIC = {
    "is_submission_public": "submissions-private",
    "leaderboard_public": "choice-ignored",
    "is_public": "phase-private",
}
_ATTRIBUTE = ("name", "description", "type")
_TYPES = ("boolean", "text", "radio", "checkbox")


def page_findings(context: Context, location: Location) -> Iterator[Finding]:
    """Yield the findings about a value that names a page."""
    written = context.config.get(*location)
    if not isinstance(written, str) or not written:
        return
    if not written.endswith(".html"):
        yield context.config.find("page-not-html", location, f"the page is {quote(written, 100)}")
        return
    yield from find_file(context, location, FILE_CODES)[1]


def date_findings(config: Config, location: Location) -> Iterator[Finding]:
    """Yield the findings about ``start_date`` and ``end_date`` of a mapping."""
    places = [(*location, key) for key in ("start_date", "end_date")]
    values = [config.get(*place) for place in places]
    found = [each for place in places for each in _one_date(config, place)]
    yield from found
    if any(value in (None, "") for value in values):
        return
    if len({_kind(value) for value in values}) > 1:
        message = "one of the two dates has quotation marks and the other one has not"
        yield config.find("dates-mixed", places[1], message)
    elif not found:
        yield from _order(config, places[1], values)


def _kind(value: object) -> str:
    return "time" if isinstance(value, datetime) else "day" if isinstance(value, date) else "text"


def _one_date(config: Config, place: Location) -> Iterator[Finding]:
    value = config.get(*place)
    shown = config.unquoted.get(place, describe(value))
    if value in (None, ""):
        return
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            yield config.find("date-unquoted-offset", place, f"{shown} has no quotation marks")
        return
    if isinstance(value, date):
        yield config.find("date-without-time", place, f"{shown} has no time")
        return
    try:
        written = _read(value)
    except ValueError:
        yield config.find("evalai-date-invalid", place, f"there is no such time as {shown}")
        return
    if written is None:
        yield config.find("evalai-date-invalid", place, f"{shown} is not an ISO date")
    elif not written.has_time:
        yield config.find("date-without-time", place, f"{shown} has no time")


def _read(value: object) -> Written | None:
    return read_date(value) if isinstance(value, str) else None


def _order(config: Config, place: Location, values: list[Any]) -> Iterator[Finding]:
    """Yield a finding if the end is before the start, or if only the texts say so."""
    start, end = values
    if isinstance(start, datetime):
        if start > end:
            yield config.find("evalai-backwards", place, f"{end} is before {start}")
        return
    moments = [written.moment for value in values if (written := _read(value)) is not None]
    if len(moments) == 2 and (moments[0] > moments[1]) != (start > end):
        message = f"{quote(start, 60)} and {quote(end, 60)}"
        yield config.find("dates-as-text", place, message)
    elif start > end:
        message = f"{quote(end, 60)} is before {quote(start, 60)}"
        yield config.find("evalai-backwards", place, message)


def _phases(context: Context) -> Iterator[Finding]:
    config = context.config
    if not config.get("challenge_phases"):
        message = "there are no challenge_phases"
        yield config.find("evalai-phases-missing", ("challenge_phases",), message)
    for location, phase in context.items("challenge_phases"):
        yield from check_fields(config, location, PHASE, FIELD_CODES)
        missing = [key for key in _NEEDED if phase.get(key) in (None, "")]
        if missing:
            message = f"the phase has no {' and no '.join(missing)}"
            yield config.find("phase-incomplete", location, message)
        yield from page_findings(context, (*location, "description"))
        yield from date_findings(config, location)
        yield from _limits(config, location, phase)
        yield from _annotations(context, location, phase)
        yield from _options(config, location, phase)
        yield from _visibility(config, location, phase)
        yield from _attributes(context, location)


def _limits(config: Config, location: Location, phase: dict[Any, Any]) -> Iterator[Finding]:
    if phase.get("max_submissions_per_month") is None and phase.get("max_submissions") is None:
        message = "the phase has neither max_submissions nor max_submissions_per_month"
        yield config.find("max-submissions-missing", location, message)
    for key in ("max_submissions", "max_submissions_per_month", "max_submissions_per_day"):
        if key in phase and str(phase[key]) == "0":
            message = f"{key} is {describe(phase[key])}"
            yield config.find("evalai-limit-zero", (*location, key), message)
    if "max_submissions_per_day" not in phase:
        message = "the phase has no max_submissions_per_day"
        yield config.find("per-day-missing", location, message)


def _visibility(config: Config, location: Location, phase: dict[Any, Any]) -> Iterator[Finding]:
    """Yield the findings about what participants see; EvalAI takes a missing flag for false."""
    # Where a participant selects one submission, the others are private on purpose.
    selects = is_true(phase.get("is_restricted_to_select_one_submission", False))
    for key, name in _PUBLIC.items():
        if is_true(phase.get(key, False)) or (selects and key == "is_submission_public"):
            continue
        shown = f"{key} is {describe(phase[key])}" if key in phase else f"there is no {key}"
        yield config.find(name, (*location, key), shown)


def _annotations(context: Context, location: Location, phase: dict[Any, Any]) -> Iterator[Finding]:
    if not phase.get("test_annotation_file"):
        message = "the phase has no test_annotation_file"
        yield context.config.find("annotation-missing", location, message)
        return
    yield from find_file(context, (*location, "test_annotation_file"), FILE_CODES)[1]


def _options(config: Config, location: Location, phase: dict[Any, Any]) -> Iterator[Finding]:
    if "allowed_submission_file_types" in phase:
        place = (*location, "allowed_submission_file_types")
        yield config.find("file-types", place, "the phase has allowed_submission_file_types")
    if is_true(phase.get("disable_logs", False)):
        yield config.find("logs-disabled", (*location, "disable_logs"), "disable_logs is true")
    both = ("is_submission_public", "is_restricted_to_select_one_submission")
    if all(is_true(phase.get(key, False)) for key in both):
        message = f"{both[0]} and {both[1]} are true"
        yield config.find("public-selected", (*location, both[0]), message)


def _attributes(context: Context, location: Location) -> Iterator[Finding]:
    for place, attribute in context.items(*location, "submission_meta_attributes"):
        lacks = [key for key in _ATTRIBUTE if key not in attribute]
        kind = attribute.get("type")
        message = ""
        if lacks:
            message = f"the attribute has no {' and no '.join(lacks)}"
        elif kind not in _TYPES:
            message = f"the type is {describe(kind)}"
        elif kind in ("radio", "checkbox") and not attribute.get("options"):
            message = f"a {kind} has no options"
        if message:
            yield context.config.find("attribute-invalid", place, message)


PHASE_CHECKS: tuple[Check, ...] = (_phases,)
