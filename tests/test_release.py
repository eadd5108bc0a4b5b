"""A release publishes only what was checked, and the check of wheel and sdist can fail."""

import re
import runpy
import tarfile
import zipfile

import pytest
import yaml

import xacle_eval as xe
from tests.helpers import REPOSITORY

CHECK = runpy.run_path(str(REPOSITORY / ".ci" / "check_dist.py"))
DistError = CHECK["DistError"]
RELEASE = REPOSITORY / ".github" / "workflows" / "release.yml"
SOURCES = {"xacle_eval/__init__.py", "xacle_eval/cli/main.py"}
WHEEL = [*sorted(SOURCES), "xacle_eval-1.2.dist-info/METADATA",
         "xacle_eval-1.2.dist-info/licenses/LICENSE"]  # fmt: skip
SDIST = [f"xacle_eval-1.2/{name}" for name in (*sorted(SOURCES), *CHECK["SDIST_FILES"])]


def test_a_tag_must_be_the_version():
    """A release is refused unless its tag is v and the version."""
    CHECK["check_tag"]("v1.2", "1.2")
    for tag in ("1.2", "v1.2.0", "v1.3", "v1.2-rc1"):
        with pytest.raises(DistError, match=r"expected 'v1\.2'"):
            CHECK["check_tag"](tag, "1.2")


def test_the_version_is_read_from_the_source(tmp_path):
    """The version is that of _version.py; a file without one is an error."""
    file = tmp_path / "xacle_eval" / "_version.py"
    file.parent.mkdir()
    file.write_text('"""Version."""\n\n__version__ = "4.5.6"\n')
    assert CHECK["read_version"](tmp_path) == "4.5.6"
    file.write_text("version = 4\n")
    with pytest.raises(DistError, match="_version"):
        CHECK["read_version"](tmp_path)


@pytest.mark.skipif(
    not (REPOSITORY / "xacle_eval").is_dir(), reason="the tests run outside the checkout"
)
def test_the_source_tree_has_one_version():
    """The source tree that a release is built from has the version that the package reports."""
    assert CHECK["read_version"](REPOSITORY) == xe.__version__


def test_a_complete_wheel_and_sdist_pass(tmp_path):
    """Names are read from the archives themselves, and complete ones pass."""
    wheel = tmp_path / "xacle_eval-1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in WHEEL:
            archive.writestr(name, "x")
    sdist = tmp_path / "xacle_eval-1.2.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        for name in SDIST:
            archive.addfile(tarfile.TarInfo(name))
    assert CHECK["find_files"](tmp_path, "1.2") == (wheel, sdist)
    CHECK["check_wheel"](CHECK["wheel_names"](wheel), "1.2", SOURCES)
    CHECK["check_sdist"](CHECK["sdist_names"](sdist), "1.2", SOURCES)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([*WHEEL, "tests/test_x.py"], "unexpected files: tests/test_x.py"),
        ([*WHEEL, "xacle_eval.pth"], "unexpected files: xacle_eval.pth"),
        ([*WHEEL, "xacle_eval-1.2.data/scripts/x"], "unexpected files: xacle_eval-1.2.data"),
        ([*WHEEL, "xacle_eval/old.py"], "unexpected files: xacle_eval/old.py"),
        (WHEEL[1:], "missing from the wheel: xacle_eval/__init__.py"),
        (WHEEL[:-1], "licence is missing"),
    ],
)
def test_a_wheel_holds_the_package_only(names, reason):
    """A wheel with a file too many or too few is refused, and the file is named."""
    with pytest.raises(DistError, match=re.escape(reason)):
        CHECK["check_wheel"](names, "1.2", SOURCES)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([*SDIST, "elsewhere/x"], "unexpected files: elsewhere/x"),
        ([*SDIST, "xacle_eval-1.2/xacle_eval/__pycache__/x.pyc"], "unexpected files"),
        (SDIST[1:], "missing from the sdist: xacle_eval/__init__.py"),
        (SDIST[:-1], "missing from the sdist: LICENSE"),
    ],
)
def test_an_sdist_holds_what_builds_the_package(names, reason):
    """An sdist that is not complete or has stray files is refused, and the file is named."""
    with pytest.raises(DistError, match=re.escape(reason)):
        CHECK["check_sdist"](names, "1.2", SOURCES)


def test_a_folder_with_other_files_is_refused(tmp_path):
    """Old files beside the new ones would be published with them, so they are an error."""
    for name in ("xacle_eval-1.2-py3-none-any.whl", "xacle_eval-1.2.tar.gz"):
        (tmp_path / name).touch()
    CHECK["find_files"](tmp_path, "1.2")
    (tmp_path / "xacle_eval-1.1.tar.gz").touch()
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DistError, match="must hold"):
            CHECK["find_files"](folder, "1.2")


def test_failed_commands_are_errors():
    """A command that fails ends the check with its output, and hides the caller's settings."""
    python = CHECK["sys"].executable
    with pytest.raises(DistError, match=r"exit code 3:\nbroken"):
        CHECK["run"](python, "-c", "print('broken'); raise SystemExit(3)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", "/checkout")
        patch.setenv("XACLE_EVAL_FORMAT", "json")
        printed = CHECK["run"](python, "-c", "import os; print(sorted(os.environ))")
    assert "PYTHONPATH" not in printed
    assert "XACLE_EVAL_FORMAT" not in printed


def test_only_the_last_job_may_publish():
    """Publishing waits for tests and build, runs in its own environment and has one permission."""
    workflow = yaml.safe_load(RELEASE.read_text(encoding="utf-8"))
    jobs = workflow["jobs"]
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads the key "on" as true
    assert workflow["permissions"] == {}
    assert set(jobs) == {"tests", "build", "publish"}
    assert jobs["publish"]["needs"] == ["tests", "build"]
    assert jobs["publish"]["environment"] == "pypi"
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    for name in ("tests", "build"):
        assert jobs[name]["permissions"] == {"contents": "read"}
    # The job that holds the permission runs no code of the repository.
    assert not any("run" in step or "checkout" in step["uses"] for step in jobs["publish"]["steps"])
    assert "secrets." not in RELEASE.read_text(encoding="utf-8")
    commands = [step.get("run", "") for step in jobs["build"]["steps"]]
    assert 'python .ci/check_dist.py dist --tag "$GITHUB_REF_NAME"' in commands
