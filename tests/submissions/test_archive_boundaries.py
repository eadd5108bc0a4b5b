"""Archives exactly at each limit are read, and one more is refused."""

import io
import stat
import struct
import zipfile

import pytest

from tests.helpers import codes
from xacle_eval.challenge.rules import Limits
from xacle_eval.submissions.archive import read_archive
from xacle_eval.submissions.reading import Source

END = b"PK\x05\x06"
CENTRAL = b"PK\x01\x02"
LOCAL = b"PK\x03\x04"


def zipped(*files, method=zipfile.ZIP_DEFLATED, comment=b""):
    """Return a ZIP of names, or ZipInfo, and bytes."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        archive.comment = comment
        for name, data in files:
            archive.writestr(name, data)
    return memory.getvalue()


def opened(data, **limits):
    """Read bytes as an archive."""
    return read_archive(Source.of_bytes(bytes(data), "x.zip"), Limits(**limits))


def found(data, **limits):
    """Return the codes that bytes are refused with; none means that every file was read."""
    archive = opened(data, **limits)
    assert bool(archive.files) is not bool(archive.findings)
    return codes(archive.findings)


@pytest.mark.parametrize("depth", [0, 1, 3, 4, 5, 6])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_four_folder_levels_are_allowed(depth, kind):
    """A file may lie four folders deep, and a folder four below the top; five are refused."""
    path = "/".join([f"f{n}" for n in range(depth)] + ["x"])
    name = path if kind == "file" else path + "/"
    expected = [] if depth <= 4 else ["XAC088"]
    assert found(zipped(("A_01.csv", b"1"), (name, b""))) == expected


def test_an_archive_of_exactly_the_limit_is_read():
    """The packed size may equal the limit; one byte more is refused, without a hash."""
    data = zipped(("A_01.csv", bytes(range(256)) * 10), method=zipfile.ZIP_STORED)
    exact = opened(data, max_package_bytes=len(data))
    assert (exact.findings, len(exact.files)) == ([], 1)
    less = opened(data, max_package_bytes=len(data) - 1)
    assert (codes(less.findings), less.sha256, less.files) == (["XAC082"], None, {})


def test_unpacked_files_of_exactly_the_limit_are_read():
    """The sizes of all files together may equal the limit; one byte more is refused."""
    data = zipped(("A_01.csv", b"1" * 3000), ("B_01.csv", b"2" * 2000))
    assert len(data) < 4999
    assert found(data, max_package_bytes=5000) == []
    less = opened(data, max_package_bytes=4999)
    assert (codes(less.findings), less.files) == (["XAC082"], {})
    assert less.sha256 is not None


@pytest.mark.parametrize("number", [1, 2, 7])
def test_exactly_as_many_entries_as_allowed(number):
    """The number of entries may equal the limit; folders count, and one more is refused."""
    files = [("folder/", b""), *((f"folder/{n}.csv", b"1") for n in range(number))]
    data = zipped(*files)
    assert found(data, max_members=number + 1) == []
    assert found(data, max_members=number) == ["XAC081"]


def test_the_directory_s_size_is_bounded_by_the_entries_allowed():
    """A directory of 1,024 bytes for each entry allowed is read, one byte more is refused before
    it.
    """
    data = bytearray(zipped(("A_01.csv", b"1")))
    place = data.rfind(END)
    struct.pack_into("<L", data, place + 12, 2 * 1024 + 1)
    assert found(data, max_members=2) == ["XAC081"]
    struct.pack_into("<L", data, place + 12, 2 * 1024)
    assert found(data, max_members=2) == ["XAC080"]


def packed_to(size, ratio):
    """Return an archive with a file of `size` bytes, and its packed size set so that it grows by
    `ratio`.
    """
    data = bytearray(zipped(("a.bin", bytes(size)), ("b.bin", bytes(range(256)) * 100)))
    for sign, at in ((LOCAL, 18), (CENTRAL, 20)):
        struct.pack_into("<L", data, data.find(sign) + at, size // ratio)
    return data


@pytest.mark.parametrize(
    ("size", "limit", "expected"),
    [
        (500_000, 1, False),
        (500_001, 1, True),
        (600_000, 600_000 / 600, False),
        (600_000, 600_000 / 600 - 0.01, True),
    ],
)
def test_a_file_that_grows_by_exactly_the_limit_is_no_bomb(size, limit, expected):
    """A file of up to 500,000 bytes is never a bomb, a larger one where it grows by more than the
    limit.
    """
    data = zipped(("a.bin", bytes(size))) if limit == 1 else packed_to(size, 1000)
    assert ("XAC083" in found(data, max_ratio=limit)) is expected


@pytest.mark.parametrize("length", [1, 1000, 65_535])
def test_a_comment_of_any_length_is_read(length):
    """The end of the archive is found before a comment of up to the longest possible one."""
    assert found(zipped(("A_01.csv", b"1"), comment=b"c" * length)) == []


def test_what_stands_around_an_archive():
    """Bytes behind the end, or before the beginning, or a cut-off end are damage."""
    data = zipped(("A_01.csv", b"1" * 100))
    assert found(data) == []
    for broken in (data + b"x", b"x" + data, data[:-1], data[: data.rfind(END)], b"", LOCAL, END):
        archive = opened(broken)
        assert codes(archive.findings) == ["XAC080"], broken[-30:]
        assert archive.sha256 is not None


def test_an_empty_archive_is_read():
    """The shortest archive is its end alone; it has no file and no finding."""
    archive = opened(zipped())
    assert (archive.findings, archive.files, archive.names) == ([], {}, {})


@pytest.mark.parametrize(
    ("at", "value"),
    [(4, 1), (6, 1), (8, 2), (10, 2), (4, 0xFFFF), (10, 0xFFFF)],
)
def test_parts_of_a_divided_archive_are_refused(at, value):
    """Another disk number, or numbers of entries that differ, are damage."""
    data = bytearray(zipped(("A_01.csv", b"1")))
    struct.pack_into("<H", data, data.rfind(END) + at, value)
    assert found(data) == ["XAC080"]


def test_the_end_must_tell_the_number_of_entries():
    """An end that speaks of fewer entries than the directory has is damage."""
    data = bytearray(zipped(("A_01.csv", b"1"), ("B_01.csv", b"2")))
    struct.pack_into("<2H", data, data.rfind(END) + 8, 1, 1)
    assert found(data) == ["XAC080"]


def test_the_64_bit_form_is_refused():
    """A locator of the 64-bit form directly before the end is damage; the same bytes elsewhere are
    not.
    """
    data = zipped(("A_01.csv", b"PK\x06\x07" + bytes(16)), method=zipfile.ZIP_STORED)
    assert found(data) == []
    place = data.rfind(END)
    _, _, _, _, entries, size, start, _ = struct.unpack_from("<4s4H2LH", data, place)
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, start
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, place, 1)
    long = data[:place] + record + locator + data[place:]
    with zipfile.ZipFile(io.BytesIO(long)) as archive:  # it is a valid one
        assert archive.namelist() == ["A_01.csv"]
    assert found(long) == ["XAC080"]


@pytest.mark.parametrize(("number", "code"), [(65_534, "XAC081"), (65_535, "XAC080")])
def test_the_number_that_stands_for_the_64_bit_form(number, code):
    """65,535 entries mean that the number is elsewhere; one less is a number beyond the limit."""
    data = bytearray(zipped(("A_01.csv", b"1")))
    struct.pack_into("<2H", data, data.rfind(END) + 8, number, number)
    assert found(data) == [code]


def member(name, *, mode=None, method=None):
    """Return an entry's description with a Unix mode or a method of packing."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED if method is None else method
    if mode is not None:
        info.create_system, info.external_attr = 3, mode << 16
    return info


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (stat.S_IFREG | 0o644, []),
        (0o777, []),
        *((kind | 0o644, ["XAC084"]) for kind in
          (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK)),
    ],
)  # fmt: skip
def test_kinds_of_entries(mode, expected):
    """Plain files are read; links, devices, pipes and sockets are refused."""
    assert found(zipped((member("a.csv", mode=mode), b"1"))) == expected


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (zipfile.ZIP_STORED, []),
        (zipfile.ZIP_DEFLATED, []),
        (zipfile.ZIP_BZIP2, ["XAC080"]),
        (zipfile.ZIP_LZMA, ["XAC080"]),
    ],
)
def test_methods_of_packing(method, expected):
    """Stored and deflated files are read, other methods are refused."""
    assert found(zipped((member("a.csv", method=method), b"1" * 50))) == expected


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x2000])
@pytest.mark.parametrize("headers", ["both", "directory", "local"])
def test_encrypted_entries(flag, headers):
    """Each flag of encryption is refused; where one header alone has it, the two differ as well."""
    data = bytearray(zipped(("a.csv", b"1" * 50)))
    for name, sign, at in (("local", LOCAL, 6), ("directory", CENTRAL, 8)):
        if headers in ("both", name):
            place = data.find(sign) + at
            (old,) = struct.unpack_from("<H", data, place)
            struct.pack_into("<H", data, place, old | flag)
    expected = {"both": {"XAC085"}, "directory": {"XAC085", "XAC080"}, "local": {"XAC080"}}
    assert set(found(data)) == expected[headers]


