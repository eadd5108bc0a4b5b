"""The worker of EvalAI: the script ZIP as a package, and ``evaluate`` in a process of its own.

On the platform one process serves all submissions. It catches ``Exception`` and nothing else, so
a script that calls ``sys.exit`` ends it, and the submission stays "running".
"""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path
from typing import Any

from xacle_eval.hosting.trial.challenge import HostedChallenge, HostedPhase, Split
from xacle_eval.hosting.trial.files import ExtractError, UnpackLimitError, unpack_zip
from xacle_eval.hosting.trial.model import TrialFile, TrialRun, TrialScore, TrialView
from xacle_eval.hosting.trial.process import Done, run_command, worker_environment
from xacle_eval.text import quote, visible, visible_lines

__all__ = ["NOT_IMITATED", "run_phase"]

NOT_IMITATED = (
    "the worker's Python (3.7, 3.8 or 3.9) and its packages: here the script runs with those of "
    "this machine; pass --python to use another interpreter",
    "requirements.txt of the script: nothing is installed",
    "one process for all submissions: here each has its own, so nothing stays in memory, and a "
    "submission that never ends is stopped",
    "the queue, the network, the database, the limits of uploads and submissions, and dates",
    "the order of the leaderboard and its ties",
)

TIME_LIMIT = 600.0
"""Seconds until a trial stops a script; the platform's worker has no limit."""
_WORKER = Path(__file__).with_name("evalai_worker.py")
_WORKER_SHOWN = "/code/scripts/workers/submission_worker.py"
_ROOT = "/tmp/tmp1"  # noqa: S108 - the name in texts, no folder
_MOST_TEXT = 100_000
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")
# The platform stores files under random names with the ending of the participant's.
_STORED = "7d2f0c6e-0b1a-4c7e-9f5d-3a1b2c4d5e6f"


def run_phase(
    challenge: HostedChallenge,
    phase: HostedPhase,
    submission: Path,
    folder: Path,
    python: str,
    limit: float = TIME_LIMIT,
) -> TrialRun:
    """Run a submission in one phase.

    Parameters
    ----------
    challenge, phase
        From the bundle.
    submission : Path
        The file that a participant uploads.
    folder : Path
        An empty folder for the files of the worker.
    python : str
        The interpreter.
    limit : float
        Seconds until the process is stopped.
    """
    if challenge.remote:
        reason = "remote_evaluation: another machine evaluates, which a trial does not imitate"
        return TrialRun(phase=phase.name, status="not run", state="", reason=reason)
    try:
        _place(challenge, phase, submission, folder)
    except (ExtractError, UnpackLimitError) as error:
        reason = f"evaluation_script cannot be unpacked: {error}"
        return _unloaded(phase, reason)
    done = run_command(
        [python, str(folder / _WORKER.name), str(folder / "settings.json")],
        folder,
        worker_environment(HOME=str(folder)),
        limit,
    )
    return _report(phase, folder, done, limit)


def _place(challenge: HostedChallenge, phase: HostedPhase, submission: Path, folder: Path) -> None:
    """Write the files as the worker does, and the settings of the process."""
    compute = folder / "compute"
    package = compute / "challenge_data" / "challenge_1"
    uploads = compute / "submission_files" / "submission_1"
    data = package / "phase_data" / "phase_1"
    for path in (data, uploads / "run"):
        path.mkdir(parents=True)
    for path in (compute, compute / "challenge_data", package, uploads):
        (path / "__init__.py").touch()
    unpack_zip(challenge.script, package, strict=True)
    shutil.copyfile(_WORKER, folder / _WORKER.name)
    annotation = data / f"{_STORED}{_suffix(phase.annotation)}"
    if phase.annotation is not None:
        shutil.copyfile(phase.annotation, annotation)
    upload = uploads / f"{_STORED}{_suffix(submission)}"
    shutil.copyfile(submission, upload)
    settings = {
        "compute": str(compute),
        "module": "challenge_data.challenge_1",
        "annotation": str(annotation),
        "submission": str(upload),
        "codename": phase.codename,
        "splits": [split.codename for split in phase.splits],
        "metadata": _submission_metadata(upload.name),
        **{name: str(folder / name) for name in ("outcome", "started", "stdout", "stderr")},
    }
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


