"""Archives are read in memory, or refused with all their errors; nothing is unpacked to disk."""

import hashlib
import io
import random
import shutil
import struct
import subprocess
import zipfile
import zlib

import pytest

from tests.helpers import codes
from xacle_eval.challenge.rules import Limits
from xacle_eval.submissions.archive import read_archive
from xacle_eval.submissions.names import comparable, name_fault
from xacle_eval.submissions.reading import Source


def make_zip(files, method=zipfile.ZIP_DEFLATED):
    """Return a ZIP of names (or ZipInfo) and bytes."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return memory.getvalue()


def open_zip(data, **limits):
    """Read bytes as an archive."""
    return read_archive(Source.of_bytes(data, "x.zip"), Limits(**limits))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_come_as_they_are(method):
    """Every file has its bytes, size and hash; the archive's hash is that of its bytes."""
    files = [("A_01.csv", b"1,2\n" * 500), ("A_01.yaml", "ü".encode()), ("empty.txt", b"")]
    data = make_zip(files, method)
    archive = open_zip(data)
    assert archive.findings == []
    assert archive.files == dict(files)
    assert archive.names == {name: name for name, _ in files}
    assert archive.sha256 == hashlib.sha256(data).hexdigest()
    for member, (name, content) in zip(archive.members, files, strict=True):
        assert (member.name, member.bytes) == (name, len(content))
        assert member.sha256 == hashlib.sha256(content).hexdigest()


def test_a_wrapper_folder_and_litter():
    """A folder around all files is removed; files that desktop systems create are ignored."""
    litter = [
        "__MACOSX/Kumo/._A_01.csv",
        "Kumo/.DS_Store",
        "Kumo/._A_01.csv",
        "Kumo/Thumbs.db",
        "Kumo/",
    ]
    archive = open_zip(
        make_zip(
            [("Kumo/A_01.csv", b"x"), ("Kumo/b/c.txt", b"y"), *((name, b"") for name in litter)]
        )
    )
    assert archive.findings == []
    assert archive.names == {"A_01.csv": "Kumo/A_01.csv", "b/c.txt": "Kumo/b/c.txt"}


def test_everything_wrong_is_said_at_once():
    """A refused archive has a finding for each rule that it breaks, and no files."""
    link = zipfile.ZipInfo("link.csv")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    files = [
        (link, b"/etc/passwd"),
        ("../up.csv", b""),
        ("a.csv", b""),
        ("A.CSV", b""),
        ("metadata.yaml", b""),
        ("zeros.bin", bytes(5_000_000)),
        ("more.zip", b""),
    ]
    archive = open_zip(make_zip(files))
    assert codes(archive.findings) == ["XAC086", "XAC084", "XAC088", "XAC089", "XAC083", "XAC087"]
    assert archive.files == {}
    text = " ".join(finding.message for finding in archive.findings)
    same = "a.csv and A.CSV are the same name"
    for part in (
        "../up.csv",
        "link.csv is a symbolic link",
        same,
        "to 5,000,000 bytes",
        "more.zip",
    ):
        assert part in text


def test_the_limits_are_the_challenge_s():
    """The limits of size, number and ratio are those of the challenge file."""
    data = make_zip([("a.csv", b"0" * 600_000), ("b.csv", b"1")])
    size = 600_001
    for limits, code in (
        ({"max_package_bytes": size}, None), ({"max_package_bytes": size - 1}, "XAC082"),
        ({"max_members": 2}, None), ({"max_members": 1}, "XAC081"),
        ({"max_ratio": 2000}, None), ({"max_ratio": 100}, "XAC083"),
    ):  # fmt: skip
        found = codes(open_zip(data, **{"max_ratio": 2000, **limits}).findings)
        assert found == ([code] if code else []), limits


def codes_of(data, **limits):
    """The codes of an archive's findings."""
    return codes(open_zip(data, **limits).findings)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_at_the_limit_of_its_size(method):
    """An archive with exactly the allowed bytes, packed and unpacked, is read; one more is not."""
    data = make_zip([("a.csv", random.Random(1).randbytes(2_000))], method)  # noqa: S311
    assert len(data) > 2_000
    assert codes_of(data, max_package_bytes=len(data)) == []
    assert codes_of(data, max_package_bytes=len(data) - 1) == ["XAC082"]
    small = make_zip([("a.csv", b"1" * 2_000)])
    assert len(small) < 2_000
    assert codes_of(small, max_package_bytes=2_000) == []
    assert codes_of(small, max_package_bytes=1_999) == ["XAC082"]


