"""The worker of Codabench: the step of the submission, and the step of the scoring program.

A submission without ``metadata`` is not executed: the worker copies its files, adds a file
``metadata`` of its own, and gives all of it to the scoring program as ``/app/input/res``. Here a
temporary folder stands for ``/app``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from xacle_eval.hosting.trial.competition import Competition, Phase, Task
from xacle_eval.hosting.trial.files import (
    BadZipError,
    ExtractError,
    UnpackLimitError,
    list_files,
    load_yaml,
    place_folder,
    unpack_zip,
)
from xacle_eval.hosting.trial.model import Status, TrialRun, TrialScore, TrialView
from xacle_eval.hosting.trial.process import Done, run_command, worker_environment
from xacle_eval.hosting.trial.scores import Stored, read_scores
from xacle_eval.text import count, quote, visible, visible_lines

__all__ = ["NOT_IMITATED", "run_task"]

NOT_IMITATED = (
    "the Docker image: here the command runs with the Python and the packages of this machine; "
    "files outside /app, the user and the system are those of this machine",
    "paths that begin with /app inside programs: only those in the command are replaced by the "
    "temporary folder",
    "the queue, the network, the limits of uploads and submissions, and the dates of phases",
    "ingestion programs, input data, and columns that are computed from others",
    "the order of the leaderboard and its ties",
)

_APP = "/app"
_METADATA = ("metadata.yaml", "metadata")
# What the worker writes for a submission that is not executed (PyYAML sorts the keys).
_NOT_EXECUTED = (
    "elapsedTime: null\nexitCode: null\ningestionElapsedTime: null\ningestionExitCode: null\n"
)
_PYTHON = re.compile(r"python(3(\.\d+)?)?")
_MOST_TEXT = 100_000
# The variables of old bundles, in the order in which the worker replaces them.
_LEGACY = (
    ("$input", "/app/input"),
    ("$output", "/app/output"),
    ("$program", "/app/program"),
    ("$ingestion_program", "/app/program"),
    ("$hidden", "/app/input/ref"),
    ("$shared", "/app/shared"),
    ("$submission_program", "/app/ingested_program"),
    ("$tmp", "/app/output"),
    ("$predictions", "/app/input/res"),
)


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a run ended before or after the scoring program."""

    status: Status
    state: str
    reason: str = ""
    done: Done | None = None
    stored: Stored | None = None
    kept: bool = False


class _EndedError(Exception):
    """A run that ended before its scores were read."""

    def __init__(self, status: Status, state: str, reason: str, done: Done | None = None) -> None:
        super().__init__(reason)
        self.ended = _Ended(status, state, reason, done)


def run_task(
    competition: Competition,
    phase: Phase,
    task: Task,
    submission: Path,
    folder: Path,
    python: str,
) -> TrialRun:
    """Run a submission on one task of a phase.

    Parameters
    ----------
    competition, phase, task
        From the bundle.
    submission : Path
        The file that a participant uploads.
    folder : Path
        An empty folder, which stands for ``/app``.
    python : str
        The interpreter in place of that of the image.
    """
    try:
        _unpack_submission(task, submission, folder / "input" / "res")
        _place_programs(task, folder)
        done = _run_program(phase, folder, python)
        ended = _keep_scores(competition, folder / "output", done)
    except _EndedError as error:
        ended = error.ended
    return _report(competition, phase, task, folder, ended)


def _unpack_submission(task: Task, submission: Path, results: Path) -> None:
    """Unpack the files of the participant, and add the file of the worker."""
    if task.ingestion:
        reason = "the task has an ingestion program, which a trial does not run"
        raise _EndedError("not run", "", reason)
    try:
        unpack_zip(submission, results)
    except BadZipError as error:
        raise _EndedError("failed", "Failed", "Bad or empty zip file") from error
    except ExtractError as error:
        reason = f"the worker ends with an error when it unpacks the submission: {error}"
        raise _EndedError("stuck", "Preparing", reason) from error
    except UnpackLimitError as error:
        reason = f"the submission is not unpacked here: {error}"
        raise _EndedError("not run", "", reason) from error
    names = {path.name for path in results.iterdir()} if results.exists() else set()
    if not names:
        raise _EndedError("failed", "Failed", "Metadata file not found: the ZIP has no files")
    name = next((name for name in _METADATA if name in names), None)
    if name is not None:
        _refuse_metadata(results / name)
    (results / "metadata").write_text(_NOT_EXECUTED)


