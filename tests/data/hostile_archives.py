"""Hostile archives: names, kinds, sizes, headers and damage."""

import struct
import zlib

from hostile_cases import MIB, ROWS, YAML, case, package
from hostile_parts import (
    Entry,
    deflate_stored,
    descriptor,
    field,
    hidden_file,
    other_name,
    raw_zip,
    shared_entry,
)

# --- archives: names -----------------------------------------------------------------------------
for number, (name, what) in enumerate(
    [
        ("../up_01.csv", "leads out of its folder"),
        ("a/../../up_01.csv", "leads out through a folder"),
        ("..", "is the folder above"),
        ("/etc/cron.d/x", "absolute"),
        ("..\\up_01.csv", "leads out with backslashes"),
        ("c:/x.csv", "a drive of Windows"),
        ("\\\\host\\share\\x.csv", "a share of Windows"),
        (b"a.csv\0.exe", "ends early at a NUL"),
        ("a\nb.csv", "a line break"),
        ("a\rb.csv", "a carriage return"),
        ("a\x1b[31mred.csv", "an escape sequence"),
        ("a\u202evsc.exe", "right-to-left override"),
        ("a\u2066b\u2069.csv", "bidirectional isolates"),
        ("a\u200bb.csv", "a zero-width space"),
        ("a\ufeffb.csv", "a byte order mark inside"),
        ("x" * 300 + ".csv", "300 characters"),
        ("x/" * 300 + "y.csv", "300 folders"),
        ("CON", "a device of Windows"),
        ("nul.csv", "a device with an ending"),
        ("COM1.csv", "a port"),
        ("dot.csv.", "ends in a dot"),
        ("blank.csv ", "ends in a blank"),
        (" blank.csv", "begins with a blank"),
        ("a.csv:stream", "an alternate data stream"),
        ("-rf.csv", "an option of a command"),
        (".", "the folder itself"),
        ("./a.csv", "an empty step"),
        ("a//b.csv", "an empty folder name"),
        ("*.csv", "a pattern of shells"),
        ("a|b.csv", "a pipe of shells"),
        ("__MACOSX/../../up.csv", "leads out of what is ignored"),
    ],
    start=1,
):
    case(f"name_{number:02d}.zip", f"a name that {what}", "XAC086", package(Entry(name, b"x")))
case("name_32.zip", "an entry that has no name", "XAC080", package(Entry("", b"x")))
case(
    "name_33.zip",
    "a name that is not UTF-8 under the UTF-8 flag",
    "XAC080",
    package(Entry(b"\xff.csv", b"x", flags=0x800)),
)
case("name_34.zip", "a folder six levels deep", "XAC088", package(Entry("1/2/3/4/5/6.csv", b"x")))

for number, (name, what) in enumerate(
    [
        (".git/config", "a setting of Git"),
        ("a/.git/hooks/post-checkout", "a hook of Git, in a folder"),
        (".github/workflows/x.yml", "a workflow of GitHub"),
        (".bashrc", "a file that the shell runs"),
        (".env", "a file of secret settings"),
        (".ssh/authorized_keys", "a key of another user"),
        (".GIT/config", "a setting of Git in capitals"),
        ("\uff0egit/config", "hidden on systems that fold the width of letters"),
        ("git~1/config", "the short name of .git on Windows"),
        ("HEAD", "a repository of Git without a folder .git"),
        ("a/head", "such a repository in a folder"),
        (".git/", "a hidden folder"),
    ],
    start=1,
):
    case(f"hidden_{number:02d}.zip", f"a name that is {what}", "XAC086", package(Entry(name, b"x")))
case(
    "name_parts.zip",
    "a name of 30,000 folders",
    "XAC086",
    lambda: package(Entry("a/" * 30_000 + "x", b"x")),
    kept=False,
)
case(
    "name_marks.zip",
    "names of 16,000 combining marks",
    "XAC086",
    lambda: package(*(Entry(f"{n}" + "\u0301\u0316" * 8_000, b"x") for n in range(3))),
    kept=False,
)

