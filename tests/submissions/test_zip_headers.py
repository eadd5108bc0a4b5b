"""Every program reads the same files from an accepted archive, by its directory or its headers."""

import io
import random
import runpy
import shutil
import struct
import subprocess
import zipfile
import zlib

import pytest

from tests.cli.helpers import xacle_eval
from tests.helpers import DATA, codes
from xacle_eval.challenge.rules import Limits
from xacle_eval.submissions.archive import read_archive
from xacle_eval.submissions.reading import Source

PARTS = runpy.run_path(str(DATA / "hostile_parts.py"))
Entry, raw_zip, descriptor = PARTS["Entry"], PARTS["raw_zip"], PARTS["descriptor"]
field, other_name, hidden_file = PARTS["field"], PARTS["other_name"], PARTS["hidden_file"]
FILES = {
    "K/a.csv": b"001.wav,1\n" * 300,
    "K/b.bin": bytes(range(256)) * 4,
    "K/\u00e4\u96f2.txt": b"x",
}
X = b"x" * 20
CRC = zlib.crc32(X)


def read(data):
    """Read bytes as an archive."""
    return read_archive(Source.of_bytes(bytes(data), "x.zip"), Limits())


def message_of(*entries, **settings):
    """Return the message of the only finding about an archive, which is XAC080."""
    archive = read(raw_zip(*entries, **settings))
    assert (codes(archive.findings), archive.files) == (["XAC080"], {})
    return archive.findings[0].message


class Pipe(io.RawIOBase):
    """A stream that can only be written."""

    def __init__(self):
        self.memory = io.BytesIO()

    def writable(self):
        return True

    def write(self, data):
        return self.memory.write(data)


def python_zip(method, stream):
    """Return an archive of Python's zipfile, with a folder and a file of the 64-bit form."""
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("K/", b"")
        for name, data in FILES.items():
            archive.writestr(name, data)
        with archive.open("K/large", "w", force_zip64=True) as file:
            file.write(b"y" * 500)
    return getattr(stream, "memory", stream).getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("stream", [io.BytesIO, Pipe])
def test_archives_of_python(method, stream):
    """Archives that Python writes to a file or to a pipe are read."""
    archive = read(python_zip(method, stream()))
    assert archive.findings == []
    assert archive.files == {**FILES, "K/large": b"y" * 500}


ZIP = [
    ("zip", "-qr", "x.zip", "K"),
    ("zip", "-q0rX", "x.zip", "K"),
    ("zip", "-qr", "-fd", "x.zip", "K"),
    ("sh", "-c", "zip -qr - K | cat > x.zip"),
    ("sh", "-c", "zip -qr x.zip K && zip -q x.zip K/b.bin"),
    ("sh", "-c", "zip -qr x.zip K extra && zip -qd x.zip extra"),
    ("sh", "-c", "echo note | zip -qrz x.zip K"),
    ("jar", "cMf", "x.zip", "K"),
    ("jar", "cM0f", "x.zip", "K"),
]


@pytest.mark.parametrize("command", ZIP, ids=" ".join)
def test_archives_of_other_programs(command, tmp_path):
    """Archives of Info-ZIP and Java, also written to a pipe, changed or commented, are read."""
    programs = {command[0], "zip" if command[0] == "sh" else command[0]}
    if any(shutil.which(program) is None for program in programs):
        pytest.skip("the program is not installed")
    (tmp_path / "K").mkdir()
    (tmp_path / "extra").write_text("x")
    files = {name: data for name, data in FILES.items() if name.isascii()}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    archive = read((tmp_path / "x.zip").read_bytes())
    assert archive.findings == []
    assert archive.files == files


MAC = {"extra": field(0x5855, bytes(8)), "local_extra": field(0x5855, bytes(12))}


@pytest.mark.parametrize(
    "settings",
    [
        {"local_numbers": (0, 0, 0), "after": descriptor(CRC, 20, 20)},
        {"local_numbers": (0, 0, 0), "after": descriptor(CRC, 20, 20, sign=b"")},
        {"local_numbers": (0, 0, 0), "after": descriptor(CRC, 20, 20, form="<L2Q")},
        {"local_numbers": (CRC, 20, 20), "after": descriptor(CRC, 20, 20, sign=b"", form="<L2Q")},
        {"local_numbers": (0, 0, 20), "after": descriptor(CRC, 20, 20)},
        {"local_numbers": (0, 0, 0), "after": descriptor(CRC, 20, 20), **MAC},
    ],
)
def test_sizes_that_follow_the_bytes(settings):
    """Checksum and sizes may follow in each of the four forms; zeros then stand before them."""
    archive = read(raw_zip(Entry("a", X, flags=8, **settings), Entry("b", X)))
    assert archive.findings == []
    assert archive.files == {"a": X, "b": X}