def _suffix(file: Path | None) -> str:
    suffix = "" if file is None else file.suffix
    return suffix if _SUFFIX.fullmatch(suffix) else ""


def _submission_metadata(name: str) -> dict[str, Any]:
    """Return the fields of a submission that the worker passes, of a team that does not exist."""
    return {
        "id": 1,
        "participant_team": 1,
        "participant_team_name": "Trial",
        "execution_time": "None",
        "challenge_phase": 1,
        "created_by": 1,
        "status": "running",
        "input_file": f"/media/submission_files/submission_1/{name}",
        "submission_input_file": None,
        "stdout_file": None,
        "stderr_file": None,
        "environment_log_file": None,
        "started_at": "2027-01-01T00:00:00Z",
        "completed_at": None,
        "submitted_at": "2027-01-01T00:00:00Z",
        "rerun_resumed_at": None,
        "method_name": "",
        "method_description": "",
        "project_url": "",
        "publication_url": "",
        "is_public": False,
        "is_flagged": False,
        "ignore_submission": False,
        "submission_result_file": None,
        "when_made_public": None,
        "is_baseline": False,
        "job_name": [],
        "submission_metadata": None,
        "is_verified_by_host": False,
    }


def _unloaded(phase: HostedPhase, reason: str, log: str = "") -> TrialRun:
    """Return the run of a challenge whose worker does not start."""
    note = "the worker does not start; the challenge shows the error to the organiser only"
    return TrialRun(
        phase=phase.name,
        status="stuck",
        state="submitted",
        reason=reason,
        organiser=TrialView(stderr=log or None, notes=(note,)),
        participant=TrialView(notes=("the submission waits and shows no reason",)),
    )


def _report(phase: HostedPhase, folder: Path, done: Done, limit: float) -> TrialRun:
    """Return what becomes of a run, and who sees what."""
    outcome = _outcome(folder / "outcome")
    if outcome is None:
        return _ended(phase, folder, done, limit)
    if "import" in outcome:
        log = _shown(outcome["import"], folder)
        last = log.strip().rpartition("\n")[2]
        return _unloaded(phase, f"the script cannot be imported: {last}", log)
    logs = {name: _shown(_read(folder / name), folder) or None for name in ("stdout", "stderr")}
    problem = outcome["problem"] or _unstorable(outcome["rows"])
    if problem:
        return _failed(phase, problem, logs, folder)
    scores, faults = _scores(phase, outcome["rows"])
    files = tuple(
        TrialFile(name=name, bytes=len(text.encode("utf-8", "surrogatepass")))
        for name, text in sorted(outcome["files"].items())
    )
    private = [split.codename for split in phase.splits if not split.public]
    notes = [f"the leaderboard of {quote(name)} is not public" for name in private]
    if phase.disable_logs:
        notes.append("disable_logs: no output")
    return TrialRun(
        phase=phase.name,
        status="finished",
        state="finished",
        reason="; ".join(faults),
        accepted=not faults,
        scores=scores,
        participant=TrialView(
            stdout=None if phase.disable_logs else logs["stdout"],
            files=tuple(each for each in files if each.name == "submission_result.json"),
            notes=tuple(notes),
        ),
        organiser=TrialView(stdout=logs["stdout"], stderr=logs["stderr"], files=files),
    )


