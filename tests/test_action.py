"""The action's entry is run as GitHub runs it; what it prints is read by the documented syntax of
workflow commands.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from urllib.parse import unquote

import pytest

from tests.helpers import DATA, REPOSITORY
from tests.submissions.descriptions import zipped

ENTRY = REPOSITORY / "action" / "entry.py"
HIBARI = (DATA / "example/submissions/Hibari_01.csv").read_text()
FORGED = "::error file=x::forged_01.csv"
LIMIT = 10

ISOLATED = subprocess.run(
    [sys.executable, "-I", "-c", "import xacle_eval"], capture_output=True, check=False
)
pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
    pytest.mark.skipif(
        ISOLATED.returncode != 0,
        reason="xacle_eval is not installed in this environment, and the action starts Python isolated",
    ),
]


def git(folder, *arguments):
    """Run git in a folder and return what it prints."""
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def workspace(tmp_path):
    """A repository with a base commit and a pull request that adds three submissions and removes
    one.
    """
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
    """Run the entry with the environment of a runner; returns exit code, stdout, outputs and
    summary.
    """
    parent = workspace.parent
    files = {"GITHUB_OUTPUT": parent / "output", "GITHUB_STEP_SUMMARY": parent / "summary"}
    for file in files.values():
        file.write_text("")
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    environment = {
        **kept, **{name: str(file) for name, file in files.items()}, "HOME": str(parent), "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_PATH": str(parent / "event.json"), "GITHUB_WORKSPACE": str(workspace),
        "INPUT_PATHS": "submissions", "INPUT_CHALLENGE": str(DATA / "example"), "INPUT_STRICT": "false", **given,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", ENTRY],
        cwd=workspace,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.stderr == b"", "the runner reads commands there too"
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    return (
        done.returncode,
        done.stdout.decode(),
        outputs,
        files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"),
    )


def workflow_commands(text):
    """What a runner makes of stdout: the annotations, and the lines that are only printed.

    ``::name key=value,key=value::message``; in values %, CR, LF, : and , are escaped, in the
    message %, CR and LF; after ``::stop-commands::WORD`` nothing is a command until ``::WORD::``.
    The runner still knows an older form too, ``##[name key=value]message``, anywhere in a line
    (actions/runner, ActionCommand.TryParse).
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


def test_a_whole_folder(workspace):
    """All submissions are checked; annotations name files that are there, and no forged command is
    one.
    """
    code, out, outputs, summary = run(workspace)
    annotations, printed = workflow_commands(out)
    assert code == 1
    assert outputs == {"valid": "false", "submissions": "4"}
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
    assert printed[-1].startswith("xacle-eval: ")
    assert summary.startswith("## xacle-eval: 2 of 5 submissions valid\n")
    assert "`submissions/::error file=x::forged_01.csv`" in summary


def test_only_what_changed(workspace):
    """With changed-only the files that were there before, that are gone or are no submissions are
    left alone.
    """
    code, out, outputs, _ = run(workspace, changed_only="true")
    assert code == 1
    assert outputs == {"valid": "false", "submissions": "3"}
    assert "Old_01" not in out
    assert "Gone_01" not in out
    assert "notes.md" not in out


def commit_as_pull_request(workspace):
    """Commit what lies in the workspace, and let the event compare it with the commit before."""
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


def test_a_file_that_became_a_link_is_changed(workspace):
    """A submission exchanged for a link is checked, not taken for the one that was there."""
    (workspace / "submissions" / "Good_01.csv").unlink()
    (workspace / "submissions" / "Good_01.csv").symlink_to("../click.py")
    commit_as_pull_request(workspace)
    code, out, outputs, _ = run(workspace, changed_only="true")
    assert (code, outputs) == (1, {"valid": "false", "submissions": "1"})
    assert workflow_commands(out)[0][0][1]["file"] == "submissions/Good_01.csv"


def test_changed_files_are_skipped_as_in_a_folder(workspace):
    """Changed files whose names begin with a dot or an underscore are left alone, as a search of
    the folder does.
    """
    (workspace / "submissions" / "_drafts").mkdir()
    for name in ("_draft.csv", ".hidden.csv", "_drafts/Draft_01.csv"):
        (workspace / "submissions" / name).write_text("a,b\n")
    commit_as_pull_request(workspace)
    code, _, outputs, _ = run(workspace, changed_only="true")
    assert (code, outputs) == (0, {"valid": "true", "submissions": "0"})


