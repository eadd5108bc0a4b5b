"""Any bytes as a submission, references, a table or a challenge file cause a regular error."""

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import xacle_eval as xe
from benchmarks.fuzzing import checks, workers
from benchmarks.fuzzing.cases import Case, Link
from benchmarks.fuzzing.commands import COMMANDS, Seeds, make_case
from benchmarks.fuzzing.running import STAGES, find
from benchmarks.fuzzing.workers import Settings
from tests.helpers import DATA, REPOSITORY
from xacle_eval.challenge.loading import challenge_problems, template
from xacle_eval.cli.main import main

EXAMPLE = xe.load_challenge(DATA / "example")
PIECES = [
    b",",
    b'"',
    b"\n",
    b"nan",
    b"-",
    b"\0",
    b"\xff",
    b"1e999",
    b"[",
    b"]",
    b"=",
    b"{",
    b"}",
    b".",
    b"0",
    b'""',
    b"'",
]
TEMPLATE = template().replace("10_000_000", "5000").encode()
RATINGS = (DATA / "example" / "ratings.csv").read_bytes()
TABLE = (
    b"team,system,SRCC,LCC,KTAU,MSE\n"
    b"A,A_01,0.5,0.5,0.5,1\nB,B_01,0.6,0.5,0.5,1\nB,B_02,0.5,0.5,0.5,2\n"
)


def mutate(data, seed):
    """Insert, overwrite and delete pieces of data at random."""
    rng = random.Random(seed)  # noqa: S311 -- no secret
    data = bytearray(data)
    for _ in range(rng.randrange(1, 8)):
        at = rng.randrange(len(data) + 1)
        data[at : at + rng.choice([0, 0, 1, 5, 40])] = rng.choice(
            [*PIECES, bytes(data[at : at + 20])]
        )
    return bytes(data)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file to write repeatedly."""
    return tmp_path_factory.mktemp("fuzz") / "file"


@given(seed=st.integers(0, 2**32))
def test_references(file, seed):
    """References load with a finite mean for each pair, or are refused with findings."""
    file.write_bytes(mutate(RATINGS, seed))
    loaded, refused = None, None
    try:
        loaded = xe.load_references(file, EXAMPLE)
    except xe.ReferencesError as error:
        refused = error
    if loaded is None:
        assert refused.findings
        assert str(refused).encode()
    else:
        assert np.isfinite(loaded.values).all()
        assert loaded.values.shape == (24,)


@given(seed=st.integers(0, 2**32))
def test_tables(file, seed):
    """A table is ranked, or refused with findings."""
    file.write_bytes(mutate(TABLE, seed))
    with contextlib.suppress(xe.TableError):
        assert xe.rank(file).entries


@given(seed=st.integers(0, 2**32))
def test_challenge_files(file, seed):
    """A challenge file is valid, or has problems of one line each."""
    data = mutate(TEMPLATE, seed)
    assume(not re.search(rb"[0-9]{6,}", data))  # a million pairs are no error, but no test either
    file.write_bytes(data)
    for problem in challenge_problems(file):
        assert problem
        assert problem.encode()
    with contextlib.suppress(xe.ChallengeError):
        assert len(xe.load_challenge(file).manifest) > 0


# --- the fuzzer -----------------------------------------------------------------------------------
SEEDS = Seeds({"x.csv": (b"x", b"{}")})
FUZZER = REPOSITORY / "benchmarks" / "fuzz.py"


def fuzz(number, seed, keep):
    """Run the fuzzer; return its exit code and its output."""
    words = [sys.executable, FUZZER, str(number), "--seed", str(seed), "--jobs", "1"]
    # In a new checkout, compiling the kernels takes longer than the run.
    environment = {**os.environ, "XACLE_EVAL_KERNELS": "numpy"}
    done = subprocess.run(
        [*words, "--keep", keep],
        capture_output=True,
        text=True,
        check=False,
        cwd=keep.parent,
        env=environment,
    )
    return done.returncode, done.stdout + done.stderr


def share(text, stage):
    """Return the share of the inputs that reached a stage, from the fuzzer's summary."""
    return int(re.search(rf"^{stage}: .* \((\d+)%\)$", text, re.MULTILINE)[1]) / 100


@pytest.mark.long
def test_submissions(tmp_path):
    """Every command passes all checks on 120 inputs, and many inputs reach the scoring."""
    code, text = fuzz(120, 1, tmp_path / "kept")
    assert code == 0, text
    assert text.endswith(": 0 failures\n")
    assert share(text, "parsed") > 0.5
    assert share(text, "scored") > 0.2


@pytest.mark.long
def test_the_loop(tmp_path):
    """Five thousand inputs pass all checks; the seed is not the documented one."""
    code, text = fuzz(5_000, 2, tmp_path / "kept")
    assert code == 0, text
    assert text.endswith(": 0 failures\n")


def test_a_case_depends_on_its_number_only():
    """The same seed and number give the same case, another number another one."""
    assert make_case(1, 5, SEEDS) == make_case(1, 5, SEEDS)
    assert make_case(1, 5, SEEDS) != make_case(1, 6, SEEDS)


@pytest.mark.parametrize("name", main.list_commands(None))
def test_every_option_is_reachable(name):
    """Each option of a command occurs in its inputs, and each word of each choice."""
    missing = words_of(main.get_command(None, name))
    for number in range(2_000):
        case = make_case(3, number, SEEDS, name)
        missing -= {*case.arguments, *case.environment.values()}
        if not missing:
            break
    assert missing == set()


