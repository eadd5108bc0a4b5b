"""The scoring workflow: the shell commands of its steps are run, also on hostile artifacts."""

import base64
import csv
import gzip
import io
import json
import os
import re
import runpy
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import xacle_eval as xe
from tests.helpers import REPOSITORY
from tests.workspaces import NEEDS, git

WORKFLOWS = REPOSITORY / "docs" / "workflows"
STEPS = yaml.safe_load((WORKFLOWS / "score-submissions.yml").read_text(encoding="utf-8"))["jobs"][
    "score"
]["steps"]
SAMPLE = (REPOSITORY / "sample_submissions" / "Minimal_Reference_01.csv").read_bytes()
ARTIFACT = runpy.run_path(str(REPOSITORY / "action" / "artifact.py"))
pytestmark = NEEDS


def averages_as_a_secret():
    """Return the demo ratings as the secret that the workflow expects."""
    bundled = Path(xe.__file__).parent / "challenge" / "bundled"
    source = bundled / "xacle2026" / "demo_ratings.csv.gz"
    ratings = {}
    with gzip.open(source, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            ratings.setdefault(row["wav_file_name"], []).append(int(row["score"]))
    lines = [f"{name},{sum(values) / len(values)}\n" for name, values in ratings.items()]
    text = "wav_file_name,average_score\n" + "".join(lines)
    return base64.encodebytes(gzip.compress(text.encode(), mtime=0)).decode()


def zipped(files):
    """Return an archive of names and contents; a content None is a link."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            kind = stat.S_IFLNK if content is None else stat.S_IFREG
            info.external_attr = (kind | 0o644) << 16
            archive.writestr(info, b"/etc/passwd" if content is None else content)
    return stream.getvalue()


class Job:
    """A scoring job: its folders, the repository with the commit, and stand-ins for commands."""

    def __init__(self, folder):
        self.folder, self.temporary = folder, folder / "temporary"
        self.server = folder / "server" / "challenge"
        for path in (self.temporary, self.server, folder / "bin", folder / "workspace"):
            path.mkdir(parents=True)
        (folder / "workspace" / "toolkit").symlink_to(REPOSITORY)
        python = f'exec "{sys.executable}"'
        self.command("python", f'{python} "$@"')
        self.command("xacle-eval", f'{python} -I -m xacle_eval "$@"')
        self.command("gh", f'case "$2" in */zip) cat "{folder}/zip";; *) cat "{folder}/id";; esac')
        (folder / "id").write_text("7\n")

    def command(self, name, line):
        """Create a command."""
        file = self.folder / "bin" / name
        file.write_text(f"#!/bin/sh\n{line}\n")
        file.chmod(0o755)

    def commit(self, files):
        """Commit files to the repository."""
        for name, content in files.items():
            file = self.server / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        git(self.server, "init", "-q")
        git(self.server, "config", "uploadpack.allowFilter", "true")
        git(self.server, "config", "uploadpack.allowAnySHA1InWant", "true")
        git(self.server, "add", ".")
        git(self.server, "commit", "-q", "-m", "pull request")

    def keep(self, files, receipt=b"{}"):
        """Create the artifact of the first workflow."""
        (self.folder / "zip").write_bytes(zipped({**files, "receipt.json": receipt}))

    def unpacked(self, files):
        """Create the folder that the step before "Check again" creates."""
        for name, content in files.items():
            file = self.temporary / "checked" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def run(self, beginning):
        """Run a step in its own environment."""
        (step,) = (each for each in STEPS if each.get("name", "").startswith(beginning))
        environment = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_WORKSPACE": str(self.folder / "workspace"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "GITHUB_SERVER_URL": f"file://{self.server.parent}",
            "GITHUB_REPOSITORY": "challenge",
        }
        secret = {"secrets.TEST_AVERAGES": averages_as_a_secret}
        for name, value in step.get("env", {}).items():
            source = value.removeprefix("${{ ").removesuffix(" }}")
            if source == "github.event.workflow_run.head_sha":
                environment[name] = git(self.server, "rev-parse", "HEAD")
            elif source in secret:
                environment[name] = secret[source]()
            else:
                environment[name] = "1"
        return subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=self.folder / "workspace",
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def job(tmp_path):
    """A scoring job before its first step."""
    return Job(tmp_path)


@pytest.mark.long
def test_a_valid_submission_is_scored(job, tmp_path):
    """The steps unpack, check and score a submission; the labels fit into GitHub's 48 KB."""
    assert len(averages_as_a_secret()) < 48_000
    files = {"submissions/Kumo/Kumo_01.csv": SAMPLE}
    job.commit(files)
    receipt = tmp_path / "receipt.json"
    xe_command = [tmp_path / "bin" / "xacle-eval", "validate", "submissions", "--receipt", receipt]
    subprocess.run(xe_command, cwd=job.server, check=True, capture_output=True)
    job.keep(files, receipt.read_bytes())
    for step in ("Fetch", "Unpack", "Check again", "Score"):
        done = job.run(step)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "demo" not in done.stderr
    kept = json.loads((job.temporary / "receipt.json").read_text())
    assert (kept["strict"], kept["files"][0]["verdict"]) == (True, "valid")
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("## xacle-eval: 1 of 1 submission passed\n")
    assert re.search(r"\| 1 \| Kumo.*01 \|", summary)


@pytest.mark.parametrize(
    "name",
    [
        "../Kumo_01.csv",
        "/etc/Kumo_01.csv",
        "submissions/../Kumo_01.csv",
        "submissions//Kumo_01.csv",
        "submissions/-rf_01.csv",
        "submissions/$(touch x)_01.csv",
        "submissions/*_01.csv",
        "submissions/Kumo\n_01.csv",
        "submissions/Kumo_01.csv\n",
        "submissions/.env.csv",
        "submissions/_Kumo_01.csv",
        "submissions/a/b/c/Kumo_01.csv",
        "submissions/a\\Kumo_01.csv",
        "submissions/Kumo_01.tsv",
        "submissions/Kumo_01.csv/",
        "submissions/" + "K" * 100 + "_01.csv",
        "submissions/Kumo\u202e_01.csv",
        "submissions/.git/config",
        ".github/workflows/x.yml",
        "Kumo_01.csv",
        "x/receipt.json",
    ],
)
def test_unexpected_names(tmp_path, capsys, name):
    """An artifact with a name that is not expected is refused whole, without a file written."""
    archive = tmp_path / "a.zip"
    archive.write_bytes(zipped({"submissions/Hibari_01.csv": b"x", name: b"", "receipt.json": b""}))
    assert ARTIFACT["main"](["unpack", str(archive), str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


BOMB = zipped({"submissions/A_01.csv": bytes(10_000_000), "receipt.json": b""})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zipped({"submissions/A_01.csv": None}), "A_01.csv is not a regular file"),
        (zipped({"submissions/A_01.csv": b"", "submissions/a_01.csv": b""}), "occurs twice"),
        (zipped({f"submissions/A_{n}.csv": b"" for n in range(101)}), "more than 100 entries"),
        (zipped({"submissions/A_01.csv": b""}), "has no receipt.json"),
        (b"PK", "cannot be unpacked"),
        (b"", "cannot be unpacked"),
        (BOMB[:-30], "cannot be unpacked"),
        (b"x" + zipped({"receipt.json": b""}), "cannot be unpacked"),
        (BOMB, "more than 9,999,999 bytes"),
        (bytes(200_001), "more than 200,000 bytes"),
    ],
)
def test_hostile_archives(tmp_path, capsys, monkeypatch, data, reason):
    """Links, duplicates, damage and archives over the limits are refused before unpacking."""
    monkeypatch.setitem(ARTIFACT["main"].__globals__, "_MOST_PACKED", 200_000)
    monkeypatch.setitem(ARTIFACT["main"].__globals__, "_MOST_UNPACKED", 9_999_999)
    (tmp_path / "a.zip").write_bytes(data)
    assert ARTIFACT["main"](["unpack", str(tmp_path / "a.zip"), str(tmp_path / "out")]) == 1
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_artifact_without_an_end(job):
    """The download stops at its limit, and a run without an artifact is an error."""
    job.command("gh", 'case "$2" in */zip) cat /dev/zero;; *) echo 7;; esac')
    assert job.run("Fetch").returncode != 0
    assert (job.temporary / "artifact.zip").stat().st_size <= 102_400_000
    job.command("gh", "true")
    done = job.run("Fetch")
    assert done.returncode == 1
    assert done.stdout.startswith("::error::")