def test_stderr_forges_nothing(workspace):
    """What the command says on stderr about a folder with hostile names becomes one annotation, and
    no command.
    """
    folder = workspace / "odd" / "##[error]forged"
    folder.mkdir(parents=True)
    (folder / "a.foo").write_text("x")
    code, out, outputs, _ = run(workspace, paths="odd")
    ((command, values, message),) = workflow_commands(out)[0]
    assert (code, command, values) == (2, "error", {"title": "xacle-eval"})
    assert message.startswith(
        "there are no submissions in odd; passed over: odd/## [error]forged/a.foo"
    )
    assert outputs == {"valid": "false", "submissions": "0"}


def test_a_receipt_that_lies_there_is_not_read(workspace):
    """Where nothing was checked, a receipt that the pull request brought says nothing, however it
    is nested.
    """
    (workspace / "receipt.json").write_text("[" * 200_000)
    code, _, outputs, _ = run(workspace, receipt="receipt.json", split="nonsense")
    assert (code, outputs) == (2, {"valid": "false", "submissions": "0"})


def test_without_git(workspace, monkeypatch):
    """Where there is no git, changed-only ends in 2 and says so."""
    monkeypatch.setenv("PATH", str(workspace))
    code, out, outputs, _ = run(workspace, changed_only="true")
    assert (code, outputs) == (2, {"valid": "false", "submissions": "0"})
    assert workflow_commands(out)[0][0][2].startswith("git cannot be started: ")


def test_the_installation_runs_no_file_of_the_workspace(workspace):
    """The action's first step, as written, makes its environment though a venv.py and a pip.py lie
    in the workspace.
    """
    import yaml

    for name in ("venv.py", "pip.py"):
        (workspace / name).write_text("print('code of the pull request was run')")
    temporary = workspace.parent / "runner"
    temporary.mkdir()
    # An environment without pip is made fast; the step's second line then fails for want of it.
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
    """A pull request that only removes submissions ends in 0 with a notice."""
    event = json.loads((workspace.parent / "event.json").read_text())
    event["pull_request"]["base"] = event["pull_request"]["head"]
    (workspace.parent / "event.json").write_text(json.dumps(event))
    code, out, outputs, _ = run(workspace, changed_only="true")
    assert (code, outputs) == (0, {"valid": "true", "submissions": "0"})
    assert workflow_commands(out)[0][0][0] == "notice"


def test_a_valid_submission_and_its_receipt(workspace):
    """A valid file ends in 0, and the receipt lies where it was asked for."""
    code, out, outputs, _ = run(
        workspace, paths="submissions/Good_01.csv", receipt="receipt.json", strict="TRUE"
    )
    assert (code, outputs) == (0, {"valid": "true", "submissions": "1"})
    assert workflow_commands(out)[0] == []
    assert json.loads((workspace / "receipt.json").read_text())["strict"] is True


@pytest.mark.parametrize(
    ("inputs", "event", "says"),
    [
        ({"paths": " "}, None, "names nothing"),
        ({"strict": "yes"}, None, "must be true or false"),
        ({"changed_only": "true"}, "{}", "an event of a pull request"),
        ({"changed_only": "true"}, "[", "an event of a pull request"),
        (
            {"changed_only": "true"},
            '{"pull_request": {"base": {"sha": "--x"}, "head": {"sha": "a"}}}',
            "commit",
        ),
        (
            {"changed_only": "true"},
            '{"pull_request": {"base": {"sha": "aa"}, "head": {"sha": "bb"}}}',
            "fetch-depth",
        ),
    ],
)
def test_what_cannot_be(workspace, inputs, event, says):
    """Inputs and events that cannot be meant end in 2 with one error annotation, and outputs are
    set.
    """
    if event is not None:
        (workspace.parent / "event.json").write_text(event)
    code, out, outputs, _ = run(workspace, **inputs)
    assert code == 2
    ((command, values, message),) = workflow_commands(out)[0]
    assert (command, values) == ("error", {"title": "xacle-eval"})
    assert says in message
    assert outputs == {"valid": "false", "submissions": "0"}


def test_the_action_s_inputs_are_the_entry_s():
    """Every input of action.yml reaches a step through the environment, never through the text of a
    script.
    """
    import yaml

    action = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))
    steps = action["runs"]["steps"]
    given = {name for step in steps for name in step.get("env", {})}
    assert given == {f"INPUT_{name.upper().replace('-', '_')}" for name in action["inputs"]}
    assert not any("${{" in step["run"] for step in steps)
    entry = ENTRY.read_text()
    for name in set(action["inputs"]) - {"python"}:
        assert f'"{name.upper()}"' in entry, name
