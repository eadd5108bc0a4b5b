"""The directory of an archive: damage is refused exactly where it begins."""

import struct
import zipfile
import zlib

import pytest

from tests.submissions.test_archive_boundaries import CENTRAL, END, LOCAL, found, opened, zipped
from xacle_eval.submissions import zip_headers
from xacle_eval.submissions.zip_directory import DamagedError, Directory
from xacle_eval.submissions.zip_headers import header_fault, unpack


def with_extra(extra, *, sizes=(50, 50), offset=0, name=b"a.csv", comment=b"", content=b"x" * 50):
    """Return an archive of one stored file whose directory entry has an extra field."""
    crc = zlib.crc32(content)
    local = struct.pack("<4s5H3L2H", LOCAL, 20, 0, 0, 0, 0, crc, len(content), len(content),
                        len(name), 0) + name + content  # fmt: skip
    packed, size = sizes
    entry = struct.pack("<4s6H3L5H2L", CENTRAL, 20, 20, 0, 0, 0, 0, crc, packed, size, len(name),
                        len(extra), len(comment), 0, 0, 0, offset)  # fmt: skip
    directory = entry + name + extra + comment
    end = struct.pack("<4s4H2LH", END, 0, 0, 1, 1, len(directory), len(local), 0)
    return local + directory + end


LARGE = 0xFFFFFFFF
"""The value of a field whose number is in the extra field."""


def field(kind, *numbers):
    """Return an extra field of 64-bit numbers."""
    return struct.pack("<2H", kind, 8 * len(numbers)) + struct.pack(f"<{len(numbers)}Q", *numbers)


@pytest.mark.parametrize(
    ("extra", "sizes", "offset"),
    [
        (b"", (50, 50), 0),
        (field(1, 50), (50, LARGE), 0),
        (field(1, 50), (LARGE, 50), 0),
        (field(1, 50, 50), (LARGE, LARGE), 0),
        (field(1, 0), (50, 50), LARGE),
        (field(1, 50, 50, 0), (LARGE, LARGE), LARGE),
        (field(7, 3) + field(1, 50), (50, LARGE), 0),
        (field(7) + field(1, 50), (50, LARGE), 0),
        (field(2, 3, 4) + field(1, 50, 50) + field(9, 1), (LARGE, LARGE), 0),
        (field(1, 50), (50, 50), 0),
        (field(1, 50, 50, 0), (50, 50), 0),
        (field(1, 50, 50) + bytes(3), (LARGE, LARGE), 0),
    ],
)
def test_large_numbers_are_read_from_the_extra_field(extra, sizes, offset):
    """Each field that is at its largest value is taken from the 64-bit extra field, in the order
    size, packed size and offset; other extra fields are skipped.
    """
    archive = opened(with_extra(extra, sizes=sizes, offset=offset))
    assert archive.findings == []
    assert archive.files == {"a.csv": b"x" * 50}


@pytest.mark.parametrize(
    "extra",
    [
        b"",
        field(2, 50),
        field(0, 50),
        struct.pack("<2H7s", 1, 7, b"2" + bytes(6)),
        struct.pack("<2H7s", 1, 7, b"2" + bytes(6)) + field(9, 1),
        field(1),
        b"\x01\x00\x08",
    ],
)
def test_a_large_number_that_is_not_given(extra):
    """A size at its largest value stays so if no 64-bit extra field has a number of 8 bytes, and
    then it is not that of the file.
    """
    data = with_extra(extra, sizes=(50, LARGE))
    (entry,) = Directory.find(data).read()
    assert (entry.size, entry.packed_size, entry.offset) == (LARGE, 50, 0)
    assert "XAC080" in found(data)


@pytest.mark.parametrize(
    "extra",
    [struct.pack("<2H", 1, 8) + bytes(7), struct.pack("<2H", 9, 1), b"\x01\x00\x08", b"\0\1\0"],
)
def test_an_extra_field_that_is_cut_off(extra):
    """An extra field that states more bytes than there are is damage, as is a part of a field."""
    data = with_extra(extra)
    (entry,) = Directory.find(data).read()
    assert entry.extra_fault == "has a damaged extra field"
    assert found(data) == ["XAC080"]


@pytest.mark.parametrize("number", [49, 51])
@pytest.mark.parametrize("numbers", [(0,), (0, 1), (1,)])
def test_a_64_bit_number_that_contradicts_the_entry(number, numbers):
    """A number in the 64-bit extra field that is one more or less than the file's is damage."""
    values = [number if index in numbers else 50 for index in range(max(numbers) + 1)]
    assert found(with_extra(field(1, *values))) == ["XAC080"]
    assert found(with_extra(field(1, *values), sizes=(LARGE, LARGE))) != []