def _refuse_metadata(file: Path) -> NoReturn:
    """End a run whose submission has a file with the name of the worker's own."""
    try:
        value = load_yaml(file)
    except ValueError:
        value = None
    command = value.get("command") if isinstance(value, dict) else None
    if command:
        reason = (
            f"the submission has {file.name} with the command {quote(str(command), 100)}: the "
            "platform executes it in the image of the competition; a trial does not"
        )
        raise _EndedError("not run", "", reason)
    reason = f"Metadata file not found: {file.name} in the submission takes the place of its files"
    raise _EndedError("failed", "Failed", reason)


def _place_programs(task: Task, folder: Path) -> None:
    try:
        place_folder(task.program, folder / "program")
        if task.references is not None:
            place_folder(task.references, folder / "input" / "ref")
    except BadZipError as error:
        reason = "Bad or empty zip file: the scoring program or the reference data"
        raise _EndedError("failed", "Failed", reason) from error
    except (ExtractError, UnpackLimitError) as error:
        reason = f"a ZIP of the bundle is not unpacked: {error}"
        raise _EndedError("not run", "", reason) from error
    for name in ("output", "shared"):
        (folder / name).mkdir()


def _run_program(phase: Phase, folder: Path, python: str) -> Done | None:
    """Run the scoring program; None if it has no command, and is never executed."""
    try:
        command = _command(folder / "program")
    except ValueError as error:
        reason = f"Child task failed or non-zero return code: {error}"
        raise _EndedError("failed", "Failed", reason) from error
    if command is None:
        return None
    settings = {"HOME": str(folder), "PYTHONUNBUFFERED": "1", "http_proxy": "", "https_proxy": ""}
    environment = worker_environment(**settings)
    here = _here(command, folder, python)
    done = run_command(here, folder / "program", environment, phase.limit)
    if done.code is None:
        cause = f"no end within the limit of {phase.limit:g} s"
    elif done.code:
        cause = f"exit status {done.code}"
    else:
        return done
    reason = f"Child task failed or non-zero return code ({cause})"
    raise _EndedError("failed", "Failed", reason, done)


def _keep_scores(competition: Competition, output: Path, done: Done | None) -> _Ended:
    """Store the scores and keep the output, as the worker does after a program without error."""
    stored = read_scores(output, [each.key for each in competition.columns])
    if stored.failed:
        hint = "" if done else " The scoring program has no metadata.yaml with a command."
        return _Ended("failed", "Failed", f"{stored.failed}{hint}", done, stored)
    if stored.crashed:
        return _Ended("finished", "Finished", stored.lost, done, stored)
    if (output / "metadata").exists():
        reason = "Error, the output directory already contains a metadata file."
        return _Ended("failed", "Failed", reason, done, stored)
    exit_code = "null" if done is None else done.code
    (output / "metadata").write_text(
        _NOT_EXECUTED.replace("exitCode: null", f"exitCode: {exit_code}", 1)
    )
    return _Ended("finished", "Finished", stored.lost, done, stored, kept=True)


def _command(program: Path) -> list[str] | None:
    """Return the command of a scoring program with the platform's paths.

    Returns
    -------
    list of str or None
        None if the program has none: it is never executed.

    Raises
    ------
    ValueError
        If the command is not a text that can be split into arguments.
    """
    name = next((name for name in _METADATA if (program / name).exists()), None)
    if name is None:
        return None
    try:
        value = load_yaml(program / name)
    except ValueError:
        return None
    command = value.get("command") if isinstance(value, dict) else None
    if not command:
        return None
    if not isinstance(command, str):
        raise ValueError(f"the command in {name} is not a text")
    for variable, path in _LEGACY:
        command = command.replace(variable, path)
    arguments = shlex.split(command)
    if not arguments:
        raise ValueError(f"the command in {name} is empty")
    return arguments


def _here(command: Sequence[str], folder: Path, python: str) -> list[str]:
    """Return a command with the folder for ``/app``, and an interpreter of this machine."""
    pattern = re.compile(rf"(?<![\w./-]){re.escape(_APP)}(?=/|$)")
    arguments = [pattern.sub(lambda _: str(folder), each) for each in command]
    if _PYTHON.fullmatch(arguments[0].rpartition("/")[2]):
        arguments[0] = python
    return arguments


