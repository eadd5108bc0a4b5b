"""ZIP archives, written field by field, so that any two places can disagree."""

from __future__ import annotations

import bz2
import random
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.fuzzing.cases import FORBIDDEN, chance, hostile_text, mutate, some

__all__ = ["archive", "plain_archive"]

_NAMES = (
    "../x.csv", "../../canary/note.txt", FORBIDDEN + "/x", "a/../../x", "a/../x.csv", "./x.csv",
    "a//b", "C:\\x.csv", "C:x", "a\\b.csv", "..\\x", "Hibari/", "Hibari/Hibari_01.csv", "x/", "/",
    ".", "", ".git/config", ".git/hooks/pre-commit", ".github/workflows/x.yml", ".bashrc", ".env",
    ".ssh/authorized_keys", "__MACOSX/._Hibari_01.csv", ".DS_Store", "Thumbs.db", "desktop.ini",
    "CON", "NUL.csv", "aux.yaml", "x.csv.", "x.csv ", "x.csv:y", "notes.txt", "report.pdf",
    "inner.zip", "inner.csv.gz", "HIBARI_01.CSV", "Hibari_03.csv", "Kumo_01.csv", "Hibari_01.yml",
    "Hibari_01.validation.csv", "\u212aumo_01.csv", "Hibari_01.csv\x00.txt", "\u202ecsv.exe",
    "-o", "*.csv", "$(id).csv", "setup.py", "conftest.py", "pyproject.toml", "a" * 255 + ".csv",
    "d/" * 60 + "x.csv", "e\u0301.csv", "\u00e9.csv", "x\n::error::y.csv", "\x1b[31m.csv",
)  # fmt: skip


@dataclass
class Entry:
    """A file of an archive; a field of None is filled in correctly."""

    name: bytes
    data: bytes
    method: int = 0
    packed: bytes | None = None
    flags: int = 0
    made_by: int = 0x0314
    mode: int = 0o100644
    crc: int | None = None
    size: int | None = None
    packed_size: int | None = None
    offset: int | None = None
    disk: int = 0
    extra: bytes = b""
    comment: bytes = b""
    local: dict[str, int] = field(default_factory=dict)
    local_name: bytes | None = None
    local_extra: bytes | None = None
    before: bytes = b""
    after: bytes = b""

    def numbers(self) -> tuple[int, int, int]:
        """Return the CRC, the packed size and the size to write."""
        packed = self._packed()
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        packed_size = len(packed) if self.packed_size is None else self.packed_size
        return crc, packed_size, len(self.data) if self.size is None else self.size

    def _packed(self) -> bytes:
        if self.packed is None:
            if self.method == 8:
                packer = zlib.compressobj(6, zlib.DEFLATED, -15)
                self.packed = packer.compress(self.data) + packer.flush()
            else:
                self.packed = bz2.compress(self.data) if self.method == 12 else self.data
        return self.packed

    def local_bytes(self) -> bytes:
        """Return the local header, the packed data and what follows them."""
        crc, packed_size, size = self.numbers()
        name = self.name if self.local_name is None else self.local_name
        extra = self.extra if self.local_extra is None else self.local_extra
        header = struct.pack(
            "<4s5H3L2H",
            self.local.get("signature", 0x04034B50).to_bytes(4, "little"),
            20,
            self.local.get("flags", self.flags),
            self.local.get("method", self.method),
            0,
            0x21,
            self.local.get("crc", crc) & 0xFFFFFFFF,
            self.local.get("packed_size", packed_size) & 0xFFFFFFFF,
            self.local.get("size", size) & 0xFFFFFFFF,
            len(name) & 0xFFFF,
            len(extra) & 0xFFFF,
        )
        return header + name + extra + self._packed() + self.after

    def central_bytes(self, offset: int) -> bytes:
        """Return the entry of the central directory."""
        crc, packed_size, size = self.numbers()
        header = struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            self.made_by,
            20,
            self.flags,
            self.method,
            0,
            0x21,
            crc & 0xFFFFFFFF,
            packed_size & 0xFFFFFFFF,
            size & 0xFFFFFFFF,
            len(self.name) & 0xFFFF,
            len(self.extra) & 0xFFFF,
            len(self.comment) & 0xFFFF,
            self.disk,
            0,
            (self.mode << 16) & 0xFFFFFFFF,
            (offset if self.offset is None else self.offset) & 0xFFFFFFFF,
        )
        return header + self.name + self.extra + self.comment