def test_an_extra_field_of_four_bytes_is_skipped():
    """An empty field and one behind it are both read, to the last byte."""
    data = with_extra(field(5) + struct.pack("<2HQ", 1, 8, 50), sizes=(50, LARGE))
    (entry,) = Directory.find(data).read()
    assert (entry.size, entry.extra_fault) == (50, None)
    data = with_extra(struct.pack("<2HQ", 1, 8, 2**60 + 3) + field(5), sizes=(LARGE, 50))
    (entry,) = Directory.find(data).read()
    assert (entry.packed_size, entry.extra_fault) == (2**60 + 3, None)


def test_every_part_of_an_entry_is_read():
    """Name, mode, flags, method, checksum, sizes and offset are those of the directory."""
    first = zipfile.ZipInfo("a.csv")
    first.create_system, first.external_attr = 3, (0o100640 << 16) | 0x21
    first.comment, first.extra = b"note", struct.pack("<2H3s", 77, 3, b"abc")
    data = zipped((first, b"1" * 40), ("ü/", b""), method=zipfile.ZIP_DEFLATED)
    directory = Directory.find(data)
    assert (directory.entries, directory.end) == (2, data.rfind(END))
    assert (directory.offset, directory.size) == (
        data.find(CENTRAL), data.rfind(END) - data.find(CENTRAL),
    )  # fmt: skip
    one, two = directory.read()
    assert (one.name, one.raw_name, one.mode) == ("a.csv", b"a.csv", 0o100640)
    assert (one.size, one.crc, one.offset) == (40, zlib.crc32(b"1" * 40), 0)
    assert (one.flags, one.method, one.is_folder) == (0, 0, False)
    assert (two.name, two.raw_name, two.flags) == ("ü/", "ü/".encode(), 0x800)
    assert two.is_folder
    assert two.offset == data.find(LOCAL, 1)
    assert all(header_fault(data, entry) is None for entry in (one, two))
    assert unpack(data, one) == b"1" * 40


@pytest.mark.parametrize("flags", [0x800, 0, 0x400])
def test_names_that_are_valid_utf_8_are_read_so(flags):
    """The same bytes are UTF-8 with flag 0x800 and without it; see test_zip_names for others."""
    data = bytearray(with_extra(b"", name="é".encode()))
    struct.pack_into("<H", data, data.find(CENTRAL) + 8, flags)
    (entry,) = Directory.find(bytes(data)).read()
    assert (entry.name, entry.encoding) == ("é", "marked" if flags == 0x800 else "utf-8")


def test_names_that_cannot_be_read_are_damage():
    """A name that is not the UTF-8 that its flag states, and an empty one, are damage."""
    data = bytearray(with_extra(b"", name=b"\x82"))
    assert found(data) == []
    struct.pack_into("<H", data, data.find(CENTRAL) + 8, 0x800)
    assert found(data) == ["XAC080"]
    assert found(with_extra(b"", name=b"")) == ["XAC080"]
    for at in (6, data.find(CENTRAL) + 8):
        struct.pack_into("<H", data, at, 0x1)
    assert found(data) == ["XAC085"]


def set_end(data, at, kind, value):
    """Return an archive with another number in its end."""
    changed = bytearray(data)
    struct.pack_into(kind, changed, changed.rfind(END) + at, value)
    return changed


def set_both(data, at, kind, value):
    """Change a number of the only file's own header and of its entry in the directory."""
    for place in (at, data.find(CENTRAL) + at + 2):
        struct.pack_into(kind, data, place, value)


@pytest.mark.parametrize(("change", "expected"), [(0, []), (1, ["XAC080"]), (-1, ["XAC080"])])
@pytest.mark.parametrize("number", [28, 30, 32])
def test_the_lengths_in_an_entry_end_at_the_directory_s_end(change, expected, number):
    """The lengths of name, extra field and comment add up to the directory's end; a byte more or
    less is damage.
    """
    data = bytearray(with_extra(field(9, 1), comment=b"note"))
    place = data.find(CENTRAL) + number
    (old,) = struct.unpack_from("<H", data, place)
    struct.pack_into("<H", data, place, old + change)
    assert found(data) == expected


@pytest.mark.parametrize("at", [12, 16])
@pytest.mark.parametrize("change", [1, -1])
def test_a_directory_in_another_place_is_damage(at, change):
    """Size and offset of the directory add up to its end; one more or less of either is damage."""
    data = zipped(("a.csv", b"1"))
    (old,) = struct.unpack_from("<L", data, data.rfind(END) + at)
    assert found(set_end(data, at, "<L", old + change)) == ["XAC080"]


