"""``try_bundle``: run a submission on the bundle of a platform, on this machine."""

from __future__ import annotations

import os
import platform as machine
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from xacle_eval.errors import UsageError, check_arguments, check_choice
from xacle_eval.hosting.exported import bundle_of, input_error
from xacle_eval.hosting.lint.model import CONFIGS, PLATFORMS, Platform
from xacle_eval.hosting.trial import codabench, evalai
from xacle_eval.hosting.trial.challenge import read_challenge
from xacle_eval.hosting.trial.competition import read_competition
from xacle_eval.hosting.trial.files import (
    ExtractError,
    UnpackLimitError,
    place_folder,
)
from xacle_eval.hosting.trial.model import Trial, TrialRun
from xacle_eval.hosting.trial.process import run_command, worker_environment
from xacle_eval.io.files import display_path
from xacle_eval.text import did_you_mean, quote, visible, visible_path

__all__ = ["try_bundle", "work_folder"]

PathLike = str | os.PathLike[str]
_PYTHON_LIMIT = 60.0
_VERSION = "import platform; print(platform.python_version())"
_EVALAI_PYTHONS = ("3.7.", "3.8.", "3.9.")


def try_bundle(
    bundle: PathLike,
    submission: PathLike,
    *,
    platform: Platform | None = None,
    phase: str | None = None,
    python: PathLike | None = None,
    time_limit: float | None = None,
) -> Trial:
    """Run a submission on a bundle as the worker of the platform would, without Docker.

    The programs in the bundle are executed on this machine, with the rights of the user and
    without a sandbox: try only bundles whose code you trust. The submission is only unpacked; a
    command in it is never executed.

    Parameters
    ----------
    bundle : str or path
        A bundle for Codabench or EvalAI, a folder or a ZIP, or the folder that `export` wrote.
    submission : str or path
        The file that a participant uploads. For Codabench, which takes ZIPs only, a CSV is packed.
    platform : {"codabench", "evalai"}, optional
        The platform; by default the one whose configuration file the bundle has.
    phase : str, optional
        The name of one phase, its codename on EvalAI, or the folder of its labels on Codabench; by
        default all of them.
    python : str or path, optional
        The interpreter of the scorer; by default the one that runs the toolkit.
    time_limit : float, optional
        Seconds for each run, if less than the platform allows.

    Returns
    -------
    Trial
        For each phase, and each task on Codabench: the status, the scores that are stored and
        shown, what the participant sees and what the organiser sees.

    Raises
    ------
    UsageError
        If a file is missing, the platform would refuse the bundle, a phase does not exist, or the
        interpreter does not start.
    """
    check_arguments(
        optional=("platform", "phase", "python", "time_limit"),
        bundle=bundle,
        submission=submission,
        platform=platform,
        phase=phase,
        python=python,
        time_limit=time_limit,
    )
    if platform is not None:
        check_choice("platform", platform, PLATFORMS)
    if time_limit is not None and not time_limit > 0:
        raise UsageError(f"time_limit must be above 0, got {time_limit}")
    bundle, upload = bundle_of(bundle), _require_file(submission)
    interpreter, version = _find_interpreter(python)
    with work_folder() as work:
        opened = _open_bundle(Path(bundle), work / "bundle")
        chosen = platform or _platform_of(opened, Path(bundle))
        plan = _Plan(opened, upload, work, interpreter, phase, time_limit)
        runs, notes = (_on_codabench if chosen == "codabench" else _on_evalai)(plan)
    if chosen == "evalai" and not version.startswith(_EVALAI_PYTHONS):
        notes.append(f"EvalAI's hosted workers are Python 3.7 to 3.9; this run used {version}")
    return Trial(
        path=display_path(Path(bundle)),
        submission=display_path(upload),
        platform=chosen,
        python=version,
        runs=tuple(runs),
        notes=tuple(notes),
        not_imitated=codabench.NOT_IMITATED if chosen == "codabench" else evalai.NOT_IMITATED,
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is tried: an opened bundle, the upload, a folder for files, and the settings."""

    bundle: Path
    upload: Path
    work: Path
    python: str
    phase: str | None
    time_limit: float | None

    def folder(self, number: int) -> Path:
        """Return a new folder for a run."""
        path = self.work / f"run{number}"
        path.mkdir()
        return path


def _on_codabench(plan: _Plan) -> tuple[list[TrialRun], list[str]]:
    """Return the run of each phase and task, and notes about the bundle."""
    competition = read_competition(plan.bundle)
    notes = [f"docker_image {quote(competition.image, 130)} is not used"]
    upload = plan.upload
    if not zipfile.is_zipfile(upload) and upload.suffix.casefold() == ".csv":
        upload = plan.work / "submission.zip"
        with zipfile.ZipFile(upload, "w") as archive:
            archive.write(plan.upload, plan.upload.name)
        notes.append("the file was packed into a ZIP: Codabench takes nothing else")
    runs: list[TrialRun] = []
    # An exported bundle has a folder of labels with the name of the phase in the challenge file.
    names = [
        (phase.name, *(task.references.name for task in phase.tasks if task.references is not None))
        for phase in competition.phases
    ]
    for place in _chosen(names, plan.phase):
        phase = competition.phases[place]
        if plan.time_limit is not None:
            phase = replace(phase, limit=min(phase.limit, plan.time_limit))
        for task in phase.tasks:
            folder = plan.folder(len(runs))
            runs.append(codabench.run_task(competition, phase, task, upload, folder, plan.python))
    return runs, notes


def _on_evalai(plan: _Plan) -> tuple[list[TrialRun], list[str]]:
    """Return the run of each phase, and notes about the bundle."""
    challenge = read_challenge(plan.bundle)
    limit = plan.time_limit or evalai.TIME_LIMIT
    names = [(phase.codename, phase.name) for phase in challenge.phases]
    runs = [
        evalai.run_phase(
            challenge, challenge.phases[place], plan.upload, plan.folder(place), plan.python, limit
        )
        for place in _chosen(names, plan.phase)
    ]
    return runs, []


def _chosen(names: Sequence[tuple[str, ...]], phase: str | None) -> list[int]:
    """Return the places of the phases that are tried; each has one name or several."""
    if phase is None:
        return list(range(len(names)))
    found = [place for place, each in enumerate(names) if phase in each]
    if not found:
        known = [each[0] for each in names]
        hint = did_you_mean(phase, known, f"expected {', '.join(map(quote, known))}")
        raise UsageError(f"the bundle has no phase {quote(phase, 60)}; {hint}")
    return found


@contextmanager
def work_folder() -> Iterator[Path]:
    """Create a folder for all files of a trial, and remove it afterwards."""
    path = Path(tempfile.mkdtemp(prefix="xacle-trial-")).resolve()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _require(path: PathLike, what: str) -> str:
    """Return the words for something that exists, and can be looked at."""
    try:
        Path(path).stat()
    except (OSError, ValueError) as error:
        raise input_error(what, path, error) from error
    return f"{what} '{visible_path(display_path(path))}'"


def _require_file(path: PathLike) -> Path:
    shown = _require(path, "submission")
    if not Path(path).is_file():
        raise UsageError(f"{shown} is not a file; platforms take one file, such as a ZIP")
    return Path(path)


def _open_bundle(bundle: Path, target: Path) -> Path:
    """Copy or unpack a bundle, so that nothing changes it, and return its root."""
    shown = _require(bundle, "bundle")
    if bundle.is_dir():
        # Another folder can be large, so that it is looked at before it is copied.
        _platform_of(bundle, bundle)
    elif not bundle.is_file():
        raise UsageError(f"{shown} is neither a folder nor a file")
    try:
        place_folder(bundle, target)
    except (ExtractError, UnpackLimitError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{shown} cannot be unpacked: {visible(reason, 300)}") from error
    return target


def _platform_of(bundle: Path, given: Path) -> Platform:
    """Return the platform whose configuration file is at the root of a bundle."""
    for platform, names in CONFIGS.items():
        if any((bundle / name).is_file() for name in names):
            return platform
    wanted = " nor ".join(names[0] for names in CONFIGS.values())
    raise UsageError(
        f"bundle '{visible_path(display_path(given))}' has neither {wanted} at its root",
        "xacle-eval export --check BUNDLE says what is wrong with a bundle",
    )


def _find_interpreter(python: PathLike | None) -> tuple[str, str]:
    """Return the path and the version of the interpreter that runs scorers."""
    if python is None:
        return sys.executable, machine.python_version()
    path = os.fspath(python)
    found = shutil.which(path)
    if found is None:
        raise UsageError(
            f"the interpreter {quote(path, 200)} was not found; expected the name of a Python 3 on "
            "PATH, or its path"
        )
    with work_folder() as folder:
        command = [str(Path(found).absolute()), "-c", _VERSION]
        done = run_command(command, folder, worker_environment(), _PYTHON_LIMIT)
    version = done.stdout.decode("ascii", "replace").strip()
    if done.code != 0 or not re.fullmatch(r"3\.\d+\.\S+", version):
        raise UsageError(f"{quote(path, 200)} is not an interpreter of Python 3")
    return command[0], version