# --- archives: extra fields and headers that say something else -----------------------------------
X = b"x" * 20
CRC = zlib.crc32(X)
for number, (what, entry) in enumerate(
    [
        ("leads out, in both headers", Entry("x.csv", X, extra=other_name(b"../../x"))),
        ("is absolute", Entry("x.csv", X, extra=other_name(b"/tmp/xacle-eval-x"))),
        (
            "leads out, in the header beside the bytes",
            Entry("x.csv", X, local_extra=other_name(b"../../x")),
        ),
        (
            "leads out, in the directory only",
            Entry("x.csv", X, extra=other_name(b"../../x"), local_extra=b""),
        ),
        ("is another plain name", Entry("x.csv", X, extra=other_name(b"Hibari_02.csv"))),
        ("is hidden", Entry("x.csv", X, extra=other_name(b".git/config"))),
        ("is empty", Entry("x.csv", X, extra=other_name(b""))),
        ("has a wrong checksum", Entry("x.csv", X, extra=other_name(b"../../x", b"y"))),
        ("is too short", Entry("x.csv", X, extra=field(0x7075, b"\x01"))),
        (
            "comes twice, first right and then wrong",
            Entry("x.csv", X, extra=other_name(b"x.csv") + other_name(b"../../x")),
        ),
        ("ends in a NUL", Entry("x.csv", X, extra=other_name(b"x.csv\0.exe"))),
    ],
    start=1,
):
    case(f"path_{number:02d}.zip", f"a Unicode path that {what}", "XAC080", package(entry))
for number, (what, entry) in enumerate(
    [
        ("a field longer than the rest", Entry("x.csv", X, extra=b"UT\xff\x00x")),
        ("three bytes that are no field", Entry("x.csv", X, local_extra=b"abc")),
        ("a link, in a field of ASi Unix", Entry("x.csv", X, extra=field(0x756E, bytes(14)))),
        (
            "a link, in a field of PKWARE Unix",
            Entry("x.csv", X, extra=field(0x000D, bytes(12) + b"/etc/passwd")),
        ),
        ("a name of a Macintosh", Entry("x.csv", X, extra=field(0x2605, b"ZPIT\x03../"))),
        (
            "sizes that the header does not need",
            Entry("x.csv", X, extra=field(1, struct.pack("<2Q", 5, 5))),
        ),
        (
            "sizes twice",
            Entry("x.csv", X, extra=2 * field(1, struct.pack("<2Q", 20, 20))),
        ),
    ],
    start=1,
):
    case(f"extra_{number:02d}.zip", f"an extra field with {what}", "XAC080", package(entry))
for number, (what, entry) in enumerate(
    [
        ("another size", Entry("x.csv", X, local_numbers=(CRC, 20, 10))),
        ("another packed size", Entry("x.csv", X, local_numbers=(CRC, 10, 20))),
        ("another checksum", Entry("x.csv", X, local_numbers=(1, 20, 20))),
        ("no sizes", Entry("x.csv", X, local_numbers=(0, 0, 0))),
        ("another method", Entry("x.csv", X, 8, packed=deflate_stored(X), local_method=0)),
        ("sizes that follow later", Entry("x.csv", X, local_flags=8)),
        ("other sizes beside later ones", Entry(
            "x.csv", X, flags=8, local_numbers=(CRC, 9, 9), after=descriptor(CRC, 20, 20))),
        ("later sizes that are wrong", Entry(
            "x.csv", X, flags=8, local_numbers=(0, 0, 0), after=descriptor(CRC, 20, 9))),
        ("later sizes that are missing", Entry("x.csv", X, flags=8, local_numbers=(0, 0, 0))),
        ("a name in another encoding", Entry(
            "\u00e9.csv", X, local_flags=0)),
    ],
    start=1,
):  # fmt: skip
    case(f"header_{number:02d}.zip", f"a second header with {what}", "XAC080", package(entry))
