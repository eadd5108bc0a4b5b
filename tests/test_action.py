"""The action's entry point is run as GitHub runs it, and its output is parsed as a runner does."""

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


@pytest.fixture
def workspace(tmp_path):
    """A repository whose pull request adds three submissions and removes one."""
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
    parent = workspace.parent
    files = {"GITHUB_OUTPUT": parent / "output", "GITHUB_STEP_SUMMARY": parent / "summary"}
    for file in files.values():
        file.write_text("")
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    environment = {
        **kept,
        **{name: str(file) for name, file in files.items()},
        "HOME": str(parent),
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_PATH": str(parent / "event.json"),
        "GITHUB_WORKSPACE": str(workspace),
        "INPUT_PATHS": "submissions",
        "INPUT_CHALLENGE": str(DATA / "example"),
        "INPUT_STRICT": "false",
        **given,
    }
    done = subprocess.run(
        [sys.executable, "-I", ENTRY],
        cwd=workspace,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.stderr == b"", "the runner reads commands from stderr too"
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    return (
        done.returncode,
        done.stdout.decode(),
        outputs,
        files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"),
    )


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


def test_a_whole_folder(workspace):
    """All submissions are checked, annotations name existing files, and none of them is forged."""
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
    """With changed-only, unchanged files, removed files and other files are not checked."""
    code, out, outputs, _ = run(workspace, changed_only="true")
    assert code == 1
    assert outputs == {"valid": "false", "submissions": "3"}
    assert "Old_01" not in out
    assert "Gone_01" not in out
    assert "notes.md" not in out


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


def test_a_file_that_became_a_link_is_changed(workspace):
    """A submission that was replaced by a link is checked."""
    (workspace / "submissions" / "Good_01.csv").unlink()
    (workspace / "submissions" / "Good_01.csv").symlink_to("../click.py")
    commit_as_pull_request(workspace)
    code, out, outputs, _ = run(workspace, changed_only="true")
    assert (code, outputs) == (1, {"valid": "false", "submissions": "1"})
    assert workflow_commands(out)[0][0][1]["file"] == "submissions/Good_01.csv"


def test_changed_files_are_skipped_as_in_a_folder(workspace):
    """Changed files whose names begin with a dot or an underscore are not checked."""
    (workspace / "submissions" / "_drafts").mkdir()
    for name in ("_draft.csv", ".hidden.csv", "_drafts/Draft_01.csv"):
        (workspace / "submissions" / name).write_text("a,b\n")
    commit_as_pull_request(workspace)
    code, _, outputs, _ = run(workspace, changed_only="true")
    assert (code, outputs) == (0, {"valid": "true", "submissions": "0"})


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
    assert outputs == {"valid": "false", "submissions": "0"}


def test_a_receipt_that_lies_there_is_not_read(workspace):
    """If nothing was checked, a receipt in the pull request is not read, however deep it nests."""
    (workspace / "receipt.json").write_text("[" * 200_000)
    code, _, outputs, _ = run(workspace, receipt="receipt.json", split="nonsense")
    assert (code, outputs) == (2, {"valid": "false", "submissions": "0"})


def test_without_git(workspace, monkeypatch):
    """Without git, changed-only ends with exit code 2 and an error that names git."""
    monkeypatch.setenv("PATH", str(workspace))
    code, out, outputs, _ = run(workspace, changed_only="true")
    assert (code, outputs) == (2, {"valid": "false", "submissions": "0"})
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
    """A pull request without changed submissions ends with exit code 0 and a notice."""
    event = json.loads((workspace.parent / "event.json").read_text())
    event["pull_request"]["base"] = event["pull_request"]["head"]
    (workspace.parent / "event.json").write_text(json.dumps(event))
    code, out, outputs, _ = run(workspace, changed_only="true")
    assert (code, outputs) == (0, {"valid": "true", "submissions": "0"})
    assert workflow_commands(out)[0][0][0] == "notice"


def test_a_valid_submission_and_its_receipt(workspace):
    """A valid file ends with exit code 0, and the receipt is written to the given path."""
    code, out, outputs, _ = run(
        workspace, paths="submissions/Good_01.csv", receipt="receipt.json", strict="TRUE"
    )
    assert (code, outputs) == (0, {"valid": "true", "submissions": "1"})
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
    assert outputs == {"valid": "false", "submissions": "0"}


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