@dataclass
class Frame:
    """The archive around its entries: hidden bytes, and the fields of its last record."""

    prefix: bytes = b""
    gap: bytes = b""
    suffix: bytes = b""
    comment: bytes = b""
    zip64: bool = False
    end: dict[str, int] = field(default_factory=dict)


def _write(entries: list[Entry], frame: Frame) -> bytes:
    body, offsets = bytearray(frame.prefix), []
    for entry in entries:
        body += entry.before
        offsets.append(len(body))
        body += entry.local_bytes()
    body += frame.gap
    begin = len(body)
    for entry, offset in zip(entries, offsets, strict=True):
        body += entry.central_bytes(offset)
    size, number = len(body) - begin, len(entries)
    if frame.zip64:
        at = len(body)
        body += struct.pack(
            "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0,
            frame.end.get("number64", number), frame.end.get("number64", number),
            frame.end.get("size64", size), frame.end.get("offset64", begin),
        )  # fmt: skip
        body += struct.pack("<4sLQL", b"PK\x06\x07", 0, frame.end.get("at64", at), 1)
    body += struct.pack(
        "<4s4H2LH", b"PK\x05\x06", frame.end.get("disk", 0) & 0xFFFF, 0,
        frame.end.get("number", number) & 0xFFFF, frame.end.get("total", number) & 0xFFFF,
        frame.end.get("size", size) & 0xFFFFFFFF, frame.end.get("offset", begin) & 0xFFFFFFFF,
        frame.end.get("comment", len(frame.comment)) & 0xFFFF,
    )  # fmt: skip
    return bytes(body + frame.comment + frame.suffix)


def plain_archive(files: Mapping[str, bytes], method: int = 8) -> bytes:
    """Return the files as a valid archive."""
    entries = [
        Entry(name.encode(), data, method, flags=0 if name.isascii() else 0x800)
        for name, data in files.items()
    ]
    return _write(entries, Frame())


# --- changes of an entry -------------------------------------------------------------------------
def _name(rng: random.Random, entry: Entry) -> bytes:
    text = some(
        rng,
        [
            (5, rng.choice(_NAMES)),
            (2, hostile_text(rng)),
            (2, entry.name.decode("utf-8", "replace")),
            (1, entry.name.decode("utf-8", "replace").upper()),
        ],
    )
    return text.encode(rng.choice(("utf-8", "utf-8", "cp437")), "replace")[:65_535]


def _unicode_field(rng: random.Random, entry: Entry) -> bytes:
    """Return an Info-ZIP Unicode Path (0x7075) or Comment (0x6375) extra field."""
    name = _name(rng, entry)[:65_000]
    crc = zlib.crc32(entry.name) if chance(rng, 0.8) else rng.randrange(1 << 32)
    data = struct.pack("<BL", rng.choice((1, 1, 1, 0, 2)), crc) + name
    kind = rng.choice((0x7075, 0x7075, 0x7075, 0x6375))
    return struct.pack("<2H", kind, len(data)) + data


def _extra(rng: random.Random, entry: Entry) -> bytes:
    if chance(rng, 0.5):
        return _unicode_field(rng, entry)
    kind = rng.choice((0x0001, 0x0001, 0x5455, 0x7875, 0x9901, 0x000A, 0xCAFE, 0x7075))
    data = bytes(rng.randrange(256) for _ in range(rng.choice((0, 1, 4, 8, 16, 24, 28, 32))))
    if kind == 1 and chance(rng, 0.6):
        sizes = (len(entry.data), len(entry.data), rng.choice((0, 1 << 40, 1 << 63)))
        data = struct.pack("<3Q", *sizes)[: rng.choice((8, 16, 24))]
    length = len(data) if chance(rng, 0.8) else rng.choice((0, 1, 0xFFFF))
    return struct.pack("<2H", kind, length) + data


def _change_name(rng: random.Random, entry: Entry) -> None:
    entry.name = _name(rng, entry)
    entry.flags |= 0 if entry.name.isascii() or chance(rng, 0.2) else 0x800