EVIL = hidden_file("../../evil.csv", X)
for number, (what, data) in enumerate(
    [
        ("before the first file", raw_zip(Entry("Hibari_01.csv", ROWS), prefix=EVIL)),
        ("between two files", package(Entry("a", X, after=EVIL), Entry("b", X))),
        ("behind the last file", package(Entry("z", X, after=EVIL))),
        (
            "behind the end of packed bytes",
            package(Entry("z", X, 8, packed=deflate_stored(X) + EVIL)),
        ),
        (
            "behind a description of sizes",
            package(Entry("z", X, flags=8, after=descriptor(CRC, 20, 20) + EVIL)),
        ),
        ("in an archive without files", raw_zip(prefix=EVIL)),
        ("in a folder", package(Entry("d/", EVIL))),
        (
            "behind the packed bytes of a folder",
            package(Entry("d/", b"", 8, packed=deflate_stored(b"") + EVIL)),
        ),
        ("of one byte between two files", package(Entry("a", X, after=b"\0"), Entry("b", X))),
    ],
    start=1,
):
    case(f"between_{number}.zip", f"a file that is hidden {what}", "XAC080", data)
# Valid archives of other programs: a pipe of Info-ZIP, ditto of macOS.
for name, settings in (
    ("pipe", {"local_numbers": (0, 0, 20), "after": descriptor(CRC, 20, 20)}),
    ("pipe_plain", {"local_numbers": (0, 0, 0), "after": descriptor(CRC, 20, 20, sign=b"")}),
    ("pipe_large", {"local_numbers": (0, 0, 0), "after": descriptor(CRC, 20, 20, form="<L2Q")}),
    ("pipe_ditto", {
        "local_numbers": (0, 0, 0), "after": descriptor(CRC, 20, 20),
        "extra": field(0x5855, bytes(8)), "local_extra": field(0x5855, bytes(12)),
    }),
):  # fmt: skip
    case(
        f"{name}.zip",
        "a valid archive that another program wrote to a pipe",
        "XAC094",
        package(Entry("notes.txt", X, flags=8, **settings)),
        status=0,
    )

# --- archives: special files ---------------------------------------------------------------------
for kind, mode in (
    ("symlink", 0o120777),
    ("device", 0o20666),
    ("disk", 0o60660),
    ("pipe", 0o10644),
    ("socket", 0o140755),
):
    case(
        f"special_{kind}.zip",
        f"an entry that is a {kind}",
        "XAC084",
        package(Entry("x.csv", b"/etc/passwd", mode=mode)),
    )
case(
    "special_litter.zip",
    "a link under an ignored name",
    "XAC084",
    package(Entry(".DS_Store", b"/", mode=0o120777)),
)
case(
    "special_folder.zip",
    "a link that is a folder by its name",
    "XAC084",
    package(Entry("d/", b"/", mode=0o120777)),
)

# --- archives: encryption ------------------------------------------------------------------------
case("encrypted.zip", "encrypted", "XAC085", package(Entry("x.csv", b"x" * 20, flags=1)))
case(
    "encrypted_strong.zip",
    "strongly encrypted",
    "XAC085",
    package(Entry("x.csv", b"x", flags=0x41)),
)
case(
    "encrypted_masked.zip", "masked headers", "XAC085", package(Entry("x.csv", b"x", flags=0x2000))
)
case(
    "encrypted_local.zip",
    "encrypted by the local header only",
    "XAC080",
    package(Entry("x.csv", b"x", local_flags=1)),
)

# --- archives: one name for two files ------------------------------------------------------------
for number, (one, other, what) in enumerate(
    [
        ("a.csv", "a.csv", "the same name twice"),
        ("a.csv", "A.CSV", "names that differ in case"),
        ("\u00e4.csv", "a\u0308.csv", "names that differ in how letters are encoded"),
        ("1.csv", "\uff11.csv", "names that differ in the width of letters"),
        ("a", "a/b.csv", "a file that is a folder too"),
        ("stra\u00dfe.csv", "STRASSE.csv", "names that one folding makes the same"),
    ],
    start=1,
):
    case(f"twice_{number}.zip", what, "XAC087", package(Entry(one, b"1"), Entry(other, b"2")))

