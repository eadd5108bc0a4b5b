"""Write the hostile files of tests/data/hostile, and build those that are too large to be kept.

    python tests/data/make_hostile.py

Every case has a name, a description, the rule that must report it, and the exit status of
``validate``. The challenge is example/task.toml: 24 pairs, two systems per team, XACLE's rules for
packages. Only the bombs, which are not kept, are deflated, so that the files are the same with
every zlib.
"""

import runpy
import struct
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from hostile_parts import (  # noqa: E402 -- a module beside this one
    CATALOG,
    PAGE,
    Entry,
    deflate_stored,
    descriptor,
    field,
    hidden_file,
    other_name,
    pdf,
    pdf_bomb,
    pdf_tree,
    raw_zip,
    shared_entry,
)

ROWS = (HERE / "example/submissions/Hibari_01.csv").read_bytes()
IDS = [line.split(b",")[0].decode() for line in ROWS.splitlines()[1:]]
describe = runpy.run_path(str(HERE / "make_examples.py"))["description"]
YAML = describe("Hibari_01")
MIB = 1 << 20


@dataclass(frozen=True)
class Case:
    """A hostile file: its bytes, the codes that must be reported, the exit status of validate."""

    name: str
    what: str
    codes: tuple[str, ...]
    make: Callable[[], bytes]
    kept: bool = True
    status: int = 1


CASES: list[Case] = []


def case(name, what, codes, make, **settings):
    """Add a case; `make` is bytes, text, or a function that returns them."""
    if not callable(make):
        data = make.encode("utf-8", "surrogatepass") if isinstance(make, str) else make
        CASES.append(Case(name, what, tuple(codes.split()), lambda: data, **settings))
    else:
        CASES.append(Case(name, what, tuple(codes.split()), make, **settings))


