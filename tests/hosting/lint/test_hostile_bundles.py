"""Hostile archives and folders: a finding or a typed error, never a traceback, at a small cost."""

import os
import random
import time

import pytest

import xacle_eval as xe
from benchmarks.fuzzing import bundles
from benchmarks.fuzzing.bundles import codabench_files, zip_bytes
from tests.cli.helpers import xacle_eval
from tests.hosting.lint.corpus_shared import IS_ROOT, SHARED


@pytest.mark.parametrize(
    ("code", "make"), [pytest.param(code, make, id=name) for name, code, make in SHARED]
)
def test_the_archive_or_folder_has_its_code(code, make, tmp_path):
    """The trap of an archive or a folder is found, and nothing else is reported."""
    if code == "BU013" and IS_ROOT:
        pytest.skip("root can read every folder")
    path = make(tmp_path)
    try:
        report = xe.check_bundle(path)
    finally:
        for folder, names, _ in os.walk(tmp_path):
            for name in names:
                os.chmod(os.path.join(folder, name), 0o700)  # noqa: PTH101, PTH118
    assert {each.code for each in report.findings} == {code}, report.findings


def test_a_folder_that_cannot_be_listed_is_a_finding(tmp_path, monkeypatch):
    """A folder without permission is BU013, also for root, for whom the system allows it."""
    for name, data in codabench_files().items():
        path = tmp_path / "bundle" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "bundle" / "secret").mkdir()
    scan = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    (found,) = xe.check_bundle(tmp_path / "bundle").findings
    assert (found.code, found.file) == ("BU013", "secret")


@pytest.mark.parametrize("name", ["missing", "file\0name", "/dev/zero", "fifo", "x" * 5000])
def test_a_path_that_is_no_bundle_is_a_typed_error(name, tmp_path, monkeypatch):
    """A missing path, a device, a pipe and an impossible name are usage errors."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    with pytest.raises(xe.UsageError, match="bundle"):
        xe.check_bundle(name)


def test_bombs_and_random_bytes_cost_little(tmp_path):
    """YAML bombs, deep nesting, deep Python and random changes end with findings in seconds."""
    started = time.monotonic()
    lines = ["a0: &a0 [x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)
    ]
    yamls = ["\n".join(lines), "x: " + "[" * 5_000, "a: " + "9" * 90_000, "? [a]\n: b\n", "\0", ""]
    for text in yamls:
        files = codabench_files() | {"competition.yaml": text.encode()}
        (tmp_path / "b.zip").write_bytes(zip_bytes(files))
        report = xe.check_bundle(tmp_path / "b.zip")
        assert report.findings[0].code in ("BU010", "BU011")
    for source in ("(" * 10_000, "-" * 50_000 + "1", "x = " + "1+" * 50_000 + "1", "\0", "\xff"):
        files = codabench_files() | {"scoring_program/score.py": source.encode("latin-1")}
        (tmp_path / "b.zip").write_bytes(zip_bytes(files))
        xe.check_bundle(tmp_path / "b.zip")
    rng = random.Random(7)  # noqa: S311 -- no secret
    for _ in range(60):
        (tmp_path / "b.zip").write_bytes(zip_bytes(bundles.bundle(rng)))
        xe.check_bundle(tmp_path / "b.zip")
    assert time.monotonic() - started < 30


def test_the_command_reports_a_missing_bundle_in_one_line(tmp_path):
    """The exit code is 2, and the message names the path."""
    done = xacle_eval("export", "--check", "nothing.zip", cwd=tmp_path)
    assert done.code == 2
    assert done.err.strip() == "error: bundle 'nothing.zip': file or folder not found"
    assert xacle_eval("export", cwd=tmp_path).code == 2