def test_flags_that_are_not_encryption_may_differ():
    """Headers may differ in flags that change nothing for a reader."""
    data = bytearray(zipped(("a.csv", b"1" * 50)))
    struct.pack_into("<H", data, data.find(LOCAL) + 6, 0x2)
    assert found(data) == []


def test_two_headers_with_different_methods_are_damage():
    """A method that differs between the directory and the file's own header is damage."""
    data = bytearray(zipped(("a.csv", b"1" * 50)))
    struct.pack_into("<H", data, data.find(LOCAL) + 8, 0)
    assert found(data) == ["XAC080"]


@pytest.mark.parametrize("place", ["behind", "beyond", "last"])
def test_an_entry_that_lies_outside_the_archive(place):
    """A file whose header would begin too near the end, or behind it, is damage."""
    data = bytearray(zipped(("a.csv", b"1" * 50)))
    offset = {"behind": len(data), "beyond": 2**31, "last": len(data) - 29}[place]
    struct.pack_into("<L", data, data.find(CENTRAL) + 42, offset)
    assert set(found(data)) == {"XAC080"}


def test_entries_that_share_bytes_are_damage():
    """Two entries with one header, and packed sizes that reach into the next, are damage."""
    data = bytearray(zipped(("a.csv", b"1" * 50), ("b.csv", b"2" * 50)))
    second = data.find(CENTRAL, data.find(CENTRAL) + 1)
    struct.pack_into("<L", data, second + 42, 0)
    assert "XAC080" in found(data)
    data = bytearray(zipped(("a.csv", bytes(range(99))), ("b.csv", b"2"), method=0))
    first = data.find(CENTRAL)
    for size in (99, 99 + 5):  # the name of five letters lies between
        struct.pack_into("<2L", data, first + 20, size, size)
        struct.pack_into("<2L", data, 18, size, size)
        archive = opened(data)
        assert [one.count for one in archive.findings] == ([] if size == 99 else [1])
    struct.pack_into("<2L", data, first + 20, 105, 105)
    assert set(found(data)) == {"XAC080"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("a.csv", "b.csv"), []),
        (("a.csv", "A.csv"), ["XAC087"]),
        (("x/a", "x/b", "x/"), []),
        (("x", "x/a"), ["XAC087"]),
        (("x/y", "X/y/z"), ["XAC087"]),
        (("x/", "x/y/", "x/y/z"), []),
    ],
)
def test_names_that_are_one_on_some_machine(names, expected):
    """Equal names, names that differ in letter case and a file that is also a folder are one
    finding.
    """
    assert found(zipped(*((name, b"") for name in names), ("k.csv", b"1"))) == expected


