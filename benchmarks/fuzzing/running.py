"""Run a case in this process: streams, file descriptors, time and memory are measured."""

from __future__ import annotations

import gc
import io
import logging
import os
import resource
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.fuzzing.cases import Case
from benchmarks.fuzzing.checks import Outcome
from benchmarks.fuzzing.places import Places, contents

__all__ = ["STAGES", "Runner", "run_in_process"]

# Functions that are called only once the first parser has accepted an input, and functions that
# compute results. `Runner` notes their calls.
STAGES = {
    "parsed": (
        "xacle_eval.submissions.checking.missing_pairs",
        "xacle_eval.submissions.package.contents_of",
        "xacle_eval.references.loading.known_positions",
        "xacle_eval.evaluation.ranking.rank_entries",
        "xacle_eval.challenge.problems.model_problems",
        "xacle_eval.records.receipts.verify",
    ),
    "scored": (
        "xacle_eval.evaluation.scorer.Scorer.card",
        "xacle_eval.evaluation.ranking.rank_entries",
        "xacle_eval.listeners.reliability.reliability",
    ),
}


def _peak_memory() -> int:
    """Return the peak memory of this process in bytes, since the last reset if possible."""
    with suppress(OSError), open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _reset_peak() -> None:
    """Set the peak memory to the present memory; only Linux can."""
    with suppress(OSError), open("/proc/self/clear_refs", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write("5")


def _cpu_seconds() -> float:
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@contextmanager
def _streams() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Replace stdout and stderr by streams in memory that encode as those of a process do."""
    before = sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    sys.stdout = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(err, "utf-8", errors="backslashreplace", write_through=True)
    replaced = sys.stdout, sys.stderr
    try:
        yield out, err
    finally:
        sys.stdout, sys.stderr = before
        for stream in replaced:
            with suppress(ValueError):
                stream.detach()


@contextmanager
def _environment(added: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(added)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def run_in_process(arguments: list[str], environment: dict[str, str] | None = None) -> Outcome:
    """Run the command line in this process and return its status and its streams."""
    from xacle_eval.cli import run

    outcome = Outcome(-1)
    with (
        _environment(environment or {}),
        _streams() as (out, err),
        warnings.catch_warnings(record=True) as shown,
    ):
        # What Python shows by default, but every time and not only once for each place.
        warnings.simplefilter("always")
        for kind in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", kind)
        try:
            run(list(arguments))
        except SystemExit as error:
            outcome.status = error.code if isinstance(error.code, int) else 0
        except BaseException as error:  # noqa: BLE001 -- any exception is a failure
            outcome.error = f"{type(error).__name__}: {str(error)[:300]}"
        outcome.out, outcome.err = out.getvalue(), err.getvalue()
    for one in shown:
        text = warnings.formatwarning(one.message, one.category, one.filename, one.lineno, "")
        outcome.err += text.encode("utf-8", "backslashreplace")
    logger = logging.getLogger("xacle_eval")  # --debug adds a handler
    logger.handlers.clear()
    logger.setLevel(logging.NOTSET)
    return outcome


class Runner:
    """Runs cases in this process, in the folders of `places`."""

    def __init__(self, base: Path) -> None:
        self.places = Places(base)
        self._reached: set[str] = set()
        self._descriptors = tempfile.TemporaryFile()  # noqa: SIM115 -- as long as the process
        for stage, names in STAGES.items():
            for name in names:
                self._note_calls(stage, name)

    def capture_descriptors(self) -> None:
        """Send file descriptors 1 and 2 of this process to a file that each run checks."""
        for descriptor in (1, 2):
            os.dup2(self._descriptors.fileno(), descriptor)

    def _note_calls(self, stage: str, name: str) -> None:
        """Replace a function, wherever a module holds it, by one that notes its calls."""
        original, owner = find(name)

        def noting(*arguments: Any, **named: Any) -> Any:
            self._reached.add(stage)
            return original(*arguments, **named)

        last = name.rpartition(".")[2]
        if isinstance(owner, type):
            setattr(owner, last, noting)
            return
        for module in [m for key, m in sys.modules.items() if key.startswith("xacle_eval")]:
            if getattr(module, last, None) is original:
                setattr(module, last, noting)

    def run(self, case: Case) -> Outcome:
        """Run a case; the working folder keeps its files until `clear`."""
        self.places.fill(case)
        self._reached.clear()
        gc.collect(0)
        _reset_peak()
        memory, seconds = _peak_memory(), _cpu_seconds()
        outcome = run_in_process(case.arguments, case.environment)
        outcome.seconds = _cpu_seconds() - seconds
        outcome.memory = max(0, _peak_memory() - memory)
        outcome.stray = self._stray()
        outcome.changed = self.places.changes()
        outcome.written = contents(self.places.work, outcome.changed)
        if outcome.status == 0:
            self._reached.add("scored")
        if "scored" in self._reached:
            self._reached.add("parsed")
        outcome.reached = frozenset(self._reached)
        return outcome

    def _stray(self) -> bytes:
        file = self._descriptors
        file.seek(0)
        data = file.read()
        if data:
            file.seek(0)
            file.truncate()
        return data


def find(name: str) -> tuple[Callable[..., Any], Any]:
    """Return the function of a dotted name and the module or class that holds it."""
    path, _, last = name.rpartition(".")
    try:
        owner: Any = import_module(path)
    except ModuleNotFoundError:
        module, _, kind = path.rpartition(".")
        owner = getattr(import_module(module), kind)
    function: Callable[..., Any] = getattr(owner, last)
    return function, owner
