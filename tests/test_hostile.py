"""Hostile files: each is named by its rule, costs little, writes nothing, and no traceback reaches
its sender.
"""

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
MEMORY, SECONDS = 300 << 20, 2.0
# Known to other tests: what several submissions, references and tables are at fault in.
ELSEWHERE = ("XAC03", "XAC05", "XAC06", "XAC07", "XAC116")


# A process is charged the memory of the one it is forked from, so a small one stands between this
# and the command.
LAUNCHER = """
import os, sys
child = os.fork()
if child == 0:
    os.execv(sys.executable, [sys.executable, "-m", "xacle_eval", *sys.argv[2:]])
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as told:
    print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, usage.ru_utime + usage.ru_stime, file=told)
"""


def measured(arguments, cwd, told):
    """Run the command; returns its exit code, both streams, its peak memory and its CPU time,
    children's too.
    """
    command = [sys.executable, "-I", "-S", "-c", LAUNCHER, told, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, check=True)
    code, memory, seconds = told.read_text().split()
    kilo = 1 if sys.platform == "darwin" else 1024
    return int(code), done.stdout.decode(), done.stderr.decode(), int(memory) * kilo, float(seconds)


def called(*arguments):
    """Run the command inside this process; returns its exit code and both streams."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        run([str(argument) for argument in arguments])
    return ended.value.code or 0, out.getvalue(), err.getvalue()


def harmless(text):
    """Say whether a text has no traceback and nothing that a terminal would act on or hide."""
    return "Traceback" not in text and all(char == "\n" or char.isprintable() for char in text)


def test_there_are_enough():
    """At least 120 cases, small where they are kept, and one for each rule that a single file can
    break.
    """
    assert len(CASES) >= 120
    assert len({case.name for case in CASES}) == len(CASES)
    kept = list((DATA / "hostile").iterdir())
    assert max(file.stat().st_size for file in kept) < 40_000
    named = {code for case in CASES for code in case.codes}
    packages = {code for code in RULES if code >= "XAC080" and not code.startswith(ELSEWHERE)}
    assert packages - named == {"XAC112"}  # where a challenge has no list; see test_task_rules


def test_the_kept_ones_are_what_their_script_writes():
    """Every kept file is what the script makes, and no other file lies beside them."""
    assert {file.name for file in (DATA / "hostile").iterdir()} == {
        case.name for case in CASES if case.kept
    }
    for case in CASES:
        if case.kept:
            assert (DATA / "hostile" / case.name).read_bytes() == case.make(), case.name


def right(case, code, text):
    """Say whether a case is named by its rules, with the right exit status."""
    assert set(case.codes) <= set(re.findall(r"XAC\d{3}", text)), text
    assert code in ((0, 1) if case.status < 0 else (case.status,))


# The large ones, and those that start a process; the others take as long as any file of their size.
COSTLY = [case for case in CASES if not case.kept or case.name.startswith("pdf_")]


@pytest.mark.skipif(
    not hasattr(os, "wait4"), reason="this system does not tell what a process has used"
)
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[] if case in COSTLY else [pytest.mark.long], id=case.name)
        for case in CASES
    ],
)
def test_what_it_costs(case, tmp_path, record_property):
    """Each is named by its rule within two seconds of computing and 300 MB, and nothing is written
    anywhere.
    """
    (tmp_path / "home").mkdir()
    (tmp_path / "file").mkdir()
    path = path_of(case, tmp_path / "file")
    before = sorted(tmp_path.rglob("*"))
    told = tmp_path.parent / f"{tmp_path.name}.told"
    code, out, err, memory, seconds = measured(("validate", path, *TASK), tmp_path / "home", told)
    record_property("MB", memory >> 20)
    record_property("seconds", seconds)
    assert sorted(tmp_path.rglob("*")) == before
    assert harmless(out + err)
    assert err == ""
    right(case, code, out)
    assert memory < MEMORY
    assert seconds < SECONDS


# These use up the second that a report has, in every command.
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
    """validate names it; every command ends in 0, 1 or 2; split writes into its folder or not at
    all.
    """
    path = path_of(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    code, out, err = called("validate", path, *TASK)
    right(case, code, out)
    assert harmless(out + err)
    for arguments in (
        ("score", path, *TASK),
        ("leaderboard", path, *TASK, "--format", "json"),
        ("validate", path, *TASK, "--format", "github"),
        ("verify", path, path),
    ):
        code, out, err = called(*arguments)
        assert code in (0, 1, 2)
        assert harmless(out + err), arguments
    assert list(tmp_path.rglob("*")) == []
    if case.name.endswith(".zip"):
        code, out, err = called("split", path, "-o", tmp_path / "out", *TASK)
        assert code in (0, 1)
        assert harmless(out + err)
        assert (tmp_path / "out").exists() == (code == 0)
        assert all(tmp_path / "out" in (file, *file.parents) for file in tmp_path.rglob("*"))
        assert not any(file.is_symlink() for file in tmp_path.rglob("*"))
        structural = {f"XAC{number:03d}" for number in range(80, 90)} & set(case.codes)
        assert (code == 1) == bool(structural)


def test_a_folder_of_all_of_them(tmp_path):
    """One leaderboard over all kept files together ranks what is sound, and names every other one."""
    code, out, err = called("leaderboard", DATA / "hostile", *TASK, "--quiet")
    assert code == 1
    assert harmless(out + err)
    missing = [
        case.name for case in CASES if case.kept and case.status == 1 and case.name not in out
    ]
    assert missing == []
    assert Path(DATA / "hostile").is_dir()
