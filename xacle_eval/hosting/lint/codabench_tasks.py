"""The checks of the tasks of a Codabench bundle: their programs and their data."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath
from typing import Any

from xacle_eval.hosting.lint.codabench_data import find_data
from xacle_eval.hosting.lint.codabench_fields import FIELD_CODES, TASK
from xacle_eval.hosting.lint.codabench_programs import program_findings
from xacle_eval.hosting.lint.config import Location, describe
from xacle_eval.hosting.lint.context import Check, Context
from xacle_eval.hosting.lint.fields import check_fields
from xacle_eval.hosting.lint.files import Bundle
from xacle_eval.hosting.lint.programs import wrapper_of
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import quote

__all__ = ["TASK_CHECKS"]

_PROGRAMS = ("scoring_program", "ingestion_program")
_DATA = ("reference_data", "input_data")


def _tasks(context: Context) -> Iterator[Finding]:
    config = context.config
    if not config.get("tasks"):
        yield config.find("tasks-missing", ("tasks",), "there are no tasks")
    seen: set[str] = set()
    checked: set[tuple[str, str]] = set()
    for location, task in context.items("tasks"):
        yield from check_fields(config, location, TASK, FIELD_CODES)
        index = repr(task.get("index"))
        if "index" not in task:
            yield config.find("task-index-missing", location, "the task has no index")
        elif index in seen:
            message = f"the index {describe(task['index'])} occurs twice"
            yield config.find("task-index-twice", (*location, "index"), message)
        seen.add(index)
        # A task with a key is one that the platform has already.
        if "key" not in task:
            yield from _parts(context, location, task, checked)


def _parts(
    context: Context, location: Location, task: dict[Any, Any], checked: set[tuple[str, str]]
) -> Iterator[Finding]:
    """Yield the findings about the programs and the data of a task.

    Tasks can share a program, which is checked once: `checked` has those of earlier tasks.
    """
    config = context.config
    if task.get("name") in (None, ""):
        yield config.find("task-name-missing", location, "the task has no name")
    for key in ("scoring_program", "reference_data"):
        if key not in task:
            name = f"{key.replace('_', '-')}-missing"
            yield config.find(name, location, f"the task has no {key}")
    for key in (*_PROGRAMS, *_DATA):
        part = (key, normpath(str(task.get(key))))
        if part in checked:
            continue
        checked.add(part)
        inner, found = _open(context, (*location, key))
        yield from found
        if inner is None:
            continue
        if key in _PROGRAMS:
            yield from program_findings(context, inner, scores=key == "scoring_program")
            continue
        root = wrapper_of(inner) if inner.kind == "zip" else None
        if root is not None:
            message = f"all files of the ZIP are in the folder {quote(root)}"
            yield config.find("data-wrapped", (*location, key), message)


def _open(context: Context, location: Location) -> tuple[Bundle | None, list[Finding]]:
    """Return the folder or ZIP that a task names."""
    name, found = find_data(context, location)
    if name is None:
        return None, found
    inner = context.bundle.inner(name)
    if inner is None:
        message = f"{quote(name)} is neither a folder nor a ZIP"
        found.append(context.config.find("program-not-packed", location, message))
    return inner, found


def _solutions(context: Context) -> Iterator[Finding]:
    config = context.config
    known = [task.get("index") for _, task in context.items("tasks")]
    for location, solution in context.items("solutions"):
        lacks = [key for key in ("index", "tasks") if key not in solution]
        if not {"path", "key"} & set(solution):
            lacks.append("path")
        tasks = solution.get("tasks")
        unknown = [each for each in tasks if each not in known] if isinstance(tasks, list) else []
        if lacks:
            message = f"the solution has no {' and no '.join(lacks)}"
            yield config.find("solution-invalid", location, message)
        elif unknown:
            message = f"there is no task {describe(unknown[0])}"
            yield config.find("solution-invalid", (*location, "tasks"), message)
        elif "key" not in solution:
            yield from find_data(context, (*location, "path"))[1]


TASK_CHECKS: tuple[Check, ...] = (_tasks, _solutions)