@pytest.mark.parametrize(
    "extra",
    [
        field(0x5455, b"\x03" + bytes(8))
        + field(0x7875, b"\x01\x04" + bytes(4) + b"\x04" + bytes(4)),
        field(0x000A, bytes(32)),
        field(0x000D, bytes(12)),
        field(0xCAFE, b""),
        field(0xD935, b"\x04\0") + b"\0\0\0",
        other_name(b"x.csv"),
        field(1, b""),
        field(1, struct.pack("<2Q", 20, 20)),
    ],
)
def test_extra_fields_of_ordinary_programs(extra):
    """Times, owners, padding, and names and sizes that repeat the header are accepted."""
    for settings in ({"extra": extra}, {"local_extra": extra}):
        assert read(raw_zip(Entry("x.csv", X, **settings))).files == {"x.csv": X}


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (other_name(b"../../x"), "has another name in an extra field"),
        (other_name(b"/x"), "has another name in an extra field"),
        (other_name(b"X.csv"), "has another name in an extra field"),
        (other_name(b"x.csv\0"), "has another name in an extra field"),
        (other_name(b"x.csv") * 2, "has two extra fields of the same kind"),
        (field(0x756E, bytes(14)), "has an extra field that changes its name or kind"),
        (field(0x000D, bytes(13)), "has an extra field that changes its name or kind"),
        (field(1, struct.pack("<2Q", 20, 21)), "has other sizes in an extra field"),
        (field(1, bytes(4) + b"x"), "has other sizes in an extra field"),
        (field(1, bytes(4))[:-1], "has a damaged extra field"),
        (b"\0\0x", "has a damaged extra field"),
    ],
)
def test_extra_fields_that_change_a_file(extra, message):
    """A field that gives another name, kind or size is refused, in the directory and beside it."""
    for settings in ({"extra": extra, "local_extra": b""}, {"local_extra": extra}):
        assert message_of(Entry("x.csv", X, **settings)) == f"x.csv {message}"


@pytest.mark.parametrize(
    ("settings", "different"),
    [
        ({"local_name": b"y"}, "name"),
        ({"local_method": 8}, "method"),
        ({"local_flags": 8}, "flags"),
        ({"local_numbers": (CRC, 20, 19)}, "sizes"),
        ({"local_numbers": (CRC, 19, 20)}, "sizes"),
        ({"local_numbers": (CRC ^ 1, 20, 20)}, "sizes"),
        ({"local_numbers": (0, 0, 0)}, "sizes"),
        ({"local_name": b"y", "local_method": 8}, "name, method"),
        ({"flags": 8, "local_numbers": (0, 0, 9), "after": descriptor(CRC, 20, 20)}, "sizes"),
    ],
)
def test_headers_that_differ(settings, different):
    """The header beside a file's bytes must state the same name, method and sizes."""
    assert message_of(Entry("x", X, **settings)) == f"x has two different headers ({different})"


HIDDEN = hidden_file("../evil.csv", X)


@pytest.mark.parametrize(
    ("entries", "settings", "message"),
    [
        ([Entry("a", X)], {"prefix": HIDDEN},
         "61 bytes before the first file, which the directory does not list"),
        ([], {"prefix": HIDDEN},
         "61 bytes before the first file, which the directory does not list"),
        ([Entry("a", X, after=HIDDEN), Entry("b", X)], {},
         "61 bytes after a, which the directory does not list"),
        ([Entry("a", X), Entry("b", X, after=b"\0")], {},
         "1 byte after b, which the directory does not list"),
        ([Entry("a", X, flags=8, after=descriptor(CRC, 20, 20) + HIDDEN)], {},
         "77 bytes after a, which the directory does not list"),
        ([Entry("a", X, flags=8, after=descriptor(CRC, 20, 19))], {},
         "a has other sizes after its bytes"),
        ([Entry("a", X, flags=8)], {}, "a has other sizes after its bytes"),
        ([Entry("a", X, 8, packed=PARTS["deflate"](X) + HIDDEN)], {},
         "a has bytes after the end of its compressed data"),
        ([Entry("._a", X, 8, packed=PARTS["deflate"](X) + HIDDEN)], {},
         "._a has bytes after the end of its compressed data"),
        ([Entry("a/", b"", 8, packed=PARTS["deflate"](b"") + HIDDEN)], {},
         "a/ has bytes after the end of its compressed data"),
        ([Entry("a/", HIDDEN)], {}, "a/ is a folder with contents"),
    ],
)  # fmt: skip
def test_bytes_that_belong_to_no_file(entries, settings, message):
    """Files that only the headers show are refused wherever they are hidden."""
    assert message_of(*entries, **settings) == message


