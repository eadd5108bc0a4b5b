"""Archives and folders with one trap each that no valid bundle can be changed into by its files."""

import io
import os
import zipfile

from benchmarks.fuzzing.bundles import codabench_files, zip_bytes


def _written(add):
    """Return the valid bundle as a ZIP in which `add` writes more entries."""
    buffer = io.BytesIO(zip_bytes(codabench_files()))
    with zipfile.ZipFile(buffer, "a") as archive:
        add(archive)
    return buffer.getvalue()


def _entry(name, data=b"x", mode=0o100644):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return lambda archive: archive.writestr(info, data)


def _archive(data):
    return lambda folder: (folder / "bundle.zip").write_bytes(data) and folder / "bundle.zip"


def _flagged():
    """Return the valid bundle with the flag of encryption on its last file."""
    data = bytearray(zip_bytes(codabench_files()))
    data[data.rindex(b"PK\x03\x04") + 6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _bomb():
    buffer = io.BytesIO(zip_bytes(codabench_files()))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.bin", bytes(3_000_000))
    return buffer.getvalue()


def _many(archive):
    for number in range(5_001):
        archive.writestr(zipfile.ZipInfo(f"{number}.txt"), b"")


def _folder(folder):
    for name, data in codabench_files().items():
        path = folder / "bundle" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / "bundle"


def _linked(folder):
    path = _folder(folder)
    (path / "link.md").symlink_to("/etc/passwd")
    return path


def _large(folder):
    path = _folder(folder)
    os.truncate(path / "logo.png", 100_000_001)
    return path


def _unreadable(folder):
    path = _folder(folder)
    (path / "secret").mkdir()
    (path / "secret").chmod(0)
    return path


def _twice(archive):
    archive.writestr(zipfile.ZipInfo("notes.txt"), b"a")
    archive.fp.flush()
    archive.NameToInfo.pop("notes.txt")
    archive.writestr(zipfile.ZipInfo("notes.txt"), b"b")


IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
# (name, code, function of a folder that returns the path of the bundle).
SHARED = [
    ("truncated archive", "BU002", _archive(zip_bytes(codabench_files())[:-20])),
    ("text", "BU002", _archive(b"hello\n")),
    ("encrypted file", "BU003", _archive(_flagged())),
    ("bomb", "BU004", _archive(_bomb())),
    ("thousands of files", "BU004", _archive(_written(_many))),
    ("link in the archive", "BU005", _archive(_written(_entry("l", b"/etc", 0o120777)))),
    ("link in the folder", "BU005", _linked),
    ("parent folder", "BU008", _archive(_written(_entry("../x")))),
    ("absolute name", "BU008", _archive(_written(_entry("/etc/x")))),
    ("backslash", "BU008", _archive(_written(_entry("a\\b")))),
    ("same name twice", "BU009", _archive(_written(_twice))),
    ("image of 100 MB", "BU014", _large),
    ("folder without permission", "BU013", _unreadable),
]
