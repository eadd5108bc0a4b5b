"""What a trial needs of a Codabench bundle: phases, tasks and the columns of the leaderboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xacle_eval.errors import UsageError
from xacle_eval.hosting.lint.context import is_true
from xacle_eval.hosting.lint.model import CONFIGS
from xacle_eval.hosting.trial.files import find_inside, read_yaml_file
from xacle_eval.text import quote

__all__ = ["Column", "Competition", "Phase", "Task", "read_competition"]

(CONFIG,) = CONFIGS["codabench"]
_DEFAULT_LIMIT = 600
DEFAULT_IMAGE = "codalab/codalab-legacy:py37"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the leaderboard; ``computed`` ones get their values from others."""

    key: str
    title: str
    index: int
    precision: int
    hidden: bool
    computed: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A task: a scoring program, and the reference data if there are any."""

    name: str
    program: Path
    references: Path | None
    ingestion: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase with its tasks, its time limit in seconds and what it hides."""

    name: str
    tasks: tuple[Task, ...]
    limit: float
    hide_output: bool
    hide_scores: bool


@dataclass(frozen=True, slots=True)
class Competition:
    """The parts of ``competition.yaml`` that decide about a submission."""

    phases: tuple[Phase, ...]
    columns: tuple[Column, ...]
    rule: str
    image: str
    detailed: bool
    auto_run: bool


def read_competition(bundle: Path) -> Competition:
    """Return the competition of a bundle; the defaults are those of the platform.

    Raises
    ------
    UsageError
        If the platform would refuse the bundle, or a part is not in it.
    """
    config = read_yaml_file(bundle / CONFIG, CONFIG)
    if str(config.get("version", 1)) != "2":
        raise UsageError(f"{CONFIG}: version must be 2, got {quote(str(config.get('version')))}")
    tasks = {}
    for number, each in enumerate(_list(config, "tasks", CONFIG)):
        place = f"{CONFIG}: tasks[{number}]"
        tasks[_plain(each, "index", place)] = _task(bundle, each, place)
    phases = [
        _phase(each, tasks, f"{CONFIG}: phases[{number}]")
        for number, each in enumerate(_list(config, "phases", CONFIG))
    ]
    order = [_number(each, "index", 0, CONFIG) for each in config["phases"]]
    board = _list(config, "leaderboards", CONFIG)[0]
    return Competition(
        phases=tuple(phase for _, phase in sorted(zip(order, phases, strict=True), key=_first)),
        columns=_columns(board),
        rule=str(board.get("submission_rule", "Add")),
        image=str(config.get("docker_image") or DEFAULT_IMAGE),
        detailed=is_true(config.get("enable_detailed_results", False)),
        auto_run=is_true(config.get("auto_run_submissions", True)),
    )


def _first(pair: tuple[float, Phase]) -> float:
    return pair[0]


def _list(mapping: Mapping[Any, Any], key: str, place: str) -> list[dict[Any, Any]]:
    """Return a list of mappings with at least one."""
    value = mapping.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(x, dict) for x in value):
        raise UsageError(f"{place}: {key} must be a list of mappings")
    return value


def _plain(mapping: Mapping[Any, Any], key: str, place: str) -> str | int:
    value = mapping.get(key)
    if not isinstance(value, str | int):
        raise UsageError(f"{place}: {key} is missing or no text or number")
    return value


def _number(mapping: Mapping[Any, Any], key: str, default: float, place: str) -> float:
    value = mapping.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{place}: {key} is not a number: {quote(str(value), 60)}")
    return value


def _task(bundle: Path, task: Mapping[Any, Any], place: str) -> Task:
    if "key" in task:
        raise UsageError(f"{place}: key names a task that exists on the platform only")
    program = find_inside(bundle, task.get("scoring_program"), f"{place}: scoring_program")
    data = task.get("reference_data")
    references = find_inside(bundle, data, f"{place}: reference_data") if data else None
    return Task(str(task.get("name", "")), program, references, bool(task.get("ingestion_program")))


def _phase(phase: Mapping[Any, Any], tasks: Mapping[Any, Task], place: str) -> Phase:
    wanted = phase.get("tasks")
    if not isinstance(wanted, list) or not wanted:
        raise UsageError(f"{place}: tasks must be a list of the indexes of tasks")
    unknown = [each for each in wanted if not isinstance(each, str | int) or each not in tasks]
    if unknown:
        raise UsageError(f"{place}: there is no task with the index {quote(str(unknown[0]), 60)}")
    limit = _number(phase, "execution_time_limit", _DEFAULT_LIMIT, place) or _DEFAULT_LIMIT
    return Phase(
        name=str(phase.get("name", "")),
        tasks=tuple(tasks[each] for each in wanted),
        # The default queue never runs longer.
        limit=min(limit, _DEFAULT_LIMIT),
        hide_output=is_true(phase.get("hide_output", False)),
        hide_scores=is_true(phase.get("hide_score_output", False)),
    )


def _columns(board: Mapping[Any, Any]) -> tuple[Column, ...]:
    columns = []
    for number, each in enumerate(_list(board, "columns", f"{CONFIG}: leaderboards[0]")):
        place = f"{CONFIG}: leaderboards[0].columns[{number}]"
        columns.append(
            Column(
                key=str(_plain(each, "key", place)),
                title=str(each.get("title", each["key"])),
                index=int(_number(each, "index", number, place)),
                precision=int(_number(each, "precision", 2, place)),
                hidden=is_true(each.get("hidden", False)),
                computed=bool(each.get("computation")),
            )
        )
    return tuple(sorted(columns, key=lambda each: each.index))