@pytest.mark.parametrize("number", [1, 7])
def test_an_archive_at_the_limit_of_its_members(number):
    """An archive with exactly the allowed number of entries is read; with one more it is not."""
    for more, found in ((0, []), (1, ["XAC081"])):
        data = make_zip([(f"{n}.csv", b"") for n in range(number + more)])
        assert codes_of(data, max_members=number) == found


def test_a_directory_at_the_limit_of_its_size():
    """A directory of 1,024 bytes per allowed entry is read; one byte more is refused unread."""
    for size, found in ((1024, []), (1025, ["XAC081"])):
        entry = zipfile.ZipInfo("a.csv")
        entry.comment = b"x" * (size - 46 - len("a.csv"))
        assert codes_of(make_zip([(entry, b"")]), max_members=1) == found


def test_a_file_at_the_limit_of_its_ratio():
    """A file that expands by exactly the allowed ratio is read; a smaller limit refuses it."""
    data = make_zip([("a.csv", b"0" * 600_000)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.infolist()[0]
    ratio = entry.file_size / entry.compress_size
    assert codes_of(data, max_ratio=ratio) == []
    assert codes_of(data, max_ratio=ratio * (1 - 1e-9)) == ["XAC083"]


def test_small_files_have_no_ratio():
    """A file of 500,000 bytes may be compressed by any ratio; one byte more may not."""
    assert codes_of(make_zip([("a.csv", b"0" * 500_000)]), max_ratio=2) == []
    assert codes_of(make_zip([("a.csv", b"0" * 500_001)]), max_ratio=2) == ["XAC083"]


def test_an_archive_at_the_limit_of_folders():
    """A file four folders deep is read; one that is five folders deep is refused."""
    assert open_zip(make_zip([("1/2/3/4/a.csv", b"x"), ("b.csv", b"")])).names == {
        "1/2/3/4/a.csv": "1/2/3/4/a.csv",
        "b.csv": "b.csv",
    }
    assert codes_of(make_zip([("1/2/3/4/5/a.csv", b"x")])) == ["XAC088"]
    assert codes_of(make_zip([("1/2/3/4/5/", b"")])) == []
    assert codes_of(make_zip([("1/2/3/4/5/6/", b"")])) == ["XAC088"]


def test_names_at_the_limit_of_their_length():
    """Names of 240 characters with parts of 120 are accepted; one more of either is not."""
    part = "a" * 120
    longest = f"{part}/{'b' * 119}"
    assert (name_fault(part), name_fault(longest)) == (None, None)
    assert name_fault(f"{part}a") == "has a name with a part of 121 characters; the limit is 120"
    assert name_fault(f"{longest}b") == "has a name of 241 characters; the limit is 240"


def test_a_comment_of_the_longest_length():
    """A comment of 65,535 bytes does not hide the end of the archive."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.comment = b"x" * 65_535
        archive.writestr("a.csv", b"x")
    assert codes_of(memory.getvalue()) == []


def test_the_words_of_zlib_are_not_used(monkeypatch):
    """A file that cannot be unpacked has the same finding whatever the library's text is."""
    data = bytearray(make_zip([("a.csv", b"0" * 1_000)]))
    start = data.index(b"a.csv") + len("a.csv")
    data[start : start + 3] = b"\xff\xff\xff"
    (before,) = open_zip(bytes(data)).findings
    assert (before.code, before.message) == ("XAC080", "a.csv cannot be unpacked")

    class Inflater:
        def decompress(self, *_):
            raise zlib.error("other words")

    monkeypatch.setattr(zlib, "decompressobj", lambda *_: Inflater())
    assert open_zip(bytes(data)).findings == [before]


def test_the_zip_library_is_not_used(monkeypatch):
    """What is accepted does not depend on Python's zipfile: it is not called."""
    data = make_zip([("a.csv", b"x")])

    def fail(*_, **__):
        raise zipfile.BadZipFile("other words")

    monkeypatch.setattr(zipfile.ZipFile, "__init__", fail)
    assert open_zip(data).files == {"a.csv": b"x"}


def test_sizes_in_the_extra_field():
    """Sizes that a program writes into the 64-bit extra field are read from there."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        with archive.open(zipfile.ZipInfo("a.csv"), "w", force_zip64=True) as stream:
            stream.write(b"x" * 50)
        size, crc = 50, zlib.crc32(b"x" * 50)
    data = bytearray(memory.getvalue())
    assert codes_of(bytes(data)) == []
    # Move the directory's sizes into its extra field.
    place = data.index(b"PK\x01\x02")
    extra = struct.pack("<HHQQ", 1, 16, size, size)
    fields = struct.unpack_from("<6H3L5H2L", data, place + 4)
    assert fields[6] == crc
    struct.pack_into("<LL", data, place + 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", data, place + 30, len(extra))
    data[place + 46 + 5 : place + 46 + 5 + fields[10]] = extra
    end = data.index(b"PK\x05\x06")
    struct.pack_into("<L", data, end + 12, end - place)
    assert open_zip(bytes(data)).files == {"a.csv": b"x" * 50}


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (struct.pack("<HH", 0xCAFE, 0), []),
        (struct.pack("<HHL", 0x5455, 4, 0), []),
        (b"\0\0\0", []),  # padding to align the data, too short for a field
        (struct.pack("<HHL", 0x5455, 5, 0), ["XAC080"]),
        (struct.pack("<HH", 1, 0xFFFF), ["XAC080"]),
    ],
)
def test_extra_fields(extra, expected):
    """Extra fields of other programs are ignored; one that is longer than its place is damage."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        entry = zipfile.ZipInfo("a.csv")
        entry.extra = bytes(len(extra))
        archive.writestr(entry, b"x")
    data = bytearray(memory.getvalue())
    place = data.index(b"PK\x01\x02") + 46 + len("a.csv")
    data[place : place + len(extra)] = extra
    assert codes_of(bytes(data)) == expected


@pytest.mark.skipif(shutil.which("zip") is None, reason="the program zip is not installed")
def test_an_archive_of_another_program(tmp_path):
    """Archives of Info-ZIP are read, or refused if they contain links or are encrypted."""
    (tmp_path / "Kumo").mkdir()
    (tmp_path / "Kumo" / "A_01.csv").write_text("x,1\n")

    def made(name, *options):
        subprocess.run(["zip", "-q", "-r", *options, name, "Kumo"], cwd=tmp_path, check=True)
        return read_archive(Source.of(tmp_path / name), Limits())

    assert made("plain.zip").names == {"A_01.csv": "Kumo/A_01.csv"}
    assert codes(made("secret.zip", "-P", "word").findings) == ["XAC085"]
    (tmp_path / "Kumo" / "link.csv").symlink_to("/etc/passwd")
    assert codes(made("link.zip", "-y").findings) == ["XAC084"]


def test_a_directory_that_lies_costs_nothing():
    """The number of entries and the directory's size are checked before the directory is read."""
    data = bytearray(make_zip([("a.csv", b"x")]))
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", data, end + 8, 60_000, 60_000)
    assert codes(open_zip(bytes(data)).findings) == ["XAC081"]
    struct.pack_into("<HHL", data, end + 8, 1, 1, 500_000_000)
    assert codes(open_zip(bytes(data)).findings) == ["XAC081"]


def test_names_that_are_safe_and_others():
    """Plain names in any script are safe; absolute, hidden, escaping or reserved names are not."""
    for name in ("Kumo_01.csv", "雲/予測 01.csv", "a/b/c.txt", "Ünï.yaml", "a/"):
        assert name_fault(name) is None, name
    for name in (
        "",
        "/",
        "/a",
        "../a",
        "a/../b",
        "a//b",
        "./a",
        "a\\b",
        "c:a",
        "a\x00b",
        "a\u202eb",
        "a\u200bb",
        "nul",
        "COM1.csv",
        "a ",
        " a",
        "a.",
        "-rf",
        "a" * 121,
        "a/" * 200 + "b",
        "a*b",
        "a\nb",
    ):
        assert name_fault(name) is not None, name
    assert comparable("ÄPFEL.csv") == comparable("a\u0308pfel.CSV")