@pytest.mark.parametrize("cut", [1, 4, 20, 45, 46])
def test_an_entry_that_is_cut_off_is_damage(cut):
    """Bytes behind the last entry, or a part of one, are damage: an entry has 46 bytes."""
    data = zipped(("a.csv", b"1"))
    place = data.rfind(END)
    size = place - data.find(CENTRAL)
    longer = data[:place] + data[data.find(CENTRAL) :][:cut] + data[place:]
    changed = set_end(longer, 12, "<L", size + cut)
    directory = Directory.find(bytes(changed))
    assert directory.offset + directory.size == directory.end
    with pytest.raises(DamagedError):
        directory.read()


def test_an_entry_of_another_sign_is_damage():
    """An entry begins with its sign, and so does a file's own header."""
    for sign in (CENTRAL, LOCAL):
        data = bytearray(zipped(("a.csv", b"1"), ("b.csv", b"1")))
        data[data.rfind(sign) + 3] ^= 1
        assert found(data) == ["XAC080"], sign


@pytest.mark.parametrize("entries", [0, 1, 3])
def test_the_number_of_entries_must_be_that_of_the_end(entries):
    """An end that states another number of entries than the directory has is damage."""
    data = zipped(("a.csv", b"1"), ("b.csv", b"2"))
    for at in (8, 10):
        data = bytes(set_end(data, at, "<H", entries))
    assert found(data) == ["XAC080"]


@pytest.mark.parametrize("at", [4, 6, 8])
def test_each_number_of_a_split_archive_is_damage(at):
    """Disk, first disk and entries on this disk are those of a whole archive."""
    data = zipped(("a.csv", b"1"), ("b.csv", b"2"))
    for value in (1, 3, 7):
        assert found(set_end(data, at, "<H", value)) == ["XAC080"]
    assert found(set_end(data, 8, "<H", 2)) == []


@pytest.mark.parametrize(("before", "damaged"), [(19, False), (20, True), (21, False)])
def test_the_locator_of_the_64_bit_form_lies_20_bytes_before_the_end(before, damaged):
    """Its sign anywhere else, as in the comment of the last entry, has no meaning."""
    comment = b"PK\x06\x07" + b"." * (before - 4)
    data = with_extra(b"", comment=comment)
    assert data.rfind(END) - data.find(comment) == before
    assert found(data) == (["XAC080"] if damaged else [])


def test_an_end_inside_the_comment_is_the_end():
    """The last sign of an end counts, so a comment that has one is damage."""
    assert found(zipped(("a.csv", b"1"), comment=b"x" * 30 + END + b"x" * 30)) == ["XAC080"]
    assert found(zipped(("a.csv", b"1"), comment=END)) == ["XAC080"]


@pytest.mark.parametrize("change", [-1, 1])
def test_the_length_of_the_comment_must_be_that_of_the_end(change):
    """A comment that is one byte longer or shorter than stated is damage."""
    data = zipped(("a.csv", b"1"), comment=b"comment")
    assert found(set_end(data, 20, "<H", 7)) == []
    assert found(set_end(data, 20, "<H", 7 + change)) == ["XAC080"]


def test_an_end_before_the_longest_comment_is_not_found():
    """The end is at most 22 + 65,535 bytes before the file's end; more cannot be a comment."""
    data = zipped(("a.csv", b"1"), comment=b"c" * 65_535)
    assert found(data) == []
    assert found(data + b"c") == ["XAC080"]


@pytest.mark.parametrize("bit", range(16))
@pytest.mark.parametrize("place", ["local", "directory", "both"])
def test_each_flag(bit, place):
    """Flags 0, 6 and 13 mean encryption, 3 that the sizes follow, which they do not, and 5 a patch;
    all others change nothing for a reader.
    """
    data = bytearray(zipped(("a.csv", b"1")))
    for name, at in (("local", 6), ("directory", data.find(CENTRAL) + 8)):
        if place in (name, "both"):
            struct.pack_into("<H", data, at, 1 << bit)
    codes = set(found(data))
    if bit in (0, 6, 13):
        assert codes == {
            "local": {"XAC080"}, "directory": {"XAC080", "XAC085"}, "both": {"XAC085"},
        }[place]  # fmt: skip
    else:
        assert codes == ({"XAC080"} if bit in (3, 5) else set())


@pytest.mark.parametrize(("bit", "expected"), [(10, []), (11, ["XAC080"]), (12, [])])
def test_the_flag_of_utf_8_must_be_the_same_in_both_headers(bit, expected):
    """Names that are not ASCII mean the same to all programs only if both headers flag them."""
    data = bytearray(zipped(("é.csv", b"1")))
    (flags,) = struct.unpack_from("<H", data, 6)
    struct.pack_into("<H", data, 6, flags ^ 1 << bit)
    assert found(data) == expected


@pytest.mark.parametrize("method", [0, 8])
@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 5000])
def test_the_size_of_a_file_is_exact(method, size):
    """A file that has more or fewer bytes than the directory states is damage, in any method."""
    content = bytes(range(100))
    data = bytearray(zipped(("a.csv", content), method=method))
    set_both(data, 22, "<L", size)
    assert found(data) == ([] if size == 100 else ["XAC080"])