def _change_local_name(rng: random.Random, entry: Entry) -> None:
    entry.local_name = _name(rng, entry)


def _add_extra(rng: random.Random, entry: Entry) -> None:
    extra = b"".join(_extra(rng, entry) for _ in range(rng.choice((1, 1, 2, 50))))
    if chance(rng, 0.6):
        entry.extra += extra
    if chance(rng, 0.5):
        entry.local_extra = extra
    elif chance(rng, 0.5):
        entry.local_extra = b""


def _use_zip64(rng: random.Random, entry: Entry) -> None:
    """Move the sizes to a ZIP64 extra field, correctly or not."""
    size, packed = len(entry.data), len(entry.data)
    entry.method = 0
    entry.size = entry.packed_size = 0xFFFFFFFF
    data = struct.pack("<2Q", rng.choice((size, size, size, 1 << 40, 0)), packed)
    entry.extra += struct.pack("<2H", 1, len(data)) + data


def _change_method(rng: random.Random, entry: Entry) -> None:
    entry.method = rng.choice((0, 8, 8, 12, 14, 9, 93, 95, 99, 1, 0xFFFF))
    if chance(rng, 0.4):
        entry.local["method"] = rng.choice((0, 8, 12, 99))


def _change_flags(rng: random.Random, entry: Entry) -> None:
    flags = rng.choice((0x1, 0x8, 0x20, 0x40, 0x800, 0x2000, 0x2041, 0xFFFF, 1 << 12))
    if chance(rng, 0.6):
        entry.flags ^= flags
    else:
        entry.local["flags"] = entry.flags ^ flags


def _add_descriptor(rng: random.Random, entry: Entry) -> None:
    """Write the numbers behind the data (flag 3), right or wrong, with or without a signature."""
    crc, packed, size = entry.numbers()
    entry.flags |= 8
    entry.local |= {"crc": 0, "packed_size": 0, "size": 0}
    wrong = rng.choice((0, 0, 0, 1))
    form = rng.choice(("<3L", "<3L", "<L2Q"))
    numbers = struct.pack(form, crc & 0xFFFFFFFF, (packed + wrong) & 0xFFFFFFFF, size & 0xFFFFFFFF)
    entry.after = rng.choice((b"PK\x07\x08", b"PK\x07\x08", b"")) + numbers


def _change_numbers(rng: random.Random, entry: Entry) -> None:
    value = rng.choice((0, 1, len(entry.data) + 1, 0x7FFFFFFF, 0xFFFFFFFF, rng.randrange(1 << 32)))
    key = rng.choice(("crc", "size", "packed_size"))
    if chance(rng, 0.5):
        setattr(entry, key, value)
    else:
        entry.local[key] = value


def _change_mode(rng: random.Random, entry: Entry) -> None:
    entry.mode = rng.choice((0, 0o120777, 0o40755, 0o10644, 0o20644, 0o60644, 0o140644, 0o104777))
    entry.made_by = rng.choice((0x0314, 0x0014, 0x0A14, 0x1314))
    if entry.mode == 0o120777 and chance(rng, 0.7):
        entry.data = rng.choice((b"../../canary/note.txt", FORBIDDEN.encode(), b"Hibari_01.csv"))
        entry.packed, entry.method = None, 0


def _hide_bytes(rng: random.Random, entry: Entry) -> None:
    hidden = Entry(rng.choice((b"hidden.csv", b"../x", entry.name)), b"hidden").local_bytes()
    part = rng.choice(
        (hidden, b"\0" * 10, b"PK\x03\x04", bytes(rng.randrange(256) for _ in "x" * 20))
    )
    if chance(rng, 0.5):
        entry.before += part
    else:
        entry.after += part


def _damage_data(rng: random.Random, entry: Entry) -> None:
    entry.local_bytes()
    if entry.packed is not None:
        entry.packed = mutate(rng, entry.packed)


def _make_bomb(rng: random.Random, entry: Entry) -> None:
    entry.data = rng.choice((b"0", b"\n", b"001.wav,5\n")) * rng.choice(
        (10_000, 100_000, 3_000_000)
    )
    entry.method, entry.packed = 8, None


