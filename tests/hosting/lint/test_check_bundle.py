"""``export --check``: the command, its formats and the Python function."""

import json

import pytest

import xacle_eval as xe
from benchmarks.fuzzing.bundles import codabench_files, evalai_files, zip_bytes
from tests.cli.helpers import xacle_eval

BASES = {"codabench": codabench_files, "evalai": evalai_files}


def write_files(folder, files):
    """Write the files of a bundle into a folder and return it."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.mark.parametrize("platform", BASES)
def test_a_valid_bundle_is_clean_as_a_folder_and_as_a_zip(platform, tmp_path):
    """Neither platform's base bundle has a finding, and its platform is detected."""
    files = BASES[platform]()
    folder = write_files(tmp_path / "bundle", files)
    archive = tmp_path / "bundle.zip"
    archive.write_bytes(zip_bytes(files))
    for path, kind in ((folder, "folder"), (archive, "zip")):
        report = xe.check_bundle(path)
        assert (report.platform, report.kind, report.findings) == (platform, kind, ())
        assert report.valid
        assert report.files == len(files)


def test_the_command_prints_findings_and_exits_with_1(tmp_path):
    """The text has the place, what the platform does and the fix; JSON has its schema."""
    files = codabench_files()
    files["competition.yaml"] = files["competition.yaml"].replace(b"version: 2\n", b"")
    write_files(tmp_path / "bundle", files)
    done = xacle_eval("export", "--check", "bundle", cwd=tmp_path)
    assert done.code == 1
    assert "error CB002 competition.yaml:1:1" in done.out
    assert "reads the file as version 1" in done.out
    assert "Write `version: 2`." in done.out
    document = json.loads(xacle_eval("export", "--check", "bundle", "-f", "json", cwd=tmp_path).out)
    assert document["schema"] == "xacle-eval/export/1"
    assert document["findings"][0]["code"] == "CB002"
