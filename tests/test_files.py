"""Results are written atomically and never show absolute paths."""

import os
import stat
from pathlib import Path

import pytest

from xacle_eval.errors import OutputError
from xacle_eval.files import display_path, similar_file, write_text


def test_text_is_written_with_its_bytes(tmp_path):
    """Text is written as UTF-8 with its line endings, and no other file remains in the folder."""
    target = tmp_path / "out.txt"
    write_text(target, "a\nÄ\r\n")
    assert target.read_bytes() == "a\nÄ\r\n".encode()
    assert [file.name for file in tmp_path.iterdir()] == ["out.txt"]


def test_an_old_file_is_replaced(tmp_path):
    """A second write replaces the file."""
    target = tmp_path / "out.txt"
    write_text(target, "old, and longer")
    write_text(target, "new")
    assert target.read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_results_have_the_permissions_of_new_files(tmp_path):
    """A result gets the permissions of the umask, not those of a private temporary file."""
    (tmp_path / "plain").touch()
    write_text(tmp_path / "out", "x")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "out")]
    assert modes[0] == modes[1]


def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch):
    """If the last step fails, the old file is unchanged and the temporary file is removed."""
    target = tmp_path / "out.txt"
    target.write_text("old")

    def full(self, other):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match=r"out\.txt cannot be written: No space left") as error:
        write_text(target, "new")
    assert error.value.exit_code == 2
    assert target.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.txt"]


@pytest.mark.parametrize("make", [lambda folder: folder / "no" / "out.txt", lambda folder: folder])
def test_impossible_targets(make, tmp_path):
    """A missing folder, or a folder as the target, is an output error."""
    with pytest.raises(OutputError, match="cannot be written"):
        write_text(make(tmp_path), "x")


def test_paths_in_results(tmp_path, monkeypatch):
    """Absolute paths are shown relative to the current folder, or reduced to two parts."""
    monkeypatch.chdir(tmp_path)
    assert display_path("a/b/c.csv") == "a/b/c.csv"
    assert display_path(tmp_path / "a" / "c.csv") == "a/c.csv"
    assert display_path("/somewhere/else/a/c.csv") == "a/c.csv"
    assert not Path(display_path("/c.csv")).is_absolute()


@pytest.mark.parametrize(
    ("missing", "similar"),
    [("Kumo_1.csv", "Kumo_01.csv"), ("Kumo_01.cvs", "Kumo_01.csv"), ("nope.csv", None)],
)
def test_a_similar_file_is_similar_without_its_extension(missing, similar, tmp_path, monkeypatch):
    """A common extension alone does not make a file similar to a missing one."""
    (tmp_path / "Kumo_01.csv").touch()
    (tmp_path / "res.csv").touch()
    monkeypatch.chdir(tmp_path)
    assert similar_file(missing) == similar