def _add_comment(rng: random.Random, entry: Entry) -> None:
    entry.comment = hostile_text(rng).encode()[:65_535]


def _move(rng: random.Random, entry: Entry) -> None:
    entry.offset = rng.choice((0, 1, 30, 0x7FFFFFFF, 0xFFFFFFFF, rng.randrange(3_000)))
    entry.disk = rng.choice((0, 0, 1, 0xFFFF))


_ENTRY_CHANGES: list[tuple[float, Callable[[random.Random, Entry], None]]] = [
    (6, _change_name), (3, _change_local_name), (8, _add_extra), (2, _use_zip64),
    (3, _change_method), (3, _change_flags), (4, _add_descriptor), (3, _change_numbers),
    (3, _change_mode), (3, _hide_bytes), (2, _damage_data), (0.3, _make_bomb), (1, _add_comment),
    (2, _move),
]  # fmt: skip


# --- changes of the archive ----------------------------------------------------------------------
def _change_frame(rng: random.Random, frame: Frame) -> None:
    part = rng.choice((b"x" * 20, Entry(b"hidden.csv", b"x").local_bytes(), b"#!/bin/sh\nexit\n"))
    kind = rng.randrange(6)
    if kind == 0:
        frame.prefix = part
    elif kind == 1:
        frame.gap = part
    elif kind == 2:
        frame.suffix = rng.choice((part, b"\0" * 30, b"PK\x05\x06" + b"\0" * 18))
    elif kind == 3:
        frame.comment = hostile_text(rng).encode()[:65_535]
        if chance(rng, 0.3):
            frame.comment = plain_archive({"Hibari_01.csv": b"x"})[:65_535]
    elif kind == 4:
        frame.zip64 = True
    key = rng.choice(("number", "total", "size", "offset", "comment", "disk"))
    if kind == 5:
        frame.end[key] = rng.choice((0, 1, 2, 0xFFFF, 0xFFFFFFFF, rng.randrange(4_000)))
    elif frame.zip64 and chance(rng, 0.5):
        key = rng.choice(("number64", "size64", "offset64", "at64"))
        frame.end[key] = rng.choice((0, 1, 1 << 32, 1 << 63, (1 << 64) - 1))
        frame.end |= rng.choice(({}, {"number": 0xFFFF, "total": 0xFFFF, "offset": 0xFFFFFFFF}))


def _change_entries(rng: random.Random, entries: list[Entry]) -> None:
    """Repeat, drop, reorder or overlap entries, or add many."""
    kind = rng.randrange(6)
    if kind == 0:
        entries.append(rng.choice(entries))
    elif kind == 1 and len(entries) > 1:
        entries.remove(rng.choice(entries))
    elif kind == 2:
        rng.shuffle(entries)
    elif kind == 3:
        entries.append(Entry(rng.choice(_NAMES).encode(), hostile_text(rng).encode()))
    elif kind == 4:
        number = rng.choice((5, 101, 3_000))
        entries += [Entry(f"f{at}.txt".encode(), b"", offset=rng.choice((None, 0))) for at in
                    range(number)]  # fmt: skip
    else:
        shared = Entry(b"again.csv", b"", offset=0)
        shared.size, shared.packed_size = len(entries[0].data), len(entries[0].data)
        entries.append(shared)


def archive(rng: random.Random, files: Mapping[str, bytes]) -> bytes:
    """Return an archive of the files with random disagreements, or a valid one."""
    entries = [
        Entry(name.encode("utf-8", "replace"), data, rng.choice((0, 8, 8)))
        for name, data in files.items()
    ] or [Entry(b"x", b"")]
    for entry in entries:
        entry.flags = 0 if entry.name.isascii() else 0x800
    frame = Frame()
    for _ in range(some(rng, [(5, 0), (4, 1), (2, 2), (0.5, 5)])):
        kind = rng.randrange(10)
        if kind < 7:
            some(rng, _ENTRY_CHANGES)(rng, rng.choice(entries))
        elif kind < 9:
            _change_frame(rng, frame)
        else:
            _change_entries(rng, entries)
    data = _write(entries, frame)
    return mutate(rng, data) if chance(rng, 0.08) else data
