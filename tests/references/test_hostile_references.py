"""Hostile reference files are refused with one sentence, at low cost."""

import gzip
import io
import os
import zlib

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from tests.test_hostile import MEMORY, SECONDS, call, harmless, measure
from xacle_eval.io import compressed
from xacle_eval.io.compressed import GzipReader
from xacle_eval.references import loading

EXAMPLE = DATA / "example"
HIBARI = EXAMPLE / "submissions" / "Hibari_01.csv"
ROWS = (EXAMPLE / "ratings.csv").read_bytes()
PACKED = gzip.compress(ROWS, mtime=0)
TASK = ("--challenge", EXAMPLE / "task.toml")


def packed_zeros(number, byte=b"\0"):
    """Return a gzip file with many equal bytes."""
    deflate = zlib.compressobj(1, wbits=31)
    block = byte * 10_000_000
    parts = [deflate.compress(block) for _ in range(number // len(block))]
    return b"".join([*parts, deflate.flush()])


COSTLY = {
    "bomb.csv.gz": (
        lambda: packed_zeros(50_000_000),
        "200 times the size of the file Decompress the file, and pass the result.",
    ),
    "rows.csv.gz": (lambda: gzip.compress(b"a,b,1\n" * 2_000_000, 1), "200 times the size"),
    "line.csv.gz": (
        lambda: gzip.compress(os.urandom(3_000_000).hex().encode() * 3, 1),
        "a row has more than 131,072 characters",
    ),
    "members.csv.gz": (lambda: gzip.compress(b"") * 50_000, "10,000 compressed parts"),
    "line.csv": (lambda: b"a" * 100_000_000, "a row has more than 131,072 characters"),
    "lines.csv": (lambda: (b"a" * 140_000 + b"\n") * 200, "more than 131,072 characters"),
    "late.csv.gz": (lambda: PACKED + packed_zeros(20_000_000, b"\n"), "200 times the size"),
}


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs the resources of a process")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in ("bomb.csv.gz", "line.csv") else pytest.mark.long)
        for name in COSTLY
    ],
)
def test_what_hostile_references_cost(name, tmp_path):
    """Each file is refused within two CPU seconds and 300 MB."""
    make, problem = COSTLY[name]
    (tmp_path / name).write_bytes(make())
    told = tmp_path / "told"
    arguments = ("score", HIBARI, "--references", tmp_path / name, *TASK)
    code, out, err, memory, seconds = measure(arguments, tmp_path, told)
    assert (code, out) == (2, ""), err
    assert problem in " ".join(err.split())
    assert harmless(err)
    assert memory < MEMORY
    assert seconds < SECONDS


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "damaged"),
        (PACKED[:-9], "damaged"),
        (PACKED[:-8] + b"\0" * 8, "damaged"),
        (PACKED + b"garbage", "damaged"),
        (PACKED + b"\0" * 100 + b"garbage", "damaged"),
        (b"\0" + PACKED, "damaged"),
        (PACKED + PACKED[:20], "damaged"),
    ],
)
def test_damaged_files(data, problem, tmp_path):
    """A truncated file, and data behind its end, are errors."""
    (tmp_path / "ratings.csv.gz").write_bytes(data)
    code, out, err = call("score", HIBARI, "--references", tmp_path / "ratings.csv.gz", *TASK)
    assert (code, out) == (2, "")
    assert "XAC001" in err
    assert problem in err


@pytest.mark.parametrize(
    "data",
    [
        PACKED,
        PACKED + b"\0" * 1_000,
        gzip.compress(ROWS[:1000]) + gzip.compress(ROWS[1000:]),
        gzip.compress(b"") + PACKED + gzip.compress(b""),
        b"".join(gzip.compress(ROWS[place : place + 1]) for place in range(len(ROWS))),
    ],
)
def test_files_of_several_members(data, tmp_path):
    """Members that follow each other are one content, and zeros at the end are padding."""
    assert GzipReader(io.BytesIO(data)).readall() == ROWS
    (tmp_path / "ratings.csv.gz").write_bytes(data)
    challenge = xe.load_challenge(EXAMPLE / "task.toml")
    packed = xe.load_references(tmp_path / "ratings.csv.gz", challenge)
    assert packed.summary == xe.load_references(EXAMPLE / "ratings.csv", challenge).summary


def test_padding_without_end(tmp_path, monkeypatch):
    """Zeros behind the content are read up to the limit of the file."""
    monkeypatch.setattr(compressed, "_MOST_PACKED", 1_000_000)
    file = tmp_path / "ratings.csv.gz"
    file.write_bytes(PACKED)
    os.truncate(file, 1_000_000)
    challenge = xe.load_challenge(EXAMPLE / "task.toml")
    assert xe.load_references(file, challenge).summary.pairs == 24
    os.truncate(file, 10_000_000_000)
    with pytest.raises(xe.ReferencesError, match="the file has more than 1,000,000 bytes"):
        xe.load_references(file, challenge)


def test_compressed_references_at_their_limits(monkeypatch):
    """The limits of parts, of packed bytes and of the ratio are met; one more is an error."""
    empty = gzip.compress(b"")
    assert GzipReader(io.BytesIO(PACKED + empty * 9_999)).readall() == ROWS
    with pytest.raises(OSError, match="more than 10,000 compressed parts"):
        GzipReader(io.BytesIO(PACKED + empty * 10_000)).readall()
    monkeypatch.setattr(compressed, "_MOST_PACKED", len(PACKED))
    assert GzipReader(io.BytesIO(PACKED)).readall() == ROWS
    with pytest.raises(OSError, match="the file has more than"):
        GzipReader(io.BytesIO(PACKED + b"\0")).readall()
    small = packed_zeros(10_000_000)
    for free in (10_000_000, 9_999_999):
        monkeypatch.setattr(compressed, "_FREE_BYTES", free)
        monkeypatch.setattr(compressed, "_MOST_PACKED", len(small))
        if free == 10_000_000:
            assert len(GzipReader(io.BytesIO(small)).readall()) == free
        else:
            with pytest.raises(OSError, match="more than 200 times the size of the file"):
                GzipReader(io.BytesIO(small)).readall()


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_ROWS"])
def test_references_at_their_limits(limit, monkeypatch):
    """References of exactly the limit of bytes or rows are read; one more is an error."""
    challenge = xe.load_challenge(EXAMPLE / "task.toml")
    most = len(ROWS) if limit == "MAX_BYTES" else ROWS.count(b"\n")
    monkeypatch.setattr(loading, limit, most)
    assert xe.load_references(EXAMPLE / "ratings.csv", challenge).summary.pairs == 24
    monkeypatch.setattr(loading, limit, most - 1)
    with pytest.raises(xe.ReferencesError, match=r"more than [\d,]+ (bytes|rows)"):
        xe.load_references(EXAMPLE / "ratings.csv", challenge)


@pytest.mark.parametrize("name", ["ratings.csv", "ratings.csv.gz"])
@pytest.mark.parametrize("command", ["score", "listeners"])
def test_special_files(name, command, tmp_path):
    """A device, a pipe and a folder are refused at once, also behind a link."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    for target in ("/dev/zero", tmp_path / "fifo", tmp_path / "folder"):
        (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / name).symlink_to(target)
        arguments = ("score", HIBARI, "--references") if command == "score" else ("listeners",)
        code, out, err = call(*arguments, tmp_path / name, *TASK)
        assert (code, out) == (2, "")
        assert harmless(err)
        assert f"ratings.csv{'.gz' if name.endswith('.gz') else ''}" in err
