"""Repositories with pull requests for the tests of the GitHub action."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from unittest.mock import patch
from urllib.parse import unquote

import pytest

from tests.helpers import DATA, REPOSITORY
from tests.submissions.descriptions import zipped

ENTRY = REPOSITORY / "action" / "entry.py"
HIBARI = (DATA / "example/submissions/Hibari_01.csv").read_text()
FORGED = "::error file=x::forged_01.csv"

ISOLATED = subprocess.run(
    [sys.executable, "-I", "-c", "import xacle_eval"], capture_output=True, check=False
)
NEEDS = [
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
    pytest.mark.skipif(
        ISOLATED.returncode != 0,
        reason="xacle_eval is not installed here, and the action starts Python isolated",
    ),
]


def git(folder, *arguments):
    """Run git in a folder and return what it prints."""
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


def make_workspace(tmp_path):
    """Create a repository whose pull request adds three submissions and removes one."""
    folder = tmp_path / "work"
    (folder / "submissions").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for name in ("Old_01.csv", "Gone_01.csv"):
        (folder / "submissions" / name).write_text(HIBARI.replace("001.wav", "x.wav"))
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "base")
    base = git(folder, "rev-parse", "HEAD")
    (folder / "submissions" / "Gone_01.csv").unlink()
    (folder / "submissions" / "Good_01.csv").write_text(HIBARI)
    (folder / "submissions" / FORGED).write_text(HIBARI.replace("002.wav", "::warning::%0A"))
    (folder / "submissions" / "Pack.zip").write_bytes(
        zipped({"Hibari_01.csv": HIBARI, "Hibari_02.csv": "a,b\n"})
    )
    (folder / "submissions" / "notes.md").write_text("hello")
    (folder / "click.py").write_text("raise SystemExit('code of the pull request was run')")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "pull request")
    event = tmp_path / "event.json"
    head = git(folder, "rev-parse", "HEAD")
    event.write_text(json.dumps({"pull_request": {"base": {"sha": base}, "head": {"sha": head}}}))
    return folder


def run(workspace, **inputs):
    """Run the entry point as a runner does; return exit code, stdout, outputs and summary."""
    environment = runner(workspace, inputs)
    done = subprocess.run(
        [sys.executable, "-I", ENTRY],
        cwd=workspace,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.stderr == b"", "the runner reads commands from stderr too"
    return done.returncode, done.stdout.decode(), *results(environment)


def run_here(workspace, capfd, **inputs):
    """Run the entry point like `run`, but in this process, which is faster."""
    environment = runner(workspace, inputs)
    with patch.dict(os.environ, environment, clear=True):
        code = entry_point()()
    printed = capfd.readouterr()
    assert printed.err == "", "the runner reads commands from stderr too"
    return code, printed.out, *results(environment)


@cache
def entry_point():
    """Return the function that runs the action."""
    path = list(sys.path)
    main = runpy.run_path(str(ENTRY))["main"]
    sys.path[:] = path
    return main


def runner(workspace, inputs):
    """Return the environment of a step of the action, with new files for its results."""
    parent = workspace.parent
    files = {"GITHUB_OUTPUT": parent / "output", "GITHUB_STEP_SUMMARY": parent / "summary"}
    for file in files.values():
        file.write_text("")
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    return {
        **kept,
        **{name: str(file) for name, file in files.items()},
        "HOME": str(parent),
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_PATH": str(parent / "event.json"),
        "GITHUB_WORKSPACE": str(workspace),
        "INPUT_PATHS": "submissions",
        "INPUT_CHALLENGE": str(DATA / "example"),
        "INPUT_STRICT": "false",
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
    }


def results(environment):
    """Return the outputs and the summary that a step wrote."""
    written = Path(environment["GITHUB_OUTPUT"]).read_text().splitlines()
    outputs = dict(line.split("=", 1) for line in written)
    return outputs, Path(environment["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")


def workflow_commands(text):
    """Parse stdout as a runner does: return the annotations and the lines that are only printed.

    The syntax is ``::name key=value,key=value::message``. In values, %, CR, LF, : and , are
    escaped; in the message, %, CR and LF. After ``::stop-commands::WORD`` nothing is a command
    until ``::WORD::``. The runner also accepts an older form, ``##[name key=value]message``,
    anywhere in a line (actions/runner, ActionCommand.TryParse).
    """
    annotations, printed, word = [], [], None
    for line in text.splitlines():
        if word is not None:
            word = None if line == f"::{word}::" else word
            printed.append(line)
            continue
        match = re.fullmatch(r"::([a-z-]+)(?: ([^:]*))?::(.*)", line)
        older = re.search(r"##\[([a-z-]+)[^\]]*\](.*)", line)
        if match is None and older is not None:
            annotations.append((older[1], {}, older[2]))
        elif match is None:
            printed.append(line)
        elif match[1] == "stop-commands":
            word = match[3]
        else:
            pairs = dict(pair.split("=", 1) for pair in (match[2] or "").split(",") if pair)
            values = {key: unquote(value) for key, value in pairs.items()}
            annotations.append((match[1], values, unquote(match[3])))
    assert word is None, "commands are not resumed"
    return annotations, printed


def commit_as_pull_request(workspace):
    """Commit the workspace, and write an event that compares it with the previous commit."""
    base = git(workspace, "rev-parse", "HEAD")
    git(workspace, "add", ".")
    git(workspace, "commit", "-q", "-m", "next")
    event = {
        "pull_request": {
            "base": {"sha": base},
            "head": {"sha": git(workspace, "rev-parse", "HEAD")},
        }
    }
    (workspace.parent / "event.json").write_text(json.dumps(event))