@pytest.mark.parametrize(
    ("committed", "kept", "reason"),
    [
        ("Kumo_01.csv", {"Kumo_01.csv": b"other"}, "Kumo_01.csv differs from the commit"),
        ("Kumo_01.csv", {"Kumo_02.csv": SAMPLE}, "Kumo_02.csv is not in the commit"),
        ("link", {"Kumo_01.csv": SAMPLE}, "Kumo_01.csv is not a regular file in the commit"),
    ],
)
def test_only_files_of_the_commit_are_scored(job, committed, kept, reason):
    """A file that is not in the commit with the same bytes ends the job."""
    if committed == "link":
        (job.server / "submissions").mkdir()
        (job.server / "submissions" / "Kumo_01.csv").symlink_to("../x")
    job.commit({"x": SAMPLE} if committed == "link" else {f"submissions/{committed}": SAMPLE})
    job.keep({f"submissions/{name}": content for name, content in kept.items()})
    assert job.run("Fetch").returncode == 0
    done = job.run("Unpack")
    assert done.returncode == 1
    assert f"error: submissions/{reason}" in done.stderr


def test_predictions_out_of_range_are_not_scored(job):
    """The check is strict: a prediction outside the scale, which is a warning, ends the job."""
    last = SAMPLE.rstrip().rpartition(b",")[0]
    job.unpacked({"submissions/Kumo_01.csv": last + b",10.5\n", "receipt.json": b"{}"})
    done = job.run("Check again")
    assert done.returncode == 1
    assert "XAC035" in done.stdout


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([f"Kumo_{n}" for n in range(4)] + [f"Suzume_{n}" for n in range(4)], None),
        ([f"Kumo_{n}" for n in range(4)] + ["KUMO_5"], "the team kumo has 5 systems; the limit"),
        ([f"T{n}_1" for n in range(9)], "9 systems; expected 1 to 8 per run"),
        ([], "0 systems; expected 1 to 8 per run"),
    ],
)
def test_the_number_of_systems(tmp_path, capsys, names, reason):
    """The number of systems per team and per run is limited; packages are not counted twice."""
    systems = [
        {"kind": "predictions", "team": name.rpartition("_")[0], "system": name} for name in names
    ]
    package = {"kind": "package", "team": "Kumo", "system": "Kumo"}
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"submissions": [package, *systems]}))
    (limits,) = re.findall(r"--per-team \d+ --per-run \d+", json.dumps(STEPS))
    assert ARTIFACT["main"](["limit", str(report), *limits.split()]) == (0 if reason is None else 1)
    assert (reason or "") in capsys.readouterr().err


