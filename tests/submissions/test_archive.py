"""Archives are read whole, in memory, or refused with everything that is wrong; nothing is unpacked
to disk.
"""

import hashlib
import io
import shutil
import struct
import subprocess
import zipfile

import pytest

from tests.helpers import codes
from xacle_eval.challenge.model import Limits
from xacle_eval.submissions.archive import read_archive
from xacle_eval.submissions.names import comparable, name_fault
from xacle_eval.submissions.reading import Source


def packed(files, method=zipfile.ZIP_DEFLATED):
    """A ZIP of names and bytes (or ZipInfo and bytes), as its bytes."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return memory.getvalue()


def opened(data, **limits):
    """Read bytes as an archive."""
    return read_archive(Source.of_bytes(data, "x.zip"), Limits(**limits))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_come_as_they_are(method):
    """Every file comes with its bytes, size and hash; the archive's own hash is that of its bytes."""
    files = [("A_01.csv", b"1,2\n" * 500), ("A_01.yaml", "ü".encode()), ("empty.txt", b"")]
    data = packed(files, method)
    archive = opened(data)
    assert archive.findings == []
    assert archive.files == dict(files)
    assert archive.names == {name: name for name, _ in files}
    assert archive.sha256 == hashlib.sha256(data).hexdigest()
    for member, (name, content) in zip(archive.members, files, strict=True):
        assert (member.name, member.bytes) == (name, len(content))
        assert member.sha256 == hashlib.sha256(content).hexdigest()


def test_a_wrapper_folder_and_litter():
    """One folder around all files is looked through; what desktops leave behind is passed over."""
    litter = [
        "__MACOSX/Kumo/._A_01.csv",
        "Kumo/.DS_Store",
        "Kumo/._A_01.csv",
        "Kumo/Thumbs.db",
        "Kumo/",
    ]
    archive = opened(
        packed([("Kumo/A_01.csv", b"x"), ("Kumo/b/c.txt", b"y"), *((name, b"") for name in litter)])
    )
    assert archive.findings == []
    assert archive.names == {"A_01.csv": "Kumo/A_01.csv", "b/c.txt": "Kumo/b/c.txt"}


def test_everything_wrong_is_said_at_once():
    """A refused archive has a finding for each rule that it breaks, with names and numbers, and no
    file.
    """
    link = zipfile.ZipInfo("link.csv")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    files = [(link, b"/etc/passwd"), ("../up.csv", b""), ("a.csv", b""), ("A.CSV", b""), ("metadata.yaml", b""),
             ("zeros.bin", bytes(5_000_000)), ("more.zip", b"")]  # fmt: skip
    archive = opened(packed(files))
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
    """Size, number and ratio are those of the challenge file, and one less than each is refused."""
    data = packed([("a.csv", b"0" * 600_000), ("b.csv", b"1")])
    size = 600_001
    for limits, code in (
        ({"max_package_bytes": size}, None), ({"max_package_bytes": size - 1}, "XAC082"),
        ({"max_members": 2}, None), ({"max_members": 1}, "XAC081"),
        ({"max_ratio": 2000}, None), ({"max_ratio": 100}, "XAC083"),
    ):  # fmt: skip
        found = codes(opened(data, **{"max_ratio": 2000, **limits}).findings)
        assert found == ([code] if code else []), limits


@pytest.mark.skipif(shutil.which("zip") is None, reason="the program zip is not installed")
def test_an_archive_of_another_program(tmp_path):
    """What Info-ZIP writes, folders, links and passwords included, is read or refused as it should
    be.
    """
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
    """The number of entries and the directory's size are bounded before the directory is read."""
    data = bytearray(packed([("a.csv", b"x")]))
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", data, end + 8, 60_000, 60_000)
    assert codes(opened(bytes(data)).findings) == ["XAC081"]
    struct.pack_into("<HHL", data, end + 8, 1, 1, 500_000_000)
    assert codes(opened(bytes(data)).findings) == ["XAC081"]


def test_names_that_are_safe_and_others():
    """Plain names in any script pass; whatever leads elsewhere, hides or is a device does not."""
    for name in ("Kumo_01.csv", "雲/予測 01.csv", "a/b/c.txt", "Ünï.yaml", "a/"):
        assert name_fault(name) is None, name
    for name in ("", "/", "/a", "../a", "a/../b", "a//b", "./a", "a\\b", "c:a", "a\x00b", "a\u202eb", "a\u200bb",
                 "nul", "COM1.csv", "a ", " a", "a.", "-rf", "a" * 121, "a/" * 200 + "b", "a*b", "a\nb"):  # fmt: skip
        assert name_fault(name) is not None, name
    assert comparable("ÄPFEL.csv") == comparable("a\u0308pfel.CSV")