# --- archives: reserved names and nesting --------------------------------------------------------
for number, name in enumerate(["metadata.yaml", "metadata", "METADATA.YAML", "Metadata"], start=1):
    case(
        f"reserved_{number}.zip",
        "a name that Codabench runs",
        "XAC089",
        package(Entry(name, b"command: x")),
    )
case(
    "reserved_wrapped.zip", "such a name inside the wrapper folder", "XAC089",
    raw_zip(Entry("w/Hibari_01.csv", ROWS), Entry("w/metadata.yaml", b"command: x")),
)  # fmt: skip
INNER = raw_zip(Entry("x", b"x"))
for number, (name, data) in enumerate(
    [
        ("inner.zip", INNER),
        ("Hibari_02.csv", INNER),
        ("x.tar.gz", b"x"),
        ("x.yaml", b"\x1f\x8b\x08\0"),
        ("x.7z", b"x"),
        ("x.txt", b"7z\xbc\xaf\x27\x1c"),
        ("x.dat", b"Rar!\x1a\x07\0"),
        ("x.bin", b"\xfd7zXZ\0"),
        ("x.jar", b"x"),
        ("x.RAR", b"x"),
        ("notes.pdf", b"BZh91AY&SY"),
        ("z.md", b"\x28\xb5\x2f\xfd\0"),
    ],
    start=1,
):
    case(
        f"nested_{number:02d}.zip",
        f"an archive inside, as {name}",
        "XAC088",
        package(Entry(name, data)),
    )

# --- archives: number, size, ratio ---------------------------------------------------------------
case(
    "members.zip",
    "a hundred and two entries",
    "XAC081",
    package(*(Entry(f"f{n}", b"") for n in range(100))),
)
case(
    "members_claimed.zip",
    "a directory that claims 60,000 entries",
    "XAC081",
    package(number=60_000),
)
case(
    "members_directory.zip",
    "a directory that claims 3 GB",
    "XAC081",
    package(directory=3_000_000_000),
)
case(
    "members_fewer.zip",
    "a directory that claims fewer entries than it has",
    "XAC080",
    package(number=1),
)
case(
    "members_more.zip",
    "a directory that claims more entries than it has",
    "XAC080",
    package(number=7),
)
case(
    "ratio_10mb.zip",
    "ten MB of zeros",
    "XAC083",
    lambda: package(Entry("z", bytes(10 * MIB), 8)),
    kept=False,
)
case(
    "ratio_45mb.zip",
    "45 MB of zeros",
    "XAC083",
    lambda: package(Entry("z", bytes(45 * MIB), 8)),
    kept=False,
)
case(
    "ratio_many.zip", "90 bombs of a MB each, which share the limit of the whole", "XAC082 XAC083",
    lambda: package(*(Entry(f"z{n}", bytes(MIB), 8) for n in range(90))), kept=False,
)  # fmt: skip
case(
    "ratio_csv.zip",
    "predictions that are 45 MB of the same row, under no other rule than the ratio",
    "XAC083",
    lambda: raw_zip(
        Entry("Hibari_01.csv", b"001.wav,1\n" * 4_500_000, 8),
        Entry("Hibari_01.yaml", YAML.encode()),
    ),
    kept=False,
)
case(
    "size_claimed.zip",
    "an entry that claims 4 GB",
    "XAC082 XAC083",
    package(Entry("z", b"x", size=4_000_000_000)),
)
case(
    "size_smaller.zip",
    "an entry that claims less than it is",
    "XAC080",
    package(Entry("z", b"x" * 1000, size=10)),
)
case(
    "size_larger.zip",
    "an entry that claims more than it is",
    "XAC080",
    package(Entry("z", b"x" * 10, size=1000)),
)
case(
    "size_packed.zip",
    "an entry that is longer than the archive",
    "XAC080",
    package(Entry("z", b"x", packed_size=90_000)),
)
case(
    "size_archive.zip",
    "an archive of 51 MB",
    "XAC082",
    lambda: package(Entry("z", bytes(51 * MIB))),
    kept=False,
)
case(
    "overlap_same.zip",
    "many entries that share one file's bytes",
    "XAC080",
    lambda: raw_zip(
        Entry("z0", bytes(400_000), 8), *(shared_entry(f"z{n}", 400_000) for n in range(1, 50))
    ),
    kept=False,
)
case(
    "overlap_quoted.zip",
    "entries that hold each other's headers",
    "XAC080",
    raw_zip(
        Entry("a", b"PK\x03\x04" + b"x" * 100), Entry("b", b"x", offset=35, packed_size=90, size=90)
    ),
)


