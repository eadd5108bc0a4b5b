"""ZIP archives and PDF documents with arbitrary, invalid fields."""

import io
import struct
import zlib
from dataclasses import dataclass


@dataclass
class Entry:
    """A file of an archive; a field of None is filled in correctly, others are not checked."""

    name: bytes | str
    data: bytes = b""
    method: int = 0
    flags: int = 0
    mode: int = 0o100644
    packed: bytes | None = None
    local_name: bytes | None = None
    crc: int | None = None
    size: int | None = None
    packed_size: int | None = None
    offset: int | None = None
    local_flags: int | None = None
    signature: bytes = b"PK\x03\x04"
    extra: bytes = b""
    local_extra: bytes | None = None
    local_method: int | None = None
    local_numbers: tuple[int, int, int] | None = None
    after: bytes = b""

    def __post_init__(self) -> None:
        if isinstance(self.name, str):
            self.flags |= 0 if self.name.isascii() else 0x800
            self.name = self.name.encode("utf-8", "surrogatepass")
        if self.packed is None:
            self.packed = deflate(self.data) if self.method == 8 else self.data

    def numbers(self) -> tuple[int, int, int]:
        """Return the CRC, packed size and size to write."""
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        packed_size = len(self.packed) if self.packed_size is None else self.packed_size
        return crc, packed_size, len(self.data) if self.size is None else self.size


def deflate(data: bytes) -> bytes:
    """Return bytes compressed by raw deflate."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def deflate_stored(data):
    """Return bytes as one uncompressed block of raw deflate, which is the same with every zlib."""
    return b"\x01" + struct.pack("<2H", len(data), len(data) ^ 0xFFFF) + data


def raw_zip(
    *entries,
    comment=b"",
    prefix=b"",
    suffix=b"",
    number=None,
    directory=None,
    disk=0,
    end=True,
    before_end=b"",
):
    """Return an archive; the keywords replace fields of its end, or add bytes around it."""
    body, central = bytearray(prefix), bytearray()
    for entry in entries:
        offset = len(body) if entry.offset is None else entry.offset
        numbers = [number & 0xFFFFFFFF for number in entry.numbers()]
        local_name = entry.name if entry.local_name is None else entry.local_name
        flags = entry.flags if entry.local_flags is None else entry.local_flags
        extra = entry.extra if entry.local_extra is None else entry.local_extra
        method = entry.method if entry.local_method is None else entry.local_method
        local = numbers if entry.local_numbers is None else entry.local_numbers
        if entry.offset is None:
            names = (len(local_name), len(extra))
            body += entry.signature
            body += struct.pack("<5H3L2H", 20, flags, method, 0, 33, *local, *names)
            body += local_name + extra + entry.packed + entry.after
        names = (
            len(entry.name),
            len(entry.extra),
            0,
            0,
            0,
            (entry.mode << 16) & 0xFFFFFFFF,
            offset,
        )
        central += b"PK\x01\x02"
        central += struct.pack(
            "<6H3L5H2L", 0x0314, 20, entry.flags, entry.method, 0, 33, *numbers, *names
        )
        central += entry.name + entry.extra
    place = len(body)
    number = len(entries) if number is None else number
    directory = len(central) if directory is None else directory
    tail = (
        b"PK\x05\x06"
        + struct.pack("<4H2LH", disk, disk, number, number, directory, place, len(comment))
        + comment
    )
    return bytes(body + central) + before_end + (tail if end else b"") + suffix


def field(kind, body):
    """Return an extra field."""
    return struct.pack("<2H", kind, len(body)) + body


def other_name(name, crc_of=b"x.csv"):
    """Return the extra field of a Unicode path, which replaces a name."""
    return field(0x7075, b"\x01" + struct.pack("<L", zlib.crc32(crc_of)) + name)


def hidden_file(name, data):
    """Return a file with its header, as in an archive, for bytes that no directory lists."""
    return raw_zip(Entry(name, data)).partition(b"PK\x01\x02")[0]


def descriptor(*numbers, sign=b"PK\x07\x08", form="<3L"):
    """Return the checksum and the sizes that follow a file's bytes."""
    return sign + struct.pack(form, *numbers)


def shared_entry(name, size):
    """Return an entry that shares the bytes of the archive's first entry."""
    data = bytes(size)
    return Entry(name, data, 8, offset=0)


def pdf(*objects, tail=b"", version=b"1.7"):
    """Return a PDF of objects, numbered from 1, with a plain cross-reference table."""
    out, places = io.BytesIO(), []
    out.write(b"%PDF-" + version + b"\n")
    for number, text in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, text))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(
        b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, tail, table)
    )
    return out.getvalue()


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"


def pdf_tree(levels, width):
    """Return a page tree in which every level refers to the next one many times."""
    levels = [
        b"<</Type/Pages/Count 2/Kids[%s]>>" % (b"%d 0 R " % (n + 3) * width) for n in range(levels)
    ]
    return pdf(CATALOG, *levels, PAGE)


def pdf_bomb():
    """Return a PDF with its catalogue in an object stream of 60 MB of spaces."""
    stream = deflate(b"1 0 " + b" " * (60 << 20))
    head = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(stream)
    return pdf(
        CATALOG, b"<</Type/Pages/Kids[]/Count 0>>", head + stream + b"\nendstream", tail=b"/Prev 9"
    )