def test_every_group_of_equal_names_is_counted():
    """Equal names, nearly equal ones and a file that is a folder count one each."""
    names = ("b", "B", "c", "c/d", "e", "E", "Ｅ")
    archive = opened(zipped(*((name, b"1") for name in names)))
    assert [(one.code, one.count) for one in archive.findings] == [("XAC087", 3)]


@pytest.mark.parametrize(("times", "others"), [(2, ()), (3, ()), (2, ("A.CSV", "b", "B"))])
def test_a_name_that_occurs_several_times_is_counted_once(times, others):
    """One name is one error, however often it occurs and however else it is spelled."""
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped(*[("a.csv", b"1")] * times, *((name, b"1") for name in others))
    (finding,) = opened(data).findings
    assert (finding.code, finding.count) == ("XAC087", 2 if others else 1)


def test_a_finding_counts_its_entries():
    """Several links, archives and names are one finding each, with their number."""
    files = [(member(f"l{n}", mode=stat.S_IFLNK), b"x") for n in range(7)]
    files += [("a.zip", b""), ("b.tar.gz", b"")]
    archive = opened(zipped(*files))
    assert [(one.code, one.count) for one in archive.findings] == [("XAC084", 7), ("XAC088", 2)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("metadata", ["XAC089"]),
        ("METADATA.yaml", ["XAC089"]),
        ("metadata.yml", []),
        ("x/metadata", []),
    ],
)
def test_reserved_names_at_the_top(name, expected):
    """A name that platforms run is refused at the top, wherever the top is."""
    assert found(zipped((name, b"1"), ("a.csv", b"1"))) == expected
    assert found(zipped((f"K/{name}", b"1"), ("K/a.csv", b"1"))) == expected


