"""Results are written atomically, and never through a link that somebody else may have chosen."""

import os
import stat
from pathlib import Path

import pytest

from xacle_eval.errors import OutputError
from xacle_eval.io.folders import write_folder
from xacle_eval.io.outputs import append_bytes, make_folders, write_bytes, write_text

pytestmark = pytest.mark.skipif(os.name == "nt", reason="creating links is a privilege there")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return the current folder, beside a folder `outside` with a file."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("old")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def state(folder):
    """Return the contents of all files and links in a folder, by path."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else path.read_text()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


WRITERS = [
    lambda path: write_bytes(path, b"new"),
    lambda path: append_bytes(path, b"new"),
    lambda path: write_folder(path, {"file": b"new"}),
]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    "target", ["../outside/file", "../outside/new", "../outside", "nowhere/x", "link", "/dev/null"]
)
def test_a_link_is_not_written_through(write, target, place):
    """A target that is a link is refused, and the message names its target and the way out."""
    (place / "link").symlink_to(target)
    before = state(place.parent)
    with pytest.raises(OutputError, match=r"symbolic link to .*; remove the link, or name its"):
        write("link")
    assert state(place.parent) == before


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("path", ["results/x", "results/sub/x", "sub/again/x", "results/../x"])
def test_a_checkout_cannot_redirect_a_result(write, path, place):
    """A link in a Git checkout that leads out of it is not followed, at any depth."""
    (place / ".git").mkdir()
    (place / "results").symlink_to("../outside")
    (place / "sub").mkdir()
    (place / "sub" / "again").symlink_to("../results")
    (place.parent / "outside" / "sub").mkdir()
    before = state(place.parent)
    with pytest.raises(OutputError, match=r"leads out of the Git checkout.*; name the folder"):
        write(path)
    with pytest.raises(OutputError, match="leads out of the Git checkout"):
        make_folders(path)
    assert state(place.parent) == before


def test_the_links_of_the_user_work(place):
    """A link among the parents works outside a checkout, and inside one if it stays there."""
    (place / "data").symlink_to(place.parent / "outside")
    write_text("data/new", "new")
    assert (place.parent / "outside" / "new").read_text() == "new"
    write_text("data/../up", "new")
    assert (place.parent / "up").read_text() == "new"
    (place / ".git").mkdir()
    (place / "runs").mkdir()
    (place / "latest").symlink_to("runs")
    write_text(place / "latest" / "x", "new")
    make_folders("latest/a/b")
    assert (place / "runs" / "x").read_text() == "new"
    assert (place / "runs" / "a" / "b").is_dir()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can chown")
def test_a_link_of_another_user(place):
    """A link that belongs to another user is not followed."""
    (place / "data").symlink_to("../outside")
    os.chown(place / "data", 12_345, -1, follow_symlinks=False)
    with pytest.raises(OutputError, match="belongs to another user"):
        write_text("data/new", "new")
    assert not (place.parent / "outside" / "new").exists()


def test_links_that_form_a_cycle(place):
    """A cycle of links among the parents is an error."""
    (place / "a").symlink_to("b")
    (place / "b").symlink_to("a")
    with pytest.raises(OutputError, match=r"cannot be written: .*[Ll]ink"):
        write_text("a/x", "new")


def test_a_folder_that_becomes_a_link(place, monkeypatch):
    """A folder that is replaced by a link after the check is not followed."""
    (place / "results").mkdir()
    real = os.path.realpath

    def swap(path):
        found = real(path)
        (place / "results").rename(place / "moved")
        (place / "results").symlink_to("../outside")
        return found

    monkeypatch.setattr(os.path, "realpath", swap)
    with pytest.raises(OutputError, match="cannot be written"):
        write_text("results/file", "new")
    assert (place.parent / "outside" / "file").read_text() == "old"


def test_a_link_that_appears_while_writing(place, monkeypatch):
    """A link that takes the target's name while a file is written is replaced, not followed."""
    sync = os.fsync

    planted = []

    def plant(handle):
        (place / "x").symlink_to("../outside/file")
        planted.append(handle)
        sync(handle)

    monkeypatch.setattr(os, "fsync", plant)
    write_text("x", "new")
    assert len(planted) == 1
    assert not (place / "x").is_symlink()
    assert (place / "x").read_text() == "new"
    assert (place.parent / "outside" / "file").read_text() == "old"


def test_a_link_that_appears_while_appending(place, monkeypatch):
    """A link that takes the target's name after the check is not appended to."""
    real = os.open

    def plant(name, flags, *arguments, **settings):
        if name == "x":
            (place / "x").symlink_to("../outside/file")
        return real(name, flags, *arguments, **settings)

    monkeypatch.setattr(os, "open", plant)
    with pytest.raises(OutputError, match="x cannot be written: "):
        append_bytes("x", b"new")
    assert (place / "x").is_symlink()
    assert (place.parent / "outside" / "file").read_text() == "old"


def test_a_hard_link_keeps_the_other_name(place):
    """A result replaces the name; the other names of the old file keep its contents."""
    os.link("../outside/file", "x")
    write_text("x", "new")
    assert (place.parent / "outside" / "file").read_text() == "old"
    assert (place / "x").read_text() == "new"


@pytest.mark.parametrize("path", ["sub", "sub/", ".", "..", "/", "sub/.."])
def test_a_folder_is_no_target(path, place):
    """A path that names a folder is refused before anything is written."""
    (place / "sub").mkdir()
    with pytest.raises(OutputError, match="it is a folder, expected a file"):
        write_text(path, "new")
    assert state(place.parent) == {"outside/file": "old"}


def test_a_folder_with_odd_names(place):
    """A folder may be the current one, or end in a slash; a file is refused."""
    write_folder("new/", {"a": b"1"})
    (place / "empty").mkdir()
    write_folder("empty", {"a": b"2"})
    assert state(place) == {"new/a": "1", "empty/a": "2"}
    for taken in ("new", "new/a", ".", "/dev/null"):
        with pytest.raises(OutputError, match="exists and is not an empty folder; choose another"):
            write_folder(taken, {"b": b""})
    assert state(place) == {"new/a": "1", "empty/a": "2"}


def test_the_descriptors_of_the_process(place):
    """A path of an open descriptor is written to, even if it is a file."""
    with Path("x").open("w+b") as stream:
        for _ in range(2):
            write_text(f"/dev/fd/{stream.fileno()}", "new")
    assert (place / "x").read_text() == "newnew"
    with pytest.raises(OutputError, match="Bad file descriptor"):
        write_text("/dev/fd/987654", "new")


def test_pipes_and_devices(place):
    """A pipe and a character device are written to directly; a socket is refused."""
    import socket

    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_text("pipe", "new")
    append_bytes("pipe", b"er")
    assert os.read(reader, 10) == b"newer"
    os.close(reader)
    write_text("/dev/null", "new")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        with pytest.raises(OutputError, match="a socket, expected a file"):
            write_text("socket", "new")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a\0b", "null"),
        ("x" * 5_000, "too long"),
        ("a/" * 3_000 + "x", "No such file or directory"),
        ("", "folder"),
    ],
)
def test_impossible_paths(path, reason, place):
    """A path that no file can have is an output error, for files and folders."""
    for write in WRITERS:
        if path or write is not WRITERS[2]:
            with pytest.raises(OutputError, match=reason):
                write(path)
    assert state(place) == {}


def test_appending(place):
    """Appending creates the file, and keeps what it holds."""
    append_bytes("x", b"1")
    append_bytes("x", b"2")
    assert (place / "x").read_text() == "12"