# --- archives: damage ----------------------------------------------------------------------------
SOUND = package()
for number, (what, data) in enumerate(
    [
        ("a wrong checksum", package(Entry("z", b"x", crc=1))),
        ("another name in the local header", package(Entry("z", b"x", local_name=b"y"))),
        ("no signature of a local header", package(Entry("z", b"x", signature=b"PK\0\0"))),
        ("packed by bzip2", package(Entry("z", b"x", 12))),
        ("packed by LZMA", package(Entry("z", b"x", 14))),
        ("packed by method 99", package(Entry("z", b"x", 99))),
        ("garbage for deflate", package(Entry("z", b"x" * 50, 8, packed=b"\xff" * 20))),
        ("deflate that ends early", package(Entry("z", b"abc" * 50, 8, packed=b"\x4b"))),
        ("a place behind the end", package(Entry("z", b"x", offset=900_000))),
        ("bytes before the archive", package(prefix=b"#!/bin/sh\nexit\n")),
        ("bytes behind the archive", package(suffix=b"<?php ?>")),
        ("a comment that holds another end", package(comment=SOUND[-22:])),
        ("a comment that is longer than the file", SOUND[:-2] + b"\xff\x00"),
        ("cut in half", SOUND[: len(SOUND) // 2]),
        ("cut by one byte", SOUND[:-1]),
        ("cut behind the first signature", SOUND[:4]),
        ("an empty file", b""),
        ("of the 64-bit form", package(before_end=b"PK\x06\x07" + bytes(16))),
        ("with 65,535 entries, which is the mark of the 64-bit form", package(number=0xFFFF)),
        ("part of a divided archive", package(disk=1)),
        ("a directory of garbage", SOUND.replace(b"PK\x01\x02", b"PK\xee\xee")),
        ("the mark of a divided archive in front", b"PK\x07\x08" + SOUND),
        ("a PDF document", b"%PDF-1.7\n"),
        ("a gzip archive", b"\x1f\x8b\x08\0\0\0\0\0\0\x03x"),
        ("plain text", b"10500.wav,7.5\n"),
        ("a page that asks for a password", b"<!DOCTYPE html><title>Sign in</title>"),
        ("random bytes", bytes((n * 73 + 41) % 256 for n in range(999))),
        ("two archives, one behind the other", SOUND + SOUND[:-22]),
    ],
    start=1,
):
    case(f"damaged_{number:02d}.zip", what, "XAC080", data)
case("empty.zip", "an archive with nothing in it", "XAC090", raw_zip())
case(
    "folders.zip",
    "an archive of folders",
    "XAC090",
    raw_zip(Entry("a/", mode=0o40755), Entry("a/b/", mode=0o40755)),
)
case(
    "litter.zip",
    "only what a desktop left",
    "XAC090",
    raw_zip(Entry("__MACOSX/._x", b"x"), Entry(".DS_Store", b"x")),
)
case(
    "workbook.zip",
    "an Excel workbook under another name",
    "XAC090",
    raw_zip(Entry("[Content_Types].xml", b"<x/>")),
)
