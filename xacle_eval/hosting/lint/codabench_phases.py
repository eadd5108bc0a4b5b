"""The checks of the phases of a Codabench bundle: their dates, limits and tasks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any, NamedTuple

from xacle_eval.hosting.lint.codabench_data import find_data
from xacle_eval.hosting.lint.codabench_fields import FIELD_CODES, PHASE
from xacle_eval.hosting.lint.config import Config, Location, describe
from xacle_eval.hosting.lint.context import Check, Context, is_true
from xacle_eval.hosting.lint.dates import Written, named_zone, read_date
from xacle_eval.hosting.lint.fields import check_fields
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import quote

__all__ = ["PHASE_CHECKS"]

_LONGEST_RUN = 600
_LIMITS = ("max_submissions", "max_submissions_per_day")


class _Phase(NamedTuple):
    """A phase with its dates as Codabench stores them; None if they are missing or unknown."""

    location: Location
    data: dict[Any, Any]
    start: datetime | None
    end: datetime | None


def _phases(context: Context) -> Iterator[Finding]:
    config = context.config
    if not config.get("phases"):
        yield config.find("phases-missing", ("phases",), "there are no phases")
    tasks = [task for _, task in context.items("tasks")]
    # Without tasks, or with one without an index, there is a finding about the tasks.
    numbered = bool(tasks) and all("index" in task for task in tasks)
    known = [repr(task.get("index")) for task in tasks]
    for location, phase in context.items("phases"):
        yield from check_fields(config, location, PHASE, FIELD_CODES)
        if "index" not in phase:
            yield config.find("phase-index-missing", location, "the phase has no index")
        if phase.get("name") in (None, ""):
            yield config.find("phase-name-missing", location, "the phase has no name")
        named = phase.get("tasks")
        if named in (None, []):
            yield config.find("phase-tasks-missing", location, "the phase has no tasks")
        for number, task in enumerate(named if isinstance(named, list) else ()):
            if numbered and repr(task) not in known:
                place = (*location, "tasks", number)
                message = f"there is no task with the index {describe(task)}"
                yield config.find("phase-task-unknown", place, message)
        for key in ("public_data", "starting_kit"):
            yield from find_data(context, (*location, key))[1]


def _limits(context: Context) -> Iterator[Finding]:
    config = context.config
    for location, phase in context.items("phases"):
        if "max_submissions_per_person" in phase:
            place = (*location, "max_submissions_per_person")
            yield config.find("limit-key", place, "the phase has max_submissions_per_person")
        for key in _LIMITS:
            if key in phase and phase[key] in (0, None, "0"):
                message = f"{key} is {describe(phase[key])}"
                yield config.find("limit-zero", (*location, key), message)
            elif key not in phase and "max_submissions_per_person" not in phase:
                yield config.find("limit-default", location, f"the phase has no {key}")
        limit = str(phase.get("execution_time_limit"))
        if limit.isdecimal() and int(limit) > _LONGEST_RUN and not config.get("queue"):
            message = f"execution_time_limit is {limit} and there is no own queue"
            yield config.find("time-limit", (*location, "execution_time_limit"), message)
        if is_true(phase.get("hide_output", False)):
            yield config.find("output-hidden", (*location, "hide_output"), "hide_output is true")


def _dates(context: Context) -> Iterator[Finding]:
    for location, phase in context.items("phases"):
        if phase.get("start") in (None, ""):
            message = "the phase has no start"
            yield context.config.find("phase-start-missing", location, message)
        for key in ("start", "end"):
            yield from _date_findings(context.config, (*location, key))


def _date_findings(config: Config, place: Location) -> Iterator[Finding]:
    value = config.get(*place)
    if value in (None, ""):
        return
    if isinstance(value, date):
        # A bare day, and midnight without an offset, keep their meaning.
        if isinstance(value, datetime) and (value.time() != time() or value.tzinfo is not None):
            message = f"{config.unquoted.get(place, str(value))} has no quotation marks"
            yield config.find("date-unquoted", place, message)
        return
    shown = describe(value)
    zoned = named_zone(value) if isinstance(value, str) else None
    if zoned is not None and not zoned.is_read:
        message = f"Codabench's date parser does not know {quote(zoned.zone, 60)} in {shown}"
        yield config.find("date-invalid", place, message)
        return
    if zoned is not None and not zoned.is_utc:
        message = f"{shown} names the time zone {quote(zoned.zone, 60)}"
        yield config.find("date-offset", place, message)
        return
    try:
        written = _read(value)
    except ValueError:
        yield config.find("date-invalid", place, f"there is no such time as {shown}")
        return
    if not isinstance(value, str):
        yield config.find("date-invalid", place, f"the date is {shown}, which is not a text")
    elif written is None:
        yield config.find("date-form", place, f"{shown} is not in ISO form")
    elif written.offset:
        yield config.find("date-offset", place, f"{quote(value, 60)} has an offset from UTC")


def _read(value: object) -> Written | None:
    """Return a date that is written in ISO form, without the name of a zone behind it, or None."""
    if not isinstance(value, str):
        return None
    zoned = named_zone(value)
    return read_date(zoned.date if zoned is not None else value)


def _stored(value: object) -> datetime | None:
    """Return the date that Codabench stores, or None."""
    if isinstance(value, date):
        return datetime.combine(value, time())
    try:
        written = _read(value)
    except ValueError:
        return None
    return written.when if written else None


def _order(context: Context) -> Iterator[Finding]:
    """Yield the findings about the order of the phases, which Codabench sorts by their index."""
    config = context.config
    phases = [
        _Phase(location, phase, _stored(phase.get("start")), _stored(phase.get("end")))
        for location, phase in context.items("phases")
    ]
    if all(isinstance(each.data.get("index", 0), int) for each in phases):
        phases.sort(key=lambda each: each.data.get("index", 0))
    for each in phases:
        if each.start and each.end and each.end <= each.start:
            message = f"the phase starts at {each.start} and ends at {each.end}"
            yield config.find("phase-backwards", (*each.location, "end"), message)
    for before, after in pairwise(phases):
        if before.data.get("end") in (None, ""):
            message = "the phase has no end, and a phase after it"
            yield config.find("phase-end-missing", before.location, message)
        elif before.end and after.start and before.end >= after.start:
            name = "phases-touch" if before.end == after.start else "phases-overlap"
            message = f"the phase before ends at {before.end}, this one starts at {after.start}"
            yield config.find(name, (*after.location, "start"), message)
    if phases and is_true(phases[0].data.get("auto_migrate_to_this_phase", False)):
        place = (*phases[0].location, "auto_migrate_to_this_phase")
        yield config.find("migration-first", place, "auto_migrate_to_this_phase is true")


PHASE_CHECKS: tuple[Check, ...] = (_phases, _limits, _dates, _order)
