"""Results are written atomically and never show absolute paths."""

import os
import re
import socket
import stat
from pathlib import Path

import pytest

from xacle_eval.errors import OutputError
from xacle_eval.io.files import (
    SpecialFileError,
    TooLargeError,
    display_path,
    open_input,
    open_inside,
    read_input,
    similar_file,
)
from xacle_eval.io.folders import write_folder
from xacle_eval.io.outputs import write_text


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

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
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


def test_a_folder_is_written_at_once(tmp_path):
    """Files and folders have their bytes and the permissions of new files."""
    (tmp_path / "plain").touch()
    write_folder(tmp_path / "out", {"a.csv": b"1", "x/y/b.csv": b"2", "x/c": b""})
    found = {file: file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file()}
    expected = {"a.csv": b"1", "x/y/b.csv": b"2", "x/c": b""}
    assert found == {tmp_path / "out" / name: data for name, data in expected.items()}
    modes = [stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "plain", *found)]
    assert len(set(modes)) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out", "plain"]


@pytest.mark.parametrize(
    "name",
    ["../x", "/x", "a/../../x", "", "a//x", "a/", ".", ".env", "a/.git/x", "a\\x", "a\0x", "c:x"],
)
def test_a_folder_has_no_unsafe_name(name, tmp_path):
    """Each part of a name is checked when it is written; nothing remains if one is refused."""
    with pytest.raises(OutputError, match="the name is not safe"):
        write_folder(tmp_path / "out", {"good": b"1", name: b"2"})
    assert list(tmp_path.iterdir()) == []


class Planting(dict):
    """Files; before the last one is written, a link is planted in the unfinished folder."""

    def __init__(self, files, place, link, target):
        super().__init__(files)
        self.place, self.link, self.target = place, link, target

    def items(self):
        *first, last = super().items()
        yield from first
        (folder,) = self.place.glob(".*.part")
        (folder / self.link).symlink_to(self.target)
        yield last


@pytest.mark.parametrize(
    ("link", "name"), [("sub", "sub/x"), ("x", "x"), ("a/sub", "a/sub/x"), ("a/x", "a/x")]
)
@pytest.mark.parametrize("target", ["folder", "file", "missing"])
def test_a_planted_link_is_never_followed(link, name, target, tmp_path):
    """A link that another process plants while a folder is written leads nowhere."""
    outside, place = tmp_path / "outside", tmp_path / "place"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").write_text("old")
    place.mkdir()
    files = Planting({"a/first": b"1", name: b"new"}, place, link, outside / target)
    with pytest.raises(OutputError, match="cannot be written"):
        write_folder(place / "out", files)
    assert list(place.iterdir()) == []
    assert sorted(file.name for file in outside.rglob("*")) == ["file", "folder"]
    assert (outside / "file").read_text() == "old"


def test_a_planted_file_is_never_overwritten(tmp_path):
    """A hard link that another process plants while a folder is written keeps its contents."""
    (tmp_path / "file").write_text("old")

    class Linking(Planting):
        """Files; before the last one is written, its name becomes a hard link."""

        def items(self):
            *first, last = dict.items(self)
            yield from first
            (folder,) = self.place.glob(".*.part")
            os.link(self.target, folder / self.link)
            yield last

    files = Linking({"first": b"1", "x": b"new"}, tmp_path, "x", tmp_path / "file")
    with pytest.raises(OutputError, match="cannot be written: File exists"):
        write_folder(tmp_path / "out", files)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("file", "old")]


def test_a_similar_file(tmp_path):
    """A mistyped name is found; a broken link and a folder of many files suggest nothing."""
    (tmp_path / "Kumo_01.csv").touch()
    assert similar_file(tmp_path / "Kuno_01.csv").endswith("Kumo_01.csv")
    (tmp_path / "Kumo_02.csv").symlink_to("nowhere")
    assert similar_file(tmp_path / "Kumo_02.csv") is None
    for number in range(998):
        (tmp_path / str(number)).touch()
    assert similar_file(tmp_path / "Kuno_01.csv").endswith("Kumo_01.csv")
    (tmp_path / "998").touch()
    assert similar_file(tmp_path / "Kuno_01.csv") is None


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


def test_an_input_is_a_regular_file(tmp_path):
    """A file is read whole, up to its limit; a link that the user names is followed."""
    file, link = tmp_path / "a.csv", tmp_path / "link.csv"
    file.write_bytes(b"12345")
    link.symlink_to(file)
    assert read_input(link, 5) == b"12345"
    with pytest.raises(TooLargeError, match="more than 4 bytes"):
        read_input(link, 4)
    with pytest.raises(IsADirectoryError):
        read_input(tmp_path, 5)


SPECIAL = [
    ("/dev/zero", "a character device"),
    ("/dev/ptmx", "a character device"),
    ("/dev/tty", "a character device"),
    ("/proc/kmsg", "a file of the kernel"),
]


@pytest.mark.parametrize(("path", "kind"), SPECIAL)
def test_a_special_file_is_no_input(path, kind):
    """A device is refused by its kind before it is opened; nothing waits for it."""
    if not Path(path).exists():
        pytest.skip(f"no {path} here")
    with pytest.raises(OSError, match=kind):
        read_input(path, 10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_and_sockets_are_no_input(tmp_path, monkeypatch):
    """A pipe without a writer and a socket are refused, also if they replace a checked file."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("file").write_text("x")
    regular = Path("file").stat()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        for name, kind in (("pipe", "a pipe"), ("socket", "a socket")):
            with pytest.raises(SpecialFileError, match=kind):
                open_input(name)
    monkeypatch.setattr(os, "stat", lambda *_, **__: regular)
    with pytest.raises(SpecialFileError, match="a pipe"):
        open_input("pipe")


@pytest.mark.skipif(os.open not in os.supports_dir_fd, reason="cannot open inside a folder here")
@pytest.mark.parametrize("name", ["a.csv", "T/a.csv"])
def test_a_file_inside_a_folder_that_becomes_a_link(name, tmp_path, monkeypatch):
    """A file that is replaced by a link after the check of its kind is not followed."""
    folder, real = tmp_path / "folder", os.stat
    (folder / "T").mkdir(parents=True)
    (folder / name).write_text("own")
    (tmp_path / "labels").write_text("labels")

    def swap(*arguments, **settings):
        found = real(*arguments, **settings)
        (folder / name).unlink()
        (folder / name).symlink_to(tmp_path / "labels")
        return found

    with open_inside(folder, name) as stream:
        assert stream.read() == b"own"
    monkeypatch.setattr(os, "stat", swap)
    with pytest.raises(OSError, match=r"[Ll]ink"):
        open_inside(folder, name)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("a\0b", "NUL"), ("\ud800", "not text"), ("x" * 5_000, "name too long"), ("", "No such file")],
)
def test_impossible_inputs(path, reason):
    """A path that no file can have is an error of the system, not a bug."""
    with pytest.raises(OSError, match=reason) as error:
        open_input(path)
    assert re.search(reason, error.value.strerror)
