"""The action's entry point is run as GitHub runs it, and its output is parsed as a runner does."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.helpers import REPOSITORY
from tests.workspaces import (
    ENTRY,
    FORGED,
    NEEDS,
    commit_as_pull_request,
    make_workspace,
    run,
    workflow_commands,
)

LIMIT = 10
NOTHING = {"valid": "false", "checked": "false", "submissions": "0"}

pytestmark = NEEDS


@pytest.fixture
def workspace(tmp_path):
    """A repository whose pull request adds three submissions and removes one."""
    return make_workspace(tmp_path)


def test_a_whole_folder(workspace):
    """All submissions are checked, annotations name existing files, and none of them is forged."""
    code, out, outputs, summary = run(workspace)
    annotations, printed = workflow_commands(out)
    assert code == 1
    assert outputs == {"valid": "false", "checked": "true", "submissions": "4"}
    assert 0 < len(annotations) <= LIMIT
    names = {
        path.relative_to(workspace).as_posix() for path in (workspace / "submissions").iterdir()
    }
    for command, values, message in annotations:
        assert command in ("error", "warning", "notice")
        assert set(values) <= {"file", "line", "col", "title"}
        assert values["file"] in names
        assert re.match(r"XAC\d{3} ", values["title"])
        assert message
    located = {values["file"]: values for _, values, _ in annotations if "line" in values}
    assert located["submissions/Old_01.csv"]["line"] == "2"
    assert located[f"submissions/{FORGED}"]["line"] == "3"
    assert not any(
        "line" in values for _, values, _ in annotations if values["file"].endswith(".zip")
    )
    assert any("Pack.zip/Hibari_02.csv:1" in message for _, _, message in annotations)
    assert "code of the pull request was run" not in out
    assert any(line.startswith("xacle-eval: ") for line in printed)
    assert summary.startswith("## xacle-eval: 2 of 5 submissions valid\n")
    assert "`submissions/::error file=x::forged_01.csv`" in summary


def test_only_what_changed(workspace):
    """With changed-only, unchanged files are not checked; other changes are named as errors."""
    code, out, outputs, _ = run(workspace, changed_only="true")
    assert code == 1
    assert outputs == {"valid": "false", "checked": "false", "submissions": "3"}
    assert "Old_01" not in out
    first, *others = workflow_commands(out)[0]
    assert first[2] == (
        "not checked, so nothing is valid: submissions/Gone_01.csv was removed;"
        " submissions/notes.md does not end with .csv or .zip"
    )
    assert 0 < len(others) < LIMIT


def test_stderr_forges_nothing(workspace):
    """A message on stderr with hostile file names becomes one annotation, and no other command."""
    folder = workspace / "odd" / "##[error]forged"
    folder.mkdir(parents=True)
    (folder / "a.foo").write_text("x")
    code, out, outputs, _ = run(workspace, paths="odd")
    ((command, values, message),) = workflow_commands(out)[0]
    assert (code, command, values) == (2, "error", {"title": "xacle-eval"})
    assert message.startswith("no submissions found in odd")
    assert "odd/## [error]forged/a.foo" in message
    assert outputs == NOTHING


def test_a_receipt_that_lies_there_is_not_used(workspace):
    """A receipt in the pull request is neither read nor replaced; the action stops."""
    (workspace / "receipt.json").write_text("[" * 200_000)
    code, out, outputs, _ = run(workspace, receipt="receipt.json")
    assert (code, outputs) == (2, NOTHING)
    assert workflow_commands(out)[0][0][2].startswith("receipt.json exists: ")
    assert (workspace / "receipt.json").read_text() == "[" * 200_000


def test_without_git(workspace, monkeypatch):
    """Without git, changed-only ends with exit code 2 and an error that names git."""
    monkeypatch.setenv("PATH", str(workspace))
    code, out, outputs, _ = run(workspace, changed_only="true")
    assert (code, outputs) == (2, NOTHING)
    assert workflow_commands(out)[0][0][2].startswith("git cannot be started: ")


def test_the_installation_runs_no_file_of_the_workspace(workspace):
    """The first step of action.yml imports neither venv.py nor pip.py from the workspace."""
    import yaml

    for name in ("venv.py", "pip.py"):
        (workspace / name).write_text("print('code of the pull request was run')")
    temporary = workspace.parent / "runner"
    temporary.mkdir()
    # An environment without pip is created quickly; the second line of the step then fails.
    python = workspace.parent / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@" --without-pip\n')
    python.chmod(0o755)
    step = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"][
        0
    ]
    environment = {
        "PATH": os.environ["PATH"], "INPUT_PYTHON": str(python), "RUNNER_TEMP": str(temporary),
        "GITHUB_ACTION_PATH": str(workspace.parent / "nowhere"),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=workspace,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (temporary / "xacle-eval" / "pyvenv.cfg").exists()
    assert "code of the pull request was run" not in done.stdout + done.stderr
    assert "No module named pip" in done.stderr


def test_nothing_changed(workspace):
    """A pull request without changes under the paths passes, but nothing is called valid."""
    (workspace / "README.md").write_text("hello")
    commit_as_pull_request(workspace)
    code, out, outputs, _ = run(workspace, changed_only="true")
    assert (code, outputs) == (0, NOTHING)
    ((command, _, message),) = workflow_commands(out)[0]
    assert command == "notice"
    assert message == "nothing was checked: the pull request changes no file in submissions"


def test_a_valid_submission_and_its_receipt(workspace):
    """A valid file ends with exit code 0, and the receipt is written to the given path."""
    code, out, outputs, _ = run(
        workspace, paths="submissions/Good_01.csv", receipt="receipt.json", strict="TRUE"
    )
    assert (code, outputs) == (0, {"valid": "true", "checked": "true", "submissions": "1"})
    assert workflow_commands(out)[0] == []
    assert json.loads((workspace / "receipt.json").read_text())["strict"] is True


@pytest.mark.parametrize(
    ("inputs", "event", "says"),
    [
        ({"paths": " "}, None, "'paths' is empty"),
        ({"strict": "yes"}, None, "must be true or false"),
        ({"changed_only": "true"}, "{}", "a pull_request event"),
        ({"changed_only": "true"}, "[", "a pull_request event"),
        (
            {"changed_only": "true"},
            '{"pull_request": {"base": {"sha": "--x"}, "head": {"sha": "a"}}}',
            "invalid commit hash",
        ),
        (
            {"changed_only": "true"},
            '{"pull_request": {"base": {"sha": "aa"}, "head": {"sha": "bb"}}}',
            "fetch-depth",
        ),
    ],
)
def test_invalid_inputs_and_events(workspace, inputs, event, says):
    """Invalid inputs and events end with exit code 2, one error annotation and both outputs set."""
    if event is not None:
        (workspace.parent / "event.json").write_text(event)
    code, out, outputs, _ = run(workspace, **inputs)
    assert code == 2
    ((command, values, message),) = workflow_commands(out)[0]
    assert (command, values) == ("error", {"title": "xacle-eval"})
    assert says in message
    assert outputs == NOTHING


def test_the_action_s_inputs_are_the_entry_s():
    """Every input of action.yml reaches a step through the environment, not the script's text."""
    import yaml

    action = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))
    steps = action["runs"]["steps"]
    given = {name for step in steps for name in step.get("env", {})}
    assert given == {f"INPUT_{name.upper().replace('-', '_')}" for name in action["inputs"]}
    assert not any("${{" in step["run"] for step in steps)
    entry = ENTRY.read_text()
    for name in set(action["inputs"]) - {"python"}:
        assert f'"{name.upper()}"' in entry, name
    assert set(action["outputs"]) == set(NOTHING)
