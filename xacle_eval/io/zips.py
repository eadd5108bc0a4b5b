"""ZIP archives whose bytes depend only on the files: no times, no order of folders."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

__all__ = ["zip_bytes"]

# The earliest time that a ZIP can store. The times of the files would change the archive's bytes.
_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX, _FILE_MODE = 3, 0o100644 << 16


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of files by their names; the same files always give the same bytes."""
    memory = BytesIO()
    with ZipFile(memory, "w") as archive:
        for name in sorted(files):
            entry = ZipInfo(name, _TIME)
            entry.create_system, entry.external_attr = _UNIX, _FILE_MODE
            archive.writestr(entry, files[name], ZIP_DEFLATED, compresslevel=9)
    return memory.getvalue()
