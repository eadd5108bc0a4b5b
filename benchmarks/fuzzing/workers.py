"""Run cases in forked processes: a case that hangs or kills its process is a failure, too."""

from __future__ import annotations

import json
import os
import random
import resource
import selectors
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from benchmarks.fuzzing import tables
from benchmarks.fuzzing.archives import plain_archive
from benchmarks.fuzzing.cases import FORBIDDEN, Case
from benchmarks.fuzzing.checks import MOST_MEMORY, MOST_SECONDS, Outcome, failures
from benchmarks.fuzzing.commands import Seeds, make_case
from benchmarks.fuzzing.documents import description
from benchmarks.fuzzing.places import Places
from benchmarks.fuzzing.reducing import reduce_case
from benchmarks.fuzzing.running import Runner, run_in_process

__all__ = ["Failure", "Settings", "Summary", "make_seeds", "run_cases", "warm_up"]

TIMEOUT = 30.0
"""Seconds without a result until a worker is killed; the check of CPU time is stricter."""
CHUNK = 500
ADDRESS_SPACE = 4 << 30
KEPT = 5


@dataclass(frozen=True)
class Settings:
    """What to run: cases `0` to `number` of a seed, of one command or all, with the limits."""

    number: int
    seed: int = 0
    command: str | None = None
    jobs: int = 1
    keep: Path | None = None
    timeout: float = TIMEOUT


@dataclass(frozen=True)
class Failure:
    """A case that violates a check."""

    number: int
    command: str
    problem: str
    line: str

    @property
    def kind(self) -> str:
        """Return the first words of the problem."""
        return _kind(self.problem)