def _outcome(file: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _ended(phase: HostedPhase, folder: Path, done: Done, limit: float) -> TrialRun:
    """Return the run of a process that ended, or was stopped, before it reported."""
    if done.problem:
        reason = done.problem
    elif done.code is None:
        reason = f"the script did not end; the trial stopped it after {limit:g} s"
    else:
        reason = f"the script ended the worker (exit status {done.code}), as sys.exit does"
    log = _shown(done.stderr.decode("utf-8", "replace"), folder)
    if not (folder / "started").exists():
        return _unloaded(phase, reason, log)
    note = "the worker is gone or busy: no submission of anyone is evaluated until it is restarted"
    return TrialRun(
        phase=phase.name,
        status="stuck",
        state="running",
        reason=_shown(reason, folder),
        exit_code=done.code,
        participant=TrialView(notes=("the submission stays running and shows no reason",)),
        organiser=TrialView(
            stdout=_shown(done.stdout.decode("utf-8", "replace"), folder) or None,
            stderr=log or None,
            notes=(note,),
        ),
    )


def _failed(
    phase: HostedPhase,
    problem: str,
    logs: dict[str, str | None],
    folder: Path,
) -> TrialRun:
    """Return a failed run: its participant sees both outputs, unless the phase disables them."""
    notes = ["a failed submission does not count against the limits"]
    if phase.disable_logs:
        notes.append("disable_logs: no output and no reason")
    view = TrialView(stdout=logs["stdout"], stderr=logs["stderr"])
    return TrialRun(
        phase=phase.name,
        status="failed",
        state="failed",
        reason=visible(_shown(problem, folder), 300),
        participant=(TrialView() if phase.disable_logs else view).model_copy(
            update={"notes": tuple(notes)}
        ),
        organiser=view,
    )


def _unstorable(rows: list[dict[str, Any]]) -> str:
    """Return why the database refuses what ``evaluate`` returned, if it does."""
    for row in rows:
        for part in ("result", "error"):
            if not _is_finite(row[part]):
                return (
                    f"{part} of {quote(row['split'], 60)} has NaN or infinity, which the database "
                    "refuses; the log has its error"
                )
    return ""


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return all(map(_is_finite, value)) if isinstance(value, list) else True


def _scores(
    phase: HostedPhase, rows: list[dict[str, Any]]
) -> tuple[tuple[TrialScore, ...], list[str]]:
    """Return the cells of the leaderboards, and what is wrong with them."""
    found = {row["split"]: row for row in rows}
    scores: list[TrialScore] = []
    faults: list[str] = []
    for split in phase.splits:
        row = found.get(split.codename)
        if row is None:
            faults.append(f"no result for the split {quote(split.codename)}")
            continue
        if not isinstance(row["result"], dict):
            fault = f"the result of {quote(split.codename)} is no object"
            faults.append(f"{fault}: the whole leaderboard answers 500")
            continue
        cells = [_score(split, label, row["result"], row["error"]) for label in split.labels]
        scores += cells
        faults += [each.problem for each in cells if each.problem]
    return tuple(scores), faults


def _score(split: Split, label: str, result: dict[str, Any], error: Any) -> TrialScore:
    """Return one cell; its problem says what the platform does with a bad value."""
    value = result.get(label)
    number = _number(value)
    name = f"{quote(label, 60)} of {quote(split.codename, 60)}"
    problem = ""
    if label not in result or value is None:
        shown = "#" if label not in result else ""
        problem = f"{name} has no score"
        if label == split.order_by:
            problem += ", which counts as 0 in the order"
    elif number is None:
        shown = visible(json.dumps(value), 60)
        whole = "the whole leaderboard answers 500"
        when = whole if label == split.order_by else f"{whole} to whoever sorts by it"
        problem = f"{name} is {shown}, not a number: {when}"
    else:
        shown = f"{number:.{max(split.decimals, 0)}f}"
    key = f"error_{label}"
    if error is not None and (not isinstance(error, dict) or key not in error):
        problem = f"{name} has no {key}: the whole leaderboard answers 500"
    return TrialScore(
        name=label,
        board=split.codename,
        stored=None if value is None else visible(json.dumps(value), 60),
        shown=shown if split.public else None,
        hidden=not split.public,
        problem=problem,
    )


def _number(value: Any) -> float | None:
    """Return a score as the database reads it for the order: numeric texts are numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            return stream.read(_MOST_TEXT)
    except OSError:
        return ""


def _shown(text: str, folder: Path) -> str:
    """Return text with a fixed path in place of the temporary folder."""
    for path, shown in (
        (folder / _WORKER.name, _WORKER_SHOWN),
        (folder / "compute", f"{_ROOT}/compute"),
        (folder, _ROOT),
    ):
        text = text.replace(str(path), shown)
    return visible_lines(text[:_MOST_TEXT])