def package(*entries, **settings):
    """Return a package with a valid system and the given entries."""
    return raw_zip(
        Entry("Hibari_01.csv", ROWS), Entry("Hibari_01.yaml", YAML.encode()), *entries, **settings
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

# --- packages ------------------------------------------------------------------------------------


def system(label, text=None, rows=ROWS):
    """Return the two files of a system."""
    return Entry(f"{label}.csv", rows), Entry(
        f"{label}.yaml", (describe(label) if text is None else text).encode()
    )


case(
    "package_orphan.zip",
    "a description of nothing",
    "XAC091 XAC098",
    package(system("Hibari_02")[1]),
)
case(
    "package_label.zip",
    "two descriptions of a system",
    "XAC062 XAC098",
    package(Entry("Hibari_01.yml", YAML.encode())),
)
case("package_teams.zip", "systems of two teams", "XAC093 XAC098", package(*system("Kumo_01")))
case(
    "package_systems.zip",
    "three systems of a team",
    "XAC061 XAC066",
    package(*system("Hibari_02"), *system("Hibari_03")),
)
case(
    "package_nested.zip",
    "predictions in a folder beside others",
    "XAC094",
    package(Entry("d/Hibari_02.csv", ROWS)),
    status=0,
)
case("package_bare.zip", "no description", "XAC092", raw_zip(Entry("Hibari_01.csv", ROWS)))
case(
    "package_markup.zip", "a label of markup", "XAC092", raw_zip(Entry("[red]x[-red]_01.csv", ROWS))
)
case(
    "package_formula.zip",
    "a label that a spreadsheet runs",
    "XAC092",
    raw_zip(Entry("=cmd()'_01.csv", ROWS)),
)
case(
    "package_html.zip",
    "a label of a link",
    "XAC092",
    raw_zip(Entry("[a](javascript;b)_01.csv", ROWS)),
)
case(
    "package_deep_label.zip",
    "a label of 110 letters",
    "XAC092",
    raw_zip(Entry("x" * 110 + "_01.csv", ROWS)),
)
case("package_split.zip", "predictions for another split that is none", "XAC061 XAC092",
     package(*(Entry(f"Hibari_01.{n}.csv", ROWS) for n in range(5))))  # fmt: skip


case("pdf_none.zip", "a report that is no PDF", "XAC095 XAC098", package(Entry("r.pdf", b"hello")))
case("pdf_empty.zip", "an empty report", "XAC095", package(Entry("r.pdf", b"")))
case(
    "pdf_head.zip",
    "a report that is a PDF by its first bytes only",
    "XAC097",
    package(Entry("r.pdf", b"%PDF-1.7")),
    status=0,
)
case("pdf_one.zip", "a report of one page", "XAC096", package(
    Entry("r.pdf", pdf(CATALOG, b"<</Type/Pages/Count 1/Kids[3 0 R]>>", PAGE))))  # fmt: skip
case(
    "pdf_count.zip",
    "a report of one page that claims a thousand million",
    "XAC096",
    package(Entry("r.pdf", pdf(CATALOG, b"<</Type/Pages/Count 1000000000/Kids[3 0 R]>>", PAGE))),
)
case(
    "pdf_encrypted.zip",
    "an encrypted report",
    "XAC097",
    package(
        Entry(
            "r.pdf",
            pdf(
                CATALOG,
                b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
                PAGE,
                b"<</Filter/Standard/V 5/R 6>>",
                tail=b"/Encrypt 4 0 R",
            ),
        )
    ),
    status=0,
)
case(
    "pdf_tree.zip",
    "a page tree of 10^12 pages",
    "XAC097",
    package(Entry("r.pdf", pdf_tree(12, 10))),
    status=0,
)
case(
    "pdf_wide.zip",
    "a page tree of a million pages",
    "XAC097",
    package(Entry("r.pdf", pdf_tree(3, 100))),
    status=0,
)
case(
    "pdf_loop.zip",
    "a page tree that is its own child",
    "XAC097",
    package(Entry("r.pdf", pdf(CATALOG, b"<</Type/Pages/Count 2/Kids[2 0 R 2 0 R]>>"))),
    status=0,
)
case(
    "pdf_prev.zip",
    "tables of places that lead to each other",
    "XAC096",
    package(Entry("r.pdf", pdf(CATALOG, b"<</Type/Pages/Count 0/Kids[]>>", tail=b"/Prev 9"))),
)
case(
    "pdf_deep.zip", "lists in lists", "XAC097", package(Entry("r.pdf", pdf(b"[" * 9_000))), status=0
)
case(
    "pdf_bomb.zip",
    "a stream of 60 MB",
    "",
    lambda: package(Entry("r.pdf", pdf_bomb())),
    kept=False,
    status=-1,
)

# --- descriptions --------------------------------------------------------------------------------


def add_description(name, what, codes, text, **settings):
    """Add a package with a description of text or bytes."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    entries = (Entry("Hibari_01.csv", ROWS), Entry("Hibari_01.yaml", data))
    if len(data) > 30_000:
        case(f"yaml_{name}.zip", what, codes, lambda: raw_zip(*entries), kept=False, **settings)
    else:
        case(f"yaml_{name}.zip", what, codes, raw_zip(*entries), **settings)


def replace_in_yaml(old, new):
    """Return the description with a part replaced."""
    if old not in YAML:
        raise ValueError(old)
    return YAML.replace(old, new, 1)


LAUGHS = "a0: &a0 [lol, lol, lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
add_description("laughs", "a billion laughs", "XAC101", LAUGHS)
FEW = "a0: &a0 [x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 11)
)
add_description("laughs_few", "laughs with few aliases", "XAC101", FEW)
add_description(
    "quadratic",
    "one long text under twenty-one aliases",
    "XAC101",
    "a: &a " + "x" * 9000 + "\nb: [" + "*a, " * 21 + "]",
)
add_description("depth", "fifty levels", "XAC101", "a: " + "{a: " * 50)
add_description("brackets", "50,000 brackets", "XAC101", "a: " + "[" * 50_000)
add_description("questions", "30,000 complex keys", "XAC101 ", "? " * 14_000)
add_description("self", "a list that holds itself", "XAC100", "a: &a [*a]")
add_description(
    "tag_python",
    "a tag that runs a command",
    "XAC100",
    "a: !!python/object/apply:os.system ['touch pwned']",
)
add_description(
    "tag_new", "a tag that makes an object", "XAC100", "a: !!python/object/new:tuple [[1]]"
)
add_description("tag_own", "a tag of its own", "XAC100", "a: !x 1")
add_description("tag_binary", "binary data", "XAC100", "a: !!binary aGVsbG8=")
add_description(
    "twice",
    "a key twice",
    "XAC102",
    replace_in_yaml("  ensemble: false\n", "  ensemble: true\n  ensemble: false\n"),
)
add_description("documents", "two documents", "XAC100", YAML + "---\n" + YAML)
add_description("nul", "a NUL", "XAC100", YAML + "\0")
add_description(
    "escape",
    "an escape sequence in the raw",
    "XAC100",
    replace_in_yaml("Hibari system 1", "\x1b[31mred"),
)
add_description(
    "escape_quoted",
    "an escape sequence written as one",
    "XAC105",
    replace_in_yaml("Hibari system 1", '"\\e[31mred"'),
)
add_description(
    "bidi",
    "a right-to-left override in a name",
    "XAC105",
    replace_in_yaml("Hibari system 1", "a\u202eb"),
)
add_description("bidi_key", "a right-to-left override in a key", "XAC103", YAML + "a\u202eb: 1\n")
add_description("utf16", "UTF-16", "XAC100", YAML.encode("utf-16"))
add_description("latin1", "Latin-1", "XAC100", YAML.replace("Aoi", "Zo\u00eb").encode("latin-1"))
add_description("tab", "a tab that indents", "XAC100", replace_in_yaml("  ensemble", "\tensemble"))
add_description(
    "scalar", "a text of 5 MB", "XAC101", replace_in_yaml("Hibari system 1", "x" * 5_000_000)
)
add_description("keys", "100,000 keys", "XAC101", "".join(f"k{n}: 1\n" for n in range(100_000)))
add_description("values", "6,000 values", "XAC101", "a: [" + "1," * 6_000 + "]")
add_description("merge", "merge keys", "XAC103", YAML + "<<: {a: 1}\n")
add_description(
    "digits", "a number of 5,000 digits", "XAC100", replace_in_yaml("371000000", "9" * 5_000)
)
add_description("large", "a number beyond a float", "XAC105", replace_in_yaml("371000000", "1e400"))
add_description("infinite", "infinity", "XAC105", replace_in_yaml("371000000", ".inf"))
add_description("nan", "not a number", "XAC105", YAML + "results: {test: {SRCC: .nan}}\n")
add_description(
    "claim", "a correlation above one", "XAC105", YAML + "results: {test: {SRCC: 1.5}}\n"
)
add_description(
    "claim_split", "a split that there is not", "XAC105", YAML + "results: {tset: {SRCC: 0.5}}\n"
)
add_description(
    "negative", "a negative number of parameters", "XAC105", replace_in_yaml("371000000", "-1")
)
add_description("label", "another label", "XAC107", describe("Hibari_02"))
add_description(
    "label_forged",
    "a label that forges a command",
    "XAC107",
    replace_in_yaml("label: Hibari_01", 'label: "::error::x"'),
)
add_description(
    "placeholder",
    "a placeholder left",
    "XAC106",
    replace_in_yaml("Hibari system 1", "<Name of the system>"),
)
add_description("script", "a link that runs a script", "XAC105", replace_in_yaml(
    "  ensemble: false", "  source_code: javascript:alert(1)\n  ensemble: false"))  # fmt: skip
add_description(
    "email",
    "an address that is markup",
    "XAC105",
    replace_in_yaml("hibari@example.org", "b@x.y><script>"),
)
add_description(
    "html",
    "markup in a name",
    "",
    replace_in_yaml("Hibari system 1", "<script>alert(1)</script> [x](y) `z`"),
    status=0,
)
add_description(
    "quote",
    "a quotation mark that is never closed",
    "XAC100",
    replace_in_yaml("Hibari system 1", '"open'),
)
add_description("list", "a list", "XAC100", "- a\n- b\n")
add_description("plain", "plain text", "XAC100", "hello")
add_description("none", "nothing", "XAC100", "")
add_description("number_key", "a number for a key", "XAC103", YAML + "7: x\n")
add_description("list_key", "a list for a key", "XAC100", "? [a]\n: b\n")
add_description("directive", "a version that there is not", "XAC100", "%YAML 9.9\n---\n" + YAML)
add_description("bom", "a byte order mark", "", "\ufeff" + YAML, status=0)
add_description("unknown", "an unknown key", "XAC103", YAML + "bonus: 1\n")
add_description(
    "missing", "a key left out", "XAC104", replace_in_yaml("  mixture_of_experts: false\n", "")
)
add_description(
    "authors",
    "no corresponding author",
    "XAC105",
    replace_in_yaml("corresponding: true", "corresponding: false"),
)
CROWD = "    - {lastname: A, firstname: B, email: a@b.cd, affiliation: {institute: C}}\n" * 300
add_description(
    "crowd",
    "300 authors",
    "XAC105",
    replace_in_yaml("system:\n  description", f"{CROWD}system:\n  description"),
)
add_description(
    "not_approved",
    "a resource that is not approved",
    "XAC110",
    replace_in_yaml("name: BYOL-A", "name: Leaked labels"),
)
add_description("requested", "a resource that was asked for", "XAC111", replace_in_yaml(
    "name: BYOL-A\n", "name: Other\n      requested: true\n"), status=0)  # fmt: skip
add_description(
    "trained_on",
    "a model without its data",
    "XAC113",
    replace_in_yaml("      trained_on: [AudioSet]\n", ""),
)
add_description(
    "ensemble", "an ensemble", "XAC114", replace_in_yaml("ensemble: false", "ensemble: true")
)
add_description(
    "collected", "new ratings", "XAC115", replace_in_yaml("ratings: false", "ratings: true")
)

# --- predictions ---------------------------------------------------------------------------------
TEXT = ROWS.decode()
FIRST = TEXT.split(",")[2].split("\n")[0]  # the first prediction


def rows(name, what, codes, text, **settings):
    """Add a prediction file."""
    case(f"csv_{name}.csv", what, codes, text, **settings)


rows("field", "one field of 9.9 MB", "XAC009", lambda: b"x" * 9_900_000, kept=False)
rows("rows", "15 million rows", "XAC003", lambda: b"a,1\n" * 15_000_000, kept=False)
rows("rows_blank", "10 million blank lines", "XAC008", lambda: b"\n" * 9_900_000, kept=False)
rows("rows_many", "a million rows", "XAC008", lambda: b"a,1\n" * 1_000_000, kept=False)
rows("commas", "a row of 9.9 million commas", "XAC009", lambda: b"," * 9_900_000, kept=False)
rows(
    "wide", "75 rows of 65,000 fields", "XAC010", lambda: (b"a," * 65_000 + b"\n") * 75, kept=False
)
rows(
    "columns",
    "18,000 columns",
    "XAC010",
    lambda: ",".join(f"c{n}" for n in range(18_000)).encode(),
    kept=False,
)
rows("open", "a quotation mark that is never closed", "XAC007 XAC008",
     lambda: b'wav_file_name,pred_score\n"' + b"a,1\n" * 400_000, kept=False)  # fmt: skip
rows(
    "spanning",
    "a row that spans a million lines",
    "XAC007 XAC008",
    lambda: b'"a\n",' * 1_600_000,
    kept=False,
)
rows("broken", "a million broken rows", "XAC007", lambda: b'"a"b\n' * 1_000_000, kept=False)
rows("zeros", "nine MB of zeros", "XAC004", lambda: bytes(9_000_000), kept=False)
rows(
    "long_ids",
    "6,000 unknown ids of 1,500 letters",
    "XAC021",
    lambda: b"".join(b"q%d%s.wav,1\n" % (n, b"z" * 1500) for n in range(6_000)),
    kept=False,
)
rows(
    "id_long",
    "an id of 5,000 characters",
    "XAC117",
    TEXT.replace("001.wav", "./" * 2_496 + "/001.wav", 1),
)
rows(
    "ids_long",
    "70 ids of 131,000 characters",
    "XAC117",
    lambda: TEXT.encode() + (b"./" * 65_000 + b",1\n") * 70,
    kept=False,
)
rows(
    "ids_at_the_limit",
    "70 unknown ids of 4,096 characters",
    "XAC021",
    lambda: TEXT.encode() + (b"./" * 2_048 + b",1\n") * 70,
    kept=False,
)
case(
    "ids_long.zip",
    "ids of 131,000 characters in 2 kB",
    "XAC117",
    lambda: raw_zip(
        Entry("Hibari_01.csv", ROWS + (b"./" * 65_000 + b",1\n") * 3, 8),
        Entry("Hibari_01.yaml", YAML.encode()),
    ),
    kept=False,
)
rows(
    "columns_alike",
    "1,900 columns that are nearly the name that is missing",
    "XAC011",
    lambda: ",".join(
        ["wav_file_name", *(f"pred_{n}_" + "scores" * 9 for n in range(1900))]
    ).encode(),
    kept=False,
)
rows(
    "digits",
    "a number of 130,000 digits",
    "XAC034",
    lambda: TEXT.replace(FIRST, "9" * 130_000, 1).encode(),
    kept=False,
)
for number, (written, codes, what) in enumerate(
    [
        ("1e999", "XAC034", "a number beyond a float"),
        ("-1e999", "XAC034", "a number below a float"),
        ("inf", "XAC033", "infinity"),
        ("-Infinity", "XAC033", "minus infinity"),
        ("nan", "XAC032", "not a number"),
        ("nan(0x7ff)", "XAC031", "not a number, with a payload"),
        ("0x1p3", "XAC031", "a hexadecimal number"),
        ("1_0", "XAC031", "an underscore in a number"),
        ("\u0667", "XAC031", "an Arabic digit"),
        ("\uff17", "XAC031", "a full-width digit"),
        ("\u00bd", "XAC031", "a fraction"),
        ("7,5", "XAC014", "a decimal comma"),
        ("__import__('os')", "XAC031", "an expression"),
        ("=1+1", "XAC031", "a formula"),
        ("\x1b[2J", "XAC031", "an escape sequence"),
        ("[bold]9[/bold]", "XAC031", "markup of the terminal"),
        ("7\u202e", "XAC031", "a right-to-left override"),
        ("1e101", "XAC034", "a number whose square overflows"),
        ("", "XAC030", "nothing"),
    ],
    start=1,
):
    rows(
        f"number_{number:02d}",
        f"a prediction that is {what}",
        codes,
        TEXT.replace(FIRST, written, 1),
    )
for number, (written, what) in enumerate(
    [
        ("::error file=x::forged", "a command of GitHub"),
        ("a\u202ebw", "a right-to-left override"),
        ("\x1b]0;title\x07", "an escape sequence"),
        ("[link=file:///etc/passwd]x[/link]", "markup of the terminal"),
        ("=HYPERLINK(x)", "a formula"),
        ("<img src=x>", "HTML"),
        ("../../etc/passwd", "a path"),
        ("\u00300\uff11.wav", "full-width digits"),
        ("001.wav\u200b", "a zero-width space"),
        ("{0.__class__}", "a format string"),
        ("%s%n", "a format of C"),
    ],
    start=1,
):
    rows(f"id_{number:02d}", f"an id that is {what}", "XAC024", TEXT.replace("001.wav", written, 1))
rows("nul", "a NUL", "XAC004", TEXT.replace("003", "0\x003"))
rows("utf16", "UTF-16", "XAC004", TEXT.encode("utf-16"))
rows("utf32", "UTF-32", "XAC004", TEXT.encode("utf-32"))
rows("latin1", "Latin-1", "XAC005", TEXT.replace("003.wav", "\u00e9.wav").encode("latin-1"))
rows("surrogate", "a lone surrogate", "XAC005", TEXT.replace("003.wav", "\ud800.wav"))
rows(
    "header",
    "a header of escape sequences",
    "XAC011",
    TEXT.replace("pred_score", "\x1b[31mpred\u202e", 1),
)
rows(
    "header_twice",
    "a header that names a column twice",
    "XAC012",
    TEXT.replace("pred_score", "wav_file_name", 1),
)
rows("header_only", "a header alone", "XAC002", "wav_file_name,pred_score\n")
rows("nothing", "nothing", "XAC002", "")
rows("blank", "a blank", "XAC002", " \n")
rows("workbook", "an Excel workbook", "XAC004", raw_zip(Entry("[Content_Types].xml", b"<x/>")))
rows("gzip", "a gzip archive", "XAC004", b"\x1f\x8b\x08" + bytes(7) + deflate_stored(b"x" * 9))
rows("array", "a NumPy array", "XAC004", b"\x93NUMPY\x01\0v\0{'descr': '|O'}")
rows("pickle", "a pickle", "XAC004", b"\x80\x04\x95\0\0\0\0\0\0\0\0cos\nsystem\n")
rows("semicolons", "semicolons", "XAC006", TEXT.replace(",", ";"))
rows("pipes", "bars", "XAC006", TEXT.replace(",", "|"))
rows("twice", "every row twice", "XAC023", TEXT + "".join(TEXT.splitlines(keepends=True)[1:]))
rows("half", "half of the rows", "XAC024", "".join(TEXT.splitlines(keepends=True)[:13]))
rows("order", "carriage returns alone", "", TEXT.replace("\n", "\r"), status=0)


def path_of(one: Case, folder: Path) -> Path:
    """Return a case's file: the kept one, or one generated in a folder."""
    if one.kept:
        return HERE / "hostile" / one.name
    target = folder / one.name
    target.write_bytes(one.make())
    return target


if __name__ == "__main__":
    for file in (HERE / "hostile").iterdir():
        file.unlink()
    for one in CASES:
        if one.kept:
            (HERE / "hostile" / one.name).write_bytes(one.make())