@pytest.mark.parametrize(
    ("name", "read"),
    [
        (".DS_Store", False),
        ("x/Thumbs.db", False),
        ("desktop.ini", False),
        ("._a.csv", False),
        ("__MACOSX/a.csv", False),
        ("x/__MACOSX/a.csv", False),
        ("__MACOSX", False),
        ("x/__MACOSX", True),
        ("_a.csv", True),
    ],
)
def test_what_desktops_leave_behind_is_not_read(name, read):
    """Files that desktops leave behind are ignored, others are read."""
    archive = opened(zipped(("b.csv", b"1"), (name, b"2")))
    assert archive.findings == []
    assert (name in archive.files) is read
    assert archive.files["b.csv"] == b"1"


@pytest.mark.parametrize(
    ("names", "wrapped"),
    [
        (("K/a", "K/b"), True),
        (("K/a",), True),
        (("a",), False),
        (("K/a", "b"), False),
        (("K/a", "L/b"), False),
        (("K/x/a", "K/y/b"), True),
    ],
)
def test_one_folder_around_all_files(names, wrapped):
    """One folder around all files is taken off their names, whatever lies in it; two are not."""
    archive = opened(zipped(*((name, b"1") for name in names)))
    expected = {name.removeprefix("K/") if wrapped else name: name for name in names}
    assert archive.names == expected


def test_damaged_files_refuse_the_archive():
    """A file whose bytes do not fit its checksum, its size or its packing refuses the archive."""
    data = zipped(("a.csv", b"1" * 50), ("b.csv", b"2" * 50), method=zipfile.ZIP_STORED)
    assert found(data.replace(b"1" * 50, b"1" * 49 + b"0")) == ["XAC080"]
    assert found(data.replace(b"1" * 50, b"3" * 50).replace(b"2" * 50, b"3" * 50)) == [
        "XAC080",
        "XAC080",
    ]
    data = bytearray(zipped(("a.csv", bytes(range(200)))))
    place = data.find(LOCAL) + 30 + len("a.csv")
    data[place] ^= 0xFF
    assert found(data) == ["XAC080"]
    for size in (199, 201):
        data = bytearray(zipped(("a.csv", bytes(range(200)))))
        struct.pack_into("<L", data, data.find(CENTRAL) + 24, size)
        assert set(found(data)) == {"XAC080"}, size


def test_an_archive_under_another_name_is_refused():
    """An archive inside is known by its first bytes too, whatever its name."""
    inner = zipped(("x", b"1"))
    assert found(zipped(("a.csv", inner))) == ["XAC088"]
    assert found(zipped(("a.csv", b"1" + inner))) == []


def test_a_file_that_is_no_archive(tmp_path):
    """Other files, an empty one and one that is not there have their codes and no hash where they
    could not be read.
    """
    for data in (b"a,b\n", b"", b"\x1f\x8b" + bytes(50)):
        assert codes(opened(data).findings) == ["XAC080"]
    missing = read_archive(Source.of(tmp_path / "none.zip"), Limits())
    assert codes(missing.findings) == ["XAC001"]
    assert (missing.sha256, missing.files) == (None, {})


def test_members_are_the_files_with_sizes():
    """Every file is a member, with its size, in the archive's order."""
    sizes = {"c": 0, "a": 3, "b": 70_000}
    archive = opened(zipped(*((name, b"1" * size) for name, size in sizes.items())))
    assert [(one.name, one.bytes) for one in archive.members] == list(sizes.items())
    assert all(len(one.sha256) == 64 for one in archive.members)


def quoted(content):
    """Return an archive in which the whole of one file lies inside the bytes of another."""
    inner = zipped(("b.csv", content), method=zipfile.ZIP_STORED)
    directory = inner.find(CENTRAL)
    entry = bytearray(inner[directory : inner.rfind(END)])
    outer = zipped(("a.csv", b"x" + inner[:directory]), method=zipfile.ZIP_STORED)
    place, end = outer.find(CENTRAL), outer.rfind(END)
    struct.pack_into("<L", entry, 42, 30 + len("a.csv") + 1)
    tail = bytearray(outer[end:])
    struct.pack_into("<2HL", tail, 8, 2, 2, end - place + len(entry))
    return outer[:end] + bytes(entry) + bytes(tail)


@pytest.mark.parametrize("content", [b"2", b"2" * 50])
def test_a_file_inside_the_bytes_of_another_is_damage(content):
    """Files that share bytes are refused, though they can be read."""
    data = quoted(content)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["a.csv", "b.csv"]
        assert archive.read("b.csv") == content
    assert found(data) == ["XAC080"]