def _report(
    competition: Competition, phase: Phase, task: Task, folder: Path, ended: _Ended
) -> TrialRun:
    """Return what becomes of a run, and who sees what."""
    stored = ended.stored or Stored()
    scores = tuple(_scores(competition, stored))
    run = TrialRun(
        phase=phase.name,
        task=task.name,
        status=ended.status,
        state=ended.state,
        reason=_shown(ended.reason, folder),
        exit_code=ended.done.code if ended.done else None,
        accepted=ended.status == "finished"
        and all(each.computed or each.key in stored.scores for each in competition.columns),
        scores=scores,
    )
    output = folder / "output"
    files = list_files(output) if ended.kept else ()
    stdout, stderr = _logs(ended, folder)
    notes = tuple(_organiser_notes(competition, ended, output))
    organiser = TrialView(stdout=stdout, stderr=stderr, files=files, notes=notes)
    hidden = phase.hide_output
    participant = TrialView(
        stdout=None if hidden else stdout,
        stderr=None if hidden else stderr,
        files=() if hidden or phase.hide_scores else files,
        notes=tuple(_participant_notes(competition, phase, ended)),
    )
    return run.model_copy(update={"organiser": organiser, "participant": participant})


def _logs(ended: _Ended, folder: Path) -> tuple[str | None, str | None]:
    """Return both logs; an empty one is not kept."""
    if ended.done is None:
        return None, None
    found = (ended.done.stdout, ended.done.stderr)
    stdout, stderr = (_shown(text.decode("utf-8", "replace"), folder) or None for text in found)
    return stdout, stderr


def _shown(text: str, folder: Path) -> str:
    """Return text with the platform's path in place of the temporary folder."""
    text = text.replace(str(folder), _APP)
    if len(text) > _MOST_TEXT:
        text = f"{text[:_MOST_TEXT]}\n… {count(len(text) - _MOST_TEXT, 'character')} more"
    return visible_lines(text)


def _scores(competition: Competition, stored: Stored) -> list[TrialScore]:
    """Return the cells of the leaderboard; a missing score is n/a."""
    scores = []
    for column in competition.columns:
        value = stored.scores.get(column.key)
        shown = None if value is None else str(round(float(value), column.precision))
        scores.append(
            TrialScore(
                name=column.title,
                stored=None if value is None else f"{value:f}",
                shown=None if column.hidden else shown or "n/a",
                hidden=column.hidden,
                problem=stored.problems.get(column.key, ""),
            )
        )
    return scores


def _participant_notes(competition: Competition, phase: Phase, ended: _Ended) -> list[str]:
    notes = []
    if not competition.auto_run:
        notes.append("the submission waits until the organiser starts it")
    if phase.hide_output:
        notes.append("hide_output: the status and nothing else, no log and no reason")
    if ended.status == "failed":
        notes.append("a failed submission does not count against the limits")
    if ended.status == "finished":
        if ended.reason:
            notes.append("Finished without all scores; the submission counts against the limits")
        elif competition.rule.startswith("Force_"):
            notes.append("the submission goes to the leaderboard by itself")
        else:
            notes.append(f"submission_rule {competition.rule}: on the leaderboard after a click")
        notes.append("all stored digits are in the API of the website, also of hidden columns")
    return notes


def _organiser_notes(competition: Competition, ended: _Ended, output: Path) -> list[str]:
    notes = []
    if ended.done is not None and ended.done.code is None:
        notes.append(
            "the worker (version of March 2026) waits up to 60 s longer, and a program that ends "
            "then still counts"
        )
    if ended.done is not None and ended.done.problem:
        notes.append(visible(ended.done.problem, 200))
    if ended.stored is not None:
        keys = {each.key for each in competition.columns}
        missing = [each.key for each in competition.columns if each.key not in ended.stored.scores]
        if missing and not ended.reason:
            notes.append(f"no score for {', '.join(map(quote, missing))}: n/a")
        computed = [each.title for each in competition.columns if each.computed]
        if computed:
            notes.append(f"not computed here: {', '.join(map(quote, sorted(computed)))}")
        if not keys:
            notes.append("the leaderboard has no columns")
    pages = sorted(output.glob("*.html")) if output.is_dir() else []
    if pages and competition.detailed:
        notes.append(f"{pages[0].name} is shown as detailed results, also with hide_output")
    if ended.status == "finished" and ended.stored is not None and ended.stored.crashed:
        notes.append("the worker ended before it kept the result ZIP")
    return notes
