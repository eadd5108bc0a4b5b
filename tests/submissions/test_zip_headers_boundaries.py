"""Headers and extra fields of an archive: every number counts exactly."""

import struct
import zlib

import pytest

from tests.submissions.test_archive_boundaries import CENTRAL, END, found, opened, zipped
from tests.submissions.test_zip_directory_boundaries import LARGE, field, with_extra
from xacle_eval.submissions import zip_headers
from xacle_eval.submissions.zip_directory import Directory, Entry

REFUSED = [0x0008, 0x2605, 0x2705, 0x756E, 0x0017, 0x9901]


@pytest.mark.parametrize("kind", REFUSED)
def test_kinds_of_extra_fields_that_are_refused(kind):
    """Fields with another name, kind or encryption are refused, and no neighbouring kind is."""
    assert [found(with_extra(field(kind + change))) for change in (-1, 0, 1)] == [
        [],
        ["XAC080"],
        [],
    ]


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (bytes(4), []),
        (b"\1\0\0\0", ["XAC080"]),
        (b"\0\0\0\1", ["XAC080"]),
        (bytes(3), ["XAC080"]),
        (bytes(5), ["XAC080"]),
        (b"\1", ["XAC080"]),
    ],
)
@pytest.mark.parametrize("numbers", [(), (50,), (50, 50, 0)])
def test_the_number_of_the_disk_may_follow_64_bit_numbers(numbers, tail, expected):
    """The 4 bytes of the disk's number may follow the 64-bit numbers, and are 0."""
    body = struct.pack(f"<{len(numbers)}Q", *numbers) + tail
    assert found(with_extra(struct.pack("<2H", 1, len(body)) + body)) == expected


def test_a_fourth_64_bit_number_is_refused():
    """A header has no more than three numbers that a field could repeat."""
    assert found(with_extra(field(1, 50, 50, 0))) == []
    assert found(with_extra(field(1, 50, 50, 0, 0))) == ["XAC080"]


@pytest.mark.parametrize(("packed", "offset"), [(50, LARGE), (LARGE, LARGE)])
def test_64_bit_numbers_are_those_that_the_header_needs(packed, offset):
    """A field has the numbers that are missing in the header, in their order, and no others."""
    needed = [50] * (packed == LARGE) + [0]
    assert found(with_extra(field(1, *needed), sizes=(packed, 50), offset=offset)) == []
    data = with_extra(field(1, *needed, 0), sizes=(packed, 50), offset=offset)
    assert found(data) == ["XAC080"]


def streamed(rest, content=b"x" * 20):
    """Return an archive of one file whose checksum and sizes follow its bytes."""
    data = bytearray(zipped(("a.csv", content), method=0))
    place, end = data.find(CENTRAL), data.rfind(END)
    for at in (6, place + 8):
        struct.pack_into("<H", data, at, 8)
    struct.pack_into("<L", data, end + 16, place + len(rest))
    return data[:place] + rest + data[place:]


@pytest.mark.parametrize("sign", [b"PK\x07\x08", b""])
@pytest.mark.parametrize("form", ["<3L", "<L2Q"])
def test_checksum_and_sizes_after_the_bytes(form, sign):
    """Each of the three numbers is exact, in all four forms, and nothing follows them."""
    numbers = [zlib.crc32(b"x" * 20), 20, 20]
    rest = sign + struct.pack(form, *numbers)
    assert found(streamed(rest)) == []
    assert found(streamed(rest + b"\0")) == found(streamed(rest[:-1])) == ["XAC080"]
    for index in range(3):
        for change in (-1, 1):
            other = list(numbers)
            other[index] += change
            assert found(streamed(sign + struct.pack(form, *other))) == ["XAC080"]


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (0, "a.csv has other sizes after its bytes"),
        (24, "a.csv has other sizes after its bytes"),
        (25, "25 bytes after a.csv, which the directory does not list"),
    ],
)
def test_the_longest_numbers_after_the_bytes(size, message):
    """Up to 24 bytes after a file are called sizes, more are called bytes."""
    (finding,) = opened(streamed(b"\1" * size)).findings
    assert (finding.code, finding.message) == ("XAC080", message)


@pytest.mark.parametrize(("number", "forms"), [(1, 4), (LARGE - 1, 4), (LARGE, 4), (LARGE + 1, 2)])
@pytest.mark.parametrize("place", [0, 1])
def test_sizes_of_more_than_32_bits_after_the_bytes(number, forms, place):
    """Sizes that exceed 32 bits have the two forms of 64 bits only."""
    sizes = [2, 2]
    sizes[place] = number
    entry = Entry(b"a", "a", 8, 0, 7, *sizes, 0o100644, 0)
    assert len(set(zip_headers._descriptors(entry))) == forms


def test_sizes_of_more_than_32_bits_are_refused():
    """A file that claims to have 4 GB is beyond the limit, wherever its size is written."""
    data = bytearray(with_extra(field(1, 2**32), sizes=(50, LARGE)))
    for at in (6, data.find(CENTRAL) + 8):
        struct.pack_into("<H", data, at, 8)
    struct.pack_into("<L", data, 22, 0)
    assert sorted(set(found(data))) == ["XAC080", "XAC082", "XAC083"]


@pytest.mark.parametrize("change", [-1, 1])
def test_a_file_ends_where_the_next_begins(change):
    """A file that is one byte shorter or longer than the place of the next one is damage."""
    data = bytearray(zipped(("a.csv", b"1" * 20), ("b.csv", b"2" * 20), method=0))
    entries = Directory.find(bytes(data)).read()
    end = data.find(CENTRAL)
    assert zip_headers.layout_fault(bytes(data), entries, end) is None
    assert zip_headers.layout_fault(bytes(data), reversed(entries), end) is None
    assert zip_headers.layout_fault(bytes(data), entries, end + change) is not None
    for place in (18, end + 20):
        struct.pack_into("<L", data, place, 20 + change)
    changed = Directory.find(bytes(data)).read()
    assert all(zip_headers.header_fault(bytes(data), entry) is None for entry in changed)
    assert zip_headers.layout_fault(bytes(data), changed, end) is not None


@pytest.mark.parametrize(("disk", "expected"), [(0, []), (1, ["XAC080"]), (65_535, ["XAC080"])])
def test_the_disk_of_an_entry(disk, expected):
    """An entry on another disk belongs to a split archive."""
    data = bytearray(zipped(("a.csv", b"1")))
    struct.pack_into("<H", data, data.find(CENTRAL) + 34, disk)
    assert found(data) == expected