@pytest.mark.parametrize("change", [1, -1])
@pytest.mark.parametrize("at", [14, 18, 22])
@pytest.mark.parametrize("header", ["local", "directory"])
def test_each_number_is_the_same_in_both_headers(header, at, change):
    """Checksum, packed size and size are those of the directory; one more or less is damage."""
    data = bytearray(zipped(("a.csv", bytes(range(100)))))
    place = at if header == "local" else data.find(CENTRAL) + at + 2
    (old,) = struct.unpack_from("<L", data, place)
    struct.pack_into("<L", data, place, old + change)
    assert found(data) == ["XAC080"]


@pytest.mark.parametrize("size", [0, 1, 5000])
def test_at_most_one_byte_more_than_stated_is_unpacked(size):
    """A file that unpacks to more than its size, even if that is 0, takes one byte more."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(100_000)) + packer.flush()
    assert len(zip_headers._inflate(packed, size)) == size + 1


@pytest.mark.parametrize("missing", [1, 2])
def test_deflated_bytes_that_do_not_end_are_damage(missing):
    """Deflated bytes that give all bytes of the file but lack their own end are damage."""
    content = bytes(range(100))
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    stored = packed.compress(content) + packed.flush(zlib.Z_SYNC_FLUSH)
    data = bytearray(with_extra(b"", content=stored, sizes=(len(stored), 100)))
    for at, kind, value in ((8, "<H", 8), (14, "<L", zlib.crc32(content)), (22, "<L", 100)):
        set_both(data, at, kind, value)
    (entry,) = Directory.find(bytes(data)).read()
    assert header_fault(bytes(data), entry) is None
    inflated = zlib.decompressobj(-15).decompress(stored)
    assert inflated == content
    assert found(data) == ["XAC080"]
    cut = bytearray(zipped(("a.csv", content)))
    (size,) = struct.unpack_from("<L", cut, 18)
    set_both(cut, 18, "<L", size - missing)
    (entry,) = Directory.find(bytes(cut)).read()
    with pytest.raises(DamagedError):
        unpack(bytes(cut), entry)
    assert found(cut) == ["XAC080"]


@pytest.mark.parametrize("extra", [b"", struct.pack("<2HB", 9, 1, 5), bytes(3)])
def test_the_bytes_of_a_file_follow_its_own_header(extra):
    """The name and the extra field of a file's own header come before its bytes."""
    data = bytearray(with_extra(b"", content=extra + b"x" * 50, sizes=(50, 50)))
    struct.pack_into("<H", data, 28, len(extra))
    for at, value in ((14, zlib.crc32(b"x" * 50)), (18, 50), (22, 50)):
        set_both(data, at, "<L", value)
    archive = opened(data)
    assert (archive.findings, archive.files) == ([], {"a.csv": b"x" * 50})


def test_another_name_in_the_header_is_damage():
    """The file's own header has the name of the directory, in all its bytes."""
    for name in (b"b.csv", b"a.csw", b"a.csvx", b"a.cs"):
        data = bytearray(zipped(("a.csv", b"1" * 50)))
        data[30 : 30 + len(name)] = name
        struct.pack_into("<H", data, 26, len(name))
        assert "XAC080" in found(data), name


def test_a_header_at_the_first_and_last_possible_place():
    """A header of 30 bytes fits before the archive's end; one that begins a byte later does not."""
    data = with_extra(b"")
    directory = Directory.find(data)
    (entry,) = directory.read()
    assert header_fault(data, entry) is None
    for offset in (len(data) - 29, len(data), 2**32 - 2):
        changed = bytearray(data)
        struct.pack_into("<L", changed, data.find(CENTRAL) + 42, offset)
        assert set(found(changed)) == {"XAC080"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ["XAC080"]),
        (b"PK", ["XAC080"]),
        (END, ["XAC080"]),
        (END + bytes(17), ["XAC080"]),
        (END + bytes(19), ["XAC080"]),
        (LOCAL + bytes(18), ["XAC080"]),
        (LOCAL + END + bytes(18), ["XAC080"]),
    ],
)
def test_what_is_too_short_for_an_archive(data, expected):
    """An archive has at least the 22 bytes of its end, and no byte before or after it."""
    assert found(data) == expected
    assert opened(END + bytes(18)).findings == []


@pytest.mark.parametrize(("version", "damaged"), [(20, False), (63, False), (64, True), (99, True)])
def test_a_later_version_of_the_format_is_refused(version, damaged):
    """Other programs skip an entry that needs a later version than 6.3."""
    data = bytearray(zipped(("a.csv", b"1")))
    data[data.rfind(b"PK\x01\x02") + 6] = version
    assert found(bytes(data)) == (["XAC080"] if damaged else [])
