"""Hostile files are reported by their rule, at low cost, without side effects or tracebacks."""

import contextlib
import io
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.helpers import environment
from tests.helpers import DATA
from xacle_eval.cli import run
from xacle_eval.submissions.rules import RULES

MADE = runpy.run_path(str(DATA / "make_hostile.py"))
CASES, path_of = MADE["CASES"], MADE["path_of"]
TASK = ("--challenge", DATA / "example" / "task.toml")
MEMORY, SECONDS, OUTPUT = 300 << 20, 2.0, 1 << 20
# Rules about several submissions, references, tables and the toolkit have other tests.
ELSEWHERE = (
    *("XAC03", "XAC05", "XAC06", "XAC07", "XAC116", "XAC120", "XAC121", "XAC125", "XAC126"),
    *("XAC13", "XAC14", "XAC15", "XAC16", "XAC17", "XAC18"),
)


# A child process inherits the peak memory of its parent, so a small process starts the command.
LAUNCHER = """
import os, sys
child = os.fork()
if child == 0:
    os.execv(sys.executable, [sys.executable, "-m", "xacle_eval", *sys.argv[2:]])
_, status, usage = os.wait4(child, 0)
seconds = usage.ru_utime + usage.ru_stime
with open(sys.argv[1], "w") as told:
    print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, seconds, file=told)
"""


def measure(arguments, cwd, told):
    """Run the command; return its exit code, streams, peak memory and CPU time, with children."""
    command = [sys.executable, "-I", "-S", "-c", LAUNCHER, told, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, check=True)
    code, memory, seconds = told.read_text().split()
    kilo = 1 if sys.platform == "darwin" else 1024
    return int(code), done.stdout.decode(), done.stderr.decode(), int(memory) * kilo, float(seconds)


def call(*arguments):
    """Run the command in this process; return its exit code and both streams."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        run([str(argument) for argument in arguments])
    return ended.value.code or 0, out.getvalue(), err.getvalue()


def harmless(text):
    """Return whether a text has no traceback and only printable characters."""
    return "Traceback" not in text and all(char == "\n" or char.isprintable() for char in text)


def test_there_are_enough():
    """There are at least 120 small cases, and one for each rule that a single file can break."""
    assert len(CASES) >= 120
    assert len({case.name for case in CASES}) == len(CASES)
    kept = list((DATA / "hostile").iterdir())
    assert max(file.stat().st_size for file in kept) < 40_000
    named = {code for case in CASES for code in case.codes}
    packages = {code for code in RULES if code >= "XAC080" and not code.startswith(ELSEWHERE)}
    assert packages - named == {"XAC112"}  # where a challenge has no list; see test_task_rules


def test_the_kept_ones_are_what_their_script_writes():
    """The kept files are exactly those that the script generates."""
    assert {file.name for file in (DATA / "hostile").iterdir()} == {
        case.name for case in CASES if case.kept
    }
    for case in CASES:
        if case.kept:
            assert (DATA / "hostile" / case.name).read_bytes() == case.make(), case.name


def right(case, code, text):
    """Assert that a case is reported by its rules, with the right exit status."""
    assert set(case.codes) <= set(re.findall(r"XAC\d{3}", text)), text
    assert code in ((0, 1) if case.status < 0 else (case.status,))


@pytest.mark.long
@pytest.mark.skipif(
    not hasattr(os, "wait4"), reason="this system does not report the resources of a process"
)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_it_costs(case, tmp_path, record_property):
    """Each case costs at most two CPU seconds, 300 MB and 1 MB of output; nothing is written."""
    (tmp_path / "home").mkdir()
    (tmp_path / "file").mkdir()
    path = path_of(case, tmp_path / "file")
    before = sorted(tmp_path.rglob("*"))
    told = tmp_path.parent / f"{tmp_path.name}.told"
    code, out, err, memory, seconds = measure(("validate", path, *TASK), tmp_path / "home", told)
    record_property("MB", memory >> 20)
    record_property("seconds", seconds)
    assert sorted(tmp_path.rglob("*")) == before
    assert harmless(out + err)
    # Only the note that `fix` makes the file valid is allowed.
    assert err in ("", f"note: only the form of {path} is wrong; xacle-eval fix can correct it\n")
    right(case, code, out)
    assert memory < MEMORY
    assert seconds < SECONDS
    assert len(out.encode()) < OUTPUT


# These use the full CPU second of a report in every command.
SLOW = ("pdf_tree.zip", "pdf_wide.zip")


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[pytest.mark.long] if case.name in SLOW else [], id=case.name)
        for case in CASES
        if case.kept
    ],
)
def test_every_command(case, tmp_path, monkeypatch):
    """Every command exits with 0, 1 or 2; split writes into its folder only, or nothing."""
    path = path_of(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    code, out, err = call("validate", path, *TASK)
    right(case, code, out)
    assert harmless(out + err)
    for arguments in (
        ("score", path, *TASK),
        ("leaderboard", path, *TASK, "--format", "json"),
        ("validate", path, *TASK, "--format", "github"),
        ("verify", path, path),
    ):
        code, out, err = call(*arguments)
        assert code in (0, 1, 2)
        assert harmless(out + err), arguments
    assert list(tmp_path.rglob("*")) == []
    if case.name.endswith(".zip"):
        code, out, err = call("split", path, "-o", tmp_path / "out", *TASK)
        assert code in (0, 1)
        assert harmless(out + err)
        assert (tmp_path / "out").exists() == (code == 0)
        assert all(tmp_path / "out" in (file, *file.parents) for file in tmp_path.rglob("*"))
        assert not any(file.is_symlink() for file in tmp_path.rglob("*"))
        structural = {f"XAC{number:03d}" for number in range(80, 90)} & set(case.codes)
        assert (code == 1) == bool(structural)


@pytest.mark.long
def test_a_folder_of_all_of_them(tmp_path):
    """A leaderboard over all kept files ranks the valid ones and names all others in JSON."""
    code, out, err = call("leaderboard", DATA / "hostile", *TASK, "--quiet", "--format", "json")
    assert code == 1
    assert harmless(out + err)
    missing = [
        case.name for case in CASES if case.kept and case.status == 1 and case.name not in out
    ]
    assert missing == []
    assert Path(DATA / "hostile").is_dir()