def test_bytes_that_were_not_checked(job):
    """Files that a receipt does not describe are not scored, and the labels are not decoded."""
    challenge = {"name": "xacle2026", "split": "test", "sha256": "0"}
    file = {"path": "submissions/Kumo_01.csv", "sha256": "0" * 64, "verdict": "valid"}
    receipt = {"schema": "xacle-eval/receipt/1", "tool": "xacle-eval 0.1.0", "rule_set": 1,
               "challenge": challenge, "strict": True, "files": [file]}  # fmt: skip
    text = json.dumps(receipt).encode()
    job.unpacked({"submissions/Kumo_01.csv": SAMPLE, "receipt.json": text})
    for step in ("Check again", "Score"):
        done = job.run(step)
        assert done.returncode != 0
        assert "does not match the receipt" in done.stdout
        (job.temporary / "receipt.json").write_bytes(text)
    assert not (job.temporary / "test_average.csv.gz").exists()


def test_the_labels_come_after_the_checks():
    """Only the last command has the labels; each step that reads the artifact comes before it."""
    with_secrets = [step.get("name") for step in STEPS if "secrets." in json.dumps(step)]
    names = [step["name"] for step in STEPS if "run" in step]
    assert with_secrets == [names[-1]] == ["Score"]
    assert names == [
        "Install the toolkit", "Fetch the artifact", "Unpack the artifact", "Check again", "Score",
    ]  # fmt: skip
    with_tokens = [step["name"] for step in STEPS if "github.token" in json.dumps(step)]
    assert with_tokens == ["Fetch the artifact"]


def test_no_expression_is_in_a_command():
    """Event data reach the commands as environment variables, not as text of the script."""
    assert not any("${{" in step.get("run", "") for step in STEPS)


def test_the_workflows_share_no_cache():
    """Neither workflow uses a cache, which the first could fill for the second."""
    for name in ("check-submissions.yml", "score-submissions.yml"):
        text = (WORKFLOWS / name).read_text(encoding="utf-8")
        assert re.findall(r"(?i)actions/cache|^ *cache[\w-]*:", text, re.MULTILINE) == []
    (install,) = (step["run"] for step in STEPS if step.get("name") == "Install the toolkit")
    assert "--no-cache-dir" in install
    assert "--require-hashes --only-binary :all:" in install


BLOCK = re.compile(
    r"([a-z0-9-]+)==([\w.]+)( ; [^\n]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n", re.ASCII
)


def test_the_requirements_are_pinned():
    """Each line of the requirements pins a version by hashes, and no line names an address."""
    text = (WORKFLOWS / "requirements.txt").read_text(encoding="utf-8")
    rest = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    assert BLOCK.sub("", rest) == ""
    pins = {}
    for name, version, *_ in BLOCK.findall(rest):
        pins.setdefault(name, []).append(version)
    import tomllib

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for requirement in map(Requirement, needed):
        versions = pins[requirement.name]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_the_bounds_in_security_md():
    """SECURITY.md states the limits of the code."""
    most = (ARTIFACT[name] for name in ("_MOST_PACKED", "_MOST_UNPACKED", "_MOST_FILES"))
    packed, unpacked, files = most
    bound = f"{packed:,} bytes packed, {unpacked:,} bytes unpacked, {files} files"
    assert bound in (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")


@pytest.mark.long
def test_the_installation(job):
    """The first step installs everything from the requirements, and the command runs."""
    subprocess.run([sys.executable, "-m", "venv", job.folder / "venv"], check=True)
    clone = job.folder / "workspace" / "toolkit"
    clone.unlink()
    ignored = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(REPOSITORY, clone, ignore=ignored, symlinks=True)
    job.command("python", f'exec "{job.folder}/venv/bin/python" "$@"')
    done = job.run("Install the toolkit")
    assert done.returncode == 0, done.stdout + done.stderr
    command = [
        job.folder / "venv" / "bin" / "xacle-eval",
        "leaderboard",
        "toolkit/sample_submissions",
    ]
    printed = subprocess.run(
        command, cwd=clone.parent, capture_output=True, text=True, check=True
    ).stdout
    assert "MinimalStretched_Reference_01" in printed
