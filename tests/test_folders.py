"""A folder of results is replaced in one step, and nothing that the user added is lost."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from xacle_eval.errors import OutputError
from xacle_eval.io import folders
from xacle_eval.io.folders import FILE_LIST, replace_folder, require_replaceable


def contents(folder):
    """Return the text of every file in a folder, without the list of files."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != FILE_LIST
    }


@pytest.mark.parametrize("at_once", [True, False])
def test_a_new_version_replaces_the_earlier_one(tmp_path, monkeypatch, at_once):
    """The folder has the new files only, also where the system cannot exchange two names."""
    if not at_once:
        monkeypatch.setattr(folders, "_EXCHANGES", {})
    site = tmp_path / "site"
    replace_folder(site, {"index.html": b"1", "systems/a.html": b"a"}, kind="site")
    replace_folder(site, {"index.html": b"2", "systems/b.html": b"b"}, kind="site")
    assert contents(site) == {"index.html": "2", "systems/b.html": "b"}
    assert sorted(json.loads((site / FILE_LIST).read_text())["files"]) == [
        "index.html",
        "systems/b.html",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_file_of_the_user_is_not_lost(tmp_path):
    """Other files in the folder, and a folder of other files, are refused, also with force."""
    site = tmp_path / "site"
    replace_folder(site, {"index.html": b"1"}, kind="site")
    (site / "CNAME").write_text("example.org")
    with pytest.raises(OutputError, match=r"1 file that .* did not write .*CNAME"):
        replace_folder(site, {"index.html": b"2"}, kind="site", force=True)
    assert contents(site) == {"index.html": "1", "CNAME": "example.org"}
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("years")
    with pytest.raises(OutputError, match="was not written by this command"):
        replace_folder(other, {"index.html": b"2"}, kind="site", force=True)
    with pytest.raises(OutputError, match="was not written by this command"):
        require_replaceable(other, kind="site", force=True)
    assert contents(other) == {"thesis.tex": "years"}
    require_replaceable(tmp_path / "new", kind="site")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "site"]


def test_a_link_in_the_folder_is_a_file_of_the_user(tmp_path):
    """A link to a folder is not followed, and not removed."""
    site, outside = tmp_path / "site", tmp_path / "outside"
    replace_folder(site, {"index.html": b"1"}, kind="site")
    outside.mkdir()
    (site / "link").symlink_to(outside)
    with pytest.raises(OutputError, match="link"):
        replace_folder(site, {"index.html": b"2"}, kind="site")
    assert (site / "link").is_symlink()


def test_a_changed_page_needs_force(tmp_path):
    """A page that was edited is replaced with force only; one that was deleted comes back."""
    site = tmp_path / "site"
    replace_folder(site, {"index.html": b"1", "a.html": b"a"}, kind="site")
    (site / "index.html").write_text("edited")
    (site / "a.html").unlink()
    with pytest.raises(OutputError, match=r"1 file that changed .*index.html.*--force"):
        require_replaceable(site, kind="site")
    with pytest.raises(OutputError, match=r"1 file that changed .*index.html.*--force"):
        replace_folder(site, {"index.html": b"2", "a.html": b"a"}, kind="site")
    assert contents(site) == {"index.html": "edited"}
    replace_folder(site, {"index.html": b"2", "a.html": b"a"}, kind="site", force=True)
    assert contents(site) == {"index.html": "2", "a.html": "a"}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"files": []}', "[" * 100_000, "\xff"])
def test_a_broken_list_of_files(tmp_path, text):
    """A folder whose list of files cannot be read is refused."""
    site = tmp_path / "site"
    site.mkdir()
    (site / FILE_LIST).write_bytes(text.encode("latin-1"))
    with pytest.raises(OutputError, match="no valid"):
        replace_folder(site, {"index.html": b"2"}, kind="site")


@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_target_that_is_no_folder(tmp_path, kind):
    """A file and a link in place of the folder are refused and stay."""
    target = tmp_path / "site"
    if kind == "file":
        target.write_text("text")
    else:
        target.symlink_to(tmp_path)
    with pytest.raises(OutputError, match=r"not a folder|symbolic link"):
        replace_folder(target, {"index.html": b"2"}, kind="site", force=True)
    assert target.is_symlink() == (kind == "link")


def test_a_name_that_is_refused_changes_nothing(tmp_path):
    """If one file cannot be written, the earlier version stays, and nothing is beside it."""
    site = tmp_path / "site"
    replace_folder(site, {"index.html": b"1"}, kind="site")
    with pytest.raises(OutputError, match="not safe"):
        replace_folder(site, {"index.html": b"2", "../out": b"3"}, kind="site")
    assert contents(site) == {"index.html": "1"}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_process_leaves_one_whole_version(tmp_path):
    """A process that is killed while it replaces a folder again and again leaves a whole one."""
    site = tmp_path / "site"
    program = textwrap.dedent(
        """
        import sys
        from xacle_eval.io.folders import replace_folder
        number = 0
        while True:
            files = {f"{name}.html": str(number).encode() for name in range(20)}
            replace_folder(sys.argv[1], files, kind="site")
            print(number, flush=True)
            number += 1
        """
    )
    for lines in (2, 5, 9):
        with subprocess.Popen(
            [sys.executable, "-c", program, os.fspath(site)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
        ) as running:
            for _ in range(lines):
                assert running.stdout.readline()
            running.kill()
        found = contents(site)
        assert len(found) == 20
        assert len(set(found.values())) == 1


def test_the_current_folder_is_refused(tmp_path, monkeypatch):
    """The current folder is not replaced, because the shell would stay in the earlier one."""
    monkeypatch.chdir(tmp_path)
    for name in (".", tmp_path, "../" + tmp_path.name):
        with pytest.raises(OutputError, match=r"current folder.*name a folder in it"):
            require_replaceable(name, kind="site")
        with pytest.raises(OutputError, match="current folder"):
            replace_folder(name, {"index.html": b"1"}, kind="site")


@pytest.mark.skipif(not os.path.ismount("/proc"), reason="no mounted disk here")
def test_the_root_of_a_disk_is_refused():
    """A mounted disk cannot be replaced, and the error says so before anything is computed."""
    with pytest.raises(OutputError, match=r"root of a disk.*name a folder in it"):
        require_replaceable("/proc", kind="site")


def test_a_folder_of_another_kind_is_refused(tmp_path):
    """Figures are not replaced by a site, also with force."""
    figures = tmp_path / "figures"
    replace_folder(figures, {"forest.svg": b"<svg/>"}, kind="figures")
    with pytest.raises(OutputError, match="'figures' of an earlier run"):
        replace_folder(figures, {"index.html": b"1"}, kind="site", force=True)
    assert contents(figures) == {"forest.svg": "<svg/>"}


def test_the_permissions_of_the_folder_stay(tmp_path):
    """A folder that a group may write keeps its permissions when it is replaced."""
    site = tmp_path / "site"
    replace_folder(site, {"index.html": b"1"}, kind="site")
    site.chmod(0o2775)
    replace_folder(site, {"index.html": b"2"}, kind="site")
    assert oct(site.stat().st_mode & 0o7777) == oct(0o2775)


def test_the_root_is_refused_before_anything_is_computed():
    """It cannot be replaced, and the message names a folder in it."""
    with pytest.raises(OutputError, match=r"^/ is the root of a disk, .* such as /codabench$"):
        require_replaceable("/", kind="codabench")