@pytest.mark.parametrize(
    "name",
    [".git/config", ".github/workflows/x.yml", ".bashrc", ".env", "a/.ssh/k", "HEAD",
     "GIT~1/config", "\uff0egit/config", "a/head", ".git/", ".__MACOSX/x"],
)  # fmt: skip
def test_names_that_programs_obey(name, tmp_path):
    """Hidden names and those of Git are refused by kind; split writes nothing."""
    data = raw_zip(Entry("A_01.csv", b"1"), Entry(name, b""))
    assert codes(read(data).findings) == ["XAC086"]
    (tmp_path / "x.zip").write_bytes(data)
    assert xacle_eval("split", tmp_path / "x.zip", "-o", tmp_path / "out").code == 1
    assert [file.name for file in tmp_path.iterdir()] == ["x.zip"]


def test_the_folder_of_split_is_not_hidden(tmp_path):
    """The name of an upload does not make split create .git or leave the folder."""
    for name in (".git.zip", "..zip", "...zip", "head.zip"):
        (tmp_path / name).write_bytes(raw_zip(Entry("config", X)))
        done = xacle_eval("split", name, cwd=tmp_path)
        assert (done.code, "name the folder with -o" in done.err) == (2, True)
    assert all(file.is_file() for file in tmp_path.iterdir())
    assert xacle_eval("split", "head.zip", "-o", "plain", cwd=tmp_path).code == 0


def by_headers(data):
    """Return what a program sees that reads the headers from the beginning, and where it ends."""
    files, place = {}, 0
    while data.startswith(b"PK\x03\x04", place):
        flags, method, _, _, _, packed, _, name_size, extra_size = struct.unpack_from(
            "<2H2H3L2H", data, place + 6
        )
        begin = place + 30 + name_size + extra_size
        extra = data[begin - extra_size : begin]
        large = extra.startswith(b"\x01\x00")
        if packed == 0xFFFFFFFF and large:
            packed = int.from_bytes(extra[12:20], "little")
        if method == zipfile.ZIP_DEFLATED:
            inflater = zlib.decompressobj(-15)
            content = inflater.decompress(data[begin:]) + inflater.flush()
            place = len(data) - len(inflater.unused_data)
        else:
            content, place = data[begin : begin + packed], begin + packed
        name = data[place_of_name(begin, name_size, extra_size)]
        files[name.decode("utf-8" if flags & 0x800 else "cp437")] = content
        if flags & 8:
            place += 4 * data.startswith(b"PK\x07\x08", place) + (20 if large else 12)
    return files, data[place : place + 4]


def place_of_name(begin, name_size, extra_size):
    """Return the slice of a name before the bytes of its file."""
    return slice(begin - extra_size - name_size, begin - extra_size)


def mutate(data, chance):
    """Change bytes near a record of an archive, or add, remove or copy some."""
    signs = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x07\x08")
    marks = [at for at in range(len(data)) if data[at : at + 4] in signs]
    for _ in range(chance.choice((1, 1, 2))):
        at = min(len(data) - 1, chance.choice(marks) + chance.randrange(80))
        kind = chance.randrange(5)
        if kind == 0:
            data[at] = chance.choice((0, 1, 8, 255))
        elif kind == 1:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            data[at:at] = chance.choice((b"\0", b"PK\x03\x04", other_name(b"../x"), HIDDEN))
        elif kind == 3:
            del data[at : at + chance.choice((1, 2, 4, 16))]
        else:
            data[at : at + 4] = data[(other := chance.choice(marks)) : other + 4]
    return bytes(data)


def test_accepted_archives_mean_the_same_to_all():
    """Of 1,000 changed archives, zipfile and a reader of headers see each accepted one alike."""
    chance = random.Random(13)  # noqa: S311
    seeds = [
        python_zip(zipfile.ZIP_DEFLATED, io.BytesIO()),
        python_zip(zipfile.ZIP_DEFLATED, Pipe()),
        python_zip(zipfile.ZIP_STORED, io.BytesIO()),
        raw_zip(Entry("x.csv", X, extra=other_name(b"x.csv")), Entry("y", X)),
    ]
    accepted = 0
    for _ in range(1_000):
        data = mutate(bytearray(chance.choice(seeds)), chance)
        archive = read(data)
        if archive.findings:
            assert archive.files == {}
            continue
        accepted += 1
        files, following = by_headers(data)
        assert {n: content for n, content in files.items() if n[-1] != "/"} == archive.files
        assert following in (b"PK\x01\x02", b"PK\x05\x06")
        other = zipfile.ZipFile(io.BytesIO(data))
        names = [entry.filename for entry in other.infolist() if not entry.is_dir()]
        assert {name: other.read(name) for name in names} == archive.files
    assert 30 < accepted < 700