def words_of(command):
    """Return the options of a command, or of the commands of a group, with their choices."""
    inner = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    words = set()
    for parameter in [parameter for one in inner for parameter in one.params]:
        if isinstance(parameter, click.Option):
            words.add(next(name for name in parameter.opts if name.startswith("--")))
        if isinstance(parameter.type, click.Choice):
            words |= set(parameter.type.choices)
    return words - {"--output"}  # always as -o


def test_every_command_is_reachable():
    """The fuzzer knows each command of the help."""
    assert set(COMMANDS) == {*main.list_commands(None), "usage"}


@pytest.mark.parametrize("name", [name for names in STAGES.values() for name in names])
def test_stages_are_functions_of_the_package(name):
    """The functions whose calls are counted exist; after a renaming, change `STAGES`."""
    assert callable(find(name)[0])


# --- its checks -----------------------------------------------------------------------------------
def _memory():
    return len(bytearray(80 << 20)) and 0


def _busy():
    end = time.process_time() + 0.4
    while time.process_time() < end:
        pass
    return 0


def _raise():
    raise ZeroDivisionError("division by zero")


def _print(text, status=0, file=None):
    def fault():
        print(text, file=sys.stderr if file == "stderr" else sys.stdout)
        return status

    return fault


def _write(path, text="x"):
    def fault():
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(text)
        return 0

    return fault


PLANTED = {
    "exit status 3": _print("", 3),
    "exception": _raise,
    "traceback": _print("Traceback (most recent call last)", 2, "stderr"),
    "internal error": _print("internal error: KeyError: 1", 2, "stderr"),
    "raw control character U+001B in stdout": _print("\x1b[31m"),
    "raw control character U+202E in stderr": _print("\u202e", 1, "stderr"),
    "raw control character U+0085 in a written file (out)": _write("out", '{"x": "\x85"}'),
    "written outside the output": _write("../canary/note.txt"),
    "output size": _print("x" * (1 << 20)),
    "CPU time": _busy,
    "memory": _memory,
    "stray output": lambda: os.write(1, b"x") and 0,
    "Python warning": lambda: warnings.warn("x", stacklevel=1) or 0,
    "workflow command in stderr": _print("::error::x", 1, "stderr"),
    "the process ended": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "time-out": signal.pause,
}


def plant(monkeypatch, fault, **changes):
    """Let the command line have a fault, and every case be one without arguments."""
    case = Case("rank", ["rank"], {"in.csv": b"x"}, ["out"], {"GITHUB_ACTIONS": "true"})

    def run(arguments):
        sys.exit(fault())

    monkeypatch.setattr("xacle_eval.cli.run", run)
    monkeypatch.setattr(workers, "make_case", lambda *_: replace(case, **changes))
    for module in (workers, checks):
        monkeypatch.setattr(module, "MOST_SECONDS", 0.3 if fault is _busy else 60)
        monkeypatch.setattr(module, "MOST_MEMORY", 50 << 20)


forks = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.mark.long
@forks
@pytest.mark.parametrize("kind", PLANTED)
def test_planted_faults_are_found(kind, monkeypatch):
    """A command line with one fault fails by that kind only, and the next input runs."""
    plant(monkeypatch, PLANTED[kind])
    timeout = 1 if kind == "time-out" else 60
    found = workers.run_cases(Settings(2, timeout=timeout), SEEDS)
    assert {failure.kind for failure in found.failures} == {kind}
    assert [failure.number for failure in found.failures] == [0, 1]
    assert sum(found.statuses.values()) == 2


@forks
def test_a_good_command_line_passes(monkeypatch):
    """Output, a result in its place and a child's CPU time below the limit are no failure."""
    plant(monkeypatch, _write("out", "x\n\t\u00e9"))
    found = workers.run_cases(Settings(3), SEEDS)
    assert found.failures == []
    assert found.statuses == {("rank", 0): 3}
    assert found.reached == {("rank", "scored"): 3, ("rank", "parsed"): 3}


@forks
def test_writing_through_a_link_is_found(monkeypatch):
    """An output that is a link to a file elsewhere must not change that file."""
    link = {"out": Link("../canary/note.txt")}
    plant(monkeypatch, _write("out"), files=link)
    (failure,) = workers.run_cases(Settings(1), SEEDS).failures
    assert failure.problem == "written outside the output: '../canary/note.txt'"


@forks
def test_failures_are_kept_and_reduced(monkeypatch, tmp_path):
    """The kept case has the files and the command, without what the failure does not need."""
    plant(
        monkeypatch,
        lambda: 3 if b"bad" in Path("in.csv").read_bytes() else 0,
        arguments=["rank", "in.csv", "--by", "team"],
        files={"in.csv": b"1\n2\n3\nbad", "other": b"x"},
    )
    (failure,) = workers.run_cases(Settings(1, keep=tmp_path), SEEDS).failures
    work = tmp_path / "0" / "a" / "b" / "work"
    assert failure.line == f"cd {work} && xacle-eval rank in.csv"
    assert [path.name for path in work.iterdir()] == ["in.csv"]
    assert (work / "in.csv").read_bytes() == b"bad"
    assert (tmp_path / "0.txt").read_text().startswith(failure.line)
    assert (work / "../task/task.toml").exists()