@dataclass
class Summary:
    """Counts of all cases, and the failures."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
    slowest: tuple[float, int] = (0.0, -1)
    largest: tuple[int, int] = (0, -1)

    def add(self, message: dict[str, Any]) -> None:
        """Add the result of a case."""
        self.statuses[message["command"], message["status"]] += 1
        for stage in message["reached"]:
            self.reached[message["command"], stage] += 1
        self.seconds += message["seconds"]
        self.slowest = max(self.slowest, (message["seconds"], message["number"]))
        self.largest = max(self.largest, (message["memory"], message["number"]))
        for problem in message["failures"]:
            self.add_failure(message, problem)

    def add_failure(self, message: dict[str, Any], problem: str) -> None:
        """Add a failure of a case."""
        found = Failure(message["number"], message["command"], problem, message["line"])
        self.failures.append(found)


# --- preparation ---------------------------------------------------------------------------------
def make_seeds() -> Seeds:
    """Return files with the receipts that the real command writes for them."""
    rng = random.Random(0)  # noqa: S311 -- not a secret
    rows = tables.plain_predictions()
    files = {
        "Hibari_01.csv": rows,
        "Hibari.zip": plain_archive(
            {
                "Hibari_01.csv": rows,
                "Hibari_01.yaml": description(rng, "Hibari_01", plain=True),
                "notes.txt": b"x",
            }
        ),
    }
    receipts = {}
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        places = Places(Path(folder))
        places.fill(Case("validate", files=dict(files)))
        for name, data in files.items():
            task = ["--challenge", "../task/task.toml", "--receipt", "receipt.json"]
            run_in_process(["validate", name, *task])
            receipts[name] = (data, Path("receipt.json").read_bytes())
        for words in (["init"], ["add", *files], ["export", "-o", "lines.out"]):
            run_in_process(["ledger", *words, "--challenge", "../task/task.toml"])
        ledger, lines = (Path(name).read_bytes() for name in ("ledger.db", "lines.out"))
        os.chdir(before)
    return Seeds(receipts, ledger, lines)


def warm_up() -> None:
    """Import what the commands import when they need it, so that no case has to pay for it."""
    rows, ratings = tables.plain_predictions(), tables.plain_ratings()
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        places = Places(Path(folder))
        places.fill(Case("", files={"a_01.csv": rows, "b_01.csv": rows, "ratings.csv": ratings}))
        task = ["--challenge", "../task/task.toml"]
        few = ["--bootstrap", "2", "--references", "ratings.csv", *task]
        commands: list[list[str]] = [["compare", "a_01.csv", "b_01.csv", *few]]
        commands += [[*commands[0], "--resample", "listeners"]]
        commands += [["listeners", "ratings.csv", "--resamples", "10", *task]]
        commands += [["schema", "leaderboard"], ["completion", "fish"], ["challenge", "show"]]
        for form in ("text", "json", "csv", "markdown", "latex"):
            options = [*few, "--interval", "bca", "--format", form]
            commands += [["score", "a_01.csv", "--profile", *options]]
            commands += [["leaderboard", ".", "--screenings", "all", *options]]
        commands += [["validate", ".", *task, "--format", name] for name in ("junit", "sarif")]
        for arguments in commands:
            run_in_process(arguments)
        os.chdir(before)


# --- the worker ----------------------------------------------------------------------------------
def shell_line(case: Case) -> str:
    """Return the command line of a case for a shell."""
    variables = [f"{name}={shlex.quote(value)}" for name, value in case.environment.items()]
    return " ".join([*variables, "xacle-eval", *map(shlex.quote, case.arguments)])


def _run_checked(runner: Runner, case: Case) -> tuple[Outcome, list[str]]:
    """Run a case and check it; one that is too slow or too large is run again.

    The smaller numbers count: an import, the garbage collector or another process can add to the
    first ones.
    """
    outcome = runner.run(case)
    runner.places.clear()
    if outcome.seconds > MOST_SECONDS or outcome.memory > MOST_MEMORY:
        again = runner.run(case)
        runner.places.clear()
        outcome.seconds = min(outcome.seconds, again.seconds)
        outcome.memory = min(outcome.memory, again.memory)
    return outcome, failures(case, outcome)


def _kind(problem: str) -> str:
    return problem.partition(":")[0]


def _reduced(runner: Runner, case: Case, problem: str) -> Case:
    """Return a smaller case with the same kind of problem; a slow one is not reduced."""
    kind = _kind(problem)
    if kind in ("CPU time", "memory", "output size"):
        return case

    def fails(smaller: Case) -> bool:
        _, problems = _run_checked(runner, smaller)
        if kind.startswith("written outside"):
            runner.places = Places(runner.places.base)
        return any(_kind(found) == kind for found in problems)

    return reduce_case(case, fails)


def _keep(folder: Path, number: int, case: Case, problems: list[str]) -> str:
    """Write the files of a failing case; return the command that reproduces it."""
    places = Places(folder / str(number))
    places.fill(case)
    line = f"cd {shlex.quote(str(places.work))} && {shell_line(case)}"
    (folder / f"{number}.txt").write_text(
        "\n".join([line, *problems, ""]), encoding="utf-8", errors="backslashreplace"
    )
    return line


def _work(begin: int, end: int, settings: Settings, seeds: Seeds, base: Path, pipe: int) -> None:
    """Run cases `begin` to `end` and report each, before and after, as a line of JSON."""
    _limit_resources()
    runner = Runner(base)
    runner.capture_descriptors()
    kept: Counter[str] = Counter()
    forbidden = Path(FORBIDDEN)
    with os.fdopen(pipe, "w", encoding="utf-8", closefd=True) as report:
        for number in range(begin, end):
            case = make_case(settings.seed, number, seeds, settings.command)
            message = {"number": number, "command": case.command, "line": shell_line(case)}
            print(json.dumps(message), file=report, flush=True)
            outcome, problems = _run_checked(runner, case)
            kinds = {_kind(problem) for problem in problems}
            if settings.keep is not None and any(
                kept[case.command + kind] < KEPT for kind in kinds
            ):
                kept.update(case.command + kind for kind in kinds)
                case = _reduced(runner, case, problems[0])
                message["line"] = _keep(settings.keep, number, case, problems)
            if "written outside the output" in kinds:
                runner.places = Places(base)  # the canaries may be damaged
                if forbidden.is_dir():
                    shutil.rmtree(forbidden)
            message |= {
                "status": outcome.status,
                "seconds": outcome.seconds,
                "memory": outcome.memory,
                "reached": sorted(outcome.reached),
                "failures": problems,
            }
            print(json.dumps(message), file=report, flush=True)


def _limit_resources() -> None:
    """Limit the address space, so that no case can take the memory of the machine."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _run_worker(begin: int, end: int, settings: Settings, seeds: Seeds, base: Path,
                pipe: int) -> NoReturn:  # fmt: skip
    """Run the cases in a forked process and end it without Python's clean-up."""
    code, stderr = 1, os.dup(2)
    try:
        os.setpgid(0, 0)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        _work(begin, end, settings, seeds, base, pipe)
        code = 0
    except BrokenPipeError:
        pass  # the parent has been ended
    except BaseException:  # noqa: BLE001 -- a fault of the fuzzer must be seen
        import traceback

        os.write(stderr, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        os._exit(code)


@dataclass
class _Worker:
    """A forked process with the rest of its range."""

    pid: int
    pipe: int
    number: int
    end: int
    folder: tempfile.TemporaryDirectory[str]
    running: dict[str, Any] | None = None
    rest: bytes = b""
    heard: float = field(default_factory=time.monotonic)


# --- the parent ----------------------------------------------------------------------------------
def _fork(begin: int, end: int, settings: Settings, seeds: Seeds) -> _Worker:
    folder = tempfile.TemporaryDirectory(prefix="fuzz-")
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _run_worker(begin, end, settings, seeds, Path(folder.name), writing)
    os.close(writing)
    return _Worker(pid, reading, begin, end, folder)


def _chunks(settings: Settings) -> Iterator[tuple[int, int]]:
    for begin in range(0, settings.number, CHUNK):
        yield begin, min(begin + CHUNK, settings.number)


def _read(worker: _Worker, summary: Summary) -> bool:
    """Read what a worker reports; return whether it continues."""
    data = os.read(worker.pipe, 1 << 16)
    worker.heard = time.monotonic()
    *lines, worker.rest = (worker.rest + data).split(b"\n")
    for line in lines:
        message = json.loads(line)
        if "status" in message:
            summary.add(message)
            worker.number, worker.running = message["number"] + 1, None
        else:
            worker.running = message
    return bool(data)


def _end(
    worker: _Worker,
    summary: Summary,
    problem: str | None,
    keep: Callable[[int, str], str] | None,
) -> tuple[int, int] | None:
    """Wait for a worker that has ended or hangs; return the range that is left, if any."""
    if problem is not None:
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
    _, status = os.waitpid(worker.pid, 0)
    os.close(worker.pipe)
    worker.folder.cleanup()
    if worker.number >= worker.end:
        return None
    if worker.running is None:
        raise RuntimeError(f"a worker ended before case {worker.number}: a bug of the fuzzer")
    if problem is None:
        problem = f"the process ended: code {os.waitstatus_to_exitcode(status)}"
    summary.statuses[worker.running["command"], -1] += 1
    if keep is not None:
        worker.running["line"] = keep(worker.running["number"], problem)
    summary.add_failure(worker.running, problem)
    return (worker.number + 1, worker.end) if worker.number + 1 < worker.end else None


def run_cases(settings: Settings, seeds: Seeds) -> Summary:
    """Run all cases in forked processes, `settings.jobs` at a time, and return the summary."""
    summary, ready = Summary(), list(_chunks(settings))[::-1]

    def keep(number: int, problem: str) -> str:
        before = Path.cwd()
        case = make_case(settings.seed, number, seeds, settings.command)
        line = _keep(settings.keep or before, number, case, [problem])
        os.chdir(before)
        return line

    with selectors.DefaultSelector() as selector:
        workers: dict[int, _Worker] = {}
        while ready or workers:
            while ready and len(workers) < max(1, settings.jobs):
                worker = _fork(*ready.pop(), settings, seeds)
                workers[worker.pipe] = worker
                selector.register(worker.pipe, selectors.EVENT_READ)
            open_ = {key.fd: _read(workers[key.fd], summary) for key, _ in selector.select(1.0)}
            for pipe, worker in list(workers.items()):
                late = time.monotonic() - worker.heard > settings.timeout
                if open_.get(pipe, True) and not late:
                    continue
                selector.unregister(pipe)
                del workers[pipe]
                problem = f"time-out: no result within {settings.timeout:g} s" if late else None
                left = _end(worker, summary, problem, keep if settings.keep else None)
                ready += [left] if left else []
    return summary
