"""Signatures: the format of a file that is not CSV text, recognised by its first bytes."""

from __future__ import annotations

__all__ = ["kind_of"]

# The first bytes of other file formats, from the formats' own specifications.
_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook (.xlsx)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh91AY", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"%PDF-", "a PDF document"),
    (b"\x93NUMPY", "a NumPy array (.npy)"),
    (b"\xff\xfe\x00\x00", "UTF-32 text"),
    (b"\x00\x00\xfe\xff", "UTF-32 text"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)


def kind_of(head: bytes) -> str | None:
    """Return the format of a file, recognised by its first bytes; None if it may be text."""
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "WAV audio"
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    sample = head[:200]
    for zeros, letters in ((sample[1::2], sample[0::2]), (sample[0::2], sample[1::2])):
        if len(zeros) > 2 and not any(zeros) and all(letters):
            return "UTF-16 text"
    return None
